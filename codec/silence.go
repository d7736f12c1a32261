package codec

import (
	"math"
	"strconv"
	"time"
)

// A Silence says that nothing came from a device for longer than it should, or that
// messages come again. It is not a message of the device: the listener makes it.
type Silence struct {
	Back     bool          // the silence is over
	Expected time.Duration // how soon a message should follow another one
	For      time.Duration // how long nothing came, while somebody listened
	Last     time.Time     // when the last message came; zero: none since the listener began
}

// Kind is KindSilent or KindBack.
func (s Silence) Kind() Kind {
	if s.Back {
		return KindBack
	}
	return KindSilent
}

// Warnings is empty: the value itself is the warning.
func (Silence) Warnings() []string { return nil }

func (Silence) value() {}

// AppendJSON appends the silence as mqtool prints it:
//
//	{"expected_seconds":7200,"silent_seconds":7200.125,"last_heard":"2026-04-19T17:46:58Z"}
func (s Silence) AppendJSON(dst []byte) []byte {
	seconds := func(d time.Duration) {
		dst = strconv.AppendFloat(dst, math.Round(d.Seconds()*1000)/1000, 'f', -1, 64)
	}
	dst = append(dst, `{"expected_seconds":`...)
	seconds(s.Expected)
	dst = append(dst, `,"silent_seconds":`...)
	seconds(s.For)
	if !s.Last.IsZero() {
		dst = s.Last.UTC().AppendFormat(append(dst, `,"last_heard":"`...), time.RFC3339Nano)
		dst = append(dst, '"')
	}
	return append(dst, '}')
}
