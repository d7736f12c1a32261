package send

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/site"
)

// A teller tells a person at a terminal what was sent. A broker accepts a
// command for a reader that does not exist like any other. So the teller also
// checks whether the broker ever received a message from each reader. A nil
// teller says nothing.
type teller struct {
	env    *app.Env
	link   *site.Connection
	what   string
	to     []site.Device // readers; empty for other topics
	silent []site.Device // those readers from which no message has come yet
}

// newTeller returns a teller, or nil if there is nobody to tell.
func newTeller(env *app.Env, o Options, link *site.Connection, what string, to []site.Device) *teller {
	if !env.StderrTerminal || o.Quiet || o.Output.JSON || o.DryRun {
		return nil
	}
	return &teller{env: env, link: link, what: what, to: to, silent: slices.Clone(to)}
}

// listen subscribes to the retained messages of the readers. If the user may
// not read them, the teller does not mention them.
func (t *teller) listen(ctx context.Context, conn *broker.Conn) error {
	if t == nil || len(t.to) == 0 {
		return nil
	}
	var filters []string
	for _, d := range t.to {
		filters = append(filters, t.link.ReaderTopic(codec.KindMeta, d.ID), t.link.ReaderTopic(codec.KindStatus, d.ID))
	}
	err := conn.Subscribe(ctx, filters...)
	if broker.IsKind(err, broker.Denied) {
		t.silent = nil
		return nil
	}
	return err
}

// retainedTime is how long to wait for retained messages after a subscription.
const retainedTime = 500 * time.Millisecond

// tell reports what was sent, after the broker has acknowledged it.
func (t *teller) tell(ctx context.Context, conn *broker.Conn) {
	if t == nil {
		return
	}
	t.env.Report(t.what)
	ctx, cancel := context.WithTimeout(ctx, retainedTime)
	defer cancel()
	for len(t.silent) > 0 {
		m, err := conn.Receive(ctx)
		if err != nil {
			break
		}
		t.silent = slices.DeleteFunc(t.silent, func(d site.Device) bool {
			return m.Topic == t.link.ReaderTopic(codec.KindMeta, d.ID) || m.Topic == t.link.ReaderTopic(codec.KindStatus, d.ID)
		})
	}
	if len(t.silent) > 0 {
		t.env.Notice("the broker retains nothing of %s: is the id right (capitals count), and the prefix %q (--prefix)?",
			site.Labels(t.silent), t.link.ReaderPrefix())
	}
}

// sentence describes what the readers were told to do.
func (o *Options) sentence(c codec.ReaderCommand, to []site.Device) string {
	var parts []string
	if c.Sequence.Set {
		parts = append(parts, c.Sequence.Value.String())
	}
	for _, option := range []struct{ name, value string }{{"leds", o.LEDs}, {"buzzer", o.Buzzer}, {"relay", o.Relay}} {
		if option.value != "" {
			parts = append(parts, option.name+" "+option.value)
		}
	}
	return fmt.Sprintf("sent %s to %s", strings.Join(parts, ", "), site.Labels(to))
}

// published describes what was published on any topic.
func (o *Options) published(what string) string {
	text := "published " + what + " on " + o.Topic
	if o.Retain {
		text += ", retained"
	}
	return text
}
