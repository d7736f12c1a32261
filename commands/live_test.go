package commands_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/rogpeppe/go-internal/testscript"
)

// The live scripts run the real program against real brokers: once with mosquitto
// and, if they are about what brokers do, once with mochi, in this process. Every
// run has a broker of its own, so that scripts may use the same topics side by side.
//
// In the environment of a script are
//
//	MQTOOL_BROKER    the address of a listener where everybody may do everything
//	BROKER_AUTH      the same, but alice may use all topics and bob those below
//	                 public/; their passwords are in the files $ALICE and $BOB
//	BROKER_TLS       the same as MQTOOL_BROKER, with a certificate from $CA for
//	                 localhost; the port is $TLS_PORT
//	BROKER_MTLS      the same as BROKER_TLS, for clients with $CLIENT_CERT and $CLIENT_KEY
//	BROKER_WRONGNAME the same as BROKER_TLS, with a certificate for another host
//	BROKER_EXPIRED   the same as BROKER_TLS, with a certificate that has expired
//	BROKER_WS        the same as MQTOOL_BROKER, over WebSocket
//	BROKER_RELAY     the same as MQTOOL_BROKER, through the relay of the command relay
//	NOBODY           an address where no program listens; its port is $NOBODY_PORT
//	OTHER_CA         an authority that has signed none of the certificates
//	BROKER           the name of the broker, mochi or mosquitto
//	NAMESPACE        a command that runs another one, which may mount what nobody else
//	                 sees; it exists if the condition [namespace] holds
//
// The commands of the scripts are in [liveCommands].

// TestLive runs testdata/script/live-*.txtar.
func TestLive(t *testing.T) {
	files, err := filepath.Glob("../testdata/script/live-*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if testing.Short() {
		// The race detector is for programs that do several things at a time.
		// Some of their scripts do what others do, with other options.
		files = slices.DeleteFunc(files, func(name string) bool {
			name = strings.TrimSuffix(strings.TrimPrefix(filepath.Base(name), "live-"), ".txtar")
			return !strings.HasPrefix(name, "listen") && !strings.HasPrefix(name, "simulate") && name != "send-lines" ||
				slices.Contains([]string{"listen-topics", "listen-old", "listen-raw", "simulate-replay"}, name)
		})
	}
	if len(files) == 0 {
		t.Fatal("no live scripts")
	}
	certificates := makeCertificates(t)
	for _, kind := range []struct {
		name  string
		start func(*certificateFiles, string) (*liveBroker, error)
	}{
		{"mochi", startMochi},
		{"mosquitto", startMosquitto},
	} {
		t.Run(kind.name, func(t *testing.T) {
			if !*update {
				t.Parallel()
			}
			// The short form needs only one broker, and mosquitto takes less time.
			if testing.Short() && kind.name == "mochi" && mosquittoProgram() != "" {
				t.Skip("mosquitto is enough for the short form")
			}
			if kind.name == "mosquitto" && mosquittoProgram() == "" {
				const text = "mosquitto is not installed (apt-get install mosquitto): the live scripts ran with mochi only"
				if os.Getenv("CI") == "true" {
					t.Fatal(text)
				}
				t.Skip(text)
			}
			params := scriptParams(t)
			params.Files = files
			for name, command := range liveCommands {
				params.Cmds[name] = command
			}
			setup := params.Setup
			params.Setup = func(env *testscript.Env) error {
				if err := setup(env); err != nil {
					return err
				}
				setPlace(env, kind.name == "mosquitto")
				return setupLive(env, kind.name, kind.start, certificates)
			}
			params.Condition = func(cond string) (bool, error) {
				if cond == "namespace" {
					return namespace() != "", nil
				}
				name, ok := strings.CutPrefix(cond, "broker:")
				if !ok {
					return false, fmt.Errorf("unknown condition %q", cond)
				}
				return name == kind.name, nil
			}
			testscript.Run(t, params)
		})
	}
}

// liveKey is the key of the live among the values of a script.
type liveKey struct{}

// A live holds the broker of one script, and a client that sees all messages.
type live struct {
	broker *liveBroker
	relay  *relay
	client mqtt.Client
	seen   *watched[traffic]
	work   chan func() // the answers of fake devices, in order
	done   chan struct{}
	syncs  int
}

// A liveBroker is a broker that runs.
type liveBroker struct {
	addresses map[string]string // by the variables of the script that hold them
	plain     string            // host:port
	subs      *watched[subscriptions]
	stop      func() error
}

// subscriptions holds the topic filters of each client.
type subscriptions map[string][]string

// A traffic holds what was published.
type traffic struct {
	messages []liveMessage
	syncs    int // how often (*live).sync has come back
	devices  []*fakeDevice
}

type liveMessage struct {
	topic   string
	payload []byte
	qos     byte
}

// A fakeDevice answers messages.
type fakeDevice struct {
	filter  string
	skip    int // how many messages it does not answer
	retain  bool
	answers [][2]string // each is a topic and a payload
}

// A watched holds a value that others can wait for.
type watched[T any] struct {
	mu      sync.Mutex
	value   T
	changed chan struct{}
}

func watch[T any](value T) *watched[T] {
	return &watched[T]{value: value, changed: make(chan struct{})}
}

func (w *watched[T]) update(change func(*T)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.value)
	close(w.changed)
	w.changed = make(chan struct{})
}

// patience is far more time than anything takes, even on a busy machine.
const patience = 20 * time.Second

// wait waits until the value is good. It returns false if that takes too long.
func (w *watched[T]) wait(good func(T) bool) bool {
	deadline := time.After(patience)
	for {
		w.mu.Lock()
		ok, changed := good(w.value), w.changed
		w.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-changed:
		case <-deadline:
			return false
		}
	}
}

// harnessID is the beginning of the client ids of the harness.
const harnessID = "harness-"

const syncTopic = "harness/sync"

func setupLive(env *testscript.Env, name string, start func(*certificateFiles, string) (*liveBroker, error), certificates *certificateFiles) error {
	folder := filepath.Join(env.WorkDir, ".broker")
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	b, err := start(certificates, folder)
	if err != nil {
		return fmt.Errorf("starting %s: %w", name, err)
	}
	l := &live{broker: b, seen: watch(traffic{}), work: make(chan func(), 1000), done: make(chan struct{})}
	stopped := false
	stop := func() {
		if stopped {
			return
		}
		stopped = true
		if l.client != nil {
			l.client.Disconnect(100)
		}
		close(l.done)
		if l.relay != nil {
			l.relay.close()
		}
		if err := b.stop(); err != nil {
			env.T().Log(err)
		}
	}
	env.Defer(stop)
	if l.relay, err = newRelay(b.plain); err != nil {
		return err
	}
	nobody, err := freePorts(1)
	if err != nil {
		return err
	}
	if err := l.connect(); err != nil {
		return err
	}
	go l.answer()

	env.Values[liveKey{}] = l
	env.Setenv("BROKER", name)
	env.Setenv("NAMESPACE", namespace())
	env.Setenv("BROKER_RELAY", "mqtt://"+l.relay.address)
	env.Setenv("NOBODY", "mqtt://127.0.0.1:"+nobody[0])
	env.Setenv("NOBODY_PORT", nobody[0])
	for key, value := range b.addresses {
		env.Setenv(key, value)
	}
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(b.addresses["BROKER_TLS"], "mqtts://"))
	env.Setenv("TLS_PORT", port)
	for key, value := range certificates.environment() {
		env.Setenv(key, value)
	}
	for user, password := range liveUsers {
		file := filepath.Join(folder, user)
		if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
			return err
		}
		env.Setenv(strings.ToUpper(user), file)
	}
	return nil
}

// liveUsers holds the users of BROKER_AUTH, with their passwords.
var liveUsers = map[string]string{"alice": "secret of alice", "bob": "secret of bob"}

// connect connects the client that sees everything.
func (l *live) connect() error {
	client, err := harnessClient(l.broker.plain, harnessID+"main")
	if err != nil {
		return err
	}
	l.client = client
	return settle(client.Subscribe("#", 2, func(_ mqtt.Client, m mqtt.Message) { l.record(m) }))
}

func harnessClient(address, id string) (mqtt.Client, error) {
	client := mqtt.NewClient(mqtt.NewClientOptions().
		AddBroker("tcp://" + address).SetClientID(id).SetProtocolVersion(4).
		SetAutoReconnect(false).SetConnectTimeout(patience))
	return client, settle(client.Connect())
}

func settle(token mqtt.Token) error {
	if !token.WaitTimeout(patience) {
		return errors.New("the broker does not answer")
	}
	return token.Error()
}

// record keeps a message and lets the fake devices answer it.
func (l *live) record(m mqtt.Message) {
	if m.Retained() {
		return
	}
	l.seen.update(func(t *traffic) {
		if m.Topic() == syncTopic {
			t.syncs++
			return
		}
		t.messages = append(t.messages, liveMessage{m.Topic(), m.Payload(), m.Qos()})
		for _, d := range t.devices {
			levels, ok := matchFilter(d.filter, m.Topic())
			switch {
			case !ok:
			case d.skip > 0:
				d.skip--
			default:
				l.work <- func() { d.answer(l.client, levels) }
			}
		}
	})
}

// answer publishes the answers of the fake devices, because the handlers of the library may not publish.
func (l *live) answer() {
	for {
		select {
		case work := <-l.work:
			work()
		case <-l.done:
			return
		}
	}
}

func (d *fakeDevice) answer(client mqtt.Client, levels []string) {
	text := func(s string) string {
		for i, level := range levels {
			s = strings.ReplaceAll(s, fmt.Sprintf("{%d}", i+1), level)
		}
		return s
	}
	for _, a := range d.answers {
		// If this fails, the script fails because it misses the answer.
		_ = settle(client.Publish(text(a[0]), 1, d.retain, text(a[1])))
	}
}

// sync waits until the client has seen all that the broker has acknowledged.
func (l *live) sync(ts *testscript.TestScript) {
	l.syncs++
	ts.Check(settle(l.client.Publish(syncTopic, 2, false, "")))
	if !l.seen.wait(func(t traffic) bool { return t.syncs >= l.syncs }) {
		ts.Fatalf("the broker does not deliver")
	}
}

// matchFilter matches a topic with a filter. It returns the levels that + and # match.
func matchFilter(filter, topic string) (levels []string, ok bool) {
	f, t := strings.Split(filter, "/"), strings.Split(topic, "/")
	for i, level := range f {
		switch {
		case level == "#":
			return append(levels, strings.Join(t[min(i, len(t)):], "/")), true
		case i >= len(t):
			return nil, false
		case level == "+":
			levels = append(levels, t[i])
		case level != t[i]:
			return nil, false
		}
	}
	return levels, len(f) == len(t)
}

// liveCommands holds the commands that only live scripts have.
var liveCommands = map[string]func(*testscript.TestScript, bool, []string){
	"publish":  publish,
	"waitsub":  waitSub,
	"answer":   answerWith,
	"received": received,
	"retained": retained,
	"relay":    relayCommand,
}

// options cuts the leading options off args. The options named in values take a
// number; all others are switches.
func options(ts *testscript.TestScript, args []string, values map[string]*int, switches map[string]*bool) []string {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") && len(args[0]) > 1 {
		name := args[0]
		args = args[1:]
		if s, ok := switches[name]; ok {
			*s = true
			continue
		}
		v, ok := values[name]
		if !ok || len(args) == 0 {
			ts.Fatalf("unknown option, or one without its value: %s", name)
		}
		var err error
		*v, err = strconv.Atoi(args[0])
		ts.Check(err)
		args = args[1:]
	}
	return args
}

func liveOf(ts *testscript.TestScript) *live { return ts.Value(liveKey{}).(*live) }

// payload returns the argument itself, or for @FILE the content of the file.
func payload(ts *testscript.TestScript, arg string) string {
	if name, ok := strings.CutPrefix(arg, "@"); ok {
		return ts.ReadFile(name)
	}
	return arg
}

// publish publishes a message and waits until the broker has it:
//
//	publish [-q QOS] [-r] TOPIC PAYLOAD|@FILE
func publish(ts *testscript.TestScript, neg bool, args []string) {
	qos, retain := 1, false
	args = options(ts, args, map[string]*int{"-q": &qos}, map[string]*bool{"-r": &retain})
	if neg || len(args) != 2 {
		ts.Fatalf("usage: publish [-q qos] [-r] topic payload|@file")
	}
	ts.Check(settle(liveOf(ts).client.Publish(args[0], byte(qos), retain, payload(ts, args[1]))))
}

// waitSub waits until a client is subscribed to a filter. With ! it waits until no
// client is:
//
//	[!] waitsub FILTER
func waitSub(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: [!] waitsub filter")
	}
	var last subscriptions
	ok := liveOf(ts).broker.subs.wait(func(s subscriptions) bool {
		found := false
		last = subscriptions{}
		for client, filters := range s {
			if !strings.HasPrefix(client, harnessID) {
				last[client] = filters
				found = found || slices.Contains(filters, args[0])
			}
		}
		return found != neg
	})
	if !ok {
		ts.Fatalf("subscribed are %v", last)
	}
}

// answerWith adds a fake device. From then on the device answers each message on
// FILTER, except for the first SKIP ones. In its topics and payloads, {1} stands for
// what the first wildcard has matched:
//
//	answer [-skip N] [-r] FILTER TOPIC PAYLOAD|@FILE [TOPIC PAYLOAD|@FILE...]
func answerWith(ts *testscript.TestScript, neg bool, args []string) {
	d := &fakeDevice{}
	args = options(ts, args, map[string]*int{"-skip": &d.skip}, map[string]*bool{"-r": &d.retain})
	if neg || len(args) < 3 || len(args)%2 == 0 {
		ts.Fatalf("usage: answer [-skip n] [-r] filter topic payload|@file [topic payload|@file...]")
	}
	d.filter = args[0]
	for pair := range slices.Chunk(args[1:], 2) {
		d.answers = append(d.answers, [2]string{pair[0], payload(ts, pair[1])})
	}
	liveOf(ts).seen.update(func(t *traffic) { t.devices = append(t.devices, d) })
}

// received waits until N messages were published on a filter. It writes all of them
// to a file, one per line; with -v the QoS and the topic come first. When a command
// has ended, -n 0 proves that it published nothing:
//
//	received [-n N] [-v] FILTER FILE
func received(ts *testscript.TestScript, neg bool, args []string) {
	n, verbose := 1, false
	args = options(ts, args, map[string]*int{"-n": &n}, map[string]*bool{"-v": &verbose})
	if neg || len(args) != 2 {
		ts.Fatalf("usage: received [-n n] [-v] filter file")
	}
	l := liveOf(ts)
	var found []liveMessage
	find := func(t traffic) bool {
		found = found[:0]
		for _, m := range t.messages {
			if _, ok := matchFilter(args[0], m.topic); ok {
				found = append(found, m)
			}
		}
		return len(found) >= n
	}
	if !l.seen.wait(find) {
		ts.Fatalf("%d messages on %s, want %d: %s", len(found), args[0], n, format(found, true))
	}
	l.sync(ts)
	l.seen.wait(find)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), format(found, verbose), 0o666))
}

// retained writes the retained messages on a filter to a file, in the form of
// received -v:
//
//	retained FILTER FILE
func retained(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: retained filter file")
	}
	l := liveOf(ts)
	l.syncs++ // the message of sync reaches the first client, too
	id := harnessID + strconv.Itoa(l.syncs)
	client, err := harnessClient(l.broker.plain, id)
	ts.Check(err)
	defer client.Disconnect(100)
	var found []liveMessage
	end := make(chan struct{})
	// The retained messages come before messages that are published after the
	// subscription.
	ts.Check(settle(client.SubscribeMultiple(map[string]byte{syncTopic: 2}, func(mqtt.Client, mqtt.Message) { close(end) })))
	ts.Check(settle(client.Subscribe(args[0], 2, func(_ mqtt.Client, m mqtt.Message) {
		if m.Retained() {
			found = append(found, liveMessage{m.Topic(), m.Payload(), m.Qos()})
		}
	})))
	ts.Check(settle(client.Publish(syncTopic, 2, false, "")))
	select {
	case <-end:
	case <-time.After(patience):
		ts.Fatalf("the broker does not deliver")
	}
	slices.SortFunc(found, func(a, b liveMessage) int { return cmp.Compare(a.topic, b.topic) })
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), format(found, true), 0o666))
}

func format(messages []liveMessage, verbose bool) []byte {
	var b bytes.Buffer
	for _, m := range messages {
		if verbose {
			fmt.Fprintf(&b, "%d %s ", m.qos, m.topic)
		}
		fmt.Fprintf(&b, "%s\n", m.payload)
	}
	return b.Bytes()
}

// relayCommand changes the connections through BROKER_RELAY: cut ends them, stop
// ends them and accepts no others, slow lets through little of what the broker sends,
// and start ends all trouble:
//
//	relay cut|stop|slow|start
func relayCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: relay cut|stop|slow|start")
	}
	r := liveOf(ts).relay
	switch args[0] {
	case "cut":
		r.cut()
	case "stop":
		r.refuse(true)
		r.cut()
	case "slow":
		r.suffer(trouble{rate: 500})
	case "start":
		r.suffer(trouble{})
		r.refuse(false)
	default:
		ts.Fatalf("relay %s: it can cut, stop, slow, start", args[0])
	}
}

// freePorts returns ports of the loopback interface on which no program listens. They are lower
// than the ports that the system gives to listeners and connections that name none, so nobody
// takes one of them before the test does.
func freePorts(n int) ([]string, error) {
	const first, count, tries = 20000, 12000, 1000
	var ports []string
	for range tries {
		if len(ports) == n {
			return ports, nil
		}
		port := strconv.Itoa(first + rand.IntN(count))
		if _, given := givenPorts.LoadOrStore(port, true); given {
			continue
		}
		if l, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			_ = l.Close()
			ports = append(ports, port)
		}
	}
	return nil, errors.New("no port is free")
}

// givenPorts holds the ports that freePorts has returned.
var givenPorts sync.Map

// namespace returns a command that runs another one, which may mount what nobody
// else sees. It returns "" if the system has no such command.
var namespace = sync.OnceValue(func() string {
	for _, command := range []string{"unshare -m", "unshare -rm"} {
		words := strings.Fields(command + " mount -t tmpfs none /mnt")
		if exec.Command(words[0], words[1:]...).Run() == nil {
			return command
		}
	}
	return ""
})

// mosquittoProgram returns the path of mosquitto, or "" if it is not installed.
func mosquittoProgram() string {
	for _, name := range []string{"mosquitto", "/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
