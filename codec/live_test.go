package codec

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"mqtool/codec/dump"
	"mqtool/codec/internal/dumptest"
	"mqtool/codec/jpeg"
)

// showSnapshot returns everything that a snapshot means: its JSON, its warnings and its
// picture.
func showSnapshot(s CameraSnapshot) string {
	picture := sha256.Sum256(s.Image)
	return fmt.Sprintf("%s %q %d bytes, %x", s.AppendJSON(nil), s.Warnings(), len(s.Image), picture[:4])
}

// isPictured reports whether a snapshot has a picture, or something in its place. About a
// message that has neither, snapshot-decode says less than a listener.
func isPictured(s CameraSnapshot) bool {
	return s.Picture.Set || s.Missing != "" && s.Missing != noPicture
}

// liveSnapshots returns the snapshots of a payload as a listener gets them.
func liveSnapshots(payload []byte) (all []string) {
	for _, item := range Decode("4GSolarCam/Snapshot", payload) {
		if s, ok := item.Value.(CameraSnapshot); ok && isPictured(s) {
			all = append(all, showSnapshot(s))
		}
	}
	return all
}

// fileSnapshots returns the snapshots in a file.
func fileSnapshots(t testing.TB, text []byte) (all []string) {
	t.Helper()
	scanner := NewSnapshotScanner(iotest.HalfReader(bytes.NewReader(text)), dump.Recognize)
	for {
		var picture bytes.Buffer
		found, err := scanner.Next(&picture)
		if err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		s := found.Value()
		if found.Picture.Value.State != jpeg.Empty { // which nobody saves
			s.Image = picture.Bytes()
		}
		if isPictured(s) {
			all = append(all, showSnapshot(s))
		}
	}
}

// cameraPayloads returns payloads of cameras, in every known form in which other programs
// pass them on.
func cameraPayloads(t testing.TB) map[string]string {
	pics := dumptest.Pictures(t)
	a, b := string(pics["baseline-peacock.jpg"]), string(pics["gray-peacock.jpg"])
	base := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	object := func(image string) string {
		return `{"ts":1682336818966,"values":{"devName":"Gate","devMac":"5CC5638AE729","imageSize":7,"image":` + image + `}}`
	}
	numbers := func(s string) string {
		return dumptest.Each([]byte(s), ",", func(c byte) string { return fmt.Sprint(c) })
	}
	quoted := func(s string) string { return `"` + s + `"` }
	all := map[string]string{
		"generation A":            "534332313100" + a + "\x00\x00",
		"picture alone":           a,
		"two pictures":            a + b,
		"cut":                     a[:len(a)/2],
		"start of image alone":    a[:3],
		"hex text":                hex.EncodeToString([]byte(a)),
		"hex text in rows":        dumptest.Every(hex.EncodeToString([]byte(a)), 64, "\r\n"),
		"0x text":                 "0x" + hex.EncodeToString([]byte(a)),
		"base64 text":             base(a),
		"base64 text in rows":     dumptest.Base64Lines([]byte(a), "\r\n"),
		"base64url":               base64.RawURLEncoding.EncodeToString([]byte(a)),
		"data URI":                "data:image/jpeg;base64," + base(a),
		"data URI with name":      "data:image/jpeg;name=a.jpg;base64," + base(a),
		"list":                    "[" + numbers(a) + "]",
		"list in braces":          "{" + numbers(a) + "}",
		"Buffer of Node.js":       `{"type":"Buffer","data":[` + numbers(a) + `]}`,
		"Python's bytes":          dumptest.PythonBytes([]byte(a)),
		"xxd":                     dumptest.Rows([]byte(a), 16, false, dumptest.XxdRow("%08x:", 16, 2)),
		"hexdump -C":              dumptest.HexdumpC([]byte(a)),
		"object":                  object(quoted(base(a))),
		"object in lines":         strings.ReplaceAll(object(quoted(base(a))), ",", ",\n  "),
		"object, data URI":        object(quoted("data:image/jpeg;base64," + base(a))),
		"object, hex":             object(quoted(hex.EncodeToString([]byte(a)))),
		"object, list":            object("[" + numbers(a) + "]"),
		"object, Buffer":          object(`{"type":"Buffer","data":[` + numbers(a) + `]}`),
		"object, base64url":       object(quoted(base64.RawURLEncoding.EncodeToString([]byte(a)))),
		"object, rows of base64":  object(quoted(strings.ReplaceAll(strings.TrimSpace(dumptest.Base64Lines([]byte(a), "\n")), "\n", `\r\n`))),
		"object, two pictures":    object(quoted(base(a + b))),
		"object, cut":             object(quoted(base(a[:len(a)/2]))),
		"object, empty":           object(`""`),
		"object, null":            object(`null`),
		"object, not a JPEG":      object(quoted(base("\x89PNG\r\n\x1a\n" + strings.Repeat("\x00", 200)))),
		"object, no base64":       object(quoted("the picture is elsewhere")),
		"object, damaged base64":  object(quoted(base(a)[:400] + "!!" + base(a)[402:])),
		"object without an end":   strings.TrimSuffix(object(quoted(base(a))), "}}"),
		"object and a blank line": object(quoted(base(a))) + "\r\n\r\n",
		"object and zeros":        object(quoted(base(a))) + "\x00\x00",
		"two objects":             object(quoted(base(a))) + object(quoted(base(b))),
		"two objects on lines":    object(quoted(base(a))) + "\n" + object(quoted(base(b))) + "\n",
		"array of two":            "[" + object(quoted(base(a))) + "," + object(quoted(base(b))) + "]",
		"array of images":         `["` + base(a) + `","` + base(b) + `"]`,
		"an object around it":     `{"topic":"4GSolarCam/Snapshot","payload":` + object(quoted(base(a))) + `}`,
		"a text of JSON":          `{"topic":"4GSolarCam/Snapshot","payload":` + quoteJSON(object(quoted(base(a)))) + `}`,
		"another key":             `{"ts":1,"values":{"devMac":"5CC5638AE729","picture":"` + base(a) + `"}}`,
		"two keys":                `{"ts":1,"values":{"devMac":"5CC5638AE729","image":"` + base(a) + `","plate":"` + base(b) + `"}}`,
		"image before values":     `{"image":"` + base(a) + `","ts":1,"values":{"devMac":"5CC5638AE729"}}`,
		"metadata":                `{"image_data":"` + base(a) + `","device_info":{"mac_address":"5C:C5:63:8A:E7:29"},"metadata":{"timestamp":1682336743}}`,
		"status":                  `{"ts":1,"values":{"devMac":"5CC5638AE729","battery":90}}`,
		"nothing":                 "nothing of a picture",
		"an empty object":         "{}",
		"UTF-8 mark":              "\uFEFF" + object(quoted(base(a))),
		"umlaut in UTF-8":         `{"ts":1,"values":{"devName":"Büro","devMac":"5CC5638AE729","image":"` + base(a) + `"}}`,
		"umlaut as an escape":     `{"ts":1,"values":{"devName":"B\u00fcro","devMac":"5CC5638AE729","image":"` + base(a) + `"}}`,
		"brackets of the vendor":  `{"ts":1,"values":[{"devName":"Gate","devMac":"5CC5638AE729","image":"` + base(a) + `"}]}`,
		"list with line ends":     "[\n  " + strings.ReplaceAll(numbers(a), ",", ",\n  ") + "\n]",
		"object with a prefix":    "Snapshot: " + object(quoted(base(a))),
	}
	for _, v := range readVectors(t, "../testdata/vectors/milesight-4g.jsonl") {
		if v.Kind == "snapshot" {
			all["vector "+v.ID] = v.Input
		}
	}
	return all
}

// jsonEscapes write the base64 characters that are not letters or digits as other programs
// do.
var jsonEscapes = map[string]*strings.Replacer{
	"as it is":     strings.NewReplacer(),
	"slash":        strings.NewReplacer("/", `\/`),
	"plus":         strings.NewReplacer("+", `\u002B`),
	"equals sign":  strings.NewReplacer("=", `\u003d`),
	"all of them":  strings.NewReplacer("/", `\u002f`, "+", `\u002b`, "=", `\u003D`),
	"letters also": strings.NewReplacer("/", `\/`, "+", `\u002b`, "=", `\u003D`, "/9j", `\/\u0039j`),
}

// TestLiveIsFile checks that a camera's payload means the same live and in a file, in
// whatever way a program writes the characters of its base64.
func TestLiveIsFile(t *testing.T) {
	for name, plain := range cameraPayloads(t) {
		want := strings.Join(liveSnapshots([]byte(plain)), "\n")
		for escape, replacer := range jsonEscapes {
			t.Run(name+"/"+escape, func(t *testing.T) {
				payload := plain
				if json.Valid([]byte(plain)) {
					payload = stringsInJSON.ReplaceAllStringFunc(plain, replacer.Replace)
				}
				live, file := strings.Join(liveSnapshots([]byte(payload)), "\n"), strings.Join(fileSnapshots(t, []byte(payload)), "\n")
				if live != file {
					t.Errorf("%.200q\nlive %s\nfile %s", payload, live, file)
				}
				if columns.ReplaceAllString(live, "") != columns.ReplaceAllString(want, "") {
					t.Errorf("%.200q\nescaped %s\nplain   %s", payload, live, want)
				}
			})
		}
	}
}

var (
	stringsInJSON = regexp.MustCompile(`"[^"\\]*"`) // those without escapes
	columns       = regexp.MustCompile(`, column \d+`)
)

// FuzzLiveIsFile checks the same for any payload, and for any message of a reader.
func FuzzLiveIsFile(f *testing.F) {
	for _, payload := range cameraPayloads(f) {
		if len(payload) < 20_000 {
			f.Add([]byte(payload))
		}
	}
	for _, m := range readerMessages {
		f.Add([]byte(m.payload))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		if len(payload) > 100_000 {
			return
		}
		live, file := strings.Join(liveSnapshots(payload), "\n"), strings.Join(fileSnapshots(t, payload), "\n")
		if live != file {
			t.Fatalf("%.200q\nlive %s\nfile %s", payload, live, file)
		}
		if live != "" || !utf8.Valid(payload) || bytes.ContainsAny(payload, "\r\n\x00") {
			return
		}
		const topic = "springcard/springcore/DA1275B0/rdr/evt"
		var want []string
		for _, item := range Decode(topic, payload) {
			if item.Err != nil || item.Value.Kind() == KindRaw { // a log may have a message in it all the same
				return
			}
			want = append(want, showItem(topic, item, nil))
		}
		got := scanLog(t, strings.NewReader(topic+" "+string(payload)))
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Fatalf("%.200q\nfile %s\nlive %s", payload, got, want)
		}
	})
}
