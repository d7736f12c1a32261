package dump

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"mqtool/codec/internal/dumptest"
	"mqtool/codec/jpeg"
)

func TestFindNumbers(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       string // the beginning of the run; empty if there is none
	}{
		{"Serial.print", "payload: 255 216 255 224 0 16 74 70 73 70 0 1 1 1 0 72 0 72 0 0 255 219 0 67 255 196 255 218", "255 216"},
		{"Serial.print, HEX", "payload: FF D8 FF E0 0 10 4A 46 49 46 0 1 1 1 0 48 0 48 0 0 FF DB 0 43", "FF D8"},
		{"Java", "-1, -40, -1, -32, 0, 16, 74, 70, 73, 70, 0, 1, 1, 1, 0, 72, -1, -37, -1, -60, -1, -38", "-1, -40"},
		{"od -An -b", " 377 330 377 340 000 020 112 106 111 106 000 001 001 001 000 110 000 110", "377 330"},
		{"octal, letters first", "123 160 162 151 156 147 123 160 162 151 156 147 123 160 162 151 156 147 040 000", "123 160"},
		{"pairs", "ff d8 ff e0 00 10 4a 46 49 46 00 01 01 01 00 48 00 48 00 00 ff db 00 43", ""},
		{"pairs with two damages", "ff d8 f e0 c0 10 4a 46 49 4 10 11 11 11 10 48 10 48 10 10 ff db 00 43", ""},
		{"pairs, wrapped in bytes", "ff d8 ff e\n0 c0 10 4a\n 46 49 46 1\n0 11 11 11 \n10 48 10 4\n8 10 10 ff\n db 10 43 7", ""},
		{"spaced digits", "f f d 8 f f e 0 0 0 1 0 4 a 4 6 4 9 4 6 0 0 0 1", ""},
		{"a table", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20", ""},
		{"too few", "255 216 255 224 116 174", ""},
	} {
		var got string
		run := findNumbers([]byte(tt.text), len(tt.text))
		if run.start >= 0 {
			got = tt.text[run.start:]
		}
		if (tt.want == "") != (got == "") || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: found %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestByteArray(t *testing.T) {
	for text, want := range map[string]bool{
		"255, 216, 255, 224, 0, 16, 74, 70": true,
		"-1,-40,-1,-32,0,16,74,70,73":       true,
		"007,255]":                          true,
		"71]":                               true,
		"-3,-7]":                            false, // many other things look like that
		"256,1,2,3,4,5,6,7,8":               false,
		"-129,1,2,3,4,5,6,7,8":              false,
		`"a"]`:                              false,
		"]":                                 false,
	} {
		if byteArray.begins([]byte(text), 8) != want {
			t.Errorf("%s: %v", text, !want)
		}
	}
}

// TestWrappedNumbers reads lines that end in the middle of numbers, as a terminal or fold
// makes them, and lines of any length that happen to end between two numbers.
func TestWrappedNumbers(t *testing.T) {
	pics := dumptest.Pictures(t)
	picture := pics["baseline-peacock.jpg"]
	format := func(sep, form string) string {
		return dumptest.Each(picture, sep, func(c byte) string {
			if form == "int8" {
				return fmt.Sprint(int8(c))
			}
			return fmt.Sprintf(form, c)
		})
	}
	for _, tt := range []struct{ name, list string }{
		{"json.dumps", "[" + format(", ", "%d") + "]"},
		{"Node", `{"type":"Buffer","data":[` + format(",", "%d") + "]}"},
		{"Java", "[" + format(", ", "int8") + "]"},
		{"Go", "[" + format(" ", "%d") + "]\n"},
		{"Arduino", format(" ", "%d") + "\n"},
		{"Arduino, HEX", format(" ", "%X")},
		{"commas without a bracket", "payload: " + format(",", "%d") + "\n"},
		{"semicolons, negative", format("; ", "int8")},
		{"octal", format(" ", "%03o")},
		{"array with leading zeros", "[" + format(", ", "%03d") + "]"},
	} {
		for width := 64; width <= 300; width += 5 {
			end := []string{"\n", "\r\n", " \n"}[width%3]
			text := dumptest.Every(tt.list, width, strings.TrimPrefix(end, " "))
			if end == " \n" { // lines copied from a terminal have no blanks at their ends
				text = strings.ReplaceAll(text, end, "\n")
			}
			check(t, dumptest.Layout{Name: tt.name}, fmt.Sprintf("lines of %d", width), 0, []byte(text), picture)
		}
		for width := 300; width <= 20000; width += 701 { // with few lines, the result is not certain
			got, _, err := decodeDump(strings.NewReader(dumptest.Every(tt.list, width, "\n")), Recognize)
			if err != nil || len(got) == 0 || !bytes.Equal(got[0].bytes, picture) && got[0].msg.DamageCount == 0 && got[0].pic.State != jpeg.Truncated {
				t.Errorf("%s, lines of %d: %d pictures, %v", tt.name, width, len(got), err)
			}
		}
	}
	for n := 1; n <= 64; n++ {
		for name, render := range map[string]func(b []byte) string{
			"blanks": func(b []byte) string { return dumptest.Each(b, " ", func(c byte) string { return fmt.Sprint(c) }) },
			"hex": func(b []byte) string {
				return dumptest.Each(b, " ", func(c byte) string { return fmt.Sprintf("%X", c) })
			},
			"columns": func(b []byte) string {
				return dumptest.Each(b, " ", func(c byte) string { return fmt.Sprintf("%3d", c) })
			},
			"comma at an end": func(b []byte) string {
				return dumptest.Each(b, "", func(c byte) string { return fmt.Sprintf("%d,", c) })
			},
			"CSV": func(b []byte) string { return dumptest.Each(b, ",", func(c byte) string { return fmt.Sprint(c) }) },
		} {
			if n == 1 && name == "CSV" || n == 2 && name == "hex" { // there are no such lists
				continue
			}
			dump := dumptest.Rows(picture, n, false, func(_ int, b []byte) string { return render(b) })
			check(t, dumptest.Layout{Name: name}, fmt.Sprintf("rows of %d", n), 0, []byte(dump), picture)
		}
	}
}

// TestLastRow checks that a character that directly follows the last number of a list does
// not cost the last row.
func TestLastRow(t *testing.T) {
	picture := dumptest.Pictures(t)["baseline-peacock.jpg"] // 2305 bytes, so the last row has one
	for _, end := range []string{"\"", "'", ")", "]", ".", " EOF", "\"\n", ")\nqos 0\n", " EOF\n$ \n", ""} {
		for _, sep := range []string{" ", ", "} {
			for _, n := range []int{11, 12, 13, 16, 19, 25, 2303} {
				text := strings.TrimSuffix(dumptest.Rows(picture, n, false, func(_ int, b []byte) string {
					return dumptest.Each(b, sep, func(c byte) string { return fmt.Sprint(c) })
				}), "\n") + end
				check(t, dumptest.Layout{Name: "rows"}, fmt.Sprintf("%q, rows of %d, end %q", sep, n, end), 0, []byte(text), picture)
			}
		}
	}
}
