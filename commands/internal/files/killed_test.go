//go:build unix

package files

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestKilled kills a process while a file is written and has no name yet. Whatever is left
// of the file is removed when the directory is used again.
func TestKilled(t *testing.T) {
	const variable = "MQTOOL_TEST_KILLED_IN"
	if dir := os.Getenv(variable); dir != "" {
		p, err := Create(dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Write([]byte("half a picture")); err != nil {
			t.Fatal(err)
		}
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	dir := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	child.Env = append(os.Environ(), variable+"="+dir)
	if err := child.Run(); child.ProcessState.ExitCode() != -1 {
		t.Fatalf("it was not killed: %v", err)
	}
	long := time.Now().Add(-2 * abandonedAfter)
	left := list(t, dir)
	for _, name := range left {
		if err := os.Chtimes(filepath.Join(dir, name), long, long); err != nil {
			t.Fatal(err)
		}
	}
	if canUnnamed(t, dir) && len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := NewAlbum(dir, false); err != nil {
		t.Fatal(err)
	}
	if left := list(t, dir); len(left) > 0 {
		t.Errorf("left behind for good: %v", left)
	}
}

// canUnnamed reports whether files without a name are possible in dir.
func canUnnamed(t *testing.T, dir string) bool {
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	f, err := openUnnamed(root, ".")
	if err != nil {
		return false
	}
	f.Close()
	return true
}

// list returns the names in a directory.
func list(t *testing.T, dir string) (names []string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
