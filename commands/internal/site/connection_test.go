package site

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v2"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/cmdline"
)

// parseOptions parses a command line with the connection options only.
func parseOptions(t *testing.T, args ...string) (Options, error) {
	t.Helper()
	var o Options
	env := app.NewEnv(strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{})
	command := &cli.Command{
		Name: "connect", Flags: slices.Concat(o.ListenerFlags(), o.NetworkFlags(), o.TopicFlags()),
		Action: func(*cli.Context) error { return nil },
	}
	err := cmdline.Run(t.Context(), env, append([]string{"mqtool", "connect"}, args...), []*cli.Command{command})
	return o, err
}

// fileOfTests are settings with every key.
const fileOfTests = `
default_broker = "plain"

[broker.plain]
url = "mqtt://plain"

[broker.full]
url = "mqtts://full:8884"
tls = true
ca = "/ca"
cert = "/cert"
key = "/key"
server_name = "name"
alpn = ["mqtt", "x-mqtt"]
insecure = true
proxy = "socks5://proxy"
client_id = "id"
username = "alice"
password_file = "/password"
keepalive = "10s"
prefix = "site/one/"
snapshot_topic = "snap"
alarm_topic = "alarm"
status_topic = "+/status"

[broker.program]
url = "program:1884"
username = "alice"
password_command = ["pass", "alice"]

[device.gate]
family = "milesight"
mac = "5c:c5:63:8a:e2:4c"
broker = "full"

[device.desk]
id = "desk-1"

[device.lift]
family = "springcore"
id = "D55BF1F8"
broker = "program"
`

func settingsOfTests(t *testing.T) *Settings {
	t.Helper()
	s, err := parseSettings(fileOfTests)
	if err != nil {
		t.Fatal(err)
	}
	s.File = "config.toml"
	return s
}

// TestPrecedence checks that an option comes before its variable, the variable before the
// file, and the file before the default.
func TestPrecedence(t *testing.T) {
	full := broker.Config{
		URL: "mqtts://full:8884", TLS: true, CAFile: "/ca", CertFile: "/cert", KeyFile: "/key", ServerName: "name",
		ALPN: []string{"mqtt", "x-mqtt"}, Insecure: true, Proxy: "socks5://proxy", Username: "alice",
		KeepAlive: 10 * time.Second, QoS: 1,
	}
	with := func(change func(*broker.Config)) broker.Config {
		c := full
		change(&c)
		return c
	}
	for _, tt := range []struct {
		name      string
		variables map[string]string
		args      []string
		want      broker.Config
	}{
		{"file", nil, []string{"--broker", "full"}, full},
		{
			"the client id of the file is for a persistent session alone", nil,
			[]string{"--broker", "full", "--persistent"},
			with(func(c *broker.Config) { c.Persistent, c.ClientID = true, "id" }),
		},
		{
			"the variable's client id comes before the file's",
			map[string]string{"MQTOOL_CLIENT_ID": "env"},
			[]string{"--broker", "full", "--persistent"},
			with(func(c *broker.Config) { c.Persistent, c.ClientID = true, "env" }),
		},
		{
			"the option's client id comes before the variable's",
			map[string]string{"MQTOOL_CLIENT_ID": "env"},
			[]string{"--broker", "full", "--persistent", "--client-id", "typed"},
			with(func(c *broker.Config) { c.Persistent, c.ClientID = true, "typed" }),
		},
		{
			"the variable's client id is for a persistent session alone",
			map[string]string{"MQTOOL_CLIENT_ID": "env"},
			[]string{"--broker", "full"},
			full,
		},
		{
			"a client id that is typed is taken",
			map[string]string{"MQTOOL_CLIENT_ID": "id"},
			[]string{"--broker", "full", "--client-id", "id"},
			with(func(c *broker.Config) { c.ClientID = "id" }),
		},
		{"default broker of the file", nil, nil, broker.Config{URL: "mqtt://plain", QoS: 1}},
		{"an address takes nothing from the file", nil, []string{"--broker", "full:1883"}, broker.Config{URL: "full:1883", QoS: 1}},
		{
			"variable before file",
			map[string]string{"MQTOOL_BROKER": "full", "MQTOOL_CA": "/env", "MQTOOL_TLS": "false"},
			nil,
			with(func(c *broker.Config) { c.CAFile, c.TLS = "/env", false }),
		},
		{
			"every variable",
			map[string]string{
				"MQTOOL_BROKER": "full", "MQTOOL_PORT": "1", "MQTOOL_TLS": "0", "MQTOOL_CA": "a", "MQTOOL_CERT": "b", "MQTOOL_KEY": "c",
				"MQTOOL_USERNAME": "i",
			},
			nil,
			with(func(c *broker.Config) {
				c.URL, c.TLS, c.CAFile, c.CertFile, c.KeyFile, c.Username = "mqtts://full:1", false, "a", "b", "c", "i"
			}),
		},
		{
			"what is no matter of a variable",
			map[string]string{"MQTOOL_BROKER": "plain", "MQTOOL_INSECURE": "1", "MQTOOL_PERSISTENT": "1", "MQTOOL_WILL_TOPIC": "t", "MQTOOL_VERBOSE": "1"},
			nil,
			broker.Config{URL: "mqtt://plain", QoS: 1},
		},
		{
			"option before variable",
			map[string]string{"MQTOOL_BROKER": "plain", "MQTOOL_CA": "/env", "MQTOOL_TLS": "true"},
			[]string{"--broker", "full", "--ca", "/option", "--keepalive", "7s", "--tls=false"},
			with(func(c *broker.Config) { c.CAFile, c.KeepAlive, c.TLS = "/option", 7*time.Second, false }),
		},
		{
			"empty variables are not there",
			map[string]string{"MQTOOL_CA": "", "MQTOOL_TLS": "", "MQTOOL_PORT": "", "MQTOOL_PREFIX": ""},
			[]string{"--broker", "full"},
			full,
		},
		{"every option", nil, []string{
			"--broker", "full", "--port", "1", "--tls=false", "--ca", "a", "--cert", "b", "--key", "c", "--server-name", "d", "--alpn", "e, f",
			"--insecure=false", "--proxy", "g", "--client-id", "h", "--persistent", "--keepalive", "2s", "--username", "i",
			"--will-topic", "j", "--will-payload", "k", "--will-qos", "2", "--will-retain",
		}, broker.Config{
			URL: "mqtts://full:1", CAFile: "a", CertFile: "b", KeyFile: "c", ServerName: "d", ALPN: []string{"e", "f"}, Proxy: "g", ClientID: "h",
			Persistent: true, KeepAlive: 2 * time.Second, Username: "i", QoS: 1,
			Will: &broker.Will{Topic: "j", Payload: []byte("k"), QoS: 2, Retain: true},
		}},
		{
			"a certificate does not take the key of another", nil,
			[]string{"--broker", "full", "--cert", "both.pem"},
			with(func(c *broker.Config) { c.CertFile, c.KeyFile = "both.pem", "" }),
		},
		{
			"the vendor's names", nil,
			[]string{"--addr=host", "--port=8884", "--tls", "--ca=ca.pem", "--cert=c.pem", "--key=k.pem", "--clientid=scrdr"},
			broker.Config{URL: "host:8884", TLS: true, CAFile: "ca.pem", CertFile: "c.pem", KeyFile: "k.pem", ClientID: "scrdr", QoS: 1},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for key, value := range tt.variables {
				t.Setenv(key, value)
			}
			o, err := parseOptions(t, tt.args...)
			if err != nil {
				t.Fatal(err)
			}
			c, err := o.resolve(settingsOfTests(t), nil)
			if err != nil {
				t.Fatal(err)
			}
			tt.want.MaxPayload = codec.MaxPayload // always
			if !reflect.DeepEqual(c.Config, tt.want) {
				t.Errorf("got\n%+v, want\n%+v", c.Config, tt.want)
			}
		})
	}

	o, err := parseOptions(t)
	if err != nil {
		t.Fatal(err)
	}
	c, err := o.resolve(&Settings{}, nil)
	if err != nil || c.Config.URL != "" || app.ExitCode(c.Named()) != app.Usage {
		t.Errorf("without a file: %+v, %v", c, err)
	}
}

// TestNoBroker checks that a command which does not know where to connect says what to do.
func TestNoBroker(t *testing.T) {
	two := map[string]brokerSettings{"hall": {urls: oneOrMore{"a"}}, "yard": {urls: oneOrMore{"b"}}}
	const start = "no broker is named: --broker HOST, MQTOOL_BROKER, or "
	for _, tt := range []struct {
		settings Settings
		want     string
	}{
		{Settings{absent: "/etc/c.toml"}, start + "/etc/c.toml (not there; mqtool init makes it)"},
		{Settings{File: "c.toml"}, start + "[broker.NAME] in c.toml"},
		{Settings{File: "c.toml", brokers: two}, start + "default_broker in c.toml, which has hall, yard"},
		{Settings{}, start + "--config FILE (no file is looked for, because there is no home directory)"},
	} {
		var o Options
		c, err := o.resolve(&tt.settings, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Named(); app.ExitCode(err) != app.Usage || err.Error() != tt.want {
			t.Errorf("%+v: %v, want %s", tt.settings, err, tt.want)
		}
	}
	s, err := parseSettings("[broker.hall]\nurl = \"a\"")
	if err != nil || s.defaultBroker != "hall" || !s.onlyBroker {
		t.Errorf("one broker: got %+v, %v", s, err)
	}
}

// TestBadVariables checks that an error names the variable, and not an option that was not
// typed.
func TestBadVariables(t *testing.T) {
	for _, tt := range []struct{ name, value, want string }{
		{"MQTOOL_PORT", "0", "MQTOOL_PORT 0: a port is a number from 1 to 65535"},
		{"MQTOOL_PORT", "x", `MQTOOL_PORT "x": not a whole number (see "mqtool connect --help")`},
		{"MQTOOL_TLS", "perhaps", `MQTOOL_TLS "perhaps": it can be 1 or 0, true or false (see "mqtool connect --help")`},
		{"MQTOOL_PREFIX", "a/#", "MQTOOL_PREFIX: "},
		{"MQTOOL_STATUS_TOPIC", "a#", "MQTOOL_STATUS_TOPIC: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv(tt.name, tt.value)
			if _, err := parseOptions(t); app.ExitCode(err) != app.Usage || !strings.HasPrefix(fmt.Sprint(err), tt.want) {
				t.Errorf("%q: got %v, want %q", tt.value, err, tt.want)
			}
		})
	}
	// If the option is typed, the variable's value does not matter.
	t.Setenv("MQTOOL_PORT", "x")
	if _, err := parseOptions(t, "--port", "1"); err != nil {
		t.Error(err)
	}
}

func TestTopics(t *testing.T) {
	for _, tt := range []struct {
		args                    []string
		prefix                  string
		snapshot, alarm, status string
	}{
		{nil, "springcard/springcore", "", "", ""},
		{[]string{"--broker", "full"}, "site/one", "snap", "alarm", "+/status"},
		{[]string{"--broker", "full", "--prefix", "a/b/", "--snapshot-topic", "s", "--alarm-topic", "l", "--status-topic", "t"}, "a/b", "s", "l", "t"},
		{[]string{"--broker", "full", "--prefix", ""}, "", "snap", "alarm", "+/status"},
		{[]string{"--broker", "full", "--prefix="}, "", "snap", "alarm", "+/status"},
	} {
		t.Setenv("MQTOOL_PREFIX", "") // which is not set, whatever is typed
		o, err := parseOptions(t, tt.args...)
		if err != nil {
			t.Fatal(err)
		}
		c, err := o.resolve(settingsOfTests(t), nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.ReaderPrefix() != tt.prefix || c.SnapshotTopic != tt.snapshot || c.AlarmTopic != tt.alarm || c.StatusTopic != tt.status {
			t.Errorf("%q: got %q %q %q %q", tt.args, c.ReaderPrefix(), c.SnapshotTopic, c.AlarmTopic, c.StatusTopic)
		}
	}
}

func TestWithPort(t *testing.T) {
	for _, tt := range []struct {
		address string
		inFile  bool
		want    string
	}{
		{"host", false, "host:8884"},
		{"mqtts://host", false, "mqtts://host:8884"},
		{"mqtts://host:8884", false, "mqtts://host:8884"},
		{"mqtts://host:1", true, "mqtts://host:8884"},
		{"mqtts://host:1", false, ""},
		{"::1", false, "[::1]:8884"},
		{"[::1]", false, "[::1]:8884"},
		{"[::1]:1", true, "[::1]:8884"},
		{"ws://host/mqtt", false, "ws://host:8884/mqtt"},
		{"ws://host:80/mqtt?a=b:c", true, "ws://host:8884/mqtt?a=b:c"},
		{"mqtt://a:b@host", false, "mqtt://a:b@host"}, // refused later, without showing it
	} {
		o := Options{port: 8884}
		got, err := o.withPort(tt.address, tt.inFile)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s: got %q, %v, want %q", tt.address, got, err, tt.want)
		}
	}
	// A typed address comes before a variable.
	t.Setenv("MQTOOL_PORT", "1885")
	o, err := parseOptions(t, "--broker", "host:1")
	if err != nil {
		t.Fatal(err)
	}
	if c, err := o.resolve(&Settings{}, nil); err != nil || c.Config.URL != "host:1" {
		t.Errorf("got %+v, %v", c, err)
	}
	// An option also counts as typed if it has the same value as the variable.
	if o, err = parseOptions(t, "--broker", "host:1", "--port", "1885"); err != nil {
		t.Fatal(err)
	}
	if c, err := o.resolve(&Settings{}, nil); app.ExitCode(err) != app.Usage {
		t.Errorf("got %+v, %v; want a usage error", c, err)
	}
}

func TestConnectionUsage(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"--password=hunter2", "--password can only be -"},
		{"--password - --password-file x --username a", "choose one"},
		{"--password-file x", "a password needs a user name"},
		{"--port 70000", "1 to 65535"},
		{"--port 0", "--port 0: a port is a number from 1 to 65535"},
		{"--port -1", "1 to 65535"},
		{"--keepalive 1ms", "1s to"},
		{"--keepalive 1500ms", "whole seconds"},
		{"--keepalive 0s", "1s to"},
		{"--persistent", "--client-id"},
		{"--will-payload x", "--will-topic"},
		{"--will-topic a/+", "--will-topic"},
		{"--will-topic a --will-qos 3", "0, 1, 2"},
		{"--prefix a/#", "--prefix"},
		{"--status-topic a#", "--status-topic"},
		{"--broker ful", `did you mean "full"?`},
		{"--broker host:1 --port 2", "choose one"},
	} {
		o, err := parseOptions(t, strings.Fields(tt.args)...)
		if err == nil {
			_, err = o.resolve(settingsOfTests(t), nil)
		}
		if app.ExitCode(err) != app.Usage || !strings.Contains(fmt.Sprint(err), tt.want) {
			t.Errorf("%s: got %v, want a usage error with %q", tt.args, err, tt.want)
		}
		if strings.Contains(fmt.Sprint(err), "hunter2") {
			t.Errorf("the password shows: %v", err)
		}
	}
}

func TestPasswordSources(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "password")
	if err := os.WriteFile(file, []byte("from file\r\nsecond line\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fromFile := "[broker.b]\nurl = \"b\"\nusername = \"alice\"\npassword_file = \"" + filepath.ToSlash(file) + "\"\n"
	command := func(words string) string {
		return "[broker.b]\nurl = \"b\"\nusername = \"alice\"\npassword_command = [" + words + "]\n"
	}
	for _, tt := range []struct {
		name      string
		settings  string
		variables map[string]string
		args      []string
		want, err string
	}{
		{"none", "", nil, nil, "", ""},
		{"option", fromFile, map[string]string{"MQTOOL_PASSWORD": "from variable"}, []string{"--password-file", file}, "from file", ""},
		{"variable before file", fromFile, map[string]string{"MQTOOL_PASSWORD": "from variable"}, nil, "from variable", ""},
		{"option of the same file as its variable", fromFile, map[string]string{"MQTOOL_PASSWORD": "from variable", "MQTOOL_PASSWORD_FILE": file}, []string{"--password-file", file}, "from file", ""},
		{"variable of a file", command(`"false"`), map[string]string{"MQTOOL_PASSWORD_FILE": file}, nil, "from file", ""},
		{"file", fromFile, nil, nil, "from file", ""},
		{"another user's", fromFile, nil, []string{"--username", "bob"}, "", ""},
		{"empty variable", fromFile, map[string]string{"MQTOOL_PASSWORD": ""}, nil, "from file", ""},
		{"command without a shell", command(`"printf", '%s\nmore\n', "$HOME;x"`), nil, nil, "$HOME;x", ""},
		{"command fails", command(`"sh", "-c", "echo locked >&2; exit 3"`), nil, nil, "", "from sh: exit status 3: locked"},
		{"command says nothing", command(`"true"`), nil, nil, "", "first line is empty"},
		{"no such command", command(`"no-such-command"`), nil, nil, "", "no-such-command"},
		{"no such file", "", nil, []string{"--password-file", filepath.Join(folder, "absent"), "--username", "a"}, "", "absent: no such file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if runtime.GOOS == "windows" && strings.Contains(tt.settings, "command") {
				t.Skip("no such programs")
			}
			for key, value := range tt.variables {
				t.Setenv(key, value)
			}
			s, err := parseSettings(tt.settings)
			if err != nil {
				t.Fatal(err)
			}
			args := tt.args
			if tt.settings != "" {
				args = append([]string{"--broker", "b"}, args...)
			}
			o, err := parseOptions(t, args...)
			if err != nil {
				t.Fatal(err)
			}
			c, err := o.resolve(s, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.Password.Read(context.Background())
			if got != tt.want || (err == nil) != (tt.err == "") || !strings.Contains(fmt.Sprint(err), tt.err) {
				t.Errorf("got %q, %v; want %q, %q", got, err, tt.want, tt.err)
			}
			if c.Password.Given() != (tt.want+tt.err != "") {
				t.Errorf("given: %v", c.Password.Given())
			}
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
				if text := fmt.Sprintf(verb, c); strings.Contains(text, "from variable") {
					t.Errorf("%s prints the password: %s", verb, text)
				}
			}
		})
	}

	t.Setenv("MQTOOL_PASSWORD", "a")
	t.Setenv("MQTOOL_PASSWORD_FILE", file)
	o, err := parseOptions(t, "--username", "alice")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.resolve(&Settings{}, nil); app.ExitCode(err) != app.Usage {
		t.Errorf("two variables: %v", err)
	}
}

// TestKeyPassword checks where the password of a key comes from, and that it is for the
// key of the file alone.
func TestKeyPassword(t *testing.T) {
	file := write(t, "sesame\r\nsecond line\n", 0o600)
	const cert = "[broker.b]\nurl = \"b\"\ncert = \"c.pem\"\nkey = \"k.pem\"\n"
	fromFile := cert + "key_password_file = \"" + filepath.ToSlash(file) + "\"\n"
	for _, tt := range []struct {
		name, settings string
		args           []string
		want, err      string
	}{
		{"none", cert, nil, "", ""},
		{"file", fromFile, nil, "sesame", ""},
		{"command", cert + "key_password_command = [\"echo\", \"sesame\"]\n", nil, "sesame", ""},
		{"command fails", cert + "key_password_command = [\"false\"]\n", nil, "", "getting the password of the key from false: exit status 1"},
		{"the same key", fromFile, []string{"--key", "k.pem"}, "sesame", ""},
		{"another key", fromFile, []string{"--key", "other.pem"}, "", ""},
		{"another certificate", fromFile, []string{"--cert", "other.pem"}, "", ""},
		{"another user", fromFile, []string{"--username", "bob"}, "sesame", ""},
	} {
		s, err := parseSettings(tt.settings)
		if err != nil {
			t.Fatal(err)
		}
		o, err := parseOptions(t, append([]string{"--broker", "b"}, tt.args...)...)
		if err != nil {
			t.Fatal(err)
		}
		c, err := o.resolve(s, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.KeyPassword.Read(t.Context())
		if got != tt.want || (err == nil) != (tt.err == "") || !strings.Contains(fmt.Sprint(err), tt.err) || c.KeyPassword.Given() != (tt.want+tt.err != "") {
			t.Errorf("%s: got %q, %v; want %q, %q", tt.name, got, err, tt.want, tt.err)
		}
	}
}

func TestSecretInMemory(t *testing.T) {
	text := "hunter2"
	s := Secret{text: &text}
	for _, holder := range []any{s, &s, Connection{Password: s}, codec.Some(s)} {
		if text := fmt.Sprintf("%v %+v %#v", holder, holder, holder); strings.Contains(text, "hunter2") {
			t.Errorf("%T prints %s", holder, text)
		}
	}
}

func TestBrokerSource(t *testing.T) {
	gate := Device{Name: "gate", Broker: "site"}
	for _, tt := range []struct {
		option, variable, name string
		devices                []Device
		want                   string
	}{
		{"", "", "", nil, "the default"},
		{"host", "", "", nil, "from --broker"},
		{"", "host", "", nil, "from MQTOOL_BROKER"},
		{"host", "host", "", nil, "from --broker"},
		{"host", "other", "", nil, "from --broker"},
		{"site", "", "site", []Device{gate}, "from --broker"},
		{"", "", "site", []Device{gate}, "from the file, where gate is on site"},
		{"", "", "site", []Device{{Name: "5CC5638AE24C"}}, "from the file, where default_broker is site"},
	} {
		t.Setenv("MQTOOL_BROKER", tt.variable)
		var args []string
		if tt.option != "" {
			args = []string{"--broker", tt.option}
		}
		o, err := parseOptions(t, args...)
		if err != nil {
			t.Fatal(err)
		}
		if got := o.Source(&Connection{Settings: &Settings{}, Name: tt.name}, tt.devices); got != tt.want {
			t.Errorf("%+v: %q", tt, got)
		}
	}
}
