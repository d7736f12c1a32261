// Package simulator simulates readers and cameras for people who have none on
// their desk, and a broker if wanted.
//
// A device is a state machine without a connection, a clock or a terminal of
// its own. [Reader] and [Camera] are told the time and the incoming messages,
// and return what they publish and do. A [Line] connects them to a broker. The
// devices behave as docs/protocols.md says. Where that document calls something
// a guess or not found, a comment here says so, too.
package simulator

import (
	"time"

	"mqtool/codec"
)

// A Message is a message that a device publishes or receives.
type Message struct {
	Topic   string
	Payload []byte
	QoS     byte
	Retain  bool
}

// A Device is a state machine. None of its methods waits or fails.
type Device interface {
	// Name returns the device's name in topics: an id or a MAC.
	Name() string
	// Topics returns the topics that the device subscribes to.
	Topics() []string
	// Will returns the message that the broker is to publish if the device
	// disappears without a DISCONNECT, or nil.
	Will() *Message
	// Connect tells the device that a connection is established, the first one
	// or a later one.
	Connect(now time.Time, out *Output)
	// Handle handles a message on one of Topics.
	Handle(now time.Time, m Message, out *Output)
	// Next returns when Tick is due. Any call of another method may change it.
	Next() time.Time
	// Tick does what is due.
	Tick(now time.Time, out *Output)
	// Disconnect lets the device publish its last messages before the
	// connection is closed.
	Disconnect(now time.Time, out *Output)
}

// A Did says what a device did. It is part of mqtool's output.
type Did = string

// The actions of devices.
const (
	Sent      Did = "sent"      // Value, on Topic
	Obeyed    Did = "obeyed"    // Value, a command
	Discarded Did = "discarded" // a message, for the reason in Note; a real device would say nothing
	Slept     Did = "slept"
	Woke      Did = "woke"
	Stopped   Did = "stopped"   // for good
	Restarted Did = "restarted" // a restart has begun
	Lost      Did = "lost"      // the connection, for the reason in Note
	Returned  Did = "returned"  // the connection is back
	Failed    Did = "failed"    // a picture could not be read
)

// An Action is something that a device did, for a person who watches.
type Action struct {
	Time   time.Time
	Family string
	Device string
	Did    Did
	Topic  string
	Value  codec.Value // the value that was sent or obeyed, or nil
	Note   string      // the rest, in words
}

// Output collects what a device publishes and does.
type Output struct {
	Messages []Message
	Actions  []Action
}

// Reset empties the Output for further use.
func (o *Output) Reset() { o.Messages, o.Actions = o.Messages[:0], o.Actions[:0] }

// An identity holds the fields that all actions of a device have.
type identity struct{ family, device string }

func (i identity) did(out *Output, now time.Time, did Did, note string) {
	out.Actions = append(out.Actions, Action{Time: now, Family: i.family, Device: i.device, Did: did, Note: note})
}

// send publishes a message with the value v.
func (i identity) send(out *Output, now time.Time, m Message, v codec.Value, note string) {
	out.Messages = append(out.Messages, m)
	out.Actions = append(out.Actions, Action{Time: now, Family: i.family, Device: i.device, Did: Sent, Topic: m.Topic, Value: v, Note: note})
}

// topicOf returns the topic on which devices of a family publish or receive a
// kind.
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

// earliest returns the earliest of some times. It ignores zero times.
func earliest(times ...time.Time) (first time.Time) {
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}
