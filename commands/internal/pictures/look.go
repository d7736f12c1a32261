package pictures

import (
	"bytes"
	"io"

	"mqtool/commands/internal/text"
)

// A secondLook lets an input be read again. A file is; of a stream as much is
// kept as any single message needs that was typed or copied by hand.
type secondLook struct {
	in    *text.Input
	start int64         // where in its file the input begins
	head  []byte        // how the input begins
	kept  *bytes.Buffer // nil when the stream was too long
	look  int
}

const maxKept = 16 << 20

// maxHead is how much of an input is shown to a person, or looked at for what
// else it may be.
const maxHead = 4 << 10

func newSecondLook(in *text.Input) *secondLook {
	s := &secondLook{in: in, kept: new(bytes.Buffer)}
	if in.File != nil { // standard input may have been read by another program before
		s.start, _ = in.File.Seek(0, io.SeekCurrent)
	}
	return s
}

// reader gives the input from its start.
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

// part gives a part of the input, or nil when it is too long or was not kept.
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

// Read is the first look.
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
