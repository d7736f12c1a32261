package registers

import (
	"errors"
	"testing"

	"mqtool/codec"
	"mqtool/commands/internal/app"
)

func TestReaderNetwork(t *testing.T) {
	for _, tt := range []struct {
		ip      string
		address [4]byte
		netmask [4]byte
		ok      bool
	}{
		{"", [4]byte{}, [4]byte{}, true},
		{"10.0.0.20/24", [4]byte{10, 0, 0, 20}, [4]byte{255, 255, 255, 0}, true},
		{"10.0.0.20/1", [4]byte{10, 0, 0, 20}, [4]byte{128}, true},
		{"10.0.0.20/32", [4]byte{10, 0, 0, 20}, [4]byte{255, 255, 255, 255}, true},
		{"10.0.0.20/30", [4]byte{10, 0, 0, 20}, [4]byte{255, 255, 255, 252}, true},
		{"10.0.0.20", [4]byte{}, [4]byte{}, false},
		{"10.0.0.20/33", [4]byte{}, [4]byte{}, false},
		{"fe80::1/64", [4]byte{}, [4]byte{}, false},
		{"name/24", [4]byte{}, [4]byte{}, false},
	} {
		var got codec.ReaderIPv4
		err := (&MakeOptions{IP: tt.ip}).network(&got)
		if ok := err == nil; ok != tt.ok || err != nil && !errors.As(err, new(app.UsageError)) {
			t.Errorf("%q: error %v", tt.ip, err)
		}
		if want := (codec.ReaderIPv4{Address: tt.address, Netmask: tt.netmask}); got != want {
			t.Errorf("%q: %v, want %v", tt.ip, got, want)
		}
	}
}

func TestRegistersVerdict(t *testing.T) {
	for _, tt := range []struct {
		bad, doubtful int
		strict        bool
		want          string
	}{
		{0, 0, true, ""},
		{0, 2, false, ""},
		{0, 2, true, "x: 2 warnings"},
		{1, 0, false, "x: 1 error"},
		{1, 1, false, "x: 1 error, 1 warning"},
	} {
		err := verdict("x", tt.bad, tt.doubtful, tt.strict)
		var got string
		if err != nil {
			got = err.Error()
		}
		if got != tt.want || err != nil && app.ExitCode(err) != app.Damaged {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}
