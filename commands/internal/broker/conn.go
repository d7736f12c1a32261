package broker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// A Conn is a connection to a broker, over any number of outages if the
// Config says so.
//
// A goroutine, keep, holds the connection; messages go from the wire into a
// queue and from there to Receive.
//
// All methods are for any goroutine, also at the same time. Each message goes
// to one caller of Receive. Messages that one goroutine publishes keep their
// order.
//
// Its fields stand by who may touch them: anybody, the holder of mu, the goroutine that
// connects, the one that publishes.
type Conn struct {
	cfg     Config    // with its defaults filled in
	ownID   bool      // the client id was made here
	dialers []*dialer // of URL and of Nodes
	queue   *queue
	twice   *twice

	ctx    context.Context // ends when Close is called
	cancel context.CancelFunc
	kept   chan struct{} // closed when keep has ended

	mu      sync.Mutex
	session *session      // nil during an outage, and after the end
	changed chan struct{} // closed, and replaced, when session changes
	over    error         // why there will be no session any more
	filters []string      // what is subscribed to
	stats   Stats
	lostAt  time.Time // start of the gap, while there is one

	// For the goroutine that connects.
	owed   bool // the broker's session lacks filters
	fresh  bool // a persistent session began anew, which nobody was told yet
	warned bool // that the broker claims to have kept a session

	turn     chan struct{} // holds a value while a goroutine has the following to itself
	inFlight []sent        // what PublishAsync sent, oldest first
	missing  int           // of what PublishAsync sent, since the last Flush
	failure  error         // the first reason for it

	notifyMu sync.Mutex
}

// maxInFlight is how many messages PublishAsync sends ahead of their
// acknowledgements. With half of it a broker on the same machine waits for us;
// but brokers may hang up on a client that has more than a hundred of QoS 2 on
// their way (EMQX does).
const (
	maxInFlight  = 200
	maxInFlight2 = 100
)

// After so many brief connections in a row somebody else has our client id,
// or the broker does not like what we subscribe to.
const (
	briefIsSuspect = 3
	briefIsEnough  = 5
)

// Dial connects. It tries once, or with cfg.Wait until ctx ends. Its errors
// are ctx.Err() when ctx was canceled, an *[Error], or name a file that
// cannot be read. When ctx has reached its deadline the *Error says what the
// last attempt met with.
func Dial(ctx context.Context, cfg Config) (*Conn, error) {
	c, err := newConn(cfg)
	if err != nil {
		return nil, err
	}
	first, err := c.attempt(ctx)
	if err != nil && cfg.Wait {
		first, err = c.insist(ctx, err, 0, false)
	}
	if err != nil {
		c.cancel()
		return nil, err
	}
	c.begin(first)
	return c, nil
}

// newConn makes a Conn that is not connected yet.
func newConn(cfg Config) (*Conn, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	logLibrary(cfg.Log)
	c := &Conn{cfg: cfg, queue: newQueue(), twice: newTwice(), kept: make(chan struct{}), changed: make(chan struct{}), turn: make(chan struct{}, 1)}
	for _, url := range append([]string{cfg.URL}, cfg.Nodes...) {
		d, err := newDialer(&cfg, url)
		if err != nil {
			return nil, err
		}
		c.dialers = append(c.dialers, d)
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	if c.cfg.ClientID == "" {
		c.cfg.ClientID, c.ownID = uniqueID(), true
	}
	return c, nil
}

// begin keeps the first session of a Conn.
func (c *Conn) begin(first *session) {
	if c.cfg.Insecure && c.dialers[0].tls != nil {
		c.notify(Event{Kind: EventWarning, Text: "the broker's certificate is not checked: anybody on the way can read and forge everything"})
	}
	c.session = first
	c.notify(Event{Kind: EventConnected})
	if c.fresh {
		// Nothing is stored from one run to the next, so a first run and a
		// session that was lost look alike.
		c.fresh = false
		c.notify(Event{Kind: EventWarning, Text: fmt.Sprintf("the broker has no session for client id %q: what was published before now does not come, what is published from now on is kept (on a first run this is right; on a later one messages are lost: did another client take the id?)", cut(c.cfg.ClientID))})
	}
	c.warnOfClaim(first)
	go c.keep(first)
}

// warnOfClaim warns, once, of a broker that says that it has kept a session
// which it was asked not to keep.
func (c *Conn) warnOfClaim(s *session) {
	if !s.claimed || c.warned {
		return
	}
	c.warned = true
	c.notify(Event{Kind: EventWarning, Text: "the broker says that it kept a session, although mqtool asked for a clean one, which is a fault of the broker: mqtool subscribes again after each gap"})
}

// attempt tries each node of the broker once, up to the first that does.
func (c *Conn) attempt(ctx context.Context) (*session, error) {
	var errs []error
	for _, d := range c.dialers {
		s, err := c.attemptAt(ctx, d)
		if err == nil {
			return s, nil
		}
		var e *Error
		if !errors.As(err, &e) || ctx.Err() != nil || isLate(ctx) || e.Kind == Auth {
			return nil, err // the other nodes know the same accounts
		}
		errs = append(errs, err)
	}
	return nil, together(errs)
}

// together makes one error of those of all nodes. It is of a kind that may pass
// if one of them is.
func together(errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	all := &Error{Err: errors.Join(errs...)}
	var texts []string
	for i, err := range errs {
		var e *Error
		if errors.As(err, &e) && (i == 0 || e.Retryable() && !all.Retryable()) {
			all.Kind = e.Kind
		}
		texts = append(texts, err.Error())
	}
	all.Text = strings.Join(texts, "; ")
	return all
}

// attemptAt connects once and, unless the broker has kept a session that has
// them, subscribes to what was subscribed to before.
func (c *Conn) attemptAt(ctx context.Context, d *dialer) (*session, error) {
	s, err := connect(ctx, d, &c.cfg, c)
	if err != nil {
		return nil, err
	}
	if !s.present {
		c.twice.forget()
		c.owed, c.fresh = true, c.cfg.Persistent
	}
	if filters := c.filters; len(filters) > 0 && c.owed { // nobody adds to them while there is no session
		downgraded, err := s.subscribe(ctx, filters, c.cfg.QoS)
		if err != nil {
			s.close(c.cfg.timing.linger)
			return nil, err
		}
		c.noteDowngraded(downgraded)
	}
	c.owed = false
	return s, nil
}

// insist goes on trying after an error, as long as that makes sense: before the
// first success it does not for what people have to mend. Failures before this
// one make the pauses longer.
func (c *Conn) insist(ctx context.Context, err error, failures int, succeeded bool) (*session, error) {
	var said []string
	for ; ; failures++ {
		var e *Error
		isKnown := errors.As(err, &e)
		if ctx.Err() != nil || isLate(ctx) || !succeeded && !(isKnown && e.Retryable()) {
			return nil, err
		}
		pause := c.cfg.timing.patience(failures, err)
		if text := err.Error(); !slices.Contains(said, text) && len(said) < maxSaid {
			c.notify(Event{Kind: EventRetry, Err: err, For: pause})
			said = append(said, text)
		}
		if !sleep(ctx, pause) {
			if errors.Is(ctx.Err(), context.Canceled) {
				return nil, ctx.Err()
			}
			return nil, err
		}
		s, next := c.attempt(ctx)
		switch {
		case next == nil:
			return s, nil
		case !isLate(ctx):
			err = next // otherwise the one before says more than that time is up
		}
	}
}

// maxSaid is how many reasons of failed attempts are told during one outage.
const maxSaid = 10

// keep holds the connection: it waits for each session to be lost and, if
// the Config says so, makes the next one.
func (c *Conn) keep(s *session) {
	defer close(c.kept)
	brief := 0 // sessions in a row that the broker ended at once
	short := 0 // sessions in a row that ended at once, for any reason
	for {
		select {
		case <-s.lost:
		case <-c.ctx.Done():
			return
		}
		lost := s.lostError()
		c.down(s)
		if !c.cfg.Reconnect {
			c.end(lost)
			return
		}
		c.notify(Event{Kind: EventLost, Err: lost})
		if hungUp(lost) && time.Since(s.started) < c.cfg.timing.brief {
			brief++
		} else {
			brief = 0
		}
		if err := c.suspect(brief); err != nil {
			c.end(err)
			return
		}
		if short++; time.Since(s.started) >= c.cfg.timing.brief {
			short = 0
		}
		failures := brief
		if lost.Kind == Protocol {
			failures = short
		}
		if !c.ownID {
			// After a longer pause of this client the session of another one
			// with its id would not count as brief, and they would fight for ever.
			failures = min(failures, briefIsSuspect-1)
		}
		next, err := c.restore(lost, failures)
		if c.ctx.Err() != nil && err != nil {
			return // Close does the rest
		}
		if err != nil {
			c.end(err)
			return
		}
		s = next
		c.up(s)
	}
}

// restore makes the next session after one that was lost.
func (c *Conn) restore(lost *Error, failures int) (*session, error) {
	ctx := c.ctx
	if c.cfg.GiveUp > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.cfg.GiveUp)
		defer cancel()
	}
	next, err := (*session)(nil), error(lost)
	if sleep(ctx, c.cfg.timing.backoff(failures)) {
		next, err = c.attempt(ctx)
	}
	if err != nil {
		next, err = c.insist(ctx, err, failures+1, true)
	}
	return next, err
}

// suspect says what is behind brief sessions, and makes an end when they do not cease.
func (c *Conn) suspect(brief int) error {
	if brief < briefIsSuspect {
		return nil
	}
	text := fmt.Sprintf("the broker closed the connection %d times within seconds", brief)
	if c.ownID {
		if brief == briefIsSuspect {
			c.notify(Event{Kind: EventWarning, Text: text + ": it may refuse one of the subscriptions in this way"})
		}
		return nil
	}
	text += fmt.Sprintf(": another client with the id %q is probably connected", cut(c.cfg.ClientID))
	if brief == briefIsSuspect {
		c.notify(Event{Kind: EventWarning, Text: text})
	}
	if brief < briefIsEnough {
		return nil
	}
	return &Error{Kind: Lost, Broker: c.dialers[0].address.String(), Text: text, Hint: "each needs a client id of its own"}
}

// down notes that a session is lost.
func (c *Conn) down(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Gaps++
	c.lostAt = s.wire.endedSince()
	c.setSession(nil)
}

// up notes that another session stands.
func (c *Conn) up(s *session) {
	c.mu.Lock()
	gap := time.Since(c.lostAt)
	c.lostAt = time.Time{}
	c.stats.GapTime += gap
	c.stats.Reconnects++
	forgotten := c.fresh
	c.fresh = false
	if forgotten {
		c.stats.Forgotten++
	}
	c.setSession(s)
	c.mu.Unlock()

	c.notify(Event{Kind: EventRestored, For: gap})
	c.warnOfClaim(s)
	if forgotten {
		c.notify(Event{Kind: EventWarning, Text: "the broker has forgotten the session: the messages of the gap are lost"})
	}
}

// setSession tells who waits for a session. The caller holds c.mu.
func (c *Conn) setSession(s *session) {
	c.session = s
	close(c.changed)
	c.changed = make(chan struct{})
}

// end says that there will be no session any more, and returns the last one
// if that still stands.
func (c *Conn) end(err error) *session {
	c.mu.Lock()
	last := c.session
	c.over = err
	c.setSession(nil)
	c.mu.Unlock()
	c.queue.end(err)
	return last
}

func (c *Conn) notify(e Event) {
	if e.Kind != EventConnected { // which the log has, with more about it
		c.cfg.Log.Debug("event", "text", e.String())
	}
	if c.cfg.Notify == nil {
		return
	}
	c.notifyMu.Lock()
	defer c.notifyMu.Unlock()
	c.cfg.Notify(e)
}

// handle takes a message from a wire, which waits for it.
func (c *Conn) handle(w *wire, m Message) {
	m.Received = c.cfg.Clock()
	if m.QoS > 0 {
		m.wire, m.manual = w, c.cfg.Persistent
	}
	if m.QoS == 2 {
		if m.delivery = c.twice.arrive(w, &m); m.delivery == nil {
			return
		}
	}
	room := c.queue.full()
	if room == nil {
		c.flow(w)
	} else if !c.stall(w, room) && m.QoS == 0 {
		c.mu.Lock()
		c.stats.Overrun++
		c.mu.Unlock()
		return
	}
	if c.queue.put(m) {
		m.acknowledge()
	}
}

// released takes a PUBREL from a wire.
func (c *Conn) released(w *wire, id uint16) {
	c.twice.release(id)
	w.reply(packetPubcomp, id)
}

// A stalling is what the goroutine that reads knows of a receiver for which it
// has to wait.
type stalling struct {
	room  <-chan struct{} // closed when it is over
	since time.Time
	told  bool
}

// stall waits for the receiver. Meanwhile nobody reads, so that the broker has
// to wait, too; but it still hears from us. Who waits for an answer does not
// wait for the receiver: stall is false when what comes must be read because an
// answer is behind it. Then messages of QoS 0 have no place to stay, and others
// are not acknowledged, so that the broker soon sends no more of them.
func (c *Conn) stall(w *wire, room <-chan struct{}) bool {
	s := &w.stalling
	if s.room != room {
		*s = stalling{room: room, since: time.Now()}
	}
	if s.told && w.isAwaited() && !c.queue.bursts() {
		return false
	}
	tick := time.NewTicker(c.cfg.timing.stall)
	defer tick.Stop()
	for {
		select {
		case <-room:
			c.flow(w)
			return true
		case <-w.ended: // what was read before has its place
			return true
		case <-w.asking:
		case <-tick.C:
			w.keepAlive(c.cfg.KeepAlive)
			if !s.told {
				s.told = true
				c.mu.Lock()
				c.stats.Stalls++
				c.mu.Unlock()
				c.notify(Event{Kind: EventStalled, For: time.Since(s.since)})
			}
		}
		if s.told && w.isAwaited() && !c.queue.bursts() {
			return false
		}
	}
}

// flow says that the receiver has caught up, if somebody was told that it has not.
func (c *Conn) flow(w *wire) {
	if w.stalling.told {
		c.notify(Event{Kind: EventFlowing, For: time.Since(w.stalling.since)})
	}
	w.stalling = stalling{}
}

// Receive waits for the next message. The error is ctx.Err(), bare, or says
// why there will be none any more; what came before is handed out first.
func (c *Conn) Receive(ctx context.Context) (Message, error) { return c.queue.get(ctx) }

// TryReceive is Receive that does not wait: false means that nothing is there now.
func (c *Conn) TryReceive() (Message, bool) {
	c.queue.mu.Lock()
	defer c.queue.mu.Unlock()
	return c.queue.take()
}

// Subscribe asks for the messages of topic filters and waits until the
// broker grants each of them. The filters hold until Close, over outages,
// too.
func (c *Conn) Subscribe(ctx context.Context, filters ...string) error {
	if len(filters) == 0 {
		return usage("", "there is no topic filter to subscribe to", "")
	}
	for _, f := range filters {
		if err := ValidFilter(f); err != nil {
			return usage("", err.Error(), "")
		}
	}
	var dead *session
	for {
		s, err := c.sessionAfter(ctx, dead)
		if err != nil {
			return err
		}
		downgraded, err := s.subscribe(ctx, filters, c.cfg.QoS)
		if IsKind(err, Lost) && c.cfg.Reconnect {
			dead = s
			continue
		}
		if err != nil {
			return err
		}
		if c.remember(s, filters) {
			c.noteDowngraded(downgraded)
			return nil
		}
		dead = s
	}
}

// sessionAfter waits for a session other than the dead one.
func (c *Conn) sessionAfter(ctx context.Context, dead *session) (*session, error) {
	for {
		c.mu.Lock()
		s, changed, over := c.session, c.changed, c.over
		c.mu.Unlock()
		switch {
		case over != nil:
			return nil, over
		case s != nil && s != dead:
			return s, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// remember keeps filters for the next sessions. It is false when the one
// that granted them is no longer the current one.
func (c *Conn) remember(s *session, filters []string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.session != s {
		return false
	}
	for _, f := range filters {
		if !slices.Contains(c.filters, f) {
			c.filters = append(c.filters, f)
		}
	}
	return true
}

// noteDowngraded tells of filters that were granted less than asked for, once.
func (c *Conn) noteDowngraded(filters []string) {
	for _, f := range filters {
		c.mu.Lock()
		known := slices.Contains(c.stats.Downgraded, f)
		if !known {
			c.stats.Downgraded = append(c.stats.Downgraded, f)
		}
		c.mu.Unlock()
		if !known {
			c.notify(Event{Kind: EventWarning, Text: fmt.Sprintf("the broker grants %q with a QoS lower than %d: messages may be lost on the way", cut(f), c.cfg.QoS)})
		}
	}
}

// sent is a message that PublishAsync sent.
type sent struct {
	session  *session
	token    mqtt.Token
	patience time.Duration
}

// slowest is the rate, in bytes a second, that a link has at the least: a
// large message takes its time.
const slowest = 8 << 10

func (p sent) await(ctx context.Context) error {
	return p.session.await(ctx, p.token, p.patience, "the broker did not acknowledge the message in time")
}

// Publish sends a message and, if its QoS is not 0, waits for the broker to
// acknowledge it. It does not wait for a lost connection to come back.
func (c *Conn) Publish(ctx context.Context, topic string, payload []byte, qos byte, retain bool) error {
	p, err := c.send(ctx, topic, payload, qos, retain)
	if err != nil {
		return err
	}
	err = p.await(ctx)
	c.count(err)
	return err
}

// PublishAsync sends a message and does not wait for the acknowledgement
// unless too many are missing. Messages are sent in order. The payload must
// not be changed until Flush returns. After an error the message was not
// sent.
func (c *Conn) PublishAsync(ctx context.Context, topic string, payload []byte, qos byte, retain bool) error {
	// One at a time: who waited for several before sending more would meet
	// with the delayed acknowledgements of TCP, 40 ms each.
	most := maxInFlight
	if qos == 2 {
		most = maxInFlight2
	}
	if err := c.takeTurn(ctx); err != nil {
		return err
	}
	defer c.endTurn()
	for len(c.inFlight) >= most {
		if err := c.settle(ctx); err != nil {
			return err
		}
	}
	p, err := c.send(ctx, topic, payload, qos, retain)
	if err != nil {
		return err
	}
	c.inFlight = append(c.inFlight, p)
	return nil
}

// TryPublish is PublishAsync that does not wait: not for acknowledgements, and
// not for another goroutine. It is false when it would have to.
func (c *Conn) TryPublish(topic string, payload []byte, qos byte, retain bool) (sent bool, err error) {
	select {
	case c.turn <- struct{}{}:
	default:
		return false, nil
	}
	defer c.endTurn()
	most := maxInFlight
	if qos == 2 {
		most = maxInFlight2
	}
	for len(c.inFlight) >= most {
		select {
		case <-c.inFlight[0].token.Done():
			_ = c.settle(c.ctx) // whose result is there
		case <-c.inFlight[0].session.lost:
			_ = c.settle(c.ctx)
		default:
			return false, nil
		}
	}
	c.mu.Lock()
	s := c.session
	c.mu.Unlock()
	if s != nil && !s.wire.hasRoom() {
		return false, nil
	}
	p, err := c.send(c.ctx, topic, payload, qos, retain)
	if err != nil {
		return false, err
	}
	c.inFlight = append(c.inFlight, p)
	return true, nil
}

// takeTurn waits until no other goroutine has what is in flight. A mutex would
// make it wait beyond the end of the context.
func (c *Conn) takeTurn(ctx context.Context) error {
	select {
	case c.turn <- struct{}{}: // the context may have ended, as for Flush: what is there counts
		return nil
	default:
	}
	select {
	case c.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Conn) endTurn() { <-c.turn }

// Flush waits until the broker has acknowledged all that PublishAsync sent.
// It returns how many messages it did not acknowledge since the last Flush
// and, if any, why. The error is ctx.Err(), with none missing, if ctx ends
// while another goroutine waits in PublishAsync or Flush.
func (c *Conn) Flush(ctx context.Context) (missing int, err error) {
	if err := c.takeTurn(ctx); err != nil {
		return 0, err
	}
	defer c.endTurn()
	for len(c.inFlight) > 0 {
		if c.settle(ctx) != nil {
			// No time left: what is not there now is missing.
			for _, p := range c.inFlight {
				c.tally(p.await(ctx))
			}
			c.inFlight = nil
		}
	}
	missing, err = c.missing, c.failure
	c.missing, c.failure = 0, nil
	return missing, err
}

// settle waits for the oldest message in flight. Its error is that of ctx.
func (c *Conn) settle(ctx context.Context) error {
	p := c.inFlight[0]
	err := p.await(ctx)
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	c.tally(err)
	c.inFlight[0] = sent{}
	c.inFlight = c.inFlight[1:]
	return nil
}

func (c *Conn) tally(err error) {
	c.count(err)
	if err != nil {
		c.missing++
		if c.failure == nil {
			c.failure = err
		}
	}
}

// send hands a message to the MQTT library.
func (c *Conn) send(ctx context.Context, topic string, payload []byte, qos byte, retain bool) (sent, error) {
	if err := ValidTopic(topic); err != nil {
		return sent{}, usage("", err.Error(), "")
	}
	if qos > 2 || qos == 2 && c.cfg.Persistent {
		// The next client would reuse packet ids that the broker remembers.
		return sent{}, usage("", fmt.Sprintf("QoS %d: it can be 0, 1 or, without a persistent session, 2", qos), "")
	}
	c.mu.Lock()
	s, over := c.session, c.over
	c.mu.Unlock()
	switch {
	case over != nil:
		return sent{}, over
	case s == nil:
		return sent{}, &Error{Kind: Lost, Broker: c.dialers[0].address.String(), Text: "there is no connection at the moment"}
	}
	if err := s.wire.room(ctx); err != nil {
		if ctx.Err() == nil {
			err = s.lostError()
		}
		return sent{}, err
	}
	token := s.client.Publish(topic, qos, retain, payload)
	return sent{s, token, s.answer + time.Duration(len(payload))*time.Second/slowest}, nil
}

// count counts a message that was sent.
func (c *Conn) count(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.stats.Unacknowledged++
		return
	}
	c.stats.Published++
}

// Stats are the counts up to now.
func (c *Conn) Stats() Stats {
	c.mu.Lock()
	stats := c.stats
	stats.Downgraded = slices.Clone(stats.Downgraded)
	if !c.lostAt.IsZero() && c.cfg.Reconnect {
		stats.GapTime += time.Since(c.lostAt)
	}
	c.mu.Unlock()
	c.queue.mu.Lock()
	defer c.queue.mu.Unlock()
	stats.Received, stats.Duplicates = c.queue.received, c.queue.duplicates
	return stats
}

// ClientID is the client id in use.
func (c *Conn) ClientID() string { return c.cfg.ClientID }

// Close waits for what is in flight, as Flush does, says good-bye to the
// broker and ends all goroutines, at the latest after timeout. Its error is
// that of Flush.
func (c *Conn) Close(timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	_, err := c.Flush(ctx)
	c.cancel()
	<-c.kept

	if s := c.end(errClosed); s != nil {
		deadline, _ := ctx.Deadline()
		s.close(max(time.Until(deadline), c.cfg.timing.linger))
	}
	c.mu.Lock()
	c.stats.Dropped = c.queue.lost()
	if !c.lostAt.IsZero() && c.cfg.Reconnect {
		c.stats.GapTime += time.Since(c.lostAt)
	}
	c.lostAt = time.Time{}
	c.mu.Unlock()
	return err
}

// hungUp tells whether the broker ended the connection, not the network.
func hungUp(err *Error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
