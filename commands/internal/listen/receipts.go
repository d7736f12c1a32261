package listen

import (
	"sync"

	"mqtool/commands/internal/broker"
)

// receipts acknowledges each message when all work for it is done. It keeps the
// order in which the messages came, as MQTT demands ([MQTT-4.6.0-2]). So if the
// connection is lost and a message comes again, the messages after it come
// again, too.
type receipts struct {
	ack func(broker.Message)

	mu   sync.Mutex
	open []*receipt // oldest first
}

// A receipt stands for the acknowledgement of one message. A nil receipt
// belongs to a message that is not acknowledged.
type receipt struct {
	of      *receipts
	message broker.Message
	holds   int // how many releases are missing
}

// issue makes the receipt of a message, with one hold on it.
func (r *receipts) issue(m broker.Message) *receipt {
	m.Payload = nil // no longer needed
	one := &receipt{r, m, 1}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open = append(r.open, one)
	return one
}

// hold delays the acknowledgement until one more release.
func (one *receipt) hold() {
	if one == nil {
		return
	}
	one.of.mu.Lock()
	defer one.of.mu.Unlock()
	one.holds++
}

// release ends one hold. It acknowledges all messages that have no hold and
// none before them.
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
