// Package scrdr prints what the messages of readers in files and logs say:
// parse.go one line after the other, parallel.go on all processors.
package scrdr

import (
	"cmp"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
	"mqtool/commands/internal/text"
)

// Options are how messages are read and printed.
type Options struct {
	Output   cmdline.Output
	CSV      bool
	Strict   bool
	Follow   bool
	Checksum string
	Codes    string // file, or ""
}

// Parse parses the named files, or standard input if there are none.
func Parse(ctx context.Context, env *app.Env, o Options, names []string) error {
	if len(names) == 0 {
		names = []string{"-"}
	}
	if o.Follow && len(names) > 1 {
		return app.Usagef("--follow reads one input, not %d", len(names))
	}
	p, err := newParser(env, o)
	if err != nil {
		return err
	}
	var failed []error
	for _, name := range names {
		err := p.file(ctx, name, o.Follow)
		if errors.As(err, new(app.OutputError)) {
			return err
		}
		if err != nil {
			failed = append(failed, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	if err := p.flush(); err != nil {
		return err
	}
	if o.Follow && ctx.Err() != nil {
		failed = nil // a follower ends by being interrupted
	}
	return errors.Join(append(failed, p.account())...)
}

func newParser(env *app.Env, o Options) (*parser, error) {
	if o.Output.JSON && o.CSV {
		return nil, app.Usagef("--json and --csv: choose one")
	}
	checksum, err := codec.ParseChecksumMode(cmp.Or(o.Checksum, codec.CheckEither.String()))
	if err != nil {
		return nil, app.Usagef("%v", err)
	}
	p := &parser{
		env: env, strict: o.Strict, checksum: checksum, flushAt: outputBlock,
		complaints: env.StderrStyle(),
	}
	if o.Codes != "" {
		if p.codes, err = site.ReadCodes(o.Codes); err != nil {
			return nil, err
		}
	}
	switch {
	case o.Output.JSON:
		p.print = func(dst []byte, e *render.Envelope) []byte { return append(e.AppendJSON(dst), '\n') }
	case o.CSV:
		p.print = render.AppendCSV
		p.out = render.AppendCSVHeader(p.out)
	default:
		p.print = render.NewText(env.Style(), env.Layout(true)).Append
		p.inOrder = true
	}
	return p, nil
}

// account tells what was not parsed.
func (p *parser) account() error {
	if p.foreign > 0 && !p.strict {
		p.env.Notice("%s without a message skipped", render.Count(p.foreign, "line"))
	}
	if p.bad > 0 {
		return app.Damagedf("%s could not be read", render.Count(p.bad, "line"))
	}
	return nil
}

// A parser prints what the entries of a log say.
//
// It holds how to print, and what was counted in the input at hand.
type parser struct {
	env        *app.Env
	strict     bool
	checksum   codec.ChecksumMode
	codes      *site.Codes // or nil
	print      func(dst []byte, e *render.Envelope) []byte
	inOrder    bool // print must see the entries one after the other
	complaints *render.Style
	flushAt    int // how long out may become

	name    string // of the input
	out     []byte // what is printed but not yet written
	failure error  // of writing it
	foreign int    // lines without a message
	bad     int    // lines with a bad one

	envelope render.Envelope // used again for each entry
}

// outputBlock is how much output is gathered before it is written.
const outputBlock = 256 << 10

// file parses one input.
func (p *parser) file(ctx context.Context, name string, follows bool) error {
	open := text.Open
	if follows {
		open = text.Follow
	}
	f, err := open(ctx, p.env.Stdin, name)
	if err != nil {
		return err
	}
	defer f.Close() // it was only read
	p.name = text.Name(name)
	blocks := codec.NewLogBlocks(f)
	if document, ok := blocks.Document(); ok {
		return cmp.Or(codec.NewLogScanner(p.checksum).ScanDocument(document, p.take), p.failure)
	}
	if !follows && !p.inOrder && !p.env.StdoutTerminal && f.Size() >= parallelSize {
		return p.parallel(blocks)
	}
	// Somebody may be waiting for the lines that are there, and the next read may take its
	// time. Only a file can wait.
	return p.inTurn(blocks, follows || !p.env.StdoutFile)
}

// inTurn parses blocks one after the other. What is printed of one is written before the
// next one is read, if somebody waits.
func (p *parser) inTurn(blocks *codec.LogBlocks, waited bool) error {
	scanner := codec.NewLogScanner(p.checksum)
	for block := (codec.LogBlock{}); ; {
		var err error
		block, err = blocks.Next(block)
		switch err {
		case nil:
		case text.ErrRestarted:
			continue
		case io.EOF:
			return nil
		default:
			return err
		}
		if scanner.Scan(block, p.take); p.failure == nil && waited {
			_ = p.flush() // which keeps its failure
		}
		if p.failure != nil {
			return p.failure
		}
	}
}

// flush writes what is printed.
func (p *parser) flush() error {
	if len(p.out) == 0 || p.failure != nil {
		return p.failure
	}
	_, p.failure = p.env.Stdout.Write(p.out)
	p.out = p.out[:0]
	return p.failure
}

// take prints an entry, or complains about it. It reports false when nothing can be
// written any more.
func (p *parser) take(e *codec.LogEntry) bool {
	if e.Err != nil {
		p.complain(e)
		return p.failure == nil
	}
	p.envelope = render.Envelope{Time: e.Time, Topic: e.Topic, Family: e.Family, Device: e.Device, Value: e.Value, Warnings: e.Warnings}
	if event, ok := e.Value.(*codec.ReaderEvent); ok && p.codes != nil {
		event.Interface = p.codes.Interfaces.Name(event.Interface)
		event.Protocol = p.codes.Protocols.Name(event.Protocol)
	}
	if p.out = p.print(p.out, &p.envelope); len(p.out) >= p.flushAt {
		return p.flush() == nil
	}
	return true
}

// complain counts and reports a line that cannot be parsed.
func (p *parser) complain(e *codec.LogEntry) {
	if e.Err == codec.ErrNoMessage {
		p.foreign += max(strings.Count(e.Text, "\n"), strings.Count(e.Text, "\r")) + 1
		if !p.strict {
			return
		}
	}
	p.bad++
	if !p.env.StdoutFile && p.flush() != nil { // on a terminal the report should stand where the line would
		return
	}
	place := p.complaints.Place(p.name + ":" + strconv.Itoa(e.Line))
	report := place + ": " + render.Safe(e.Err.Error()) + "\n"
	if offset, ok := codec.Offset(e.Err); ok && e.Text != "" {
		report += render.Excerpt(e.Text, e.Start+offset, p.complaints)
	}
	_, _ = io.WriteString(p.env.Stderr, report)
}
