package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mqtool/codec"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/render"
)

type answerOptions struct {
	wink, accept, deny bool
	reply              string // JSON
	allow              string // file
}

func (o *answerOptions) given() bool {
	return o.wink || o.accept || o.deny || o.reply != "" || o.allow != ""
}

// answerFlags are fresh flags that fill o.
func answerFlags(o *answerOptions) []cli.Flag {
	flip := func(name string, destination *bool, usage string) cli.Flag {
		return &cli.BoolFlag{Name: name, Destination: destination, Usage: usage, DisableDefaultText: true}
	}
	return []cli.Flag{
		flip("wink", &o.wink, "let a reader wink when it reports a tag"),
		flip("accept", &o.accept, `answer each tag with "access granted"`),
		flip("deny", &o.deny, `answer each tag with "access denied"`),
		&cli.StringFlag{
			Name: "reply", Destination: &o.reply,
			Usage: "answer each tag with `JSON`, a command for the reader",
		},
		&cli.StringFlag{
			Name: "allow", Destination: &o.allow,
			Usage: "accept the tags in `FILE` and deny the rest",
		},
	}
}

// An answerer answers the readers whose events come in. A nil one does not.
type answerer struct {
	env    *environment
	word   string // what the answer is called
	send   []byte
	list   *tagList // decides instead, unless nil
	failed int
	told   bool // that an event cannot be answered for its topic
}

// newAnswerer makes the answerer that the options ask for, or nil.
func newAnswerer(env *environment, o answerOptions) (*answerer, error) {
	var chosen []string
	a := &answerer{env: env}
	choose := func(given bool, option string) bool {
		if given {
			chosen = append(chosen, "--"+option)
		}
		return given
	}
	var err error
	for _, simple := range []struct {
		given    bool
		word     string
		sequence codec.Sequence
	}{
		{o.wink, "wink", codec.SequenceWink}, {o.accept, "accept", codec.SequenceGranted}, {o.deny, "deny", codec.SequenceDenied},
	} {
		if choose(simple.given, simple.word) {
			a.word = simple.word
			if a.send, err = sequenceJSON(simple.sequence); err != nil {
				return nil, err
			}
		}
	}
	if choose(o.reply != "", "reply") {
		a.word, a.send = "reply", []byte(o.reply)
		if err := checkReply(a.send); err != nil {
			return nil, usageErrorf("--reply: %v", err)
		}
	}
	if choose(o.allow != "", "allow") {
		if a.list, err = newTagList(o.allow); err != nil {
			return nil, fmt.Errorf("--allow: %w", err)
		}
	}
	switch len(chosen) {
	case 0:
		return nil, nil
	case 1:
		return a, nil
	}
	return nil, usageErrorf("%s: choose one answer", strings.Join(chosen, ", "))
}

func sequenceJSON(s codec.Sequence) ([]byte, error) {
	return codec.ReaderCommand{Sequence: codec.Some(s)}.Wire()
}

// checkReply says why a reader must not be sent a command.
func checkReply(text []byte) error {
	if !json.Valid(text) {
		return errors.New(`it must be JSON, such as {"Sequence":"60"}`)
	}
	c, err := codec.DecodeReaderCommand(text)
	if err != nil {
		return err
	}
	return c.Validate()
}

// answerWithin is how old an event may be when it is answered. Who showed the
// tag has left, and somebody else may stand there.
const answerWithin = 10 * time.Second

// answer answers an event, if it is one to be answered, and returns what the
// answer is called. What goes wrong is added to the warnings.
func (a *answerer) answer(ctx context.Context, conn *broker.Conn, item *codec.Item, e *render.Envelope, m broker.Message) string {
	if a == nil || m.Retained || m.Duplicate {
		return ""
	}
	event, ok := e.Value.(*codec.ReaderEvent)
	if !ok || event.TagID == "" || event.Move == codec.MoveRemove {
		return ""
	}
	if !item.ByTopic {
		if !a.told {
			a.told = true
			notice(a.env, "an event on the topic %s cannot be answered: a reader's events have a topic that ends in /rdr/evt", m.Topic)
		}
		return ""
	}
	word, err := a.answerTag(ctx, conn, item, event.TagID, m.Received)
	if err != nil {
		a.failed++
		e.Warnings = append(e.Warnings, "not answered: "+err.Error())
		return ""
	}
	return word
}

func (a *answerer) answerTag(ctx context.Context, conn *broker.Conn, item *codec.Item, tag string, received time.Time) (word string, err error) {
	if late := time.Since(received); late > answerWithin {
		return "", fmt.Errorf("the event has waited for %v", late.Round(time.Second))
	}
	word, send := a.word, a.send
	if a.list != nil {
		sequence := codec.SequenceDenied
		word = "deny"
		if a.list.has(a.env, tag) {
			word, sequence = "accept", codec.SequenceGranted
		}
		if send, err = sequenceJSON(sequence); err != nil {
			return "", err
		}
	}
	topic := codec.FillTopic(requestOf(springcore, codec.KindCommand).Topic, item.Prefix, item.Device)
	return word, conn.PublishAsync(ctx, topic, send, 1, false)
}
