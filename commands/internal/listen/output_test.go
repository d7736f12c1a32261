package listen

import (
	"os"
	"path/filepath"
	"testing"
)

// TestFileRenamed checks that the first line is whole, although the file ended inside a line
// and was renamed before that line came.
func TestFileRenamed(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(name, []byte("ha"), 0o600); err != nil {
		t.Fatal(err)
	}
	var told notices
	f, err := OpenFile(name, true, false, told.add)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if err := os.Rename(name, name+".1"); err != nil {
		t.Skip(err) // on Windows
	}
	if _, err := f.Write([]byte("a\n")); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(name + ".1"); string(got) != "ha\na\n" {
		t.Errorf("%q", got)
	}
}

// TestFileSyncedLate checks that a line is synced although SIGHUP came between its write
// and its sync: the sync of the file before fails here, because it is a pipe.
func TestFileSyncedLate(t *testing.T) {
	var told notices
	f, err := OpenFile(filepath.Join(t.TempDir(), "log"), true, true, told.add)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	_, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	f.mu.Lock()
	old := f.file
	f.file = pipe
	f.mu.Unlock()
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.open(); err != nil {
		t.Fatal(err)
	}
	if err := f.Sync(); err == nil {
		t.Error("an unsynced line counts as synced")
	}
}
