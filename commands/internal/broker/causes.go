package broker

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
)

// A Kind is the class of an error.
type Kind int

// The kinds of errors.
const (
	Usage       Kind = iota // the Config, a filter or a topic is invalid
	Name                    // the host name cannot be resolved
	Refused                 // nobody listens on the port
	Unreachable             // there is no route to the host
	Timeout                 // no answer in time
	TLS                     // the certificates or protocols do not match
	Auth                    // user name, password or client id are refused
	Unavailable             // the broker, or a server in front of it, cannot serve now
	Protocol                // whoever answers does not speak MQTT 3.1.1
	Denied                  // the broker refuses a subscription
	Lost                    // the connection ended
)

// An Error says what went wrong with a broker.
type Error struct {
	Kind   Kind
	Broker string // its address as a URL; "" if there is none yet
	Text   string // what happened, in words
	Hint   string // what to try; "" if there is no advice
	Err    error  // the cause, if any
}

func (e *Error) Error() string {
	text := e.Text
	if e.Broker != "" {
		text = e.Broker + ": " + text
	}
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// Retryable reports whether the same attempt may succeed later. Errors that a
// person has to fix first are not retryable, because repeated wrong passwords
// lock accounts.
func (e *Error) Retryable() bool {
	switch e.Kind {
	case Name, Refused, Unreachable, Timeout, Unavailable, Lost:
		return true
	}
	return false
}

// IsKind reports whether an error is an [Error] of a kind.
func IsKind(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}

func usage(broker, text, hint string) *Error {
	return &Error{Kind: Usage, Broker: broker, Text: text, Hint: hint}
}

// Causes that this package detects itself.
var (
	errSilence  = errors.New("silence")
	errNoAnswer = errors.New("no answer")
	errClosed   = errors.New("the connection was closed here")
)

// A refusal is the return code of a CONNACK.
type refusal byte

func (r refusal) Error() string { return fmt.Sprintf("CONNACK return code %d", byte(r)) }

// refusals lists the return codes of MQTT 3.1.1, and those codes of MQTT 5 that
// some brokers send to clients of MQTT 3.1.1, too.
var refusals = map[refusal]cause{
	1:   {Protocol, "the broker does not speak MQTT 3.1.1", ""},
	2:   {Auth, "the broker rejects the client id", "it may want one of another form, or a certain one: give it with --client-id"},
	3:   {Unavailable, "the broker says that its service is not available", ""},
	4:   {Auth, "the broker says that user name or password are wrong", ""},
	5:   {Auth, "the broker refuses the login", hintLogin},
	133: {Auth, "the broker rejects the client id", "it may want one of another form, or a certain one: give it with --client-id"},
	134: {Auth, "the broker says that user name or password are wrong", ""},
	135: {Auth, "the broker refuses the login", hintLogin},
	136: {Unavailable, "the broker says that it is not available", ""},
	137: {Unavailable, "the broker says that it is busy", ""},
	138: {Auth, "the broker has banned this client", ""},
	140: {Auth, "the broker requires another method of authentication", ""},
	149: {Protocol, "the broker says that the CONNECT packet is too large", "is the will's payload too large?"},
	151: {Unavailable, "the broker says that a quota is exceeded", ""},
	159: {Unavailable, "the broker says that connections come too fast", ""},
}

// A cause is a class and its text. The text may contain {port} and {host} of
// the broker.
type cause struct {
	kind Kind
	text string
	hint string
}

// Hints that several causes share.
const (
	hintPlainToTLS = "is {port} a TLS port? Then use mqtts:// or --tls"
	hintTLSToPlain = "is {port} a port without TLS? Then use mqtt://"
	hintWebSocket  = "is {port} a plain MQTT port? Then use mqtt://"
	hintLogin      = "check user name, password and client id"
	hintSecureWeb  = "is {port} a port for MQTT with TLS, without WebSocket? Then use mqtts://"
)

// classify turns an error that occurred at a step into an Error. It is the only
// place that maps causes to texts.
func classify(a address, at step, err error) *Error {
	proxy := "the proxy"
	var s *stepError
	if errors.As(err, &s) {
		at = s.step
		proxy += " " + s.proxy
	}
	c := causeOf(a, at, err)
	if at == stepProxy {
		c.text = "the way through " + proxy + ": " + c.text
	}
	fill := strings.NewReplacer("{port}", a.port, "{host}", a.host)
	return &Error{Kind: c.kind, Broker: a.String(), Text: fill.Replace(c.text), Hint: fill.Replace(c.hint), Err: err}
}

// advise narrows the hint of an error to what is left to try with this
// configuration.
func (cfg *Config) advise(err error) error {
	var (
		e         *Error
		authority x509.UnknownAuthorityError
		refused   refusal
	)
	switch {
	case !errors.As(err, &e):
	case errors.As(e.Err, &authority) && cfg.CAFile != "":
		e.Hint = fmt.Sprintf("%s does not hold the authority that signed it, %q", cfg.CAFile, authority.Cert.Issuer.String())
	case errors.As(e.Err, &refused) && refusals[refused].hint == hintLogin && cfg.Username == "" && cfg.CertFile == "":
		e.Hint = "no user name was given: use --username and --password-file"
	}
	return err
}

func causeOf(a address, at step, err error) cause {
	if at != stepSession { // in an established session, a damaged record means a lost connection
		if c, ok := causeOfTLS(err); ok {
			return c
		}
	}
	var (
		refused refusal
		status  *httpStatus
		stray   *notMQTT
		broken  *malformed
		timeout net.Error
	)
	switch {
	case errors.As(err, &refused):
		if c, ok := refusals[refused]; ok {
			return c
		}
		return cause{Protocol, fmt.Sprintf("the broker refuses with a code that MQTT 3.1.1 does not have, %d", byte(refused)), "does it speak MQTT 5 only?"}
	case errors.As(err, &broken):
		return cause{Protocol, "the broker breaks the rules of MQTT: it sends " + broken.text, ""}
	case errors.As(err, &stray):
		return causeOfAnswer(stray.start)
	case errors.As(err, &status):
		return causeOfStatus(at, status)
	}
	if c, ok := causeOfNetwork(at, err); ok {
		return c
	}
	switch {
	case errors.Is(err, errSilence):
		return cause{Lost, "the connection is dead: the broker does not answer pings any more", ""}
	case errors.Is(err, errNoAnswer), errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return causeOfTimeout(a, at)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return causeOfHangUp(a, at)
	case at == stepConnect, at == stepProxy:
		return cause{Unreachable, err.Error(), ""}
	case at == stepSession:
		return cause{Lost, "the connection is lost: " + err.Error(), ""}
	}
	return cause{Protocol, err.Error(), ""}
}

// causeOfNetwork recognizes reasons why no connection can be made.
func causeOfNetwork(at step, err error) (cause, bool) {
	var (
		dns   *net.DNSError
		local *net.AddrError
	)
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return cause{Name, fmt.Sprintf("the host name %q is unknown", dns.Name), ""}, true
	case errors.As(err, &dns):
		return cause{Name, fmt.Sprintf("the host name %q cannot be looked up: %s", dns.Name, dns.Err), "is this machine online?"}, true
	case errors.Is(err, syscall.ECONNREFUSED) && at == stepProxy:
		return cause{Refused, "no program listens there", ""}, true
	case errors.Is(err, syscall.ECONNREFUSED):
		return cause{Refused, "connection refused: no program listens on port {port}", "does the broker run, and is the port right?"}, true
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.ENETDOWN), errors.Is(err, syscall.EHOSTDOWN):
		return cause{Unreachable, "there is no route to {host}", "is this machine online?"}, true
	case errors.As(err, &local):
		return cause{Unreachable, err.Error(), ""}, true
	}
	return cause{}, false
}

// causeOfTLS recognizes reasons that only TLS has.
func causeOfTLS(err error) (cause, bool) {
	var (
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		invalid   x509.CertificateInvalidError
		verify    *tls.CertificateVerificationError
		noTLS     tls.RecordHeaderError
		op        *net.OpError
	)
	const certificate = "the broker's certificate is not accepted: "
	switch {
	case errors.As(err, &authority):
		return cause{TLS, certificate + authority.Error(), "give the file of its authority with --ca"}, true
	case errors.As(err, &name) && len(name.Certificate.DNSNames)+len(name.Certificate.IPAddresses) == 0:
		return cause{
			TLS, certificate + "it has a Common Name only, which clients no longer accept as a name",
			"the broker needs one with a subjectAltName, such as DNS:{host}",
		}, true
	case errors.As(err, &name):
		return cause{TLS, certificate + name.Error(), "write the name in the certificate as server_name in the configuration file (doctor takes --server-name)"}, true
	case errors.As(err, &invalid):
		hint := ""
		if invalid.Reason == x509.Expired {
			hint = "renew the broker's certificate, unless the clock of this machine is wrong"
		}
		return cause{TLS, certificate + invalid.Error(), hint}, true
	case errors.As(err, &verify):
		return cause{TLS, certificate + verify.Err.Error(), ""}, true
	case errors.As(err, &noTLS):
		return cause{TLS, "the answer is not TLS", hintTLSToPlain}, true
	case errors.As(err, &op) && op.Op == "remote error":
		return causeOfAlert(op.Err.Error()), true
	case err != nil && strings.Contains(err.Error(), "tls: "):
		// The handshake's own errors have no types: versions, suites,
		// protocols.
		return cause{TLS, "TLS: " + lastPart(err.Error(), "tls: "), ""}, true
	}
	return cause{}, false
}

// causeOfAlert explains a TLS alert of the broker.
func causeOfAlert(alert string) cause {
	alert = lastPart(alert, "tls: ")
	hint := ""
	switch {
	case strings.Contains(alert, "certificate required"), strings.Contains(alert, "handshake failure"):
		hint = "the broker may want a client certificate: give it with --cert and --key"
	case strings.Contains(alert, "unknown certificate authority"), strings.Contains(alert, "bad certificate"):
		hint = "the broker does not accept the client certificate, or requires one: see --cert and --key"
	case strings.Contains(alert, "no application protocol"):
		hint = "the broker expects another protocol: set alpn in the configuration file"
	case strings.Contains(alert, "unrecognized name"):
		hint = "the broker expects another host name: set server_name in the configuration file"
	}
	return cause{TLS, "the broker ends TLS: " + alert, hint}
}

// causeOfAnswer recognizes a server by the first bytes that it sends instead of
// a CONNACK.
func causeOfAnswer(start []byte) cause {
	switch {
	case len(start) > 1 && start[0] == 0x15 && start[1] == 0x03: // a TLS alert
		return cause{TLS, "the answer is TLS, not MQTT", hintPlainToTLS}
	case bytes.HasPrefix(start, []byte("HTTP/")):
		return cause{Protocol, "an HTTP server answers, not a broker", "for MQTT over WebSocket use ws://"}
	case bytes.HasPrefix(start, []byte("SSH-")):
		return cause{Protocol, "an SSH server answers, not a broker", "is the port right?"}
	}
	return cause{Protocol, fmt.Sprintf("the answer is not MQTT: it starts with %q", start[:min(len(start), 16)]), "is the port right?"}
}

// causeOfStatus explains the HTTP status of a proxy or of a WebSocket server.
func causeOfStatus(at step, status *httpStatus) cause {
	switch {
	case status.code == http.StatusProxyAuthRequired, status.code == http.StatusUnauthorized, status.code == http.StatusForbidden:
		return cause{Auth, "not let in: " + status.Error(), ""}
	case status.code >= 500:
		return cause{Unavailable, "the server cannot serve: " + status.Error(), ""}
	case at == stepWebSocket:
		return cause{Protocol, "no WebSocket there: " + status.Error(), "is the path right? /mqtt is only the most usual one"}
	}
	return cause{Protocol, status.Error(), ""}
}

func causeOfTimeout(a address, at step) cause {
	switch at {
	case stepConnect:
		return cause{Timeout, "no answer in time to the connection to port {port}", "a firewall may swallow it"}
	case stepProxy:
		return cause{Timeout, "no answer in time", ""}
	case stepTLS:
		return cause{Timeout, "connected, but there was no answer to TLS in time", hintTLSToPlain}
	case stepWebSocket:
		return cause{Timeout, "connected, but there was no answer to the WebSocket handshake in time", noWebSocket(a)}
	case stepMQTT:
		if a.tls {
			return cause{Timeout, "connected, but there was no MQTT answer in time", ""}
		}
		return cause{Timeout, "connected, but there was no MQTT answer in time", hintPlainToTLS}
	}
	return cause{Lost, "the connection is dead: nothing can be sent any more", ""}
}

func causeOfHangUp(a address, at step) cause {
	switch at {
	case stepTLS:
		return cause{Lost, "the connection was closed during the TLS handshake", hintTLSToPlain}
	case stepMQTT:
		if a.tls {
			return cause{Lost, "the broker closed the connection instead of answering", "it may want a client certificate or another client id"}
		}
		return cause{Lost, "the broker closed the connection instead of answering", hintPlainToTLS}
	case stepWebSocket:
		return cause{Lost, "the connection was closed during the WebSocket handshake", noWebSocket(a)}
	case stepSession:
		return cause{Lost, "the broker closed the connection", ""}
	}
	return cause{Lost, "the connection was closed before it was complete", ""}
}

// noWebSocket is the hint for a port where nobody answers HTTP.
func noWebSocket(a address) string {
	if a.tls {
		return hintSecureWeb
	}
	return hintWebSocket
}

// lastPart returns the part of s after the last mark, or all of s if there is
// none.
func lastPart(s, mark string) string {
	parts := strings.Split(s, mark)
	return parts[len(parts)-1]
}
