package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mqtool/codec"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/render"
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
}

// connectionCategory is the part of the help that has the options of the
// connection.
const connectionCategory = "CONNECTION"

// connectionFlags are fresh flags that fill o.
func connectionFlags(o *connectionOptions) []cli.Flag {
	plain := func(name string, destination *string, usage string, aliases ...string) *cli.StringFlag {
		return &cli.StringFlag{Name: name, Aliases: aliases, Category: connectionCategory, Destination: destination, Usage: usage}
	}
	text := func(name string, destination *string, usage string, aliases ...string) cli.Flag {
		return o.withVariable(plain(name, destination, usage, aliases...))
	}
	return []cli.Flag{
		text("broker", &o.broker, "connect to `BROKER`: a name in the configuration file, or an address such as mqtts://host:8883 (default: "+defaultBroker+")", "addr"),
		o.withVariable(&cli.IntFlag{
			Name: "port", Category: connectionCategory, Destination: &o.port,
			Usage: "port of the broker `NUMBER`, when it is not in the address", DefaultText: "1883, with TLS 8883", Action: checkPort,
		}),
		o.withVariable(switchFlag("tls", &o.tls, "connect with TLS; --ca, --cert and --key imply it")),
		text("ca", &o.ca, "trust the authorities in `FILE` (PEM), besides the system's"),
		text("cert", &o.cert, "the client's certificate is in `FILE` (PEM)"),
		text("key", &o.key, "its key is in `FILE` (PEM), if not in that of --cert"),
		text("server-name", &o.serverName, "`NAME` in the broker's certificate, when it is not the host's"),
		text("alpn", &o.alpn, "offer `PROTOCOLS` inside TLS, separated by commas"),
		switchFlag("insecure", &o.insecure, "believe any certificate: whoever sits between can read and change everything"),
		text("proxy", &o.proxy, "connect through the proxy at `URL`, socks5:// or http://"),
		text("username", &o.username, "`NAME` of the user"),
		text("password-file", &o.passwordFile, "the password is the first line of `FILE`"),
		&cli.StringFlag{
			// Its variable holds the password itself: the library must not
			// see it, because it would take it for what stands here.
			Name: "password", Category: connectionCategory,
			Usage: "ask for the password on the terminal with `-`; it is never typed here [$MQTOOL_PASSWORD]",
			Action: func(_ *cli.Context, value string) error {
				if value != "-" {
					return usageErrorf("--password can only be - (ask on the terminal): what stands here, everybody on this machine can read in the process list, so change that password; use --password-file or MQTOOL_PASSWORD")
				}
				o.prompt = true
				return nil
			},
		},
		plain("client-id", &o.clientID, "connect as `ID`; a client that has it is thrown off (default: one that nobody else has)", "clientid"),
		o.withVariable(&cli.DurationFlag{
			Name: "keepalive", Category: connectionCategory, Destination: &o.keepAlive,
			Usage: "look after `TIME` of silence whether the broker is still there", DefaultText: "30s", Action: checkKeepAlive,
		}),
		plain("will-topic", &o.willTopic, "have the broker publish on `TOPIC` when the connection breaks"),
		&option{documentedFlag: plain("will-payload", &o.willPayload, "... this `TEXT`"), mayBeEmpty: true},
		&cli.IntFlag{
			Name: "will-qos", Category: connectionCategory, Destination: &o.willQoS,
			Usage: "... with `QOS` 0, 1 or 2", DefaultText: "0", Action: checkQoS("will-qos"),
		},
		&cli.BoolFlag{
			Name: "will-retain", Category: connectionCategory, Destination: &o.willRetain,
			Usage: "... and keep it", DisableDefaultText: true,
		},
		text("config", &o.configFile, "brokers and devices are in `FILE` (default: mqtool/config.toml in the user's configuration directory)"),
		&cli.BoolFlag{
			Name: "verbose", Category: connectionCategory, Aliases: []string{"v"}, Destination: &o.verbose,
			Usage: "tell about the connection on stderr", DisableDefaultText: true, Action: o.noteColor,
		},
		&cli.BoolFlag{
			Name: "trace", Category: connectionCategory, Aliases: []string{"vv"}, Destination: &o.trace,
			Usage: "tell about every packet", DisableDefaultText: true, Action: o.noteColor,
		},
	}
}

// listenerFlags are fresh flags that fill o, for the command whose session the
// broker may keep. Only that one takes its client id from the variable or the
// file: any other client with this id would throw the listener off and, having
// a session that is not kept, make the broker delete the listener's.
func listenerFlags(o *connectionOptions) []cli.Flag {
	flags := connectionFlags(o)
	i := slices.IndexFunc(flags, func(f cli.Flag) bool { return f.Names()[0] == "client-id" })
	id := flags[i].(*cli.StringFlag)
	id.Usage = "connect as `ID`; a client that has it is thrown off (default: one that nobody else has; with --persistent client_id in the configuration file)"
	flags[i] = o.withVariable(id)
	return slices.Insert(flags, i+1, cli.Flag(switchFlag("persistent", &o.persistent,
		"let the broker keep the session, with what comes in while nobody is connected; needs a client id")))
}

// topicFlags are fresh flags that fill o with where devices publish, for the
// commands that have a use for it.
func topicFlags(o *connectionOptions) []cli.Flag {
	text := func(name string, destination *string, usage string) cli.Flag {
		return o.withVariable(&cli.StringFlag{
			Name: name, Category: connectionCategory, Destination: destination, Usage: usage, Action: checkFilter(name),
		})
	}
	prefix := o.withVariable(&cli.StringFlag{
		Name: "prefix", Category: connectionCategory, DefaultText: `"springcard/springcore"`,
		Usage: "topics of the readers begin with `PREFIX` (register 028E)",
		Action: func(_ *cli.Context, value string) error {
			prefix, err := parsePrefix(value)
			if err != nil {
				return usageErrorf("--prefix: %v", err)
			}
			o.prefix = codec.Some(prefix)
			return nil
		},
	})
	prefix.mayBeEmpty = true // readers need not have one
	return []cli.Flag{
		prefix,
		text("snapshot-topic", &o.snapshotTopic, "cameras publish snapshots on `TOPIC`, not on 4GSolarCam/Snapshot"),
		text("alarm-topic", &o.alarmTopic, "cameras publish alarms on `TOPIC`, not on 4GSolarCam/Alarm"),
		text("status-topic", &o.statusTopic, "cameras publish their status on `TOPIC`, not on 4GSolarCam/Status"),
	}
}

// withVariable makes a flag an option that has a variable.
func (o *connectionOptions) withVariable(flag documentedFlag) *option {
	name := flag.Names()[0]
	return &option{
		documentedFlag: flag, variable: variable(name),
		noteTaken: func() {
			if o.variables == nil {
				o.variables = map[string]bool{}
			}
			o.variables[name] = true
		},
	}
}

// switchFlag is a switch that the command line can turn off, too, when the
// configuration file turns it on.
func switchFlag(name string, destination *codec.Opt[bool], usage string) *cli.BoolFlag {
	return &cli.BoolFlag{
		Name: name, Category: connectionCategory, Usage: usage, DisableDefaultText: true,
		Action: func(_ *cli.Context, value bool) error {
			*destination = codec.Some(value)
			return nil
		},
	}
}

// noteColor notes what the command's own option says about color.
func (o *connectionOptions) noteColor(c *cli.Context, _ bool) error {
	return nil
}

func checkPort(_ *cli.Context, port int) error {
	if port < 1 || port > 65535 {
		return usageErrorf("--port %d: a port is a number from 1 to 65535", port)
	}
	return nil
}

func checkKeepAlive(_ *cli.Context, d time.Duration) error {
	if err := validKeepAlive(d); err != nil {
		return usageErrorf("--keepalive %v: %v", d, err)
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

// checkQoS checks the value of an option that is a quality of service.
func checkQoS(option string) func(*cli.Context, int) error {
	return func(_ *cli.Context, value int) error {
		if value < 0 || value > 2 {
			return usageErrorf("--%s %d: it can be 0, 1, 2", option, value)
		}
		return nil
	}
}

// checkFilter checks the value of an option that is a topic or topic filter.
func checkFilter(option string) func(*cli.Context, string) error {
	return func(_ *cli.Context, value string) error {
		if err := broker.ValidFilter(value); err != nil {
			return usageErrorf("--%s: %v", option, err)
		}
		return nil
	}
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
func (o *connectionOptions) prepare(ctx context.Context, env *environment, family string, names []string) (*connection, []device, error) {
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
			notice(env, "%s", d.doubt)
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
		sessionID:     cmp.Or(os.Getenv(variable("client-id")), b.clientID),
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
		return nil, usageErrorf("--persistent needs a client id, by which the broker knows the session: --client-id, %s, or client_id in the configuration file", variable("client-id"))
	case c.password.given() && c.config.Username == "":
		return nil, usageErrorf("a password needs a user name: MQTT has none without --username")
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
		if near := closest(word, names); near != "" && !strings.ContainsAny(word, ":.@/") {
			return "", b, usageErrorf("no broker %q in %s; did you mean %q? (a host of that name is written mqtt://%s)", word, s.file, near, word)
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
			return "", b, usageErrorf("%s is on broker %s, %s on %s: a command talks to one broker at a time", first.name, first.broker, d.name, d.broker)
		}
	}
	name = cmp.Or(first.broker, s.defaultBroker)
	return name, s.brokers[name], nil
}

// will is what the options say about it, or nil.
func (o *connectionOptions) will() (*broker.Will, error) {
	if o.willTopic == "" {
		if o.willPayload != "" || o.willQoS != 0 || o.willRetain {
			return nil, usageErrorf("a will needs --will-topic")
		}
		return nil, nil
	}
	if err := broker.ValidTopic(o.willTopic); err != nil {
		return nil, usageErrorf("--will-topic: %v", err)
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
	if os.Getenv(variable("client-id")) != "" {
		source = variable("client-id")
	}
	return fmt.Sprintf("the client id %q of %s is not used: it is for listen --persistent alone (--client-id takes it)", c.sessionID, source)
}

// brief is how long a person waits without being told for what.
const brief = time.Second

// dial connects. What happens to the connection is told on stderr.
func (c *connection) dial(ctx context.Context, env *environment) (*broker.Conn, error) {
	config, err := c.dialable(ctx, env)
	if err != nil {
		return nil, err
	}
	also := config.Notify
	config.Notify = func(e broker.Event) {
		if e.Kind != broker.EventConnected { // which -v tells
			notice(env, "%v", e)
		}
		if also != nil {
			also(e)
		}
	}
	if env.stderrTerminal {
		slow := time.AfterFunc(brief, func() { notice(env, "waiting for %s to answer", cmp.Or(c.name, config.URL)) })
		defer slow.Stop()
	}
	conn, err := broker.Dial(ctx, config)
	var e *broker.Error
	if errors.As(err, &e) && (e.Kind == broker.Auth || e.Kind == broker.Lost) {
		// The broker may let certain client ids in and no other.
		if text := c.unusedID(); text != "" {
			notice(env, "%s", text)
		}
	}
	return conn, err
}

// dialable is the configuration with the password, for which it may ask.
func (c *connection) dialable(ctx context.Context, env *environment) (broker.Config, error) {
	if text := c.password.warning(); text != "" {
		notice(env, "warning: %s", text)
	}
	if err := c.password.ask(ctx, env, c.config.Username); err != nil {
		return broker.Config{}, err
	}
	config := c.config
	config.Clock = env.clock
	if c.password.given() {
		config.Password = func() (string, error) { return c.password.read(ctx) }
	}
	return config, nil
}

// notice tells a person something that is not the end of the command.
func notice(env *environment, format string, args ...any) {
	fmt.Fprintf(env.stderr, "mqtool: %s\n", render.Safe(fmt.Sprintf(format, args...)))
}

// levelTrace is where the broker package tells about each packet.
const levelTrace = slog.LevelDebug - 4

// logger is where the details go that -v and -vv ask for.
func (o *connectionOptions) logger(env *environment) *slog.Logger {
	level := slog.LevelDebug
	if o.trace {
		level = levelTrace
	}
	return slog.New(slog.NewTextHandler(env.stderr, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			switch {
			case len(groups) > 0:
			case a.Key == slog.TimeKey:
				a.Value = slog.StringValue(a.Value.Time().Format("15:04:05.000"))
			case a.Key == slog.LevelKey && a.Value.Any() == slog.Level(levelTrace):
				a.Value = slog.StringValue("TRACE") // which log/slog would call DEBUG-4
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
	return "", usageErrorf("the address %s has a port, --port says %s: choose one", address, port)
}
