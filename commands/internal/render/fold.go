package render

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/fatih/color"
)

// A folder writes the texts of one line side by side. On a terminal it starts a
// new, indented line where the next text would not fit. A text that is longer
// than a line is broken between words if possible.
type folder struct {
	style   *Style
	columns int // of the terminal; 0: the line is never folded
	indent  int // of the lines after the first

	line    []byte
	at      int    // column in which the line ends
	padding int    // blanks that are written before the next text
	link    string // URL that texts lead to, or ""
}

// hanging is the usual indent of the lines after the first.
const hanging = 4

// start starts a line, which is appended to dst.
func (f *folder) start(dst []byte, columns int) {
	f.columns, f.indent = columns, hanging
	f.line, f.at, f.padding = dst, 0, 0
}

// end returns everything that was written, with a line end.
func (f *folder) end() []byte {
	line := append(f.line, '\n')
	f.line = nil
	return line
}

// column writes a text of some cells, and pads it so that the next text starts
// after the column. The text must already be safe.
func (f *folder) column(c *color.Color, text string, cells, column int) {
	if text != "" {
		f.write(c, text, cells)
	}
	f.padding += max(0, column-cells) + gap
}

// write writes the pending blanks and a text.
func (f *folder) write(c *color.Color, text string, cells int) {
	if f.columns == 0 || f.at+f.padding+cells <= f.columns {
		f.put(c, text, cells)
		return
	}
	longer := cells > f.columns-f.indent // it does not fit on any line, so it starts here if there is some room
	switch {
	case longer && f.columns-f.at-f.padding > f.columns/3:
	case f.at > 0:
		f.newLine()
	default: // the columns before it are empty
		f.padding = min(f.padding, f.indent)
	}
	f.words(c, text)
}

// words writes the pending blanks and a text, and breaks the text where the
// line is full.
func (f *folder) words(c *color.Color, text string) {
	for f.columns > 0 {
		room := f.columns - f.at - f.padding
		if width(text) <= room {
			break
		}
		part, rest := breakText(text, room)
		f.put(c, part, width(part))
		f.newLine()
		text = rest
	}
	f.put(c, text, width(text))
}

func (f *folder) put(c *color.Color, text string, cells int) {
	f.line = pad(f.line, f.padding)
	if f.link != "" { // each part of a text that is broken is a link of its own
		text = ansi.SetHyperlink(f.link) + text + ansi.ResetHyperlink()
	}
	f.line = f.style.append(f.line, c, text)
	f.at += f.padding + cells
	f.padding = 0
}

func (f *folder) newLine() {
	f.line = append(f.line, '\n')
	f.at, f.padding = 0, f.indent
}

// breakText cuts a text that is wider than the room: at the last blank that
// fits, or else after the last character that fits. The part has at least one
// character, so that folding comes to an end.
func breakText(text string, room int) (part, rest string) {
	end, used := 0, 0
	for end < len(text) {
		_, size := utf8.DecodeRuneInString(text[end:])
		// Combining characters stay with the character before them.
		for end+size < len(text) {
			_, next := utf8.DecodeRuneInString(text[end+size:])
			if width(text[end:end+size+next]) > width(text[end:end+size]) {
				break
			}
			size += next
		}
		cells := width(text[end : end+size])
		if used+cells > room && end > 0 {
			break
		}
		used += cells
		end += size
	}
	if i := strings.LastIndexByte(text[:end], ' '); i > 0 {
		return text[:i], strings.TrimLeft(text[i:], " ")
	}
	return text[:end], text[end:]
}
