package codec

import (
	"encoding/hex"
	"encoding/json"
	"unicode/utf8"
)

// Kind says what a message is about. It is part of mqtool's output.
type Kind string

// The kinds of messages. Those from the second group go to a device. What is
// no message has a kind as well: those of a [Silence], [KindRegister], [KindFinding].
const (
	KindEvent    Kind = "event"    // a reader saw a tag
	KindHello    Kind = "hello"    // the empty greeting of a reader
	KindStatus   Kind = "status"   // how a device is
	KindMeta     Kind = "meta"     // what a reader is
	KindSnapshot Kind = "snapshot" // a picture
	KindAlarm    Kind = "alarm"    // a camera's alarm

	KindCommand       Kind = "command"        // to a reader
	KindWake          Kind = "wake"           // to a sleeping camera
	KindStatusRequest Kind = "status_request" // to a camera
	KindConfig        Kind = "config"         // to a camera

	KindSilent Kind = "silent" // nothing came from a device for too long
	KindBack   Kind = "back"   // something comes from it again

	KindRaw Kind = "raw" // nobody knows
)

// A Value is what one payload says, a reader's register, or that nothing comes. The types are
// [*ReaderEvent], [Hello], [ReaderStatus], [ReaderMeta], [ReaderCommand],
// [CameraSnapshot], [CameraReport], [CameraRequest], [Line] (of a type nobody
// knows) and [Raw], for registers [Explanation] and [Finding], and [Silence]; no
// other package can add one, so that a type switch can be complete. Only events
// are pointers: they come in millions, and one is used for all lines of a file.
type Value interface {
	Kind() Kind
	// Warnings tells what was tolerated or looks wrong, in words.
	Warnings() []string
	// AppendJSON appends the value as one JSON object on one line: names in
	// snake case, absent fields left out, what the codec does not know under
	// "extra" with its numbers as the device spelled them.
	AppendJSON(dst []byte) []byte
	json.Marshaler // gives the same as AppendJSON
	value()
}

// An Opt is a value that may be absent. Absent is not zero.
type Opt[T any] struct {
	Value T
	Set   bool
}

// Some makes an Opt that is there.
func Some[T any](v T) Opt[T] { return Opt[T]{Value: v, Set: true} }

// Raw is a payload that nobody knows, as it came. It shares the payload's memory.
type Raw struct {
	Bytes []byte
}

// Kind is KindRaw.
func (Raw) Kind() Kind { return KindRaw }

// Warnings is empty: there is nothing to be wrong about.
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

// valueOrError keeps a typed zero value from standing beside an error.
func valueOrError[T Value](v T, err error) (Value, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}
