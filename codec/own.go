package codec

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"mqtool/codec/dump"
)

// This file reads what mqtool itself has printed with --json: the opposite of AppendJSON,
// for the messages of readers.

// A printed is one line that mqtool has printed.
type printed struct {
	Item
	topic    string
	received time.Time
	data     string
	warnings []string
}

var printedKeys = newKeySet(
	jsonField[printed]{names("time"), func(p *printed, v jsonValue) error {
		text, err := v.text()
		p.received, _ = dump.ParseStamp(text)
		return err
	}},
	textField("topic", func(p *printed) *string { return &p.topic }),
	textField("family", func(p *printed) *string { return &p.Family }),
	textField("device", func(p *printed) *string { return &p.Device }),
	jsonField[printed]{names("kind"), func(p *printed, v jsonValue) error {
		text, err := v.text()
		p.Kind = Kind(text)
		return err
	}},
	jsonField[printed]{names("data"), func(p *printed, v jsonValue) error {
		p.data = v.raw
		return nil
	}},
	jsonField[printed]{names("warnings"), func(p *printed, v jsonValue) error {
		var err error
		p.warnings, err = v.texts()
		return err
	}},
)

var errNotPrinted = errors.New("not a line that mqtool has printed")

// parsePrinted reads a line that mqtool has printed for a reader's message.
func parsePrinted(text string) (p printed, err error) {
	rest := Rest{}
	if err := readMembers(text, printedKeys, &p, &rest); err != nil {
		return p, err
	}
	if p.Family != nameSpringCore || p.data == "" || p.data[0] != '{' {
		return p, errNotPrinted
	}
	switch p.Kind {
	case KindEvent:
		p.Value, err = readPrinted(p.data, printedEventKeys, &ReaderEvent{})
	case KindHello:
		p.Value, err = asValue(readPrinted(p.data, printedHelloKeys, &Hello{}))
		p.Kind = KindEvent
	case KindStatus:
		p.Value, err = asValue(readPrinted(p.data, printedStatusKeys, &ReaderStatus{}))
	case KindMeta:
		p.Value, err = asValue(readPrinted(p.data, printedMetaKeys, &ReaderMeta{}))
	case KindCommand:
		p.Value, err = asValue(readPrinted(p.data, printedCommandKeys, &ReaderCommand{}))
	case KindRaw:
		p.Value, err = readPrintedRaw(p.data)
	default:
		err = errNotPrinted
	}
	return p, err
}

// readPrinted reads the data of one kind.
func readPrinted[T any](data string, keys *keySet[T], t *T) (*T, error) {
	rest := Rest{}
	if err := readMembers(data, keys, t, &rest); err != nil {
		return nil, err
	}
	if len(rest.Warn) > 0 {
		return nil, errNotPrinted
	}
	return t, nil
}

// asValue returns the value that a pointer points to.
func asValue[T Value](t *T, err error) (Value, error) {
	if err != nil {
		return nil, err
	}
	return *t, nil
}

// fieldOf returns a field of T whose value is read by a method of jsonValue.
func fieldOf[T, V any](name string, read func(jsonValue) (V, error), field func(*T) *V) jsonField[T] {
	return jsonField[T]{names(name), func(t *T, v jsonValue) error {
		value, err := read(v)
		if err == nil {
			*field(t) = value
		}
		return err
	}}
}

func printedFormat(v jsonValue) (Format, error) {
	text, err := v.text()
	return Format(text), err
}

func printedExtra(v jsonValue) (extra []Member, err error) {
	err = anyObject(v.raw, func(key string, v jsonValue) error {
		extra = append(extra, Member{key, json.RawMessage(v.raw)})
		return nil
	})
	return extra, err
}

// uptimeFields are the two members that an uptime is printed as.
func uptimeFields[T any](field func(*T) *Opt[Uptime]) (boot, seconds jsonField[T]) {
	boot = jsonField[T]{names("uptime_boot_count"), func(t *T, v jsonValue) error {
		n, err := v.integer()
		u := field(t)
		u.Value.Boot, u.Set = n, true
		return err
	}}
	seconds = jsonField[T]{names("uptime_seconds"), func(t *T, v jsonValue) error {
		read, err := parseUptime("0:" + v.raw)
		u := field(t)
		u.Value.Since, u.Set = read.Since, true
		return err
	}}
	return boot, seconds
}

// checksumFields are the members that a checksum is printed as. Its value is printed only
// if it is wrong.
func checksumFields[T any](field func(*T) *Opt[Checksum]) (value, rule jsonField[T]) {
	value = jsonField[T]{names("checksum"), func(t *T, v jsonValue) error {
		text, err := v.text()
		if err != nil {
			return err
		}
		sum := field(t)
		sum.Value.Value, sum.Set = parseHexByte(text)
		return nil
	}}
	rule = jsonField[T]{names("checksum_rule"), func(t *T, v jsonValue) error {
		text, err := v.text()
		if err != nil {
			return err
		}
		for r := RuleNone; r <= RuleInclusive; r++ {
			if r.String() == text {
				sum := field(t)
				sum.Value.Rule, sum.Set = r, true
			}
		}
		return nil
	}}
	return value, rule
}

var (
	eventBoot, eventSeconds   = uptimeFields(func(e *ReaderEvent) *Opt[Uptime] { return &e.Uptime })
	statusBoot, statusSeconds = uptimeFields(func(s *ReaderStatus) *Opt[Uptime] { return &s.Uptime })

	eventChecksum, eventRule     = checksumFields(func(e *ReaderEvent) *Opt[Checksum] { return &e.Checksum })
	helloChecksum, helloRule     = checksumFields(func(h *Hello) *Opt[Checksum] { return &h.Checksum })
	commandChecksum, commandRule = checksumFields(func(c *ReaderCommand) *Opt[Checksum] { return &c.Checksum })
	lineChecksum, lineRule       = checksumFields(func(r *printedRaw) *Opt[Checksum] { return &r.line.Checksum })
)

var printedEventKeys = newKeySet(
	fieldOf("format", printedFormat, func(e *ReaderEvent) *Format { return &e.Format }),
	textField("device", func(e *ReaderEvent) *string { return &e.Device }),
	textField("interface", func(e *ReaderEvent) *string { return &e.Interface }),
	textField("protocol", func(e *ReaderEvent) *string { return &e.Protocol }),
	integerField("template", func(e *ReaderEvent) *Opt[int64] { return &e.Template }),
	integerField("rssi", func(e *ReaderEvent) *Opt[int64] { return &e.RSSI }),
	fieldOf("rssi_raw", func(v jsonValue) (Opt[byte], error) {
		text, err := v.text()
		b, ok := parseHexByte(text)
		return Opt[byte]{b, ok}, err
	}, func(e *ReaderEvent) *Opt[byte] { return &e.RSSIRaw }),
	textField("tag_id", func(e *ReaderEvent) *string { return &e.TagID }),
	jsonField[ReaderEvent]{names("move"), (*ReaderEvent).setMove},
	textField("tag_data", func(e *ReaderEvent) *string { return &e.TagData }),
	jsonField[ReaderEvent]{names("tag_details"), (*ReaderEvent).setTagDetails},
	eventBoot, eventSeconds,
	textField("date_time", func(e *ReaderEvent) *string { return &e.DateTime }),
	integerField("event_counter", func(e *ReaderEvent) *Opt[int64] { return &e.Counter }),
	eventChecksum, eventRule,
	fieldOf("extra", printedExtra, func(e *ReaderEvent) *[]Member { return &e.Extra }),
)

var printedHelloKeys = newKeySet(helloChecksum, helloRule)

var printedStatusKeys = newKeySet(
	textField("device", func(s *ReaderStatus) *string { return &s.Device }),
	fieldOf("state", jsonValue.texts, func(s *ReaderStatus) *[]string { return &s.State }),
	statusBoot, statusSeconds,
	textField("date_time", func(s *ReaderStatus) *string { return &s.DateTime }),
	fieldOf("extra", printedExtra, func(s *ReaderStatus) *[]Member { return &s.Extra }),
)

var printedMetaKeys = newKeySet(
	textField("vendor", func(m *ReaderMeta) *string { return &m.Vendor }),
	textField("product", func(m *ReaderMeta) *string { return &m.Product }),
	textField("variant", func(m *ReaderMeta) *string { return &m.Variant }),
	textField("serial", func(m *ReaderMeta) *string { return &m.Serial }),
	textField("version", func(m *ReaderMeta) *string { return &m.Version }),
	textField("firmware", func(m *ReaderMeta) *string { return &m.Firmware }),
	textField("revision", func(m *ReaderMeta) *string { return &m.Revision }),
	textField("hardware", func(m *ReaderMeta) *string { return &m.Hardware }),
	textField("unique_id", func(m *ReaderMeta) *string { return &m.UniqueID }),
	textField("config_id", func(m *ReaderMeta) *string { return &m.ConfigID }),
	jsonField[ReaderMeta]{names("open"), func(m *ReaderMeta, v jsonValue) error {
		open, err := v.boolean()
		m.Open = Some(open)
		return err
	}},
	textField("inventory", func(m *ReaderMeta) *string { return &m.Inventory }),
	textField("location", func(m *ReaderMeta) *string { return &m.Location }),
	textField("mac", func(m *ReaderMeta) *string { return &m.MAC }),
	textField("ip", func(m *ReaderMeta) *string { return &m.IP }),
	textField("protocol", func(m *ReaderMeta) *string { return &m.Protocol }),
	fieldOf("interfaces", jsonValue.texts, func(m *ReaderMeta) *[]string { return &m.Interfaces }),
	fieldOf("extra", printedExtra, func(m *ReaderMeta) *[]Member { return &m.Extra }),
)

// printedAs returns a field that is printed in the same form in which a device sends it
// under another name.
func printedAs(name, sent string) jsonField[ReaderCommand] {
	return jsonField[ReaderCommand]{names(name), func(c *ReaderCommand, v jsonValue) error { return commandKeys.find(sent).set(c, v) }}
}

// The words that are printed beside a number are not read.
var printedCommandKeys = newKeySet(
	fieldOf("format", printedFormat, func(c *ReaderCommand) *Format { return &c.Format }),
	jsonField[ReaderCommand]{names("sequence"), func(c *ReaderCommand, v jsonValue) error {
		n, err := v.integer()
		c.Sequence = Some(Sequence(n))
		return err
	}},
	printedAs("leds_hex", "Leds"),
	jsonField[ReaderCommand]{names("buzz_ms"), func(c *ReaderCommand, v jsonValue) error {
		n, err := v.integer()
		c.Buzzer = Some(uint16(n))
		return err
	}},
	printedAs("rgb_color", "RgbColor"),
	jsonField[ReaderCommand]{names("rgb_mode"), func(c *ReaderCommand, v jsonValue) error {
		n, err := v.integer()
		c.RGBMode = Some(LEDMode(n))
		return err
	}},
	printedAs("relay", "Relay"),
	printedAs("relays", "Relays"),
	commandChecksum, commandRule,
	fieldOf("extra", printedExtra, func(c *ReaderCommand) *[]Member { return &c.Extra }),
)

// A printedRaw is an unknown payload, or a $SC line of an unknown type.
type printedRaw struct {
	text, hex string
	line      Line
}

var printedRawKeys = newKeySet(
	textField("text", func(r *printedRaw) *string { return &r.text }),
	textField("hex", func(r *printedRaw) *string { return &r.hex }),
	textField("type", func(r *printedRaw) *string { return &r.line.Type }),
	fieldOf("fields", jsonValue.texts, func(r *printedRaw) *[]string { return &r.line.Fields }),
	lineChecksum, lineRule,
)

func readPrintedRaw(data string) (Value, error) {
	r, err := readPrinted(data, printedRawKeys, &printedRaw{})
	switch {
	case err != nil:
		return nil, err
	case r.line.Type != "":
		return r.line, nil
	case r.hex != "":
		b, err := hex.DecodeString(r.hex)
		return Raw{b}, err
	}
	return Raw{[]byte(r.text)}, nil
}
