package commands_test

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	mochi "github.com/mochi-mqtt/server/v2"
	mochipackets "github.com/mochi-mqtt/server/v2/packets"
)

// errNotTaken ends the connection of a client that broke a rule.
var errNotTaken = errors.New("not taken")

// config writes a configuration file.
func config(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestLikeAWS connects to a broker with the rules of AWS IoT Core, as its developer guide gives
// them: clients need a certificate, MQTT is on the port of HTTPS for those that ask for it by
// ALPN, a message has at most 128 KB, and the QoS is 0 or 1. The broker takes no retained
// message, as the documentation of the reader says.
func TestLikeAWS(t *testing.T) {
	certificates := makeCertificates(t)
	rules, err := certificates.server("BROKER_MTLS")
	if err != nil {
		t.Fatal(err)
	}
	rules.NextProtos = []string{"x-amzn-mqtt-ca"}
	rules.VerifyConnection = func(s tls.ConnectionState) error {
		if s.NegotiatedProtocol == "" {
			return errors.New("no protocol by ALPN")
		}
		return nil
	}
	q := &quirks{
		publish: func(pk mochipackets.Packet) error {
			if len(pk.Payload) > 128<<10 || pk.FixedHeader.Retain || pk.FixedHeader.Qos > 1 {
				return errNotTaken
			}
			return nil
		},
	}
	q.wrap = func(l net.Listener) net.Listener { return tls.NewListener(l, rules) }
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(q.start(t, 0), "mqtt://"))
	broker := "[broker.aws]\nurl = \"mqtts://localhost:" + port + "\"\nca = \"" + certificates.path("ca.pem") +
		"\"\ncert = \"" + certificates.path("client.pem") + "\"\nkey = \"" + certificates.path("client-key.pem") + "\"\n"
	file := config(t, broker+"alpn = [\"x-amzn-mqtt-ca\"]\n[device.door]\nid = \"DA1275B0\"\n")

	if code, out, said := mqtool(t, "send", "door", "--accept", "--config", file); code != 0 {
		t.Errorf("a command: %d %s%s", code, out, said)
	}
	for size, want := range map[int]int{100 << 10: 0, 200 << 10: 1} {
		picture := filepath.Join(t.TempDir(), "picture")
		if err := os.WriteFile(picture, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, _, said := mqtool(t, "send", "--topic", "4GSolarCam/Snapshot", "--file", picture, "--config", file, "--timeout", "5s"); code != want {
			t.Errorf("%d bytes: exit code %d, want %d: %s", size, code, want, said)
		}
	}
	if code, _, said := mqtool(t, "send", "--topic", "a", "--retain", "x", "--config", file, "--timeout", "5s"); code != 1 {
		t.Errorf("a retained message: exit code %d: %s", code, said)
	}
	code, checks := examine(t, "--config", file)
	if c := checks["largest_payload"]; code != 0 || !strings.Contains(strings.Join(append(c.Seen, c.Cause), " "), "128 KB") {
		t.Errorf("doctor: exit code %d, largest payload: %+v", code, c)
	}
	if code, _, said := mqtool(t, "send", "door", "--accept", "--config", config(t, broker)); code != 1 {
		t.Errorf("without ALPN: exit code %d: %s", code, said)
	}
}

// TestLikeAzure connects to a broker with the rules of Azure IoT Hub, as its documentation gives
// them: the client id is that of the device, the user name and the password contain characters
// with a meaning in shells and addresses, and there are two topics.
func TestLikeAzure(t *testing.T) {
	const (
		user     = "hub.azure-devices.net/DA1275B0/?api-version=2021-04-12"
		password = "SharedAccessSignature sr=hub.azure-devices.net%2Fdevices%2FDA1275B0&sig=a%2Bb%2F%3D&se=1795398905"
		up       = "devices/DA1275B0/messages/events/"
		down     = "devices/DA1275B0/messages/devicebound/"
	)
	q := &quirks{
		connect: func(pk mochipackets.Packet) error {
			if string(pk.Connect.Username) != user || string(pk.Connect.Password) != password || pk.Connect.ClientIdentifier != "DA1275B0" {
				return mochipackets.ErrNotAuthorized
			}
			return nil
		},
		subscribe: func(cl *mochi.Client, s *mochipackets.Subscription) {
			if !strings.HasPrefix(s.Filter, down) {
				cl.Stop(errors.New("another topic"))
			}
		},
		publish: func(pk mochipackets.Packet) error {
			if !strings.HasPrefix(pk.TopicName, up) || pk.FixedHeader.Retain {
				return errNotTaken
			}
			return nil
		},
	}
	file := config(t, "[broker.azure]\nurl = \""+q.start(t, 0)+"\"\nusername = \""+user+"\"\npassword_file = \"sas\"\n")
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "sas"), []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	send := func(topic string, more ...string) int {
		args := append([]string{"send", "--config", file, "--client-id", "DA1275B0", "--timeout", "5s", "--topic", topic}, more...)
		code, _, _ := mqtool(t, append(args, `{"TagId":"047DAE02C84080"}`)...)
		return code
	}
	if code := send(up); code != 0 {
		t.Errorf("an event: exit code %d", code)
	}
	if code := send("springcard/springcore/DA1275B0/rdr/evt"); code != 1 {
		t.Errorf("the reader's own topic: exit code %d", code)
	}
	if code := send(up, "--client-id", "another"); code != 1 {
		t.Errorf("another client id: exit code %d", code)
	}
	if code, _, said := mqtool(t, "listen", "--config", file, "--client-id", "DA1275B0", "--topic", down+"#", "--timeout", "300ms"); code != 4 {
		t.Errorf("listening to commands: exit code %d: %s", code, said)
	}
}
