package dump

import (
	"fmt"
	"time"

	"mqtool/codec/internal/window"
)

// A Position is a place in a text, both counted from 1. Columns are bytes of the text
// without byte-order mark, color escapes and the > of a quoted mail.
type Position struct {
	Line   int64
	Column int64
}

// position returns the place of the byte that is i bytes ahead in a window.
func position(w *window.Window, i int) Position {
	line, column := w.Place(i)
	return Position{line, column}
}

// A Message is one message of a dump. Position, Topic and Time are known when Next
// returns; Object, Mended and Damage are complete when Read returned io.EOF.
//
// It has a field for each thing that a dump may tell about a message.
type Message struct {
	Layout   string // in words, outermost last: "base64 in JSON in plain hex"
	Position Position
	Topic    string    // when the dump tells it
	Time     time.Time // when it was received, when the dump tells it

	// Object is the JSON object that the message's bytes were found in, without the string
	// or list that held them. Key is the key of that string or list.
	Object    []byte
	Key       string
	Record    int64  // tells the objects of a dump apart; 0 for a message in none
	Shortened bool   // its text ends in the dots of a viewer that has left the rest out
	Mended    string // what was missing at the object's end

	Damage      []Damage
	DamageCount int

	ImageText   int64 // characters of the base64 text that held the bytes, if there was one
	ImageString int64 // characters of the whole string that held this text

	given int64 // bytes of the message that its reader has given
	ahead int   // bytes that the decoder has made since
	start int64 // offset of the message in the text
	end   int64 // offset after it, once it was read
	last  int64 // Damage.Offset of the last damaged place
}

// Damage is a place in a text that does not fit the layout.
type Damage struct {
	Position
	What string

	// Size bytes of the message, from Offset on, may be wrong because of it. If Size is 0,
	// something was skipped there.
	Offset, Size int64
}

func (d Damage) String() string {
	return fmt.Sprintf("line %d, column %d: %s", d.Line, d.Column, d.What)
}

// damaged notes a place where a byte is wrong or missing.
func (m *Message) damaged(at Position, format string, args ...any) {
	m.note(at, 0, 1, format, args...)
}

// passedOver notes a place where something foreign stands between two bytes.
func (m *Message) passedOver(at Position, format string, args ...any) {
	m.note(at, 0, 0, format, args...)
}

// remark notes something that puts no byte in doubt.
func (m *Message) remark(at Position, format string, args ...any) {
	m.DamageCount++
	m.Damage = append(m.Damage, Damage{Position: at, What: fmt.Sprintf(format, args...)})
}

// note records a place because of which size bytes may be wrong. from is where they begin,
// counted from the end of the bytes decoded so far.
func (m *Message) note(at Position, from, size int, format string, args ...any) {
	m.DamageCount++
	m.last = m.given + int64(m.ahead+from)
	if len(m.Damage) < maxDamage {
		m.Damage = append(m.Damage, Damage{at, fmt.Sprintf(format, args...), m.last, int64(size)})
	}
}

// DamageIn counts the damaged places that concern the message's bytes from one offset to
// another, and returns the first. Places that are not kept all count if some of them may
// lie there.
func (m *Message) DamageIn(from, to int64) (first Damage, n int) {
	for _, d := range m.Damage {
		if d.Offset < to && d.Offset+d.Size > from && (d.Size > 0 || d.Offset > from) {
			if n++; n == 1 {
				first = d
			}
		}
	}
	if rest := m.DamageCount - len(m.Damage); rest > 0 && m.last > from && m.Damage[len(m.Damage)-1].Offset < to {
		n += rest
	}
	return first, n
}

// A decoder decodes a text into the bytes of one message.
type decoder interface {
	// decode fills dst as far as it can. It returns io.EOF at the end of the message.
	// Before it notes damage, it sets Message.ahead to how much of dst it has filled.
	decode(dst []byte) (int, error)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
