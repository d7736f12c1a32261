package render

import (
	"github.com/fatih/color"
)

// A Style is the set of colors of one stream. The color library decides by
// looking at standard output only, so each Style is told whether its stream is
// colored.
type Style struct {
	colored                                              bool
	device, tag, in, out, warning, bad, faint, highlight *color.Color
}

// NewStyle returns the style of a stream, colored or plain.
func NewStyle(colored bool) *Style {
	pick := func(attributes ...color.Attribute) *color.Color {
		c := color.New(attributes...)
		if colored {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c
	}
	return &Style{
		colored:   colored,
		device:    pick(color.FgCyan),
		tag:       pick(color.Bold),
		in:        pick(color.FgGreen),
		out:       pick(color.FgYellow),
		warning:   pick(color.FgYellow),
		bad:       pick(color.FgRed, color.Bold),
		faint:     pick(color.Faint),
		highlight: pick(color.Bold),
	}
}

// Place formats the place of an error, as file:line.
func (s *Style) Place(place string) string { return s.highlight.Sprint(Safe(place)) }

// append appends text in a color; nil means the terminal's default. The text
// must already be safe.
func (s *Style) append(dst []byte, c *color.Color, text string) []byte {
	if c == nil || !s.colored {
		return append(dst, text...)
	}
	return append(dst, c.Sprint(text)...)
}
