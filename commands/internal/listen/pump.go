// Package listen takes messages from a broker and does with each of their
// values what was asked for: it answers, saves, prints and runs programs.
//
// In reading order:
//
//	options.go what is listened to, and what for; choose.go the answer
//	listen.go  connects, subscribes, makes pump and sinks, and tells how it ended
//	pump.go    receives, writes in blocks, acknowledges, and knows when to end
//	chain.go   what a message goes through: decoder, filter, sinks
//	expect.go  which devices are expected, and how soon
//	watch.go   which of them are silent
//	filter.go  which values are passed over, and why
//	recent.go  what the filter remembers
//	systemd.go what systemd is told
//	receipts.go when a message is acknowledged
//	answer.go  the sinks, in the order in which a value goes through them
//	save.go
//	print.go   (to the file of output.go, if there is one)
//	page.go
//	exec.go
package listen

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"time"

	"mqtool/commands/internal/broker"
)

// A Source is where messages come from, as a [broker.Conn] is.
type Source interface {
	TryReceive() (broker.Message, bool)
	Receive(ctx context.Context) (broker.Message, error)
}

// A Notice tells a person something that is not the end of the command.
type Notice func(format string, args ...any)

// ErrIdle ends a listener for which nothing was printed for a while.
var ErrIdle = errors.New("idle")

// A Pump hands messages from a source to a chain until there is a reason to
// end. It knows nothing of what they mean.
type Pump struct {
	Source  Source
	Chain   *Chain
	Printer *Printer           // one of the sinks of the chain: the pump says when it writes
	Idle    time.Duration      // ends it when nothing was printed for so long; 0 does not
	Probe   *broker.ShareProbe // whose messages are not for the chain; or nil
	Notice  Notice

	Heart Heartbeat

	last     time.Time  // when something was printed; zero as long as Idle does not count
	receipts *receipts  // nil when there is nothing to acknowledge
	held     []*receipt // of messages whose lines the printer may hold
}

// Acknowledge makes the pump tell, with ack, that a message is safe.
func (p *Pump) Acknowledge(ack func(broker.Message)) { p.receipts = &receipts{ack: ack} }

// StartIdle makes Idle count from now on.
func (p *Pump) StartIdle() { p.last = time.Now() }

// Run handles messages until ctx ends or something else makes an end, which is
// its error; nil when the chain is full.
func (p *Pump) Run(ctx context.Context) error { return p.run(ctx, ctx) }

// During handles messages while f runs, and returns its error. When something
// else makes an end, as with [Pump.Run], f is told to give up. A subscription
// needs that: what a broker has kept for us comes before its answer, and the
// answer only when that was taken.
func (p *Pump) During(ctx context.Context, f func(context.Context) error) error {
	asking, giveUp := context.WithCancel(ctx)
	defer giveUp()
	waiting, stop := context.WithCancel(asking)
	answer := make(chan error, 1)
	go func() {
		defer stop()
		answer <- f(asking)
	}()
	if err := p.run(ctx, waiting); err == nil || err != waiting.Err() {
		return err
	}
	return <-answer
}

// run handles messages until waiting ends or something else makes an end. What
// a message sets off goes on until ctx ends.
func (p *Pump) run(ctx, waiting context.Context) error {
	for {
		m, ok := p.Source.TryReceive()
		if !ok && p.Printer.Pending() > 0 {
			runtime.Gosched() // what came together is on its way from the connection, and is written together
			m, ok = p.Source.TryReceive()
		}
		if !ok {
			if err := p.flush(); err != nil {
				return err
			}
			var err error
			if m, ok, err = p.receive(waiting); err != nil {
				return cmp.Or(p.drain(ctx), err)
			}
		}
		now := m.Received
		if !ok {
			now = time.Now()
		} else if err := p.handle(ctx, m); err != nil {
			return err
		}
		if err := p.tellSilent(ctx, now); err != nil {
			return err
		}
		if p.Heart.Every > 0 {
			p.beat()
		}
		switch {
		case p.Chain.Full():
			return p.flush()
		case waiting.Err() != nil:
			return cmp.Or(p.drain(ctx), waiting.Err())
		case p.isIdle(now):
			return cmp.Or(p.flush(), ErrIdle) // only what is passed over comes in
		}
	}
}

// isIdle reports whether nothing was printed for the time of Idle.
func (p *Pump) isIdle(now time.Time) bool {
	end := p.idleEnd()
	return !end.IsZero() && !now.Before(end)
}

// idleEnd is when the pump ends if nothing is printed before; zero is never.
func (p *Pump) idleEnd() time.Time {
	if p.Idle == 0 || p.last.IsZero() {
		return time.Time{}
	}
	return p.last.Add(p.Idle)
}

// receive waits for a message, but only until there is something else to be done:
// then there is no message and no error.
func (p *Pump) receive(ctx context.Context) (m broker.Message, ok bool, err error) {
	until := p.idleEnd()
	sooner := func(due time.Time) {
		if until.IsZero() || due.Before(until) {
			until = due
		}
	}
	if p.Probe != nil {
		if due, ok := p.Probe.Due(); ok {
			sooner(due)
		}
	}
	if due, ok := p.Chain.Watch.Due(); ok {
		sooner(due)
	}
	if due, ok := p.Heart.Due(); ok {
		sooner(due)
	}
	if until.IsZero() {
		m, err = p.Source.Receive(ctx)
		return m, err == nil, err
	}
	m, err = p.receiveUntil(ctx, until)
	if err != context.DeadlineExceeded || ctx.Err() != nil {
		return m, err == nil, err
	}
	now := time.Now()
	if err := p.judge(now); err != nil {
		return broker.Message{}, false, err
	}
	if p.isIdle(now) {
		return broker.Message{}, false, ErrIdle
	}
	return broker.Message{}, false, nil
}

// beat has the heart beat, which it does only while messages are taken: a listener that
// hangs is started again. The time of a message would not do, since it may have waited.
func (p *Pump) beat() {
	if err := p.Heart.Beat(time.Now()); err != nil {
		p.Notice("systemd does not learn that mqtool is well: %v", err)
		p.Heart.Every = 0
	}
}

// tellSilent tells which devices are silent now.
func (p *Pump) tellSilent(ctx context.Context, now time.Time) error {
	for device, silence := range p.Chain.Watch.Silent(now) {
		if err := p.Chain.Tell(ctx, device, silence, now); err != nil {
			return err
		}
	}
	return nil
}

// judge lets the probe have its verdict when that is due.
func (p *Pump) judge(now time.Time) error {
	if p.Probe == nil {
		return nil
	}
	doubt, err := p.Probe.Verdict(now)
	if doubt != "" {
		p.Notice("%s", doubt)
	}
	return err
}

func (p *Pump) receiveUntil(ctx context.Context, until time.Time) (broker.Message, error) {
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	return p.Source.Receive(ctx)
}

// maxDrain is how long what has come in is still handled after the end.
const maxDrain = time.Second

// drain handles what has come in before the end, and waits for the messages
// of a probe: otherwise they would be counted as dropped.
func (p *Pump) drain(ctx context.Context) error {
	end := time.Now().Add(maxDrain)
	for !p.Chain.Full() && time.Now().Before(end) {
		m, ok := p.Source.TryReceive()
		if !ok && p.Probe != nil && p.Probe.Expects() {
			var err error
			m, err = p.receiveUntil(context.WithoutCancel(ctx), end)
			ok = err == nil
		}
		if !ok {
			break
		}
		if err := p.handle(ctx, m); err != nil {
			return err
		}
	}
	return p.flush()
}

// Output is written when nothing more waits, or at the latest when there is
// this much of it. Brokers send about 20 messages ahead of their
// acknowledgements; half of them keeps both sides busy.
const (
	maxBlock   = 64 << 10
	maxUnacked = 10
)

// handle deals with one message.
func (p *Pump) handle(ctx context.Context, m broker.Message) error {
	var r *receipt
	if p.receipts != nil {
		r = p.receipts.issue(m)
	}
	if p.Probe == nil || !p.Probe.Takes(m) {
		before := p.Chain.Printed()
		if err := p.Chain.Take(ctx, m, r); err != nil {
			return err
		}
		if p.Idle > 0 && !p.last.IsZero() && p.Chain.Printed() > before {
			p.StartIdle()
		}
	}
	if r != nil {
		p.held = append(p.held, r)
	}
	if p.Printer.Pending() >= maxBlock || len(p.held) >= maxUnacked {
		return p.flush()
	}
	return nil
}

// flush writes what is printed, and acknowledges the messages that wait for
// nothing else.
func (p *Pump) flush() error {
	if err := p.Printer.Flush(); err != nil {
		return err
	}
	for i, r := range p.held {
		r.release()
		p.held[i] = nil
	}
	p.held = p.held[:0]
	return nil
}
