package codec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"mqtool/codec/jpeg"
)

// An Item is one value of a message, with what the topic and the message itself say about
// it.
type Item struct {
	Address
	Value Value
	Err   error // why the payload or a part of it could not be read; Value is Raw then
}

// A Role says what cameras publish on a topic that somebody has renamed.
type Role struct {
	Filter string // topic filter of MQTT
	Kind   Kind   // KindSnapshot, KindAlarm, KindStatus or, for answers, KindConfig
}

// MaxPayload is the length of the longest payload that is decoded. A picture in hex takes
// a few MiB. MQTT allows 256 MiB, and such a payload would take gigabytes when it is
// decoded and printed. Only the start of a longer payload is kept.
const (
	MaxPayload   = 32 << 20
	payloadStart = 512
)

// maxLines is how many lines one payload may have. Readers are known to send one. A
// decoded line takes a hundred times the memory of its text.
const maxLines = 10_000

// A Decoder decodes messages, both live ones and those in files; every command uses one.
// It remembers topics and reuses its memory. It is not safe for concurrent use.
//
// The topic of a known family decides how its payload is decoded. For any other topic the
// payload itself decides, so that renamed topics work.
type Decoder struct {
	prefix string // the topics of readers begin with it
	roles  []Role
	topics map[string]*topicRule
	items  []Item

	// Reused for each message.
	event     ReaderEvent
	line      Line
	snapshots SnapshotScanner
}

// NewDecoder returns a decoder for a site whose readers have topics that begin with
// prefix, and whose cameras have topics with roles. An empty prefix stands for the
// vendor's.
func NewDecoder(prefix string, roles ...Role) *Decoder {
	if prefix == "" {
		prefix = springCore.Prefix
	}
	return &Decoder{prefix: prefix, roles: roles, topics: map[string]*topicRule{}}
}

// Reset drops the memory that is reused for each message. It must be called after a
// message whose decoding was interrupted by a panic.
func (d *Decoder) Reset() {
	d.items, d.event, d.line, d.snapshots = nil, ReaderEvent{}, Line{}, SnapshotScanner{}
}

// Decode decodes one message by the vendors' own topics. The topic may be empty. See
// [Decoder.Decode].
func Decode(topic string, payload []byte) []Item {
	return NewDecoder("").Decode(topic, payload)
}

// Decode returns the values of a message: one, or several if the message is an array, has
// several lines or has several pictures. There is always at least one value. It is [Raw]
// for an unknown or a damaged message; for a damaged one, Err says what is wrong. Values
// share the payload's memory. They are valid until the next call.
func (d *Decoder) Decode(topic string, payload []byte) []Item {
	t := d.rule(topic)
	d.decode(t, payload)
	if t.unlessNamed != nil && !slices.ContainsFunc(d.items, func(i Item) bool { return i.Device != "" }) {
		if d.decode(t.unlessNamed, payload); !slices.ContainsFunc(d.items, func(i Item) bool { return i.Family != "" }) {
			d.decode(t, payload)
		}
	}
	return d.items
}

// DecodeStart is like Decode for a payload that is longer than [MaxPayload] and of which
// only the start is at hand. length is the length of the whole payload.
func (d *Decoder) DecodeStart(topic string, start []byte, length int) []Item {
	d.items = d.items[:0]
	d.tooLong(d.rule(topic), start, length)
	return d.items
}

func (d *Decoder) tooLong(t *topicRule, start []byte, length int) {
	d.add(t, Raw{start[:min(len(start), payloadStart)]}, &SyntaxError{Msg: fmt.Sprintf("a payload of %d bytes is not decoded: no device sends more than %d", length, MaxPayload)})
}

func (d *Decoder) decode(t *topicRule, payload []byte) {
	d.items = d.items[:0]
	switch {
	case len(payload) > MaxPayload:
		d.tooLong(t, payload, len(payload))
	case len(payload) == 0: // an empty payload deletes a retained message
		d.add(t, Raw{}, nil)
	case t.decode == nil:
		d.sniff(t, payload)
	default:
		t.decode(d, t, payload)
	}
}

// Address returns what a topic alone says. It reports false for an unknown topic.
func (d *Decoder) Address(topic string) (Address, bool) {
	t := d.rule(topic)
	return t.address, t.decode != nil
}

// A topicRule is what is known about a topic before a message is read.
type topicRule struct {
	address Address
	topic   string
	decode  func(d *Decoder, t *topicRule, payload []byte) // nil: the payload decides

	// reader is the address of the message if it is a reader's, which the topic alone does
	// not tell.
	reader Address

	// unlessNamed is the rule for a message that names no camera, if this rule can decode
	// it. It is nil if every message on the topic is a camera's.
	unlessNamed *topicRule
}

// The number of remembered topics is bounded, because anybody who may publish can invent
// topics.
const (
	maxTopics     = 1024
	maxKnownTopic = 512
)

func (d *Decoder) rule(topic string) *topicRule {
	if t, ok := d.topics[topic]; ok {
		return t
	}
	t := d.makeRule(strings.Clone(topic))
	if len(topic) <= maxKnownTopic {
		if len(d.topics) >= maxTopics {
			clear(d.topics)
		}
		d.topics[t.topic] = t
	}
	return t
}

func (d *Decoder) makeRule(topic string) *topicRule {
	own := d.ownRule(topic)
	var role *Role
	for i := range d.roles {
		if MatchTopic(d.roles[i].Filter, topic) {
			if role != nil { // the topic has several roles, so the payload has to decide
				return own
			}
			role = &d.roles[i]
		}
	}
	exact := role != nil && role.Filter == topic // a filter with wildcards also matches the topics of other devices
	if role == nil || !exact && own.decode != nil && !own.address.ToDevice {
		return own
	}
	t := &topicRule{topic: topic, address: Address{Family: nameMilesight, Kind: role.Kind}, decode: decodeReports(role.Kind)}
	if role.Kind == KindSnapshot {
		t.decode = decodeSnapshots
	}
	if _, _, known := findRoute(topic); known && !exact {
		t.unlessNamed = own
	}
	if exact || !own.address.ToDevice {
		t.address.Device = macIn(topic)
	}
	return t
}

// ownRule returns the rule for a topic that nobody has renamed.
func (d *Decoder) ownRule(topic string) *topicRule {
	t := &topicRule{topic: topic}
	address, route, ok := findRoute(topic)
	switch {
	case !ok:
		return t
	case route.shared && address.Prefix != d.prefix:
		t.reader = address
		return t
	}
	t.address, t.decode = address, route.decode
	t.address.ByTopic = true
	return t
}

// macIn finds the MAC address that is a level of a topic, or "".
func macIn(topic string) string {
	for level := range strings.SplitSeq(topic, "/") {
		if mac, err := ParseMAC(level); err == nil {
			return mac
		}
	}
	return ""
}

// add adds an item. The value tells what the topic does not.
func (d *Decoder) add(t *topicRule, v Value, err error) {
	a := t.address
	if a.Family == "" {
		a.Family, a.Kind = familyOf(v), v.Kind()
		if a.Family == t.reader.Family {
			a.Prefix, a.Device = t.reader.Prefix, t.reader.Device
		}
	}
	a.Kind = plainKind(a.Kind)
	// A reader is named by its topic. A camera is named by its message, which others may
	// pass on.
	switch device := deviceOf(v); {
	case device != "" && (a.Device == "" || a.Family == nameMilesight):
		a.Device = device
	case a.Device == "" && a.Family == nameMilesight && t.unlessNamed == nil:
		a.Device = macIn(t.topic)
	}
	d.items = append(d.items, Item{Address: a, Value: v, Err: err})
}

// plainKind is the kind under which people look for a message.
func plainKind(k Kind) Kind {
	if k == KindHello {
		return KindEvent
	}
	return k
}

// damaged adds a payload that could not be read, with the error that says why.
func (d *Decoder) damaged(t *topicRule, payload []byte, err error) { d.add(t, Raw{payload}, err) }

// The decoders of the routes.

// elements returns the elements of a JSON array, or the payload itself if it is not an
// array or is an empty one. The error says that there are too many elements.
func elements(payload []byte) (parts [][]byte, err error) {
	if firstByteOf(payload) != '[' || !json.Valid(payload) {
		return [][]byte{payload}, nil
	}
	d := json.NewDecoder(bytes.NewReader(payload))
	for _, err = d.Token(); err == nil && d.More(); {
		if len(parts) == maxLines {
			return [][]byte{payload}, &SyntaxError{Msg: fmt.Sprintf("the payload has more than %d values", maxLines)}
		}
		var element json.RawMessage
		err = d.Decode(&element)
		parts = append(parts, element)
	}
	if len(parts) == 0 {
		parts = [][]byte{payload}
	}
	return parts, err
}

func decodeEvents(d *Decoder, t *topicRule, payload []byte) {
	// The most frequent payload, a single event, takes no allocation.
	if len(payload) > 2 && (payload[0] == '{' || payload[0] == '$') && d.decodeEvent(t, string(payload)) {
		return
	}
	decodeReader(d, t, payload, func(part []byte) (Value, error) { return valueOrError(DecodeReaderEvent(part)) })
}

// decodeEvent decodes a payload that is one event. It reports false for any other payload,
// including a damaged event.
func (d *Decoder) decodeEvent(t *topicRule, text string) bool {
	if text[0] == '{' {
		if d.event.SetWire(text) != nil || t.address.Device != "" && d.event.Device != "" && d.event.Device != t.address.Device {
			return false
		}
		d.add(t, &d.event, nil)
		return true
	}
	if strings.IndexByte(strings.TrimRight(text, "\r\n\x00 "), '\n') >= 0 || d.line.Parse(text, CheckEither) != nil ||
		d.line.Trailing != "" || d.line.Type != typeEvent || d.line.IsGreeting() || d.event.SetLine(&d.line) != nil {
		return false
	}
	d.add(t, &d.event, nil)
	return true
}

func decodeCommands(d *Decoder, t *topicRule, payload []byte) {
	decodeReader(d, t, payload, func(part []byte) (Value, error) { return valueOrError(DecodeReaderCommand(part)) })
}

// Devices of other makers publish on topics that end in status and meta, too, with any
// prefix in front.

func decodeStatuses(d *Decoder, t *topicRule, payload []byte) {
	decodeReader(d, t, payload, func(part []byte) (Value, error) { return valueOrError(DecodeReaderStatus(part)) })
}

func decodeMetas(d *Decoder, t *topicRule, payload []byte) {
	decodeReader(d, t, payload, func(part []byte) (Value, error) { return valueOrError(DecodeReaderMeta(part)) })
}

// decodeReader decodes JSON with the function object, and $SC lines. Anything else becomes
// Raw: TLV, MK1 and the other formats that register 02A0 can select.
func decodeReader(d *Decoder, t *topicRule, payload []byte, object func([]byte) (Value, error)) {
	parts, err := elements(payload)
	if err != nil {
		d.damaged(t, payload, err)
		return
	}
	for _, part := range parts {
		switch firstByteOf(part) {
		case '{':
			v, err := object(part)
			if err != nil {
				d.damaged(t, part, err)
				continue
			}
			d.add(t, withDevice(v, t.address.Device), nil)
		case '$':
			d.decodeLines(t, string(part))
		default:
			if text, ok := inText(string(part)); !ok {
				d.add(t, Raw{part}, nil)
			} else if text[0] == '$' {
				d.decodeLines(t, text)
			} else if v, err := object([]byte(text)); err == nil {
				d.add(t, withDevice(v, t.address.Device), nil)
			} else {
				d.add(t, Raw{part}, nil)
			}
		}
	}
}

// decodeLines decodes $SC lines.
func (d *Decoder) decodeLines(t *topicRule, text string) {
	n := 0
	for offset, line := range lines(text) {
		if n++; n > maxLines {
			d.damaged(t, []byte(text[offset:]), &SyntaxError{Offset: offset, Msg: fmt.Sprintf("the payload has more than %d lines", maxLines)})
			return
		}
		v, err := decodeLine(line)
		if err != nil {
			d.damaged(t, []byte(line), shiftOffset(err, offset))
			continue
		}
		d.add(t, v, nil)
	}
	if n == 0 {
		d.add(t, Raw{[]byte(text)}, nil)
	}
}

// decodeLine decodes a $SC line. Other text may stand before it.
func decodeLine(line string) (Value, error) {
	start := max(strings.IndexByte(line, '$'), 0)
	m, err := ParseLine(line[start:])
	if err != nil {
		return nil, shiftOffset(err, start)
	}
	v, err := m.Decode()
	if err != nil {
		return nil, shiftOffset(err, start)
	}
	if before := strings.Trim(line[:start], "\uFEFF \t\x00"); before != "" {
		return withForeign(v, before)
	}
	return v, nil
}

// withForeign warns of text that stands before a message. It refuses the message if its
// type has no place for a warning.
func withForeign(v Value, before string) (Value, error) {
	const text = "%s stands before the message"
	switch v := v.(type) {
	case *ReaderEvent:
		v.warn(text, quoteForeign(before))
		return v, nil
	case ReaderCommand:
		v.warn(text, quoteForeign(before))
		return v, nil
	}
	return nil, &SyntaxError{Msg: fmt.Sprintf(text, quoteForeign(before))}
}

func decodeSnapshots(d *Decoder, t *topicRule, payload []byte) {
	n := 0
	all := d.findSnapshots(payload)
	for _, s := range all {
		if s.Picture.Set || s.isMissing() {
			d.add(t, s.value(), nil)
			n++
		}
	}
	if n > 0 {
		return
	}
	if first := firstByteOf(payload); first != '{' && first != '[' {
		d.add(t, Raw{payload}, nil)
		return
	}
	if err := checkJSON(string(bytes.Trim(payload, "\uFEFF \t\r\n\x00"))); err != nil {
		d.damaged(t, payload, err)
		return
	}
	for _, s := range all { // no message has anything that should be a picture
		if len(s.Message.Object) > 0 {
			d.add(t, s.value(), nil)
			n++
		}
	}
	if n == 0 {
		d.damaged(t, payload, &SyntaxError{Msg: "not a JSON object"})
	}
}

// A foundSnapshot is a snapshot with the bytes of its picture.
type foundSnapshot struct {
	DumpSnapshot
	image []byte
}

func (s foundSnapshot) value() CameraSnapshot {
	v := s.Value()
	v.Image = s.image
	return v
}

// findSnapshots reads a payload as [SnapshotScanner] reads a file, and returns all its
// messages, including those without a picture.
func (d *Decoder) findSnapshots(payload []byte) (all []foundSnapshot) {
	r := &d.snapshots
	r.reset(payload)
	for len(all) < maxLines {
		var image bytes.Buffer
		s, err := r.nextInRecord(&image)
		if err != nil {
			break // io.EOF, because reading from memory has no other error
		}
		found := foundSnapshot{DumpSnapshot: s}
		if s.Picture.Set && s.Picture.Value.State != jpeg.Empty {
			found.image = image.Bytes()
		}
		all = append(all, found)
	}
	return all
}

// decodeReports decodes statuses or alarms. Their keys are not documented, so it refuses
// nothing, and keeps a payload that is not JSON unchanged.
func decodeReports(kind Kind) func(*Decoder, *topicRule, []byte) {
	return func(d *Decoder, t *topicRule, payload []byte) {
		n := 0
		if first := firstByteOf(payload); first == '{' || first == '[' {
			for _, s := range d.findSnapshots(payload) {
				if len(s.Message.Object) > 0 {
					d.add(t, s.report(kind), nil)
					n++
				}
			}
		}
		switch {
		case n > 0:
		case string(bytes.TrimSpace(payload)) == "{}":
			d.add(t, CameraReport{Report: kind}, nil)
		default:
			d.add(t, CameraReport{Report: kind, Body: payload}, nil)
		}
	}
}

// report returns the message as a status or an alarm.
func (s foundSnapshot) report(kind Kind) CameraReport {
	v := s.value()
	r := CameraReport{Report: kind, CameraInfo: v.CameraInfo, Picture: v.Picture, Image: v.Image, Values: v.Values, Rest: v.Rest}
	if !s.Picture.Set {
		o, _ := parseCameraObject(s.Message.Object)
		r.Rest = o.Rest // a report need not have a picture
	}
	return r
}

func decodeRequest(kind Kind) func(*Decoder, *topicRule, []byte) {
	return func(d *Decoder, t *topicRule, payload []byte) { d.add(t, CameraRequest{kind, payload}, nil) }
}

func decodeRaw(d *Decoder, t *topicRule, payload []byte) { d.add(t, Raw{payload}, nil) }

// sniff decodes a payload from an unknown topic. The payload may come from any other
// device, so what cannot be read is Raw and not an error.
func (d *Decoder) sniff(t *topicRule, payload []byte) {
	decode := decodeSnapshots
	switch firstByteOf(payload) {
	case '$':
		decode = decodeEvents
	case '{':
		decode = sniffObject(payload)
	case '[':
		if parts, _ := elements(payload); slices.ContainsFunc(parts, isObject) {
			for _, part := range parts {
				if isObject(part) {
					d.sniff(t, part)
				}
			}
			decode = nil
		}
	}
	if decode != nil {
		decode(d, t, payload)
	}
	for i := range d.items {
		if d.items[i].Err != nil {
			d.items[i] = Item{Address: Address{Kind: KindRaw}, Value: Raw{payload}}
		}
	}
	if len(d.items) == 0 {
		d.add(t, Raw{payload}, nil)
	}
}

func isObject(b []byte) bool { return firstByteOf(b) == '{' }

// sniffObject picks a decoder by the keys of an object. A key that other devices use as
// well needs a second sign: lamps have a state, and any RPC has params.
func sniffObject(payload []byte) func(*Decoder, *topicRule, []byte) {
	keys := map[string]bool{}
	companion := false
	o, err := parseCameraObject(payload)
	if err != nil {
		return decodeUnknownObject
	}
	for _, m := range o.Extra {
		keys[strings.ToLower(m.Key)] = true
		companion = companion || m.Key == "event" && bytes.HasPrefix(m.Value, []byte(`"Reader.`))
	}
	has := func(names ...string) bool {
		for _, name := range names {
			if keys[name] {
				return true
			}
		}
		return false
	}
	switch {
	case has("tagid", "taguid"), has("params") && companion:
		return decodeEvents
	case has("vendorname", "productname"):
		return decodeMetas
	case has("state") && isStatus(payload):
		return decodeStatuses
	case has("sequence", "leds", "buzzer", "relay", "relays", "rgbcolor") && isCommand(payload):
		return decodeCommands
	}
	return decodeUnknownObject
}

// decodeUnknownObject decodes an object that is not a reader's message. It may hold
// pictures, or be a camera's message.
func decodeUnknownObject(d *Decoder, t *topicRule, payload []byte) {
	n := len(d.items)
	for _, s := range d.findSnapshots(payload) {
		if s.Picture.Set || s.isMissing() {
			d.add(t, s.value(), nil)
		}
	}
	if len(d.items) > n {
		return
	}
	if o, err := parseCameraObject(payload); err == nil && (o.MAC != "" || len(o.values) > 0 && !o.SentAt.IsZero()) {
		decodeReports(KindStatus)(d, t, payload)
		return
	}
	d.add(t, Raw{payload}, nil)
}

// isStatus reports whether the payload is a status with a State that begins as those of
// readers do.
func isStatus(payload []byte) bool {
	s, err := DecodeReaderStatus(payload)
	return err == nil && len(s.State) > 0 && (s.State[0] == "online" || s.State[0] == "offline")
}

// isCommand reports whether the payload is a command with no key that a reader does not
// know.
func isCommand(payload []byte) bool {
	c, err := DecodeReaderCommand(payload)
	return err == nil && len(c.Extra) == 0
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

// deviceOf returns the device that a value names.
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

// withDevice warns when an event or a status names another reader than its topic does. A
// meta message does so rightly if the reader was given a device id.
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
