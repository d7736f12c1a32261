package codec

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"mqtool/codec/dump"
	"mqtool/codec/jpeg"
)

// A DumpSnapshot is a picture, and what the dump or payload around it says about it.
type DumpSnapshot struct {
	Message dump.Message // the message that it was found in
	Picture Opt[jpeg.Picture]
	Head    []byte // without a picture: how the bytes begin that should be a picture
	cut     string // without a picture: why a PNG, GIF or WebP is not whole
}

// A SnapshotScanner finds the pictures in a dump, one after the other, in constant memory.
// It reads payloads as well, so that a message means the same live and from a file.
type SnapshotScanner struct {
	dump     *dump.Reader
	jpegs    *jpeg.Reader
	message  *dump.Message // the current one; nil between two messages
	pictures int           // how many pictures the current message had so far
	pixels   bool          // one of these pictures had a scan

	pictured int64        // the last record with a picture
	bare     DumpSnapshot // the snapshot of a record that has had no picture so far
	complete DumpSnapshot // the snapshot of a record that ended without a picture

	cut  int64  // the line of the last message, if its picture is cut
	rest string // where the rest of a cut picture may be

	foreign string // names the first message that is not a JPEG and has a known format
	unnamed int    // how many more messages are searched for that
}

// maxNamed is how many messages without a picture are searched for what they have in its
// place. The number is bounded because a log has millions of messages.
const maxNamed = 16

// NewSnapshotScanner returns a scanner of the pictures in r.
func NewSnapshotScanner(r io.Reader, mode dump.Mode) *SnapshotScanner {
	return &SnapshotScanner{dump: dump.NewReader(r, mode).WithObjects(), jpegs: jpeg.NewReader(nil), unnamed: maxNamed}
}

// reset makes the scanner start anew with a payload.
func (s *SnapshotScanner) reset(payload []byte) {
	if s.jpegs == nil {
		s.jpegs = jpeg.NewReader(nil)
	}
	*s = SnapshotScanner{dump: dump.NewBytesReader(payload, dump.Recognize).WithObjects(), jpegs: s.jpegs}
}

// Next finds the next picture and copies it to w. It returns io.EOF if there is none. A
// message that should have a picture but has none is returned without it. Other messages
// are skipped. See [jpeg.Reader.Next].
func (s *SnapshotScanner) Next(w io.Writer) (DumpSnapshot, error) {
	for {
		found, err := s.nextInRecord(w)
		if err != nil || found.Picture.Set || found.isMissing() {
			return found, err
		}
	}
}

// nextInRecord finds the next picture, or the next JSON object without one. An object may
// have several strings that could be pictures.
func (s *SnapshotScanner) nextInRecord(w io.Writer) (DumpSnapshot, error) {
	for {
		if found := s.complete; found.Message.Record != 0 {
			s.complete = DumpSnapshot{}
			return found, nil
		}
		found, err := s.next(w)
		record := found.Message.Record
		if s.bare.Message.Record != record || err != nil {
			s.complete, s.bare = s.bare, DumpSnapshot{}
		}
		switch {
		case err == io.EOF && s.complete.Message.Record != 0:
		case err != nil:
			return found, err
		case found.Picture.Set, found.cut != "":
			s.pictured, s.bare = record, DumpSnapshot{}
			return found, nil
		case record != s.pictured && (s.bare.Message.Record == 0 || found.isMissing()):
			s.bare = found
		}
	}
}

// GiveUp gives up the current message after a panic: see [dump.Reader.GiveUp].
func (s *SnapshotScanner) GiveUp() (line, start, end int64) {
	s.message, s.bare, s.complete = nil, DumpSnapshot{}, DumpSnapshot{}
	return s.dump.GiveUp()
}

// next finds the next picture, or the next message without one.
func (s *SnapshotScanner) next(w io.Writer) (DumpSnapshot, error) {
	if s.message == nil {
		m, err := s.dump.Next()
		if err != nil {
			return DumpSnapshot{}, err
		}
		s.message, s.pictures, s.pixels = m, 0, false
		s.jpegs.Reset(s.dump)
		if found, err := s.findOther(w); found.Set || err != nil {
			return s.foundOther(found.Value), err
		}
	}
	p, err := s.jpegs.Next(w)
	m := *s.message
	switch {
	case err == nil:
		s.pictures++
		s.pixels = s.pixels || p.State != jpeg.Empty
		s.cut = 0
		if p.State == jpeg.Truncated {
			s.cut = m.Position.Line
		}
		return DumpSnapshot{Message: m, Picture: Some(p)}, nil
	case err != io.EOF:
		return DumpSnapshot{}, err
	}
	if !s.pixels && len(s.dump.Findings()) == 0 { // the damage of the message may be the reason
		for _, d := range m.Damage[:min(len(m.Damage), 3)] {
			s.dump.Note(d)
		}
	}
	s.message = nil
	if s.pictures > 0 {
		return s.next(w)
	}
	head := s.jpegs.Passed()
	found := DumpSnapshot{Message: m, Head: head}
	s.noteRest(m, head)
	s.nameForeign(found)
	return found, nil
}

// foundOther notes a picture that is not a JPEG. Behind a whole one there may be JPEGs; one
// that is cut ends its message.
func (s *SnapshotScanner) foundOther(found DumpSnapshot) DumpSnapshot {
	s.cut = 0
	if found.Picture.Set {
		s.pictures, s.pixels = 1, true
		return found
	}
	s.message = nil
	s.nameForeign(found)
	return found
}

// nameForeign names what the first messages without a picture have in its place.
func (s *SnapshotScanner) nameForeign(found DumpSnapshot) {
	if s.foreign == "" && s.unnamed > 0 {
		s.unnamed--
		s.foreign = foreignIn(found.Head, found.Message, found.cut)
	}
}

// noteRest notes bytes without a beginning that follow a picture which is cut.
func (s *SnapshotScanner) noteRest(m dump.Message, head []byte) {
	const enough = 32
	if len(head) < enough {
		return // an empty message or a single word
	}
	if s.cut > 0 && s.rest == "" && !utf8.Valid(head[:enough]) && FormatOf(head) == "" {
		s.rest = fmt.Sprintf("line %d goes on without a beginning: it may be the rest of the picture in line %d, which is cut; print the payload in one line, or save it as a file", m.Position.Line, s.cut)
	}
	s.cut = 0
}

// Rest tells where a cut picture may go on, if nothing says so for certain.
func (s *SnapshotScanner) Rest() string { return s.rest }

// foreignIn names what a message without a picture has in its place. cut is that name if
// it is already known.
func foreignIn(head []byte, m dump.Message, cut string) string {
	const most = 4096
	head = head[:min(len(head), most)]
	switch name := cmp.Or(cut, FormatOf(head)); {
	case name != "" && m.Layout != "" && m.Layout != "bytes":
		return inLayout(name, m.Layout)
	case name != "":
		return name
	}
	if name := FormatIn(head); name != "" {
		return name
	}
	return FormatIn(m.Object[:min(len(m.Object), most)])
}

// isMissing reports whether a message without a picture says that it has one.
func (s DumpSnapshot) isMissing() bool {
	if s.cut != "" {
		return true
	}
	if len(s.Message.Object) == 0 || s.Message.Key == "" && !bytes.Contains(s.Message.Object, []byte(`"image"`)) {
		return false
	}
	o, err := parseCameraObject(s.Message.Object)
	return err == nil && (o.MAC != "" || !o.SentAt.IsZero()) && (o.image != "" || isImageKey(s.Message.Key) || bytes.HasPrefix(s.Head, []byte(jpeg.Start)))
}

// IsPartial reports whether the message holds a PNG, GIF or WebP that is not whole. A JPEG
// in it is a thumbnail.
func (s DumpSnapshot) IsPartial() bool { return s.cut != "" }

// isImageKey reports whether a camera puts its picture under a key.
func isImageKey(key string) bool { return equalFoldASCII(key, "image") }

// Layouts names the layouts that the first messages were recognized as, whether they had a
// picture or not.
func (s *SnapshotScanner) Layouts() []string { return s.dump.Layouts() }

// Foreign names what was found in place of a JPEG, and how it is written: "a PNG picture
// in base64". It returns "" if the format is unknown.
func (s *SnapshotScanner) Foreign() string { return s.foreign }

// Captured reports whether the input consists of network packets. If no picture was found
// in such input, its bytes must not be searched for one.
func (s *SnapshotScanner) Captured() bool { return s.dump.Captured() }

// Findings tells which parts of the input cannot be decoded without loss, what to do
// instead, and where messages without a picture are damaged.
func (s *SnapshotScanner) Findings() []string { return s.dump.Findings() }

// Damaged returns how many damaged places of the text concern the picture, and the first
// of them. Damage before and behind the picture is only a warning.
func (s DumpSnapshot) Damaged() (first dump.Damage, n int) {
	p := s.Picture.Value
	return s.Message.DamageIn(p.Offset, p.Offset+p.Size)
}

// noPicture is what Missing says about a message that does not claim to have a picture.
const noPicture = "no picture in the message"

// Value returns what the message says, without the picture itself.
func (s DumpSnapshot) Value() CameraSnapshot {
	m, p := &s.Message, s.Picture.Value
	v := CameraSnapshot{Generation: GenerationA, Prefix: p.Prefix, Trailer: int(p.After)}
	_, v.Damaged = s.Damaged()
	object := m.Object
	if len(object) > 0 {
		v.Generation = GenerationB
	} else {
		object = objectIn(p.Prefix)
	}
	image := ""
	if object != nil {
		o, err := parseCameraObject(object)
		image = o.image
		v.CameraInfo, v.Values, v.Rest, v.Prefix = o.CameraInfo, o.values, o.Rest, nil
		if err != nil {
			v.warn("only the picture could be read: %v", err)
		}
	}
	if m.Mended != "" {
		v.warn("the message ends too early: %s was added", quoteForeign(m.Mended))
	}
	switch {
	case s.Picture.Set:
		s.addPicture(&v)
	case s.cut != "":
		v.Missing = "the image is not a JPEG, but " + s.cut
	case !s.isMissing():
		v.Missing = noPicture
	case len(s.Head) > 0:
		v.Missing = "the image is not a JPEG, but " + Describe(s.Head)
	case image != "" && image != `""`:
		v.Missing = "the image is not a JPEG, but " + cmp.Or(FormatIn([]byte(image)), quoteForeign(image))
	default:
		v.Missing = noPicture
	}
	if v.Missing != "" {
		v.warn("%s", v.Missing)
	}
	if m.Shortened && (s.cut != "" || s.Picture.Set && p.State == jpeg.Truncated) {
		v.warn("%s", dump.ShortenedText)
	}
	for _, d := range m.Damage {
		v.warn("%s", d)
	}
	if n := m.DamageCount - len(m.Damage); n > 0 {
		v.warn("%d more damaged places", n)
	}
	if s.Picture.Set {
		v.compareImageSize(p.Size, m.ImageText, m.ImageString)
	}
	return v
}

// addPicture adds the picture to the value of its message.
func (s DumpSnapshot) addPicture(v *CameraSnapshot) {
	m, p := &s.Message, s.Picture.Value
	if v.Generation == GenerationB {
		if m.Key != "" && !isImageKey(m.Key) && strings.HasPrefix(m.Layout, "base64 in JSON") && v.known() {
			v.warn("the picture was found under %s", quoteForeign(m.Key))
		}
		if p.Before > 0 {
			v.warn("%d bytes stand before the picture in the image", p.Before)
		}
	}
	v.setPicture(p, nil)
}

// known reports whether the message says anything about itself.
func (c CameraInfo) known() bool { return c != CameraInfo{} }

// objectIn returns the JSON object that text holds, or nil.
func objectIn(text []byte) []byte {
	start, end := bytes.IndexByte(text, '{'), bytes.LastIndexByte(text, '}')
	if start < 0 || end < start || !json.Valid(text[start:end+1]) {
		return nil
	}
	return text[start : end+1]
}
