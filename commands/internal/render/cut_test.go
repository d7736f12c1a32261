package render

import (
	"testing"

	"mqtool/codec"
	"mqtool/codec/jpeg"
)

func TestThousands(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1152: "1,152", 123456: "123,456", 268435456: "268,435,456"} {
		if got := thousands(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

// TestCutPicture checks that listen describes a cut picture like
// snapshot-decode, and names no scan.
func TestCutPicture(t *testing.T) {
	value := codec.CameraSnapshot{Picture: codec.Some(jpeg.Picture{Width: 100, Height: 75, Coding: "baseline", Size: 1500, State: jpeg.Truncated, End: "in scan 1"})}
	value.Warn = []string{"the picture is cut: in scan 1", "another"}
	got := string(NewText(NewStyle(false), Layout{}).Append(nil, &Envelope{Device: "5CC5638AE24C", Value: value}))
	const want = "5CC5638AE24C  snapshot  100x75 baseline JPEG, 1500 bytes  cut  ! the picture is cut: the rest of it is missing (1,500 bytes are there)  ! another\n"
	if got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}
