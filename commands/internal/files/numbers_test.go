package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// claim writes a file and claims a name for it.
func claim(t testing.TB, n *Numbers, dir, name, text string) (string, bool) {
	t.Helper()
	p, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Discard()
	if _, err := p.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	claimed, existed, err := n.Claim(p, name)
	if err != nil {
		t.Fatal(err)
	}
	return claimed, existed
}

func TestNumbers(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var n Numbers
	for _, tt := range []struct {
		text, want string
		existed    bool
	}{
		{"a", "x.jpg", false},
		{"b", "x-2.jpg", false},
		{"a", "x.jpg", true},
		{"b", "x-2.jpg", true},
		{"longer", "x-3.jpg", false},
		{"longer", "x-3.jpg", true},
	} {
		if got, existed := claim(t, &n, dir, "x.jpg", tt.text); got != tt.want || existed != tt.existed {
			t.Errorf("%q: %s, %v, want %s, %v", tt.text, got, existed, tt.want, tt.existed)
		}
	}

	// A directory, a dangling link and another file are in the way, and must stay.
	if err := os.Mkdir(filepath.Join(dir, "y.jpg"), 0o777); err != nil {
		t.Fatal(err)
	}
	put("y-2.jpg", "my notes")
	if err := os.Symlink("nowhere", filepath.Join(dir, "y-3.jpg")); err != nil {
		t.Log(err) // Windows allows that to few
		put("y-3.jpg", "x")
	}
	if got, _ := claim(t, &n, dir, "y.jpg", "a"); got != "y-4.jpg" {
		t.Errorf("what is in the way: %s", got)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "y-2.jpg")); err != nil || string(text) != "my notes" {
		t.Errorf("%q, %v", text, err)
	}
	if names, _ := filepath.Glob(filepath.Join(dir, ".mqtool-*")); len(names) > 0 {
		t.Errorf("left behind: %q", names)
	}
}

// TestManyNumbers checks that there is no last number, and that a second process finds the
// next free number and the files that exist.
func TestManyNumbers(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing happens at the same time")
	}
	const many = 3000
	dir := t.TempDir()
	var n Numbers
	for i := range many {
		want := numbered("x.jpg", i+1)
		if got, existed := claim(t, &n, dir, "x.jpg", fmt.Sprintf("%06d", i)); got != want || existed {
			t.Fatalf("%s, %v, want %s", got, existed, want)
		}
	}
	var again Numbers
	for i := many - 1; i >= 0; i -= 500 {
		want := numbered("x.jpg", i+1)
		if got, existed := claim(t, &again, dir, "x.jpg", fmt.Sprintf("%06d", i)); got != want || !existed {
			t.Fatalf("again: %s, %v, want %s", got, existed, want)
		}
	}
	if got, existed := claim(t, &again, dir, "x.jpg", "new"); got != numbered("x.jpg", many+1) || existed {
		t.Errorf("a new one: %s, %v", got, existed)
	}

	// A file that was known but is gone does not count as existing.
	if err := os.Remove(filepath.Join(dir, "x-7.jpg")); err != nil {
		t.Fatal(err)
	}
	if got, existed := claim(t, &n, dir, "x.jpg", "000006"); existed {
		t.Errorf("a file that was removed: %s", got)
	}
}

// TestNumbersForget checks that the memory is bounded.
func TestNumbersForget(t *testing.T) {
	var n Numbers
	for i := range 10 * maxKnown / 1000 {
		n.remember(fmt.Sprint(i), &series{next: 1000}, 1)
		if n.known > maxKnown || len(n.series)*1000 > maxKnown+1000 {
			t.Fatalf("%d names of %d series are remembered", n.known, len(n.series))
		}
	}
	n.remember("short", &series{next: 3}, 1)
	if n.series["short"] != nil {
		t.Error("a short series is remembered")
	}
}

func TestClaimOnly(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		text    string
		existed bool
		err     error
	}{{"a", false, nil}, {"a", true, nil}, {"b", false, fs.ErrExist}, {"longer", false, fs.ErrExist}} {
		p, err := Create(dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Write([]byte(tt.text)); err != nil {
			t.Fatal(err)
		}
		if existed, err := p.ClaimOnly("x.jpg"); existed != tt.existed || !errors.Is(err, tt.err) {
			t.Errorf("%s: %v, %v, want %v, %v", tt.text, existed, err, tt.existed, tt.err)
		}
	}
}

// BenchmarkNumbers gives many pictures of 60 KB the same name.
func BenchmarkNumbers(b *testing.B) {
	dir := b.TempDir()
	picture := make([]byte, 60_000)
	var n Numbers
	for i := 0; b.Loop(); i++ {
		copy(picture, fmt.Sprint(i))
		claim(b, &n, dir, "x.jpg", string(picture))
	}
}
