package commands

import (
	"bytes"
	"io"
)

// A secondLook lets an input be read again. A file is; of a stream as much is
// kept as any single message needs that was typed or copied by hand.
type secondLook struct {
	in    input
	start int64         // where in its file the input begins
	head  []byte        // how the input begins
	kept  *bytes.Buffer // nil when the stream was too long
	look  int
}

const maxKept = 16 << 20

// maxHead is how much of an input is shown to a person, or looked at for what
// else it may be.
const maxHead = 4 << 10

func newSecondLook(in input) *secondLook {
	s := &secondLook{in: in, kept: new(bytes.Buffer)}
	if in.file != nil { // standard input may have been read by another program before
		s.start, _ = in.file.Seek(0, io.SeekCurrent)
	}
	return s
}

// reader gives the input from its start.
func (s *secondLook) reader() (io.Reader, bool) {
	s.look++
	switch {
	case s.look == 1:
		return s, true
	case s.in.file != nil:
		_, err := s.in.file.Seek(s.start, io.SeekStart)
		return s.in, err == nil
	case s.kept != nil:
		return bytes.NewReader(s.kept.Bytes()), true
	}
	return nil, false
}

// Read is the first look.
func (s *secondLook) Read(p []byte) (int, error) {
	n, err := s.in.Read(p)
	s.head = append(s.head, p[:min(n, maxHead-len(s.head))]...)
	if s.in.file == nil && s.kept != nil {
		if s.kept.Write(p[:n]); s.kept.Len() > maxKept {
			s.kept = nil
		}
	}
	return n, err
}
