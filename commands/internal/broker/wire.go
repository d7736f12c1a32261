package broker

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"time"
)

// maxUnsent is how many bytes may wait to be sent before publishing waits.
const maxUnsent = 256 << 10

// Packets that may wait a moment are sent in groups, because a system call for
// each would cost more than all the rest: acknowledgements, and messages while
// the broker has many others to acknowledge. Eight are well below the 20 messages
// that brokers commonly send ahead of their acknowledgements. Some brokers send
// one message at a time (ejabberd does), so after a packet that has waited for others in
// vain the next ones do not wait.
const (
	groupSize  = 8
	singles    = 16
	enoughSent = maxInFlight / 2 // messages that keep a broker busy while a group waits
)

// pieceSize is the most that one write sends, so that a large payload on a slow
// link does not look like a stuck write.
const pieceSize = 16 << 10

// A wire is the network connection as the MQTT library sees it. It stands
// between because of what release 1.5.1 of the library does. A release that
// does all of the following makes the wire superfluous:
//
//   - It reads ahead, not byte by byte.
//   - It checks each packet before it believes it (frame.go): one SUBACK with a
//     verdict too many makes it panic, and it takes any acknowledgement for any other.
//   - It reads acknowledgements also while messages wait for their receiver.
//   - It takes a message of QoS 2 that comes again for the same one (twice.go).
//   - It passes over a message that is too long without holding it in memory.
//   - It writes the packets that wait in one system call, acknowledgements
//     included, and its Publish waits, with a context, when too much waits.
//   - It takes a return code of CONNACK that it does not know for a refusal,
//     and shows the first bytes of an answer that is not MQTT.
//   - It does not count a pause of the receiver as silence of the broker, and
//     pings during such a pause.
//   - Its Disconnect waits until the broker has hung up, so that nothing sent
//     before is lost in a reset.
//   - It tells why a connection ended, with the error of the network.
//
// So the wire reads packets itself. Messages go to a handler; the library gets
// what answers the packets that it has sent.
type wire struct {
	raw     net.Conn
	in      *bufio.Reader
	handler wireHandler
	timing  timing
	silence time.Duration // the peer counts as gone after this time without a byte
	most    int           // the longest payload that is kept; 0 means no limit

	reading  []byte // answers that the library is reading
	stalling stalling

	mu        sync.Mutex
	answers   []byte        // packets for the library
	answered  chan struct{} // tells the library that answers is not empty
	asked     questions     // what the sent packets wait for
	waiting   int           // callers that wait for an answer
	asking    chan struct{} // receives a value when one more caller waits
	out       []byte        // bytes for the writer
	unsent    int           // len(out) plus the bytes that the writer holds
	wake      chan struct{} // tells the writer that out is not empty
	progress  chan struct{} // not nil while somebody waits; closed when unsent has shrunk
	grouped   int           // packets in out that may wait for others
	groupTime *time.Timer   // wakes the writer when they have waited long enough
	single    int           // packets that do not wait for others, because the last ones waited in vain
	lastWrite time.Time
	goodbye   bool      // DISCONNECT was written
	err       error     // why the wire ended
	since     time.Time // when the wire ended, or the last sign of life if the peer was silent

	ended     chan struct{} // closed with err set
	endOfRead chan struct{} // closed when reading has ended and everything received is handled
	closing   sync.Once
}

// A wireHandler takes what a broker sends on its own. A wire waits until it
// returns.
type wireHandler interface {
	handle(w *wire, m Message)   // a message, with its id
	released(w *wire, id uint16) // PUBREL: the message of QoS 2 does not come again
}

func newWire(raw net.Conn, keepAlive time.Duration, t timing, most int, h wireHandler) *wire {
	w := &wire{
		raw:       raw,
		handler:   h,
		timing:    t,
		most:      most,
		silence:   keepAlive + min(keepAlive/4, 5*time.Second) + t.pong, // the library checks for idleness only now and then
		answered:  make(chan struct{}, 1),
		asking:    make(chan struct{}, 1),
		asked:     questions{},
		wake:      make(chan struct{}, 1),
		ended:     make(chan struct{}),
		endOfRead: make(chan struct{}),
	}
	w.groupTime = time.AfterFunc(time.Hour, w.groupLate)
	w.groupTime.Stop()
	w.in = bufio.NewReaderSize(listening{w}, 64<<10)
	go w.write()
	go w.read()
	return w
}

// Read reads answers for the library.
func (w *wire) Read(p []byte) (int, error) {
	for len(w.reading) == 0 {
		w.mu.Lock()
		w.reading, w.answers = w.answers, nil
		w.mu.Unlock()
		if len(w.reading) > 0 {
			break
		}
		select {
		case <-w.answered:
		case <-w.endOfRead:
			w.mu.Lock()
			w.reading, w.answers = w.answers, nil
			err := w.err
			w.mu.Unlock()
			if len(w.reading) == 0 {
				return 0, err
			}
		}
	}
	n := copy(p, w.reading)
	w.reading = w.reading[n:]
	return n, nil
}

// answer hands a packet to the library.
func (w *wire) answer(packet []byte) {
	w.mu.Lock()
	w.answers = append(w.answers, packet...)
	w.mu.Unlock()
	select {
	case w.answered <- struct{}{}:
	default:
	}
}

// read reads packets until reading fails.
func (w *wire) read() {
	defer close(w.endOfRead)
	err := w.greeting()
	for err == nil {
		err = w.packet()
	}
	w.fail(err)
}

// greeting checks the first bytes. They tell what kind of server answers, and
// whether the broker accepts the client. The library takes an unknown return
// code for success.
func (w *wire) greeting() error {
	if _, err := w.in.Peek(1); err != nil {
		return err
	}
	start, _ := w.in.Peek(min(w.in.Buffered(), 64))
	if start[0] != packetConnack {
		return &notMQTT{bytes.Clone(start)}
	}
	var packet [4]byte
	if _, err := io.ReadFull(w.in, packet[:]); err != nil {
		return err
	}
	if err := checkFrame(packetConnack, int(packet[1])); err != nil {
		return err
	}
	if code := packet[3]; code != 0 {
		return refusal(code)
	}
	w.answer(packet[:])
	return nil
}

// waits adds to the number of callers that wait for an answer.
func (w *wire) waits(more int) {
	w.mu.Lock()
	w.waiting += more
	w.mu.Unlock()
	if more > 0 {
		select {
		case w.asking <- struct{}{}:
		default:
		}
	}
}

// isAwaited reports whether a caller waits for an answer.
func (w *wire) isAwaited() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.waiting > 0
}

// notMQTT is the error for an answer that is not a CONNACK.
type notMQTT struct{ start []byte }

func (e *notMQTT) Error() string { return "the first bytes of the answer are not a CONNACK" }

// listening reads the raw connection, and gives up when it is silent for too
// long.
type listening struct{ w *wire }

func (l listening) Read(p []byte) (int, error) {
	w := l.w
	start := time.Now()
	_ = w.raw.SetReadDeadline(start.Add(w.silence)) // fails only if closed, and then Read fails, too
	n, err := w.raw.Read(p)
	if err == nil || n > 0 {
		return n, nil
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		err = errSilence
		w.endedAt(start)
	}
	w.fail(err)
	return 0, w.cause()
}

// Write takes a packet from the library. It does not wait.
func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return 0, w.err
	}
	w.goodbye = p[0] == packetDisconnect
	w.asked.note(p)
	w.out = append(w.out, p...)
	w.unsent += len(p)
	if p[0]&0xF0 == packetPublish && len(w.asked) > enoughSent {
		w.group()
	} else {
		w.wakeWriter()
	}
	return len(p), nil
}

// group wakes the writer when enough packets wait, or after a moment.
func (w *wire) group() {
	switch w.grouped++; {
	case w.single > 0:
		w.single--
		w.wakeWriter()
	case w.grouped == 1:
		w.groupTime.Reset(w.timing.group)
	case w.grouped == groupSize:
		w.wakeWriter()
	}
}

// groupLate wakes the writer for a group that did not become full in time.
func (w *wire) groupLate() {
	w.mu.Lock()
	if w.grouped == 1 {
		w.single = singles
	}
	w.mu.Unlock()
	w.wakeWriter()
}

func (w *wire) wakeWriter() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// write sends the bytes that Write took, as many at a time as there are.
func (w *wire) write() {
	var sending []byte
	for {
		select {
		case <-w.wake:
		case <-w.ended:
			return
		}
		w.mu.Lock()
		sending, w.out, w.grouped = w.out, sending[:0], 0
		w.mu.Unlock()
		if len(sending) == 0 {
			continue
		}

		for piece := range slices.Chunk(sending, pieceSize) {
			if err := w.send(piece); err != nil {
				w.fail(err)
				return
			}
		}
		if cap(sending) > maxUnsent {
			sending = nil // do not keep the memory of one large picture
		}
	}
}

// send writes a piece to the network.
func (w *wire) send(piece []byte) error {
	_ = w.raw.SetWriteDeadline(time.Now().Add(w.timing.write)) // fails only if closed, and then Write fails, too
	if _, err := w.raw.Write(piece); err != nil {
		// The peer may have said why before it hung up: reading finds out.
		select {
		case <-w.endOfRead:
		case <-w.ended:
		case <-time.After(w.timing.linger):
		}
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unsent -= len(piece)
	w.lastWrite = time.Now()
	if w.progress != nil {
		close(w.progress)
		w.progress = nil
	}
	return nil
}

// room waits until the unsent bytes are few enough.
func (w *wire) room(ctx context.Context) error { return w.waitUnsent(ctx, maxUnsent) }

// hasRoom reports whether room would not wait.
func (w *wire) hasRoom() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.unsent <= maxUnsent
}

func (w *wire) waitUnsent(ctx context.Context, most int) error {
	for {
		w.mu.Lock()
		if w.unsent <= most {
			w.mu.Unlock()
			return nil
		}
		if w.progress == nil {
			w.progress = make(chan struct{})
		}
		progress := w.progress
		w.mu.Unlock()
		select {
		case <-progress:
		case <-w.ended:
			return w.cause()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// acknowledge answers a message of QoS 1 or 2. The library would need four
// goroutines and a system call for it. Nothing happens if the wire has ended.
func (w *wire) acknowledge(qos byte, id uint16) {
	kind := byte(packetPuback)
	if qos == 2 {
		kind = packetPubrec
	}
	w.reply(kind, id)
}

// reply sends a packet that consists only of an id.
func (w *wire) reply(kind byte, id uint16) {
	packet := [4]byte{kind, 2, byte(id >> 8), byte(id)}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return
	}
	w.out = append(w.out, packet[:]...)
	w.unsent += len(packet)
	w.group()
}

// keepAlive sends a ping if nothing was sent for a while. The library does
// that, too, but not while it waits for the answer to its last ping, and nobody
// reads that answer while the receiver pauses.
func (w *wire) keepAlive(interval time.Duration) {
	w.mu.Lock()
	idle := time.Since(w.lastWrite) >= interval/2
	w.mu.Unlock()
	if idle {
		_, _ = w.Write([]byte{packetPingreq, 0})
	}
}

// fail ends the connection at once. Only the first reason counts.
func (w *wire) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return
	}
	w.err = err
	if w.since.IsZero() {
		w.since = time.Now()
	}
	w.groupTime.Stop()
	close(w.ended)
	hangUp(w.raw)
}

func (w *wire) endedAt(t time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.since.IsZero() {
		w.since = t
	}
}

// endedSince returns when the wire ended, or when the peer was last heard.
func (w *wire) endedSince() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.since
}

// cause returns why the wire has ended.
func (w *wire) cause() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Close ends the connection for the library. After a DISCONNECT it waits for
// the broker to hang up. Closing a connection with unread data would reset it,
// and then the last sent bytes could be lost.
func (w *wire) Close() error {
	w.closing.Do(func() {
		w.mu.Lock()
		polite := w.goodbye && w.err == nil
		w.mu.Unlock()
		if polite {
			ctx, cancel := context.WithTimeout(context.Background(), w.timing.linger)
			defer cancel()
			if w.waitUnsent(ctx, 0) == nil {
				if half, ok := w.raw.(interface{ CloseWrite() error }); ok {
					_ = half.CloseWrite()
				}
				select {
				case <-w.endOfRead:
				case <-ctx.Done():
				}
			}
		}
		w.fail(net.ErrClosed) // the library recognizes the text of this error and does not treat it as a loss
	})
	return nil
}

// hangUp closes the lowest layer, because closing TLS writes to the connection,
// which may block.
func hangUp(conn net.Conn) {
	for {
		upper, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		conn = upper.NetConn()
	}
	_ = conn.Close() // the connection is gone in any case
}

// The other methods of net.Conn. The wire sets its own deadlines.

func (w *wire) LocalAddr() net.Addr              { return w.raw.LocalAddr() }
func (w *wire) RemoteAddr() net.Addr             { return w.raw.RemoteAddr() }
func (w *wire) SetDeadline(time.Time) error      { return nil }
func (w *wire) SetReadDeadline(time.Time) error  { return nil }
func (w *wire) SetWriteDeadline(time.Time) error { return nil }
