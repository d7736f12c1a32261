package codec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A ReaderCommand tells a reader to light, beep or switch something. A reader never
// answers it.
//
//	Form:    $SCCMD;SEQ=<hh>  or  $SCCMD;LEDS=<hhhhhhhh>;BUZZ=<hhhh>, or a JSON object
//	Example: {"Sequence":"0E"}
//	Source:  SpringCore documentation, $SCCMD Message, 2024-03-13, and
//	         READER COMMAND Message
//
// A reader accepts both formats at any time. In JSON a string is hexadecimal and an
// integer is decimal: "60" is 96, access granted, and 60 is 3C. The reader leaves alone
// what is not set.
type ReaderCommand struct {
	Format   Format
	Sequence Opt[Sequence]   // forbidden beside LEDs, RGB and buzzer
	LEDs     Opt[[4]LEDMode] // LED 1 to 4
	Buzzer   Opt[uint16]     // ms
	RGBColor Opt[RGB]        // JSON only; the vendor's page is unwritten, so the form is a guess
	RGBMode  Opt[LEDMode]    // JSON only; a guess as well
	Relay    Opt[Relay]      // JSON only
	Relays   []Relay         // JSON only, one per relay
	Checksum Opt[Checksum]   // $SCCMD only, optional
	Rest
}

// An RGB is a color, RRGGBB.
type RGB uint32

// A Relay is what one relay is to do. The documentation says only that a boolean "has
// its own meaning", which the codec takes for on and off. Any other value is kept as it
// was spelled. A number is probably milliseconds; nobody knows, so mqtool sends one
// only when the user insists.
type Relay struct {
	On  bool
	Raw string // JSON, or "" for a boolean
}

// ParseRelay reads on, off, true or false; when raw is allowed also any JSON
// number or string.
func ParseRelay(s string, raw bool) (Relay, error) {
	switch strings.ToLower(s) {
	case "on", "true":
		return Relay{On: true}, nil
	case "off", "false":
		return Relay{}, nil
	}
	if r := (Relay{Raw: s}); raw && r.validRaw() {
		return r, nil
	}
	if raw {
		return Relay{}, fmt.Errorf("relay value %s is neither on, off nor a JSON number or string", quoteForeign(s))
	}
	return Relay{}, fmt.Errorf("relay value %s is neither on nor off; what a reader does with other values is not documented", quoteForeign(s))
}

// validRaw reports whether Raw is a JSON number or string without blanks around it.
func (r Relay) validRaw() bool {
	return json.Valid([]byte(r.Raw)) && strings.ContainsRune(`"-0123456789`, rune(r.Raw[0])) && utf8.ValidString(r.Raw) &&
		strings.TrimSpace(r.Raw) == r.Raw
}

func (r Relay) appendJSON(dst []byte) []byte {
	if r.Raw != "" {
		return appendRaw(dst, json.RawMessage(r.Raw))
	}
	return strconv.AppendBool(dst, r.On)
}

// Kind is KindCommand.
func (ReaderCommand) Kind() Kind { return KindCommand }

func (ReaderCommand) value() {}

// Reasons why a command is not sent.
var (
	errForbidden = errors.New("Sequence cannot stand beside Leds, RgbColor, RgbMode or Buzzer: the reader's documentation forbids it")
	errEmpty     = errors.New("the command says nothing")
	errJSONOnly  = errors.New("RGB and relays have no $SCCMD form; send JSON")
)

// Validate says why this command must not be sent to a reader.
func (c ReaderCommand) Validate() error {
	switch {
	case c.Sequence.Set && c.signals():
		return errForbidden
	case !c.Sequence.Set && !c.signals() && !c.Relay.Set && len(c.Relays) == 0 && len(c.Extra) == 0:
		return errEmpty
	case c.RGBColor.Set && c.RGBColor.Value > 0xFFFFFF:
		return fmt.Errorf("RGB color %X has more than six hex digits", uint32(c.RGBColor.Value))
	}
	for _, r := range append([]Relay{c.Relay.Value}, c.Relays...) {
		if r.Raw != "" && !r.validRaw() {
			return fmt.Errorf("relay value %s is neither a boolean nor a JSON number or string", quoteForeign(r.Raw))
		}
	}
	return nil
}

// signals reports whether the command lights or beeps by itself.
func (c ReaderCommand) signals() bool {
	return c.LEDs.Set || c.Buzzer.Set || c.RGBColor.Set || c.RGBMode.Set
}

// inspect warns of a command that can be read but must not be sent, and of values
// that are not documented.
func (c *ReaderCommand) inspect() {
	if err := c.Validate(); err != nil {
		c.warn("%v", err)
	}
	if c.Sequence.Set && c.Sequence.Value.Name() == "" {
		c.warn("sequence %02X is not documented", byte(c.Sequence.Value))
	}
	for i, m := range c.LEDs.Value {
		if !m.Known() {
			c.warn("mode %02X of LED %d is not documented", byte(m), i+1)
		}
	}
	for _, r := range append([]Relay{c.Relay.Value}, c.Relays...) {
		if r.Raw != "" {
			c.warn("what a reader does with the relay value %s is not documented", quoteForeign(r.Raw))
		}
	}
}

// Hex forms.

var (
	errNotSequence = errors.New("not one or two hex digits")
	errNotLEDs     = errors.New("not eight hex digits, two for each LED")
	errNotBuzzer   = errors.New("not one to four hex digits of milliseconds")
	errNotColor    = errors.New("not six hex digits, RRGGBB")
	errNotRelay    = errors.New("neither a boolean nor a number nor a string")
	errRange       = errors.New("out of range")
)

// parseHexText reads a text of minDigits to maxDigits hex digits. A 0x in front is
// not documented, but people type it.
func parseHexText(s string, minDigits, maxDigits int, reason error) (uint64, error) {
	s = trim0x(s)
	n, err := strconv.ParseUint(s, 16, 64)
	if err != nil || len(s) < minDigits || len(s) > maxDigits {
		return 0, reason
	}
	return n, nil
}

func (c *ReaderCommand) setSequence(hex string) error {
	n, err := parseHexText(hex, 1, 2, errNotSequence)
	if err == nil {
		c.Sequence = Some(Sequence(n))
	}
	return err
}

func (c *ReaderCommand) setLEDs(hex string) error {
	n, err := parseHexText(hex, 8, 8, errNotLEDs)
	if err == nil {
		c.LEDs = Some([4]LEDMode{LEDMode(n >> 24), LEDMode(n >> 16), LEDMode(n >> 8), LEDMode(n)})
	}
	return err
}

func (c *ReaderCommand) setBuzzer(hex string) error {
	n, err := parseHexText(hex, 1, 4, errNotBuzzer)
	if err == nil {
		c.Buzzer = Some(uint16(n))
	}
	return err
}

func (c *ReaderCommand) setColor(hex string) error {
	n, err := parseHexText(hex, 6, 6, errNotColor)
	if err == nil {
		c.RGBColor = Some(RGB(n))
	}
	return err
}

func (c *ReaderCommand) setRGBMode(hex string) error {
	n, err := parseHexText(hex, 1, 2, errNotSequence)
	if err == nil {
		c.RGBMode = Some(LEDMode(n))
	}
	return err
}

func (c *ReaderCommand) ledsHex() string {
	return fmt.Sprintf("%02X%02X%02X%02X", byte(c.LEDs.Value[0]), byte(c.LEDs.Value[1]), byte(c.LEDs.Value[2]), byte(c.LEDs.Value[3]))
}

// The text form.

// commandFields are the fields of a $SCCMD line.
var commandFields = []struct {
	name string
	set  func(c *ReaderCommand, hex string) error
}{
	{"SEQ", (*ReaderCommand).setSequence},
	{"LEDS", (*ReaderCommand).setLEDs},
	{"BUZZ", (*ReaderCommand).setBuzzer},
}

// parseReaderCommand gives a $SCCMD line its meaning. It keeps an unknown field in Extra,
// with its value as a JSON string. If a field comes twice, the last value counts.
func parseReaderCommand(l Line) (ReaderCommand, error) {
	if l.Type != typeCommand {
		return ReaderCommand{}, &SyntaxError{Offset: 1, Msg: fmt.Sprintf("$%s is not a reader command", l.Type)}
	}
	c := ReaderCommand{Format: FormatLine, Checksum: l.Checksum}
	for i, field := range l.Fields {
		if field == "" {
			continue
		}
		name, value, ok := strings.Cut(field, "=")
		if !ok {
			return ReaderCommand{}, &SyntaxError{l.offset(i), fmt.Sprintf("$SCCMD field %d: %q has no =; the form is NAME=VALUE", i+1, field)}
		}
		if err := c.setField(strings.TrimSpace(name), strings.TrimSpace(value)); err != nil {
			return ReaderCommand{}, &FieldError{
				Kind: "$SCCMD", Index: i + 1, Name: name, Value: value, Offset: l.offset(i), Err: err,
			}
		}
	}
	c.inspect()
	c.Warn = append(c.Warn, l.Warnings()...)
	if n := len(l.Wire()); n > MaxCommandLine {
		c.warn("the line has %d bytes: a reader drops lines longer than %d", n, MaxCommandLine)
	}
	return c, nil
}

func (c *ReaderCommand) setField(name, value string) error {
	for _, f := range commandFields {
		if equalFoldASCII(f.name, name) {
			return f.set(c, value)
		}
	}
	c.Extra = append(c.Extra, Member{Key: name, Value: AppendString(nil, value)})
	return nil
}

// Line writes the command as a $SCCMD line. It refuses what [ReaderCommand.Validate]
// refuses, a command that would be read back differently, and a line so long that a reader
// would drop it. The line has a checksum if c has one; no reader requires it.
func (c ReaderCommand) Line() (Line, error) {
	l, err := c.line()
	if err != nil {
		return Line{}, err
	}
	if n := len(l.Wire()); n > MaxCommandLine {
		return Line{}, fmt.Errorf("a $SCCMD line of %d bytes is too long: a reader drops lines longer than %d", n, MaxCommandLine)
	}
	again, err := ParseLine(l.String())
	if err != nil {
		return Line{}, fmt.Errorf("the command has no $SCCMD form: %w", err)
	}
	if back, err := parseReaderCommand(again); err != nil || !back.sameAs(c) {
		return Line{}, fmt.Errorf("the command has no $SCCMD form: it would be read differently from %s", quoteForeign(l.String()))
	}
	return l, nil
}

// line makes the line without checking that it reads back as c.
func (c ReaderCommand) line() (Line, error) {
	if err := c.Validate(); err != nil {
		return Line{}, err
	}
	if c.RGBColor.Set || c.RGBMode.Set || c.Relay.Set || len(c.Relays) > 0 {
		return Line{}, errJSONOnly
	}
	l := Line{Type: typeCommand, Checksum: c.Checksum}
	add := func(name, value string) { l.Fields = append(l.Fields, name+"="+value) }
	if c.Sequence.Set {
		add("SEQ", fmt.Sprintf("%02X", byte(c.Sequence.Value)))
	}
	if c.LEDs.Set {
		add("LEDS", c.ledsHex())
	}
	if c.Buzzer.Set {
		add("BUZZ", fmt.Sprintf("%04X", c.Buzzer.Value))
	}
	for _, extra := range c.Extra {
		var value string
		if err := json.Unmarshal(extra.Value, &value); err != nil {
			return Line{}, fmt.Errorf("field %s has no $SCCMD form: its value %s is not text", quoteForeign(extra.Key), quoteForeign(string(extra.Value)))
		}
		add(extra.Key, value)
	}
	return l, nil
}

// sameAs reports whether two commands make a reader do the same.
func (c ReaderCommand) sameAs(o ReaderCommand) bool {
	return c.Sequence == o.Sequence && c.LEDs == o.LEDs && c.Buzzer == o.Buzzer && c.RGBColor == o.RGBColor && c.RGBMode == o.RGBMode &&
		bytes.Equal(appendExtra(nil, c.Extra), appendExtra(nil, o.Extra))
}

// The JSON form.

// hexOr returns a set function for a value that is hexadecimal as a string, and decimal as
// an integer of at most limit.
func hexOr(limit int64, hex func(*ReaderCommand, string) error, integer func(*ReaderCommand, int64)) func(*ReaderCommand, jsonValue) error {
	return func(c *ReaderCommand, v jsonValue) error {
		if v.isString() {
			return hex(c, v.unquoted())
		}
		n, err := v.integer()
		if err != nil {
			return err
		}
		if n < 0 || n > limit {
			return errRange
		}
		integer(c, n)
		return nil
	}
}

var commandKeys = newKeySet(
	jsonField[ReaderCommand]{names("Sequence"), hexOr(0xFF, (*ReaderCommand).setSequence,
		func(c *ReaderCommand, n int64) { c.Sequence = Some(Sequence(n)) })},
	jsonField[ReaderCommand]{names("Leds"), func(c *ReaderCommand, v jsonValue) error {
		if !v.isString() {
			return errNotLEDs
		}
		return c.setLEDs(v.unquoted())
	}},
	jsonField[ReaderCommand]{names("RgbColor"), hexOr(0xFFFFFF, (*ReaderCommand).setColor,
		func(c *ReaderCommand, n int64) { c.RGBColor = Some(RGB(n)) })},
	jsonField[ReaderCommand]{names("RgbMode"), hexOr(0xFF, (*ReaderCommand).setRGBMode,
		func(c *ReaderCommand, n int64) { c.RGBMode = Some(LEDMode(n)) })},
	jsonField[ReaderCommand]{names("Buzzer"), hexOr(0xFFFF, (*ReaderCommand).setBuzzer,
		func(c *ReaderCommand, n int64) { c.Buzzer = Some(uint16(n)) })},
	jsonField[ReaderCommand]{names("Relay"), func(c *ReaderCommand, v jsonValue) error {
		r, err := relayOf(v.raw)
		if err == nil {
			c.Relay = Some(r)
		}
		return err
	}},
	jsonField[ReaderCommand]{names("Relays"), func(c *ReaderCommand, v jsonValue) error {
		if v.raw[0] != '[' {
			return errors.New("not an array")
		}
		relays := []Relay{}
		for element := range v.elements() {
			r, err := relayOf(element.raw)
			if err != nil {
				return err
			}
			relays = append(relays, r)
		}
		c.Relays = relays
		return nil
	}},
)

func relayOf(raw string) (Relay, error) {
	switch raw {
	case "true":
		return Relay{On: true}, nil
	case "false":
		return Relay{}, nil
	}
	if r := (Relay{Raw: raw}); r.validRaw() {
		return r, nil
	}
	return Relay{}, errNotRelay
}

// DecodeReaderCommand reads a JSON command. It is stricter than [DecodeReaderEvent]: a
// value that does not fit its key is a [*FieldError], because a reader would not do what
// the author of the command meant. Combinations that must not be sent to a reader are
// read, with a warning; Validate refuses them.
func DecodeReaderCommand(payload []byte) (ReaderCommand, error) {
	var c ReaderCommand
	err := anyObject(string(payload), func(key string, v jsonValue) error {
		known := commandKeys.find(key)
		switch {
		case known == nil:
			c.keep(key, v)
		case v.isNull():
		default:
			if err := known.set(&c, v); err != nil {
				return &FieldError{Kind: "command", Name: key, Value: v.raw, Offset: v.offset, Err: err}
			}
		}
		return nil
	})
	if err != nil {
		return ReaderCommand{}, err
	}
	c.Format = FormatJSON
	c.inspect()
	return c, nil
}

// Wire writes the command as JSON, as it is sent: numbers are hex strings. It
// refuses what [ReaderCommand.Validate] refuses. For $SCCMD see [ReaderCommand.Line].
func (c ReaderCommand) Wire() ([]byte, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	dst := []byte{'{'}
	if c.Sequence.Set {
		dst = fmt.Appendf(appendKey(dst, "Sequence"), `"%02X"`, byte(c.Sequence.Value))
	}
	if c.LEDs.Set {
		dst = appendTextMember(dst, "Leds", c.ledsHex())
	}
	if c.RGBColor.Set {
		dst = fmt.Appendf(appendKey(dst, "RgbColor"), `"%06X"`, uint32(c.RGBColor.Value))
	}
	if c.RGBMode.Set {
		dst = fmt.Appendf(appendKey(dst, "RgbMode"), `"%02X"`, byte(c.RGBMode.Value))
	}
	if c.Buzzer.Set {
		dst = fmt.Appendf(appendKey(dst, "Buzzer"), `"%04X"`, c.Buzzer.Value)
	}
	if c.Relay.Set {
		dst = c.Relay.Value.appendJSON(appendKey(dst, "Relay"))
	}
	dst = c.appendRelays(dst, "Relays")
	dst = appendMembers(dst, c.Extra)
	return append(dst, '}'), nil
}

func (c ReaderCommand) appendRelays(dst []byte, key string) []byte {
	if len(c.Relays) == 0 {
		return dst
	}
	dst = append(appendKey(dst, key), '[')
	for i, r := range c.Relays {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = r.appendJSON(dst)
	}
	return append(dst, ']')
}

// AppendJSON appends the command as mqtool prints it: the numbers, and what they mean in
// words.
func (c ReaderCommand) AppendJSON(dst []byte) []byte {
	dst = append(append(append(dst, `{"format":"`...), c.Format...), '"')
	if s := c.Sequence; s.Set {
		dst = appendIntMember(dst, "sequence", s)
		dst = fmt.Appendf(dst, `,"sequence_hex":"%02X"`, byte(s.Value))
		dst = appendTextMember(dst, "sequence_name", s.Value.Name())
	}
	if c.LEDs.Set {
		l := c.LEDs.Value
		dst = fmt.Appendf(dst, `,"leds":[%d,%d,%d,%d],"leds_hex":"%s"`, byte(l[0]), byte(l[1]), byte(l[2]), byte(l[3]), c.ledsHex())
		dst = appendTexts(dst, "leds_text", []string{l[0].String(), l[1].String(), l[2].String(), l[3].String()})
	}
	dst = appendIntMember(dst, "buzz_ms", c.Buzzer)
	if c.RGBColor.Set {
		dst = fmt.Appendf(dst, `,"rgb_color":"%06X"`, uint32(c.RGBColor.Value))
	}
	if c.RGBMode.Set {
		dst = fmt.Appendf(dst, `,"rgb_mode":%d`, byte(c.RGBMode.Value))
		dst = appendTextMember(dst, "rgb_mode_text", c.RGBMode.Value.String())
	}
	if c.Relay.Set {
		dst = c.Relay.Value.appendJSON(append(dst, `,"relay":`...))
	}
	dst = c.appendRelays(dst, "relays")
	dst = appendChecksum(dst, c.Checksum)
	dst = appendExtra(dst, c.Extra)
	return append(dst, '}')
}
