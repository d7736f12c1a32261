package simulate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/ask"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
	"mqtool/commands/internal/text"
)

// parseSpeed parses 10x, 10 or max. For max it returns 0.
func parseSpeed(s string) (float64, error) {
	if s == "" {
		return 1, nil
	}
	if s == "max" {
		return 0, nil
	}
	const least, most = 1e-3, 1e6
	n, err := strconv.ParseFloat(strings.TrimSuffix(s, "x"), 64)
	if err != nil || !(n >= least && n <= most) {
		return 0, app.Usagef("--speed %q: it must be a number such as 10x or 0.5x, or max", s)
	}
	return n, nil
}

// Replay publishes the messages of a file at a speed.
func Replay(ctx context.Context, env *app.Env, o Options, file, speed string, yes bool) error {
	times, err := parseSpeed(speed)
	if err != nil {
		return err
	}
	in, err := text.Open(ctx, env.Stdin, file)
	if err != nil {
		return err
	}
	defer in.Close()
	served, link, err := o.link(ctx, env)
	if err != nil {
		return err
	}
	if served != nil {
		defer served.Close()
	}
	if err := hasBroker(link); err != nil {
		return err
	}
	conn, err := link.Dial(ctx, env)
	if err != nil {
		return err
	}
	r := &replayer{env: env, conn: conn, speed: times, yes: yes, name: file}
	err = r.replay(ctx, in)
	if late := conn.Close(site.Goodbye); err == nil {
		err = late
	}
	if err == nil || errors.Is(err, codec.ErrMalformed) {
		env.Notice("%s published", render.Count(r.published, "message"))
	}
	return err
}

// A replayer publishes a capture.
type replayer struct {
	env   *app.Env
	conn  *broker.Conn
	speed float64 // 0: as fast as possible
	yes   bool
	name  string

	published   int
	first, then time.Time // when the first message was received, and when it was published again
}

// A capturedMessage holds the fields of a line of listen that a replay needs.
type capturedMessage struct {
	Time     time.Time `json:"time"`
	Topic    string    `json:"topic"`
	QoS      byte      `json:"qos"`
	Retained bool      `json:"retained"`
	Payload  *[]byte   `json:"payload_base64"`
}

// maxCaptured is the longest line. The largest MQTT message has 256 MiB, and
// the line holds it in base64, once more as text or hex, and decoded.
const maxCaptured = 1 << 30

// replay publishes all lines.
func (r *replayer) replay(ctx context.Context, in io.Reader) error {
	lines := text.Lines{Reader: in, Most: maxCaptured, Limit: "a captured message can be (1 GiB)"}
	for {
		line, err := lines.Line()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", r.name, lines.Number+1, err)
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		m, err := r.parse(line)
		if err == nil {
			err = r.publish(ctx, m)
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", r.name, lines.Number, err)
		}
	}
	_, err := r.conn.Flush(ctx)
	return err
}

// parse parses a line. Its error says what is wrong with the line.
func (r *replayer) parse(line []byte) (m capturedMessage, err error) {
	switch err := json.Unmarshal(line, &m); {
	case err != nil:
		return m, app.Damagedf("not a line of a capture: %v", err)
	case m.Payload == nil:
		return m, app.Damagedf("no payload_base64: capture with listen --json --with-payload")
	case broker.ValidTopic(m.Topic) != nil:
		return m, app.Damagedf("%v", broker.ValidTopic(m.Topic))
	case m.QoS > 2:
		return m, app.Damagedf("QoS %d", m.QoS)
	}
	address, ok := codec.ParseTopic(m.Topic)
	if !ok || !address.ToDevice {
		return m, nil
	}
	m.Retained = false // otherwise a device would get it at each connection
	for _, item := range codec.Decode(m.Topic, *m.Payload) {
		if request, ok := item.Value.(codec.CameraRequest); ok {
			if word, ok := request.ConfigWord(); ok {
				return m, ask.CheckHarm(word.Word, r.yes)
			}
		}
	}
	return m, nil // damaged commands are published as well
}

func (r *replayer) publish(ctx context.Context, m capturedMessage) error {
	if err := r.wait(ctx, m.Time); err != nil {
		return err
	}
	if err := r.conn.PublishAsync(ctx, m.Topic, *m.Payload, m.QoS, m.Retained); err != nil {
		return err
	}
	r.published++
	return nil
}

// wait waits until it is time to publish a message that was received at the
// given time.
func (r *replayer) wait(ctx context.Context, came time.Time) error {
	if r.first.IsZero() {
		r.first, r.then = came, time.Now()
	}
	if r.speed == 0 || came.IsZero() {
		return ctx.Err()
	}
	due := r.then.Add(time.Duration(float64(came.Sub(r.first)) / r.speed))
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
