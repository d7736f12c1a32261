//go:build !unix

package site

import "io/fs"

// isForeign reports false, because here the owner of a file says little.
func isForeign(fs.FileInfo) bool { return false }

// hasPrivateGroup reports false, because here the mode of a file has no bits for a group.
func hasPrivateGroup(fs.FileInfo) bool { return false }
