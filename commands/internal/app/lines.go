package app

import (
	"bytes"
	"io"
	"os"
)

// Lines writes whole lines to a regular file, even if earlier writing ended in the middle
// of a line. A full disk or a kill during a write leaves a part of a line; the next line
// would be joined to it, and both would be lost. Lines writes to anything but a regular
// file as usual.
type Lines struct {
	w     io.Writer
	file  *os.File // w, if it is a regular file
	begun bool
}

// NewLines returns a writer of lines to w.
func NewLines(w io.Writer) *Lines {
	l := &Lines{w: w}
	if IsRegular(w) {
		l.file = w.(*os.File)
	}
	return l
}

// Write writes lines. When it can write only a part of them, it removes an incomplete last
// line again; n counts the bytes that stay.
func (l *Lines) Write(p []byte) (n int, err error) {
	if l.file == nil {
		return l.w.Write(p)
	}
	if !l.begun {
		if endsInside(l.file) {
			if _, err := l.file.Write([]byte{'\n'}); err != nil {
				return 0, err
			}
		}
		l.begun = true
	}
	n, err = l.file.Write(p)
	if err != nil {
		n -= takeBack(l.file, n-(bytes.LastIndexByte(p[:n], '\n')+1))
	}
	return n, err
}

// endsInside reports whether the last byte of a file is not a line end. It reports false
// for a file that may not be read.
func endsInside(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return false
	}
	var last [1]byte
	if _, err := f.ReadAt(last[:], info.Size()-1); err == nil {
		return last[0] != '\n'
	}
	// The shell opens the file for writing only, so the file is opened once more by its
	// name, /dev/stdout.
	other, err := os.Open(f.Name())
	if err != nil {
		return false
	}
	defer other.Close()
	if again, err := other.Stat(); err != nil || !os.SameFile(info, again) {
		return false
	}
	_, err = other.ReadAt(last[:], info.Size()-1)
	return err == nil && last[0] != '\n'
}

// takeBack cuts the last bytes off a file and returns how many it has cut. It cuts none
// when another process has written behind them.
func takeBack(f *os.File, rest int) (cut int) {
	if rest == 0 {
		return 0
	}
	info, err := f.Stat()
	if err != nil {
		return 0
	}
	at, err := f.Seek(0, io.SeekCurrent)
	if err != nil || at != info.Size() {
		return 0
	}
	start := at - int64(rest)
	if f.Truncate(start) != nil {
		return 0
	}
	_, _ = f.Seek(start, io.SeekStart) // the next write must start here, unless it appends
	return rest
}
