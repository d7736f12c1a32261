package cmdline

import (
	"strings"
	"testing"
)

func TestWrapUsages(t *testing.T) {
	words := strings.Repeat("word ", 18)
	for _, tt := range []struct{ help, want string }{
		{"   --a A  " + words + "end\n", "   --a A  " + strings.TrimSpace(words) + "\n          end\n"},
		{"   --a A  " + words + "end [$MQTOOL_A]\n", "   --a A  " + strings.TrimSpace(words) + "\n          end [$MQTOOL_A]\n"},
		{"   --a A  short\n   " + words + "end\n", "   --a A  short\n   " + words + "end\n"},
		{"   --a is " + words + words + "\n", "   --a is " + words + words + "\n"},
	} {
		if got := wrapUsages(tt.help, HelpWidth); got != tt.want {
			t.Errorf("%q:\ngot  %q\nwant %q", tt.help, got, tt.want)
		}
	}
}
