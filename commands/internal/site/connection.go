package site

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/human"
	"mqtool/commands/internal/progress"
)

// A Connection is what options, environment and file together say about how to connect. A
// command may change Config before it dials. Config does not hold the passwords.
type Connection struct {
	Settings *Settings
	Name     string // the name of the broker in the file, or ""
	Config   broker.Config

	sessionID string // the client id from the variable or the file, which is only for a persistent session; or ""

	// The topics on which devices publish, if they were changed.
	Prefix                                 codec.Opt[string]
	SnapshotTopic, AlarmTopic, StatusTopic string

	Password    Secret
	KeyPassword Secret // of the key of the client's certificate
	proxyTyped  bool   // the proxy was given on the command line
}

// Prepare does everything that comes before a command's clock starts. It reads the file,
// finds the devices that are named and the broker that they use, and asks for the password
// if needed. family is the family of the devices, or "" for any.
func (o *Options) Prepare(ctx context.Context, env *app.Env, family string, names []string) (*Connection, []Device, error) {
	if err := goneVariables(); err != nil {
		return nil, nil, err
	}
	s, err := loadSettings(o.configFile)
	if err != nil {
		return nil, nil, err
	}
	devices, err := s.findDevices(family, names, o.anyID)
	if err != nil {
		return nil, nil, err
	}
	c, err := o.resolve(s, devices)
	if err != nil {
		return nil, nil, err
	}
	if o.Verbose || o.Trace {
		c.Config.Log = o.Logger(env)
	}
	if c.Config.URL == "" {
		return c, devices, nil // without a broker there is no password to ask for
	}
	return c, devices, c.Password.ask(ctx, env, c.Config.Username)
}

// Settings reads the configuration file for a command that does not connect.
func (o *Options) Settings() (*Settings, error) { return loadSettings(o.configFile) }

// goneVariables refuses variables that once said how to connect. A command that silently
// left out a proxy would connect elsewhere. It can be removed after one release.
func goneVariables() error {
	for _, key := range []string{"server_name", "alpn", "proxy", "keepalive"} {
		if name := cmdline.Variable(key); os.Getenv(name) != "" {
			return app.Usagef("the variable %s has no meaning now: write %s in [broker.NAME] of the configuration file", name, key)
		}
	}
	return nil
}

// resolve decides which settings apply. An option comes before its variable, the variable
// before the file, and the file before the default.
func (o *Options) resolve(s *Settings, devices []Device) (*Connection, error) {
	name, b, err := o.pickBroker(s, devices)
	if err != nil {
		return nil, err
	}
	b.urls = slices.Clone(b.urls)
	for i, url := range b.urls {
		if b.urls[i], err = o.withPort(url, name != ""); err != nil {
			return nil, err
		}
	}
	c := &Connection{
		Settings:      s,
		Name:          name,
		Config:        o.config(b),
		sessionID:     cmp.Or(os.Getenv(cmdline.Variable("client-id")), b.clientID),
		Prefix:        b.prefix,
		SnapshotTopic: cmp.Or(o.SnapshotTopic, b.snapshotTopic),
		AlarmTopic:    cmp.Or(o.AlarmTopic, b.alarmTopic),
		StatusTopic:   cmp.Or(o.StatusTopic, b.statusTopic),
		proxyTyped:    o.proxy != "",
	}
	switch {
	case o.Persistent.Value:
		c.Config.ClientID = cmp.Or(o.ClientID, c.sessionID)
	case o.Variables["client-id"]:
		c.Config.ClientID = ""
	}
	if o.Prefix.Set {
		c.Prefix = o.Prefix
	}
	if c.Password, err = o.pickPassword(s.File, b); err != nil {
		return nil, err
	}
	c.KeyPassword = keyPassword(s.File, b, c.Config)
	if c.Config.Will, err = o.will(b.will); err != nil {
		return nil, err
	}
	switch {
	case c.Config.Persistent && c.Config.ClientID == "":
		return nil, app.Usagef("--persistent needs a client id, by which the broker knows the session: --client-id, %s, or client_id in the configuration file", cmdline.Variable("client-id"))
	case c.Password.Given() && c.Config.Username == "":
		return nil, app.Usagef("a password needs a user name: MQTT has none without --username")
	}
	return c, nil
}

// config returns how to connect: what an option says, or else the file.
func (o *Options) config(b brokerSettings) broker.Config {
	c := broker.Config{
		TLS:        either(o.tls, b.tls),
		CAFile:     cmp.Or(o.ca, b.ca),
		CertFile:   cmp.Or(o.cert, b.cert),
		KeyFile:    cmp.Or(o.key, b.key),
		ServerName: cmp.Or(o.serverName, b.serverName),
		ALPN:       b.alpn,
		Insecure:   either(o.insecure, b.insecure),
		Proxy:      cmp.Or(o.proxy, b.proxy),
		Headers:    b.headers,
		Username:   cmp.Or(o.username, b.username),
		ClientID:   o.ClientID,
		Persistent: o.Persistent.Value,
		KeepAlive:  cmp.Or(o.keepAlive, b.keepAlive),
		QoS:        1,
		MaxPayload: codec.MaxPayload,
		GiveUp:     b.giveUp,
	}
	if len(b.urls) > 0 {
		c.URL = b.urls[0]
	}
	if len(b.urls) > 1 {
		c.Nodes = b.urls[1:]
	}
	if o.cert != "" {
		c.KeyFile = o.key // a key from the file belongs to the certificate there
	}
	if o.alpn != "" {
		c.ALPN = strings.FieldsFunc(o.alpn, func(r rune) bool { return r == ',' || r == ' ' })
	}
	return c
}

// pickBroker finds the broker that is meant. name is "" when it is not a broker of the
// file.
func (o *Options) pickBroker(s *Settings, devices []Device) (name string, b brokerSettings, err error) {
	if word := o.Broker; word != "" {
		if b, ok := s.brokers[word]; ok {
			return word, b, nil
		}
		names := s.brokerNames()
		if near := cmdline.Closest(word, names); near != "" && !strings.ContainsAny(word, ":.@/") {
			return "", b, app.Usagef("no broker %q in %s; did you mean %q? (a host of that name is written mqtt://%s)", word, s.File, near, word)
		}
		return "", brokerSettings{urls: oneOrMore{word}}, nil
	}
	var first Device
	for _, d := range devices {
		switch {
		case d.Broker == "" || d.Broker == first.Broker:
		case first.Broker == "":
			first = d
		default:
			return "", b, app.Usagef("%s is on broker %s, %s on %s: a command talks to one broker at a time", first.Name, first.Broker, d.Name, d.Broker)
		}
	}
	name = cmp.Or(first.Broker, s.defaultBroker)
	return name, s.brokers[name], nil
}

// will returns the last will that the options define, or else that of the file, or nil.
func (o *Options) will(file *broker.Will) (*broker.Will, error) {
	if o.willTopic == "" {
		if o.willPayload != "" || o.willQoS != 0 || o.willRetain {
			return nil, app.Usagef("a last will needs --will-topic")
		}
		if o.stays {
			return file, nil
		}
		return nil, nil
	}
	if err := broker.ValidTopic(o.willTopic); err != nil {
		return nil, app.Usagef("--will-topic: %v", err)
	}
	return &broker.Will{Topic: o.willTopic, Payload: []byte(o.willPayload), QoS: byte(o.willQoS), Retain: o.willRetain}, nil
}

// ReaderPrefix returns the prefix of the readers' topics.
func (c *Connection) ReaderPrefix() string {
	if c.Prefix.Set {
		return c.Prefix.Value
	}
	return Family(SpringCore).Prefix
}

// UnusedID says that there is a client id which is not used. It returns "" if there is
// none.
func (c *Connection) UnusedID() string {
	if c.sessionID == "" || c.Config.ClientID != "" {
		return ""
	}
	source := "the file"
	if os.Getenv(cmdline.Variable("client-id")) != "" {
		source = cmdline.Variable("client-id")
	}
	return fmt.Sprintf("the client id %q of %s is not used: it is for listen --persistent alone (--client-id takes it)", c.sessionID, source)
}

// Dial connects. It reports on stderr what happens to the connection.
func (c *Connection) Dial(ctx context.Context, env *app.Env) (*broker.Conn, error) {
	config, err := c.Dialable(ctx, env)
	if err != nil {
		return nil, err
	}
	also := config.Notify
	start, waited := time.Now(), false
	config.Notify = func(e broker.Event) {
		switch e.Kind {
		case broker.EventConnected:
			if waited { // otherwise only -v tells it
				env.Notice("%v after %s", e, human.Duration(time.Since(start)))
			}
		case broker.EventRestored, broker.EventFlowing:
			env.Notice("%v", e)
		default:
			waited = waited || e.Kind == broker.EventRetry
			env.Warn("%v", e)
		}
		if also != nil {
			also(e)
		}
	}
	line := progress.Wait(ctx, env, "waiting for "+cmp.Or(c.Name, config.URL)+" to answer")
	defer line.End()
	conn, err := broker.Dial(ctx, config)
	var e *broker.Error
	if errors.As(err, &e) && (e.Kind == broker.Auth || e.Kind == broker.Lost) {
		// The broker may admit certain client ids only.
		if text := c.UnusedID(); text != "" {
			env.Notice("%s", text)
		}
	}
	return conn, err
}

// Named returns an error when no broker is named.
func (c *Connection) Named() error {
	if c.Config.URL == "" {
		return c.Settings.noBroker()
	}
	return nil
}

// Dialable returns the configuration with the passwords, and may ask the user for it.
func (c *Connection) Dialable(ctx context.Context, env *app.Env) (broker.Config, error) {
	if err := c.Named(); err != nil {
		return broker.Config{}, err
	}
	for _, text := range c.Warnings() {
		env.Warn("%s", text)
	}
	if err := c.Password.ask(ctx, env, c.Config.Username); err != nil {
		return broker.Config{}, err
	}
	config := c.Config
	config.Clock = env.Clock
	if c.Password.Given() {
		config.Password = func() (string, error) { return c.Password.Read(ctx) }
	}
	if c.KeyPassword.Given() {
		config.KeyPassword = func() (string, error) { return c.KeyPassword.Read(ctx) }
	}
	return config, nil
}

// either returns the value of a switch on the command line, or else the one in the file.
func either(option, file codec.Opt[bool]) bool {
	if option.Set {
		return option.Value
	}
	return file.Value
}

// Source says what named the broker of a connection.
func (o *Options) Source(c *Connection, devices []Device) string {
	switch {
	case o.Variables["broker"]:
		return "from " + cmdline.Variable("broker")
	case o.Broker != "":
		return "from --broker"
	case c.Name != "" && len(devices) > 0 && devices[0].Broker != "":
		return fmt.Sprintf("from the file, where %s is on %s", devices[0].Name, c.Name)
	case c.Name != "" && c.Settings.onlyBroker:
		return fmt.Sprintf("from the file, where %s is the only broker", c.Name)
	case c.Name != "":
		return "from the file, where default_broker is " + c.Name
	}
	return "the default"
}

// withPort puts --port into the address of a broker. The port of an address
// in the file is the default for it.
func (o *Options) withPort(address string, inFile bool) (string, error) {
	if o.port == 0 || address == "" {
		return address, nil
	}
	port := strconv.Itoa(o.port)
	with, old, err := broker.WithPort(address, port)
	switch {
	case err != nil:
		return address, nil // the error comes when the command connects
	case old == "" || old == port || inFile:
		return with, nil
	case o.Variables["port"]:
		return address, nil // a typed address comes before a variable
	}
	return "", app.Usagef("the address %s has a port, --port says %s: choose one", address, port)
}

// Goodbye is how long a command waits for the broker at most when it is done.
const Goodbye = 2 * time.Second

// HangUp ends a connection. By then every message is acknowledged, or its error was
// reported.
func HangUp(conn *broker.Conn) { _ = conn.Close(Goodbye) }
