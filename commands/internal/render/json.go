package render

import (
	"encoding/base64"
	"slices"
	"strconv"
	"time"

	"mqtool/codec"
)

// An Envelope is what mqtool prints for one message: the value, and what is
// known about how the message came. Unknown fields are empty.
type Envelope struct {
	Time     time.Time // when it was received
	Topic    string
	Family   string
	Device   string
	Name     string // name of the device in the configuration file
	Person   string // owner of the tag, according to a list of tags
	Delivery codec.Opt[Delivery]
	Value    codec.Value
	Warnings []string // apart from those of the value

	Origin  Origin // for a message that was read from a file
	Answer  string // the answer that the reader got
	Reason  string // why the answer was a refusal
	Output  string // the file in which the picture was saved
	Payload []byte // the payload as it came, printed in base64; nil is not printed
}

func (e *Envelope) warnings() []string {
	if len(e.Warnings) == 0 {
		return e.Value.Warnings()
	}
	return slices.Concat(e.Value.Warnings(), e.Warnings)
}

// An Origin is the place of a message in an input file. It is empty for a
// message from a broker.
type Origin struct {
	Input  string // the file
	Layout string // of the dump
	Line   int64
}

// Delivery is what MQTT says about a message that was received live.
type Delivery struct {
	QoS                 byte
	Retained, Duplicate bool
}

// AppendJSON appends the envelope as one JSON object, without a line end:
//
//	{"time":"2024-03-13T07:30:00Z","topic":"DA1275B0/rdr/evt","family":"springcore","device":"DA1275B0",
//	"name":"door","kind":"event","qos":0,"retained":false,"duplicate":false,"data":{...},
//	"facts":{"battery":{"key":"batteryLevel","value":81}},"warnings":["..."],
//	"input":"dump.txt","layout":"hex","line":7,
//	"output":"pictures/5CC5638AE24C/2026-04-19T174658Z.jpg","answer":"accept","payload_base64":"..."}
func (e *Envelope) AppendJSON(dst []byte) []byte { return e.appendJSON(dst, factsOf(e.Value)) }

// appendMember appends a member of an object, if its text is not empty.
func appendMember(dst []byte, name, text string) []byte {
	if text == "" {
		return dst
	}
	return codec.AppendString(append(dst, name...), text)
}

// appendJSON appends the envelope with the given facts.
func (e *Envelope) appendJSON(dst []byte, facts []codec.CameraFact) []byte {
	dst = append(dst, '{')
	if !e.Time.IsZero() {
		dst = append(dst, `"time":"`...)
		dst = e.Time.UTC().AppendFormat(dst, time.RFC3339Nano)
		dst = append(dst, `",`...)
	}
	if e.Topic != "" {
		dst = append(codec.AppendString(append(dst, `"topic":`...), e.Topic), ',')
	}
	if e.Family != "" { // one of mqtool's own words, like the kind
		dst = append(append(append(dst, `"family":"`...), e.Family...), `",`...)
	}
	if e.Device != "" {
		dst = append(codec.AppendString(append(dst, `"device":`...), e.Device), ',')
	}
	if e.Name != "" {
		dst = append(codec.AppendString(append(dst, `"name":`...), e.Name), ',')
	}
	dst = append(append(append(dst, `"kind":"`...), e.Value.Kind()...), '"')
	if e.Delivery.Set {
		d := e.Delivery.Value
		dst = strconv.AppendUint(append(dst, `,"qos":`...), uint64(d.QoS), 10)
		dst = strconv.AppendBool(append(dst, `,"retained":`...), d.Retained)
		dst = strconv.AppendBool(append(dst, `,"duplicate":`...), d.Duplicate)
	}
	dst = appendMember(dst, `,"person":`, e.Person)
	dst = appendFacts(e.Value.AppendJSON(append(dst, `,"data":`...)), facts)
	if warnings := e.warnings(); len(warnings) > 0 {
		dst = append(dst, `,"warnings":[`...)
		for i, w := range warnings {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = codec.AppendString(dst, w)
		}
		dst = append(dst, ']')
	}
	if e.Origin.Input != "" {
		dst = codec.AppendString(append(dst, `,"input":`...), e.Origin.Input)
		dst = codec.AppendString(append(dst, `,"layout":`...), e.Origin.Layout)
		dst = strconv.AppendInt(append(dst, `,"line":`...), e.Origin.Line, 10)
	}
	dst = appendMember(dst, `,"output":`, e.Output)
	dst = appendMember(dst, `,"answer":`, e.Answer)
	dst = appendMember(dst, `,"reason":`, e.Reason)
	if e.Payload != nil {
		dst = base64.StdEncoding.AppendEncode(append(dst, `,"payload_base64":"`...), e.Payload)
		dst = append(dst, '"')
	}
	return append(dst, '}')
}
