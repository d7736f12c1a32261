package render

import "github.com/fatih/color"

// A Level says how much a message to a person matters.
type Level int

// The levels. A note has no word for it.
const (
	Note    Level = iota
	Warning       // it goes on, but something is wrong, or was lost
	Error         // it failed
)

// AppendMessage appends what a command tells a person beside its results, with
// the end of the line, folded for a terminal of so many columns (0: not at all):
//
//	mqtool: warning: the connection is lost; connecting again
func (s *Style) AppendMessage(dst []byte, columns int, level Level, text string) []byte {
	f := folder{style: s}
	f.start(dst, columns)
	put := func(c *color.Color, text string) {
		f.write(c, text, width(text))
		f.padding = 1
	}
	put(nil, "mqtool:")
	switch level {
	case Warning:
		put(s.warning, "warning:")
	case Error:
		put(s.bad, "error:")
	}
	f.words(nil, Safe(text))
	return f.end()
}

// AppendFolded appends a line of text with its end, folded for a terminal of so
// many columns (0: not at all).
func (s *Style) AppendFolded(dst []byte, columns int, text string) []byte {
	f := folder{style: s}
	f.start(dst, columns)
	f.words(nil, Safe(text))
	return f.end()
}
