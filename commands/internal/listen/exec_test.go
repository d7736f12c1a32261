package listen

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"mqtool/commands/internal/broker"
)

// shell returns Programs that run a shell script.
func shell(t *testing.T, script string, output *bytes.Buffer, told *notices) *Programs {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no shell")
	}
	environ := []string{"MQTOOL_PASSWORD=secret", "MQTOOL_MESSAGE_TAG=99", "KEPT=kept"}
	p, err := NewPrograms([]string{"sh", "-c", script}, environ, 1, ProgramTimeout, output, told.add, told.add)
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
	if _, err := NewPrograms([]string{"no-such-program"}, nil, 1, ProgramTimeout, &out, told.add, told.add); err == nil {
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
		name+", for a message on "+events+": not started, because the listener ends",
		"waiting for 1 program to end (interrupt twice not to wait)",
		name+", for a message on "+events+": exit status 3")
	wantAccount(t, p, "2 programs failed")
	(*Programs)(nil).Wait()
}

// TestProgramTooLong checks that a program that hangs is reported and ended
// together with its children, and that its message is then acknowledged.
func TestProgramTooLong(t *testing.T) {
	var out bytes.Buffer
	var told notices
	t.Chdir(t.TempDir())
	p := shell(t, `sleep 1000 & echo $! > pid; wait`, &out, &told)
	p.timeout = 500 * time.Millisecond
	acked := 0
	r := &receipts{ack: func(broker.Message) { acked++ }}
	item := items(event(`{"TagId":"04"}`))[0]
	item.receipt = r.issue(item.Message)
	if err := p.Take(t.Context(), item); err != nil {
		t.Fatal(err)
	}
	item.receipt.release() // its line is written
	p.Wait()
	told.want(t, p.argv[0]+", for a message on "+events+": ended, because it ran for more than 500ms")
	wantAccount(t, p, "1 program failed")
	if acked != 1 {
		t.Errorf("%d acknowledged", acked)
	}
	pid, err := os.ReadFile("pid")
	if err != nil {
		t.Fatal(err)
	}
	// The process may exist for another moment, until its parent has noticed
	// its end.
	running := func() bool {
		state, err := exec.Command("ps", "-o", "stat=", "-p", strings.TrimSpace(string(pid))).Output()
		return err == nil && !strings.HasPrefix(strings.TrimSpace(string(state)), "Z")
	}
	for end := time.Now().Add(10 * time.Second); running(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("what it has started still runs")
		}
	}
}

// TestReceipts checks that messages are acknowledged when their lines are
// written and their programs have ended, and that this happens in order.
func TestReceipts(t *testing.T) {
	var acked []string
	r := &receipts{ack: func(m broker.Message) { acked = append(acked, m.Topic) }}
	one, two, three := r.issue(broker.Message{Topic: "1"}), r.issue(broker.Message{Topic: "2"}), r.issue(broker.Message{Topic: "3"})
	one.hold()
	one.release()
	two.release()
	if acked != nil {
		t.Errorf("acknowledged %q while the first one is held", acked)
	}
	one.release()
	if !slices.Equal(acked, []string{"1", "2"}) {
		t.Errorf("acknowledged %q", acked)
	}
	three.release()
	if len(acked) != 3 {
		t.Errorf("acknowledged %q", acked)
	}
	var none *receipt
	none.hold()
	none.release()
}

// TestProgramsAtTheEnd checks which messages the broker keeps when the listener
// has to end.
func TestProgramsAtTheEnd(t *testing.T) {
	var out bytes.Buffer
	var told notices
	p := shell(t, `sleep 1000`, &out, &told)
	acked, flushed := 0, 0
	p.pause = func() error { flushed++; return nil }
	r := &receipts{ack: func(broker.Message) { acked++ }}
	ended, end := context.WithCancel(t.Context())
	end()
	next := func() {
		item := items(event(`{"TagId":"04"}`))[0]
		item.receipt = r.issue(item.Message)
		if err := p.Take(ended, item); err != nil {
			t.Fatal(err)
		}
		item.receipt.release()
	}
	next()          // its program runs
	next()          // no program starts
	p.end(errAtEnd) // as if maxPrograms were over
	p.Wait()
	next() // no program starts, although there is room: it would run a second time
	p.Wait()
	name := p.argv[0] + ", for a message on " + events
	notStarted := name + ": not started, because the listener ends; the message comes again"
	told.want(t, notStarted, name+": ended, because the listener ends", notStarted)
	if acked != 0 || flushed != 1 {
		t.Errorf("%d acknowledged, %d times written", acked, flushed)
	}
}
