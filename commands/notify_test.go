package commands

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mqtool/commands/internal/simulator"
)

// TestNotify takes the place of systemd. It owns a socket on which listen says when it has
// subscribed, again and again that it takes messages, and when it ends.
func TestNotify(t *testing.T) {
	folder, err := os.MkdirTemp("", "mqtool") // the path of a socket may have 107 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	address := &net.UnixAddr{Name: filepath.Join(folder, "notify"), Net: "unixgram"}
	socket, err := net.ListenUnixgram("unixgram", address)
	if err != nil {
		t.Skip("no sockets of this kind here: ", err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	if err := socket.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	told := func(want string) {
		t.Helper()
		buffer := make([]byte, 1000)
		for {
			n, err := socket.Read(buffer)
			got := string(buffer[:n])
			switch {
			case err != nil:
				t.Fatalf("systemd was not told %s: %v", want, err)
			case got == want:
				return
			case got != "WATCHDOG=1" || want == "READY=1": // READY comes first
				t.Fatalf("systemd was told %q, not %s", got, want)
			}
		}
	}
	broker, err := simulator.Serve(simulator.ServeConfig{Address: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	t.Setenv("NOTIFY_SOCKET", address.Name)
	t.Setenv("WATCHDOG_USEC", "40000")
	t.Setenv("MQTOOL_CONFIG", os.DevNull)

	var stdout, stderr, sent bytes.Buffer
	ended := make(chan int)
	go func() {
		ended <- Main([]string{"mqtool", "listen", "--broker", broker.URL, "--topic", "x", "--count", "1", "--timeout", "1m"}, strings.NewReader(""), &stdout, &stderr)
	}()
	told("READY=1")
	told("WATCHDOG=1")
	told("WATCHDOG=1")
	// A message that is published now is received, so READY was not too early.
	if code := Main([]string{"mqtool", "send", "--broker", broker.URL, "--topic", "x", "hello"}, strings.NewReader(""), &sent, &sent); code != 0 {
		t.Fatalf("send: exit code %d, %s", code, &sent)
	}
	told("STOPPING=1")
	if code := <-ended; code != 0 || !strings.Contains(stdout.String(), "hello") || stderr.Len() > 0 {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, &stdout, &stderr)
	}
}
