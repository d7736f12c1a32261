package dump

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"mqtool/codec/internal/dumptest"
	"mqtool/codec/internal/window"
)

// bigPicture is a picture whose text in hex is longer than a window.
func bigPicture() []byte {
	rnd := rand.New(rand.NewPCG(5, 6))
	return []byte(dumptest.SOI + dumptest.JFIF + dumptest.Frame + dumptest.SOS + string(dumptest.RandomPrefix(rnd, 140_000)) + dumptest.EOI)
}

// whats are the damaged places without their positions.
func whats(m Message) (all []string) {
	for _, d := range m.Damage {
		all = append(all, d.What)
	}
	return all
}

// TestDamageAtWindowEnd checks that the result for a damaged row does not depend on where
// in the text the row stands. A line before the picture moves the row over the end of the
// first window.
func TestDamageAtWindowEnd(t *testing.T) {
	picture := bigPicture()
	for _, tt := range []struct {
		name   string
		end    string
		damage func(row string) string
	}{
		{"a sign at the end of a row", "\n", func(row string) string { return row[:58] + "#" + row[59:] }},
		{"a sign in a row", "\n", func(row string) string { return row[:30] + "#" + row[31:] }},
		{"a foreign word in a row", "\n", func(row string) string { return row[:30] + "<?>" + row[30:] }},
		{"a digit is missing in a row", "\r\n", func(row string) string { return row[:30] + row[31:] }},
		{"a digit too many in a row", "\r\n", func(row string) string { return row + "a" }},
	} {
		rows := strings.SplitAfter(dumptest.Every(hex.EncodeToString(picture), 60, tt.end)+tt.end, "\n")
		const row = window.Size/61 - 80
		rows[row] = tt.damage(rows[row][:60]) + tt.end
		text := strings.Join(rows, "")
		want, _, err := decodeDump(strings.NewReader(text), Recognize)
		if err != nil || len(want) != 1 || len(want[0].bytes) < len(picture)-8 {
			t.Fatalf("%s: %d pictures, %v", tt.name, len(want), err)
		}
		at := len(strings.Join(rows[:row], ""))
		for k := -70; k < 2*longLine; k++ {
			if k > 70 || dumptest.UnderRace {
				k += 60 // still at every place of a row
			}
			n := window.Size - k - at
			if n < 1 {
				break
			}
			got, _, err := decodeDump(strings.NewReader(strings.Repeat("x", n-1)+"\n"+text), Recognize)
			if err != nil || len(got) != 1 || !bytes.Equal(got[0].bytes, want[0].bytes) || !slices.Equal(whats(got[0].msg), whats(want[0].msg)) {
				t.Fatalf("%s, %d before the window's end: %d pictures, %v, not one with damage %q: %+v", tt.name, k, len(got), err, whats(want[0].msg), got)
			}
		}
	}
}

// decodeHex decodes a text of plain hex through a window of size bytes.
func decodeHex(t testing.TB, text string, size int) ([]byte, *Message) {
	t.Helper()
	w := window.New(strings.NewReader(text), size, size)
	w.Keep(lookBack)
	h := &hexDecoder{body: body{text: w, msg: &Message{}}, run: hexRun{sep: ' '}}
	b, err := io.ReadAll(readerFunc(h.decode))
	if err != nil {
		t.Fatal(err)
	}
	return b, h.msg
}

// TestHexInSmallWindows checks the same for any other damage, in rows of any length.
func TestHexInSmallWindows(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	for i := range 300 {
		digits := hex.EncodeToString(dumptest.RandomPrefix(rnd, 30_000))
		text := []byte(dumptest.Every(digits, 10+rnd.IntN(200), []string{"\n", "\r\n"}[i%2]))
		for range 1 + rnd.IntN(200) {
			at := rnd.IntN(len(text))
			with := []string{"", "a", "#", "g", "\u00e9", "??", " ", "\t;", " 1", "...", "*", "\n", ":"}[rnd.IntN(13)]
			text = slices.Replace(text, at, at+rnd.IntN(2), []byte(with)...)
		}
		want, wantMsg := decodeHex(t, string(text), 1<<20)
		for _, size := range []int{20_000, 20_001, 32 << 10} {
			got, msg := decodeHex(t, string(text), size)
			if !bytes.Equal(got, want) || fmt.Sprint(msg) != fmt.Sprint(wantMsg) {
				t.Fatalf("text %d in a window of %d: %d bytes, want %d\n%v\n%v", i, size, len(got), len(want), msg, wantMsg)
			}
		}
	}
}

// manyBlanks are the hex digits of blanks and line ends only. At each line end the decoder
// asks for the last byte of the message that is not a blank. It must not examine all
// blanks before it again each time: BenchmarkBlanksInHex shows whether it does.
var manyBlanks = []string{"20\n", "20\r\n", "0a\n20 \n"}

func TestBlanksInHex(t *testing.T) {
	for _, unit := range manyBlanks {
		b, _ := decodeHex(t, strings.Repeat(unit, 200_000), window.Size)
		if len(b) < 200_000 || bytes.Trim(b, " \n") != nil {
			t.Errorf("%q: %d bytes", unit, len(b))
		}
	}
}

func BenchmarkBlanksInHex(b *testing.B) {
	for _, unit := range manyBlanks {
		for _, lines := range []int{20_000, 200_000} { // the speed must be the same
			b.Run(fmt.Sprintf("%q/%d", unit, lines), func(b *testing.B) {
				text := strings.Repeat(unit, lines)
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					decodeHex(b, text, window.Size)
				}
			})
		}
	}
}

// TestRaggedHex checks that lines of different lengths are not damage, even if a few of
// them have the same length.
func TestRaggedHex(t *testing.T) {
	picture := dumptest.Pictures(t)["baseline-peacock.jpg"]
	digits := hex.EncodeToString(picture)
	rnd := rand.New(rand.NewPCG(9, 10))
	for i := range 400 {
		least := 33 + rnd.IntN(100)
		spread := 3 + rnd.IntN(100)
		var lines []string
		for rest := digits; rest != ""; {
			n := min(len(rest), least+rnd.IntN(spread))
			lines = append(lines, rest[:n])
			rest = rest[n:]
		}
		dump := strings.Join(lines, []string{"\n", "\r\n", " \n", "\n  "}[i%4])
		check(t, dumptest.Layout{Name: "ragged hex"}, fmt.Sprintf("lines of %d and up to %d more", least, spread-1), 0, []byte(dump), picture)
	}
}

// TestDamagedRows checks that a digit that is missing or too many costs only the rest of
// its row and not the picture, even if the row before or after is damaged, too.
func TestDamagedRows(t *testing.T) {
	picture := dumptest.Pictures(t)["baseline-peacock.jpg"]
	rows := strings.SplitAfter(dumptest.Every(hex.EncodeToString(picture), 60, "\n")+"\n", "\n")
	missing := func(row string) string { return row[:20] + row[21:] }
	tooMany := func(row string) string { return row[:20] + "a" + row[20:] }
	type damage struct {
		row    int
		damage func(string) string
	}
	last := len(rows) - 2 // the last row; an empty string follows its line end
	for _, tt := range [][]damage{
		{{1, missing}},
		{{2, tooMany}},
		{{40, missing}},
		{{last - 1, missing}},
		{{last - 2, tooMany}},
		{{40, missing}, {41, missing}},
		{{40, missing}, {41, tooMany}},
		{{40, tooMany}, {42, missing}},
		{{40, tooMany}, {43, tooMany}},
		{{last - 5, missing}, {last - 1, missing}},
	} {
		text := slices.Clone(rows)
		for _, d := range tt {
			text[d.row] = d.damage(text[d.row])
		}
		for _, behind := range []string{"", "2026-11-23 01:55:10:123\n", "---\n"} {
			got, _ := decodeHex(t, strings.Join(text, "")+behind, window.Size)
			if len(got) < len(picture) || !bytes.HasPrefix(got, picture[:30*tt[0].row]) || !bytes.HasPrefix(got[30*(tt[len(tt)-1].row+1):], picture[30*(tt[len(tt)-1].row+1):]) {
				t.Errorf("damage from row %d to %d, %q behind: there is more of it", tt[0].row, tt[len(tt)-1].row, behind)
			}
		}
	}
}

// TestSignForDigit checks that, in rows of one length, a sign that replaces a digit is
// distinguished from one that was put in.
func TestSignForDigit(t *testing.T) {
	picture := dumptest.Pictures(t)["baseline-peacock.jpg"]
	for _, end := range []string{"\n", "\r\n"} {
		for _, sign := range []string{"#", "?", "\u00e9", "\uFFFD", "g"} {
			for col := range 60 {
				rows := strings.SplitAfter(dumptest.Every(hex.EncodeToString(picture), 60, end)+end, "\n")
				row := rows[40]
				at := fmt.Sprintf("line 41, column %d: ", col+1)
				want := bytes.Clone(picture)
				want[40*30+col/2] &= 0xF0>>(col%2*4) ^ 0xFF
				rows[40] = row[:col] + sign + row[col+1:]
				got, msg := decodeHex(t, strings.Join(rows, ""), window.Size)
				if damage := at + fmt.Sprintf("%q is not a hex digit; 0 is put in its place", []rune(sign)[0]); !bytes.Equal(got, want) || len(msg.Damage) != 1 || msg.Damage[0].String() != damage {
					t.Errorf("%q for a digit, %q: %d bytes, damage %q, not %q", sign, end, len(got), msg.Damage, damage)
				}
				if col == 0 || sign == "g" {
					continue // a line that begins with a sign is another line, and g always replaces a digit
				}
				rows[40] = row[:col] + sign + row[col:]
				got, msg = decodeHex(t, strings.Join(rows, ""), window.Size)
				if damage := at + fmt.Sprintf("%q does not belong to the hex text; skipped", sign); !bytes.Equal(got, picture) || len(msg.Damage) != 1 || msg.Damage[0].String() != damage {
					t.Errorf("%q put in, %q: %d bytes, damage %q, not %q", sign, end, len(got), msg.Damage, damage)
				}
			}
		}
	}
}

// TestFieldsBehindHex checks that the fields which mosquitto_sub prints after the payload
// on its line are not a part of it, although they may begin with a hex digit.
func TestFieldsBehindHex(t *testing.T) {
	pics := dumptest.Pictures(t)
	a, b := pics["baseline-peacock.jpg"], pics["gray-peacock.jpg"]
	for _, format := range []string{
		"%x 1795398905.350698939", "%x 4GSolarCam/Snapshot", "%x;4GSolarCam/Snapshot", "%x; 4GSolarCam/Snapshot", "payload=%x bytes=2313",
		"%x\t4GSolarCam/Snapshot", "%x,cam,0", "%x, 4GSolarCam/Snapshot 1795398905.350698939", "%x 0", "%x 123 0 4GSolarCam/Snapshot",
		"%x 2026-11-23T01:55:05+0000 4GSolarCam/Snapshot", "%x 2026-11-23 01:55:05", "%x;4GSolarCam/Snapshot;1795398905.350698939;0", "%x 1795398905.350698939 0 0 2313",
		"%x dead/beef",
	} {
		for _, end := range []string{"\n", "\r\n"} {
			var dump string
			for _, picture := range [][]byte{a, b, a} {
				dump += strings.Replace(format, "%x", hex.EncodeToString(append([]byte("SC211\x00"), picture...)), 1) + end
			}
			got, _, err := decodeDump(strings.NewReader(dump), Recognize)
			if err != nil || len(got) != 3 || !bytes.Equal(got[0].bytes, a) || !bytes.Equal(got[1].bytes, b) || !bytes.Equal(got[2].bytes, a) {
				t.Errorf("%q: %d pictures, %v", format, len(got), err)
			}
			for i, g := range got {
				if line := g.msg.Position.Line; g.msg.DamageCount > 0 || g.pic.After > 0 || line != int64(i+1) || i > 0 && g.msg.Topic != "" {
					t.Errorf("%q, picture %d: on line %d, %d bytes behind it, damage %q", format, i, line, g.pic.After, g.msg.Damage)
				}
			}
		}
	}
}

// TestShortHexWithFields checks that a short message is not taken for a group of digits.
func TestShortHexWithFields(t *testing.T) {
	picture := dumptest.Pictures(t)["baseline-peacock.jpg"]
	for n := 16; n < 40; n++ {
		dump := strings.Repeat("5a", n) + " 1795398905.350698939\n" + hex.EncodeToString(picture) + " 1795398906.350698939\n"
		got, _, err := decodeDump(strings.NewReader(dump), Recognize)
		if err != nil || len(got) != 1 || !bytes.Equal(got[0].bytes, picture) || got[0].msg.DamageCount > 0 || got[0].msg.Position.Line != 2 {
			t.Errorf("%d bytes: %d pictures, %v", n, len(got), err)
		}
	}
}

// TestWordsInHex checks that a foreign word in the middle of hex is damage, and that
// blanks anywhere are not.
func TestWordsInHex(t *testing.T) {
	picture := dumptest.Pictures(t)["baseline-peacock.jpg"]
	digits := hex.EncodeToString(picture)
	for _, word := range []string{"foo", "f", "1.5", "abc!", "f00?"} {
		for _, at := range []int{200, 201, 2000, len(digits) - 40} {
			got, msg := decodeHex(t, digits[:at]+" "+word+" "+digits[at:], window.Size)
			if len(got) < len(picture) || msg.DamageCount == 0 {
				t.Errorf("%q at %d: %d bytes, damage %q", word, at, len(got), msg.Damage)
			}
		}
	}
	rnd := rand.New(rand.NewPCG(11, 12))
	for range 300 {
		dump := digits[:64]
		for rest := digits[64:]; rest != ""; {
			n := min(len(rest), 1+rnd.IntN(40))
			dump += []string{"", " ", "  ", "\t", ", ", ";"}[rnd.IntN(6)] + rest[:n]
			rest = rest[n:]
		}
		got, msg := decodeHex(t, dump, window.Size)
		if !bytes.Equal(got, picture) || msg.DamageCount > 0 {
			t.Fatalf("%d bytes, damage %q from %q", len(got), msg.Damage, dump)
		}
	}
}

// TestDigitsOfSecondLook checks that text between the digits is not damage as long as it
// is always the same and the digits pair up.
func TestDigitsOfSecondLook(t *testing.T) {
	picture := dumptest.Pictures(t)["baseline-peacock.jpg"]
	digits := hex.EncodeToString(append([]byte("SC211\x00"), picture...))
	rnd := rand.New(rand.NewPCG(13, 14))
	var strewn strings.Builder
	for _, c := range digits {
		strewn.WriteString([]string{"", "", " ", "\t", "\n", "\r\n"}[rnd.IntN(6)] + string(c))
	}
	for _, tt := range []struct {
		text   string
		damage string // the first one
	}{
		{dumptest.Every(digits, 3, " "), ""},
		{dumptest.Every(digits, 5, "\n"), ""},
		{dumptest.Every(digits, 7, "\r\n"), ""},
		{strewn.String(), ""},
		{dumptest.Every(digits, 2, "_"), ""},
		{dumptest.Every(digits, 2, "|"), ""},
		{dumptest.Every(digits, 2, "/"), ""},
		{dumptest.Every(digits, 2, "."), ""},
		{dumptest.Every(digits, 2, " . ") + "\n", ""},
		{"[" + dumptest.Every(digits, 2, ", ") + "]\n", ""},
		{"~ " + dumptest.Every(digits, 2, "_"), ""},
		{"0" + dumptest.Every(digits, 2, "_"), "line 1, column 27: the digits before this place do not pair up; read from here on"},
		{dumptest.Every(digits, 2, "_x"), "line 1, column 34: the digits before this place do not pair up; read from here on"},
		{"start " + dumptest.Every(digits, 2, "_"), "line 1, column 32: the digits before this place do not pair up; read from here on"},
		{dumptest.Every(digits[:1000], 2, "_") + "??_" + dumptest.Every(digits[1000:], 2, "_"), "line 1, column 1503: there is other text between the digits before this place; all digits are read"},
		{dumptest.Every(digits, 2, "_") + "_a", "line 1, column 6935: the text has an odd number of hex digits: one is missing, or one is too many"},
	} {
		got, _, err := decodeDump(strings.NewReader(tt.text), AsDigits)
		if err != nil || len(got) != 1 || !bytes.Equal(got[0].bytes, picture) {
			t.Errorf("%.40q: %d pictures, %v", tt.text, len(got), err)
			continue
		}
		damage := ""
		if len(got[0].msg.Damage) > 0 {
			damage = got[0].msg.Damage[0].String()
		}
		if damage != tt.damage {
			t.Errorf("%.40q: damage %q, want %q", tt.text, damage, tt.damage)
		}
	}
}

// TestOddGroups checks that groups and lines of an odd number of digits are read at the
// first attempt, which can separate several messages.
func TestOddGroups(t *testing.T) {
	pics := dumptest.Pictures(t)
	a, b := pics["baseline-peacock.jpg"], pics["gray-peacock.jpg"]
	for n := 3; n <= 31; n += 2 {
		for _, sep := range []string{" ", ",", "\n", "\r\n"} {
			dump := ""
			for _, picture := range [][]byte{a, b} {
				dump += "2026-11-23T01:55:05+0000 4GSolarCam/Snapshot\n" + dumptest.Every(hex.EncodeToString(picture), n, sep) + "\n"
			}
			got, _, err := decodeDump(strings.NewReader(dump), Recognize)
			if err != nil || len(got) != 2 || !bytes.Equal(got[0].bytes, a) || !bytes.Equal(got[1].bytes, b) {
				t.Errorf("groups of %d and %q: %d pictures, %v", n, sep, len(got), err)
			}
			for _, g := range got {
				if g.msg.DamageCount > 0 || g.msg.Topic != "4GSolarCam/Snapshot" || g.msg.Time.IsZero() {
					t.Errorf("groups of %d and %q: topic %q, time %v, damage %q", n, sep, g.msg.Topic, g.msg.Time, g.msg.Damage)
				}
			}
		}
	}
}

// TestWordsBeforeHex checks that a word of an odd number of hex digits before the data is
// not taken for a group of them.
func TestWordsBeforeHex(t *testing.T) {
	picture := dumptest.Pictures(t)["baseline-peacock.jpg"]
	digits := hex.EncodeToString(picture)
	for _, word := range []string{"bed", "f00", "decaf", "add bed", "add 123", "123 456 78a"} {
		for _, dump := range []string{digits, dumptest.Every(digits, 2, " "), dumptest.Every(digits, 4, " "), dumptest.Every(digits, 8, " "), dumptest.Every(digits, 60, "\n")} {
			check(t, dumptest.Layout{Name: "hex"}, fmt.Sprintf("%q, %.10q", word, dump), 0, []byte("site/1 "+word+" "+dump), picture)
		}
	}
}
