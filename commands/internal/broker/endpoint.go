package broker

import "strconv"

// An Endpoint is the complete address of a broker, with all defaults filled in.
type Endpoint struct {
	Host      string
	Port      uint16
	TLS       bool
	WebSocket bool
}

// Endpoint returns where Dial would connect to. It does not connect.
func (cfg Config) Endpoint() (Endpoint, error) {
	a, err := parseAddress(cfg.URL, cfg.wantsTLS())
	if err != nil {
		return Endpoint{}, err
	}
	port, err := strconv.ParseUint(a.port, 10, 16)
	return Endpoint{a.host, uint16(port), a.tls, a.ws}, err
}
