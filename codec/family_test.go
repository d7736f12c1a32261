package codec

import (
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
		{"springcard/springcore/DA1275B0/rdr/evt", Address{Family: "springcore", Prefix: "springcard/springcore", Device: "DA1275B0", Kind: KindEvent}},
		{"springcard/springcore/DA1275B0/rdr/cmd", Address{Family: "springcore", Prefix: "springcard/springcore", Device: "DA1275B0", Kind: KindCommand, ToDevice: true}},
		{"springcard/springcore/DA1275B0/status", Address{Family: "springcore", Prefix: "springcard/springcore", Device: "DA1275B0", Kind: KindStatus}},
		{"springcard/springcore/DA1275B0/meta", Address{Family: "springcore", Prefix: "springcard/springcore", Device: "DA1275B0", Kind: KindMeta}},
		{"a/b/c/d/gate 1/rdr/evt", Address{Family: "springcore", Prefix: "a/b/c/d", Device: "gate 1", Kind: KindEvent}},
		{"gate/status", Address{Family: "springcore", Device: "gate", Kind: KindStatus}},
		{"x/gate/dir/cmd", Address{Family: "springcore", Prefix: "x", Device: "gate", Kind: KindRaw, ToDevice: true}},
		{"4GSolarCam/Snapshot", Address{Family: "milesight", Kind: KindSnapshot}},
		{"site/1/4GSolarCam/Alarm", Address{Family: "milesight", Prefix: "site/1", Kind: KindAlarm}},
		{"4GSolarCam/Status", Address{Family: "milesight", Kind: KindStatus}},
		{"4GSolarCam/Status/5c:c5:63:8a:e2:4c", Address{Family: "milesight", Device: mac, Kind: KindStatusRequest, ToDevice: true}},
		{"4GSolarCam/Wake/" + mac, Address{Family: "milesight", Device: mac, Kind: KindWake, ToDevice: true}},
		{"4GSolarCam/Config/front", Address{Family: "milesight", Device: "front", Kind: KindConfig, ToDevice: true}},
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

// TestTopicsBothWays checks that a topic which a family writes is read as a topic of that
// family.
func TestTopicsBothWays(t *testing.T) {
	for _, f := range Families() {
		const device = "0123456789AB"
		for _, prefix := range []string{"", "site", "a/b/c", f.Prefix} {
			for _, r := range f.Routes {
				topic := FillTopic(r.Topic, prefix, device)
				want := Address{Family: f.Name, Prefix: prefix, Device: device, Kind: r.Kind, ToDevice: r.ToDevice}
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

func TestRawPrints(t *testing.T) {
	for _, tt := range []struct {
		value Value
		json  string
		warns []string
	}{
		{Raw{[]byte("a\tb\r\n")}, `{"text":"a\tb\r\n"}`, nil},
		{Raw{[]byte("a\x1b")}, `{"hex":"611b"}`, nil},
		{Raw{[]byte("\xFF")}, `{"hex":"ff"}`, nil},
		{Raw{}, `{"text":""}`, nil},
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

func TestMatchTopic(t *testing.T) {
	for _, tt := range []struct {
		filter, topic string
		want          bool
	}{
		{"a/b", "a/b", true},
		{"a/b", "a/c", false},
		{"a/b", "a", false},
		{"a", "a/b", false},
		{"a/+", "a/b", true},
		{"a/+", "a/b/c", false},
		{"a/+", "a", false},
		{"+/b", "a/b", true},
		{"+/+", "/a", true},
		{"+", "a", true},
		{"+", "/a", false},
		{"#", "a/b/c", true},
		{"a/#", "a/b/c", true},
		{"a/#", "a", true},
		{"a/#", "b", false},
		{"a/b/#", "a", false},
		{"a//b", "a//b", true},
		{"a/+/b", "a//b", true},
		{"a/", "a", false},
		{"a", "a/", false},
	} {
		if got := MatchTopic(tt.filter, tt.topic); got != tt.want {
			t.Errorf("%s and %s: %v, want %v", tt.filter, tt.topic, got, tt.want)
		}
	}
}

// TestFamiliesAreCopies checks that a caller which changes the result of Families changes
// nothing for others.
func TestFamiliesAreCopies(t *testing.T) {
	f := Families()[0]
	f.Routes[0].Topic, f.Requests[0].Topic = "x", "x"
	again := Families()[0]
	if again.Routes[0].Topic == "x" || again.Requests[0].Topic == "x" {
		t.Errorf("the family has changed: %+v", again)
	}
}
