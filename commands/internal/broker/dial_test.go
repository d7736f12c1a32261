package broker

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"
)

// roundTrip publishes and receives over a connection.
func roundTrip(t *testing.T, cfg Config) {
	t.Helper()
	c := mustDial(t, cfg)
	ctx := contextOf(t)
	if err := c.Subscribe(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	payload := strings.Repeat("x", 100_000) // more than one frame and one record
	if err := c.Publish(ctx, "a", []byte(payload), 1, false); err != nil {
		t.Fatal(err)
	}
	if m, err := c.Receive(ctx); err != nil || string(m.Payload) != payload {
		t.Fatalf("%d bytes, %v", len(m.Payload), err)
	}
	if err := c.Close(time.Second); err != nil {
		t.Fatal(err)
	}
}

func TestTLS(t *testing.T) {
	ours, other := newAuthority(t), newAuthority(t)
	good, _, _ := ours.issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	named, _, _ := ours.issue(t, "broker.test", time.Now().Add(time.Hour))
	expired, _, _ := ours.issue(t, "127.0.0.1", time.Now().Add(-time.Hour))
	_, clientCert, clientKey := ours.issue(t, "client", time.Now().Add(time.Hour))
	_, strangeCert, strangeKey := other.issue(t, "client", time.Now().Add(time.Hour))

	start := func(config *tls.Config) string {
		_, addr := startMochi(t, config, nil)
		return addr
	}
	goodAddr := start(&tls.Config{Certificates: []tls.Certificate{good}, NextProtos: []string{"mqtt"}})
	namedAddr := start(&tls.Config{Certificates: []tls.Certificate{named}})
	expiredAddr := start(&tls.Config{Certificates: []tls.Certificate{expired}})
	mutual := &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ours.pool()}
	mutual12 := mutual.Clone()
	mutual12.MaxVersion = tls.VersionTLS12
	mutualAddr, mutual12Addr := start(mutual), start(mutual12)
	oldAddr := start(&tls.Config{Certificates: []tls.Certificate{good}, MaxVersion: tls.VersionTLS11})

	for name, cfg := range map[string]Config{
		"authority":                 {URL: goodAddr, CAFile: ours.file},
		"URL":                       {URL: "mqtts://" + goodAddr, CAFile: ours.file},
		"protocol":                  {URL: goodAddr, CAFile: ours.file, ALPN: []string{"mqtt"}},
		"another name":              {URL: namedAddr, CAFile: ours.file, ServerName: "broker.test"},
		"unverified":                {URL: expiredAddr, TLS: true, Insecure: true},
		"client certificate":        {URL: mutualAddr, CAFile: ours.file, CertFile: clientCert, KeyFile: clientKey},
		"client certificate TLS1.2": {URL: mutual12Addr, CAFile: ours.file, CertFile: clientCert, KeyFile: clientKey},
	} {
		t.Run(name, func(t *testing.T) { roundTrip(t, cfg) })
	}
	for name, test := range map[string]struct {
		cfg   Config
		words string
	}{
		"unknown authority":         {Config{URL: goodAddr, TLS: true}, "--ca"},
		"another authority":         {Config{URL: goodAddr, CAFile: other.file}, "does not hold the authority that signed it"},
		"wrong name":                {Config{URL: namedAddr, CAFile: ours.file}, "server_name"},
		"expired":                   {Config{URL: expiredAddr, CAFile: ours.file}, "clock"},
		"wrong protocol":            {Config{URL: goodAddr, CAFile: ours.file, ALPN: []string{"foo"}}, "set alpn"},
		"old TLS":                   {Config{URL: oldAddr, CAFile: ours.file}, "version"},
		"no client certificate":     {Config{URL: mutual12Addr, CAFile: ours.file}, "--cert"},
		"strange client":            {Config{URL: mutual12Addr, CAFile: ours.file, CertFile: strangeCert, KeyFile: strangeKey}, "--cert"},
		"no client certificate 1.3": {Config{URL: mutualAddr, CAFile: ours.file}, "client certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			test.cfg.Wait = true // must not change the result
			test.cfg.timing = fast
			test.cfg.Notify = func(Event) { asked++ }
			ctx := contextOf(t)
			_, err := Dial(ctx, test.cfg)
			wantError(t, err, TLS, test.words)
			if ctx.Err() != nil || asked > 0 {
				t.Errorf("it was tried again: %v", ctx.Err())
			}
		})
	}

	warned := newEvents()
	mustDial(t, Config{URL: expiredAddr, TLS: true, Insecure: true, Notify: warned.notify})
	warned.wait(t, EventWarning)
	_, plain := startMochi(t, nil, nil)
	_, err := Dial(contextOf(t), Config{URL: "mqtts://" + plain, timing: fast})
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(e.Hint, "without TLS") {
		t.Errorf("TLS to a plain port: %v", err)
	}
}

func TestWebSocket(t *testing.T) {
	ours := newAuthority(t)
	cert, _, _ := ours.issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	server, mqtt := startMochi(t, nil, nil)
	_, mqtts := startMochi(t, &tls.Config{Certificates: []tls.Certificate{cert}}, nil)
	plain := startWebSocket(t, server, nil)
	secure := startWebSocket(t, server, &tls.Config{Certificates: []tls.Certificate{cert}})
	roundTrip(t, Config{URL: "ws://" + plain})
	roundTrip(t, Config{URL: "ws://" + plain + "/mqtt"})
	roundTrip(t, Config{URL: "wss://" + secure, CAFile: ours.file})

	_, err := Dial(contextOf(t), Config{URL: "ws://" + plain + "/other"})
	wantError(t, err, Protocol, "404", "path")
	_, err = Dial(contextOf(t), Config{URL: "ws://" + strings.TrimPrefix(mqtt, "mqtt://")})
	wantError(t, err, Lost, "WebSocket", "a plain MQTT port? Then use mqtt://")
	_, err = Dial(contextOf(t), Config{URL: "wss://" + strings.TrimPrefix(mqtts, "mqtts://"), CAFile: ours.file})
	wantError(t, err, Lost, "WebSocket", "without WebSocket? Then use mqtts://")
	for code, kind := range map[int]Kind{http.StatusServiceUnavailable: Unavailable, http.StatusUnauthorized: Auth} {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }))
		_, err = Dial(contextOf(t), Config{URL: "ws://" + web.Listener.Addr().String()})
		wantError(t, err, kind, "HTTP")
		web.Close()
	}
}

// httpProxy starts a proxy that accepts only user u with password p.
func httpProxy(t *testing.T) string {
	return listen(t, func(c net.Conn) {
		in := bufio.NewReader(c)
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if r.Header.Get("Proxy-Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte("u:p")) {
			_, _ = io.WriteString(c, "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
			return
		}
		far, err := net.Dial("tcp", r.Host)
		if err != nil {
			_, _ = io.WriteString(c, "HTTP/1.1 502 Bad Gateway\r\n\r\n")
			return
		}
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
		join(far, c)
	})
}

// socksProxy starts a proxy without users, by RFC 1928.
func socksProxy(t *testing.T) string {
	return listen(t, func(c net.Conn) {
		head := make([]byte, 2)
		if _, err := io.ReadFull(c, head); err != nil {
			return
		}
		_, _ = io.CopyN(io.Discard, c, int64(head[1]))
		_, _ = c.Write([]byte{5, 0})
		request := make([]byte, 4)
		if _, err := io.ReadFull(c, request); err != nil {
			return
		}
		address := make([]byte, 4+2)
		if request[3] != 1 {
			_, _ = c.Write([]byte{5, 8, 0, 1, 0, 0, 0, 0, 0, 0})
			return
		}
		if _, err := io.ReadFull(c, address); err != nil {
			return
		}
		far, err := net.DialTCP("tcp", nil, &net.TCPAddr{IP: address[:4], Port: int(address[4])<<8 | int(address[5])})
		if err != nil {
			_, _ = c.Write([]byte{5, 5, 0, 1, 0, 0, 0, 0, 0, 0})
			return
		}
		_, _ = c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
		join(far, c)
	})
}

// join copies both ways until both sides have ended.
func join(a, b net.Conn) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(a, b)
		hangUp(a)
	}()
	_, _ = io.Copy(b, a)
	hangUp(b)
	<-done
}

func TestProxies(t *testing.T) {
	ours := newAuthority(t)
	cert, _, _ := ours.issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	server, plain := startMochi(t, nil, nil)
	_, secure := startMochi(t, &tls.Config{Certificates: []tls.Certificate{cert}}, nil)
	web := startWebSocket(t, server, &tls.Config{Certificates: []tls.Certificate{cert}})
	viaHTTP, viaSOCKS := httpProxy(t), socksProxy(t)

	for _, proxy := range []string{"http://u:p@" + viaHTTP, "socks5://" + viaSOCKS, "socks5h://" + viaSOCKS} {
		roundTrip(t, Config{URL: plain, Proxy: proxy})
		roundTrip(t, Config{URL: secure, CAFile: ours.file, Proxy: proxy})
		roundTrip(t, Config{URL: "wss://" + web, CAFile: ours.file, Proxy: proxy})
	}

	_, err := Dial(contextOf(t), Config{URL: plain, Proxy: "http://u:hunter2@" + viaHTTP})
	wantError(t, err, Auth, "proxy", "407")
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error shows the password: %v", err)
	}
	_, err = Dial(contextOf(t), Config{URL: "127.0.0.1:1", Proxy: "http://u:p@" + viaHTTP})
	wantError(t, err, Unavailable, "proxy", "502")
	_, err = Dial(contextOf(t), Config{URL: "127.0.0.1:1", Proxy: "socks5://" + viaSOCKS})
	wantError(t, err, Unreachable, "proxy", "refused")
	_, err = Dial(contextOf(t), Config{URL: plain, Proxy: "socks5://127.0.0.1:1"})
	wantError(t, err, Refused, "proxy 127.0.0.1:1: ", "no program listens")
	quick := fast
	quick.attempt = 50 * time.Millisecond
	for _, scheme := range []string{"http", "socks5"} {
		_, err = Dial(contextOf(t), Config{URL: plain, Proxy: scheme + "://" + listen(t, discard), timing: quick})
		wantError(t, err, Timeout, "proxy")
	}
}

func TestProxyEnvironmentIsIgnored(t *testing.T) {
	server, plain := startMochi(t, nil, nil)
	web := startWebSocket(t, server, nil)
	for _, name := range []string{"ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
		t.Setenv(name, "socks5://127.0.0.1:1")
	}
	roundTrip(t, Config{URL: plain})
	roundTrip(t, Config{URL: "ws://" + web})
}

func TestWebSocketHost(t *testing.T) {
	// Strict servers reject a default port in the URL.
	for text, want := range map[string]string{
		"ws://host": "host", "ws://host:81": "host:81", "wss://host": "host", "wss://[::1]": "[::1]", "ws://[::1]:81": "[::1]:81",
	} {
		a, err := parseAddress(text, false)
		if err != nil {
			t.Fatal(err)
		}
		if u, err := url.Parse((&dialer{address: a}).webSocketURL()); err != nil || u.Host != want || u.Path != "/mqtt" {
			t.Errorf("%s: %v, %v", text, u, err)
		}
	}
}

// TestLongHandshakes checks that neither a proxy nor a WebSocket server can
// send too much before the connection is made.
func TestLongHandshakes(t *testing.T) {
	endless := listen(t, func(c net.Conn) {
		if _, err := c.Write([]byte("HTTP/1.1 101 Switching Protocols\r\n")); err != nil {
			return
		}
		header := []byte("X: " + strings.Repeat("x", 1000) + "\r\n")
		for range 1 << 15 {
			if _, err := c.Write(header); err != nil {
				return
			}
		}
	})
	for _, cfg := range []Config{{URL: "ws://" + endless}, {URL: "mqtt://h", Proxy: "http://" + endless}} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		cfg.timing = fast
		if _, err := Dial(contextOf(t), cfg); err == nil {
			t.Error("it is connected")
		}
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 4<<20 {
			t.Errorf("%+v took %d bytes", cfg.URL, took)
		}
	}
}
