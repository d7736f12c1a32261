//go:build !unix

package site

import "io/fs"

// isForeign reports nothing: who owns a file says little here.
func isForeign(fs.FileInfo) bool { return false }
