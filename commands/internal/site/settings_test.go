package site

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
)

func TestSettingsErrors(t *testing.T) {
	const b = "[broker.a]\nurl = \"mqtt://a\"\n"
	for _, tt := range []struct{ name, text, want string }{
		{"unknown table", "\n[brokr.a]\nurl = \"x\"", "f:2: brokr: unknown; there are default_broker, exec_jobs, exec_timeout, save, sync, tags, [broker.NAME], [device.NAME] and [tag.NAME]"},
		{"unknown key at the top", "colour = 1", "f:1: colour: unknown; there are"},
		{"unknown key", b + "usrename = \"x\"", "f:3: broker.a.usrename: unknown; is username meant?"},
		{"unknown key, nothing near", b + "xyzzyplugh = 1", "f:3: broker.a.xyzzyplugh: unknown; there are alarm_topic, alpn,"},
		{"a number that is too small", "exec_jobs = 0", "f:1: exec_jobs: it must be a whole number from 1"},
		{"no time of a device", "[device.x]\nid = \"1\"\nexpect = \"daily\"", `f:3: device.x.expect: it must be a time, as in "30s"`},
		{"password", b + "password = \"hunter2\"", "f:3: broker.a.password: a password does not belong in this file"},
		{"first problem", b + "zzz = 1\nusrename = \"x\"\n[device.x]\nmc = 1", "f:3: broker.a.zzz: unknown"},
		{"wrong type, string", "[broker.a]\nurl = 1", "f:2: broker.a.url: it must be an address, or an array of those of a cluster"},
		{"empty string", "[broker.a]\nurl = \"\"", "f:2: broker.a.url: it must be an address, or an array of those of a cluster"},
		{"wrong type, switch", b + "tls = \"yes\"", "f:3: broker.a.tls: it must be true or false"},
		{"host and port", b + "port = 1883", "f:3: broker.a.port: unknown; url has host and port"},
		{"tables with an s", "default_broker = \"a\"\n[brokers.a]\nurl = \"a\"", "f:2: brokers: unknown; is [broker.NAME] meant?"},
		{"text without quotes", "[broker.a]\nurl = mqtts://a", `f:2: expected value but found "mqtts" instead; text stands in quotes`},
		{"wrong type, sync", "sync = \"yes\"", "f:1: sync: it must be true or false"},
		{"wrong type, time", b + "keepalive = 30", `f:3: broker.a.keepalive: it must be a time, as in "30s"`},
		{"time out of range", b + "keepalive = \"1ms\"", "f:3: broker.a.keepalive: it can be 1s to"},
		{"wrong type, array", b + "alpn = \"mqtt\"", "f:3: broker.a.alpn: it must be an array of strings"},
		{"wrong type, command", b + "password_command = \"pass show x\"", "f:3: broker.a.password_command: it must be an array of strings"},
		{"wrong type, prefix", b + "prefix = 1", "f:3: broker.a.prefix: it must be a string"},
		{"two passwords", b + "password_file = \"a\"\npassword_command = [\"b\"]", "f:4: broker.a.password_command: there is password_file, too: choose one"},
		{"two passwords of the key", b + "key = \"a\"\nkey_password_command = [\"b\"]\nkey_password_file = \"a\"", "f:4: broker.a.key_password_command: there is key_password_file, too: choose one"},
		{"password of the key", b + "key_password = \"hunter2\"", "f:3: broker.a.key_password: a password does not belong in this file: use key_password_file or key_password_command"},
		{"password of no key", b + "key_password_file = \"a\"", "f:3: broker.a.key_password_file: it is for an encrypted key: there is neither key nor cert"},
		{"bad prefix", b + "prefix = \"a/#\"", "f:3: broker.a.prefix: "},
		{"bad topic", b + "status_topic = \"a#\"", "f:3: broker.a.status_topic: "},
		{"no url", "\n[broker.a]\ntls = true", "f:2: broker.a: url is missing"},
		{"broker is no table", "broker = \"a\"", "f:1: broker: it must be a table, [broker.NAME]"},
		{"broker without a name", "[broker]\nurl = \"a\"", "f:2: broker.url: it must be a table, [broker.NAME]"},
		{"default nobody knows", "default_broker = \"b\"\n[broker.a]\nurl = \"a\"", "f:1: default_broker: there is no [broker.b]"},
		{"default of the wrong type", "default_broker = 1", "f:1: default_broker: it must be a string"},
		{"broker of a device", "[broker.site]\nurl = \"a\"\n[device.x]\nid = \"1\"\nbroker = \"sit\"", `f:5: device.x.broker: there is no [broker.sit]; is "site" meant?`},
		{"no name of a device", "[device.x]\nfamily = \"milesight\"", "f:1: device.x: it needs the mac of a camera, or the id of a reader"},
		{"a misspelt key for one that must be", "[broker.x]\nurk = \"h\"", "f:2: broker.x.urk: unknown; is url meant?"},
		{"two names of a device", "[device.x]\nmac = \"5CC5638AE24C\"\nid = \"1\"", "f:3: device.x.id: there is mac, too"},
		{"bad MAC", "[device.x]\nmac = \"5CC5638AE2+\"", "f:2: device.x.mac: "},
		{"bad id", "[device.x]\nid = \"a/b\"", "f:2: device.x.id: "},
		{"family and key differ", "[device.x]\nfamily = \"springcore\"\nmac = \"5CC5638AE24C\"", `f:2: device.x.family: with mac it can be "milesight"`},
		{"no id of a tag", "\n[tag.Anna]\ndoors = [\"x\"]", "f:2: tag.Anna: id is missing"},
		{"bad id of a tag", "[tag.Anna]\nid = \"xy\"", `f:1: tag.Anna: "xy" is not a tag id, which has pairs of hex digits`},
		{"no day of a tag", "[tag.Anna]\nid = \"04\"\nfrom = \"yesterday\"", `f:1: tag.Anna: "yesterday" is not a day: write 2026-11-28`},
		{"a number for a day", "[tag.Anna]\nid = \"04\"\nfrom = 2026", "f:3: tag.Anna.from: it must be a day"},
		{"a moment with a zone", "[tag.Anna]\nid = \"04\"\nuntil = 2026-11-28T08:30:00Z", "f:3: tag.Anna.until: it must be a day"},
		{"a time of day", "[tag.Anna]\nid = \"04\"\nuntil = 08:30:00", "f:3: tag.Anna.until: it must be a day"},
		{"a tag that ends too early", "[tag.Anna]\nid = \"04\"\nfrom = 2026-11-02\nuntil = 2026-11-01", "f:1: tag.Anna: it ends before it begins"},
		{"doors in a text", "[tag.Anna]\nid = \"04\"\ndoors = \"a b\"", "f:3: tag.Anna.doors: it must be an array of strings"},
		{"unknown key of a tag", "[tag.Anna]\nid = \"04\"\ndoor = \"a\"", "f:3: tag.Anna.door: unknown; is doors meant?"},
		{"tables of tags with an s", "[tags.Anna]\nid = \"04\"", "f:1: tags: it must be the name of a file; is [tag.NAME] meant?"},
		{"not TOML", b + "=", "f:3: "},
		{"key given twice", b + "url = \"b\"", "f:3: "},
	} {
		file := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := loadSettings(file)
		got := strings.TrimPrefix(fmt.Sprint(err), filepath.Dir(file)+string(filepath.Separator))
		if app.ExitCode(err) != app.Usage || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
		if strings.Contains(got, "hunter2") {
			t.Errorf("the password shows: %s", got)
		}
	}
}

func TestLoadSettings(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", "")
	nothing := func(why string) {
		t.Helper()
		if s, err := loadSettings(""); err != nil || len(s.brokers) != 0 {
			t.Errorf("%s: got %+v, %v", why, s, err)
		}
	}
	nothing("no file")
	if _, err := loadSettings(filepath.Join(home, "absent")); app.ExitCode(err) != app.Failed {
		t.Errorf("a file that was named: %v", err)
	}

	t.Setenv("XDG_CONFIG_HOME", home)
	file := filepath.Join(home, "mqtool", "config.toml")
	if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("[broker.a]\nurl = \"u\"\nca = \"ca.pem\"\ncert = \"~/c.pem\"\nkey = \"/k.pem\"\npassword_file = \"../p\""), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := loadSettings("")
	if err != nil {
		t.Fatal(err)
	}
	want := brokerSettings{
		urls: oneOrMore{"u"}, ca: filepath.Join(home, "mqtool", "ca.pem"), cert: filepath.Join(home, "c.pem"),
		key: "/k.pem", passwordFile: filepath.Join(home, "p"),
	}
	if !reflect.DeepEqual(s.brokers["a"], want) {
		t.Errorf("got %+v, want %+v", s.brokers["a"], want)
	}

	t.Setenv("XDG_CONFIG_HOME", file) // not a folder
	nothing("a home that is no folder")
	t.Setenv("XDG_CONFIG_HOME", "")
	t.Setenv("HOME", "")
	nothing("no home")
}

// TestStayingSettings checks the keys for a client that stays connected, and those for a
// WebSocket.
func TestStayingSettings(t *testing.T) {
	s, err := parseSettings("[broker.a]\nurl = \"ws://a\"\nws_headers = [\"Authorization: Bearer x\"]\nwill_topic = \"w\"\nwill_payload = \"gone\"\nwill_qos = 1\nwill_retain = true")
	if err != nil {
		t.Fatal(err)
	}
	want := broker.Will{Topic: "w", Payload: []byte("gone"), QoS: 1, Retain: true}
	for _, stays := range []bool{true, false} {
		o := Options{stays: stays}
		c, err := o.resolve(s, nil)
		if err != nil || c.Config.Headers.Get("Authorization") != "Bearer x" {
			t.Fatalf("got %+v, %v", c, err)
		}
		if got := c.Config.Will; (got != nil) != stays || stays && !reflect.DeepEqual(*got, want) {
			t.Errorf("stays %v: last will %+v", stays, got)
		}
	}
	for _, line := range []string{`ws_headers = ["x"]`, `will_qos = 1`, `will_topic = "a/+"`, `will_qos = 3`} {
		if _, err := parseSettings("[broker.a]\nurl = \"a\"\n" + line); err == nil {
			t.Errorf("%s: no error", line)
		}
	}
}

func TestFindDevices(t *testing.T) {
	s := settingsOfTests(t)
	for _, tt := range []struct {
		family, name string
		want         Device
		err          string
	}{
		{"", "gate", Device{Family: "milesight", ID: "5CC5638AE24C", Broker: "full"}, ""},
		{"milesight", "gate", Device{Family: "milesight", ID: "5CC5638AE24C", Broker: "full"}, ""},
		{"springcore", "desk", Device{Family: "springcore", ID: "desk-1", Broker: "plain"}, ""},
		{"", "5c-c5-63-8a-e2-4d", Device{Family: "milesight", ID: "5CC5638AE24D"}, ""},
		{"springcore", "5CC5638AE24D", Device{Family: "springcore", ID: "5CC5638AE24D"}, ""},
		{"", "D55BF1F9", Device{Family: "springcore", ID: "D55BF1F9"}, ""},
		{"", "da1275b0", Device{Family: "springcore", ID: "DA1275B0"}, ""},
		{"", "DA:12:75:b0", Device{Family: "springcore", ID: "DA1275B0"}, ""},
		{"springcore", "da 12-75 b0", Device{Family: "springcore", ID: "DA1275B0"}, ""},
		{"", "5c:c5:63:8a:e2:4c", Device{Family: "milesight", ID: "5CC5638AE24C"}, ""},
		{"", "desk-1", Device{Family: "springcore", ID: "desk-1"}, ""},
		{"", "front-door", Device{Family: "springcore", ID: "front-door"}, ""},
		{"", "gatt", Device{}, `no device "gatt" in config.toml; did you mean "gate"? (--any-id uses it as it is)`},
		{"", "GATE", Device{}, `no device "GATE" in config.toml; did you mean "gate"? (--any-id uses it as it is)`},
		{"", "5CC5638AE24", Device{}, `"5CC5638AE24" is not the id of a reader, which has 8 hex digits, and the MAC of a camera has 12, not 11 (--any-id uses it as it is)`},
		{"", "DA:12:75", Device{}, `"DA:12:75" is not the id of a reader: it has 6 hex digits, not 8 (--any-id uses it as it is)`},
		{"", "my reader", Device{}, `"my reader" is not the id of a reader, which has no blanks and no colons (--any-id uses it as it is)`},
		{"milesight", "gatt", Device{}, `no device "gatt" in config.toml; did you mean "gate"?`},
		{"milesight", "desk", Device{}, "desk is a reader (desk-1): a camera is needed here"},
		{"springcore", "gate", Device{}, "gate is a camera (5CC5638AE24C): a reader is needed here"},
		{"milesight", "5CC5638AE2+", Device{}, "not a MAC address"},
		{"milesight", "#", Device{}, "not a MAC address"},
		{"", "+", Device{}, "which a topic level cannot"},
		{"springcore", "a/b", Device{}, "which a topic level cannot"},
		{"", "", Device{}, "empty"},
	} {
		got, err := s.findDevices(tt.family, []string{tt.name}, false)
		if tt.err != "" {
			if app.ExitCode(err) != app.Usage || !strings.Contains(fmt.Sprint(err), tt.err) {
				t.Errorf("%s %q: got %v, want %q", tt.family, tt.name, err, tt.err)
			}
			continue
		}
		tt.want.Name = tt.want.ID // unless the file has a name
		if name := s.NameOf(tt.want.Family, tt.want.ID); name != "" {
			tt.want.Name = name
		}
		if err != nil || !reflect.DeepEqual(got, []Device{tt.want}) {
			t.Errorf("%s %q: got %+v, %v, want %+v", tt.family, tt.name, got, err, tt.want)
		}
	}
}

func TestAnyID(t *testing.T) {
	s := settingsOfTests(t)
	for _, name := range []string{"gatt", "DA:12:75:B0", "da1275b0", "my reader"} {
		got, err := s.findDevices("springcore", []string{name}, true)
		if err != nil || len(got) != 1 || got[0].ID != name {
			t.Errorf("%q: got %+v, %v", name, got, err)
		}
	}
}

// TestBrokerOfDevices checks that the names of devices in the file select their broker.
func TestBrokerOfDevices(t *testing.T) {
	s := settingsOfTests(t)
	for _, tt := range []struct {
		broker  string
		devices string
		want    string
		err     string
	}{
		{"", "gate", "mqtts://full:8884", ""},
		{"", "gate 5CC5638AE24D", "mqtts://full:8884", ""},
		{"", "5CC5638AE24D lift", "program:1884", ""},
		{"", "desk", "mqtt://plain", ""},
		{"", "5CC5638AE24D", "mqtt://plain", ""},
		{"", "gate lift", "", "gate is on broker full, lift on program: a command talks to one broker at a time"},
		{"", "gate desk", "", "gate is on broker full, desk on plain"},
		{"plain", "gate lift", "mqtt://plain", ""},
		{"other:1", "gate", "other:1", ""},
	} {
		devices, err := s.findDevices("", strings.Fields(tt.devices), false)
		if err != nil {
			t.Fatal(err)
		}
		o := Options{Broker: tt.broker}
		c, err := o.resolve(s, devices)
		if tt.err != "" {
			if app.ExitCode(err) != app.Usage || !strings.HasPrefix(fmt.Sprint(err), tt.err) {
				t.Errorf("%s: got %v, want %q", tt.devices, err, tt.err)
			}
			continue
		}
		if err != nil || c.Config.URL != tt.want {
			t.Errorf("%q %s: got %+v, %v, want %s", tt.broker, tt.devices, c, err, tt.want)
		}
	}
}
