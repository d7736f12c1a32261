package codec

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxJSONDepth is how deep the objects and arrays of a message may be nested.
// The deepest documented message has three levels. Thousands of them would
// exhaust the stack of a program that reads mqtool's output.
const MaxJSONDepth = 64

// maxJSONMembers is how many members all objects of a message may have. The longest
// documented message has about fifty. The codec keeps unknown members, which takes a
// hundred times their size in the message.
const maxJSONMembers = 10_000

// A Member is a key of a JSON object that the codec does not know, with its
// value exactly as the device spelled it: 1e5 stays 1e5.
type Member struct {
	Key   string
	Value json.RawMessage
}

// Rest is the part of a message beside its known fields.
type Rest struct {
	Extra []Member // unknown keys in their order; a key that came twice is listed twice
	Warn  []string // what was tolerated or looks wrong, in words
}

// Warnings tells what was tolerated or looks wrong, in words.
func (r Rest) Warnings() []string { return r.Warn }

func (r *Rest) warn(format string, args ...any) {
	r.Warn = append(r.Warn, fmt.Sprintf(format, args...))
}

func (r *Rest) keep(key string, v jsonValue) {
	r.Extra = append(r.Extra, Member{Key: key, Value: json.RawMessage(v.raw)})
}

// A jsonValue is the value of one member, as spelled.
type jsonValue struct {
	raw    string
	offset int  // in the text
	plain  bool // a string that is its own value: UTF-8 without escapes
}

// Reasons why a value does not fit the key that it has.
var (
	errNotText    = errors.New("not a text")
	errNotInteger = errors.New("not an integer")
	errNotBoolean = errors.New("neither true nor false")
)

func (v jsonValue) isString() bool { return v.raw[0] == '"' }

// isNull reports whether the value is null.
func (v jsonValue) isNull() bool { return v.raw == "null" }

// unquoted is the value of a string.
func (v jsonValue) unquoted() string {
	if v.plain {
		return v.raw[1 : len(v.raw)-1]
	}
	return unquote(v.raw)
}

// text is the value of a string, or the spelling of a number.
func (v jsonValue) text() (string, error) {
	switch {
	case v.isString():
		return v.unquoted(), nil
	case v.raw[0] == '-' || '0' <= v.raw[0] && v.raw[0] <= '9':
		return v.raw, nil
	}
	return "", errNotText
}

// texts is the value of a string that lists words between commas, or of an
// array of strings.
func (v jsonValue) texts() ([]string, error) {
	if v.raw[0] == '[' {
		list := []string{}
		for element := range v.elements() {
			switch {
			case element.isString():
				list = append(list, element.unquoted())
			case element.isNull():
				list = append(list, "")
			default:
				return nil, errNotText
			}
		}
		return list, nil
	}
	s, err := v.text()
	if err != nil || s == "" {
		return nil, err
	}
	list := strings.Split(s, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list, nil
}

// elements yields the values of an array.
func (v jsonValue) elements() iter.Seq[jsonValue] {
	return func(yield func(jsonValue) bool) {
		pos := skipBlanks(v.raw, 1)
		for v.raw[pos] != ']' {
			end := skipValue(v.raw, pos)
			if !yield(jsonValue{raw: v.raw[pos:end], offset: v.offset + pos}) {
				return
			}
			if pos = skipBlanks(v.raw, end); v.raw[pos] == ',' {
				pos = skipBlanks(v.raw, pos+1)
			}
		}
	}
}

// integer is the value of a number, or of a string that holds a decimal
// number, because old firmware mixes the two. 1e2 is 100.
func (v jsonValue) integer() (int64, error) {
	s, err := v.text()
	if err != nil {
		return 0, errNotInteger
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, nil
	}
	const exact = 1 << 53 // above it a float64 has no odd numbers
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < -exact || f > exact || f != float64(int64(f)) {
		return 0, errNotInteger
	}
	return int64(f), nil
}

// boolean is the value of true, false, or a string that says so.
func (v jsonValue) boolean() (bool, error) {
	switch v.raw {
	case "true", `"true"`:
		return true, nil
	case "false", `"false"`:
		return false, nil
	}
	return false, errNotBoolean
}

// Strings.

// unquote returns the value of a string. As in encoding/json, each byte that is
// not UTF-8 and each half of a surrogate pair becomes U+FFFD.
func unquote(raw string) string {
	s := raw[1 : len(raw)-1]
	if strings.IndexByte(s, '\\') < 0 && utf8.ValidString(s) {
		return s
	}
	value := make([]byte, 0, len(s))
	for s != "" {
		var r rune
		size := 1
		switch c := s[0]; {
		case c == '\\':
			r, size = unescape(s)
		case c < utf8.RuneSelf:
			r = rune(c)
		default:
			r, size = utf8.DecodeRuneInString(s)
		}
		value = utf8.AppendRune(value, r)
		s = s[size:]
	}
	return string(value)
}

// unescape reads the escape that s begins with, and tells how long it is.
func unescape(s string) (r rune, size int) {
	switch c := s[1]; c {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		r = hexRune(s[2:6])
	default: // a quote, a backslash or a slash
		return rune(c), 2
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
		if pair := utf16.DecodeRune(r, hexRune(s[8:12])); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

// hexRune is the value of the four hex digits of an escape.
func hexRune(s string) (r rune) {
	for i := range len(s) {
		r = r<<4 | rune(nibble[s[i]])
	}
	return r
}

// Keys.

// A keySet holds the keys of one kind of message. It finds a key in whatever
// case it is spelled, and the function that puts its value into a T.
type keySet[T any] struct {
	keys  []jsonKey[T]
	slots [256]uint8 // hash of a key -> index in keys, plus 1
}

// A jsonKey is one spelling of a key. set puts the member's value into a T; its
// error says why it does not fit.
type jsonKey[T any] struct {
	name string
	set  func(*T, jsonValue) error
}

// A jsonField is a field of T with all the names that it has had.
type jsonField[T any] struct {
	names names
	set   func(*T, jsonValue) error
}

// names are those of a field: "RSSI Rssi".
type names string

func (n names) each() iter.Seq[string] { return strings.FieldsSeq(string(n)) }

func newKeySet[T any](fields ...jsonField[T]) *keySet[T] {
	k := &keySet[T]{keys: make([]jsonKey[T], 0, 2*len(fields))}
	for _, f := range fields {
		for name := range f.names.each() {
			slot := keyHash(name)
			for k.slots[slot] != 0 {
				slot++
			}
			k.keys = append(k.keys, jsonKey[T]{name, f.set})
			k.slots[slot] = uint8(len(k.keys))
		}
	}
	return k
}

// keyHash makes a hash of a key's length and three of its letters, without their case.
func keyHash(key string) uint8 {
	n := len(key)
	if n == 0 {
		return 0
	}
	return uint8(n)*37 ^ (key[0]|0x20)*11 ^ (key[n/2]|0x20)*5 ^ (key[n-1] | 0x20)
}

func (k *keySet[T]) find(key string) *jsonKey[T] {
	for slot := keyHash(key); k.slots[slot] != 0; slot++ {
		if e := &k.keys[k.slots[slot]-1]; e.name == key || equalFoldASCII(e.name, key) {
			return e
		}
	}
	return nil
}

// equalFoldASCII is strings.EqualFold for ASCII, where no other letter folds
// to k or s.
func equalFoldASCII(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		x, y := a[i], b[i]
		if x != y && (x|0x20 != y|0x20 || x|0x20 < 'a' || x|0x20 > 'z') {
			return false
		}
	}
	return true
}

// textField is a field of T that holds the member's text.
func textField[T any](list string, field func(*T) *string) jsonField[T] {
	return jsonField[T]{names(list), func(t *T, v jsonValue) error {
		s, err := v.text()
		if err == nil { // on an error the earlier text stays
			*field(t) = s
		}
		return err
	}}
}

// wordsField is a field of T that holds words.
func wordsField[T any](list string, field func(*T) *[]string) jsonField[T] {
	return jsonField[T]{names(list), func(t *T, v jsonValue) error {
		words, err := v.texts()
		if err == nil {
			*field(t) = words
		}
		return err
	}}
}

// integerField is a field of T that holds an integer.
func integerField[T any](list string, field func(*T) *Opt[int64]) jsonField[T] {
	return jsonField[T]{names(list), func(t *T, v jsonValue) error {
		n, err := v.integer()
		if err == nil {
			*field(t) = Some(n)
		}
		return err
	}}
}

// Objects.

// readMembers reads one JSON object: known members into a fresh T, and all others into
// rest. If a known key comes twice, the last value counts. A value that does not fit its
// key is kept among the unknown ones, with a warning, because the other members of the
// message are still useful.
//
// text may have a byte-order mark in front and line ends, NULs and blanks behind.
func readMembers[T any](text string, keys *keySet[T], t *T, rest *Rest) error {
	s := flatScanner{text: text}
	for n := 0; n <= maxJSONMembers && s.next(); n++ {
		keys.read(t, rest, s.key, s.value)
	}
	if s.done {
		return nil
	}
	*t, *rest = *new(T), Rest{}
	return anyObject(text, func(key string, v jsonValue) error {
		keys.read(t, rest, key, v)
		return nil
	})
}

// errKept is the error of a field for a value that it does not read but that is not wrong.
// Such a value is kept like that of an unknown key.
var errKept = errors.New("kept")

func (k *keySet[T]) read(t *T, rest *Rest, key string, v jsonValue) {
	known := k.find(key)
	if known == nil {
		rest.keep(key, v)
		return
	}
	if v.isNull() {
		return
	}
	if err := known.set(t, v); err == errKept {
		rest.keep(key, v)
	} else if err != nil {
		rest.warn("%s is %s: %v", quoteForeign(key), quoteForeign(v.raw), err)
		rest.keep(key, v)
	}
}

// A flatScanner is the fast way to read the messages that devices send: one object whose
// values are strings, integers and literals. next steps from member to member. When next
// has returned false, done tells whether the text was such an object; for any other text
// the caller starts again with anyObject.
type flatScanner struct {
	text  string
	pos   int // behind the last member
	key   string
	value jsonValue
	done  bool
}

func (s *flatScanner) next() bool {
	var pos int
	switch first := s.pos == 0; {
	case first:
		if pos = skipBlanks(s.text, 0); !hasByte(s.text, pos, '{') {
			return false
		}
		if pos = skipBlanks(s.text, pos+1); hasByte(s.text, pos, '}') {
			return s.finish(pos + 1)
		}
	default:
		if pos = skipBlanks(s.text, s.pos); hasByte(s.text, pos, '}') {
			return s.finish(pos + 1)
		}
		if !hasByte(s.text, pos, ',') {
			return false
		}
		pos = skipBlanks(s.text, pos+1)
	}
	end, plain := flatString(s.text, pos)
	if end < 0 {
		return false
	}
	s.key = s.text[pos+1 : end-1]
	if !plain {
		s.key = unquote(s.text[pos:end])
	}
	if pos = skipBlanks(s.text, end); !hasByte(s.text, pos, ':') {
		return false
	}
	pos = skipBlanks(s.text, pos+1)
	if hasByte(s.text, pos, '"') {
		end, plain = flatString(s.text, pos)
	} else {
		end, plain = flatWord(s.text, pos), false
	}
	if end < 0 {
		return false
	}
	s.value = jsonValue{raw: s.text[pos:end], offset: pos, plain: plain}
	s.pos = end
	return true
}

// finish ends the scan at the object's end, and always returns false.
func (s *flatScanner) finish(end int) bool {
	s.done = trimLine(s.text[end:]) == ""
	return false
}

// flatString finds the end of the string, quotes and all, that starts at pos, and tells
// whether it is plain, without escapes. It returns -1 unless there is a string that is
// valid UTF-8.
func flatString(text string, pos int) (end int, plain bool) {
	if !hasByte(text, pos, '"') {
		return -1, false
	}
	ascii := true
	plain = true
	for end = pos + 1; end < len(text); end++ {
		switch c := text[end]; {
		case verbatim[c]:
		case c == '"':
			if !ascii && !utf8.ValidString(text[pos:end]) {
				return -1, false
			}
			return end + 1, plain
		case c == '\\':
			size := escapeSize(text[end:])
			if size == 0 {
				return -1, false
			}
			plain = false
			end += size - 1
		case c >= utf8.RuneSelf:
			ascii = false
		case c < ' ':
			return -1, false
		}
	}
	return -1, false
}

// escapeSize returns the length of the escape that s begins with, or 0 if it is wrong.
func escapeSize(s string) int {
	switch {
	case len(s) >= 2 && strings.IndexByte(`"\/bfnrt`, s[1]) >= 0:
		return 2
	case len(s) >= 6 && s[1] == 'u' && isHex(s[2:6]):
		return 6
	}
	return 0
}

// flatWord finds the end of the integer or literal that starts at pos, or -1.
func flatWord(text string, pos int) int {
	digits := pos
	if hasByte(text, pos, '-') {
		digits++
	}
	end := digits
	for end < len(text) && '0' <= text[end] && text[end] <= '9' {
		end++
	}
	switch n := end - digits; {
	case n == 1 || n > 1 && text[digits] != '0':
		return end
	case end == pos:
		for _, literal := range [...]string{"true", "false", "null"} {
			if strings.HasPrefix(text[pos:], literal) {
				return pos + len(literal)
			}
		}
	}
	return -1
}

// anyObject is the slow way to read an object, and takes any JSON. It calls set for every
// member, in order, until set returns an error.
func anyObject(text string, set func(key string, v jsonValue) error) error {
	body := strings.TrimPrefix(text, "\uFEFF")
	mark := len(text) - len(body)
	if err := checkJSON(trimLine(body)); err != nil {
		return shiftOffset(err, mark)
	}
	start := skipBlanks(text, mark)
	if text[start] != '{' {
		return &SyntaxError{Offset: mark, Msg: "not a JSON object"}
	}
	return walkObject(text, start, set)
}

// walkObject calls set for every member of the object that starts at text[pos]. The text
// must be known to be valid JSON, because the walk only looks for the end of each key and
// value. The same holds for skipValue and skipString.
func walkObject(text string, pos int, set func(key string, v jsonValue) error) error {
	pos = skipBlanks(text, pos+1)
	for text[pos] != '}' {
		end := skipString(text, pos)
		key := unquote(text[pos:end])
		pos = skipBlanks(text, end)   // the colon
		pos = skipBlanks(text, pos+1) // the value
		end = skipValue(text, pos)
		if err := set(key, jsonValue{raw: text[pos:end], offset: pos}); err != nil {
			return err
		}
		if pos = skipBlanks(text, end); text[pos] == ',' {
			pos = skipBlanks(text, pos+1)
		}
	}
	return nil
}

// skipValue finds the end of the value that starts at pos, inside of an object
// or array.
func skipValue(text string, pos int) int {
	switch text[pos] {
	case '"':
		return skipString(text, pos)
	case '{', '[':
	default: // a number or a literal
		for c := text[pos]; c != ',' && c != '}' && c != ']' && !isBlank(c); c = text[pos] {
			pos++
		}
		return pos
	}
	for depth := 0; ; {
		switch text[pos] {
		case '"':
			pos = skipString(text, pos)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		if pos++; depth == 0 {
			return pos
		}
	}
}

// skipString finds the end of the string, quotes and all, that starts at pos.
func skipString(text string, pos int) int {
	for pos++; text[pos] != '"'; pos++ {
		if text[pos] == '\\' {
			pos++
		}
	}
	return pos + 1
}

// checkJSON reports what is wrong with text as one JSON document.
func checkJSON(text string) error {
	if err := checkMeasure(text); err != nil {
		return err
	}
	if json.Valid([]byte(text)) {
		return nil
	}
	// Valid does not say what is wrong. Unmarshal does, and counts the bytes up to and
	// including the wrong one.
	err := json.Unmarshal([]byte(text), new(json.RawMessage))
	offset := 0
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		offset = max(int(syntax.Offset)-1, 0)
	}
	return &SyntaxError{Offset: offset, Msg: fmt.Sprintf("not JSON: %v", err)}
}

// checkMeasure refuses text that is nested too deep or has too many members. The
// text need not be valid.
func checkMeasure(text string) error {
	depth, members, inString := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > MaxJSONDepth {
				return &SyntaxError{Offset: i, Msg: fmt.Sprintf("JSON is nested deeper than %d levels", MaxJSONDepth)}
			}
		case c == '}' || c == ']':
			depth--
		case c == ':':
			if members++; members > maxJSONMembers {
				return &SyntaxError{Offset: i, Msg: fmt.Sprintf("JSON has more than %d members", maxJSONMembers)}
			}
		}
	}
	return nil
}
