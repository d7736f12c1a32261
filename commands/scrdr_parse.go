package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
	"mqtool/commands/internal/text"
)

type scrdrParseOptions struct {
	output   cmdline.Output
	csv      bool
	strict   bool
	follow   bool
	checksum string
	codes    string // file, or ""
}

func scrdrParseCommand(env *app.Env) *cli.Command {
	var o scrdrParseOptions
	return &cli.Command{
		Name:      "scrdr-parse",
		Usage:     "turn the messages of SpringCard readers into readable lines, JSON or CSV",
		ArgsUsage: "[FILE...]",
		Description: `Reads $SCRDR and $SCCMD lines and the readers' JSON messages, from files or from
standard input ("-"). A line may be a message, or a line of a log that ends with one:
what stands before it may hold the topic (mosquitto_sub -v) and the time, as seconds
since 1970 or as RFC 3339. A JSON message may go on over several lines, or lie in that
of another program (mosquitto_sub -F %j, docker, journald, an export of MQTTX); its
bytes may be written as hex, base64 or b'...'. What mqtool printed with --json is read
as well. A message means the same as live: each reading is that of mqtool listen.

Lines without a message are passed over and counted. A line that shows a sign of one
($SC..., TagId, a topic that ends in /rdr/evt) and cannot be read is an error.

A bad message is reported as FILE:LINE: reason, with a mark under the place, and
does not stop the rest. Lines can have 256 KiB, $SC messages and JSON on several lines
64 KiB, as readers send them.

Interface and protocol codes print as 0x.., because their meaning is not public. A
file for --codes names those that you know:
   [interface]
   "13" = "13.56"
   [protocol]
   "01" = "NFC-A"

CSV has a header and fixed columns. Text in it that begins with = + - or @ gets an
apostrophe in front, so that no spreadsheet takes it for a formula; control characters
are written as \n, \x1b and the like. JSON Lines have everything unchanged.

--follow reads one file from its start and waits for more, also when the file is
replaced; or a FIFO; or a serial device, which must be set up before:
   stty -F /dev/ttyUSB0 38400 raw -echo`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool scrdr-parse door.log
mosquitto_sub -t 'springcard/springcore/+/rdr/#' -F '%U %t %p' | mqtool scrdr-parse --json
mqtool scrdr-parse --csv --codes codes.toml monday.log tuesday.log > week.csv
mqtool scrdr-parse --follow --json /dev/ttyUSB0 | jq -r 'select(.kind == "event").data.tag_id'
echo '$SCCMD;LEDS=92929292;BUZZ=0064' | mqtool scrdr-parse`),
		Flags: slices.Concat(o.output.Flags(), []cli.Flag{
			&cli.BoolFlag{
				Name: "csv", Destination: &o.csv,
				Usage: "print CSV", DisableDefaultText: true,
			},
			&cli.StringFlag{
				Name: "checksum", Destination: &o.checksum, Value: "either",
				Usage:  "check that a checksum is right by `RULE`: either, exclusive (without $ and *), inclusive (with them) or ignore",
				Action: cmdline.OneOf("checksum", "either", "exclusive", "inclusive", "ignore"),
			},
			&cli.StringFlag{
				Name: "codes", Destination: &o.codes,
				Usage: "names of interface and protocol codes are in `FILE` (TOML)",
			},
			&cli.BoolFlag{
				Name: "strict", Destination: &o.strict,
				Usage: "a line without a message is an error", DisableDefaultText: true,
			},
			&cli.BoolFlag{
				Name: "follow", Destination: &o.follow,
				Usage: "wait for more, until interrupted", DisableDefaultText: true,
			},
		}),
		Action: func(c *cli.Context) error {
			return runScrdrParse(c.Context, env, o, c.Args().Slice())
		},
	}
}

// runScrdrParse parses the named files, or standard input if there are none.
func runScrdrParse(ctx context.Context, env *app.Env, o scrdrParseOptions, names []string) error {
	if len(names) == 0 {
		names = []string{"-"}
	}
	if o.follow && len(names) > 1 {
		return app.Usagef("--follow reads one input, not %d", len(names))
	}
	p, err := newScrdrParser(env, o)
	if err != nil {
		return err
	}
	var failed []error
	for _, name := range names {
		err := p.file(ctx, name, o.follow)
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
	if o.follow && ctx.Err() != nil {
		failed = nil // a follower ends by being interrupted
	}
	return errors.Join(append(failed, p.account())...)
}

func newScrdrParser(env *app.Env, o scrdrParseOptions) (*scrdrParser, error) {
	if o.output.JSON && o.csv {
		return nil, app.Usagef("--json and --csv: choose one")
	}
	checksum, err := codec.ParseChecksumMode(cmp.Or(o.checksum, codec.CheckEither.String()))
	if err != nil {
		return nil, app.Usagef("%v", err)
	}
	p := &scrdrParser{
		env: env, strict: o.strict, checksum: checksum, flushAt: outputBlock,
		complaints: render.NewStyle(o.output.Colored(env.StderrTerminal)),
	}
	if o.codes != "" {
		if p.codes, err = site.ReadCodes(o.codes); err != nil {
			return nil, err
		}
	}
	switch {
	case o.output.JSON:
		p.print = func(dst []byte, e *render.Envelope) []byte { return append(e.AppendJSON(dst), '\n') }
	case o.csv:
		p.print = render.AppendCSV
		p.out = render.AppendCSVHeader(p.out)
	default:
		p.print = render.NewText(render.NewStyle(o.output.Colored(env.StdoutTerminal))).Append
		p.inOrder = true
	}
	return p, nil
}

// account tells what was not parsed.
func (p *scrdrParser) account() error {
	if p.foreign > 0 && !p.strict {
		fmt.Fprintf(p.env.Stderr, "mqtool: %s without a message passed over\n", render.Count(p.foreign, "line"))
	}
	if p.bad > 0 {
		return app.Damagedf("%s could not be read", render.Count(p.bad, "line"))
	}
	return nil
}

// A scrdrParser prints what the entries of a log say.
type scrdrParser struct {
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
func (p *scrdrParser) file(ctx context.Context, name string, follows bool) error {
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
func (p *scrdrParser) inTurn(blocks *codec.LogBlocks, waited bool) error {
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
func (p *scrdrParser) flush() error {
	if len(p.out) == 0 || p.failure != nil {
		return p.failure
	}
	_, p.failure = p.env.Stdout.Write(p.out)
	p.out = p.out[:0]
	return p.failure
}

// take prints an entry, or complains about it. It reports false when nothing can be
// written any more.
func (p *scrdrParser) take(e *codec.LogEntry) bool {
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
func (p *scrdrParser) complain(e *codec.LogEntry) {
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
