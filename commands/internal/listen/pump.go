// Package listen takes messages from a broker and does what was asked for with
// each of their values: it answers, saves, prints and runs programs.
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

// A Source yields messages, as a [broker.Conn] does.
type Source interface {
	TryReceive() (broker.Message, bool)
	Receive(ctx context.Context) (broker.Message, error)
}

// A Notice tells the user something that does not end the command.
type Notice func(format string, args ...any)

// ErrIdle ends a listener that has printed nothing for the time of --idle.
var ErrIdle = errors.New("idle")

// A Pump hands messages from a source to a chain until there is a reason to
// end. It does not know what the messages mean.
type Pump struct {
	Source  Source
	Chain   *Chain
	Printer *Printer           // one of the sinks of the chain; the pump tells it when to write
	Idle    time.Duration      // ends the pump when nothing was printed for so long; 0 means never
	Probe   *broker.ShareProbe // its messages are not for the chain; or nil
	Notice  Notice

	Heart Heartbeat

	last     time.Time  // when something was last printed; zero while Idle does not count
	receipts *receipts  // nil when there is nothing to acknowledge
	held     []*receipt // of messages whose lines the printer may still hold
}

// Acknowledge makes the pump call ack for each message that is safe.
func (p *Pump) Acknowledge(ack func(broker.Message)) { p.receipts = &receipts{ack: ack} }

// StartIdle starts the time of Idle anew.
func (p *Pump) StartIdle() { p.last = time.Now() }

// Run handles messages until ctx ends or something else ends the pump, and
// returns why. It returns nil when the chain is full.
func (p *Pump) Run(ctx context.Context) error { return p.run(ctx, ctx) }

// During handles messages while f runs, and returns its error. If something
// else ends the pump, as in [Pump.Run], the context of f is canceled.
// Subscribing needs During: the broker may send its stored messages before it
// answers the SUBSCRIBE, and the answer is read only after they are taken.
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

// run handles messages until waiting ends or something else ends the pump. The
// work that a message starts goes on until ctx ends.
func (p *Pump) run(ctx, waiting context.Context) error {
	for {
		m, ok := p.Source.TryReceive()
		if !ok && p.Printer.Pending() > 0 {
			runtime.Gosched() // messages that arrived together may still be on their way here; write them together
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
			return cmp.Or(p.flush(), ErrIdle) // messages may still come, but none is printed
		}
	}
}

// isIdle reports whether nothing was printed for the time of Idle.
func (p *Pump) isIdle(now time.Time) bool {
	end := p.idleEnd()
	return !end.IsZero() && !now.Before(end)
}

// idleEnd returns when the pump ends if nothing is printed before; zero means
// never.
func (p *Pump) idleEnd() time.Time {
	if p.Idle == 0 || p.last.IsZero() {
		return time.Time{}
	}
	return p.last.Add(p.Idle)
}

// receive waits for a message, but only until something else has to be done. In
// that case ok is false and err is nil.
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

// beat sends the heartbeat to systemd. It is called only while messages are
// handled, so that systemd restarts a listener that hangs. It uses the current
// time, because a message may have waited.
func (p *Pump) beat() {
	if err := p.Heart.Beat(time.Now()); err != nil {
		p.Notice("systemd does not learn that mqtool is well: %v", err)
		p.Heart.Every = 0
	}
}

// tellSilent reports the devices that have become silent.
func (p *Pump) tellSilent(ctx context.Context, now time.Time) error {
	for device, silence := range p.Chain.Watch.Silent(now) {
		if err := p.Chain.Tell(ctx, device, silence, now); err != nil {
			return err
		}
	}
	return nil
}

// judge asks the probe for its verdict.
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

// maxDrain is how long the messages that came in before the end are still
// handled.
const maxDrain = time.Second

// drain handles the messages that came in before the end, and waits for those
// of a probe. Otherwise they would be counted as dropped.
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

// Output is written when no more messages wait, or at the latest at these
// bounds. Brokers send about 20 messages ahead of their acknowledgements;
// acknowledging after half of them keeps both sides busy.
const (
	maxBlock   = 64 << 10
	maxUnacked = 10
)

// handle handles one message.
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

// flush writes the output, and acknowledges the messages that wait only for
// that.
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
