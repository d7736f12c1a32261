package codec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"mqtool/codec/jpeg"
)

// An Item is one value of a message, with what its topic and itself say about it.
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

// MaxPayload is how long a payload may be to be decoded. A picture in hex has a few
// MiB, MQTT allows for 256; decoded and printed they would take gigabytes. Of a longer
// one the start is kept.
const (
	MaxPayload   = 32 << 20
	payloadStart = 512
)

// maxLines is how many lines one payload may have; readers are known to send one. As
// values they take a hundred times the room.
const maxLines = 10_000

// A Decoder tells what messages mean, live and from a file: every command asks one. It
// remembers topics and uses its memory again; it is not for several goroutines at a time.
//
// A topic of a known family decides what its payload is. For any other the payload does,
// so that renamed topics work.
type Decoder struct {
	prefix string // with which the topics of readers begin
	roles  []Role
	topics map[string]*topicRule
	items  []Item

	// Used again for each message.
	event     ReaderEvent
	line      Line
	snapshots SnapshotScanner
}

// NewDecoder returns a decoder for a site where the topics of readers begin with prefix,
// or as the vendor has it if that is empty, and those of cameras have roles.
func NewDecoder(prefix string, roles ...Role) *Decoder {
	if prefix == "" {
		prefix = springCore.Prefix
	}
	return &Decoder{prefix: prefix, roles: roles, topics: map[string]*topicRule{}}
}

// Reset forgets what is used again for each message, after one whose decoding did not
// come to its end.
func (d *Decoder) Reset() {
	d.items, d.event, d.line, d.snapshots = nil, ReaderEvent{}, Line{}, SnapshotScanner{}
}

// Decode gives what a message on the topic "" or any other says, with the vendors' own
// topics. See [Decoder.Decode].
func Decode(topic string, payload []byte) []Item {
	return NewDecoder("").Decode(topic, payload)
}

// Decode gives the values of a message: one, or several if it is an array, has several
// lines or several pictures. There is always one, which is [Raw] for what nobody knows
// and for what is damaged; in the latter case its Err says so. Values share the
// payload's memory. They are valid until the next call.
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

// DecodeStart is Decode for a payload of which there is only the start, because it
// is longer than [MaxPayload].
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
	case len(payload) == 0: // how a retained message is deleted
		d.add(t, Raw{}, nil)
	case t.decode == nil:
		d.sniff(t, payload)
	default:
		t.decode(d, t, payload)
	}
}

// Address is what a topic alone says. It reports false for one that nobody knows.
func (d *Decoder) Address(topic string) (Address, bool) {
	t := d.rule(topic)
	return t.address, t.decode != nil
}

// A topicRule is what is known of a topic before a message is looked at.
type topicRule struct {
	address Address
	topic   string
	decode  func(d *Decoder, t *topicRule, payload []byte) // nil: the payload tells

	// reader is the address if the message is a reader's, which the topic alone does not tell.
	reader Address

	// unlessNamed holds for messages that do not name their camera and that it knows; nil: all
	// are a camera's.
	unlessNamed *topicRule
}

// What is remembered of topics is bounded: whoever may publish can make them up.
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
			if role != nil { // with one topic for everything the payload has to tell
				return own
			}
			role = &d.roles[i]
		}
	}
	exact := role != nil && role.Filter == topic // else a filter with wildcards takes in the topics of others
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

// ownRule is the rule for a topic that nobody has renamed.
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

// add adds an item. What the topic does not tell of it, the value does.
func (d *Decoder) add(t *topicRule, v Value, err error) {
	a := t.address
	if a.Family == "" {
		a.Family, a.Kind = familyOf(v), v.Kind()
		if a.Family == t.reader.Family {
			a.Prefix, a.Device = t.reader.Prefix, t.reader.Device
		}
	}
	a.Kind = plainKind(a.Kind)
	// A reader has its name from its topic, a camera its own, whoever passes the message on.
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

// damaged adds what could not be read.
func (d *Decoder) damaged(t *topicRule, payload []byte, err error) { d.add(t, Raw{payload}, err) }

// The decoders of the routes.

// elements gives the elements of a JSON array, or the payload itself if it is no array or
// an empty one. The error says that there are too many.
func elements(payload []byte) (parts [][]byte, err error) {
	if firstByteOf(payload) != '[' || !json.Valid(payload) {
		return [][]byte{payload}, nil
	}
	d := json.NewDecoder(bytes.NewReader(payload))
	for _, err = d.Token(); err == nil && d.More(); {
		if len(parts) == maxLines {
			return [][]byte{payload}, &SyntaxError{Msg: fmt.Sprintf("more than %d values in one payload", maxLines)}
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
	// What is most frequent, one event, takes no allocation.
	if len(payload) > 2 && (payload[0] == '{' || payload[0] == '$') && d.decodeEvent(t, string(payload)) {
		return
	}
	decodeReader(d, t, payload, func(part []byte) (Value, error) { return valueOrError(DecodeReaderEvent(part)) })
}

// decodeEvent decodes a payload that is one event. It reports false for any other, also
// for one that is damaged.
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

// Status and meta are topics that others use too, with any prefix in front.

func decodeStatuses(d *Decoder, t *topicRule, payload []byte) {
	decodeReader(d, t, payload, func(part []byte) (Value, error) { return valueOrError(DecodeReaderStatus(part)) })
}

func decodeMetas(d *Decoder, t *topicRule, payload []byte) {
	decodeReader(d, t, payload, func(part []byte) (Value, error) { return valueOrError(DecodeReaderMeta(part)) })
}

// decodeReader decodes JSON by a function, and $SC lines. Anything else is Raw: TLV, MK1
// and what else register 02A0 can select.
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
			d.damaged(t, []byte(text[offset:]), &SyntaxError{Offset: offset, Msg: fmt.Sprintf("more than %d lines in one payload", maxLines)})
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

// decodeLine decodes a $SC line, which something may stand before.
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

// withForeign warns of text that stands before a message, and refuses it where a warning
// has no place.
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
		if s.Picture.Set || s.Other != nil || s.isMissing() {
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
	for _, s := range all { // without a word of a picture
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

// findSnapshots reads a payload as [SnapshotScanner] reads a file, and gives all its
// messages, also those without a picture.
func (d *Decoder) findSnapshots(payload []byte) (all []foundSnapshot) {
	r := &d.snapshots
	r.reset(payload)
	for len(all) < maxLines {
		var image bytes.Buffer
		s, err := r.nextInRecord(&image)
		if err != nil {
			break // io.EOF: memory has no other error
		}
		found := foundSnapshot{DumpSnapshot: s, image: s.Other}
		if s.Picture.Set && s.Picture.Value.State != jpeg.Empty {
			found.image = image.Bytes()
		}
		all = append(all, found)
	}
	return all
}

// decodeReports decodes statuses or alarms. Their keys are not documented: there is
// nothing that it refuses, and a payload that is not JSON is kept as it is.
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

// report is the message as a status or an alarm.
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

// sniff decodes a payload from a topic that nobody knows. Nobody said that it is of ours,
// so what cannot be read is Raw.
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

// sniffObject picks a decoder by the keys of an object. A key that others use as well
// wants a second sign: lamps have a state, and any RPC has params.
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

// decodeUnknownObject decodes an object that is none of a reader's: it may hold pictures,
// or be a camera's.
func decodeUnknownObject(d *Decoder, t *topicRule, payload []byte) {
	n := len(d.items)
	for _, s := range d.findSnapshots(payload) {
		if s.Picture.Set || s.Other != nil || s.isMissing() {
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

// isStatus wants a State that begins as those of readers do.
func isStatus(payload []byte) bool {
	s, err := DecodeReaderStatus(payload)
	return err == nil && len(s.State) > 0 && (s.State[0] == "online" || s.State[0] == "offline")
}

// isCommand wants nothing beside what a reader obeys.
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
