package render

import (
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestSafe(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"plain", `DA1275B0 "tag" \ ~`, `DA1275B0 "tag" \ ~`},
		{"empty", "", ""},
		{"letters", "Grüße 門 😀", "Grüße 門 😀"},
		{"line ends", "a\r\nb\tc", `a\r\nb\tc`},
		{"escape sequence", "\x1b[31mred\x1b]0;title\a", `\x1b[31mred\x1b]0;title\x07`},
		{"NUL and DEL", "\x00\x7f", `\x00\x7f`},
		{"C1", "\u0085\u009b31m", `\u0085\u009b31m`},
		{"raw C1 byte", "\x9b31m", `\x9b31m`},
		{"not UTF-8", "a\xff\xfeb\xc3", `a\xff\xfeb\xc3`},
		{"surrogate", "\xed\xa0\x80", `\xed\xa0\x80`},
		{"replacement character", "\ufffd", "\ufffd"},
		{"bidi override", "a\u202eb\u202c", `a\u202eb\u202c`},
		{"bidi isolate", "\u2066x\u2069", `\u2066x\u2069`},
		{"marks of direction", "\u200e\u200f\u061c", `\u200e\u200f\u061c`},
		{"invisible", "a\u200bb\ufeff\u2028\u00ad", `a\u200bb\ufeff\u2028\u00ad`},
		{"no-break space", "\u00a0", `\u00a0`},
		{"beyond the BMP", "\U000e0041", `\U000e0041`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Safe(tt.in); got != tt.want {
				t.Errorf("Safe(%q) = %q, want %q", tt.in, got, tt.want)
			}
			if got := string(AppendSafe([]byte("x"), tt.in)); got != "x"+tt.want {
				t.Errorf("AppendSafe(x, %q) = %q, want %q", tt.in, got, "x"+tt.want)
			}
		})
	}
}

func FuzzSafe(f *testing.F) {
	f.Add("DA1275B0\x1b[31m\u202e\xff")
	f.Fuzz(func(t *testing.T, s string) {
		safe := Safe(s)
		if !utf8.ValidString(safe) {
			t.Fatalf("Safe(%q) = %q is not UTF-8", s, safe)
		}
		for _, r := range safe {
			if !unicode.IsPrint(r) {
				t.Fatalf("Safe(%q) = %q holds %q", s, safe, r)
			}
		}
		if Safe(safe) != safe {
			t.Fatalf("Safe(%q) is not stable", s)
		}
	})
}

func TestExcerpt(t *testing.T) {
	long := "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for _, tt := range []struct {
		name, line string
		offset     int
		want       string
	}{
		{"start", "$SCRDR", 0, "    $SCRDR\n    ^\n"},
		{"inside", "$SCRDR;13", 7, "    $SCRDR;13\n           ^\n"},
		{"end", "$SC", 3, "    $SC\n       ^\n"},
		{"beyond", "$SC", 9, "    $SC\n       ^\n"},
		{"negative", "$SC", -1, "    $SC\n    ^\n"},
		{"escapes count", "\x1b$SC;é;x", 8, "    \\x1b$SC;é;x\n              ^\n"},
		{
			"window", long, 60,
			"    ...fghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijk...\n" +
				"                                                    ^\n",
		},
		{
			"window at the end", long, len(long),
			"    ...UVWXYZ0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\n" +
				"                                                                           ^\n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Excerpt(tt.line, tt.offset, NewStyle(false)); got != tt.want {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
		})
	}
}
