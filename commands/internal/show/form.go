// Package show draws pictures in a terminal:
//
//   - form.go chooses the way to draw, by an option and the environment,
//   - screen.go scales a picture to the window and writes it.
package show

import (
	"os"
	"slices"
	"strings"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/cmdline"
)

// A Form is a way to draw a picture in a terminal.
type Form string

// The forms, in the words of --show.
const (
	Auto   Form = "auto"   // the best form of the terminal, as the environment shows
	Kitty  Form = "kitty"  // https://sw.kovidgoyal.net/kitty/graphics-protocol/
	ITerm2 Form = "iterm2" // https://iterm2.com/documentation-images.html
	Sixel  Form = "sixel"  // DEC VT340
	Blocks Form = "blocks" // characters, two pixels each
	Off    Form = "off"
)

// Flag returns a new option that says how pictures are shown.
func Flag(destination *string, value Form) cmdline.Flag {
	*destination = string(value)
	words := []string{string(Auto), string(Kitty), string(ITerm2), string(Sixel), string(Blocks), string(Off)}
	return cmdline.Spec{
		Name: "show", Usage: "show the pictures in the terminal: `HOW` is " + strings.Join(words, ", "),
	}.OneOf(destination, words...)
}

// Wanted reports whether a word of Flag asks for pictures.
func Wanted(word string) bool { return word != "" && Form(word) != Off }

// On returns standard output as a screen that shows pictures as a word of Flag says. It
// returns nil if no pictures are shown. With Auto, no pictures are shown unless standard
// output is a terminal.
func On(env *app.Env, word string) *Screen {
	if Form(word) == Auto && !env.StdoutTerminal {
		return nil
	}
	columns, rows := env.Window()
	return NewScreen(Form(word), columns, rows, os.Getenv)
}

// A hint tells how the environment shows that a terminal has a form. terms are prefixes of
// TERM, programs are values of TERM_PROGRAM, and variable is a variable that only this
// terminal sets.
type hint struct {
	form     Form
	terms    []string
	programs []string
	variable string
}

// hints are the terminals that are known to have one of the forms.
var hints = []hint{
	{form: Kitty, terms: []string{"xterm-kitty", "xterm-ghostty"}, programs: []string{"ghostty"}, variable: "KITTY_WINDOW_ID"},
	{form: ITerm2, programs: []string{"iTerm.app", "WezTerm", "mintty"}, variable: "ITERM_SESSION_ID"},
	{form: Sixel, terms: []string{"foot", "mlterm", "contour", "yaft", "xterm-sixel", "vt340"}},
}

// Detect finds out from the environment how a terminal shows pictures. It does not query
// the terminal, because a late answer would be read as typed input. Inside tmux and
// screen, which pass on characters only, it chooses Blocks.
func Detect(getenv func(string) string) Form {
	term := getenv("TERM")
	switch {
	case term == "dumb" || getenv("NO_COLOR") != "":
		return Off
	case getenv("TMUX") != "", getenv("STY") != "", strings.HasPrefix(term, "tmux"), strings.HasPrefix(term, "screen"):
		return Blocks
	}
	for _, h := range hints {
		begins := func(name string) bool { return strings.HasPrefix(term, name) }
		if slices.ContainsFunc(h.terms, begins) || slices.Contains(h.programs, getenv("TERM_PROGRAM")) || h.variable != "" && getenv(h.variable) != "" {
			return h.form
		}
	}
	return Blocks
}

// hasAllColors reports whether a terminal has 24-bit color, and not only 256 colors.
func hasAllColors(getenv func(string) string) bool {
	c := getenv("COLORTERM")
	return c == "truecolor" || c == "24bit" || strings.HasSuffix(getenv("TERM"), "-direct")
}
