package ask

import (
	"reflect"
	"testing"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/site"
)

// TestAskerMatch checks to which camera an answer is assigned.
func TestAskerMatch(t *testing.T) {
	const gate, yard, other = "5CC5638AE24C", "5CC5638AE729", "1CC31660025E"
	sent := time.Now()
	status := func(topic, payload string) broker.Message {
		return broker.Message{Topic: topic, Payload: []byte(payload), Received: sent.Add(time.Second)}
	}
	of := func(mac string) string { return `{"values":{"devMac":"` + mac + `"}}` }
	const usual = "4GSolarCam/Status"
	retained := status(usual, of(gate))
	retained.Retained = true
	early := status(usual, of(gate))
	early.Received = sent.Add(-time.Second)

	type clues struct {
		Foreign         []string
		Kept, Anonymous bool
	}
	for _, tt := range []struct {
		name     string
		asked    []string
		filter   string // usual when empty
		message  broker.Message
		want     string // whose answer
		doubtful bool
		clues    clues
	}{
		{name: "its MAC", asked: []string{gate, yard}, message: status(usual, of(yard)), want: yard},
		{name: "another spelling", asked: []string{gate}, message: status(usual, of("5c:c5:63:8a:e2:4c")), want: gate},
		{name: "another camera", asked: []string{gate}, message: status(usual, of(other)), clues: clues{Foreign: []string{other}}},
		{name: "kept", asked: []string{gate}, message: retained, clues: clues{Kept: true}},
		{name: "from before the request", asked: []string{gate}, message: early},
		{name: "deleted", asked: []string{gate}, message: status(usual, "")},
		{name: "no MAC, one asked", asked: []string{gate}, message: status(usual, "hello"), want: gate, doubtful: true},
		{name: "no MAC, several asked", asked: []string{gate, yard}, message: status(usual, "hello"), clues: clues{Anonymous: true}},
		{name: "what is no MAC, one asked", asked: []string{gate}, message: status(usual, of("gate")), want: gate, doubtful: true},
		{name: "nobody asked", message: status(usual, of(gate)), clues: clues{Foreign: []string{gate}}},
		{name: "MAC in the topic", asked: []string{gate, yard}, filter: "cams/+/s", message: status("cams/"+yard+"/s", "hello"), want: yard},
		{name: "MAC in both", asked: []string{gate, yard}, filter: "cams/+/s", message: status("cams/"+yard+"/s", of(gate)), want: gate},
		{name: "MAC in a topic that looks like a reader's", asked: []string{gate}, filter: "cams/+/status", message: status("cams/"+gate+"/status", "hello"), want: gate},
		{name: "a reader", asked: []string{gate}, filter: "#", message: status("springcard/springcore/DA1275B0/status", `{"State":"online"}`)},
		{name: "a snapshot", asked: []string{gate}, filter: "#", message: status("4GSolarCam/Snapshot", of(gate))},
		{name: "a snapshot on the same topic", asked: []string{gate}, filter: "4GSolarCam/Snapshot", message: status("4GSolarCam/Snapshot", of(gate)), want: gate},
		{name: "our own request", asked: []string{gate}, filter: "#", message: status("4GSolarCam/Wake/"+gate, ",wake")},
		{name: "a camera on a topic of requests", asked: []string{gate}, filter: "#", message: status("4GSolarCam/Status/"+gate, of(gate)), want: gate},
		{name: "any other topic", asked: []string{gate}, filter: "#", message: status("cam", of(gate)), want: gate},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := New(nil, tt.filter, 0)
			if a.filter == "" {
				a.filter = usual
			}
			for _, mac := range tt.asked {
				a.Ask(site.Device{Name: mac, Family: site.Milesight, ID: mac}, codec.KindWake, ",wake")
				c := a.calls[len(a.calls)-1]
				c.first, c.sent = sent, 1
			}
			before := len(a.calls)
			got := a.match(tt.message)
			switch {
			case got.Set != (tt.want != ""):
				t.Fatalf("got %+v", got)
			case got.Set && (got.Value.call.camera.ID != tt.want || got.Value.Doubtful != tt.doubtful || len(a.calls) != before-1):
				t.Errorf("got %+v, %d calls left", got.Value, len(a.calls))
			case !got.Set && len(a.calls) != before:
				t.Error("a call is gone")
			}
			if got := (clues{a.foreign, a.kept, a.anonymous}); !reflect.DeepEqual(got, tt.clues) {
				t.Errorf("clues %+v, want %+v", got, tt.clues)
			}
		})
	}
}
