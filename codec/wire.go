package codec

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// Wire is the name for a message as devices and hosts send it; AppendJSON and MarshalJSON
// return it as mqtool prints it.
//
// This file writes what devices send, in the one form that the documentation shows, for a
// program that simulates a device. What hosts send is beside its type:
// [ReaderCommand.Wire] and [ReaderCommand.Line].

// An eventSpelling holds what differs between the generations of JSON events.
type eventSpelling struct {
	rssi, move string
	moves      [4]string // by Move
}

var (
	spelling2024 = eventSpelling{"RSSI", "Move", [4]string{"", "Insert", "Remove", "Insert,Remove"}}
	spelling2021 = eventSpelling{"Rssi", "State", [4]string{"", "Insert", "Remove", "Insert/Remove"}}
)

// Wire writes the event as JSON, as readers send it since 2024. For $SCRDR see
// [ReaderEvent.Line].
//
//	Example: {"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080","Uptime":"699:16.850"}
func (e *ReaderEvent) Wire() []byte { return e.appendWire([]byte{'{'}, spelling2024) }

// Wire2021 writes the event as JSON, as readers of 2021 sent it.
//
//	Example: {"Sequence":78,"Interface":"13.56","Protocol":"Innovatron","Template":2,"TagId":"262BA1B0","State":"Insert"}
func (e *ReaderEvent) Wire2021() []byte { return e.appendWire([]byte{'{'}, spelling2021) }

func (e *ReaderEvent) appendWire(dst []byte, s eventSpelling) []byte {
	dst = appendTextMember(dst, "Device", e.Device)
	dst = appendIntMember(dst, "Sequence", e.Counter)
	dst = appendTextMember(dst, "Interface", e.Interface)
	dst = appendTextMember(dst, "Protocol", e.Protocol)
	dst = appendIntMember(dst, "Template", e.Template)
	dst = appendIntMember(dst, s.rssi, e.RSSI)
	dst = appendTextMember(dst, "TagId", e.TagID)
	dst = appendTextMember(dst, s.move, s.moves[e.Move&(MoveInsert|MoveRemove)])
	dst = appendTextMember(dst, "TagData", e.TagData)
	dst = appendTextMember(dst, "TagDetails", e.TagDetails)
	if len(e.TagDetailsJSON) > 0 {
		dst = appendRaw(appendKey(dst, "TagDetails"), e.TagDetailsJSON)
	}
	dst = appendUptime(dst, e.Uptime)
	dst = appendTextMember(dst, "DateTime", e.DateTime)
	return append(appendMembers(dst, e.Extra), '}')
}

func appendUptime(dst []byte, u Opt[Uptime]) []byte {
	if !u.Set {
		return dst
	}
	return appendTextMember(dst, "Uptime", u.Value.String())
}

// Wire writes the status as a reader sends it.
func (s ReaderStatus) Wire() []byte {
	dst := appendTextMember([]byte{'{'}, "Device", s.Device)
	dst = appendTextMember(dst, "State", strings.Join(s.State, ","))
	dst = appendUptime(dst, s.Uptime)
	dst = appendTextMember(dst, "DateTime", s.DateTime)
	return append(appendMembers(dst, s.Extra), '}')
}

// Wire writes the meta message as a reader sends it. The documentation does not say
// what separates several interfaces; here it is a comma.
func (m ReaderMeta) Wire() []byte {
	dst := []byte{'{'}
	for _, member := range [...]struct{ key, value string }{
		{"VendorName", m.Vendor},
		{"ProductName", m.Product},
		{"ProductVariant", m.Variant},
		{"SerialNumber", m.Serial},
		{"Version", m.Version},
		{"Firmware", m.Firmware},
		{"Revision", m.Revision},
		{"Hardware", m.Hardware},
		{"UniqueId", m.UniqueID},
		{"ConfigId", m.ConfigID},
	} {
		dst = appendTextMember(dst, member.key, member.value)
	}
	dst = appendBoolMember(dst, "Open", m.Open)
	for _, member := range [...]struct{ key, value string }{
		{"Inventory", m.Inventory},
		{"Location", m.Location},
		{"IpAddress", m.IP},
		{"PhysAddress", m.MAC},
		{"Protocol", m.Protocol},
		{"Interfaces", strings.Join(m.Interfaces, ",")},
	} {
		dst = appendTextMember(dst, member.key, member.value)
	}
	return append(appendMembers(dst, m.Extra), '}')
}

// Wire writes the snapshot as a camera of its generation sends it: Prefix and
// Image, or JSON with Image in it. It does not look at Picture.
func (s CameraSnapshot) Wire() []byte {
	if s.Generation == GenerationA {
		return append(append([]byte(nil), s.Prefix...), s.Image...)
	}
	return s.appendWire(s.Image, s.Extra, s.Values)
}

// Wire writes a report as a camera sends it: as JSON, or as its Body if it has one. The
// documentation names none of the keys of reports.
func (r CameraReport) Wire() []byte {
	if r.Body != nil {
		return r.Body
	}
	return r.appendWire(r.Image, r.Extra, r.Values)
}

// dataURI is the text in front of the base64 of a picture.
const dataURI = "data:image/jpeg;base64,"

// appendWire writes a JSON message of a camera: the members that all messages have in
// common, and those of root and values.
func (c CameraInfo) appendWire(image []byte, root, values []Member) []byte {
	dst := make([]byte, 0, 512+base64.StdEncoding.EncodedLen(len(image)))
	dst = append(dst, '{')
	dst = appendStamp(dst, "ts", c.SentAt, c.SentAt.UnixMilli())
	dst = appendTextMember(dst, "topic", c.Topic)
	dst = appendMembers(dst, root)
	dst = append(appendKey(dst, "values"), '{')
	dst = appendTextMember(dst, "devName", c.DeviceName)
	dst = appendTextMember(dst, "devMac", c.MAC)
	dst = appendTextMember(dst, "file", c.File)
	dst = appendStamp(dst, "time", c.CapturedAt, c.CapturedAt.Unix())
	dst = appendIntMember(dst, "msec", c.MSec)
	dst = appendTextMember(dst, "dayNight", c.DayNight)
	dst = appendMembers(dst, values)
	dst = appendIntMember(dst, "imageSize", c.ImageSize)
	if len(image) > 0 {
		dst = append(append(appendKey(dst, "image"), '"'), dataURI...)
		dst = append(base64.StdEncoding.AppendEncode(dst, image), '"')
	}
	return append(dst, '}', '}')
}

// appendStamp appends a time as the number n, unless there is no time.
func appendStamp(dst []byte, key string, t time.Time, n int64) []byte {
	if t.IsZero() {
		return dst
	}
	return strconv.AppendInt(appendKey(dst, key), n, 10)
}
