package doctor

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/render"
)

// The check of TLS, and the description of certificates.

func (d *doctor) checkTLS(parent context.Context) finding {
	ctx, cancel := d.limited(parent)
	defer cancel()
	h, err := d.probe.StartTLS(ctx)
	if h == nil && err == nil {
		if d.link.Password.Given() && !isLoopback(d.network) {
			return warn("anybody on the way can read user name and password", "does the broker have a TLS port? Then use mqtts:// or --tls")
		}
		return skip("not requested")
	}
	seen := tlsSeen(h)
	if err != nil {
		if len(h.Chain) == 0 {
			seen = append(seen, d.otherwise(parent, "the port answers without TLS")...)
		}
		return failed(err, seen...)
	}
	if cause, try := tlsDoubt(h, d.config.Insecure, time.Now()); cause != "" {
		return warn(cause, try, seen...)
	}
	return fine(seen...)
}

func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}

// otherwise returns words if the port answers in the other way, with or without
// TLS.
func (d *doctor) otherwise(ctx context.Context, words string) []string {
	ctx, cancel := d.limited(ctx)
	defer cancel()
	if d.probe.Otherwise(ctx) {
		return []string{words}
	}
	return nil
}

// maxChain is how many certificates are shown, and how many names of each
// certificate.
const maxChain = 5

// tlsSeen describes the handshake.
func tlsSeen(h *broker.Handshake) []string {
	var seen []string
	if h.Version != "" {
		text := h.Version + ", " + h.CipherSuite
		if h.ALPN != "" {
			text += ", ALPN " + h.ALPN
		}
		seen = append(seen, text)
	}
	for i, c := range h.Chain[:min(len(h.Chain), maxChain)] {
		text := fmt.Sprintf("certificate %d: %s", i+1, describeCertificate(c))
		seen = append(seen, text)
	}
	if len(h.Chain) > maxChain {
		seen = append(seen, fmt.Sprintf("and %d more", len(h.Chain)-maxChain))
	}
	if h.Client != nil && h.Asked {
		seen = append(seen, "ours: "+describeCertificate(h.Client))
	}
	return seen
}

func describeCertificate(c *x509.Certificate) string {
	text := fmt.Sprintf("%s, by %s, valid %s to %s", c.Subject, c.Issuer, c.NotBefore.Format(time.DateOnly), c.NotAfter.Format(time.DateOnly))
	names := c.DNSNames
	for _, ip := range c.IPAddresses {
		names = append(names[:len(names):len(names)], ip.String())
	}
	if len(names) > 0 {
		text += ", for " + strings.Join(names[:min(len(names), maxChain)], " ")
	}
	if len(names) > maxChain {
		text += fmt.Sprintf(" and %d more", len(names)-maxChain)
	}
	return text
}

// expiresSoon is how long before the end of a certificate the check warns.
// Automatic authorities renew certificates earlier than that.
const expiresSoon = 14 * 24 * time.Hour

// tlsDoubt says what may go wrong later, although the handshake succeeded.
func tlsDoubt(h *broker.Handshake, insecure bool, now time.Time) (cause, try string) {
	var e *broker.Error
	switch {
	case errors.As(h.Doubt, &e):
		return "the certificate is not checked (--insecure): anybody on the way can read and forge everything. If it were: " + e.Text, e.Hint
	case insecure:
		return "the certificate is not checked (--insecure), and would be accepted", "leave --insecure out"
	case h.Asked && h.Client == nil:
		return "the broker asks for a client certificate, and there is none", "give it with --cert and --key"
	}
	mine := []*x509.Certificate{}
	if h.Client != nil {
		mine = append(mine, h.Client)
	}
	for i, c := range append(mine, h.Chain...) {
		whose := "the broker's certificate"
		if i < len(mine) {
			whose = "the client's certificate"
		}
		left := c.NotAfter.Sub(now)
		switch {
		case left < 0:
			return fmt.Sprintf("%s (%s) has expired on %s", whose, c.Subject, c.NotAfter.Format(time.DateOnly)), "renew it"
		case left < expiresSoon:
			return fmt.Sprintf("%s (%s) expires in %s", whose, c.Subject, days(left)), "renew it"
		}
	}
	return "", ""
}

func days(d time.Duration) string {
	const day = 24 * time.Hour
	if d < 2*day {
		return render.Count(int(d/time.Hour), "hour")
	}
	return render.Count(int(d/day), "day")
}
