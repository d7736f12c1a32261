package page

import (
	"cmp"
	"strings"
	"sync"
	"time"

	"mqtool/codec"
	"mqtool/codec/jpeg"
	"mqtool/commands/internal/render"
)

// Bounds of what a page holds, whatever is sent.
const (
	maxCards    = 500      // devices; the messages of further ones are counted
	maxEvents   = 100      // the newest ones
	maxPicture  = 16 << 20 // bytes of a picture
	maxPictures = 64 << 20 // of all pictures; there is one for each camera
	maxNotes    = 2        // warnings of an event
	timeLayout  = "2006-01-02 15:04:05"
)

// A card is what is known of a device.
type card struct {
	Number   int // in the order in which devices came
	Reader   bool
	Label    string    // what the device is called
	ID       string    // when it is called something else, or why there is none
	Heard    time.Time // zero: not since the listener began
	State    string    // of a reader
	Offline  bool      // its state says so
	Facts    []render.Fact
	Silent   string // how long it was not heard, when that is too long
	Picture  uint64 // the version of the picture; 0 is none
	Pictured time.Time
	Note     string // what is wrong with the picture

	changed uint64 // the version in which it is so
	image   []byte // is never written to
}

// An event is what happened at a device.
type event struct {
	At      time.Time
	Class   string // accept, deny, alarm, silent or back, if it is one of these
	Label   string // of the device
	Person  string
	What    string
	Verdict string // how it was answered, and why
	Note    string
}

// When is the time for people.
func (e event) When() string { return e.At.Local().Format(timeLayout) }

// Taken is when the picture came, for people.
func (c card) Taken() string { return c.Pictured.Local().Format(timeLayout) }

// HeardAt is when the device was heard, for people.
func (c card) HeardAt() string { return c.Heard.Local().Format(timeLayout) }

// A state is what the page shows. Each change makes a new version of it.
type state struct {
	mu       sync.Mutex
	version  uint64
	cards    []*card
	numbers  map[string]int // of the cards, by the devices' families and ids
	unshown  uint64         // messages of devices for which there is no card
	events   [maxEvents]event
	told     uint64 // events since the listener began; the last one is events[(told-1)%maxEvents]
	pictures int    // bytes
	lost     bool   // the connection to the broker
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

// Tell has the page show a value. It takes no time that matters: what browsers see is made
// when they are ready for it.
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

// set changes a card as a message of its device says.
func (s *state) set(c *card, e *render.Envelope) {
	heard := !e.Delivery.Value.Retained
	if status, ok := e.Value.(codec.ReaderStatus); ok {
		c.State, c.Offline = strings.Clone(render.Short(strings.Join(status.State, ", "))), !status.Online()
		heard = heard && status.Online() // the broker says that it is offline
	}
	if heard {
		c.Heard, c.Silent = e.Time, ""
	}
	for _, f := range render.Facts(e.Value) {
		s.setFact(c, f)
	}
	if picture, image, _ := codec.PictureOf(e.Value); picture.Set {
		s.setPicture(c, e.Time, picture.Value, image)
	} else if e.Value.Kind() == codec.KindSnapshot {
		c.Note = "the last message has no picture"
	}
}

// setFact changes a fact, and keeps the others. The list is not written to: browsers may
// be shown it at the moment.
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

// setPicture gives a card another picture. Where all of them are too many, the oldest go.
func (s *state) setPicture(c *card, at time.Time, p jpeg.Picture, image []byte) {
	s.drop(c)
	c.Note = ""
	if p.State != jpeg.Complete {
		c.Note = strings.TrimSuffix("the picture is "+p.State.String()+": "+render.Short(p.End), ": ")
	}
	if p.State == jpeg.Empty || len(image) > maxPicture {
		if c.Note == "" {
			c.Note = "the picture is too large for this page"
		}
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

// card is the card of a message's device, or nil when there are too many. A camera that
// does not say who it is has the one of its topic.
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

// labelOf is what a device is called.
func labelOf(e *render.Envelope) string {
	return strings.Clone(render.Short(cmp.Or(e.Name, e.Device, e.Topic)))
}

// eventOf is what happened, if a value says that something did. Its texts are short and have
// memory of their own, so that the page holds no payload.
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
	notes := e.Warnings[:min(len(e.Warnings), maxNotes)]
	if e.Delivery.Value.Retained {
		notes = append([]string{"retained, so that it may be old"}, notes...)
	}
	happened.Note = strings.Clone(render.Short(strings.Join(notes, "; ")))
	return happened, true
}

// setLost says whether the connection to the broker is lost.
func (s *state) setLost(lost bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = lost
	s.change()
}

// change begins a new version, and tells those who wait for one. The caller holds s.mu.
func (s *state) change() {
	s.version++
	for c := range s.waiting {
		wake(c)
		delete(s.waiting, c)
	}
}

// wake sends to a channel that has room for one. What it has already is enough.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// await has a channel receive something as soon as there is a version after the one that
// was seen. The caller calls leave when it no longer waits.
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

// A cursor is what a browser has seen.
type cursor struct{ version, told uint64 }

// A change is what a browser has not seen yet.
type change struct {
	cards   []card
	events  []event // the oldest first
	skipped uint64  // events before those, which nobody can be shown any more
	unshown uint64  // see state
	lost    bool
}

// since is what has changed for a browser, and moves its cursor.
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

// picture is the picture of a card, or nil.
func (s *state) picture(number int) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if number < 0 || number >= len(s.cards) {
		return nil
	}
	return s.cards[number].image
}
