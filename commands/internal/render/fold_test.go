package render

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"mqtool/codec"
	"mqtool/codec/jpeg"
)

var escapes = regexp.MustCompile("\x1b\\[[0-9;]*m")

// foldedMessages returns messages of all kinds from a device with this name.
func foldedMessages(t *testing.T, name string) []Envelope {
	long := strings.Repeat("大门口 gate, ", 30)
	list := []Envelope{
		{Value: event(nil), Answer: "accept"},
		{Value: event(func(e *codec.ReaderEvent) { e.TagDetails, e.TagData = long, "a\x1b[31m\r\n"+name }), Answer: "deny"},
		{Value: decode(t, "x/status", `{"State":"online,ready","Uptime":"145:1860.081","Note":"`+name+`"}`)},
		{Value: decode(t, "", `{"VendorName":"SpringCard","ProductName":"SpringPark","SerialNumber":"DA1275B0","Version":"1.23","Open":true,"Protocol":"RDR/JSON"}`)},
		{Value: decode(t, "", `$SCCMD;LEDS=00010292`)},
		{Value: codec.Raw{Bytes: []byte(strings.Repeat("\x00\xff", 200))}},
		{Value: codec.Raw{Bytes: []byte(strings.Repeat("x", 90))}},
		{Value: codec.CameraSnapshot{
			CameraInfo: codec.CameraInfo{CapturedAt: received, DeviceName: name, File: "a.jpg"},
			Picture:    codec.Some(jpeg.Picture{Size: 61903, Width: 1920, Height: 1080, Coding: "baseline", State: jpeg.Truncated, End: "in its scan"}),
		}, Output: "pictures/" + name + "/a.jpg"},
	}
	for i := range list {
		list[i].Time, list[i].Device, list[i].Name, list[i].Warnings = received, "DA1275B0", name, []string{long}
		list[i].Delivery = codec.Some(Delivery{Retained: true, Duplicate: true})
	}
	return list
}

// No line is wider than the terminal, and folding loses nothing but blanks.
// This holds for messages, reports, checks, registers and notices.
func TestFold(t *testing.T) {
	names := []string{"gate", strings.Repeat("名前", 30), "\x1b[2J\u202e", strings.Repeat("e\u0301", 70)}
	for _, n := range wideNames {
		names = append(names, n.text)
	}
	for _, columns := range []int{20, 40, 80, 132} {
		for _, name := range names {
			for _, colored := range []bool{false, true} {
				style := NewStyle(colored)
				write := func(columns int) []byte {
					layout := Layout{Verbose: true}
					if columns > 0 {
						layout.Width = func() int { return columns }
					}
					var out []byte
					text := NewText(style, layout)
					text.FixDevices([]string{name})
					for _, e := range foldedMessages(t, name) {
						out = text.Append(out, &e)
					}
					devices := NewDevices(style, layout, true)
					out = devices.AppendHeader(out)
					status := Envelope{Value: decode(t, "4GSolarCam/Status", `{"devName":"gate","battery":81,"sn":"6","x":1}`)}
					out = devices.Append(out, &DeviceReport{Device: "5CC5638AE24C", Name: name, State: DeviceAwake, LastHeard: received, Status: &status, Warnings: []string{name}})
					checks := NewChecks(style, layout, []string{"shared subscriptions"})
					out = checks.Append(out, &Check{Name: "TLS", State: CheckFailed, Seen: []string{name, strings.Repeat("seen ", 30)}, Cause: strings.Repeat(name, 20), Try: "--ca"})
					out = style.AppendRegister(out, columns, codec.Explanation{Address: 0x02C0, Name: "profile", Fields: []codec.RegisterField{{Name: "network", Words: strings.Repeat(name+" ", 20)}}})
					out = style.AppendFinding(out, columns, codec.Finding{Address: 0x02C0, Severity: codec.SeverityError, Problem: name, Advice: strings.Repeat("set it ", 20)})
					return style.AppendMessage(out, columns, Error, name+strings.Repeat(" and more", 30))
				}
				whole, folded := escapes.ReplaceAllString(string(write(0)), ""), escapes.ReplaceAllString(string(write(columns)), "")
				for line := range strings.Lines(folded) {
					line = strings.TrimSuffix(line, "\n")
					if w := width(line); w > columns && !strings.HasPrefix(line, "02C0 ") {
						t.Errorf("%d columns, %q, color %v: %d columns in %q", columns, name, colored, w, line)
					}
				}
				if a, b := strings.Join(strings.Fields(whole), ""), strings.Join(strings.Fields(folded), ""); a != b {
					t.Errorf("%d columns, %q: got\n%s\nwant\n%s", columns, name, b, a)
				}
			}
		}
	}
}

// An ordinary event fits in 80 columns.
func TestEventFits(t *testing.T) {
	noon := time.Date(2024, 3, 13, 12, 0, 0, 0, time.UTC)
	layout := Layout{Width: func() int { return 80 }, Today: func() time.Time { return noon }}
	text := NewText(NewStyle(false), layout)
	text.zone = time.UTC
	text.FixDevices([]string{"door", "front-door"})
	var out []byte
	for _, e := range []Envelope{
		{Value: event(func(e *codec.ReaderEvent) { e.TagData = "00047DAE02C84080" }), Answer: "accept"},
		{Value: event(func(e *codec.ReaderEvent) { e.Move = codec.MoveRemove })},
		{Value: event(func(e *codec.ReaderEvent) { e.TagData = "0102" }), Name: "", Answer: "deny"},
	} {
		e.Time, e.Device = noon.Add(-time.Hour), "DA1275B0"
		if len(out) == 0 {
			e.Name = "door"
		}
		out = text.Append(out, &e)
	}
	snapshot := Envelope{Time: noon.Add(-24 * time.Hour), Topic: "4GSolarCam/Snapshot", Value: codec.CameraSnapshot{}}
	out = text.Append(out, &snapshot)
	const want = `11:00:00  door          event  tag 047DAE02C84080  NFC-A  inserted  accept
11:00:00  DA1275B0      event  tag 047DAE02C84080  NFC-A  removed
11:00:00  DA1275B0      event  tag 047DAE02C84080  NFC-A  inserted  deny
    data 0102
2024-03-12 12:00:00  4GSolarCam/Snapshot  snapshot  no picture
`
	if string(out) != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
}

// A combining character stays with the character before it, and a text without
// blanks is broken, too.
func TestBreakText(t *testing.T) {
	for _, tt := range []struct {
		text string
		room int
		want []string
	}{
		{"one two", 5, []string{"one", "two"}},
		{"one  two", 4, []string{"one", "two"}},
		{"abcdef", 4, []string{"abcd", "ef"}},
		{"大门口", 3, []string{"大", "门", "口"}},
		{"大门", 1, []string{"大", "门"}}, // each character is wider than the room, but the loop ends
		{"e\u0301e\u0301e\u0301", 2, []string{"e\u0301e\u0301", "e\u0301"}},
	} {
		var got []string
		for rest := tt.text; rest != ""; {
			var part string
			part, rest = breakText(rest, tt.room)
			got = append(got, part)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s", fmt.Sprintf("%q in %d: got %q, want %q", tt.text, tt.room, got, tt.want))
		}
	}
}
