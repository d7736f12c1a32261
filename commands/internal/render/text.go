package render

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/fatih/color"

	"mqtool/codec"
	"mqtool/codec/jpeg"
	"mqtool/commands/internal/human"
)

// Text writes messages for people, one line for each, in columns that grow with
// their contents:
//
//	08:30:00  door          event  tag 047DAE02C84080  NFC-A  inserted  accept
//
// On a terminal, lines are folded at its width. The lines after the fold begin
// with blanks.
type Text struct {
	style  *Style
	layout Layout
	fixed  int            // width of the device column; 0: it grows
	zone   *time.Location // zone in which times are shown
	widths [columns]int   // widest text of each column so far
	device string         // the device of the current message
	folder folder         // holds the line
}

// A Layout is how texts for people are laid out. The zero value is for a pipe
// or a file: lines are not folded.
type Layout struct {
	Width   func() int       // returns the current columns of the terminal; nil: there is no terminal
	Today   func() time.Time // returns the current time, to leave out today's date; nil: dates are shown
	Verbose bool             // show also what is redundant or rarely needed
	Links   bool             // the terminal follows links: names of files are links
}

// columns returns where lines are folded; 0 means nowhere.
func (l Layout) columns() int {
	if l.Width == nil {
		return 0
	}
	return l.Width()
}

// when formats a time in a zone, without the date if it is today's.
func (l Layout) when(t time.Time, zone *time.Location) string {
	t = t.In(zone)
	if l.Today != nil && l.Today().In(zone).Format(time.DateOnly) == t.Format(time.DateOnly) {
		return t.Format(time.TimeOnly)
	}
	return t.Format(time.DateTime)
}

// The columns. Texts after the last one are not aligned.
type column int

const (
	columnTime column = iota
	columnDevice
	columnKind
	columnTag
	columnAir
	columnTemplate
	columnMove
	columnAnswer
	columns
)

const (
	gap = 2 // blanks between columns
	// maxColumn keeps one long text from pushing all others out of sight.
	maxColumn = 32
	// deviceWidth holds the MAC of a camera, and maxDevice most names.
	deviceWidth = 12
	maxDevice   = 20
	// maxText is how much of one text of a device is shown, because tag data
	// may have 64 KiB. JSON Lines and CSV hold the whole text.
	maxText = 96
	// maxItems is how many unknown members of one object, messages of one
	// payload and warnings are shown. Real devices have about a dozen.
	maxItems = 100
)

// NewText returns a Text that writes in a style.
func NewText(style *Style, layout Layout) *Text {
	t := &Text{style: style, layout: layout, zone: time.Local, folder: folder{style: style}}
	t.widths[columnKind] = len("event")
	return t
}

// FixDevices gives the device column the same width on all lines: the width of
// a camera's MAC, or of the longest of these names.
func (t *Text) FixDevices(names []string) {
	t.fixed = deviceWidth
	for _, name := range names {
		t.fixed = max(t.fixed, min(width(shorten(name)), maxDevice))
	}
}

// Append appends the line of one message, with a line end.
func (t *Text) Append(dst []byte, e *Envelope) []byte {
	t.start(dst)
	t.device = e.Device
	when := ""
	if !e.Time.IsZero() {
		when = t.layout.when(e.Time, t.zone)
	}
	t.column(columnTime, t.style.faint, when)
	t.column(columnDevice, t.style.device, t.label(e))
	t.column(columnKind, t.style.faint, strings.ReplaceAll(string(e.Value.Kind()), "_", " "))
	if event, ok := e.Value.(*codec.ReaderEvent); ok {
		t.event(event, e)
	} else {
		t.value(e.Value)
	}
	if t.layout.Verbose && e.Name != "" {
		t.item(t.style.faint, shorten(e.Device))
	}
	if e.Delivery.Value.Retained {
		t.item(t.style.faint, "retained")
	}
	if e.Delivery.Value.Duplicate {
		t.item(t.style.warning, "duplicate")
	}
	warnings := e.warnings()
	picture, _, _ := codec.PictureOf(e.Value)
	for _, w := range warnings[:min(len(warnings), maxItems)] {
		if SaysCut(w, picture.Value) {
			w = CutPicture(picture.Value, "")
		}
		t.item(t.style.warning, "! "+Safe(w))
	}
	t.more(len(warnings))
	if e.Output != "" {
		if t.layout.Links {
			t.folder.link = fileURL(e.Output)
		}
		t.item(nil, "saved as "+Safe(e.Output))
		t.folder.link = ""
	}
	return t.end()
}

// label returns how the device of a message is called: its name, or else its
// id, or else the topic.
func (t *Text) label(e *Envelope) string {
	return shorten(cmp.Or(e.Name, e.Device, e.Topic))
}

// start starts a line, which is appended to dst.
func (t *Text) start(dst []byte) { t.folder.start(dst, t.layout.columns()) }

// end returns the line, with a line end.
func (t *Text) end() []byte { return t.folder.end() }

// value writes the contents of a value.
func (t *Text) value(v codec.Value) {
	switch v := v.(type) {
	case *codec.ReaderEvent:
		t.event(v, new(Envelope))
	case codec.Hello:
		t.hello(v)
	case codec.ReaderStatus:
		t.readerStatus(v)
	case codec.ReaderMeta:
		t.readerMeta(v)
	case codec.ReaderCommand:
		t.readerCommand(v)
	case codec.CameraSnapshot:
		t.snapshot(&v)
	case codec.CameraReport:
		t.cameraReport(&v)
	case codec.CameraRequest:
		t.cameraRequest(v)
	case codec.Line:
		t.message(v)
	case codec.Silence:
		t.silence(v)
	case codec.Raw:
		t.raw(v)
	default:
		t.item(nil, Safe(string(v.AppendJSON(nil))))
	}
}

// event writes the contents of an event, and how it was answered.
func (t *Text) event(e *codec.ReaderEvent, about *Envelope) {
	tag := "no tag id"
	if e.TagID != "" {
		tag = "tag " + shorten(e.TagID)
	}
	t.column(columnTag, t.style.tag, tag)
	t.column(columnAir, nil, t.air(e))
	if t.layout.Verbose || !e.Template.Set || e.Template.Value != usualTemplate {
		t.column(columnTemplate, nil, number("template ", e.Template, ""))
	} else {
		t.column(columnTemplate, nil, "")
	}
	switch e.Move {
	case codec.MoveInsert:
		t.column(columnMove, t.style.in, "inserted")
	case codec.MoveRemove:
		t.column(columnMove, t.style.out, "removed")
	case codec.MoveInsert | codec.MoveRemove:
		t.column(columnMove, t.style.out, "inserted and removed")
	default:
		t.column(columnMove, nil, "")
	}
	answer := about.Answer
	if about.Reason != "" {
		answer += " (" + about.Reason + ")"
	}
	t.column(columnAnswer, t.answerColor(about.Answer), answer)
	t.item(nil, shorten(about.Person))
	t.item(nil, number("", e.RSSI, " dBm"))
	if t.layout.Verbose || !isPadded(e.TagData, e.TagID) {
		t.data("data ", e.TagData)
	}
	t.data("details ", e.TagDetails)
	if len(e.TagDetailsJSON) > 0 {
		t.item(nil, "details "+shortenJSON(e.TagDetailsJSON))
	}
	t.item(nil, number("#", e.Counter, ""))
	if t.layout.Verbose && e.Uptime.Set {
		t.item(t.style.faint, e.Uptime.Value.String())
	}
	t.item(t.style.faint, shorten(e.DateTime))
	t.extra(e.Extra)
	t.checksum(e.Checksum)
}

// usualTemplate is the number of the template that most readers have as their
// only one.
const usualTemplate = 1

// answerColor returns the color for the answer to an event.
func (t *Text) answerColor(answer string) *color.Color {
	switch answer {
	case "accept":
		return t.style.in
	case "deny":
		return t.style.bad
	}
	return nil
}

// isPadded reports whether tag data only repeats the id, with zeros before it.
func isPadded(data, id string) bool {
	rest, ok := strings.CutSuffix(strings.ToUpper(data), strings.ToUpper(id))
	return ok && strings.Trim(rest, "0") == ""
}

// air describes how the tag was read. Names stand alone; codes get a label. If
// the protocol has a name, the interface is left out, because the name implies
// it.
func (t *Text) air(e *codec.ReaderEvent) string {
	if !t.layout.Verbose && e.Protocol != "" && !strings.HasPrefix(e.Protocol, "0x") {
		return shorten(e.Protocol)
	}
	name := func(label, s string) string {
		if s == "" || !strings.HasPrefix(s, "0x") {
			return shorten(s)
		}
		return label + shorten(s)
	}
	return strings.TrimSpace(name("protocol ", e.Protocol) + " " + name("interface ", e.Interface))
}

// silence writes for how long, and since when, a device has been silent.
func (t *Text) silence(s codec.Silence) {
	switch {
	case s.Back:
		t.item(t.style.in, "heard again after "+human.Duration(s.For))
	case s.Last.IsZero():
		t.item(t.style.bad, "not heard for "+human.Duration(s.For)+", since the listener began")
	default:
		t.item(t.style.bad, "not heard for "+human.Duration(s.For)+", since "+t.layout.when(s.Last, t.zone))
	}
}

func (t *Text) hello(h codec.Hello) {
	t.item(t.style.faint, "no tag")
	t.checksum(h.Checksum)
}

func (t *Text) readerStatus(s codec.ReaderStatus) {
	c := t.style.bad
	if s.Online() {
		c = t.style.in
	}
	t.item(c, shorten(strings.Join(s.State, ", ")))
	t.uptime(s.Uptime)
	t.item(t.style.faint, shorten(s.DateTime))
	t.extra(s.Extra)
}

func (t *Text) uptime(u codec.Opt[codec.Uptime]) {
	if u.Set {
		t.item(nil, "up "+u.Value.Since.Round(time.Second).String())
		t.item(nil, "start "+strconv.FormatInt(u.Value.Boot, 10))
	}
}

func (t *Text) readerMeta(m codec.ReaderMeta) {
	t.item(t.style.tag, shorten(strings.Join(strings.Fields(strings.Join([]string{m.Vendor, m.Product, m.Variant}, " ")), " ")))
	if t.layout.Verbose || m.Serial != t.device {
		t.labelled("serial ", m.Serial)
	}
	version := m.Revision
	if version == "" {
		version = m.Version
	}
	t.labelled("version ", version)
	t.labelled("", m.Firmware)
	t.labelled("", m.Protocol)
	t.labelled("interfaces ", strings.Join(m.Interfaces, ", "))
	t.labelled("ip ", m.IP)
	t.labelled("mac ", m.MAC)
	t.labelled("inventory ", m.Inventory)
	t.labelled("location ", m.Location)
	if m.Open.Set && m.Open.Value {
		t.item(t.style.warning, "security settings open")
	}
	t.extra(m.Extra)
}

func (t *Text) readerCommand(c codec.ReaderCommand) {
	if c.Sequence.Set {
		t.item(t.style.tag, "sequence "+c.Sequence.Value.String())
	}
	if leds := c.LEDs.Value; c.LEDs.Set && leds == [4]codec.LEDMode{leds[0], leds[0], leds[0], leds[0]} {
		t.item(nil, "all LEDs "+leds[0].String())
	} else if c.LEDs.Set {
		for i, mode := range leds {
			t.item(nil, "LED "+strconv.Itoa(i+1)+" "+mode.String())
		}
	}
	if c.RGBColor.Set {
		t.item(nil, fmt.Sprintf("color %06X", uint32(c.RGBColor.Value)))
	}
	if c.RGBMode.Set {
		t.item(nil, "color mode "+c.RGBMode.Value.String())
	}
	if c.Buzzer.Set {
		t.item(nil, fmt.Sprintf("beep %d ms", c.Buzzer.Value))
	}
	if c.Relay.Set {
		t.item(nil, "relay "+relay(c.Relay.Value))
	}
	for i, r := range c.Relays {
		t.item(nil, "relay "+strconv.Itoa(i+1)+" "+relay(r))
	}
	t.extra(c.Extra)
	t.checksum(c.Checksum)
}

func relay(r codec.Relay) string {
	switch {
	case r.Raw != "":
		return shorten(r.Raw)
	case r.On:
		return "on"
	default:
		return "off"
	}
}

func (t *Text) snapshot(s *codec.CameraSnapshot) {
	t.labelled("", s.DeviceName)
	t.picture(s.Picture)
	t.taken(s.CameraInfo)
	t.labelled("", s.DayNight)
	t.labelled("file ", s.File)
	t.extra(s.Extra)
	t.extra(s.Values)
}

func (t *Text) picture(p codec.Opt[jpeg.Picture]) {
	if !p.Set {
		t.item(t.style.bad, "no picture")
		return
	}
	t.item(t.style.tag, Picture(p.Value))
	switch p.Value.State {
	case jpeg.Complete:
	case jpeg.Truncated: // a warning says more
		t.item(t.style.bad, "cut")
	default:
		t.item(t.style.bad, p.Value.State.String())
	}
}

// Picture describes a picture in a few words: "1920x1080 baseline JPEG, 61903
// bytes".
func Picture(p jpeg.Picture) string {
	var words []string
	if p.Width > 0 {
		words = append(words, fmt.Sprintf("%dx%d", p.Width, p.Height))
	}
	if p.Coding != "" {
		words = append(words, p.Coding)
	}
	return strings.Join(append(words, fmt.Sprintf("%s, %d bytes", p.Name(), p.Size+int64(p.Added))), " ")
}

func (t *Text) taken(c codec.CameraInfo) {
	switch {
	case !c.CapturedAt.IsZero():
		t.item(nil, "taken "+t.layout.when(c.CapturedAt, t.zone))
	case !c.SentAt.IsZero():
		t.item(nil, "sent "+t.layout.when(c.SentAt, t.zone))
	}
}

func (t *Text) cameraReport(r *codec.CameraReport) {
	t.labelled("", r.DeviceName)
	t.labelled("", string(r.Body))
	summary := r.Summary()
	for _, f := range summary {
		text := f.Name + " " + shortenJSON(f.Value)
		if !strings.EqualFold(f.Name, f.Key) {
			text += " (" + shorten(f.Key) + ")" // show the key, because its meaning is a guess
		}
		t.item(nil, text)
	}
	if r.Picture.Set {
		t.picture(r.Picture)
	}
	t.taken(r.CameraInfo)
	for _, members := range [...][]codec.Member{r.Values, r.Extra} {
		t.extra(slices.DeleteFunc(slices.Clone(members), func(m codec.Member) bool {
			return slices.ContainsFunc(summary, func(f codec.CameraFact) bool { return f.Key == m.Key })
		}))
	}
}

func (t *Text) cameraRequest(r codec.CameraRequest) {
	t.labelled("", string(r.Body))
	if w, ok := r.ConfigWord(); ok {
		t.item(t.style.faint, w.Meaning)
	}
}

func (t *Text) message(m codec.Line) {
	t.item(nil, "$"+Safe(m.Type))
	t.item(nil, shorten(strings.Join(m.Fields, ";")))
	t.checksum(m.Checksum)
}

func (t *Text) raw(r codec.Raw) {
	t.item(nil, shorten(string(r.Bytes)))
}

// checksum writes a warning if the checksum is wrong and was ignored as the
// user asked.
func (t *Text) checksum(sum codec.Opt[codec.Checksum]) {
	if sum.Set && sum.Value.Rule == codec.RuleNone {
		t.item(t.style.warning, "! the checksum is wrong")
	}
}

// extra writes the members that the codec does not know.
func (t *Text) extra(members []codec.Member) {
	for _, m := range members[:min(len(members), maxItems)] {
		t.item(t.style.faint, shorten(m.Key)+" "+shortenJSON(m.Value))
	}
	t.more(len(members))
}

// more writes how many of n items are not shown.
func (t *Text) more(n int) {
	if n > maxItems {
		t.item(t.style.faint, "... ("+strconv.Itoa(n-maxItems)+" more)")
	}
}

// data writes tag data. Hex digits are written as they are and anything else in
// quotes, so that it cannot be mistaken for mqtool's own words.
func (t *Text) data(label, text string) {
	if text == "" {
		return
	}
	shown := shorten(text)
	if strings.Trim(text, "0123456789ABCDEFabcdef") != "" {
		shown = `"` + shown + `"`
	}
	t.item(nil, label+shown)
}

func (t *Text) labelled(label, text string) {
	if text != "" {
		t.item(nil, label+shorten(text))
	}
}

// column writes one of the aligned texts.
func (t *Text) column(i column, c *color.Color, text string) {
	cells := width(text)
	if i == columnDevice && t.fixed > 0 {
		t.widths[i] = t.fixed
	} else {
		t.widths[i] = max(t.widths[i], min(cells, maxColumn))
	}
	if t.widths[i] > 0 {
		t.folder.column(c, text, cells, t.widths[i])
	}
}

// item writes a text that is not aligned, unless it is empty.
func (t *Text) item(c *color.Color, text string) {
	if text != "" {
		cells := width(text)
		t.folder.column(c, text, cells, cells)
	}
}

// number formats a number with a text before and after it, or returns "" if it
// is not set.
func number(before string, n codec.Opt[int64], behind string) string {
	if !n.Set {
		return ""
	}
	return before + strconv.FormatInt(n.Value, 10) + behind
}

// shorten makes a text of a device safe, and cuts it if it is long.
func shorten(s string) string { return shortenTo(maxText, s) }

// shortenTo is like shorten, with another maximal length.
func shortenTo(length int, s string) string {
	if len(s) <= length {
		return Safe(s)
	}
	cut := length
	for !utf8.RuneStart(s[cut]) && cut > length-utf8.UTFMax {
		cut--
	}
	return Safe(s[:cut]) + "... (" + strconv.Itoa(len(s)) + " bytes)"
}

// shortenJSON is like shorten, for JSON, which some devices spread over several
// lines.
func shortenJSON(raw json.RawMessage) string {
	var line bytes.Buffer
	if bytes.IndexByte(raw, '\n') < 0 || json.Compact(&line, raw) != nil {
		return shorten(string(raw))
	}
	return shorten(line.String())
}
