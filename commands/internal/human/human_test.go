package human

import (
	"testing"
	"time"
)

func TestDuration(t *testing.T) {
	for _, tt := range []struct {
		d    time.Duration
		want string
	}{
		{0, "0s"},
		{time.Microsecond, "10µs"},
		{1234 * time.Microsecond, "1.23ms"},
		{12345 * time.Microsecond, "12ms"},
		{999600 * time.Microsecond, "1s"},
		{1234567 * time.Microsecond, "1.2s"},
		{10 * time.Second, "10s"},
		{59990 * time.Millisecond, "1m"},
		{time.Minute, "1m"},
		{61234 * time.Millisecond, "1m1s"},
		{90 * time.Second, "1m30s"},
		{20 * time.Minute, "20m"},
		{2 * time.Hour, "2h"},
	} {
		if got := Duration(tt.d); got != tt.want {
			t.Errorf("%v: got %s, want %s", tt.d, got, tt.want)
		}
	}
}
