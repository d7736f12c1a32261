package commands

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mqtool/codec"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/render"
)

type listenOptions struct {
	output     outputOptions
	connection connectionOptions

	family string
	topics cli.StringSlice
	kinds  string
	share  string // group
	qos    int
	wait   bool

	count         int
	timeout, idle time.Duration

	retained codec.Opt[bool]
	debounce time.Duration
	strict   bool

	raw, hex bool
	payload  string // "base64" adds it to the JSON

	answer answerOptions
	save   string // directory
	exec   cli.StringSlice
	jobs   int
}

func listenCommand(env *environment) *cli.Command {
	var o listenOptions
	text := func(name string, destination *string, usage string, action func(*cli.Context, string) error) cli.Flag {
		return &cli.StringFlag{Name: name, Destination: destination, Usage: usage, Action: action}
	}
	flip := func(name string, destination *bool, usage string) cli.Flag {
		return &cli.BoolFlag{Name: name, Destination: destination, Usage: usage, DisableDefaultText: true}
	}
	return &cli.Command{
		Name:      "listen",
		Usage:     "print, save and answer what devices publish",
		ArgsUsage: "[DEVICE...]",
		Description: `Without DEVICE everything that readers and cameras publish is printed, one line a
message; commands of others are not. DEVICE is a name in the configuration file, the id
of a reader or the MAC of a camera.

It listens until it is interrupted, until --count messages were printed, or until
--timeout or --idle; all of these are exit code 0, unless time ran out before the
--count was complete, or before anything was printed at all: then it is 4. Whoever
interrupts it before it is connected, or before the --count is complete, gets 130.

A lost connection is made again, however long that takes, and stderr tells how long the
gap was. With --persistent the broker keeps what comes in meanwhile (QoS 1), also while
mqtool does not run. It knows the session by the client id: that of --client-id, or the
client_id of the configuration file, which no other command takes. When it has no such
session, as before the first run, one line on stderr says so; --strict does not count
that. For other topics take another client id, since the session keeps the old ones.
A message is acknowledged when its line was written and its picture has its
name, so that nothing is lost when mqtool is killed; a message may then come twice, the
second time with "duplicate":true.

A line that is printed once does not come again: an event with the same uptime, tag and
movement from the same reader is a duplicate; it is dropped and counted. What was
lost, dropped or failed is said at the end; --strict makes it exit code 1.

A reader is answered on its command topic when a tag was read, in the same connection.
Events that the broker kept, that come a second time, or that say that a tag was taken
away are never answered. The --allow FILE has one tag id a line, comments after #. It is
read again when it has changed; one that cannot be read leaves the old one in force.

--exec comes last: all that follows is the program and its arguments. It runs once for
each message, no shell in between, with the JSON on its standard input and, in its
environment, MQTOOL_MESSAGE_TIME, _TOPIC, _FAMILY, _DEVICE, _KIND, _TAG and _OUTPUT (the
picture). What it prints goes to stderr. Up to --jobs run at a time, in any order.`,
		CustomHelpTemplate: examples(`
mqtool listen
mqtool listen --broker mqtts://host --username me --password - --json > log.jsonl
mqtool listen --kind snapshot --save pictures/
mqtool listen --count 1 --timeout 10s --retained=false door
mqtool listen --allow tags.txt --debounce 5s DA1275B0
mqtool listen --persistent --client-id log1 --json >> log.jsonl
mqtool listen --topic 'site/#' --kind event --exec ./on-event --verbose`),
		Flags: slices.Concat(outputFlags(&o.output), []cli.Flag{
			text("family", &o.family, "only devices of `FAMILY`: "+strings.Join(familyNames(), ", "), oneOf("family", familyNames()...)),
			text("kind", &o.kinds, "only messages of these `KINDS`, separated by commas: "+strings.Join(listenKinds(), ", "), nil),
			&cli.StringSliceFlag{
				Name: "topic", Destination: &o.topics, KeepSpace: true,
				Usage: "listen to `FILTER` instead of the devices' topics; may be repeated",
			},
			text("share", &o.share, "share the messages with the other listeners of `GROUP`: each goes to one of them", nil),
			&cli.IntFlag{
				Name: "qos", Destination: &o.qos, Value: 1,
				Usage: "ask for messages with `QOS` 0, 1 or 2", Action: checkQoS("qos"),
			},
			flip("wait", &o.wait, "wait for the broker if it is not there yet"),
			&cli.IntFlag{
				Name: "count", Destination: &o.count, DefaultText: "no end",
				Usage: "end after `N` messages were printed", Action: atLeastOne("count"),
			},
			&cli.DurationFlag{
				Name: "timeout", Destination: &o.timeout, DefaultText: "none",
				Usage: "end after `TIME` in all, such as 30s", Action: positive("timeout"),
			},
			&cli.DurationFlag{
				Name: "idle", Destination: &o.idle, DefaultText: "none",
				Usage: "end when nothing was printed for `TIME`", Action: positive("idle"),
			},
			&cli.BoolFlag{
				Name: "retained", DisableDefaultText: true,
				Usage: "print events of readers that the broker kept, too: they are old; --retained=false prints nothing that it kept",
				Action: func(_ *cli.Context, value bool) error {
					o.retained = codec.Some(value)
					return nil
				},
			},
			&cli.DurationFlag{
				Name: "debounce", Destination: &o.debounce, DefaultText: "none",
				Usage:  "drop a tag that the same reader has reported less than `TIME` before; a reader repeats a tag that stays every 3s",
				Action: positive("debounce"),
			},
			flip("strict", &o.strict, "exit code 1 when anything was lost, dropped, duplicated or failed"),
			flip("raw", &o.raw, "print the payloads only, byte by byte, nothing between them"),
			flip("hex", &o.hex, "print the payloads only, in hex, one a line"),
			&cli.StringFlag{
				Name: "payload", Destination: &o.payload,
				Usage: "with --json, add the payload in `FORMAT` base64, as payload_base64", Action: oneOf("payload", "base64"),
			},
		}, answerFlags(&o.answer), []cli.Flag{
			text("save", &o.save, "write pictures to `DIR`, as MAC/2026-04-19T174658Z-FILE.jpg; of a camera whose MAC is not known, to a folder named after the topic, or to unknown/", nil),
			&restFlag{&cli.StringSliceFlag{
				Name: "exec", Destination: &o.exec, KeepSpace: true,
				Usage: "run `PROGRAM ARGUMENT...` for each message; this option comes last",
			}},
			&cli.IntFlag{
				Name: "jobs", Destination: &o.jobs, Value: 4,
				Usage: "run up to `N` programs at a time; 1 keeps them in order", Action: atLeastOne("jobs"),
			},
		}, listenerFlags(&o.connection), topicFlags(&o.connection)),
		Action: func(c *cli.Context) error { return runListen(c.Context, env, o, c.Args().Slice()) },
	}
}

// listenKinds are the kinds of messages that devices publish, as --kind has them.
func listenKinds() []string { return []string{"event", "status", "meta", "snapshot", "alarm"} }

// parseKinds reads the value of --kind; none are all.
func parseKinds(text string) ([]codec.Kind, error) {
	var kinds []codec.Kind
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		if !slices.Contains(listenKinds(), word) {
			return nil, usageErrorf("--kind %q: it can be %s", word, strings.Join(listenKinds(), ", "))
		}
		kinds = append(kinds, codec.Kind(word))
	}
	return kinds, nil
}

// runListen connects, subscribes, and handles messages until told to stop.
func runListen(ctx context.Context, env *environment, o listenOptions, names []string) error {
	if err := o.check(env); err != nil {
		return err
	}
	link, devices, err := o.connection.prepare(ctx, env, o.family, names)
	if err != nil {
		return err
	}
	l, err := newListener(env, o, link, devices)
	if err != nil {
		return err
	}
	defer onOneProcessor()()
	link.config.QoS = byte(o.qos)
	link.config.Reconnect, link.config.Wait = true, o.wait
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.timeout)
		defer cancel()
	}
	if l.conn, err = link.dial(ctx, env); err != nil {
		return err
	}
	err = l.subscribe(ctx)
	if err == nil && !l.full() {
		err = l.listen(ctx, ctx)
	}
	return l.end(err)
}

// check finds options that do not go together.
func (o *listenOptions) check(env *environment) error {
	formats := 0
	for _, given := range []bool{o.output.json, o.raw, o.hex} {
		if given {
			formats++
		}
	}
	switch {
	case formats > 1:
		return usageErrorf("--json, --raw, --hex: choose one")
	case o.raw && env.stdoutTerminal:
		return usageErrorf("--raw prints what devices send as it is, which is nothing for a terminal; use --hex, or a pipe or file")
	case o.payload != "" && !o.output.json:
		return usageErrorf("--payload goes with --json")
	case o.answer.given() && o.connection.persistent.Value:
		return usageErrorf("answers do not go with --persistent: what the broker kept while nobody listened would be answered late; run two listeners")
	case o.share != "" && (strings.Contains(o.share, "/") || broker.ValidFilter("$share/"+o.share+"/x") != nil):
		return usageErrorf("--share %q: the name of a group has no / + or #", o.share)
	}
	return nil
}

// A listener is listen at work.
type listener struct {
	env     *environment
	options listenOptions
	conn    *broker.Conn

	filters  []string // to subscribe to
	wanted   wanted
	decoder  *codec.Decoder
	probe    *broker.ShareProbe // or nil
	answers  *answerer          // or nil
	pictures *pictures          // or nil
	programs *programs          // or nil
	text     *render.Text

	uptimes recent[uptimeKey] // of events that were printed
	tags    recent[tagKey]    // of events that were met

	subscribed bool // the broker has said so

	out     []byte           // printed but not yet written
	unacked []broker.Message // whose lines are in out, when the session is persistent
	printed int
	began   time.Time
	last    time.Time // when something was printed, or the start

	retained  int // events that the broker kept, passed over
	bounced   int // events dropped by --debounce
	repeated  int // events dropped because they came twice
	malformed int
	unnamed   int // messages that do not say which camera they are of

	envelope render.Envelope // used again for each value
}

func newListener(env *environment, o listenOptions, link *connection, devices []device) (*listener, error) {
	l := &listener{env: env, options: o, began: time.Now()}
	kinds, err := parseKinds(o.kinds)
	if err != nil {
		return nil, err
	}
	l.wanted = wanted{kinds: kinds, family: o.family, devices: devices}
	roles := cameraRoles(link)
	l.decoder = link.decoder()
	if l.filters = o.topics.Value(); len(l.filters) == 0 {
		if l.filters = l.wanted.filters(link, roles); len(l.filters) == 0 {
			return nil, usageErrorf("no such device publishes messages of kind %s", o.kinds)
		}
	}
	for _, f := range l.filters {
		if err := broker.ValidFilter(f); err != nil {
			return nil, usageErrorf("--topic: %v", err)
		}
		if o.share != "" && strings.HasPrefix(f, "$share/") {
			return nil, usageErrorf("--share and --topic %q: say the group once", f)
		}
	}
	switch {
	case o.answer.given() && l.wanted.leavesOut(springcore, codec.KindEvent):
		return nil, usageErrorf("events of readers are answered, and what is listened to leaves them out")
	case o.debounce > 0 && l.wanted.leavesOut(springcore, codec.KindEvent):
		return nil, usageErrorf("--debounce is for events of readers, and what is listened to leaves them out")
	case o.save != "" && l.wanted.leavesOut(milesight, codec.KindSnapshot):
		return nil, usageErrorf("--save is for snapshots of cameras, and what is listened to leaves them out")
	}
	if l.answers, err = newAnswerer(env, o.answer); err != nil {
		return nil, err
	}
	if o.save != "" {
		if l.pictures, err = newPictures(o.save, link.config.Persistent); err != nil {
			return nil, err
		}
	}
	if argv := o.exec.Value(); len(argv) > 0 {
		if l.programs, err = newPrograms(env, argv, o.jobs); err != nil {
			return nil, err
		}
	}
	if !o.output.json && !o.raw && !o.hex {
		l.text = render.NewText(render.NewStyle(o.output.colored(env.stdoutTerminal)))
	}
	return l, nil
}

// subscribe asks for the messages.
func (l *listener) subscribe(ctx context.Context) error {
	filters := l.filters
	if l.options.share != "" {
		filters = nil
		for _, f := range l.filters {
			filters = append(filters, "$share/"+l.options.share+"/"+f)
		}
	}
	// What a broker has kept for us comes before its answer, and the answer only
	// when that was taken.
	asking, giveUp := context.WithCancel(ctx)
	defer giveUp()
	waiting, stop := context.WithCancel(asking)
	answer := make(chan error, 1)
	go func() {
		defer stop()
		answer <- l.conn.Subscribe(asking, filters...)
	}()
	if err := l.listen(ctx, waiting); err == nil || err != waiting.Err() {
		return err // --count is reached, or nothing can be written
	}
	if err := <-answer; err != nil {
		return err
	}
	l.subscribed = true
	if l.options.share != "" {
		probe := broker.NewShareProbe(broker.ProbeTopic, l.options.share, l.conn.ClientID())
		switch err := l.conn.Subscribe(ctx, probe.Filters()...); {
		case broker.IsKind(err, broker.Denied):
			notice(l.env, "whether the broker delivers through shared subscriptions cannot be tested: %v", err)
		case err != nil:
			return err
		default:
			l.probe = probe
			if err := probe.Send(ctx, l.conn); err != nil {
				return err
			}
		}
	}
	if l.env.stderrTerminal && l.env.stdoutTerminal {
		notice(l.env, "listening to %s (Ctrl-C ends)", strings.Join(filters, " "))
	}
	l.last = time.Now()
	return nil
}

// errIdle ends a listener to which nothing came for a while.
var errIdle = errors.New("idle")

// listen handles messages until waiting ends or something else makes an end,
// which is its error; nil when --count is reached. What a message sets off goes
// on until ctx ends.
func (l *listener) listen(ctx, waiting context.Context) error {
	for {
		m, ok := l.conn.TryReceive()
		if !ok && len(l.out) > 0 {
			runtime.Gosched() // what came together is on its way from the connection, and is written together
			m, ok = l.conn.TryReceive()
		}
		if !ok {
			if err := l.flush(); err != nil {
				return err
			}
			var err error
			if m, err = l.receive(waiting); err != nil {
				return cmp.Or(l.drain(ctx), err)
			}
		}
		if err := l.handle(ctx, m); err != nil {
			return err
		}
		switch {
		case l.full():
			return l.flush()
		case waiting.Err() != nil:
			return cmp.Or(l.drain(ctx), waiting.Err())
		case l.isIdle(m.Received):
			return cmp.Or(l.flush(), errIdle) // only what is passed over comes in
		}
	}
}

// full reports whether --count is reached.
func (l *listener) full() bool { return l.options.count > 0 && l.printed >= l.options.count }

// isIdle reports whether nothing was printed for --idle, since we subscribed.
func (l *listener) isIdle(now time.Time) bool {
	return l.options.idle > 0 && l.subscribed && now.Sub(l.last) >= l.options.idle
}

// receive waits for a message.
func (l *listener) receive(ctx context.Context) (broker.Message, error) {
	for {
		var until time.Time
		if l.options.idle > 0 && l.subscribed {
			until = l.last.Add(l.options.idle)
		}
		if due, ok := l.due(); ok && (until.IsZero() || due.Before(until)) {
			until = due
		}
		if until.IsZero() {
			return l.conn.Receive(ctx)
		}
		m, err := l.receiveUntil(ctx, until)
		if err != context.DeadlineExceeded || ctx.Err() != nil {
			return m, err
		}
		now := time.Now()
		if l.probe != nil {
			doubt, err := l.probe.Verdict(now)
			if err != nil {
				return broker.Message{}, err
			}
			if doubt != "" {
				notice(l.env, "%s", doubt)
			}
		}
		if l.isIdle(now) {
			return broker.Message{}, errIdle
		}
	}
}

// due is when the probe of --share has its verdict, if there is one to come.
func (l *listener) due() (time.Time, bool) {
	if l.probe == nil {
		return time.Time{}, false
	}
	return l.probe.Due()
}

func (l *listener) receiveUntil(ctx context.Context, until time.Time) (broker.Message, error) {
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	return l.conn.Receive(ctx)
}

// maxDrain is how long what has come in is still handled after the end.
const maxDrain = time.Second

// drain handles what has come in before the end, and waits for the messages
// of a probe: otherwise they would be counted as dropped.
func (l *listener) drain(ctx context.Context) error {
	end := time.Now().Add(maxDrain)
	for !l.full() && time.Now().Before(end) {
		m, ok := l.conn.TryReceive()
		if !ok && l.probe != nil && l.probe.Expects() {
			var err error
			m, err = l.receiveUntil(context.WithoutCancel(ctx), end)
			ok = err == nil
		}
		if !ok {
			break
		}
		if err := l.handle(ctx, m); err != nil {
			return err
		}
	}
	return l.flush()
}

// Output is written when nothing more waits, or at the latest when there is
// this much of it. Brokers send about 20 messages ahead of their
// acknowledgements; half of them keeps both sides busy.
const (
	listenBlock = 64 << 10
	maxUnacked  = 10
)

// handle deals with one message.
func (l *listener) handle(ctx context.Context, m broker.Message) error {
	if l.probe == nil || !l.probe.Takes(m) {
		if err := l.show(ctx, m); err != nil {
			return err
		}
	}
	if l.options.connection.persistent.Value {
		m.Payload = nil // which is no longer needed
		l.unacked = append(l.unacked, m)
	}
	if len(l.out) >= listenBlock || len(l.unacked) >= maxUnacked {
		return l.flush()
	}
	return nil
}

// flush writes what is printed, and acknowledges the messages.
func (l *listener) flush() error {
	if len(l.out) > 0 {
		if _, err := l.env.stdout.Write(l.out); err != nil {
			return err
		}
		l.out = l.out[:0]
		if cap(l.out) > 4*listenBlock {
			l.out = nil // one large payload is no reason to hold its memory
		}
	}
	for i, m := range l.unacked {
		m.Ack()
		l.unacked[i] = broker.Message{}
	}
	l.unacked = l.unacked[:0]
	return nil
}

// show decodes a message and deals with each of its values.
func (l *listener) show(ctx context.Context, m broker.Message) error {
	items := l.decoder.Decode(m.Topic, m.Payload)
	printed := l.printed
	for i := range items {
		if l.full() {
			break
		}
		if l.printed > printed { // the payload is printed once, however many values it has
			if l.options.raw || l.options.hex {
				break
			}
			m.Payload = nil
		}
		if err := l.take(ctx, m, &items[i]); err != nil {
			return err
		}
	}
	return nil
}

// take does with a value all that was asked for, unless it is to be passed over.
func (l *listener) take(ctx context.Context, m broker.Message, item *codec.Item) error {
	l.envelope = render.Envelope{
		Time: m.Received, Topic: m.Topic, Family: item.Family, Device: item.Device, Value: item.Value,
		Delivery: codec.Some(render.Delivery{QoS: m.QoS, Retained: m.Retained, Duplicate: m.Duplicate}),
	}
	e := &l.envelope
	if item.Err != nil {
		l.malformed++
		e.Warnings = append(e.Warnings, item.Err.Error())
	}
	if !l.wanted.all() && !l.wants(e, item.Kind) {
		return nil
	}
	if m.Retained && !l.options.retained.Value && (item.Kind == codec.KindEvent || l.options.retained.Set) {
		l.retained++
		return nil
	}
	if item.Kind == codec.KindEvent && l.old(e, m) {
		return nil
	}

	if l.options.payload != "" {
		e.Payload = m.Payload
	}
	e.Answer = l.answers.answer(ctx, l.conn, item, e, m)
	var err error
	if e.Output, err = l.pictures.save(e); err != nil {
		return err
	}
	l.out = l.print(l.out, m)
	l.printed++
	if l.options.idle > 0 {
		l.last = time.Now()
	}
	if l.programs != nil {
		l.programs.run(ctx, append(e.AppendJSON(nil), '\n'), e)
	}
	return nil
}

// wants reports whether the options ask for a message.
func (l *listener) wants(e *render.Envelope, kind codec.Kind) bool {
	if !l.wanted.kind(kind) || l.wanted.family != "" && e.Family != l.wanted.family {
		return false
	}
	ok, unnamed := l.wanted.device(e.Family, e.Device)
	if unnamed {
		if l.unnamed++; l.unnamed == 1 {
			notice(l.env, "a %s that does not say which camera it is of is passed over; without the names of cameras all are printed", kind)
		}
	}
	return ok
}

// old reports whether an event is one to pass over: it was printed before, or
// tells of a tag that is still there.
func (l *listener) old(e *render.Envelope, m broker.Message) bool {
	v, ok := e.Value.(*codec.ReaderEvent)
	if !ok {
		return false
	}
	tag := tagKey{l.uptimes.hash(e.Topic), l.uptimes.hash(e.Device), l.uptimes.hash(v.TagID), v.Move}
	if v.Uptime.Set {
		if _, seen := l.uptimes.swap(uptimeKey{tag, v.Uptime.Value}, 0); seen {
			l.repeated++
			return true
		}
	}
	if l.options.debounce > 0 && v.TagID != "" {
		// The time goes on from each repetition: a tag that stays is reported
		// once. It is not that of the clock, which somebody may set back.
		now := m.Received.Sub(l.began).Milliseconds()
		if before, seen := l.tags.swap(tag, now); seen && now-before < l.options.debounce.Milliseconds() {
			l.bounced++
			return true
		}
	}
	return false
}

// print appends a message as it was asked for.
func (l *listener) print(dst []byte, m broker.Message) []byte {
	switch {
	case l.options.raw:
		return append(dst, m.Payload...)
	case l.options.hex:
		return append(hex.AppendEncode(dst, m.Payload), '\n')
	case l.text == nil:
		return append(l.envelope.AppendJSON(dst), '\n')
	}
	return l.text.Append(dst, &l.envelope)
}

// maxGoodbye is how long the end may take: for answers to be acknowledged.
const maxGoodbye = 5 * time.Second

// end closes what is open, tells what was lost or failed, and turns the
// reason for the end into the command's result.
func (l *listener) end(err error) error {
	l.programs.wait()
	_ = l.conn.Close(maxGoodbye) // what it did not acknowledge is in its counts
	if errors.As(err, new(outputError)) && exitCode(err) == exitDone {
		return err // the reader of the pipe has what it wanted
	}
	trouble, rest := l.account()
	if len(rest) > 0 {
		notice(l.env, "%s", strings.Join(rest, ", "))
	}
	result, failure := l.result(err), l.pictures.failure()
	strict := l.options.strict && (result == nil || exitCode(result) == exitNoAnswer)
	if failure != nil && (strict || result != nil) {
		trouble = append(trouble, failure.Error())
	}
	text := strings.Join(trouble, ", ")
	if !strict || text == "" {
		if text != "" {
			notice(l.env, "%s", text)
		}
		return cmp.Or(result, failure)
	}
	if result != nil {
		notice(l.env, "%v", result)
	}
	return fmt.Errorf("--strict: %s", text)
}

// result is what the end of listening means.
func (l *listener) result(err error) error {
	var within string
	switch {
	case err == context.Canceled && l.options.count > 0:
		return err // what was waited for has not come
	case err == nil, err == context.Canceled:
		return nil // --count is reached, or somebody has interrupted it
	case err == context.DeadlineExceeded:
		within = fmt.Sprintf("within %v", l.options.timeout)
	case err == errIdle:
		within = fmt.Sprintf("before a pause of %v", l.options.idle)
	default:
		return err
	}
	switch {
	case l.options.count > 0:
		return noAnswerErrorf("%d of %s came %s", l.printed, render.Count(l.options.count, "message"), within)
	case l.printed == 0:
		return noAnswerErrorf("nothing came %s", within)
	}
	return nil
}

// account says what was lost, dropped or failed, but for pictures that could
// not be saved, and what was passed over because that was asked for.
func (l *listener) account() (trouble, rest []string) {
	s := l.conn.Stats()
	say := func(list *[]string, n int, format string, args ...any) {
		if n > 0 {
			*list = append(*list, fmt.Sprintf(format, args...))
		}
	}
	say(&trouble, s.Gaps, "%s, %v in all", render.Count(s.Gaps, "gap"), s.GapTime.Round(time.Millisecond))
	say(&trouble, s.Gaps-s.Reconnects, "not connected at the end")
	say(&trouble, s.Forgotten, "the broker forgot the session %s", render.Count(s.Forgotten, "time"))
	say(&trouble, s.Stalls, "the broker had to wait %s", render.Count(s.Stalls, "time"))
	if !l.full() { // what came after the last one was not asked for
		say(&trouble, int(s.Dropped), "%s dropped at the end", render.Count(int(s.Dropped), "message"))
	}
	say(&trouble, len(s.Downgraded), "%s with a lower QoS than asked for", render.Count(len(s.Downgraded), "topic filter"))
	say(&trouble, int(s.Duplicates), "%s marked as a duplicate", render.Count(int(s.Duplicates), "message"))
	say(&trouble, l.repeated, "%s dropped that came twice", render.Count(l.repeated, "event"))
	say(&trouble, l.malformed, "%s could not be decoded", render.Count(l.malformed, "message"))
	say(&trouble, int(s.Unacknowledged), "%s not acknowledged", render.Count(int(s.Unacknowledged), "answer"))
	if l.answers != nil {
		say(&trouble, l.answers.failed, "%s could not be sent", render.Count(l.answers.failed, "answer"))
	}
	if l.pictures != nil {
		say(&trouble, l.pictures.aside, "%s set aside", render.Count(l.pictures.aside, "picture"))
		say(&trouble, l.pictures.damaged, "%s missing, empty, cut or damaged", render.Count(l.pictures.damaged, "picture"))
	}
	if l.programs != nil {
		say(&trouble, l.programs.failed, "%s failed", render.Count(l.programs.failed, "program"))
	}
	if l.options.retained.Set {
		say(&rest, l.retained, "%s kept by the broker passed over", render.Count(l.retained, "message"))
	} else {
		say(&rest, l.retained, "%s kept by the broker passed over (--retained prints them)", render.Count(l.retained, "event"))
	}
	say(&rest, l.bounced, "%s dropped by --debounce", render.Count(l.bounced, "event"))
	say(&rest, l.unnamed, "%s without the name of a camera passed over", render.Count(l.unnamed, "message"))
	return trouble, rest
}
