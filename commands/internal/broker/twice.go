package broker

import (
	"hash/maphash"
	"sync"
)

// twice remembers the messages of QoS 2 that a broker may send again. A broker
// may do so until it has our PUBREC, and in a persistent session even after a
// lost connection.
type twice struct {
	mu   sync.Mutex
	seed maphash.Seed
	open map[uint16]*delivery // by packet id
}

// A delivery is a received message of QoS 2.
type delivery struct {
	of    *twice
	id    uint16
	sum   uint64
	wire  *wire // the connection on which it came last
	acked bool
}

func newTwice() *twice { return &twice{seed: maphash.MakeSeed(), open: map[uint16]*delivery{}} }

// arrive returns the delivery of a message, or nil if the message came before.
// A broker may wrongly give the same id to another message. That one is not
// taken for a repetition, because no message may be lost.
func (t *twice) arrive(w *wire, m *Message) *delivery {
	var h maphash.Hash
	h.SetSeed(t.seed)
	_, _ = h.WriteString(m.Topic) // it never fails
	_ = h.WriteByte(0)            // no topic contains this byte
	_, _ = h.Write(m.Payload)
	sum := h.Sum64()

	t.mu.Lock()
	defer t.mu.Unlock()
	if d := t.open[m.id]; d != nil && d.sum == sum {
		if d.wire = w; d.acked {
			w.acknowledge(2, d.id)
		}
		return nil
	}
	d := &delivery{of: t, id: m.id, sum: sum, wire: w}
	t.open[m.id] = d
	return d
}

// acknowledge sends the PUBREC of a message, on the connection on which it came
// last.
func (d *delivery) acknowledge() {
	d.of.mu.Lock()
	defer d.of.mu.Unlock()
	d.acked = true
	d.wire.acknowledge(2, d.id)
}

// release forgets a message that does not come again.
func (t *twice) release(id uint16) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.open, id)
}

// forget forgets all messages, because the broker has begun a new session.
func (t *twice) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.open)
}
