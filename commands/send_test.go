package commands

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"mqtool/commands/internal/app"
)

// fakeBroker accepts one connection and acknowledges only the first messages. Then it
// hangs up or stays silent.
func fakeBroker(t *testing.T, acknowledge int, hangUp bool) (address string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() { _ = listener.Close(); <-ended })
	go func() {
		defer close(ended)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		for n := 0; ; {
			packet, err := packets.ReadPacket(conn)
			if err != nil {
				return
			}
			switch p := packet.(type) {
			case *packets.ConnectPacket:
				err = packets.NewControlPacket(packets.Connack).Write(conn)
			case *packets.PublishPacket:
				if n++; n <= acknowledge {
					ack := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
					ack.MessageID = p.MessageID
					err = ack.Write(conn)
				} else if hangUp {
					// Closing the connection now would destroy acknowledgements on their way.
					_ = conn.(*net.TCPConn).CloseWrite()
					_, _ = io.Copy(io.Discard, conn)
					return
				}
			}
			if err != nil {
				return
			}
		}
	}()
	return "mqtt://" + listener.Addr().String()
}

// TestSendLoses checks the exit codes and the counts when a broker fails.
func TestSendLoses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lines")
	if err := os.WriteFile(file, bytes.Repeat([]byte("line\n"), 30_000), 0o600); err != nil {
		t.Fatal(err)
	}
	lines := []string{"--topic", "x", "--lines", "--file", file}
	for _, tt := range []struct {
		name        string
		acknowledge int
		hangUp      bool
		args        []string
		stdin       string
		want        string // "" for success
	}{
		{"one message acknowledged", 1, true, []string{"--topic", "x", "y"}, "", ""},
		{"no PUBACK", 0, false, []string{"--topic", "x", "y"}, "", "did not acknowledge the message in time"},
		{"hangs up", 0, true, []string{"--topic", "x", "y"}, "", "closed the connection"},
		{"some of many readers", 2, false, []string{"a", "b", "c", "d", "--wink"}, "", "2 of 4 readers were not sent the command (c, d): "},
		{"lines of a file, hangs up", 12_345, true, lines, "", "17655 of 30000 lines were not acknowledged, from line 12346 on: "},
		{"lines of a file, silent", 12_345, false, lines, "", "17655 of 30000 lines were not acknowledged: "},
		{"the last line", 2, false, []string{"--topic", "x", "--lines"}, "1\n2\n3", "1 of 3 lines were not acknowledged: "},
		{"QoS 0", 0, true, append(lines, "--qos", "0"), "", "with --qos 0 it is unknown which lines before it arrived: "},
	} {
		t.Run(tt.name, func(t *testing.T) { // not in parallel, because the flag library has global variables
			args := append([]string{"mqtool", "send", "--broker", fakeBroker(t, tt.acknowledge, tt.hangUp), "--timeout", "1s"}, tt.args...)
			var stdout, stderr bytes.Buffer
			env := app.NewEnv(strings.NewReader(tt.stdin), &stdout, &stderr)
			err := run(context.Background(), env, args)
			switch {
			case tt.want == "" && err != nil, tt.want != "" && err == nil:
				t.Errorf("got %v", err)
			case err != nil && (app.ExitCode(err) != app.Failed || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("exit code %d for %v, want %q", app.ExitCode(err), err, tt.want)
			}
			if stdout.Len() > 0 || stderr.Len() > 0 {
				t.Errorf("it says %q, %q", stdout.String(), stderr.String())
			}
		})
	}
}

func TestSendTimeout(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // the kernel accepts connections, and nobody answers
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	start := time.Now()
	env := app.NewEnv(strings.NewReader(""), io.Discard, io.Discard)
	err = run(context.Background(), env, []string{"mqtool", "send", "gate", "--wink", "--timeout", "50ms", "--broker", "mqtt://" + listener.Addr().String()})
	if app.ExitCode(err) != app.Failed || time.Since(start) > time.Minute {
		t.Errorf("after %v: %v", time.Since(start), err)
	}
}
