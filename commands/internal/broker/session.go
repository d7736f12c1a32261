package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"
)

// A session is one connection from CONNECT to its end. A Conn has one session
// after another. Each has its own client of the MQTT library, because the
// library's clients cannot be used twice, and because its own ways to reconnect
// hide errors and lose messages.
type session struct {
	address address
	client  mqtt.Client
	wire    *wire
	log     *slog.Logger
	answer  time.Duration // the longest wait for an answer
	started time.Time
	present bool // the broker has kept the persistent session

	subscribed atomic.Bool   // a SUBSCRIBE was sent, so messages may come
	claimed    bool          // the broker claims to have kept a session, although none was asked for
	lost       chan struct{} // closed when the connection is lost and all received messages are handled
}

// connect makes one attempt. Its errors are of type *Error, except those of
// cfg.Password.
func connect(ctx context.Context, d *dialer, cfg *Config, handler wireHandler) (*session, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, cfg.timing.attempt, errNoAnswer)
	defer cancel()

	password, err := cfg.password()
	if err != nil {
		return nil, err
	}
	conn, err := d.dial(ctx)
	if err != nil {
		return nil, cfg.advise(attemptError(ctx, d.address, stepConnect, err))
	}
	return logIn(ctx, d, conn, cfg, password, handler)
}

// password asks for the password, if the Config has one.
func (cfg *Config) password() (string, error) {
	if cfg.Password == nil {
		return "", nil
	}
	password, err := cfg.Password()
	switch {
	case err != nil:
		return "", fmt.Errorf("password: %w", err)
	case password != "" && cfg.Username == "":
		return "", usage("", "there is a password but no user name", "MQTT has no password alone")
	}
	return password, nil
}

// logIn sends CONNECT over a network connection, and closes the connection if
// the broker does not accept the CONNECT.
func logIn(ctx context.Context, d *dialer, conn net.Conn, cfg *Config, password string, handler wireHandler) (*session, error) {
	cfg.Log.Debug("connected", "to", conn.RemoteAddr().String(), "tls", describeTLS(conn))

	s := &session{
		address: d.address,
		wire:    newWire(conn, cfg.KeepAlive, cfg.timing, cfg.MaxPayload, handler),
		log:     cfg.Log,
		answer:  cfg.timing.answer,
		lost:    make(chan struct{}),
	}
	s.client = mqtt.NewClient(s.options(cfg, password))

	// The library's Connect takes no context, but it ends when the wire ends.
	stop := context.AfterFunc(ctx, func() { s.wire.fail(context.Cause(ctx)) })
	token := s.client.Connect().(*mqtt.ConnectToken)
	<-token.Done()
	err := token.Error()
	if err != nil && s.wire.cause() != nil {
		err = s.wire.cause() // the cause of the wire says more
	}
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		s.wire.fail(net.ErrClosed)
		s.client.Disconnect(0)
		return nil, cfg.advise(attemptError(ctx, d.address, stepMQTT, err))
	}
	s.started = time.Now()
	s.present = token.SessionPresent() && cfg.Persistent
	s.claimed = token.SessionPresent() && !cfg.Persistent
	cfg.Log.Debug("logged in", "to", d.address.String(), "client id", cfg.ClientID, "session present", token.SessionPresent())
	return s, nil
}

// handOver is how long the library's Publish waits for its own goroutine to
// take a message. That takes no time, because a wire never makes the goroutine
// wait, unless the connection was lost just before.
const handOver = 2 * time.Second

// attemptError returns the error of the context if the caller canceled it, or
// else classifies err.
func attemptError(ctx context.Context, a address, at step, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	return classify(a, at, err)
}

func (s *session) options(cfg *Config, password string) *mqtt.ClientOptions {
	o := mqtt.NewClientOptions()
	o.Servers = []*url.URL{{Scheme: "mqtt", Host: s.address.hostPort()}} // only for the library's log
	o.SetCustomOpenConnectionFn(func(*url.URL, mqtt.ClientOptions) (net.Conn, error) { return s.wire, nil })
	o.SetProtocolVersion(4) // otherwise the library tries again with MQTT 3.1 after each refusal
	o.SetAutoReconnect(false)
	o.SetConnectRetry(false)
	o.SetConnectionLostHandler(func(mqtt.Client, error) { close(s.lost) })

	o.SetClientID(cfg.ClientID)
	o.SetUsername(cfg.Username)
	o.SetPassword(password)
	o.SetCleanSession(!cfg.Persistent)
	if cfg.Will != nil {
		o.SetBinaryWill(cfg.Will.Topic, cfg.Will.Payload, cfg.Will.QoS, cfg.Will.Retain)
	}
	o.SetKeepAlive(cfg.KeepAlive)
	o.SetPingTimeout(24 * time.Hour) // the wire detects a dead peer better
	o.SetWriteTimeout(handOver)

	o.SetStore(forgetful{})
	return o
}

// forgetful is a store of packets that keeps nothing, because a client that
// lives only as long as its connection never sends a packet again.
type forgetful struct{}

func (forgetful) Open()                             {}
func (forgetful) Put(string, packets.ControlPacket) {}
func (forgetful) Get(string) packets.ControlPacket  { return nil }
func (forgetful) All() []string                     { return nil }
func (forgetful) Del(string)                        {}
func (forgetful) Close()                            {}
func (forgetful) Reset()                            {}

// subscribe asks for filters and checks each verdict. It returns the filters
// that were granted a lower QoS than asked for.
func (s *session) subscribe(ctx context.Context, filters []string, qos byte) (downgraded []string, err error) {
	downgraded, err = s.subscribeOnce(ctx, filters, qos)
	// Brokers made with the mochi library refuse a SUBSCRIBE if its packet id
	// is also the id of a message in flight. Such messages exist in a session
	// that the broker has kept, and after an earlier SUBSCRIBE. The next try
	// uses the next id.
	tries := 0
	if s.subscribed.Swap(true) || s.present {
		tries = 20
	}
	for ; IsKind(err, Denied) && tries > 0; tries-- {
		downgraded, err = s.subscribeOnce(ctx, filters, qos)
	}
	return downgraded, err
}

func (s *session) subscribeOnce(ctx context.Context, filters []string, qos byte) (downgraded []string, err error) {
	ask := make(map[string]byte, len(filters))
	for _, f := range filters {
		ask[f] = qos
	}
	token := s.client.SubscribeMultiple(ask, nil).(*mqtt.SubscribeToken)
	if err := s.await(ctx, token, s.answer, "the broker did not answer to SUBSCRIBE in time"); err != nil {
		return nil, err
	}
	verdicts := token.Result()
	var denied []string
	for _, f := range slices.Sorted(maps.Keys(ask)) {
		granted := verdicts[f] // the wire has checked that there is one for each filter
		switch {
		case granted > 2:
			denied = append(denied, f)
			continue
		case granted < qos:
			downgraded = append(downgraded, f)
		}
		s.log.Debug("subscribed", "filter", f, "QoS", granted)
	}
	if denied != nil {
		return nil, s.error(Denied, "the broker refuses to send "+quoteAll(denied), "this user may not read these topics")
	}
	return downgraded, nil
}

// await waits for the answer to a packet, at most for patience.
func (s *session) await(ctx context.Context, token mqtt.Token, patience time.Duration, late string) error {
	select {
	case <-token.Done(): // usually there already, when many are in flight
	default:
		s.wire.waits(1)
		defer s.wire.waits(-1)
		timer := time.NewTimer(patience)
		defer timer.Stop()
		select {
		case <-token.Done():
		case <-s.lost:
			return s.lostError()
		case <-timer.C:
			return s.error(Timeout, late, "")
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return ctx.Err()
			}
			e := s.error(Timeout, late, "")
			e.Err = ctx.Err()
			return e
		}
	}
	if err := token.Error(); err != nil {
		if s.wire.cause() != nil {
			return s.lostError()
		}
		return s.error(Lost, err.Error(), "")
	}
	return nil
}

func (s *session) error(kind Kind, text, hint string) *Error {
	return &Error{Kind: kind, Broker: s.address.String(), Text: text, Hint: hint}
}

// lostError returns the reason why the connection was lost.
func (s *session) lostError() *Error {
	err := s.wire.cause()
	if err == nil || errors.Is(err, net.ErrClosed) {
		err = errClosed
	}
	return classify(s.address, stepSession, err)
}

// close sends DISCONNECT and closes the connection.
func (s *session) close(timeout time.Duration) {
	s.client.Disconnect(uint(max(timeout, time.Millisecond).Milliseconds()))
	s.wire.fail(net.ErrClosed)
	s.log.Debug("disconnected")
}

func quoteAll(filters []string) string {
	quoted := make([]string, len(filters))
	for i, f := range filters {
		quoted[i] = fmt.Sprintf("%q", cut(f))
	}
	return strings.Join(quoted, ", ")
}

// describeTLS describes the TLS connection for the log.
func describeTLS(conn net.Conn) string {
	for {
		if c, ok := conn.(*tls.Conn); ok {
			state := c.ConnectionState()
			return tls.VersionName(state.Version) + " " + tls.CipherSuiteName(state.CipherSuite) + ", certificate of " + state.PeerCertificates[0].Subject.String()
		}
		upper, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			return "none"
		}
		conn = upper.NetConn()
	}
}
