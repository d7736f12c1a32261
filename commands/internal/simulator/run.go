package simulator

import (
	"container/heap"
	"context"
	"fmt"
	"slices"
	"time"

	"mqtool/commands/internal/broker"
)

// A Line is a connection and the devices that share it. One goroutine runs the
// devices, so their methods are never called concurrently.
//
// The fields are the connection, the schedule of the devices, and the messages
// that may have to be sent again.
type Line struct {
	// Dial connects. will is that of the only device on the line, or nil.
	// notify must be called when something happens to the connection. The
	// connection must reconnect by itself.
	Dial    func(ctx context.Context, will *Message, notify func(broker.Event)) (*broker.Conn, error)
	Devices []Device
	Tell    func(Action) // called with what the devices do

	conn     *broker.Conn
	events   chan broker.Event
	byTopic  map[string]*entry
	schedule schedule
	out      Output

	// Published messages that may have to be sent again, oldest first.
	outbox  []Message
	bytes   int
	looked  time.Time // when look last ran
	missing bool      // some messages were not acknowledged
	dropped int
}

// How many messages a line publishes before it checks the acknowledgements, and
// after what time it checks them in any case.
const (
	lookAfter = 50
	lookEvery = 500 * time.Millisecond
)

// How much a line keeps while there is no connection. No documentation says
// that a device keeps anything, but it lets a test prove that a listener gets
// all messages.
const (
	maxOutbox      = 20000
	maxOutboxBytes = 64 << 20
)

// goodbye is how long an interrupted line still tries to send its messages.
const goodbye = 5 * time.Second

// Connect connects and subscribes.
func (l *Line) Connect(ctx context.Context) error {
	l.events = make(chan broker.Event, 16)
	var will *Message
	if len(l.Devices) == 1 {
		will = l.Devices[0].Will()
	}
	conn, err := l.Dial(ctx, will, func(e broker.Event) {
		select {
		case l.events <- e:
		default: // the line is still busy with earlier events
		}
	})
	if err != nil {
		return err
	}
	l.byTopic = map[string]*entry{}
	var filters []string
	for _, d := range l.Devices {
		e := &entry{device: d, index: len(l.schedule)}
		l.schedule = append(l.schedule, e)
		for _, topic := range d.Topics() {
			l.byTopic[topic] = e
			filters = append(filters, topic)
		}
	}
	for some := range slices.Chunk(filters, 100) { // they fit into one packet of any broker
		if err := conn.Subscribe(ctx, some...); err != nil {
			_ = conn.Close(0)
			return err
		}
	}
	l.conn = conn
	return nil
}

// Run lets the devices run until enough is closed or ctx ends, and then
// disconnects them. It waits until all messages are acknowledged, but after the
// end of ctx no longer than goodbye. Its error says why the connection is lost
// for good.
func (l *Line) Run(ctx context.Context, enough <-chan struct{}) error {
	// Messages in flight when ctx ends get some more time.
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(goodbye, cancel) })()

	err := l.live(ctx, work, enough)
	if err == nil {
		l.all(work, Device.Disconnect)
		for l.look(work); len(l.outbox) > 0 && work.Err() == nil; l.look(work) {
			l.pause(work)
		}
	}
	_ = l.conn.Close(goodbye) // the error is ignored: unacknowledged messages are in the outbox
	return err
}

// Unsent returns how many messages no broker has acknowledged, after the end.
func (l *Line) Unsent() int { return l.dropped + len(l.outbox) }

// pause waits for the connection to come back, at most for lookEvery.
func (l *Line) pause(ctx context.Context) {
	timer := time.NewTimer(lookEvery)
	defer timer.Stop()
	select {
	case <-l.events:
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (l *Line) live(ctx, work context.Context, enough <-chan struct{}) error {
	ctx, stop := context.WithCancel(ctx)
	messages, ended := make(chan broker.Message), make(chan struct{})
	var lost error // why no more messages come, once ended is closed
	go func() {
		defer close(ended)
		lost = l.receive(ctx, messages)
	}()
	defer func() { stop(); <-ended }()

	l.all(work, Device.Connect)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		l.tick(work)
		if len(l.outbox) > 0 && (len(l.outbox) >= lookAfter && !l.missing || time.Since(l.looked) >= lookEvery) {
			l.look(work)
		}
		timer.Reset(time.Until(l.next()))
		select {
		case m := <-messages:
			l.handle(work, m)
		case e := <-l.events:
			l.note(work, e)
		case <-timer.C:
		case <-ended:
			if ctx.Err() != nil {
				return nil
			}
			return lost
		case <-enough:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// receive passes on incoming messages until ctx or the connection ends.
func (l *Line) receive(ctx context.Context, messages chan<- broker.Message) error {
	for {
		m, err := l.conn.Receive(ctx)
		if err != nil {
			return err
		}
		select {
		case messages <- m:
		case <-ctx.Done():
		}
	}
}

// next returns when there is something to do.
func (l *Line) next() time.Time {
	next := l.looked.Add(lookEvery)
	if len(l.outbox) == 0 {
		next = time.Now().Add(time.Hour)
	}
	if len(l.schedule) > 0 {
		next = earliest(next, l.schedule[0].due)
	}
	return next
}

// all calls do for each device.
func (l *Line) all(ctx context.Context, do func(Device, time.Time, *Output)) {
	for _, e := range slices.Clone(l.schedule) {
		do(e.device, time.Now(), &l.out)
		l.emit(ctx, e)
	}
}

// tick lets devices do what is due now. What becomes due meanwhile waits, so
// that a device with too much to do does not hold up everything else.
func (l *Line) tick(ctx context.Context) {
	now := time.Now()
	for len(l.schedule) > 0 {
		e := l.schedule[0]
		if e.due.IsZero() || e.due.After(now) {
			return
		}
		e.device.Tick(now, &l.out)
		l.emit(ctx, e)
	}
}

func (l *Line) handle(ctx context.Context, m broker.Message) {
	if e := l.byTopic[m.Topic]; e != nil {
		e.device.Handle(m.Received, Message{m.Topic, m.Payload, m.QoS, m.Retained}, &l.out)
		l.emit(ctx, e)
	}
	m.Ack()
}

// note reports what happened to the connection. After a reconnection it calls
// Connect of each device.
func (l *Line) note(ctx context.Context, e broker.Event) {
	var did Did
	switch e.Kind {
	case broker.EventLost:
		did = Lost
	case broker.EventRestored:
		did = Returned
	default:
		return
	}
	i := identity{}
	note := e.String()
	if len(l.Devices) == 1 {
		i.device = l.Devices[0].Name()
	} else {
		note = fmt.Sprintf("%d devices: %s", len(l.Devices), note)
	}
	i.did(&l.out, time.Now(), did, note)
	l.emit(ctx, nil)
	if did == Returned {
		l.all(ctx, Device.Connect)
		l.look(ctx)
	}
}

// emit publishes and reports the output of a device, and updates the time at
// which the device is due again.
func (l *Line) emit(ctx context.Context, e *entry) {
	for _, m := range l.out.Messages {
		l.publish(ctx, m)
	}
	for _, a := range l.out.Actions {
		l.Tell(a)
	}
	l.out.Reset()
	if e != nil {
		e.due = e.device.Next()
		heap.Fix(&l.schedule, e.index)
	}
}

// publish publishes a message, and keeps it until it is acknowledged.
func (l *Line) publish(ctx context.Context, m Message) {
	if m.QoS == 0 {
		if l.conn.PublishAsync(ctx, m.Topic, m.Payload, 0, m.Retain) != nil {
			l.dropped++
		}
		return
	}
	if len(l.outbox) == 0 {
		l.looked = time.Now()
	}
	l.outbox = append(l.outbox, m)
	l.bytes += len(m.Payload)
	for len(l.outbox) > maxOutbox || l.bytes > maxOutboxBytes {
		l.bytes -= len(l.outbox[0].Payload)
		l.outbox = slices.Delete(l.outbox, 0, 1)
		l.dropped++
		l.missing = true
	}
	if !l.missing {
		l.missing = l.conn.PublishAsync(ctx, m.Topic, m.Payload, m.QoS, m.Retain) != nil
	}
}

// look checks whether all messages were acknowledged, and sends them all again
// if not. Messages that did arrive then come twice, as MQTT allows with QoS 1.
func (l *Line) look(ctx context.Context) {
	l.looked = time.Now()
	if n, _ := l.conn.Flush(ctx); n > 0 {
		l.missing = true
	}
	if l.missing {
		for _, m := range l.outbox {
			if l.conn.PublishAsync(ctx, m.Topic, m.Payload, m.QoS, m.Retain) != nil {
				return
			}
		}
		if n, _ := l.conn.Flush(ctx); n > 0 {
			return
		}
	}
	l.missing = false
	clear(l.outbox)
	l.outbox, l.bytes = l.outbox[:0], 0
}

// A schedule is a heap of devices. Its first element is the device that is due
// first.
type schedule []*entry

type entry struct {
	device Device
	due    time.Time // zero: never
	index  int       // position in the heap
}

func (s schedule) Len() int { return len(s) }

func (s schedule) Less(i, j int) bool {
	a, b := s[i].due, s[j].due
	return !a.IsZero() && (b.IsZero() || a.Before(b))
}

func (s schedule) Swap(i, j int) {
	s[i], s[j] = s[j], s[i]
	s[i].index, s[j].index = i, j
}

// Push is not used, because no device is added later.
func (s *schedule) Push(any) {}

// Pop is not used either.
func (s *schedule) Pop() any { return nil }
