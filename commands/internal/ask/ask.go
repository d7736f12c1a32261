package ask

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
)

// maxForeign is how many other cameras are remembered, for a hint. The number is bounded
// because anybody can invent MACs.
const maxForeign = 10

// An Asker sends requests to cameras over one connection, and tells which messages are
// their answers. An answer is the next status that a camera publishes.
//
// All cameras publish on the same topic, and only newer firmware names the camera in the
// message. So an answer is assigned by the MAC in the message, or else in its topic. An
// answer without a MAC is accepted while a single camera is being waited for, and marked
// as doubtful. A message that the broker kept is never an answer.
type Asker struct {
	conn    *broker.Conn
	filter  string // the topic on which cameras publish their status
	decoder *codec.Decoder
	repeat  time.Duration // how long until a request is sent again, doubled each time; 0: never
	told    func(*call)   // called when a request is sent again; may be nil
	calls   []*call

	// Other messages than answers, for hints.
	foreign   []string // MACs of other cameras
	kept      bool     // the broker keeps a status of a camera that is asked
	anonymous bool     // a status without a MAC came while several cameras were waited for
}

// New returns an asker that repeats a request after a time, unless the time is 0.
func New(conn *broker.Conn, filter string, repeat time.Duration) *Asker {
	return &Asker{conn: conn, filter: filter, repeat: repeat, decoder: codec.NewDecoder("", codec.Role{Filter: filter, Kind: codec.KindStatus})}
}

// A call is a request to one camera, until it is answered.
type call struct {
	camera  site.Device
	topic   string
	payload []byte
	sent    int       // how many times it was sent
	first   time.Time // when it was first sent
	again   time.Time // when to send it again; zero: never
	pause   time.Duration
}

// An Answer is a camera's status after a call.
type Answer struct {
	call     *call
	Message  broker.Message
	Report   codec.CameraReport
	Doubtful bool // the message does not say which camera sent it
}

// subscribe subscribes to the answers before any request is sent, so that none is missed.
func (a *Asker) subscribe(ctx context.Context) error { return a.conn.Subscribe(ctx, a.filter) }

// Ask records a request; send or Next sends it.
func (a *Asker) Ask(camera site.Device, kind codec.Kind, payload string) {
	a.calls = append(a.calls, &call{
		camera: camera, topic: codec.FillTopic(site.Request(site.Milesight, kind).Topic, "", camera.ID), payload: []byte(payload), pause: a.repeat,
	})
}

// send sends the requests that are due, and waits until the broker has them. If the time
// ends while a request is sent for the first time, the error is the broker's; otherwise it
// is ctx.Err().
func (a *Asker) send(ctx context.Context) error {
	now := time.Now()
	due, first := false, false
	for _, c := range a.calls {
		if c.sent > 0 && (c.again.IsZero() || now.Before(c.again)) {
			continue
		}
		if c.sent == 0 {
			c.first, first = now, true
		} else if a.told != nil {
			a.told(c)
		}
		// The request is never retained: a retained one would wake or restart a camera
		// each time it connects.
		if err := a.conn.PublishAsync(ctx, c.topic, c.payload, 1, false); err != nil {
			return err
		}
		due = true
		c.sent++
		if a.repeat > 0 {
			c.again = now.Add(c.pause)
			c.pause *= 2
		}
	}
	if !due {
		return nil
	}
	_, err := a.conn.Flush(ctx)
	if ctx.Err() != nil && (!first || errors.Is(ctx.Err(), context.Canceled)) {
		return ctx.Err()
	}
	return err
}

// Next waits for a message, and sends requests when they are due. The answer is not set
// when the message is not an answer. An answered call is removed.
func (a *Asker) Next(ctx context.Context) (broker.Message, codec.Opt[Answer], error) {
	for {
		if err := a.send(ctx); err != nil {
			return broker.Message{}, codec.Opt[Answer]{}, err
		}
		m, err := a.receive(ctx)
		if err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
			continue // a request is due again
		}
		if err != nil {
			return broker.Message{}, codec.Opt[Answer]{}, err
		}
		return m, a.match(m), nil
	}
}

// receive waits for a message, at most until a request is due again.
func (a *Asker) receive(ctx context.Context) (broker.Message, error) {
	var first time.Time
	for _, c := range a.calls {
		if !c.again.IsZero() && (first.IsZero() || c.again.Before(first)) {
			first = c.again
		}
	}
	if !first.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, first)
		defer cancel()
	}
	return a.conn.Receive(ctx)
}

// match finds the call that a message answers.
func (a *Asker) match(m broker.Message) (none codec.Opt[Answer]) {
	report, mac, ok := a.status(m)
	if !ok {
		return none
	}
	i := slices.IndexFunc(a.calls, func(c *call) bool { return c.camera.ID == mac })
	switch {
	case m.Retained:
		a.kept = a.kept || i >= 0
		return none
	case mac == "" && len(a.calls) > 1:
		a.anonymous = true
		return none
	case mac == "" && len(a.calls) == 1:
		i = 0
	case i < 0:
		if len(a.foreign) < maxForeign && !slices.Contains(a.foreign, mac) {
			a.foreign = append(a.foreign, mac)
		}
		return none
	}
	c := a.calls[i]
	if c.sent == 0 || m.Received.Before(c.first) {
		return none
	}
	a.calls = slices.Delete(a.calls, i, i+1)
	return codec.Some(Answer{call: c, Message: m, Report: report, Doubtful: mac == ""})
}

// status finds a camera's status in a message. mac is "" when neither the message nor the
// topic names the camera.
func (a *Asker) status(m broker.Message) (report codec.CameraReport, mac string, ok bool) {
	if len(m.Payload) == 0 {
		return report, "", false // an empty payload deletes a retained message
	}
	for _, item := range site.Decode(a.decoder, m) {
		if report, ok = item.Value.(codec.CameraReport); ok && report.Report == codec.KindStatus {
			if mac, err := codec.ParseMAC(item.Device); err == nil {
				return report, mac, true
			}
			return report, "", true
		}
	}
	return report, "", false
}

// asks reports whether a camera was asked and has not answered yet.
func (a *Asker) asks(camera site.Device) bool {
	return slices.ContainsFunc(a.calls, func(c *call) bool { return c.camera.ID == camera.ID })
}

// answered removes the calls to a camera that has answered in another way.
func (a *Asker) answered(camera site.Device) {
	a.calls = slices.DeleteFunc(a.calls, func(c *call) bool { return c.camera.ID == camera.ID })
}

// After returns how long the answer took.
func (a Answer) After() time.Duration { return a.Message.Received.Sub(a.call.first) }

// fill writes an answer into the report of its camera.
func (a Answer) fill(r *render.DeviceReport) {
	r.State, r.OK = render.DeviceAwake, true
	r.LastHeard = a.Message.Received
	r.Status = envelope(a.Message, a.call.camera, a.Report)
	if a.Doubtful {
		r.Warnings = append(r.Warnings, "the status has no MAC: it may be from another camera")
	}
}

// envelope returns the envelope of a message from a known device.
func envelope(m broker.Message, d site.Device, v codec.Value) *render.Envelope {
	name := d.Name
	if name == d.ID || d.ID == "" {
		name = ""
	}
	return &render.Envelope{
		Name: name, Time: m.Received, Topic: m.Topic, Family: d.Family, Device: d.ID,
		Delivery: codec.Some(render.Delivery{QoS: m.QoS, Retained: m.Retained, Duplicate: m.Duplicate}),
		Value:    v,
	}
}

// Hint suggests a reason for a missing answer. It returns otherwise when nothing is known.
func (a *Asker) Hint(otherwise string) string {
	switch {
	case a.anonymous:
		return "ask one camera at a time: a status came without a MAC, and may be from any camera"
	case len(a.foreign) > 0:
		more := ""
		list := a.foreign
		if len(list) > 3 {
			list, more = list[:3], " and others"
		}
		return fmt.Sprintf("the status that came is of %s%s; is the MAC right?", strings.Join(list, ", "), more)
	case a.kept:
		return "there is only an old, retained status; " + otherwise
	}
	return otherwise
}

// Repeat is the pause before a camera is asked again, in case its connection was down for
// a moment.
const Repeat = 10 * time.Second

// Possible reasons why a device is silent.
const (
	SilentCamera = "is it asleep (mqtool wake), is its MAC right, does it publish its status elsewhere (--status-topic), may this user read and publish there?"
	SilentWoken  = "is it switched on and within reach, is the MAC right, does it publish %s, may this user read and publish there?"
	SilentReader = "is its id right (capitals count), and the prefix %q (--prefix), may this user read there, does it publish less often (register 0289; %s)?"
)
