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

// wantedFacts are those of a camera that change, or that one asks for first.
var wantedFacts = map[string]bool{"battery": true, "battery voltage": true, "signal": true, "firmware": true}

// Facts are those that a message tells. Each names the device's own key, because what it
// means is a guess.
func Facts(v codec.Value) []Fact {
	var list []Fact
	add := func(name, value string) {
		if value != "" {
			list = append(list, Fact{name, strings.Clone(value)}) // which holds no payload
		}
	}
	switch v := v.(type) {
	case codec.ReaderMeta:
		add("product", shorten(v.Product))
		add("firmware", shorten(v.Version))
	case codec.CameraSnapshot: // some relatives say it beside the picture
		return Facts(codec.CameraReport{Values: v.Values, Rest: v.Rest})
	case codec.CameraReport:
		for _, f := range v.Summary() {
			if !wantedFacts[f.Name] || !isScalar(f.Value) {
				continue
			}
			value := string(f.Value)
			if s, ok := unquote(f.Value); ok {
				value = s
			}
			if value = shorten(value); !strings.EqualFold(f.Name, f.Key) {
				value += " (" + shorten(f.Key) + ")"
			}
			add(f.Name, value)
		}
	}
	return list
}
