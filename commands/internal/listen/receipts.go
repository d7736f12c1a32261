package listen

import (
	"sync"

	"mqtool/commands/internal/broker"
)

// Receipts acknowledges messages when all that they set off is done. It does so
// in the order in which they came, as MQTT says ([MQTT-4.6.0-2]); so a message
// that comes again, because the connection was lost, does not overtake its first
// delivery.
type receipts struct {
	ack func(broker.Message)

	mu   sync.Mutex
	open []*receipt // oldest first
}

// A receipt is the acknowledgement of one message. Nil is that of a message
// which is not acknowledged.
type receipt struct {
	of      *receipts
	message broker.Message
	holds   int // what is still to be done
}

// issue makes the receipt of a message, with one hold on it.
func (r *receipts) issue(m broker.Message) *receipt {
	m.Payload = nil // which is no longer needed
	one := &receipt{r, m, 1}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open = append(r.open, one)
	return one
}

// hold puts the acknowledgement off until there was one more release.
func (one *receipt) hold() {
	if one == nil {
		return
	}
	one.of.mu.Lock()
	defer one.of.mu.Unlock()
	one.holds++
}

// release says that something is done.
func (one *receipt) release() {
	if one == nil {
		return
	}
	r := one.of
	r.mu.Lock()
	defer r.mu.Unlock()
	one.holds--
	for len(r.open) > 0 && r.open[0].holds == 0 {
		r.ack(r.open[0].message)
		r.open[0] = nil
		r.open = r.open[1:]
	}
}
