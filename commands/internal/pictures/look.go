package pictures

import (
	"bytes"
	"io"

	"mqtool/commands/internal/text"
)

// A secondLook lets an input be read more than once. A regular file can be read again. A
// stream is kept in memory, up to the size of any single message that was typed or copied
// by hand.
type secondLook struct {
	in    *text.Input
	start int64         // where the input begins in its file
	head  []byte        // how the input begins
	kept  *bytes.Buffer // nil if the stream was too long
	look  int
}

const maxKept = 16 << 20

// maxHead is how many bytes of an input are shown to the user, or searched for another
// format.
const maxHead = 4 << 10

func newSecondLook(in *text.Input) *secondLook {
	s := &secondLook{in: in, kept: new(bytes.Buffer)}
	if in.File != nil { // another program may have read a part of standard input before
		s.start, _ = in.File.Seek(0, io.SeekCurrent)
	}
	return s
}

// reader returns a reader of the whole input.
func (s *secondLook) reader() (io.Reader, bool) {
	s.look++
	switch {
	case s.look == 1:
		return s, true
	case s.in.File != nil:
		_, err := s.in.File.Seek(s.start, io.SeekStart)
		return s.in, err == nil
	case s.kept != nil:
		return bytes.NewReader(s.kept.Bytes()), true
	}
	return nil, false
}

// part returns a part of the input, or nil when it is too long or was not kept.
func (s *secondLook) part(start, end int64) []byte {
	switch {
	case end-start > maxKept:
		return nil
	case s.in.File != nil:
		b := make([]byte, end-start)
		n, _ := s.in.File.ReadAt(b, s.start+start)
		return b[:n]
	case s.kept != nil && end <= int64(s.kept.Len()):
		return s.kept.Bytes()[start:end]
	}
	return nil
}

// Read reads the input for the first time, and keeps what later passes need.
func (s *secondLook) Read(p []byte) (int, error) {
	n, err := s.in.Read(p)
	s.head = append(s.head, p[:min(n, maxHead-len(s.head))]...)
	if s.in.File == nil && s.kept != nil {
		if s.kept.Write(p[:n]); s.kept.Len() > maxKept {
			s.kept = nil
		}
	}
	return n, err
}
