// Package browsertest looks at pages as people do, with a headless Chromium.
package browsertest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// A Browser is a headless Chromium with one page, driven through a pipe by its DevTools
// protocol: https://chromedevtools.github.io/devtools-protocol/
type Browser struct {
	t       *testing.T
	out     *os.File
	answers chan devtools
	next    int
	session string
	events  []devtools // events that came before the awaited answer
}

// devtools is a message of the protocol.
type devtools struct {
	ID        int             `json:"id,omitempty"`
	SessionID string          `json:"sessionId,omitempty"`
	Method    string          `json:"method,omitempty"`
	Params    any             `json:"params,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	Error     json.RawMessage `json:"error,omitempty"`
}

// browserPatience is the longest wait for a browser on a busy machine.
const browserPatience = 90 * time.Second

// Start starts Chromium. If there is no Chromium the test is skipped, unless it
// runs in CI, which must have one.
func Start(t *testing.T) *Browser {
	t.Helper()
	name, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("chromium is not installed")
		}
		t.Skip("chromium is not installed: the page is not looked at")
	}
	fromUs, toBrowser := pipe(t)
	fromBrowser, toUs := pipe(t)
	c := exec.Command(name, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--remote-debugging-pipe", "--user-data-dir="+t.TempDir(), "about:blank")
	c.ExtraFiles = []*os.File{fromUs, toUs}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	fromUs.Close()
	toUs.Close()
	b := &Browser{t: t, out: toBrowser, answers: make(chan devtools, 1024)}
	go func() {
		defer close(b.answers)
		r := bufio.NewReader(fromBrowser)
		for {
			message, err := r.ReadBytes(0)
			if err != nil {
				return
			}
			var m devtools
			if json.Unmarshal(bytes.TrimSuffix(message, []byte{0}), &m) == nil {
				b.answers <- m
			}
		}
	}()
	t.Cleanup(func() {
		// If Chromium is asked to close, it ends all its processes. Otherwise
		// some would still write into their profile.
		if _, err := toBrowser.WriteString(`{"id":1000000,"method":"Browser.close"}` + "\x00"); err != nil {
			t.Errorf("the browser is gone: %v", err)
		}
		stop := time.AfterFunc(browserPatience, func() { _ = c.Process.Kill() })
		_ = c.Wait() // its exit status does not matter
		stop.Stop()
		toBrowser.Close()
		fromBrowser.Close()
	})
	var target struct{ TargetID string }
	b.ask("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.ask("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.ask(domain+".enable", nil, nil)
	}
	return b
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	return r, w
}

// ask calls a method and waits for its answer.
func (b *Browser) ask(method string, params, result any) {
	b.t.Helper()
	b.next++
	if params == nil {
		params = map[string]any{}
	}
	message, err := json.Marshal(devtools{ID: b.next, SessionID: b.session, Method: method, Params: params})
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.out.Write(append(message, 0)); err != nil {
		b.t.Fatal(err)
	}
	deadline := time.After(browserPatience)
	for {
		select {
		case m, ok := <-b.answers:
			switch {
			case !ok:
				b.t.Fatalf("%s: the browser has ended", method)
			case m.ID != b.next:
				b.events = append(b.events, m)
				continue
			case m.Error != nil:
				b.t.Fatalf("%s: %s", method, m.Error)
			}
			if result != nil {
				if err := json.Unmarshal(m.Result, result); err != nil {
					b.t.Fatal(err)
				}
			}
			return
		case <-deadline:
			b.t.Fatalf("%s: no answer", method)
		}
	}
}

// Open goes to a page in a window of a given size, and waits until the page is
// loaded.
func (b *Browser) Open(url string, width, height int) {
	b.t.Helper()
	b.ask("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
	b.ask("Page.navigate", map[string]any{"url": url}, nil)
	b.WaitFor(fmt.Sprintf("document.readyState == 'complete' && location.href == %q", url))
}

// Eval returns the value of an expression, as text.
func (b *Browser) Eval(expression string) string {
	b.t.Helper()
	var r struct {
		Result           struct{ Value any }
		ExceptionDetails json.RawMessage
	}
	b.ask("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true}, &r)
	if r.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, r.ExceptionDetails)
	}
	return fmt.Sprint(r.Result.Value)
}

// WaitFor waits until an expression is true.
func (b *Browser) WaitFor(expression string) {
	b.t.Helper()
	for deadline := time.Now().Add(browserPatience); ; time.Sleep(20 * time.Millisecond) {
		if b.Eval(expression) == "true" {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("%s does not become true", expression)
		}
	}
}

// Press presses a key.
func (b *Browser) Press(key string) {
	b.t.Helper()
	text := ""
	if key == "Enter" {
		text = "\r"
	} else if len(key) == 1 {
		text = key
	}
	codes := map[string]int{"Enter": 13, "Escape": 27, "Tab": 9, "ArrowLeft": 37, "ArrowRight": 39, "Home": 36, "End": 35}
	b.ask("Input.dispatchKeyEvent", map[string]any{"type": "keyDown", "key": key, "code": key, "text": text, "windowsVirtualKeyCode": codes[key]}, nil)
	b.ask("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": key, "code": key, "windowsVirtualKeyCode": codes[key]}, nil)
}

// Complaints returns the errors of the console, and the requests to addresses
// without this prefix.
func (b *Browser) Complaints(begins string) []string {
	var list []string
	for _, e := range b.events {
		text, _ := json.Marshal(e.Params)
		switch e.Method {
		case "Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled":
			list = append(list, e.Method+" "+string(text))
		case "Network.requestWillBeSent":
			params, _ := e.Params.(map[string]any)
			request, _ := params["request"].(map[string]any)
			if url, _ := request["url"].(string); !strings.HasPrefix(url, begins) && !strings.HasPrefix(url, "data:") && url != "about:blank" {
				list = append(list, "a request to "+url)
			}
		}
	}
	return list
}

// Emulate sets a preference of the user, in the words of CSS.
func (b *Browser) Emulate(feature, value string) {
	b.t.Helper()
	b.ask("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": feature, "value": value}}}, nil)
}

// Screenshot returns a picture of the page, as PNG.
func (b *Browser) Screenshot() []byte {
	b.t.Helper()
	var r struct{ Data []byte }
	b.ask("Page.captureScreenshot", nil, &r)
	return r.Data
}
