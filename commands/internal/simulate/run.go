// Package simulate runs simulated devices on a broker: run.go connects them and
// prints what they do (summary.go counts it), devices.go makes them, serve.go
// runs a broker if wanted, and replay.go publishes a capture.
package simulate

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/simulator"
	"mqtool/commands/internal/site"
)

// Up to maxEach devices have a connection each; more devices share a few. A
// reader has a last will only if it has a connection of its own.
const (
	maxEach = 50
	few     = 4
)

// countConnections returns how many connections the devices share.
func (o *Options) countConnections(devices int) (int, error) {
	switch o.connections {
	case "":
		if devices <= maxEach {
			return devices, nil
		}
		return few, nil
	case "each":
		return devices, nil
	case "shared":
		return min(few, devices), nil
	}
	n, err := strconv.Atoi(o.connections)
	if err != nil || n < 1 {
		return 0, app.Usagef("--connections %q: it can be each, shared or a number", o.connections)
	}
	return min(n, devices), nil
}

// Run makes devices, connects them, and runs them.
func Run(parent context.Context, env *app.Env, o Options, makeDevices Maker) error {
	served, link, err := o.link(parent, env)
	if err != nil {
		return err
	}
	if served != nil {
		defer served.Close()
	}
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	s := newSimulation(env, o, cancel)
	devices, err := makeDevices(ctx, env, &o, link, s.allow)
	if err != nil {
		return err
	}
	if err := hasBroker(link); err != nil {
		return err
	}
	if err := s.connect(ctx, link, devices); err != nil {
		return err
	}
	return s.run(ctx)
}

// A simulation is a running simulate command.
type simulation struct {
	env     *app.Env
	options Options
	cancel  context.CancelFunc
	lines   []*simulator.Line
	events  atomic.Int64  // allowed events
	enough  chan struct{} // closed after the last one

	mu      sync.Mutex
	text    *render.Text
	summary *summary // for many devices, or nil
	failed  error    // the error of writing, if any
}

func newSimulation(env *app.Env, o Options, cancel context.CancelFunc) *simulation {
	s := &simulation{env: env, options: o, cancel: cancel, enough: make(chan struct{})}
	s.text = render.NewText(env.Style(), env.Layout(o.connection.Verbose))
	if o.Devices > 1 && !o.output.JSON && !o.connection.Verbose {
		s.summary = newSummary(o.Devices)
	}
	return s
}

// allow counts an event and returns whether it may happen. The last one ends
// the simulation.
func (s *simulation) allow() bool {
	n, most := s.events.Add(1), int64(s.options.Reader.Count)
	if most > 0 && n == most {
		close(s.enough) // messages in flight still arrive
	}
	return most == 0 || n <= most
}

// connect connects the devices.
func (s *simulation) connect(ctx context.Context, link *site.Connection, devices []simulator.Device) error {
	n, err := s.options.countConnections(len(devices))
	if err != nil {
		return err
	}
	if s.options.connection.ClientID != "" && n > 1 {
		return app.Usagef("--client-id is for one connection, but these devices have %d", n)
	}
	config, err := link.Dialable(ctx, s.env)
	if err != nil {
		return err
	}
	config.QoS, config.Reconnect = 1, true
	for i := range n {
		line := &simulator.Line{Devices: devices[i*len(devices)/n : (i+1)*len(devices)/n], Tell: s.tell}
		config := config
		config.ClientID = s.options.connection.ClientID
		if len(line.Devices) == 1 && config.ClientID == "" {
			config.ClientID = line.Devices[0].Name() // as a real reader does
		}
		line.Dial = func(ctx context.Context, will *simulator.Message, notify func(broker.Event)) (*broker.Conn, error) {
			if will != nil {
				config.Will = &broker.Will{Topic: will.Topic, Payload: will.Payload, QoS: will.QoS, Retain: will.Retain}
			}
			config.Notify = func(e broker.Event) {
				if e.Kind == broker.EventWarning {
					s.env.Warn("%v", e)
				}
				notify(e)
			}
			return broker.Dial(ctx, config)
		}
		s.lines = append(s.lines, line)
	}
	return s.each(func(l *simulator.Line) error { return l.Connect(ctx) }, 16)
}

// each calls do for all lines, up to together at a time, and returns the first
// error after all calls have ended.
func (s *simulation) each(do func(*simulator.Line) error, together int) error {
	var group sync.WaitGroup
	var once sync.Once
	var first error
	slots := make(chan struct{}, together)
	for _, l := range s.lines {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			if err := do(l); err != nil {
				once.Do(func() { first = err; s.cancel() })
			}
		})
	}
	group.Wait()
	return first
}

// run runs the devices until ctx ends.
func (s *simulation) run(ctx context.Context) error {
	if s.summary != nil {
		s.env.Notice("%s on %s (Ctrl-C ends)", render.Count(s.options.Devices, "device"), render.Count(len(s.lines), "connection"))
	}
	stop := s.summarize()
	err := s.each(func(l *simulator.Line) error { return l.Run(ctx, s.enough) }, len(s.lines))
	stop()
	unsent := 0
	for _, l := range s.lines {
		unsent += l.Unsent()
	}
	switch {
	case s.failed != nil:
		return s.failed
	case err != nil:
		return err
	case unsent > 0:
		return fmt.Errorf("%s not acknowledged by the broker", render.Count(unsent, "message"))
	}
	return nil
}

// tell prints what a device did, or counts it.
func (s *simulation) tell(a simulator.Action) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.summary != nil {
		s.summary.add(a)
		return
	}
	action := render.Action(a)
	var line []byte
	if s.options.output.JSON {
		line = append(action.AppendJSON(nil), '\n')
	} else {
		line = s.text.AppendAction(nil, &action)
	}
	s.write(line)
}

// write writes a line. The caller holds s.mu.
func (s *simulation) write(line []byte) {
	if s.failed != nil {
		return
	}
	if _, err := s.env.Stdout.Write(line); err != nil {
		s.failed = err
		s.cancel()
	}
}

// summarize prints the counts at regular intervals, and when stop is called.
func (s *simulation) summarize() (stop func()) {
	if s.summary == nil {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(summaryEvery)
		defer tick.Stop()
		for last := false; !last; {
			select {
			case <-tick.C:
			case <-done:
				last = true
			}
			s.mu.Lock()
			s.write(s.summary.line(time.Now(), last))
			s.mu.Unlock()
		}
	}()
	return func() { close(done); <-ended }
}
