package broker

import (
	"testing"
	"time"
)

// Only the reads of a fast stream may gather, and only of somebody who has sent
// nothing for a while, or sends too much.
func TestWireWaits(t *testing.T) {
	now := time.Now()
	for _, tt := range []struct {
		name        string
		plain, all  bool
		gap         time.Duration // between the last two reads
		wrote, bulk time.Duration // ago
		unsent      int
		want        bool
	}{
		{"fast stream", true, true, closeBy / 2, lately, time.Hour, 0, true},
		{"slow stream", true, true, closeBy, time.Hour, time.Hour, 0, false},
		{"over TLS", false, true, closeBy / 2, time.Hour, time.Hour, 0, false},
		{"there is more", true, false, closeBy / 2, time.Hour, time.Hour, 0, false},
		{"acknowledges it", true, true, closeBy / 2, lately - 1, time.Hour, 0, false},
		{"is about to", true, true, closeBy / 2, time.Hour, time.Hour, 4, false},
		{"publishes in bulk", true, true, closeBy / 2, 0, lately - 1, 100, true},
		{"has done so", true, true, closeBy / 2, 0, lately, 100, false},
	} {
		w := &wire{plain: tt.plain, heard: now.Add(-tt.gap), lastWrite: now.Add(-tt.wrote), bulk: now.Add(-tt.bulk), unsent: tt.unsent}
		w.noteRead(now, tt.all)
		if got := w.quick && w.canWait(now); got != tt.want {
			t.Errorf("%s: waits %v, want %v", tt.name, got, tt.want)
		}
	}
}
