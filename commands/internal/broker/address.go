package broker

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

// An address is where a broker is, with nothing left to guess.
type address struct {
	tls, ws    bool
	host, port string
	path       string // path and query of a WebSocket
}

// schemes are the spellings of the four ways to speak MQTT.
var schemes = map[string]address{
	"": {}, "mqtt://": {}, "tcp://": {},
	"mqtts://": {tls: true}, "ssl://": {tls: true}, "tls://": {tls: true},
	"ws://": {ws: true}, "wss://": {ws: true, tls: true},
}

// parseAddress parses an address as people type it; see [Config]. useTLS asks
// for TLS even if the text does not. Errors never show a password from the
// text.
func parseAddress(text string, useTLS bool) (address, error) {
	p, err := splitAddress(text)
	if err != nil {
		return address{}, err
	}
	a, ok := schemes[strings.ToLower(p.scheme)]
	if !ok {
		return address{}, usage(text, p.scheme+" is not a way to reach a broker",
			"use mqtt://, mqtts://, ws:// or wss://")
	}
	a.tls = a.tls || useTLS
	if a.host, a.port, err = splitHost(p.authority); err != nil {
		return address{}, usage(text, err.Error(), "")
	}
	if a.port == "" {
		a.port = a.defaultPort()
	}
	switch {
	case a.ws && (p.path == "" || p.path == "/"):
		a.path = "/mqtt" // where most brokers listen
	case a.ws && p.path[0] == '/' && !strings.Contains(p.path, "#"):
		a.path = p.path
	case p.path != "" && p.path != "/":
		return address{}, usage(text, "the address of a broker ends with its port", "a topic is an option of its own")
	}
	return a, nil
}

// parts holds the parts of an address as they were typed.
type parts struct {
	scheme          string // with its ://, or ""
	authority, path string
}

// splitAddress takes an address apart.
func splitAddress(text string) (parts, error) {
	if text == "" {
		return parts{}, usage("", "no broker is named", "give its address, as in mqtts://broker.example.com")
	}
	if strings.Contains(text, "@") {
		return parts{}, usage("", "the broker's address holds a @: a user name or password in it shows in process lists and logs",
			"use the options or variables for them")
	}
	if scheme, rest, ok := strings.Cut(text, ":/"); ok && !strings.HasPrefix(rest, "/") {
		if _, known := schemes[strings.ToLower(scheme)+"://"]; known {
			return parts{}, usage(text, "two slashes belong behind "+scheme+":", "write "+scheme+"://"+rest)
		}
	}
	p := parts{authority: text}
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		p.scheme, p.authority = scheme+"://", rest
	}
	if i := strings.IndexAny(p.authority, "/?#"); i >= 0 {
		p.authority, p.path = p.authority[:i], p.authority[i:]
	}
	return p, nil
}

// WithPort returns the address text with another port, and the port that it had
// before, or "" if it had none.
func WithPort(text, port string) (with, had string, err error) {
	p, err := splitAddress(text)
	if err != nil {
		return "", "", err
	}
	host, had, err := splitHost(p.authority)
	if err != nil {
		return "", "", usage(text, err.Error(), "")
	}
	return p.scheme + net.JoinHostPort(host, port) + p.path, had, nil
}

// splitHost parses host, host:port, IPv6 and [IPv6]:port.
func splitHost(s string) (host, port string, err error) {
	hasPort := false
	switch {
	case strings.HasPrefix(s, "["):
		end := strings.IndexByte(s, ']')
		if end < 0 || net.ParseIP(strings.Split(s[1:end], "%")[0]) == nil {
			return "", "", fmt.Errorf("an IPv6 address belongs between [ and ]")
		}
		host, s = s[1:end], s[end+1:]
		if s != "" && s[0] != ':' {
			return "", "", fmt.Errorf("a port belongs after ], as in [::1]:1883")
		}
		port, hasPort = strings.CutPrefix(s, ":")
	case strings.Count(s, ":") > 1:
		if net.ParseIP(strings.Split(s, "%")[0]) == nil {
			return "", "", fmt.Errorf("%q is neither host:port nor an IPv6 address", cut(s))
		}
		host = s
	default:
		host, port, hasPort = strings.Cut(s, ":")
	}
	if host == "" {
		return "", "", fmt.Errorf("the host is missing")
	}
	if i := strings.IndexFunc(host, func(r rune) bool { return r <= ' ' || strings.ContainsRune(`"#+<>[]\^{|}`+"`\x7F", r) }); i >= 0 {
		return "", "", fmt.Errorf("%q is not a host name", cut(host))
	}
	if n, err := strconv.ParseUint(port, 10, 16); hasPort && (err != nil || n == 0) {
		return "", "", fmt.Errorf("port %q: a port is a number from 1 to 65535", cut(port))
	}
	return host, port, nil
}

func (a address) defaultPort() string {
	switch {
	case a.ws && a.tls:
		return "443"
	case a.ws:
		return "80"
	case a.tls:
		return "8883"
	}
	return "1883"
}

// hostPort returns the address in the form that a dialer wants.
func (a address) hostPort() string { return net.JoinHostPort(a.host, a.port) }

// String returns the address as a URL, always in the same spelling.
func (a address) String() string {
	scheme := "mqtt"
	if a.ws {
		scheme = "ws"
	}
	if a.tls {
		scheme += "s"
	}
	path, _, _ := strings.Cut(a.path, "?") // a query may hold a secret
	return scheme + "://" + a.hostPort() + path
}
