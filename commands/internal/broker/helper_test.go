package broker

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
	"github.com/gorilla/websocket"
	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// within is the deadline for everything that must end.
const within = 30 * time.Second

func contextOf(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	t.Cleanup(cancel)
	return ctx
}

// fast makes all waiting times short.
var fast = timing{
	attempt: 5 * time.Second, answer: 5 * time.Second, pong: 5 * time.Second, linger: 20 * time.Millisecond,
	backoffMin: 2 * time.Millisecond, backoffMax: 10 * time.Millisecond,
}

// startMochi runs a broker inside the test. rules are the rules of its ledger;
// nil allows everything to everybody.
func startMochi(t *testing.T, tlsConfig *tls.Config, rules *auth.Ledger) (*mochi.Server, string) {
	t.Helper()
	server := mochi.New(&mochi.Options{InlineClient: true, Logger: slog.New(slog.DiscardHandler)})
	server.Options.Capabilities.MaximumClientWritesPending = 100_000
	server.Options.Capabilities.MaximumInflight = 60_000
	var err error
	if rules == nil {
		err = server.AddHook(new(auth.AllowHook), nil)
	} else {
		err = server.AddHook(new(auth.Hook), &auth.Options{Ledger: rules})
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Serve(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	// Do not use its own listeners, because they race with its Close.
	return server, listen(t, func(c net.Conn) {
		if tlsConfig != nil {
			c = tls.Server(c, tlsConfig)
		}
		_ = server.EstablishConnection("t", c)
	})
}

// startMosquitto runs a real mosquitto, if it is installed.
func startMosquitto(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("mosquitto")
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/mosquitto") // where Debian installs it
	}
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("mosquitto is not installed")
		}
		t.Skip("mosquitto is not installed")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().(*net.TCPAddr)
	_ = l.Close()
	config := filepath.Join(t.TempDir(), "mosquitto.conf")
	text := fmt.Sprintf("persistence false\nlog_type none\nmax_queued_messages 0\nlistener %d 127.0.0.1\nallow_anonymous true\n", addr.Port)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program, "-c", config)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	until(t, "mosquitto listens", func() bool {
		c, err := net.Dial("tcp", addr.String())
		if err == nil {
			hangUp(c)
		}
		return err == nil
	})
	return addr.String()
}

// startWebSocket starts a web server that passes WebSockets at /mqtt to a
// broker.
func startWebSocket(t *testing.T, server *mochi.Server, tlsConfig *tls.Config) string {
	t.Helper()
	upgrader := websocket.Upgrader{Subprotocols: []string{"mqtt"}}
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/mqtt" {
			http.NotFound(w, r)
			return
		}
		c, err := upgrader.Upgrade(w, r, nil)
		if err == nil {
			_ = server.EstablishConnection("ws", withoutDeadlines{&webSocket{Conn: c}})
		}
	}))
	if tlsConfig != nil {
		web.TLS = tlsConfig
		web.StartTLS()
	} else {
		web.Start()
	}
	t.Cleanup(web.Close)
	return web.Listener.Addr().String()
}

// withoutDeadlines is a WebSocket that ignores deadlines, because mochi sets
// them while it writes and the WebSocket library does not allow that.
type withoutDeadlines struct{ net.Conn }

func (withoutDeadlines) SetDeadline(time.Time) error { return nil }

// listen accepts connections for a test and serves each until the test ends.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var (
		mu    sync.Mutex
		conns []net.Conn
		done  bool
		wg    sync.WaitGroup
	)
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			if done {
				hangUp(c)
			}
			mu.Unlock()
			wg.Go(func() {
				defer hangUp(c)
				serve(c)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		done = true
		for _, c := range conns {
			hangUp(c)
		}
		mu.Unlock()
		wg.Wait()
	})
	return l.Addr().String()
}

// fakeBroker starts a broker that answers packets with bytes. If answer returns
// nil, the broker is silent; if it returns no bytes, the broker hangs up. Pings
// are answered by default.
func fakeBroker(t *testing.T, answer func(packets.ControlPacket) []byte) string {
	t.Helper()
	return listen(t, func(c net.Conn) {
		for {
			p, err := packets.ReadPacket(c)
			if err != nil {
				return
			}
			out := answer(p)
			if _, ok := p.(*packets.PingreqPacket); ok && out == nil {
				out = []byte{0xD0, 0}
			}
			if out != nil && len(out) == 0 {
				return
			}
			if _, err := c.Write(out); err != nil {
				return
			}
		}
	})
}

var (
	connack = []byte{0x20, 2, 0, 0}
	hangOff = []byte{}
)

func suback(p *packets.SubscribePacket, codes ...byte) []byte {
	return append([]byte{0x90, byte(2 + len(codes)), byte(p.MessageID >> 8), byte(p.MessageID)}, codes...)
}

// polite answers like a broker that has no messages.
func polite(p packets.ControlPacket) []byte {
	switch p := p.(type) {
	case *packets.ConnectPacket:
		return connack
	case *packets.SubscribePacket:
		return suback(p, bytes.Repeat([]byte{0}, len(p.Topics))...)
	case *packets.PublishPacket:
		if p.Qos == 1 {
			return []byte{0x40, 2, byte(p.MessageID >> 8), byte(p.MessageID)}
		}
	case *packets.DisconnectPacket:
		return hangOff
	}
	return nil
}

// A tunnel forwards connections to a broker, and can cut or stall them.
type tunnel struct {
	addr string
	to   string

	mu      sync.Mutex
	conns   []net.Conn
	cuts    int
	refuse  bool
	stalled chan struct{} // not nil while stalled; closed when it flows again
}

func newTunnel(t *testing.T, to string) *tunnel {
	tun := &tunnel{to: to}
	tun.addr = listen(t, tun.serve)
	t.Cleanup(tun.flow)
	t.Cleanup(tun.cut)
	return tun
}

func (tun *tunnel) serve(near net.Conn) {
	far, err := net.Dial("tcp", tun.to)
	if err != nil {
		return
	}
	defer hangUp(far)
	tun.mu.Lock()
	refuse := tun.refuse
	tun.conns = append(tun.conns, near, far)
	tun.mu.Unlock()
	if refuse {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		tun.copy(far, near)
	}()
	tun.copy(near, far)
	<-done
}

func (tun *tunnel) copy(to, from net.Conn) {
	defer hangUp(to)
	defer hangUp(from)
	buf := make([]byte, 700) // small, so that a cut hits the middle of packets
	for {
		n, err := from.Read(buf)
		tun.mu.Lock()
		stalled := tun.stalled
		tun.mu.Unlock()
		if stalled != nil {
			<-stalled
		}
		if _, werr := to.Write(buf[:n]); err != nil || werr != nil {
			return
		}
	}
}

// cut resets all connections.
func (tun *tunnel) cut() {
	tun.mu.Lock()
	defer tun.mu.Unlock()
	for _, c := range tun.conns {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		hangUp(c)
	}
	tun.conns = nil
	tun.cuts++
}

func (tun *tunnel) setRefuse(refuse bool) {
	tun.mu.Lock()
	defer tun.mu.Unlock()
	tun.refuse = refuse
}

func (tun *tunnel) stall() {
	tun.mu.Lock()
	defer tun.mu.Unlock()
	if tun.stalled == nil {
		tun.stalled = make(chan struct{})
	}
}

func (tun *tunnel) flow() {
	tun.mu.Lock()
	defer tun.mu.Unlock()
	if tun.stalled != nil {
		close(tun.stalled)
		tun.stalled = nil
	}
}

// events collects the events that Notify receives.
type events struct{ c chan Event }

func newEvents() *events { return &events{make(chan Event, 1000)} }

func (e *events) notify(event Event) {
	select {
	case e.c <- event:
	default:
	}
}

// wait waits for an event of a kind.
func (e *events) wait(t *testing.T, kind EventKind) Event {
	t.Helper()
	deadline := time.After(within)
	var seen []string
	for {
		select {
		case event := <-e.c:
			if event.Kind == kind {
				return event
			}
			seen = append(seen, event.String())
		case <-deadline:
			t.Fatalf("no event %d; there were %q", kind, seen)
		}
	}
}

// until waits for a condition.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(within)
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for !ok() {
		select {
		case <-look.C:
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// mustDial connects with short waiting times and closes at the end.
func mustDial(t *testing.T, cfg Config) *Conn {
	t.Helper()
	if cfg.timing == (timing{}) {
		cfg.timing = fast
	}
	c, err := Dial(contextOf(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(time.Second) }) // closing twice does no harm
	return c
}

// wantError checks the kind and the words of an error.
func wantError(t *testing.T, err error, kind Kind, words ...string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v is no *Error", err)
	}
	if e.Kind != kind {
		t.Errorf("error %q has kind %d, want %d", err, e.Kind, kind)
	}
	for _, w := range words {
		if !bytes.Contains([]byte(err.Error()), []byte(w)) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

// An authority makes certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // PEM
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{key: newKey(t)}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.file = filepath.Join(t.TempDir(), "ca.pem")
	writePEM(t, a.file, "CERTIFICATE", der)
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue makes a certificate for a name, valid until a given time, and its
// files.
func (a *authority) issue(t *testing.T, name string, until time.Time) (pair tls.Certificate, certFile, keyFile string) {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until,
	}
	if ip := net.ParseIP(name); ip != nil {
		template.DNSNames, template.IPAddresses = nil, []net.IP{ip}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writePEM(t, certFile, "CERTIFICATE", der)
	writePEM(t, keyFile, "PRIVATE KEY", keyDER)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, certFile, keyFile
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

func writePEM(t *testing.T, file, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// discard reads until the peer hangs up.
func discard(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
