package broker

import "strconv"

// An Endpoint is where a broker is, with nothing left to guess.
type Endpoint struct {
	Host      string
	Port      uint16
	TLS       bool
	WebSocket bool
}

// Endpoint says what Dial would connect to. It connects to nothing.
func (cfg Config) Endpoint() (Endpoint, error) {
	a, err := parseAddress(cfg.URL, cfg.wantsTLS())
	if err != nil {
		return Endpoint{}, err
	}
	port, err := strconv.ParseUint(a.port, 10, 16)
	return Endpoint{a.host, uint16(port), a.tls, a.ws}, err
}
