package simulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mqtool/codec"
	"mqtool/commands/internal/broker"
)

// patience is far longer than anything takes on a busy machine.
const patience = 20 * time.Second

func serve(t *testing.T, c ServeConfig) *Broker {
	t.Helper()
	if c.Address == "" {
		c.Address = "127.0.0.1:0"
	}
	b, err := Serve(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func dial(t *testing.T, c broker.Config) *broker.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := broker.Dial(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(time.Second) })
	return conn
}

// listen subscribes and returns a function that waits for the next message.
func listen(t *testing.T, url, filter string) func() broker.Message {
	t.Helper()
	conn := dial(t, broker.Config{URL: url, QoS: 1})
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	if err := conn.Subscribe(ctx, filter); err != nil {
		t.Fatal(err)
	}
	return func() broker.Message {
		t.Helper()
		m, err := conn.Receive(ctx)
		if err != nil {
			t.Fatalf("waiting for %s: %v", filter, err)
		}
		return m
	}
}

// start runs devices on one line. stop ends it and returns its error.
func start(t *testing.T, url string, devices ...Device) (l *Line, stop func() error) {
	t.Helper()
	l = &Line{Devices: devices, Tell: func(Action) {}}
	l.Dial = func(ctx context.Context, will *Message, notify func(broker.Event)) (*broker.Conn, error) {
		c := broker.Config{URL: url, QoS: 1, Reconnect: true, Notify: notify}
		if will != nil {
			c.Will = &broker.Will{Topic: will.Topic, Payload: will.Payload, QoS: will.QoS, Retain: will.Retain}
		}
		return broker.Dial(ctx, c)
	}
	ctx, cancel := context.WithCancel(context.Background())
	if err := l.Connect(ctx); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx, nil) }()
	stop = sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() { _ = stop() })
	return l, stop
}

// TestRun runs a reader and a camera on one line, and sends messages to both.
func TestRun(t *testing.T) {
	defer goleak.VerifyNone(t)
	t.Run("", func(t *testing.T) { // a subtest, which cleans up before the leaks are counted
		b := serve(t, ServeConfig{})
		all := listen(t, b.URL, "#")
		reader := newReader(t, ReaderConfig{Tags: []string{"04"}, Every: time.Hour, First: 10 * time.Millisecond})
		l, stop := start(t, b.URL, reader, newCamera(CameraConfig{Asleep: true}))
		for _, want := range []string{"p/DA1275B0/meta", "p/DA1275B0/status", "p/DA1275B0/rdr/evt"} {
			if m := all(); m.Topic != want {
				t.Errorf("%s: %s, want %s", m.Topic, m.Payload, want)
			}
		}
		host := dial(t, broker.Config{URL: b.URL})
		if err := host.Publish(context.Background(), "4GSolarCam/Wake/5CC5638AE24C", []byte(",wake"), 1, false); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"4GSolarCam/Wake/5CC5638AE24C", "4GSolarCam/Status", "4GSolarCam/Snapshot"} {
			if m := all(); m.Topic != want {
				t.Errorf("%s: %s, want %s", m.Topic, m.Payload, want)
			}
		}
		if err := stop(); err != nil || l.Unsent() != 0 {
			t.Errorf("%v, %d unsent", err, l.Unsent())
		}
		if m := all(); !strings.Contains(string(m.Payload), `"State":"offline"`) {
			t.Errorf("good-bye: %s %s", m.Topic, m.Payload)
		}
	})
}

// A cutter is a connection between a device and its broker that can be cut.
type cutter struct {
	listener net.Listener
	mu       sync.Mutex
	conns    []net.Conn
}

func newCutter(t *testing.T, to string) *cutter {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{listener: listener}
	t.Cleanup(func() { _ = listener.Close(); c.cut() })
	go func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				_ = in.Close()
				continue
			}
			c.mu.Lock()
			c.conns = append(c.conns, in, out)
			c.mu.Unlock()
			go pipe(in, out)
			go pipe(out, in)
		}
	}()
	return c
}

func pipe(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.Close()
	_ = from.Close()
}

func (c *cutter) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.conns = nil
}

// TestOutage cuts the line of a reader, and checks that each of its events
// arrives, its last will, and META again.
func TestOutage(t *testing.T) {
	b := serve(t, ServeConfig{})
	relay := newCutter(t, strings.TrimPrefix(b.URL, "mqtt://"))
	all := listen(t, b.URL, "#")
	reader := newReader(t, ReaderConfig{Tags: []string{"04"}, Every: 10 * time.Millisecond, Format: FormatJSON2021})
	l, stop := start(t, "mqtt://"+relay.listener.Addr().String(), reader)
	seen := map[int64]bool{}
	metas, wills := 0, 0
	for wills < 1 || metas < 2 {
		m := all()
		item := codec.Decode(m.Topic, m.Payload)[0]
		switch v := item.Value.(type) {
		case codec.ReaderMeta:
			metas++
		case codec.ReaderStatus:
			if strings.Join(v.State, ",") == "offline,dead" {
				wills++
			}
		case *codec.ReaderEvent:
			n := v.Counter.Value
			if !seen[n] && n%50 == 0 && wills < 1 { // cut again if the will does not come
				relay.cut()
			}
			seen[n] = true
		default:
			t.Fatal(item.Err)
		}
	}
	if err := stop(); err != nil || l.Unsent() != 0 {
		t.Errorf("%v, %d unsent", err, l.Unsent())
	}
	for m := all(); !strings.Contains(string(m.Payload), `"State":"offline",`); m = all() {
		if v := codec.Decode(m.Topic, m.Payload)[0].Value; v.Kind() == codec.KindEvent {
			seen[v.(*codec.ReaderEvent).Counter.Value] = true
		}
	}
	if int64(len(seen)) != reader.events {
		t.Errorf("%d of %d events came", len(seen), reader.events)
	}
}

func TestServe(t *testing.T) {
	connect := func(c broker.Config) error {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		conn, err := broker.Dial(ctx, c)
		if err == nil {
			err = conn.Close(time.Second)
		}
		return err
	}
	password := func(s string) func() (string, error) { return func() (string, error) { return s, nil } }

	b := serve(t, ServeConfig{User: "me", Password: "secret"})
	if err := connect(broker.Config{URL: b.URL, Username: "me", Password: password("secret")}); err != nil {
		t.Errorf("the right password: %v", err)
	}
	for name, c := range map[string]broker.Config{
		"wrong password": {Username: "me", Password: password("Secret")}, "another user": {Username: "you", Password: password("secret")}, "nobody": {},
	} {
		c.URL = b.URL
		if e := (*broker.Error)(nil); !errors.As(connect(c), &e) || e.Kind != broker.Auth {
			t.Errorf("%s: %v", name, e)
		}
	}

	b, err := Serve(ServeConfig{Address: "localhost:0", TLS: true})
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(strings.TrimPrefix(b.URL, "mqtts://"))
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "localhost"} {
		if err := connect(broker.Config{URL: fmt.Sprintf("mqtts://%s:%s", host, port), CAFile: b.CAFile}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if err := connect(broker.Config{URL: b.URL}); err == nil {
		t.Error("connected without knowing the authority")
	}
	b.Close()
	if _, err := os.Stat(b.CAFile); !os.IsNotExist(err) {
		t.Errorf("the authority is still there: %v", err)
	}
	if _, err := Serve(ServeConfig{Address: "127.0.0.1:-1"}); err == nil {
		t.Error("served at no port")
	}
}
