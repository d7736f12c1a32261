package broker

import (
	"context"
	"sync"
)

// The queue is full at these sizes. A picture in hex has a few MiB, an event of
// a reader 150 bytes. A tenth of a second of the fastest stream fits.
const (
	maxQueued      = 1 << 14
	maxQueuedBytes = 16 << 20
)

// The queue takes no more at these sizes. It grows beyond full only while a
// caller waits for an answer that comes after the messages. There is room for
// all messages that a broker may send ahead of our acknowledgements, as far as
// memory allows.
const (
	maxBurst      = maxQueued + 1<<16
	maxBurstBytes = 4 * maxQueuedBytes
)

// perMessage is roughly the memory of a message without its topic and its
// payload.
const perMessage = 256

func (m *Message) size() int { return perMessage + len(m.Topic) + len(m.Payload) }

// A queue holds messages between the connection, which calls put, and any
// number of goroutines that call get.
type queue struct {
	mu    sync.Mutex
	ring  []Message // its length is a power of two, or zero
	head  int       // index of the oldest message
	count int
	bytes int
	owed  int // messages that will be acknowledged when they are taken

	err     error         // set when no more messages will be put
	waiting int           // callers of get that wait for filled
	filled  chan struct{} // receives a value when one of them should look again
	room    chan struct{} // not nil while full; closed when half of the queue is free again

	received, duplicates int64
}

func newQueue() *queue { return &queue{filled: make(chan struct{}, 1)} }

// full returns a channel to wait on before putting a message, or nil when there
// is room.
func (q *queue) full() (room <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.room
}

// bursts reports whether the queue cannot take any more, not even ahead of an
// awaited answer.
func (q *queue) bursts() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.count >= maxBurst || q.bytes >= maxBurstBytes
}

// put appends a message. It returns whether the message is to be acknowledged
// now. It is acknowledged later if the queue was full, so that the broker stops
// sending, or if an earlier message is still to be acknowledged.
func (q *queue) put(m Message) (now bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err != nil {
		return false
	}
	if m.QoS > 0 && !m.manual {
		if m.owed = q.room != nil || q.owed > 0; m.owed {
			q.owed++
		}
		now = !m.owed
	}
	q.received++
	if m.Duplicate {
		q.duplicates++
	}
	if q.count == len(q.ring) {
		q.grow()
	}
	q.ring[(q.head+q.count)&(len(q.ring)-1)] = m
	q.count++
	q.bytes += m.size()
	q.wake()
	if q.room == nil && (q.count >= maxQueued || q.bytes >= maxQueuedBytes) {
		q.room = make(chan struct{})
	}
	return now
}

func (q *queue) grow() {
	bigger := make([]Message, max(64, 2*len(q.ring)))
	n := copy(bigger, q.ring[q.head:])
	copy(bigger[n:], q.ring[:q.head])
	q.ring, q.head = bigger, 0
}

// wake wakes one caller of get. That one wakes the next if there is more to
// get. The caller of wake holds q.mu.
func (q *queue) wake() {
	if q.waiting > 0 {
		select {
		case q.filled <- struct{}{}:
		default:
		}
	}
}

// get waits for a message.
func (q *queue) get(ctx context.Context) (Message, error) {
	for waited := 0; ; waited = 1 {
		q.mu.Lock()
		q.waiting -= waited
		m, ok, err := q.next(ctx)
		if ok || err != nil {
			if q.count > 0 || q.err != nil {
				q.wake() // the value in filled may have stood for several messages
			}
			q.mu.Unlock()
			return m, err
		}
		q.waiting++
		q.mu.Unlock()
		select {
		case <-q.filled:
		case <-ctx.Done():
		}
	}
}

// next returns the error of the context, the oldest message, or the error of
// the queue, whichever of them there is, in this order. The caller holds q.mu.
func (q *queue) next(ctx context.Context) (m Message, ok bool, err error) {
	if err := ctx.Err(); err != nil {
		return Message{}, false, err
	}
	if m, ok := q.take(); ok {
		return m, true, nil
	}
	return Message{}, false, q.err
}

// take removes the oldest message, if there is one. The caller holds q.mu.
func (q *queue) take() (Message, bool) {
	if q.count == 0 {
		return Message{}, false
	}
	m := q.ring[q.head]
	q.ring[q.head] = Message{} // do not keep the payload in memory
	q.head = (q.head + 1) & (len(q.ring) - 1)
	q.count--
	q.bytes -= m.size()
	if m.owed {
		m.owed = false
		q.owed--
		m.acknowledge()
	}
	if q.room != nil && q.count <= maxQueued/2 && q.bytes <= maxQueuedBytes/2 {
		close(q.room)
		q.room = nil
	}
	return m, true
}

// end says that no more messages will be put, and why. The messages in the
// queue can still be taken. Only the first reason counts.
func (q *queue) end(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err != nil {
		return
	}
	q.err = err
	q.wake()
	if q.room != nil {
		close(q.room)
		q.room = nil
	}
}

// lost counts the messages that nobody took and that will not come again.
func (q *queue) lost() (n int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range q.count {
		if !q.ring[(q.head+i)&(len(q.ring)-1)].manual {
			n++
		}
	}
	return n
}
