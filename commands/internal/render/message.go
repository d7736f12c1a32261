package render

import "github.com/fatih/color"

// A Level says how important a message to a person is.
type Level int

// The levels. A note is printed without a word for its level.
const (
	Note    Level = iota
	Warning       // the command goes on, but something is wrong or was lost
	Error         // the command failed
)

// AppendMessage appends a message of a command to a person, which is not one of
// its results, with a line end. It is folded for a terminal with so many
// columns; 0 means that it is not folded:
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

// AppendFolded appends a line of text with a line end. It is folded for a
// terminal with so many columns; 0 means that it is not folded.
func (s *Style) AppendFolded(dst []byte, columns int, text string) []byte {
	f := folder{style: s}
	f.start(dst, columns)
	f.words(nil, Safe(text))
	return f.end()
}
