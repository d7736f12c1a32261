package page

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"mqtool/commands/internal/render"
)

var (
	//go:embed live.html
	liveHTML string
	//go:embed live.css
	liveCSS string
	//go:embed live.js
	liveJS string
)

// A Page is the live page. Tell adds what it shows. Browsers can see it while
// it is open.
type Page struct {
	state
	template *template.Template // for the page, its cards and its events
	whole    []byte             // the page without its contents

	server *server // nil while the page is not open
}

// New returns a page with a title.
func New(title string) (*Page, error) {
	p := &Page{state: state{numbers: map[string]int{}, waiting: map[chan struct{}]struct{}{}}}
	var err error
	if p.template, err = template.New("page").Parse(liveHTML); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = p.template.Execute(&b, map[string]any{
		"Title": title, "Style": template.CSS(Style + liveCSS), "Script": template.JS(liveJS), "MaxEvents": maxEvents,
	})
	p.whole = b.Bytes()
	return p, err
}

// livePolicy returns a policy that lets the page load its pictures and the
// stream of changes.
func livePolicy() string {
	return Policy(Style+liveCSS, liveJS, "img-src 'self' data:", "connect-src 'self'", "frame-ancestors 'none'")
}

// How often the server writes to a browser.
const (
	atMostEvery  = 500 * time.Millisecond // changes within this time are sent together
	atLeastEvery = 15 * time.Second       // even if nothing has changed
	maxWrite     = 10 * time.Second       // the stream ends if a browser takes no bytes for so long
)

// stream sends a browser the changes, as server-sent events, until the browser
// goes away. The browser gets the newest state whenever it is ready for it; the
// listener never waits for a browser.
func (p *Page) stream(w http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	if err := control.SetReadDeadline(time.Time{}); err != nil { // the request is already read
		return
	}
	var seen cursor
	changed := make(chan struct{}, 1)
	defer p.leave(changed)
	for first := true; ; first = false {
		message, err := p.message(p.since(&seen), first)
		if err != nil || control.SetWriteDeadline(time.Now().Add(maxWrite)) != nil {
			return
		}
		if _, err := w.Write(message); err != nil || control.Flush() != nil {
			return
		}
		if pause(r.Context(), atMostEvery, nil) != nil {
			return
		}
		p.await(seen.version, changed)
		if pause(r.Context(), atLeastEvery, changed) != nil {
			return
		}
	}
}

// pause waits for a while, or until a value comes. Its error is that of ctx.
func pause(ctx context.Context, d time.Duration, until <-chan struct{}) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-until:
	case <-ctx.Done():
	}
	return ctx.Err()
}

// A message is the JSON for the script of the page. Texts of devices are in
// HTML, which html/template has escaped.
type message struct {
	Whole  bool     `json:"whole"` // it is the whole state, not a change
	Now    int64    `json:"now"`   // ms since 1970
	Lost   bool     `json:"lost"`  // whether the connection to the broker is lost
	More   string   `json:"more"`  // says what is not shown
	Cards  []string `json:"cards"`
	Events []string `json:"events"` // oldest first
}

// message makes the message for a browser.
func (p *Page) message(c change, whole bool) ([]byte, error) {
	m := message{Whole: whole, Now: time.Now().UnixMilli(), Lost: c.lost, Cards: []string{}, Events: []string{}}
	if c.unshown > 0 {
		m.More = "There are more than " + strconv.Itoa(maxCards) + " devices: " + render.Count(int(c.unshown), "message") + " of the others changed no card."
	}
	var b bytes.Buffer
	fragment := func(list *[]string, name string, data any) error {
		b.Reset()
		err := p.template.ExecuteTemplate(&b, name, data)
		*list = append(*list, b.String())
		return err
	}
	for _, one := range c.cards {
		if err := fragment(&m.Cards, "card", one); err != nil {
			return nil, err
		}
	}
	if c.skipped > 0 {
		if err := fragment(&m.Events, "skipped", render.Count(int(c.skipped), "event")); err != nil {
			return nil, err
		}
	}
	for _, one := range c.events {
		if err := fragment(&m.Events, "event", one); err != nil {
			return nil, err
		}
	}
	text, err := json.Marshal(m)
	return append(append([]byte("data: "), text...), "\n\n"...), err
}
