package commands

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mqtool/codec"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/render"
)

type sendOptions struct {
	output     outputOptions
	connection connectionOptions
	timeout    time.Duration
	qos        int
	retain     bool
	dryRun     bool

	// What readers are to do.
	wink, accept, deny, failed    bool
	sequence, leds, buzzer, relay string
	text                          bool // as $SCCMD

	// Anything else.
	topic, file string
	hex, lines  bool
}

func sendCommand(env *environment) *cli.Command {
	var o sendOptions
	action := func(name string, destination *bool, usage string) cli.Flag {
		return &cli.BoolFlag{Name: name, Destination: destination, Usage: usage, DisableDefaultText: true}
	}
	text := func(name string, destination *string, usage string) cli.Flag {
		return &cli.StringFlag{Name: name, Destination: destination, Usage: usage}
	}
	return &cli.Command{
		Name:      "send",
		Usage:     "tell readers to light, beep or switch something, or publish anything",
		ArgsUsage: "READER...\n   mqtool send [OPTIONS] --topic TOPIC PAYLOAD",
		Description: `Sends a command to readers: names in the configuration file, or the ids in their topics.
A reader plays a sequence, or lights its LEDs and beeps; it cannot do both at once. It
does not answer.

LEDS are eight hex digits, two for each LED; or one mode for all of them; or four modes,
separated by commas. A mode is on, off, breathing, two hex digits, a frequency (0.25, 0.5,
1, 2, 3, 4, 5, 6.66, 10, 15 or 20 Hz), or a frequency and a pattern, as listen shows them:
   --leds on    --leds 2Hz,off,off,on    --leds '1 Hz: 2 short flashes, 10 % each'

Sequences, of which a reader may not know all:
` + sequenceList() + `
With --topic it publishes any payload on any topic: PAYLOAD, standard input ("-"), or a
file. With --lines each line of standard input, or of the file, is a message of its own:
they go out in order, without waiting for one another, and all are to be acknowledged.
When the connection is lost it ends with 1, and says from which line on they are missing.

--retain is refused where devices take commands: the broker would repeat the command each
time that a device connects. Only an empty payload, which deletes what is retained, may
go there.

Success means that the broker has acknowledged every message; with --qos 0 it
acknowledges nothing. Then --json prints them, --lines apart. A broker that does not let
this user publish on a topic cannot say so in MQTT 3.1.1: it acknowledges the message and
drops it, or hangs up.`,
		CustomHelpTemplate: examples(`
mqtool send door --accept
mqtool send door DA1275C1 --leds 2Hz,off,off,off --buzzer 100ms
mqtool send door --sequence "please wait" --text
mqtool send --topic site/door/state --retain open
mqtool send --topic 4GSolarCam/Snapshot --file snapshot.bin
tail -f events.log | mqtool send --topic site/events --lines
mqtool send --topic site/door/rdr/cmd --retain ''          # delete a retained command`),
		Flags: slices.Concat([]cli.Flag{
			action("wink", &o.wink, `"which one are you?" (sequence 0E)`),
			action("accept", &o.accept, "access granted (sequence 60)"),
			action("deny", &o.deny, "access denied (sequence 61)"),
			action("failed", &o.failed, "the tag could not be read, which is not \"denied\" (sequence 24)"),
			text("sequence", &o.sequence, "play `SEQUENCE`: its name, or two hex digits"),
			text("leds", &o.leds, "light `LEDS`; see above"),
			text("buzzer", &o.buzzer, "beep for `TIME`: 100ms; 0s for silence"),
			text("relay", &o.relay, "switch the relay to `STATE`, on or off; several relays are separated by commas"),
			action("text", &o.text, "send a $SCCMD line instead of JSON"),
			text("topic", &o.topic, "publish on `TOPIC`"),
			text("file", &o.file, "the payload, or with --lines the lines, are in `FILE`"),
			action("hex", &o.hex, "the payload, or each line, is written in hex digits"),
			action("lines", &o.lines, "publish standard input line by line, without the line ends"),
			&cli.IntFlag{
				Name: "qos", Destination: &o.qos, Value: 1,
				Usage: "quality of service `QOS`: 0, 1 or 2", Action: checkQoS("qos"),
			},
			action("retain", &o.retain, "have the broker keep the message for those who subscribe later"),
			action("dry-run", &o.dryRun, "print what would be sent, and send nothing"),
			&cli.DurationFlag{
				Name: "timeout", Destination: &o.timeout, Value: 10 * time.Second,
				Usage: "fail when it is not done after `TIME`; with --lines, when nothing goes on for so long",
			},
		}, outputFlags(&o.output), connectionFlags(&o.connection), topicFlags(&o.connection)[:1]), // --prefix
		Action: func(c *cli.Context) error { return runSend(c.Context, env, o, c.Args().Slice()) },
	}
}

// sequenceList is the part of the help that names the sequences.
func sequenceList() string {
	var b strings.Builder
	for i, s := range codec.Sequences() {
		format := "   %-28s"
		if i%3 == 2 {
			format = "   %s\n"
		}
		fmt.Fprintf(&b, format, s)
	}
	return strings.TrimRight(b.String(), " \n") + "\n"
}

// An outgoing message. Name is that of the device as it was typed, or "".
type outgoing struct {
	name, topic string
	payload     []byte
}

// runSend sends a command to the named readers, or publishes what args and
// options say.
func runSend(ctx context.Context, env *environment, o sendOptions, args []string) error {
	if o.timeout <= 0 {
		return usageErrorf("--timeout %v: it must be longer than nothing", o.timeout)
	}
	if o.topic == "" {
		return sendToReaders(ctx, env, o, args)
	}
	if err := o.checkTopic(args); err != nil {
		return err
	}
	link, _, err := o.connection.prepare(ctx, env, "", nil)
	if err != nil {
		return err
	}
	if o.lines {
		return sendLines(ctx, env, o, link)
	}
	payload, err := o.payload(ctx, env, args)
	if err != nil {
		return err
	}
	if o.retain && len(payload) > 0 {
		if err := refuseRetained(o.topic); err != nil {
			return err
		}
	}
	return send(ctx, env, o, link, []outgoing{{topic: o.topic, payload: payload}})
}

// sendToReaders sends one command to any number of readers.
func sendToReaders(ctx context.Context, env *environment, o sendOptions, readers []string) error {
	command, err := o.command()
	switch {
	case err != nil:
		return usageErrorf("%v", err)
	case o.lines || o.hex || o.file != "":
		return usageErrorf("--lines, --hex and --file are about a payload: on which --topic is it to be published?")
	case !o.says():
		return usageErrorf("what is to be sent? --wink, --accept, --deny, --failed, --sequence, --leds, --buzzer or --relay to a reader; or any payload on a --topic")
	case len(readers) == 0:
		return usageErrorf("which reader? (its name in the configuration file, or the id in its topics)")
	case o.retain:
		return usageErrorf("--retain: %s", whyNotRetained)
	}
	payload, err := encodeCommand(command, o.text)
	if err != nil {
		return usageErrorf("%v", err)
	}
	link, devices, err := o.connection.prepare(ctx, env, springcore, readers)
	if err != nil {
		return err
	}
	if back, err := codec.DecodeReaderCommand(payload); err == nil { // JSON
		for _, w := range back.Warnings() {
			notice(env, "warning: %s", w)
		}
	}
	var messages []outgoing
	for _, d := range devices {
		topic := codec.FillTopic(requestOf(springcore, codec.KindCommand).Topic, link.readerPrefix(), d.id)
		messages = append(messages, outgoing{d.name, topic, payload})
	}
	return send(ctx, env, o, link, messages)
}

// says tells whether a reader is to do anything.
func (o *sendOptions) says() bool {
	return o.wink || o.accept || o.deny || o.failed || o.sequence+o.leds+o.buzzer+o.relay != ""
}

// command is what the options tell a reader to do.
func (o *sendOptions) command() (codec.ReaderCommand, error) {
	var c codec.ReaderCommand
	count := 0
	play := func(asked bool, s codec.Sequence) {
		if asked {
			c.Sequence = codec.Some(s)
			count++
		}
	}
	play(o.wink, codec.SequenceWink)
	play(o.accept, codec.SequenceGranted)
	play(o.deny, codec.SequenceDenied)
	play(o.failed, codec.SequenceFailed)
	if o.sequence != "" {
		s, err := parseSequence(o.sequence)
		if err != nil {
			return c, fmt.Errorf("--sequence: %w", err)
		}
		play(true, s)
	}
	if count > 1 {
		return c, errors.New("--wink, --accept, --deny, --failed and --sequence: a reader plays one sequence at a time, so choose one")
	}
	var err error
	if o.leds != "" {
		if c.LEDs.Value, err = parseLEDs(o.leds); err != nil {
			return c, fmt.Errorf("--leds: %w", err)
		}
		c.LEDs.Set = true
	}
	if o.buzzer != "" {
		if c.Buzzer.Value, err = parseBuzzer(o.buzzer); err != nil {
			return c, fmt.Errorf("--buzzer: %w", err)
		}
		c.Buzzer.Set = true
	}
	if o.relay == "" {
		return c, nil
	}
	for word := range strings.SplitSeq(o.relay, ",") {
		relay, err := codec.ParseRelay(strings.TrimSpace(word), false)
		if err != nil {
			return c, fmt.Errorf("--relay: %w (--topic publishes any JSON)", err)
		}
		c.Relays = append(c.Relays, relay)
	}
	if len(c.Relays) == 1 {
		c.Relay, c.Relays = codec.Some(c.Relays[0]), nil
	}
	return c, nil
}

func encodeCommand(c codec.ReaderCommand, text bool) ([]byte, error) {
	if text {
		line, err := c.Line()
		if err != nil {
			return nil, err
		}
		return line.Wire(), nil
	}
	return c.Wire()
}

func parseSequence(word string) (codec.Sequence, error) {
	s, err := codec.ParseSequence(word)
	if err != nil {
		var names []string
		for _, known := range codec.Sequences() {
			names = append(names, known.Name())
		}
		if near := closest(strings.ToUpper(word), names); near != "" {
			return 0, fmt.Errorf("%w; did you mean %q?", err, strings.ToLower(near))
		}
	}
	return s, err
}

// parseLEDs reads the modes of the four LEDs of a reader.
func parseLEDs(s string) (leds [4]codec.LEDMode, err error) {
	if b, err := hex.DecodeString(strings.TrimPrefix(s, "0x")); err == nil && len(b) == len(leds) {
		for i := range leds {
			leds[i] = codec.LEDMode(b[i])
		}
		return leds, nil
	}
	words := strings.Split(s, ",")
	var modes []codec.LEDMode
	for len(words) > 0 {
		m, err := parseLEDMode(words[0])
		if err != nil && words[0] != "" && len(words) > 1 { // the words of a pattern have a comma in them
			if both, pairErr := parseLEDMode(words[0] + words[1]); pairErr == nil {
				m, err, words = both, nil, words[1:]
			}
		}
		if err != nil {
			return leds, err
		}
		modes, words = append(modes, m), words[1:]
	}
	switch len(modes) {
	case 1:
		return [4]codec.LEDMode{modes[0], modes[0], modes[0], modes[0]}, nil
	case len(leds):
		return [4]codec.LEDMode(modes), nil
	}
	return leds, fmt.Errorf("%d modes: there must be one for all LEDs, or four", len(modes))
}

// parseLEDMode reads one mode. A frequency alone is blinking, as much on as off.
func parseLEDMode(word string) (codec.LEDMode, error) {
	m, err := codec.ParseLEDMode(strings.TrimSpace(word))
	if err != nil {
		if blinking, err := codec.ParseLEDMode(word + ": 50 % on"); err == nil {
			return blinking, nil
		}
	}
	return m, err
}

// parseBuzzer reads how long to beep, in milliseconds.
func parseBuzzer(s string) (uint16, error) {
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		if _, err := strconv.Atoi(s); err == nil {
			return 0, fmt.Errorf("%s has no unit: %sms?", s, s)
		}
		return 0, fmt.Errorf("%q is not a time, as in 100ms", s)
	case d < 0 || d > 0xFFFF*time.Millisecond || d%time.Millisecond != 0:
		return 0, fmt.Errorf("%s: it can be 0s to %v, in whole milliseconds", s, 0xFFFF*time.Millisecond)
	}
	return uint16(d / time.Millisecond), nil
}

const whyNotRetained = "a command is never retained: the broker would repeat it each time that a device connects"

// refuseRetained refuses topics on which devices take commands.
func refuseRetained(topic string) error {
	if a, ok := codec.ParseTopic(topic); ok && a.ToDevice {
		return usageErrorf("--retain on %s: %s (an empty payload deletes what is retained there)", topic, whyNotRetained)
	}
	return nil
}

// checkTopic checks what can be checked before anything is read.
func (o *sendOptions) checkTopic(args []string) error {
	if err := broker.ValidTopic(o.topic); err != nil {
		return usageErrorf("--topic: %v", err)
	}
	switch {
	case o.says():
		return usageErrorf("--topic publishes a payload; --wink and the like go to a READER")
	case o.text:
		return usageErrorf("--text is about a command to a READER; --topic publishes a payload as it is")
	case o.file != "" && len(args) > 0:
		return usageErrorf("--file and PAYLOAD: choose one")
	case len(args) > 1:
		return usageErrorf("one payload, not %d: put it in quotes", len(args))
	case o.lines && len(args) == 1 && args[0] != "-":
		return usageErrorf("--lines publishes the lines of standard input or of a --file, not a PAYLOAD")
	case !o.lines && o.file == "" && len(args) == 0:
		return usageErrorf("what is to be published? PAYLOAD, - for standard input, --file FILE, or --lines ('' is an empty one)")
	case o.lines && o.retain:
		return refuseRetained(o.topic)
	}
	return nil
}

// source is the file to read, "-" for standard input.
func (o *sendOptions) source() string { return cmp.Or(o.file, "-") }

// maxPayload is the longest payload that fits into a packet, whose length
// MQTT writes in four times seven bits: beside it are the topic, with its
// length, and the packet's id.
func (o *sendOptions) maxPayload() int { return 1<<28 - 1 - 2 - len(o.topic) - 2 }

// payload reads what is to be published.
func (o *sendOptions) payload(ctx context.Context, env *environment, args []string) ([]byte, error) {
	if len(args) == 1 && args[0] != "-" {
		if !o.hex {
			return []byte(args[0]), nil
		}
		payload, err := decodeHex([]byte(args[0]))
		if err != nil {
			return nil, usageErrorf("%v", err)
		}
		return payload, nil
	}
	in, err := openInput(ctx, env, o.source())
	if err != nil {
		return nil, fmt.Errorf("--file: %w", err)
	}
	defer in.Close()
	most := int64(o.maxPayload())
	if o.hex {
		most *= 4 // two digits for a byte, and some blanks
	}
	payload, err := readAll(in, most)
	if err != nil {
		return nil, err
	}
	if o.hex {
		if payload, err = decodeHex(payload); err != nil {
			return nil, fmt.Errorf("%s: %w", o.inputName(), err)
		}
	}
	if len(payload) > o.maxPayload() {
		return nil, errTooLong
	}
	return payload, nil
}

var errTooLong = errors.New("the payload is longer than an MQTT message can be (256 MiB)")

// readAll reads an input to its end. It gets memory for a file at once.
func readAll(in io.Reader, most int64) ([]byte, error) {
	size := inputSize(in)
	if size > most {
		return nil, errTooLong
	}
	payload := make([]byte, 0, size+512)
	for {
		n, err := in.Read(payload[len(payload):cap(payload)])
		payload = payload[:len(payload)+n]
		switch {
		case err == io.EOF:
			return payload, nil
		case err != nil:
			return nil, err
		case int64(len(payload)) > most:
			return nil, errTooLong
		}
		if len(payload) == cap(payload) {
			payload = slices.Grow(payload, cap(payload))
		}
	}
}

// inputName is what errors call the input.
func (o *sendOptions) inputName() string {
	if o.source() == "-" {
		return "stdin"
	}
	return o.file
}

// decodeHex reads hex digits, in pairs or not, with or without blanks and
// colons between them.
func decodeHex(text []byte) ([]byte, error) {
	digits := make([]byte, 0, len(text))
	for i, c := range text {
		switch c {
		case ' ', '\t', '\r', '\n', ':':
		default:
			if !isHexDigit(c) {
				return nil, &codec.SyntaxError{Offset: i, Msg: fmt.Sprintf("not hex: %q is no digit", c)}
			}
			digits = append(digits, c)
		}
	}
	if len(digits)%2 != 0 {
		return nil, &codec.SyntaxError{Offset: len(text), Msg: fmt.Sprintf("not hex: an odd number of digits (%d)", len(digits))}
	}
	n, err := hex.Decode(digits, digits)
	return digits[:n], err
}

func isHexDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

// send publishes messages, or with --dry-run prints them.
func send(ctx context.Context, env *environment, o sendOptions, link *connection, messages []outgoing) error {
	if o.dryRun {
		return o.print(env, messages)
	}
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	conn, err := link.dial(ctx, env)
	if err != nil {
		return err
	}
	err = o.publish(ctx, conn, messages)
	if closeErr := conn.Close(o.remaining(ctx)); err == nil {
		err = closeErr
	}
	if err != nil || !o.output.json {
		return err
	}
	return o.print(env, messages)
}

// remaining is the time that is left for a farewell.
func (o *sendOptions) remaining(ctx context.Context) time.Duration {
	deadline, _ := ctx.Deadline()
	return max(time.Until(deadline), 0)
}

// publish sends the messages and waits for the broker to acknowledge them.
func (o *sendOptions) publish(ctx context.Context, conn *broker.Conn, messages []outgoing) error {
	p := o.publisher(conn)
	var failed error
	for _, m := range messages {
		if failed = p.publish(ctx, m.topic, m.payload); failed != nil {
			break
		}
	}
	err := cmp.Or(p.flush(ctx), failed)
	if err == nil || len(messages) == 1 {
		return err
	}
	// A broker acknowledges in the order of the messages.
	var names []string
	for _, m := range messages[p.sent-p.missing:] {
		names = append(names, m.name)
	}
	return fmt.Errorf("%d of %d readers were not sent the command (%s): %w", len(names), len(messages), strings.Join(names, ", "), err)
}

// A publisher publishes ahead of the acknowledgements, and counts.
type publisher struct {
	conn          *broker.Conn
	qos           byte
	retain        bool
	sent, missing int // messages sent; of them, those without acknowledgement
}

func (o *sendOptions) publisher(conn *broker.Conn) publisher {
	return publisher{conn: conn, qos: byte(o.qos), retain: o.retain}
}

// exactlyOnceAhead is how many messages of QoS 2 may be on their way: when
// there are more than 20, mosquitto 2.0.11 hangs up or loses some.
const exactlyOnceAhead = 20

// publish sends a message. After an error it was not sent.
func (p *publisher) publish(ctx context.Context, topic string, payload []byte) error {
	if p.qos == 2 && p.sent%exactlyOnceAhead == 0 {
		if err := p.flush(ctx); err != nil {
			return err
		}
	}
	err := p.conn.PublishAsync(ctx, topic, payload, p.qos, p.retain)
	if err == nil {
		p.sent++
	}
	return err
}

// flush waits for all acknowledgements.
func (p *publisher) flush(ctx context.Context) error {
	missing, err := p.conn.Flush(ctx)
	p.missing += missing
	return err
}

// print shows messages: their topics and payloads, or JSON as listen prints them.
func (o *sendOptions) print(env *environment, messages []outgoing) error {
	var out []byte
	for _, m := range messages {
		out = o.appendMessage(out, m)
	}
	_, err := env.stdout.Write(out)
	return err
}

func (o *sendOptions) appendMessage(dst []byte, m outgoing) []byte {
	if !o.output.json {
		dst = append(render.AppendSafe(dst, m.topic), ' ')
		return append(render.AppendSafe(dst, string(m.payload)), '\n')
	}
	for _, item := range codec.Decode(m.topic, m.payload) {
		e := render.Envelope{
			Topic: m.topic, Family: item.Family, Device: item.Device, Value: item.Value,
			Delivery: codec.Some(render.Delivery{QoS: byte(o.qos), Retained: o.retain}),
		}
		if item.Err != nil {
			e.Warnings = []string{item.Err.Error()}
		}
		dst = append(e.AppendJSON(dst), '\n')
	}
	return dst
}
