package broker

import (
	"testing"
	"time"
)

// Only who has sent nothing for a while, or sends in bulk, may let a stream
// gather.
func TestWireCanWait(t *testing.T) {
	now := time.Now()
	for _, tt := range []struct {
		name         string
		heard, wrote time.Duration // ago
		unsent       int
		want         bool
	}{
		{"fast stream", streamGap / 2, onlyListens, 0, true},
		{"slow stream", streamGap, time.Hour, 0, false},
		{"acknowledges it", streamGap / 2, onlyListens - 1, 0, false},
		{"is about to", streamGap / 2, time.Hour, 4, false},
	} {
		w := &wire{heard: now.Add(-tt.heard), lastWrite: now.Add(-tt.wrote), unsent: tt.unsent}
		if got := w.canWait(now); got != tt.want {
			t.Errorf("%s: may wait %v, want %v", tt.name, got, tt.want)
		}
	}
	if !(&wire{heard: now, lastWrite: now, unsent: 100, bulk: true}).canWait(now) {
		t.Error("publishing in bulk: may not wait")
	}
	if (&wire{lastWrite: now.Add(-time.Hour)}).canWait(now) {
		t.Error("waits although the last read may have left something")
	}
}
