package dump

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"mqtool/codec/internal/dumptest"
	"mqtool/codec/jpeg"
)

// TestSpellings reads each spelling in each wrapper, and damages it. The result must be
// the picture, or the damage must be reported.
func TestSpellings(t *testing.T) {
	pics := dumptest.Pictures(t)
	wrappers := []struct {
		name string
		wrap func(dump []byte) []byte
	}{
		{"as it is", func(b []byte) []byte { return b }},
		{"CRLF", func(b []byte) []byte {
			return bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
		}},
		{"UTF-16", func(b []byte) []byte { return dumptest.UTF16(binary.LittleEndian, "\uFEFF"+string(b)) }},
		{"JSON string", func(b []byte) []byte { return []byte(`{"payload":` + dumptest.Quoted(string(b)) + "}") }},
		{"hex", func(b []byte) []byte { return []byte(hex.EncodeToString(b)) }},
	}
	small := append([]byte(dumptest.SOI+dumptest.JFIF+dumptest.Frame+dumptest.SOS), bytes.Repeat([]byte("\x1b[#{$x\"'\\%+ \x07\x80\x9f\xe5\t=3D"), 12)...)
	rnd := rand.New(rand.NewPCG(7, 7))
	for range 900 {
		if c := byte(rnd.Uint32()); c != 0xFF {
			small = append(small, c)
		}
	}
	small = append(small, dumptest.EOI...)
	files := map[string][]byte{"small": small, "peacock": pics["baseline-peacock.jpg"], "hibiscus": pics["exif-thumb-hibiscus.jpg"]}
	for _, l := range dumptest.SpelledLayouts {
		t.Run(l.Name, func(t *testing.T) {
			for i, w := range wrappers {
				if dumptest.UnderRace && i > 0 {
					break
				}
				for name, file := range files {
					if dumptest.UnderRace && name != "small" {
						continue
					}
					if w.name == "CRLF" && strings.Contains(l.Name, "Latin-1") || w.name != "as it is" && l.Name == "Latin-1 as UTF-16" || w.name == "JSON string" && strings.HasPrefix(l.Name, "Latin-1") || name == "hibiscus" && w.name != "as it is" {
						continue // this would be another message, or the same test twice
					}
					checkSpelling(t, l.Name+", "+w.name+", "+name, w.wrap(l.Render(file)), file)
				}
			}
		})
	}
}

func checkSpelling(t *testing.T, name string, dump, want []byte) {
	t.Helper()
	check(t, dumptest.Layout{Name: name}, "", 0, dump, want)
	if len(want) > 20000 {
		return
	}
	for _, at := range []int{len(dump) / 3, len(dump) / 2, len(dump) * 4 / 5} {
		for _, change := range []struct{ name, text string }{{"a sign", "~"}, {"a line", "\n20:14:00 noise\n"}, {"the end", ""}} {
			damaged := dump[:at]
			if change.text != "" {
				damaged = []byte(string(dump[:at]) + change.text + string(dump[at:]))
			}
			got, _, err := decodeDump(bytes.NewReader(damaged), Recognize)
			if err != nil || len(got) == 0 || got[0].pic.State != jpeg.Complete || got[0].msg.DamageCount > 0 || bytes.Equal(got[0].bytes, want) {
				continue
			}
			if strings.Contains(name, "Latin-1") || strings.Contains(name, "Ruby") || strings.Contains(name, "Python bytes") || strings.Contains(name, "OCaml") || strings.Contains(name, "form of bytes") || strings.Contains(name, "percent") || strings.Contains(name, "quoted-pr") {
				continue // printable characters stand for themselves there
			}
			t.Errorf("%s, %s at %d: %d bytes without a word, want %d (%s)", name, change.name, at, len(got[0].bytes), len(want), fmt.Sprint(got[0].msg.Layout))
		}
	}
}
