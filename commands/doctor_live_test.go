package commands_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"
	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	mochipackets "github.com/mochi-mqtt/server/v2/packets"
)

// mqtool runs the program in a process of its own, because the flag library
// cannot run several command lines at a time.
func mqtool(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, complaints bytes.Buffer
	c := exec.Command("mqtool", args...)
	c.Stdout, c.Stderr = &out, &complaints
	err := c.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), out.String(), complaints.String()
}

// A checked is one line that doctor --json prints.
type checked struct {
	Check, State, Cause, Try string
	Seen                     []string
}

func examine(t *testing.T, args ...string) (code int, checks map[string]checked) {
	t.Helper()
	code, out, complaints := mqtool(t, append([]string{"doctor", "--json"}, args...)...)
	checks = map[string]checked{}
	for line := range strings.Lines(out) {
		var c checked
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		checks[c.Check] = c
	}
	if len(checks) == 0 {
		t.Fatalf("no checks: %s", complaints)
	}
	return code, checks
}

// currentTime matches the time in the words for an expired certificate.
var currentTime = regexp.MustCompile(`current time \S+`)

// TestDoctorWords checks that doctor names each cause as the other commands do.
func TestDoctorWords(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	certificates := makeCertificates(t)
	b, err := startMochi(certificates, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.stop() })
	at := func(name string) string { return b.addresses[name] }
	ca := certificates.path("ca.pem")
	nobody, err := freePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	proxied := filepath.Join(t.TempDir(), "config.toml")
	text := fmt.Sprintf("[broker.site]\nurl = %q\nproxy = \"http://127.0.0.1:%s\"\n", at("MQTOOL_BROKER"), nobody[0])
	if err := os.WriteFile(proxied, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	says := func(text string) string {
		return "mqtt://" + serve(t, func(c net.Conn) {
			_, _ = c.Read(make([]byte, 1))
			_, _ = io.WriteString(c, text)
		})
	}
	for name, args := range map[string][]string{
		"unknown name":            {"--broker", "mqtt://no-such-host.invalid"},
		"refused":                 {"--broker", "mqtt://127.0.0.1:" + nobody[0]},
		"proxy":                   {"--config", proxied},
		"unknown authority":       {"--broker", at("BROKER_TLS")},
		"wrong name":              {"--broker", at("BROKER_WRONGNAME"), "--ca", ca},
		"expired":                 {"--broker", at("BROKER_EXPIRED"), "--ca", ca},
		"no client certificate":   {"--broker", at("BROKER_MTLS"), "--ca", ca},
		"TLS to plain":            {"--broker", strings.Replace(at("MQTOOL_BROKER"), "mqtt:", "mqtts:", 1)},
		"plain to TLS":            {"--broker", strings.Replace(at("BROKER_TLS"), "mqtts:", "mqtt:", 1)},
		"no WebSocket":            {"--broker", strings.Replace(at("MQTOOL_BROKER"), "mqtt:", "ws:", 1)},
		"not let in":              {"--broker", at("BROKER_AUTH")},
		"wrong password":          {"--broker", says("\x20\x02\x00\x04")},
		"no such client id":       {"--broker", says("\x20\x02\x00\x02")},
		"wrong version":           {"--broker", says("\x20\x02\x00\x01")},
		"unavailable":             {"--broker", says("\x20\x02\x00\x03")},
		"web server":              {"--broker", says("HTTP/1.1 400 Bad Request\r\n\r\n")},
		"hangs up":                {"--broker", says("")},
		"silent":                  {"--timeout", "300ms", "--broker", "mqtt://" + serve(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })},
		"no file of passwords":    {"--broker", at("MQTOOL_BROKER"), "--username", "alice", "--password-file", "nowhere"},
		"no file of an authority": {"--broker", at("MQTOOL_BROKER"), "--ca", "nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doctors := slices.Clone(args)
			if doctors[0] == "--timeout" {
				doctors[0] = "--check-timeout" // --timeout of the other commands is for all that they do
			}
			code, checks := examine(t, doctors...)
			if code != 1 {
				t.Errorf("exit code %d", code)
			}
			want := ""
			for _, c := range checks {
				if c.State == "failed" && want == "" {
					want = currentTime.ReplaceAllString(c.Cause, "")
					if c.Try != "" {
						want += " (" + c.Try + ")"
					}
				} else if c.State == "failed" {
					t.Errorf("failed, too: %+v", c)
				}
			}
			for _, command := range [][]string{{"send", "--topic", "a", "b"}, {"listen", "--count", "1"}} {
				_, _, complaints := mqtool(t, append(command, args...)...)
				line := currentTime.ReplaceAllString(strings.TrimSuffix(complaints, "\n"), "")
				if !strings.HasPrefix(line, "mqtool: ") || !strings.HasSuffix(line, ": "+want) {
					t.Errorf("doctor says\n%s\n%s says\n%s", want, command[0], line)
				}
			}
		})
	}
}

// serve serves each connection until the test ends.
func serve(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var conns sync.WaitGroup
	conns.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns.Go(func() {
				defer func() { _ = c.Close() }()
				serve(c)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		conns.Wait()
	})
	return l.Addr().String()
}

// A quirks is a hook that gives a broker a bad habit.
type quirks struct {
	mochi.HookBase
	connect   func(mochipackets.Packet) error
	subscribe func(*mochi.Client, *mochipackets.Subscription)
	publish   func(mochipackets.Packet) error
	wrap      func(net.Listener) net.Listener // puts TLS around it
}

func (q *quirks) ID() string { return "quirks" }

func (q *quirks) Provides(b byte) bool {
	return slices.Contains([]byte{mochi.OnConnectAuthenticate, mochi.OnACLCheck, mochi.OnConnect, mochi.OnSubscribe, mochi.OnPublish}, b)
}

func (q *quirks) OnConnectAuthenticate(*mochi.Client, mochipackets.Packet) bool { return true }

func (q *quirks) OnACLCheck(*mochi.Client, string, bool) bool { return true }

func (q *quirks) OnConnect(_ *mochi.Client, pk mochipackets.Packet) error {
	if q.connect == nil {
		return nil
	}
	return q.connect(pk)
}

func (q *quirks) OnSubscribe(cl *mochi.Client, pk mochipackets.Packet) mochipackets.Packet {
	for i := range pk.Filters {
		if q.subscribe != nil {
			q.subscribe(cl, &pk.Filters[i])
		}
	}
	return pk
}

func (q *quirks) OnPublish(cl *mochi.Client, pk mochipackets.Packet) (mochipackets.Packet, error) {
	if q.publish == nil {
		return pk, nil
	}
	err := q.publish(pk)
	if errors.Is(err, errNotTaken) {
		cl.Stop(err)
		err = mochipackets.ErrRejectPacket
	}
	return pk, err
}

// start starts the broker. Its packets have at most maxPacket bytes; 0 means no limit.
func (q *quirks) start(t *testing.T, maxPacket uint32) string {
	t.Helper()
	server := mochi.New(&mochi.Options{Logger: slog.New(slog.DiscardHandler)})
	server.Options.Capabilities.MaximumPacketSize = maxPacket
	if err := server.AddHook(q, nil); err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if q.wrap != nil {
		socket = q.wrap(socket)
	}
	if err := server.AddListener(listeners.NewNet("quirks", socket)); err != nil {
		t.Fatal(err)
	}
	if err := server.Serve(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stopMochi(server) })
	return "mqtt://" + socket.Addr().String()
}

// deaf is a broker that acknowledges everything and delivers nothing.
func deaf(c net.Conn) {
	for {
		p, err := packets.ReadPacket(c)
		if err != nil {
			return
		}
		answer := []byte{0xD0, 0}
		switch p := p.(type) {
		case *packets.ConnectPacket:
			answer = []byte{0x20, 2, 0, 0}
		case *packets.SubscribePacket:
			answer = append([]byte{0x90, byte(2 + len(p.Topics)), byte(p.MessageID >> 8), byte(p.MessageID)}, bytes.Repeat([]byte{1}, len(p.Topics))...)
		case *packets.PublishPacket:
			answer = []byte{0x40, 2, byte(p.MessageID >> 8), byte(p.MessageID)}
		case *packets.DisconnectPacket:
			return
		}
		if _, err := c.Write(answer); err != nil {
			return
		}
	}
}

func TestDoctorQuirks(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	const large = 100_000
	for name, test := range map[string]struct {
		broker string
		code   int
		want   []checked // Seen holds the words that must be there
	}{
		"closes the connection on large payloads": {(&quirks{}).start(t, large), 0, []checked{
			{"largest_payload", "warning", "64 KB pass, 128 KB do not: the broker closed the connection", "use smaller pictures", nil},
			{"shared_subscriptions", "ok", "", "", []string{"they deliver"}},
		}},
		"swallows large payloads": {(&quirks{publish: func(pk mochipackets.Packet) error {
			if len(pk.Payload) > large {
				return mochipackets.CodeSuccessIgnore
			}
			return nil
		}}).start(t, 0), 0, []checked{
			{"largest_payload", "warning", "64 KB pass, 128 KB do not: it did not come back", "use smaller pictures", nil},
		}},
		"swallows all": {(&quirks{publish: func(mochipackets.Packet) error { return mochipackets.CodeSuccessIgnore }}).start(t, 0), 0, []checked{
			{"publish", "warning", "published, but not received: the ACL probably forbids it; MQTT 3.1.1 has no answer that says so", "name a topic", []string{"mqtool/probe/"}},
			{"round_trip", "skipped", "needs publish", "", nil},
		}},
		"delivers nothing through groups": {(&quirks{subscribe: func(_ *mochi.Client, s *mochipackets.Subscription) {
			s.Filter = strings.TrimPrefix(s.Filter, "$share/")
		}}).start(t, 0), 0, []checked{
			{"shared_subscriptions", "warning", "the broker accepts shared subscriptions and delivers nothing through them", "", nil},
		}},
		"grants less": {(&quirks{subscribe: func(_ *mochi.Client, s *mochipackets.Subscription) { s.Qos = 0 }}).start(t, 0), 0, []checked{
			{"subscriptions", "ok", "", "", []string{"4GSolarCam/Alarm: granted, QoS 0 only"}},
		}},
		"closes the connection instead of refusing": {(&quirks{subscribe: func(cl *mochi.Client, s *mochipackets.Subscription) {
			if strings.HasPrefix(s.Filter, "springcard/") && strings.HasSuffix(s.Filter, "/evt") {
				cl.Stop(errors.New("quirk"))
			}
		}}).start(t, 0), 0, []checked{
			{"subscriptions", "warning", "the broker refuses 1 of 6 topics", "this user may not read these topics", []string{
				"springcard/springcore/+/rdr/evt: the broker closed the connection", "4GSolarCam/Alarm: granted, QoS 1",
			}},
			{"publish", "ok", "", "", nil},
		}},
		"speaks MQTT 5 only, and hangs up": {(&quirks{connect: func(pk mochipackets.Packet) error {
			if pk.ProtocolVersion != 5 {
				return errors.New("quirk")
			}
			return nil
		}}).start(t, 0), 1, []checked{
			{"login", "failed", "the broker closed the connection instead of answering", "is ", nil},
			{"protocol", "failed", "the broker speaks only MQTT 5, and mqtool only 3.1.1", "allow MQTT 3.1.1", nil},
		}},
		"speaks MQTT 3.1 only, and says so": {serve(t, func(c net.Conn) {
			head := make([]byte, 16)
			_, _ = io.ReadFull(c, head)
			answer := "\x20\x02\x00\x01"
			if bytes.Contains(head, []byte("MQIsdp")) {
				answer = "\x20\x02\x00\x05"
			}
			_, _ = io.WriteString(c, answer)
		}), 1, []checked{
			{"login", "failed", "the broker does not speak MQTT 3.1.1", "", nil},
			{"protocol", "failed", "the broker speaks only MQTT 3.1, and mqtool only 3.1.1", "allow MQTT 3.1.1", nil},
		}},
		"keeps both of two clients": {serve(t, deaf), 0, []checked{
			{"take_over", "warning", "two clients with one id stay connected, which MQTT forbids", "give each client", nil},
			{"publish", "warning", "published, but not received", "name a topic", nil},
		}},
		"wants a client id of its own choice": {(&quirks{connect: onlyFirst()}).start(t, 0), 1, []checked{
			{"take_over", "warning", "the broker closed the connection instead of answering", "", []string{"connecting with another client id"}},
			{"subscriptions", "failed", "the broker closed the connection instead of answering", "", nil},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, checks := examine(t, "--check-timeout", "2s", "--broker", test.broker)
			if code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			for _, want := range test.want {
				got := checks[want.Check]
				if got.State != want.State || !strings.HasPrefix(got.Cause, want.Cause) || !strings.HasPrefix(got.Try, want.Try) {
					t.Errorf("%+v, want %+v", got, want)
				}
				for _, words := range want.Seen {
					if !slices.ContainsFunc(got.Seen, func(s string) bool { return strings.HasPrefix(s, words) }) {
						t.Errorf("%s: seen %q, want %q", want.Check, got.Seen, words)
					}
				}
			}
		})
	}
}

// onlyFirst accepts the first client only.
func onlyFirst() func(mochipackets.Packet) error {
	var once sync.Mutex
	return func(mochipackets.Packet) error {
		if once.TryLock() {
			return nil
		}
		return errors.New("quirk")
	}
}
