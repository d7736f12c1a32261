package render

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"mqtool/codec"
)

func TestHasLinks(t *testing.T) {
	for environment, want := range map[string]bool{
		"":                                   false,
		"TERM=xterm-256color":                false,
		"TERM=xterm-kitty":                   true,
		"TERM=foot":                          true,
		"TERM=dumb WT_SESSION=1":             false,
		"TERM=xterm-256color WT_SESSION=1":   true,
		"TERM_PROGRAM=vscode":                true,
		"TERM_PROGRAM=Apple_Terminal":        false,
		"VTE_VERSION=7402":                   true,
		"VTE_VERSION=5001":                   false,
		"VTE_VERSION=7402 TMUX=/tmp/x,1,0":   false,
		"TERM=screen-256color VTE_VERSION=1": false,
	} {
		variables := map[string]string{}
		for word := range strings.FieldsSeq(environment) {
			name, value, _ := strings.Cut(word, "=")
			variables[name] = value
		}
		if got := HasLinks(func(name string) string { return variables[name] }); got != want {
			t.Errorf("%s: %v", environment, got)
		}
	}
}

// TestLinkedName: the name of a saved picture is a link to it, also where it is folded, and
// whatever characters it has.
func TestLinkedName(t *testing.T) {
	const begin, end = "\x1b]8;;", "\x07"
	for _, name := range []string{"pictures/a.jpg", "pictures/" + strings.Repeat("long name ", 12) + ".jpg", "a\x1b]8;;http://evil\x07b;\u202E\n.jpg", "100%;#?.jpg"} {
		for _, columns := range []int{0, 40} {
			text := NewText(NewStyle(false), Layout{Width: func() int { return columns }, Links: true})
			line := string(text.Append(nil, &Envelope{Device: "5CC5638AE24C", Value: codec.Raw{}, Output: name}))
			shown := ""
			for rest := line; ; {
				before, after, ok := strings.Cut(rest, begin)
				shown += before
				if !ok {
					break
				}
				var target, label string
				target, after, _ = strings.Cut(after, end)
				label, rest, ok = strings.Cut(after, begin+end)
				if strings.Contains(label, "\x1b") || !ok {
					t.Fatalf("%q", line)
				}
				shown += label
				u, err := url.Parse(target)
				if want, _ := filepath.Abs(name); err != nil || u.Scheme != "file" || u.Path != filepath.ToSlash(want) {
					t.Errorf("%q leads to %q, %v", name, target, err)
				}
			}
			plain := NewText(NewStyle(false), Layout{Width: func() int { return columns }})
			if want := string(plain.Append(nil, &Envelope{Device: "5CC5638AE24C", Value: codec.Raw{}, Output: name})); shown != want || !strings.Contains(line, begin) {
				t.Errorf("%q, want\n%q", line, want)
			}
		}
	}
}
