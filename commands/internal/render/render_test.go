package render

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"mqtool/codec"
	"mqtool/codec/jpeg"
)

func event(change func(*codec.ReaderEvent)) *codec.ReaderEvent {
	e := &codec.ReaderEvent{
		Format: codec.FormatJSON, Interface: "13.56", Protocol: "NFC-A", Template: codec.Some(int64(1)),
		TagID: "047DAE02C84080", Move: codec.MoveInsert,
		Uptime: codec.Some(codec.Uptime{Boot: 699, Since: 16850 * time.Millisecond}),
	}
	if change != nil {
		change(e)
	}
	return e
}

var received = time.Date(2024, 3, 13, 8, 30, 0, 250e6, time.FixedZone("", 3600))

// decode returns the value that the codec makes of a payload.
func decode(t *testing.T, topic, payload string) codec.Value {
	t.Helper()
	item := codec.Decode(topic, []byte(payload))[0]
	if item.Err != nil {
		t.Fatal(item.Err)
	}
	return item.Value
}

func TestEnvelopeJSON(t *testing.T) {
	warned := event(func(e *codec.ReaderEvent) { e.Warn = []string{`a "b"`, "c\x1b\u202e"} })
	for _, tt := range []struct {
		name string
		in   Envelope
		want string
	}{
		{
			"only the value",
			Envelope{Value: codec.Hello{}},
			`{"kind":"hello","data":{"format":"scrdr"}}`,
		},
		{
			"everything",
			Envelope{
				Time: received, Topic: "a/DA1275B0/rdr/evt", Family: "springcore", Device: "DA1275B0",
				Delivery: codec.Some(Delivery{QoS: 1, Retained: true}), Value: codec.Hello{},
			},
			`{"time":"2024-03-13T07:30:00.25Z","topic":"a/DA1275B0/rdr/evt","family":"springcore","device":"DA1275B0",` +
				`"kind":"hello","qos":1,"retained":true,"duplicate":false,"data":{"format":"scrdr"}}`,
		},
		{
			"QoS 0 is known",
			Envelope{Delivery: codec.Some(Delivery{Duplicate: true}), Value: codec.Hello{}},
			`{"kind":"hello","qos":0,"retained":false,"duplicate":true,"data":{"format":"scrdr"}}`,
		},
		{
			"warnings",
			Envelope{Value: warned, Warnings: []string{"late"}},
			`{"kind":"event","data":` + string(event(nil).AppendJSON(nil)) + `,"warnings":["a \"b\"","c\u001b\u202e","late"]}`,
		},
		{
			"what was done with it",
			Envelope{Value: codec.Hello{}, Warnings: []string{"late"}, Answer: "accept", Output: "pics/a\"\x1b.jpg", Payload: []byte{0x1B, 0}},
			`{"kind":"hello","data":{"format":"scrdr"},"warnings":["late"],"output":"pics/a\"\u001b.jpg","answer":"accept","payload_base64":"GwA="}`,
		},
		{
			"a payload without a byte",
			Envelope{Value: codec.Hello{}, Payload: []byte{}},
			`{"kind":"hello","data":{"format":"scrdr"},"payload_base64":""}`,
		},
		{
			"what a terminal would obey",
			Envelope{Topic: "\x1b[2J\u009b\u202e\U000e0041\x7fé", Device: "\xff", Value: codec.Raw{Bytes: []byte("\u2066\u00ad")}},
			`{"topic":"\u001b[2J\u009b\u202e\udb40\udc41\u007fé","device":"` + "\ufffd" + `","kind":"raw","data":{"text":"\u2066\u00ad"}}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := string(tt.in.AppendJSON([]byte("x")))
			if got != "x"+tt.want {
				t.Errorf("got  %s\nwant x%s", got, tt.want)
			}
			if !json.Valid([]byte(tt.want)) {
				t.Error("not JSON")
			}
		})
	}
}

// FuzzEnvelope checks that, whatever a device sends, the output is valid JSON
// with the same content, and contains nothing that a terminal obeys.
func FuzzEnvelope(f *testing.F) {
	f.Add("a/b\u202e", "\x1b[31m\u009b")
	f.Add("\xe2\xe2\x80", "0")
	f.Add("\x7f", "0123456789012345678901234567890123456789\x7f")
	f.Fuzz(func(t *testing.T, topic, text string) {
		e := Envelope{Topic: topic, Value: &codec.ReaderEvent{TagData: text}}
		line := e.AppendJSON(nil)
		var got struct {
			Topic string
			Data  struct {
				TagData string `json:"tag_data"`
			}
		}
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if utf8.ValidString(topic) && got.Topic != topic {
			t.Errorf("topic %q became %q", topic, got.Topic)
		}
		if utf8.ValidString(text) && got.Data.TagData != text {
			t.Errorf("text %q became %q", text, got.Data.TagData)
		}
		if safe := Safe(string(line)); safe != string(line) {
			t.Errorf("%q is not safe", line)
		}
	})
}

// records returns envelopes with everything that CSV must cope with.
func records(t *testing.T) []Envelope {
	return []Envelope{
		{Value: event(nil)},
		{Time: received, Topic: "a,b/DA1275B0/rdr/evt", Device: "DA1275B0", Value: event(func(e *codec.ReaderEvent) {
			e.TagData, e.TagDetails, e.RSSI = `=HYPERLINK("http://x")`, "+1", codec.Some(int64(-60))
			e.Checksum = codec.Some(codec.Checksum{Value: 0x0A, Rule: codec.RuleInclusive})
		})},
		{Value: event(func(e *codec.ReaderEvent) { e.TagData, e.TagDetails, e.Device = "-a", "@b", " c" })},
		{Value: event(func(e *codec.ReaderEvent) { e.TagData, e.TagDetails = "a\r\nb\x1b\xff", `\.` })},
		{Value: event(func(e *codec.ReaderEvent) { e.TagData, e.TagDetails = `say "hi"`, "\u202e" })},
		{Value: decode(t, "", `{"TagId":"04","TagDetails":{"a":[1]},"New":1e5}`)},
		{Value: decode(t, "x/status", `{"State":"online,ready","Note":"\u202e"}`)},
		{Value: codec.Hello{}},
	}
}

// TestCSVFormula checks that text with any character that begins a formula is
// made plain text, also with the full-width form.
func TestCSVFormula(t *testing.T) {
	for _, first := range "=+-@＝＋－＠" {
		text := string(first) + "1+1"
		if got := string(appendCell(nil, text)); got != "'"+text {
			t.Errorf("%s becomes %s", text, got)
		}
	}
	if got := string(appendCell(nil, "1＝1")); got != "1＝1" {
		t.Errorf("1＝1 becomes %s", got)
	}
}

func TestCSV(t *testing.T) {
	out := AppendCSVHeader(nil)
	for _, e := range records(t) {
		out = AppendCSV(out, &e)
	}
	const want = csvHeader +
		`,,,event,json,13.56,NFC-A,1,,047DAE02C84080,insert,,,699,16.850,,,,,,
2024-03-13T07:30:00.25Z,"a,b/DA1275B0/rdr/evt",DA1275B0,event,json,13.56,NFC-A,1,-60,047DAE02C84080,insert,"'=HYPERLINK(""http://x"")",'+1,699,16.850,,,0A,inclusive,,
,,,event,json,13.56,NFC-A,1,,047DAE02C84080,insert,'-a,'@b,699,16.850,,,,,,
,,,event,json,13.56,NFC-A,1,,047DAE02C84080,insert,a\r\nb\x1b\xff,"\.",699,16.850,,,,,,
,,,event,json,13.56,NFC-A,1,,047DAE02C84080,insert,"say ""hi""",\u202e,699,16.850,,,,,,
,,,event,json,,,,,04,,,"{""a"":[1]}",,,,,,,,"{""format"":""json"",""tag_id"":""04"",""tag_details"":{""a"":[1]},""extra"":{""New"":1e5}}"
,,,status,,,,,,,,,,,,,,,,,"{""format"":""json"",""state"":[""online"",""ready""],""extra"":{""Note"":""\u202e""}}"
,,,hello,,,,,,,,,,,,,,,,,"{""format"":""scrdr""}"
`
	if string(out) != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
	rows, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	w := csv.NewWriter(&again)
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	if again.String() != string(out) {
		t.Errorf("encoding/csv writes it\n%s", again.String())
	}
}

func TestText(t *testing.T) {
	long := strings.Repeat("0123456789", 20)
	text := NewText(NewStyle(false), Layout{Verbose: true})
	text.zone = time.UTC
	var out []byte
	for _, e := range []Envelope{
		{Value: event(nil)},
		{Device: "DA1275B0", Value: event(func(e *codec.ReaderEvent) { e.Move = codec.MoveRemove; e.RSSI = codec.Some(int64(-60)) })},
		{Device: "DA1275B0", Value: event(func(e *codec.ReaderEvent) {
			e.TagID, e.Protocol, e.Interface, e.Template.Set = "04", "0x01", "0x13", false
			e.Move, e.TagData, e.TagDetails = codec.MoveInsert|codec.MoveRemove, "a\x1b[31m", long
			e.Checksum = codec.Some(codec.Checksum{Value: 1})
			e.Warn = []string{"one", "two"}
		})},
		{Value: &codec.ReaderEvent{}},
		{Value: codec.Hello{}},
		{Device: "DA1275B0", Value: decode(t, "DA1275B0/status", `{"State":"online,ready","Uptime":"145:1860.081","DateTime":"2024-03-13 07:30:00"}`)},
		{Value: decode(t, "x/status", `{"State":"offline,dead"}`)},
		{Value: decode(t, "", `{"VendorName":"SpringCard","ProductName":"SpringPark","SerialNumber":"DA1275B0","Version":"1.23","Open":true,"Protocol":"RDR/JSON"}`)},
		{Value: decode(t, "", `$SCCMD;LEDS=92929292;BUZZ=0064`)},
		{Value: decode(t, "", `$SCCMD;LEDS=00010292`)},
		{Value: decode(t, "x/y/rdr/cmd", `{"Sequence":"60","Relay":true,"Relays":[false,100]}`)},
		{Value: codec.Raw{Bytes: []byte("\x00\xff")}},
		{Device: "5CC5638AE24C", Value: decode(t, "4GSolarCam/Status", `{"devName":"gate","battery":81,"sn":"6","x":1}`)},
		{Device: "5CC5638AE24C", Value: decode(t, "4GSolarCam/Config/5CC5638AE24C", "reboot")},
		{Device: "5CC5638AE24C", Value: codec.CameraSnapshot{
			CameraInfo: codec.CameraInfo{CapturedAt: received, DeviceName: "gate", File: "a.jpg", DayNight: "day"},
			Picture:    codec.Some(jpeg.Picture{Size: 61903, Width: 1920, Height: 1080, Coding: "baseline", State: jpeg.Truncated, End: "in its scan"}),
		}},
		{Device: "5CC5638AE24C", Value: codec.CameraSnapshot{CameraInfo: codec.CameraInfo{SentAt: received}}},
		{Time: received, Device: "DA1275B0", Value: event(nil)},
	} {
		out = text.Append(out, &e)
	}
	const want = `event  tag 047DAE02C84080  NFC-A 13.56  template 1  inserted  699:16.850
DA1275B0  event  tag 047DAE02C84080  NFC-A 13.56  template 1  removed   -60 dBm  699:16.850
DA1275B0  event  tag 04              protocol 0x01 interface 0x13              inserted and removed  data "a\x1b[31m"  details 012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345... (200 bytes)  699:16.850  ! the checksum is wrong  ! one  ! two
          event  no tag id
          hello  no tag
DA1275B0  status  online, ready  up 31m0s  start 145  2024-03-13 07:30:00
          status  offline, dead
          meta    SpringCard SpringPark  serial DA1275B0  version 1.23  RDR/JSON  security settings open
          command  all LEDs 10 Hz: 1 medium flash, 20 % on  beep 100 ms
          command  LED 1 off  LED 2 on  LED 3 0x02  LED 4 10 Hz: 1 medium flash, 20 % on  ! mode 02 of LED 3 is not documented
          command  sequence 60 ACCESS GRANTED  relay on  relay 1 off  relay 2 100  ! what a reader does with the relay value "100" is not documented
          raw      \x00\xff
5CC5638AE24C  status   gate  battery 81  serial number "6" (sn)  x 1
5CC5638AE24C  config   reboot  the application is restarted
5CC5638AE24C  snapshot  gate  1920x1080 baseline JPEG, 61903 bytes  cut  taken 2024-03-13 07:30:00  day  file a.jpg
5CC5638AE24C  snapshot  no picture  sent 2024-03-13 07:30:00
2024-03-13 07:30:00  DA1275B0      event     tag 047DAE02C84080  NFC-A 13.56                   template 1  inserted              699:16.850
`
	if string(out) != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
}

// The answer to an event has a column. The place of its picture is at the end
// of the line.
func TestTextOfWhatWasDone(t *testing.T) {
	text := NewText(NewStyle(false), Layout{})
	text.Append(nil, &Envelope{Device: "R1", Value: event(nil)}) // makes the columns
	e := Envelope{
		Device: "R1", Value: &codec.ReaderEvent{Format: codec.FormatJSON, TagID: "01"}, Warnings: []string{"late"},
		Answer: "accept", Output: "pics/a\x1b.jpg", Payload: []byte("x"),
	}
	line := string(text.Append([]byte("before\n"), &e))
	if before, ok := strings.CutSuffix(line, "                 accept  ! late  saved as pics/a\\x1b.jpg\n"); !ok || !strings.HasPrefix(before, "before\nR1") {
		t.Errorf("got %q", line)
	}
	e.Warnings, e.Output = nil, ""
	if line := string(text.Append(nil, &e)); !strings.HasSuffix(line, "tag 01                               accept\n") {
		t.Errorf("got %q", line)
	}
}

func TestTextIsBounded(t *testing.T) {
	many := make([]codec.Member, 10*maxItems)
	warnings := make([]string, 10*maxItems)
	for i := range many {
		many[i], warnings[i] = codec.Member{Key: "k", Value: []byte("1")}, "w"
	}
	for name, e := range map[string]Envelope{
		"k 1": {Value: event(func(e *codec.ReaderEvent) { e.Extra = many })},
		"! w": {Value: codec.Hello{}, Warnings: warnings},
	} {
		line := string(NewText(NewStyle(false), Layout{}).Append(nil, &e))
		if n := strings.Count(line, "  "+name); n < maxItems || n > maxItems+1 || !strings.Contains(line, "... (900 more)") {
			t.Errorf("%d times %s: %.200s", n, name, line)
		}
	}
}

func TestTextColored(t *testing.T) {
	e := Envelope{Device: "DA1275B0", Value: event(nil), Answer: "accept"}
	const want = "\x1b[36mDA1275B0\x1b[0m  \x1b[2mevent\x1b[22m  \x1b[1mtag 047DAE02C84080\x1b[22m  " +
		"NFC-A  \x1b[32minserted\x1b[0m  \x1b[32maccept\x1b[0m\n"
	if got := string(NewText(NewStyle(true), Layout{}).Append(nil, &e)); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
