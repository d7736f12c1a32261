package page

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"rsc.io/qr"

	"mqtool/codec"
	"mqtool/codec/jpeg"
	"mqtool/commands/internal/browsertest"
	"mqtool/commands/internal/render"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hostile is a text of a device that tries to become a part of the page.
const hostile = "<img src=x onerror=alert(1)>\"'&\u202e{{.}}</script>"

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// opened returns an open page and its URL.
func opened(t testing.TB, address string) (*Page, string) {
	t.Helper()
	p, err := New("site1")
	if err != nil {
		t.Fatal(err)
	}
	a, err := ParseAddress(address)
	if err != nil {
		t.Fatal(err)
	}
	url, err := p.Open(a)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return p, url
}

func event1(device, person, answer, reason string) *render.Envelope {
	return &render.Envelope{
		Time: time.Now(), Topic: "springcard/springcore/" + device + "/rdr/evt", Family: "springcore", Device: device,
		Person: person, Answer: answer, Reason: reason, Value: &codec.ReaderEvent{TagID: "04AABBCC"},
	}
}

func report(kind codec.Kind, device, battery string) *render.Envelope {
	return &render.Envelope{
		Time: time.Now(), Topic: "4GSolarCam/Status", Family: "milesight", Device: device, Name: "gate",
		Value: codec.CameraReport{Report: kind, Values: []codec.Member{{Key: "battery", Value: json.RawMessage(battery)}, {Key: "csq", Value: json.RawMessage("21")}}},
	}
}

func snapshot(device string, image []byte) *render.Envelope {
	return &render.Envelope{
		Time: time.Now(), Topic: "4GSolarCam/Snapshot", Family: "milesight", Device: device,
		Value: codec.CameraSnapshot{Picture: codec.Some(jpeg.Picture{State: jpeg.Complete}), Image: image},
	}
}

func pictureFile(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "jpeg", "baseline-peacock.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// get sends a request with further headers.
func get(t *testing.T, method, url string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

// TestRules sends requests that must be refused, and some that are allowed.
func TestRules(t *testing.T) {
	p, url := opened(t, Loopback)
	p.Tell(snapshot("5CC5638AE24C", pictureFile(t)))
	for _, tt := range []struct {
		method, path string
		header       []string
		want         int
	}{
		{"GET", "", nil, 200},
		{"GET", "picture/0?v=1", nil, 200},
		{"GET", "picture/1", nil, 404},
		{"GET", "picture/-1", nil, 404},
		{"GET", "picture/x", nil, 404},
		{"GET", "../../../../etc/passwd", nil, 404},
		{"HEAD", "", nil, 405},
		{"POST", "", nil, 405},
		{"OPTIONS", "", nil, 405},
		{"GET", "", []string{"Host", "localhost:1"}, 200}, // as through a tunnel
		{"GET", "", []string{"Host", "[::1]:80"}, 200},
		{"GET", "", []string{"Host", "evil.example"}, 403},
		{"GET", "", []string{"Host", "evil.example:80"}, 403},
		{"GET", "", []string{"Host", "192.0.2.1"}, 403},
		{"GET", "", []string{"Origin", "http://evil.example"}, 403},
		{"GET", "", []string{"Origin", "null"}, 403},
		{"GET", "", []string{"Origin", strings.TrimSuffix(url, "/")}, 200},
		{"GET", "events", []string{"Origin", "http://evil.example"}, 403},
		{"GET", "picture/0", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, 403},
		{"GET", "picture/0", []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "no-cors"}, 403},
		{"GET", "", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 200}, // a link in a mail
	} {
		answer, _ := get(t, tt.method, url+tt.path, tt.header...)
		if answer.StatusCode != tt.want {
			t.Errorf("%s %s %.60q: %s, want %d", tt.method, tt.path, tt.header, answer.Status, tt.want)
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store",
		} {
			if got := answer.Header.Get(name); !strings.HasPrefix(got, want) || strings.Contains(got, "unsafe") {
				t.Errorf("%s %s %.60q: %s: %q", tt.method, tt.path, tt.header, name, got)
			}
		}
	}
	if answer, body := get(t, "GET", url+"picture/0"); body != string(pictureFile(t)) || answer.Header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("another picture: %d bytes of %s", len(body), answer.Header.Get("Content-Type"))
	}
}

// TestToken checks that others who can reach the page need its whole URL, and
// that only numeric or typed hosts are accepted.
func TestToken(t *testing.T) {
	_, url := opened(t, "0.0.0.0:0")
	_, rest, _ := strings.Cut(strings.TrimPrefix(url, "http://"), "/")
	token, end, _ := strings.Cut(rest, "/")
	if len(token) < 26 || end != "" {
		t.Fatalf("the URL is %s", url)
	}
	_, port, _ := net.SplitHostPort(strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/"+rest))
	here := "http://127.0.0.1:" + port + "/"
	for path, want := range map[string]int{
		token + "/": 200, "": 404, "events": 404, "picture/0": 404, token: 200, token[1:] + "/": 404, strings.ToLower(token) + "/": 404,
	} {
		if answer, _ := get(t, "GET", here+path); answer.StatusCode != want {
			t.Errorf("%q: %s, want %d", path, answer.Status, want)
		}
	}
	for host, want := range map[string]int{"192.0.2.1:80": 200, "camera.example": 403} {
		if answer, _ := get(t, "GET", here+token+"/", "Host", host); answer.StatusCode != want {
			t.Errorf("host %s: %s, want %d", host, answer.Status, want)
		}
	}
	_, other := opened(t, "0.0.0.0:0")
	if strings.HasSuffix(other, rest) {
		t.Error("the token is the same again")
	}
}

func TestParseAddress(t *testing.T) {
	for text, want := range map[string]string{
		"8080": "127.0.0.1:8080", ":8080": "127.0.0.1:8080", "0": Loopback, "0.0.0.0:80": "0.0.0.0:80",
		"[::1]:1": "[::1]:1", "box.example:65535": "box.example:65535",
	} {
		a, err := ParseAddress(text)
		if err != nil || a.String() != want {
			t.Errorf("%s: %v, %v", text, a, err)
		}
		if a.Loopback() != (a.host == "127.0.0.1" || a.host == "::1") {
			t.Errorf("%s: loopback %v", text, a.Loopback())
		}
	}
	for _, text := range []string{"", "x", "65536", "-1", "0.0.0.0", "a b:1", "u@h:1", "http://x:1", "12:13"} {
		if a, err := ParseAddress(text); err == nil {
			t.Errorf("%q is %v", text, a)
		}
	}
	a, err := ParseAddress("127.0.0.1:0")
	if err != nil || a.url(8080, "") != "http://127.0.0.1:8080/" {
		t.Error(a.url(8080, ""), err)
	}
	if _, url := opened(t, Loopback); !strings.HasPrefix(url, "http://127.0.0.1:") {
		t.Error(url)
	}
}

// TestTaken checks that a port that is already in use is an error at once.
func TestTaken(t *testing.T) {
	_, url := opened(t, Loopback)
	p, err := New("again")
	if err != nil {
		t.Fatal(err)
	}
	a, err := ParseAddress(strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Open(a); err == nil || !strings.Contains(err.Error(), "the page: listen tcp4 127.0.0.1:") {
		t.Error(err)
	}
	p.Close()
}

// TestQR reads the half blocks of a code back and compares them with the
// modules of the URL.
func TestQR(t *testing.T) {
	const url = "http://192.0.2.1:8080/ABCDEFGHIJKLMNOPQRSTUVWXYZ/"
	var plain, colored strings.Builder
	if err := errors.Join(WriteQR(&plain, url, false), WriteQR(&colored, url, true)); err != nil {
		t.Fatal(err)
	}
	code, err := qr.Encode(url, qr.L)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(plain.String(), "\n"), "\n")
	for y := -2; y < code.Size+2; y++ {
		row := []rune(lines[(y+2)/2])
		for x := -2; x < code.Size+2; x++ {
			light := row[x+2] == '█' || row[x+2] == map[bool]rune{true: '▀', false: '▄'}[y%2 == 0]
			if light == code.Black(x, y) {
				t.Fatalf("the module %d,%d is wrong in\n%s", x, y, &plain)
			}
		}
	}
	for _, line := range strings.Split(strings.TrimSuffix(colored.String(), "\n"), "\n") {
		if !strings.HasPrefix(line, "\x1b[97;40m") || !strings.HasSuffix(line, "\x1b[0m") {
			t.Errorf("%q", line)
		}
	}
}

// A reader receives what a browser is sent.
type reader struct {
	t     *testing.T
	lines *bufio.Scanner
}

// listen starts to read the events of a page.
func listen(t *testing.T, url string) *reader {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"events", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatal(answer.Status)
	}
	s := bufio.NewScanner(answer.Body)
	s.Buffer(nil, 64<<20)
	return &reader{t, s}
}

// next returns the next message.
func (r *reader) next() (m message) {
	r.t.Helper()
	for r.lines.Scan() {
		if text, ok := strings.CutPrefix(r.lines.Text(), "data: "); ok {
			if err := json.Unmarshal([]byte(text), &m); err != nil {
				r.t.Fatal(err)
			}
			return m
		}
	}
	r.t.Fatalf("no more: %v", r.lines.Err())
	return m
}

// TestStream checks that a browser gets the current state, then the changes,
// and a count of what it missed.
func TestStream(t *testing.T) {
	p, url := opened(t, Loopback)
	p.Tell(report(codec.KindStatus, "5CC5638AE24C", "81"))
	p.Tell(event1("DA1275B0", "Anna", "accept", ""))
	r := listen(t, url)
	m := r.next()
	if !m.Whole || len(m.Cards) != 2 || len(m.Events) != 1 {
		t.Fatalf("%+v", m)
	}
	wantIn(t, m.Cards[0], `data-kind="camera"`, ">gate<", "<dt>battery</dt>", ">81<", ">21 (csq)<", "5CC5638AE24C", "no picture yet", "heard <time")
	wantIn(t, m.Cards[1], `data-kind="reader"`, ">DA1275B0<")
	wantIn(t, m.Events[0], `class="accept"`, "Anna", "tag 04AABBCC", "<strong>accept</strong>")

	p.Tell(event1("DA1275B0", "", "deny", "unknown tag"))
	m = r.next()
	if m.Whole || len(m.Cards) != 1 || len(m.Events) != 1 {
		t.Fatalf("%+v", m)
	}
	wantIn(t, m.Events[0], `class="deny"`, "<strong>deny: unknown tag</strong>")

	for range maxEvents + 7 {
		p.Tell(event1("DA1275B0", "", "", ""))
	}
	skipped := ""
	for n := 0; n < maxEvents; {
		m = r.next()
		for _, e := range m.Events {
			if strings.Contains(e, `class="skipped"`) {
				skipped = e
			} else {
				n++
			}
		}
	}
	wantIn(t, skipped, "7 events before this one")

	p.setLost(true)
	if m = r.next(); !m.Lost {
		t.Errorf("%+v", m)
	}
	p.Close()
	if r.lines.Scan() && r.lines.Text() != "" {
		t.Errorf("after the end: %s", r.lines.Text())
	}
}

func wantIn(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("no %q in %s", w, text)
		}
	}
}

// TestOtherFormats checks that a picture that is not a JPEG is served as what it is.
func TestOtherFormats(t *testing.T) {
	p, url := opened(t, Loopback)
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	for i, tt := range []struct{ picture, want string }{
		{b.String(), "image/png"},
		{"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "image/gif"},
		{"RIFF\x10\x00\x00\x00WEBPVP8 \x00\x00\x00\x00", "image/webp"},
	} {
		p.Tell(snapshot("5CC5638AE24"+strconv.Itoa(i), []byte(tt.picture)))
		answer, body := get(t, http.MethodGet, url+"picture/"+strconv.Itoa(i))
		if got := answer.Header.Get("Content-Type"); got != tt.want || body != tt.picture {
			t.Errorf("a %s is served as %s, %d bytes", tt.want, got, len(body))
		}
	}
}

// TestNotes checks that a card says what is wrong with its picture: what the message says, or
// else what was found when it was saved.
func TestNotes(t *testing.T) {
	p, err := New("x")
	if err != nil {
		t.Fatal(err)
	}
	whole := pictureFile(t)
	for _, tt := range []struct {
		name     string
		picture  []byte
		retained bool
		warnings []string // of the listener
		want     string   // how the note begins and ends, with ... between
	}{
		{"whole", whole, false, nil, "..."},
		{"damaged between its markers", whole, false, []string{"10 of 75 rows of pixels are there (x)"}, "10 of 75 rows of pixels are there (x)..."},
		{"retained", whole, true, nil, "retained, so that it may be old..."},
		{"cut", whole[:1024], false, []string{"10 of 75 rows of pixels are there (x)"}, "the picture is cut: ...; 10 of 75 rows of pixels are there (x)"},
		{"empty", []byte("\xFF\xD8\xFF\xE0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xFF\xD9"), false, []string{"not saved"}, "the picture is empty: ...; not saved"},
		{"whole again", whole, false, nil, "..."},
	} {
		e := snapshot("5CC5638AE24C", nil)
		e.Value = codec.Decode(e.Topic, tt.picture)[0].Value
		e.Warnings, e.Delivery = tt.warnings, codec.Some(render.Delivery{Retained: tt.retained})
		p.Tell(e)
		begin, end, _ := strings.Cut(tt.want, "...")
		got := p.cards[0].Note
		if !strings.HasPrefix(got, begin) || !strings.HasSuffix(got, end) || (got == "") != (tt.want == "...") {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

// TestSilent checks that a silent device is shown as silent until it is heard
// again. A message that the broker kept, or sent on behalf of a reader, is not
// a sign of life.
func TestSilent(t *testing.T) {
	p, err := New("x")
	if err != nil {
		t.Fatal(err)
	}
	card := func() card { return *p.cards[0] }
	kept := report(codec.KindStatus, "5CC5638AE24C", "81")
	kept.Delivery = codec.Some(render.Delivery{Retained: true})
	p.Tell(kept)
	if c := card(); !c.Heard.IsZero() || len(c.Facts) != 2 {
		t.Errorf("%+v", c)
	}
	tell := func(k codec.Kind) {
		p.Tell(&render.Envelope{Time: noon, Family: "milesight", Device: "5CC5638AE24C", Value: codec.Silence{Back: k == codec.KindBack, For: 2 * time.Hour}})
	}
	tell(codec.KindSilent)
	if c := card(); c.Silent == "" || !c.Heard.IsZero() || p.events[0].Class != "silent" {
		t.Errorf("%+v", c)
	}
	tell(codec.KindBack)
	if c := card(); c.Silent != "" || p.told != 2 {
		t.Errorf("%+v", c)
	}
	tell(codec.KindSilent)
	p.Tell(report(codec.KindStatus, "5CC5638AE24C", "80"))
	if c := card(); c.Silent != "" || c.Heard.IsZero() || c.Facts[0].Value != "80" {
		t.Errorf("%+v", c)
	}
	p.Tell(&render.Envelope{Time: noon, Family: "springcore", Device: "DA1275B0", Value: codec.ReaderStatus{State: []string{"offline"}}})
	if c := p.cards[1]; !c.Heard.IsZero() || !c.Offline {
		t.Errorf("%+v", c)
	}
	p.Tell(&render.Envelope{Time: noon, Family: "springcore", Device: "DA1275B1", Value: codec.ReaderCommand{}})
	p.Tell(&render.Envelope{Time: noon, Value: codec.Raw{}})
	if len(p.cards) != 2 {
		t.Error("a command, or what nobody knows, has a card")
	}
}

// TestBounds checks that the page never holds more than its limits, whatever is
// sent.
func TestBounds(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing happens at the same time")
	}
	p, err := New("x")
	if err != nil {
		t.Fatal(err)
	}
	for i := range maxCards + 3 {
		p.Tell(snapshot(fmt.Sprintf("%012X", i), []byte("x")))
	}
	if len(p.cards) != maxCards || p.unshown != 3 {
		t.Errorf("%d cards, %d", len(p.cards), p.unshown)
	}
	if b, err := p.message(p.since(&cursor{}), true); err != nil || !strings.Contains(string(b), "more than 500 devices: 3 messages") {
		t.Errorf("%v", err)
	}
	large := make([]byte, maxPicture)
	for i := range 6 {
		p.Tell(snapshot(fmt.Sprintf("%012X", i), large))
		p.Tell(snapshot(fmt.Sprintf("%012X", i), large)) // replaces the picture before
	}
	sum := 0
	for _, c := range p.cards {
		sum += len(c.image)
		if (c.image == nil) != (c.Picture == 0) {
			t.Errorf("%+v", c)
		}
	}
	if sum != p.pictures || sum > maxPictures || sum < maxPictures-maxPicture {
		t.Errorf("%d bytes of pictures, counted %d", sum, p.pictures)
	}
	if c := p.cards[0]; c.image != nil || c.Note == "" {
		t.Error("the oldest picture stays")
	}
	p.Tell(snapshot("000000000005", make([]byte, maxPicture+1)))
	if c := p.cards[5]; c.image != nil || !strings.Contains(c.Note, "too large") {
		t.Errorf("%+v", c)
	}
}

// TestMemory checks that the page does not hold the memory of messages.
func TestMemory(t *testing.T) {
	p, err := New("x")
	if err != nil {
		t.Fatal(err)
	}
	image := pictureFile(t)
	p.Tell(snapshot("5CC5638AE24C", image))
	clear(image)
	if b := p.picture(0); len(b) != len(image) || b[0] != 0xFF {
		t.Error("the picture is that of the message")
	}
	long := event1("DA1275B0", strings.Repeat("x", 1<<20), "deny", "unknown tag")
	long.Warnings = []string{strings.Repeat("w", 1<<20)}
	p.Tell(long)
	if e := p.events[0]; len(e.Person)+len(e.Note) > 400 {
		t.Errorf("%d bytes", len(e.Person)+len(e.Note))
	}
}

// TestSlowBrowser checks that a browser that takes nothing delays neither the
// listener nor other browsers, and that too many browsers are refused.
func TestSlowBrowser(t *testing.T) {
	p, url := opened(t, Loopback)
	address := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/")
	for range 500 {
		p.Tell(report(codec.KindStatus, fmt.Sprintf("%012X", len(p.cards)), "81"))
	}
	var slow []net.Conn
	for range maxBrowsers - 1 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		slow = append(slow, c)
		fmt.Fprintf(c, "GET /events HTTP/1.1\r\nHost: %s\r\n\r\n", address)
	}
	for _, c := range slow { // each has a place among maxBrowsers
		if _, err := io.ReadFull(c, make([]byte, 15)); err != nil {
			t.Fatal(err)
		}
	}
	r := listen(t, url)
	r.next()
	if answer, _ := get(t, "GET", url+"events"); answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one browser too many: %s", answer.Status)
	}
	const events = 20_000 // far more than fits between the page and a browser: Tell would never return if it waited
	for i := range events {
		p.Tell(event1("DA1275B0", "Anna", "accept", fmt.Sprint(i)))
	}
	for {
		m := r.next()
		if len(m.Events) > 0 && strings.Contains(m.Events[len(m.Events)-1], fmt.Sprintf("accept: %d<", events-1)) {
			break
		}
	}
}

// TestBrowser uses the page like a person without a mouse.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds")
	}
	p, url := opened(t, Loopback)
	camera := snapshot("5CC5638AE24C", pictureFile(t))
	camera.Name = hostile
	p.Tell(camera)
	p.Tell(report(codec.KindStatus, "1CC31660025E", `"`+hostile[:28]+`"`))
	first := event1(hostile, hostile, "accept", "")
	first.Time = noon
	p.Tell(first)
	p.Tell(event1("DA1275B0", hostile, "deny", hostile))
	b := browsertest.Start(t)
	for _, size := range [][2]int{{1280, 800}, {390, 844}, {360, 640}} {
		b.Open(url, size[0], size[1])
		b.WaitFor(`document.querySelectorAll(".card").length == 4 && document.querySelector("main img").naturalWidth == 100 && list.children.length == 2`)
		b.WaitFor(fmt.Sprintf(`document.documentElement.scrollWidth <= %d`, size[0]))
	}
	for what, want := range map[string]string{
		`document.images.length`: "1",
		`document.querySelector("[data-cards=camera] h3").textContent`:                      "<img src=x onerror=alert(1)>\"'&\\u202e{{.}}</script>",
		`document.images[0].alt.startsWith("Last picture of <img src=x onerror=alert(1)>")`: "true",
		`document.querySelector("[data-ago]").textContent`:                                  "just now",
		`list.children[0].className`:                                                        "deny",
		`list.children[0].textContent.includes("deny: <img")`:                               "true",
		`state.textContent`: "live",
		`getComputedStyle(document.querySelector(".none")).display`:                                                            "none",
		`[...document.querySelectorAll("[id]")].length == new Set([...document.querySelectorAll("[id]")].map(e => e.id)).size`: "true",
	} {
		if got := b.Eval(what); got != want {
			t.Errorf("%s is %q, want %q", what, got, want)
		}
	}

	// A change must not move the focus away from a picture.
	b.Press("Tab") // the first of the links
	b.WaitFor(`document.activeElement.tagName == "A"`)
	b.Eval(`document.querySelector(".card a").focus()`)
	newer := report(codec.KindStatus, "5CC5638AE24C", "7")
	newer.Name = hostile
	p.Tell(newer)
	b.WaitFor(`document.querySelector("[data-cards=camera] .card:has(img) dd") != null && document.activeElement == document.querySelector(".card a")`)
	p.Tell(&render.Envelope{Time: noon, Family: "milesight", Device: "5CC5638AE24C", Name: hostile, Value: codec.Silence{For: 2 * time.Hour}})
	b.WaitFor(`document.querySelector(".card.silent")?.textContent.includes("Silent: not heard for 2h")`)
	b.WaitFor(`said.textContent.includes("not heard for 2h") && said.getAttribute("role") == "status"`)
	p.setLost(true)
	b.WaitFor(`state.textContent.startsWith("mqtool has lost the connection to the broker") && document.body.className == "lost"`)
	p.setLost(false)
	b.WaitFor(`state.textContent == "live"`)

	// The page can be stopped, and afterwards shows everything that came
	// meanwhile.
	b.Eval(`pause.focus()`)
	b.Press("Enter")
	b.WaitFor(`state.textContent == "paused" && pause.getAttribute("aria-pressed") == "true"`)
	for range maxEvents + 20 {
		p.Tell(event1("DA1275B0", "", "wink", ""))
	}
	b.Press("Enter")
	b.WaitFor(`state.textContent == "live" && list.children.length == list.dataset.max && list.textContent.includes("wink")`)
	for _, dark := range []string{"light", "dark"} {
		b.Emulate("prefers-color-scheme", dark)
		b.WaitFor(fmt.Sprintf(`matchMedia("(prefers-color-scheme: %s)").matches`, dark))
	}
	for _, c := range b.Complaints(url) {
		t.Error(c)
	}

	// The page says when mqtool has ended.
	p.Close()
	b.WaitFor(`state.textContent == "the connection to mqtool is lost; trying again"`)
}

// BenchmarkTell measures what the page costs the listener for each event.
func BenchmarkTell(b *testing.B) {
	p, err := New("x")
	if err != nil {
		b.Fatal(err)
	}
	e := event1("DA1275B0", "Anna", "accept", "")
	b.ReportAllocs()
	for b.Loop() {
		p.Tell(e)
	}
}

// BenchmarkMessage measures what a browser costs at 1,000 events per second. It
// gets two messages per second, each with as many events as the page shows.
func BenchmarkMessage(b *testing.B) {
	p, err := New("x")
	if err != nil {
		b.Fatal(err)
	}
	for range 500 {
		p.Tell(event1("DA1275B0", "Anna", "accept", ""))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.message(p.since(&cursor{}), false); err != nil {
			b.Fatal(err)
		}
	}
}
