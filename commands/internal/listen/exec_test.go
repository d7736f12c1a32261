package listen

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"mqtool/commands/internal/broker"
)

// shell makes programs that run a shell script.
func shell(t *testing.T, script string, output *bytes.Buffer, told *notices) *Programs {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no shell")
	}
	environ := []string{"MQTOOL_PASSWORD=secret", "MQTOOL_MESSAGE_TAG=99", "KEPT=kept"}
	p, err := NewPrograms([]string{"sh", "-c", script}, environ, 1, output, told.add, told.add)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPrograms(t *testing.T) {
	var out bytes.Buffer
	var told notices
	p := shell(t, `read json; echo "$KEPT/$MQTOOL_PASSWORD/$MQTOOL_MESSAGE_TIME/$MQTOOL_MESSAGE_TOPIC/$MQTOOL_MESSAGE_FAMILY/$MQTOOL_MESSAGE_DEVICE/$MQTOOL_MESSAGE_NAME/$MQTOOL_MESSAGE_KIND/$MQTOOL_MESSAGE_TAG/$MQTOOL_MESSAGE_OUTPUT/${#json}"`, &out, &told)
	item := items(event(`{"TagId":"04"}`))[0]
	item.Envelope.Name, item.Envelope.Output = "door", "pics/x.jpg"
	long := string(bytes.Repeat([]byte("x"), maxVariable+1))
	other := items(broker.Message{Topic: long, Payload: []byte("x"), Received: noon})[0]
	for _, item := range []*Item{item, other} {
		if err := p.Take(t.Context(), item); err != nil {
			t.Fatal(err)
		}
		p.Wait()
	}
	want := "kept//2026-11-23T12:00:00Z/springcard/springcore/R1/rdr/evt/springcore/R1/door/event/04/pics/x.jpg/"
	lines := strings.Split(out.String(), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], want) || !strings.HasPrefix(lines[1], "kept//2026-11-23T12:00:00Z/////raw///") {
		t.Errorf("got %q", lines)
	}
	told.want(t)
	wantAccount(t, p)
}

func TestProgramsThatFail(t *testing.T) {
	var out bytes.Buffer
	var told notices
	if _, err := NewPrograms([]string{"no-such-program"}, nil, 1, &out, told.add, told.add); err == nil {
		t.Error("a program that is not there")
	}
	t.Chdir(t.TempDir())
	p := shell(t, `until test -e told; do sleep 0.1; done; exit 3`, &out, &told)
	p.note = func(format string, args ...any) {
		told.add(format, args...)
		if strings.HasPrefix(format, "waiting") {
			if err := os.WriteFile("told", nil, 0o600); err != nil {
				t.Error(err)
			}
		}
	}
	item := items(event(`{"TagId":"04"}`))[0]
	ended, end := context.WithCancel(t.Context())
	end()
	if err := p.Take(ended, item); err != nil { // there is a free slot
		t.Fatal(err)
	}
	if err := p.Take(ended, item); err != nil {
		t.Fatal(err)
	}
	p.Wait()
	name := p.argv[0]
	told.want(t,
		name+", for a message on "+events+": not started, for it was time to end",
		"waiting for 1 program to end (interrupt twice not to wait)",
		name+", for a message on "+events+": exit status 3")
	wantAccount(t, p, "2 programs failed")
	(*Programs)(nil).Wait()
}
