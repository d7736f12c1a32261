package codec

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A vector is a published message, with its meaning.
type vector struct {
	ID, Kind, Topic, Input string
	Fields                 map[string]any
}

// damagedVectors are cut or elided in their sources, so that they are not JSON;
// the value is what the error says. Their notes say as much. Their fields are
// what a person reads in them. No device sent these texts: to decode what a page
// left out would be to guess, and a device's message as damaged as they are is
// one to report. The vendor's own snapshot, which lacks only its last brace, is not
// among them: it decodes.
var damagedVectors = map[string]string{
	"m4g-snap-consumer-smoke": "invalid character '$' looking for beginning of value", // a shell template
	"event-2021-truncated":    "unexpected end of JSON input",
	"meta-2021-partial":       "not JSON: invalid character ':' after top-level value", // no braces
}

// isUnread reports whether a vector's message is not supported yet: pieces of a picture,
// and device management.
func (v vector) isUnread() bool {
	return strings.HasPrefix(v.ID, "sib-ne301-chunk") || strings.HasPrefix(v.ID, "sib-mip-")
}

// vectorTopics are the topics of vectors that come without one.
var vectorTopics = map[string]string{
	"scrdr": "springcard/springcore/DA1275B0/rdr/evt", "event": "springcard/springcore/vkYkoELRDS3p9xhQO1lx8a/rdr/evt",
	"sccmd": "springcard/springcore/DA1275B0/rdr/cmd", "command": "springcard/springcore/DA1275B0/rdr/cmd",
	"status": "springcard/springcore/DA1275B0/status", "meta": "springcard/springcore/DA1275B0/meta",
}

func TestVectors(t *testing.T) {
	files, err := filepath.Glob("../testdata/vectors/*.jsonl")
	if err != nil || len(files) != 2 {
		t.Fatalf("found %q, %v", files, err)
	}
	doc, err := os.ReadFile("../docs/output.md")
	if err != nil {
		t.Fatal(err)
	}
	damaged := 0
	for _, file := range files {
		for _, v := range readVectors(t, file) {
			t.Run(v.ID, func(t *testing.T) {
				if v.Topic == "" {
					v.Topic = vectorTopics[v.Kind]
				}
				if text, ok := damagedVectors[v.ID]; ok {
					damaged++
					checkDamaged(t, v, text)
					return
				}
				items := Decode(v.Topic, []byte(v.Input))
				if items[0].Err != nil {
					t.Fatal(items[0].Err)
				}
				if v.isUnread() {
					return
				}
				var out map[string]any
				if err := json.Unmarshal(items[0].Value.AppendJSON(nil), &out); err != nil {
					t.Fatal(err)
				}
				checkFields(t, v, items, out)
				for _, name := range printedNames(out) {
					if !strings.Contains(string(doc), "`"+name+"`") {
						t.Errorf("docs/output.md does not know %q", name)
					}
				}
			})
		}
	}
	if damaged != len(damagedVectors) {
		t.Errorf("met %d damaged vectors, want %d", damaged, len(damagedVectors))
	}
}

func readVectors(t testing.TB, file string) (list []vector) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var v vector
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	return list
}

// checkDamaged demands an error from the decoder of the vector's kind. Decode itself gives
// no error for a payload on an unknown topic, or for text on a topic that other devices
// use.
func checkDamaged(t *testing.T, v vector, text string) {
	t.Helper()
	var err error
	switch v.Kind {
	case "snapshot":
		_, err = decodeSnapshot([]byte(v.Input))
	case "event":
		_, err = DecodeReaderEvent([]byte(v.Input))
	case "meta":
		_, err = DecodeReaderMeta([]byte(v.Input))
	}
	var syntax *SyntaxError
	if !errors.As(err, &syntax) || !strings.Contains(err.Error(), text) {
		t.Errorf("error is %v, want one with %q", err, text)
	}
	if got, err := decodeOne(v.Topic, []byte(v.Input)); err == nil && !reflect.DeepEqual(got, Value(Raw{[]byte(v.Input)})) {
		t.Errorf("Decode makes %+v of it", got)
	}
}

// outNames are the names in mqtool's output of fields that vectors name after
// the device's keys.
var outNames = map[string]string{
	"values.devName": "device_name", "values.devMac": "mac", "values.file": "file", "values.imageSize": "image_size",
	"values.dayNight": "day_night", "message": "extra.message", "time": "extra.time", "image_bytes": "picture.size", "trailing_zero_bytes": "trailer_size",
	"values.battery": "extra.values.battery", "values.snapType": "extra.values.snapType", "values.localtime": "extra.values.localtime",
}

// checkFields compares every field of a vector with the output.
func checkFields(t *testing.T, v vector, items []Item, out map[string]any) {
	t.Helper()
	for name, want := range v.Fields {
		found, want := field(t, v, items, out, name, want)
		if !reflect.DeepEqual(found, want) {
			t.Errorf("%s is %v, want %v", name, found, want)
		}
	}
}

// field finds a field of a vector in the output, and returns the wanted value in the same
// form.
func field(t *testing.T, v vector, items []Item, out map[string]any, name string, want any) (found, same any) {
	t.Helper()
	got := items[0].Value
	switch name {
	case "type": // which the Go type says
		return map[any]string{"SCCMD": "command", "SCRDR": "event"}[want], string(got.Kind())
	case "ts":
		return out["sent_at"], time.UnixMilli(int64(want.(float64))).UTC().Format(time.RFC3339Nano)
	case "ts_utc":
		sent, err := time.Parse(time.RFC3339Nano, want.(string))
		if err != nil {
			t.Fatal(err)
		}
		return out["sent_at"], sent.Format(time.RFC3339Nano) // without the last zero of .620Z
	case "values.time_utc":
		return out["captured_at"], want
	case "values.time", "metadata.timestamp":
		return out["captured_at"], time.Unix(int64(want.(float64)), 0).UTC().Format(time.RFC3339)
	case "values.devMac":
		return out["mac"], strings.ReplaceAll(want.(string), ":", "")
	case "mac_address":
		return out["mac"], strings.ToUpper(want.(string))
	case "interface_hex":
		return out["interface"], "0x" + want.(string)
	case "led_frequency_hz", "led_period_ms", "led_on_percent": // 10 Hz, 100 ms, 20 %
		return out["leds_text"].([]any)[0], "10 Hz: 1 medium flash, 20 % on"
	case "datetime":
		return out["date_time"], want
	}
	return told(t, v, items, out, name), want
}

// told finds a field of a vector in the output, where it has the same form.
func told(t *testing.T, v vector, items []Item, out map[string]any, name string) (found any) {
	t.Helper()
	got := items[0].Value
	switch name {
	case "payload_hex":
		return string(appendHex(got.(CameraRequest).Body))
	case "answer_topic":
		return FillTopic(requestFor(t, got.Kind()).Answer, "", "")
	case "mac":
		if found = out["mac"]; found == nil {
			found = items[0].Device
		}
		return found
	case "pictures":
		return float64(len(items))
	case "image_sha256":
		for _, item := range items {
			found = fmt.Sprintf("%x", sha256.Sum256(item.Value.(CameraSnapshot).Image))
		}
		return found
	case "image_prefix", "data.image_prefix": // what is taken off the image is this
		return regexp.MustCompile(`"image": *"([^"]*?)/9j/`).FindStringSubmatch(v.Input)[1]
	case "_truncated": // fields are missing
		m, err := ParseLine(v.Input)
		if err != nil {
			t.Fatal(err)
		}
		return len(m.Fields) < eventFields
	case "tag_data_is": // which the message does not tell: decimal text can be hex as well
		_, hex := HexBytes(got.(*ReaderEvent).TagData)
		return map[bool]string{true: "decimal text", false: "text"}[hex]
	}
	if known, ok := outNames[name]; ok {
		name = known
	} else if strings.HasPrefix(name, "metadata.") || strings.HasPrefix(name, "device_info.") {
		name = "extra." + name
	}
	return lookUp(out, name)
}

// lookUp finds a.b.c in nested objects. It returns nil when it is absent.
func lookUp(object map[string]any, path string) any {
	name, rest, more := strings.Cut(path, ".")
	if !more {
		return object[name]
	}
	inner, _ := object[name].(map[string]any)
	return lookUp(inner, rest)
}

func appendHex(b []byte) []byte {
	var dst []byte
	for _, c := range b {
		dst = append(dst, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
	}
	return dst
}

func requestFor(t *testing.T, kind Kind) Request {
	t.Helper()
	for _, r := range milesight.Requests {
		if r.Kind == kind {
			return r
		}
	}
	t.Fatalf("no request of kind %s", kind)
	return Request{}
}

// printedNames are the names in an output, but for those that are a device's own.
func printedNames(out map[string]any) (names []string) {
	for name, v := range out {
		names = append(names, name)
		if inner, ok := v.(map[string]any); ok && name != "extra" && name != "tag_details" {
			names = append(names, printedNames(inner)...)
		}
	}
	return names
}
