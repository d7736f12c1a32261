package codec

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// MaxJSONDepth is how deep the objects and arrays of a message may be nested.
// The deepest documented message has three levels; a device that sends
// thousands wants to exhaust the stack of whoever reads the output.
const MaxJSONDepth = 64

// MaxJSONMembers is how many members all objects of a message may have. The
// longest documented message has about fifty. Unknown ones are kept, which
// takes a hundred times the room that they took in the message.
const MaxJSONMembers = 10_000

// A Member is a key of a JSON object that the codec does not know, with its
// value exactly as the device spelled it: 1e5 stays 1e5.
type Member struct {
	Key   string
	Value json.RawMessage
}

// Rest is what a message holds beside its known fields.
type Rest struct {
	Extra []Member // unknown keys in their order, one used twice stands there twice
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
	plain  bool // a string of printable ASCII without escapes
}

// Reasons why a value does not fit the key that it has.
var (
	errNotText    = errors.New("not a text")
	errNotInteger = errors.New("not an integer")
	errNotBoolean = errors.New("neither true nor false")
)

func (v jsonValue) isString() bool { return v.raw[0] == '"' }

// isNull reports whether the value says that there is none.
func (v jsonValue) isNull() bool { return v.raw == "null" }

// text is the value of a string, or the spelling of a number.
func (v jsonValue) text() (string, error) {
	switch {
	case v.plain:
		return v.raw[1 : len(v.raw)-1], nil
	case v.isString():
		var s string
		err := json.Unmarshal([]byte(v.raw), &s)
		return s, err
	case v.raw[0] == '-' || '0' <= v.raw[0] && v.raw[0] <= '9':
		return v.raw, nil
	}
	return "", errNotText
}

// texts is the value of a string that lists words between commas, or of an
// array of strings.
func (v jsonValue) texts() ([]string, error) {
	if v.raw[0] == '[' {
		var list []string
		if err := json.Unmarshal([]byte(v.raw), &list); err != nil {
			return nil, errNotText
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

// integer is the value of a number, or of a string that holds a decimal
// number: old firmware is not sure about the difference. 1e2 is 100.
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

// Keys.

// A keySet knows the keys of one kind of message, whatever their case, and
// what each does to a value of type T.
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
	names []string
	set   func(*T, jsonValue) error
}

// names lists the names of a field: "RSSI Rssi".
func names(list string) []string { return strings.Fields(list) }

func newKeySet[T any](fields ...jsonField[T]) *keySet[T] {
	k := new(keySet[T])
	for _, f := range fields {
		for _, name := range f.names {
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

// keyHash takes the letters that tell most, without their case.
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
		if err == nil { // else an earlier one stays
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

// Reading objects.

// readMembers reads one JSON object into a fresh T that has rest inside. A known key
// that comes twice has its last value. A value that does not fit its key is
// kept among the unknown ones, with a warning: it comes from a device, and the
// rest of the message is worth having.
//
// text may have a byte-order mark in front and line ends, NULs and blanks behind.
func readMembers[T any](text string, keys *keySet[T], t *T, rest *Rest) error {
	s := flatScanner{text: text}
	for n := 0; n <= MaxJSONMembers && s.next(); n++ {
		keys.read(t, rest, s.key, s.value)
	}
	if s.done {
		return nil
	}
	*t = *new(T)
	return anyObject(text, func(key string, v jsonValue) error {
		keys.read(t, rest, key, v)
		return nil
	})
}

func (k *keySet[T]) read(t *T, rest *Rest, key string, v jsonValue) {
	known := k.find(key)
	if known == nil {
		rest.keep(key, v)
		return
	}
	if v.isNull() {
		return
	}
	if err := known.set(t, v); err != nil {
		rest.warn("%s is %s: %v", quoteForeign(key), quoteForeign(v.raw), err)
		rest.keep(key, v)
	}
}

// A flatScanner is the fast way through what devices really send: one object
// whose values are ASCII strings without escapes, integers and literals. next
// steps from member to member; done tells in the end whether the text was all
// that. If it was not, anyObject must see to it from the start.
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
	end := plainString(s.text, pos)
	if end < 0 {
		return false
	}
	s.key = s.text[pos+1 : end-1]
	if pos = skipBlanks(s.text, end); !hasByte(s.text, pos, ':') {
		return false
	}
	pos = skipBlanks(s.text, pos+1)
	plain := hasByte(s.text, pos, '"')
	if plain {
		end = plainString(s.text, pos)
	} else {
		end = plainWord(s.text, pos)
	}
	if end < 0 {
		return false
	}
	s.value = jsonValue{raw: s.text[pos:end], offset: pos, plain: plain}
	s.pos = end
	return true
}

// finish ends the scan at the object's end, and always gives false.
func (s *flatScanner) finish(end int) bool {
	s.done = trimLine(s.text[end:]) == ""
	return false
}

// plainString finds the end of the string, quotes and all, that starts at pos.
// It gives -1 if there is none, or one with anything but printable ASCII or
// with escapes.
func plainString(text string, pos int) int {
	if !hasByte(text, pos, '"') {
		return -1
	}
	pos++
	for ; pos+8 <= len(text); pos += 8 {
		if found := unquotable(word(text, pos)); found != 0 {
			pos += firstByte(found)
			break
		}
	}
	for ; pos < len(text); pos++ {
		switch c := text[pos]; {
		case c == '"':
			return pos + 1
		case c < ' ' || c == '\\' || c >= 0x7F:
			return -1
		}
	}
	return -1
}

// plainWord finds the end of the integer or literal that starts at pos, or -1.
func plainWord(text string, pos int) int {
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

// anyObject is the slow way that handles all of JSON. It leaves the grammar to
// encoding/json and calls set for every member until its first error.
func anyObject(text string, set func(key string, v jsonValue) error) error {
	body := strings.TrimPrefix(text, "\uFEFF")
	skipped := len(text) - len(body)
	body = trimLine(body)
	if err := checkJSON(body); err != nil {
		return shiftOffset(err, skipped)
	}
	d := json.NewDecoder(strings.NewReader(body))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return &SyntaxError{Offset: skipped, Msg: "not a JSON object"}
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return jsonError(err)
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return jsonError(err)
		}
		v := jsonValue{raw: string(raw), offset: skipped + int(d.InputOffset()) - len(raw)}
		if err := set(key.(string), v); err != nil {
			return err
		}
	}
	return nil
}

// checkJSON reports what is wrong with text as one JSON document.
func checkJSON(text string) error {
	if err := checkMeasure(text); err != nil {
		return err
	}
	var raw json.RawMessage
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return jsonError(err)
	}
	return nil
}

// jsonError turns an error of encoding/json, which counts the bytes up to and
// with the wrong one, into one of ours.
func jsonError(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return &SyntaxError{Offset: max(int(syntax.Offset)-1, 0), Msg: "not JSON: " + syntax.Error()}
	}
	return &SyntaxError{Msg: "not JSON: " + err.Error()}
}

// checkMeasure refuses what is nested too deep or has too many members.
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
			if members++; members > MaxJSONMembers {
				return &SyntaxError{Offset: i, Msg: fmt.Sprintf("JSON has more than %d members", MaxJSONMembers)}
			}
		}
	}
	return nil
}
