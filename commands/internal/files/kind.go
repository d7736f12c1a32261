package files

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// A Kind says what stands under a name, as far as it matters to a program that
// is to write a picture there.
type Kind uint8

// The kinds.
const (
	Missing   Kind = iota // nothing
	Directory             // a directory
	Empty                 // a regular file without a byte, as mktemp makes one
	Picture               // a file that begins as a JPEG does
	Special               // a device or a FIFO: one writes to it, and does not replace it
	Foreign               // anything else, also what cannot be looked at
)

// KindOf looks at what stands under a name. It follows links.
func KindOf(name string) Kind {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ENAMETOOLONG):
		return Missing // and perhaps nothing can be there
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
