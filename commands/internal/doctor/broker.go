package doctor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/human"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
)

// The checks of what the broker allows and does.

func (d *doctor) checkTakeOver(ctx context.Context) finding {
	ctx, cancel := d.limited(ctx)
	defer cancel()
	config := d.config
	config.ClientID = "" // never the id of a working client
	first, err := broker.Dial(ctx, config)
	if err != nil {
		return failed(err, "connecting with another client id").asWarning()
	}
	defer site.HangUp(first)
	config.ClientID = first.ClientID()
	second, err := broker.Dial(ctx, config)
	if err != nil {
		return failed(err, "connecting with an id that is connected").asWarning()
	}
	defer site.HangUp(second)
	for err == nil {
		_, err = first.Receive(ctx)
	}
	if ctx.Err() != nil {
		return warn("two clients with one id stay connected, which MQTT forbids: each may lose messages to the other", "give each client an id of its own")
	}
	return fine("a second client with the same id ends the first")
}

func (d *doctor) checkSubscriptions(ctx context.Context) finding {
	filters := (&site.Wanted{Devices: d.devices}).Filters(d.link, d.link.Roles())
	ctx, cancel := d.limited(ctx)
	defer cancel()
	conn, err := d.dial(ctx)
	if err != nil {
		return failed(err)
	}
	defer func() { site.HangUp(conn) }()
	var seen []string
	refused := 0
	for _, f := range filters {
		err := conn.Subscribe(ctx, f)
		var e *broker.Error
		switch {
		case err == nil && slices.Contains(conn.Stats().Downgraded, f):
			seen = append(seen, f+": granted, QoS 0 only")
		case err == nil:
			seen = append(seen, f+": granted, QoS 1")
		case broker.IsKind(err, broker.Denied):
			seen = append(seen, f+": refused")
			refused++
		case isLost(err): // some brokers refuse by closing the connection
			errors.As(err, &e)
			seen = append(seen, f+": "+e.Text)
			refused++
			again, err := d.dial(ctx)
			if err != nil {
				return failed(err, seen...)
			}
			site.HangUp(conn)
			conn = again
		default:
			return failed(err, seen...)
		}
		for pending := true; pending; { // read and drop the messages, because nobody needs them
			_, pending = conn.TryReceive()
		}
	}
	if refused == 0 {
		return fine(seen...)
	}
	f := warn(fmt.Sprintf("the broker refuses %d of %s", refused, render.Count(len(filters), "topic")), "this user may not read these topics", seen...)
	if refused == len(filters) || len(d.devices) > 0 {
		return failed(errors.New(f.Cause), seen...).withTry(f.Try)
	}
	return f
}

// Probes.

// echoTime is the longest wait for a message to oneself.
const echoTime = 5 * time.Second

// reach makes sure that there is a connection with a subscription to the
// probes' topic.
func (d *doctor) reach(ctx context.Context) error {
	if d.conn == nil {
		conn, err := d.dial(ctx)
		if err != nil {
			return err
		}
		d.conn, d.topic = conn, ""
	}
	if d.topic != "" {
		return nil
	}
	topic := broker.OwnTopic(d.ProbeTopic, d.conn.ClientID()) + "/echo"
	if err := d.conn.Subscribe(ctx, topic); err != nil {
		return err
	}
	d.topic = topic
	return nil
}

// errUnseen means that a message was acknowledged but did not come back.
var errUnseen = errors.New("it did not come back")

// echo publishes a message and waits until it comes back.
func (d *doctor) echo(ctx context.Context, payload []byte, qos byte) (time.Duration, error) {
	if err := d.reach(ctx); err != nil {
		return 0, err
	}
	start := time.Now()
	err := d.conn.PublishAsync(ctx, d.topic, payload, qos, false)
	for err == nil {
		var m broker.Message
		if m, err = d.conn.Receive(ctx); err == nil && bytes.Equal(m.Payload, payload) {
			return m.Received.Sub(start), nil
		}
	}
	if isLost(err) {
		d.drop()
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		return 0, err
	}
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if missing, err := d.conn.Flush(late); missing > 0 {
		if isLost(err) {
			d.drop()
		}
		return 0, err
	}
	return 0, errUnseen
}

func (d *doctor) checkPublish(ctx context.Context) finding {
	ctx, cancel := context.WithTimeout(ctx, min(d.Timeout, echoTime))
	defer cancel()
	try := "name a topic where this user may read and write: --probe-topic"
	_, err := d.echo(ctx, []byte("mqtool doctor"), 1)
	switch {
	case err == nil:
		return fine(d.topic + ": published, and received")
	case errors.Is(err, errUnseen):
		return warn("published, but not received: the ACL probably forbids it; MQTT 3.1.1 has no answer that says so", try, d.topic).asWarning()
	case broker.IsKind(err, broker.Denied):
		return failed(err).withTry(try).asWarning()
	case isLost(err):
		return failed(err, "published to "+d.topic, "some brokers do so when the ACL forbids it").withTry(try).asWarning()
	}
	return failed(err)
}

// withTry adds advice to a finding.
func (f finding) withTry(try string) finding {
	f.Try = try
	return f
}

func (d *doctor) checkRoundTrip(ctx context.Context) finding {
	ctx, cancel := d.limited(ctx)
	defer cancel()
	const probes = 9
	var times []time.Duration
	for i := range probes + 1 {
		// Use QoS 0, because brokers that send the message and its
		// acknowledgement separately run into the delayed acknowledgements of
		// TCP, 40 ms each.
		took, err := d.echo(ctx, fmt.Appendf(nil, "round trip %d", i), 0)
		if err != nil {
			return failed(err)
		}
		if i > 0 { // the first one may have to wait for earlier work
			times = append(times, took)
		}
	}
	slices.Sort(times)
	return fine(fmt.Sprintf("median %s of %d, %s to %s", human.Duration(times[probes/2]), probes, human.Duration(times[0]), human.Duration(times[probes-1])))
}

func (d *doctor) checkPayload(ctx context.Context) finding {
	passed, took := "0 KB", time.Duration(0)
	for _, size := range []int{1, 64, 128, 256, 512} {
		var err error
		if took, err = d.tryPayload(ctx, size<<10); err == nil {
			passed = fmt.Sprintf("%d KB", size)
			continue
		}
		var e *broker.Error
		why, try := err.Error(), "use smaller pictures (in base64 they are a third larger than their JPEG), or a higher limit in the broker"
		if errors.As(err, &e) {
			why = e.Text
		}
		if !isLost(err) {
			try += "; if the line is slow, more time (--check-timeout)"
		}
		return warn(fmt.Sprintf("%s pass, %d KB do not: %s", passed, size, why), try)
	}
	return fine(fmt.Sprintf("%s pass, in %s; more was not tried", passed, human.Duration(took)))
}

func (d *doctor) tryPayload(ctx context.Context, size int) (time.Duration, error) {
	ctx, cancel := d.limited(ctx)
	defer cancel()
	return d.echo(ctx, bytes.Repeat([]byte("mqtool.\n"), size/8), 1)
}

func (d *doctor) checkShared(ctx context.Context) finding {
	conn, err := d.dial(ctx)
	if err != nil {
		return failed(err)
	}
	defer site.HangUp(conn)
	p := broker.NewShareProbe(d.ProbeTopic, "mqtool-doctor", conn.ClientID())
	ctx, cancel := context.WithTimeout(ctx, broker.ShareProbeTime)
	defer cancel()
	if err = conn.Subscribe(ctx, p.Filters()...); err == nil {
		err = p.Send(ctx, conn)
	}
	if err != nil {
		return failed(err).asWarning()
	}
	for {
		m, err := conn.Receive(ctx)
		switch {
		case err == nil && p.Takes(m):
			if _, open := p.Due(); !open {
				return fine("they deliver")
			}
		case errors.Is(err, context.DeadlineExceeded):
			doubt, err := p.Verdict(time.Now().Add(broker.ShareProbeTime))
			if err != nil {
				return failed(err).asWarning()
			}
			if doubt != "" {
				d.env.Warn("%s", doubt)
			}
			return warn("whether they deliver is unknown", "")
		case err != nil:
			return failed(err).asWarning()
		}
	}
}
