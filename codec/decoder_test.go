package codec

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// decodeAll returns the values of a payload, and the first error.
func decodeAll(topic string, payload []byte) (values []Value, err error) {
	for _, item := range Decode(topic, payload) {
		values = append(values, item.Value)
		if err == nil {
			err = item.Err
		}
	}
	return values, err
}

// decodeOne returns the value of a payload that has exactly one.
func decodeOne(topic string, payload []byte) (Value, error) {
	items := Decode(topic, payload)
	if len(items) != 1 {
		return nil, fmt.Errorf("%d values", len(items))
	}
	return items[0].Value, items[0].Err
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
		want                 any // a Value or, if there are several, []Value
	}{
		{"event", evt, `{"TagId":"04"}`, event},
		{"event of another device", evt, `{"TagId":"04","Device":"X"}`, other},
		{"old event with a movement", evt, `{"State":"Remove"}`, &ReaderEvent{Format: FormatJSON, Move: MoveRemove}},
		{"event line", evt, "$SCRDR;13;;;;04\r\n", &ReaderEvent{Format: FormatLine, Interface: "0x13", TagID: "04"}},
		{"greeting", evt, "$SCRDR\r\n", Hello{}},
		{"unknown line", evt, "$SCHBT;1", Line{Type: "SCHBT", Fields: []string{"1"}}},
		{"several on one line", evt, "$SCRDR*54$SCRDR;13;;;;04\r$SCRDR", []Value{
			Hello{Checksum: exclusive(0x54)}, &ReaderEvent{Format: FormatLine, Interface: "0x13", TagID: "04"}, Hello{},
		}},
		{"text before a message", evt, "$SCRDR\nrubbish $SCRDR;;;;;04\n\uFEFF $SCRDR;;;;;05", []Value{
			Hello{},
			&ReaderEvent{Format: FormatLine, TagID: "04", Rest: Rest{Warn: []string{`"rubbish" stands before the message`}}},
			&ReaderEvent{Format: FormatLine, TagID: "05"},
		}},
		{"several lines", evt, "$SCRDR\r\n\r\n$SCRDR;13;;;;04\r\n", []Value{Hello{}, &ReaderEvent{Format: FormatLine, Interface: "0x13", TagID: "04"}}},
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
			got, err := decodeAll(tt.topic, []byte(tt.payload))
			want, several := tt.want.([]Value)
			if !several {
				want = []Value{tt.want.(Value)}
			}
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got  %#v, %v\nwant %#v", got, err, want)
			}
			for _, v := range want {
				requireJSON(t, v)
			}
		})
	}
}

func TestDecodeSnapshots(t *testing.T) {
	picture := peacock(t)
	for _, topic := range []string{"4GSolarCam/Snapshot", "my/own/topic"} {
		v, err := decodeOne(topic, slicesConcat([]byte("SC211\x00"), picture))
		if s, ok := v.(CameraSnapshot); err != nil || !ok || s.Generation != GenerationA || !reflect.DeepEqual(s.Image, picture) {
			t.Errorf("%s: %+v, %v", topic, v, err)
		}
		v, err = decodeOne(topic, []byte(`{"ts":1,"values":{"devMac":"5CC5638AE24C","image":"/9j/4AA"}}`))
		if s, ok := v.(CameraSnapshot); err != nil || !ok || s.Generation != GenerationB || s.MAC != "5CC5638AE24C" {
			t.Errorf("%s: %+v, %v", topic, v, err)
		}
	}
}

// TestDecodeErrors checks that damaged payloads are Raw, with an error that gives the
// place of the damage.
func TestDecodeErrors(t *testing.T) {
	tests := []struct {
		topic, payload string
		good           int // values before it
		offset         int
	}{
		{"x/gate/rdr/evt", `{"TagId":`, 0, 8},
		{"x/gate/rdr/evt", "$SCRDR\r\n  $SCRDR;;;ZZ", 1, 19},
		{"x/gate/rdr/evt", "$SCRDR\r\nnoise", 1, 8},
		{"x/gate/rdr/cmd", `{"Sequence":"600"}`, 0, 12},
		{"springcard/springcore/gate/status", `{"State"}`, 0, 8},
		{"springcard/springcore/gate/meta", `{`, 0, 0},
		{"4GSolarCam/Snapshot", `{"ts":x}`, 0, 6},
		{"x/gate/rdr/evt", "{" + strings.Repeat(`"a":1,`, maxJSONMembers) + `"a":1}`, 0, 6*maxJSONMembers + 4},
		{"4GSolarCam/Snapshot", "{" + strings.Repeat(`"a":1,`, maxJSONMembers) + `"a":1}`, 0, 6*maxJSONMembers + 4},
		{"x/gate/rdr/evt", "$SCRDR;;;;;04\nrubbish $SCRDR", 1, 14},
		{"x/gate/rdr/evt", strings.Repeat("$SCRDR\n", maxLines+1), maxLines, 7 * maxLines},
		{"x", strings.Repeat(" ", MaxPayload+1), 0, 0},
	}
	for _, tt := range tests {
		items := Decode(tt.topic, []byte(tt.payload))
		last := items[len(items)-1]
		if got, ok := Offset(last.Err); len(items) != tt.good+1 || last.Value.Kind() != KindRaw || !errors.Is(last.Err, ErrMalformed) || !ok || got != tt.offset {
			t.Errorf("%s %.60q: %v at %d with %.200v, want offset %d", tt.topic, tt.payload, last.Err, got, last.Value, tt.offset)
		}
	}
}

// TestAddress checks which device and family a message belongs to, and its kind.
func TestAddress(t *testing.T) {
	const (
		mac     = "5CC5638AE24C"
		picture = `{"ts":1,"values":{"devMac":"5c:c5:63:8a:e2:4c","image":"/9j/4AA"}}`
	)
	d := NewDecoder("site", Role{"cams/+/snap", KindSnapshot}, Role{"cams/+/state", KindStatus}, Role{"one", KindSnapshot}, Role{"one", KindStatus})
	camera := func(kind Kind) Address { return Address{Family: "milesight", Device: mac, Kind: kind} }
	byTopic := func(a Address) Address { a.ByTopic = true; return a }
	for _, tt := range []struct {
		topic, payload string
		want           Address
	}{
		{"x/gate/rdr/evt", `{"TagId":"04","Device":"other"}`, byTopic(Address{Family: "springcore", Prefix: "x", Device: "gate", Kind: KindEvent})},
		{"x/gate/rdr/evt", "$SCRDR", byTopic(Address{Family: "springcore", Prefix: "x", Device: "gate", Kind: KindEvent})},
		{"site/gate/status", `{"State":"online"}`, byTopic(Address{Family: "springcore", Prefix: "site", Device: "gate", Kind: KindStatus})},
		{"x/gate/status", `{"State":"online","Device":"gate"}`, Address{Family: "springcore", Prefix: "x", Device: "gate", Kind: KindStatus}},
		{"gate/status", `{"State":"online"}`, Address{Family: "springcore", Device: "gate", Kind: KindStatus}},
		{"homeassistant/status", "online", Address{Kind: KindRaw}},
		{"zigbee2mqtt/lamp/status", `{"state":"ON"}`, Address{Kind: KindRaw}},
		{"4GSolarCam/Snapshot", picture, byTopic(camera(KindSnapshot))},
		{"4GSolarCam/Snapshot", `{"data":` + picture + `}`, byTopic(camera(KindSnapshot))},
		{"4GSolarCam/Status", `{"data":{"values":{"devMac":"5CC5638AE24C"}}}`, byTopic(camera(KindStatus))},
		{"4GSolarCam/Status", "awake", byTopic(Address{Family: "milesight", Kind: KindStatus})},
		{"4GSolarCam/Wake/" + mac, ",wake", Address{Family: "milesight", Device: mac, Kind: KindWake, ToDevice: true, ByTopic: true}},
		{"ne301/x/report", `{"device_info":{"mac_address":"5CC5638AE24C"},"image_data":"data:image/jpeg;base64,/9j/4AAQ","a":"` + strings.Repeat("-", 60) + `"}`, camera(KindSnapshot)},
		{"cams/" + mac + "/snap", "SC211\xFF\xD8\xFF\xE0\x00\x10JFIF", camera(KindSnapshot)},
		{"cams/5c-c5-63-8a-e2-4c/snap", `{"image":"/9j/4AA"}`, camera(KindSnapshot)},
		{"cams/1/snap", picture, camera(KindSnapshot)},
		{"cams/1/state", "awake", Address{Family: "milesight", Kind: KindStatus}},
		{"one", picture, camera(KindSnapshot)},
		{"one", `{"values":{"devMac":"5CC5638AE24C"}}`, camera(KindStatus)},
		{"my/" + mac, `{"ts":1,"values":{"image":"` + strings.Repeat("/9j/", 40) + `"}}`, camera(KindSnapshot)},
		{"x", `{"SerialNumber":"DA1275B0","VendorName":"SpringCard"}`, Address{Family: "springcore", Device: "DA1275B0", Kind: KindMeta}},
		{"x", "hello", Address{Kind: KindRaw}},
		{"x", "", Address{Kind: KindRaw}},
	} {
		items := d.Decode(tt.topic, []byte(tt.payload))
		if got := items[0].Address; got != tt.want {
			t.Errorf("%s %.60s: %+v, want %+v", tt.topic, tt.payload, got, tt.want)
		}
	}
	if _, ok := d.Address("zigbee2mqtt/lamp/status"); ok {
		t.Error("a lamp is a reader")
	}
}

// TestTextOfText checks that a reader's message is read even if another program has
// encoded its bytes as text.
func TestTextOfText(t *testing.T) {
	const topic = "springcard/springcore/DA1275B0/rdr/evt"
	for _, message := range []string{`{"TagId":"04"}`, "$SCRDR;13;01;01;;04;I;;\r\n"} {
		want := showItem(topic, Decode(topic, []byte(message))[0], nil)
		for _, payload := range []string{
			hex.EncodeToString([]byte(message)), base64.StdEncoding.EncodeToString([]byte(message)) + "\n",
			"b'" + strings.ReplaceAll(message, "\r\n", `\r\n`) + "'",
		} {
			if got := showItem(topic, Decode(topic, []byte(payload))[0], nil); got != want {
				t.Errorf("%s: %s, want %s", payload, got, want)
			}
		}
	}
	for _, payload := range []string{"62616c6c", "b", "b''", "b'x'", "ball", "e30=", `"x"`} {
		if items := Decode(topic, []byte(payload)); len(items) != 1 || items[0].Value.Kind() != KindRaw && payload != "e30=" {
			t.Errorf("%s: %v", payload, items)
		}
	}
}

// FuzzDecode checks that any payload on any topic gives a value or an error, and that
// every value prints as JSON.
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
	for _, p := range []string{" [] ", `b"">`, "b'$SCRDR;13'", hex.EncodeToString([]byte(benchEvent)), "eyJUYWdJZCI6IjA0In0="} {
		for _, topic := range []string{"rdr/evt", "rdr/cmd", "status", "meta"} {
			f.Add("springcard/springcore/DA1275B0/"+topic, []byte(p))
		}
	}
	f.Fuzz(func(t *testing.T, topic string, payload []byte) {
		items := Decode(topic, payload)
		if len(items) == 0 {
			t.Fatal("no value")
		}
		for _, item := range items {
			if item.Err != nil {
				if item.Value.Kind() != KindRaw || !errors.Is(item.Err, ErrMalformed) {
					t.Fatalf("error %v beside %+v", item.Err, item.Value)
				}
				if at, ok := Offset(item.Err); !ok || at < 0 || at > len(payload)+MaxJSONDepth {
					t.Fatalf("error %v at %d of %d", item.Err, at, len(payload))
				}
			}
			requireJSON(t, item.Value)
			if item.Family == "" && item.Kind != KindRaw {
				t.Fatalf("%+v belongs to no family", item)
			}
		}
	})
}
