package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
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
	// Read the password only once, because the program that prints it may ask
	// the user. A file that cannot be read is reported after those that NewProbe
	// reads, as by every command that connects.
	var password string
	var passwordErr error
	if d.link.Password.Given() {
		password, passwordErr = d.link.Password.Read(ctx)
		d.config.Password = func() (string, error) { return password, nil }
	}
	// The nodes of a cluster are tried one by one, and each reads the key.
	opened := false
	if d.link.KeyPassword.Given() {
		d.config.KeyPassword = sync.OnceValues(func() (string, error) {
			opened = true
			return d.link.KeyPassword.Read(ctx)
		})
	}
	var err error
	if d.probe, err = broker.NewProbe(d.config); err != nil {
		if app.ExitCode(err) == app.Usage {
			d.usage = err
		}
		return failed(err, seen...)
	}
	if passwordErr != nil {
		return failed(passwordErr, seen...)
	}
	seen = append(seen, d.probe.Broker()+", "+d.Connection.Source(d.link, d.devices))

	switch {
	case opened:
		seen = append(seen, "the private key is encrypted, and its password opens it")
	case d.link.KeyPassword.Given():
		seen = append(seen, "the private key is not encrypted, so that its password is not used")
	}

	dangers := d.link.Warnings()
	if text := site.Exposed("private key", cmp.Or(d.config.KeyFile, d.config.CertFile)); text != "" {
		dangers = append(dangers, text)
	}
	if _, err := d.link.Settings.ReadTags(); err != nil {
		dangers = append(dangers, "the tags cannot be read, so that listen ends at once: "+err.Error())
	}
	if len(dangers) > 0 {
		return warn(strings.Join(dangers, "; "), "", seen...)
	}
	return fine(seen...)
}

// publicBrokers lists brokers for tests, which are open to everybody.
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
				"use a broker of your own, with passwords and TLS")
		}
	}
	return fine("it is none of those that are known")
}

// checkNodes connects to each node of a cluster except the first. All other
// checks use the first node.
func (d *doctor) checkNodes(ctx context.Context) finding {
	var seen, bad []string
	for _, url := range d.config.Nodes {
		if err := d.tryNode(ctx, url); err != nil {
			bad = append(bad, err.Error())
			continue
		}
		seen = append(seen, url+": logged in")
	}
	if bad != nil {
		return warn(strings.Join(bad, "; "), "", seen...)
	}
	return fine(seen...)
}

// tryNode logs in at one address.
func (d *doctor) tryNode(ctx context.Context, url string) error {
	ctx, cancel := d.limited(ctx)
	defer cancel()
	config := d.config
	config.URL, config.Nodes = url, nil
	conn, err := broker.Dial(ctx, config)
	if err != nil {
		return err
	}
	return conn.Close(site.Goodbye)
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
				return skip("not requested; " + name + " is not looked at, only --proxy is")
			}
		}
		return skip("not requested")
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

func (d *doctor) checkWebSocket(ctx context.Context) finding {
	ctx, cancel := d.limited(ctx)
	defer cancel()
	if endpoint, err := d.config.Endpoint(); err != nil || !endpoint.WebSocket {
		return skip("not requested")
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

// refusedInMQTT reports whether the broker refused with an answer in the
// protocol version that was used.
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
		return fine("MQTT " + ours + ": a client without a user name gets an answer")
	}
	f := failed(fmt.Errorf("the broker speaks only MQTT %s, and mqtool only %s", strings.Join(spoken, " and "), ours))
	f.Try = "allow MQTT " + ours + " in the broker's configuration"
	return f
}
