package render

import "testing"

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 tags", 1: "1 tag", 2: "2 tags", 1000: "1000 tags"} {
		if got := Count(n, "tag"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
