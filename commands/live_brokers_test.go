package commands_test

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
)

// listenerNames are the variables that hold the addresses of the brokers' listeners.
// The first one is for the plain listener.
var listenerNames = []string{"MQTOOL_BROKER", "BROKER_AUTH", "BROKER_TLS", "BROKER_MTLS", "BROKER_WRONGNAME", "BROKER_EXPIRED", "BROKER_WS"}

// listenerAddress returns the address of a listener as scripts see it.
func listenerAddress(name, port string) string {
	switch name {
	case "BROKER_TLS", "BROKER_MTLS", "BROKER_WRONGNAME", "BROKER_EXPIRED":
		return "mqtts://localhost:" + port
	case "BROKER_WS":
		return "ws://127.0.0.1:" + port
	}
	return "mqtt://127.0.0.1:" + port
}

// startMochi starts a broker in this process.
func startMochi(certificates *certificateFiles, _ string) (*liveBroker, error) {
	server := mochi.New(&mochi.Options{Logger: slog.New(slog.DiscardHandler)})
	hook := &mochiHook{server: server, subs: watch(subscriptions{})}
	if err := server.AddHook(hook, nil); err != nil {
		return nil, err
	}
	b := &liveBroker{addresses: map[string]string{}, subs: hook.subs, stop: func() error { return stopMochi(server) }}
	for _, name := range listenerNames {
		var l listeners.Listener
		if name == "BROKER_WS" { // this listener cannot say which port it was given
			ports, err := freePorts(1)
			if err != nil {
				return nil, err
			}
			l = listeners.NewWebsocket(listeners.Config{ID: name, Address: "127.0.0.1:" + ports[0]})
			b.addresses[name] = listenerAddress(name, ports[0])
		} else {
			socket, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return nil, err
			}
			_, port, _ := net.SplitHostPort(socket.Addr().String())
			b.addresses[name] = listenerAddress(name, port)
			if strings.HasPrefix(b.addresses[name], "mqtts:") {
				config, err := certificates.server(name)
				if err != nil {
					return nil, err
				}
				socket = tls.NewListener(socket, config)
			}
			l = listeners.NewNet(name, socket)
		}
		if err := server.AddListener(l); err != nil {
			return nil, err
		}
	}
	b.plain = strings.TrimPrefix(b.addresses["MQTOOL_BROKER"], "mqtt://")
	return b, server.Serve()
}

// stopMochi closes a broker. The clients go first, because the library's Close
// can wait for itself forever when a client goes at the same moment
// (Clients.GetByListener takes a lock twice).
func stopMochi(server *mochi.Server) error {
	server.Listeners.CloseAll(func(string) {
		for _, cl := range server.Clients.GetAll() {
			if !cl.Closed() {
				_ = server.DisconnectClient(cl, packets.ErrServerShuttingDown) // it returns the reason that it was given
			}
		}
	})
	return server.Close()
}

// A mochiHook decides who may connect, and records the subscriptions.
type mochiHook struct {
	mochi.HookBase
	server *mochi.Server
	subs   *watched[subscriptions]
}

func (*mochiHook) ID() string { return "live" }

func (*mochiHook) Provides(b byte) bool {
	return bytes.IndexByte([]byte{
		mochi.OnConnectAuthenticate, mochi.OnACLCheck, mochi.OnSubscribed, mochi.OnUnsubscribed, mochi.OnDisconnect,
	}, b) >= 0
}

func (*mochiHook) OnConnectAuthenticate(cl *mochi.Client, pk packets.Packet) bool {
	if cl.Net.Listener != "BROKER_AUTH" {
		return true
	}
	password, ok := liveUsers[string(pk.Connect.Username)]
	return ok && password == string(pk.Connect.Password)
}

func (*mochiHook) OnACLCheck(cl *mochi.Client, topic string, _ bool) bool {
	return cl.Net.Listener != "BROKER_AUTH" || string(cl.Properties.Username) == "alice" || strings.HasPrefix(topic, "public/")
}

func (h *mochiHook) OnSubscribed(cl *mochi.Client, pk packets.Packet, codes []byte) {
	h.subs.update(func(s *subscriptions) {
		for i, filter := range pk.Filters {
			if codes[i] < packets.ErrUnspecifiedError.Code {
				s.add(cl.ID, filter.Filter)
			}
		}
	})
}

func (h *mochiHook) OnUnsubscribed(cl *mochi.Client, pk packets.Packet) {
	h.subs.update(func(s *subscriptions) {
		for _, filter := range pk.Filters {
			s.remove(cl.ID, filter.Filter)
		}
	})
}

// OnDisconnect notes that a client is gone when the library has forgotten it, which is
// after this hook. A client that connects with the same id before that can be forgotten in
// its place: the library deletes clients by their ids, and then delivers nothing to it.
func (h *mochiHook) OnDisconnect(cl *mochi.Client, _ error, forgets bool) {
	go func() {
		for forgets {
			if known, ok := h.server.Clients.Get(cl.ID); !ok || known != cl {
				break
			}
			<-time.After(time.Millisecond)
		}
		h.subs.update(func(s *subscriptions) {
			if !cl.IsTakenOver() {
				delete(*s, cl.ID)
			}
		})
	}()
}

func (s subscriptions) add(client, filter string) {
	if !slices.Contains(s[client], filter) {
		s[client] = append(s[client], filter)
	}
}

func (s subscriptions) remove(client, filter string) {
	s[client] = slices.DeleteFunc(s[client], func(f string) bool { return f == filter })
}

// startMosquitto starts mosquitto in a process of its own.
func startMosquitto(certificates *certificateFiles, folder string) (*liveBroker, error) {
	var err error
	for range 5 { // another program may take a port after it was found and before it is used
		var ports []string
		if ports, err = freePorts(len(listenerNames)); err != nil {
			return nil, err
		}
		var b *liveBroker
		if b, err = startMosquittoOn(ports, certificates, folder); err == nil {
			return b, nil
		}
	}
	return nil, err
}

func startMosquittoOn(ports []string, certificates *certificateFiles, folder string) (*liveBroker, error) {
	b := &liveBroker{addresses: map[string]string{}, subs: watch(subscriptions{}), plain: "127.0.0.1:" + ports[0]}
	users, acl := filepath.Join(folder, "users"), filepath.Join(folder, "acl")
	var config, userLines strings.Builder
	config.WriteString("per_listener_settings true\npersistence false\nset_tcp_nodelay true\nlog_dest stderr\nlog_timestamp false\n")
	for _, kind := range []string{"error", "warning", "notice", "information", "subscribe", "unsubscribe"} {
		fmt.Fprintf(&config, "log_type %s\n", kind)
	}
	if os.Geteuid() == 0 {
		config.WriteString("user root\n") // another user could not read the certificates
	}
	for i, name := range listenerNames {
		b.addresses[name] = listenerAddress(name, ports[i])
		fmt.Fprintf(&config, "listener %s 127.0.0.1\nallow_anonymous %v\n", ports[i], name != "BROKER_AUTH")
		switch name {
		case "BROKER_AUTH":
			fmt.Fprintf(&config, "password_file %s\nacl_file %s\n", users, acl)
		case "BROKER_WS":
			config.WriteString("protocol websockets\n")
		case "BROKER_MTLS":
			fmt.Fprintf(&config, "require_certificate true\ncafile %s\n", certificates.path("ca.pem"))
		}
		if strings.HasPrefix(b.addresses[name], "mqtts:") {
			cert, key := certificates.serverFiles(name)
			fmt.Fprintf(&config, "certfile %s\nkeyfile %s\n", cert, key)
		}
	}
	for user, password := range liveUsers {
		line, err := mosquittoPassword(password)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&userLines, "%s:%s\n", user, line)
	}
	file := filepath.Join(folder, "mosquitto.conf")
	for name, text := range map[string]string{
		file: config.String(), users: userLines.String(),
		acl: "user alice\ntopic readwrite #\nuser bob\ntopic readwrite public/#\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			return nil, err
		}
	}

	// The shell ends mosquitto when this process is gone, for whatever reason.
	process := exec.Command("/bin/sh", "-c", `"$0" -c "$1" & exec 2>/dev/null; read -r _; kill -9 $!`, mosquittoProgram(), file)
	life, err := process.StdinPipe()
	if err != nil {
		return nil, err
	}
	logLines, err := process.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := process.Start(); err != nil {
		return nil, err
	}
	stop := func() {
		_ = life.Close()
		_ = process.Wait() // the error says which signal ended it
	}
	started := make(chan string, 1)
	go readMosquittoLog(logLines, b.subs, started)
	select {
	case complaint := <-started:
		if complaint != "" {
			stop()
			return nil, errors.New(complaint)
		}
		b.stop = func() error { stop(); return nil }
		return b, nil
	case <-time.After(patience):
		stop()
		return nil, errors.New("it does not start")
	}
}

var (
	subscribeLine   = regexp.MustCompile(`^(\S+) [012] (.+)$`)
	unsubscribeLine = regexp.MustCompile(`^(\S+) (\S+)$`)
	goneLine        = regexp.MustCompile(`(?i)^(?:Client|.* client) ([^\s:]+).*(?:disconnect|clos|error|exceeded)`)
)

// readMosquittoLog records subscriptions. It sends "" when the broker runs, or the
// end of the log if the broker ended instead.
func readMosquittoLog(log io.Reader, subs *watched[subscriptions], started chan<- string) {
	lines := bufio.NewScanner(log)
	running, last := false, "it ended without a word"
	for lines.Scan() {
		line := lines.Text()
		if !running {
			last = line
			if strings.HasPrefix(line, "mosquitto version") && strings.HasSuffix(line, "running") {
				running = true
				started <- ""
			}
			continue
		}
		subs.update(func(s *subscriptions) {
			if m := goneLine.FindStringSubmatch(line); m != nil {
				delete(*s, m[1])
			} else if m := subscribeLine.FindStringSubmatch(line); m != nil {
				s.add(m[1], m[2])
			} else if m := unsubscribeLine.FindStringSubmatch(line); m != nil {
				s.remove(m[1], m[2])
			}
		})
	}
	if !running {
		started <- last
	}
}

// mosquittoPassword hashes a password in the way of mosquitto_passwd.
func mosquittoPassword(password string) (string, error) {
	const rounds = 101
	salt := make([]byte, 12)
	_, _ = rand.Read(salt) // it never fails
	hash, err := pbkdf2.Key(sha512.New, password, salt, rounds, sha512.Size)
	encode := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("$7$%d$%s$%s", rounds, encode(salt), encode(hash)), err
}

// certificateFiles is a folder of certificates.
type certificateFiles struct{ folder string }

func (c *certificateFiles) path(name string) string { return filepath.Join(c.folder, name) }

func (c *certificateFiles) environment() map[string]string {
	return map[string]string{
		"CA": c.path("ca.pem"), "OTHER_CA": c.path("other-ca.pem"),
		"CLIENT_CERT": c.path("client.pem"), "CLIENT_KEY": c.path("client-key.pem"),
	}
}

// serverFiles returns the certificate and the key of a listener.
func (c *certificateFiles) serverFiles(listener string) (cert, key string) {
	name := "server"
	switch listener {
	case "BROKER_WRONGNAME":
		name = "wrongname"
	case "BROKER_EXPIRED":
		name = "expired"
	}
	return c.path(name + ".pem"), c.path(name + "-key.pem")
}

func (c *certificateFiles) server(listener string) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(c.serverFiles(listener))
	if err != nil {
		return nil, err
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}}
	if listener == "BROKER_MTLS" {
		ca, err := os.ReadFile(c.path("ca.pem"))
		if err != nil {
			return nil, err
		}
		config.ClientCAs = x509.NewCertPool()
		config.ClientCAs.AppendCertsFromPEM(ca)
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return config, nil
}

// makeCertificates makes all certificates that the scripts need.
func makeCertificates(t *testing.T) *certificateFiles {
	c := &certificateFiles{t.TempDir()}
	now := time.Now()
	template := func(name string, from, until time.Time) *x509.Certificate {
		serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
		if err != nil {
			t.Fatal(err)
		}
		return &x509.Certificate{
			SerialNumber: serial, Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: until,
			KeyUsage:    x509.KeyUsageDigitalSignature,
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		}
	}
	write := func(name, kind string, der []byte) {
		text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
		if err := os.WriteFile(c.path(name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sign := func(name string, template, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) *ecdsa.PrivateKey {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if parentKey == nil {
			parentKey = key
		}
		der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
		if err != nil {
			t.Fatal(err)
		}
		keyDER, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		write(name+".pem", "CERTIFICATE", der)
		write(name+"-key.pem", "PRIVATE KEY", keyDER)
		return key
	}
	authority := func(file, name string) (*x509.Certificate, *ecdsa.PrivateKey) {
		a := template(name, now.AddDate(-2, 0, 0), now.AddDate(1, 0, 0))
		a.IsCA, a.BasicConstraintsValid, a.KeyUsage = true, true, x509.KeyUsageCertSign
		a.ExtKeyUsage = nil
		return a, sign(file, a, a, nil)
	}
	ca, caKey := authority("ca", "test authority")
	authority("other-ca", "other authority")
	local := func(from, until time.Time) *x509.Certificate {
		s := template("localhost", from, until)
		s.DNSNames, s.IPAddresses = []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
		return s
	}
	yesterday, tomorrow := now.AddDate(0, 0, -1), now.AddDate(0, 0, 1)
	sign("server", local(yesterday, tomorrow), ca, caKey)
	sign("expired", local(now.AddDate(-1, 0, 0), yesterday), ca, caKey)
	wrong := template("broker.example", yesterday, tomorrow)
	wrong.DNSNames = []string{"broker.example"}
	sign("wrongname", wrong, ca, caKey)
	sign("client", template("client", yesterday, tomorrow), ca, caKey)
	return c
}
