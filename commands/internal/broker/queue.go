package broker

import (
	"context"
	"sync"
)

// The queue is full with this much. A picture in hex has a few MiB, an event
// of a reader 150 bytes; a tenth of a second of the fastest stream fits.
const (
	maxQueued      = 1 << 14
	maxQueuedBytes = 16 << 20
)

// A queue holds messages between the connection, which puts, and any number of
// callers, who get.
type queue struct {
	mu    sync.Mutex
	ring  []Message // its length is a power of two, or zero
	head  int       // of the oldest message
	count int
	bytes int

	err     error         // set when nothing more will be put
	waiting int           // callers of get that wait for filled
	filled  chan struct{} // gets a value when there is news for one of them
	room    chan struct{} // not nil while full; closed when half is free again

	received, duplicates int64
}

func newQueue() *queue { return &queue{filled: make(chan struct{}, 1)} }

// put appends a message. When that fills the queue, it returns a channel to
// wait on before putting the next.
func (q *queue) put(m Message) (room <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err != nil {
		return nil
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
	q.bytes += len(m.Payload)
	q.wake()
	if q.room == nil && (q.count >= maxQueued || q.bytes >= maxQueuedBytes) {
		q.room = make(chan struct{})
	}
	return q.room
}

func (q *queue) grow() {
	bigger := make([]Message, max(64, 2*len(q.ring)))
	n := copy(bigger, q.ring[q.head:])
	copy(bigger[n:], q.ring[:q.head])
	q.ring, q.head = bigger, 0
}

// wake wakes one caller of get, which wakes the next if there is news for
// that one, too. The caller holds q.mu.
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
				q.wake() // the value taken from filled was for more than this caller
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

// next is the end of the context, the oldest message, or the end of all
// messages, whichever is there first in this order. The caller holds q.mu.
func (q *queue) next(ctx context.Context) (m Message, ok bool, err error) {
	if err := ctx.Err(); err != nil {
		return Message{}, false, err
	}
	if m, ok := q.take(); ok {
		return m, true, nil
	}
	return Message{}, false, q.err
}

// take takes the oldest message, if there is one. The caller holds q.mu.
func (q *queue) take() (Message, bool) {
	if q.count == 0 {
		return Message{}, false
	}
	m := q.ring[q.head]
	q.ring[q.head] = Message{} // its payload belongs to the caller alone
	q.head = (q.head + 1) & (len(q.ring) - 1)
	q.count--
	q.bytes -= len(m.Payload)
	if q.room != nil && q.count <= maxQueued/2 && q.bytes <= maxQueuedBytes/2 {
		close(q.room)
		q.room = nil
	}
	return m, true
}

// end says that nothing more will be put, and why. What is there can still
// be taken. The first reason stays.
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

// lost counts the messages that nobody took and that do not come again.
func (q *queue) lost() (n int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range q.count {
		if q.ring[(q.head+i)&(len(q.ring)-1)].wire == nil {
			n++
		}
	}
	return n
}
