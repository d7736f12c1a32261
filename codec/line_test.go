package codec

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// exclusive and inclusive return a checksum as the parser returns it.
func exclusive(v byte) Opt[Checksum] { return Some(Checksum{v, RuleExclusive}) }
func inclusive(v byte) Opt[Checksum] { return Some(Checksum{v, RuleInclusive}) }

var lineTests = []struct {
	name string
	line string
	want Line
	text string // as printed again, when it differs from the line
}{
	{
		"the documented command", "$SCCMD;LEDS=92929292;BUZZ=0064\r\n",
		Line{Type: "SCCMD", Fields: []string{"LEDS=92929292", "BUZZ=0064"}},
		"$SCCMD;LEDS=92929292;BUZZ=0064",
	},
	{
		"exclusive checksum", "$SCCMD;LEDS=92929292;BUZZ=0064*51",
		Line{Type: "SCCMD", Fields: []string{"LEDS=92929292", "BUZZ=0064"}, Checksum: exclusive(0x51)},
		"",
	},
	{
		"inclusive checksum", "$SCCMD;LEDS=92929292;BUZZ=0064*5F",
		Line{Type: "SCCMD", Fields: []string{"LEDS=92929292", "BUZZ=0064"}, Checksum: inclusive(0x5F)},
		"",
	},
	{
		"checksum in small letters", "$SCCMD;SEQ=60*1d\n",
		Line{Type: "SCCMD", Fields: []string{"SEQ=60"}, Checksum: exclusive(0x1D)},
		"$SCCMD;SEQ=60*1D",
	},
	{"greeting", "$SCRDR*54", Line{Type: "SCRDR", Checksum: exclusive(0x54)}, ""},
	{
		"greeting with empty fields", "$SCRDR;;;;;;;;*5A",
		Line{Type: "SCRDR", Fields: make([]string, 8), Checksum: inclusive(0x5A)},
		"",
	},
	{"the only printed event, cut", "$SCRDR;13", Line{Type: "SCRDR", Fields: []string{"13"}}, ""},
	{"a type nobody knows", "$SCHBT;1", Line{Type: "SCHBT", Fields: []string{"1"}}, ""},
	{"line end, NUL and blanks behind", "$SCRDR;a \x00\r\n\x00 ", Line{Type: "SCRDR", Fields: []string{"a"}}, "$SCRDR;a"},
	{"blanks inside", "$SCRDR; a ;b *77", Line{Type: "SCRDR", Fields: []string{" a ", "b "}, Checksum: exclusive(0x77)}, ""},
	{"a star that starts no checksum", "$SCRDR;a*1;b*", Line{Type: "SCRDR", Fields: []string{"a*1", "b*"}}, ""},
	{"a star with digits inside a word", "$SCRDR;a;5*20cm", Line{Type: "SCRDR", Fields: []string{"a", "5*20cm"}}, ""},
	{"a star with digits before the checksum", "$SCRDR;a;5*20 cm*06", Line{Type: "SCRDR", Fields: []string{"a", "5*20 cm"}, Checksum: Some(Checksum{0x06, RuleExclusive})}, ""},
	{"colons beside semicolons", "$SCRDR;:;::;;:", Line{Type: "SCRDR", Fields: []string{":", "::", "", ":"}}, ""},
	{"text beyond ASCII", "$SCRDR;;;;;;;Tür", Line{Type: "SCRDR", Fields: []string{"", "", "", "", "", "", "Tür"}}, ""},
	{"bytes that are not text", "$SCRDR;\xFF\x7E\xFF", Line{Type: "SCRDR", Fields: []string{"\xFF\x7E\xFF"}}, ""},
	{
		"fields of several lengths", "$SCRDR;1234567;12345678;123456789;1;",
		Line{Type: "SCRDR", Fields: []string{"1234567", "12345678", "123456789", "1", ""}},
		"",
	},
}

func TestLine(t *testing.T) {
	for _, tt := range lineTests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseLine(tt.line)
			if err != nil {
				t.Fatal(err)
			}
			if tt.want.Fields == nil {
				tt.want.Fields = got.Fields[:0]
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("ParseMessage(%q)\n got %+v\nwant %+v", tt.line, got, tt.want)
			}
			want := tt.text
			if want == "" {
				want = tt.line
			}
			if text := tt.want.String(); text != want {
				t.Errorf("String is %q, want %q", text, want)
			}
		})
	}
}

// TestTrailing checks that the checksum is verified whatever text follows it, and that
// this text never gets into a field.
func TestTrailing(t *testing.T) {
	for _, message := range []string{
		"$SCRDR;13;01;01;;047DAE02C84080;I;00047DAE02C84080;*1F",
		"$SCRDR;13;01;01;;047DAE02C84080;I;00047DAE02C84080;*11",
		"$SCRDR;;;;;04;;;5*20 cm*63",
		"$SCCMD;SEQ=60*1D",
		"$SCRDR*54",
		"$SCABC;1;2*53",
	} {
		plain, err := ParseLine(message)
		if err != nil {
			t.Fatal(err)
		}
		wrong := message[:len(message)-1] + string("0123456789ABCDEF"[nibble[message[len(message)-1]]^3])
		for _, trailing := range []string{
			"'", `"`, ")", `\r\n'`, "</x>", " trailing", "\ttrailing", "]}", ", \"next\": 1", "\x1b[0m", ";", "&quot;", "|", "*", "*1", "*zz", "Ü", "\x00\x01",
		} {
			m, err := ParseLine(message + trailing)
			if err != nil {
				t.Errorf("%s%q: %v", message, trailing, err)
				continue
			}
			v, err := m.Decode()
			if err != nil || len(v.Warnings()) != 1 {
				t.Errorf("%s%q: warnings %q, %v", message, trailing, v.Warnings(), err)
			}
			if m.Trailing != trailing {
				t.Errorf("%s%q: %q is behind the checksum", message, trailing, m.Trailing)
			}
			if m.Trailing = ""; !reflect.DeepEqual(m, plain) {
				t.Errorf("%s%q: %+v, want %+v", message, trailing, m, plain)
			}
			if _, err := ParseLine(wrong + trailing); !errors.As(err, new(*ChecksumError)) {
				t.Errorf("%s%q: %v, want a checksum error", wrong, trailing, err)
			}
		}
	}
}

// TestCutLine checks that a second message on a line is a message of its own, and not text
// behind the checksum of the first.
func TestCutLine(t *testing.T) {
	const a, b = "$SCRDR;1;2*57", "$SCRDR;3;4*53"
	for line, want := range map[string]string{
		a:                               "",
		a + b:                           b,
		a + "', b'" + b + "'":           b + "'",
		a + " costs $SCALE or $5, " + b: b,
		a + "$SC;*00":                   "$SC;*00",
		"$SCRDR;1;2;$SCRDR;3":           "",
		a + " $SC":                      "",
	} {
		message, rest := CutLine(line)
		if rest != want || message+rest != line {
			t.Errorf("%s: %q and %q, want %q", line, message, rest, want)
		}
	}
}

// TestCutFields checks that every byte is treated the same at every place.
func TestCutFields(t *testing.T) {
	for c := range 256 {
		for _, around := range []string{"a", ";", "\x80", "\xFF"} {
			for n := range 4 {
				for at := range n + 1 {
					s := strings.Repeat(around, at) + string([]byte{byte(c)}) + strings.Repeat(around, n-at)
					body := "$SCRDR;" + s
					fields, xor, err := cutFields(nil, body)
					if i := strings.IndexFunc(body, func(r rune) bool { return r < ' ' || r == 0x7F }); i >= 0 {
						if offset, ok := Offset(err); !ok || offset != i {
							t.Fatalf("%q: %v at %d, want %d", body, err, offset, i)
						}
						continue
					}
					if err != nil || !slices.Equal(fields, strings.Split(s, ";")) || xor != xorAll(body[1:]) {
						t.Fatalf("%q is %q, %02X, %v", body, fields, xor, err)
					}
				}
			}
		}
	}
}

func TestLineErrors(t *testing.T) {
	long := "$SCRDR;" + strings.Repeat("0", MaxLine)
	tests := []struct {
		name, line string
		want       error
	}{
		{"nothing", "", &SyntaxError{0, `"" does not start with $SC`}},
		{"JSON", `{"TagId":"04"}`, &SyntaxError{0, `"{\"TagId\":\"04\"}" does not start with $SC`}},
		{"too short a type", "$SCRD;1", &SyntaxError{5, "message type is not $SC and three capital letters"}},
		{"too long a type", "$SCRDRX;1", &SyntaxError{6, "message type is not $SC and three capital letters"}},
		{"a type in small letters", "$SCrdr", &SyntaxError{3, "message type is not $SC and three capital letters"}},
		{"a type that is the checksum's", "$SC*54", &SyntaxError{3, "message type is not $SC and three capital letters"}},
		{"two lines", "$SCRDR;1\n$SCRDR;2", &SyntaxError{8, "control character 0x0A: a line holds printable text only"}},
		{"NUL inside", "$SCRDR;12345678;\x00;", &SyntaxError{16, "control character 0x00: a line holds printable text only"}},
		{"DEL in the last byte", "$SCRDR;1234\x7F", &SyntaxError{11, "control character 0x7F: a line holds printable text only"}},
		{"too long", long, &SyntaxError{MaxLine, "line of 65543 bytes is longer than 65536"}},
		{"text behind a wrong checksum", "$SCCMD;SEQ=60*1C trailing", &ChecksumError{Offset: 14, Got: 0x1C, Want: 0x1D}},
		{"two wrong checksums", "$SCCMD;SEQ=60*1C <*1E>", &ChecksumError{Offset: 19, Got: 0x1E, Want: 0x59}},
		{"wrong checksum", "$SCCMD;SEQ=60*1C", &ChecksumError{Offset: 14, Got: 0x1C, Want: 0x1D}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := ParseLine(tt.line)
			if !reflect.DeepEqual(err, tt.want) {
				t.Errorf("error is %#v, want %#v", err, tt.want)
			}
			if !errors.Is(err, ErrMalformed) || !reflect.DeepEqual(m, Line{}) {
				t.Errorf("is malformed: %v, message %+v", errors.Is(err, ErrMalformed), m)
			}
		})
	}
}

func TestChecksumMode(t *testing.T) {
	const right, other, wrong = "$SCCMD;SEQ=60*1D", "$SCCMD;SEQ=60*13", "$SCCMD;SEQ=60*00"
	tests := []struct {
		mode string
		line string
		rule ChecksumRule
		err  string
	}{
		{"either", right, RuleExclusive, ""},
		{"either", other, RuleInclusive, ""},
		{"either", wrong, 0, "checksum is 00, the exclusive rule gives 1D, the inclusive one 13"},
		{"exclusive", right, RuleExclusive, ""},
		{"exclusive", other, 0, "checksum is 13, the exclusive rule gives 1D (the inclusive one 13)"},
		{"inclusive", other, RuleInclusive, ""},
		{"inclusive", right, 0, "checksum is 1D, the inclusive rule gives 13 (the exclusive one 1D)"},
		{"ignore", right, RuleExclusive, ""},
		{"ignore", wrong, RuleNone, ""},
	}
	for _, tt := range tests {
		t.Run(tt.mode+" "+tt.line, func(t *testing.T) {
			mode, err := ParseChecksumMode(tt.mode)
			if err != nil || mode.String() != tt.mode {
				t.Fatalf("ParseChecksumMode: %v, %v", mode, err)
			}
			var m Line
			switch err := m.Parse(tt.line, mode); {
			case tt.err == "" && (err != nil || m.Checksum.Value.Rule != tt.rule || m.String() != tt.line):
				t.Errorf("got %s by %v, %v; want rule %v", m, m.Checksum.Value.Rule, err, tt.rule)
			case tt.err != "" && (err == nil || err.Error() != tt.err):
				t.Errorf("error is %v, want %s", err, tt.err)
			}
		})
	}
	if _, err := ParseChecksumMode("both"); err == nil {
		t.Error(`ParseChecksumMode("both") is no error`)
	}
}

// TestLineStringComputesChecksum checks that a changed line gets a new checksum by the
// same rule.
func TestLineStringComputesChecksum(t *testing.T) {
	m := Line{Type: "SCCMD", Fields: []string{"SEQ=61"}, Checksum: exclusive(0x1D)}
	if got, want := m.String(), "$SCCMD;SEQ=61*1C"; got != want {
		t.Errorf("String is %s, want %s", got, want)
	}
	m.Checksum = inclusive(0x13)
	if got, want := m.String(), "$SCCMD;SEQ=61*12"; got != want {
		t.Errorf("String is %s, want %s", got, want)
	}
}

func TestLineParseKeepsMemory(t *testing.T) {
	var m Line
	allocs := testing.AllocsPerRun(100, func() {
		for _, line := range []string{"$SCRDR;13;01;01;;04;;;", "$SCRDR", "$SCCMD;SEQ=60*1D"} {
			if err := m.Parse(line, CheckEither); err != nil {
				t.Fatal(err)
			}
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations for three lines, want 0", allocs)
	}
}

func TestIsGreeting(t *testing.T) {
	for line, want := range map[string]bool{
		"$SCRDR": true, "$SCRDR*54": true, "$SCRDR;": true, "$SCRDR;;;;;;;;*54": true,
		"$SCRDR;13": false, "$SCRDR;;;;;;;; ;": false, "$SCCMD": false,
	} {
		m, err := ParseLine(line)
		if err != nil || m.IsGreeting() != want {
			t.Errorf("%s: IsGreeting is %v, %v; want %v", line, m.IsGreeting(), err, want)
		}
	}
}

func TestLines(t *testing.T) {
	type part struct {
		offset int
		line   string
	}
	var got []part
	for offset, line := range lines("$SCRDR\r\n\r\n\x00\n$SCRDR;13") {
		got = append(got, part{offset, line})
	}
	if want := []part{{0, "$SCRDR\r"}, {12, "$SCRDR;13"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	got = nil
	for offset, line := range lines("$SCRDR;1\r$SCRDR;2\r\r\n$SCRDR*54$SCRDR*54 $SCRDR;$SCRDR") {
		got = append(got, part{offset, trimLine(line)})
	}
	if want := []part{{0, "$SCRDR;1"}, {9, "$SCRDR;2"}, {20, "$SCRDR*54"}, {29, "$SCRDR*54"}, {39, "$SCRDR;$SCRDR"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for range lines("a\nb") {
		break // an iterator must take this
	}
}

// FuzzLine checks that a line which parses is printed and parsed to the same line, that an
// error comes without a value, and that all modes agree about correct lines.
func FuzzLine(f *testing.F) {
	for _, tt := range lineTests {
		f.Add(tt.line)
	}
	f.Add("$SCCMD;SEQ=60*00")
	f.Add("$SCCMD;SEQ=60*1D trailing")
	f.Fuzz(func(t *testing.T, line string) {
		m, err := ParseLine(line)
		if err != nil {
			if !errors.Is(err, ErrMalformed) || !reflect.DeepEqual(m, Line{}) {
				t.Fatalf("error %v beside %+v", err, m)
			}
			return
		}
		body := trimLine(line)
		if !strings.HasSuffix(body, m.Trailing) {
			t.Fatalf("%q does not end with %q", line, m.Trailing)
		}
		if body = strings.TrimSuffix(body, m.Trailing); m.Trailing != "" && !m.Checksum.Set {
			t.Fatalf("%q has %q behind no checksum", line, m.Trailing)
		}
		m.Trailing = "" // String does not write it
		again, err := ParseLine(m.String())
		if err != nil || !reflect.DeepEqual(m, again) {
			t.Fatalf("%q\nparses as  %+v\nwhich is   %q\nparsed as  %+v, %v", line, m, m, again, err)
		}
		body, _ = cutChecksum(body)
		if want := strings.Split(body, ";")[1:]; !slices.Equal(m.Fields, want) {
			t.Fatalf("%q has fields %q, want %q", line, m.Fields, want)
		}
		requireJSON(t, m)
		if v, err := m.Decode(); err == nil {
			requireJSON(t, v)
		} else if v != nil || !errors.Is(err, ErrMalformed) {
			t.Fatalf("Decode: error %v beside %+v", err, v)
		}
	})
}

// TestManyOnALine checks that very many $SC lines on one line are cut in one pass: the
// line end is not searched again behind each of them.
func TestManyOnALine(t *testing.T) {
	const n = 1 << 20
	count, next := 0, 0
	for at, line := range lines(strings.Repeat("$SC;*00", n)) {
		if at != next || line != "$SC;*00" {
			t.Fatalf("message %d at %d: %q", count, at, line)
		}
		count, next = count+1, next+len(line)
	}
	if count != n {
		t.Errorf("%d messages, want %d", count, n)
	}
}
