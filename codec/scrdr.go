package codec

import (
	"fmt"
	"iter"
	"strings"
)

// MaxLine is the longest $SC line that is read, without its line end. A
// reader may send about 64 K characters when its templates read whole
// memories (SpringCore documentation, $SCRDR Message, 2024-03-13).
const MaxLine = 64 << 10

// MaxCommandLine is the longest $SCCMD line, with its CR LF. A reader drops,
// without a word, what is not shorter than 256 characters. Whether CR LF count
// is not said, so they do here.
const MaxCommandLine = 255

// The types of $SC messages that have a meaning. Any other is kept as it is.
const (
	typeEvent   = "SCRDR" // reader to host
	typeCommand = "SCCMD" // host to reader
)

// A Message is one line of the reader's text protocol, before its fields have
// a meaning.
//
//	Form:    $<type>;<field>;...;<field>*<checksum>[CR LF]
//	Example: $SCRDR;13;01;01;;047DAE02C84080;;00047DAE02C84080;*56
//	Source:  SpringCore documentation, $SCRDR Messages, 2024-03-13
//
// The type is SC and three letters. An empty field means that the device had
// nothing to say. There is no way to escape a semicolon inside a field. The
// checksum is two hex digits or missing.
//
// What a log or a program put behind the checksum is Trailing, and never a part of
// a field.
//
// The strings share the memory of the line.
type Message struct {
	Type     string
	Fields   []string
	Checksum Opt[Checksum]
	Trailing string
}

// A Checksum is one that a line carries, and the rule by which it is right.
type Checksum struct {
	Value byte
	Rule  ChecksumRule
}

// A ChecksumRule says which characters are XORed. The documentation states
// both, on pages of the same day, and shows no example with a checksum.
type ChecksumRule uint8

// The rules. NoRule stands beside a wrong checksum that was to be ignored.
const (
	NoRule    ChecksumRule = iota
	Exclusive              // all between $ and *, as in NMEA 0183
	Inclusive              // $ and * too
)

func (r ChecksumRule) String() string {
	return [...]string{"wrong", "exclusive", "inclusive"}[min(int(r), 2)]
}

// ruleDifference is by what the two rules always differ.
const ruleDifference = '$' ^ '*'

// ChecksumMode is how strict a reading is about checksums that are there.
// A missing one is never an error.
type ChecksumMode uint8

// The modes, named as a user would type them.
const (
	CheckEither    ChecksumMode = iota // right by one of the rules
	CheckExclusive                     // right by the exclusive rule
	CheckInclusive                     // right by the inclusive rule
	CheckIgnore                        // anything
)

var checksumModes = [...]string{"either", "exclusive", "inclusive", "ignore"}

func (m ChecksumMode) String() string { return checksumModes[min(int(m), len(checksumModes)-1)] }

// ParseChecksumMode reads either, exclusive, inclusive or ignore.
func ParseChecksumMode(s string) (ChecksumMode, error) {
	for i, name := range checksumModes {
		if s == name {
			return ChecksumMode(i), nil
		}
	}
	return 0, fmt.Errorf("checksum rule %s is none of %s", quoteForeign(s), strings.Join(checksumModes[:], ", "))
}

// ParseMessage reads one line. Line end, NULs and blanks behind it are taken
// off; the checksum, if any, may follow either rule.
func ParseMessage(line string) (Message, error) {
	var m Message
	if err := m.Parse(line, CheckEither); err != nil {
		return Message{}, err
	}
	return m, nil
}

// Parse sets m to the message in line. It uses the memory of m.Fields again,
// so one Message can read any number of lines without another allocation.
// The error is a [*SyntaxError] or a [*ChecksumError], and m is empty then.
func (m *Message) Parse(line string, mode ChecksumMode) error {
	fields := m.Fields[:0]
	*m = Message{}
	line = trimLine(line)
	if err := checkStart(line); err != nil {
		return err
	}
	body, sum := cutChecksum(line)
	fields, xor, err := cutFields(fields, body)
	trailing := ""
	if err != nil || !sum.Set || ruleOf(sum.Value.Value, xor) == NoRule {
		if end := checksumInside(line); end > 0 {
			body, sum = cutChecksum(line[:end])
			trailing = line[end:]
			fields, xor, err = cutFields(fields[:0], body)
		}
	}
	if err != nil {
		return err
	}
	if sum.Set {
		if sum.Value.Rule = ruleOf(sum.Value.Value, xor); !mode.accepts(sum.Value.Rule) {
			return &ChecksumError{Offset: len(body) + 1, Got: sum.Value.Value, Want: xor, Mode: mode}
		}
	}
	m.Type, m.Fields, m.Checksum, m.Trailing = body[1:len("$SCRDR")], fields, sum, trailing
	return nil
}

// cutFields appends the fields of a line without its checksum to fields. In the
// same pass it XORs all bytes behind the $.
func cutFields(fields []string, body string) (_ []string, xor byte, err error) {
	if err := checkType(body); err != nil {
		return fields, 0, err
	}
	const head = len("$SCRDR")
	xor = xorAll(body[1:head])
	if len(body) == head {
		return fields, xor, nil
	}
	xor ^= ';'
	start := head + len(";")
	for i := start; i < len(body); i++ {
		c := body[i]
		xor ^= c
		switch {
		case c == ';':
			fields = append(fields, body[start:i])
			start = i + 1
		case c < ' ' || c == 0x7F:
			return fields, 0, &SyntaxError{Offset: i, Msg: fmt.Sprintf("control character 0x%02X: a line holds printable text only", c)}
		}
	}
	return append(fields, body[start:]), xor, nil
}

func (m ChecksumMode) accepts(r ChecksumRule) bool {
	switch m {
	case CheckExclusive:
		return r == Exclusive
	case CheckInclusive:
		return r == Inclusive
	case CheckIgnore:
		return true
	default:
		return r != NoRule
	}
}

func checkStart(line string) error {
	if !strings.HasPrefix(line, "$SC") {
		return &SyntaxError{Msg: fmt.Sprintf("%s does not start with $SC", quoteForeign(line))}
	}
	if len(line) > MaxLine {
		return &SyntaxError{Offset: MaxLine, Msg: fmt.Sprintf("line of %d bytes is longer than %d", len(line), MaxLine)}
	}
	return nil
}

// checkType wants SC and three letters in front of the first semicolon. Digits
// pass for letters: a type nobody has met yet is a value, not an error.
func checkType(body string) error {
	i := len("$SC")
	for i < len(body) && i < len("$SCRDR") && ('A' <= body[i] && body[i] <= 'Z' || '0' <= body[i] && body[i] <= '9') {
		i++
	}
	if i < len("$SCRDR") || i < len(body) && body[i] != ';' {
		return &SyntaxError{Offset: min(i, len(body)), Msg: "message type is not $SC and three capital letters"}
	}
	return nil
}

// cutChecksum cuts the last * and two hex digits from the end of a line. A *
// without them belongs to the last field.
func cutChecksum(line string) (body string, sum Opt[Checksum]) {
	star := len(line) - len("*00")
	if star < 0 || line[star] != '*' {
		return line, sum
	}
	high, low := nibble[line[star+1]], nibble[line[star+2]]
	if high|low > 0x0F {
		return line, sum
	}
	return line[:star], Some(Checksum{Value: high<<4 | low})
}

// checksumInside finds the checksum of a line that does not end with one: it is the
// first that is right by either rule, or else the last. It gives where the
// checksum ends, or 0. A * with two digits in front of another letter or digit is a
// part of a field.
func checksumInside(line string) (end int) {
	var xor byte
	from := 1
	for at := range checksums(line) {
		xor ^= xorAll(line[from:at])
		from, end = at, at+len("*00")
		if sum, _ := parseHexByte(line[at+1 : end]); ruleOf(sum, xor) != NoRule {
			break
		}
	}
	return end
}

// checksums yields where in a line checksums may stand.
func checksums(line string) iter.Seq[int] {
	return func(yield func(int) bool) {
		for at := 0; ; at++ {
			i := strings.IndexByte(line[at:], '*')
			if i < 0 {
				return
			}
			at += i
			end := at + len("*00")
			if end <= len(line) && isHex(line[at+1:end]) && (end == len(line) || !isWordByte(line[end])) && !yield(at) {
				return
			}
		}
	}
}

// ruleOf is the rule by which sum is the checksum of bytes whose XOR, without $
// and *, is xor.
func ruleOf(sum, xor byte) ChecksumRule {
	switch sum ^ xor {
	case 0:
		return Exclusive
	case ruleDifference:
		return Inclusive
	}
	return NoRule
}

// String writes the line without CR LF. A checksum that follows a rule is
// computed afresh, so that it stays right when a field was changed.
func (m Message) String() string {
	var b strings.Builder
	b.WriteByte('$')
	b.WriteString(m.Type)
	for _, f := range m.Fields {
		b.WriteByte(';')
		b.WriteString(f)
	}
	if !m.Checksum.Set {
		return b.String()
	}
	sum := m.Checksum.Value.Value
	switch m.Checksum.Value.Rule {
	case Exclusive:
		sum = xorAll(b.String()[1:])
	case Inclusive:
		sum = xorAll(b.String()[1:]) ^ ruleDifference
	}
	fmt.Fprintf(&b, "*%02X", sum)
	return b.String()
}

func xorAll(s string) (x byte) {
	for i := range len(s) {
		x ^= s[i]
	}
	return x
}

// IsGreeting reports whether the message is the empty one that a reader sends
// when it connects: $SCRDR with no field, or with any number of empty ones. How
// the reader writes it is not documented.
func (m *Message) IsGreeting() bool {
	if m.Type != typeEvent {
		return false
	}
	for _, f := range m.Fields {
		if f != "" {
			return false
		}
	}
	return true
}

// Kind is KindRaw: a Message that stays a Message has a type nobody knows.
func (Message) Kind() Kind { return KindRaw }

// Warnings tells of text behind the checksum.
func (m Message) Warnings() []string {
	if m.Trailing == "" {
		return nil
	}
	return []string{fmt.Sprintf("%s stands behind the checksum and is no part of the message", quoteForeign(m.Trailing))}
}

func (Message) value() {}

// AppendJSON appends type, fields and checksum.
func (m Message) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"type":`...)
	dst = AppendString(dst, m.Type)
	dst = append(dst, `,"fields":[`...)
	for i, f := range m.Fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendString(dst, f)
	}
	dst = append(dst, ']')
	dst = appendChecksum(dst, m.Checksum)
	return append(dst, '}')
}

// appendChecksum appends the rule that a line's checksum followed. The checksum
// itself says nothing more, unless it was wrong.
func appendChecksum(dst []byte, sum Opt[Checksum]) []byte {
	if !sum.Set {
		return dst
	}
	if sum.Value.Rule == NoRule {
		dst = append(dst, `,"checksum":"`...)
		dst = append(dst, hexUpper[sum.Value.Value>>4], hexUpper[sum.Value.Value&15], '"')
	}
	dst = append(dst, `,"checksum_rule":"`...)
	dst = append(dst, sum.Value.Rule.String()...)
	return append(dst, '"')
}

// Decode gives the message its meaning: a [*ReaderEvent] or [Hello] for
// $SCRDR, a [ReaderCommand] for $SCCMD, the message itself for any other type.
func (m Message) Decode() (Value, error) {
	switch {
	case m.IsGreeting():
		return Hello{Checksum: m.Checksum, Warn: m.Warnings()}, nil
	case m.Type == typeEvent:
		return valueOrError(ParseReaderEvent(m))
	case m.Type == typeCommand:
		return valueOrError(ParseReaderCommand(m))
	default:
		return m, nil
	}
}

// Lines yields the lines of a text that hold anything, each with its offset.
// A payload of several messages has one a line; what is said of [CutMessage] and
// a lone CR as a line end are taken, too.
func Lines(text string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for at := 0; at < len(text); {
			line := text[at:]
			if end := strings.IndexAny(line, "\r\n"); end >= 0 {
				line = line[:end+1]
			}
			for line != "" { // looked for once a line: there may be very many messages on it
				message, rest := CutMessage(line)
				if trimLine(message) != "" && !yield(at, message) {
					return
				}
				at += len(message)
				line = rest
			}
		}
	}
}

// CutMessage cuts the first message from a line. Another one may stand behind its
// checksum: right behind it, where a line end was lost, or further on, as in a
// list of them.
func CutMessage(line string) (message, rest string) {
	for at := range checksums(line) {
		behind := at + len("*00")
		if strings.HasPrefix(line[behind:], "$SC") {
			return line[:behind], line[behind:]
		}
		next := strings.Index(line[behind:], "$SC")
		for next >= 0 && !isMessageStart(line[behind+next:]) {
			more := strings.Index(line[behind+next+1:], "$SC")
			if more < 0 {
				return line, ""
			}
			next += 1 + more
		}
		if next < 0 {
			return line, ""
		}
		return line[:behind+next], line[behind+next:]
	}
	return line, ""
}

// isMessageStart reports whether text begins as a message does: with $SC, three
// more letters, and then a field, a checksum, or nothing.
func isMessageStart(text string) bool {
	const head = len("$SCRDR")
	return len(text) >= head && checkType(text[:head]) == nil && (len(text) == head || text[head] == ';' || text[head] == '*')
}

// offset is where field i starts in the line.
func (m *Message) offset(i int) int {
	at := len("$") + len(m.Type)
	for _, f := range m.Fields[:min(i, len(m.Fields))] {
		at += len(";") + len(f)
	}
	return at + len(";")
}
