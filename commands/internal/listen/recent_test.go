package listen

import "testing"

func TestRecent(t *testing.T) {
	var r recent[int]
	if _, ok := r.swap(1, 10); ok {
		t.Error("a new key is known")
	}
	if before, ok := r.swap(1, 20); !ok || before != 10 {
		t.Errorf("got %d, %v", before, ok)
	}
	for n := range maxRecent {
		r.swap(100+n, 30)
	}
	if before, ok := r.swap(1, 40); !ok || before != 20 {
		t.Errorf("after %d others: %d, %v", maxRecent, before, ok)
	}
	for n := range 10 * maxRecent {
		r.swap(n, 50)
	}
	if n := len(r.now) + len(r.before); n > 2*maxRecent {
		t.Errorf("%d keys are remembered", n)
	}
	if a := r.hash("a"); a != r.hash("a") || a == r.hash("b") {
		t.Error("hash")
	}
}
