package render

import (
	"strings"

	"mqtool/codec"
)

// What is shown elsewhere than on a terminal: without columns and color, and as safe.

// Words is what a value says, on one line.
func Words(v codec.Value) string {
	t := NewText(NewStyle(false), Layout{})
	t.start(nil)
	t.value(v)
	return strings.TrimSpace(string(t.end()))
}

// Short is a text of a device, cut when it is long.
func Short(s string) string { return shorten(s) }

// A Fact is something that one wants to know of a device at first.
type Fact struct{ Name, Value string }

// isShown reports whether a fact is one that changes, or that tells devices apart.
func isShown(name string) bool {
	switch name {
	case "battery", "battery voltage", "signal", "firmware", "product":
		return true
	}
	return false
}

// Facts are those that a message tells, in words that hold no memory of the message. Each
// names the device's own key, because what it means is a guess.
func Facts(v codec.Value) (list []Fact) {
	if s, ok := v.(codec.CameraSnapshot); ok { // some relatives say it beside the picture
		v = codec.CameraReport{Values: s.Values, Rest: s.Rest}
	}
	for _, f := range factsOf(v) {
		if !isShown(f.Name) {
			continue
		}
		value, ok := unquote(f.Value)
		if !ok {
			value = string(f.Value)
		}
		if value = shorten(value); v.Kind() != codec.KindMeta && !strings.EqualFold(f.Name, f.Key) {
			value += " (" + shorten(f.Key) + ")"
		}
		list = append(list, Fact{f.Name, strings.Clone(value)})
	}
	return list
}
