package listen

import (
	"slices"
	"time"

	"mqtool/codec"
)

// A Device is one whose messages are wanted.
type Device struct{ Family, ID string }

// A Filter says which values are passed over, and counts them.
type Filter struct {
	Kinds    []codec.Kind // none are all
	Family   string       // "" is any
	Devices  []Device     // none are all
	Retained codec.Opt[bool]
	Debounce time.Duration // how soon a tag comes again that is not told again; 0 tells all
	Notice   Notice

	began   time.Time         // when the first event came
	uptimes recent[uptimeKey] // of events that were printed
	tags    recent[tagKey]    // of events that were met
	counts  [reasons]int
}

// A Reason says why a value is passed over.
type Reason int

// The reasons. The first one that holds is counted.
const (
	Passed    Reason = iota // it is not passed over
	Unwanted                // it is of another kind, family or device
	Unnamed                 // only some cameras are wanted, and it does not say which one it is of
	Kept                    // the broker kept it, so that it may be old
	Repeated                // it is an event that came before
	Debounced               // it is of a tag that is still there

	reasons = iota
)

// Why says why a value is passed over.
func (f *Filter) Why(item *Item) Reason {
	r := f.reason(item)
	f.counts[r]++
	if r == Unnamed && f.counts[r] == 1 {
		f.Notice("a %s that names no camera is skipped; without names of cameras on the command line all are printed", item.Kind)
	}
	return r
}

func (f *Filter) reason(item *Item) Reason {
	if len(f.Kinds) > 0 && !slices.Contains(f.Kinds, item.Kind) || f.Family != "" && f.Family != item.Family {
		return Unwanted
	}
	if len(f.Devices) > 0 {
		if r := f.device(item.Family, item.Device); r != Passed {
			return r
		}
	}
	event := item.Kind == codec.KindEvent
	if item.Message.Retained && !f.Retained.Value && (event || f.Retained.Set) {
		return Kept
	}
	if v, ok := item.Value.(*codec.ReaderEvent); ok && event {
		return f.repetition(item, v)
	}
	return Passed
}

// device looks for a device among those that are wanted.
func (f *Filter) device(family, id string) Reason {
	r := Unwanted
	for _, d := range f.Devices {
		switch {
		case d.Family != family:
		case d.ID == id:
			return Passed
		case id == "":
			r = Unnamed
		}
	}
	return r
}

// repetition tells whether an event was printed before, or is of a tag that is
// still there.
func (f *Filter) repetition(item *Item, v *codec.ReaderEvent) Reason {
	tag := tagKey{f.uptimes.hash(item.Message.Topic), f.uptimes.hash(item.Device), f.uptimes.hash(v.TagID), v.Move}
	if v.Uptime.Set {
		if _, seen := f.uptimes.swap(uptimeKey{tag, v.Uptime.Value}, 0); seen {
			return Repeated
		}
	}
	if f.Debounce > 0 && v.TagID != "" {
		// The time goes on from each repetition: a tag that stays is reported
		// once. It is not that of the clock, which somebody may set back.
		if f.began.IsZero() {
			f.began = item.Message.Received
		}
		now := item.Message.Received.Sub(f.began).Milliseconds()
		if before, seen := f.tags.swap(tag, now); seen && now-before < f.Debounce.Milliseconds() {
			return Debounced
		}
	}
	return Passed
}

// Account says what should not have come, and what was passed over because
// that was asked for.
func (f *Filter) Account() (trouble, rest []string) {
	trouble = say(nil, f.counts[Repeated], "event", "%s dropped, because they came twice")
	if f.Retained.Set {
		rest = say(rest, f.counts[Kept], "retained message", "%s skipped")
	} else {
		rest = say(rest, f.counts[Kept], "retained event", "%s skipped (--retained all prints them)")
	}
	rest = say(rest, f.counts[Debounced], "event", "%s dropped by --debounce")
	rest = say(rest, f.counts[Unnamed], "message", "%s skipped, because they name no camera")
	return trouble, rest
}
