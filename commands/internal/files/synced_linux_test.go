package files

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// TestSynced checks, by the system calls, what is on the disk before the message of a
// picture may be acknowledged: the file, its name, that of its folder, and those of the
// directories that were made; and a file that was there already, because whoever wrote it
// may not have synced it.
func TestSynced(t *testing.T) {
	const variable = "MQTOOL_TEST_SYNCED_IN"
	if dir := os.Getenv(variable); dir != "" {
		for _, sync := range []bool{false, true} {
			a, err := NewAlbum(filepath.Join(dir, map[bool]string{true: "a/b", false: "c"}[sync]), sync)
			if err != nil {
				t.Fatal(err)
			}
			add(t, a, Description{Line: 1}, "one")
		}
		a, err := NewAlbum(filepath.Join(dir, "c"), true)
		if err != nil {
			t.Fatal(err)
		}
		add(t, a, Description{Line: 1}, "one")
		return
	}
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	calls := filepath.Join(t.TempDir(), "calls")
	child := exec.Command(strace, "-f", "-y", "-e", "trace=fsync", "-o", calls, os.Args[0], "-test.run=^TestSynced$")
	child.Env = append(os.Environ(), variable+"="+dir)
	if out, err := child.CombinedOutput(); err != nil {
		t.Skipf("strace does not work here: %v\n%s", err, out)
	}
	trace, err := os.ReadFile(calls)
	if err != nil {
		t.Fatal(err)
	}
	var synced []string
	for _, call := range regexp.MustCompile(`fsync\(\d+<([^>]*)>`).FindAllSubmatch(trace, -1) {
		name := string(bytes.TrimPrefix(call[1], []byte(dir)))
		synced = append(synced, regexp.MustCompile(`#\d+.*`).ReplaceAllString(name, "#"))
	}
	want := []string{"/a", "", "/a/b/#", "/a/b/unknown", "/a/b", "/c/#", "/c/unknown", "/c", "/c/unknown/line000001.jpg"}
	if !slices.Equal(synced, want) {
		t.Errorf("synced %q, want %q", synced, want)
	}
}
