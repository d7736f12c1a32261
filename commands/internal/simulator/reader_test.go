package simulator

import (
	"strings"
	"testing"
	"time"

	"mqtool/codec"
)

func newReader(t *testing.T, c ReaderConfig) *Reader {
	t.Helper()
	c.ID, c.Prefix, c.Boot = "DA1275B0", "p", 7
	r, err := NewReader(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func registers(t *testing.T, text string) codec.Registers {
	t.Helper()
	r, err := codec.ParseRegisters(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const meta = `{"VendorName":"SpringCard","ProductName":"SpringPark","SerialNumber":"DA1275B0","Version":"1.23",` +
	`"Firmware":"springCore/e518/springpark","Revision":"1.23-11-g30998598","Hardware":"EAN201234","Open":true,` +
	`"IpAddress":"192.0.2.17","PhysAddress":"7490DA1275B0","Protocol":"RDR/JSON","Interfaces":"13.56"}`

// TestReaderLife plays what a reader publishes with certain registers.
func TestReaderLife(t *testing.T) {
	tags := []string{"047DAE02C84080", "262BA1B0"}
	for _, tt := range []struct {
		name   string
		config ReaderConfig
		until  time.Duration
		want   string
	}{
		{
			"from the factory: a tag that stays is repeated every 3s, STATUS comes every 30s",
			ReaderConfig{Tags: tags, Every: 20 * time.Second, First: 2 * time.Second},
			31 * time.Second, `
				0s 1r p/DA1275B0/meta ` + meta + `
				0s 1r p/DA1275B0/status {"State":"online,ready","Uptime":"7:0.001"}
				2s 1 p/DA1275B0/rdr/evt {"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080","TagData":"00047DAE02C84080","Uptime":"7:2.000"}
				5s 1 p/DA1275B0/rdr/evt {"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080","TagData":"00047DAE02C84080","Uptime":"7:5.000"}
				8s 1 p/DA1275B0/rdr/evt {"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080","TagData":"00047DAE02C84080","Uptime":"7:8.000"}
				11s 1 p/DA1275B0/rdr/evt {"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080","TagData":"00047DAE02C84080","Uptime":"7:11.000"}
				14s 1 p/DA1275B0/rdr/evt {"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080","TagData":"00047DAE02C84080","Uptime":"7:14.000"}
				17s 1 p/DA1275B0/rdr/evt {"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080","TagData":"00047DAE02C84080","Uptime":"7:17.000"}
				22s 1 p/DA1275B0/rdr/evt {"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"262BA1B0","TagData":"00000000262BA1B0","Uptime":"7:22.000"}
				25s 1 p/DA1275B0/rdr/evt {"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"262BA1B0","TagData":"00000000262BA1B0","Uptime":"7:25.000"}
				28s 1 p/DA1275B0/rdr/evt {"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"262BA1B0","TagData":"00000000262BA1B0","Uptime":"7:28.000"}
				30s 1r p/DA1275B0/status {"State":"online,ready","Uptime":"7:30.000"}
				31s 1 p/DA1275B0/rdr/evt {"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"262BA1B0","TagData":"00000000262BA1B0","Uptime":"7:31.000"}`,
		},
		{
			"02A1: no repeats; 0289: QoS 0, nothing retained, STATUS every 5s; 02C0: MQTT",
			ReaderConfig{Tags: tags, Every: 20 * time.Second, Registers: registers(t, `{"config":{"A1":"0AFF","89":"400000000500","C0":"64"}}`)},
			19 * time.Second, `
				0s 0 p/DA1275B0/meta ` + meta + `
				0s 0 p/DA1275B0/status {"State":"online,ready","Uptime":"7:0.001"}
				0s 0 p/DA1275B0/rdr/evt {"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080","TagData":"00047DAE02C84080","Uptime":"7:0.002"}
				5s 0 p/DA1275B0/status {"State":"online,ready","Uptime":"7:5.000"}
				10s 0 p/DA1275B0/status {"State":"online,ready","Uptime":"7:10.000"}
				15s 0 p/DA1275B0/status {"State":"online,ready","Uptime":"7:15.000"}`,
		},
		{
			"02A0: movements and $SCRDR",
			ReaderConfig{Tags: tags, Every: 10 * time.Second, Registers: registers(t, `{"02A0":"1003000100","0289":"530000000000"}`)},
			19 * time.Second, `
				0s 1r p/DA1275B0/meta ` + strings.Replace(meta, "RDR/JSON", "$SCRDR", 1) + `
				0s 1r p/DA1275B0/status {"State":"online,ready","Uptime":"7:0.001"}
				0s 1 p/DA1275B0/rdr/evt $SCRDR;13;01;01;;047DAE02C84080;I;00047DAE02C84080;*1F
				8s 1 p/DA1275B0/rdr/evt $SCRDR;13;01;01;;047DAE02C84080;R;;*02
				10s 1 p/DA1275B0/rdr/evt $SCRDR;13;01;01;;262BA1B0;I;00000000262BA1B0;*1F
				18s 1 p/DA1275B0/rdr/evt $SCRDR;13;01;01;;;R;;*04`,
		},
		{
			"quick movements, and events of 2021",
			ReaderConfig{Tags: tags[:1], Every: 200 * time.Millisecond, Format: FormatJSON2021, Registers: registers(t, `{"02A0":"1003000200"}`)},
			400 * time.Millisecond, `
				0s 1r p/DA1275B0/meta {"VendorName":"SpringCard","ProductName":"SpringPark","SerialNumber":"DA1275B0","Version":"1.10","Firmware":"SpringCore/E518/SpringPark","Hardware":"EAN201234","IpAddress":"192.0.2.17","PhysAddress":"7490DA1275B0","Protocol":"$SCRDR"}
				0s 1r p/DA1275B0/status {"State":"online,ready","Uptime":"7:0.001"}
				160ms 1 p/DA1275B0/rdr/evt {"Sequence":1,"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080","State":"Insert/Remove","TagData":"00047DAE02C84080","Uptime":"7:0.160","DateTime":"2026-04-19 12:00:00"}
				360ms 1 p/DA1275B0/rdr/evt {"Sequence":2,"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080","State":"Insert/Remove","TagData":"00047DAE02C84080","Uptime":"7:0.360","DateTime":"2026-04-19 12:00:00"}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) { compare(t, play(newReader(t, tt.config), step{at: tt.until}), tt.want) })
	}
}

// TestReaderCommands checks which commands a reader obeys and which it
// discards.
func TestReaderCommands(t *testing.T) {
	long := "$SCCMD;SEQ=60;X=" + strings.Repeat("0", 256-16)
	for _, tt := range []struct{ payload, want string }{
		{`{ "Sequence": "0E" }`, `obeyed {"format":"json","sequence":14,"sequence_hex":"0E","sequence_name":"WINK"}`},
		{`{"Sequence":96}`, `obeyed {"format":"json","sequence":96,"sequence_hex":"60","sequence_name":"ACCESS GRANTED"}`},
		{`{"Sequence":60}`, `discarded sequence 3C is not documented`}, // an integer is decimal
		{`{"Buzzer":"100"}`, `obeyed {"format":"json","buzz_ms":256}`},
		{`{"Buzzer":100}`, `obeyed {"format":"json","buzz_ms":100}`},
		{`{"Leds":"00010001","Relay":true}`, `obeyed {"format":"json","leds":[0,1,0,1],"leds_hex":"00010001","leds_text":["off","on","off","on"],"relay":true}`},
		{`{"Sequence":"60","Relays":[true,false]}`, `obeyed {"format":"json","sequence":96,"sequence_hex":"60","sequence_name":"ACCESS GRANTED","relays":[true,false]}`},
		{`{"Buzzer":1,"New":1}`, `obeyed {"format":"json","buzz_ms":1}`},
		{"$SCCMD;LEDS=92929292;BUZZ=0064\r\n", `obeyed {"format":"scrdr","leds":[146,146,146,146],"leds_hex":"92929292","leds_text":["10 Hz: 1 medium flash, 20 % on","10 Hz: 1 medium flash, 20 % on","10 Hz: 1 medium flash, 20 % on","10 Hz: 1 medium flash, 20 % on"],"buzz_ms":100}`},
		{"$SCCMD;SEQ=60*1D", `obeyed {"format":"scrdr","sequence":96,"sequence_hex":"60","sequence_name":"ACCESS GRANTED","checksum_rule":"exclusive"}`},
		{"$SCCMD;SEQ=60*13", `obeyed {"format":"scrdr","sequence":96,"sequence_hex":"60","sequence_name":"ACCESS GRANTED","checksum_rule":"inclusive"}`},
		{"$SCCMD;SEQ=60*1E", `discarded checksum is 1E, the exclusive rule gives 1D, the inclusive one 13`},
		{long[:255], `obeyed {"format":"scrdr","sequence":96,"sequence_hex":"60","sequence_name":"ACCESS GRANTED"}`},
		{long, `discarded a $SCCMD message is shorter than 256 characters`},
		{long[:254] + "\r\n", `discarded a $SCCMD message is shorter than 256 characters`},
		{"$SCCMD;SEQ=60;BUZZ=0064", `discarded Sequence cannot stand beside Leds, RgbColor, RgbMode or Buzzer: the reader's documentation forbids it`},
		{`{"Sequence":"60","Leds":"01010101"}`, `discarded Sequence cannot stand beside Leds, RgbColor, RgbMode or Buzzer: the reader's documentation forbids it`},
		{`{"Relay":500}`, `discarded what a relay does with anything but true and false is not documented`},
		{`{"Leds":"0101"}`, `discarded command: "Leds" is "\"0101\"": not eight hex digits, two for each LED`},
		{`{"New":1}`, `discarded nothing in it is known`},
		{`{}`, `discarded the command says nothing`},
		{`{"Sequence":`, `discarded `},
		{"$SCCMD;SEQ=60\r\n$SCCMD;SEQ=61\r\n", `discarded it is not a command`},
		{"$SCRDR;13;01;01;;04;;;", `discarded it is not a command`},
		{"", `discarded it is not a command`},
		{"\xFF\x00", `discarded it is not a command`},
	} {
		r := newReader(t, ReaderConfig{})
		got := play(r, step{time.Second, "p/DA1275B0/rdr/cmd", tt.payload})
		_, got, _ = strings.Cut(strings.TrimSpace(got), "\n1s ")
		if got != tt.want && !(strings.HasSuffix(tt.want, " ") && strings.HasPrefix(got, tt.want)) {
			t.Errorf("%.40q\ngot  %s\nwant %s", tt.payload, got, tt.want)
		}
	}
	muted := newReader(t, ReaderConfig{Registers: registers(t, `{"02D8":"00"}`)})
	if got := play(muted, step{0, "p/DA1275B0/rdr/cmd", `{"Buzzer":1}`}); !strings.Contains(got, "muted by register 02D8") {
		t.Errorf("volume 0: %s", got)
	}
}

func TestReaderWill(t *testing.T) {
	r := newReader(t, ReaderConfig{})
	w := r.Will()
	if w == nil || w.Topic != "p/DA1275B0/status" || string(w.Payload) != `{"State":"offline,dead"}` || w.QoS != 1 || !w.Retain {
		t.Errorf("%+v", w)
	}
	if w := newReader(t, ReaderConfig{Registers: registers(t, `{"0289":"5114030A1E1E"}`)}).Will(); w != nil {
		t.Errorf("without one: %+v", w)
	}
	var out Output
	r.Connect(noon, &out)
	out.Reset()
	r.Disconnect(noon.Add(time.Second), &out)
	if len(out.Messages) != 1 || string(out.Messages[0].Payload) != `{"State":"offline","Uptime":"7:1.000"}` || !out.Messages[0].Retain {
		t.Errorf("good-bye: %+v", out.Messages)
	}
}

func TestReaderRefusesRegisters(t *testing.T) {
	for text, want := range map[string]string{
		`{"02C0":"24"}`:           "does not speak MQTT",
		`{"02A0":"0003000300"}`:   "not documented for MQTT",
		`{"0289":"7014030A1E1E"}`: "QoS 3",
	} {
		if _, err := NewReader(ReaderConfig{ID: "x", Registers: registers(t, text)}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// TestReaderAllow checks that a reader that may not send another event runs on
// without events.
func TestReaderAllow(t *testing.T) {
	left := 2
	allow := func() bool { left--; return left >= 0 }
	r := newReader(t, ReaderConfig{Tags: []string{"04"}, Every: time.Second, Allow: allow})
	got := play(r, step{at: time.Minute})
	if n := strings.Count(got, "/rdr/evt"); n != 2 {
		t.Errorf("%d events", n)
	}
	if n := strings.Count(got, "online"); n != 3 {
		t.Errorf("%d times STATUS", n)
	}
}

// TestReaderLate checks a reader that was kept waiting: it makes up for at most
// a second, and no two events have the same uptime.
func TestReaderLate(t *testing.T) {
	r := newReader(t, ReaderConfig{Tags: []string{"04"}, Every: 100 * time.Millisecond})
	var out Output
	r.Connect(noon, &out)
	r.Tick(noon.Add(time.Minute), &out)
	seen := map[string]bool{}
	events := 0
	for _, m := range out.Messages {
		if m.Topic == r.evt {
			events++
			seen[string(m.Payload)] = true
		}
	}
	if events == 0 || events > 11 || len(seen) != events {
		t.Errorf("%d events, %d different", events, len(seen))
	}
}
