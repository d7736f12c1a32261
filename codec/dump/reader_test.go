package dump

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"mqtool/codec/internal/dumptest"
	"mqtool/codec/internal/window"
	"mqtool/codec/jpeg"
)

// A found is a picture found in a dump, with its message.
type found struct {
	pic   jpeg.Picture
	bytes []byte
	msg   Message
}

// decodeDump reads all pictures of an input.
func decodeDump(r io.Reader, mode Mode) ([]found, *Reader, error) {
	var all []found
	d, j := NewReader(r, mode), jpeg.NewReader(nil)
	for {
		m, err := d.Next()
		if err == io.EOF {
			return all, d, nil
		}
		if err != nil {
			return all, d, err
		}
		j.Reset(d)
		for {
			var out bytes.Buffer
			p, err := j.Next(&out)
			if err == io.EOF {
				break
			}
			if err != nil {
				return all, d, err
			}
			all = append(all, found{pic: p, bytes: out.Bytes(), msg: *m})
		}
		for i := range all {
			if all[i].msg.Position == m.Position {
				all[i].msg = *m // Object and Damage are complete now
			}
		}
	}
}

// TestEveryPictureInEveryLayout checks what snapshot-decode promises.
func TestEveryPictureInEveryLayout(t *testing.T) {
	pics := dumptest.Pictures(t)
	own, tools := slices.Concat(dumptest.Layouts, dumptest.LoggedLayouts), dumptest.ToolLayouts(t)
	for i, name := range slices.Sorted(maps.Keys(pics)) {
		file := pics[name]
		if dumptest.UnderRace && len(file) > 2000 {
			continue
		}
		rnd := rand.New(rand.NewPCG(1, uint64(i))) // every run has the same numbers
		t.Run(name, func(t *testing.T) {
			t.Parallel() // the real tools take much of the time
			want, err := jpeg.Find(file)
			if err != nil {
				t.Fatal(err)
			}
			cut := file[:want.Size]
			prefixes := []int{rnd.IntN(150) * 2, rnd.IntN(150)*2 + 1}
			if len(file) < 2000 && !dumptest.UnderRace { // all special lengths, on small pictures
				prefixes = append(prefixes, 0, 1, 2, 7, 8, 15, 16, 300)
			}
			for k, n := range prefixes {
				prefix := dumptest.RandomPrefix(rnd, n)
				msg := append(bytes.Clone(prefix), file...)
				for j, l := range own {
					if k < 2 && len(file) > 20_000 && j%2 != k {
						continue // half of the layouts see the large picture at an odd place
					}
					check(t, l, name, n, l.Render(msg), cut)
				}
				if k != i%2 { // the tools need a process for each dump
					continue
				}
				for _, l := range tools {
					check(t, l, name, n, l.Render(msg), cut)
				}
			}
			for _, l := range dumptest.JSONLayouts {
				check(t, l, name, 0, l.Render(file), cut)
			}
		})
	}
}

func check(t *testing.T, l dumptest.Layout, name string, prefix int, dump, want []byte) {
	t.Helper()
	got, d, err := decodeDump(bytes.NewReader(dump), Recognize)
	switch {
	case err != nil:
		t.Errorf("%s, %s, prefix %d: %v", l.Name, name, prefix, err)
	case len(got) == 0:
		t.Errorf("%s, %s, prefix %d: no picture; findings %q", l.Name, name, prefix, d.Findings())
	case !bytes.Equal(got[0].bytes, want):
		// A cut picture cannot be distinguished from the text that a tool puts after it.
		if got[0].pic.State == jpeg.Truncated && bytes.HasPrefix(got[0].bytes, want) && len(got[0].bytes)-len(want) < 32 {
			return
		}
		t.Errorf("%s, %s, prefix %d: %d bytes, want %d (layout %q, damage %v)", l.Name, name, prefix, len(got[0].bytes), len(want), got[0].msg.Layout, got[0].msg.Damage)
	case got[0].msg.DamageCount > 0:
		t.Errorf("%s, %s, prefix %d: damage %v", l.Name, name, prefix, got[0].msg.Damage)
	}
}

// listing returns the picture that the tests below damage, in several layouts.
func listing(t *testing.T) (picture []byte, digits, fours string, xxd []string) {
	picture = dumptest.Pictures(t)["baseline-peacock.jpg"]
	digits = hex.EncodeToString(picture)
	return picture, digits, dumptest.Every(digits, 4, " "), strings.SplitAfter(dumptest.Rows(picture, 16, false, dumptest.XxdRow("%08x:", 16, 2)), "\n")
}

func TestDamage(t *testing.T) {
	picture, digits, fours, xxd := listing(t)
	const at = 2000 // in the scan, at a byte's first digit
	lines := strings.SplitAfter(dumptest.Every(digits, 60, "\n")+"\n", "\n")
	words := strings.SplitAfter(dumptest.HexdumpWords(picture), "\n")
	array := string(dumptest.Layouts[slices.IndexFunc(dumptest.Layouts, func(l dumptest.Layout) bool { return l.Name == "xxd -i" })].Render(picture))
	// insert puts a digit behind the last one of row 40.
	insert := func(rows []string, end int, digit string) string {
		return strings.Join(rows[:40], "") + rows[40][:end] + digit + rows[40][end:] + strings.Join(rows[41:], "")
	}
	foreign := strings.Join(lines[:20], "") + lines[20][:32] + "G" + lines[20][33:] + strings.Join(lines[21:], "")
	cut := strings.SplitAfter(dumptest.Columns(strings.Join(xxd, "")), "\n")
	encoded := base64.StdEncoding.EncodeToString(picture)
	wrapped := strings.SplitAfter(dumptest.Every(encoded, 76, "\n")+"\n", "\n")
	list := "[" + dumptest.Each(picture, ", ", func(c byte) string { return fmt.Sprint(c) }) + "]"
	list0x := dumptest.Each(picture, ", ", func(c byte) string { return fmt.Sprintf("0x%02x", c) })
	escaped := dumptest.Each(picture, "", func(c byte) string { return fmt.Sprintf(`\x%02x`, c) })
	for _, tt := range []struct {
		name   string
		text   string
		damage string // the first one
		same   bool   // the picture comes back as it was
	}{
		{"a letter instead of a digit", digits[:at] + "g" + digits[at+1:], "line 1, column 2001: 'g' is not a hex digit; 0 is put in its place", false},
		{"a letter in a wrapped dump", foreign, "line 21, column 33: 'G' is not a hex digit; 0 is put in its place", digits[20*60+32] == '0'},
		{"a letter in a listing", strings.Join(xxd[:40], "") + strings.Replace(xxd[40], xxd[40][10:12], "x"+xxd[40][11:12], 1) + strings.Join(xxd[41:], ""), "line 41, column 11: 'x' is not a hex digit; 0 is put in its place", false},
		{"a sign between the digits", digits[:at] + "?" + digits[at:], `line 1, column 2001: "?" does not belong to the hex text; skipped`, true},
		{"dots put in by a viewer", fours[:1000] + "..." + fours[1000:], `line 1, column 1001: "..." does not belong to the hex text; skipped`, true},
		{"a digit is missing in a group", fours[:1000] + fours[1001:], "line 1, column 1004: a digit is missing before this place; 0 is put in its place", false},
		{"a digit is missing in one line", digits[:at] + digits[at+1:], fmt.Sprintf("line 1, column %d: the text has an odd number of hex digits: one is missing, or one is too many", len(digits)), false},
		{"a digit is missing in a row", strings.Join(lines[:19], "") + lines[19][:59] + "\n" + strings.Join(lines[20:], ""), "line 20, column 60: a digit is missing in this row; 0 put at its end", lines[19][59] == '0'},
		{"a digit too many in a row of plain hex", strings.Join(lines[:19], "") + lines[19][:60] + "a\n" + strings.Join(lines[20:], ""), "line 20, column 62: a digit too many in this row; its last one is skipped", true},
		{"a letter in a listing without offsets", strings.Join(cut[:40], "") + "x" + cut[40][1:] + strings.Join(cut[41:], ""), "line 41, column 1: the text column does not show the bytes of this row", false},
		{"rows squeezed in a listing without offsets", strings.Join(cut[:40], "") + "*\n" + strings.Join(cut[40:], ""), "line 41, column 1: a lone * stands for repeated rows, and without offsets their number is not known: make the dump again with -v", true},
		{"a sign in base64", encoded[:1501] + "?" + encoded[1502:], `line 1, column 1502: "?" is not a base64 character; A is put in its place`, encoded[1501] == 'A'},
		{"a letter in base64 in lines", strings.Join(wrapped[:19], "") + "é" + wrapped[19][1:] + strings.Join(wrapped[20:], ""), `line 20, column 1: "é" is not a base64 character; A is put in its place`, wrapped[19][0] == 'A'},
		{"a sign at the end of a row of base64", strings.Join(wrapped[:19], "") + wrapped[19][:75] + "#\n" + strings.Join(wrapped[20:], ""), `line 20, column 76: "#" is not a base64 character; A is put in its place`, wrapped[19][75] == 'A'},
		{"a sign in base64 in JSON", strings.Replace(dumptest.CameraJSON(picture), encoded[1500:1520], encoded[1500:1501]+"?"+encoded[1502:1520], 1), fmt.Sprintf(`line 1, column %d: "?" is not a base64 character; A is put in its place`, strings.Index(dumptest.CameraJSON(picture), encoded)+1502), encoded[1501] == 'A'},
		{"a digit too many at the end", digits + "a", fmt.Sprintf("line 1, column %d: the text has an odd number of hex digits: one is missing, or one is too many", len(digits)+2), true},
		{"a letter between two bytes", strings.Join(xxd[:40], "") + xxd[40][:14] + "x" + xxd[40][15:] + strings.Join(xxd[41:], ""), "line 41, column 15: 'x' does not belong between two bytes; skipped", true},
		{"rows are missing", strings.Join(xxd[:40], "") + strings.Join(xxd[43:], ""), "line 41, column 1: the offsets jump from 00000280 to 000002b0", false},
		{"a line of another program in a listing", strings.Join(xxd[:40], "") + "[ 1234.567] usb 1-1: new device\n" + strings.Join(xxd[40:], ""), `line 41, column 1: "[ 1234.567] usb 1-1: new device" does not belong to the listing; skipped`, true},
		{"a digit too many in a row of words", insert(words, 47, "a"), "line 41, column 48: digits too many in this row; skipped", true},
		{"a digit too many in a group of a row of words", insert(words, 46, "a"), "line 41, column 48: digits too many in this row; skipped", false},
		{"a byte too many in a row", insert(words, 47, " aa"), "line 41, column 48: digits too many in this row; skipped", true},
		{"a digit too many before a text column", insert(xxd, 49, "a"), "line 41, column 50: digits too many in this row; skipped", true},
		{"a digit too many in the last row", strings.Join(words[:144], "") + "0000900 00d9a\n" + words[145], "line 145, column 13: a digit is missing here", true},
		{"a number is missing in xxd -i", strings.Replace(array, "0x00, 0x10, ", "0x10, ", 1), "line 195, column 1: the list should have 2305 bytes, and it has 2304", false},
		{"rows squeezed without offsets", dumptest.Every(digits[:960], 32, "\n") + "\n*\n" + dumptest.Every(digits[960:], 32, "\n"), "line 31, column 1: a lone * stands for repeated rows, and without offsets their number is not known: make the dump again with -v", true},
		{"base64 cut in a byte", "data:image/jpeg;base64,/9j/4AAQS", "line 1, column 33: the base64 text ends in the middle of a byte: it is cut", false},
		{"a comma is missing in a list", strings.Replace(list, "0, 16,", "0 16,", 1), "line 1, column 24: there is no comma before this number: it is missing, or a blank got into a number", true},
		{"a comma is missing in a list without a bracket", strings.Replace(list[1:], "255, 192,", "255 1 92,", 1), "line 1, column 614: there is no comma before this number: it is missing, or a blank got into a number", false},
		{"a comma is missing at a line's end", strings.Replace(dumptest.Every(list, 200, "\n"), ",\n", "\n", 1), "line 2, column 2: there is no comma before this number: it is missing, or a blank got into a number", true},
		{"a digit is missing in a 0x list", strings.Replace(list0x, "0x00, 0x43", "0x00, 0x3", 1), `line 1, column 139: "0x3" has one digit, and the others have two`, false},
		{"a digit is missing at the start of a 0x list", strings.Replace(list0x, "0x00, 0x10", "0x0, 0x10", 1), `line 1, column 25: this number has one digit, and the others have two`, true},
		{"a backslash is missing", strings.Replace(escaped, `\x79\x7a\x82`, `\x79\x7ax82`, 1), `line 1, column 2149: "x82" has lost its backslash`, true},
		{"a backslash is missing in a C string", strings.Replace(`"`+dumptest.Every(escaped, 64, "\" \\\n\"")+`"`, `\x79\x7a\x82`, `\x79\x7ax82`, 1), `line 34, column 38: "x82" has lost its backslash`, true},
		{"dots put in between escapes", escaped[:4000] + "..." + escaped[4000:], `line 1, column 4001: "..." is not an escape, and all the others are; skipped`, true},
		{"a pager in base64", strings.Join(wrapped[:20], "") + "--More--\n" + strings.Join(wrapped[20:], ""), `line 21, column 1: "--More--" does not belong to the base64 text; skipped`, true},
		{"a word in base64", strings.Join(wrapped[:20], "") + "Received\n" + strings.Join(wrapped[20:], ""), `line 21, column 1: "Received" does not belong to the base64 text; skipped`, true},
		{"a short row of base64", strings.Join(wrapped[:20], "") + wrapped[20][36:] + strings.Join(wrapped[21:], ""), "line 21, column 1: this row of base64 is shorter than those around it: it has 40 characters, not 76", false},
		{"a dash in standard base64", encoded[:1501] + "-" + encoded[1502:], `line 1, column 1502: "-" is not a base64 character; A is put in its place`, encoded[1501] == 'A'},
		{"an underscore in standard base64 in lines", strings.Join(wrapped[:19], "") + "_" + wrapped[19][1:] + strings.Join(wrapped[20:], ""), `line 20, column 1: "_" is not a base64 character; A is put in its place`, wrapped[19][0] == 'A'},
		{"a byte is missing in an object of bytes", `{"0":255,"1":216,"2":255,"3":224,"4":0,"5":16,"6":74,"7":70,"8":73,"10":0}`, `line 1, column 68: the byte with the index 9 is missing here`, false},
		{"a digit is missing in a list of hex strings", `["ff","d8","ff","e0","00","10","4a","46","9","46"]`, `line 1, column 43: "9" does not have two digits`, false},
		{"a character in Latin-1", `{"payload":"\u00ff\u00d8\u00ff\u00e0\u0000\u0010JFIF\u2603\u0000\u0001\u0002\u0003"}`, `line 1, column 53: '☃' is not a byte; taken as UTF-8`, false},
		{"a foreign word in a 0x list", strings.Replace(list0x, "0x00, 0x10", "0x00, ?? 0x10", 1), `line 1, column 31: "?? " does not belong to the list; skipped`, true},
	} {
		got, _, err := decodeDump(strings.NewReader(tt.text), Recognize)
		if err != nil || len(got) == 0 {
			t.Errorf("%s: %d pictures, %v", tt.name, len(got), err)
			continue
		}
		if len(got[0].msg.Damage) == 0 || got[0].msg.Damage[0].String() != tt.damage {
			t.Errorf("%s: damage %q, want %q", tt.name, got[0].msg.Damage, tt.damage)
		}
		if same := bytes.Equal(got[0].bytes, picture); same != tt.same {
			t.Errorf("%s: the picture came back as it was: %v", tt.name, same)
		}
	}
}

// TestDamagedRowInDoubt checks that all bytes of a row are in doubt if a digit of it is
// missing or too many.
func TestDamagedRowInDoubt(t *testing.T) {
	picture, digits, _, xxd := listing(t)
	lines := strings.SplitAfter(dumptest.Every(digits, 60, "\n")+"\n", "\n")
	cut := strings.SplitAfter(dumptest.Columns(strings.Join(xxd, "")), "\n")
	for name, tt := range map[string]struct {
		rows  []string
		from  int
		to    int // text replaces row 40 from from to to
		text  string
		bytes int64 // a row
	}{
		"a digit too many in a listing":             {xxd, 49, 49, "a", 16},
		"a sign between the digits of a listing":    {xxd, 14, 15, "x", 16},
		"a letter in a listing without its offsets": {cut, 0, 1, "x", 16},
		"a digit is missing in a row of plain hex":  {lines, 7, 8, "", 30},
		"a digit too many in a row of plain hex":    {lines, 7, 7, "a", 30},
	} {
		row := tt.rows[40]
		text := strings.Join(tt.rows[:40], "") + row[:tt.from] + tt.text + row[tt.to:] + strings.Join(tt.rows[41:], "")
		for _, r := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
			got, _, err := decodeDump(r, Recognize)
			if err != nil || len(got) == 0 || got[0].msg.DamageCount != 1 {
				t.Errorf("%s: %d pictures, %v", name, len(got), err)
				continue
			}
			if d := got[0].msg.Damage[0]; d.Offset != 40*tt.bytes || d.Size != tt.bytes {
				t.Errorf("%s: %d bytes from %d on are in doubt, want %d from %d on", name, d.Size, d.Offset, tt.bytes, 40*tt.bytes)
			}
			if at := 40 * int(tt.bytes); !bytes.Equal(got[0].bytes[:at], picture[:at]) || !bytes.Equal(got[0].bytes[at+int(tt.bytes):], picture[at+int(tt.bytes):]) {
				t.Errorf("%s: other rows have changed, too", name)
			}
		}
	}
}

// TestEscapes checks that string literals give exactly their bytes, and that an invalid
// one is reported.
func TestEscapes(t *testing.T) {
	start := `\xff\xd8\xff\xe0`
	for _, tt := range []struct{ text, want, damage string }{
		{`"` + start + `\a\b\f\n\r\t\v\\\"\'"`, "\a\b\f\n\r\t\v\\\"'", ""},
		{`"` + start + `\u05ee\U0001f600é\ufffd"`, "\u05ee\U0001f600é\ufffd", ""},
		{`"` + start + `\377\0\18"`, "\xff\x00\x018", ""},
		{`b'` + start + `\'"\\u05ee' and`, `'"\u05ee`, ""},
		{`b"` + start + `it's" and`, "it's", ""},
		{`[b'{"a":1}` + start + `{"b":2}']`, `{"b":2}`, ""},
		{"b'" + start + "a' b'b'\n  b'c'\nb'd'", "abc", ""},
		{"b'" + start + "\\x\n41\\x4\r\n2\\\nx43'", "ABC", ""},
		{`{'a': '` + start + `é\u00e9', 'b': 1}`, "\xe9\xe9", ""},
		{start + `JFIF\x00 a` + "\n\\x01\nb", "JFIF\x00 a\x01", ""},
		{`"` + start + `\q\xz1\x1"`, "\\q\x01\x01", `line 1, column 18: "\\q" is not an escape; taken as it stands`},
		{`"` + start + `\x1z"`, "\x10", `line 1, column 18: 'z' is not a hex digit; 0 is put in its place`},
		{`"` + start + `\x1"`, "\x01", `line 1, column 18: "\\x1" has too few digits`},
		{`"` + start + `\777"`, "\xff", `line 1, column 18: "\\777" is more than a byte`},
		{`"` + start + `\ud800"`, "\ufffd", `line 1, column 18: "\\ud800" is not a character`},
		{`b'` + start + `\u05ee'`, `\u05ee`, `line 1, column 19: "\\u" is not an escape; taken as it stands`},
		{`b'` + start + `é'`, "é", `line 1, column 19: "é" does not belong to a string of bytes; taken as UTF-8`},
		{`b'` + start + `\`, `\`, `line 1, column 19: the text ends in the middle of an escape`},
	} {
		d := NewReader(strings.NewReader(tt.text), Recognize)
		m, err := d.Next()
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		b, err := io.ReadAll(d)
		if _, got, _ := bytes.Cut(b, []byte("\xff\xd8\xff\xe0")); err != nil || string(got) != tt.want {
			t.Errorf("%s: %q, want %q, %v", tt.text, got, tt.want, err)
		}
		first := ""
		if len(m.Damage) > 0 {
			first = m.Damage[0].String()
		}
		if first != tt.damage {
			t.Errorf("%s: damage %q, want %q", tt.text, first, tt.damage)
		}
	}
}

// TestDigitsInTextColumn checks text columns after a single blank that begin like one more
// byte.
func TestDigitsInTextColumn(t *testing.T) {
	picture := dumptest.Pictures(t)["baseline-peacock.jpg"]
	for _, prefix := range []string{"ab cdef012345678", "0123456789abcdef", "xxxxxxxxxxxxxxxx00112233xxxxxxxx", "beef xxxxxxxxxxx"} {
		check(t, dumptest.Layout{Name: "Format-Hex"}, prefix, len(prefix), []byte(dumptest.FormatHex7(append([]byte(prefix), picture...))), picture)
	}
}

// TestFrontDeleted checks dumps in which somebody deleted everything before ffd8, wherever
// that stands in a group or a line.
func TestFrontDeleted(t *testing.T) {
	picture := dumptest.Pictures(t)["exif-thumb-hibiscus.jpg"]
	for n := range 40 {
		msg := append(bytes.Repeat([]byte{0x12}, n), picture...)
		for name, dump := range map[string]string{
			"fours":       dumptest.MQTTXHex(msg),
			"eights":      dumptest.Every(hex.EncodeToString(msg), 8, " "),
			"lines of 60": dumptest.Every(hex.EncodeToString(msg), 60, "\n"),
			"one line":    hex.EncodeToString(msg),
		} {
			digits := 0
			for i := range dump {
				if digits == 2*n && isHexDigit(dump[i]) {
					dump = dump[i:]
					break
				}
				if isHexDigit(dump[i]) {
					digits++
				}
			}
			got, _, err := decodeDump(strings.NewReader(dump), Recognize)
			if err != nil || len(got) == 0 || !bytes.Equal(got[0].bytes, picture) || got[0].msg.DamageCount > 0 {
				t.Errorf("%s, %d bytes deleted: %d pictures, %v", name, n, len(got), err)
			}
		}
	}
}

func TestSecondLooks(t *testing.T) {
	picture, digits, _, _ := listing(t)
	for _, tt := range []struct {
		name string
		text string
		mode Mode
	}{
		{"a stray digit before the start", "0" + digits, AsDigits},
		{"digits with words between all of them", "start " + dumptest.Every(digits, 6, " <> "), AsDigits},
		{"a picture far behind a text", strings.Repeat("This is a text.\n", 20000) + string(picture), AsBytes},
	} {
		if got, _, _ := decodeDump(strings.NewReader(tt.text), Recognize); len(got) > 0 && bytes.Equal(got[0].bytes, picture) {
			t.Errorf("%s: found at the first look already", tt.name)
		}
		got, _, err := decodeDump(strings.NewReader(tt.text), tt.mode)
		if err != nil || len(got) != 1 || !bytes.Equal(got[0].bytes, picture) {
			t.Errorf("%s: %d pictures, %v", tt.name, len(got), err)
		}
	}
}

// TestFindings checks that text which cannot be decoded is reported, with what to do
// instead.
func TestFindings(t *testing.T) {
	picture, _, fours, _ := listing(t)
	for name, tt := range map[string]struct{ text, want string }{
		"saved as text":       {string(bytes.ToValidUTF8(picture, []byte("\uFFFD"))), "show the payload as Hex or Base64"},
		"shown as text":       {"SC211 \uFFFD\uFFFD\uFFFD\uFFFD JFIF \uFFFD\uFFFD", "show the payload as Hex or Base64"},
		"an export of text":   {`[{"messages":[{"payload":` + dumptest.Quoted("SC\x00\x01"+string(picture)) + `,"topic":"4GSolarCam/Snapshot"}]}]`, "show the payload as Hex or Base64"},
		"text, in hex":        {hex.EncodeToString(bytes.ToValidUTF8(picture, []byte("\uFFFD"))), "show the payload as Hex or Base64"},
		"%j, cut at a zero":   {`{"tst":"2026-11-23T01:55:07.389682Z+0000","topic":"4GSolarCam/Snapshot","qos":0,"retain":0,"payloadlen":62,"payload":"SC211"}`, "use -F '%U %t %x'"},
		"preview":             {fours[:100], "open the whole message"},
		"preview in its list": {"Topic: 4GSolarCam/Snapshot QoS: 0\n" + fours[:100] + "\n2026-11-23 01:55:05:123\n", "open the whole message"},
		"preview of JSON":     {dumptest.CameraJSON(picture)[:100], "open the whole message"},
		"hex with dots":       {hex.EncodeToString(picture[:50]) + "…\n", "open or print the whole message"},
		"a buffer in Node":    {fmt.Sprintf("<Buffer % x ... 2255 more bytes>", picture[:50]), "toString('hex')"},
		"od -a": {"0000000 del   X del   ` nul dle   J   F   I   F nul soh soh nul nul soh\n" +
			"0000020 nul soh nul nul del   [ nul   C nul  bs ack ack bel ack enq  bs\n", "as od -a makes it"},
	} {
		_, d, err := decodeDump(strings.NewReader(tt.text), Recognize)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if all := strings.Join(d.Findings(), "\n"); !strings.Contains(all, tt.want) {
			t.Errorf("%s: findings %q, want %q in them", name, all, tt.want)
		}
	}
	// The finding is reported once, and its line is counted in the whole text.
	_, d, err := decodeDump(strings.NewReader("\n"+strings.Repeat(`{"text":"`+strings.Repeat("� some words ", 20)+"\"}\n", 1000)), Recognize)
	if all := d.Findings(); err != nil || len(all) != 1 || !strings.HasPrefix(all[0], "line 2: ") {
		t.Errorf("%d findings, %.100q, %v", len(all), all, err)
	}
}

// TestLongJSON checks that a message in long JSON keeps its object, whatever stands before
// the message.
func TestLongJSON(t *testing.T) {
	picture := dumptest.Pictures(t)["baseline-peacock.jpg"]
	list := dumptest.Each(picture, ",", func(c byte) string { return fmt.Sprint(c) })
	for _, tt := range []struct{ name, text, layouts string }{
		{"objects", "[" + strings.Repeat(`{"a":1},`, 250000) + dumptest.CameraJSON(picture) + "]", "base64 in JSON"},
		{"numbers", `[{},` + strings.Repeat(`300,`, 500000) + dumptest.CameraJSON(picture) + "]", "base64 in JSON"},
		{"lists", `["x",` + strings.Repeat(`[{"a":[1,2]}],`, 100000) + dumptest.CameraJSON(picture) + "]", "base64 in JSON"},
		{"one long object", "{" + strings.Repeat(`"a":"b",`, 150000) + `"list":[` + list + `],"last":"data:image/jpeg;base64,` + base64.StdEncoding.EncodeToString(picture) + `"}`, "list of bytes in JSON, base64 in JSON"},
	} {
		got, _, err := decodeDump(strings.NewReader(tt.text), Recognize)
		var layouts []string
		for _, g := range got {
			layouts = append(layouts, g.msg.Layout)
		}
		if all := strings.Join(layouts, ", "); err != nil || all != tt.layouts {
			t.Errorf("%s: %q, want %q, %v", tt.name, all, tt.layouts, err)
			continue
		}
		if m := got[0].msg; tt.name != "one long object" && (m.Topic != "4GSolarCam/Snapshot" || !json.Valid(m.Object)) {
			t.Errorf("%s: topic %q, object %.100s", tt.name, m.Topic, m.Object)
		}
	}
}

// TestManyStrings checks that the objects given for the strings of one object do not
// together grow with the square of the number of strings, and that all of them have the
// topic.
func TestManyStrings(t *testing.T) {
	text := `{"topic":"a/b"` + strings.Repeat(`,"key":"`+strings.Repeat("text ", 16)+`\u0000"`, 20000) + "}"
	d := NewReader(strings.NewReader(text), Recognize)
	n, size := 0, 0
	for {
		m, err := d.Next()
		if err == io.EOF {
			break
		}
		if _, err := io.Copy(io.Discard, d); err != nil {
			t.Fatal(err)
		}
		if n++; m.Topic != "a/b" {
			t.Fatalf("string %d: topic %q", n, m.Topic)
		}
		size += len(m.Object)
	}
	if n != 20000 || size > 10*len(text) {
		t.Errorf("%d strings, their objects have %d bytes, and the text has %d", n, size, len(text))
	}
}

// TestBase64Messages checks that messages in wrapped base64 may follow each other directly
// without damage, whatever the length of their last rows.
func TestBase64Messages(t *testing.T) {
	for n := range 76 {
		picture := []byte(dumptest.SOI + dumptest.JFIF + dumptest.Frame + dumptest.SOS + strings.Repeat("x", 100+n) + dumptest.EOI)
		for _, prefix := range []string{"", "SC211\x00"} {
			text := dumptest.Base64Lines(append([]byte(prefix), picture...), "\n") + "\n"
			got, _, err := decodeDump(strings.NewReader(text+text+text), Recognize)
			if err != nil || len(got) != 3 || got[0].msg.DamageCount > 0 {
				t.Errorf("%d, %q: %d pictures, %v", n, prefix, len(got), err)
			}
		}
	}
}

func TestParseStamp(t *testing.T) {
	at := time.Date(2026, 11, 23, 1, 55, 5, 0, time.UTC)
	fraction := at.Add(350698 * time.Microsecond)
	for s, want := range map[string]time.Time{
		"1795398905":                       at,
		"1795398905.350698":                fraction,
		"1795398905.350698000":             fraction,
		"1795398905350":                    at.Add(350 * time.Millisecond),
		"2026-11-23T01:55:05Z":             at,
		"2026-11-23T01:55:05.350698Z":      fraction,
		"2026-11-23T10:55:05+09:00":        at,
		"2026-11-23T10:55:05.350698+0900":  fraction,
		"2026-11-23T10:55:05.350698Z+0900": fraction,
		"2026-11-22T16:55:05.350698Z-0900": fraction,
		"2026-11-23T07:25:05Z+0530":        at,
		"2026-11-23T01:55:05":              {},
		"2026-11-23 01:55:05Z":             {},
		"2026-11-23T10:55:05Z+09":          {},
		"2026-11-23T10:55:05Z+0900Z":       {},
		"179539890":                        {},
		"17953989051":                      {},
		"1795398905.":                      {},
		"1795398905.1234567891":            {},
		"1795398905350.1":                  {},
		"-795398905":                       {},
		"":                                 {},
	} {
		if got, ok := ParseStamp(s); !got.Equal(want) || ok == want.IsZero() {
			t.Errorf("%s: %v, %v, want %v", s, got, ok, want)
		}
	}
}

func TestParseBefore(t *testing.T) {
	for text, want := range map[string]string{
		"1795398905.350698939 4GSolarCam/Snapshot": "4GSolarCam/Snapshot",
		"topic: 4GSolarCam/Snapshot, qos: 0":       "4GSolarCam/Snapshot",
		"topic:4GSolarCam/Snapshot":                "4GSolarCam/Snapshot",
		"2026/11/23 01:55:05 4GSolarCam/Snapshot":  "4GSolarCam/Snapshot",
		"11/23/2026 01:55:05 site/4/Snapshot":      "site/4/Snapshot",
		"data:image/jpeg;base64,":                  "",
		`<img src="data:image/jpeg;base64,`:        "",
		"$ xxd -p /tmp/dump.bin":                   "",
		"topic:/tmp/dump.bin":                      "",
		`x="a/b" a/c`:                              "a/c",
		"$ mosquitto_sub -t 4GSolarCam/# -F %x":    "",
	} {
		if topic, _ := ParseLabel(text); topic != want {
			t.Errorf("%s: topic %q, want %q", text, topic, want)
		}
	}
}

func TestHexLines(t *testing.T) {
	pics := dumptest.Pictures(t)
	a, b := pics["baseline-peacock.jpg"], pics["gray-peacock.jpg"]
	for _, text := range []string{
		fmt.Sprintf("%x\n%x\n%x\n", a, dumptest.CameraJSON(b), a),
		fmt.Sprintf("%X\n%X\n%X\n", dumptest.CameraJSON(a), b, dumptest.CameraJSON(a)),
	} {
		got, _, err := decodeDump(strings.NewReader(text), Recognize)
		if err != nil || len(got) != 3 || !bytes.Equal(got[0].bytes, a) || !bytes.Equal(got[1].bytes, b) || !bytes.Equal(got[2].bytes, a) {
			t.Errorf("%d pictures, %v", len(got), err)
		}
	}
}

// TestSplitGroups reads lines that are wrapped anywhere, as a terminal or fold does it,
// and groups with blanks inside of bytes.
func TestSplitGroups(t *testing.T) {
	picture := dumptest.Pictures(t)["baseline-peacock.jpg"]
	for _, group := range []int{2, 4, 8} {
		dump := dumptest.Every(hex.EncodeToString(append([]byte("abc"), picture...)), group, " ")
		for width := 12; width <= 100; width++ {
			end := []string{"\n", "\r\n"}[width/8%2]
			check(t, dumptest.Layout{Name: fmt.Sprintf("groups of %d", group)}, fmt.Sprintf("lines of %d", width), 3, []byte(dumptest.Every(dump, width, end)), picture)
		}
	}
	for _, tt := range []struct {
		group int
		at    int // where a blank is put
	}{{2, 1000}, {4, 1001}, {4, 1002}, {4, 1003}, {8, 1001}, {8, 1003}} {
		dump := dumptest.Every(hex.EncodeToString(picture), tt.group, " ")
		check(t, dumptest.Layout{Name: fmt.Sprintf("groups of %d", tt.group)}, fmt.Sprintf("blank at %d", tt.at), 0, []byte(dump[:tt.at]+" "+dump[tt.at:]), picture)
	}
}

// TestRowsOfAnySize reads rows of any size. Rows of a few bytes look alike in every base
// of their offsets for a while, and a * may follow the first of them.
func TestRowsOfAnySize(t *testing.T) {
	picture := dumptest.Pictures(t)["baseline-peacock.jpg"]
	for n := 1; n <= 32; n++ {
		for name, render := range map[string]func([]byte) string{
			"xxd":         func(b []byte) string { return dumptest.Rows(b, n, false, dumptest.XxdRow("%08x:", n, 2)) },
			"xxd -d":      func(b []byte) string { return dumptest.Rows(b, n, false, dumptest.XxdRow("%08d:", n, 1)) },
			"xxd -d -a":   func(b []byte) string { return dumptest.Rows(b, n, true, dumptest.XxdRow("%08d:", n, 4)) },
			"od":          dumptest.ODRows("%07o", n, false, true),
			"od -v":       dumptest.ODRows("%07o", n, true, false),
			"od -A d":     dumptest.ODRows("%07d", n, true, true),
			"od -A d -v":  dumptest.ODRows("%07d", n, false, false),
			"od -A x":     dumptest.ODRows("%06x", n, false, true),
			"od -A x -vz": dumptest.ODRows("%06x", n, true, false),
		} {
			for _, prefix := range []string{"", "\x01\x02\x03", string(make([]byte, 80))} {
				dump := render(append([]byte(prefix), picture...))
				check(t, dumptest.Layout{Name: name}, fmt.Sprintf("rows of %d", n), len(prefix), []byte(dump), picture)
			}
		}
	}
}

// TestLongHexLines reads a message in lines that are longer than any tool wraps at, where
// another message might begin. No byte at the start or end of a line, in any combination,
// may cut a picture, or JSON whose closing brace is still to come.
func TestLongHexLines(t *testing.T) {
	pics := dumptest.Pictures(t)
	picture, object := pics["progressive-peacock.jpg"], []byte(dumptest.CameraJSON(pics["baseline-peacock.jpg"]))
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, width := range []int{2050, 2051, 4095, 4096, 4097} {
		wrapped := func(msg []byte) string { return dumptest.Every(hex.EncodeToString(msg), width, "\n") }
		for _, start := range []string{"", "{", "[", "{}", `{"`, "{\n", `{"a":1}`, "\x7b\xf1", "\x5b\xf1"} {
			for _, n := range []int{0, 1, 14, 15, 300, width/2 - 3, width/2 - 2, width / 2} {
				msg := append(append([]byte(start), dumptest.RandomPrefix(rnd, n)...), picture...)
				got, _, err := decodeDump(strings.NewReader(wrapped(msg)), Recognize)
				if err != nil || len(got) != 1 || !bytes.Equal(got[0].bytes, picture) || got[0].msg.DamageCount > 0 {
					t.Errorf("lines of %d, %q and %d bytes before the picture: %d pictures, %v", width, start, n, len(got), err)
				}
			}
		}
		// Here, the text around the first line's end lies in the picture.
		for _, around := range []string{"{", "}", "}{", `}{"`, "}\n{", "},{", "[", "]["} {
			for at := range len(around) + 1 {
				data := bytes.Repeat([]byte("\x00\x81pixels"), width/4)
				msg := []byte(dumptest.SOI + dumptest.JFIF + dumptest.Frame + dumptest.SOS + string(data) + dumptest.EOI)
				copy(msg[width/2-at:], around)
				got, _, err := decodeDump(strings.NewReader(wrapped(msg)), Recognize)
				if err != nil || len(got) != 1 || !bytes.Equal(got[0].bytes, msg) {
					t.Errorf("lines of %d, %q around an end: %d pictures, %v", width, around, len(got), err)
				}
			}
		}
		got, _, err := decodeDump(strings.NewReader(wrapped(object)), Recognize)
		if err != nil || len(got) != 1 || !bytes.Equal(got[0].bytes, pics["baseline-peacock.jpg"]) || len(got[0].msg.Object) == 0 {
			t.Errorf("JSON in lines of %d: %d pictures, %v", width, len(got), err)
		}
	}
	// Here, the closing brace of an inner object stands at a line's end.
	for _, after := range []string{",", "}", " ,", "\n\t,"} {
		start := `{"values":{"a":"`
		msg := start + strings.Repeat("x", 2047-len(start)-2) + `"}` + after + `"image":"` + base64.StdEncoding.EncodeToString(picture) + `"}`
		got, _, err := decodeDump(strings.NewReader(dumptest.Every(hex.EncodeToString([]byte(msg)), 2*2047, "\n")), Recognize)
		if err != nil || len(got) != 1 || !bytes.Equal(got[0].bytes, picture) {
			t.Errorf("%q behind a brace at a line's end: %d pictures, %v", after, len(got), err)
		}
	}
}

// TestLongInput checks that an input much larger than a window is read, and that the
// window does not grow.
func TestLongInput(t *testing.T) {
	long := func(size int) []byte {
		picture := []byte(dumptest.SOI + dumptest.JFIF + dumptest.Frame + dumptest.SOS)
		for n := 0; len(picture) < size; n++ {
			picture = fmt.Appendf(picture, "0123456789%06x", n) // no row like the one before
		}
		return append(picture, dumptest.EOI...)
	}
	text := 3 * window.Size / 2
	if dumptest.UnderRace {
		text = window.Size
	}
	sample, lists := long(8<<10), 0
	for _, l := range append(append([]dumptest.Layout{}, dumptest.Layouts...), dumptest.JSONLayouts...) {
		if strings.HasPrefix(l.Name, "MQTTX CLI clean") { // rendering it is slow
			continue
		}
		if lists++; dumptest.UnderRace && lists%4 != 0 {
			continue
		}
		picture := long(len(sample) * text / len(l.Render(sample))) // some texts have six characters for a byte
		dump := l.Render(picture)
		if len(dump) < text*9/10 {
			t.Errorf("%s: the text has only %d bytes", l.Name, len(dump))
		}
		got, d, err := decodeDump(bytes.NewReader(dump), Recognize)
		if err != nil || len(got) != 1 || !bytes.Equal(got[0].bytes, picture) || got[0].msg.DamageCount > 0 {
			t.Errorf("%s: %d pictures, %v", l.Name, len(got), err)
		}
		if d.text.Held() > window.Size {
			t.Errorf("%s: the window grew to %d bytes", l.Name, d.text.Held())
		}
	}
}

func TestDumpErrors(t *testing.T) {
	broken := errors.New("broken")
	r := io.MultiReader(strings.NewReader(strings.Repeat("ffd8ffe0", 1<<16)), iotest.ErrReader(broken))
	if _, _, err := decodeDump(r, Recognize); err != broken {
		t.Errorf("a source that fails: %v", err)
	}
	if got, _, err := decodeDump(strings.NewReader(strings.Repeat("[", 1<<20)+`{"image":"/9j/4AA"}`), Recognize); err != nil || len(got) > 1 {
		t.Errorf("deep JSON: %d pictures, %v", len(got), err)
	}
}

// TestStarWithoutWay checks that a * ends with the row after it, even if that row has no
// higher address.
func TestStarWithoutWay(t *testing.T) {
	const row = ": 8081 8283 8485 8687 8889 8a8b 8c8d 8e8f  ................\n"
	d := NewReader(strings.NewReader("00000000"+row+"*\n00000010: 4\n00000040"+row), Recognize)
	if _, err := d.Next(); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(d)
	want := "\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f"
	if err != nil || string(b) != want+want || d.msg.DamageCount != 2 { // half a byte, and a jump
		t.Errorf("%q, %v, damage %v; want %[4]q twice and damage", b, err, d.msg.Damage, want)
	}
}

// TestRepeatedRepetitions checks that repeated rows inside of repeated rows do not get
// past the limit: a few lines would stand for terabytes.
func TestRepeatedRepetitions(t *testing.T) {
	inner := `{"p":"00000000: 0041 0042 0043 0044 0045 0046 0047 0048\n*\n0003fff0: 00ff\n"}` + "\n"
	inner = strings.Repeat(" ", 256-len(inner)) + inner
	text := fmt.Sprintf("00000000: %x\n*\n00001000: 20\n", inner)
	var size int64
	d := NewReader(strings.NewReader(text), Recognize)
	for {
		if _, err := d.Next(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, d)
		if size += n; err != nil || size > 2*freeRepeats {
			t.Fatalf("%d bytes, %v", size, err)
		}
	}
	if size < freeRepeats/2 {
		t.Errorf("%d bytes: the rows were not repeated", size)
	}
}

// TestRepeatedRows checks that rows are repeated as often as the text before them allows:
// the zeros in the middle of a long dump are, but not those of a short one.
func TestRepeatedRows(t *testing.T) {
	for _, tt := range []struct {
		rows int // before the *
		want int // bytes
	}{{1, 32}, {1000, 4<<20 + 16}} {
		var b strings.Builder
		for i := range tt.rows {
			fmt.Fprintf(&b, "%08x: %04x 0042 0043 0044 0045 0046 0047 0048\n", 16*i, i)
		}
		b.WriteString("*\n00400000: 0041 0042 0043 0044 0045 0046 0047 0048\n")
		size := 0
		for d := NewReader(strings.NewReader(b.String()), Recognize); ; {
			if _, err := d.Next(); err != nil {
				break
			}
			n, _ := io.Copy(io.Discard, d)
			size += int(n)
		}
		if size != tt.want {
			t.Errorf("a * behind %d rows: %d bytes, want %d", tt.rows, size, tt.want)
		}
	}
}

// TestRepeatedStarts checks that a few lines do not stand for millions of pictures, even
// if the start of a picture stands across two rows.
func TestRepeatedStarts(t *testing.T) {
	for _, row := range []string{"ff d8 ff e0 00 10 4a 46 49 46 00 01 01 00 00 01", "d8 ff e0 00 10 4a 46 49 46 00 01 01 00 00 01 ff"} {
		text := "00000000  ff d8 ff e0 00 10 4a 46 49 46 00 01 01 00 00 01\n00000010  " + row + "\n*\n00100000  " + row + "\n00100010  " + row + "\n"
		var size int64
		damage := 0
		d := NewReader(strings.NewReader(text), Recognize)
		for {
			m, err := d.Next()
			if err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			n, err := io.Copy(io.Discard, d)
			if err != nil {
				t.Fatal(err)
			}
			size, damage = size+n, damage+m.DamageCount
		}
		if size > 4096 || damage == 0 {
			t.Errorf("%s: %d bytes, damage %d", row, size, damage)
		}
	}
}

// TestCutLine checks that a message that is cut does not swallow the one on the next line,
// wherever it is cut, in whatever layout, and whatever stands before the pictures.
func TestCutLine(t *testing.T) {
	pics := dumptest.Pictures(t)
	exif, plain := pics["exif-thumb-hibiscus.jpg"], pics["baseline-peacock.jpg"]
	number := func(format, sep string) func([]byte) string {
		return func(b []byte) string {
			return dumptest.Each(b, sep, func(c byte) string { return fmt.Sprintf(format, c) })
		}
	}
	pythonBytes := func(b []byte) string { return dumptest.PythonBytes(b) }
	for name, render := range map[string]func([]byte) string{
		"hex":            hex.EncodeToString,
		"HEX":            func(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) },
		"pairs":          number("%02x", " "),
		"fours":          dumptest.MQTTXHex,
		"colons":         number("%02x", ":"),
		"base64":         base64.StdEncoding.EncodeToString,
		"decimal":        number("%d", " "),
		"decimal, comma": number("%d", ","),
		"0x":             number("0x%02x", ", "),
		`\x`:             number(`\x%02x`, ""),
		"Python":         pythonBytes,
	} {
		for _, prefix := range []string{"", "SC211\x00\x01\x02"} {
			for _, first := range [][]byte{exif, plain} {
				for _, cut := range []int{30, 100, 500, 700, 1200, 2200} {
					second := []byte(prefix + string(plain))
					text := render([]byte(prefix+string(first[:cut]))) + "\n" + render(second) + "\n"
					got, _, err := decodeDump(strings.NewReader(text), Recognize)
					whole := 0
					for _, g := range got {
						if g.pic.State == jpeg.Complete && bytes.Equal(g.bytes, plain) {
							whole++
						} else if g.pic.State == jpeg.Complete {
							t.Errorf("%s, %q, cut at %d: a picture of %d bytes that nobody sent", name, prefix, cut, len(g.bytes))
						}
					}
					if err != nil || whole != 1 {
						t.Errorf("%s, %q, cut at %d: %d of %d pictures are the second, %v", name, prefix, cut, whole, len(got), err)
					}
				}
			}
		}
	}
}

// TestEscapedBase64 checks that the characters which libraries escape in a JSON string are
// decoded, however the JSON is written into other text.
func TestEscapedBase64(t *testing.T) {
	escapes := map[string]*strings.Replacer{
		"none":                     strings.NewReplacer(),
		"slashes (PHP)":            strings.NewReplacer("/", `\/`),
		"plus (.NET)":              strings.NewReplacer("+", `\u002B`),
		"equals (Gson)":            strings.NewReplacer("=", `\u003d`),
		"all":                      strings.NewReplacer("/", `\u002f`, "+", `\u002b`, "=", `\u003D`),
		"all that is not a letter": strings.NewReplacer("/", `\u002f`, "+", `\u002b`, "=", `\u003D`, ":", `\u003a`, ";", `\u003b`, ",", `\u002c`),
	}
	doubled := func(s string) string { return strings.ReplaceAll(s, `\`, `\\`) }
	wrappers := map[string]func(string) string{
		"JSON":                  func(s string) string { return s },
		"JSON in JSON":          func(s string) string { return `{"payload":` + dumptest.Quoted(s) + `}` },
		"JSON in JSON in JSON":  func(s string) string { return `{"log":` + dumptest.Quoted(`{"payload":`+dumptest.Quoted(s)+`}`) + `}` },
		"print in Python":       func(s string) string { return "4GSolarCam/Snapshot 0 b'" + doubled(s) + "'" },
		"repr of a text":        func(s string) string { return "payload: '" + doubled(s) + "'" },
		"repr of a log of JSON": func(s string) string { return "b'" + doubled(`{"payload":`+dumptest.Quoted(s)+`}`) + "'" },
		"hex":                   func(s string) string { return hex.EncodeToString([]byte(s)) },
	}
	for name, picture := range dumptest.Pictures(t) {
		if len(picture) > 9000 {
			continue
		}
		want, err := jpeg.Find(picture)
		if err != nil {
			t.Fatal(err)
		}
		for escape, replacer := range escapes {
			for _, head := range []string{"data:image/jpeg;base64,", ""} {
				image := replacer.Replace(head + base64.StdEncoding.EncodeToString(picture))
				object := fmt.Sprintf(`{"ts":1776620819627,"values":{"devMac":"1CC31660025E","image":"%s"}}`, image)
				for wrapper, wrap := range wrappers {
					check(t, dumptest.Layout{Name: escape + ", " + wrapper}, fmt.Sprintf("%s, %q", name, head), 0, []byte(wrap(object)), picture[:want.Size])
				}
			}
		}
	}
}

// TestListLength checks that the length which xxd -i writes is read in either spelling,
// with any bytes around it.
func TestListLength(t *testing.T) {
	const list = "0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, 0x4a, 0x46\n};\nunsigned int "
	for rest, want := range map[string]int{
		"p_len = 8;\n":            0,
		"P_LEN = 8;\n":            0,
		"p_len = 9;\n":            1,
		"P_LEN = 9;\n":            1,
		"p_\xb0\xb0_len = ":       0,
		"p_\xb0\xb0\xb0_len = 9;": 1,
		"p_\u0130\u0130_len = 9;": 1,
		"p_\u212a\u212a_LEN = 8;": 0, // a Kelvin sign is shorter in lower case
	} {
		d := NewReader(strings.NewReader(strings.Repeat("// a text\n", 20)+list+rest), Recognize)
		m, err := d.Next()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, d); err != nil || m.DamageCount != want {
			t.Errorf("%q: %d damaged places, want %d: %v, %v", rest, m.DamageCount, want, m.Damage, err)
		}
	}
}

// TestNextPassesOver checks that the rest of a message does not appear in the next one.
func TestNextPassesOver(t *testing.T) {
	d := NewReader(strings.NewReader("0xff 0xd8 0xff 0xe0 0x01\n}\n0xaa 0xbb 0xcc 0xdd 0x02\n"), Recognize)
	for range 2 {
		if _, err := d.Next(); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := io.ReadAll(d); err != nil || string(b) != "\xaa\xbb\xcc\xdd\x02" {
		t.Errorf("%x, %v", b, err)
	}
}

// FuzzDump checks what must be true of any input: the reader ends, and its results do not
// depend on how the input arrives.
func FuzzDump(f *testing.F) {
	picture := []byte("SC211\x00" + dumptest.Tiny)
	for _, l := range slices.Concat(dumptest.Layouts, dumptest.FramedLayouts(), dumptest.WayLayouts(), dumptest.RecordLayouts(true), dumptest.RecordLayouts(false)) {
		f.Add(l.Render(picture))
	}
	for _, l := range dumptest.JSONLayouts {
		f.Add(l.Render([]byte(dumptest.Tiny)))
	}
	for _, c := range dumptest.Captures() {
		stream := dumptest.Publish("a/b", picture, 1, false)
		f.Add(c.Render(c.Net.Packets(stream, 1), stream))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, mode := range []Mode{Recognize, AsBytes, AsDigits} {
			fast, slow := dumpText(t, bytes.NewReader(b), mode), dumpText(t, iotest.OneByteReader(bytes.NewReader(b)), mode)
			if fast != slow {
				t.Fatalf("mode %d:\n%s\nbyte by byte:\n%s", mode, fast, slow)
			}
		}
	})
}

// dumpText writes everything that a Reader tells about an input.
func dumpText(t *testing.T, r io.Reader, mode Mode) string {
	var out strings.Builder
	d := NewReader(r, mode)
	for range 10000 {
		m, err := d.Next()
		if err == io.EOF {
			fmt.Fprintf(&out, "%q %q\n", d.Findings(), d.Layouts())
			return out.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(&out, io.LimitReader(d, 1<<20))
		if err != nil {
			t.Fatal(err)
		}
		if n < 1<<20 { // otherwise it may be a row repeated very often
			fmt.Fprintf(&out, "\n%s %v %q %v %s %v\n", m.Layout, m.Position, m.Topic, m.Time, m.Object, m.Damage)
		}
		if len(m.Damage) > maxDamage*maxNesting || m.DamageCount < len(m.Damage) {
			t.Fatalf("%d damaged places kept of %d", len(m.Damage), m.DamageCount)
		}
	}
	t.Fatal("no end")
	return ""
}

// FuzzLayouts checks that a picture with any data comes back from its dump in every
// layout.
func FuzzLayouts(f *testing.F) {
	all := append(append([]dumptest.Layout{}, dumptest.Layouts...), dumptest.JSONLayouts...)
	f.Add([]byte("SC211\x00\x01\x02"), []byte("pixels"), uint8(0))
	for i := range all {
		f.Add([]byte{0, 1, 2}, []byte("\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), uint8(i))
	}
	f.Fuzz(func(t *testing.T, prefix, data []byte, which uint8) {
		l := all[int(which)%len(all)]
		if len(prefix) > 300 || int(which)%len(all) >= len(dumptest.Layouts) {
			prefix = nil
		}
		prefix = bytes.ReplaceAll(prefix, []byte{0xFF}, []byte{0})
		data = bytes.ReplaceAll(data, []byte{0xFF}, []byte{0xFF, 0})
		picture := []byte(dumptest.SOI + dumptest.JFIF + dumptest.Frame + dumptest.SOS + string(data) + dumptest.EOI)
		if strings.HasPrefix(l.Name, "MQTTX CLI clean") || l.Name == "hex of a hex text" {
			prefix = nil // text in the prefix may change how the inner text is recognized
		}
		message := append(bytes.Clone(prefix), picture...)
		if isRepeated(message) {
			return
		}
		dump := l.Render(message)
		got, d, err := decodeDump(bytes.NewReader(dump), Recognize)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range got {
			if bytes.Equal(g.bytes, picture) {
				return
			}
		}
		t.Fatalf("%s: %d pictures, findings %q, from\n%.2000q", l.Name, len(got), d.Findings(), dump)
	})
}

// isRepeated reports whether the first bytes of a message come again in it: a line that
// begins with them is another message.
func isRepeated(message []byte) bool {
	return len(message) > sureBeginning && bytes.Contains(message[1:], message[:sureBeginning])
}

// FuzzHex compares the fast decoding of hex with the plain one.
func FuzzHex(f *testing.F) {
	f.Add([]byte("pixels and more pixels and more"), uint8(0), uint8(60))
	f.Add([]byte("pixels and more pixels and more"), uint8(2), uint8(0))
	f.Add([]byte("pixels and more pixels and more"), uint8(4), uint8(16))
	f.Fuzz(func(t *testing.T, b []byte, group, width uint8) {
		if len(b) == 0 || isRepeated(b) {
			return
		}
		digits := hex.EncodeToString(b)
		run := hexRun{group: int(group) % 5 &^ 1, sep: ' '}
		if run.group > 0 {
			digits = dumptest.Every(digits, run.group, " ")
		}
		switch {
		case run.group > 0 && width > 0 && width < 8: // a group would stand on three lines
			return
		case width > 0:
			digits = dumptest.Every(digits, int(width), "\n")
		}
		w := window.New(strings.NewReader(digits), window.Size, window.Size)
		w.Keep(lookBack)
		h := &hexDecoder{body: body{text: w, msg: &Message{}}, run: run}
		got, err := io.ReadAll(readerFunc(h.decode))
		if err != nil || !bytes.Equal(got, b) || h.msg.DamageCount > 0 {
			t.Fatalf("%x, %v, damage %v\nfrom %q", got, err, h.msg.Damage, digits)
		}
	})
}
