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
	path       string // of a WebSocket, with its query
}

// schemes are the spellings of the four ways to speak MQTT.
var schemes = map[string]address{
	"mqtt": {}, "tcp": {},
	"mqtts": {tls: true}, "ssl": {tls: true}, "tls": {tls: true},
	"ws": {ws: true}, "wss": {ws: true, tls: true},
}

// parseAddress reads an address as people type it; see [Config]. TLS may be
// asked for besides. A password in the text never shows up in the error.
func parseAddress(text string, useTLS bool) (address, error) {
	if text == "" {
		return address{}, usage("", "no broker is named", "give its address, as in mqtts://broker.example.com")
	}
	if strings.Contains(text, "@") {
		return address{}, usage("", "the broker's address holds a @: a user name or password in it shows in process lists and logs",
			"use the options or variables for them")
	}
	scheme, rest, hasScheme := strings.Cut(text, "://")
	if !hasScheme {
		scheme, rest = "mqtt", text
	}
	authority, path := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	a, ok := schemes[strings.ToLower(scheme)]
	if !ok {
		return address{}, usage(text, fmt.Sprintf("%s:// is not a way to reach a broker", scheme),
			"use mqtt://, mqtts://, ws:// or wss://")
	}
	a.tls = a.tls || useTLS

	var err error
	if a.host, a.port, err = splitHost(authority); err != nil {
		return address{}, usage(text, err.Error(), "")
	}
	if a.port == "" {
		a.port = a.defaultPort()
	}
	switch {
	case a.ws && (path == "" || path == "/"):
		a.path = "/mqtt" // where most brokers listen
	case a.ws && path[0] == '/' && !strings.Contains(path, "#"):
		a.path = path
	case path != "" && path != "/":
		return address{}, usage(text, "the address of a broker ends with its port", "a topic is an option of its own")
	}
	return a, nil
}

// splitHost reads host, host:port, IPv6 and [IPv6]:port.
func splitHost(s string) (host, port string, err error) {
	hasPort := false
	switch {
	case strings.HasPrefix(s, "["):
		end := strings.IndexByte(s, ']')
		if end < 0 || net.ParseIP(strings.Split(s[1:end], "%")[0]) == nil {
			return "", "", fmt.Errorf("between [ and ] belongs an IPv6 address")
		}
		host, s = s[1:end], s[end+1:]
		if s != "" && s[0] != ':' {
			return "", "", fmt.Errorf("after ] belongs a port, as in [::1]:1883")
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
		return "", "", fmt.Errorf("%q is no host name", cut(host))
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

// hostPort is what a dialer wants.
func (a address) hostPort() string { return net.JoinHostPort(a.host, a.port) }

// String is the address as a URL, in one spelling.
func (a address) String() string {
	scheme := "mqtt"
	if a.ws {
		scheme = "ws"
	}
	if a.tls {
		scheme += "s"
	}
	path, _, _ := strings.Cut(a.path, "?") // a query may be a secret
	return scheme + "://" + a.hostPort() + path
}
