package broker

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"net"
)

// A Probe makes the same connection as Dial, but one step at a time, so that
// the caller can look at each step. The steps are the methods Lookup, Connect,
// StartTLS, OpenWebSocket and LogIn, in this order. StartTLS and OpenWebSocket
// do nothing if the address does not ask for them. Every step is tried once and
// ends with its context. After an error only Otherwise, Speaks and Close may be
// called. The errors are those of Dial.
type Probe struct {
	c     *Conn
	conn  net.Conn // the connection so far, or nil
	asked bool     // the broker asked the client for a certificate
}

// NewProbe checks a Config and reads the files that it names. The probe uses
// only the first node of a broker.
func NewProbe(cfg Config) (*Probe, error) {
	c, err := newConn(cfg)
	if err != nil {
		return nil, err
	}
	p := &Probe{c: c}
	if t := c.dialers[0].tls; t != nil {
		// This is the library's default choice, and it also notes the request.
		t.GetClientCertificate = func(wanted *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			p.asked = true
			for i := range t.Certificates {
				if wanted.SupportsCertificate(&t.Certificates[i]) == nil {
					return &t.Certificates[i], nil
				}
			}
			return new(tls.Certificate), nil
		}
	}
	return p, nil
}

// Broker returns the broker's address as a URL.
func (p *Probe) Broker() string { return p.c.dialers[0].address.String() }

// Lookup resolves the name of the host to connect to. If there is a proxy, this
// is the proxy's name, because the proxy resolves the broker's.
func (p *Probe) Lookup(ctx context.Context) (host string, addresses []string, err error) {
	d := p.c.dialers[0]
	host, at := d.address.host, stepConnect
	if d.proxy != nil {
		host, at = d.proxy.Hostname(), stepProxy
	}
	addresses, err = net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		return host, nil, attemptError(ctx, d.address, at, err)
	}
	return host, addresses, nil
}

// Connect connects to the broker, directly or through the proxy. It returns the
// address of the host that it connected to.
func (p *Probe) Connect(ctx context.Context) (net.Addr, error) {
	conn, err := p.c.dialers[0].dialTCP(ctx)
	if err != nil {
		return nil, attemptError(ctx, p.c.dialers[0].address, stepConnect, err)
	}
	p.conn = conn
	return conn.RemoteAddr(), nil
}

// A Handshake is the result of a TLS handshake. After an error it holds what
// was seen until then.
type Handshake struct {
	Version     string // such as "TLS 1.3"
	CipherSuite string
	ALPN        string // the protocol agreed on inside TLS, or ""

	Chain  []*x509.Certificate // as the broker presented it, its own certificate first
	Asked  bool                // the broker asked the client for a certificate
	Client *x509.Certificate   // the certificate that the client could send, or nil

	// Doubt says why the chain would be rejected without Config.Insecure, or is
	// nil.
	Doubt error
}

// StartTLS makes the TLS handshake. It returns nil if the address does not ask
// for TLS.
func (p *Probe) StartTLS(ctx context.Context) (*Handshake, error) {
	d := p.c.dialers[0]
	if d.tls == nil {
		return nil, nil
	}
	conn, err := d.startTLS(ctx, p.conn)
	p.conn = conn
	h := &Handshake{Asked: p.asked}
	if len(d.tls.Certificates) > 0 {
		h.Client = d.tls.Certificates[0].Leaf
	}
	if err != nil {
		var refused *tls.CertificateVerificationError
		if errors.As(err, &refused) {
			h.Chain = refused.UnverifiedCertificates
		}
		return h, p.c.cfg.advise(attemptError(ctx, d.address, stepTLS, err))
	}
	state := conn.(*tls.Conn).ConnectionState()
	h.Version, h.CipherSuite = tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite)
	h.ALPN, h.Chain = state.NegotiatedProtocol, state.PeerCertificates
	if d.tls.InsecureSkipVerify {
		if err := verify(d.tls, h.Chain); err != nil {
			h.Doubt = classify(d.address, stepTLS, err)
		}
	}
	return h, nil
}

// verify checks a chain in the same way as the TLS library.
func verify(config *tls.Config, chain []*x509.Certificate) error {
	options := x509.VerifyOptions{Roots: config.RootCAs, DNSName: config.ServerName, Intermediates: x509.NewCertPool()}
	for _, c := range chain[1:] {
		options.Intermediates.AddCert(c)
	}
	_, err := chain[0].Verify(options)
	return err
}

// OpenWebSocket makes the WebSocket handshake.
func (p *Probe) OpenWebSocket(ctx context.Context) error {
	d := p.c.dialers[0]
	if !d.address.ws {
		return nil
	}
	conn, err := d.openWebSocket(ctx, p.conn)
	p.conn = conn
	if err != nil {
		return attemptError(ctx, d.address, stepWebSocket, err)
	}
	return nil
}

// LogIn sends CONNECT and waits for CONNACK. The caller has to close the Conn.
func (p *Probe) LogIn(ctx context.Context) (*Conn, error) {
	password, err := p.c.cfg.password()
	if err != nil {
		return nil, err
	}
	s, err := logIn(ctx, p.c.dialers[0], p.conn, &p.c.cfg, password, p.c)
	p.conn = nil
	if err != nil {
		return nil, err
	}
	p.c.begin(s)
	return p.c, nil
}

// Close closes the connection, unless LogIn has returned a Conn.
func (p *Probe) Close() {
	if p.conn != nil {
		hangUp(p.conn)
		p.conn = nil
	}
}

// Otherwise reports whether somebody answers on the broker's port in the other
// way: with TLS if the address says without, and without TLS if it says with.
// It uses a connection of its own and sends no secrets.
func (p *Probe) Otherwise(ctx context.Context) bool {
	d := *p.c.dialers[0]
	d.address.tls, d.tls = !d.address.tls, nil
	if d.address.tls {
		d.tls = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: d.address.host, InsecureSkipVerify: true}
	}
	conn, err := d.dial(ctx)
	if err != nil {
		// An alert is TLS, too, and so is the answer to the handshake of a
		// WebSocket over TLS.
		var (
			at *stepError
			op *net.OpError
		)
		alert := errors.As(err, &op) && op.Op == "remote error"
		return d.address.tls && errors.As(err, &at) && (at.step == stepWebSocket || at.step == stepTLS && alert)
	}
	defer hangUp(conn)
	if d.address.tls {
		return true
	}
	_, err = greet(ctx, conn, level311)
	return err == nil
}

// Protocol levels, as they stand in CONNECT.
const (
	level31  = 3
	level311 = 4
	level5   = 5
)

// Speaks lists the versions of MQTT that the broker speaks: "3.1", "3.1.1",
// "5". It asks for each version over a connection of its own, without user name
// and password. A refused login also shows that the broker speaks the version.
func (p *Probe) Speaks(ctx context.Context) []string {
	var spoken []string
	for _, version := range []struct {
		level byte
		name  string
	}{{level31, "3.1"}, {level311, "3.1.1"}, {level5, "5"}} {
		conn, err := p.c.dialers[0].dial(ctx)
		if err != nil {
			continue
		}
		// Brokers refuse a version with code 1 or 132.
		if code, err := greet(ctx, conn, version.level); err == nil && code != 1 && code != 132 {
			spoken = append(spoken, version.name)
		}
		hangUp(conn)
	}
	return spoken
}

// greet sends a CONNECT with a given protocol level and returns the code in the
// CONNACK. The MQTT library cannot send all levels.
func greet(ctx context.Context, conn net.Conn, level byte) (code byte, err error) {
	stop := context.AfterFunc(ctx, func() { hangUp(conn) })
	defer stop()
	if _, err := conn.Write(connectPacket(level)); err != nil {
		return 0, err
	}
	in := bufio.NewReader(conn)
	kind, err := in.ReadByte()
	if err != nil {
		return 0, err
	}
	if kind != packetConnack {
		return 0, errors.New("no CONNACK")
	}
	if _, err := binary.ReadUvarint(in); err != nil { // the length of the packet
		return 0, err
	}
	var body [2]byte // flags and code, in all versions
	_, err = io.ReadFull(in, body[:])
	return body[1], err
}

func connectPacket(level byte) []byte {
	name := "MQTT"
	if level == level31 {
		name = "MQIsdp"
	}
	const cleanSession, keepAlive = 0x02, 30
	body := append([]byte{0, byte(len(name))}, name...)
	body = append(body, level, cleanSession, 0, keepAlive)
	if level == level5 {
		body = append(body, 0) // no properties
	}
	id := uniqueID()
	id = id[len(id)-8:] // MQTT 3.1 allows at most 23 bytes
	body = append(append(body, 0, byte(len(id))), id...)
	return append([]byte{0x10, byte(len(body))}, body...)
}
