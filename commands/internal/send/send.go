// Package send publishes a command to readers (command.go), any payload on any
// topic (send.go), or the lines of an input (lines.go). publish.go waits for
// the broker's acknowledgements, and told.go tells the user what was sent.
package send

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
	"mqtool/commands/internal/text"
)

// Options says what to send, and to whom. It has a field for each option.
type Options struct {
	Output     cmdline.Output
	Connection site.Options
	Timeout    time.Duration
	QoS        int
	Retain     bool
	DryRun     bool
	Quiet      bool

	// What readers shall do.
	Wink, Accept, Deny, Failed    bool
	Sequence, LEDs, Buzzer, Relay string
	Text                          bool // send as $SCCMD

	// Messages on any topic.
	Topic, File string
	Hex, Lines  bool
}

// An outgoing message. name is the name of the device as it was typed, or "".
type outgoing struct {
	name, topic string
	payload     []byte
}

// Run sends a command to the named readers, or publishes what args and options
// say.
func Run(ctx context.Context, env *app.Env, o Options, args []string) error {
	if o.Timeout <= 0 {
		return app.Usagef("--timeout %v: it must be longer than nothing", o.Timeout)
	}
	if o.Topic == "" {
		return toReaders(ctx, env, o, args)
	}
	if err := o.checkTopic(args); err != nil {
		return err
	}
	link, _, err := o.Connection.Prepare(ctx, env, "", nil)
	if err != nil {
		return err
	}
	if o.Lines {
		return sendLines(ctx, env, o, link)
	}
	payload, err := o.payload(ctx, env, args)
	if err != nil {
		return err
	}
	if o.Retain && len(payload) > 0 {
		if err := refuseRetained(o.Topic); err != nil {
			return err
		}
	}
	t := newTeller(env, o, link, o.published(render.Count(len(payload), "byte")), nil)
	return send(ctx, env, o, link, t, []outgoing{{topic: o.Topic, payload: payload}})
}

// toReaders sends one command to any number of readers.
func toReaders(ctx context.Context, env *app.Env, o Options, readers []string) error {
	command, err := o.command()
	switch {
	case err != nil:
		return app.Usagef("%v", err)
	case o.Lines || o.Hex || o.File != "":
		return app.Usagef("--lines, --from-hex and --file are for a payload: give the --topic to publish it on")
	case !o.says():
		return app.Usagef("say what to send: --wink, --accept, --deny, --failed, --sequence, --leds, --buzzer or --relay to a reader; or any payload on a --topic")
	case len(readers) == 0:
		return app.Usagef("which reader? (its name in the configuration file, or the id in its topics)")
	case o.Retain:
		return app.Usagef("--retain: %s", whyNotRetained)
	}
	payload, err := encodeCommand(command, o.Text)
	if err != nil {
		return app.Usagef("%v", err)
	}
	link, devices, err := o.Connection.Prepare(ctx, env, site.SpringCore, readers)
	if err != nil {
		return err
	}
	if back, err := codec.DecodeReaderCommand(payload); err == nil { // JSON
		for _, w := range back.Warnings() {
			env.Warn("%s", w)
		}
	}
	var messages []outgoing
	for _, d := range devices {
		topic := codec.FillTopic(site.Request(site.SpringCore, codec.KindCommand).Topic, link.ReaderPrefix(), d.ID)
		messages = append(messages, outgoing{d.Name, topic, payload})
	}
	t := newTeller(env, o, link, o.sentence(command, devices), devices)
	return send(ctx, env, o, link, t, messages)
}

const whyNotRetained = "a command must not be retained: the broker would repeat it each time that a device connects"

// refuseRetained returns an error for topics on which devices take commands.
func refuseRetained(topic string) error {
	if a, ok := codec.ParseTopic(topic); ok && a.ToDevice {
		return app.Usagef("--retain on %s: %s (an empty payload deletes what is retained there)", topic, whyNotRetained)
	}
	return nil
}

// checkTopic checks what can be checked before any input is read.
func (o *Options) checkTopic(args []string) error {
	if err := broker.ValidTopic(o.Topic); err != nil {
		return app.Usagef("--topic: %v", err)
	}
	switch {
	case o.says():
		return app.Usagef("--topic publishes a payload; --wink and the other commands go to a READER")
	case o.Text:
		return app.Usagef("--text is for a command to a READER; --topic publishes a payload as it is")
	case o.File != "" && len(args) > 0:
		return app.Usagef("--file and PAYLOAD: choose one")
	case len(args) > 1:
		return app.Usagef("put the payload in quotes: there are %d arguments, and one payload is sent", len(args))
	case o.Lines && len(args) == 1 && args[0] != "-":
		return app.Usagef("--lines publishes the lines of standard input or of a --file, not a PAYLOAD")
	case !o.Lines && o.File == "" && len(args) == 0:
		return app.Usagef("say what to publish: PAYLOAD, - for standard input, --file FILE, or --lines ('' is an empty one)")
	case o.Lines && o.Retain:
		return refuseRetained(o.Topic)
	}
	return nil
}

// source returns the file to read; "-" means standard input.
func (o *Options) source() string { return cmp.Or(o.File, "-") }

// maxPayload is the longest payload that fits into a packet. MQTT writes the
// length of a packet in four times seven bits. Besides the payload, the packet
// holds the topic with its length, and the packet's id.
func (o *Options) maxPayload() int { return 1<<28 - 1 - 2 - len(o.Topic) - 2 }

// payload reads the payload to publish.
func (o *Options) payload(ctx context.Context, env *app.Env, args []string) ([]byte, error) {
	if len(args) == 1 && args[0] != "-" {
		if !o.Hex {
			return []byte(args[0]), nil
		}
		payload, err := decodeHex([]byte(args[0]))
		if err != nil {
			return nil, app.Usagef("%v", err)
		}
		return payload, nil
	}
	in, err := text.Open(ctx, env.Stdin, o.source())
	if err != nil {
		return nil, fmt.Errorf("--file: %w", err)
	}
	defer in.Close()
	most := int64(o.maxPayload())
	if o.Hex {
		most *= 4 // two digits for each byte, and some blanks
	}
	payload, err := text.ReadAll(in, most)
	if err == text.ErrTooLong {
		return nil, errPayloadTooLong
	}
	if err != nil {
		return nil, err
	}
	if o.Hex {
		if payload, err = decodeHex(payload); err != nil {
			return nil, fmt.Errorf("%s: %w", text.Name(o.source()), err)
		}
	}
	if len(payload) > o.maxPayload() {
		return nil, errPayloadTooLong
	}
	return payload, nil
}

var errPayloadTooLong = errors.New("the payload is longer than an MQTT message can be (256 MiB)")

// decodeHex decodes hex digits, in pairs or not, which may be separated by
// blanks and colons.
func decodeHex(text []byte) ([]byte, error) {
	digits := make([]byte, 0, len(text))
	for i, c := range text {
		switch c {
		case ' ', '\t', '\r', '\n', ':':
		default:
			if !isHexDigit(c) {
				return nil, &codec.SyntaxError{Offset: i, Msg: fmt.Sprintf("not hex: %q is not a digit", c)}
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
