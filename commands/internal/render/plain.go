package render

import (
	"strings"

	"mqtool/codec"
)

// The functions of this file make texts for other places than a terminal:
// without columns and color, but equally safe.

// Words describes a value on one line.
func Words(v codec.Value) string {
	t := NewText(NewStyle(false), Layout{})
	t.start(nil)
	t.value(v)
	return strings.TrimSpace(string(t.end()))
}

// Short makes a text of a device safe, and cuts it if it is long.
func Short(s string) string { return shorten(s) }

// A Fact is one of the most important facts about a device.
type Fact struct{ Name, Value string }

// isShown reports whether a fact changes over time, or tells devices apart.
func isShown(name string) bool {
	switch name {
	case "battery", "battery voltage", "signal", "firmware", "product":
		return true
	}
	return false
}

// Facts returns the facts in a message, as texts that do not share memory with
// the message. Each text names the device's own key, because the meaning of
// that key is a guess.
func Facts(v codec.Value) (list []Fact) {
	if s, ok := v.(codec.CameraSnapshot); ok { // some relatives send facts together with the picture
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
