package simulator

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"mqtool/commands/internal/broker"
)

// TestServeEnds closes brokers while clients go, and while a peer is connected
// that says nothing, as a port scanner does.
func TestServeEnds(t *testing.T) {
	for range 100 {
		b, err := Serve(ServeConfig{Address: "127.0.0.1:0"})
		if err != nil {
			t.Fatal(err)
		}
		silent, err := net.Dial("tcp", strings.TrimPrefix(b.URL, "mqtt://"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = silent.Close() }()
		var clients sync.WaitGroup
		for range 4 {
			c := dial(t, broker.Config{URL: b.URL})
			clients.Go(func() { _ = c.Close(time.Second) })
		}
		ended := make(chan struct{})
		go func() {
			b.Close()
			close(ended)
		}()
		select {
		case <-ended:
		case <-time.After(patience):
			t.Fatal("Close does not return")
		}
		clients.Wait()
	}
}

// connect5 is a CONNECT of MQTT 5, with the client id "x".
const connect5 = "\x10\x0e\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x01x"

// connect311 is the same CONNECT in MQTT 3.1.1.
const connect311 = "\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01x"

// subscribe5 is a SUBSCRIBE of MQTT 5 that ends after its topic filter. The
// decoder of the MQTT library panics on it.
const subscribe5 = "\x82\x06\x00\x01\x00\x00\x01t"

// TestServeRefusesMQTT5 sends valid and malformed packets of MQTT 5, and checks
// that the broker goes on.
func TestServeRefusesMQTT5(t *testing.T) {
	var mu sync.Mutex
	var told []string
	b := serve(t, ServeConfig{Tell: func(text string) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, text)
	}})
	works := func(when string) {
		t.Helper()
		next := listen(t, b.URL, "t")
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := dial(t, broker.Config{URL: b.URL}).Publish(ctx, "t", []byte(when), 1, false); err != nil {
			t.Fatal(err)
		}
		if m := next(); string(m.Payload) != when {
			t.Errorf("%s: got %q", when, m.Payload)
		}
	}
	works("before")
	for _, tt := range []struct {
		name, send string
		want       []byte // how the answer begins; empty for none
	}{
		{"CONNECT", connect5, []byte{0x20}},
		{"CONNECT and what crashes the decoder", connect5 + subscribe5, []byte{0x20}},
		{"CONNECT without a client id", "\x10\x0d\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x00", []byte{0x20}},
		{"CONNECT that is cut in its properties", "\x10\x0c\x00\x04MQTT\x05\x02\x00\x3c\x7f\x11", nil},
		{"what crashes the decoder, and nothing else", subscribe5, nil},
		{"a second CONNECT", connect311 + connect5 + subscribe5, []byte{0x20, 2, 0, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := exchange(t, b.URL, tt.send)
			if !bytes.HasPrefix(got, tt.want) || len(tt.want) == 0 && len(got) > 0 {
				t.Fatalf("got % x, want % x", got, tt.want)
			}
			if len(tt.want) == 1 && (len(got) < 4 || got[3] != 0x84) {
				t.Errorf("CONNACK % x: want the code 84, unsupported protocol version", got)
			}
		})
	}
	works("after")
	mu.Lock()
	defer mu.Unlock()
	if want := "a client that speaks MQTT 5 was refused; this broker speaks 3.1.1"; len(told) != 1 || told[0] != want {
		t.Errorf("told %q, want %q once", told, want)
	}
}

// exchange sends bytes to a broker and returns everything that it answers until
// it hangs up.
func exchange(t *testing.T, url, text string) []byte {
	t.Helper()
	conn, err := net.DialTimeout("tcp", strings.TrimPrefix(url, "mqtt://"), patience)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	// The broker may hang up before it has read everything.
	if err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("the broker does not hang up: %v", err)
	}
	return answer
}

// TestServeIPv4 checks that the broker does not listen on IPv6 if its address
// is one of IPv4.
func TestServeIPv4(t *testing.T) {
	b, err := Serve(ServeConfig{Address: "0.0.0.0:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(b.URL, "mqtt://"))
	// An attempt to listen shows whether a port is taken. A client would be
	// counted by the library while it is being closed.
	if l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", port)); err == nil {
		_ = l.Close()
		t.Error("it does not listen on IPv4")
	}
	if l, err := net.Listen("tcp6", net.JoinHostPort("::1", port)); err == nil {
		_ = l.Close()
	} else if strings.Contains(err.Error(), "in use") { // there may be no IPv6 here
		t.Error("it listens on IPv6, too")
	}
	for address, open := range map[string]bool{
		"127.0.0.1:1": false, "localhost:1": false, "[::1]:1": false, "0.0.0.0:1": true, "[::]:1": true, "10.0.0.1:1": true, "door:1": true,
	} {
		if IsOpen(address) != open {
			t.Errorf("%s: want %v", address, open)
		}
	}
}
