package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lmittmann/tint"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/cmdline"
)

// defaultBroker is where a command connects when nobody says otherwise.
const defaultBroker = "mqtt://localhost"

// connectionOptions are the options of every command that connects to a
// broker, as they were typed or stand in the environment; what is empty was
// not given.
type connectionOptions struct {
	variables map[string]bool // the options that were not typed, but taken from their variables

	configFile string
	broker     string // name in the file, or address
	port       int

	tls, insecure, persistent codec.Opt[bool]

	ca, cert, key, serverName, alpn, proxy string
	clientID                               string
	keepAlive                              time.Duration

	willTopic, willPayload string
	willQoS                int
	willRetain             bool

	username, passwordFile string
	prompt                 bool // for the password

	prefix                                 codec.Opt[string]
	snapshotTopic, alarmTopic, statusTopic string

	verbose, trace bool
	output         *cmdline.Output // of the command; -v has its color
}

// connectionCategory is the part of the help that has the options of the
// connection.
const connectionCategory = "CONNECTION"

// flags are fresh flags that fill o. Output are those options of the same command.
func (o *connectionOptions) flags(output *cmdline.Output) []cmdline.Flag {
	o.output = output
	as := func(name, usage string, aliases ...string) cmdline.Spec {
		return cmdline.Spec{Name: name, Usage: usage, Aliases: aliases, Category: connectionCategory}
	}
	text := func(name string, destination *string, usage string, aliases ...string) cmdline.Flag {
		return o.withVariable(as(name, usage, aliases...)).Text(destination, nil)
	}
	port := o.withVariable(as("port", "port of the broker `NUMBER`, when it is not in the address"))
	port.Default = "1883, with TLS 8883"
	keepAlive := o.withVariable(as("keepalive", "look after `TIME` of silence whether the broker is still there"))
	keepAlive.Default = "30s"
	willPayload := as("will-payload", "... this `TEXT`")
	willPayload.MayBeEmpty = true
	willQoS := as("will-qos", "... with `QOS` 0, 1 or 2")
	willQoS.Default = "0"
	return []cmdline.Flag{
		text("broker", &o.broker, "connect to `BROKER`: a name in the configuration file, or an address such as mqtts://host:8883 (default: "+defaultBroker+")", "addr"),
		port.Number(&o.port, cmdline.Checked(checkPort)),
		o.withVariable(as("tls", "connect with TLS; --ca, --cert and --key imply it")).OnOrOff(&o.tls),
		text("ca", &o.ca, "trust the authorities in `FILE` (PEM), besides the system's"),
		text("cert", &o.cert, "the client's certificate is in `FILE` (PEM)"),
		text("key", &o.key, "its key is in `FILE` (PEM), if not in that of --cert"),
		text("server-name", &o.serverName, "`NAME` in the broker's certificate, when it is not the host's"),
		text("alpn", &o.alpn, "offer `PROTOCOLS` inside TLS, separated by commas"),
		as("insecure", "believe any certificate: whoever sits between can read and change everything").OnOrOff(&o.insecure),
		text("proxy", &o.proxy, "connect through the proxy at `URL`, socks5:// or http://"),
		text("username", &o.username, "`NAME` of the user"),
		text("password-file", &o.passwordFile, "the password is the first line of `FILE`"),
		// Its variable holds the password itself: the library must not see it,
		// because it would take it for what stands here.
		as("password", "ask for the password on the terminal with `-`; it is never typed here [$MQTOOL_PASSWORD]").Text(nil, cmdline.Checked(o.setPrompt)),
		as("client-id", "connect as `ID`; a client that has it is thrown off (default: one that nobody else has)", "clientid").Text(&o.clientID, nil),
		keepAlive.Time(&o.keepAlive, cmdline.Checked(checkKeepAlive)),
		as("will-topic", "have the broker publish on `TOPIC` when the connection breaks").Text(&o.willTopic, nil),
		willPayload.Text(&o.willPayload, nil),
		willQoS.Number(&o.willQoS, cmdline.QoS("will-qos")),
		as("will-retain", "... and keep it").Switch(&o.willRetain),
		text("config", &o.configFile, "brokers and devices are in `FILE` (default: mqtool/config.toml in the user's configuration directory)"),
		as("verbose", "tell about the connection on stderr", "v").Switch(&o.verbose),
		as("trace", "tell about every packet", "vv").Switch(&o.trace),
	}
}

// listenerFlags are flags for the command whose session the broker may keep.
// Only that one takes its client id from the variable or the file: any other
// client with this id would throw the listener off and, having a session that
// is not kept, make the broker delete the listener's.
func (o *connectionOptions) listenerFlags(output *cmdline.Output) []cmdline.Flag {
	id := cmdline.Spec{
		Name: "client-id", Aliases: []string{"clientid"}, Category: connectionCategory,
		Usage: "connect as `ID`; a client that has it is thrown off (default: one that nobody else has; with --persistent client_id in the configuration file)",
	}
	persistent := cmdline.Spec{
		Name: "persistent", Category: connectionCategory,
		Usage: "let the broker keep the session, with what comes in while nobody is connected; needs a client id",
	}
	flags := o.flags(output)
	i := slices.IndexFunc(flags, func(f cmdline.Flag) bool { return f.Names()[0] == id.Name })
	return slices.Replace(flags, i, i+1, cmdline.Flag(o.withVariable(id).Text(&o.clientID, nil)), cmdline.Flag(persistent.OnOrOff(&o.persistent)))
}

// topicFlags are fresh flags that fill o with where devices publish, for the
// commands that have a use for it.
func (o *connectionOptions) topicFlags() []cmdline.Flag {
	prefix := o.withVariable(cmdline.Spec{
		Name: "prefix", Category: connectionCategory, Default: `"springcard/springcore"`,
		Usage:      "topics of the readers begin with `PREFIX` (register 028E)",
		MayBeEmpty: true, // readers need not have one
	})
	flags := []cmdline.Flag{prefix.Text(nil, cmdline.Checked(o.setPrefix))}
	for _, topic := range []struct {
		name        string
		destination *string
		usage       string
	}{
		{"snapshot-topic", &o.snapshotTopic, "cameras publish snapshots on `TOPIC`, not on 4GSolarCam/Snapshot"},
		{"alarm-topic", &o.alarmTopic, "cameras publish alarms on `TOPIC`, not on 4GSolarCam/Alarm"},
		{"status-topic", &o.statusTopic, "cameras publish their status on `TOPIC`, not on 4GSolarCam/Status"},
	} {
		s := o.withVariable(cmdline.Spec{Name: topic.name, Category: connectionCategory, Usage: topic.usage})
		flags = append(flags, s.Text(topic.destination, cmdline.Checked(func(value string) error {
			if err := broker.ValidFilter(value); err != nil {
				return app.Usagef("--%s: %v", topic.name, err)
			}
			return nil
		})))
	}
	return flags
}

// withVariable gives an option a variable, and notes when that is used.
func (o *connectionOptions) withVariable(s cmdline.Spec) cmdline.Spec {
	s.Variable = true
	s.NoteTaken = func() {
		if o.variables == nil {
			o.variables = map[string]bool{}
		}
		o.variables[s.Name] = true
	}
	return s
}

// setPrompt has the password asked for.
func (o *connectionOptions) setPrompt(value string) error {
	if value != "-" {
		return app.Usagef("--password can only be - (ask on the terminal): what stands here, everybody on this machine can read in the process list, so change that password; use --password-file or MQTOOL_PASSWORD")
	}
	o.prompt = true
	return nil
}

func (o *connectionOptions) setPrefix(value string) error {
	prefix, err := parsePrefix(value)
	if err != nil {
		return app.Usagef("--prefix: %v", err)
	}
	o.prefix = codec.Some(prefix)
	return nil
}

func checkPort(port int) error {
	if port < 1 || port > 65535 {
		return app.Usagef("--port %d: a port is a number from 1 to 65535", port)
	}
	return nil
}

func checkKeepAlive(d time.Duration) error {
	if err := validKeepAlive(d); err != nil {
		return app.Usagef("--keepalive %v: %v", d, err)
	}
	return nil
}

// validKeepAlive tells whether MQTT can say this time.
func validKeepAlive(d time.Duration) error {
	if d < time.Second || d > 65535*time.Second || d%time.Second != 0 {
		return fmt.Errorf("it can be 1s to %v, in whole seconds", 65535*time.Second)
	}
	return nil
}

// parsePrefix reads a prefix of topics; "" is one, too.
func parsePrefix(s string) (string, error) {
	s = strings.TrimRight(s, "/")
	return s, broker.ValidFilter(s + "/x") // another level follows
}

// A connection is what options, environment and file together say about how
// to connect. A command may change config before it dials; the password is
// not in it.
type connection struct {
	settings *settings
	name     string // of the broker in the file, or ""
	config   broker.Config

	sessionID string // client id in the variable or the file, which is for a persistent session alone, or ""

	// Where devices publish, if somebody said so.
	prefix                                 codec.Opt[string]
	snapshotTopic, alarmTopic, statusTopic string

	password secret
}

// prepare does all that comes before a command's clock starts: it reads the
// file, finds out which devices are meant, and on which broker they are, and
// asks for the password if it should. Family is that of the devices, or "" for any.
func (o *connectionOptions) prepare(ctx context.Context, env *app.Env, family string, names []string) (*connection, []device, error) {
	s, err := loadSettings(o.configFile)
	if err != nil {
		return nil, nil, err
	}
	devices, err := s.findDevices(family, names)
	if err != nil {
		return nil, nil, err
	}
	c, err := o.resolve(s, devices)
	if err != nil {
		return nil, nil, err
	}
	for _, d := range devices {
		if d.doubt != "" {
			env.Notice("%s", d.doubt)
		}
	}
	if o.verbose || o.trace {
		c.config.Log = o.logger(env)
	}
	return c, devices, c.password.ask(ctx, env, c.config.Username)
}

// resolve finds out what holds: an option before its variable, that before
// the file, that before the default.
func (o *connectionOptions) resolve(s *settings, devices []device) (*connection, error) {
	name, b, err := o.pickBroker(s, devices)
	if err != nil {
		return nil, err
	}
	if b.url, err = o.withPort(cmp.Or(b.url, defaultBroker), name != ""); err != nil {
		return nil, err
	}
	c := &connection{
		settings: s,
		name:     name,
		config: broker.Config{
			URL:        b.url,
			TLS:        either(o.tls, b.tls),
			CAFile:     cmp.Or(o.ca, b.ca),
			CertFile:   cmp.Or(o.cert, b.cert),
			KeyFile:    cmp.Or(o.key, b.key),
			ServerName: cmp.Or(o.serverName, b.serverName),
			ALPN:       b.alpn,
			Insecure:   either(o.insecure, b.insecure),
			Proxy:      cmp.Or(o.proxy, b.proxy),
			Username:   cmp.Or(o.username, b.username),
			ClientID:   o.clientID,
			Persistent: o.persistent.Value,
			KeepAlive:  cmp.Or(o.keepAlive, b.keepAlive),
			QoS:        1,
		},
		sessionID:     cmp.Or(os.Getenv(cmdline.Variable("client-id")), b.clientID),
		prefix:        b.prefix,
		snapshotTopic: cmp.Or(o.snapshotTopic, b.snapshotTopic),
		alarmTopic:    cmp.Or(o.alarmTopic, b.alarmTopic),
		statusTopic:   cmp.Or(o.statusTopic, b.statusTopic),
	}
	switch {
	case o.persistent.Value:
		c.config.ClientID = cmp.Or(o.clientID, c.sessionID)
	case o.variables["client-id"]:
		c.config.ClientID = ""
	}
	if o.cert != "" {
		c.config.KeyFile = o.key // a key from the file belongs to the certificate there
	}
	if o.prefix.Set {
		c.prefix = o.prefix
	}
	if o.alpn != "" {
		c.config.ALPN = strings.FieldsFunc(o.alpn, func(r rune) bool { return r == ',' || r == ' ' })
	}
	if c.password, err = o.pickPassword(b); err != nil {
		return nil, err
	}
	if c.config.Will, err = o.will(); err != nil {
		return nil, err
	}
	switch {
	case c.config.Persistent && c.config.ClientID == "":
		return nil, app.Usagef("--persistent needs a client id, by which the broker knows the session: --client-id, %s, or client_id in the configuration file", cmdline.Variable("client-id"))
	case c.password.given() && c.config.Username == "":
		return nil, app.Usagef("a password needs a user name: MQTT has none without --username")
	}
	return c, nil
}

// pickBroker finds out which broker is meant. Name is "" when it is not one of the file.
func (o *connectionOptions) pickBroker(s *settings, devices []device) (name string, b brokerSettings, err error) {
	if word := o.broker; word != "" {
		if b, ok := s.brokers[word]; ok {
			return word, b, nil
		}
		names := s.brokerNames()
		if near := cmdline.Closest(word, names); near != "" && !strings.ContainsAny(word, ":.@/") {
			return "", b, app.Usagef("no broker %q in %s; did you mean %q? (a host of that name is written mqtt://%s)", word, s.file, near, word)
		}
		return "", brokerSettings{url: word}, nil
	}
	var first device
	for _, d := range devices {
		switch {
		case d.broker == "" || d.broker == first.broker:
		case first.broker == "":
			first = d
		default:
			return "", b, app.Usagef("%s is on broker %s, %s on %s: a command talks to one broker at a time", first.name, first.broker, d.name, d.broker)
		}
	}
	name = cmp.Or(first.broker, s.defaultBroker)
	return name, s.brokers[name], nil
}

// will is what the options say about it, or nil.
func (o *connectionOptions) will() (*broker.Will, error) {
	if o.willTopic == "" {
		if o.willPayload != "" || o.willQoS != 0 || o.willRetain {
			return nil, app.Usagef("a will needs --will-topic")
		}
		return nil, nil
	}
	if err := broker.ValidTopic(o.willTopic); err != nil {
		return nil, app.Usagef("--will-topic: %v", err)
	}
	return &broker.Will{Topic: o.willTopic, Payload: []byte(o.willPayload), QoS: byte(o.willQoS), Retain: o.willRetain}, nil
}

// readerPrefix is what the topics of readers begin with.
func (c *connection) readerPrefix() string {
	if c.prefix.Set {
		return c.prefix.Value
	}
	return familyOf(springcore).Prefix
}

// unusedID says that there is a client id which is not used, or is "".
func (c *connection) unusedID() string {
	if c.sessionID == "" || c.config.ClientID != "" {
		return ""
	}
	source := "the file"
	if os.Getenv(cmdline.Variable("client-id")) != "" {
		source = cmdline.Variable("client-id")
	}
	return fmt.Sprintf("the client id %q of %s is not used: it is for listen --persistent alone (--client-id takes it)", c.sessionID, source)
}

// dial connects. What happens to the connection is told on stderr.
func (c *connection) dial(ctx context.Context, env *app.Env) (*broker.Conn, error) {
	config, err := c.dialable(ctx, env)
	if err != nil {
		return nil, err
	}
	also := config.Notify
	config.Notify = func(e broker.Event) {
		if e.Kind != broker.EventConnected { // which -v tells
			env.Notice("%v", e)
		}
		if also != nil {
			also(e)
		}
	}
	if env.StderrTerminal {
		slow := time.AfterFunc(app.Patience, func() { env.Notice("waiting for %s to answer", cmp.Or(c.name, config.URL)) })
		defer slow.Stop()
	}
	conn, err := broker.Dial(ctx, config)
	var e *broker.Error
	if errors.As(err, &e) && (e.Kind == broker.Auth || e.Kind == broker.Lost) {
		// The broker may let certain client ids in and no other.
		if text := c.unusedID(); text != "" {
			env.Notice("%s", text)
		}
	}
	return conn, err
}

// dialable is the configuration with the password, for which it may ask.
func (c *connection) dialable(ctx context.Context, env *app.Env) (broker.Config, error) {
	if text := c.password.warning(); text != "" {
		env.Notice("warning: %s", text)
	}
	if err := c.password.ask(ctx, env, c.config.Username); err != nil {
		return broker.Config{}, err
	}
	config := c.config
	config.Clock = env.Clock
	if c.password.given() {
		config.Password = func() (string, error) { return c.password.read(ctx) }
	}
	return config, nil
}

// onOneProcessor keeps the goroutines that hand each message on to one another
// on one processor, unless the user says otherwise, until the function that it
// returns is called. Waking the next one on another processor costs a third of
// all that a message costs; one is enough for a broker's fastest stream.
func onOneProcessor() (undo func()) {
	if os.Getenv("GOMAXPROCS") != "" {
		return func() {}
	}
	before := runtime.GOMAXPROCS(1)
	return func() { runtime.GOMAXPROCS(before) }
}

// levelTrace is where the broker package tells about each packet.
const levelTrace = slog.LevelDebug - 4

// logger is where the details go that -v and -vv ask for.
func (o *connectionOptions) logger(env *app.Env) *slog.Logger {
	level := slog.LevelDebug
	if o.trace {
		level = levelTrace
	}
	return slog.New(tint.NewTextHandler(env.Stderr, &tint.Options{
		Level:      level,
		TimeFormat: "15:04:05.000",
		NoColor:    !o.output.Colored(env.StderrTerminal),
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if level, ok := a.Value.Any().(slog.Level); ok && level == levelTrace && a.Key == slog.LevelKey && len(groups) == 0 {
				a.Value = slog.StringValue("TRC") // the handler has no name for it
			}
			return a
		},
	}))
}

// either is a switch as the command line or else the file has it.
func either(option, file codec.Opt[bool]) bool {
	if option.Set {
		return option.Value
	}
	return file.Value
}

// withPort puts --port into the address of a broker. The port of an address
// in the file is the default for it.
func (o *connectionOptions) withPort(address string, inFile bool) (string, error) {
	if o.port == 0 {
		return address, nil
	}
	port := strconv.Itoa(o.port)
	scheme, rest, ok := strings.Cut(address, "://")
	if ok {
		scheme += "://"
	} else {
		scheme, rest = "", address
	}
	authority, path := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	if strings.Contains(authority, "@") {
		return address, nil // which the broker package refuses, without showing it
	}
	host, old, err := net.SplitHostPort(authority)
	if err != nil {
		host, old = strings.Trim(authority, "[]"), ""
	}
	switch {
	case old == "" || old == port || inFile:
		return scheme + net.JoinHostPort(host, port) + path, nil
	case o.variables["port"]:
		return address, nil // what was typed comes before a variable
	}
	return "", app.Usagef("the address %s has a port, --port says %s: choose one", address, port)
}
