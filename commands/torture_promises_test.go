//go:build !windows

package commands_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"mqtool/commands/internal/broker"
)

// These tests are about three promises that once did not hold: an answer beside a
// flood and behind it, whole lines on a full disk and after a kill, and a program that
// has run for each acknowledged message. They run with mosquitto, and the flood also
// with mochi.

// long reports whether "make torture" runs the tests.
func long() bool { return *tortureTime > time.Minute }

// A report holds what a test found, with a row for each number.
type report struct {
	text  bytes.Buffer
	table *tabwriter.Writer
}

func (r *report) row(what string, value any) {
	if r.table == nil {
		r.table = tabwriter.NewWriter(&r.text, 0, 0, 2, ' ', 0)
	}
	fmt.Fprintf(r.table, "%s\t%v\n", what, value)
}

func (r *report) log(t *testing.T) {
	_ = r.table.Flush()
	t.Helper()
	t.Logf("\n%s", &r.text)
}

func dial(t *testing.T, address string) *broker.Conn {
	c, err := broker.Dial(t.Context(), broker.Config{URL: address})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(time.Second) })
	return c
}

// soon waits until a condition is true.
func soon(t *testing.T, what string, isTrue func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for !isTrue() {
		select {
		case <-deadline:
			t.Fatalf("%s: not within %s", what, patience)
		case <-time.After(time.Millisecond):
		}
	}
}

// TestTortureFlood lets one reader publish events as fast as the broker takes them.
// Meanwhile tags are shown at another door, each as soon as the one before is
// answered.
func TestTortureFlood(t *testing.T) {
	if testing.Short() {
		t.Skip("floods the machine")
	}
	// The short form runs beside other tests.
	events, limit := 20_000, 10*time.Second
	if long() {
		events, limit = 100_000, time.Second
	}
	const reader, door, first = "springcard/springcore/FLOOD/rdr/", "springcard/springcore/DOOR/rdr/", "springcard/springcore/FIRST/rdr/"
	for _, kind := range []string{"mosquitto", "mochi"} {
		t.Run(kind, func(t *testing.T) {
			b := startTortured(t, kind)
			tags := filepath.Join(t.TempDir(), "tags.txt")
			if err := os.WriteFile(tags, []byte("0400000001\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			l := &listenerRun{folder: t.TempDir(), seen: map[string]bool{}, args: []string{"--broker", "mqtt://" + b.address, "--json", "--allow", tags}}
			if err := l.start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = l.kill() })
			answers, flood := dial(t, b.address), dial(t, b.address)
			if err := answers.Subscribe(t.Context(), door+"cmd", first+"cmd"); err != nil {
				t.Fatal(err)
			}
			// show shows a tag at a door.
			show := func(at string) {
				if err := answers.Publish(t.Context(), at+"evt", []byte(`{"TagId":"0400000001","Move":"Insert"}`), 1, false); err != nil {
					t.Fatal(err)
				}
			}
			// A tag that is shown before the listener is there gets no answer.
			soon(t, "the listener answers", func() bool { show(first); _, ok := answers.TryReceive(); return ok })
			start := time.Now()
			var published atomic.Bool
			done := make(chan error, 1)
			go func() {
				defer published.Store(true)
				for i := range events {
					if err := flood.PublishAsync(t.Context(), reader+"evt", fmt.Appendf(nil, `{"TagId":"05%08X","Move":"Insert"}`, i), 1, false); err != nil {
						done <- err
						return
					}
				}
				_, err := flood.Flush(t.Context())
				done <- err
			}()
			var slowest, total time.Duration
			shown := 0
			for last := false; !last; shown++ {
				last = published.Load()
				begin := time.Now()
				show(door)
				for topic := ""; topic != door+"cmd"; {
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					m, err := answers.Receive(ctx)
					if cancel(); err != nil {
						t.Fatalf("the door is not answered: %v\n%s", err, l.complaints(t))
					}
					topic = m.Topic
				}
				took := time.Since(begin)
				slowest, total = max(slowest, took), total+took
			}
			took := time.Since(start)
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			soon(t, "all events are printed", func() bool { l.read(t); return len(l.seen) >= events+2 })
			if err := l.end(os.Interrupt); err != nil {
				t.Errorf("the listener ended with %v: %s", err, l.complaints(t))
			}
			var r report
			r.row("broker", kind)
			r.row("events of the reader that floods", events)
			r.row("  printed", len(l.seen)-2)
			r.row("  time until the broker has them", took.Round(time.Millisecond))
			r.row("tags shown at another door meanwhile", shown)
			r.row("  answered after, on average", (total / time.Duration(shown)).Round(time.Millisecond))
			r.row("  answered after, at most", slowest.Round(time.Millisecond))
			r.log(t)
			if slowest > limit {
				t.Errorf("an answer took %s", slowest)
			}
		})
	}
}

// TestTortureBacklog has a reader's events wait at the broker, all of them, while the
// listener is stopped, and a tag at another door behind them. The door is answered when they
// have been read. mosquitto_sub does the same for comparison: the time is mostly the broker's.
func TestTortureBacklog(t *testing.T) {
	if testing.Short() {
		t.Skip("floods the machine")
	}
	peer, err := exec.LookPath("mosquitto_sub")
	if err != nil {
		t.Skip("mosquitto_sub is not installed (apt-get install mosquitto-clients)")
	}
	events := 20_000
	if long() {
		events = 100_000
	}
	const readers = "springcard/springcore/"
	b := startTortured(t, "mosquitto")
	c := dial(t, b.address)
	event := func(reader string, tag int) {
		if err := c.PublishAsync(t.Context(), readers+reader+"/rdr/evt", fmt.Appendf(nil, `{"TagId":"04%08X","Move":"Insert"}`, tag), 1, false); err != nil {
			t.Fatal(err)
		}
	}
	// handOver stops a process once it prints what comes, and returns how long it needs for
	// the events when it goes on.
	handOver := func(process *os.Process, prints, isDone func() bool) time.Duration {
		soon(t, "it is subscribed", func() bool { event("FIRST", 1); return prints() })
		if err := process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		for i := range events {
			event("FLOOD", i+2)
		}
		event("DOOR", 1)
		if missing, err := c.Flush(t.Context()); missing > 0 {
			t.Fatal(err)
		}
		begin := time.Now()
		if err := process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		soon(t, "it has the events", isDone)
		return time.Since(begin)
	}

	folder := t.TempDir()
	tags := filepath.Join(folder, "tags.txt")
	if err := os.WriteFile(tags, []byte("0400000001\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l := &listenerRun{folder: folder, seen: map[string]bool{}, args: []string{"--broker", "mqtt://" + b.address, "--json", "--allow", tags}}
	if err := l.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.kill() })
	answers := dial(t, b.address)
	if err := answers.Subscribe(t.Context(), readers+"FIRST/rdr/cmd", readers+"DOOR/rdr/cmd"); err != nil {
		t.Fatal(err)
	}
	isAnswered := func(reader string) func() bool {
		return func() bool {
			m, ok := answers.TryReceive()
			return ok && m.Topic == readers+reader+"/rdr/cmd"
		}
	}
	ours := handOver(l.process.Process, isAnswered("FIRST"), isAnswered("DOOR"))
	soon(t, "all events are printed", func() bool { l.read(t); return len(l.seen) >= events+2 })
	if err := l.end(os.Interrupt); err != nil {
		t.Errorf("the listener ended with %v: %s", err, l.complaints(t))
	}

	host, port, _ := strings.Cut(b.address, ":")
	printed := filepath.Join(folder, "printed")
	out, err := os.Create(printed)
	if err != nil {
		t.Fatal(err)
	}
	other := exec.Command(peer, "-h", host, "-p", port, "-q", "1", "-t", readers+"+/rdr/evt", "-v")
	other.Stdout = out
	if err := errors.Join(other.Start(), out.Close()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = other.Process.Kill(), other.Wait() })
	has := func(what string) func() bool {
		return func() bool {
			f, err := os.Open(printed)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			end := make([]byte, 200)
			size, _ := f.Seek(0, io.SeekEnd)
			n, _ := f.ReadAt(end, max(0, size-int64(len(end))))
			return bytes.Contains(end[:n], []byte(what))
		}
	}
	theirs := handOver(other.Process, has("FIRST"), has("DOOR"))

	var r report
	r.row("events that wait at mosquitto for a stopped listener", events)
	r.row("  the door behind them is answered after", ours.Round(time.Millisecond))
	r.row("  mosquitto_sub has printed the same after", theirs.Round(time.Millisecond))
	r.log(t)
	limit := 10 * time.Second // other tests run beside the short form
	if long() {
		limit = max(theirs, time.Second)
	}
	if ours > limit {
		t.Errorf("the answer took %s, longer than mosquitto_sub needs: %s", ours, theirs)
	}
}

// TestTortureDisk kills the listener while it writes long lines, and fills its disk.
// After the listener has started again, each message must have a whole line of its own
// in the same file.
func TestTortureDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("kills listeners")
	}
	rounds := 6
	if long() {
		rounds = 100
	}
	b := startTortured(t, "mosquitto")
	l := newListener(t, b.address, "disk", "--topic", "log")
	c := dial(t, b.address)
	d := newSmallDisk(t)
	const messages, size = 20, 30_000
	var kills, fulls, halves, twice int
	for round := range rounds {
		var wanted []string
		for i := range messages {
			wanted = append(wanted, fmt.Sprintf("message %d.%d ", round, i)+strings.Repeat("x", size+i))
		}
		room := size*2 + rand.IntN(size*messages/2)
		process := l.command()
		isFull := round%2 == 1
		if isFull {
			fulls++
			d.fill(t, process, room)
		} else {
			kills++
		}
		complaints := d.start(t, process)
		for _, m := range wanted {
			if err := c.Publish(t.Context(), "log", []byte(m), 1, false); err != nil {
				t.Fatal(err)
			}
		}
		if !isFull {
			soon(t, "something is written", func() bool {
				info, err := os.Stat(d.file)
				return err != nil || info.Size() > int64(room)
			})
			_ = process.Process.Kill()
		}
		err := process.Wait()
		if isFull && process.ProcessState.ExitCode() != 1 {
			t.Fatalf("on a full disk it ended with %v: %s", err, complaints)
		}
		if err := os.RemoveAll(d.filler); err != nil {
			t.Fatal(err)
		}

		process = l.command()
		complaints = d.start(t, process)
		var lines map[string]int
		soon(t, "each message has a whole line", func() bool {
			lines = d.lines(t)
			return !slices.ContainsFunc(wanted, func(m string) bool { return lines[m] == 0 })
		})
		_ = process.Process.Signal(os.Interrupt)
		if err := process.Wait(); err != nil {
			t.Fatalf("it ended with %v: %s", err, complaints)
		}
		lines = d.lines(t)
		halves += lines[""]
		for _, m := range wanted {
			twice += lines[m] - 1
		}
		if isFull && lines[""] > 0 {
			t.Errorf("round %d: half a line was not taken back from a full disk", round)
		}
		if err := os.Remove(d.file); err != nil {
			t.Fatal(err)
		}
	}
	var r report
	r.row("times that listen was killed with -9 while it wrote", kills)
	r.row("times that "+d.what+" was full", fulls)
	r.row("messages of 30 kB acknowledged by the broker", rounds*messages)
	r.row("  with a whole line of their own", rounds*messages) // otherwise the test has failed above
	r.row("  with two", twice)
	r.row("halves of lines, each on a line of its own", halves)
	r.log(t)
}

// A smallDisk has a file that a listener writes, and room for few bytes.
type smallDisk struct {
	what         string
	file, filler string
	isLimit      bool // the process has a limit for the size of files, and there is no disk
}

// diskSize is the number of bytes that fit on a small disk.
const diskSize = 1 << 20

// newSmallDisk mounts a disk in a namespace of its own, which ends with the test. If
// that is not possible, it limits the size of files instead.
func newSmallDisk(t *testing.T) *smallDisk {
	folder := t.TempDir()
	if namespace() == "" {
		return &smallDisk{what: "a file of limited size (no disk can be mounted here)", file: filepath.Join(folder, "day.jsonl"), filler: filepath.Join(folder, "filler"), isLimit: true}
	}
	words := append(strings.Fields(namespace()), "sh", "-c", fmt.Sprintf(`mount -t tmpfs -o size=%d none "$0" && echo mounted && read -r end`, diskSize), folder)
	holder := exec.Command(words[0], words[1:]...)
	life, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	said, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = life.Close()
		_ = holder.Wait() // the shell ends because it has nothing more to read
	})
	if _, err := io.ReadFull(said, make([]byte, len("mounted\n"))); err != nil {
		t.Fatalf("nothing is mounted: %v", err)
	}
	inside := fmt.Sprintf("/proc/%d/root%s", holder.Process.Pid, folder)
	return &smallDisk{what: "a disk of 1 MiB", file: filepath.Join(inside, "day.jsonl"), filler: filepath.Join(inside, "filler")}
}

// fill leaves room for only some bytes, before the listener is started.
func (d *smallDisk) fill(t *testing.T, c *exec.Cmd, room int) {
	if d.isLimit { // shells count in units of 512 or 1,024 bytes
		c.Args = append([]string{"sh", "-c", fmt.Sprintf(`ulimit -f %d; exec "$0" "$@"`, room/1024), c.Path}, c.Args[1:]...)
		c.Path = "/bin/sh"
		return
	}
	if err := os.WriteFile(d.filler, make([]byte, diskSize-room), 0o600); err != nil {
		t.Fatal(err)
	}
}

// start starts a listener that appends to the file, and returns what the listener
// writes to stderr.
func (d *smallDisk) start(t *testing.T, c *exec.Cmd) *bytes.Buffer {
	out, err := os.OpenFile(d.file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }() // the process has a copy of its own
	var complaints bytes.Buffer
	c.Stdout, c.Stderr = out, &complaints
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return &complaints
}

// lines counts the lines of the file by the text in them. A part of a line does not
// count.
func (d *smallDisk) lines(t *testing.T) map[string]int {
	text, err := os.ReadFile(d.file)
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]int{}
	for line := range bytes.Lines(text) {
		var m struct{ Data struct{ Text string } }
		if err := json.Unmarshal(line, &m); err != nil || !bytes.HasSuffix(line, []byte("\n")) {
			m.Data.Text = ""
		}
		lines[m.Data.Text]++
	}
	return lines
}

// TestTortureExec ends the listener with SIGTERM while programs run and messages wait
// for their programs. A message whose program has not run must come again, so a
// listener without programs is started for it.
func TestTortureExec(t *testing.T) {
	if testing.Short() {
		t.Skip("starts hundreds of programs")
	}
	rounds, messages := 2, 100
	if long() {
		rounds, messages = 20, 500
	}
	b := startTortured(t, "mosquitto")
	l := newListener(t, b.address, "exec")
	c := dial(t, b.address)
	published, acknowledged, ran, both := 0, 0, 0, 0
	for round := range rounds {
		runs, printed := filepath.Join(l.folder, fmt.Sprint("runs", round)), filepath.Join(l.folder, fmt.Sprint("printed", round))
		var complaints bytes.Buffer
		process := l.command()
		process.Args = append(process.Args, "--exec", "sh", "-c", `sleep 0.01; exec cat >> "$0"`, runs)
		process.Stderr = &complaints
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		tag := func(i int) string { return fmt.Sprintf("04%08X", round*messages+i) }
		for i := range messages {
			if err := c.Publish(t.Context(), "springcard/springcore/R1/rdr/evt", fmt.Appendf(nil, `{"TagId":%q,"Move":"Insert"}`, tag(i)), 1, false); err != nil {
				t.Fatal(err)
			}
		}
		enough := 1 + rand.IntN(messages/2)
		soon(t, "programs run", func() bool { return len(tagsIn(t, runs)) >= enough })
		_ = process.Process.Signal(syscall.SIGTERM)
		if err := process.Wait(); err != nil {
			t.Errorf("it ended with %v: %s", err, &complaints)
		}
		programs := tagsIn(t, runs)

		out, err := os.Create(printed)
		if err != nil {
			t.Fatal(err)
		}
		process = l.command()
		process.Stdout = out
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		missing := 0
		deadline := time.After(patience)
		for waiting := true; waiting; {
			again := tagsIn(t, printed)
			missing = 0
			for i := range messages {
				if programs[tag(i)] == 0 && again[tag(i)] == 0 {
					missing++
				}
			}
			select {
			case <-deadline:
				waiting = false
			case <-time.After(10 * time.Millisecond):
				waiting = missing > 0
			}
		}
		_ = process.Process.Signal(os.Interrupt)
		if err := errors.Join(process.Wait(), out.Close()); err != nil {
			t.Errorf("the listener without programs ended with %v", err)
		}
		if missing > 0 {
			t.Errorf("round %d: %d messages were acknowledged, and their programs have not run: %s", round, missing, &complaints)
		}
		again := tagsIn(t, printed)
		published, acknowledged, ran = published+messages, acknowledged+messages-len(again), ran+len(programs)
		for tag := range programs {
			both += min(again[tag], 1)
		}
	}
	if both > 0 {
		t.Errorf("%d programs have run for messages that come again", both)
	}
	var r report
	r.row("times that listen was ended with SIGTERM", rounds)
	r.row("messages acknowledged by the broker", published)
	r.row("  acknowledged by listen --exec", acknowledged)
	r.row("  whose program has run", ran)
	r.row("  that came again", published-acknowledged)
	r.row("  both", both)
	r.log(t)
}

// tagsIn counts the lines of each tag in a file of JSON Lines. The file may not exist
// yet, and its last line may not be complete yet.
func tagsIn(t *testing.T, file string) map[string]int {
	text, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	tags := map[string]int{}
	for line := range bytes.Lines(text[:bytes.LastIndexByte(text, '\n')+1]) {
		var m struct {
			Data struct {
				TagID string `json:"tag_id"`
			}
		}
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		tags[m.Data.TagID]++
	}
	return tags
}
