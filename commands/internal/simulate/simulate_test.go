package simulate

import (
	"testing"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/simulator"
)

func TestListenAddress(t *testing.T) {
	for _, tt := range []struct {
		typed     string
		tls       bool
		want, bad string
	}{
		{loopback, false, "127.0.0.1:1883", ""},
		{loopback, true, "127.0.0.1:8883", ""},
		{"1884", true, "127.0.0.1:1884", ""},
		{":1884", false, "127.0.0.1:1884", ""},
		{"0.0.0.0:1884", false, "0.0.0.0:1884", ""},
		{"broker.example", false, "broker.example:1883", ""},
		{"[::1]:0", false, "[::1]:0", ""},
		{"[::1]", false, "[::1]:1883", ""},
		{"x:y", false, "", "no port"},
		{"x:70000", false, "", "no port"},
		{"mqtt://x:1883", false, "", "an URL"},
		{"a b", false, "", "a blank"},
	} {
		got, err := serveOptions{address: tt.typed, tls: tt.tls}.listenAddress()
		if got != tt.want || (err != nil) != (tt.bad != "") {
			t.Errorf("%q, TLS %v: %q, %v; want %q %s", tt.typed, tt.tls, got, err, tt.want, tt.bad)
		}
	}
}

func TestParseRate(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"2/s": 500 * time.Millisecond, "0.2/s": 5 * time.Second, "30/m": 2 * time.Second, "1/h": time.Hour, "4": 250 * time.Millisecond, "1000/s": time.Millisecond,
		"": 0, "0/s": 0, "-1/s": 0, "1001/s": 0, "1/d": 0, "x": 0, "NaN": 0, "Inf": 0, "1e-300/h": 0, "1/s/s": 0,
	} {
		if got, err := parseRate(text); got != want || (err != nil) != (want == 0) {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestParseSpeed(t *testing.T) {
	for text, want := range map[string]float64{"": 1, "10x": 10, "0.5": 0.5, "max": 0, "0": -1, "-1x": -1, "NaN": -1, "1e9x": -1, "x": -1} {
		if got, err := parseSpeed(text); (err != nil) != (want < 0) || err == nil && got != want {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestCountOn(t *testing.T) {
	for _, tt := range []struct {
		name string
		i    int
		want string
	}{
		{"DA1275B0", 0, "DA1275B0"},
		{"door", 0, "door"},
		{"DA1275B0", 1, "DA1275B1"},
		{"000000FF", 1, "00000100"},
		{"FFFFFFFF", 1, "00000000"},
		{"5CC5638AE24C", 1000, "5CC5638AE634"},
		{"door", 1, "door-2"},
		{"0123456789ABCDEF", 1, "0123456789ABCDEF-2"},
	} {
		if got := countOn(tt.name, tt.i); got != tt.want {
			t.Errorf("%s and %d: %s, want %s", tt.name, tt.i, got, tt.want)
		}
	}
}

func TestSummary(t *testing.T) {
	s := newSummary(2)
	start := s.start
	for range 3 {
		s.add(simulator.Action{Did: simulator.Sent, Value: &codec.ReaderEvent{}})
	}
	s.add(simulator.Action{Did: simulator.Lost})
	for _, tt := range []struct {
		at   time.Duration
		all  bool
		want string
	}{
		{2 * time.Second, false, "2 devices: 3 event, 1 lost in 2s, 2/s\n"},
		{3 * time.Second, false, "2 devices: nothing in 1s, 0/s\n"},
		{4 * time.Second, true, "in all, 2 devices: 3 event, 1 lost in 4s, 1/s\n"},
	} {
		if got := string(s.line(start.Add(tt.at), tt.all)); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
