//go:build !windows

package commands_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"

	"mqtool/commands/internal/broker"
)

// These tests show that nothing is lost. Devices publish while the line, the broker and
// the listener fail in turn. In the end every message that the broker has acknowledged
// was printed, and every picture was saved. "make torture" runs the long form, and
// "make test" a short one.
var tortureTime = flag.Duration("torture", 10*time.Second, "how long devices publish in TestTorture")

// A load says how much the devices publish.
type load struct {
	readers, cameras int
	every            time.Duration // the time between two events of a reader
	pictures         time.Duration // the time between two pictures of a camera
}

// shortLoad is for machines that do other work, too. longLoad means that 1,000 devices
// publish 2,000 messages a second.
var (
	shortLoad = load{readers: 180, cameras: 20, every: 500 * time.Millisecond, pictures: 2 * time.Second}
	longLoad  = load{readers: 950, cameras: 50, every: 478 * time.Millisecond, pictures: 4 * time.Second}
)

func tortureLoad() load {
	if *tortureTime > time.Minute {
		return longLoad
	}
	return shortLoad
}

// A fault happens at some time, and ends some time later.
type fault struct {
	name     string
	at, last float64 // when it begins and how long it lasts, in 24ths of the whole time
	begin    func() error
	end      func() error
}

// part returns a number of 24ths of the whole time.
func part(n float64) time.Duration { return time.Duration(n / 24 * float64(*tortureTime)) }

// TestTorture goes through all faults. It leaves out those with mochi in which that
// broker itself loses something: it loses its sessions at a restart, and messages that
// come while a session passes from one connection to the next.
func TestTorture(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	for _, kind := range []string{"mosquitto", "mochi"} {
		t.Run(kind, func(t *testing.T) {
			if *tortureTime < time.Minute {
				t.Parallel()
			}
			b := startTortured(t, kind)
			devicesLine, listenerLine := newLine(t, b.address), newLine(t, b.address)
			keepAlive := "5s"
			if kind == "mochi" {
				keepAlive = "60s" // otherwise a connection could end only because the machine is busy
			}
			l := startListener(t, listenerLine.address, "torture", "--save", "pics", "--keepalive", keepAlive)
			// Mochi refuses a SUBSCRIBE if its packet id is also the id of a message
			// on its way.
			if kind == "mochi" && !b.subs.wait(func(s subscriptions) bool { return len(s["torture"]) > 0 }) {
				t.Fatal("the listener does not subscribe")
			}
			if kind == "mosquitto" {
				b.waitForSession(t, "torture")
			}
			faults := []fault{
				{"line slowed to 20 kB/s", 7, 2, listenerLine.suffers(trouble{rate: 20_000}), listenerLine.suffers(trouble{})},
				{"line cut into single bytes", 9.5, 0.5, listenerLine.suffers(trouble{piece: 1}), listenerLine.suffers(trouble{})},
				{"devices' line cut", 6.25, 0.5, devicesLine.down, devicesLine.mend},
			}
			if kind == "mosquitto" {
				faults = append(faults, []fault{
					{"line cut", 1, 0.5, listenerLine.down, listenerLine.mend},
					{"line dead, not closed", 2, 4, listenerLine.suffers(trouble{dead: true}), listenerLine.suffers(trouble{})},
					{"broker killed with -9", 0.25, 0.5, b.kill, b.start},
					{"broker restarted", 10.5, 0.5, b.stop, b.start},
					{"listen killed with -9", 11.5, 0.4, l.kill, l.start},
					{"listen stopped (SIGSTOP)", 12, 12, l.signal(syscall.SIGSTOP), l.signal(syscall.SIGCONT)},
				}...)
			}
			slices.SortFunc(faults, func(a, b fault) int { return cmp.Compare(a.at, b.at) })
			p := publishAll(t, devicesLine.address, tortureLoad(), faults)
			l.finish(t, p)

			var table bytes.Buffer
			w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
			row := func(what string, value any) { fmt.Fprintf(w, "%s\t%v\n", what, value) }
			row("broker", kind)
			for _, f := range faults {
				row("  "+f.name, part(f.last).Round(100*time.Millisecond))
			}
			row("devices", p.load.readers+p.load.cameras)
			row("time", p.took.Round(time.Second))
			row("messages acknowledged by the broker", len(p.acked))
			row("attempts that were not acknowledged", p.again)
			row("lines printed", l.lines)
			row("  of them unique", len(l.seen))
			row("  of them twice", l.lines-len(l.seen))
			row("pictures acknowledged", len(p.pictures))
			row("pictures saved", len(l.pictures))
			row("listen started", l.starts)
			row("missing", len(p.missing(l)))
			_ = w.Flush()
			t.Logf("\n%s", &table)
			if missing := p.missing(l); len(missing) > 0 {
				t.Errorf("%d are missing, such as %s\n%s", len(missing), missing[0], l.complaints(t))
			}
			for name := range l.seen {
				if !p.acked[name] {
					t.Errorf("%s was printed and never published", name)
				}
			}
			if len(l.pictures) != len(p.pictures) {
				t.Errorf("%d pictures saved of %d\n%s", len(l.pictures), len(p.pictures), l.complaints(t))
			}
			for sum := range p.pictures {
				if !l.pictures[sum] {
					t.Fatal("a picture is not what was published")
				}
			}
		})
	}
}

// TestTortureShare splits one stream among listeners. One of them is killed and comes
// back, and finds its part of the stream then.
func TestTortureShare(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	workers := []int{3}
	if *tortureTime > time.Minute {
		workers = []int{2, 4, 8}
	}
	for _, n := range workers {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			b := startTortured(t, "mosquitto")
			var all []*listenerRun
			for i := range n {
				all = append(all, startListener(t, b.address, fmt.Sprintf("worker%d", i+1), "--share", "group", "--save", "pics"))
			}
			faults := []fault{{"one worker killed with -9", 8, 6, all[0].kill, all[0].start}}
			p := publishAll(t, b.address, tortureLoad(), faults)
			whole := &listenerRun{seen: map[string]bool{}, pictures: map[[32]byte]bool{}}
			deadline := time.After(2 * time.Minute)
			look := time.NewTicker(50 * time.Millisecond)
			defer look.Stop()
			for done := false; !done; {
				for _, l := range all {
					l.read(t)
					for name := range l.seen {
						whole.seen[name] = true
					}
				}
				select {
				case <-look.C:
					done = len(p.missing(whole)) == 0
				case <-deadline:
					done = true
				}
			}
			var table strings.Builder
			lines := 0
			for i, l := range all {
				l.finish(t, nil)
				lines += l.lines
				fmt.Fprintf(&table, "\n  worker %d: %d lines, %d pictures, started %d times", i+1, l.lines, len(l.pictures), l.starts)
				for name := range l.seen {
					whole.seen[name] = true
				}
				for sum := range l.pictures {
					whole.pictures[sum] = true
				}
				if l.lines == 0 {
					t.Errorf("worker %d got nothing", i+1)
				}
			}
			t.Logf("%d workers, worker 1 killed and restarted: %d messages acknowledged, %d printed, %d of them twice, %d missing%s",
				n, len(p.acked), len(whole.seen), lines-len(whole.seen), len(p.missing(whole)), &table)
			if missing := p.missing(whole); len(missing) > 0 || len(whole.pictures) != len(p.pictures) {
				t.Errorf("%d messages missing, %d pictures of %d\n%s", len(missing), len(whole.pictures), len(p.pictures), all[0].complaints(t))
			}
		})
	}
}

// A tortured broker can be stopped and started again.
type tortured struct {
	address     string
	start, stop func() error
	kill        func() error            // like kill -9; only for mosquitto
	folder      string                  // where mosquitto keeps its sessions
	subs        *watched[subscriptions] // only for mochi
}

func startTortured(t *testing.T, kind string) *tortured {
	ports, err := freePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	b := &tortured{address: "127.0.0.1:" + ports[0]}
	switch kind {
	case "mochi":
		// As many messages may wait as in mosquitto.
		capabilities := mochi.NewDefaultServerCapabilities()
		capabilities.MaximumClientWritesPending, capabilities.ReceiveMaximum, capabilities.MaximumInflight = 1<<20, 1<<16-1, 1<<16-1
		var server *mochi.Server
		b.start = func() error {
			server = mochi.New(&mochi.Options{Logger: slog.New(slog.DiscardHandler), Capabilities: capabilities})
			b.subs = watch(subscriptions{})
			err := server.AddHook(&mochiHook{server: server, subs: b.subs}, nil)
			return errors.Join(err, server.AddListener(listeners.NewTCP(listeners.Config{ID: "torture", Address: b.address})), server.Serve())
		}
		b.stop = func() error { return stopMochi(server) }
	case "mosquitto":
		if mosquittoProgram() == "" {
			t.Skip("mosquitto is not installed (apt-get install mosquitto)")
		}
		// Mosquitto forwards a message before it acknowledges it. If too many are
		// on their way, it keeps the message in memory, and a kill -9 loses it.
		b.folder = t.TempDir()
		config := fmt.Sprintf("listener %s 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\nlog_dest none\nmax_queued_messages 0\nmax_queued_bytes 0\nmax_inflight_messages 0\npersistence true\nautosave_interval 1\npersistence_location %s/\n", ports[0], b.folder)
		if os.Geteuid() == 0 {
			config += "user root\n"
		}
		file := filepath.Join(b.folder, "mosquitto.conf")
		if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		var process *exec.Cmd
		var life io.WriteCloser
		b.start = func() error {
			// The shell ends mosquitto when this process is gone, for whatever
			// reason, and mosquitto then saves its sessions. If the shell reads
			// "-9", it kills mosquitto.
			process = exec.Command("/bin/sh", "-c", `"$0" -c "$1" & read -r how; kill $how $!; wait $!`, mosquittoProgram(), file)
			var err error
			if life, err = process.StdinPipe(); err != nil {
				return err
			}
			return errors.Join(process.Start(), waitForPort(b.address))
		}
		b.stop = func() error {
			_ = life.Close()
			_ = process.Wait() // the error says which signal ended it
			return nil
		}
		b.kill = func() error {
			_, err := io.WriteString(life, "-9\n")
			return errors.Join(err, b.stop())
		}
	}
	if err := b.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.stop() })
	return b
}

// waitForSession waits until mosquitto has saved the session of a client. A kill -9
// before that would lose the subscriptions of the client.
func (b *tortured) waitForSession(t *testing.T, id string) {
	deadline := time.After(patience)
	for {
		saved, err := os.ReadFile(filepath.Join(b.folder, "mosquitto.db"))
		if err == nil && bytes.Contains(saved, []byte(id)) {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("mosquitto does not save the session of %s: %v", id, err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// waitForPort waits until a program listens at an address.
func waitForPort(address string) error {
	deadline := time.After(patience)
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-deadline:
			return err
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// A line is the way to a broker, on which faults happen.
type line struct{ *relay }

func newLine(t *testing.T, address string) line {
	r, err := newRelay(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	return line{r}
}

func (l line) down() error { l.close(); return nil }

func (l line) suffers(t trouble) func() error {
	return func() error { l.suffer(t); return nil }
}

// A published holds what the broker has acknowledged.
type published struct {
	load     load
	mu       sync.Mutex
	acked    map[string]bool   // by the names of messages, DEVICE/NUMBER
	pictures map[[32]byte]bool // the hashes of the pictures among them
	again    int               // how often a message was not acknowledged
	took     time.Duration
}

func (p *published) missing(l *listenerRun) (names []string) {
	for name := range p.acked {
		if !l.seen[name] {
			names = append(names, name)
		}
	}
	return names
}

// publishAll lets devices publish while the faults happen. A device publishes a message
// until the broker acknowledges it, and then the next one.
func publishAll(t *testing.T, address string, load load, faults []fault) *published {
	p := &published{load: load, acked: map[string]bool{}, pictures: map[[32]byte]bool{}}
	var conns []*broker.Conn
	for range 10 {
		c, err := broker.Dial(t.Context(), broker.Config{URL: address, Reconnect: true})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close(time.Second) }()
		conns = append(conns, c)
	}
	picture, err := os.ReadFile("../testdata/jpeg/gray-peacock.jpg")
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	var devices, happenings sync.WaitGroup
	happenings.Go(func() { // the faults happen one after the other
		for _, f := range faults {
			<-time.After(time.Until(start.Add(part(f.at))))
			err := f.begin()
			<-time.After(time.Until(start.Add(part(f.at + f.last))))
			if err := errors.Join(err, f.end()); err != nil {
				t.Errorf("%s: %v", f.name, err)
			}
		}
	})
	for i := range load.readers + load.cameras {
		devices.Go(func() {
			every := load.every
			if i >= load.readers {
				every = load.pictures
			}
			// A device that is late publishes at once until it has caught up.
			due := start.Add(every * time.Duration(i) / time.Duration(load.readers+load.cameras))
			for n := 0; due.Before(start.Add(*tortureTime)); n++ {
				<-time.After(time.Until(due))
				due = due.Add(every)
				name, topic, payload, image := deviceMessage(load, i, n, picture)
				again := p.insist(t, conns[i%len(conns)], topic, payload)
				p.mu.Lock()
				p.acked[name] = true
				p.again += again
				if image != nil {
					p.pictures[sha256.Sum256(image)] = true
				}
				p.mu.Unlock()
			}
		})
	}
	devices.Wait()
	p.took = time.Since(start)
	happenings.Wait()
	return p
}

// insist publishes a message again and again until the broker acknowledges it.
func (p *published) insist(t *testing.T, c *broker.Conn, topic string, payload []byte) (again int) {
	for {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		err := c.Publish(ctx, topic, payload, 1, false)
		cancel()
		if err == nil {
			return again
		}
		if t.Context().Err() != nil {
			t.Errorf("%s was never acknowledged: %v", topic, err)
			return again
		}
		again++
		<-time.After(100 * time.Millisecond)
	}
}

// deviceMessage returns the n-th message of a device.
func deviceMessage(load load, device, n int, picture []byte) (name, topic string, payload, image []byte) {
	if device < load.readers {
		id := fmt.Sprintf("R%04d", device)
		return fmt.Sprintf("%s/04%08X", id, n), "springcard/springcore/" + id + "/rdr/evt",
			fmt.Appendf(nil, `{"Protocol":"NFC-A","Interface":"13.56","Template":1,"TagId":"04%08X","Uptime":"1:%d.000","Move":"Insert"}`, n, n), nil
	}
	// A comment behind SOI makes each picture different.
	id := fmt.Sprintf("5CC563%06X", device)
	comment := fmt.Sprintf("%s/%08d", id, n)
	image = append([]byte{0xFF, 0xD8, 0xFF, 0xFE, 0, byte(len(comment) + 2)}, comment...)
	image = append(image, picture[2:]...)
	return fmt.Sprintf("%s/p%d.jpg", id, n), "4GSolarCam/Snapshot",
		fmt.Appendf(nil, `{"ts":%d000,"values":{"devMac":%q,"file":"p%d.jpg","time":%d,"image":"data:image/jpeg;base64,%s"}}`,
			1_776_620_818+n, id, n, 1_776_620_818+n, base64.StdEncoding.EncodeToString(image)), image
}

// A listenerRun is a persistent listener that is started again whenever it ends, as a
// supervisor does. It also holds what the listener has printed and saved.
type listenerRun struct {
	folder string
	args   []string

	mu      sync.Mutex
	process *exec.Cmd
	ended   chan error // receives the result of a process that was meant to end
	wanted  bool       // the listener is meant to run
	starts  int

	offsets  []int64 // how much was read of each log; each start has a log of its own
	lines    int
	seen     map[string]bool
	pictures map[[32]byte]bool
}

func startListener(t *testing.T, address, id string, args ...string) *listenerRun {
	l := newListener(t, address, id, args...)
	if err := l.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.kill() })
	return l
}

// newListener returns a listener that has connected once and is away, so that the
// broker keeps its messages.
func newListener(t *testing.T, address, id string, args ...string) *listenerRun {
	l := &listenerRun{folder: t.TempDir(), seen: map[string]bool{}, pictures: map[[32]byte]bool{}}
	l.args = append([]string{"--broker", "mqtt://" + address, "--wait-for-broker", "--persistent", "--client-id", id, "--json"}, args...)
	first := l.command("--idle", "200ms")
	if err := first.Run(); first.ProcessState.ExitCode() != 4 { // nothing came
		t.Fatalf("the first listener: %v", err)
	}
	return l
}

// command returns the command line of the listener, with more options. The listener's
// own options come last, because --exec must.
func (l *listenerRun) command(args ...string) *exec.Cmd {
	c := exec.Command(*program, slices.Concat([]string{"listen"}, args, l.args)...)
	c.Dir = l.folder
	c.Env = append(os.Environ(), "MQTOOL_CONFIG="+os.DevNull)
	return c
}

func (l *listenerRun) start() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wanted, l.ended = true, make(chan error, 1)
	return l.spawn()
}

// spawn starts a process, and another one when it ends. The caller holds l.mu.
func (l *listenerRun) spawn() error {
	l.starts++
	log, err := os.Create(filepath.Join(l.folder, fmt.Sprintf("log%d", l.starts)))
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the process has a copy of its own
	complaints, err := os.OpenFile(filepath.Join(l.folder, "complaints"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	defer func() { _ = complaints.Close() }()
	process := l.command()
	process.Stdout, process.Stderr = log, complaints
	if err := process.Start(); err != nil {
		return err
	}
	l.process = process
	go func() {
		err := process.Wait()
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.wanted {
			err = l.spawn()
		}
		if !l.wanted || err != nil {
			l.ended <- err
		}
	}()
	return nil
}

// end ends the process with a signal, and waits until it has ended.
func (l *listenerRun) end(s os.Signal) error {
	l.mu.Lock()
	wanted := l.wanted
	l.wanted = false
	process := l.process
	l.mu.Unlock()
	if !wanted {
		return nil
	}
	_ = process.Process.Signal(s) // the process may have ended by itself
	return <-l.ended
}

func (l *listenerRun) kill() error {
	_ = l.end(os.Kill) // the error says which signal ended it
	return nil
}

func (l *listenerRun) signal(s os.Signal) func() error {
	return func() error {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.process.Process.Signal(s)
	}
}

// complaints returns what the listener wrote to stderr.
func (l *listenerRun) complaints(t *testing.T) string {
	text, err := os.ReadFile(filepath.Join(l.folder, "complaints"))
	if err != nil {
		t.Log(err)
	}
	return string(text)
}

// read reads what was printed since the last call. The last line of a killed process
// may be cut.
func (l *listenerRun) read(t *testing.T) {
	l.mu.Lock()
	starts := l.starts
	l.mu.Unlock()
	for len(l.offsets) < starts {
		l.offsets = append(l.offsets, 0)
	}
	for i := range l.offsets {
		f, err := os.Open(filepath.Join(l.folder, fmt.Sprintf("log%d", i+1)))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(io.NewSectionReader(f, l.offsets[i], 1<<62))
		if err = errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		text = text[:bytes.LastIndexByte(text, '\n')+1]
		l.offsets[i] += int64(len(text))
		for line := range bytes.Lines(text) {
			var m struct {
				Device string
				Data   struct {
					TagID string `json:"tag_id"`
					File  string
				}
			}
			if err := json.Unmarshal(line, &m); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			l.lines++
			l.seen[m.Device+"/"+m.Data.TagID+m.Data.File] = true
		}
	}
}

// finish waits until everything that was published was printed. Then it ends the
// listener and checks the saved pictures.
func (l *listenerRun) finish(t *testing.T, p *published) {
	deadline := time.After(2 * time.Minute)
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for waiting := p != nil; waiting; {
		select {
		case <-look.C:
			l.read(t)
			waiting = len(p.missing(l)) > 0
		case <-deadline:
			waiting = false
		}
	}
	if err := l.end(os.Interrupt); err != nil {
		t.Errorf("the listener ended with %v: %s", err, l.complaints(t))
	}
	l.read(t)
	err := filepath.WalkDir(filepath.Join(l.folder, "pics"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".mqtool-") { // the listener was killed while it wrote this file
			return err
		}
		picture, err := os.ReadFile(path)
		l.pictures[sha256.Sum256(picture)] = true
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
