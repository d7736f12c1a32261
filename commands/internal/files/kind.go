package files

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// A Kind says what exists under a name, as far as it matters to a program that wants to
// write a picture there.
type Kind uint8

// The kinds.
const (
	Missing   Kind = iota // nothing
	Directory             // a directory
	Empty                 // an empty regular file, as mktemp makes one
	Picture               // a file that begins as a JPEG does
	Special               // a device or a FIFO, which is written to and not replaced
	Foreign               // anything else, including a file that cannot be examined
)

// KindOf examines the file under a name. It follows links.
func KindOf(name string) Kind {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ENAMETOOLONG):
		return Missing // perhaps nothing can be created there either
	case err != nil:
		return Foreign
	case info.IsDir():
		return Directory
	case !info.Mode().IsRegular():
		return Special
	case info.Size() == 0:
		return Empty
	case IsPicture(name):
		return Picture
	}
	return Foreign
}

// IsPicture reports whether a regular file begins as a JPEG does.
func IsPicture(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	var head [3]byte
	_, err = io.ReadFull(f, head[:])
	return err == nil && bytes.Equal(head[:], []byte{0xFF, 0xD8, 0xFF})
}
