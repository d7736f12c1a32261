//go:build unix

package files

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// maxLinks is how many links the kernel follows.
const maxLinks = 40

// CheckLink refuses a link that another user has put into a directory where everybody can
// write, such as /tmp, because such a link can make mqtool replace a file of its own user.
// Linux has the same rule (fs.protected_symlinks), but it is off on some machines and does
// not apply to a link that was resolved before.
func CheckLink(name string) error {
	link := filepath.Clean(name)
	for range maxLinks {
		info, err := os.Lstat(link)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			return nil //nolint:nilerr // what uses the name says what is wrong with it
		}
		parent, err := os.Stat(filepath.Dir(link))
		if err != nil {
			return err
		}
		owner, isOpen := ownerOf(info), parent.Mode()&fs.ModeSticky != 0 && parent.Mode().Perm()&0o002 != 0
		if isOpen && owner != os.Geteuid() && owner != ownerOf(parent) {
			return fmt.Errorf("%s is a link of another user in a directory where everybody can write; it is not followed", link)
		}
		target, err := os.Readlink(link)
		if err != nil {
			return err
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(link), target)
		}
		link = target
	}
	return nil
}

// ownerOf returns the user that a file belongs to, or -1.
func ownerOf(info fs.FileInfo) int {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(s.Uid)
	}
	return -1
}
