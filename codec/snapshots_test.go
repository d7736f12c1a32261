package codec

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"mqtool/codec/dump"
	"mqtool/codec/internal/dumptest"
	"mqtool/codec/jpeg"
)

// decodePictures finds all pictures of a dump.
func decodePictures(r io.Reader) (all []DumpSnapshot, err error) {
	s := NewSnapshotScanner(r, dump.Recognize)
	for {
		picture, err := s.Next(io.Discard)
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, picture)
	}
}

// TestDamageWithoutPicture checks that damage of the text is reported even if it left no
// picture.
func TestDamageWithoutPicture(t *testing.T) {
	picture := dumptest.Pictures(t)["baseline-peacock.jpg"]
	digits := hex.EncodeToString(picture)
	xxd := strings.SplitAfter(dumptest.Rows(picture, 16, false, dumptest.XxdRow("%08x:", 16, 2)), "\n")
	for _, tt := range []struct{ text, want string }{
		{strings.Join(xxd[:8], "") + strings.Join(xxd[9:20], ""), "line 9: the offsets jump from 00000080 to 00000090"},
		{dumptest.Every(digits[:320], 32, "\n") + "\n*\n" + dumptest.Every(digits[320:640], 32, "\n"), "line 11: a lone * stands for repeated rows, and without offsets their number is not known: make the dump again with -v"},
		{dumptest.Every(strings.Repeat("00", 160), 32, "\n") + "\n*\n" + strings.Repeat("00", 16), "line 11: a lone * stands for repeated rows, and without offsets their number is not known: make the dump again with -v"},
	} {
		r := NewSnapshotScanner(strings.NewReader(tt.text), dump.Recognize)
		for err := error(nil); err == nil; {
			var s DumpSnapshot
			if s, err = r.Next(io.Discard); err == nil && s.Picture.Value.State != jpeg.Empty {
				t.Errorf("%s: a picture", tt.want)
			}
		}
		if got := r.Findings(); len(got) != 1 || got[0] != tt.want {
			t.Errorf("findings %q, want %q", got, tt.want)
		}
	}
}

func TestLog(t *testing.T) {
	pics := dumptest.Pictures(t)
	a, b := pics["baseline-peacock.jpg"], pics["gray-peacock.jpg"]
	log := "1795398905.350698939 4GSolarCam/Snapshot 534332313100" + hex.EncodeToString(a) + "\n" +
		"1795398906.000000001 4GSolarCam/Status 7b7d\n" +
		"# a remark\n" +
		"2026-11-23T01:55:10+0000 site/4/4GSolarCam/Snapshot " + hex.EncodeToString([]byte(dumptest.CameraJSON(b))) + "\n" +
		"4GSolarCam/Snapshot " + dumptest.CameraJSON(a) + "\n" +
		hex.EncodeToString(b)
	got, err := decodePictures(iotest.HalfReader(strings.NewReader(log)))
	if err != nil {
		t.Fatal(err)
	}
	type line struct {
		line   int64
		layout string
		topic  string
		time   time.Time
		before int64
		size   int
	}
	var lines []line
	for _, g := range got {
		lines = append(lines, line{g.Message.Position.Line, g.Message.Layout, g.Message.Topic, g.Message.Time, g.Picture.Value.Before, int(g.Picture.Value.Size)})
	}
	want := []line{
		{1, "plain hex", "4GSolarCam/Snapshot", time.Unix(1795398905, 350698939).UTC(), 6, len(a)},
		{4, "base64 in JSON in plain hex", "4GSolarCam/Snapshot", time.Date(2026, 11, 23, 1, 55, 10, 0, time.UTC), 0, len(b)},
		{5, "base64 in JSON", "4GSolarCam/Snapshot", time.Time{}, 0, len(a)},
		{6, "plain hex", "", time.Time{}, 0, len(b)},
	}
	if !reflect.DeepEqual(lines, want) {
		t.Errorf("got  %v\nwant %v", lines, want)
	}
	v := got[1].Value()
	if v.MAC != "1CC31660025E" || v.CapturedAt.Unix() != 1776620818 || v.ImageSizeIs != "jpeg" || v.Generation != GenerationB {
		t.Errorf("the object around the second picture: %+v", v)
	}
}

// TestObjectOfSeveral checks that the object of a message is complete JSON even if another
// message follows in it, and gives no warning.
func TestObjectOfSeveral(t *testing.T) {
	picture := dumptest.Pictures(t)["baseline-peacock.jpg"]
	encoded := base64.StdEncoding.EncodeToString(picture)
	for _, text := range []string{
		dumptest.MQTTXClean(dumptest.Lossy(picture), picture, true),
		dumptest.MQTTXClean(dumptest.Lossy(picture), picture, false),
		`{"values":{"a":"` + encoded + `","b":"` + encoded + `"}}`,
		`{"values":{"a":[` + dumptest.Each(picture, ",", func(c byte) string { return fmt.Sprint(c) }) + `],"b":[` + dumptest.Each(picture, ",", func(c byte) string { return fmt.Sprint(c) }) + `]}}`,
	} {
		got, err := decodePictures(strings.NewReader(text))
		if err != nil || len(got) == 0 {
			t.Errorf("%.40q: %d pictures, %v", text, len(got), err)
		}
		for _, g := range got {
			v := g.Value()
			if !json.Valid(g.Message.Object) || len(v.Warn) > 0 {
				t.Errorf("%.40q: object %s, warnings %q", text, g.Message.Object, v.Warn)
			}
		}
	}
}

// TestShortMessages checks that short messages of the same length, one on each line, are
// not read as the rows of a dump.
func TestShortMessages(t *testing.T) {
	picture := []byte(dumptest.Tiny)
	empty := dumptest.SOI + dumptest.JFIF + "\xFF\xD9" // no scan
	for _, front := range []string{"179539890%d.350698939 ", "179539890%d.350698939 4GSolarCam/Snapshot "} {
		var log string
		for i := range 5 {
			log += fmt.Sprintf(front+"%x\n", i, empty)
		}
		log += fmt.Sprintf(front+"%x\n", 5, picture)
		r := NewSnapshotScanner(strings.NewReader(log), dump.Recognize)
		for i := int64(1); ; i++ {
			s, err := r.Next(io.Discard)
			if err != nil || s.Message.Position.Line != i {
				t.Fatalf("%q: message %d: line %d, %v", front, i, s.Message.Position.Line, err)
			}
			if s.Picture.Value.State == jpeg.Complete {
				break
			}
		}
	}
}

func TestManySmallMessages(t *testing.T) {
	size := 100_000
	if dumptest.UnderRace {
		size = 30_000
	}
	for _, unit := range []string{
		`{"`, `[{`, "data:image/jpeg;base64,", `"\x00`, "0x1 0x1 0x1 0x1 } ", "0x1\n0x1\n0x1\n", "0x", "[1,2,3,4,5,6,7,8] ", "[1 2 3 4 5 6 7 8\n9]\n", strings.Repeat("255 ", 20) + "\n.\n", "-\n1 ", "\n", " \n", strings.Repeat("A", 32) + "!", strings.Repeat("f", 32) + "g",
		"/9j/4AAQSkZJRgABAQAAAQABAAD/2wBD!", `{"payload":"{\"a\":1}","payloadlen":500}` + "\n", "\xFF\xD8\xFF\xE0\x00\x10JFIF\x00", "data:image/jpeg;base64,/9j/=", "=",
		"00000000: 00\n00000001: 00\n", "0000000 ff\n*\n", "0000000 ff\n*\n0000000 ff\n\n",
		"ff" + strings.Repeat(" ", 2000) + "\n", "00000000: 00" + strings.Repeat("\n", 2000), `b'`, `b'\x`, `"\u`, "> ", strings.Repeat("A", 40) + "\n\n", strings.Repeat("A", 40) + "?", "ff  .\n", "f\nff\n", "ffff f\n",
	} {
		text := strings.Repeat(unit, size/len(unit))
		for _, start := range []string{"", "data:image/jpeg;base64,/9j/4AAQ"} {
			r := NewSnapshotScanner(strings.NewReader(start+text), dump.Recognize)
			for err := error(nil); err != io.EOF; {
				if _, err = r.Next(io.Discard); err != nil && err != io.EOF {
					t.Fatalf("%q: %v", unit, err)
				}
			}
		}
	}
}

// BenchmarkFirstValues shows that the cost of the first values of a payload does not
// depend on how much follows them: both rows are alike.
func BenchmarkFirstValues(b *testing.B) {
	const object = `{"ts":1682336818966,"values":{"devMac":"5CC5638AE24C","image":""}}`
	long := bytes.Repeat([]byte(object), 40*maxLines)
	for name, payload := range map[string][]byte{"few": long[:(maxLines+1)*len(object)], "many": long} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if n := len(Decode("4GSolarCam/Snapshot", payload)); n != maxLines {
					b.Fatalf("%d values", n)
				}
			}
		})
	}
}

func BenchmarkDump(b *testing.B) {
	picture := append([]byte(dumptest.SOI+dumptest.JFIF+dumptest.Frame+dumptest.SOS), bytes.Repeat([]byte("0123456789abcdef"), 1<<16)...)
	for _, l := range dumptest.Layouts {
		text := l.Render(append(picture, dumptest.EOI...))
		b.Run(l.Name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				s := NewSnapshotScanner(bytes.NewReader(text), dump.Recognize)
				if _, err := s.Next(io.Discard); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestZones checks that the time at which a picture was received is right in every zone.
// mosquitto_sub itself wrote the lines.
func TestZones(t *testing.T) {
	text, err := os.ReadFile("../testdata/dumps/mosquitto-zones.txt")
	if err != nil {
		t.Fatal(err)
	}
	pictures := 0
	for line := range strings.Lines(string(text)) {
		truth, rest, _ := strings.Cut(line, "|")
		want, ok := dump.ParseStamp(strings.Fields(truth)[1])
		if !ok {
			t.Fatal(line)
		}
		s, err := NewSnapshotScanner(strings.NewReader(rest), dump.Recognize).Next(io.Discard)
		if err == io.EOF {
			continue // of a reader
		}
		if pictures++; err != nil || want.Sub(s.Message.Time).Abs() > time.Second {
			t.Errorf("%s: received %v, %v", line, s.Message.Time, err)
		}
	}
	if pictures != 12 {
		t.Errorf("%d pictures", pictures)
	}
}

// TestChunks joins the pieces of the NE301. The base64 of each piece is longer than the
// part of it that counts.
func TestChunks(t *testing.T) {
	var log, want bytes.Buffer
	for _, v := range readVectors(t, "../testdata/vectors/milesight-4g.jsonl") {
		if !strings.HasPrefix(v.ID, "sib-ne301-chunk") {
			continue
		}
		fmt.Fprintf(&log, "%s %s\n", v.Topic, v.Input)
		if piece, ok := v.Fields["piece_hex"].(string); ok {
			b, err := hex.DecodeString(piece)
			if err != nil {
				t.Fatal(err)
			}
			want.Write(b)
		}
	}
	var got bytes.Buffer
	s, err := NewSnapshotScanner(&log, dump.Recognize).Next(&got)
	if err != nil || s.Picture.Value.State != jpeg.Complete || want.Len() == 0 || !bytes.Equal(got.Bytes(), want.Bytes()) {
		t.Fatalf("%d bytes, want %d, %v", got.Len(), want.Len(), err)
	}
	if s.Message.Topic != "ne301/2A207D/upload/report" || !strings.Contains(string(s.Message.Object), "cam01_1776620818") {
		t.Errorf("topic %q, object %s", s.Message.Topic, s.Message.Object)
	}
}

// TestRest checks that a note says where a cut picture may continue, if nothing says so
// for certain.
func TestRest(t *testing.T) {
	digits := hex.EncodeToString(dumptest.Pictures(t)["baseline-peacock.jpg"])
	const want = "line 2 goes on without a beginning: it may be the rest of the picture in line 1"
	for _, tt := range []struct{ text, rest string }{
		{"recv: " + digits[:2000] + "\nmore: " + digits[2000:], want},
		{"recv: " + digits[:2000] + "\nrecv: " + digits, ""},
		{"recv: " + digits + "\nmore: " + digits[2000:], ""},
		{"recv: " + digits[:2000] + "\nmore: " + hex.EncodeToString([]byte(`{"battery":81,"name":"a camera with a name"}`)), ""},
	} {
		s := NewSnapshotScanner(strings.NewReader(tt.text), dump.Recognize)
		for err := error(nil); err == nil; {
			_, err = s.Next(io.Discard)
		}
		if got := s.Rest(); !strings.HasPrefix(got, tt.rest) || tt.rest == "" && got != "" {
			t.Errorf("%.30q: %q, want %q", tt.text, got, tt.rest)
		}
	}
}

// TestShortened checks that a picture is cut and a hint is given where a viewer has put
// dots in the place of the rest, and that the dots of a text column are not taken for that.
func TestShortened(t *testing.T) {
	cut := dumptest.Pictures(t)["baseline-peacock.jpg"][:2100]
	dotted := append(bytes.Clone(cut), 0, 0, 0, 0)
	quoted := base64.StdEncoding.EncodeToString(cut)
	list := dumptest.Each(cut, ", ", func(c byte) string { return fmt.Sprint(c) })
	for name, c := range map[string]struct {
		text string
		hint bool
	}{
		"hex":                {fmt.Sprintf("%x...\n", cut), true},
		"hex, one character": {fmt.Sprintf("%x…", cut), true},
		"hex in pairs":       {fmt.Sprintf("% x ...\r\n", cut), true},
		"base64":             {quoted + "...", true},
		"JSON":               {otherMessage(quoted + "..."), true},
		"JSON, cut":          {`{"values":{"image":"data:image/jpeg;base64,` + quoted + "…\n", true},
		"JSON, hex":          {otherMessage(fmt.Sprintf("%x...", cut)), true},
		"list":               {"[" + list + ", ...]\n", true},
		"Python's bytes":     {dumptest.PythonBytes(cut) + "...\n", true},
		"hexdump -C":         {dumptest.HexdumpC(cut) + "...\n", true},
		"cut hex":            {fmt.Sprintf("%x\n", cut), false},
		"text column":        {dumptest.HexdumpC(dotted), false},
		"bytes":              {string(cut) + "...", false},
	} {
		found, err := NewSnapshotScanner(strings.NewReader(c.text), dump.Recognize).Next(io.Discard)
		if err != nil || found.Picture.Value.State != jpeg.Truncated {
			t.Errorf("%s: %v, %+v", name, err, found.Picture)
		}
		if got := slices.Contains(found.Value().Warnings(), dump.ShortenedText); got != c.hint {
			t.Errorf("%s: %q", name, found.Value().Warnings())
		}
	}
}
