package codec

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"mqtool/codec/internal/dumptest"
	"mqtool/codec/jpeg"
)

// peacock returns a small real picture; the notice beside the file names its author.
func peacock(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile("../testdata/jpeg/baseline-peacock.jpg")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// factsAbout are what jpeg.Find says about a whole payload, which its own tests check.
func factsAbout(t testing.TB, payload []byte) Opt[jpeg.Picture] {
	t.Helper()
	pic, err := jpeg.Find(payload)
	if err != nil {
		t.Fatal(err)
	}
	return Some(pic)
}

var trafficInfo = CameraInfo{
	SentAt:     time.UnixMilli(1776620819627).UTC(),
	CapturedAt: time.Unix(1776620818, 0).UTC(),
	DeviceName: "4G Traffic Sensing Camera",
	MAC:        "1CC31660025E",
	Topic:      "4GSolarCam/Snapshot",
	File:       "202604191046584644C.jpg",
	DayNight:   "day",
}

// decodeSnapshot decodes a payload of a camera's topic that holds one message.
func decodeSnapshot(payload []byte) (CameraSnapshot, error) {
	item := Decode("4GSolarCam/Snapshot", payload)[0]
	s, _ := item.Value.(CameraSnapshot)
	return s, item.Err
}

// decodeFirst decodes the first value of a payload.
func decodeFirst(topic string, payload []byte) Value { return Decode(topic, payload)[0].Value }

// trafficMessage is a message as the camera sends it, with room for a picture.
func trafficMessage(imageSize int, image string) string {
	return fmt.Sprintf(`{"ts":1776620819627,"topic":"4GSolarCam/Snapshot","gps":{"n": 1.50},"values":{"devName":"4G Traffic Sensing Camera",`+
		`"devMac":"1CC31660025E","file":"202604191046584644C.jpg","time":1776620818,"dayNight":"day","imageSize":%d,"image":%q,"plate":"X 1"}}`,
		imageSize, image)
}

func TestSnapshotB(t *testing.T) {
	picture := peacock(t)
	std := base64.StdEncoding.EncodeToString(picture)
	const uri = "data:image/jpeg;base64,"
	size := len(picture)
	whole := trafficMessage(size, uri+std)

	// want returns the snapshot that the message above means; each test changes it.
	want := func(change func(*CameraSnapshot)) CameraSnapshot {
		s := CameraSnapshot{
			Generation: GenerationB, CameraInfo: trafficInfo, Picture: factsAbout(t, picture), Image: picture, ImageSizeIs: "jpeg",
			Rest:   Rest{Extra: []Member{rawMember("gps", `{"n":1.50}`)}},
			Values: []Member{rawMember("plate", `"X 1"`)},
		}
		s.ImageSize = Some(int64(size))
		if change != nil {
			change(&s)
		}
		return s
	}
	resized := func(n int, is string) func(*CameraSnapshot) {
		return func(s *CameraSnapshot) { s.ImageSize, s.ImageSizeIs = Some(int64(n)), is }
	}
	warned := func(text string) func(*CameraSnapshot) {
		return func(s *CameraSnapshot) { s.Warn = []string{text} }
	}
	tests := []struct {
		name, text string
		want       CameraSnapshot
	}{
		{"as sent", whole, want(nil)},
		{"imageSize counts base64", trafficMessage(len(std), uri+std), want(resized(len(std), "base64"))},
		{"imageSize counts the string", trafficMessage(len(std)+23, uri+std), want(resized(len(std)+23, "image string"))},
		{"imageSize counts something else", trafficMessage(1024, uri+std), want(func(s *CameraSnapshot) {
			resized(1024, "")(s)
			warned(fmt.Sprintf("imageSize is 1024, but the picture has %d bytes, its base64 %d and the image string %d characters",
				size, len(std), len(std)+23))(s)
		})},
		{"last brace missing", whole[:len(whole)-1], want(warned(`the message ends too early: "}" was added`))},
		{"both braces missing", whole[:len(whole)-2] + "\r\n", want(warned(`the message ends too early: "}}" was added`))},
		{"a topic before, text behind", "4GSolarCam/Snapshot " + whole + "\nand more", want(nil)},
		{"data for values", strings.Replace(whole, `"values"`, `"data"`, 1), want(nil)},
		{"bare base64", trafficMessage(size, std), want(nil)},
		{"another kind of data URI", trafficMessage(size, "DATA:image/jpg;x=y;BASE64,"+std), want(nil)},
		{"URL-safe, without padding", trafficMessage(size, uri+base64.RawURLEncoding.EncodeToString(picture)), want(nil)},
		{"escaped slashes", strings.ReplaceAll(whole, "/", `\/`), want(nil)},
		{"doubly escaped slashes", trafficMessage(size, uri+strings.ReplaceAll(std, "/", `\/`)), want(nil)},
		{"line ends in the base64", trafficMessage(size, uri+std[:76]+"\r\n\t "+std[76:]), want(nil)},
		{"a MAC with colons, in small letters", strings.Replace(whole, "1CC31660025E", "1c:c3:16:60:02:5e", 1), want(nil)},
		{"milliseconds", strings.Replace(whole, `"dayNight"`, `"msec":345,"dayNight"`, 1), want(func(s *CameraSnapshot) {
			s.MSec, s.CapturedAt = Some[int64](345), s.CapturedAt.Add(345*time.Millisecond)
		})},
		{
			"bytes before the picture", trafficMessage(size, base64.StdEncoding.EncodeToString(append([]byte("abc"), picture...))),
			want(func(s *CameraSnapshot) {
				warned("3 bytes stand before the picture in the image")(s)
				s.Picture = factsAbout(t, append([]byte("abc"), picture...))
			}),
		},
		{"no picture", trafficMessage(size, ""), want(func(s *CameraSnapshot) {
			s.Missing = "no picture in the message"
			warned(s.Missing)(s)
			s.Picture, s.Image, s.ImageSizeIs = Opt[jpeg.Picture]{}, nil, ""
		})},
		{"something else for a picture", trafficMessage(size, uri+"R0lGODlhAQAB"), want(func(s *CameraSnapshot) {
			s.Missing = "the image is not a JPEG, but a GIF picture that is not whole: 9 bytes are there, and it has no end (3B)"
			warned(s.Missing)(s)
			s.Picture, s.Image, s.ImageSizeIs = Opt[jpeg.Picture]{}, nil, ""
		})},
		{"no MAC, and a time that is none", `{"ts":"soon","values":{"devMac":"gate","time":1e400,"image":"` + std + `"}}`, CameraSnapshot{
			Generation: GenerationB, CameraInfo: CameraInfo{MAC: "gate"}, Picture: factsAbout(t, picture), Image: picture,
			Rest: Rest{
				Extra: []Member{rawMember("ts", `"soon"`)},
				Warn:  []string{`"ts" is "\"soon\"": not an integer`, `devMac "gate" is not a MAC address`, `"time" is "1e400": not an integer`},
			},
			Values: []Member{rawMember("time", "1e400")},
		}},
		{"a relative without values", `{"device_name":"Gate","mac_address":"1cc31653ac72","license_plate":"X 1","full_snapshot":"` + std + `"}`, CameraSnapshot{
			Generation: GenerationB, CameraInfo: CameraInfo{DeviceName: "Gate", MAC: "1CC31653AC72"}, Picture: factsAbout(t, picture), Image: picture,
			Rest: Rest{
				Extra: []Member{rawMember("license_plate", `"X 1"`)},
				Warn:  []string{`the picture was found under "full_snapshot"`},
			},
		}},
		{"not JSON, but with a picture", `{"gps": { ... }, "image":"` + uri + std + `"}`, CameraSnapshot{
			Generation: GenerationB, Picture: factsAbout(t, picture), Image: picture,
			Rest: Rest{Extra: []Member{rawMember("gps", "{}")}, Warn: []string{`line 1, column 11: "..." is not JSON`}},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := decodeSnapshot([]byte(tt.text))
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %s\n%+v, %v\nwant %s\n%+v", got.AppendJSON(nil), got.Rest, err, tt.want.AppendJSON(nil), tt.want.Rest)
			}
			requireJSON(t, got)
		})
	}
}

// TestSnapshotBreaksOff checks that a message which breaks off inside its picture still
// gives the part that arrived.
func TestSnapshotBreaksOff(t *testing.T) {
	picture := peacock(t)
	text := trafficMessage(len(picture), "data:image/jpeg;base64,"+base64.StdEncoding.EncodeToString(picture))
	cut := text[:strings.Index(text, "base64,")+len("base64,")+2000]
	s, err := decodeSnapshot([]byte(cut))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(s.Image, picture[:1500]) || s.Picture.Value.State != jpeg.Truncated || s.MAC != "1CC31660025E" || len(s.Warn) != 3 {
		t.Errorf("got %d bytes, %+v", len(s.Image), s)
	}
	if got, want := s.Warn[0], `the message ends too early: "\"}}" was added`; got != want {
		t.Errorf("warns %s, want %s", got, want)
	}
}

func TestSnapshotA(t *testing.T) {
	picture := peacock(t)
	header := []byte("SC211\x00\x01\x02")
	meta := []byte(`{"ts":1776620819627,"values":{"devMac":"1CC31660025E"}}`)
	behind := []byte{'\n'}
	tests := []struct {
		name    string
		payload []byte
		want    CameraSnapshot
	}{
		{"nothing around", picture, CameraSnapshot{Generation: GenerationA, Image: picture}},
		{
			"bytes before and behind", slicesConcat(header, picture, behind),
			CameraSnapshot{Generation: GenerationA, Prefix: header, Image: picture, Trailer: 1},
		},
		{"an object before", slicesConcat(meta, picture), CameraSnapshot{
			Generation: GenerationA, Image: picture,
			CameraInfo: CameraInfo{SentAt: time.UnixMilli(1776620819627).UTC(), MAC: "1CC31660025E"},
		}},
		{
			"half a marker before", slicesConcat([]byte{0xFF, 0xD8}, picture),
			CameraSnapshot{Generation: GenerationA, Prefix: []byte{0xFF, 0xD8}, Image: picture},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Picture = factsAbout(t, tt.payload)
			got, err := decodeSnapshot(tt.payload)
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, tt.want)
			}
			requireJSON(t, got)
		})
	}
	s, err := decodeSnapshot(picture[:1500])
	if err != nil || len(s.Warn) != 1 || !strings.Contains(s.Warn[0], "the picture is cut") {
		t.Errorf("a cut picture: %+v, %v", s, err)
	}
	const stub = "\xFF\xD8\xFF\xE0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xFF\xD9" // a user met this damage
	s, err = decodeSnapshot([]byte(stub))
	if want := []string{"the picture is empty: 22 bytes without a frame or a scan"}; err != nil || !reflect.DeepEqual(s.Warn, want) {
		t.Errorf("the empty picture: %+v, %v", s, err)
	}
}

func slicesConcat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// TestSnapshotPictureWarnings checks the warnings about pictures that are there.
func TestSnapshotPictureWarnings(t *testing.T) {
	tests := []struct {
		name, payload string
		want          []string
	}{
		{"nothing", dumptest.Tiny, nil},
		{"markers in the scan", dumptest.SOI + dumptest.JFIF + dumptest.Frame + dumptest.SOS + "a\xFF\x90b\xFF\xF3c" + dumptest.EOI, []string{
			"the picture's data is damaged: marker codes inside a scan that no encoder writes there: 2",
		}},
		{"thumbnail of a lost picture", dumptest.JFIF + "rest" + dumptest.Tiny, []string{
			"this may be the thumbnail of a picture whose start is missing: the header of another one stands before it",
		}},
		{"stray bytes", dumptest.SOI + dumptest.JFIF + "x" + dumptest.Frame + dumptest.SOS + "a" + dumptest.EOI, []string{
			"1 stray bytes between the picture's segments: viewers skip them, but few cameras write any",
		}},
	}
	for _, tt := range tests {
		s, err := decodeSnapshot([]byte(tt.payload))
		if err != nil || !reflect.DeepEqual(s.Warn, tt.want) {
			t.Errorf("%s: warnings %q, %v, want %q", tt.name, s.Warn, err, tt.want)
		}
	}
}

func TestSnapshotErrors(t *testing.T) {
	big := strings.Repeat("A", 4096)
	tests := []struct {
		name, text string
		want       SyntaxError
	}{
		{"bad JSON", `{"ts":x}`, SyntaxError{6, "not JSON: invalid character 'x' looking for beginning of value"}},
		{"no object", `["a"]`, SyntaxError{0, "not a JSON object"}},
		{
			"bad JSON behind a picture", `{"image":"` + big + `","ts":x}`,
			SyntaxError{17 + len(big), "not JSON: invalid character 'x' looking for beginning of value"},
		},
		{"too deep", strings.Repeat(`{"a":`, MaxJSONDepth+1), SyntaxError{5 * MaxJSONDepth, "JSON is nested deeper than 64 levels"}},
		{"cut inside a key", `{"ts":1,"val`, SyntaxError{11, "not JSON: unexpected end of JSON input"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := decodeSnapshot([]byte(tt.text))
			if !reflect.DeepEqual(err, error(&tt.want)) || !reflect.DeepEqual(s, CameraSnapshot{}) {
				t.Errorf("%#v beside %+v\nwant %#v", err, s, &tt.want)
			}
		})
	}
}

// The reader of dumps hands over the object without the picture.
func TestParseSnapshotObject(t *testing.T) {
	o, err := parseCameraObject([]byte(trafficMessage(20941, "")))
	if err != nil {
		t.Fatal(err)
	}
	s := CameraSnapshot{Generation: GenerationB, CameraInfo: o.CameraInfo, Rest: o.Rest, Values: o.values}
	s.compareImageSize(20941, 27924, 27947)
	want := CameraSnapshot{
		Generation: GenerationB, CameraInfo: trafficInfo, ImageSizeIs: "jpeg",
		Rest:   Rest{Extra: []Member{rawMember("gps", `{"n": 1.50}`)}},
		Values: []Member{rawMember("plate", `"X 1"`)},
	}
	want.ImageSize = Some[int64](20941)
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got  %+v\nwant %+v", s, want)
	}
	const out = `{"generation":"b","sent_at":"2026-04-19T17:46:59.627Z","captured_at":"2026-04-19T17:46:58Z",` +
		`"device_name":"4G Traffic Sensing Camera","mac":"1CC31660025E","topic":"4GSolarCam/Snapshot","file":"202604191046584644C.jpg",` +
		`"day_night":"day","image_size":20941,"image_size_is":"jpeg","extra":{"gps":{"n":1.50},"values":{"plate":"X 1"}}}`
	if got := string(s.AppendJSON(nil)); got != out {
		t.Errorf("prints as %s\nwant      %s", got, out)
	}
}

func TestSnapshotPrints(t *testing.T) {
	s := CameraSnapshot{Generation: GenerationA, Prefix: bytes.Repeat([]byte{0}, 600), Trailer: 3}
	out := string(s.AppendJSON(nil))
	if want := `{"generation":"a","prefix":{"size":600,"hex":"` + strings.Repeat("00", 512) + `"},"trailer_size":3}`; out != want {
		t.Errorf("prints as %s", out)
	}
	s = CameraSnapshot{Generation: GenerationB, CameraInfo: CameraInfo{SentAt: time.Unix(1<<40, 0), CapturedAt: time.Unix(0, 0)}}
	if got, want := string(s.AppendJSON(nil)), `{"generation":"b","sent_at_unix":1099511627776,"captured_at":"1970-01-01T00:00:00Z"}`; got != want {
		t.Errorf("prints as %s, want %s", got, want)
	}
}

func TestCameraReport(t *testing.T) {
	picture := peacock(t)
	std := base64.StdEncoding.EncodeToString(picture)
	tests := []struct {
		name, text string
		want       CameraReport
		facts      []CameraFact
		json       string
	}{
		{
			"a relative's status", `{"ts":1740640441620,"gps":{"lat":1},"values":{"devMac":"D8:3B:DA:4D:10:2C","batteryVoltage":4012,"Battery":84.0,"rssi":-65}}`,
			CameraReport{
				Report: KindStatus, CameraInfo: CameraInfo{SentAt: time.UnixMilli(1740640441620).UTC(), MAC: "D83BDA4D102C"},
				Values: []Member{rawMember("batteryVoltage", "4012"), rawMember("Battery", "84.0"), rawMember("rssi", "-65")},
				Rest:   Rest{Extra: []Member{rawMember("gps", `{"lat":1}`)}},
			},
			[]CameraFact{
				{"battery", "Battery", json.RawMessage("84.0")},
				{"battery voltage", "batteryVoltage", json.RawMessage("4012")},
				{"signal", "rssi", json.RawMessage("-65")},
				{"position", "gps", json.RawMessage(`{"lat":1}`)},
			},
			`{"sent_at":"2025-02-27T07:14:01.62Z","mac":"D83BDA4D102C","extra":{"gps":{"lat":1},"values":{"batteryVoltage":4012,"Battery":84.0,"rssi":-65}}}`,
		},
		{"text", "awake\n", CameraReport{Report: KindStatus, Body: []byte("awake\n")}, nil, `{"text":"awake\n"}`},
		{"bytes", "\x00\x01", CameraReport{Report: KindStatus, Body: []byte{0, 1}}, nil, `{"hex":"0001"}`},
		{"nothing inside", "{}", CameraReport{Report: KindStatus}, nil, `{}`},
		{
			"a picture inside", `{"shot":"data:image/jpeg;base64,` + std + `"}`,
			CameraReport{
				Report: KindStatus, Picture: factsAbout(t, picture), Image: picture,
			},
			nil,
			`{"picture":` + string(factsAbout(t, picture).Value.AppendJSON(nil)) + `}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := decodeFirst("4GSolarCam/Status", []byte(tt.text))
			if !reflect.DeepEqual(got, Value(tt.want)) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
			if facts := got.(CameraReport).Summary(); !reflect.DeepEqual(facts, tt.facts) {
				t.Errorf("summary is %s", facts)
			}
			if out := string(tt.want.AppendJSON(nil)); out != tt.json {
				t.Errorf("prints as %s\nwant      %s", out, tt.json)
			}
		})
	}
}

func TestCameraRequest(t *testing.T) {
	for _, tt := range []struct {
		request CameraRequest
		json    string
		warns   int
	}{
		{CameraRequest{KindWake, []byte(",wake")}, `{"text":",wake"}`, 0},
		{CameraRequest{KindWake, []byte{0xFF}}, `{"hex":"ff"}`, 0},
		{CameraRequest{KindStatusRequest, []byte("status")}, `{"text":"status"}`, 0},
		{CameraRequest{KindConfig, []byte("reboot")}, `{"text":"reboot","meaning":"the application is restarted"}`, 0},
		{CameraRequest{KindConfig, []byte("format")}, `{"text":"format"}`, 1},
	} {
		if out := string(tt.request.AppendJSON(nil)); out != tt.json || len(tt.request.Warnings()) != tt.warns {
			t.Errorf("prints as %s, warns %q", out, tt.request.Warnings())
		}
	}
	for _, w := range ConfigWords() {
		if got, ok := (CameraRequest{KindConfig, []byte(w.Word)}).ConfigWord(); !ok || got != w {
			t.Errorf("%s is %+v", w.Word, got)
		}
		if (w.Word == "reboot") == w.Harmful {
			t.Errorf("%s: harmful is %v", w.Word, w.Harmful)
		}
	}
}

func TestParseMAC(t *testing.T) {
	for _, s := range []string{"5CC5638AE24C", "5cc5638ae24c", "5c:c5:63:8a:e2:4c", "5C-C5-63-8A-E2-4C", "5cc5.638a.e24c", " 5CC563 8AE24C "} {
		if got, err := ParseMAC(s); err != nil || got != "5CC5638AE24C" {
			t.Errorf("%q is %q, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "+", "#", "5CC5638AE24", "5CC5638AE24C0", "5CC5638AE24G", "5CC5638AE24C/x", "gate", strings.Repeat("0", 1000)} {
		if got, err := ParseMAC(s); err == nil || got != "" || len(err.Error()) > 200 {
			t.Errorf("%q is %q, %v", s, got, err)
		}
	}
}

func FuzzCameraSnapshot(f *testing.F) {
	f.Add([]byte(trafficMessage(3, "data:image/jpeg;base64,/9j/4AA")))
	f.Add([]byte(`{"ts":1,"values":{"image":"/9j/`))
	f.Add([]byte("x\xFF\xD8\xFF\xE0"))
	f.Add(slicesConcat([]byte(`{"image":"`), bytes.Repeat([]byte("A"), 2000), []byte(`"`)))
	f.Fuzz(func(t *testing.T, payload []byte) {
		before := bytes.Clone(payload)
		s, err := decodeSnapshot(payload)
		if !bytes.Equal(before, payload) {
			t.Fatal("the payload was changed")
		}
		if err != nil {
			if !reflect.DeepEqual(s, CameraSnapshot{}) || !errors.Is(err, ErrMalformed) {
				t.Fatalf("error %v beside %+v", err, s)
			}
			return
		}
		if s.Picture.Set && s.Picture.Value.State != jpeg.Empty && int64(len(s.Image)) != s.Picture.Value.Size+int64(s.Picture.Value.Added) {
			t.Fatalf("a picture of %d bytes in %d", s.Picture.Value.Size, len(s.Image))
		}
		requireJSON(t, s)
		requireJSON(t, decodeFirst("4GSolarCam/Alarm", payload))
	})
}
