//go:build unix

package files

import (
	"os"
	"path/filepath"
	"testing"
)

// TestCheckLink makes links of another user, which only root can do.
func TestCheckLink(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make the link of another user")
	}
	const other = 12345
	for _, c := range []struct {
		what             string
		mode             os.FileMode
		dirOwner, ofLink int
		isRefused        bool
	}{
		{"another user's link in /tmp", os.ModeSticky | 0o777, 0, other, true},
		{"our own link", os.ModeSticky | 0o777, other, 0, false},
		{"a link of the directory's owner", os.ModeSticky | 0o777, other, other, false},
		{"a directory that is not sticky", 0o777, 0, other, false},
		{"a directory that is closed", os.ModeSticky | 0o755, 0, other, false},
	} {
		dir, elsewhere := t.TempDir(), t.TempDir()
		link, ours := filepath.Join(dir, "link"), filepath.Join(elsewhere, "ours")
		for _, err := range []error{os.Symlink(elsewhere, link), os.Symlink(link, ours), os.Lchown(link, c.ofLink, -1), os.Chown(dir, c.dirOwner, -1), os.Chmod(dir, c.mode)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{link, ours, link + "/"} {
			if err := CheckLink(name); (err != nil) != c.isRefused {
				t.Errorf("%s: %s: %v", c.what, name, err)
			}
			if _, err := NewAlbum(name, false); (err != nil) != c.isRefused {
				t.Errorf("%s: album %s: %v", c.what, name, err)
			}
		}
	}
}
