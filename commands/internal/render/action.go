package render

import (
	"strings"
	"time"

	"github.com/fatih/color"

	"mqtool/codec"
)

// An Action is something that a simulated device did.
type Action struct {
	Time   time.Time
	Family string
	Device string
	Did    string // in one word
	Topic  string
	Value  codec.Value // the value that it sent or obeyed, or nil
	Note   string      // the rest, in words
}

// AppendJSON appends the action as one JSON object, without a line end:
//
//	{"time":"2026-04-19T17:46:58Z","family":"springcore","device":"DA1275B0","did":"obeyed",
//	"topic":"...","kind":"command","data":{...},"note":"..."}
func (a *Action) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"time":"`...)
	dst = append(a.Time.UTC().AppendFormat(dst, time.RFC3339Nano), '"')
	text := func(name, value string) {
		if value != "" {
			dst = codec.AppendString(append(append(append(dst, `,"`...), name...), `":`...), value)
		}
	}
	text("family", a.Family)
	text("device", a.Device)
	text("did", a.Did)
	text("topic", a.Topic)
	if a.Value != nil {
		text("kind", string(a.Value.Kind()))
		dst = a.Value.AppendJSON(append(dst, `,"data":`...))
	}
	text("note", a.Note)
	return append(dst, '}')
}

// AppendAction appends the line of an action, with its end.
func (t *Text) AppendAction(dst []byte, a *Action) []byte {
	t.start(dst)
	t.column(columnTime, t.style.faint, a.Time.In(t.zone).Format(time.TimeOnly))
	t.column(columnDevice, t.style.device, shorten(a.Device))
	c, word := t.did(a)
	t.column(columnKind, c, word)
	switch v := a.Value.(type) {
	case nil:
	case codec.ReaderCommand:
		t.show(v)
	default:
		t.value(v)
	}
	t.item(t.style.warning, Safe(a.Note))
	return t.end()
}

// did describes what a device did, and returns the color of that text.
func (t *Text) did(a *Action) (*color.Color, string) {
	switch a.Did {
	case "sent":
		return t.style.faint, "sends " + strings.ReplaceAll(string(a.Value.Kind()), "_", " ")
	case "obeyed":
		if _, ok := a.Value.(codec.CameraRequest); ok {
			return t.style.highlight, "gets " + strings.ReplaceAll(string(a.Value.Kind()), "_", " ")
		}
		return t.style.highlight, "obeys"
	case "discarded":
		return t.style.warning, "discards"
	case "slept":
		return t.style.faint, "sleeps"
	case "woke":
		return t.style.in, "is awake"
	case "returned":
		return t.style.in, "is back"
	case "restarted":
		return t.style.warning, "restarts"
	case "stopped":
		return t.style.bad, "is closed"
	}
	return t.style.bad, a.Did
}

// show describes what a person in front of the reader would see and hear after
// a command.
func (t *Text) show(c codec.ReaderCommand) {
	if c.Sequence.Set {
		paint := t.style.warning
		switch c.Sequence.Value {
		case codec.SequenceGranted:
			paint = t.style.in
		case codec.SequenceDenied:
			paint = t.style.bad
		}
		t.item(paint, "plays "+c.Sequence.Value.String())
	}
	if c.LEDs.Set {
		t.item(nil, "LEDs")
		for i, mode := range c.LEDs.Value {
			t.folder.padding = 0 // the LEDs stand side by side
			if i == 0 {
				t.folder.padding = 1
			}
			t.light(mode)
		}
		t.leds(c.LEDs.Value)
	}
	if c.Buzzer.Set {
		t.item(t.style.warning, "beeps "+time.Duration(int64(c.Buzzer.Value)*int64(time.Millisecond)).String())
	}
	t.relays(c)
	lights := codec.ReaderCommand{RGBColor: c.RGBColor, RGBMode: c.RGBMode}
	t.readerCommand(lights)
}

// light draws one LED.
func (t *Text) light(mode codec.LEDMode) {
	switch mode {
	case codec.LEDOff:
		t.item(t.style.faint, "○")
	case codec.LEDOn:
		t.item(t.style.in, "●")
	default:
		t.item(t.style.warning, "◐")
	}
}

// leds describes what the LEDs do, unless their drawing already shows it.
func (t *Text) leds(modes [4]codec.LEDMode) {
	var words []string
	for i, mode := range modes {
		if mode != codec.LEDOff && mode != codec.LEDOn && (i == 0 || mode != modes[i-1]) {
			words = append(words, mode.String())
		}
	}
	t.item(t.style.faint, strings.Join(words, "; "))
}

func (t *Text) relays(c codec.ReaderCommand) {
	relays := c.Relays
	if c.Relay.Set {
		relays = append([]codec.Relay{c.Relay.Value}, relays...)
	}
	for _, r := range relays {
		paint := t.style.faint
		if r.On {
			paint = t.style.in
		}
		t.item(paint, "relay "+relay(r))
	}
}
