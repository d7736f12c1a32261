package broker

import (
	"strings"
	"testing"
)

// TestQueueIsBounded checks that topics and a constant for each message count, too, so that
// neither long topics nor empty payloads take more memory than is meant.
func TestQueueIsBounded(t *testing.T) {
	for _, tt := range []struct {
		topic, payload, most int
	}{
		{60_000, 0, maxQueuedBytes/60_000 + 1},
		{1, 60_000, maxQueuedBytes/60_000 + 1},
		{1, 0, maxQueued},
		{900, 0, maxQueuedBytes/(900+perMessage) + 1},
	} {
		q, n := newQueue(), 0
		for ; q.full() == nil; n++ {
			q.put(Message{Topic: strings.Repeat("t", tt.topic), Payload: make([]byte, tt.payload)})
		}
		if n > tt.most || n < tt.most/2 {
			t.Errorf("%+v: full with %d messages", tt, n)
		}
		for {
			if _, ok := q.take(); !ok {
				break
			}
		}
		if q.full() != nil || q.bytes != 0 {
			t.Errorf("%+v: %d bytes in an empty queue", tt, q.bytes)
		}
	}
}
