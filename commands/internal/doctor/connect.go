package doctor

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
)

// The checks up to the login.

func (d *doctor) checkConfiguration(ctx context.Context) finding {
	if d.linkErr != nil {
		return failed(d.linkErr)
	}
	ctx, cancel := d.limited(ctx)
	defer cancel()
	d.config = d.link.Config
	seen := []string{"no configuration file"}
	if d.link.Settings.File != "" {
		seen[0] = d.link.Settings.File
	}
	if text := d.link.UnusedID(); text != "" {
		seen = append(seen, text)
	}
	// Files are read once: a program that gives the password may ask somebody.
	if d.link.Password.Given() {
		password, err := d.link.Password.Read(ctx)
		if err != nil {
			return failed(err, seen...)
		}
		d.config.Password = func() (string, error) { return password, nil }
	}
	var err error
	if d.probe, err = broker.NewProbe(d.config); err != nil {
		if app.ExitCode(err) == app.Usage {
			d.usage = err
		}
		return failed(err, seen...)
	}
	seen = append(seen, d.probe.Broker()+", "+d.Connection.Source(d.link, d.devices))

	var dangers []string
	for _, danger := range []string{
		writable(d.link.Settings.File), d.link.Password.Warning(), site.Exposed("private key", cmp.Or(d.config.KeyFile, d.config.CertFile)),
	} {
		if danger != "" {
			dangers = append(dangers, danger)
		}
	}
	if len(dangers) > 0 {
		return warn(strings.Join(dangers, "; "), "", seen...)
	}
	return fine(seen...)
}

// writable says that others can change a configuration file, or is "". One
// could have the password sent to a broker of their own, or run any program.
func writable(file string) string {
	if file == "" || runtime.GOOS == "windows" { // whose mode bits say nothing
		return ""
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm()&0o022 == 0 {
		return ""
	}
	return fmt.Sprintf("others on this machine can change the configuration file %s (mode %04o): chmod go-w %[1]s", file, info.Mode().Perm())
}

// publicBrokers are for tests, open to everybody.
var publicBrokers = []string{"test.mosquitto.org", "broker.hivemq.com", "broker.emqx.io", "test.mosca.io"}

func (d *doctor) checkPublic(context.Context) finding {
	endpoint, err := d.config.Endpoint()
	if err != nil {
		return failed(err)
	}
	return public(endpoint.Host)
}

func public(host string) finding {
	for _, name := range publicBrokers {
		if strings.EqualFold(strings.TrimSuffix(host, "."), name) {
			return warn(name+" is open to everybody: anybody can see your pictures and MAC addresses there, and then shut a camera down, because nothing authenticates a command",
				"a broker of your own, with passwords and TLS")
		}
	}
	return fine("none of those that are known")
}

func (d *doctor) checkName(ctx context.Context) finding {
	ctx, cancel := d.limited(ctx)
	defer cancel()
	host, addresses, err := d.probe.Lookup(ctx)
	if err != nil {
		return failed(err)
	}
	text := strings.Join(addresses, ", ")
	if text != host {
		text = host + ": " + text
	}
	return fine(text)
}

func (d *doctor) checkProxy(ctx context.Context) finding {
	if d.config.Proxy == "" {
		for _, name := range []string{"ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
			if os.Getenv(name) != "" {
				return skip("none is asked for; " + name + " is not looked at, only --proxy is")
			}
		}
		return skip("none is asked for")
	}
	return d.connect(ctx)
}

func (d *doctor) checkTCP(ctx context.Context) finding {
	if d.config.Proxy != "" {
		return skip("the proxy connects")
	}
	return d.connect(ctx)
}

func (d *doctor) connect(ctx context.Context) finding {
	ctx, cancel := d.limited(ctx)
	defer cancel()
	to, err := d.probe.Connect(ctx)
	if err != nil {
		return failed(err)
	}
	d.network = to.String()
	return fine("connected to " + d.network)
}

func (d *doctor) checkTLS(parent context.Context) finding {
	ctx, cancel := d.limited(parent)
	defer cancel()
	h, err := d.probe.StartTLS(ctx)
	if h == nil && err == nil {
		if d.link.Password.Given() && !isLoopback(d.network) {
			return warn("user name and password go over the network for everybody to read", "does the broker have a TLS port? Then use mqtts:// or --tls")
		}
		return skip("none is asked for")
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

// otherwise is what there is to say if the port answers the other way.
func (d *doctor) otherwise(ctx context.Context, words string) []string {
	ctx, cancel := d.limited(ctx)
	defer cancel()
	if d.probe.Otherwise(ctx) {
		return []string{words}
	}
	return nil
}

// maxChain is how many certificates are shown, and how many names of each.
const maxChain = 5

// tlsSeen says what was seen of TLS.
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

// expiresSoon is when to say that a certificate runs out: those of automatic
// authorities are renewed earlier.
const expiresSoon = 14 * 24 * time.Hour

// tlsDoubt says what may go wrong although the handshake went well.
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

func (d *doctor) checkWebSocket(ctx context.Context) finding {
	ctx, cancel := d.limited(ctx)
	defer cancel()
	if endpoint, err := d.config.Endpoint(); err != nil || !endpoint.WebSocket {
		return skip("none is asked for")
	}
	if err := d.probe.OpenWebSocket(ctx); err != nil {
		return failed(err)
	}
	return fine()
}

func (d *doctor) checkLogin(parent context.Context) finding {
	ctx, cancel := d.limited(parent)
	defer cancel()
	d.conn, d.loginErr = d.probe.LogIn(ctx)
	if d.loginErr == nil {
		text := "client id " + d.conn.ClientID()
		if d.config.Username != "" {
			text += ", user " + d.config.Username
		}
		return fine(text)
	}
	var seen []string
	if endpoint, err := d.config.Endpoint(); err == nil && !endpoint.TLS && !refusedInMQTT(d.loginErr) {
		seen = d.otherwise(parent, "the port answers with TLS")
		d.mixedUp = len(seen) > 0
	}
	return failed(d.loginErr, seen...)
}

// refusedInMQTT reports whether the broker said no in the protocol that it
// was asked in.
func refusedInMQTT(err error) bool {
	var e *broker.Error
	return errors.As(err, &e) && (e.Kind == broker.Auth || e.Kind == broker.Unavailable)
}

func (d *doctor) checkProtocol(ctx context.Context) finding {
	ctx, cancel := d.limited(ctx)
	defer cancel()
	const ours = "3.1.1"
	var e *broker.Error
	switch {
	case d.loginErr == nil:
		return fine("MQTT " + ours)
	case refusedInMQTT(d.loginErr):
		return fine("MQTT " + ours + ": the refusal came in it")
	case d.mixedUp, !errors.As(d.loginErr, &e), e.Kind != broker.Protocol && e.Kind != broker.Lost:
		return skip("needs login")
	}
	spoken := d.probe.Speaks(ctx)
	switch {
	case len(spoken) == 0:
		return skip("no version of MQTT gets an answer")
	case slices.Contains(spoken, ours):
		return fine("MQTT " + ours + ": somebody without a name gets an answer in it")
	}
	f := failed(fmt.Errorf("the broker speaks only MQTT %s, and mqtool only %s", strings.Join(spoken, " and "), ours))
	f.Try = "allow MQTT " + ours + " in the broker's configuration"
	return f
}
