package listen

import (
	"reflect"
	"testing"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/broker"
)

func TestFilter(t *testing.T) {
	const (
		tag    = `{"TagId":"01"}`
		camera = `{"values":{"devMac":"5CC5638AE24C","battery":81}}`
	)
	reader := Device{"springcore", "R1"}
	cam := Device{"milesight", "5CC5638AE24C"}
	for _, tt := range []struct {
		name    string
		filter  Filter
		topic   string
		payload string
		kept    bool
		want    Reason
	}{
		{"everything", Filter{}, events, tag, false, Passed},
		{"what nobody knows", Filter{}, "x", "y", false, Passed},
		{"kind", Filter{Kinds: []codec.Kind{codec.KindStatus, codec.KindEvent}}, events, tag, false, Passed},
		{"another kind", Filter{Kinds: []codec.Kind{codec.KindStatus}}, events, tag, false, Unwanted},
		{"family", Filter{Family: "springcore"}, events, tag, false, Passed},
		{"another family", Filter{Family: "milesight"}, events, tag, false, Unwanted},
		{"no family", Filter{Family: "milesight"}, "x", "y", false, Unwanted},
		{"device", Filter{Devices: []Device{cam, reader}}, events, tag, false, Passed},
		{"another device", Filter{Devices: []Device{cam, {"springcore", "R2"}}}, events, tag, false, Unwanted},
		{"a device of that name in another family", Filter{Devices: []Device{{"milesight", "R1"}}}, events, tag, false, Unwanted},
		{"camera", Filter{Devices: []Device{reader, cam}}, "4GSolarCam/Status", camera, false, Passed},
		{"unnamed camera", Filter{Devices: []Device{cam, reader}}, "4GSolarCam/Status", `{"battery":81}`, false, Unnamed},
		{"unnamed camera where readers are wanted", Filter{Devices: []Device{reader}}, "4GSolarCam/Status", `{"battery":81}`, false, Unwanted},

		{"kept event", Filter{}, events, tag, true, Kept},
		{"kept status", Filter{}, "4GSolarCam/Status", camera, true, Passed},
		{"kept event, --retained", Filter{Retained: codec.Some(true)}, events, tag, true, Passed},
		{"kept status, --retained=false", Filter{Retained: codec.Some(false)}, "4GSolarCam/Status", camera, true, Kept},
		{"the first reason counts", Filter{Family: "milesight"}, events, tag, true, Unwanted},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.filter.Notice = new(notices).add
			m := broker.Message{Topic: tt.topic, Payload: []byte(tt.payload), Retained: tt.kept, Received: noon}
			if got := tt.filter.Why(items(m)[0]); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
			if tt.filter.counts[tt.want] != 1 {
				t.Errorf("counts %v", tt.filter.counts)
			}
		})
	}
}

// TestFilterRepetitions passes events to one filter, one after another.
func TestFilterRepetitions(t *testing.T) {
	f := Filter{Debounce: 5 * time.Second}
	for i, tt := range []struct {
		after   time.Duration
		topic   string
		payload string
		want    Reason
	}{
		{0, events, `{"TagId":"01","Uptime":"1:1.000","Move":"Insert"}`, Passed},
		{9 * time.Second, events, `{"TagId":"01","Uptime":"1:1.000","Move":"Insert"}`, Repeated},
		{9 * time.Second, events, `{"TagId":"01","Uptime":"1:1.000","Move":"Remove"}`, Passed},
		{9 * time.Second, events, `{"TagId":"02","Uptime":"1:1.000","Move":"Insert"}`, Passed},
		{9 * time.Second, "springcard/springcore/R2/rdr/evt", `{"TagId":"01","Uptime":"1:1.000","Move":"Insert"}`, Passed},
		// A repeated event does not show that the tag is still there.
		{10 * time.Second, events, `{"TagId":"01","Uptime":"1:2.000","Move":"Insert"}`, Passed},
		{14 * time.Second, events, `{"TagId":"01","Uptime":"1:3.000","Move":"Insert"}`, Debounced},
		{18 * time.Second, events, `{"TagId":"01","Uptime":"1:4.000","Move":"Insert"}`, Debounced},
		{23 * time.Second, events, `{"TagId":"01","Uptime":"1:5.000","Move":"Insert"}`, Passed},
		{23 * time.Second, events, `{"Seq":1}`, Passed}, // no tag
		{23 * time.Second, events, `{"Seq":1}`, Passed},
		{23 * time.Second, events, "$SCRDR", Passed}, // a greeting
		{23 * time.Second, events, "$SCRDR", Passed},
	} {
		m := broker.Message{Topic: tt.topic, Payload: []byte(tt.payload), Received: noon.Add(tt.after)}
		if got := f.Why(items(m)[0]); got != tt.want {
			t.Errorf("%d: %s after %v: got %d, want %d", i, tt.payload, tt.after, got, tt.want)
		}
	}
	trouble, rest := f.Account()
	if !reflect.DeepEqual(trouble, []string{"1 event dropped, because they came twice"}) || !reflect.DeepEqual(rest, []string{"2 events dropped by --debounce"}) {
		t.Errorf("account %q, %q", trouble, rest)
	}
}

func TestFilterAccount(t *testing.T) {
	var told notices
	f := Filter{Devices: []Device{{"milesight", "5CC5638AE24C"}, {"springcore", "R1"}}, Notice: told.add}
	if trouble, rest := f.Account(); trouble != nil || rest != nil {
		t.Errorf("nothing came: %q, %q", trouble, rest)
	}
	unnamed := broker.Message{Topic: "4GSolarCam/Status", Payload: []byte(`{"battery":81}`), Received: noon}
	kept := event(`{"TagId":"01"}`)
	kept.Retained = true
	for _, m := range []broker.Message{unnamed, unnamed, kept} {
		f.Why(items(m)[0])
	}
	told.want(t, "a status that names no camera is skipped; ")
	for _, tt := range []struct {
		retained codec.Opt[bool]
		want     string
	}{
		{codec.Opt[bool]{}, "1 retained event skipped (--retained all prints them)"},
		{codec.Some(false), "1 retained message skipped"},
	} {
		f.Retained = tt.retained
		trouble, rest := f.Account()
		if want := []string{tt.want, "2 messages skipped, because they name no camera"}; trouble != nil || !reflect.DeepEqual(rest, want) {
			t.Errorf("account %q, %q, want %q", trouble, rest, want)
		}
	}
}
