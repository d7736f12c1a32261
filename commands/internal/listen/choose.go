package listen

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/site"
)

// AnswerOptions are the options that say how readers are answered.
type AnswerOptions struct {
	wink, accept, deny bool
	reply              string // JSON
	allow              string // file
}

func (o *AnswerOptions) given() bool {
	return o.wink || o.accept || o.deny || o.reply != "" || o.allow != ""
}

// Flags returns new flags that fill o.
func (o *AnswerOptions) Flags() []cmdline.Flag {
	return []cmdline.Flag{
		cmdline.Spec{Name: "wink", Usage: "let a reader wink when it reports a tag"}.Switch(&o.wink),
		cmdline.Spec{Name: "accept", Usage: `answer each tag with "access granted"`}.Switch(&o.accept),
		cmdline.Spec{Name: "deny", Usage: `answer each tag with "access denied"`}.Switch(&o.deny),
		cmdline.Spec{Name: "reply", Usage: "answer each tag with `JSON`, a command for the reader"}.Text(&o.reply, nil),
		cmdline.Spec{Name: "allow", Usage: "accept the tags in `FILE` and deny the rest"}.Text(&o.allow, nil),
	}
}

// chosenAnswers returns the Answers that the options ask for, or nil.
func chosenAnswers(env *app.Env, o AnswerOptions) (*Answers, error) {
	var chosen []string
	choose := func(given bool, option string) bool {
		if given {
			chosen = append(chosen, "--"+option)
		}
		return given
	}
	a := &Answers{Topic: site.Request(site.SpringCore, codec.KindCommand).Topic, Now: time.Now, Notice: env.Warn}
	always := func(r Reply) { a.Choose = func(string, ...string) Reply { return r } }
	for _, simple := range []struct {
		given    bool
		word     string
		sequence codec.Sequence
	}{
		{o.wink, "wink", codec.SequenceWink}, {o.accept, "accept", codec.SequenceGranted}, {o.deny, "deny", codec.SequenceDenied},
	} {
		if choose(simple.given, simple.word) {
			reply, err := sequenceReply(simple.word, simple.sequence)
			if err != nil {
				return nil, err
			}
			always(reply)
		}
	}
	if choose(o.reply != "", "reply") {
		if err := checkReply([]byte(o.reply)); err != nil {
			return nil, app.Usagef("--reply: %v", err)
		}
		always(Reply{Word: "reply", Wire: []byte(o.reply)})
	}
	if choose(o.allow != "", "allow") {
		list, err := site.ReadTags(o.allow)
		if err != nil {
			return nil, fmt.Errorf("--allow: %w", err)
		}
		if a.Choose, err = chooseByList(env, list, a.Now); err != nil {
			return nil, err
		}
		a.Tags = list
	}
	switch len(chosen) {
	case 0:
		return nil, nil
	case 1:
		return a, nil
	}
	return nil, app.Usagef("%s: choose one answer", strings.Join(chosen, ", "))
}

// chooseByList accepts the tags in a list at the doors and times given there,
// and denies the rest.
func chooseByList(env *app.Env, list *site.Tags, now func() time.Time) (func(tag string, door ...string) Reply, error) {
	if list.Len() == 0 {
		env.Warn("--allow: there is no tag in the list, so that everybody is denied")
	}
	accept, err := sequenceReply("accept", codec.SequenceGranted)
	if err != nil {
		return nil, err
	}
	deny, err := sequenceReply("deny", codec.SequenceDenied)
	if err != nil {
		return nil, err
	}
	return func(tag string, door ...string) Reply {
		why := list.Judge(env, tag, now(), door...)
		if why == site.Accepted {
			return accept
		}
		return Reply{Word: deny.Word, Wire: deny.Wire, Reason: string(why)}
	}, nil
}

func sequenceReply(word string, s codec.Sequence) (Reply, error) {
	wire, err := codec.ReaderCommand{Sequence: codec.Some(s)}.Wire()
	return Reply{Word: word, Wire: wire}, err
}

// checkReply returns an error if a text is not a valid command for a reader.
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
