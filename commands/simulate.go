package commands

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/urfave/cli/v2"

	"mqtool/codec"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/simulator"
)

type simulateOptions struct {
	output     outputOptions
	connection connectionOptions
	serve      serveOptions
	reader     simulateReaderOptions
	camera     simulateCameraOptions

	devices     int
	connections string
}

// serveOptions say how to be the broker, too.
type serveOptions struct {
	address            string // as typed; "" is not at all
	user, passwordFile string
	tls                bool
}

type simulateReaderOptions struct {
	id, rate, format, tags, registers string
	count                             int
}

type simulateCameraOptions struct {
	mac, generation, picture string
	asleep, faults           bool
	wakeAfter, every         time.Duration
}

// What devices are called and do unless somebody says otherwise. The names are
// those of documented examples.
const (
	defaultReader    = "DA1275B0"
	defaultCamera    = "5CC5638AE24C"
	otherCamera      = "1CC31660025E"
	defaultRate      = "0.2/s"
	defaultWakeAfter = 3 * time.Second
	defaultEvery     = 10 * time.Minute
)

func simulateCommand(env *environment) *cli.Command {
	var o simulateOptions
	return &cli.Command{
		Name:      "simulate",
		Usage:     "pretend to be readers and cameras, with a broker of its own if wanted",
		ArgsUsage: "| mqtool simulate COMMAND",
		Description: `Without COMMAND there are a reader and two sleeping cameras, one of each generation, as
the vendors describe them; simulate reader and simulate camera have more to choose
from. They stay until they are interrupted, which is exit code 0.

A line is printed for all that a device sends and does: what its LEDs, buzzer and relay
would show, when it sleeps and wakes, and what it discards. A real device says nothing of
the latter. What no documentation tells about the devices is made up: docs/protocols.md
says which parts are guesses.

--serve makes mqtool the broker as well, for which nothing needs to be installed. ADDR is
HOST:PORT, or a port of this machine, 0 for a free one; other machines can connect only if
HOST says so (0.0.0.0:1883). It is a broker for the desk: nothing is kept on disk, and
clients that speak MQTT 5 are refused.
--serve-tls makes a certificate for a month; its authority is in a file as long as the
broker runs. How to connect is printed on stderr.

A device that has lost its connection keeps what it sends, within limits, and sends it
when the connection is back.`,
		CustomHelpTemplate: examples(`
mqtool simulate --serve
mqtool simulate --broker mqtt://broker.example
mqtool simulate reader --serve 0.0.0.0:1883 --serve-user me --serve-password-file secret
mqtool simulate camera --broker site1 --asleep --generation a
mqtool simulate replay capture.jsonl --broker site1 --speed 10x`),
		Flags: simulateFlags(&o),
		Subcommands: []*cli.Command{
			simulateReaderCommand(env),
			simulateCameraCommand(env),
			simulateReplayCommand(env),
		},
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return unknownCommand(c.Args().First(), c.Command.Subcommands)
			}
			o.devices = 1
			return runSimulate(c, env, o, demoDevices)
		},
	}
}

func simulateReaderCommand(env *environment) *cli.Command {
	var o simulateOptions
	r := &o.reader
	text := func(name string, destination *string, usage, value string, action func(*cli.Context, string) error) cli.Flag {
		return &cli.StringFlag{Name: name, Destination: destination, Usage: usage, DefaultText: value, Action: action}
	}
	return &cli.Command{
		Name:  "reader",
		Usage: "pretend to be SpringCore readers with tags in front of them",
		Description: `A tag comes at the --rate, stays for four fifths of the time until the next one, and is
reported again every 3s (register 02A1) while it stays. The reader publishes META and STATUS
when it connects, STATUS every 30s, and has the last will offline,dead if it has a
connection of its own. It obeys JSON and $SCCMD on its command topic, and discards what a
reader would discard: forbidden combinations, wrong checksums, $SCCMD messages of 256
characters and more.

--registers takes a configuration as "mqtool config registers make --json" prints it:
movements and the format (02A0), repeats (02A1), QoS, will, retained and the time between
two STATUS (0289), volume (02D8).

With several --devices the ids are counted on from --id, and instead of a line for each
action there is one every 5s; --verbose and --json print all.`,
		CustomHelpTemplate: examples(`
mqtool simulate reader --serve
mqtool simulate reader --id DA1275B0 --tags tags.txt --rate 30/m --format scrdr
mqtool simulate reader --registers door.json --count 10 --json
mqtool simulate reader --devices 1000 --rate 2/s --broker mqtt://127.0.0.1`),
		Flags: slices.Concat([]cli.Flag{
			text("id", &r.id, "the reader is called `ID`", defaultReader, nil),
			&cli.IntFlag{
				Name: "count", Destination: &r.count, DefaultText: "no end",
				Usage: "end after `N` events of all readers", Action: atLeastOne("count"),
			},
			text("rate", &r.rate, "so many tags come to each reader: `N`/s, N/m or N/h", defaultRate, nil),
			text("format", &r.format, "events are `FORMAT` json, scrdr or, as older firmware sends them, json2021", "json", oneOf("format", "json", "scrdr", "json2021")),
			text("tags", &r.tags, "the tags are in `FILE`, one id a line, comments after #", "two made up", nil),
			text("registers", &r.registers, "the reader's registers are in `FILE`", "as from the factory", nil),
		}, fleetFlags(&o), simulateFlags(&o)),
		Action: func(c *cli.Context) error { return runSimulate(c, env, o, readers) },
	}
}

func simulateCameraCommand(env *environment) *cli.Command {
	var o simulateOptions
	k := &o.camera
	flip := func(name string, destination *bool, usage string) cli.Flag {
		return &cli.BoolFlag{Name: name, Destination: destination, Usage: usage, DisableDefaultText: true}
	}
	text := func(name string, destination *string, usage, value string, action func(*cli.Context, string) error) cli.Flag {
		return &cli.StringFlag{Name: name, Destination: destination, Usage: usage, DefaultText: value, Action: action}
	}
	return &cli.Command{
		Name:  "camera",
		Usage: "pretend to be Milesight 4G cameras",
		Description: `A camera that is awake answers a status request and takes reboot, shutdown and upgrade;
after a minute without a request it sleeps. Any payload wakes it: it publishes its status
and a picture. It also wakes by itself every 10m for a picture; every fourth one comes
with an alarm.

Generation a sends some bytes and the picture, b sends JSON with the picture in it.
--faults sends in turn what real ones were seen to do wrong: a picture of 22 bytes, a cut
one, a burst of 17, base64 text instead of bytes, MACs in lower case and with colons,
JSON without its last brace, an array of two messages, a picture in numbered pieces.

With several --devices the MACs are counted on from --mac, and instead of a line for each
action there is one every 5s; --verbose and --json print all.`,
		CustomHelpTemplate: examples(`
mqtool simulate camera --serve --asleep
mqtool simulate camera --mac 5c:c5:63:8a:e2:4c --generation a --picture yard.jpg --every 30s
mqtool simulate camera --faults --every 2s --broker mqtt://127.0.0.1`),
		Flags: slices.Concat([]cli.Flag{
			text("mac", &k.mac, "the camera has the address `MAC`", defaultCamera, nil),
			text("generation", &k.generation, "it is of `GENERATION` a (bytes) or b (JSON)", "b", oneOf("generation", "a", "b")),
			text("picture", &k.picture, "it sends the `FILE`, the .jpg files in a directory one after the other, or pictures that are drawn with time and MAC in them", "generated", nil),
			flip("asleep", &k.asleep, "it sleeps at the start"),
			&cli.DurationFlag{
				Name: "wake-after", Destination: &k.wakeAfter, Value: defaultWakeAfter, DefaultText: shortTime(defaultWakeAfter),
				Usage: "it needs `TIME` to wake", Action: notNegative("wake-after"),
			},
			&cli.DurationFlag{
				Name: "every", Destination: &k.every, Value: defaultEvery, DefaultText: shortTime(defaultEvery),
				Usage: "it sends a picture after `TIME`, and again; 0s only when it is woken", Action: notNegative("every"),
			},
			flip("faults", &k.faults, "it does wrong what real ones do wrong"),
		}, fleetFlags(&o), simulateFlags(&o)),
		Action: func(c *cli.Context) error { return runSimulate(c, env, o, cameras) },
	}
}

// notNegative checks the value of an option that is a time.
func notNegative(option string) func(*cli.Context, time.Duration) error {
	return func(_ *cli.Context, d time.Duration) error {
		if d < 0 {
			return usageErrorf("--%s %v: it cannot be negative", option, d)
		}
		return nil
	}
}

// fleetFlags are the options for many devices.
func fleetFlags(o *simulateOptions) []cli.Flag {
	return []cli.Flag{
		&cli.IntFlag{
			Name: "devices", Destination: &o.devices, Value: 1,
			Usage: "be `N` devices", Action: atLeastOne("devices"),
		},
		&cli.StringFlag{
			Name: "connections", Destination: &o.connections, DefaultText: fmt.Sprintf("each up to %d devices", maxEach),
			Usage: "over `CONNECTIONS`: each (one for each device), shared (a few), or a number",
		},
	}
}

// simulateFlags are the options of all that is simulated.
func simulateFlags(o *simulateOptions) []cli.Flag {
	s := &o.serve
	return slices.Concat(outputFlags(&o.output), []cli.Flag{
		&optionalFlag{&cli.StringFlag{
			Name: "serve", Destination: &s.address,
			Usage: "be the broker, too, at `ADDR` (127.0.0.1:1883 if left out)",
		}, loopback, looksLikeAddress},
		&cli.StringFlag{
			Name: "serve-user", Destination: &s.user,
			Usage: "let only the user `NAME` connect to it; needs --serve-password-file",
		},
		&cli.StringFlag{
			Name: "serve-password-file", Destination: &s.passwordFile,
			Usage: "whose password is the first line of `FILE`",
		},
		&cli.BoolFlag{
			Name: "serve-tls", Destination: &s.tls, DisableDefaultText: true,
			Usage: "speak TLS, with a certificate made for the occasion",
		},
	}, slices.DeleteFunc(connectionFlags(&o.connection), func(f cli.Flag) bool {
		return strings.HasPrefix(f.Names()[0], "will-") // a reader has one of its own
	}), topicFlags(&o.connection))
}

// loopback is where --serve listens when it is not told.
const loopback = "127.0.0.1"

// looksLikeAddress tells an address from an argument: it has a port, is a
// number, or is this machine.
func looksLikeAddress(word string) bool {
	_, _, err := net.SplitHostPort(word)
	return err == nil || word == "localhost" || strings.Trim(word, "0123456789") == "" || net.ParseIP(word) != nil
}

// listenAddress is the address that --serve means.
func (s serveOptions) listenAddress() (string, error) {
	host, port := s.address, "1883"
	if s.tls {
		port = "8883"
	}
	if _, err := strconv.ParseUint(s.address, 10, 16); err == nil {
		host, port = loopback, s.address
	} else if h, p, err := net.SplitHostPort(s.address); err == nil {
		host, port = cmp.Or(h, loopback), p
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil || strings.ContainsAny(host, "/@ ") || strings.Trim(host, "0123456789") == "" {
		return "", usageErrorf("--serve %q: want HOST:PORT or PORT, such as 127.0.0.1:1883", s.address)
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), port), nil
}

// check finds options that do not go together; typedBroker tells whether
// there is a --broker, too.
func (s serveOptions) check(typedBroker bool) error {
	switch {
	case s.address == "" && (s.user != "" || s.passwordFile != "" || s.tls):
		return usageErrorf("--serve-user, --serve-password-file and --serve-tls go with --serve")
	case s.address != "" && typedBroker:
		return usageErrorf("--serve and --broker: choose one")
	case (s.user == "") != (s.passwordFile == ""):
		return usageErrorf("--serve-user and --serve-password-file go together")
	}
	return nil
}

// start starts the broker, and tells how to connect to it.
func (s serveOptions) start(ctx context.Context, env *environment) (*simulator.Broker, *connection, error) {
	address, err := s.listenAddress()
	if err != nil {
		return nil, nil, err
	}
	password := secret{file: s.passwordFile}
	serve := simulator.ServeConfig{
		Address: address, User: s.user, TLS: s.tls,
		Tell: func(text string) { notice(env, "%s", text) },
	}
	if serve.Password, err = password.read(ctx); err != nil {
		return nil, nil, err
	}
	b, err := simulator.Serve(serve)
	if err != nil {
		return nil, nil, fmt.Errorf("serving: %w", err)
	}
	line := "mqtool listen --broker " + b.URL
	if b.CAFile != "" {
		line += " --ca " + b.CAFile
	}
	if s.user != "" {
		line += " --username " + s.user + " --password-file " + s.passwordFile
	}
	notice(env, "broker at %s; in another terminal: %s", b.URL, line)
	return b, &connection{
		config:   broker.Config{URL: b.URL, CAFile: b.CAFile, Username: s.user},
		password: password,
	}, nil
}

// link says how to connect: to the broker that is served here, or to another.
// The broker, if not nil, is to be closed.
func (o *simulateOptions) link(c *cli.Context, env *environment) (*simulator.Broker, *connection, error) {
	// A variable names the broker that one has anyhow; --serve is another.
	typedBroker := o.connection.broker != "" && !o.connection.variables["broker"]
	if err := o.serve.check(typedBroker); err != nil {
		return nil, nil, err
	}
	if o.serve.address == "" {
		link, _, err := o.connection.prepare(c.Context, env, "", nil)
		return nil, link, err
	}
	b, link, err := o.serve.start(c.Context, env)
	if err != nil {
		return nil, nil, err
	}
	n := &o.connection
	link.prefix, link.snapshotTopic, link.alarmTopic, link.statusTopic = n.prefix, n.snapshotTopic, n.alarmTopic, n.statusTopic
	if n.verbose || n.trace {
		link.config.Log = n.logger(env)
	}
	return b, link, nil
}

// A maker makes the devices. Allow is to be asked before each event.
type maker func(ctx context.Context, env *environment, o *simulateOptions, link *connection, allow func() bool) ([]simulator.Device, error)

// demoDevices are a reader and a sleeping camera of each generation.
func demoDevices(ctx context.Context, env *environment, _ *simulateOptions, link *connection, _ func() bool) ([]simulator.Device, error) {
	all := simulateOptions{devices: 1}
	devices, err := readers(ctx, env, &all, link, nil)
	if err != nil {
		return nil, err
	}
	for _, k := range []simulateCameraOptions{{mac: defaultCamera, generation: "a"}, {mac: otherCamera, generation: "b"}} {
		k.asleep, k.wakeAfter, k.every = true, time.Second, defaultEvery
		all.camera = k
		camera, err := cameras(ctx, env, &all, link, nil)
		if err != nil {
			return nil, err
		}
		devices = append(devices, camera...)
	}
	return devices, nil
}

// madeUpTags are the tags of documented examples.
var madeUpTags = []string{"047DAE02C84080", "262BA1B0"}

func readers(ctx context.Context, env *environment, o *simulateOptions, link *connection, allow func() bool) ([]simulator.Device, error) {
	r := o.reader
	every, err := parseRate(cmp.Or(r.rate, defaultRate))
	if err != nil {
		return nil, err
	}
	id, err := codec.ParseDeviceID(cmp.Or(r.id, defaultReader))
	if err != nil {
		return nil, usageErrorf("--id: %v", err)
	}
	config := simulator.ReaderConfig{
		Prefix: link.readerPrefix(), Format: simulator.ReaderFormat(r.format), Tags: madeUpTags, Every: every, Allow: allow,
		Boot: time.Now().Unix(), // which grows with each start
	}
	if r.tags != "" {
		list, err := newTagList(r.tags)
		if err != nil {
			return nil, fmt.Errorf("--tags: %w", err)
		}
		if config.Tags = slices.Sorted(maps.Keys(list.tags)); len(config.Tags) == 0 {
			return nil, damagedErrorf("--tags: no tag in %s", r.tags)
		}
	}
	if r.registers != "" {
		if config.Registers, err = readRegisters(ctx, env, r.registers); err != nil {
			return nil, fmt.Errorf("--registers: %w", err)
		}
	}
	devices := make([]simulator.Device, o.devices)
	for i := range devices {
		config.ID, config.First = countOn(id, i), every*time.Duration(i)/time.Duration(o.devices)
		reader, err := simulator.NewReader(config)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", cmp.Or(r.registers, "reader"), err)
		}
		devices[i] = reader
	}
	return devices, nil
}

func cameras(_ context.Context, _ *environment, o *simulateOptions, link *connection, _ func() bool) ([]simulator.Device, error) {
	k := o.camera
	mac, err := codec.ParseMAC(cmp.Or(k.mac, defaultCamera))
	if err != nil {
		return nil, usageErrorf("--mac: %v", err)
	}
	for option, topic := range map[string]string{"snapshot-topic": link.snapshotTopic, "alarm-topic": link.alarmTopic, "status-topic": link.statusTopic} {
		if topic == "" {
			continue
		}
		if err := broker.ValidTopic(topic); err != nil {
			return nil, usageErrorf("--%s: %v", option, err)
		}
	}
	config := simulator.CameraConfig{
		Generation:    codec.Generation(cmp.Or(k.generation, string(codec.GenerationB))),
		SnapshotTopic: link.snapshotTopic, AlarmTopic: link.alarmTopic, StatusTopic: link.statusTopic,
		Asleep: k.asleep, WakeAfter: k.wakeAfter, Every: k.every, Faults: k.faults,
	}
	if config.Picture, err = simulator.Pictures(k.picture); err != nil {
		return nil, fmt.Errorf("--picture: %w", err)
	}
	devices := make([]simulator.Device, o.devices)
	for i := range devices {
		config.MAC, config.Seed, config.First = countOn(mac, i), uint64(time.Now().UnixNano())+uint64(i), k.every*time.Duration(i+1)/time.Duration(o.devices)
		devices[i] = simulator.NewCamera(config)
	}
	return devices, nil
}

// countOn is the i-th name from one on: the next hex number, or for what is
// no number the name with a number behind.
func countOn(name string, i int) string {
	if i == 0 {
		return name
	}
	n, err := strconv.ParseUint(name, 16, 64)
	if err != nil || len(name) > 15 {
		return fmt.Sprintf("%s-%d", name, i+1)
	}
	next := fmt.Sprintf("%0*X", len(name), n+uint64(i))
	return next[len(next)-len(name):]
}

// maxRate is the highest rate: uptimes, by which events are told apart, have milliseconds.
const maxRate = 1000

// parseRate reads N/s, N/m, N/h or N, which is N/s, and gives the time between two.
func parseRate(s string) (time.Duration, error) {
	number, unit, _ := strings.Cut(s, "/")
	units := map[string]time.Duration{"": time.Second, "s": time.Second, "m": time.Minute, "h": time.Hour}
	n, err := strconv.ParseFloat(number, 64)
	per, ok := units[unit]
	if err != nil || !ok || !(n > 0) || n/per.Seconds() > maxRate || float64(per)/n > float64(1000*time.Hour) {
		return 0, usageErrorf("--rate %q: want a number above zero and /s, /m or /h, such as 2/s or 0.5/m; at most %d/s", s, maxRate)
	}
	return time.Duration(float64(per) / n), nil
}

// Devices have a connection each up to maxEach, and more share a few. Only
// with a connection of its own has a reader a last will.
const (
	maxEach = 50
	few     = 4
)

// countConnections is how many connections the devices have.
func (o *simulateOptions) countConnections(devices int) (int, error) {
	switch o.connections {
	case "":
		if devices <= maxEach {
			return devices, nil
		}
		return few, nil
	case "each":
		return devices, nil
	case "shared":
		return min(few, devices), nil
	}
	n, err := strconv.Atoi(o.connections)
	if err != nil || n < 1 {
		return 0, usageErrorf("--connections %q: it can be each, shared or a number", o.connections)
	}
	return min(n, devices), nil
}

// runSimulate makes devices, connects them, and lets them live.
func runSimulate(c *cli.Context, env *environment, o simulateOptions, makeDevices maker) error {
	if c.Args().Present() {
		return usageErrorf("unexpected argument %q", c.Args().First())
	}
	served, link, err := o.link(c, env)
	if err != nil {
		return err
	}
	if served != nil {
		defer served.Close()
	}
	ctx, cancel := context.WithCancel(c.Context)
	defer cancel()
	s := newSimulation(env, o, cancel)
	devices, err := makeDevices(ctx, env, &o, link, s.allow)
	if err != nil {
		return err
	}
	if err := s.connect(ctx, link, devices); err != nil {
		return err
	}
	return s.run(ctx)
}

// A simulation is simulate at work.
type simulation struct {
	env     *environment
	options simulateOptions
	cancel  context.CancelFunc
	lines   []*simulator.Line
	events  atomic.Int64  // that were allowed
	enough  chan struct{} // closed after the last one

	mu      sync.Mutex
	text    *render.Text
	summary *summary // of many devices, or nil
	failed  error    // of writing
}

func newSimulation(env *environment, o simulateOptions, cancel context.CancelFunc) *simulation {
	s := &simulation{env: env, options: o, cancel: cancel, enough: make(chan struct{})}
	s.text = render.NewText(render.NewStyle(o.output.colored(env.stdoutTerminal)))
	if o.devices > 1 && !o.output.json && !o.connection.verbose {
		s.summary = newSummary(o.devices)
	}
	return s
}

// allow counts events, and makes an end when there were enough.
func (s *simulation) allow() bool {
	n, most := s.events.Add(1), int64(s.options.reader.count)
	if most > 0 && n == most {
		close(s.enough) // what is on its way still arrives
	}
	return most == 0 || n <= most
}

// connect connects the devices.
func (s *simulation) connect(ctx context.Context, link *connection, devices []simulator.Device) error {
	n, err := s.options.countConnections(len(devices))
	if err != nil {
		return err
	}
	if s.options.connection.clientID != "" && n > 1 {
		return usageErrorf("--client-id is for one connection; these devices have %d", n)
	}
	config, err := link.dialable(ctx, s.env)
	if err != nil {
		return err
	}
	config.QoS, config.Reconnect = 1, true
	for i := range n {
		line := &simulator.Line{Devices: devices[i*len(devices)/n : (i+1)*len(devices)/n], Tell: s.tell}
		config := config
		config.ClientID = s.options.connection.clientID
		if len(line.Devices) == 1 && config.ClientID == "" {
			config.ClientID = line.Devices[0].Name() // as a reader does it
		}
		line.Dial = func(ctx context.Context, will *simulator.Message, notify func(broker.Event)) (*broker.Conn, error) {
			if will != nil {
				config.Will = &broker.Will{Topic: will.Topic, Payload: will.Payload, QoS: will.QoS, Retain: will.Retain}
			}
			config.Notify = func(e broker.Event) {
				if e.Kind == broker.EventWarning {
					notice(s.env, "%v", e)
				}
				notify(e)
			}
			return broker.Dial(ctx, config)
		}
		s.lines = append(s.lines, line)
	}
	return s.each(func(l *simulator.Line) error { return l.Connect(ctx) }, 16)
}

// each does something with all lines, so many at a time, and returns the
// first error after all have ended.
func (s *simulation) each(do func(*simulator.Line) error, together int) error {
	var group sync.WaitGroup
	var once sync.Once
	var first error
	slots := make(chan struct{}, together)
	for _, l := range s.lines {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			if err := do(l); err != nil {
				once.Do(func() { first = err; s.cancel() })
			}
		})
	}
	group.Wait()
	return first
}

// run lets the devices live until ctx ends.
func (s *simulation) run(ctx context.Context) error {
	if s.summary != nil {
		notice(s.env, "%s on %s (Ctrl-C ends)", render.Count(s.options.devices, "device"), render.Count(len(s.lines), "connection"))
	}
	stop := s.summarize()
	err := s.each(func(l *simulator.Line) error { return l.Run(ctx, s.enough) }, len(s.lines))
	stop()
	unsent := 0
	for _, l := range s.lines {
		unsent += l.Unsent()
	}
	switch {
	case s.failed != nil:
		return s.failed
	case err != nil:
		return err
	case unsent > 0:
		return fmt.Errorf("%s not acknowledged by the broker", render.Count(unsent, "message"))
	}
	return nil
}

// tell prints what a device did, or counts it.
func (s *simulation) tell(a simulator.Action) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.summary != nil {
		s.summary.add(a)
		return
	}
	action := render.Action(a)
	var line []byte
	if s.options.output.json {
		line = append(action.AppendJSON(nil), '\n')
	} else {
		line = s.text.AppendAction(nil, &action)
	}
	s.write(line)
}

// write writes a line. The caller holds s.mu.
func (s *simulation) write(line []byte) {
	if s.failed != nil {
		return
	}
	if _, err := s.env.stdout.Write(line); err != nil {
		s.failed = err
		s.cancel()
	}
}

// summarize prints what was counted, now and then and when stop is called.
func (s *simulation) summarize() (stop func()) {
	if s.summary == nil {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(summaryEvery)
		defer tick.Stop()
		for last := false; !last; {
			select {
			case <-tick.C:
			case <-done:
				last = true
			}
			s.mu.Lock()
			s.write(s.summary.line(time.Now(), last))
			s.mu.Unlock()
		}
	}()
	return func() { close(done); <-ended }
}

const summaryEvery = 5 * time.Second

// A summary counts what many devices do.
type summary struct {
	devices    int
	start      time.Time
	now, total map[string]int // by what they did
	since      time.Time      // of now
}

func newSummary(devices int) *summary {
	start := time.Now()
	return &summary{devices, start, map[string]int{}, map[string]int{}, start}
}

func (s *summary) add(a simulator.Action) {
	word := a.Did
	if a.Did == simulator.Sent {
		word = string(a.Value.Kind())
	}
	s.now[word]++
	s.total[word]++
}

// line says what was counted since the last one, or since the start:
//
//	1000 devices: 10000 event, 34 status in 5s, 2007/s
func (s *summary) line(now time.Time, all bool) []byte {
	counts, since := s.now, s.since
	if all {
		counts, since = s.total, s.start
	}
	spent := max(now.Sub(since), time.Millisecond)
	var parts []string
	sum := 0
	for _, word := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", counts[word], word))
		sum += counts[word]
	}
	line := fmt.Sprintf("%s: %s in %v, %.0f/s\n", render.Count(s.devices, "device"), cmp.Or(strings.Join(parts, ", "), "nothing"),
		spent.Round(100*time.Millisecond), float64(sum)/spent.Seconds())
	if all {
		line = "in all, " + line
	}
	clear(s.now)
	s.since = now
	return []byte(line)
}
