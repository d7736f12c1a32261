package codec

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Kind says what a message is about. It is part of mqtool's output.
type Kind string

// The kinds of messages. Those from the second group go to a device. What is
// no message has a kind as well: [KindRegister], [KindFinding].
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

	KindRaw Kind = "raw" // nobody knows
)

// A Value is what one payload says, or a reader's register. The types are
// [*ReaderEvent], [Hello], [ReaderStatus], [ReaderMeta], [ReaderCommand],
// [CameraSnapshot], [CameraReport], [CameraRequest], [Line] (of a type nobody
// knows) and [Raw], and for registers [Explanation] and [Finding]; no
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

// A Family is what mqtool knows about one family of devices. A third one would be
// one more literal and its decoders.
type Family struct {
	Name     string
	Prefix   string // default of {prefix}
	Routes   []Route
	Requests []Request
	// ParseDevice turns what a user types into the device's name in topics.
	ParseDevice func(string) (string, error)
}

// A Route says what is published on a topic.
//
// Topic may begin with {prefix}, any number of levels that somebody chose, and
// has {device} where the device's name stands.
type Route struct {
	Kind     Kind
	Topic    string
	ToDevice bool // from a host
	shared   bool // others have such topics, too: it is ours only with the site's prefix
	decode   func(d *Decoder, t *topicRule, payload []byte)
}

// A Request is something that a host can ask of a device.
type Request struct {
	Kind    Kind
	Topic   string
	Payload string // usual content; "" when there is none
	Answer  string // topic on which the device answers; "" when it does not
}

// Names of the families.
const (
	nameSpringCore = "springcore"
	nameMilesight  = "milesight"
)

// springCore are SpringCard's readers.
//
// Source: SpringCore documentation, MQTT Client, Topics
var springCore = Family{
	Name:        nameSpringCore,
	Prefix:      "springcard/springcore",
	ParseDevice: ParseDeviceID,
	Routes: []Route{
		{Kind: KindEvent, Topic: "{prefix}/{device}/rdr/evt", decode: decodeEvents},
		{Kind: KindCommand, Topic: "{prefix}/{device}/rdr/cmd", ToDevice: true, decode: decodeCommands},
		{Kind: KindStatus, Topic: "{prefix}/{device}/status", shared: true, decode: decodeStatuses},
		{Kind: KindMeta, Topic: "{prefix}/{device}/meta", shared: true, decode: decodeMetas},
		// Listed by the vendor and called "not supported"; their bytes are not documented.
		{Kind: KindRaw, Topic: "{prefix}/{device}/ccid/p2r", ToDevice: true, decode: decodeRaw},
		{Kind: KindRaw, Topic: "{prefix}/{device}/ccid/r2p", decode: decodeRaw},
		{Kind: KindRaw, Topic: "{prefix}/{device}/ccid/int", decode: decodeRaw},
		{Kind: KindRaw, Topic: "{prefix}/{device}/dir/cmd", ToDevice: true, decode: decodeRaw},
		{Kind: KindRaw, Topic: "{prefix}/{device}/dir/rsp", decode: decodeRaw},
		{Kind: KindRaw, Topic: "{prefix}/{device}/dir/evt", decode: decodeRaw},
	},
	Requests: []Request{
		{Kind: KindCommand, Topic: "{prefix}/{device}/rdr/cmd"},
	},
}

// milesight are Milesight's 4G cameras. Newer firmware lets one rename all
// topics but Wake; a renamed one is recognized by its payload.
//
// Source: Milesight support, MQTT application description (both copies)
var milesight = Family{
	Name:        nameMilesight,
	ParseDevice: ParseMAC,
	Routes: []Route{
		{Kind: KindSnapshot, Topic: "{prefix}/4GSolarCam/Snapshot", decode: decodeSnapshots},
		{Kind: KindAlarm, Topic: "{prefix}/4GSolarCam/Alarm", decode: decodeReports(KindAlarm)},
		{Kind: KindStatus, Topic: "{prefix}/4GSolarCam/Status", decode: decodeReports(KindStatus)},
		{Kind: KindWake, Topic: "{prefix}/4GSolarCam/Wake/{device}", ToDevice: true, decode: decodeRequest(KindWake)},
		{Kind: KindStatusRequest, Topic: "{prefix}/4GSolarCam/Status/{device}", ToDevice: true, decode: decodeRequest(KindStatusRequest)},
		{Kind: KindConfig, Topic: "{prefix}/4GSolarCam/Config/{device}", ToDevice: true, decode: decodeRequest(KindConfig)},
	},
	Requests: []Request{
		// The vendor's example has the comma, and says that any content will do.
		{Kind: KindWake, Topic: "{prefix}/4GSolarCam/Wake/{device}", Payload: ",wake", Answer: "{prefix}/4GSolarCam/Status"},
		{Kind: KindStatusRequest, Topic: "{prefix}/4GSolarCam/Status/{device}", Payload: "status", Answer: "{prefix}/4GSolarCam/Status"},
		{Kind: KindConfig, Topic: "{prefix}/4GSolarCam/Config/{device}"},
	},
}

// Families lists the families. They are copies, which a caller may change.
func Families() []Family {
	families := []Family{springCore, milesight}
	for i, f := range families {
		families[i].Routes, families[i].Requests = slices.Clone(f.Routes), slices.Clone(f.Requests)
	}
	return families
}

// FillTopic writes a topic of a Route or a Request for one device. An empty
// prefix leaves its level out.
func FillTopic(topic, prefix, device string) string {
	if prefix == "" {
		topic = strings.TrimPrefix(topic, "{prefix}/")
	}
	return strings.NewReplacer("{prefix}", prefix, "{device}", device).Replace(topic)
}

// Filter is the topic filter for a route of all devices.
func (r Route) Filter(prefix string) string { return FillTopic(r.Topic, prefix, "+") }

// An Address is what a topic says about its messages.
type Address struct {
	Family   string
	Prefix   string // the levels before those that the family prescribes
	Device   string // "" when the topic does not tell
	Kind     Kind
	ToDevice bool // a message from a host
	ByTopic  bool // the topic tells all of it but perhaps the device; else the message does
}

// ParseTopic finds out whose topic it is. It reads it from its end, because
// prefixes are free and may have any number of levels.
func ParseTopic(topic string) (Address, bool) {
	a, _, ok := findRoute(topic)
	return a, ok
}

func findRoute(topic string) (Address, Route, bool) {
	for _, f := range [...]*Family{&milesight, &springCore} {
		for _, r := range f.Routes {
			prefix, device, ok := matchTopic(r.Topic, topic)
			if !ok {
				continue
			}
			if name, err := f.ParseDevice(device); err == nil {
				device = name
			}
			return Address{Family: f.Name, Prefix: prefix, Device: device, Kind: r.Kind, ToDevice: r.ToDevice}, r, true
		}
	}
	return Address{}, Route{}, false
}

// matchTopic compares a topic with a pattern, level by level from the end.
func matchTopic(pattern, topic string) (prefix, device string, ok bool) {
	for {
		var want, got string
		pattern, want = cutLastLevel(pattern)
		if want == "{prefix}" {
			return topic, device, true
		}
		topic, got = cutLastLevel(topic)
		switch {
		case want == "{device}" && got != "":
			device = got
		case want != got:
			return "", "", false
		}
	}
}

func cutLastLevel(topic string) (rest, level string) {
	i := strings.LastIndexByte(topic, '/')
	return topic[:max(i, 0)], topic[i+1:]
}

// ParseDeviceID reads the name of a reader in topics: at most 24 bytes
// (register 028F) that form one level of a topic. Its letters keep their case.
func ParseDeviceID(s string) (string, error) {
	const maxDeviceID = 24
	switch {
	case s == "":
		return "", errors.New("the device id is empty")
	case strings.ContainsAny(s, "+#/\x00"):
		return "", fmt.Errorf("device id %s holds one of + # / or NUL, which a topic level cannot", quoteForeign(s))
	case len(s) > maxDeviceID:
		return "", fmt.Errorf("device id %s is longer than %d bytes", quoteForeign(s), maxDeviceID)
	}
	return s, nil
}

func familyOf(v Value) string {
	switch v.(type) {
	case CameraSnapshot, CameraReport, CameraRequest:
		return nameMilesight
	case *ReaderEvent, ReaderStatus, ReaderMeta, ReaderCommand, Hello, Line:
		return nameSpringCore
	}
	return ""
}

// deviceOf is the device that a value names.
func deviceOf(v Value) string {
	switch v := v.(type) {
	case CameraSnapshot:
		return v.MAC
	case CameraReport:
		return v.MAC
	case *ReaderEvent:
		return v.Device
	case ReaderStatus:
		return v.Device
	case ReaderMeta:
		return v.Serial
	}
	return ""
}

// withDevice warns when an event or a status names another reader than its topic. A
// meta does that rightly where a reader was given a device id.
func withDevice(v Value, device string) Value {
	const text = "the message names device %s, its topic %s"
	if device == "" {
		return v
	}
	switch v := v.(type) {
	case *ReaderEvent:
		if v.Device != "" && v.Device != device {
			v.warn(text, quoteForeign(v.Device), quoteForeign(device))
			return v
		}
	case ReaderStatus:
		if v.Device != "" && v.Device != device {
			v.warn(text, quoteForeign(v.Device), quoteForeign(device))
			return v
		}
	}
	return v
}

// firstByteOf is the first byte that is neither blank nor part of a byte-order mark.
func firstByteOf(payload []byte) byte {
	payload = bytes.TrimPrefix(payload, []byte("\xEF\xBB\xBF"))
	payload = bytes.TrimLeft(payload, " \t\r\n")
	if len(payload) == 0 {
		return 0
	}
	return payload[0]
}

// valueOrError keeps a typed zero value from standing beside an error.
func valueOrError[T Value](v T, err error) (Value, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

// MatchTopic tells whether a topic filter matches a topic, by section 4.7 of MQTT 3.1.1.
func MatchTopic(filter, topic string) bool {
	for {
		want, filterRest, filterMore := strings.Cut(filter, "/")
		if want == "#" {
			return true
		}
		got, topicRest, topicMore := strings.Cut(topic, "/")
		if want != "+" && want != got {
			return false
		}
		if !filterMore || !topicMore {
			return filterMore == topicMore || filterRest == "#" // a/# matches a, too
		}
		filter, topic = filterRest, topicRest
	}
}
