// Package simulator pretends to be readers and cameras, for whoever has none
// on the desk, and to be the broker, if wanted.
//
// A device is a state machine without a connection, a clock or a terminal of
// its own: [Reader] and [Camera] are told what time it is and what came in,
// and say what they publish and do. A [Line] connects them. What the devices do
// is what docs/protocols.md says; where that calls something a guess or not
// found, a comment here says so, too.
package simulator

import (
	"time"

	"mqtool/codec"
)

// A Message is one that a device publishes or gets.
type Message struct {
	Topic   string
	Payload []byte
	QoS     byte
	Retain  bool
}

// A Device is a state machine. None of its methods waits or fails.
type Device interface {
	// Name is the device's name in topics: an id or a MAC.
	Name() string
	// Topics are what the device subscribes to.
	Topics() []string
	// Will is what the broker is to publish when the device is gone without a
	// good-bye, or nil.
	Will() *Message
	// Connect tells that a connection stands, the first one or another.
	Connect(now time.Time, out *Output)
	// Handle takes a message on one of Topics.
	Handle(now time.Time, m Message, out *Output)
	// Next is when Tick is due; it changes with every call of the others.
	Next() time.Time
	// Tick does what is due.
	Tick(now time.Time, out *Output)
	// Disconnect says good-bye.
	Disconnect(now time.Time, out *Output)
}

// A Did says what a device did. It is part of mqtool's output.
type Did = string

// What devices do.
const (
	Sent      Did = "sent"      // Value, on Topic
	Obeyed    Did = "obeyed"    // Value, a command
	Discarded Did = "discarded" // a message, for the reason in Note; a real device is silent about it
	Slept     Did = "slept"
	Woke      Did = "woke"
	Stopped   Did = "stopped"   // for good
	Restarted Did = "restarted" // began to
	Lost      Did = "lost"      // the connection, for the reason in Note
	Returned  Did = "returned"  // the connection is back
	Failed    Did = "failed"    // to read a picture
)

// An Action is something that a device did, for whoever looks on.
type Action struct {
	Time   time.Time
	Family string
	Device string
	Did    Did
	Topic  string
	Value  codec.Value // what was sent or obeyed, or nil
	Note   string      // the rest, in words
}

// Output gathers what a device publishes and does.
type Output struct {
	Messages []Message
	Actions  []Action
}

// Reset empties it, to be used again.
func (o *Output) Reset() { o.Messages, o.Actions = o.Messages[:0], o.Actions[:0] }

// An identity is what goes into all actions of a device.
type identity struct{ family, device string }

func (i identity) did(out *Output, now time.Time, did Did, note string) {
	out.Actions = append(out.Actions, Action{Time: now, Family: i.family, Device: i.device, Did: did, Note: note})
}

// send publishes a message that says v.
func (i identity) send(out *Output, now time.Time, m Message, v codec.Value, note string) {
	out.Messages = append(out.Messages, m)
	out.Actions = append(out.Actions, Action{Time: now, Family: i.family, Device: i.device, Did: Sent, Topic: m.Topic, Value: v, Note: note})
}

// topicOf is a topic of a family: what its devices publish or take.
func topicOf(family string, kind codec.Kind, toDevice bool, prefix, device string) string {
	for _, f := range codec.Families() {
		for _, r := range f.Routes {
			if f.Name == family && r.Kind == kind && r.ToDevice == toDevice {
				return codec.FillTopic(r.Topic, prefix, device)
			}
		}
	}
	return ""
}

// earliest is the earliest of some times, not counting those that are zero.
func earliest(times ...time.Time) (first time.Time) {
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}
