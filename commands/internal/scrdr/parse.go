// Package scrdr prints the messages of readers in files and logs: parse.go line by line,
// parallel.go on all processors.
package scrdr

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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

// Options say how messages are read and printed.
type Options struct {
	Output   cmdline.Output
	CSV      bool
	Strict   bool
	Follow   bool
	Checksum string
	Codes    string // the name of a file, or ""
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
		failed = nil // following always ends with an interrupt
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

// account reports what was not parsed.
func (p *parser) account() error {
	if p.foreign > 0 && !p.strict {
		p.env.Notice("%s without a message skipped", render.Count(p.foreign, "line"))
	}
	var failed []error
	if p.printed > 0 {
		failed = append(failed, app.Damagedf("%s of the text that listen prints cannot be read back: log with listen --json", render.Count(p.printed, "line")))
	}
	if p.bad > 0 {
		failed = append(failed, app.Damagedf("%s could not be read", render.Count(p.bad, "line")))
	}
	return errors.Join(failed...)
}

// isPrinted reports whether a line is the text that listen prints for an event without
// --json.
func isPrinted(line string) bool {
	_, behind, found := strings.Cut(line, "  event  ")
	behind = strings.TrimLeft(behind, " ") // the columns are as wide as their widest word
	return found && (strings.HasPrefix(behind, "tag ") || strings.HasPrefix(behind, "no tag id"))
}

// A parser prints the entries of a log.
//
// It holds how to print, and the counts for the current input.
type parser struct {
	env        *app.Env
	strict     bool
	checksum   codec.ChecksumMode
	codes      *site.Codes // or nil
	print      func(dst []byte, e *render.Envelope) []byte
	inOrder    bool // print needs the entries in order
	complaints *render.Style
	flushAt    int // the length of out at which it is written

	name    string // the name of the input
	out     []byte // output that is not written yet
	failure error  // the error of writing the output
	foreign int    // lines without a message
	printed int    // lines of the text that listen prints
	bad     int    // lines with a message that cannot be read

	envelope render.Envelope // reused for each entry
}

// outputBlock is how much output is collected before it is written.
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
	defer f.Close() // an error does not matter after reading
	p.name = text.Name(name)
	blocks := codec.NewLogBlocks(f)
	if document, ok := blocks.Document(); ok {
		if fault := catch(func() { err = codec.NewLogScanner(p.checksum).ScanDocument(document, p.take) }); fault != nil {
			return fmt.Errorf("%s: %w", p.name, app.Fault(fault, nil))
		}
		return cmp.Or(err, p.failure)
	}
	if !follows && !p.inOrder && !p.env.StdoutTerminal && f.Size() >= parallelSize {
		return p.parallel(blocks)
	}
	// The user or a program may be waiting for the lines so far, and the next read may
	// take a while. Nobody waits for the lines in a file.
	return p.inTurn(blocks, follows || !p.env.StdoutFile)
}

// inTurn parses blocks one after the other. If the output is waited for, the output of one
// block is written before the next block is read.
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
		if p.scan(scanner, block); p.failure == nil && waited {
			_ = p.flush() // flush keeps the error in failure
		}
		if p.failure != nil {
			return p.failure
		}
	}
}

// scan parses a block. A line at which the scanner panics, which is a bug in mqtool, counts
// as a line that cannot be read.
func (p *parser) scan(scanner *codec.LogScanner, block codec.LogBlock) {
	for block.Text != "" && p.failure == nil {
		fault := catch(func() { scanner.Scan(block, p.take) })
		if fault == nil {
			return
		}
		number, line, rest := scanner.GiveUp(block)
		p.complain(&codec.LogEntry{Line: number, Item: codec.Item{Err: app.Fault(fault, []byte(line))}})
		block = rest
	}
}

// catch calls a function and returns what it panicked with, or nil.
func catch(do func()) (fault any) {
	defer func() { fault = recover() }()
	do()
	return nil
}

// flush writes the collected output.
func (p *parser) flush() error {
	if len(p.out) == 0 || p.failure != nil {
		return p.failure
	}
	_, p.failure = p.env.Stdout.Write(p.out)
	p.out = p.out[:0]
	return p.failure
}

// take prints an entry, or reports what is wrong with it. It returns false when the output
// cannot be written any more.
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
	if e.Err == codec.ErrNoMessage && isPrinted(e.Text) {
		p.printed++
		if !p.strict {
			return
		}
	} else if e.Err == codec.ErrNoMessage {
		p.foreign += max(strings.Count(e.Text, "\n"), strings.Count(e.Text, "\r")) + 1
		if !p.strict {
			return
		}
	}
	p.bad++
	if !p.env.StdoutFile && p.flush() != nil { // on a terminal the report should be where the line would be
		return
	}
	place := p.complaints.Place(p.name + ":" + strconv.Itoa(e.Line))
	report := place + ": " + render.Safe(e.Err.Error()) + "\n"
	if offset, ok := codec.Offset(e.Err); ok && e.Text != "" {
		report += render.Excerpt(e.Text, e.Start+offset, p.complaints)
	}
	_, _ = io.WriteString(p.env.Stderr, report)
}
