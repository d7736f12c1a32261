package codec

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"mqtool/codec/dump"
	"mqtool/codec/internal/dumptest"
)

// TestCameraTime checks what "time" and "ts" mean, and whether they are the camera's
// times. None of the messages gives a warning.
func TestCameraTime(t *testing.T) {
	image := base64.StdEncoding.EncodeToString([]byte(dumptest.Tiny))
	values := func(ts, when string) string {
		return fmt.Sprintf(`{"ts":%s,"values":{"devMac":"1CC31660025E","time":%s,"image":"data:image/jpeg;base64,%s"}}`, ts, when, image)
	}
	quoted := strings.ReplaceAll(values("1776620819627", "1776620818"), `"`, `\"`)
	for _, tt := range []struct {
		name, input, sent, captured, extra string
	}{
		{"as documented", values("1776620819627", "1776620818"), "2026-04-19T17:46:59.627Z", "2026-04-19T17:46:58Z", ""},
		{"milliseconds", values("1776620819627", "1776620818123"), "2026-04-19T17:46:59.627Z", "2026-04-19T17:46:58.123Z", ""},
		{"milliseconds and msec", values("1776620819627", `1776620818123,"msec":123`), "2026-04-19T17:46:59.627Z", "2026-04-19T17:46:58.123Z", ""},
		{"ts in seconds", values("1776620819", "1776620818"), "2026-04-19T17:46:59Z", "2026-04-19T17:46:58Z", ""},
		{"ts as text", values(`"1776620819627"`, "1776620818"), "2026-04-19T17:46:59.627Z", "2026-04-19T17:46:58Z", ""},
		{"the largest seconds", values("0", "99999999999"), "", "5138-11-16T09:46:39Z", ""},
		{"text without a zone", values("1776620819627", `"2026-04-19 10:46:58"`), "2026-04-19T17:46:59.627Z", "", `"time":"2026-04-19 10:46:58"`},
		{"text with a fraction", values("1776620819627", `"2026-04-19 10:46:58.125"`), "2026-04-19T17:46:59.627Z", "", `"time":"2026-04-19 10:46:58.125"`},
		{"text with a zone", values("1776620819627", `"2026-04-19T10:46:58-07:00"`), "2026-04-19T17:46:59.627Z", "2026-04-19T17:46:58Z", ""},
		{"TS4467", `{"event_type":"Regular","mac_address":"1cc31653ac72","time":"2026-04-19 10:46:58","full_snapshot":"` + image + `"}`, "", "", `"time":"2026-04-19 10:46:58"`},

		{"docker around the message", `{"log":"` + quoted + `\n","stream":"stdout","time":"2026-11-23T01:55:05.35Z"}`, "2026-04-19T17:46:59.627Z", "2026-04-19T17:46:58Z", ""},
		{"docker around base64", `{"log":"` + image + `\n","stream":"stdout","time":"2026-11-23T01:55:05.35Z"}`, "", "", ""},
		{"mqtool's own", `{"time":"2026-11-23T01:55:05Z","topic":"4GSolarCam/Snapshot","payload_base64":"` + image + `"}`, "", "", ""},
	} {
		s, err := NewSnapshotScanner(strings.NewReader(tt.input), dump.Recognize).Next(&strings.Builder{})
		if err != nil || !s.Picture.Set {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		v := s.Value()
		stamp := func(at time.Time) string {
			if at.IsZero() || at.Unix() == 0 {
				return ""
			}
			return at.Format(time.RFC3339Nano)
		}
		if stamp(v.SentAt) != tt.sent || stamp(v.CapturedAt) != tt.captured {
			t.Errorf("%s: sent %v, captured %v", tt.name, v.SentAt, v.CapturedAt)
		}
		if json := string(v.AppendJSON(nil)); !strings.Contains(json, tt.extra) {
			t.Errorf("%s: %s", tt.name, json)
		}
		for _, w := range v.Warnings() {
			if !strings.HasPrefix(w, "the picture was found under") {
				t.Errorf("%s: warning %q", tt.name, w)
			}
		}
	}
}

// TestRemovalWithoutTag checks that events of all forms are accepted without a tag,
// because older readers do not say which tag goes away.
func TestRemovalWithoutTag(t *testing.T) {
	const topic = "springcard/springcore/DA1275B0/rdr/evt"
	for _, payload := range []string{
		`{"Move":"Remove"}`, `{"Interface":"13.56","Template":1,"Move":"Remove","Uptime":"7:1.000"}`, `{"TagId":"","Move":"R"}`,
		`{"Sequence":3,"Interface":"13.56","State":"Remove","TagId":"","Uptime":"7:1.000"}`,
		"$SCRDR;13;01;01;;;R;;*04\r\n", "$SCRDR;;;;;;R", "$SCRDR;13;;;;;r;;",
	} {
		items := Decode(topic, []byte(payload))
		e, ok := items[0].Value.(*ReaderEvent)
		if len(items) != 1 || !ok || items[0].Err != nil || e.Move != MoveRemove || e.TagID != "" || len(e.Warnings()) > 0 {
			t.Errorf("%s: %+v, %v", payload, items[0].Value, items[0].Err)
		}
	}
}

// TestReaders2021 checks that the word $SCRDR in a META of 2021 does not make events text.
func TestReaders2021(t *testing.T) {
	d := NewDecoder("")
	d.Decode("springcard/springcore/DA1275B0/meta", []byte(`{"VendorName":"SpringCard","SerialNumber":"DA1275B0","Version":"1.10","Protocol":"$SCRDR"}`))
	for payload, want := range map[string]Format{
		`{"Sequence":1,"Interface":"13.56","TagId":"047DAE02C84080","State":"Insert"}`: FormatJSON,
		"$SCRDR;13;01;01;;047DAE02C84080;I;;":                                          FormatLine,
	} {
		e, ok := d.Decode("springcard/springcore/DA1275B0/rdr/evt", []byte(payload))[0].Value.(*ReaderEvent)
		if !ok || e.Format != want || e.TagID != "047DAE02C84080" {
			t.Errorf("%s: %+v", payload, e)
		}
	}
}
