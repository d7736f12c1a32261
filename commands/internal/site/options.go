package site

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/cmdline"
)

// Options are the options of every command that connects to a broker, as they were typed
// or set by variables. An empty field was not given.
//
// It has a field for each option.
// It has a field for each option.
type Options struct {
	Variables map[string]bool // the options that were not typed, but taken from their variables

	configFile string
	Broker     string // name in the file, or address
	port       int

	tls, insecure, Persistent codec.Opt[bool]

	ca, cert, key, serverName, alpn, proxy string
	ClientID                               string
	keepAlive                              time.Duration

	willTopic, willPayload string
	willQoS                int
	willRetain             bool
	stays                  bool // the command stays connected, so it uses the last will of the file

	username, passwordFile string
	prompt                 bool // ask for the password

	Prefix                                 codec.Opt[string]
	SnapshotTopic, AlarmTopic, StatusTopic string

	anyID bool // the id of a reader is used as it was typed

	Verbose, Trace bool
}

// Flags returns new flags that fill o.
func (o *Options) Flags() []cmdline.Flag {
	as := func(name, usage string, aliases ...string) cmdline.Spec {
		return cmdline.Spec{Name: name, Usage: usage, Aliases: aliases, Category: cmdline.ConnectionCategory}
	}
	text := func(name string, destination *string, usage string, aliases ...string) cmdline.Flag {
		return o.withVariable(as(name, usage, aliases...)).Text(destination, nil)
	}
	port := o.withVariable(as("port", "port of the broker `NUMBER`, when it is not in the address"))
	port.Default = "1883, with TLS 8883"
	return []cmdline.Flag{
		text("broker", &o.Broker, "connect to `BROKER`: a name in the configuration file, or an address such as mqtts://host:8883", "addr"),
		port.Number(&o.port, cmdline.Checked(checkPort)),
		o.withVariable(as("tls", "connect with TLS; --ca, --cert and --key imply it")).OnOrOff(&o.tls),
		text("ca", &o.ca, "trust the authorities in `FILE` (PEM), besides the system's"),
		text("cert", &o.cert, "show the client certificate in `FILE` (PEM)"),
		text("key", &o.key, "take its key from `FILE` (PEM), if it is not in that of --cert"),
		as("insecure", "accept any certificate: anybody on the way can then read and change everything").OnOrOff(&o.insecure),
		text("username", &o.username, "`NAME` of the user", "u"),
		text("password-file", &o.passwordFile, "take the password from the first line of `FILE`"),
		// The variable of this option holds the password itself. The library must not read
		// the variable, because it would use its value as the value of this option.
		as("password", "ask for the password on the terminal with `-`; it is never typed here [$MQTOOL_PASSWORD]").Text(nil, cmdline.Checked(o.setPrompt)),
		as("client-id", "connect as `ID`; another client with this id loses its connection (default: a random id)", "clientid").Text(&o.ClientID, nil),
		text("config", &o.configFile, "take brokers and devices from `FILE` (default: mqtool/config.toml in the user's configuration directory)"),
		as("verbose", "print details, and what happens to the connection, to stderr", "v").Switch(&o.Verbose),
		as("trace", "print every packet to stderr", "vv").Switch(&o.Trace),
	}
}

// ListenerFlags returns flags for the command whose session the broker may keep. Only this
// command takes its client id from the variable or the file. Any other client with this id
// would disconnect the listener, and, because it does not keep its session, it would make
// the broker delete the listener's session.
func (o *Options) ListenerFlags() []cmdline.Flag {
	id := cmdline.Spec{
		Name: "client-id", Aliases: []string{"clientid"}, Category: cmdline.ConnectionCategory,
		Usage: "connect as `ID`; another client with this id loses its connection (default: a random id; with --persistent client_id in the configuration file)",
	}
	persistent := cmdline.Spec{
		Name: "persistent", Category: cmdline.ConnectionCategory,
		Usage: "let the broker keep the session and what comes in while mqtool is away; needs a client id",
	}
	flags := o.Flags()
	i := slices.IndexFunc(flags, func(f cmdline.Flag) bool { return f.Names()[0] == id.Name })
	flags = slices.Replace(flags, i, i+1, cmdline.Flag(o.withVariable(id).Text(&o.ClientID, nil)), cmdline.Flag(persistent.OnOrOff(&o.Persistent)))
	return append(flags, o.stayFlags()...)
}

// stayFlags returns new flags for a client that stays connected.
func (o *Options) stayFlags() []cmdline.Flag {
	o.stays = true
	as := func(name, usage string) cmdline.Spec {
		return cmdline.Spec{Name: name, Usage: usage, Category: cmdline.ConnectionCategory}
	}
	keepAlive := as("keepalive", "send a ping after `TIME` without a message (MQTT keep-alive)")
	keepAlive.Default = "30s"
	payload := as("will-payload", "the payload of the last will is `TEXT`")
	payload.MayBeEmpty = true
	qos := as("will-qos", "the QoS of the last will is `QOS` 0, 1 or 2")
	qos.Default = "0"
	return []cmdline.Flag{
		keepAlive.Time(&o.keepAlive, cmdline.Checked(checkKeepAlive)),
		as("will-topic", "let the broker publish a last will on `TOPIC` when the connection breaks").Text(&o.willTopic, nil),
		payload.Text(&o.willPayload, nil),
		qos.Number(&o.willQoS, cmdline.QoS("will-qos")),
		as("will-retain", "the last will is retained").Switch(&o.willRetain),
	}
}

// NetworkFlags returns new flags for the command that finds out which of these settings a
// connection needs. Other commands take them from the configuration file.
func (o *Options) NetworkFlags() []cmdline.Flag {
	as := func(name, usage string) cmdline.Spec {
		return cmdline.Spec{Name: name, Usage: usage, Category: cmdline.ConnectionCategory}
	}
	return []cmdline.Flag{
		as("server-name", "`NAME` in the broker's certificate, when it is not the host's").Text(&o.serverName, nil),
		as("alpn", "offer `PROTOCOLS` inside TLS, separated by commas").Text(&o.alpn, nil),
		as("proxy", "connect through the proxy at `URL`, socks5:// or http://").Text(&o.proxy, nil),
	}
}

// AnyIDFlag returns a new flag for the commands that take the ids of readers.
func (o *Options) AnyIDFlag() cmdline.Flag {
	return cmdline.Spec{Name: "any-id", Category: cmdline.ConnectionCategory, Usage: "use the id of a reader exactly as it is typed"}.Switch(&o.anyID)
}

// TopicFlags returns new flags that set the topics on which devices publish, for the
// commands that use these topics.
func (o *Options) TopicFlags() []cmdline.Flag {
	prefix := o.withVariable(cmdline.Spec{
		Name: "prefix", Category: cmdline.ConnectionCategory, Default: `"springcard/springcore"`,
		Usage:      "readers have topics that begin with `PREFIX` (register 028E)",
		MayBeEmpty: true, // readers may have no prefix
	})
	flags := []cmdline.Flag{prefix.Text(nil, cmdline.Checked(o.setPrefix))}
	for _, topic := range []struct {
		name        string
		destination *string
		usage       string
	}{
		{"snapshot-topic", &o.SnapshotTopic, "cameras publish snapshots on `TOPIC`, not on 4GSolarCam/Snapshot"},
		{"alarm-topic", &o.AlarmTopic, "cameras publish alarms on `TOPIC`, not on 4GSolarCam/Alarm"},
		{"status-topic", &o.StatusTopic, "cameras publish their status on `TOPIC`, not on 4GSolarCam/Status"},
	} {
		s := o.withVariable(cmdline.Spec{Name: topic.name, Category: cmdline.ConnectionCategory, Usage: topic.usage})
		flags = append(flags, s.Text(topic.destination, cmdline.Checked(func(value string) error {
			if err := broker.ValidFilter(value); err != nil {
				return app.Usagef("--%s: %v", topic.name, err)
			}
			return nil
		})))
	}
	return flags
}

// withVariable gives an option a variable, and records when its value comes from there.
func (o *Options) withVariable(s cmdline.Spec) cmdline.Spec {
	s.Variable = true
	s.NoteTaken = func() {
		if o.Variables == nil {
			o.Variables = map[string]bool{}
		}
		o.Variables[s.Name] = true
	}
	return s
}

// setPrompt makes the command ask for the password.
func (o *Options) setPrompt(value string) error {
	if value != "-" {
		return app.Usagef("--password can only be - (ask on the terminal): everybody on this machine can read in the process list what you typed, so change that password; use --password-file or MQTOOL_PASSWORD")
	}
	o.prompt = true
	return nil
}

func (o *Options) setPrefix(value string) error {
	prefix, err := parsePrefix(value)
	if err != nil {
		return app.Usagef("--prefix: %v", err)
	}
	o.Prefix = codec.Some(prefix)
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

// validKeepAlive checks that MQTT can express this time.
func validKeepAlive(d time.Duration) error {
	if d < time.Second || d > 65535*time.Second || d%time.Second != 0 {
		return fmt.Errorf("it can be 1s to %v, in whole seconds", 65535*time.Second)
	}
	return nil
}

// parsePrefix reads a prefix of topics, which may be empty.
func parsePrefix(s string) (string, error) {
	s = strings.TrimRight(s, "/")
	return s, broker.ValidFilter(s + "/x") // another level always follows the prefix
}

// levelTrace is the level at which the broker package logs each packet.
const levelTrace = slog.LevelDebug - 4

// Logger returns the logger for the details that -v and -vv ask for.
func (o *Options) Logger(env *app.Env) *slog.Logger {
	level := slog.LevelDebug
	if o.Trace {
		level = levelTrace
	}
	return slog.New(slog.NewTextHandler(env.Stderr, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			switch {
			case len(groups) > 0:
			case a.Key == slog.TimeKey:
				a.Value = slog.StringValue(a.Value.Time().Format("15:04:05.000"))
			case a.Key == slog.LevelKey && a.Value.Any() == levelTrace:
				a.Value = slog.StringValue("TRACE") // log/slog would write DEBUG-4
			}
			return a
		},
	}))
}
