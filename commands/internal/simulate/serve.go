package simulate

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/simulator"
	"mqtool/commands/internal/site"
)

// loopback is where --serve listens by default.
const loopback = "127.0.0.1"

// looksLikeAddress tells an address from another argument: an address has a
// port, is a number, or names this machine.
func looksLikeAddress(word string) bool {
	_, _, err := net.SplitHostPort(word)
	return err == nil || word == "localhost" || strings.Trim(word, "0123456789") == "" || net.ParseIP(word) != nil
}

// listenAddress returns the address that --serve means.
func (s serveOptions) listenAddress() (string, error) {
	host, port := s.address, "1883"
	if s.tls {
		port = "8883"
	}
	if _, err := strconv.ParseUint(s.address, 10, 16); err == nil {
		host, port = loopback, s.address
	} else if h, p, err := net.SplitHostPort(s.address); err == nil {
		host, port = cmp.Or(h, loopback), p
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil || strings.ContainsAny(host, "/@ ") || strings.Trim(host, "0123456789") == "" {
		return "", app.Usagef("--serve %q: it must be HOST:PORT or PORT, such as 127.0.0.1:1883", s.address)
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), port), nil
}

// check finds options that exclude each other. typedBroker says whether
// --broker is typed, too.
func (s serveOptions) check(typedBroker bool) error {
	switch {
	case s.address == "" && (s.user != "" || s.passwordFile != "" || s.tls):
		return app.Usagef("--serve-user, --serve-password-file and --serve-tls go with --serve")
	case s.address != "" && typedBroker:
		return app.Usagef("--serve and --broker: choose one")
	case (s.user == "") != (s.passwordFile == ""):
		return app.Usagef("--serve-user and --serve-password-file go together")
	}
	return nil
}

// start starts the broker, and returns how to connect to it.
func (s serveOptions) start(ctx context.Context, env *app.Env) (*simulator.Broker, *site.Connection, error) {
	address, err := s.listenAddress()
	if err != nil {
		return nil, nil, err
	}
	password := site.Secret{File: s.passwordFile}
	serve := simulator.ServeConfig{
		Address: address, User: s.user, TLS: s.tls,
		Tell: func(text string) { env.Notice("%s", text) },
	}
	if serve.Password, err = password.Read(ctx); err != nil {
		return nil, nil, err
	}
	b, err := simulator.Serve(serve)
	if err != nil {
		return nil, nil, fmt.Errorf("serving: %w", err)
	}
	line := "mqtool listen --broker " + b.URL
	if b.CAFile != "" {
		line += " --ca " + b.CAFile
	}
	if s.user != "" {
		line += " --username " + s.user + " --password-file " + s.passwordFile
	}
	if s.user == "" && simulator.IsOpen(address) {
		env.Warn("everybody who reaches %s can read and send everything; --serve-user and --serve-password-file ask for a password", address)
	}
	env.Notice("broker at %s; in another terminal: %s", b.URL, line)
	return b, &site.Connection{
		Settings: &site.Settings{}, // no file has settings for this broker
		Config:   broker.Config{URL: b.URL, CAFile: b.CAFile, Username: s.user},
		Password: password,
	}, nil
}

// link returns how to connect: to a broker that it starts for --serve, or to
// another one. The caller must close the started broker, if it is not nil.
func (o *Options) link(ctx context.Context, env *app.Env) (*simulator.Broker, *site.Connection, error) {
	// A variable names the broker that the user has anyway, so it does not
	// conflict with --serve.
	typedBroker := o.connection.Broker != "" && !o.connection.Variables["broker"]
	if err := o.serve.check(typedBroker); err != nil {
		return nil, nil, err
	}
	if o.serve.address == "" {
		link, _, err := o.connection.Prepare(ctx, env, "", nil)
		return nil, link, err
	}
	b, link, err := o.serve.start(ctx, env)
	if err != nil {
		return nil, nil, err
	}
	n := &o.connection
	link.Prefix, link.SnapshotTopic, link.AlarmTopic, link.StatusTopic = n.Prefix, n.SnapshotTopic, n.AlarmTopic, n.StatusTopic
	if n.Verbose || n.Trace {
		link.Config.Log = n.Logger(env)
	}
	return b, link, nil
}

// hasBroker returns an error if no broker to connect to is given.
func hasBroker(link *site.Connection) error {
	if err := link.Named(); err != nil {
		return app.Usagef("%v; or --serve, which makes mqtool the broker", err)
	}
	return nil
}
