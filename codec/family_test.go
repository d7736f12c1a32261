package codec

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestParseTopic(t *testing.T) {
	const mac = "5CC5638AE24C"
	tests := []struct {
		topic string
		want  Address
	}{
		{"springcard/springcore/DA1275B0/rdr/evt", Address{"springcore", "springcard/springcore", "DA1275B0", KindEvent, false}},
		{"springcard/springcore/DA1275B0/rdr/cmd", Address{"springcore", "springcard/springcore", "DA1275B0", KindCommand, true}},
		{"springcard/springcore/DA1275B0/status", Address{"springcore", "springcard/springcore", "DA1275B0", KindStatus, false}},
		{"springcard/springcore/DA1275B0/meta", Address{"springcore", "springcard/springcore", "DA1275B0", KindMeta, false}},
		{"a/b/c/d/gate 1/rdr/evt", Address{"springcore", "a/b/c/d", "gate 1", KindEvent, false}},
		{"gate/status", Address{"springcore", "", "gate", KindStatus, false}},
		{"x/gate/dir/cmd", Address{"springcore", "x", "gate", KindRaw, true}},
		{"4GSolarCam/Snapshot", Address{"milesight", "", "", KindSnapshot, false}},
		{"site/1/4GSolarCam/Alarm", Address{"milesight", "site/1", "", KindAlarm, false}},
		{"4GSolarCam/Status", Address{"milesight", "", "", KindStatus, false}},
		{"4GSolarCam/Status/5c:c5:63:8a:e2:4c", Address{"milesight", "", mac, KindStatusRequest, true}},
		{"4GSolarCam/Wake/" + mac, Address{"milesight", "", mac, KindWake, true}},
		{"4GSolarCam/Config/front", Address{"milesight", "", "front", KindConfig, true}},
	}
	for _, tt := range tests {
		if got, ok := ParseTopic(tt.topic); !ok || got != tt.want {
			t.Errorf("%s is %+v, %v\nwant %+v", tt.topic, got, ok, tt.want)
		}
	}
	for _, topic := range []string{
		"", "/", "status", "/status", "//", "x/rdr/evt/", "rdr/evt", "/rdr/evt", "x/RDR/evt", "x/Status", "4gsolarcam/Snapshot",
		"4GSolarCam/Snapshot/x", "4GSolarCam/Wake", "4GSolarCam/Wake/", "v1/devices/me/telemetry", strings.Repeat("/", 65535),
	} {
		if got, ok := ParseTopic(topic); ok || got != (Address{}) {
			t.Errorf("%q is %+v", topic, got)
		}
	}
}

// What a family writes as a topic is read as its own.
func TestTopicsBothWays(t *testing.T) {
	for _, f := range Families() {
		const device = "0123456789AB"
		for _, prefix := range []string{"", "site", "a/b/c", f.Prefix} {
			for _, r := range f.Routes {
				topic := FillTopic(r.Topic, prefix, device)
				want := Address{f.Name, prefix, device, r.Kind, r.ToDevice}
				if !strings.Contains(r.Topic, "{device}") {
					want.Device = ""
				}
				if got, ok := ParseTopic(topic); !ok || got != want {
					t.Errorf("%s is %+v, want %+v", topic, got, want)
				}
				if filter := r.Filter(prefix); strings.ContainsAny(filter, "{}") || strings.Count(filter, "+") > 1 {
					t.Errorf("filter is %s", filter)
				}
			}
			for _, r := range f.Requests {
				if a, ok := ParseTopic(FillTopic(r.Topic, prefix, device)); !ok || !a.ToDevice || a.Kind != r.Kind || a.Device != device {
					t.Errorf("request %s is %+v", r.Topic, a)
				}
				if a, ok := ParseTopic(FillTopic(r.Answer, prefix, device)); r.Answer != "" && (!ok || a.ToDevice) {
					t.Errorf("answer %s is %+v", r.Answer, a)
				}
			}
		}
	}
}

func TestParseDeviceID(t *testing.T) {
	for _, s := range []string{"DA1275B0", "da1275b0", "gate 1", strings.Repeat("x", 24)} {
		if got, err := ParseDeviceID(s); err != nil || got != s {
			t.Errorf("%q is %q, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "+", "a#", "a/b", "a\x00", strings.Repeat("x", 25)} {
		if got, err := ParseDeviceID(s); err == nil || got != "" {
			t.Errorf("%q is %q, %v", s, got, err)
		}
	}
}

func TestDecode(t *testing.T) {
	const (
		evt    = "springcard/springcore/DA1275B0/rdr/evt"
		cmd    = "springcard/springcore/DA1275B0/rdr/cmd"
		status = "springcard/springcore/DA1275B0/status"
		meta   = "springcard/springcore/DA1275B0/meta"
	)
	event := &ReaderEvent{Format: FormatJSON, TagID: "04"}
	online := ReaderStatus{State: []string{"online"}}
	granted := ReaderCommand{Format: FormatJSON, Sequence: Some(SequenceGranted)}
	other := &ReaderEvent{
		Format: FormatJSON, Device: "X", TagID: "04",
		Rest: Rest{Warn: []string{`the message names device "X", its topic "DA1275B0"`}},
	}
	tests := []struct {
		name, topic, payload string
		want                 Value
	}{
		{"event", evt, `{"TagId":"04"}`, event},
		{"event of another device", evt, `{"TagId":"04","Device":"X"}`, other},
		{"old event with a movement", evt, `{"State":"Remove"}`, &ReaderEvent{Format: FormatJSON, Move: MoveRemove}},
		{"event line", evt, "$SCRDR;13;;;;04\r\n", &ReaderEvent{Format: FormatLine, Interface: "0x13", TagID: "04"}},
		{"greeting", evt, "$SCRDR\r\n", Hello{}},
		{"unknown line", evt, "$SCHBT;1", Line{Type: "SCHBT", Fields: []string{"1"}}},
		{"several on one line", evt, "$SCRDR*54$SCRDR;13;;;;04\r$SCRDR", Batch{
			Hello{Checksum: exclusive(0x54)}, &ReaderEvent{Format: FormatLine, Interface: "0x13", TagID: "04"}, Hello{},
		}},
		{"text before a message", evt, "$SCRDR\nrubbish $SCRDR;;;;;04\n\uFEFF $SCRDR;;;;;05", Batch{
			Hello{},
			&ReaderEvent{Format: FormatLine, TagID: "04", Rest: Rest{Warn: []string{`"rubbish" stands before the message`}}},
			&ReaderEvent{Format: FormatLine, TagID: "05"},
		}},
		{"several lines", evt, "$SCRDR\r\n\r\n$SCRDR;13;;;;04\r\n", Batch{Hello{}, &ReaderEvent{Format: FormatLine, Interface: "0x13", TagID: "04"}}},
		{"another format of 02A0", evt, "# M519/RDR\r\n", Raw{[]byte("# M519/RDR\r\n")}},
		{"bytes", evt, "\xB0\x00", Raw{[]byte("\xB0\x00")}},
		{"nothing", evt, "", Raw{}},
		{"JSON command", cmd, ` { "Sequence": "60" } `, granted},
		{"text command", cmd, "$SCCMD;SEQ=60", ReaderCommand{Format: FormatLine, Sequence: Some(SequenceGranted)}},
		{"no command", cmd, "hello", Raw{[]byte("hello")}},
		{"status", status, `{"State":"online"}`, online},
		{"somebody else's status", "homie/lamp/status", "online", Raw{[]byte("online")}},
		{"meta", meta, `{"SerialNumber":"DA1275B0"}`, ReaderMeta{Serial: "DA1275B0"}},
		{"somebody else's meta", meta, "hello", Raw{[]byte("hello")}},
		{"undocumented channel", "x/gate/ccid/int", "\x50\x03", Raw{[]byte("\x50\x03")}},
		{"wake", "4GSolarCam/Wake/5CC5638AE24C", ",wake", CameraRequest{KindWake, []byte(",wake")}},
		{"status request", "4GSolarCam/Status/5CC5638AE24C", "status", CameraRequest{KindStatusRequest, []byte("status")}},
		{"config", "4GSolarCam/Config/5CC5638AE24C", "reboot", CameraRequest{KindConfig, []byte("reboot")}},
		{
			"camera status", "4GSolarCam/Status", `{"values":{"battery":81}}`,
			CameraReport{Report: KindStatus, Values: []Member{rawMember("battery", "81")}},
		},
		{"camera alarm", "4GSolarCam/Alarm", "PIR", CameraReport{Report: KindAlarm, Body: []byte("PIR")}},
		{"no snapshot", "4GSolarCam/Snapshot", "hello", Raw{[]byte("hello")}},

		{"unknown topic: event", "x", `{"TagId":"04"}`, event},
		{
			"unknown topic: Companion", "x", `{"event":"Reader.TagRead","params":{"TagId":"04"}}`,
			&ReaderEvent{Format: FormatJSON, TagID: "04", Rest: Rest{Extra: []Member{rawMember("event", `"Reader.TagRead"`)}}},
		},
		{"unknown topic: line", "x", "$SCRDR", Hello{}},
		{"unknown topic: status", "x", `{"State":"online"}`, online},
		{"unknown topic: meta", "x", `{"VendorName":"SpringCard"}`, ReaderMeta{Vendor: "SpringCard"}},
		{"unknown topic: command", "x", `{"Sequence":"60"}`, granted},
		{
			"unknown topic: camera report", "v1/devices/me/telemetry", `{"values":{"devMac":"5CC5638AE24C","battery":81}}`,
			CameraReport{Report: KindStatus, CameraInfo: CameraInfo{MAC: "5CC5638AE24C"}, Values: []Member{rawMember("battery", "81")}},
		},
		{"unknown topic: another object", "x", `{"temperature":21.50}`, Raw{[]byte(`{"temperature":21.50}`)}},
		{"unknown topic: last will", "x", `{"State":"offline,dead"}`, ReaderStatus{State: []string{"offline", "dead"}}},
		{"a lamp", "zigbee2mqtt/lamp", `{"state":"ON","brightness":254}`, Raw{[]byte(`{"state":"ON","brightness":254}`)}},
		{"a relay", "shellies/events/rpc", `{"method":"NotifyStatus","params":{"ts":1}}`, Raw{[]byte(`{"method":"NotifyStatus","params":{"ts":1}}`)}},
		{"another event", "x", `{"event":"door","params":{"TagId":"04"}}`, Raw{[]byte(`{"event":"door","params":{"TagId":"04"}}`)}},
		{"a controller", "plc/17", `{"sequence":5,"value":12}`, Raw{[]byte(`{"sequence":5,"value":12}`)}},
		{
			"a camera with a state", "x", `{"devMac":"5CC5638AE24C","state":"x"}`,
			CameraReport{Report: KindStatus, CameraInfo: CameraInfo{MAC: "5CC5638AE24C"}, Rest: Rest{Extra: []Member{rawMember("state", `"x"`)}}},
		},
		{"unknown topic: damaged", "x", `{"TagId":`, Raw{[]byte(`{"TagId":`)}},
		{"unknown topic: damaged line", "x", "$SC", Raw{[]byte("$SC")}},
		{"unknown topic: text", "x", "hello", Raw{[]byte("hello")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Decode(tt.topic, []byte(tt.payload))
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %#v, %v\nwant %#v", got, err, tt.want)
			}
			requireJSON(t, tt.want)
		})
	}
}

func TestDecodeSnapshots(t *testing.T) {
	picture := peacock(t)
	for _, topic := range []string{"4GSolarCam/Snapshot", "my/own/topic"} {
		v, err := Decode(topic, slicesConcat([]byte("SC211\x00"), picture))
		if s, ok := v.(CameraSnapshot); err != nil || !ok || s.Generation != GenerationA || !reflect.DeepEqual(s.Image, picture) {
			t.Errorf("%s: %+v, %v", topic, v, err)
		}
		v, err = Decode(topic, []byte(`{"ts":1,"values":{"devMac":"5CC5638AE24C","image":"/9j/4AA"}}`))
		if s, ok := v.(CameraSnapshot); err != nil || !ok || s.Generation != GenerationB || s.MAC != "5CC5638AE24C" {
			t.Errorf("%s: %+v, %v", topic, v, err)
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	tests := []struct {
		topic, payload string
		offset         int
	}{
		{"x/gate/rdr/evt", `{"TagId":`, 8},
		{"x/gate/rdr/evt", "$SCRDR\r\n  $SCRDR;;;ZZ", 19},
		{"x/gate/rdr/evt", "$SCRDR\r\nnoise", 8},
		{"x/gate/rdr/cmd", `{"Sequence":"600"}`, 12},
		{"x/gate/status", `{"State"}`, 8},
		{"x/gate/meta", `{`, 0},
		{"4GSolarCam/Snapshot", `{"ts":x}`, 6},
		{"x/gate/rdr/evt", "{" + strings.Repeat(`"a":1,`, maxJSONMembers) + `"a":1}`, 6*maxJSONMembers + 4},
		{"4GSolarCam/Snapshot", "{" + strings.Repeat(`"a":1,`, maxJSONMembers) + `"a":1}`, 6*maxJSONMembers + 4},
		{"x/gate/rdr/evt", "$SCRDR;;;;;04\nrubbish $SCRDR", 14},
		{"x/gate/rdr/evt", strings.Repeat("$SCRDR\n", maxBatch+1), 7 * maxBatch},
	}
	for _, tt := range tests {
		v, err := Decode(tt.topic, []byte(tt.payload))
		if got, ok := Offset(err); v != nil || !errors.Is(err, ErrMalformed) || !ok || got != tt.offset {
			t.Errorf("%s %.60q: %v at %d beside %+v, want offset %d", tt.topic, tt.payload, err, got, v, tt.offset)
		}
	}
}

func TestAddressOf(t *testing.T) {
	tests := []struct {
		topic string
		value Value
		want  Address
	}{
		{"x/gate/rdr/evt", &ReaderEvent{Device: "other"}, Address{"springcore", "x", "gate", KindEvent, false}},
		{"4GSolarCam/Snapshot", CameraSnapshot{CameraInfo: CameraInfo{MAC: "5CC5638AE24C"}}, Address{"milesight", "", "5CC5638AE24C", KindSnapshot, false}},
		{"x", CameraReport{Report: KindAlarm, CameraInfo: CameraInfo{MAC: "gate"}}, Address{"milesight", "", "gate", KindAlarm, false}},
		{"x", ReaderMeta{Serial: "DA1275B0"}, Address{"springcore", "", "DA1275B0", KindMeta, false}},
		{"x", ReaderStatus{Device: "DA1275B0"}, Address{"springcore", "", "DA1275B0", KindStatus, false}},
		{"x", Raw{}, Address{Kind: KindRaw}},
		{"4GSolarCam/Wake/5CC5638AE24C", nil, Address{"milesight", "", "5CC5638AE24C", KindWake, true}},
		{"x", nil, Address{}},
	}
	for _, tt := range tests {
		if got := AddressOf(tt.topic, tt.value); got != tt.want {
			t.Errorf("%s %+v: %+v, want %+v", tt.topic, tt.value, got, tt.want)
		}
	}
}

func TestRawAndBatchPrint(t *testing.T) {
	warned := &ReaderEvent{Format: FormatJSON, Rest: Rest{Warn: []string{"w"}}}
	for _, tt := range []struct {
		value Value
		json  string
		warns []string
	}{
		{Raw{[]byte("a\tb\r\n")}, `{"text":"a\tb\r\n"}`, nil},
		{Raw{[]byte("a\x1b")}, `{"hex":"611b"}`, nil},
		{Raw{[]byte("\xFF")}, `{"hex":"ff"}`, nil},
		{Raw{}, `{"text":""}`, nil},
		{Batch{}, `{"messages":[]}`, nil},
		{Batch{Hello{}, warned}, `{"messages":[{"kind":"hello","data":{"format":"scrdr"}},{"kind":"event","data":{"format":"json"}}]}`, []string{"w"}},
		{
			Line{Type: "SCHBT", Fields: []string{"", `"`}, Checksum: Some(Checksum{Value: 0xAB})},
			`{"type":"SCHBT","fields":["","\""],"checksum":"AB","checksum_rule":"wrong"}`, nil,
		},
	} {
		if out := string(tt.value.AppendJSON(nil)); out != tt.json || !reflect.DeepEqual(tt.value.Warnings(), tt.warns) {
			t.Errorf("prints as %s, warns %q\nwant      %s", out, tt.value.Warnings(), tt.json)
		}
	}
}

// FuzzDecode: any payload on any topic is a value or a named damage, and every
// value prints as JSON.
func FuzzDecode(f *testing.F) {
	payloads := []string{benchEvent, companionTag, trafficMessage(3, "/9j/4AA"), "$SCRDR;13\r\n$SCCMD;SEQ=60*1D", ",wake", "x\xFF\xD8\xFF\xE0"}
	for _, family := range Families() {
		for i, r := range family.Routes {
			f.Add(FillTopic(r.Topic, "p", "5CC5638AE24C"), []byte(payloads[i%len(payloads)]))
		}
	}
	for _, p := range payloads {
		f.Add("x", []byte(p))
	}
	f.Fuzz(func(t *testing.T, topic string, payload []byte) {
		v, err := Decode(topic, payload)
		if err != nil {
			if v != nil || !errors.Is(err, ErrMalformed) {
				t.Fatalf("error %v beside %+v", err, v)
			}
			if at, ok := Offset(err); !ok || at < 0 || at > len(payload)+MaxJSONDepth {
				t.Fatalf("error %v at %d of %d", err, at, len(payload))
			}
			return
		}
		requireJSON(t, v)
		if a := AddressOf(topic, v); a.Family == "" && v.Kind() != KindRaw {
			t.Fatalf("%+v belongs to no family", v)
		}
	})
}

// A caller that changes what Families gave changes nothing for others.
func TestFamiliesAreCopies(t *testing.T) {
	f := Families()[0]
	f.Routes[0].Topic, f.Requests[0].Topic = "x", "x"
	again := Families()[0]
	if again.Routes[0].Topic == "x" || again.Requests[0].Topic == "x" {
		t.Errorf("the family has changed: %+v", again)
	}
}
