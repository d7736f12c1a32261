package listen

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/human"
	"mqtool/commands/internal/site"
)

// A Watch notices devices that send nothing for longer than expected. Its clock
// counts only the time in which it listened. It leaves out the time of lost
// connections and the time in which the process was stopped, because devices
// may well have published then. A nil Watch watches nothing.
type Watch struct {
	devices map[Device]*watched
	order   []*watched
	camera  *watched // the only camera, whose messages need not name it; or nil

	gaps   func() time.Duration // see Begin; nil before
	gap    time.Duration        // what gaps returned at the last look
	looked time.Time            // time of the last look
	clock  time.Duration        // how long it had listened then
	next   time.Duration        // nothing is silent before the clock shows this
}

// A watched is a device with the time at which it was last heard.
type watched struct {
	Device
	name     string
	expected time.Duration
	heard    time.Duration // when it was last heard, by the clock of the Watch
	last     time.Time     // when it was last heard; zero means never
	silent   bool
}

// The Watch looks every lookEvery. Between two looks it counts at most maxLook,
// because nobody knows what happened in a longer time.
const (
	lookEvery = 5 * time.Second
	maxLook   = 2 * lookEvery
)

// NewWatch returns a Watch of devices. Each device says how soon a message
// should follow the one before.
func NewWatch(devices []site.Device) *Watch {
	w := &Watch{devices: map[Device]*watched{}}
	cameras := 0
	for _, d := range devices {
		one := &watched{Device: Device{Family: d.Family, ID: d.ID}, name: d.Name, expected: d.Expect}
		w.devices[one.Device] = one
		w.order = append(w.order, one)
		if d.Family == site.Milesight {
			cameras++
			w.camera = one
		}
	}
	if cameras != 1 {
		w.camera = nil
	}
	slices.SortFunc(w.order, func(a, b *watched) int {
		return cmp.Or(cmp.Compare(a.expected, b.expected), strings.Compare(a.name, b.name))
	})
	return w
}

// Begin starts counting and returns which devices have not been heard yet and
// how often they are expected, or "" when all have been heard. Gaps returns for
// how long the connection was lost up to now, in all.
func (w *Watch) Begin(now time.Time, gaps func() time.Duration) string {
	w.gaps, w.gap, w.looked = gaps, gaps(), now
	var groups []string
	for rest := w.order; len(rest) > 0; {
		expected := rest[0].expected
		var names []string
		for ; len(rest) > 0 && rest[0].expected == expected; rest = rest[1:] {
			if rest[0].last.IsZero() {
				names = append(names, rest[0].name)
			}
		}
		if more := len(names) - maxNamed; more > 0 {
			names = append(names[:maxNamed], fmt.Sprintf("%d more", more))
		}
		if names != nil {
			groups = append(groups, fmt.Sprintf("%s (expected every %s)", strings.Join(names, ", "), human.Duration(expected)))
		}
	}
	if groups == nil {
		return ""
	}
	return "not heard yet: " + strings.Join(groups, ", ")
}

// maxNamed is how many devices with the same expected time are named.
const maxNamed = 20

// at returns what the clock shows at a time after the last look.
func (w *Watch) at(now time.Time) time.Duration {
	if w.gaps == nil {
		return 0
	}
	return w.clock + min(max(now.Sub(w.looked), 0), maxLook)
}

// Heard notes that a device has sent a value. If the device was silent, Heard
// returns the end of its silence.
func (w *Watch) Heard(m broker.Message, item *codec.Item) (Device, codec.Silence, bool) {
	if w == nil || m.Retained || item.ToDevice || len(m.Payload) == 0 {
		return Device{}, codec.Silence{}, false
	}
	if s, ok := item.Value.(codec.ReaderStatus); ok && len(s.State) > 0 && s.State[0] == "offline" {
		return Device{}, codec.Silence{}, false // the broker publishes this, not the reader
	}
	d := w.devices[Device{Family: item.Family, ID: item.Device}]
	if item.Family == site.Milesight && item.Device == "" {
		d = w.camera
	}
	if d == nil {
		return Device{}, codec.Silence{}, false
	}
	back, was := d.silence(w.at(m.Received)), d.silent
	back.Back = true
	d.heard, d.last, d.silent = w.at(m.Received), m.Received, false
	w.next = min(w.next, d.heard+d.expected)
	return d.Device, back, was
}

// silence returns the silence of a device up to now.
func (d *watched) silence(now time.Duration) codec.Silence {
	return codec.Silence{Expected: d.expected, For: now - d.heard, Last: d.last}
}

// Due returns when the Watch has to look again.
func (w *Watch) Due() (time.Time, bool) {
	if w == nil || w.gaps == nil {
		return time.Time{}, false
	}
	return w.looked.Add(min(max(w.next-w.clock, 0), lookEvery)), true
}

// Silent looks and returns the devices that have become silent since the last
// look.
func (w *Watch) Silent(now time.Time) iter.Seq2[Device, codec.Silence] {
	return func(yield func(Device, codec.Silence) bool) {
		if due, ok := w.Due(); !ok || now.Before(due) {
			return
		}
		gap := w.gaps()
		w.clock = max(w.clock, w.at(now)-(gap-w.gap))
		w.looked, w.gap = now, gap
		w.next = w.clock + lookEvery
		for _, d := range w.order {
			switch {
			case d.silent:
			case w.clock < d.heard+d.expected:
				w.next = min(w.next, d.heard+d.expected)
			default:
				d.silent = true
				if !yield(d.Device, d.silence(w.clock)) {
					return
				}
			}
		}
	}
}
