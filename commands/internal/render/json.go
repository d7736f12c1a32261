package render

import (
	"encoding/binary"
	"slices"
	"strconv"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"mqtool/codec"
)

// An Envelope is what mqtool prints for one message: the value and what is
// known of how it came. What is not known is empty.
type Envelope struct {
	Time     time.Time // when it was received
	Topic    string
	Family   string
	Device   string
	Delivery codec.Opt[Delivery]
	Value    codec.Value
	Warnings []string // beside those of the value
}

func (e *Envelope) warnings() []string {
	if len(e.Warnings) == 0 {
		return e.Value.Warnings()
	}
	return slices.Concat(e.Value.Warnings(), e.Warnings)
}

// Delivery is what MQTT tells of a message that was received live.
type Delivery struct {
	QoS                 byte
	Retained, Duplicate bool
}

// AppendJSON appends the envelope as one JSON object, without a line end:
//
//	{"time":"2024-03-13T07:30:00Z","topic":"DA1275B0/rdr/evt","family":"springcore","device":"DA1275B0",
//	"kind":"event","qos":0,"retained":false,"duplicate":false,"data":{...},"warnings":["..."]}
func (e *Envelope) AppendJSON(dst []byte) []byte {
	start := len(dst)
	dst = append(dst, '{')
	if !e.Time.IsZero() {
		dst = append(dst, `"time":"`...)
		dst = e.Time.UTC().AppendFormat(dst, time.RFC3339Nano)
		dst = append(dst, `",`...)
	}
	if e.Topic != "" {
		dst = append(appendString(append(dst, `"topic":`...), e.Topic), ',')
	}
	if e.Family != "" { // a word of ours, like the kind
		dst = append(append(append(dst, `"family":"`...), e.Family...), `",`...)
	}
	if e.Device != "" {
		dst = append(appendString(append(dst, `"device":`...), e.Device), ',')
	}
	dst = append(append(append(dst, `"kind":"`...), e.Value.Kind()...), '"')
	if e.Delivery.Set {
		d := e.Delivery.Value
		dst = strconv.AppendUint(append(dst, `,"qos":`...), uint64(d.QoS), 10)
		dst = strconv.AppendBool(append(dst, `,"retained":`...), d.Retained)
		dst = strconv.AppendBool(append(dst, `,"duplicate":`...), d.Duplicate)
	}
	dst = e.Value.AppendJSON(append(dst, `,"data":`...))
	if warnings := e.warnings(); len(warnings) > 0 {
		dst = append(dst, `,"warnings":[`...)
		for i, w := range warnings {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendString(dst, w)
		}
		dst = append(dst, ']')
	}
	dst = append(dst, '}')
	if isASCII(dst[start:]) {
		return dst
	}
	return escapeJSON(dst, start)
}

// appendString appends a JSON string. What is not ASCII is left to escapeJSON.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ' || c == 0x7F:
			dst = appendHex(append(dst, `\u`...), uint64(c), 4)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// isASCII reports whether b has neither DEL nor a byte beyond ASCII. Nearly
// all output passes here, so that it looks at 32 bytes at a time.
func isASCII(b []byte) bool {
	// DEL plus one has the high bit, and no other byte of ASCII.
	const high, one = 0x8080808080808080, 0x0101010101010101
	var found uint64
	for ; len(b) >= 32; b = b[32:] {
		w0, w1 := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
		w2, w3 := binary.LittleEndian.Uint64(b[16:]), binary.LittleEndian.Uint64(b[24:])
		found |= w0 | w1 | w2 | w3 | (w0&^high + one) | (w1&^high + one) | (w2&^high + one) | (w3&^high + one)
	}
	for ; len(b) >= 8; b = b[8:] {
		w := binary.LittleEndian.Uint64(b)
		found |= w | (w&^high + one)
	}
	for _, c := range b {
		found |= uint64(c) | (uint64(c) + 1)
	}
	return found&high == 0
}

// escapeJSON rewrites the JSON in dst[start:] so that a terminal shows it and
// does not obey it, without changing what it means: a character that is not
// printable can only stand in a string, where \u says the same.
func escapeJSON(dst []byte, start int) []byte {
	text := string(dst[start:])
	dst = dst[:start]
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = utf8.AppendRune(dst, utf8.RuneError) // JSON must be UTF-8
		case unicode.IsPrint(r) || r < ' ':
			dst = append(dst, text[i:i+size]...)
		case r < 0x10000:
			dst = appendHex(append(dst, `\u`...), uint64(r), 4)
		default:
			high, low := utf16.EncodeRune(r)
			dst = appendHex(append(dst, `\u`...), uint64(high), 4)
			dst = appendHex(append(dst, `\u`...), uint64(low), 4)
		}
		i += size
	}
	return dst
}
