package files

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestKindOf(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"empty": "", "short": "\xff\xd8", "picture": "\xff\xd8\xff", "foreign": "\xff\xd8\xfe",
	} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]Kind{
		"missing": Missing, "missing/x": Missing, ".": Directory, "empty": Empty, "short": Foreign, "picture": Picture,
		"foreign": Foreign, "foreign/": Missing, "foreign/x": Missing, os.DevNull: Special,
	}
	for name, kind := range want {
		if got := KindOf(name); got != kind {
			t.Errorf("%s: %d, want %d", name, got, kind)
		}
	}
}

func TestPending(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "x")
	if err := os.WriteFile(name, []byte("old and long"), 0o640); err != nil {
		t.Fatal(err)
	}
	p, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Discard()
	for _, text := range []string{"first, and given up", "new"} {
		if err := p.Restart(); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	var copied bytes.Buffer
	if err := p.CopyTo(&copied); err != nil || copied.String() != "new" {
		t.Errorf("copied %q, %v", &copied, err)
	}
	if text, err := os.ReadFile(name); err != nil || string(text) != "old and long" {
		t.Errorf("before it has its name: %q, %v", text, err)
	}
	if err := p.Replace("x"); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(name); err != nil || string(text) != "new" {
		t.Errorf("%q, %v", text, err)
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("permissions %v, %v", info.Mode(), err)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
		t.Errorf("left behind: %v, %v", list, err)
	}
	if _, err := Create(filepath.Join(dir, "none")); err == nil {
		t.Error("a file in a directory that is not there")
	}
}
