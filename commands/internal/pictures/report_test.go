package pictures

import (
	"testing"

	"mqtool/codec/jpeg"
)

func TestMissingPart(t *testing.T) {
	for _, tt := range []struct {
		v    jpeg.Verification
		want string
	}{
		{jpeg.Verification{Height: 100}, "nearly all of it is missing"},
		{jpeg.Verification{Height: 100, Rows: 9}, "nearly all of it is missing"},
		{jpeg.Verification{Height: 100, Rows: 25}, "the lower three quarters are missing"},
		{jpeg.Verification{Height: 100, Rows: 33}, "the lower two thirds are missing"},
		{jpeg.Verification{Height: 1080, Rows: 544}, "the lower half is missing"},
		{jpeg.Verification{Height: 100, Rows: 66}, "the lower third is missing"},
		{jpeg.Verification{Height: 100, Rows: 75}, "the lower quarter is missing"},
		{jpeg.Verification{Height: 100, Rows: 99}, "its lower edge is missing"},
		{jpeg.Verification{Height: 100, Rows: 100}, ""},
		{jpeg.Verification{Height: 100, Refused: "it is not known"}, ""},
	} {
		if got := missingPart(tt.v); got != tt.want {
			t.Errorf("%d of %d: got %q, want %q", tt.v.Rows, tt.v.Height, got, tt.want)
		}
	}
}
