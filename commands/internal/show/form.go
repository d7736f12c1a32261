// Package show draws pictures in a terminal:
//
//   - form.go decides how, by an option and the environment,
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
	Auto   Form = "auto"   // what the environment says that the terminal has
	Kitty  Form = "kitty"  // https://sw.kovidgoyal.net/kitty/graphics-protocol/
	ITerm2 Form = "iterm2" // https://iterm2.com/documentation-images.html
	Sixel  Form = "sixel"  // DEC VT340
	Blocks Form = "blocks" // characters, two pixels each
	Off    Form = "off"
)

// Flag is a fresh option that says how pictures are shown, in words.
func Flag(destination *string, value Form) cmdline.Flag {
	*destination = string(value)
	words := []string{string(Auto), string(Kitty), string(ITerm2), string(Sixel), string(Blocks), string(Off)}
	return cmdline.Spec{
		Name: "show", Usage: "show the pictures in the terminal: `HOW` is " + strings.Join(words, ", "),
	}.OneOf(destination, words...)
}

// Wanted reports whether a word of Flag asks for pictures.
func Wanted(word string) bool { return word != "" && Form(word) != Off }

// On returns standard output as a screen that shows pictures as a word of Flag says. It is
// nil when it shows none, as what is no terminal does unless a form was asked for.
func On(env *app.Env, word string) *Screen {
	if Form(word) == Auto && !env.StdoutTerminal {
		return nil
	}
	columns, rows := env.Window()
	return NewScreen(Form(word), columns, rows, os.Getenv)
}

// hint is a variable of the environment that tells what a terminal has. Terms are
// beginnings of TERM or values of TERM_PROGRAM; variable is one that only it sets.
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

// Detect finds out by its environment how a terminal shows pictures. Nothing is asked of
// the terminal: an answer that comes late would be taken for what somebody types. Inside
// of tmux and screen, which pass only characters through, these are it.
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

// hasAllColors reports whether a terminal has 24 bits of color, and not 256 of them.
func hasAllColors(getenv func(string) string) bool {
	c := getenv("COLORTERM")
	return c == "truecolor" || c == "24bit" || strings.HasSuffix(getenv("TERM"), "-direct")
}
