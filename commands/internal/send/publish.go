package send

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
)

// send publishes messages, or prints them with --dry-run.
func send(ctx context.Context, env *app.Env, o Options, link *site.Connection, t *teller, messages []outgoing) error {
	if o.DryRun {
		return o.print(env, messages)
	}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	conn, err := link.Dial(ctx, env)
	if err != nil {
		return err
	}
	if err = t.listen(ctx, conn); err == nil {
		err = o.publish(ctx, conn, messages)
	}
	if err == nil {
		t.tell(ctx, conn)
	}
	if closeErr := conn.Close(o.remaining(ctx)); err == nil {
		err = closeErr
	}
	if err != nil || !o.Output.JSON {
		return err
	}
	return o.print(env, messages)
}

// remaining returns the time that is left to close the connection.
func (o *Options) remaining(ctx context.Context) time.Duration {
	deadline, _ := ctx.Deadline()
	return max(time.Until(deadline), 0)
}

// publish sends the messages and waits for the broker to acknowledge them.
func (o *Options) publish(ctx context.Context, conn *broker.Conn, messages []outgoing) error {
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
	// A broker acknowledges messages in order, so the unacknowledged ones are
	// the last.
	var names []string
	for _, m := range messages[p.sent-p.missing:] {
		names = append(names, m.name)
	}
	return fmt.Errorf("%d of %d readers were not sent the command (%s): %w", len(names), len(messages), strings.Join(names, ", "), err)
}

// A publisher publishes messages ahead of their acknowledgements, and counts
// them.
type publisher struct {
	conn          *broker.Conn
	qos           byte
	retain        bool
	sent, missing int // messages sent; of them, those without acknowledgement
}

func (o *Options) publisher(conn *broker.Conn) publisher {
	return publisher{conn: conn, qos: byte(o.QoS), retain: o.Retain}
}

// exactlyOnceAhead is how many messages of QoS 2 may be in flight. With more
// than 20, mosquitto 2.0.11 hangs up or loses some.
const exactlyOnceAhead = 20

// publish sends a message. If it returns an error, the message was not sent.
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

// print prints messages: their topics and payloads, or JSON as listen prints
// them.
func (o *Options) print(env *app.Env, messages []outgoing) error {
	var out []byte
	for _, m := range messages {
		out = o.appendMessage(out, m)
	}
	_, err := env.Stdout.Write(out)
	return err
}

func (o *Options) appendMessage(dst []byte, m outgoing) []byte {
	if !o.Output.JSON {
		dst = append(render.AppendSafe(dst, m.topic), ' ')
		return append(render.AppendSafe(dst, string(m.payload)), '\n')
	}
	for _, item := range codec.Decode(m.topic, m.payload) {
		e := render.Envelope{
			Topic: m.topic, Family: item.Family, Device: item.Device, Value: item.Value,
			Delivery: codec.Some(render.Delivery{QoS: byte(o.QoS), Retained: o.Retain}),
		}
		if item.Err != nil {
			e.Warnings = []string{item.Err.Error()}
		}
		dst = append(e.AppendJSON(dst), '\n')
	}
	return dst
}
