package render

import (
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"

	"mqtool/codec"
)

// Names whose width differs from their number of characters.
var wideNames = []struct {
	text  string
	width int // in a terminal
}{
	{"gate", 4},
	{"Tür", 3},
	{"Tu\u0308r", 3},          // with an accent that combines
	{"大门口", 6},                // wide
	{"ｷｰ", 2},                 // of half width
	{"ｇａｔｅ", 8},               // of full width
	{"대문", 4},                 // Hangul syllables
	{"\u1103\u1162\u1106", 4}, // letters that combine into such
	{"a\u034f\ufe0fb", 2},     // with characters of no width
	{"\U0001f600", 2},         // an emoji
	{"±§", 2},                 // ambiguous: wide in some locales
	{"a\u200db", 8},           // invisible, so escaped
	{"", 0},
}

func TestWidth(t *testing.T) {
	asian := runewidth.DefaultCondition.EastAsianWidth
	t.Cleanup(func() { runewidth.EastAsianWidth, runewidth.DefaultCondition.EastAsianWidth = asian, asian })
	for _, asian := range []bool{false, true} { // as the library would set it in such a locale
		runewidth.EastAsianWidth, runewidth.DefaultCondition.EastAsianWidth = asian, asian
		for _, tt := range wideNames {
			if got := width(Safe(tt.text)); got != tt.width {
				t.Errorf("%v: %q takes %d columns, want %d", asian, tt.text, got, tt.width)
			}
		}
	}
}

// The text after a name begins in the same column, whatever the name is.
func TestColumnsOfWideNames(t *testing.T) {
	const widest = 8
	style := NewStyle(false)
	text, table := NewText(style, Layout{}), NewDevices(style, Layout{}, true)
	var names []string
	for _, n := range wideNames {
		names = append(names, Safe(n.text))
		table.Fit(&DeviceReport{Name: n.text})
		text.Append(nil, &Envelope{Device: n.text, Value: codec.Hello{}})
	}
	checks := NewChecks(style, Layout{}, names)
	for i, n := range wideNames {
		if n.text == "" {
			continue
		}
		blanks := strings.Repeat(" ", widest-n.width+gap)
		for _, got := range []struct{ what, line, want string }{
			{"text", string(text.Append(nil, &Envelope{Device: n.text, Value: codec.Hello{}})), names[i] + blanks + "hello  no tag\n"},
			{"table", string(table.Append(nil, &DeviceReport{Device: n.text, Name: n.text, Family: "f", State: DeviceAwake})), names[i] + blanks + "f  awake  -\n"},
			{"checks", string(checks.Append(nil, &Check{Name: names[i], State: CheckWarning})), "warning  " + names[i] + blanks + "      0s\n"},
			{"excerpt", Excerpt(n.text+";x", len(n.text)+1, style), "    " + names[i] + ";x\n" + strings.Repeat(" ", 4+n.width+1) + "^\n"},
		} {
			if got.line != got.want {
				t.Errorf("%s of %q\n got %q\nwant %q", got.what, n.text, got.line, got.want)
			}
		}
	}
}
