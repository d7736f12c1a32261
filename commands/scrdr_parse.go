package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mqtool/codec"
	"mqtool/codec/dump"
	"mqtool/commands/internal/render"
)

type scrdrParseOptions struct {
	output   outputOptions
	csv      bool
	strict   bool
	follow   bool
	checksum string
	codes    string // file, or ""
}

func scrdrParseCommand(env *environment) *cli.Command {
	var o scrdrParseOptions
	return &cli.Command{
		Name:      "scrdr-parse",
		Usage:     "turn the messages of SpringCard readers into readable lines, JSON or CSV",
		ArgsUsage: "[FILE...]",
		Description: `Reads $SCRDR and $SCCMD lines and the readers' JSON messages, from files or from
standard input ("-"). A line may be a message, or a line of a log that ends with one:
what stands before it may hold the topic (mosquitto_sub -v) and the time, as seconds
since 1970 or as RFC 3339. A JSON message may go on over several lines, or lie in the
"payload" or "log" of another (mosquitto_sub -F %j, docker). Lines without a message
are passed over and counted.

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
		CustomHelpTemplate: examples(`
mqtool scrdr-parse door.log
mosquitto_sub -t 'springcard/springcore/+/rdr/#' -F '%U %t %p' | mqtool scrdr-parse --json
mqtool scrdr-parse --csv --codes codes.toml monday.log tuesday.log > week.csv
mqtool scrdr-parse --follow --json /dev/ttyUSB0 | jq -r 'select(.kind == "event").data.tag_id'
echo '$SCCMD;LEDS=92929292;BUZZ=0064' | mqtool scrdr-parse`),
		Flags: slices.Concat(outputFlags(&o.output), []cli.Flag{
			&cli.BoolFlag{
				Name: "csv", Destination: &o.csv,
				Usage: "print CSV", DisableDefaultText: true,
			},
			&cli.StringFlag{
				Name: "checksum", Destination: &o.checksum, Value: "either",
				Usage:  "check that a checksum is right by `RULE`: either, exclusive (without $ and *), inclusive (with them) or ignore",
				Action: oneOf("checksum", "either", "exclusive", "inclusive", "ignore"),
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
func runScrdrParse(ctx context.Context, env *environment, o scrdrParseOptions, names []string) error {
	if len(names) == 0 {
		names = []string{"-"}
	}
	switch {
	case o.output.json && o.csv:
		return usageErrorf("--json and --csv: choose one")
	case o.follow && len(names) > 1:
		return usageErrorf("--follow reads one input, not %d", len(names))
	}
	p := &scrdrParser{
		env: env, strict: o.strict, flushAt: outputBlock, stale: true,
		complaints: render.NewStyle(o.output.colored(env.stderrTerminal)),
	}
	var err error
	if o.checksum != "" {
		if p.checksum, err = codec.ParseChecksumMode(o.checksum); err != nil {
			return usageErrorf("%v", err)
		}
	}
	if o.codes != "" {
		if p.codes, err = loadCodes(o.codes); err != nil {
			return err
		}
	}
	switch {
	case o.output.json:
		p.print = func(dst []byte, e *render.Envelope) []byte { return append(e.AppendJSON(dst), '\n') }
	case o.csv:
		p.print = render.AppendCSV
		p.out = render.AppendCSVHeader(p.out)
	default:
		p.print = render.NewText(render.NewStyle(o.output.colored(env.stdoutTerminal))).Append
		p.inOrder = true
	}

	var failed []error
	for _, name := range names {
		err := p.file(ctx, name, o.follow)
		if errors.As(err, new(outputError)) {
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
	if p.bad > 0 {
		failed = append(failed, damagedErrorf("%s could not be read", render.Count(p.bad, "line")))
	}
	if p.foreign > 0 && !p.strict {
		fmt.Fprintf(env.stderr, "mqtool: %s without a message passed over\n", render.Count(p.foreign, "line"))
	}
	return errors.Join(failed...)
}

// A scrdrParser takes lines and prints what they say.
type scrdrParser struct {
	env        *environment
	strict     bool
	checksum   codec.ChecksumMode
	codes      *codes // or nil
	print      func(dst []byte, e *render.Envelope) []byte
	inOrder    bool // print must see the lines one after the other
	complaints *render.Style

	out     []byte // what is printed but not yet written
	flushAt int    // how long out may become
	foreign int    // lines without a message
	bad     int    // lines with a bad one

	// Where the parser is.
	name string
	line int
	at   int // where the message begins in the line

	wrappers int // how many objects the message lies in

	topic   string // of the line before
	address codec.Address

	// Used again for each line, so that a line costs no allocation.
	envelope render.Envelope
	stale    bool // the envelope tells of a line before
	message  codec.Line
	event    codec.ReaderEvent
}

// outputBlock is how much output is gathered before it is written.
const outputBlock = 256 << 10

// file parses one input.
func (p *scrdrParser) file(ctx context.Context, name string, follows bool) error {
	open := openInput
	if follows {
		open = follow
	}
	f, err := open(ctx, p.env, name)
	if err != nil {
		return err
	}
	defer f.Close() // it was only read
	p.name, p.line = name, 0
	if name == "-" {
		p.name = "stdin"
	}
	b := newBlocks(p.name, f)
	if !follows && !p.inOrder && !p.env.stdoutTerminal && inputSize(f) >= parallelSize {
		return p.parallel(b)
	}
	block := make([]byte, blockSize)
	for {
		var long bool
		block, long, err = b.next(block)
		if err == errRestarted {
			p.line = 0
			continue
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := p.lines(borrow(block), long); err != nil {
			return err
		}
		// Somebody may be waiting for the lines that are there, and the next
		// read may take its time. Only a file can wait.
		if follows || !p.env.stdoutFile {
			if err := p.flush(); err != nil {
				return err
			}
		}
	}
}

// flush writes what is printed.
func (p *scrdrParser) flush() error {
	if len(p.out) == 0 {
		return nil
	}
	_, err := p.env.stdout.Write(p.out)
	p.out = p.out[:0]
	return err
}

// lines parses a block of lines; long says that it is the start of one that is
// too long.
func (p *scrdrParser) lines(text string, long bool) error {
	for text != "" {
		var line string
		before := text
		line, text = cutLine(text)
		p.line++
		p.at = 0
		var err error
		more := 0 // lines that belong to this one
		switch {
		case long:
			err = p.longLine(line)
		case line == "": // some senders end a message with two line ends
		case strings.HasPrefix(line, "$SC"):
			if p.stale {
				p.envelope, p.stale = render.Envelope{Family: springcore}, false
			}
			err = p.texts(line)
		default:
			if err = p.logLine(line); err == nil {
				break
			}
			if joined, rest, n := joinLines(before); n > 0 {
				line, text, more = joined, rest, n
				err = p.logLine(line)
			}
		}
		if err != nil {
			if err := p.complain(line, err); err != nil {
				return err
			}
			if err == errForeign && !p.strict {
				p.foreign += more
			}
		}
		p.line += more
		if len(p.out) >= p.flushAt {
			if err := p.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// errForeign means that a line holds no message.
var errForeign = errors.New("no message in this line")

// complain counts and reports a line that could not be parsed.
func (p *scrdrParser) complain(line string, err error) error {
	if err == errForeign {
		p.foreign++
		if !p.strict {
			return nil
		}
	}
	p.bad++
	if !p.env.stdoutFile {
		// On a terminal the report should stand where the line would.
		if err := p.flush(); err != nil {
			return err
		}
	}
	place := p.complaints.Place(p.name + ":" + strconv.Itoa(p.line))
	report := place + ": " + render.Safe(err.Error()) + "\n"
	if offset, ok := codec.Offset(err); ok {
		report += render.Excerpt(line, p.at+offset, p.complaints)
	}
	_, _ = io.WriteString(p.env.stderr, report)
	return nil
}

// texts parses what begins with $SC and may hold several messages. Where there
// are several, what is wrong with one but the last is reported at once.
func (p *scrdrParser) texts(text string) error {
	start := p.at
	message, rest := codec.CutLine(text)
	for rest != "" {
		if err := p.text(message); err != nil {
			p.at = 0
			if err := p.complain(message, err); err != nil {
				return err
			}
		}
		start += len(message)
		message, rest = codec.CutLine(rest)
	}
	p.at = start
	return p.text(message)
}

// text parses one message that begins with $SC.
func (p *scrdrParser) text(text string) error {
	if err := p.message.Parse(text, p.checksum); err != nil {
		return err
	}
	if p.message.Type != "SCRDR" || p.message.IsGreeting() {
		v, err := p.message.Decode()
		if err != nil {
			return err
		}
		p.add(v)
		return nil
	}
	if err := p.event.SetLine(&p.message); err != nil {
		return err
	}
	if p.codes != nil {
		p.event.Interface = p.codes.interfaces.name(p.event.Interface)
		p.event.Protocol = p.codes.protocols.name(p.event.Protocol)
	}
	p.add(&p.event)
	return nil
}

// json parses a JSON message. Objects that are not a reader's are foreign.
func (p *scrdrParser) json(text string) error {
	if err := p.event.SetWire(text); err != nil {
		return err
	}
	if said := p.event.Device; p.event.TagID != "" && (said == "" || p.envelope.Topic == "" || said == p.envelope.Device) {
		if p.envelope.Device == "" {
			p.envelope.Device = said
		}
		p.add(&p.event)
		return nil
	}
	// Something rarer, which takes the way of live messages.
	item := codec.Decode(p.envelope.Topic, []byte(text))[0]
	v, err := item.Value, item.Err
	if err != nil {
		return err
	}
	switch v := v.(type) {
	case *codec.ReaderEvent, codec.ReaderCommand:
	case codec.ReaderStatus:
		if len(v.State) == 0 {
			return errForeign // many things have a topic that ends in "status"
		}
	case codec.ReaderMeta:
		if v.Serial == "" && v.Vendor == "" {
			return errForeign
		}
	default:
		return p.wrapped(text)
	}
	p.envelope.Device = item.Device
	p.add(v)
	return nil
}

// A wrapper is a message as other programs write it into JSON: mosquitto_sub
// with %j or %J, the MQTTX command line, and docker what a container prints.
type wrapper struct {
	Topic   string
	Tst     string // when mosquitto_sub had it
	Time    string // when docker had it
	Payload json.RawMessage
	Log     json.RawMessage
}

// maxWrappers is how many may lie in each other: docker's around mosquitto's.
const maxWrappers = 2

// wrapped parses a message inside of a JSON object as if it stood on a line of
// its own behind its time and topic.
func (p *scrdrParser) wrapped(text string) error {
	var w wrapper
	err := json.Unmarshal([]byte(text), &w)
	if err != nil && !errors.As(err, new(*json.UnmarshalTypeError)) {
		return errForeign
	}
	inner := string(w.Payload)
	if len(w.Payload) == 0 {
		inner = string(w.Log)
	}
	if p.wrappers == maxWrappers || inner == "" {
		return errForeign
	}
	if inner[0] == '"' {
		if err := json.Unmarshal([]byte(inner), &inner); err != nil {
			return errForeign
		}
	}
	p.wrappers++
	err = p.logLine(strings.TrimSpace(w.Tst+w.Time) + " " + w.Topic + " " + strings.TrimSpace(inner))
	p.wrappers--
	if err == nil || err == errForeign {
		return err
	}
	// Not wrapped: its places are none of the line.
	return errors.New("in the message inside of the JSON: " + err.Error())
}

// add prints a value.
func (p *scrdrParser) add(v codec.Value) {
	p.envelope.Value = v
	p.out = p.print(p.out, &p.envelope)
}

// logLine parses a line that does not begin with $SC: it may be JSON, or have
// something before its message.
func (p *scrdrParser) logLine(line string) error {
	payload, known := p.cutPrefix(line)
	switch {
	case payload == "":
		return errForeign
	case payload[0] == '$':
		return p.texts(payload)
	}
	err := p.json(payload)
	if err != nil && !known {
		return errForeign // a brace somewhere in a log says nothing
	}
	return err
}

// longLine explains a line of which only the start is there.
func (p *scrdrParser) longLine(line string) error {
	payload, known := p.cutPrefix(line)
	if strings.HasPrefix(payload, "$") || known && strings.Contains(payload, `"TagId"`) {
		return &codec.SyntaxError{Offset: codec.MaxLine, Msg: fmt.Sprintf("the line is longer than %d bytes", len(line))}
	}
	return errForeign
}

// cutPrefix finds the message in a line and puts what stands before it into
// the envelope. The message is certain when the line begins with it or with
// the topic of a reader.
func (p *scrdrParser) cutPrefix(line string) (payload string, known bool) {
	line = strings.TrimRight(line, " \t\r\x00")
	p.at = findMessage(line)
	if p.at < 0 {
		return "", false
	}
	payload = line[p.at:]
	before := strings.Trim(line[:p.at], " \t\uFEFF")
	p.envelope, p.stale = render.Envelope{Family: springcore}, true
	if before == "" {
		return payload, true
	}
	p.envelope.Time = findTime(before)
	if quote := before[len(before)-1:]; quote == `"` || quote == "'" {
		payload = strings.TrimSuffix(payload, quote)
	}
	topic := strings.Trim(before[strings.LastIndexAny(before, " \t")+1:], `"'()[]<>,:;=`)
	if topic != p.topic { // one reader's lines often stand together
		p.topic = strings.Clone(topic) // the line is gone when the next one comes
		p.address, _ = codec.ParseTopic(p.topic)
	}
	if p.address.Family != springcore {
		return payload, false
	}
	p.envelope.Topic, p.envelope.Device = p.topic, p.address.Device
	return payload, true
}

// findMessage finds where a message may begin in a line, or -1.
func findMessage(line string) int {
	text, object := findText(line), strings.IndexByte(line, '{')
	switch {
	case text < 0:
		return object
	case object < 0 || text < object:
		return text
	case json.Valid([]byte(line[object:])):
		return object // with a "$SC" inside
	}
	return text
}

// findText finds $SC with three more letters, or -1.
func findText(line string) int {
	for from := 0; ; {
		i := strings.Index(line[from:], "$SC")
		if i < 0 {
			return -1
		}
		i += from
		end := i + len("$SCRDR")
		if end <= len(line) && isMessageType(line[i+1:end]) && (end == len(line) || line[end] == ';' || line[end] == '*') {
			return i
		}
		from = i + 1
	}
}

func isMessageType(s string) bool {
	for i := range len(s) {
		if (s[i] < 'A' || s[i] > 'Z') && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}

// findTime finds a time with a known zone among the words before a message.
func findTime(before string) time.Time {
	for word := range strings.FieldsSeq(before) {
		word = strings.Trim(word, "[](){}<>,:;")
		if word == "" || word[0] < '0' || word[0] > '9' {
			continue
		}
		if t, ok := dump.ParseStamp(word); ok {
			return t
		}
	}
	return time.Time{}
}
