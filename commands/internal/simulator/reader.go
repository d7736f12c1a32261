package simulator

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"mqtool/codec"
)

// The registers that a simulated reader follows.
const (
	registerFeatures = 0x02A0 // movement, format
	registerTimings  = 0x02A1 // repeats
	registerProfile  = 0x02C0 // MQTT or something else
	registerSound    = 0x02D8
	registerMQTT     = 0x0289 // QoS, will, retained, interval of STATUS
)

// A ReaderFormat is the format of a reader's events.
type ReaderFormat string

// The formats of events. The registers of a reader choose between the first two
// only; the third is that of older firmware.
const (
	FormatJSON     ReaderFormat = "json"
	FormatSCRDR    ReaderFormat = "scrdr"
	FormatJSON2021 ReaderFormat = "json2021"
)

// A ReaderConfig says which kind of reader to simulate.
type ReaderConfig struct {
	ID        string // as in topics
	Prefix    string // of topics
	Registers codec.Registers
	Format    ReaderFormat  // "" means the format that the registers ask for
	Tags      []string      // shown one after the other; hex
	Every     time.Duration // time between two tags; 0: no tags
	First     time.Duration // time until the first tag
	Boot      int64         // how many times the reader has started
	// Allow, if set, is called before each event. Once it returns false, no
	// more tags come.
	Allow func() bool
}

// A Reader is a SpringCore reader to which one tag after another is shown.
//
// Some behavior is not documented and is our choice: META and STATUS are
// retained. The reader sends its STATUS when it connects. When a tag goes away,
// the event holds only the id, and every second such event not even that,
// because older readers send no identifier then and a host must handle both. It
// repeats no tag while it reports movements.
//
// It has many fields because a device has many: topics, registers, and what
// happens next.
type Reader struct {
	identity
	config ReaderConfig

	cmd, evt, status, meta string // topics

	// From the registers.
	format      ReaderFormat
	movement    bool
	repeat      time.Duration // interval of events for a tag that stays; 0: never
	statusEvery time.Duration // 0: never
	qos         byte
	retain      bool
	will        bool
	muted       bool

	started    time.Time // zero before the first connection
	uptime     time.Duration
	events     int64
	nextTag    time.Time // zero: no more tags
	nextStatus time.Time

	tag     string // the tag on the reader, or ""
	tags    int    // tags shown so far
	again   time.Time
	removal time.Time
	removed int  // tags that have gone
	swift   bool // the tag stays so briefly that coming and going are one event
}

// NewReader returns a reader. Its error says which register cannot be
// simulated.
func NewReader(c ReaderConfig) (*Reader, error) {
	r := &Reader{identity: identity{"springcore", c.ID}, config: c}
	for topic, route := range map[*string]struct {
		kind     codec.Kind
		toDevice bool
	}{
		&r.cmd: {codec.KindCommand, true}, &r.evt: {codec.KindEvent, false}, &r.status: {codec.KindStatus, false}, &r.meta: {codec.KindMeta, false},
	} {
		*topic = topicOf(r.family, route.kind, route.toDevice, c.Prefix, c.ID)
	}
	return r, r.follow(c.Registers)
}

// follow sets the reader up as the registers say.
func (r *Reader) follow(registers codec.Registers) error {
	get := func(address uint16, size int) []byte {
		value := registers.InForce(address)
		return append(value[:min(len(value), size):size], make([]byte, size-min(len(value), size))...)
	}
	if profile, ok := registers.Get(registerProfile); ok && (len(profile) != 1 || profile[0]>>4 != 6) {
		return fmt.Errorf("register %04X is %X: such a reader does not speak MQTT; 64 would", registerProfile, profile)
	}
	features := get(registerFeatures, 5)
	r.movement = features[0]&0x10 != 0
	switch r.format = r.config.Format; {
	case r.format != "":
	case features[3]&7 == 1:
		r.format = FormatSCRDR
	case features[3]&7 == 2:
		r.format = FormatJSON
	default:
		// TLV and MK1: no source says what a reader publishes then.
		return fmt.Errorf("register %04X asks for events in a format that is not documented for MQTT; byte 3 can be 01 ($SCRDR) or 02 (JSON)", registerFeatures)
	}

	// Byte 0, the pause between two readings, is ignored in favor of the
	// configured rate.
	const never = 0xFF
	if timings := get(registerTimings, 2); timings[1] != never {
		r.repeat = max(time.Duration(timings[1]), 1) * 100 * time.Millisecond
	}
	if r.movement {
		r.repeat = 0
	}
	options := get(registerMQTT, 6)
	r.qos = options[0] >> 4 & 3
	if r.qos == 3 {
		return fmt.Errorf("register %04X asks for QoS 3, which MQTT does not have", registerMQTT)
	}
	r.will, r.retain = options[0]&2 != 0, options[0]&1 != 0
	r.statusEvery = time.Duration(options[4]) * time.Second
	r.muted = get(registerSound, 1)[0]&7 == 0
	return nil
}

// Name returns the reader's id.
func (r *Reader) Name() string { return r.device }

// Topics returns the topic on which it takes commands.
func (r *Reader) Topics() []string { return []string{r.cmd} }

// Will returns the STATUS offline,dead.
func (r *Reader) Will() *Message {
	if !r.will {
		return nil
	}
	s := codec.ReaderStatus{State: []string{"offline", "dead"}}
	return &Message{r.status, s.Wire(), r.qos, r.retain}
}

// Connect sends META and STATUS.
func (r *Reader) Connect(now time.Time, out *Output) {
	if r.started.IsZero() {
		r.started = now
		if r.config.Every > 0 && len(r.config.Tags) > 0 {
			r.nextTag = now.Add(r.config.First)
		}
	}
	m := r.describe()
	r.send(out, now, Message{r.meta, m.Wire(), r.qos, r.retain}, m, "")
	r.sendStatus(now, out, "online", "ready")
	if r.statusEvery > 0 {
		r.nextStatus = now.Add(r.statusEvery)
	}
}

// Disconnect sends STATUS offline.
func (r *Reader) Disconnect(now time.Time, out *Output) { r.sendStatus(now, out, "offline") }

// describe returns the META message. Its values are those of the documented
// examples.
func (r *Reader) describe() codec.ReaderMeta {
	serial := "16051974"
	if b, ok := codec.HexBytes(r.device); ok && len(b) == 4 {
		serial = strings.ToUpper(r.device)
	}
	m := codec.ReaderMeta{
		Vendor: "SpringCard", Product: "SpringPark", Serial: serial, Hardware: "EAN201234", IP: "192.0.2.17", MAC: "7490" + serial,
	}
	if r.format == FormatJSON2021 {
		m.Version, m.Firmware, m.Protocol = "1.10", "SpringCore/E518/SpringPark", "$SCRDR" // the closest of the three words of 2021
		return m
	}
	m.Version, m.Revision, m.Firmware = "1.23", "1.23-11-g30998598", "springCore/e518/springpark"
	m.Open, m.Interfaces, m.Protocol = codec.Some(true), []string{"13.56"}, "RDR/JSON"
	if r.format == FormatSCRDR {
		m.Protocol = "$SCRDR"
	}
	return m
}

func (r *Reader) sendStatus(now time.Time, out *Output, state ...string) {
	s := codec.ReaderStatus{State: state, Uptime: codec.Some(r.up(now))}
	r.send(out, now, Message{r.status, s.Wire(), r.qos, r.retain}, s, "")
}

// up returns the current uptime. It never returns the same uptime twice,
// because programs that drop duplicates recognize an event by its uptime.
func (r *Reader) up(now time.Time) codec.Uptime {
	r.uptime = max(now.Sub(r.started).Truncate(time.Millisecond), r.uptime+time.Millisecond)
	return codec.Uptime{Boot: r.config.Boot, Since: r.uptime}
}

// Next returns when Tick is due.
func (r *Reader) Next() time.Time { return earliest(r.nextTag, r.nextStatus, r.again, r.removal) }

// maxLate is how late an event may be that a reader still makes up for.
const maxLate = time.Second

// Tick does everything that is due, in order.
func (r *Reader) Tick(now time.Time, out *Output) {
	for {
		switch next := r.Next(); {
		case next.IsZero() || next.After(now):
			return
		case next.Equal(r.removal):
			r.remove(now, out)
		case next.Equal(r.again):
			r.again = r.again.Add(r.repeat)
			r.sendEvent(now, out, 0)
		case next.Equal(r.nextTag):
			r.present(now, out)
		default:
			r.nextStatus = now.Add(r.statusEvery)
			r.sendStatus(now, out, "online", "ready")
		}
	}
}

// brief is how long a tag may stay if coming and going are to be one event. The
// documentation only says "quickly".
const brief = 250 * time.Millisecond

// present puts the next tag on the reader. It stays for four fifths of the
// time until the next one.
func (r *Reader) present(now time.Time, out *Output) {
	came := r.nextTag
	if now.Sub(came) > maxLate {
		came = now
	}
	r.nextTag = came.Add(r.config.Every)
	r.tag = r.config.Tags[r.tags%len(r.config.Tags)]
	r.tags++
	stays := r.config.Every * 4 / 5
	r.removal = came.Add(stays)
	r.swift = r.movement && stays <= brief
	if r.repeat > 0 && r.repeat < stays {
		r.again = came.Add(r.repeat)
	}
	switch {
	case r.swift:
	case r.movement:
		r.sendEvent(now, out, codec.MoveInsert)
	default:
		r.sendEvent(now, out, 0)
	}
}

func (r *Reader) remove(now time.Time, out *Output) {
	switch {
	case r.swift:
		r.sendEvent(now, out, codec.MoveInsert|codec.MoveRemove)
	case r.movement:
		if r.removed++; r.removed%2 == 0 {
			r.tag = ""
		}
		r.sendEvent(now, out, codec.MoveRemove)
	}
	r.tag, r.removal, r.again = "", time.Time{}, time.Time{}
}

// sendEvent sends an event about the current tag.
func (r *Reader) sendEvent(now time.Time, out *Output, move codec.Move) {
	if r.config.Allow != nil && !r.config.Allow() {
		r.nextTag, r.again, r.removal = time.Time{}, time.Time{}, time.Time{}
		return
	}
	r.events++
	e := &codec.ReaderEvent{
		Format: codec.FormatJSON, Interface: "13.56", Protocol: "NFC-A", Template: codec.Some(int64(1)), TagID: r.tag, Move: move,
	}
	if move != codec.MoveRemove {
		// An "ID only" template writes an id as 8 bytes, padded on the left.
		e.TagData = strings.Repeat("0", max(16-len(r.tag), 0)) + r.tag
	}
	var payload []byte
	switch r.format {
	case FormatSCRDR:
		// No source gives the codes: 13 appears in a truncated example, 01 is
		// made up.
		e.Format, e.Interface, e.Protocol = codec.FormatLine, "0x13", "0x01"
		e.Checksum = codec.Some(codec.Checksum{Rule: codec.RuleExclusive})
		line, err := e.Line()
		if err != nil { // cannot happen: tags are hex
			r.did(out, now, Failed, err.Error())
			return
		}
		payload = line.Wire()
	case FormatJSON2021:
		e.Uptime, e.DateTime, e.Counter = codec.Some(r.up(now)), now.Format(time.DateTime), codec.Some(r.events)
		payload = e.Wire2021()
	default:
		e.Uptime = codec.Some(r.up(now))
		payload = e.Wire()
	}
	r.send(out, now, Message{r.evt, payload, r.qos, false}, e, "")
}

// Handle obeys a command or discards it. Like a real reader, it does not tell
// the sender.
func (r *Reader) Handle(now time.Time, m Message, out *Output) {
	c, err := parseCommand(r.cmd, m.Payload)
	if err != nil {
		r.did(out, now, Discarded, err.Error())
		return
	}
	note := ""
	if c.Buzzer.Set && r.muted {
		note = fmt.Sprintf("muted by register %04X", registerSound)
	}
	out.Actions = append(out.Actions, Action{Time: now, Family: r.family, Device: r.device, Did: Obeyed, Topic: m.Topic, Value: c, Note: note})
}

// Why a reader discards a message, besides the errors of the codec.
var (
	errNoCommand = errors.New("it is not a command")
	errLong      = fmt.Errorf("a $SCCMD message is shorter than %d characters", codec.MaxCommandLine+1)
	errNothing   = errors.New("nothing in it is known")
)

// parseCommand parses a command by the rules of a reader. No source says what a
// reader does with a command that is partly wrong; this one discards all of it.
func parseCommand(topic string, payload []byte) (codec.ReaderCommand, error) {
	none := codec.ReaderCommand{}
	items := codec.Decode(topic, payload)
	if err := items[0].Err; err != nil {
		return none, err
	}
	c, ok := items[0].Value.(codec.ReaderCommand)
	switch {
	case !ok || len(items) > 1: // no source says what a reader does with several
		return none, errNoCommand
	case c.Format == codec.FormatLine && len(payload) > codec.MaxCommandLine: // no source says whether CR LF count
		return none, errLong
	}
	if err := c.Validate(); err != nil {
		return none, err
	}
	if c.Sequence.Set && c.Sequence.Value.Name() == "" {
		return none, fmt.Errorf("sequence %v is not documented", c.Sequence.Value)
	}
	for _, relay := range append([]codec.Relay{c.Relay.Value}, c.Relays...) {
		if relay.Raw != "" {
			return none, errors.New("what a relay does with anything but true and false is not documented")
		}
	}
	c.Extra = nil // a reader ignores unknown members
	if c.Validate() != nil {
		return none, errNothing
	}
	return c, nil
}
