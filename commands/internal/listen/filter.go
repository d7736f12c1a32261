package listen

import (
	"slices"
	"time"

	"mqtool/codec"
)

// A Device identifies a device whose messages are wanted.
type Device struct{ Family, ID string }

// A Filter decides which values are skipped, and counts them.
type Filter struct {
	Kinds    []codec.Kind // empty means all
	Family   string       // "" is any
	Devices  []Device     // empty means all
	Retained codec.Opt[bool]
	Debounce time.Duration // a tag that comes again sooner is skipped; 0 skips none
	Notice   Notice

	began   time.Time         // when the first event came
	uptimes recent[uptimeKey] // of printed events
	tags    recent[tagKey]    // of all events
	counts  [reasons]int
}

// A Reason says why a value is skipped.
type Reason int

// The reasons. If several apply, the first one is counted.
const (
	Passed    Reason = iota // it is not skipped
	Unwanted                // it is of another kind, family or device
	Unnamed                 // only some cameras are wanted, and the value names no camera
	Kept                    // the broker kept it as a retained message, so it may be old
	Repeated                // the event was printed before
	Debounced               // the tag is still at the reader

	reasons = iota
)

// Why returns the reason to skip a value, or Passed, and counts it.
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

// device looks for a device among the wanted ones.
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

// repetition reports whether an event was printed before, or comes from a tag
// that is still at the reader.
func (f *Filter) repetition(item *Item, v *codec.ReaderEvent) Reason {
	tag := tagKey{f.uptimes.hash(item.Message.Topic), f.uptimes.hash(item.Device), f.uptimes.hash(v.TagID), v.Move}
	if v.Uptime.Set {
		if _, seen := f.uptimes.swap(uptimeKey{tag, v.Uptime.Value}, 0); seen {
			return Repeated
		}
	}
	if f.Debounce > 0 && v.TagID != "" {
		// Each repetition starts the debounce time anew, so a tag that stays is
		// reported once. The time does not come from the wall clock, which
		// somebody may set back.
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

// Account says what should not have come, and separately what was skipped
// because the user asked for that.
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
