package codec

import (
	"io"

	"mqtool/codec/dump"
	"mqtool/codec/jpeg"
)

// A DumpSnapshot is a picture found in a dump, with what the dump tells of it.
type DumpSnapshot struct {
	Message dump.Message // the message that it was found in
	Picture jpeg.Picture
}

// A SnapshotReader finds the pictures in a dump, one after the other, in
// constant memory.
type SnapshotReader struct {
	dump    *dump.Reader
	jpegs   *jpeg.Reader
	message *dump.Message // the current one; nil between two
	pixels  bool          // it had a picture with a scan
}

// NewSnapshotReader returns a reader of the pictures in r.
func NewSnapshotReader(r io.Reader, mode dump.Mode) *SnapshotReader {
	return &SnapshotReader{dump: dump.NewReader(r, mode), jpegs: jpeg.NewReader(nil)}
}

// Next finds the next picture and copies it to w; io.EOF says that there is
// none. Messages without a picture are passed over. See [jpeg.Reader.Next].
func (s *SnapshotReader) Next(w io.Writer) (DumpSnapshot, error) {
	for {
		if s.message == nil {
			m, err := s.dump.Next()
			if err != nil {
				return DumpSnapshot{}, err
			}
			s.message, s.pixels = m, false
			s.jpegs.Reset(s.dump)
		}
		p, err := s.jpegs.Next(w)
		switch err {
		case nil:
			s.pixels = s.pixels || p.State != jpeg.Empty
			return DumpSnapshot{Message: *s.message, Picture: p}, nil
		case io.EOF:
			if !s.pixels && len(s.dump.Findings()) == 0 { // its damage may be why
				for _, d := range s.message.Damage[:min(len(s.message.Damage), 3)] {
					s.dump.Note(d)
				}
			}
			s.message = nil
		default:
			return DumpSnapshot{}, err
		}
	}
}

// Layouts names what the first messages were taken for, whether there was a
// picture in them or not.
func (s *SnapshotReader) Layouts() []string { return s.dump.Layouts() }

// Findings tells what of the input cannot be decoded without loss, what to do
// instead, and where messages without a picture are damaged.
func (s *SnapshotReader) Findings() []string { return s.dump.Findings() }

// Value is the snapshot as [DecodeCameraSnapshot] gives it for the bytes of
// the message, without the picture itself.
func (s DumpSnapshot) Value() CameraSnapshot {
	p := s.Picture
	v := CameraSnapshot{Generation: GenerationA, Prefix: p.Prefix}
	object := s.Message.Object
	if len(object) == 0 {
		object = p.Prefix
	}
	if in, err := parseSnapshotObject(object); err == nil {
		v = in
		if len(s.Message.Object) == 0 {
			v.Generation = GenerationA
		}
	}
	v.Trailer = int(p.After)
	v.setPicture(p, nil)
	for _, d := range s.Message.Damage {
		v.warn("%s", d)
	}
	if n := s.Message.DamageCount - len(s.Message.Damage); n > 0 {
		v.warn("%d more damaged places", n)
	}
	v.compareImageSize(p.Size, s.Message.ImageText, s.Message.ImageString)
	return v
}
