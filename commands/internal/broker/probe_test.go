package broker

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// probe takes all steps, up to the first error.
func probe(ctx context.Context, cfg Config) (*Conn, *Handshake, error) {
	cfg.timing = fast
	p, err := NewProbe(cfg)
	if err != nil {
		return nil, nil, err
	}
	defer p.Close()
	if _, _, err := p.Lookup(ctx); err != nil {
		return nil, nil, err
	}
	if _, err := p.Connect(ctx); err != nil {
		return nil, nil, err
	}
	h, err := p.StartTLS(ctx)
	if err != nil {
		return nil, h, err
	}
	if err := p.OpenWebSocket(ctx); err != nil {
		return nil, h, err
	}
	c, err := p.LogIn(ctx)
	return c, h, err
}

func TestProbe(t *testing.T) {
	ours := newAuthority(t)
	cert, _, _ := ours.issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	expired, _, _ := ours.issue(t, "127.0.0.1", time.Now().Add(-time.Hour))
	_, clientCert, clientKey := ours.issue(t, "client", time.Now().Add(time.Hour))
	server, plain := startMochi(t, nil, nil)
	_, secure := startMochi(t, &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"mqtt"}}, nil)
	_, old := startMochi(t, &tls.Config{Certificates: []tls.Certificate{expired}, MaxVersion: tls.VersionTLS12}, nil)
	_, mutual := startMochi(t, &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ours.pool()}, nil)
	web := startWebSocket(t, server, &tls.Config{Certificates: []tls.Certificate{cert}})

	type seen struct {
		version, alpn        string
		chain                int
		asked, client, doubt bool
	}
	for name, test := range map[string]struct {
		cfg  Config
		want *seen
	}{
		"plain":              {Config{URL: plain}, nil},
		"proxy":              {Config{URL: plain, Proxy: "socks5://" + socksProxy(t)}, nil},
		"TLS":                {Config{URL: secure, CAFile: ours.file, ALPN: []string{"mqtt"}}, &seen{version: "TLS 1.3", alpn: "mqtt", chain: 1}},
		"unverified":         {Config{URL: old, TLS: true, Insecure: true}, &seen{version: "TLS 1.2", chain: 1, doubt: true}},
		"verified by chance": {Config{URL: secure, CAFile: ours.file, Insecure: true}, &seen{version: "TLS 1.3", chain: 1}},
		"client certificate": {
			Config{URL: mutual, CAFile: ours.file, CertFile: clientCert, KeyFile: clientKey},
			&seen{version: "TLS 1.3", chain: 1, asked: true, client: true},
		},
		"WebSocket": {Config{URL: "wss://" + web, CAFile: ours.file}, &seen{version: "TLS 1.3", chain: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := contextOf(t)
			c, h, err := probe(ctx, test.cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close(time.Second) }()
			if err := c.Subscribe(ctx, "a"); err != nil {
				t.Error(err)
			}
			if h == nil || test.want == nil {
				if h != nil || test.want != nil {
					t.Errorf("handshake %v, want %v", h, test.want)
				}
				return
			}
			got := &seen{h.Version, h.ALPN, len(h.Chain), h.Asked, h.Client != nil, h.Doubt != nil}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("handshake %+v, want %+v", got, test.want)
			}
		})
	}
}

// TestProbeErrors checks that each step fails with the same words as Dial.
func TestProbeErrors(t *testing.T) {
	ours := newAuthority(t)
	cert, _, _ := ours.issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	named, _, _ := ours.issue(t, "broker.test", time.Now().Add(time.Hour))
	_, plain := startMochi(t, nil, nil)
	_, secure := startMochi(t, &tls.Config{Certificates: []tls.Certificate{cert}}, nil)
	_, wrongName := startMochi(t, &tls.Config{Certificates: []tls.Certificate{named}}, nil)
	_, mutual := startMochi(t, &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAnyClientCert}, nil)
	refuse := func(code byte) string {
		return fakeBroker(t, func(packets.ControlPacket) []byte { return []byte{0x20, 2, 0, code} })
	}
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)

	for name, test := range map[string]struct {
		cfg   Config
		chain int // certificates that were still seen
	}{
		"unknown name":          {Config{URL: "no-such-host.invalid"}, 0},
		"refused":               {Config{URL: "127.0.0.1:1"}, 0},
		"proxy":                 {Config{URL: plain, Proxy: "http://127.0.0.1:1"}, 0},
		"unknown authority":     {Config{URL: secure, TLS: true}, 1},
		"wrong name":            {Config{URL: wrongName, CAFile: ours.file}, 1},
		"no client certificate": {Config{URL: mutual, CAFile: ours.file}, 1},
		"TLS to plain":          {Config{URL: plain, TLS: true}, 0},
		"plain to TLS":          {Config{URL: secure}, 0},
		"no WebSocket":          {Config{URL: "ws://" + web.Listener.Addr().String()}, 0},
		"wrong password":        {Config{URL: refuse(4)}, 0},
		"banned":                {Config{URL: refuse(138)}, 0},
		"code nobody knows":     {Config{URL: refuse(99)}, 0},
		"no password":           {Config{URL: plain, Password: func() (string, error) { return "", errNoAnswer }}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			test.cfg.timing = fast
			_, want := Dial(contextOf(t), test.cfg)
			_, h, err := probe(contextOf(t), test.cfg)
			if err == nil || want == nil || err.Error() != want.Error() {
				t.Errorf("error %v, Dial says %v", err, want)
			}
			if h != nil && len(h.Chain) != test.chain {
				t.Errorf("%d certificates, want %d", len(h.Chain), test.chain)
			}
		})
	}

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, _, err := probe(ctx, Config{URL: listen(t, discard)})
	wantError(t, err, Timeout, "no MQTT answer in time")
}

func TestOtherwise(t *testing.T) {
	ours := newAuthority(t)
	cert, _, _ := ours.issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	server, plain := startMochi(t, nil, nil)
	_, secure := startMochi(t, &tls.Config{Certificates: []tls.Certificate{cert}}, nil)
	_, mutual12 := startMochi(t, &tls.Config{
		Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12,
	}, nil)
	web := startWebSocket(t, server, &tls.Config{Certificates: []tls.Certificate{cert}})
	for url, want := range map[string]bool{
		"mqtt://" + plain:    false, // the address is right
		"mqtts://" + plain:   true,
		"mqtt://" + secure:   true,
		"mqtt://" + mutual12: true, // with an alert
		"mqtts://" + secure:  false,
		"ws://" + web:        true,
		"ws://" + secure:     true, // not a WebSocket, but TLS
		"mqtt://" + listen(t, func(c net.Conn) { _, _ = c.Write([]byte("SSH-2.0-x\r\n")) }):  false,
		"mqtts://" + listen(t, func(c net.Conn) { _, _ = c.Write([]byte("SSH-2.0-x\r\n")) }): false,
		"mqtts://127.0.0.1:1": false,
	} {
		p, err := NewProbe(Config{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		if got := p.Otherwise(ctx); got != want {
			t.Errorf("%s: %v, want %v", url, got, want)
		}
		cancel()
	}
	p, err := NewProbe(Config{URL: "mqtts://" + listen(t, discard)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if p.Otherwise(ctx) {
		t.Error("silence is taken for an answer")
	}
}

func TestSpeaks(t *testing.T) {
	_, plain := startMochi(t, nil, nil)
	only := func(spoken byte, refusal []byte) string {
		return listen(t, func(c net.Conn) {
			head := make([]byte, 32)
			n, _ := c.Read(head)
			if level := head[4+head[3]]; n < 12 || level != spoken {
				_, _ = c.Write(refusal)
				return
			}
			if spoken == level5 { // with properties, and refused because there is no password
				_, _ = c.Write([]byte{0x20, 8, 0, 134, 5, 0x27, 0, 1, 0, 0})
				return
			}
			_, _ = c.Write(connack)
		})
	}
	for addr, want := range map[string][]string{
		plain:                                 {"3.1", "3.1.1", "5"},
		only(level5, []byte{0x20, 2, 0, 1}):   {"5"},
		only(level5, []byte{0x20, 2, 0, 132}): {"5"},
		only(level31, nil):                    {"3.1"},
		only(99, []byte("HTTP/1.1 400\r\n")):  nil,
	} {
		p, err := NewProbe(Config{URL: addr})
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Speaks(contextOf(t)); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, want %q", addr, got, want)
		}
	}
}
