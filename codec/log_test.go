package codec

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf16"

	"mqtool/codec/dump"
	"mqtool/codec/internal/dumptest"
)

// scanLog returns the entries of a log, one in each string.
func scanLog(t testing.TB, r io.Reader) (out []string) {
	t.Helper()
	take := func(e *LogEntry) bool {
		out = append(out, showEntry(e))
		return true
	}
	scanner, blocks := NewLogScanner(CheckEither), NewLogBlocks(r)
	if document, ok := blocks.Document(); ok {
		if err := scanner.ScanDocument(document, take); err != nil {
			t.Fatal(err)
		}
		return out
	}
	for block := (LogBlock{}); ; {
		var err error
		if block, err = blocks.Next(block); err == io.EOF {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		scanner.Scan(block, take)
	}
}

func showEntry(e *LogEntry) string {
	if e.Err != nil {
		return fmt.Sprintf("%d: %v", e.Line, e.Err)
	}
	return showItem(e.Topic, e.Item, e.Warnings)
}

// showItem returns everything that a message means, in one line.
func showItem(topic string, item Item, warnings []string) string {
	return fmt.Sprintf("%s|%s|%s|%s|%s|%q", topic, item.Family, item.Device, item.Kind, item.Value.AppendJSON(nil), append(item.Value.Warnings(), warnings...))
}

// readerMessages are messages of readers, each with its topic.
var readerMessages = []struct{ topic, payload string }{
	{"springcard/springcore/DA1275B0/rdr/evt", `{"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080","TagData":"00047DAE02C84080","Uptime":"699:16.850"}`},
	{"springcard/springcore/DA1275B0/rdr/evt", `{"TagId":"04"}`},
	{"springcard/springcore/DA1275B0/rdr/evt", `{"TagId":"04","Location":"Büro 1","new":{"a":[1,2.50]},"n":1e5}`},
	{"springcard/springcore/DA1275B0/rdr/evt", `{"TagId":"04","Move":"Remove","TagDetails":{"ok":true},"DateTime":"2024-03-13 08:30:00","Sequence":7,"RSSI":-60}`},
	{"springcard/springcore/DA1275B0/rdr/evt", `{"TagId":"04","Device":"OTHER"}`},
	{"springcard/springcore/DA1275B0/rdr/evt", `$SCRDR;13;01;01;;047DAE02C84080;I;00047DAE02C84080;`},
	{"springcard/springcore/DA1275B0/rdr/evt", `$SCRDR;13;01;01;C4;047DAE02C84080;R;text, "quoted";*7A`},
	{"springcard/springcore/DA1275B0/rdr/evt", `$SCRDR`},
	{"springcard/springcore/DA1275B0/rdr/evt", `$SCXYZ;a;b`},
	{"site/4/DA1275B0/rdr/cmd", `{"Sequence":"60"}`},
	{"site/4/DA1275B0/rdr/cmd", `{"Leds":"92929292","Buzzer":"0064","RgbColor":"FF0000","RgbMode":"01","Relay":true,"Relays":[true,false]}`},
	{"site/4/DA1275B0/rdr/cmd", `$SCCMD;LEDS=92929292;BUZZ=0064`},
	{"springcard/springcore/DA1275B0/status", `{"State":"online,ready","Uptime":"145:1860.081","DateTime":"2024-03-13 08:30:00"}`},
	{"springcard/springcore/DA1275B0/status", `{"State":["offline","dead"]}`},
	{"springcard/springcore/DA1275B0/meta", `{"VendorName":"SpringCard","ProductName":"SpringPark","SerialNumber":"DA1275B0","Version":"1.23","Open":true,"Interfaces":["13.56","900"],"IpAddress":"192.168.16.212"}`},
}

// logWrappers are the forms that tools give a message. Those without a topic print the
// message alone.
var logWrappers = []struct {
	name    string
	topic   bool
	time    bool
	one     bool // only for payloads without quotes inside of quotes and the like
	message func(topic, payload string) string
}{
	{"mosquitto_sub -v", true, false, false, func(t, p string) string { return t + " " + p }},
	{"mosquitto_sub %U %t %p", true, true, false, func(t, p string) string { return "1710315000.350698939 " + t + " " + p }},
	{"mosquitto_sub %I %t %p", true, true, false, func(t, p string) string { return "2024-03-13T08:30:00+0100 " + t + " " + p }},
	{"mosquitto_sub %t %x", true, false, false, func(t, p string) string { return t + " " + hex.EncodeToString([]byte(p)) }},
	{"mosquitto_sub %U %t %X", true, true, false, func(t, p string) string {
		return "1710315000.350698939 " + t + " " + strings.ToUpper(hex.EncodeToString([]byte(p)))
	}},
	{"mosquitto_sub %j", true, true, false, func(t, p string) string {
		return fmt.Sprintf(`{"tst":"2024-03-13T08:30:00.350698Z+0100","topic":%q,"qos":1,"retain":0,"payloadlen":%d,"payload":%s}`, t, len(p), quoteJSON(p))
	}},
	{"mosquitto_sub %J", true, true, false, func(t, p string) string {
		if p[0] != '{' {
			p = quoteJSON(p)
		}
		return fmt.Sprintf(`{"tst":"2024-03-13T07:30:00.350698Z","topic":%q,"qos":1,"retain":0,"payloadlen":%d,"payload":%s}`, t, len(p), p)
	}},
	{"docker", true, true, false, func(t, p string) string {
		return fmt.Sprintf(`{"log":%s,"stream":"stdout","time":"2024-03-13T07:30:00.350698939Z"}`, quoteJSON(t+" "+p+"\n"))
	}},
	{"docker around %j", true, true, false, func(t, p string) string {
		inside := fmt.Sprintf(`{"tst":"2024-03-13T08:30:00.350698Z+0100","topic":%q,"payload":%s}`, t, quoteJSON(p))
		return fmt.Sprintf(`{"log":%s,"stream":"stdout","time":"2024-03-13T07:30:01Z"}`, quoteJSON(inside+"\n"))
	}},
	{"Kubernetes", true, true, false, func(t, p string) string { return "2024-03-13T07:30:00.350698939Z stdout F " + t + " " + p }},
	{"journald as JSON", true, true, false, func(t, p string) string {
		return fmt.Sprintf(`{"__REALTIME_TIMESTAMP":"1710315000350698","_COMM":"mosquitto_sub","MESSAGE":%s}`, quoteJSON(t+" "+p))
	}},
	{"journald", true, false, false, func(t, p string) string { return "Mar 13 08:30:00 door mosquitto_sub[123]: " + t + " " + p }},
	{"journald with zone", true, true, false, func(t, p string) string { return "2024-03-13T08:30:00+0100 door mosquitto_sub[123]: " + t + " " + p }},
	{"Python's bytes", true, false, true, func(t, p string) string { return t + " b'" + p + "'" }},
	{"Python's bytes with a line end", true, false, true, func(t, p string) string { return t + " b'" + p + `\r\n'` }},
	{"quoted", true, false, true, func(t, p string) string { return `topic="` + t + `" payload='` + p + `'` }},
	{"colored", true, false, false, func(t, p string) string { return "\x1b[35m" + t + "\x1b[0m \x1b[32m" + p + "\x1b[0m" }},
	{"in a line of CSV", true, true, false, func(t, p string) string {
		return `2024-03-13T07:30:00Z,` + t + `,"` + strings.ReplaceAll(p, `"`, `""`) + `"`
	}},
	{"base64", true, false, false, func(t, p string) string { return t + " " + base64.StdEncoding.EncodeToString([]byte(p)) }},
	{"an array of one", true, false, false, func(t, p string) string {
		if p[0] != '{' {
			return t + " " + p // live it would be an array of texts, which nobody sends
		}
		return t + " [" + p + "]"
	}},
	{"MQTTX", true, false, false, func(t, p string) string {
		return "[\n  {\n    \"name\": \"door\",\n    \"messages\": [\n      {\n        \"createAt\": \"2024-03-13 08:30:00:350\",\n        \"payload\": " + quoteJSON(p) +
			",\n        \"qos\": 1,\n        \"retain\": false,\n        \"topic\": " + strconv.Quote(t) + "\n      }\n    ]\n  }\n]"
	}},
	{"MQTTX in hex", true, false, false, func(t, p string) string {
		return "[\n  {\n    \"messages\": [\n      {\n        \"payload\": " + quoteJSON(hex.EncodeToString([]byte(p))) + ",\n        \"topic\": " + strconv.Quote(t) + "\n      }\n    ]\n  }\n]"
	}},
}

func quoteJSON(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// toUTF16 returns text as Windows PowerShell writes it with >.
func toUTF16(text string) string {
	b := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

// TestLogMeansWhatIsLive checks that a message in a log means the same as live, in
// whatever form another program has put it.
func TestLogMeansWhatIsLive(t *testing.T) {
	received := time.Date(2024, 3, 13, 7, 30, 0, 0, time.UTC)
	for _, w := range logWrappers {
		t.Run(w.name, func(t *testing.T) {
			for _, m := range readerMessages {
				if w.one && strings.ContainsAny(m.payload, `'ü`) {
					continue
				}
				var want []string
				for _, item := range Decode(m.topic, []byte(m.payload)) {
					want = append(want, showItem(m.topic, item, nil))
				}
				text := w.message(m.topic, m.payload)
				for name, text := range map[string]string{
					"alone": text + "\n", "without an end": text, "CRLF": strings.ReplaceAll(text, "\n", "\r\n") + "\r\n", "UTF-16": toUTF16(text + "\r\n"),
					"quoted in a mail": "> " + strings.ReplaceAll(text, "\n", "\n> ") + "\n> \n",
				} {
					got := scanLog(t, iotest.HalfReader(strings.NewReader(text)))
					if strings.Join(got, "\n") != strings.Join(want, "\n") {
						t.Fatalf("%s: %s\ngot  %s\nwant %s", name, text, got, want)
					}
				}
				NewLogScanner(CheckEither).Scan(LogBlock{Text: text}, func(e *LogEntry) bool {
					if w.time && e.Time.Sub(received).Abs() > time.Second {
						t.Errorf("%s: received %v", text, e.Time)
					}
					return true
				})
			}
		})
	}
}

// TestPrintedIsRead checks that a message which mqtool has printed is read back with the
// same meaning.
func TestPrintedIsRead(t *testing.T) {
	for _, m := range append(readerMessages, struct{ topic, payload string }{"site/4/DA1275B0/rdr/evt", "no message"}) {
		for _, item := range Decode(m.topic, []byte(m.payload)) {
			line := fmt.Sprintf(`{"time":"2024-03-13T07:30:00.35Z","topic":%q,"family":%q,"device":%q,"kind":%q,"data":%s`,
				m.topic, item.Family, item.Device, item.Value.Kind(), item.Value.AppendJSON(nil))
			if warnings := item.Value.Warnings(); len(warnings) > 0 {
				b, _ := json.Marshal(warnings)
				line += `,"warnings":` + string(b)
			}
			got := scanLog(t, strings.NewReader(line+"}\n"))
			if want := showItem(m.topic, item, nil); len(got) != 1 || got[0] != want {
				t.Errorf("%s}\ngot  %s\nwant %s", line, got, want)
			}
		}
	}
}

// TestMayBeEncoded checks that no line in which a message is found is taken for one that
// cannot hold any.
func TestMayBeEncoded(t *testing.T) {
	messages := []string{"$SCRDR;13;01;01;;04A2;;", "$SCRDR;;;;;04;I;*5E"}
	for _, m := range readerMessages {
		if len(m.payload) >= minDigits/2 {
			messages = append(messages, m.payload)
		}
	}
	found := 0
	for _, layout := range slices.Concat(dumptest.Layouts, dumptest.SpelledLayouts, dumptest.JSONLayouts, dumptest.LiteralLayouts(),
		dumptest.LoggedLayouts, dumptest.WayLayouts(), dumptest.FramedLayouts(), dumptest.RecordLayouts(false), dumptest.RecordLayouts(true)) {
		for _, m := range messages {
			for line := range strings.Lines(string(layout.Render([]byte(m)))) {
				line = strings.TrimRight(line, "\r\n")
				l := NewLogScanner(CheckEither)
				read := false
				l.yield = func(e *LogEntry) bool {
					read = read || e.Err == nil
					return true
				}
				l.entry.Text = line
				_ = l.read(dump.NewBytesReader([]byte(line), dump.Recognize), false)
				if !read {
					continue
				}
				if found++; !mayBeEncoded(line) {
					t.Errorf("%s: %q is said to hold no message", layout.Name, line)
				}
			}
		}
	}
	if found < 500 {
		t.Errorf("only %d lines hold a message: the test tries too little", found)
	}
	for _, line := range []string{
		"2026-11-23T01:55:05Z INFO client 192.168.1.7 connected (c1, d0, q0), session Nov gate sub[1234]: pings 17",
		"1732326905: New client connected from 10.0.0.7:51234 as reader-7 (p2, c1, k60).",
	} {
		if mayBeEncoded(line) {
			t.Errorf("%q is said to hold a message", line)
		}
	}
}

// TestEncodedWithoutTopic checks that an event which is written as hex or base64 is found on
// any line, whatever stands before it, and that one which cannot be read is not passed over.
func TestEncodedWithoutTopic(t *testing.T) {
	pairs := func(b []byte) string { return strings.TrimSpace(dumptest.Every(hex.EncodeToString(b), 2, " ")) }
	fours := func(b []byte) string { return strings.TrimSpace(dumptest.Every(hex.EncodeToString(b), 4, " ")) }
	var fronts []string
	for _, front := range []string{"9", "10", "100", "1001", "100000", "20261129", "1,10", "2026-11-29 12:00:00", "id", "10,20,30"} {
		for _, gap := range []string{",", ";", "\t", " ", ", ", ": ", "|", " | "} {
			fronts = append(fronts, front+gap)
		}
	}
	for name, encoded := range map[string]func([]byte) string{
		"pairs": pairs, "fours": fours, "base64": base64.StdEncoding.EncodeToString, "base64 for URLs": base64.RawURLEncoding.EncodeToString,
	} {
		for _, payload := range []string{
			"$SCRDR;13;01;01;;047DAE02C84080;I;00047DAE02C84080;*1F", "$SCRDR;13;01;01;;04A2C84080", `{"TagId":"047DAE02C84080"}`,
			`{"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080","Uptime":"699:16.850"}`,
		} {
			want := Decode("", []byte(payload))[0].Value.AppendJSON(nil)
			text := encoded([]byte(payload))
			lines := []string{
				text, `{"topic":"x","payload":"` + text + `"}`, `{"log":"x ` + text + `\n","stream":"stdout","time":"2026-11-29T12:00:00Z"}`,
				"12,x,\"" + text + "\"", "Nov 29 12:00:00 gw sub[12]: payload=" + text, "<13>Nov 29 12:00:00 gw sub: " + text,
			}
			for _, front := range fronts {
				lines = append(lines, front+text)
			}
			for _, line := range lines {
				got := scanLog(t, strings.NewReader(line+"\n"))
				if len(got) != 1 || !strings.Contains(got[0], string(want)) {
					t.Errorf("%s: %s\ngot  %s\nwant %s", name, line, got, want)
				}
			}
		}
	}
	for _, line := range []string{"zz,2453435244523b31333b30312q", "AAAAVGFnSWQiOiIwNCJ9AAAA", `12,"7b225461674964223a223034227d"`} {
		if got := scanLog(t, strings.NewReader(line+"\n")); len(got) != 1 || strings.Contains(got[0], ErrNoMessage.Error()) {
			t.Errorf("%s: %s", line, got)
		}
	}
}
