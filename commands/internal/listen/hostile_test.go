package listen

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.uber.org/goleak"
	"golang.org/x/net/html"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/page"
	"mqtool/commands/internal/site"
)

// A hostileMessage is a message that is meant to do harm.
type hostileMessage struct {
	name    string
	topic   string
	payload []byte
}

// hostileMessages returns the messages of testdata/hostile/messages.txt, and
// larger ones.
func hostileMessages(t testing.TB) []hostileMessage {
	f, err := os.Open("../../../testdata/hostile/messages.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var messages []hostileMessage
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		name := fmt.Sprintf("%s:%d", filepath.Base(f.Name()), n)
		var parts [2]string
		for i := range parts {
			quoted, err := strconv.QuotedPrefix(line)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if parts[i], err = strconv.Unquote(quoted); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			line = strings.TrimLeft(line[len(quoted):], " ")
		}
		messages = append(messages, hostileMessage{name, parts[0], []byte(parts[1])})
	}
	if err := lines.Err(); err != nil || len(messages) == 0 {
		t.Fatalf("%s: %d messages, %v", f.Name(), len(messages), err)
	}

	const event, snapshot = "springcard/springcore/R1/rdr/evt", "4GSolarCam/Snapshot"
	add := func(name, topic string, payload []byte) {
		messages = append(messages, hostileMessage{name, topic, payload})
	}
	for _, topic := range []string{event, snapshot, "4GSolarCam/Status", "springcard/springcore/R1/meta", "x"} {
		add("deep objects on "+topic, topic, []byte(strings.Repeat(`{"a":`, 100_000)+"1"+strings.Repeat("}", 100_000)))
		add("deep arrays on "+topic, topic, []byte(`{"TagId":`+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+"}"))
		add("arrays without end on "+topic, topic, bytes.Repeat([]byte("["), 100_000))
		add("many keys on "+topic, topic, []byte("{"+strings.Repeat(`"a":1,`, 50_000)+`"a":1}`))
		add("a long key on "+topic, topic, []byte(`{"`+strings.Repeat("k", 300_000)+`":1}`))
		add("a long number on "+topic, topic, []byte(`{"Uptime":`+strings.Repeat("9", 300_000)+`}`))
		add("backslashes on "+topic, topic, []byte(`{"a":"`+strings.Repeat(`\u001b`, 100_000)+`"}`))
		add("many lines on "+topic, topic, []byte(strings.Repeat("$SCRDR;13;01\n", 20_000)))
	}
	for _, level := range []string{"a", "/", "é", "\x1b", "+", "\xff"} {
		long := strings.Repeat(level, 65_535)[:65_535]
		add("a topic of "+strconv.Quote(level), long, []byte("x"))
		add("a device of "+strconv.Quote(level), "springcard/springcore/"+long[:60_000]+"/rdr/evt", []byte(`{"TagId":"01"}`))
	}
	add("a topic of many levels", strings.Repeat("a/", 32_000)+"rdr/evt", []byte(`{"TagId":"01"}`))

	frame := []byte("\xff\xd8\xff\xc2\x00\x0b\x08\xff\xff\xff\xff\x01\x01\x11\x00")
	scan := []byte("\xff\xda\x00\x08\x01\x01\x00\x00\x00\x10\x00")
	scans := append(bytes.Clone(frame), bytes.Repeat(scan, 20_000)...)
	add("thousands of progressive scans", snapshot, append(bytes.Clone(scans), "\xff\xd9"...))
	add("scans without an end", snapshot, scans)
	add("thousands of segments", snapshot, append([]byte("\xff\xd8"), bytes.Repeat([]byte("\xff\xe1\x00\x02"), 50_000)...))
	add("thousands of pictures", snapshot, bytes.Repeat([]byte("\xff\xd8\xff\xd9"), 50_000))
	add("fill bytes", snapshot, append([]byte("\xff\xd8"), bytes.Repeat([]byte("\xff"), 200_000)...))
	add("a long name of a file", snapshot, []byte(`{"values":{"devMac":"5CC5638AE24C","file":"`+strings.Repeat("../", 100_000)+`x","image":"data:image/jpeg;base64,/9j/4AAQ/9k="}}`))
	picture := binary.BigEndian.AppendUint16([]byte("\xff\xd8\xff\xe0"), 65_535)
	add("a long segment", snapshot, append(picture, bytes.Repeat([]byte{0}, 100_000)...))
	return messages
}

// A hostileRun is a folder in which listeners get hostile messages.
type hostileRun struct {
	root string
	save string // the only thing in root
}

func newHostileRun(t testing.TB) *hostileRun {
	root := t.TempDir()
	return &hostileRun{root, filepath.Join(root, "save")}
}

// listen handles one message as if the broker delivered it, and returns the
// output.
func (h *hostileRun) listen(t testing.TB, o Options, topic string, payload []byte) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	env := &app.Env{Stdout: &out, Stderr: &errs}
	o.Save = h.save
	l, err := newListener(env, o, &site.Connection{Settings: &site.Settings{}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	l.pump.Source = &messages{{Topic: topic, Payload: payload, QoS: 1, Received: time.Now()}}
	used := allocated(func() { err = l.pump.Run(context.Background()) })
	if err != io.EOF {
		t.Fatal(err)
	}
	// The memory must be in proportion to the size of the message.
	most := min(128*uint64(len(topic)+len(payload)), 16*codec.MaxPayload) + 4<<20
	if len(payload) > codec.MaxPayload {
		most = 4 << 20
	}
	if used > most {
		t.Errorf("%d bytes cost %d of memory", len(topic)+len(payload), used)
	}
	return out.String(), errs.String()
}

// allocated returns how much memory f allocates in all, which is more than is
// in use at any moment.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// check makes sure that a message does no harm.
func (h *hostileRun) check(t testing.TB, topic string, payload []byte) {
	t.Helper()
	text, errs := h.listen(t, Options{}, topic, bytes.Clone(payload)) // listen may keep the payload
	checkTerminal(t, "text", text)
	checkTerminal(t, "stderr", errs)
	values := len(codec.Decode(topic, bytes.Clone(payload)))
	if strings.Count(text, "\n") != values || text[len(text)-1] != '\n' {
		t.Errorf("not one line for each of %d values: %.200q", values, text)
	}
	for line := range strings.Lines(text) {
		if len(line) > 256<<10 {
			t.Errorf("a line of %d bytes for a person", len(line))
		}
	}

	o := Options{Payload: true}
	o.Output.JSON = true
	lines, errs := h.listen(t, o, topic, bytes.Clone(payload))
	checkTerminal(t, "JSON", lines)
	checkTerminal(t, "stderr", errs)
	checkJSONLines(t, lines, values, payload)
	h.checkFiles(t)
}

// checkTerminal reports text that a terminal would obey or not show.
func checkTerminal(t testing.TB, what, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("%s is not UTF-8: %.200q", what, text)
	}
	for i, r := range text {
		switch {
		case r < ' ' && r != '\n', 0x7F <= r && r <= 0x9F,
			0x202A <= r && r <= 0x202E, 0x2066 <= r && r <= 0x2069, r == 0x200E, r == 0x200F, r == 0x061C,
			r == 0x2028, r == 0x2029:
			t.Fatalf("%s holds %U: ...%.200q", what, r, text[max(0, i-40):])
		}
	}
}

// checkJSONLines makes sure that the output is one object for each value, that
// no object has a member twice, and that the first one has the payload.
func checkJSONLines(t testing.TB, lines string, values int, payload []byte) {
	t.Helper()
	n := 0
	for line := range strings.Lines(lines) {
		if n++; !strings.HasSuffix(line, "}\n") || !json.Valid([]byte(line)) {
			t.Fatalf("not one line of JSON: %.400q", line)
		}
		seen := checkKeys(t, line)
		checkKeys(t, string(seen["data"]))
		if n == 1 {
			var sent []byte
			if err := json.Unmarshal(seen["payload_base64"], &sent); err != nil || !bytes.Equal(sent, payload) {
				t.Errorf("the payload is not what was sent: %v", err)
			}
		}
		for _, key := range []string{"time", "kind", "qos", "retained", "duplicate", "data"} {
			if seen[key] == nil {
				t.Errorf("no %s: %.400s", key, line)
			}
		}
	}
	if n != values {
		t.Errorf("%d lines of JSON for %d values", n, values)
	}
}

// checkKeys returns the members of an object. Their names must differ.
func checkKeys(t testing.TB, object string) map[string]json.RawMessage {
	t.Helper()
	members := map[string]json.RawMessage{}
	d := json.NewDecoder(strings.NewReader(object))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return members
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := members[key.(string)]; ok {
			t.Errorf("%q comes twice: %.400s", key, object)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
		members[key.(string)] = value
	}
	return members
}

// checkFiles makes sure that all files are in the folder of pictures and have
// plain names, and removes them.
func (h *hostileRun) checkFiles(t testing.TB) {
	t.Helper()
	top, err := os.ReadDir(h.root)
	if err != nil || len(top) != 1 || top[0].Name() != "save" || !top[0].IsDir() {
		t.Fatalf("beside the folder of pictures: %v, %v", top, err)
	}
	const plain = "-_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	cameras, err := os.ReadDir(h.save)
	if err != nil {
		t.Fatal(err)
	}
	for _, camera := range cameras {
		// A folder is named after a MAC or the safe part of a topic, or is the
		// one for cameras without a name.
		if name := camera.Name(); strings.Trim(name, plain) != "" || name[0] == '-' || len(name) > 80 || !camera.IsDir() {
			t.Errorf("a folder %q", name)
		}
	}
	err = filepath.WalkDir(h.save, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, ok := strings.CutSuffix(d.Name(), ".jpg")
		if !ok || strings.Trim(name, plain+".") != "" || !d.Type().IsRegular() || strings.Count(path[len(h.save):], "/") != 2 {
			t.Errorf("a file %q", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, camera := range cameras {
		if err := os.RemoveAll(filepath.Join(h.save, camera.Name())); err != nil {
			t.Fatal(err)
		}
	}
}

// TestHostile lets a listener handle every hostile message, printed as text and
// as JSON, with its picture saved.
func TestHostile(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing happens at the same time")
	}
	ignore := goleak.IgnoreCurrent()
	h := newHostileRun(t)
	for _, m := range hostileMessages(t) {
		t.Run(m.name, func(t *testing.T) { h.check(t, m.topic, m.payload) })
	}
	goleak.VerifyNone(t, ignore)
}

// TestHostilePage shows every hostile message on the page. A browser gets no other elements
// and attributes than those of our templates.
func TestHostilePage(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing happens at the same time")
	}
	o := Options{Page: page.Loopback}
	l, err := newListener(&app.Env{Stdout: io.Discard, Stderr: io.Discard}, o, &site.Connection{Settings: &site.Settings{}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	address, err := page.ParseAddress(o.Page)
	if err != nil {
		t.Fatal(err)
	}
	url, err := l.page.Open(address)
	if err != nil {
		t.Fatal(err)
	}
	defer l.page.Close()
	for i, m := range hostileMessages(t) {
		if err := l.pump.Chain.Take(t.Context(), broker.Message{Topic: m.topic, Payload: m.payload, Received: time.Now()}, nil); err != nil {
			t.Fatal(err)
		}
		if i%20 != 0 { // each answer has everything that came before
			continue
		}
		checkPage(t, url)
	}
	checkPage(t, url)
}

// checkPage checks what a browser gets that has just opened the page.
func checkPage(t *testing.T, url string) {
	t.Helper()
	answer, err := http.Get(url + "events")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	line, err := bufio.NewReader(answer.Body).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var message struct{ Cards, Events []string }
	if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "data: ")), &message); err != nil {
		t.Fatal(err)
	}
	if len(message.Cards) == 0 {
		t.Error("there are no cards")
	}
	for _, fragment := range slices.Concat(message.Cards, message.Events) {
		checkHTML(t, fragment)
	}
}

func checkHTML(t *testing.T, fragment string) {
	t.Helper()
	elements := []string{"li", "h3", "a", "img", "p", "strong", "time", "dl", "div", "dt", "dd", "b", "span", "em"}
	attributes := []string{"id", "class", "dir", "alt", "datetime", "data-kind", "data-label", "data-ago", "href", "src"}
	for z := html.NewTokenizer(strings.NewReader(fragment)); ; {
		switch token := z.Next(); token {
		case html.ErrorToken:
			return
		case html.TextToken, html.EndTagToken:
		case html.StartTagToken:
			name, more := z.TagName()
			if !slices.Contains(elements, string(name)) {
				t.Errorf("an element %s in %.400q", name, fragment)
			}
			for more {
				var key, value []byte
				key, value, more = z.TagAttr()
				if !slices.Contains(attributes, string(key)) || (string(key) == "href" || string(key) == "src") && !bytes.HasPrefix(value, []byte("picture/")) {
					t.Errorf("an attribute %s=%q in %.400q", key, value, fragment)
				}
			}
		default:
			t.Errorf("a %v in %.400q", token, fragment)
		}
	}
}

// TestHostilePayload lets a listener handle the longest payloads: those of 200
// MB, and those that are just short enough to be decoded.
func TestHostilePayload(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a gigabyte")
	}
	const size = 200_000_000
	h := newHostileRun(t)
	for _, tt := range []struct {
		name, topic, start, fill string
		size                     int
	}{
		{"zeros", "x", "", "\x00", size},
		{"zeros", "x", "", "\x00", codec.MaxPayload},
		{"members", "springcard/springcore/R1/rdr/evt", "{", `"a":1,`, codec.MaxPayload},
		{"objects", "4GSolarCam/Status", "{", `"values":{` + strings.Repeat(`"a":1,`, 1000) + `"a":1},`, codec.MaxPayload},
		{"arrays", "4GSolarCam/Status", `{"a":`, "[", codec.MaxPayload},
		{"lines", "springcard/springcore/R1/rdr/evt", "", "$SCRDR;13;01\n", codec.MaxPayload},
		{"base64", "4GSolarCam/Snapshot", `{"values":{"image":"data:image/jpeg;base64,/9j/`, "AAAA", codec.MaxPayload},
		{"scans", "4GSolarCam/Snapshot", "\xff\xd8\xff\xc2\x00\x0b\x08\xff\xff\xff\xff\x01\x01\x11\x00", "\xff\xda\x00\x08\x01\x01\x00\x00\x00\x10\x00", codec.MaxPayload},
	} {
		t.Run(fmt.Sprintf("%s of %d", tt.name, tt.size), func(t *testing.T) {
			payload := make([]byte, tt.size)
			n := copy(payload, tt.start)
			for n += copy(payload[n:], tt.fill); n < len(payload); {
				n += copy(payload[n:], payload[len(tt.start):n])
			}
			text, _ := h.listen(t, Options{}, tt.topic, payload)
			checkTerminal(t, "text", text)
			var o Options
			o.Output.JSON = true
			all, _ := h.listen(t, o, tt.topic, payload)
			line, _, _ := strings.Cut(all, "\n")
			if !json.Valid([]byte(line)) {
				t.Errorf("no JSON: %.400q", line)
			}
			if tooLong := tt.size > codec.MaxPayload; tooLong != strings.Contains(line, "is not decoded") {
				t.Errorf("too long: %v, and it says %.400q", tooLong, line)
			}
			h.checkFiles(t)
		})
	}
}

func FuzzListen(f *testing.F) {
	for _, m := range hostileMessages(f) {
		if len(m.topic)+len(m.payload) < 4<<10 {
			f.Add(m.topic, m.payload)
		}
	}
	h := newHostileRun(f)
	f.Fuzz(func(t *testing.T, topic string, payload []byte) {
		if len(topic) > 65_535 {
			t.Skip() // MQTT has no such topic
		}
		h.check(t, topic, payload)
	})
}
