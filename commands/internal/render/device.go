package render

import (
	"math"
	"strconv"
	"strings"
	"time"

	"mqtool/codec"
)

// A DeviceState is what a command found out about a device, as a word that
// scripts rely on.
type DeviceState string

// The states.
const (
	DeviceAwake    DeviceState = "awake"     // a camera sent something just now
	DeviceOnline   DeviceState = "online"    // a reader has just said so
	DeviceOffline  DeviceState = "offline"   // a reader, or the broker on its behalf, has just said so
	DeviceHeard    DeviceState = "heard"     // it has just sent something that does not tell its state
	DeviceRetained DeviceState = "retained"  // nothing is known but the messages that the broker kept
	DeviceSent     DeviceState = "sent"      // the broker has the request, and the command did not wait for an answer
	DeviceNoAnswer DeviceState = "no_answer" // nothing came
)

// A DeviceReport is what a command found out about one device. Unknown fields
// are empty. It has one field for each key of the JSON.
type DeviceReport struct {
	Family, Device string
	Name           string // the user's name for it
	State          DeviceState
	Words          string    // the state for a person, if it says more than State
	OK             bool      // whether the device is in the state that the command wants
	LastHeard      time.Time // for a message that the broker kept, the time in it

	Requests int                      // how many were sent
	After    codec.Opt[time.Duration] // time from the first request to the answer
	Then     string                   // what else the command asked of it

	Meta, Status *Envelope
	Warnings     []string // apart from those of the messages
}

// facts returns the facts of both messages.
func (r *DeviceReport) facts() (facts []codec.CameraFact) {
	for _, message := range []*Envelope{r.Meta, r.Status} {
		if message != nil {
			facts = append(facts, factsOf(message.Value)...)
		}
	}
	return facts
}

// AppendJSON appends the report as one JSON object, without a line end:
//
//	{"family":"milesight","device":"5CC5638AE24C","name":"gate","state":"awake","ok":true,
//	"last_heard":"2026-04-19T17:46:58Z","requests":1,"after_seconds":3.2,
//	"facts":{"battery":{"key":"batteryLevel","value":81}},"status":{...}}
//
// meta and status are what [Envelope.AppendJSON] makes of the messages, without their facts.
func (r *DeviceReport) AppendJSON(dst []byte) []byte {
	text := func(key, s string) {
		if s != "" {
			dst = codec.AppendString(append(append(append(dst, `,"`...), key...), `":`...), s)
		}
	}
	dst = append(dst, `{"family":`...)
	dst = codec.AppendString(dst, r.Family)
	text("device", r.Device)
	if r.Name != r.Device {
		text("name", r.Name)
	}
	text("state", string(r.State))
	dst = strconv.AppendBool(append(dst, `,"ok":`...), r.OK)
	if !r.LastHeard.IsZero() {
		text("last_heard", r.LastHeard.UTC().Format(time.RFC3339Nano))
	}
	if r.Requests > 0 {
		dst = strconv.AppendInt(append(dst, `,"requests":`...), int64(r.Requests), 10)
	}
	if r.After.Set {
		seconds := math.Round(r.After.Value.Seconds()*1000) / 1000
		dst = strconv.AppendFloat(append(dst, `,"after_seconds":`...), seconds, 'f', -1, 64)
	}
	text("then", r.Then)
	dst = appendFacts(dst, r.facts())
	if r.Meta != nil {
		dst = r.Meta.appendJSON(append(dst, `,"meta":`...), nil)
	}
	if r.Status != nil {
		dst = r.Status.appendJSON(append(dst, `,"status":`...), nil)
	}
	for i, w := range r.Warnings {
		if i == 0 {
			dst = append(dst, `,"warnings":[`...)
		} else {
			dst = append(dst, ',')
		}
		dst = codec.AppendString(dst, w)
	}
	if len(r.Warnings) > 0 {
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

// Devices writes one line for each report, for people. A line holds the state
// and what else is known, or is a row of a table:
//
//	DEVICE        FAMILY     STATE      LAST HEARD           DETAILS
//	gate          milesight  awake      2026-04-19 17:46:58  battery 81 (batteryLevel)
//	5CC5638AE729  milesight  no answer  -
type Devices struct {
	text  *Text
	table bool
}

// The columns of a table. Without a table, lines have only the first and the
// third.
const (
	columnName = iota
	columnFamily
	columnState
	columnHeard
)

var deviceHeader = [...]string{"DEVICE", "FAMILY", "STATE", "LAST HEARD"}

// NewDevices returns a Devices that writes in a style.
func NewDevices(style *Style, layout Layout, table bool) *Devices {
	text := NewText(style, layout)
	text.widths = [columns]int{}
	return &Devices{text: text, table: table}
}

// Fit makes the columns wide enough for a report that will be appended later.
func (d *Devices) Fit(r *DeviceReport) {
	for i, cell := range [...]string{shorten(r.label()), r.Family, r.words(), d.heard(r)} {
		d.text.widths[i] = max(d.text.widths[i], min(width(cell), maxColumn))
	}
}

// AppendHeader appends the header of a table. Without a table it appends
// nothing.
func (d *Devices) AppendHeader(dst []byte) []byte {
	if !d.table {
		return dst
	}
	t := d.text
	t.start(dst)
	for i, name := range deviceHeader {
		t.column(column(i), t.style.faint, name)
	}
	t.item(t.style.faint, "DETAILS")
	return t.end()
}

// Append appends the line of one report.
func (d *Devices) Append(dst []byte, r *DeviceReport) []byte {
	t := d.text
	t.start(dst)
	state := t.style.bad
	if r.OK {
		state = t.style.in
	}
	t.column(columnName, t.style.device, shorten(r.label()))
	if d.table {
		t.column(columnFamily, nil, r.Family)
	}
	t.column(columnState, state, r.words())
	if d.table {
		t.column(columnHeard, nil, d.heard(r))
	}
	d.details(r)
	for _, w := range r.Warnings {
		t.item(t.style.warning, "! "+Safe(w))
	}
	return t.end()
}

// label returns the name by which a person knows the device, or else its id. An
// unknown device has a Name that says so.
func (r *DeviceReport) label() string {
	if r.Name != "" {
		return r.Name
	}
	return r.Device
}

func (r *DeviceReport) words() string {
	if r.Words != "" {
		return shorten(r.Words)
	}
	return strings.ReplaceAll(string(r.State), "_", " ")
}

func (d *Devices) heard(r *DeviceReport) string {
	if r.LastHeard.IsZero() {
		return "-"
	}
	return d.text.layout.when(r.LastHeard, d.text.zone)
}

func (d *Devices) details(r *DeviceReport) {
	t := d.text
	if r.Name != r.Device && r.Name != "" {
		t.item(nil, shorten(r.Device))
	}
	for _, message := range []*Envelope{r.Meta, r.Status} {
		if message == nil {
			continue
		}
		switch v := message.Value.(type) {
		case codec.ReaderMeta: // the facts are below
		case codec.ReaderStatus: // its state has a column
			t.uptime(v.Uptime)
			t.item(t.style.faint, shorten(v.DateTime))
			t.extra(v.Extra)
		default:
			t.value(v)
		}
		for _, w := range message.warnings() {
			t.item(t.style.warning, "! "+Safe(w))
		}
	}
	if r.Meta == nil {
		return // the facts of a camera are part of its status, which was shown above
	}
	for _, f := range r.facts() {
		value, _ := unquote(f.Value)
		text := f.Name + " " + shorten(value)
		if f.Name != "product" {
			text += " (" + f.Key + ")"
		}
		t.item(nil, text)
	}
}
