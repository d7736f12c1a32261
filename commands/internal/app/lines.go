package app

import (
	"bytes"
	"io"
	"os"
)

// Lines writes lines to a regular file so that each is whole, whatever has
// ended the writing before: a full disk and a kill in the middle of a write
// leave a part of a line, and the next line would be glued to it and lost with
// it. To anything but a regular file it writes as usual.
type Lines struct {
	w     io.Writer
	file  *os.File // w, if it is a regular file
	begun bool
}

// NewLines makes a writer of lines to w.
func NewLines(w io.Writer) *Lines {
	l := &Lines{w: w}
	if IsRegular(w) {
		l.file = w.(*os.File)
	}
	return l
}

// Write writes lines. When it can write only a part of them, it takes back what
// is no whole line: n counts the bytes that stay.
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

// endsInside reports whether the last byte of a file is not a line end. A file
// that may not be read counts as one that is whole.
func endsInside(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return false
	}
	// The shell opens the file for writing only. By its name, /dev/stdout, the
	// system opens it once more.
	other, err := os.Open(f.Name())
	if err != nil {
		return false
	}
	defer other.Close()
	if again, err := other.Stat(); err != nil || !os.SameFile(info, again) {
		return false
	}
	var last [1]byte
	_, err = other.ReadAt(last[:], info.Size()-1)
	return err == nil && last[0] != '\n'
}

// takeBack cuts the last bytes off a file and returns how many it has cut: none
// when somebody else has written behind them.
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
	_, _ = f.Seek(start, io.SeekStart) // where the next write goes to, unless it appends
	return rest
}
