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

// A queue holds messages between the connection, which puts, and the caller,
// who gets.
type queue struct {
	mu    sync.Mutex
	ring  []Message // its length is a power of two, or zero
	head  int       // of the oldest message
	count int
	bytes int

	err     error         // set when nothing more will be put
	waiting bool          // somebody waits for filled
	filled  chan struct{} // gets a value when there is news for who waits
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

func (q *queue) wake() {
	if q.waiting {
		q.waiting = false
		select {
		case q.filled <- struct{}{}:
		default:
		}
	}
}

// get waits for a message.
func (q *queue) get(ctx context.Context) (Message, error) {
	for {
		if err := ctx.Err(); err != nil {
			return Message{}, err
		}
		q.mu.Lock()
		m, ok := q.take()
		err := q.err
		q.waiting = !ok
		q.mu.Unlock()
		switch {
		case ok:
			return m, nil
		case err != nil:
			return Message{}, err
		}
		select {
		case <-q.filled:
		case <-ctx.Done():
		}
	}
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
