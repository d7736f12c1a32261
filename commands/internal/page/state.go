package page

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"mqtool/codec"
	"mqtool/codec/jpeg"
	"mqtool/commands/internal/render"
)

// Limits of what a page holds, however much devices send.
const (
	maxCards    = 500      // devices; messages of further devices are only counted
	maxEvents   = 100      // the newest are kept
	maxPicture  = 16 << 20 // bytes of one picture
	maxPictures = 64 << 20 // bytes of all pictures; each camera has one
	maxNotes    = 2        // warnings of an event or a picture
	timeLayout  = "2006-01-02 15:04:05"
)

// A card is what the page knows about a device.
type card struct {
	Number   int // devices are numbered in the order in which they came
	Reader   bool
	Label    string    // what the device is called
	ID       string    // the id, if the label is another text, or why there is no id
	Heard    time.Time // zero: not since the listener began
	State    string    // of a reader
	Offline  bool      // whether the state says so
	Facts    []render.Fact
	Silent   string // for how long the device has been silent, if that is too long
	Picture  uint64 // version of the picture; 0 means none
	Pictured time.Time
	Note     string // what is wrong with the picture

	changed uint64 // version of the last change
	image   []byte // never modified in place
}

// An event is something that happened at a device.
type event struct {
	At      time.Time
	Class   string // accept, deny, alarm, silent, back or ""
	Label   string // of the device
	Person  string
	What    string
	Verdict string // how it was answered, and why
	Note    string
}

// When returns the time of the event, for people.
func (e event) When() string { return e.At.Local().Format(timeLayout) }

// Taken returns the time when the picture came, for people.
func (c card) Taken() string { return c.Pictured.Local().Format(timeLayout) }

// HeardAt returns the time when the device was last heard, for people.
func (c card) HeardAt() string { return c.Heard.Local().Format(timeLayout) }

// A state is what the page shows. Each change makes a new version.
type state struct {
	mu       sync.Mutex
	version  uint64
	cards    []*card
	numbers  map[string]int // numbers of the cards, by the family and id of the device
	unshown  uint64         // messages of devices that have no card
	events   [maxEvents]event
	told     uint64 // events since the listener began; the last one is events[(told-1)%maxEvents]
	pictures int    // bytes of all pictures
	lost     bool   // whether the connection to the broker is lost
	waiting  map[chan struct{}]struct{}
}

// isOfDevice reports whether messages of a kind are sent by devices themselves.
func isOfDevice(k codec.Kind) bool {
	switch k {
	case codec.KindEvent, codec.KindHello, codec.KindStatus, codec.KindMeta, codec.KindSnapshot, codec.KindAlarm:
		return true
	}
	return false
}

// Tell shows a value on the page. It is fast, because the HTML for a browser is
// made only when the browser is ready for it.
func (s *state) Tell(e *render.Envelope) {
	kind := e.Value.Kind()
	watched := kind == codec.KindSilent || kind == codec.KindBack
	if !isOfDevice(kind) && !watched || e.Family == "" {
		return
	}
	happened, isEvent := eventOf(e)

	s.mu.Lock()
	defer s.mu.Unlock()
	s.change()
	if isEvent {
		s.events[s.told%maxEvents] = happened
		s.told++
	}
	c := s.card(e)
	if c == nil {
		s.unshown++
		return
	}
	c.changed = s.version
	switch {
	case kind == codec.KindSilent:
		c.Silent = happened.What
	case kind == codec.KindBack:
		c.Silent = ""
	default:
		s.set(c, e)
	}
}

// set updates a card from a message of its device.
func (s *state) set(c *card, e *render.Envelope) {
	heard := !e.Delivery.Value.Retained
	if status, ok := e.Value.(codec.ReaderStatus); ok {
		c.State, c.Offline = strings.Clone(render.Short(strings.Join(status.State, ", "))), !status.Online()
		heard = heard && status.Online() // it is the broker that says offline
	}
	if heard {
		c.Heard, c.Silent = e.Time, ""
	}
	for _, f := range render.Facts(e.Value) {
		s.setFact(c, f)
	}
	if picture, image, _ := codec.PictureOf(e.Value); picture.Set {
		c.Note = notesOf(e, e.Value.Warnings()...)
		s.setPicture(c, e.Time, picture.Value, image)
	} else if e.Value.Kind() == codec.KindSnapshot {
		c.Note = "the last message has no picture"
	}
}

// setFact changes or adds one fact. It makes a new list, because browsers may
// be reading the old one at the moment.
func (s *state) setFact(c *card, fact render.Fact) {
	list := make([]render.Fact, 0, len(c.Facts)+1)
	known := false
	for _, f := range c.Facts {
		if f.Name == fact.Name {
			f, known = fact, true
		}
		list = append(list, f)
	}
	if !known {
		list = append(list, fact)
	}
	c.Facts = list
}

// setPicture sets the picture of a card. If all pictures together are too
// large, the oldest are dropped.
func (s *state) setPicture(c *card, at time.Time, p jpeg.Picture, image []byte) {
	s.drop(c)
	if p.State == jpeg.Empty {
		return
	}
	if len(image) > maxPicture {
		c.Note = "the picture is too large for this page"
		return
	}
	for s.pictures+len(image) > maxPictures {
		oldest := c
		for _, other := range s.cards {
			if other.image != nil && (oldest.image == nil || other.Pictured.Before(oldest.Pictured)) {
				oldest = other
			}
		}
		s.drop(oldest)
		oldest.Note, oldest.changed = "the picture had to make room for others", s.version
	}
	c.image, c.Picture, c.Pictured = append([]byte(nil), image...), s.version, at
	s.pictures += len(image)
}

func (s *state) drop(c *card) {
	s.pictures -= len(c.image)
	c.image, c.Picture = nil, 0
}

// card returns the card of a message's device, or nil if there are too many. A
// camera that does not give its id has a card for its topic.
func (s *state) card(e *render.Envelope) *card {
	key := e.Family + "\x00" + cmp.Or(e.Device, e.Topic)
	if n, ok := s.numbers[key]; ok {
		return s.cards[n]
	}
	if len(s.cards) == maxCards {
		return nil
	}
	c := &card{Number: len(s.cards), Reader: e.Family == "springcore", Label: labelOf(e)}
	if id := render.Short(e.Device); id == "" {
		c.ID = "a topic: the messages name no device"
	} else if id != c.Label {
		c.ID = strings.Clone(id)
	}
	s.numbers[strings.Clone(key)] = c.Number
	s.cards = append(s.cards, c)
	return c
}

// labelOf returns what a device is called.
func labelOf(e *render.Envelope) string {
	return strings.Clone(render.Short(cmp.Or(e.Name, e.Device, e.Topic)))
}

// eventOf returns the event in a value, if there is one. Its texts are short
// copies, so that the page does not hold the memory of payloads.
func eventOf(e *render.Envelope) (event, bool) {
	happened := event{At: e.Time, Label: labelOf(e), Person: strings.Clone(render.Short(e.Person))}
	switch v := e.Value.(type) {
	case *codec.ReaderEvent:
		happened.What = "no tag id"
		if v.TagID != "" {
			happened.What = "tag " + render.Short(v.TagID)
		}
		if v.Move == codec.MoveRemove {
			happened.What += ", removed"
		}
		happened.Class, happened.Verdict = e.Answer, e.Answer
		if e.Reason != "" {
			happened.Verdict += ": " + e.Reason
		}
	default:
		switch kind := e.Value.Kind(); kind {
		case codec.KindAlarm, codec.KindSilent, codec.KindBack:
			happened.Class, happened.What = string(kind), render.Words(v)
			if kind == codec.KindAlarm {
				happened.What = strings.TrimSpace("alarm " + happened.What)
			}
		default:
			return event{}, false
		}
	}
	happened.Note = notesOf(e)
	return happened, true
}

// notesOf returns in a few words what is wrong with a message, or was with how it came and
// what was done with it.
func notesOf(e *render.Envelope, ofValue ...string) string {
	notes := slices.Concat(ofValue, e.Warnings)
	notes = notes[:min(len(notes), maxNotes)]
	if e.Delivery.Value.Retained {
		notes = append([]string{"retained, so that it may be old"}, notes...)
	}
	return strings.Clone(render.Short(strings.Join(notes, "; ")))
}

// setLost sets whether the connection to the broker is lost.
func (s *state) setLost(lost bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = lost
	s.change()
}

// change begins a new version, and wakes those who wait for one. The caller
// holds s.mu.
func (s *state) change() {
	s.version++
	for c := range s.waiting {
		wake(c)
		delete(s.waiting, c)
	}
}

// wake sends to a channel with room for one value. If it already holds one,
// that is enough.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// await makes a channel receive a value as soon as there is a version after
// seen. The caller must call leave when it no longer waits.
func (s *state) await(seen uint64, c chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.version > seen {
		wake(c)
		return
	}
	s.waiting[c] = struct{}{}
}

func (s *state) leave(c chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.waiting, c)
}

// A cursor says what a browser has already seen.
type cursor struct{ version, told uint64 }

// A change is what a browser has not seen yet.
type change struct {
	cards   []card
	events  []event // oldest first
	skipped uint64  // earlier events, which are no longer kept
	unshown uint64  // see state
	lost    bool
}

// since returns what has changed for a browser, and moves its cursor.
func (s *state) since(seen *cursor) change {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := change{unshown: s.unshown, lost: s.lost}
	for _, one := range s.cards {
		if one.changed > seen.version {
			c.cards = append(c.cards, *one)
		}
	}
	n := min(s.told-seen.told, maxEvents)
	c.skipped = s.told - seen.told - n
	for i := s.told - n; i < s.told; i++ {
		c.events = append(c.events, s.events[i%maxEvents])
	}
	*seen = cursor{s.version, s.told}
	return c
}

// picture returns the picture of a card, or nil.
func (s *state) picture(number int) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if number < 0 || number >= len(s.cards) {
		return nil
	}
	return s.cards[number].image
}
