package simulator

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
)

// A ServeConfig says how to run a broker.
type ServeConfig struct {
	Address  string // host:port; port 0 means any free port
	User     string // the user who may connect; "" means everybody
	Password string
	TLS      bool // with a throw-away certificate

	// Tell, if set, is called with what the person who runs the broker should
	// know. It may be called from any goroutine.
	Tell func(text string)
}

// A Broker is a broker in this process. It is meant for trying things out: it
// keeps nothing on disk and promises nothing about load.
type Broker struct {
	URL    string // the address of the broker
	CAFile string // file of the authority to trust, if the broker uses TLS; removed by Close
	server *mochi.Server
	port   *port
	folder string
}

// Serve starts a broker.
func Serve(c ServeConfig) (*Broker, error) {
	listener, err := net.Listen(network(c.Address), c.Address)
	if err != nil {
		return nil, err
	}
	b := &Broker{
		URL:    "mqtt://" + listener.Addr().String(),
		server: mochi.New(&mochi.Options{Logger: slog.New(slog.DiscardHandler)}),
		port:   &port{Listener: listener, peers: map[*peer]bool{}},
	}
	var socket net.Listener = b.port
	if c.TLS {
		host, _, _ := net.SplitHostPort(c.Address)
		var config *tls.Config
		if config, err = b.certify(host); err != nil {
			_ = socket.Close()
			b.remove()
			return nil, err
		}
		b.URL = "mqtts://" + socket.Addr().String()
		socket = tls.NewListener(socket, config)
	}
	if err = b.start(c, socket); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// network returns the network to listen on. For an IPv4 address this is IPv4
// alone, because the system would take 0.0.0.0 for every address of IPv6, too.
func network(address string) string {
	host, _, _ := net.SplitHostPort(address)
	if ip := net.ParseIP(host); ip != nil && ip.To4() != nil {
		return "tcp4"
	}
	return "tcp"
}

// IsOpen reports whether other machines can connect to an address.
func IsOpen(address string) bool {
	host, _, _ := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return host != "localhost" && (ip == nil || !ip.IsLoopback())
}

func (b *Broker) start(c ServeConfig, socket net.Listener) error {
	if err := b.server.AddHook(&gate{server: b.server, user: c.User, password: c.Password, tell: c.Tell}, nil); err != nil {
		return err
	}
	if err := b.server.AddListener(listeners.NewNet("simulate", socket)); err != nil {
		return err
	}
	return b.server.Serve()
}

// Close stops the broker and deletes its certificate.
//
// The library's Close alone would not do. It waits for connections that have
// sent nothing yet, and it can wait for itself forever when a client goes at the
// same moment, because Clients.GetByListener takes a lock twice. So it is called
// when nobody is connected anymore.
func (b *Broker) Close() {
	_ = b.port.Close()
	b.server.Listeners.ClientsWg.Wait()
	_ = b.server.Close() // the error is ignored, because nothing is kept that could be lost
	b.remove()
}

// A port is a listener that closes its connections when it is closed.
type port struct {
	net.Listener
	mu    sync.Mutex
	peers map[*peer]bool // nil after Close
}

// A peer is a connection that a port has accepted.
type peer struct {
	net.Conn
	port *port
}

func (p *port) Accept() (net.Conn, error) {
	conn, err := p.Listener.Accept()
	if err != nil {
		return nil, err
	}
	v := &peer{conn, p}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.peers == nil {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	p.peers[v] = true
	return v, nil
}

func (p *port) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for v := range p.peers {
		_ = v.Conn.Close()
	}
	p.peers = nil
	return p.Listener.Close()
}

func (v *peer) Close() error {
	v.port.mu.Lock()
	delete(v.port.peers, v)
	v.port.mu.Unlock()
	return v.Conn.Close()
}

func (b *Broker) remove() {
	if b.folder != "" {
		_ = os.RemoveAll(b.folder)
	}
}

// A gate decides which clients may connect. Clients that are connected may do
// everything.
type gate struct {
	mochi.HookBase
	server         *mochi.Server
	user, password string

	tell    func(string) // may be nil
	refused sync.Once    // reports only the first client that speaks MQTT 5
}

// ID names the hook.
func (*gate) ID() string { return "gate" }

// Provides says which decisions the hook makes.
func (*gate) Provides(b byte) bool {
	return bytes.IndexByte([]byte{mochi.OnPacketRead, mochi.OnConnectAuthenticate, mochi.OnACLCheck}, b) >= 0
}

// OnPacketRead refuses each CONNECT of MQTT 5 before the library accepts the
// client. The library's decoders for MQTT 5 panic on some truncated packets
// (mochi-mqtt/server issue 501), and that would end the process. The library
// decodes the CONNECT itself safely, and refuses a malformed one by itself.
func (g *gate) OnPacketRead(cl *mochi.Client, pk packets.Packet) (packets.Packet, error) {
	const version5 = 5
	if pk.FixedHeader.Type != packets.Connect || pk.ProtocolVersion != version5 {
		return pk, nil
	}
	if cl.ID == "" { // it has not connected before, so it waits for a CONNACK
		cl.Properties.ProtocolVersion = version5 // the version of the CONNACK
		_ = g.server.SendConnack(cl, packets.ErrUnsupportedProtocolVersion, false, nil)
	}
	g.refused.Do(func() {
		if g.tell != nil {
			g.tell("a client that speaks MQTT 5 was refused; this broker speaks 3.1.1")
		}
	})
	return pk, packets.ErrRejectPacket // this ends the connection
}

// OnConnectAuthenticate decides who may connect.
func (g *gate) OnConnectAuthenticate(_ *mochi.Client, pk packets.Packet) bool {
	same := func(a []byte, b string) bool { return subtle.ConstantTimeCompare(a, []byte(b)) == 1 }
	return g.user == "" || same(pk.Connect.Username, g.user) && same(pk.Connect.Password, g.password)
}

// OnACLCheck allows everything.
func (*gate) OnACLCheck(*mochi.Client, string, bool) bool { return true }

// certify makes an authority and a certificate for the broker. The authority's
// certificate goes into a file; its key is not kept.
func (b *Broker) certify(host string) (*tls.Config, error) {
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	const days = 30
	from := time.Now().Add(-time.Hour) // for clocks that are slow
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mqtool simulate, throw-away authority"},
		NotBefore: from, NotAfter: from.AddDate(0, 0, days),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		return nil, err
	}
	server := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "localhost"}, NotBefore: ca.NotBefore, NotAfter: ca.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	if ip := net.ParseIP(host); ip != nil {
		server.IPAddresses = append(server.IPAddresses, ip)
	} else if host != "" {
		server.DNSNames = append(server.DNSNames, host)
	}
	if name, err := os.Hostname(); err == nil {
		server.DNSNames = append(server.DNSNames, name)
	}
	der, err := x509.CreateCertificate(rand.Reader, server, ca, &key.PublicKey, caKey)
	if err != nil {
		return nil, err
	}
	if b.folder, err = os.MkdirTemp("", "mqtool-simulate-"); err != nil {
		return nil, err
	}
	b.CAFile = filepath.Join(b.folder, "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER})
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12},
		os.WriteFile(b.CAFile, text, 0o644)
}
