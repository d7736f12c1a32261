package files

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestResolve(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(at("file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{"link": "file", "chain": "link", "dangling": "nothing", "loop": "loop"} {
		if err := os.Symlink(target, at(link)); err != nil {
			t.Skip(err)
		}
	}
	for name, want := range map[string]string{"file": "file", "link": "file", "chain": "file", "dangling": "dangling", "nothing": "nothing", "loop": "loop", ".": "."} {
		if got, err := Resolve(at(name)); got != at(want) || err != nil {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

// TestResolveProtected checks that the system's refusal to follow a link counts.
func TestResolveProtected(t *testing.T) {
	if rule, err := os.ReadFile("/proc/sys/fs/protected_symlinks"); err != nil || strings.TrimSpace(string(rule)) != "1" || os.Geteuid() != 0 {
		t.Skip("only Linux has such a rule, if it is switched on, and only root can make the link of another user")
	}
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	for _, err := range []error{
		os.WriteFile(filepath.Join(dir, "file"), nil, 0o600), os.Symlink("file", link),
		os.Lchown(link, 12345, -1), os.Chmod(dir, os.ModeSticky|0o777),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if target, err := Resolve(link); err == nil {
		t.Errorf("it leads to %s", target)
	}
}
