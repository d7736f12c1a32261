package codec

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func rawMember(key, value string) Member { return Member{key, json.RawMessage(value)} }

var uptime699 = Uptime{699, 16*time.Second + 850*time.Millisecond}

var lineEventTests = []struct {
	name string
	line string
	want ReaderEvent
	json string
}{
	{
		"a tag read", "$SCRDR;13;01;01;;047DAE02C84080;;00047DAE02C84080;*56",
		ReaderEvent{
			Format: FormatLine, Interface: "0x13", Protocol: "0x01", Template: Some[int64](1),
			TagID: "047DAE02C84080", TagData: "00047DAE02C84080", Checksum: exclusive(0x56),
		},
		`{"format":"scrdr","interface":"0x13","protocol":"0x01","template":1,"tag_id":"047DAE02C84080",` +
			`"tag_data":"00047DAE02C84080","checksum_rule":"exclusive"}`,
	},
	{
		"the only printed event, cut", "$SCRDR;13",
		ReaderEvent{Format: FormatLine, Interface: "0x13"},
		`{"format":"scrdr","interface":"0x13"}`,
	},
	{
		"what 13 may have been", "$SCRDR;13.56;NFC-A;01;;04;I",
		ReaderEvent{
			Format: FormatLine, Interface: "13.56", Protocol: "NFC-A", Template: Some[int64](1),
			TagID: "04", Move: MoveInsert,
		},
		`{"format":"scrdr","interface":"13.56","protocol":"NFC-A","template":1,"tag_id":"04","move":"insert"}`,
	},
	{
		"Bluetooth: template 0 and signal", "$SCRDR;ff;Ab;00;C4;0a0B;IR;caf\u00e9;https://example.com",
		ReaderEvent{
			Format: FormatLine, Interface: "0xFF", Protocol: "0xAB", Template: Some[int64](0),
			RSSI: Some[int64](-60), RSSIRaw: Some[byte](0xC4), TagID: "0a0B", Move: MoveInsert | MoveRemove,
			TagData: "caf\u00e9", TagDetails: "https://example.com",
		},
		`{"format":"scrdr","interface":"0xFF","protocol":"0xAB","template":0,"rssi":-60,"rssi_raw":"C4","tag_id":"0a0B",` +
			`"move":"insert,remove","tag_data":"caf` + "\u00e9" + `","tag_details":"https://example.com"}`,
	},
	{
		"removed, with nothing else", "$SCRDR;13;01;;;; remove ",
		ReaderEvent{Format: FormatLine, Interface: "0x13", Protocol: "0x01", Move: MoveRemove},
		`{"format":"scrdr","interface":"0x13","protocol":"0x01","move":"remove"}`,
	},
	{
		"a semicolon in the data", "$SCRDR;13;01;01;;04;;a;b;c",
		ReaderEvent{
			Format: FormatLine, Interface: "0x13", Protocol: "0x01", Template: Some[int64](1), TagID: "04", TagData: "a;b;c",
			Rest: Rest{Warn: []string{"there are 9 fields instead of 8: a semicolon stands inside tag data or tag details, so all of it is kept as tag data"}},
		},
		`{"format":"scrdr","interface":"0x13","protocol":"0x01","template":1,"tag_id":"04","tag_data":"a;b;c"}`,
	},
}

func TestReaderEventLine(t *testing.T) {
	for _, tt := range lineEventTests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := ParseLine(tt.line)
			if err != nil {
				t.Fatal(err)
			}
			got, err := parseReaderEvent(m)
			if err != nil || !reflect.DeepEqual(got, &tt.want) {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, tt.want)
			}
			if out := string(tt.want.AppendJSON(nil)); out != tt.json {
				t.Errorf("prints as %s\nwant      %s", out, tt.json)
			}
			if strings.Contains(tt.want.TagData, ";") {
				if _, err := tt.want.Line(); err == nil {
					t.Error("an ambiguous event can be written")
				}
				return
			}
			back, err := tt.want.Line()
			if err != nil {
				t.Fatal(err)
			}
			if again, err := parseReaderEvent(back); err != nil || !reflect.DeepEqual(again, &tt.want) {
				t.Errorf("%s is read as %+v, %v", back, again, err)
			}
		})
	}
}

func TestReaderEventLineErrors(t *testing.T) {
	tests := []struct {
		line string
		want error
	}{
		{"$SCRDR;13;01;1", &FieldError{"$SCRDR", 3, "template", "1", 13, errNotHexByte}},
		{"$SCRDR;13;01;01;-60", &FieldError{"$SCRDR", 4, "rssi", "-60", 16, errNotHexByte}},
		{"$SCRDR;13;01;01;;047", &FieldError{"$SCRDR", 5, "tag id", "047", 17, errNotHex}},
		{"$SCRDR;13;01;01;;04:7D", &FieldError{"$SCRDR", 5, "tag id", "04:7D", 17, errNotHex}},
		{"$SCRDR;13;01;01;;04;X", &FieldError{"$SCRDR", 6, "move", "X", 20, errNotMove}},
		{"$SCRDR;;;ZZ;ZZ;Z", &FieldError{"$SCRDR", 3, "template", "ZZ", 9, errNotHexByte}},
		{"$SCCMD;SEQ=60", &SyntaxError{1, "$SCCMD is not a reader event"}},
	}
	for _, tt := range tests {
		m, err := ParseLine(tt.line)
		if err != nil {
			t.Fatal(err)
		}
		e, err := parseReaderEvent(m)
		if !reflect.DeepEqual(err, tt.want) || !errors.Is(err, ErrMalformed) || e != nil {
			t.Errorf("%s: %#v beside %+v\nwant %#v", tt.line, err, e, tt.want)
		}
	}
}

// TestReaderEventMessageRefuses checks that an event which would be read back differently
// is not written.
func TestReaderEventMessageRefuses(t *testing.T) {
	for _, e := range []ReaderEvent{
		{TagData: "a;b"},
		{TagDetails: "ends in a blank "},
		{TagDetails: "no checksum*00"},
		{TagData: "two\nlines"},
		{TagID: "not hex"},
		{Template: Some[int64](256)},
		{RSSI: Some[int64](-129)},
		{Interface: "AB"},
	} {
		if m, err := e.Line(); err == nil || !reflect.DeepEqual(m, Line{}) {
			t.Errorf("%+v is written as %s, %v", e, m, err)
		}
	}
}

const companionTag = `{"jsonrpc":"2.0","event":"Reader.TagRead","params":{"DeviceId":"vkY","Sequence":1236,"Interface":"13.56",` +
	`"Protocol":"NFC-A","TagId":"047C7B02C44080","Template":2,"TagData":"https://www.springcard.com","TagDetails":{"a": 1e5}}}`

var jsonEventTests = []struct {
	name string
	text string
	want ReaderEvent
	json string
}{
	{
		"current", `{"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080","TagData":"00047DAE02C84080","Uptime":"699:16.850"}`,
		ReaderEvent{
			Format: FormatJSON, Interface: "13.56", Protocol: "NFC-A", Template: Some[int64](1),
			TagID: "047DAE02C84080", TagData: "00047DAE02C84080", Uptime: Some(uptime699),
		},
		`{"format":"json","interface":"13.56","protocol":"NFC-A","template":1,"tag_id":"047DAE02C84080",` +
			`"tag_data":"00047DAE02C84080","uptime_boot_count":699,"uptime_seconds":16.850}`,
	},
	{
		"2021: State is a movement, Sequence a counter", `{"Sequence":78,"Template":"2","Rssi":-71,"TagId":"262BA1B0","State":"Insert/Remove","DateTime":"2021-04-13 10:00:00"}`,
		ReaderEvent{
			Format: FormatJSON, Counter: Some[int64](78), Template: Some[int64](2), RSSI: Some[int64](-71), TagID: "262BA1B0",
			Move: MoveInsert | MoveRemove, DateTime: "2021-04-13 10:00:00",
		},
		`{"format":"json","template":2,"rssi":-71,"tag_id":"262BA1B0","move":"insert,remove","date_time":"2021-04-13 10:00:00","event_counter":78}`,
	},
	{
		"Companion's wrapper", companionTag,
		ReaderEvent{
			Format: FormatJSON, Device: "vkY", Counter: Some[int64](1236), Interface: "13.56", Protocol: "NFC-A",
			Template: Some[int64](2), TagID: "047C7B02C44080", TagData: "https://www.springcard.com",
			TagDetailsJSON: json.RawMessage(`{"a": 1e5}`),
			Rest:           Rest{Extra: []Member{rawMember("jsonrpc", `"2.0"`), rawMember("event", `"Reader.TagRead"`)}},
		},
		`{"format":"json","device":"vkY","interface":"13.56","protocol":"NFC-A","template":2,"tag_id":"047C7B02C44080",` +
			`"tag_data":"https://www.springcard.com","tag_details":{"a":1e5},"event_counter":1236,"extra":{"jsonrpc":"2.0","event":"Reader.TagRead"}}`,
	},
	{
		"keys in any case, lists as arrays, null for absent", `{"TAGID":"04","interface":["13.56","900"],"PROTOCOL":"NFC-A","Template":null}`,
		ReaderEvent{Format: FormatJSON, TagID: "04", Interface: "13.56,900", Protocol: "NFC-A"},
		`{"format":"json","interface":"13.56,900","protocol":"NFC-A","tag_id":"04"}`,
	},
	{
		"unknown keys keep their spelling", `{"TagId":"04","Big":123456789012345678901234567890,"Exp":1e5,"Lone":"\ud800","Exp":1.50}`,
		ReaderEvent{Format: FormatJSON, TagID: "04", Rest: Rest{Extra: []Member{
			rawMember("Big", "123456789012345678901234567890"), rawMember("Exp", "1e5"), rawMember("Lone", `"\ud800"`), rawMember("Exp", "1.50"),
		}}},
		`{"format":"json","tag_id":"04","extra":{"Big":123456789012345678901234567890,"Exp":1e5,"Lone":"\ud800","Exp":1.50}}`,
	},
	{
		"the last of two counts", `{"TagId":"04","tagid":"05","Template":1,"TEMPLATE":2}`,
		ReaderEvent{Format: FormatJSON, TagID: "05", Template: Some[int64](2)},
		`{"format":"json","template":2,"tag_id":"05"}`,
	},
	{
		"values that do not fit are kept", `{"TagId":"04","Template":"NFC1","RSSI":1e400,"Uptime":"soon","Move":"Sideways"}`,
		ReaderEvent{Format: FormatJSON, TagID: "04", Rest: Rest{
			Extra: []Member{rawMember("Template", `"NFC1"`), rawMember("RSSI", "1e400"), rawMember("Uptime", `"soon"`), rawMember("Move", `"Sideways"`)},
			Warn: []string{
				`"Template" is "\"NFC1\"": not an integer`, `"RSSI" is "1e400": not an integer`,
				`"Uptime" is "\"soon\"": not an uptime (CCC:SSS.MMM)`, `"Move" is "\"Sideways\"": not a movement (I, R, IR, Insert, Remove)`,
			},
		}},
		`{"format":"json","tag_id":"04","extra":{"Template":"NFC1","RSSI":1e400,"Uptime":"soon","Move":"Sideways"}}`,
	},
	{"nothing said", `{}`, ReaderEvent{Format: FormatJSON, Rest: Rest{Warn: []string{"no TagId"}}}, `{"format":"json"}`},
	{"removed without an identifier", `{"Move":"Remove"}`, ReaderEvent{Format: FormatJSON, Move: MoveRemove}, `{"format":"json","move":"remove"}`},
}

func TestReaderEventJSON(t *testing.T) {
	for _, tt := range jsonEventTests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := DecodeReaderEvent([]byte(tt.text))
			if err != nil || !reflect.DeepEqual(got, &tt.want) {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, tt.want)
			}
			if out := string(tt.want.AppendJSON(nil)); out != tt.json {
				t.Errorf("prints as %s\nwant      %s", out, tt.json)
			}
		})
	}
	e, err := DecodeReaderEvent([]byte(`{"TagId":"04"`))
	if want := (&SyntaxError{12, "not JSON: unexpected end of JSON input"}); !reflect.DeepEqual(err, error(want)) || e != nil {
		t.Errorf("a cut event is %+v, %#v", e, err)
	}
}

// TestEarlierValueStays checks that a value which does not fit is kept aside, and does not
// replace one that fits.
func TestEarlierValueStays(t *testing.T) {
	const text = `{"TagId":"04AA","TagId":[1],"Interface":["13.56"],"Interface":[2],"TagDetails":"d","RSSI":-60,"RSSI":"x","Protocol":"a","Protocol":{}}`
	e, err := DecodeReaderEvent([]byte(text))
	if err != nil || e.TagID != "04AA" || e.Interface != "13.56" || e.RSSI != Some[int64](-60) || e.Protocol != "a" || len(e.Warn) != 4 || len(e.Extra) != 4 {
		t.Errorf("event %+v, %v", e, err)
	}
	s, err := DecodeReaderStatus([]byte(`{"State":"online,ready","State":7.5,"State":[1]}`))
	if want := []string{"7.5"}; err != nil || !reflect.DeepEqual(s.State, want) || len(s.Warn) != 1 {
		t.Errorf("status %+v, %v", s, err)
	}
	m, err := DecodeReaderMeta([]byte(`{"Interfaces":["13.56"],"Interfaces":[{}]}`))
	if want := []string{"13.56"}; err != nil || !reflect.DeepEqual(m.Interfaces, want) || len(m.Warn) != 1 {
		t.Errorf("meta %+v, %v", m, err)
	}
}

func TestReaderEventReuse(t *testing.T) {
	var e ReaderEvent
	for _, text := range []string{companionTag, `{"TagId":"04"}`, `{"TagId":`, benchEvent} {
		if err := e.SetWire(text); err != nil && !reflect.DeepEqual(e, ReaderEvent{}) {
			t.Errorf("%v beside %+v", err, e)
		}
	}
	fresh, err := DecodeReaderEvent([]byte(benchEvent))
	if err != nil || !reflect.DeepEqual(&e, fresh) {
		t.Errorf("used again: %+v\nfresh:      %+v, %v", e, fresh, err)
	}
	if allocs := testing.AllocsPerRun(100, func() { _ = e.SetWire(benchEvent) }); allocs != 0 {
		t.Errorf("%v allocations for an event, want 0", allocs)
	}
}

func TestUptime(t *testing.T) {
	for s, want := range map[string]Uptime{
		"699:16.850":                        uptime699,
		"145:1860.081":                      {145, 1860*time.Second + 81*time.Millisecond},
		"0:0.000":                           {},
		"999999999999999999:9223372034.999": {999999999999999999, 9223372034*time.Second + 999*time.Millisecond},
	} {
		if got, err := parseUptime(s); err != nil || got != want || want.String() != s {
			t.Errorf("%s is %+v, %v, and printed as %s", s, got, err, want)
		}
	}
	for _, s := range []string{
		"", ":", "1:2", "1:2.", "1:2.03", "1:2.0345", "-1:2.000", "1:-2.000", "1:2.-00", "1 :2.000",
		"1:2.000 ", "1:2.00\x00", "1:2.0000", ":2.000", "1:.000", "1:9223372036.000", "1:18446744073709551616.000", "0000000000000000001:2.000",
	} {
		if got, err := parseUptime(s); err == nil || got != (Uptime{}) {
			t.Errorf("%q is %+v, %v", s, got, err)
		}
	}
}

func TestMove(t *testing.T) {
	for s, want := range map[string]Move{
		"": 0, "I": MoveInsert, "r": MoveRemove, "IR": MoveInsert | MoveRemove, " Insert ": MoveInsert, "REMOVE": MoveRemove,
		"Insert,Remove": MoveInsert | MoveRemove, "insert/remove": MoveInsert | MoveRemove,
	} {
		if got, err := parseMove(s); err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", s, got, err, want)
		}
		for _, text := range []string{want.String(), want.code()} {
			if got, err := parseMove(text); err != nil || got != want {
				t.Errorf("%q is %v, %v; want %v", text, got, err, want)
			}
		}
	}
}

func TestHexBytes(t *testing.T) {
	for s, want := range map[string][]byte{
		"": nil, "0": nil, "00FfaB": {0x00, 0xFF, 0xAB}, "0G": nil, "é": nil, "534639728584": {0x53, 0x46, 0x39, 0x72, 0x85, 0x84},
	} {
		if got, ok := HexBytes(s); ok != (want != nil) || !reflect.DeepEqual(got, want) {
			t.Errorf("%q is % X, %v; want % X", s, got, ok, want)
		}
	}
}

func TestReaderStatus(t *testing.T) {
	tests := []struct {
		name, text string
		want       ReaderStatus
		online     bool
		json       string
	}{
		{
			"as documented", `{"State":"online,ready","Uptime":"145:1860.081"}`,
			ReaderStatus{State: []string{"online", "ready"}, Uptime: Some(Uptime{145, 1860081 * time.Millisecond})},
			true,
			`{"format":"json","state":["online","ready"],"uptime_boot_count":145,"uptime_seconds":1860.081}`,
		},
		{
			"last will", `{"State":"offline,dead"}`,
			ReaderStatus{State: []string{"offline", "dead"}},
			false,
			`{"format":"json","state":["offline","dead"]}`,
		},
		{
			"over HTTP, with blanks and news", `{"Device":"DA1275B0","STATE":"online, asleep","DateTime":"2024-03-13 07:30:00","Load":0.50}`,
			ReaderStatus{
				Device: "DA1275B0", State: []string{"online", "asleep"}, DateTime: "2024-03-13 07:30:00",
				Rest: Rest{Extra: []Member{rawMember("Load", "0.50")}},
			},
			true,
			`{"format":"json","device":"DA1275B0","state":["online","asleep"],"date_time":"2024-03-13 07:30:00","extra":{"Load":0.50}}`,
		},
		{"nothing said", `{"State":""}`, ReaderStatus{Rest: Rest{Warn: []string{"no State"}}}, false, `{"format":"json"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := DecodeReaderStatus([]byte(tt.text))
			if err != nil || !reflect.DeepEqual(got, tt.want) || got.Online() != tt.online {
				t.Errorf("got  %+v, %v, online %v\nwant %+v", got, err, got.Online(), tt.want)
			}
			if out := string(tt.want.AppendJSON(nil)); out != tt.json {
				t.Errorf("prints as %s\nwant      %s", out, tt.json)
			}
		})
	}
	if s, err := DecodeReaderStatus([]byte(`[]`)); !errors.Is(err, ErrMalformed) || !reflect.DeepEqual(s, ReaderStatus{}) {
		t.Errorf("an array is %+v, %v", s, err)
	}
}

func TestReaderMeta(t *testing.T) {
	const text = `{"VendorName":"SpringCard","ProductName":"SpringPark","ProductVariant":"SD","SerialNumber":"DA1275B0","Version":1.23,` +
		`"Firmware":"f","Revision":"r","Hardware":"h","UniqueId":"u","ConfigId":"c","Open":true,"Inventory":"i","Location":"l",` +
		`"PhysAddress":"749050007903","IpAddress":"192.168.16.212","Protocol":"RDR/JSON","Interfaces":["13.56","bluetooth"],"New":[1, 2]}`
	want := ReaderMeta{
		Vendor: "SpringCard", Product: "SpringPark", Variant: "SD", Serial: "DA1275B0", Version: "1.23", Firmware: "f", Revision: "r",
		Hardware: "h", UniqueID: "u", ConfigID: "c", Open: Some(true), Inventory: "i", Location: "l", MAC: "749050007903",
		IP: "192.168.16.212", Protocol: "RDR/JSON", Interfaces: []string{"13.56", "bluetooth"},
		Rest: Rest{Extra: []Member{rawMember("New", "[1, 2]")}},
	}
	got, err := DecodeReaderMeta([]byte(text))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
	const out = `{"format":"json","vendor":"SpringCard","product":"SpringPark","variant":"SD","serial":"DA1275B0","version":"1.23",` +
		`"firmware":"f","revision":"r","hardware":"h","unique_id":"u","config_id":"c","open":true,"inventory":"i","location":"l",` +
		`"mac":"749050007903","ip":"192.168.16.212","protocol":"RDR/JSON","interfaces":["13.56","bluetooth"],"extra":{"New":[1,2]}}`
	if got := string(want.AppendJSON(nil)); got != out {
		t.Errorf("prints as %s\nwant      %s", got, out)
	}
	list, err := DecodeReaderMeta([]byte(`{"Interfaces":"13.56, 900","Open":"false"}`))
	if want := (ReaderMeta{Interfaces: []string{"13.56", "900"}, Open: Some(false)}); err != nil || !reflect.DeepEqual(list, want) {
		t.Errorf("got %+v, %v", list, err)
	}
}

// FuzzReaderEvent checks that the fast path and the slow path read the same, that an error
// comes with an empty event, and that an event which a line can express is written as a
// line and read back.
func FuzzReaderEvent(f *testing.F) {
	for _, tt := range jsonEventTests {
		f.Add(tt.text)
	}
	for _, tt := range lineEventTests {
		f.Add(tt.line)
	}
	for _, tt := range objectTests {
		f.Add(tt.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := DecodeReaderEvent([]byte(text))
		slow, slowErr := slowReaderEvent(text)
		if !reflect.DeepEqual(e, slow) || !reflect.DeepEqual(err, slowErr) {
			t.Fatalf("%q\nfast: %+v, %v\nslow: %+v, %v", text, e, err, slow, slowErr)
		}
		if err != nil {
			if e != nil || !errors.Is(err, ErrMalformed) {
				t.Fatalf("error %v beside %+v", err, e)
			}
			return
		}
		requireJSON(t, e)
		m, err := e.Line()
		if err != nil {
			return
		}
		back, err := parseReaderEvent(m)
		if err != nil || back.TagID != e.TagID || back.TagData != e.TagData || back.Move != e.Move {
			t.Fatalf("%+v\nis written as %s and read as %+v, %v", e, m, back, err)
		}
	})
}

// slowReaderEvent is SetWire without its fast path.
func slowReaderEvent(text string) (*ReaderEvent, error) {
	e := new(ReaderEvent)
	err := anyObject(text, func(key string, v jsonValue) error {
		eventKeys.read(e, &e.Rest, key, v)
		return nil
	})
	if err != nil {
		return nil, err
	}
	e.Format = FormatJSON
	e.unwrap()
	if e.TagID == "" && e.Move == 0 {
		e.warn("no TagId")
	}
	return e, nil
}

func TestHello(t *testing.T) {
	for line, want := range map[string]Hello{
		"$SCRDR": {}, "$SCRDR;;;;;;;;*5A": {Checksum: inclusive(0x5A)},
	} {
		m, err := ParseLine(line)
		if err != nil {
			t.Fatal(err)
		}
		got, err := m.Decode()
		if err != nil || !reflect.DeepEqual(got, Value(want)) {
			t.Errorf("%s is %+v, %v", line, got, err)
		}
		requireJSON(t, want)
	}
	if got := string(Hello{Checksum: inclusive(0x5A)}.AppendJSON(nil)); !strings.Contains(got, `"checksum_rule":"inclusive"`) {
		t.Errorf("prints as %s", got)
	}
}
