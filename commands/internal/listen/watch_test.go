package listen

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
)

// TestWatch checks what is reported about two readers and a camera, and when.
// Each message is given as the minute in which it comes, and its topic.
func TestWatch(t *testing.T) {
	const (
		door  = "springcard/springcore/R1/rdr/evt"
		back  = "springcard/springcore/R2/rdr/evt"
		state = "springcard/springcore/R1/status"
		other = "springcard/springcore/R9/rdr/evt"
	)
	devices := []site.Device{
		{Name: "door", Family: site.SpringCore, ID: "R1", Expect: 10 * time.Minute},
		{Name: "yard", Family: site.SpringCore, ID: "R2", Expect: 10 * time.Minute},
		{Name: "gate", Family: site.Milesight, ID: "5CC5638AE24C", Expect: time.Hour},
	}
	type come struct {
		minute   int
		topic    string
		payload  string
		retained bool
	}
	tag := func(minute int, topic string) come { return come{minute, topic, `{"TagId":"01"}`, false} }
	for _, tt := range []struct {
		name  string
		until int // minutes
		early []come
		come  []come
		gap   [2]int // the minutes from and to which the connection is lost
		begin string
		told  string
	}{
		{
			name: "nothing comes", until: 90,
			begin: "not heard yet: door, yard (expected every 10m), gate (expected every 1h)",
			told:  "10 silent R1, 10 silent R2, 60 silent 5CC5638AE24C",
		},
		{
			name: "all goes well", until: 25, come: []come{tag(5, door), tag(9, back), tag(14, door), tag(18, back), tag(23, door)},
			begin: "not heard yet: door, yard (expected every 10m), gate (expected every 1h)",
		},
		{
			name: "one was heard while it subscribed", until: 15, early: []come{tag(0, door)}, come: []come{tag(8, back)},
			begin: "not heard yet: yard (expected every 10m), gate (expected every 1h)",
			told:  "10 silent R1",
		},
		{
			name: "silent, back, and silent again", until: 40, come: []come{tag(5, door), tag(22, door), tag(24, door), tag(8, back), tag(17, back), tag(26, back), tag(35, back)},
			told: "15 silent R1, 22 back R1, 34 silent R1",
		},
		{name: "what is no sign of life", until: 15, come: []come{
			{5, door, `{"TagId":"01"}`, true},
			{6, door, ``, false},
			{7, state, `{"State":"offline"}`, false},
			{8, "springcard/springcore/R1/rdr/cmd", `{"Sequence":"60"}`, false},
			tag(9, other), tag(9, back),
		}, told: "10 silent R1"},
		{
			name: "a message that cannot be read is one", until: 16, come: []come{{5, door, `{"TagId":`, false}, tag(9, back)},
			told: "15 silent R1",
		},
		{
			name: "the only camera need not be named", until: 70, come: []come{{30, snapshots, "\xff\xd8\xff", false}, {59, snapshots, `{"values":{"devMac":"5CC5638AE729"}}`, false}},
			told: "10 silent R1, 10 silent R2",
		},
		{
			name: "the connection is lost meanwhile", until: 40, gap: [2]int{8, 28}, come: []come{tag(29, back)},
			told: "30 silent R1, 39 silent R2",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				q := make(queue, 100)
				c, printer := newChain(&out)
				c.Watch = NewWatch(devices)
				p := &Pump{Source: q, Chain: c, Printer: printer, Notice: new(notices).add}
				put := func(m come) {
					q <- broker.Message{Topic: m.topic, Payload: []byte(m.payload), Retained: m.retained, Received: time.Now()}
				}
				start := time.Now()
				for _, m := range tt.early {
					put(m)
				}
				if err := p.During(t.Context(), func(context.Context) error { synctest.Wait(); return nil }); err != nil {
					t.Fatal(err)
				}
				begin := c.Watch.Begin(time.Now(), func() time.Duration {
					from, to := start.Add(time.Duration(tt.gap[0])*time.Minute), start.Add(time.Duration(tt.gap[1])*time.Minute)
					if now := time.Now(); now.Before(to) {
						return max(now.Sub(from), 0)
					}
					return to.Sub(from)
				})
				if tt.begin != "" && begin != tt.begin {
					t.Errorf("at the start: %q, want %q", begin, tt.begin)
				}
				for _, m := range tt.come {
					time.AfterFunc(time.Duration(m.minute)*time.Minute, func() { put(m) })
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(tt.until)*time.Minute)
				defer cancel()
				if err := p.Run(ctx); err != context.DeadlineExceeded {
					t.Fatal(err)
				}
				if got := toldIn(t, start, out.String()); got != tt.told {
					t.Errorf("told %s, want %s", got, tt.told)
				}
				if lines := strings.Count(out.String(), `"topic":`); c.Printed() != lines {
					t.Errorf("%d messages were printed, %d counted", lines, c.Printed())
				}
			})
		})
	}
}

// toldIn returns the values of kind silent and back in JSON Lines, each with
// its minute and device.
func toldIn(t *testing.T, start time.Time, lines string) string {
	form := regexp.MustCompile(`(?m)^{"time":"([^"]*)","family":"[a-z]*","device":"([^"]*)","kind":"(silent|back)","data":`)
	var told []string
	for _, m := range form.FindAllStringSubmatch(lines, -1) {
		at, err := time.Parse(time.RFC3339Nano, m[1])
		if err != nil {
			t.Error(err)
		}
		told = append(told, fmt.Sprintf("%.0f %s %s", at.Sub(start).Minutes(), m[3], m[2]))
	}
	return strings.Join(told, ", ")
}

// TestWatchStopped checks that a process that was stopped does not call devices
// silent, because it may have missed messages.
func TestWatchStopped(t *testing.T) {
	w := NewWatch([]site.Device{{Family: site.SpringCore, ID: "R1", Expect: 10 * time.Minute}})
	now := noon
	w.Begin(now, func() time.Duration { return 0 })
	silent := func(after time.Duration) (n int) {
		now = now.Add(after)
		for range w.Silent(now) {
			n++
		}
		return n
	}
	for range 60 {
		if n := silent(lookEvery); n != 0 {
			t.Fatalf("silent after %v", now.Sub(noon))
		}
	}
	if n := silent(3 * time.Hour); n != 0 {
		t.Error("the time in which it was stopped counts")
	}
	for range 57 {
		if n := silent(lookEvery); n != 0 {
			t.Fatalf("silent after %v", now.Sub(noon))
		}
	}
	if n := silent(lookEvery); n != 1 {
		t.Error("it is not silent at last")
	}
}

// TestWatchNames checks that the line that names many devices stays short.
func TestWatchNames(t *testing.T) {
	var devices []site.Device
	for i := range 1000 {
		devices = append(devices, site.Device{Name: fmt.Sprintf("d%03d", i), Family: site.SpringCore, ID: fmt.Sprint(i), Expect: time.Hour})
	}
	got := NewWatch(devices).Begin(noon, func() time.Duration { return 0 })
	if !strings.HasPrefix(got, "not heard yet: d000, d001, ") || !strings.HasSuffix(got, ", d019, 980 more (expected every 1h)") {
		t.Error(got)
	}
}

// TestSilenceText checks the text for people.
func TestSilenceText(t *testing.T) {
	var out bytes.Buffer
	c, p := newChain(&out)
	p.format, p.text = FormatText, render.NewText(render.NewStyle(false), render.Layout{})
	c.NameOf = func(string, string) string { return "door" }
	w := NewWatch([]site.Device{{Family: site.SpringCore, ID: "R1", Expect: time.Minute}})
	c.Watch = w
	w.Begin(noon, func() time.Duration { return 0 })
	tell := func(now time.Time) {
		for range 12 {
			now = now.Add(lookEvery)
			for d, s := range w.Silent(now) {
				if err := c.Tell(t.Context(), d, s, now); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	tell(noon)
	m := event(`{"TagId":"01"}`)
	m.Received = noon.Add(62 * time.Second)
	if err := c.Take(t.Context(), m, nil); err != nil {
		t.Fatal(err)
	}
	tell(noon.Add(62 * time.Second))
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	local := func(d time.Duration) string { return noon.Add(d).Local().Format(time.DateTime) }
	want := local(time.Minute) + "  door  silent  not heard for 1m, since the listener began\n" +
		local(62*time.Second) + "  door  back    heard again after 1m2s\n" +
		local(62*time.Second) + "  door  event   tag 01\n" +
		local(122*time.Second) + "  door  silent  not heard for 1m, since " + local(62*time.Second) + "\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &out, want)
	}
}
