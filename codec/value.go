package codec

import (
	"encoding/hex"
	"encoding/json"
	"unicode/utf8"
)

// Kind says what a message is about. It is part of mqtool's output.
type Kind string

// The kinds of messages. Messages of the second group go to a device. Values that are not
// messages have a kind as well: those of a [Silence], [KindRegister], [KindFinding].
const (
	KindEvent    Kind = "event"    // a reader saw a tag
	KindHello    Kind = "hello"    // the empty greeting of a reader
	KindStatus   Kind = "status"   // the state of a device
	KindMeta     Kind = "meta"     // the description of a reader
	KindSnapshot Kind = "snapshot" // a picture
	KindAlarm    Kind = "alarm"    // a camera's alarm

	KindCommand       Kind = "command"        // to a reader
	KindWake          Kind = "wake"           // to a sleeping camera
	KindStatusRequest Kind = "status_request" // to a camera
	KindConfig        Kind = "config"         // to a camera

	KindSilent Kind = "silent" // nothing came from a device for too long
	KindBack   Kind = "back"   // messages come from it again

	KindRaw Kind = "raw" // an unknown message
)

// A Value is what one payload says, what a reader's register is set to, or that no message
// comes. For messages the types are [*ReaderEvent], [Hello], [ReaderStatus], [ReaderMeta],
// [ReaderCommand], [CameraSnapshot], [CameraReport], [CameraRequest], [Line] (of an
// unknown type) and [Raw]; for registers [Explanation] and [Finding]; and [Silence]. No
// other package can add a type, so a type switch can be complete. Only events are
// pointers, because they come in millions and one event is used for all lines of a file.
type Value interface {
	Kind() Kind
	// Warnings tells what was tolerated or looks wrong, in words.
	Warnings() []string
	// AppendJSON appends the value as one JSON object on one line. Names are in snake case
	// and absent fields are left out. Members that the codec does not know are under
	// "extra", with numbers as the device spelled them.
	AppendJSON(dst []byte) []byte
	json.Marshaler // returns the same as AppendJSON
	value()
}

// An Opt is a value that may be absent. Absent is not zero.
type Opt[T any] struct {
	Value T
	Set   bool
}

// Some returns an Opt that is set.
func Some[T any](v T) Opt[T] { return Opt[T]{Value: v, Set: true} }

// Raw is an unknown payload, as it came. It shares the payload's memory.
type Raw struct {
	Bytes []byte
}

// Kind is KindRaw.
func (Raw) Kind() Kind { return KindRaw }

// Warnings is empty: nothing is known about a Raw that could be wrong.
func (Raw) Warnings() []string { return nil }

func (Raw) value() {}

// AppendJSON appends {"text":...} for printable text, else {"hex":...}.
func (r Raw) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	dst = appendBytesMember(dst, r.Bytes)
	return append(dst, '}')
}

// appendBytesMember appends a member "text" or "hex", whichever shows b without loss.
func appendBytesMember(dst, b []byte) []byte {
	if showable(b) {
		return AppendString(append(dst, `"text":`...), string(b))
	}
	dst = append(dst, `"hex":"`...)
	return append(hex.AppendEncode(dst, b), '"')
}

// showable reports whether b is text: UTF-8 without control characters other
// than tabs and line ends.
func showable(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' && c != '\r' && c != '\n' || c == 0x7F {
			return false
		}
	}
	return utf8.Valid(b)
}

// valueOrError returns no value beside an error, where v would be a typed zero value.
func valueOrError[T Value](v T, err error) (Value, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}
