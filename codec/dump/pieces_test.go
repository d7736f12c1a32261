package dump

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"mime/quotedprintable"
	"slices"
	"strings"
	"testing"

	"mqtool/codec/internal/dumptest"
)

// endings are the ways to save a text.
var endings = []struct {
	name string
	save func([]byte) []byte
}{
	{"as it is", func(b []byte) []byte { return b }},
	{"CRLF", func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")) }},
	{"UTF-16", func(b []byte) []byte { return dumptest.UTF16(binary.LittleEndian, "\uFEFF"+string(b)) }},
}

// TestLiterals checks that literals that belong together are one message, and that others
// are not.
func TestLiterals(t *testing.T) {
	checkPieces(t, dumptest.LiteralLayouts(), false)
}

// TestOnTheWay checks that the changes which pages, forms and tables make to a dump are
// undone.
func TestOnTheWay(t *testing.T) {
	checkPieces(t, dumptest.WayLayouts(), true)
}

// TestRecords checks that a message which a logger or a device has cut into records is
// read as one, and that the loss of a numbered piece is noticed.
func TestRecords(t *testing.T) {
	checkPieces(t, dumptest.RecordLayouts(false), true)
	checkPieces(t, dumptest.RecordLayouts(true), true)
	checkPieces(t, dumptest.RowLayouts(), true)
	picture := dumptest.Pictures(t)["baseline-peacock.jpg"]
	for _, l := range dumptest.RecordLayouts(true) {
		lines := bytes.SplitAfter(l.Render(picture), []byte("\n"))
		for i := range lines[:len(lines)-1] {
			if dumptest.UnderRace && i%8 != 1 {
				continue
			}
			lost := slices.Concat(lines[:i], lines[i+1:])
			checkDamaged(t, l.Name, fmt.Sprintf("record %d lost", i), bytes.Join(lost, nil), picture)
			swapped := slices.Clone(lines)
			swapped[i], swapped[(i+1)%(len(lines)-1)] = swapped[(i+1)%(len(lines)-1)], swapped[i]
			checkDamaged(t, l.Name, fmt.Sprintf("record %d in another place", i), bytes.Join(swapped, nil), picture)
			twice := slices.Concat(lines[:i+1], lines[i:])
			checkPictures(t, l.Name+", a record twice", bytes.Join(twice, nil), picture)
		}
	}
}

// TestQuotedPrintable checks that the lines which a mail has cut are joined, whatever they
// hold.
func TestQuotedPrintable(t *testing.T) {
	picture := dumptest.Pictures(t)["baseline-peacock.jpg"]
	for name, text := range map[string]string{
		"JSON":   dumptest.CameraJSON(picture),
		"hex":    "Topic: a/b\n" + dumptest.MQTTXHex(picture),
		"base64": base64.StdEncoding.EncodeToString(picture),
		"xxd":    dumptest.Rows(picture, 16, false, dumptest.XxdRow("%08x:", 16, 2)),
		"bytes":  string(picture),
	} {
		var mail strings.Builder
		mail.WriteString("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
		w := quotedprintable.NewWriter(&mail)
		w.Binary = name == "bytes"
		_, err := w.Write([]byte(text))
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		checkPictures(t, name, []byte(mail.String()), picture)
	}
	base64Part := "Content-Transfer-Encoding: quoted-printable\r\n\r\nsee below\r\n--=_b\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		dumptest.Base64Lines(picture, "\r\n") + "\r\n--=_b--\r\n"
	checkPictures(t, "a part in base64", []byte(base64Part), picture)
}

// TestLineOfReturns checks that a line of carriage returns is not taken for a long line that
// a logger has cut.
func TestLineOfReturns(t *testing.T) {
	got, _, err := decodeDump(strings.NewReader("a"+strings.Repeat("\r", leastCut)+"\nffd8\n"), Recognize)
	if err != nil || len(got) > 0 {
		t.Errorf("%d pictures, %v", len(got), err)
	}
}

// checkPieces reads a message in each layout: with a picture of either generation, with
// pictures of different sizes, with two of them in a row, and damaged.
func checkPieces(t *testing.T, layouts []dumptest.Layout, onlyPictures bool) {
	pics := dumptest.Pictures(t)
	small, other, large := pics["baseline-peacock.jpg"], pics["gray-peacock.jpg"], pics["exif-thumb-hibiscus.jpg"]
	for _, l := range layouts {
		t.Run(l.Name, func(t *testing.T) {
			t.Parallel()
			for i, e := range endings {
				if i > 0 && dumptest.UnderRace { // the ending makes no difference to the race detector
					break
				}
				name := l.Name + ", " + e.name
				checkPictures(t, name+", peacock", e.save(l.Render(small)), small)
				if i == 0 && !dumptest.UnderRace { // this one takes as long as all the others together
					checkPictures(t, name+", hibiscus", e.save(l.Render(large)), large)
				}
				checkPictures(t, name+", gray", e.save(l.Render(other)), other)
				if !onlyPictures {
					checkPictures(t, name+", behind a header", e.save(l.Render(append(bytes.Repeat([]byte("SC211"), 6), other...))), other)
				}
				checkPictures(t, name+", two", e.save(append(l.Render(small), l.Render(other)...)), small, other)
				checkPictures(t, name+", twice the same", e.save(append(l.Render(small), l.Render(small)...)), small, small)
				checkDamagedPieces(t, name, e.save(l.Render(small)), small)
			}
		})
	}
}

// checkPictures reads a dump with whole pictures in it.
func checkPictures(t *testing.T, name string, dump []byte, want ...[]byte) {
	t.Helper()
	got, d, err := decodeDump(bytes.NewReader(dump), Recognize)
	if err != nil || len(got) != len(want) {
		t.Errorf("%s: %d pictures, %v, findings %q", name, len(got), err, d.Findings())
		return
	}
	for i := range want {
		_, damaged := got[i].msg.DamageIn(got[i].pic.Offset, got[i].pic.Offset+got[i].pic.Size)
		if !bytes.Equal(got[i].bytes, want[i]) || damaged > 0 {
			t.Errorf("%s: picture %d: %d bytes, want %d, damage %v", name, i, len(got[i].bytes), len(want[i]), got[i].msg.Damage)
		}
	}
}

// checkDamagedPieces damages a dump in many places. The result must be the picture, or the
// damage must be reported.
func checkDamagedPieces(t *testing.T, name string, dump, want []byte) {
	t.Helper()
	step := 1
	if dumptest.UnderRace {
		step = 4
	}
	for k := 1; k < 10; k += step {
		at := len(dump) * k / 10
		line := at + bytes.IndexByte(dump[at:], '\n') + 1
		for _, damaged := range []struct {
			name string
			dump []byte
		}{
			{"a sign", []byte(string(dump[:at]) + "~" + string(dump[at:]))},
			{"a line", []byte(string(dump[:line]) + "20:14:00 noise\n" + string(dump[line:]))},
			{"the end lost", dump[:at]},
		} {
			checkDamaged(t, name, fmt.Sprintf("%s at %d", damaged.name, at), damaged.dump, want)
		}
	}
}

// checkDamaged reads a damaged dump. The result must be the picture, or the damage must be
// reported.
func checkDamaged(t *testing.T, name, damage string, dump, want []byte) {
	t.Helper()
	got, _, err := decodeDump(bytes.NewReader(dump), Recognize)
	if err != nil || len(got) == 0 || !got[0].pic.Whole() || bytes.Equal(got[0].bytes, want) {
		return
	}
	if _, n := got[0].msg.DamageIn(got[0].pic.Offset, got[0].pic.Offset+got[0].pic.Size); n == 0 {
		t.Errorf("%s, %s: %d bytes without a word, want %d (%s)", name, damage, len(got[0].bytes), len(want), got[0].msg.Layout)
	}
}

// TestTables reads tables with a message in each row, behind numbers: a row number, a size,
// a time. A number with an odd number of digits must not shift the digits behind it.
func TestTables(t *testing.T) {
	pics := dumptest.Pictures(t)
	pictures := [][]byte{pics["baseline-peacock.jpg"], pics["restart-video001.jpg"], pics["gray-peacock.jpg"]}
	spaced := func(b []byte, size int) string {
		var groups []string
		for group := range slices.Chunk([]byte(hex.EncodeToString(b)), size) {
			groups = append(groups, string(group))
		}
		return strings.Join(groups, " ")
	}
	for name, write := range map[string]func(b []byte) string{
		"hex":                 hex.EncodeToString,
		"upper-case hex":      func(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) },
		"pairs":               func(b []byte) string { return spaced(b, 2) },
		"fours":               func(b []byte) string { return spaced(b, 4) },
		"base64":              base64.StdEncoding.EncodeToString,
		"0x":                  func(b []byte) string { return "0x" + strings.ReplaceAll(spaced(b, 2), " ", ",0x") },
		"hex behind a prefix": func(b []byte) string { return hex.EncodeToString(append([]byte("SC2110\x01\x02"), b...)) },
		"base64 behind a prefix": func(b []byte) string {
			return base64.StdEncoding.EncodeToString(append([]byte("SC2110\x01\x02"), b...))
		},
	} {
		for _, first := range []int{1, 9, 98, 1001, 1795955100, 1795955100123} {
			for _, separator := range []string{",", ";", "\t", " ", "  ", ", ", "|", ": ", ";2305;", "\t100\t", ",\""} {
				var rows strings.Builder
				for i, picture := range pictures {
					fmt.Fprintf(&rows, "%d%s%s%s\n", first+i, separator, write(picture), strings.Repeat(`"`, strings.Count(separator, `"`)))
				}
				checkPictures(t, fmt.Sprintf("%s behind %d%q", name, first, separator), []byte(rows.String()), pictures...)
			}
		}
	}
}
