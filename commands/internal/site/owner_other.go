//go:build !unix

package site

import "io/fs"

// isForeign reports nothing: who owns a file says little here.
func isForeign(fs.FileInfo) bool { return false }

// hasPrivateGroup reports false: here the mode of a file does not speak of a group.
func hasPrivateGroup(fs.FileInfo) bool { return false }
