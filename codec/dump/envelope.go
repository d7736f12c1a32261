package dump

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// ParseEnvelope reads the topic and the time from a JSON object in which a tool wrapped a
// payload. It also returns the payload if that is an object.
//
//	{"tst":"2026-11-23T10:55:05.350698Z+0900","topic":"a/b","payload":...}  mosquitto_sub %j, %J
//	{"topic":"a/b","payload":...}                                          MQTTX
//	{"log":"...","stream":"stdout","time":"2026-11-23T01:55:05.350698Z"}   docker
//	{"time":"2026-11-23T01:55:05.350698Z","topic":"a/b",...}               mqtool
//	{"__REALTIME_TIMESTAMP":"1795398905350698","MESSAGE":"..."}            journald
func ParseEnvelope(object []byte) (topic string, received time.Time, payload []byte) {
	var e struct {
		Topic   json.RawMessage `json:"topic"`
		Tst     json.RawMessage `json:"tst"`
		Time    json.RawMessage `json:"time"`
		Micros  json.RawMessage `json:"__REALTIME_TIMESTAMP"`
		Payload json.RawMessage `json:"payload"`
	}
	if json.Unmarshal(object, &e) != nil {
		return "", time.Time{}, nil
	}
	for _, raw := range [...]json.RawMessage{e.Tst, e.Time, e.Micros} { // a camera writes a number, which is no stamp
		var ok bool
		if received, ok = ParseStamp(textOf(raw)); ok {
			break
		}
	}
	if bytes.HasPrefix(e.Payload, []byte("{")) {
		payload = e.Payload
	}
	return textOf(e.Topic), received, payload
}

// textOf returns the value of raw if it is a JSON string, or otherwise an empty string.
func textOf(raw json.RawMessage) (s string) {
	_ = json.Unmarshal(raw, &s) // anything but a string is left out
	return s
}

// marks stand around the words of a label.
const marks = `,:;'"()[]{}<>`

// ParseLabel reads what tools put before a payload: a topic and a time.
//
//	1795398905.350698939 4GSolarCam/Snapshot
//	2026-11-23T01:55:05+0000 4GSolarCam/Snapshot 62
//	[2026-11-23T01:55:05Z] topic: 4GSolarCam/Snapshot, qos: 0, size: 62 B
func ParseLabel(text string) (topic string, received time.Time) {
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n,", r) }) {
		word = strings.Trim(word, marks)
		if rest, ok := strings.CutPrefix(word, "topic"); ok && strings.IndexAny(rest, ":=") == 0 {
			word = strings.Trim(rest[1:], marks)
		}
		if word == "" {
			continue
		}
		if t, ok := ParseStamp(word); ok && received.IsZero() {
			received = t
		} else if topic == "" && isTopic(word) {
			topic = word
		}
	}
	return topic, received
}

// isTopic reports whether a word looks like a topic, and not like a file, a date
// or a data URI.
func isTopic(word string) bool {
	digits := strings.Trim(word, "0123456789/") == ""
	return strings.Contains(word, "/") && !strings.ContainsAny(word, "#+\\\"=;") &&
		!digits && !strings.HasPrefix(word, "/") && !strings.HasPrefix(word, "data:")
}

// ParseStamp reads a time as tools write it before a message or into the JSON around one:
// seconds since 1970 with or without a fraction, milliseconds or microseconds since 1970,
// or a date with its zone. A date without a zone is rejected, because it does not tell the
// time.
//
//	1795398905.350698939              mosquitto_sub %U
//	2026-11-23T01:55:05+0100          mosquitto_sub %I
//	2026-11-23T10:55:05.350698Z+0900  mosquitto_sub 2.0 %j: local time, and the Z says nothing
func ParseStamp(s string) (time.Time, bool) {
	whole, fraction, pointed := strings.Cut(s, ".")
	switch {
	case !isDecimal(whole) || pointed && (!isDecimal(fraction) || len(fraction) > 9):
	case len(whole) == len("1795398905"): // the years 2001 to 2286
		sec, _ := strconv.ParseInt(whole, 10, 64)
		nsec, _ := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
		return time.Unix(sec, nsec).UTC(), true
	case len(whole) == len("1795398905350") && !pointed:
		ms, _ := strconv.ParseInt(whole, 10, 64)
		return time.UnixMilli(ms).UTC(), true
	case len(whole) == len("1795398905350698") && !pointed:
		us, _ := strconv.ParseInt(whole, 10, 64)
		return time.UnixMicro(us).UTC(), true
	}
	if len(s) < len("2026-11-23T01:55:05Z") || s[len("2026-11-23")] != 'T' {
		return time.Time{}, false
	}
	for _, form := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05-0700"} {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC(), true
		}
	}
	if i := strings.IndexByte(s, 'Z'); i > 0 {
		t, err := time.Parse("2006-01-02T15:04:05-0700", s[:i]+s[i+1:])
		return t.UTC(), err == nil
	}
	return time.Time{}, false
}
