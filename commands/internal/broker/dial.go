package broker

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/net/proxy"

	"mqtool/commands/internal/unmark"
)

// A stepError is an error with the step of connecting at which it happened.
type stepError struct {
	step  step
	err   error
	proxy string // its host and port, at stepProxy
}

func (e *stepError) Error() string { return e.err.Error() }
func (e *stepError) Unwrap() error { return e.err }

// A step is a step of connecting.
type step int

const (
	stepConnect   step = iota // name resolution, TCP
	stepProxy                 // TCP to the proxy, and its answer
	stepTLS                   // handshake
	stepWebSocket             // handshake
	stepMQTT                  // CONNECT, CONNACK
	stepSession               // everything after CONNACK
)

// A dialer makes the network connection below MQTT.
type dialer struct {
	address address
	tls     *tls.Config // nil without TLS
	proxy   *url.URL    // nil without a proxy
	headers http.Header // for the request of a WebSocket
}

// newDialer makes the dialer for one of the addresses of a Config.
func newDialer(cfg *Config, url string) (*dialer, error) {
	a, err := parseAddress(url, cfg.wantsTLS())
	if err != nil {
		return nil, err
	}
	d := &dialer{headers: cfg.Headers, address: a}
	if a.tls {
		if d.tls, err = tlsConfig(cfg, a.host); err != nil {
			return nil, err
		}
	}
	if cfg.Proxy != "" {
		if d.proxy, err = parseProxy(cfg.Proxy); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// wantsTLS reports whether the Config asks for TLS apart from the URL.
func (cfg *Config) wantsTLS() bool {
	return cfg.TLS || cfg.CAFile != "" || cfg.CertFile != "" || cfg.KeyFile != ""
}

// tlsConfig reads the files that a Config names.
func tlsConfig(cfg *Config, host string) (*tls.Config, error) {
	t := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         host,
		NextProtos:         cfg.ALPN,
		InsecureSkipVerify: cfg.Insecure,
	}
	if cfg.ServerName != "" {
		t.ServerName = cfg.ServerName
	}
	if cfg.CAFile != "" {
		pem, err := unmark.ReadFile(cfg.CAFile)
		if err != nil {
			return nil, fmt.Errorf("file of certificate authorities: %w", err)
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool() // the system has no list of its own
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("file of certificate authorities: %w",
				cmp.Or(wrongForm(cfg.CAFile, pem), fmt.Errorf("%s: no certificate in PEM form in it", cfg.CAFile)))
		}
		t.RootCAs = pool
	}
	switch {
	case cfg.CertFile != "":
		pair, err := readPair(cfg)
		if err != nil {
			return nil, fmt.Errorf("client certificate %s: %w", cfg.CertFile, err)
		}
		t.Certificates = []tls.Certificate{pair}
	case cfg.KeyFile != "":
		return nil, usage("", "there is a client's key but no certificate", "a client certificate has both")
	}
	return t, nil
}

// parseProxy parses the URL of a proxy. Errors do not show the URL, because it
// may hold a password.
func parseProxy(text string) (*url.URL, error) {
	const form = "give it as socks5://HOST:PORT or http://HOST:PORT"
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" {
		return nil, usage("", "the address of the proxy cannot be read", form)
	}
	ports := map[string]string{"socks5": "1080", "socks5h": "1080", "http": "8080"}
	port, ok := ports[u.Scheme]
	if !ok {
		return nil, usage("", fmt.Sprintf("%s:// is not a kind of proxy that mqtool supports", u.Scheme), form)
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), port)
	}
	return u, nil
}

// dial connects. All its errors are stepErrors.
func (d *dialer) dial(ctx context.Context) (net.Conn, error) {
	conn, err := d.dialTCP(ctx)
	if err != nil {
		return nil, err
	}
	if d.tls != nil {
		if conn, err = d.startTLS(ctx, conn); err != nil {
			return nil, err
		}
	}
	if d.address.ws {
		if conn, err = d.openWebSocket(ctx, conn); err != nil {
			return nil, err
		}
	}
	return conn, nil
}

// startTLS makes a TLS connection over an existing connection, and closes that
// if it fails.
func (d *dialer) startTLS(ctx context.Context, conn net.Conn) (net.Conn, error) {
	secure := tls.Client(conn, d.tls)
	if err := secure.HandshakeContext(ctx); err != nil {
		hangUp(conn)
		return nil, &stepError{step: stepTLS, err: err}
	}
	return secure, nil
}

// dialTCP connects to the broker directly or through the proxy.
func (d *dialer) dialTCP(ctx context.Context) (net.Conn, error) {
	var direct net.Dialer
	if d.proxy == nil {
		conn, err := direct.DialContext(ctx, "tcp", d.address.hostPort())
		if err != nil {
			return nil, &stepError{step: stepConnect, err: err}
		}
		return conn, nil
	}
	conn, err := d.dialProxy(ctx, &direct)
	if err != nil {
		return nil, &stepError{stepProxy, err, d.proxy.Host}
	}
	return conn, nil
}

func (d *dialer) dialProxy(ctx context.Context, direct *net.Dialer) (net.Conn, error) {
	if d.proxy.Scheme == "http" {
		conn, err := direct.DialContext(ctx, "tcp", d.proxy.Host)
		if err != nil {
			return nil, err
		}
		// The exchange with the proxy ends when the context ends.
		stop := context.AfterFunc(ctx, func() { hangUp(conn) })
		through, err := httpConnect(conn, d.proxy, d.address.hostPort())
		if !stop() {
			err = ctx.Err()
		}
		if err != nil {
			hangUp(conn)
			return nil, err
		}
		return through, nil
	}
	var auth *proxy.Auth
	if u := d.proxy.User; u != nil {
		password, _ := u.Password()
		auth = &proxy.Auth{User: u.Username(), Password: password}
	}
	socks, err := proxy.SOCKS5("tcp", d.proxy.Host, auth, direct)
	if err != nil {
		return nil, err
	}
	return socks.(proxy.ContextDialer).DialContext(ctx, "tcp", d.address.hostPort())
}

// httpConnect asks an HTTP proxy for a connection to a host and port.
func httpConnect(conn net.Conn, proxy *url.URL, to string) (net.Conn, error) {
	request := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: to}, Host: to, Header: http.Header{}}
	if u := proxy.User; u != nil {
		password, _ := u.Password()
		request.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password)))
	}
	if err := request.Write(conn); err != nil {
		return nil, err
	}
	in := bufio.NewReader(io.LimitReader(conn, maxHandshake))
	response, err := http.ReadResponse(in, request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, &httpStatus{response.StatusCode, response.Status}
	}
	if in.Buffered() > 0 {
		return nil, errors.New("the proxy sent more than its answer") // a broker never speaks first
	}
	return conn, nil
}

// An httpStatus is the error of an HTTP server that answers with another status
// than expected.
type httpStatus struct {
	code int
	text string
}

func (e *httpStatus) Error() string { return "HTTP answer " + e.text }

// maxHandshake is how many bytes a proxy or a WebSocket server may send during
// the handshake.
const maxHandshake = 64 << 10

// A handshaking is a connection during a handshake. It ends when the other side
// sends too much.
type handshaking struct {
	net.Conn
	left int // how much may still be read; negative means no limit
}

// NetConn returns the connection below.
func (c *handshaking) NetConn() net.Conn { return c.Conn }

func (c *handshaking) Read(p []byte) (int, error) {
	if c.left < 0 {
		return c.Conn.Read(p)
	}
	if c.left == 0 {
		return 0, fmt.Errorf("the answer to the handshake has more than %d bytes", maxHandshake)
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

// openWebSocket makes a WebSocket over an existing connection, and closes that
// if it fails.
func (d *dialer) openWebSocket(ctx context.Context, conn net.Conn) (net.Conn, error) {
	limited := &handshaking{conn, maxHandshake}
	there := func(context.Context, string, string) (net.Conn, error) { return limited, nil }
	ws := websocket.Dialer{
		NetDialContext:    there,
		NetDialTLSContext: there,
		Subprotocols:      []string{"mqtt"},
	}
	c, response, err := ws.DialContext(ctx, d.webSocketURL(), d.headers)
	if err != nil {
		hangUp(conn)
		if errors.Is(err, websocket.ErrBadHandshake) && response != nil {
			err = &httpStatus{response.StatusCode, response.Status}
		}
		return nil, &stepError{step: stepWebSocket, err: err}
	}
	limited.left = -1
	return &webSocket{Conn: c}, nil
}

// webSocketURL returns the server's URL as browsers write it, without the
// default port.
func (d *dialer) webSocketURL() string {
	host := d.address.hostPort()
	if d.address.port == d.address.defaultPort() {
		host = strings.TrimSuffix(host, ":"+d.address.port)
	}
	scheme := "ws"
	if d.address.tls {
		scheme = "wss"
	}
	return scheme + "://" + host + d.address.path
}

// A webSocket is a stream of bytes over the binary messages of a WebSocket.
type webSocket struct {
	*websocket.Conn
	message io.Reader // the rest of the current message
}

func (c *webSocket) Read(p []byte) (int, error) {
	for {
		if c.message == nil {
			_, message, err := c.NextReader()
			if err != nil {
				var closed *websocket.CloseError
				if errors.As(err, &closed) {
					err = io.EOF
				}
				return 0, err
			}
			c.message = message
		}
		n, err := c.message.Read(p)
		if errors.Is(err, io.EOF) {
			c.message, err = nil, nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (c *webSocket) Write(p []byte) (int, error) {
	if err := c.WriteMessage(websocket.BinaryMessage, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (c *webSocket) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}
