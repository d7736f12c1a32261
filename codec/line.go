package codec

import (
	"fmt"
	"iter"
	"strings"
)

// MaxLine is the longest $SC line that the codec reads, without its line end. A
// reader may send about 64 K characters when its templates read whole
// memories (SpringCore documentation, $SCRDR Message, 2024-03-13).
const MaxLine = 64 << 10

// MaxCommandLine is the longest $SCCMD line, with its CR LF. A reader silently drops a
// line of 256 characters or more. The documentation does not say whether CR LF count, so
// they do here.
const MaxCommandLine = 255

// The types of $SC lines that have a meaning. A line of any other type is kept unchanged.
const (
	typeEvent   = "SCRDR" // reader to host
	typeCommand = "SCCMD" // host to reader
)

// A Line is one line of the reader's text protocol, before its fields have a meaning. (A
// message of MQTT or of a dump is something else, and may hold several lines.)
//
//	Form:    $<type>;<field>;...;<field>*<checksum>[CR LF]
//	Example: $SCRDR;13;01;01;;047DAE02C84080;;00047DAE02C84080;*56
//	Source:  SpringCore documentation, $SCRDR Messages, 2024-03-13
//
// The type is SC and three letters. An empty field means that the device had
// nothing to say. There is no way to escape a semicolon inside a field. The
// checksum is two hex digits or missing.
//
// Trailing is the text that a log or a program put behind the checksum. It is never
// a part of a field.
//
// The strings share the memory of the parsed text.
type Line struct {
	Type     string
	Fields   []string
	Checksum Opt[Checksum]
	Trailing string
}

// A Checksum is the checksum of a line, and the rule by which it is right.
type Checksum struct {
	Value byte
	Rule  ChecksumRule
}

// A ChecksumRule says which characters are XORed. The documentation states
// both rules, on pages of the same day, and shows no example with a checksum.
type ChecksumRule uint8

// The rules. RuleNone marks a wrong checksum that the parser was told to ignore.
const (
	RuleNone      ChecksumRule = iota
	RuleExclusive              // all between $ and *, as in NMEA 0183
	RuleInclusive              // $ and * too
)

func (r ChecksumRule) String() string {
	return [...]string{"wrong", "exclusive", "inclusive"}[min(int(r), 2)]
}

// ruleDifference is the XOR of the checksums by the two rules, for any line.
const ruleDifference = '$' ^ '*'

// A ChecksumMode is how strict a parser is about checksums. A missing checksum is
// never an error.
type ChecksumMode uint8

// The modes.
const (
	CheckEither    ChecksumMode = iota // a checksum must be right by one of the rules
	CheckExclusive                     // it must be right by the exclusive rule
	CheckInclusive                     // it must be right by the inclusive rule
	CheckIgnore                        // it may be wrong
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
	return 0, fmt.Errorf("checksum rule %s is not one of %s", quoteForeign(s), strings.Join(checksumModes[:], ", "))
}

// ParseLine reads one line. It removes a line end, NULs and blanks behind it. The
// checksum, if there is one, may follow either rule.
func ParseLine(line string) (Line, error) {
	var l Line
	if err := l.Parse(line, CheckEither); err != nil {
		return Line{}, err
	}
	return l, nil
}

// Parse sets l to what line says. It reuses the memory of l.Fields, so that one Line can
// read any number of lines without another allocation. The error is a [*SyntaxError] or a
// [*ChecksumError], and l is empty then.
func (l *Line) Parse(line string, mode ChecksumMode) error {
	fields := l.Fields[:0]
	*l = Line{}
	line = trimLine(line)
	if err := checkStart(line); err != nil {
		return err
	}
	body, sum := cutChecksum(line)
	fields, xor, err := cutFields(fields, body)
	trailing := ""
	if err != nil || !sum.Set || ruleOf(sum.Value.Value, xor) == RuleNone {
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
	l.Type, l.Fields, l.Checksum, l.Trailing = body[1:len("$SCRDR")], fields, sum, trailing
	return nil
}

// cutFields appends the fields of body, a line without its checksum, to fields. In
// the same pass it XORs all bytes behind the $.
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
		return r == RuleExclusive
	case CheckInclusive:
		return r == RuleInclusive
	case CheckIgnore:
		return true
	default:
		return r != RuleNone
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

// checkType returns an error unless SC and three letters stand in front of the first
// semicolon. Digits pass for letters, because an unknown type is a value and not an error.
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

// checksumInside finds the checksum of a line that does not end with one. It takes the
// first checksum that is right by either rule, or else the last one. It returns where the
// checksum ends, or 0 if there is none. A * with two digits in front of another letter or
// digit is part of a field.
func checksumInside(line string) (end int) {
	var xor byte
	from := 1
	for at := range checksums(line) {
		xor ^= xorAll(line[from:at])
		from, end = at, at+len("*00")
		if sum, _ := parseHexByte(line[at+1 : end]); ruleOf(sum, xor) != RuleNone {
			break
		}
	}
	return end
}

// checksums yields the places in a line where a checksum may stand.
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

// ruleOf returns the rule by which sum is the checksum of bytes whose XOR, without $ and
// *, is xor.
func ruleOf(sum, xor byte) ChecksumRule {
	switch sum ^ xor {
	case 0:
		return RuleExclusive
	case ruleDifference:
		return RuleInclusive
	}
	return RuleNone
}

// String writes the line without CR LF. It computes the checksum anew if the checksum
// follows a rule, so that it is right even after a field was changed.
func (l Line) String() string {
	var b strings.Builder
	b.WriteByte('$')
	b.WriteString(l.Type)
	for _, f := range l.Fields {
		b.WriteByte(';')
		b.WriteString(f)
	}
	if !l.Checksum.Set {
		return b.String()
	}
	sum := l.Checksum.Value.Value
	switch l.Checksum.Value.Rule {
	case RuleExclusive:
		sum = xorAll(b.String()[1:])
	case RuleInclusive:
		sum = xorAll(b.String()[1:]) ^ ruleDifference
	}
	fmt.Fprintf(&b, "*%02X", sum)
	return b.String()
}

// Wire writes the line as it is sent, with CR LF.
func (l Line) Wire() []byte { return []byte(l.String() + "\r\n") }

func xorAll(s string) (x byte) {
	for i := range len(s) {
		x ^= s[i]
	}
	return x
}

// IsGreeting reports whether the line is the empty one that a reader sends when it
// connects: $SCRDR with no field, or with any number of empty ones. The vendor does
// not document how the reader writes it.
func (l *Line) IsGreeting() bool {
	if l.Type != typeEvent {
		return false
	}
	for _, f := range l.Fields {
		if f != "" {
			return false
		}
	}
	return true
}

// Kind is KindRaw: a Line becomes a value only if its type is unknown.
func (Line) Kind() Kind { return KindRaw }

// Warnings tells of text behind the checksum.
func (l Line) Warnings() []string {
	if l.Trailing == "" {
		return nil
	}
	return []string{fmt.Sprintf("%s stands behind the checksum and is not a part of the message", quoteForeign(l.Trailing))}
}

func (Line) value() {}

// AppendJSON appends type, fields and checksum.
func (l Line) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"type":`...)
	dst = AppendString(dst, l.Type)
	dst = append(dst, `,"fields":[`...)
	for i, f := range l.Fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendString(dst, f)
	}
	dst = append(dst, ']')
	dst = appendChecksum(dst, l.Checksum)
	return append(dst, '}')
}

// appendChecksum appends the rule that a line's checksum followed, as one more member of
// an object. The checksum itself is appended only if it was wrong.
func appendChecksum(dst []byte, sum Opt[Checksum]) []byte {
	if !sum.Set {
		return dst
	}
	if sum.Value.Rule == RuleNone {
		dst = append(dst, `,"checksum":"`...)
		dst = append(dst, hexUpper[sum.Value.Value>>4], hexUpper[sum.Value.Value&15], '"')
	}
	dst = append(dst, `,"checksum_rule":"`...)
	dst = append(dst, sum.Value.Rule.String()...)
	return append(dst, '"')
}

// Decode gives the line its meaning: a [*ReaderEvent] or [Hello] for $SCRDR, a
// [ReaderCommand] for $SCCMD, the line itself for any other type.
func (l Line) Decode() (Value, error) {
	switch {
	case l.IsGreeting():
		return Hello{Checksum: l.Checksum, Warn: l.Warnings()}, nil
	case l.Type == typeEvent:
		return valueOrError(parseReaderEvent(l))
	case l.Type == typeCommand:
		return valueOrError(parseReaderCommand(l))
	default:
		return l, nil
	}
}

// lines yields the lines of a text that are not blank, each with its offset. A lone CR
// ends a line as well, and several $SC lines on one line are cut as by [CutLine].
func lines(text string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for at := 0; at < len(text); {
			line := text[at:]
			if end := strings.IndexAny(line, "\r\n"); end >= 0 {
				line = line[:end+1]
			}
			for line != "" { // the line end is searched once, because very many $SC lines may stand before it
				first, rest := CutLine(line)
				if trimLine(first) != "" && !yield(at, first) {
					return
				}
				at += len(first)
				line = rest
			}
		}
	}
}

// CutLine cuts the first $SC line from a text without line ends. Another one may stand
// behind its checksum: right behind it, if a line end was lost, or further on, as in a
// list of lines.
func CutLine(text string) (line, rest string) {
	for at := range checksums(text) {
		behind := at + len("*00")
		if strings.HasPrefix(text[behind:], "$SC") {
			return text[:behind], text[behind:]
		}
		next := strings.Index(text[behind:], "$SC")
		for next >= 0 && !isLineStart(text[behind+next:]) {
			more := strings.Index(text[behind+next+1:], "$SC")
			if more < 0 {
				return text, ""
			}
			next += 1 + more
		}
		if next < 0 {
			return text, ""
		}
		return text[:behind+next], text[behind+next:]
	}
	return text, ""
}

// isLineStart reports whether text begins as a line does: with $SC, three
// more letters, and then a field, a checksum, or nothing.
func isLineStart(text string) bool {
	const head = len("$SCRDR")
	return len(text) >= head && checkType(text[:head]) == nil && (len(text) == head || text[head] == ';' || text[head] == '*')
}

// offset returns where field i starts in the line.
func (l *Line) offset(i int) int {
	at := len("$") + len(l.Type)
	for _, f := range l.Fields[:min(i, len(l.Fields))] {
		at += len(";") + len(f)
	}
	return at + len(";")
}

// A ChecksumError says that the checksum of a line is wrong.
//
// Want is the checksum by the exclusive rule; the inclusive one is Want^0x0E.
// Mode is the mode in which the line was read.
type ChecksumError struct {
	Offset    int // of the first checksum digit
	Got, Want byte
	Mode      ChecksumMode
}

func (e *ChecksumError) Error() string {
	exclusive, inclusive := e.Want, e.Want^ruleDifference
	switch e.Mode {
	case CheckExclusive:
		return fmt.Sprintf("checksum is %02X, the exclusive rule gives %02X (the inclusive one %02X)", e.Got, exclusive, inclusive)
	case CheckInclusive:
		return fmt.Sprintf("checksum is %02X, the inclusive rule gives %02X (the exclusive one %02X)", e.Got, inclusive, exclusive)
	default:
		return fmt.Sprintf("checksum is %02X, the exclusive rule gives %02X, the inclusive one %02X", e.Got, exclusive, inclusive)
	}
}

// Is makes the error count as ErrMalformed.
func (e *ChecksumError) Is(target error) bool { return target == ErrMalformed }

func (e *ChecksumError) place() *int { return &e.Offset }
