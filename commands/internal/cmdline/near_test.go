package cmdline

import (
	"testing"
)

func TestClosest(t *testing.T) {
	names := []string{"snapshot-decode", "scrdr-parse", "listen", "send", "h", "json"}
	for _, tt := range []struct{ typed, want string }{
		{"scrdr-prase", "scrdr-parse"},
		{"scrdr_parse", "scrdr-parse"},
		{"scrdr", "scrdr-parse"},
		{"snapshot", "snapshot-decode"},
		{"lisen", "listen"},
		{"sned", "send"},
		{"jsn", "json"},
		{"x", ""},
		{"frobnicate", ""},
		{"", ""},
	} {
		if got := Closest(tt.typed, names); got != tt.want {
			t.Errorf("closest(%q) = %q, want %q", tt.typed, got, tt.want)
		}
	}
}
