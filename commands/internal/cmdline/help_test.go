package cmdline

import (
	"strings"
	"testing"
)

func TestWrapHelp(t *testing.T) {
	words := strings.Repeat("word ", 18)
	for _, tt := range []struct{ help, want string }{
		{"   --a A  " + words + "end\n", "   --a A  " + strings.TrimSpace(words) + "\n          end\n"},
		{"   --a A  " + words + "end [$MQTOOL_A]\n", "   --a A  " + strings.TrimSpace(words) + "\n          end [$MQTOOL_A]\n"},
		{"   --a A  short\n   " + words + "end\n", "   --a A  short\n   " + words + "end\n"},
		{"   --a is " + words + words + "\n", "   --a is " + words + words + "\n"},
	} {
		if got := wrapHelp(tt.help, HelpWidth); got != tt.want {
			t.Errorf("%q:\ngot  %q\nwant %q", tt.help, got, tt.want)
		}
	}
}

// TestWrapDescription checks that a paragraph is filled again on a narrow terminal, and
// that the indented lines in it stay unchanged.
func TestWrapDescription(t *testing.T) {
	const help = "USAGE:\n   mqtool x\n\nDESCRIPTION:\n   One two three four five\n   six seven.\n\n      1,2,3,4,5,6,7,8,9,10,11\n\n   Eight.\n\nEXIT CODES: 0 done, 1 failed\n"
	const want = "USAGE:\n   mqtool x\n\nDESCRIPTION:\n   One two three\n   four five six\n   seven.\n\n      1,2,3,4,5,6,7,8,9,10,11\n\n   Eight.\n\nEXIT CODES: 0 done,\n   1 failed\n"
	if got := wrapHelp(help, 20); got != want {
		t.Errorf("got\n%s", got)
	}
	if got := wrapHelp(help, HelpWidth); got != help {
		t.Errorf("a wide one is changed:\n%s", got)
	}
}
