package codec

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

var flash = [4]LEDMode{0x92, 0x92, 0x92, 0x92}

// commandTests have a command with its text and its JSON; either may be missing. The tests
// write and read both.
var commandTests = []struct {
	name string
	want ReaderCommand
	text string // without CR LF
	json string
	out  string // as mqtool prints it, without the format
}{
	{
		"wink",
		ReaderCommand{Sequence: Some(SequenceWink)},
		"$SCCMD;SEQ=0E", `{"Sequence":"0E"}`,
		`"sequence":14,"sequence_hex":"0E","sequence_name":"WINK"`,
	},
	{
		"access granted",
		ReaderCommand{Sequence: Some(SequenceGranted)},
		"$SCCMD;SEQ=60", `{"Sequence":"60"}`,
		`"sequence":96,"sequence_hex":"60","sequence_name":"ACCESS GRANTED"`,
	},
	{
		"access denied",
		ReaderCommand{Sequence: Some(SequenceDenied)},
		"$SCCMD;SEQ=61", `{"Sequence":"61"}`,
		`"sequence":97,"sequence_hex":"61","sequence_name":"ACCESS DENIED"`,
	},
	{
		"the documented lights and beep",
		ReaderCommand{LEDs: Some(flash), Buzzer: Some[uint16](100)},
		"$SCCMD;LEDS=92929292;BUZZ=0064", `{"Leds":"92929292","Buzzer":"0064"}`,
		`"leds":[146,146,146,146],"leds_hex":"92929292","leds_text":["10 Hz: 1 medium flash, 20 % on","10 Hz: 1 medium flash, 20 % on",` +
			`"10 Hz: 1 medium flash, 20 % on","10 Hz: 1 medium flash, 20 % on"],"buzz_ms":100`,
	},
	{
		"lights off, silence",
		ReaderCommand{LEDs: Some([4]LEDMode{}), Buzzer: Some[uint16](0)},
		"$SCCMD;LEDS=00000000;BUZZ=0000", `{"Leds":"00000000","Buzzer":"0000"}`,
		`"leds":[0,0,0,0],"leds_hex":"00000000","leds_text":["off","off","off","off"],"buzz_ms":0`,
	},
	{
		"color",
		ReaderCommand{RGBColor: Some(RGB(0xFF8000)), RGBMode: Some(LEDBreathing)},
		"", `{"RgbColor":"FF8000","RgbMode":"0F"}`,
		`"rgb_color":"FF8000","rgb_mode":15,"rgb_mode_text":"breathing"`,
	},
	{
		"a sequence and a relay",
		ReaderCommand{Sequence: Some(SequenceGranted), Relay: Some(Relay{On: true}), Relays: []Relay{{}, {On: true}}},
		"", `{"Sequence":"60","Relay":true,"Relays":[false,true]}`,
		`"sequence":96,"sequence_hex":"60","sequence_name":"ACCESS GRANTED","relay":true,"relays":[false,true]`,
	},
}

func TestReaderCommand(t *testing.T) {
	for _, tt := range commandTests {
		t.Run(tt.name, func(t *testing.T) {
			if line, err := tt.want.Line(); tt.text == "" && !errors.Is(err, errJSONOnly) || tt.text != "" && string(line.Wire()) != tt.text+"\r\n" {
				t.Errorf("Line is %q, %v; want %q", line.Wire(), err, tt.text)
			}
			if text, err := tt.want.Wire(); err != nil || string(text) != tt.json {
				t.Errorf("Wire is %s, %v; want %s", text, err, tt.json)
			}
			want := tt.want
			want.Format = FormatJSON
			if got, err := DecodeReaderCommand([]byte(tt.json)); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s\nis   %+v, %v\nwant %+v", tt.json, got, err, want)
			}
			if got := string(want.AppendJSON(nil)); got != `{"format":"json",`+tt.out+`}` {
				t.Errorf("prints as %s\nwant      %s", got, tt.out)
			}
			if tt.text == "" {
				return
			}
			want.Format = FormatLine
			m, err := ParseLine(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := parseReaderCommand(m); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s\nis   %+v, %v\nwant %+v", tt.text, got, err, want)
			}
		})
	}
}

// TestReaderCommandSpellings checks spellings that are read although they would be written
// differently.
func TestReaderCommandSpellings(t *testing.T) {
	json := func(c ReaderCommand) ReaderCommand { c.Format = FormatJSON; return c }
	line := func(c ReaderCommand) ReaderCommand { c.Format = FormatLine; return c }
	tests := []struct {
		name, text string
		want       ReaderCommand
	}{
		{"a string is hex", `{"Sequence":"60"}`, json(ReaderCommand{Sequence: Some(SequenceGranted)})},
		{"an integer is decimal", `{"Sequence":96}`, json(ReaderCommand{Sequence: Some(SequenceGranted)})},
		{"the trap", `{"Sequence":60}`, json(ReaderCommand{
			Sequence: Some(Sequence(0x3C)),
			Rest:     Rest{Warn: []string{"sequence 3C is not documented"}},
		})},
		{"one digit, 0x, any case, blanks", ` { "SEQUENCE" : "0xe" } `, json(ReaderCommand{Sequence: Some(SequenceWink)})},
		{"buzzer in hex", `{"Buzzer":"100"}`, json(ReaderCommand{Buzzer: Some[uint16](256)})},
		{"buzzer in decimal", `{"Buzzer":100}`, json(ReaderCommand{Buzzer: Some[uint16](100)})},
		{"color and mode in decimal", `{"RgbColor":255,"RgbMode":1}`, json(ReaderCommand{RGBColor: Some(RGB(255)), RGBMode: Some(LEDOn)})},
		{"escapes", `{"Sequenc\u0065":"\u0030E"}`, json(ReaderCommand{Sequence: Some(SequenceWink)})},
		{"the last of two counts", `{"Sequence":"60","sequence":"61"}`, json(ReaderCommand{Sequence: Some(SequenceDenied)})},
		{"null is absent", `{"Sequence":"60","Buzzer":null}`, json(ReaderCommand{Sequence: Some(SequenceGranted)})},
		{"a relay number", `{"Relay":500}`, json(ReaderCommand{
			Relay: Some(Relay{Raw: "500"}),
			Rest:  Rest{Warn: []string{`what a reader does with the relay value "500" is not documented`}},
		})},
		{"unknown keys", `{"Sequence":"60","Text":"Hi","N":1e5}`, json(ReaderCommand{
			Sequence: Some(SequenceGranted),
			Rest:     Rest{Extra: []Member{rawMember("Text", `"Hi"`), rawMember("N", "1e5")}},
		})},
		{"what must not be sent", `{"Sequence":"60","Buzzer":"64"}`, json(ReaderCommand{
			Sequence: Some(SequenceGranted), Buzzer: Some[uint16](100),
			Rest: Rest{Warn: []string{errForbidden.Error()}},
		})},
		{"nothing", `{}`, json(ReaderCommand{Rest: Rest{Warn: []string{errEmpty.Error()}}})},
		{"an LED mode nobody knows", `{"Leds":"00FF010F"}`, json(ReaderCommand{
			LEDs: Some([4]LEDMode{0x00, 0xFF, 0x01, 0x0F}),
			Rest: Rest{Warn: []string{"mode FF of LED 2 is not documented"}},
		})},
		{"fields in any case, blanks, gaps, checksum", "$SCCMD;;seq = 60 ;*13", line(ReaderCommand{
			Sequence: Some(SequenceGranted), Checksum: inclusive(0x13),
		})},
		{"an unknown field", "$SCCMD;SEQ=60;TEXT=a=\"b", line(ReaderCommand{
			Sequence: Some(SequenceGranted), Rest: Rest{Extra: []Member{rawMember("TEXT", `"a=\"b"`)}},
		})},
		{"a line that a reader drops", "$SCCMD;SEQ=60;X=" + strings.Repeat("0", 238), line(ReaderCommand{
			Sequence: Some(SequenceGranted),
			Rest: Rest{
				Extra: []Member{rawMember("X", `"`+strings.Repeat("0", 238)+`"`)},
				Warn:  []string{"the line has 256 bytes: a reader drops lines longer than 255"},
			},
		})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := decodeOne(commandTopic, []byte(tt.text))
			if err != nil || !reflect.DeepEqual(got, Value(tt.want)) {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, tt.want)
			}
		})
	}
}

func TestReaderCommandErrors(t *testing.T) {
	tests := []struct {
		text string
		want error
	}{
		{`{"Sequence":"600"}`, &FieldError{"command", 0, "Sequence", `"600"`, 12, errNotSequence}},
		{`{"Sequence":"6G"}`, &FieldError{"command", 0, "Sequence", `"6G"`, 12, errNotSequence}},
		{`{"Sequence":""}`, &FieldError{"command", 0, "Sequence", `""`, 12, errNotSequence}},
		{`{"Sequence":256}`, &FieldError{"command", 0, "Sequence", "256", 12, errRange}},
		{`{"Sequence":-1}`, &FieldError{"command", 0, "Sequence", "-1", 12, errRange}},
		{`{"Sequence":1.5}`, &FieldError{"command", 0, "Sequence", "1.5", 12, errNotInteger}},
		{`{"Sequence":true}`, &FieldError{"command", 0, "Sequence", "true", 12, errNotInteger}},
		{`{"Leds":92929292}`, &FieldError{"command", 0, "Leds", "92929292", 8, errNotLEDs}},
		{`{"Leds":"9292929"}`, &FieldError{"command", 0, "Leds", `"9292929"`, 8, errNotLEDs}},
		{`{"Buzzer":65536}`, &FieldError{"command", 0, "Buzzer", "65536", 10, errRange}},
		{`{"Buzzer":"+064"}`, &FieldError{"command", 0, "Buzzer", `"+064"`, 10, errNotBuzzer}},
		{`{"RgbColor":"FFF"}`, &FieldError{"command", 0, "RgbColor", `"FFF"`, 12, errNotColor}},
		{`{"é":1,"Relay":{}}`, &FieldError{"command", 0, "Relay", `{}`, 16, errNotRelay}},
		{`[1]`, &SyntaxError{0, "not a JSON object"}},
		{"$SCCMD;SEQ", &SyntaxError{7, `$SCCMD field 1: "SEQ" has no =; the form is NAME=VALUE`}},
		{"$SCCMD;LEDS=92929292;BUZZ=00640", &FieldError{"$SCCMD", 2, "BUZZ", "00640", 21, errNotBuzzer}},
	}
	for _, tt := range tests {
		var (
			c   ReaderCommand
			err error
		)
		if strings.HasPrefix(tt.text, "$") {
			m, _ := ParseLine(tt.text)
			c, err = parseReaderCommand(m)
		} else {
			c, err = DecodeReaderCommand([]byte(tt.text))
		}
		if !reflect.DeepEqual(err, tt.want) || !errors.Is(err, ErrMalformed) || !reflect.DeepEqual(c, ReaderCommand{}) {
			t.Errorf("%s: %#v beside %+v\nwant %#v", tt.text, err, c, tt.want)
		}
	}
	if c, err := parseReaderCommand(Line{Type: "SCRDR"}); !errors.Is(err, ErrMalformed) || !reflect.DeepEqual(c, ReaderCommand{}) {
		t.Errorf("$SCRDR is %+v, %v", c, err)
	}
}

func TestReaderCommandIsNotSent(t *testing.T) {
	seq := Some(SequenceGranted)
	extra := func(key, value string) ReaderCommand {
		return ReaderCommand{Sequence: seq, Rest: Rest{Extra: []Member{rawMember(key, value)}}}
	}
	tests := []struct {
		name    string
		command ReaderCommand
		inText  string // part of the reason, "" when it is sent
		inJSON  string
	}{
		{"nothing", ReaderCommand{}, "says nothing", "says nothing"},
		{"sequence and LEDs", ReaderCommand{Sequence: seq, LEDs: Some(flash)}, "forbids", "forbids"},
		{"sequence and buzzer", ReaderCommand{Sequence: seq, Buzzer: Some[uint16](0)}, "forbids", "forbids"},
		{"sequence and color", ReaderCommand{Sequence: seq, RGBColor: Some(RGB(0))}, "forbids", "forbids"},
		{"sequence and color mode", ReaderCommand{Sequence: seq, RGBMode: Some(LEDOff)}, "forbids", "forbids"},
		{"no color", ReaderCommand{RGBColor: Some(RGB(0x1000000))}, "six", "six"},
		{"no relay value", ReaderCommand{Relay: Some(Relay{Raw: "[]"})}, "relay", "relay"},
		{"a relay of many", ReaderCommand{Relays: []Relay{{}, {Raw: "nil"}}}, "relay", "relay"},
		{"a relay in text", ReaderCommand{Relay: Some(Relay{})}, "send JSON", ""},
		{"a semicolon in text", extra("X", `"a;SEQ=61"`), "read differently", ""},
		{"a name that is taken", extra("seq", `"61"`), "read differently", ""},
		{"a line end in text", extra("X", `"a\nb"`), "control character", ""},
		{"an object in text", extra("X", `{}`), "not text", ""},
		{"too long in text", extra("X", `"`+strings.Repeat("0", 238)+`"`), "256 bytes is too long", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			line, err := tt.command.Line()
			if err == nil || !reflect.DeepEqual(line, Line{}) || !strings.Contains(err.Error(), tt.inText) {
				t.Errorf("Line is %+v, %v; want a reason with %q", line, err, tt.inText)
			}
			object, err := tt.command.Wire()
			if tt.inJSON == "" {
				if err != nil || !json.Valid(object) {
					t.Errorf("Wire is %s, %v", object, err)
				}
				return
			}
			if err == nil || object != nil || !strings.Contains(err.Error(), tt.inJSON) {
				t.Errorf("Wire is %s, %v; want a reason with %q", object, err, tt.inJSON)
			}
		})
	}
	c := extra("X", `"`+strings.Repeat("0", 237)+`"`)
	if line, err := c.Line(); err != nil || len(line.Wire()) != MaxCommandLine {
		t.Errorf("a line of %d bytes: %v; want %d", len(line.Wire()), err, MaxCommandLine)
	}
}

func TestCommandChecksumIsWritten(t *testing.T) {
	c := ReaderCommand{Sequence: Some(SequenceGranted), Checksum: Some(Checksum{Rule: RuleInclusive})}
	if line, err := c.Line(); err != nil || string(line.Wire()) != "$SCCMD;SEQ=60*13\r\n" {
		t.Errorf("Line is %q, %v", line.Wire(), err)
	}
}

func TestParseRelay(t *testing.T) {
	tests := []struct {
		text string
		raw  bool
		want Relay
		ok   bool
	}{
		{"on", false, Relay{On: true}, true},
		{"TRUE", true, Relay{On: true}, true},
		{"off", false, Relay{}, true},
		{"500", false, Relay{}, false},
		{"500", true, Relay{Raw: "500"}, true},
		{`"1F4"`, true, Relay{Raw: `"1F4"`}, true},
		{"1F4", true, Relay{}, false},
		{"", true, Relay{}, false},
		{"[1]", true, Relay{}, false},
		{" 1", true, Relay{}, false},
		{"null", true, Relay{}, false},
	}
	for _, tt := range tests {
		if got, err := ParseRelay(tt.text, tt.raw); got != tt.want || (err == nil) != tt.ok {
			t.Errorf("ParseRelay(%q, %v) is %+v, %v", tt.text, tt.raw, got, err)
		}
	}
}

const commandTopic = "springcard/springcore/DA1275B0/rdr/cmd"

// FuzzReaderCommand checks that a command which was read and may be sent is read back
// unchanged after it was written, in both formats.
func FuzzReaderCommand(f *testing.F) {
	for _, tt := range commandTests {
		f.Add(tt.text)
		f.Add(tt.json)
	}
	f.Add("$SCCMD;SEQ=60;TEXT=a=\"b*00")
	f.Add(`{"Relays":[true,500,"1F4"],"X":{"a":[1e5]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		items := Decode(commandTopic, []byte(text))
		if len(items) > 1 {
			return
		}
		v, err := items[0].Value, items[0].Err
		if err != nil {
			if v.Kind() != KindRaw || !errors.Is(err, ErrMalformed) {
				t.Fatalf("error %v beside %+v", err, v)
			}
			return
		}
		requireJSON(t, v)
		c, ok := v.(ReaderCommand)
		if !ok {
			return
		}
		if sent, err := c.Line(); err == nil {
			line := string(sent.Wire())
			m, err := ParseLine(line)
			if err != nil {
				t.Fatal(err)
			}
			// The checksum follows the same rule. It may be another one, because a command is
			// written in one form: in UTF-8, and with capital hex digits.
			rule := c.Checksum.Value.Rule
			if back, err := parseReaderCommand(m); err != nil || !back.sameAs(c) || rule != RuleNone && back.Checksum.Value.Rule != rule {
				t.Fatalf("%+v\nis sent as %q\nand read as %+v, %v", c, line, back, err)
			}
		}
		if object, err := c.Wire(); err == nil {
			back, err := DecodeReaderCommand(object)
			sameRelay := func(a, b Relay) bool { return string(a.appendJSON(nil)) == string(b.appendJSON(nil)) } // "\x7f" is written as an escape
			if err != nil || back.Relay.Set != c.Relay.Set || !sameRelay(back.Relay.Value, c.Relay.Value) || !slices.EqualFunc(back.Relays, c.Relays, sameRelay) {
				t.Fatalf("%+v\nis sent as %s\nand read as %+v, %v", c, object, back, err)
			}
			if c.Format == FormatJSON && !back.sameAs(c) {
				t.Fatalf("%+v\nis sent as %s\nand read as %+v", c, object, back)
			}
		}
	})
}
