package simulator

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// noon is the time at which all tests start.
var noon = time.Date(2026, 4, 19, 12, 0, 0, 0, time.UTC)

// A step is a step of a test: the message that a device gets, and when. Without
// a topic, only time passes.
type step struct {
	at      time.Duration
	topic   string
	payload string
}

// play runs a device, and returns a line for each message and each other
// action:
//
//	3s   1r  p/DA1275B0/status {"State":"online,ready"}
//	3s   discarded it is not a command
func play(d Device, steps ...step) string {
	var lines strings.Builder
	var out Output
	flush := func(now time.Time) {
		messages := out.Messages
		for _, a := range out.Actions {
			fmt.Fprintf(&lines, "%v ", now.Sub(noon))
			switch a.Did {
			case Sent: // it belongs to the next message
				m := messages[0]
				messages = messages[1:]
				retained := ""
				if m.Retain {
					retained = "r"
				}
				fmt.Fprintf(&lines, "%d%s %s %s\n", m.QoS, retained, m.Topic, strings.TrimSuffix(string(m.Payload), "\r\n"))
			case Obeyed:
				fmt.Fprintf(&lines, "%s %s %s\n", a.Did, a.Value.AppendJSON(nil), a.Note)
			default:
				fmt.Fprintf(&lines, "%s %s\n", a.Did, a.Note)
			}
		}
		out.Reset()
	}
	d.Connect(noon, &out)
	flush(noon)
	for _, s := range steps {
		for next := d.Next(); !next.IsZero() && !next.After(noon.Add(s.at)); next = d.Next() {
			d.Tick(next, &out)
			flush(next)
		}
		if now := noon.Add(s.at); s.topic != "" {
			d.Handle(now, Message{Topic: s.topic, Payload: []byte(s.payload)}, &out)
			flush(now)
		}
	}
	return lines.String()
}

// compare compares lines with the wanted ones in a test's text.
func compare(t *testing.T, got, want string) {
	t.Helper()
	var clean strings.Builder
	for line := range strings.Lines(want) {
		if line = strings.TrimSpace(line); line != "" {
			clean.WriteString(line + "\n")
		}
	}
	got = strings.ReplaceAll(got, " \n", "\n")
	if got != clean.String() {
		t.Errorf("got\n%s\nwant\n%s", got, clean.String())
	}
}
