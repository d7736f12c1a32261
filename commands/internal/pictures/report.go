package pictures

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"mqtool/codec"
	"mqtool/codec/jpeg"
	"mqtool/commands/internal/files"
	"mqtool/commands/internal/render"
)

// A pictureReport holds what is reported about one picture.
type pictureReport struct {
	input       string
	snapshot    codec.DumpSnapshot
	value       codec.CameraSnapshot
	file        *files.Pending // the picture, until it has its place; nil if it is not written
	image       []byte         // the picture, if its pixels are needed
	checked     chan struct{}  // closed when its pixels are decoded, and the following is known; nil if they are not
	fault       error          // a panic of the decoder
	missing     string         // which part of a cut picture is missing, if that is known
	verified    string         // what is wrong with its pixels, if they were checked
	keptPicture                // its name is "" if nothing was written
}

// isEmpty reports whether the picture has no pixels, so that nothing of it is written.
func (r *pictureReport) isEmpty() bool { return r.snapshot.Picture.Value.State == jpeg.Empty }

// trouble says briefly what is wrong with a picture, or with the text that holds it. It
// returns "" if nothing is.
func (r *pictureReport) trouble() string {
	p := r.snapshot.Picture.Value
	var parts []string
	switch {
	case !r.snapshot.Picture.Set:
		return r.value.Missing
	case p.State == jpeg.Empty:
		parts = append(parts, fmt.Sprintf("the picture is empty: %d bytes without a scan", p.Size))
	case p.State == jpeg.Truncated:
		parts = append(parts, render.CutPicture(p, r.missing))
	}
	if p.Unexpected > 0 {
		parts = append(parts, "the picture's data is damaged")
	}
	if len(p.Faults) > 0 {
		parts = append(parts, p.Faults[0])
	}
	if p.Orphan() {
		parts = append(parts, "this may be the thumbnail of a picture whose start is missing")
	} else if p.State == jpeg.Complete && p.Unexpected == 0 && len(p.Faults) == 0 && !p.Whole() {
		parts = append(parts, fmt.Sprintf("%d stray bytes inside the picture", p.Stray))
	}
	if r.verified != "" {
		parts = append(parts, r.verified)
	}
	if first, n := r.snapshot.Damaged(); n > 0 {
		parts = append(parts, fmt.Sprintf("the text is damaged, first in line %d, column %d", first.Line, first.Column))
	}
	return strings.Join(parts, "; ")
}

// missingPart says in words which part of a cut picture is missing. It returns "" if no
// row is missing, as in a progressive picture that only lacks detail, or if nothing is
// known.
func missingPart(v jpeg.Verification) string {
	if v.Refused != "" || v.Rows == v.Height {
		return ""
	}
	switch share := 1 - float64(v.Rows)/float64(v.Height); {
	case share > 0.9:
		return "nearly all of it is missing"
	case share > 0.71:
		return "the lower three quarters are missing"
	case share > 0.58:
		return "the lower two thirds are missing"
	case share > 0.42:
		return "the lower half is missing"
	case share > 0.29:
		return "the lower third is missing"
	case share > 0.15:
		return "the lower quarter is missing"
	}
	return "its lower edge is missing"
}

// warnings returns the warnings of the message, worded for the user.
func (r *pictureReport) warnings() []string {
	var list []string
	p := r.snapshot.Picture.Value
	for _, w := range r.value.Warnings() {
		if render.SaysCut(w, p) {
			w = render.CutPicture(p, r.missing)
		}
		list = append(list, w)
	}
	if r.verified != "" {
		list = append(list, r.verified)
	}
	if r.aside != nil {
		list = append(list, "set aside: "+r.aside.Error())
	}
	return list
}

// text returns the report in one line.
func (r *pictureReport) text() string {
	p := r.snapshot.Picture.Value
	var b strings.Builder
	switch {
	case r.existed:
		fmt.Fprintf(&b, "%s (there already): ", render.Safe(r.name))
	case r.replaced:
		fmt.Fprintf(&b, "%s (replaced): ", render.Safe(r.name))
	case r.name != "":
		fmt.Fprintf(&b, "%s: ", render.Safe(r.name))
	}
	if !r.snapshot.Picture.Set {
		fmt.Fprintf(&b, "line %d of %s: warning: %s", r.snapshot.Message.Position.Line, render.Safe(r.input), render.Safe(strings.Join(r.warnings(), "; warning: ")))
		return b.String()
	}
	if p.Coding != "" {
		fmt.Fprintf(&b, "%dx%d %s ", p.Width, p.Height, p.Coding)
	}
	fmt.Fprintf(&b, "%s, %d bytes", p.Name(), p.Size+int64(p.Added))
	fmt.Fprintf(&b, ", from %s at line %d of %s", r.snapshot.Message.Layout, r.snapshot.Message.Position.Line, render.Safe(r.input))
	if p.Before > 0 {
		fmt.Fprintf(&b, ", %d bytes before it%s", p.Before, shown(p.Prefix))
	}
	if p.After > 0 {
		fmt.Fprintf(&b, ", %d bytes after it", p.After)
	}
	for _, w := range r.warnings() {
		b.WriteString("; warning: " + render.Safe(w))
	}
	if p.MPF {
		b.WriteString("; the camera put more pictures of the same shot behind it, see --index")
	}
	return b.String()
}

// shown shows a few bytes: as text if they are text, else as hex.
func shown(b []byte) string {
	const most = 24
	cut := b[:min(len(b), most)]
	if utf8.Valid(cut) && bytes.IndexFunc(cut, func(r rune) bool { return r < ' ' }) < 0 {
		return fmt.Sprintf(" (%s)", render.Safe(strconv.Quote(string(cut))))
	}
	return fmt.Sprintf(" (%x)", cut[:min(len(cut), 12)])
}

// envelope returns the message, with its place in the input and the place of the picture.
func (r *pictureReport) envelope() *render.Envelope {
	m := &r.snapshot.Message
	e := &render.Envelope{
		Time: m.Time, Topic: m.Topic, Family: "milesight", Value: r.value,
		Origin: render.Origin{Input: r.input, Layout: m.Layout, Line: m.Position.Line},
		Output: r.name,
	}
	if mac, err := codec.ParseMAC(r.value.MAC); err == nil {
		e.Device = mac
	}
	if r.verified != "" {
		e.Warnings = append(e.Warnings, r.verified)
	}
	if r.aside != nil {
		e.Warnings = append(e.Warnings, "set aside: "+r.aside.Error())
	}
	return e
}
