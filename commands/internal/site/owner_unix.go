//go:build unix

package site

import (
	"io/fs"
	"os"
	"syscall"
)

// isForeign reports whether a file belongs to another user, who is not root.
func isForeign(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && s.Uid != 0 && int(s.Uid) != os.Geteuid()
}
