package render

import (
	"testing"
	"time"

	"mqtool/codec"
)

func TestAction(t *testing.T) {
	when := time.Date(2026, 4, 19, 17, 46, 59, 5e8, time.UTC)
	command := codec.ReaderCommand{
		Format: codec.FormatJSON, LEDs: codec.Some([4]codec.LEDMode{codec.LEDOff, codec.LEDOn, 0x92, 0x92}), Buzzer: codec.Some(uint16(1500)),
		Relay: codec.Some(codec.Relay{On: true}), Relays: []codec.Relay{{}}, RGBColor: codec.Some(codec.RGB(0xFF00FF)), RGBMode: codec.Some(codec.LEDBreathing),
	}
	reader := Action{Time: when, Family: "springcore", Device: "DA1275B0"}
	with := func(did string, v codec.Value, note string) Action {
		a := reader
		a.Did, a.Value, a.Note = did, v, note
		return a
	}
	for _, tt := range []struct {
		action     Action
		line, json string
	}{
		{
			with("sent", &codec.ReaderEvent{Format: codec.FormatJSON, TagID: "04", Move: codec.MoveInsert}, "fault: none"),
			"17:46:59  DA1275B0  sends event  tag 04  inserted  fault: none\n",
			`{"time":"2026-04-19T17:46:59.5Z","family":"springcore","device":"DA1275B0","did":"sent","kind":"event",` +
				`"data":{"format":"json","tag_id":"04","move":"insert"},"note":"fault: none"}`,
		},
		{
			with("obeyed", command, ""),
			"17:46:59  DA1275B0  obeys  LEDs ○●◐◐  10 Hz: 1 medium flash, 20 % on  beeps 1.5s  relay on  relay off  color FF00FF  color mode breathing\n",
			"",
		},
		{with("obeyed", codec.ReaderCommand{Sequence: codec.Some(codec.SequenceGranted)}, "muted"), "17:46:59  DA1275B0  obeys  plays 60 ACCESS GRANTED  muted\n", ""},
		{
			with("obeyed", codec.CameraRequest{Request: codec.KindStatusRequest, Body: []byte("status\x1b")}, ""),
			"17:46:59  DA1275B0  gets status request  status\\x1b\n", "",
		},
		{
			Action{Time: when, Device: "x\x1b", Did: "discarded", Topic: "t", Note: "why\n\x1b"},
			"17:46:59  x\\x1b  discards  why\\n\\x1b\n",
			`{"time":"2026-04-19T17:46:59.5Z","device":"x\u001b","did":"discarded","topic":"t","note":"why\n\u001b"}`,
		},
		{with("slept", nil, ""), "17:46:59  DA1275B0  sleeps\n", ""},
		{with("woke", nil, ""), "17:46:59  DA1275B0  is awake\n", ""},
		{with("restarted", nil, ""), "17:46:59  DA1275B0  restarts\n", ""},
		{with("stopped", nil, ""), "17:46:59  DA1275B0  is closed\n", ""},
		{with("returned", nil, "after 1s"), "17:46:59  DA1275B0  is back  after 1s\n", ""},
		{with("lost", nil, "gone"), "17:46:59  DA1275B0  lost   gone\n", ""},
	} {
		text := NewText(NewStyle(false), Layout{})
		text.zone = time.UTC
		if got := string(text.AppendAction(nil, &tt.action)); got != tt.line {
			t.Errorf("got  %q\nwant %q", got, tt.line)
		}
		if got := string(tt.action.AppendJSON(nil)); tt.json != "" && got != tt.json {
			t.Errorf("got  %s\nwant %s", got, tt.json)
		}
	}
}
