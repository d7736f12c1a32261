package broker

import (
	"strings"
	"testing"
)

func TestParseAddress(t *testing.T) {
	for _, test := range []struct {
		text string
		tls  bool
		want string
	}{
		{"host", false, "mqtt://host:1883"},
		{"host", true, "mqtts://host:8883"},
		{"host:8883", false, "mqtt://host:8883"},
		{"host:1884", true, "mqtts://host:1884"},
		{"192.0.2.1", false, "mqtt://192.0.2.1:1883"},
		{"::1", false, "mqtt://[::1]:1883"},
		{"[::1]", false, "mqtt://[::1]:1883"},
		{"[2001:db8::1]:1884", false, "mqtt://[2001:db8::1]:1884"},
		{"[fe80::1%eth0]:1884", false, "mqtt://[fe80::1%eth0]:1884"},
		{"mqtt://host", false, "mqtt://host:1883"},
		{"mqtt://host/", false, "mqtt://host:1883"},
		{"tcp://host:1", false, "mqtt://host:1"},
		{"MQTTS://host", false, "mqtts://host:8883"},
		{"ssl://host", false, "mqtts://host:8883"},
		{"tls://host", false, "mqtts://host:8883"},
		{"mqtt://host", true, "mqtts://host:8883"},
		{"ws://host", false, "ws://host:80/mqtt"},
		{"ws://host/", false, "ws://host:80/mqtt"},
		{"ws://host", true, "wss://host:443/mqtt"},
		{"wss://host:8084/a/b?token=secret", false, "wss://host:8084/a/b"},
	} {
		a, err := parseAddress(test.text, test.tls)
		if err != nil || a.String() != test.want {
			t.Errorf("%q, TLS %v: %v, %v, want %s", test.text, test.tls, a, err, test.want)
		}
	}
}

func TestParseAddressErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "no broker",
		"://host":                  "not a way to reach",
		"http://host":              "use mqtt://",
		"mqtt://":                  "host is missing",
		"mqtt://:1883":             "host is missing",
		"host:":                    "from 1 to 65535",
		"host:0":                   "from 1 to 65535",
		"host:65536":               "from 1 to 65535",
		"host:abc":                 "from 1 to 65535",
		"host:-1":                  "from 1 to 65535",
		"1:2:3":                    "neither",
		"[host]:1":                 "IPv6",
		"[::1":                     "IPv6",
		"[::1]1883":                "after ]",
		"ho st":                    "not a host name",
		"+":                        "not a host name",
		"mqtt://host/a/topic":      "ends with its port",
		"mqtts:/host:8883":         "write mqtts://host:8883",
		"mqtt://u:hunter2@host":    "process lists",
		"u:hunter2@host:1883":      "process lists",
		"wss://u:hunter2@host/x@y": "process lists",
		"foo://u:hunter2@host":     "process lists",
	} {
		_, err := parseAddress(text, false)
		wantError(t, err, Usage, want)
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the error shows the password: %v", text, err)
		}
	}
}

func TestUserInfoNeverShows(t *testing.T) {
	// Not all of these contain user info that is recognized, but no error may
	// repeat it.
	for _, text := range []string{"mqtt://u:hun/ter2@host", "u:hun#ter2@host", "mqtt://u:hun?ter2@host"} {
		if _, err := parseAddress(text, false); err == nil || strings.Contains(err.Error(), "ter2") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestParseProxy(t *testing.T) {
	for text, want := range map[string]string{
		"socks5://h":        "h:1080",
		"socks5h://h:9050":  "h:9050",
		"http://u:p@h:3128": "h:3128",
		"http://[::1]":      "[::1]:8080",
	} {
		u, err := parseProxy(text)
		if err != nil || u.Host != want {
			t.Errorf("%q: %v, %v, want %s", text, u, err, want)
		}
	}
	for _, text := range []string{"h:1080", "ftp://u:hunter2@h", "socks5://", "http://u:hunter2@h:x", "\x00"} {
		_, err := parseProxy(text)
		wantError(t, err, Usage, "socks5://HOST:PORT")
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}

func TestTopicsAndFilters(t *testing.T) {
	long := strings.Repeat("x", 65536)
	for _, test := range []struct {
		text          string
		topic, filter bool
	}{
		{"a", true, true},
		{"/", true, true},
		{"a//b", true, true},
		{"a b/ü", true, true},
		{"$SYS/broker", true, true},
		{"$shared/a", true, true},
		{long[:65535], true, true},
		{"#", false, true},
		{"+", false, true},
		{"+/a/+/#", false, true},
		{"a/#", false, true},
		{"$share/g/#", false, true},
		{"$share/g/a", true, true},
		{"$share/g//", true, true},
		{"", false, false},
		{long, false, false},
		{"a\x00b", false, false},
		{"a\xFFb", false, false},
		{"#/a", false, false},
		{"a/#/b", false, false},
		{"a#", false, false},
		{"a+/b", false, false},
		{"a/+b", false, false},
		{"$share", true, false},
		{"$share/g", true, false},
		{"$share/g/", true, false},
		{"$share//a", true, false},
		{"$share/+/a", false, false},
		{"$share/g/a/#/b", false, false},
	} {
		if err := ValidTopic(test.text); (err == nil) != test.topic {
			t.Errorf("topic %q: %v", cut(test.text), err)
		}
		if err := ValidFilter(test.text); (err == nil) != test.filter {
			t.Errorf("filter %q: %v", cut(test.text), err)
		}
	}
}
