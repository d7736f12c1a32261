package listen

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"

	"mqtool/codec"
	"mqtool/codec/jpeg"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/show"
)

// A Printer prints values, or the payloads that hold them. It buffers its
// output until Flush.
type Printer struct {
	w      io.Writer
	format Format
	text   *render.Text // for FormatText
	screen *show.Screen // shows pictures above their lines, with FormatText; or nil
	sync   func() error // waits until the output is on the disk; or nil
	out    []byte       // printed but not yet written
}

// A Format is how a Printer writes a value.
type Format int

// The formats.
const (
	FormatText Format = iota // for people
	FormatJSON               // one object a line
	FormatRaw                // the payload, byte by byte
	FormatHex                // the payload, on a line of its own
)

// NewPrinter returns a printer. Only FormatText needs text.
func NewPrinter(w io.Writer, format Format, text *render.Text) *Printer {
	return &Printer{w: w, format: format, text: text}
}

// Take prints a value.
func (p *Printer) Take(_ context.Context, item *Item) error {
	switch p.format {
	case FormatText:
		if p.screen != nil {
			p.show(item)
		}
		p.out = p.text.Append(p.out, &item.Envelope)
	case FormatJSON:
		p.out = append(item.Envelope.AppendJSON(p.out), '\n')
	default:
		if !item.First { // print a payload only once, however many values it holds
			return nil
		}
		if p.format == FormatRaw {
			p.out = append(p.out, item.Message.Payload...)
		} else {
			p.out = append(hex.AppendEncode(p.out, item.Message.Payload), '\n')
		}
	}
	item.Printed = true
	return nil
}

// show shows the picture of a value, if it has one.
func (p *Printer) show(item *Item) {
	picture, image, _ := codec.PictureOf(item.Value)
	if !picture.Set || picture.Value.State == jpeg.Empty {
		return
	}
	var b bytes.Buffer
	if err := p.screen.Draw(&b, image); err != nil {
		item.warn("the picture cannot be shown: " + err.Error())
	}
	p.out = append(p.out, b.Bytes()...)
}

// Pending returns how many bytes are printed but not yet written.
func (p *Printer) Pending() int { return len(p.out) }

// Flush writes what is printed, and syncs it if that was asked for.
func (p *Printer) Flush() error {
	if len(p.out) == 0 {
		return nil
	}
	if _, err := p.w.Write(p.out); err != nil {
		return err
	}
	p.out = p.out[:0]
	if cap(p.out) > 4*maxBlock {
		p.out = nil // do not keep the memory of one large payload
	}
	if p.sync != nil {
		return p.sync()
	}
	return nil
}

// Account returns nothing, because a failed write ends the listener.
func (p *Printer) Account() []string { return nil }
