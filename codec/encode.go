package codec

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// What devices send is written here, in the one form that the documentation
// shows, for whoever pretends to be one. What hosts send is beside its type:
// [ReaderCommand.JSON] and [ReaderCommand.Text].

// An eventSpelling is what differs between the generations of JSON events.
type eventSpelling struct {
	rssi, move string
	moves      [4]string // by Move
}

var (
	spelling2024 = eventSpelling{"RSSI", "Move", [4]string{"", "Insert", "Remove", "Insert,Remove"}}
	spelling2021 = eventSpelling{"Rssi", "State", [4]string{"", "Insert", "Remove", "Insert/Remove"}}
)

// JSON writes the event as readers send it since 2024.
//
//	Example: {"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080","Uptime":"699:16.850"}
func (e *ReaderEvent) JSON() []byte { return e.appendWire([]byte{'{'}, spelling2024) }

// JSON2021 writes the event as readers of 2021 sent it.
//
//	Example: {"Sequence":78,"Interface":"13.56","Protocol":"Innovatron","Template":2,"TagId":"262BA1B0","State":"Insert"}
func (e *ReaderEvent) JSON2021() []byte { return e.appendWire([]byte{'{'}, spelling2021) }

func (e *ReaderEvent) appendWire(dst []byte, s eventSpelling) []byte {
	dst = appendTextMember(dst, "Device", e.Device)
	dst = appendIntMember(dst, "Sequence", e.Counter)
	dst = appendTextMember(dst, "Interface", e.Interface)
	dst = appendTextMember(dst, "Protocol", e.Protocol)
	dst = appendIntMember(dst, "Template", e.Template)
	dst = appendIntMember(dst, s.rssi, e.RSSI)
	dst = appendTextMember(dst, "TagId", e.TagID)
	dst = appendTextMember(dst, s.move, s.moves[e.Move&(Insert|Remove)])
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

// JSON writes the status as a reader sends it.
func (s ReaderStatus) JSON() []byte {
	dst := appendTextMember([]byte{'{'}, "Device", s.Device)
	dst = appendTextMember(dst, "State", strings.Join(s.State, ","))
	dst = appendUptime(dst, s.Uptime)
	dst = appendTextMember(dst, "DateTime", s.DateTime)
	return append(appendMembers(dst, s.Extra), '}')
}

// JSON writes the meta message as a reader sends it. How several interfaces
// are separated is not documented; here it is a comma.
func (m ReaderMeta) JSON() []byte {
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

// Payload writes the snapshot as a camera of its generation sends it: Prefix
// and Image, or JSON with Image in it. Whatever Picture says does not count.
func (s CameraSnapshot) Payload() []byte {
	if s.Generation == GenerationA {
		return append(append([]byte(nil), s.Prefix...), s.Image...)
	}
	return s.appendWire(s.Image, s.Extra, s.Values)
}

// JSON writes a report as a camera sends it, or its Body if that is no JSON.
// Of the keys of reports nothing is documented but that there are some.
func (r CameraReport) JSON() []byte {
	if r.Body != nil {
		return r.Body
	}
	return r.appendWire(r.Image, r.Extra, r.Values)
}

// dataURI is what stands before the base64 of a picture.
const dataURI = "data:image/jpeg;base64,"

// appendWire writes what all JSON messages of cameras have in common.
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
