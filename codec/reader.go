package codec

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Format is the form in which a reader's message was sent.
type Format string

// The formats of readers' messages.
const (
	FormatJSON Format = "json"
	FormatLine Format = "scrdr" // $SCRDR and $SCCMD lines
)

// Uptime is how long a reader has been up.
//
//	Form:    CCC:SSS.MMM
//	Example: 699:16.850
//	Source:  SpringCore documentation, STATUS Message, 2024-03-13
//
// The pair only ever grows, so a program can drop duplicates by it. A larger Boot
// means that the reader was started again.
type Uptime struct {
	Boot  int64         // how many times the reader has started
	Since time.Duration // the time since the last start, to the millisecond
}

var errNotUptime = errors.New("not an uptime (CCC:SSS.MMM)")

// maxUptimeSeconds, 292 years, keeps Since inside a time.Duration.
const maxUptimeSeconds = int64(1<<63-1)/int64(time.Second) - 1

// parseUptime reads CCC:SSS.MMM.
func parseUptime(s string) (Uptime, error) {
	boot, colon := digits(s, 0)
	seconds, point := digits(s, colon+1)
	ms, end := digits(s, point+1)
	if colon == 0 || !hasByte(s, colon, ':') || point == colon+1 || !hasByte(s, point, '.') ||
		end != point+len(".000") || end != len(s) || seconds > maxUptimeSeconds {
		return Uptime{}, errNotUptime
	}
	return Uptime{boot, time.Duration(seconds)*time.Second + time.Duration(ms)*time.Millisecond}, nil
}

func (u Uptime) String() string {
	return string(u.appendSeconds(append(strconv.AppendInt(nil, u.Boot, 10), ':')))
}

func (u Uptime) appendSeconds(dst []byte) []byte {
	ms := int64(u.Since / time.Millisecond)
	dst = strconv.AppendInt(dst, ms/1000, 10)
	ms %= 1000
	return append(dst, '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10))
}

// appendJSON appends the uptime as two more members of an object.
func (u Uptime) appendJSON(dst []byte) []byte {
	dst = strconv.AppendInt(append(dst, `,"uptime_boot_count":`...), u.Boot, 10)
	return u.appendSeconds(append(dst, `,"uptime_seconds":`...))
}

// A Move is what happened to a tag: a set of MoveInsert and MoveRemove. It is empty
// when the reader does not track movements (register 02A0).
type Move uint8

// The movements.
const (
	MoveInsert Move = 1 << iota
	MoveRemove
)

var (
	moveNames = [...]string{"", "insert", "remove", "insert,remove"}
	moveCodes = [...]string{"", "I", "R", "IR"} // of $SCRDR
)

func (m Move) String() string { return moveNames[m&(MoveInsert|MoveRemove)] }

var errNotMove = errors.New("not a movement (I, R, IR, Insert, Remove)")

// parseMove reads a movement of any generation and in any case: I, R and IR of
// $SCRDR, and Insert, Remove, "Insert,Remove" and "Insert/Remove" of JSON.
func parseMove(s string) (Move, error) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "":
		return 0, nil
	case "i", "insert":
		return MoveInsert, nil
	case "r", "remove":
		return MoveRemove, nil
	case "ir", "insert,remove", "insert/remove":
		return MoveInsert | MoveRemove, nil
	}
	return 0, errNotMove
}

// code returns the movement as $SCRDR spells it.
func (m Move) code() string { return moveCodes[m&(MoveInsert|MoveRemove)] }

// A ReaderEvent says that a reader saw a tag.
//
//	Form:    $SCRDR;<interface>;<protocol>;<template>;<rssi>;<tag id>;<move>;<tag data>;<tag details>
//	Example: {"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080",
//	         "TagData":"00047DAE02C84080","Uptime":"699:16.850"}
//	Source:  SpringCore documentation, $SCRDR Message and READER EVENT Message,
//	         2024-03-13, and their forms of 2021; Companion documentation,
//	         Smart Reader: Tag read
//
// One type holds the text line and the JSON of all generations, so it has a field for each
// key. A field that the reader did not send is empty or not set.
type ReaderEvent struct {
	Format    Format
	Device    string     // serial number; over MQTT the topic has it
	Interface string     // 13.56, 900, bluetooth; from $SCRDR a code, 0x13
	Protocol  string     // NFC-A, ...; from $SCRDR a code: the vendor's table is not public
	Template  Opt[int64] // which template matched; 0 Bluetooth or none, 1-4 NFC, 7 UHF
	RSSI      Opt[int64] // Bluetooth and UHF only. That it counts dBm is a guess: no page names a unit
	RSSIRaw   Opt[byte]  // as $SCRDR sent it. RSSI reads it as two's complement, which is a guess
	TagID     string     // hex
	Move      Move
	TagData   string // hex or text: the message does not tell which
	// TagDetails is hex or text. Companion sends an object instead, which is
	// then in TagDetailsJSON.
	TagDetails     string
	TagDetailsJSON json.RawMessage
	Uptime         Opt[Uptime]
	DateTime       string     // YYYY-MM-DD HH:MM:SS by the reader's clock, zone unknown
	Counter        Opt[int64] // Sequence of old firmware: it counts events, and is never a command
	Checksum       Opt[Checksum]
	Rest
}

// Kind is KindEvent.
func (*ReaderEvent) Kind() Kind { return KindEvent }

func (*ReaderEvent) value() {}

// HexBytes returns the bytes that a field such as TagData may stand for. ok means that the
// field is not empty and consists of hex digits for whole bytes. Decimal text and words
// like "cafe" look the same, so the bytes are only a possible reading.
func HexBytes(field string) (b []byte, ok bool) {
	if field == "" || !isHex(field) {
		return nil, false
	}
	b, err := hex.DecodeString(field)
	return b, err == nil
}

// Fields of a $SCRDR line by position.
const (
	fieldInterface = iota
	fieldProtocol
	fieldTemplate
	fieldRSSI
	fieldTagID
	fieldMove
	fieldTagData
	fieldTagDetails
	eventFields
)

// parseReaderEvent gives a $SCRDR line its meaning. A greeting becomes an event without
// content; see [Line.IsGreeting].
func parseReaderEvent(l Line) (*ReaderEvent, error) {
	e := new(ReaderEvent)
	if err := e.SetLine(&l); err != nil {
		return nil, err
	}
	return e, nil
}

// SetLine sets e to what a $SCRDR line says, without an allocation. The error is a
// [*FieldError], or a [*SyntaxError] for a line of another type, and e is empty then.
func (e *ReaderEvent) SetLine(l *Line) error {
	*e = ReaderEvent{}
	if l.Type != typeEvent {
		return &SyntaxError{Offset: 1, Msg: fmt.Sprintf("$%s is not a reader event", l.Type)}
	}
	f := fieldReader{line: l}
	e.Format, e.Checksum = FormatLine, l.Checksum
	e.Interface = f.code(fieldInterface)
	e.Protocol = f.code(fieldProtocol)
	if b, ok := f.hexByte(fieldTemplate, "template"); ok {
		e.Template = Some(int64(b))
	}
	if b, ok := f.hexByte(fieldRSSI, "rssi"); ok {
		e.RSSI, e.RSSIRaw = Some(int64(int8(b))), Some(b)
	}
	e.TagID = f.hexText(fieldTagID, "tag id")
	e.Move = f.move(fieldMove, "move")
	e.TagData = f.text(fieldTagData)
	e.TagDetails = f.text(fieldTagDetails)
	if f.err != nil {
		*e = ReaderEvent{}
		return f.err
	}
	if len(l.Fields) > eventFields {
		e.TagData, e.TagDetails = strings.Join(l.Fields[fieldTagData:], ";"), ""
		e.warn("there are %d fields instead of %d: a semicolon stands inside tag data or tag details, so all of it is kept as tag data",
			len(l.Fields), eventFields)
	}
	e.Warn = append(e.Warn, l.Warnings()...)
	return nil
}

// A fieldReader reads the fields of a line by position and remembers the first one that is
// wrong. It reads a missing field as an empty one.
type fieldReader struct {
	line *Line
	err  error
}

var (
	errNotHexByte = errors.New("not two hex digits")
	errNotHex     = errors.New("not pairs of hex digits")
)

func (f *fieldReader) text(i int) string {
	if i < len(f.line.Fields) {
		return f.line.Fields[i]
	}
	return ""
}

func (f *fieldReader) fail(i int, name string, err error) {
	if f.err == nil {
		f.err = &FieldError{
			Kind: "$" + f.line.Type, Index: i + 1, Name: name,
			Value: f.text(i), Offset: f.line.offset(i), Err: err,
		}
	}
}

func (f *fieldReader) hexByte(i int, name string) (b byte, ok bool) {
	s := f.text(i)
	if s == "" {
		return 0, false
	}
	b, ok = parseHexByte(s)
	if !ok {
		f.fail(i, name, errNotHexByte)
	}
	return b, ok
}

// code reads a two-digit code as 0x13 and leaves any other text unchanged. The only
// printed example is cut after "13", and may well have continued with ".56".
func (f *fieldReader) code(i int) string {
	s := f.text(i)
	if b, ok := parseHexByte(s); ok {
		return codes[4*int(b) : 4*int(b)+4]
	}
	return s
}

// codes is 0x000x01...0xFF. The text of a code is a substring of it, and needs no memory
// of its own.
var codes = func() string {
	var b []byte
	for c := range 256 {
		b = append(b, '0', 'x', hexUpper[c>>4], hexUpper[c&15])
	}
	return string(b)
}()

func (f *fieldReader) hexText(i int, name string) string {
	s := f.text(i)
	if !isHex(s) {
		f.fail(i, name, errNotHex)
	}
	return s
}

func (f *fieldReader) move(i int, name string) Move {
	s := f.text(i)
	for m, code := range moveCodes {
		if s == code {
			return Move(m)
		}
	}
	m, err := parseMove(s)
	if err != nil {
		f.fail(i, name, err)
	}
	return m
}

// Line writes the event as a $SCRDR line, as a reader would. It refuses an event that
// would be read back differently, for instance one with a semicolon in the tag data.
func (e *ReaderEvent) Line() (Line, error) {
	f := make([]string, eventFields)
	f[fieldInterface] = strings.TrimPrefix(e.Interface, "0x")
	f[fieldProtocol] = strings.TrimPrefix(e.Protocol, "0x")
	if e.Template.Set {
		f[fieldTemplate] = fmt.Sprintf("%02X", e.Template.Value)
	}
	if e.RSSI.Set {
		f[fieldRSSI] = fmt.Sprintf("%02X", uint8(e.RSSI.Value))
	}
	f[fieldTagID], f[fieldMove] = e.TagID, e.Move.code()
	f[fieldTagData], f[fieldTagDetails] = e.TagData, e.TagDetails
	l := Line{Type: typeEvent, Fields: f, Checksum: e.Checksum}

	again, err := ParseLine(l.String())
	if err != nil {
		return Line{}, fmt.Errorf("the event cannot be written as $SCRDR: %w", err)
	}
	back, err := parseReaderEvent(again)
	if err != nil {
		return Line{}, fmt.Errorf("the event cannot be written as $SCRDR: %w", err)
	}
	if back.Interface != e.Interface || back.Protocol != e.Protocol || back.Template != e.Template || back.RSSI != e.RSSI ||
		back.TagID != e.TagID || back.Move != e.Move || back.TagData != e.TagData || back.TagDetails != e.TagDetails {
		return Line{}, fmt.Errorf("the event cannot be written as $SCRDR: it would be read as %s", quoteForeign(l.String()))
	}
	return l, nil
}

// DecodeReaderEvent reads a JSON event of any generation.
func DecodeReaderEvent(payload []byte) (*ReaderEvent, error) {
	e := new(ReaderEvent)
	if err := e.SetWire(string(payload)); err != nil {
		return nil, err
	}
	return e, nil
}

// SetWire sets e to what a JSON event says. It allocates nothing for an event with
// known keys and without escapes, because the strings share the memory of text. The
// error is a [*SyntaxError], and e is empty then.
func (e *ReaderEvent) SetWire(text string) error {
	*e = ReaderEvent{}
	if err := readMembers(text, eventKeys, e, &e.Rest); err != nil {
		*e = ReaderEvent{}
		return err
	}
	e.Format = FormatJSON
	e.unwrap()
	if e.TagID == "" && e.Move == 0 {
		e.warn("no TagId")
	}
	return nil
}

// unwrap reads the event out of the JSON-RPC wrapper of Companion, the vendor's
// PC software: {"jsonrpc":"2.0","event":"Reader.TagRead","params":{...}}.
func (e *ReaderEvent) unwrap() {
	for i, m := range e.Extra {
		if m.Key != "params" || m.Value[0] != '{' {
			continue
		}
		e.Extra = slices.Delete(e.Extra, i, i+1)
		_ = walkObject(string(m.Value), 0, func(key string, v jsonValue) error { // this function never returns an error
			eventKeys.read(e, &e.Rest, key, v)
			return nil
		})
		return
	}
}

// eventKeys are the keys of events: those of 2024, of 2021 and of Companion.
// Strings that hold numbers are decimal here, unlike in commands.
var eventKeys = newKeySet(
	textField("Device DeviceId SerialNumber", func(e *ReaderEvent) *string { return &e.Device }),
	jsonField[ReaderEvent]{names("Interface"), (*ReaderEvent).setInterface},
	jsonField[ReaderEvent]{names("Protocol"), (*ReaderEvent).setProtocol},
	integerField("Template", func(e *ReaderEvent) *Opt[int64] { return &e.Template }),
	integerField("RSSI", func(e *ReaderEvent) *Opt[int64] { return &e.RSSI }),
	textField("TagId TagUid", func(e *ReaderEvent) *string { return &e.TagID }),
	jsonField[ReaderEvent]{names("Move State"), (*ReaderEvent).setMove},
	textField("TagData", func(e *ReaderEvent) *string { return &e.TagData }),
	jsonField[ReaderEvent]{names("TagDetails"), (*ReaderEvent).setTagDetails},
	jsonField[ReaderEvent]{names("Uptime"), func(e *ReaderEvent, v jsonValue) error { return setUptime(&e.Uptime, v) }},
	textField("DateTime", func(e *ReaderEvent) *string { return &e.DateTime }),
	integerField("Sequence", func(e *ReaderEvent) *Opt[int64] { return &e.Counter }),
)

func (e *ReaderEvent) setInterface(v jsonValue) error { return setList(&e.Interface, v) }
func (e *ReaderEvent) setProtocol(v jsonValue) error  { return setList(&e.Protocol, v) }

// setList sets a text that some messages send as an array.
func setList(s *string, v jsonValue) error {
	text, err := v.text()
	if v.raw[0] == '[' {
		var list []string
		list, err = v.texts()
		text = strings.Join(list, ",")
	}
	if err == nil {
		*s = text
	}
	return err
}

// setMove reads Move, and State of the 2021 events. (State of a status is something
// else.)
func (e *ReaderEvent) setMove(v jsonValue) error {
	s, err := v.text()
	if err != nil {
		return err
	}
	m, err := parseMove(s)
	if err == nil {
		e.Move = m
	}
	return err
}

func (e *ReaderEvent) setTagDetails(v jsonValue) error {
	if v.isString() {
		e.TagDetails, e.TagDetailsJSON = v.unquoted(), nil
		return nil
	}
	e.TagDetails, e.TagDetailsJSON = "", json.RawMessage(v.raw)
	return nil
}

func setUptime(u *Opt[Uptime], v jsonValue) error {
	s, err := v.text()
	if err != nil {
		return err
	}
	up, err := parseUptime(s)
	if err == nil {
		*u = Some(up)
	}
	return err
}

// AppendJSON appends the event as mqtool prints it.
func (e *ReaderEvent) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"format":"`...)
	dst = append(append(dst, e.Format...), '"')
	dst = appendText(dst, `,"device":"`, e.Device)
	dst = appendText(dst, `,"interface":"`, e.Interface)
	dst = appendText(dst, `,"protocol":"`, e.Protocol)
	if e.Template.Set {
		dst = strconv.AppendInt(append(dst, `,"template":`...), e.Template.Value, 10)
	}
	if e.RSSI.Set {
		dst = strconv.AppendInt(append(dst, `,"rssi":`...), e.RSSI.Value, 10)
	}
	if raw := e.RSSIRaw; raw.Set {
		dst = append(append(dst, `,"rssi_raw":"`...), hexUpper[raw.Value>>4], hexUpper[raw.Value&15], '"')
	}
	dst = appendText(dst, `,"tag_id":"`, e.TagID)
	if e.Move != 0 {
		dst = append(append(append(dst, `,"move":"`...), e.Move.String()...), '"')
	}
	dst = appendText(dst, `,"tag_data":"`, e.TagData)
	dst = appendText(dst, `,"tag_details":"`, e.TagDetails)
	if len(e.TagDetailsJSON) > 0 {
		dst = appendRaw(append(dst, `,"tag_details":`...), e.TagDetailsJSON)
	}
	if e.Uptime.Set {
		dst = e.Uptime.Value.appendJSON(dst)
	}
	dst = appendText(dst, `,"date_time":"`, e.DateTime)
	if e.Counter.Set {
		dst = strconv.AppendInt(append(dst, `,"event_counter":`...), e.Counter.Value, 10)
	}
	dst = appendChecksum(dst, e.Checksum)
	dst = appendExtra(dst, e.Extra)
	return append(dst, '}')
}

// Hello is the empty $SCRDR line that a reader sends to a host that connects. It does not
// report a tag.
type Hello struct {
	Checksum Opt[Checksum]
	Warn     []string
}

// Kind is KindHello.
func (Hello) Kind() Kind { return KindHello }

// Warnings tells of text behind the checksum.
func (h Hello) Warnings() []string { return h.Warn }

func (Hello) value() {}

// AppendJSON appends the format and the checksum; there is nothing else.
func (h Hello) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"format":"scrdr"`...)
	return append(appendChecksum(dst, h.Checksum), '}')
}

// A ReaderStatus says what state a reader is in. A reader publishes it every 30 s by
// default; its last will is a status as well.
//
//	Form:   {"State":"online,ready","Uptime":"145:1860.081","DateTime":"..."}
//	Source: SpringCore documentation, STATUS Message, 2024-03-13
type ReaderStatus struct {
	Device   string      // serial number; not over MQTT
	State    []string    // online or offline, then ready, busy or dead; other words are kept
	Uptime   Opt[Uptime] // absent from the last will
	DateTime string      // YYYY-MM-DD HH:MM:SS by the reader's clock, zone unknown; absent if the reader has no clock
	Rest
}

// Kind is KindStatus.
func (ReaderStatus) Kind() Kind { return KindStatus }

func (ReaderStatus) value() {}

// Online reports whether the reader is connected.
func (s ReaderStatus) Online() bool { return len(s.State) > 0 && s.State[0] == "online" }

var statusKeys = newKeySet(
	textField("Device DeviceId SerialNumber", func(s *ReaderStatus) *string { return &s.Device }),
	wordsField("State", func(s *ReaderStatus) *[]string { return &s.State }),
	jsonField[ReaderStatus]{names("Uptime"), func(s *ReaderStatus, v jsonValue) error { return setUptime(&s.Uptime, v) }},
	textField("DateTime", func(s *ReaderStatus) *string { return &s.DateTime }),
)

// DecodeReaderStatus reads a STATUS message.
func DecodeReaderStatus(payload []byte) (ReaderStatus, error) {
	var s ReaderStatus
	if err := readMembers(string(payload), statusKeys, &s, &s.Rest); err != nil {
		return ReaderStatus{}, err
	}
	if len(s.State) == 0 {
		s.warn("no State")
	}
	return s, nil
}

// AppendJSON appends the status as mqtool prints it.
func (s ReaderStatus) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"format":"json"`...)
	dst = appendTextMember(dst, "device", s.Device)
	dst = appendTexts(dst, "state", s.State)
	if s.Uptime.Set {
		dst = s.Uptime.Value.appendJSON(dst)
	}
	dst = appendTextMember(dst, "date_time", s.DateTime)
	dst = appendExtra(dst, s.Extra)
	return append(dst, '}')
}

// A ReaderMeta describes a reader. A reader publishes it when it connects.
//
//	Form:   {"VendorName":"SpringCard","ProductName":"SpringPark","SerialNumber":"DA1275B0",...}
//	Source: SpringCore documentation, META Message, 2024-03-13, and its form of 2021
//
// It has a field for each key of the JSON.
type ReaderMeta struct {
	Vendor     string
	Product    string
	Variant    string
	Serial     string // 8 hex digits
	Version    string // of the firmware
	Firmware   string // its name; the case of letters differs between generations
	Revision   string
	Hardware   string // part number
	UniqueID   string
	ConfigID   string
	Open       Opt[bool] // all security settings are open
	Inventory  string
	Location   string
	MAC        string // 12 hex digits
	IP         string
	Protocol   string   // of the messages on rdr/evt: RDR/JSON, $SCRDR, ...
	Interfaces []string // 13.56, ...
	Rest
}

// Kind is KindMeta.
func (ReaderMeta) Kind() Kind { return KindMeta }

func (ReaderMeta) value() {}

var metaKeys = newKeySet(
	textField("VendorName", func(m *ReaderMeta) *string { return &m.Vendor }),
	textField("ProductName", func(m *ReaderMeta) *string { return &m.Product }),
	textField("ProductVariant", func(m *ReaderMeta) *string { return &m.Variant }),
	textField("SerialNumber", func(m *ReaderMeta) *string { return &m.Serial }),
	textField("Version", func(m *ReaderMeta) *string { return &m.Version }),
	textField("Firmware", func(m *ReaderMeta) *string { return &m.Firmware }),
	textField("Revision", func(m *ReaderMeta) *string { return &m.Revision }),
	textField("Hardware", func(m *ReaderMeta) *string { return &m.Hardware }),
	textField("UniqueId", func(m *ReaderMeta) *string { return &m.UniqueID }),
	textField("ConfigId", func(m *ReaderMeta) *string { return &m.ConfigID }),
	jsonField[ReaderMeta]{names("Open"), func(m *ReaderMeta, v jsonValue) error {
		open, err := v.boolean()
		if err == nil {
			m.Open = Some(open)
		}
		return err
	}},
	textField("Inventory", func(m *ReaderMeta) *string { return &m.Inventory }),
	textField("Location", func(m *ReaderMeta) *string { return &m.Location }),
	textField("PhysAddress", func(m *ReaderMeta) *string { return &m.MAC }),
	textField("IpAddress", func(m *ReaderMeta) *string { return &m.IP }),
	textField("Protocol", func(m *ReaderMeta) *string { return &m.Protocol }),
	wordsField("Interfaces", func(m *ReaderMeta) *[]string { return &m.Interfaces }),
)

// DecodeReaderMeta reads a META message of either generation.
func DecodeReaderMeta(payload []byte) (ReaderMeta, error) {
	var m ReaderMeta
	if err := readMembers(string(payload), metaKeys, &m, &m.Rest); err != nil {
		return ReaderMeta{}, err
	}
	return m, nil
}

// AppendJSON appends the meta message as mqtool prints it.
func (m ReaderMeta) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"format":"json"`...)
	dst = appendTextMember(dst, "vendor", m.Vendor)
	dst = appendTextMember(dst, "product", m.Product)
	dst = appendTextMember(dst, "variant", m.Variant)
	dst = appendTextMember(dst, "serial", m.Serial)
	dst = appendTextMember(dst, "version", m.Version)
	dst = appendTextMember(dst, "firmware", m.Firmware)
	dst = appendTextMember(dst, "revision", m.Revision)
	dst = appendTextMember(dst, "hardware", m.Hardware)
	dst = appendTextMember(dst, "unique_id", m.UniqueID)
	dst = appendTextMember(dst, "config_id", m.ConfigID)
	dst = appendBoolMember(dst, "open", m.Open)
	dst = appendTextMember(dst, "inventory", m.Inventory)
	dst = appendTextMember(dst, "location", m.Location)
	dst = appendTextMember(dst, "mac", m.MAC)
	dst = appendTextMember(dst, "ip", m.IP)
	dst = appendTextMember(dst, "protocol", m.Protocol)
	dst = appendTexts(dst, "interfaces", m.Interfaces)
	dst = appendExtra(dst, m.Extra)
	return append(dst, '}')
}

// ParseDeviceID reads the name of a reader in topics: at most 24 bytes (register 028F)
// that form one level of a topic. The case of letters is kept.
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
