package listen

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mqtool/commands/internal/broker"
)

// A queue is a Source. When it is closed, nobody waits for a message.
type queue chan broker.Message

func (q queue) TryReceive() (broker.Message, bool) {
	select {
	case m, ok := <-q:
		return m, ok
	default:
		return broker.Message{}, false
	}
}

func (q queue) Receive(ctx context.Context) (broker.Message, error) {
	select {
	case m, ok := <-q:
		if !ok {
			return m, io.EOF
		}
		return m, nil
	case <-ctx.Done():
		return broker.Message{}, ctx.Err()
	}
}

// put adds a message that is received now.
func (q queue) put(payload string) {
	q <- broker.Message{Topic: "x", Payload: []byte(payload), Received: time.Now()}
}

// newPump returns a pump that prints payloads as they are.
func newPump(w io.Writer) (*Pump, queue) {
	q := make(queue, 1000)
	c, p := newChain(w)
	p.format = FormatRaw
	return &Pump{Source: q, Chain: c, Printer: p, Notice: new(notices).add}, q
}

// A record holds in order what was written and acknowledged.
type record struct{ strings.Builder }

func (r *record) Write(p []byte) (int, error) {
	fmt.Fprintf(&r.Builder, "[%s]", p)
	return len(p), nil
}

// TestPumpBlocks checks that waiting messages are written together and
// acknowledged afterwards.
func TestPumpBlocks(t *testing.T) {
	var r record
	p, q := newPump(&r)
	p.Acknowledge(func(m broker.Message) {
		if m.Payload != nil {
			t.Error("the payload is held")
		}
		r.WriteByte('.')
	})
	for i := range 13 {
		q.put(fmt.Sprint(i))
	}
	close(q)
	if err := p.Run(t.Context()); err != io.EOF {
		t.Fatal(err)
	}
	if want := "[0123456789]..........[101112]..."; r.String() != want {
		t.Errorf("got %s, want %s", &r, want)
	}

	r.Reset()
	p, q = newPump(&r)
	p.Printer.sync = func() error { r.WriteString("s"); return nil }
	p.Acknowledge(func(broker.Message) { r.WriteByte('.') })
	q.put("1")
	close(q)
	if err := p.Run(t.Context()); err != io.EOF || r.String() != "[1]s." {
		t.Errorf("with sync: %s, %v", &r, err)
	}

	p, q = newPump(new(record))
	p.Printer.sync = func() error { return io.ErrUnexpectedEOF }
	p.Acknowledge(func(broker.Message) { t.Error("what is not on the disk is acknowledged") })
	q.put("1")
	if err := p.Run(t.Context()); err != io.ErrUnexpectedEOF {
		t.Error(err)
	}

	r.Reset()
	p, q = newPump(&r)
	for range 3 {
		q.put(strings.Repeat("x", maxBlock/2))
	}
	close(q)
	if err := p.Run(t.Context()); err != io.EOF || strings.Count(r.String(), "[") != 2 {
		t.Errorf("%d blocks, %v", strings.Count(r.String(), "["), err)
	}

	p, q = newPump(new(brokenWriter))
	p.Acknowledge(func(broker.Message) { t.Error("what was not written is acknowledged") })
	q.put("1")
	if err := p.Run(t.Context()); err != io.ErrShortWrite {
		t.Error(err)
	}
}

// TestPumpEnds checks the reasons for the end of a pump, and what is printed
// before.
func TestPumpEnds(t *testing.T) {
	for _, tt := range []struct {
		name  string
		count int
		idle  time.Duration
		act   func(p *Pump, q queue, interrupt func())
		err   error
		out   string
		after time.Duration
	}{
		{"count", 2, 0, func(_ *Pump, q queue, _ func()) {
			for _, s := range []string{"1", "2", "3"} {
				q.put(s)
			}
		}, nil, "12", 0},
		{"interrupt, and what has come before", 0, 0, func(_ *Pump, q queue, interrupt func()) {
			interrupt()
			q.put("1")
			q.put("2")
		}, context.Canceled, "12", 0},
		{"interrupt while it waits", 0, 0, func(_ *Pump, q queue, interrupt func()) {
			q.put("1")
			time.AfterFunc(time.Minute, interrupt)
		}, context.Canceled, "1", time.Minute},
		{"idle", 0, 3 * time.Second, func(_ *Pump, q queue, _ func()) {
			time.AfterFunc(2*time.Second, func() { q.put("1") })
			time.AfterFunc(4*time.Second, func() { q.put("2") })
			time.AfterFunc(9*time.Second, func() { q.put("3") })
		}, ErrIdle, "12", 7 * time.Second},
		{"idle while others come", 0, 3 * time.Second, func(p *Pump, q queue, _ func()) {
			p.Chain.Filter.Family = "milesight"
			for i := range 9 {
				time.AfterFunc(time.Duration(i)*time.Second, func() { q.put("1") })
			}
		}, ErrIdle, "", 3 * time.Second},
		{"idle does not count yet", 0, 3 * time.Second, func(p *Pump, q queue, interrupt func()) {
			p.last = time.Time{}
			time.AfterFunc(time.Hour, interrupt)
		}, context.Canceled, "", time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				p, q := newPump(&out)
				p.Chain.Count, p.Idle = tt.count, tt.idle
				ctx, interrupt := context.WithCancel(t.Context())
				defer interrupt()
				start := time.Now()
				p.StartIdle()
				tt.act(p, q, interrupt)
				if err := p.Run(ctx); err != tt.err || out.String() != tt.out || time.Since(start) != tt.after {
					t.Errorf("%v after %v, printed %q, want %v after %v, %q", err, time.Since(start), &out, tt.err, tt.after, tt.out)
				}
				synctest.Wait()
			})
		})
	}
}

// TestPumpDuring checks that messages are handled while something else runs,
// and at its end.
func TestPumpDuring(t *testing.T) {
	refused := errors.New("refused")
	for _, tt := range []struct {
		name  string
		count int
		f     func(context.Context, queue) error
		err   error
		out   string
	}{
		{"it succeeds", 0, func(_ context.Context, q queue) error { q.put("1"); q.put("2"); return nil }, nil, "12"},
		{"it fails", 0, func(_ context.Context, q queue) error { q.put("1"); return refused }, refused, "1"},
		{"the count is reached", 1, func(ctx context.Context, q queue) error { q.put("1"); <-ctx.Done(); return ctx.Err() }, nil, "1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				p, q := newPump(&out)
				p.Chain.Count = tt.count
				err := p.During(t.Context(), func(ctx context.Context) error { return tt.f(ctx, q) })
				if err != tt.err || out.String() != tt.out {
					t.Errorf("%v, printed %q, want %v, %q", err, &out, tt.err, tt.out)
				}
				synctest.Wait()
			})
		})
	}
}

// An echo is a connection to a broker that sends back only some messages.
type echo struct {
	queue
	topics []string
	back   []int // the messages that come back at once
}

func (e *echo) PublishAsync(_ context.Context, topic string, _ []byte, _ byte, _ bool) error {
	for _, i := range e.back {
		if i == len(e.topics) {
			e.queue <- broker.Message{Topic: topic, Received: time.Now()}
		}
	}
	e.topics = append(e.topics, topic)
	return nil
}

// TestPumpProbe checks that the messages of a probe are not printed, and that
// its verdict comes even if no other message does.
func TestPumpProbe(t *testing.T) {
	for _, tt := range []struct {
		name string
		back []int // of the shared and the plain message
		err  string
		told []string
		end  time.Duration // with the time that it still waits for the rest
	}{
		{"both", []int{0, 1}, "idle", nil, 8 * time.Second},
		{"plain only", []int{1}, "the broker accepts shared subscriptions and delivers nothing", nil, broker.ShareProbeTime + maxDrain},
		{"none", nil, "idle", []string{"mqtool cannot tell whether the broker delivers through shared subscriptions"}, 8*time.Second + maxDrain},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var told notices
				p := Pump{Idle: 8 * time.Second, Notice: told.add, Probe: broker.NewShareProbe(broker.ProbeTopic, "g", "id")}
				p.Chain, p.Printer = newChain(io.Discard)
				conn := &echo{queue: make(queue, 10), back: tt.back}
				p.Source = conn
				if err := p.Probe.Send(t.Context(), conn); err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				p.StartIdle()
				err := p.Run(t.Context())
				if err == nil || !strings.HasPrefix(err.Error(), tt.err) || time.Since(start) != tt.end || p.Chain.Printed() != 0 {
					t.Errorf("%v after %v, %d printed", err, time.Since(start), p.Chain.Printed())
				}
				told.want(t, tt.told...)
			})
		})
	}

	// At its end the pump waits a while for these messages, because they would
	// be counted as lost.
	synctest.Test(t, func(t *testing.T) {
		p, q := newPump(io.Discard)
		p.Probe = broker.NewShareProbe(broker.ProbeTopic, "g", "id")
		conn := &echo{queue: q}
		if err := p.Probe.Send(t.Context(), conn); err != nil {
			t.Fatal(err)
		}
		ctx, interrupt := context.WithCancel(t.Context())
		interrupt()
		time.AfterFunc(maxDrain/2, func() { q <- broker.Message{Topic: conn.topics[0]} })
		start := time.Now()
		if err := p.Run(ctx); err != context.Canceled || time.Since(start) != maxDrain || len(q) > 0 {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}
