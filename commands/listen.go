package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/listen"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
)

// listenOptions are the options of listen: one field for each of them, which is
// why there are so many.
type listenOptions struct {
	output     cmdline.Output
	connection site.Options

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

func listenCommand(env *app.Env) *cli.Command {
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
		CustomHelpTemplate: cmdline.Examples(`
mqtool listen
mqtool listen --broker mqtts://host --username me --password - --json > log.jsonl
mqtool listen --kind snapshot --save pictures/
mqtool listen --count 1 --timeout 10s --retained=false door
mqtool listen --allow tags.txt --debounce 5s DA1275B0
mqtool listen --persistent --client-id log1 --json >> log.jsonl
mqtool listen --topic 'site/#' --kind event --exec ./on-event --verbose`),
		Flags: slices.Concat(o.output.Flags(), []cli.Flag{
			text("family", &o.family, "only devices of `FAMILY`: "+strings.Join(site.Families(), ", "), cmdline.OneOf("family", site.Families()...)),
			text("kind", &o.kinds, "only messages of these `KINDS`, separated by commas: "+strings.Join(listenKinds(), ", "), nil),
			&cli.StringSliceFlag{
				Name: "topic", Destination: &o.topics, KeepSpace: true,
				Usage: "listen to `FILTER` instead of the devices' topics; may be repeated",
			},
			text("share", &o.share, "share the messages with the other listeners of `GROUP`: each goes to one of them", nil),
			&cli.IntFlag{
				Name: "qos", Destination: &o.qos, Value: 1,
				Usage: "ask for messages with `QOS` 0, 1 or 2", Action: cmdline.QoS("qos"),
			},
			flip("wait", &o.wait, "wait for the broker if it is not there yet"),
			&cli.IntFlag{
				Name: "count", Destination: &o.count, DefaultText: "no end",
				Usage: "end after `N` messages were printed", Action: cmdline.AtLeastOne("count"),
			},
			&cli.DurationFlag{
				Name: "timeout", Destination: &o.timeout, DefaultText: "none",
				Usage: "end after `TIME` in all, such as 30s", Action: cmdline.Positive("timeout"),
			},
			&cli.DurationFlag{
				Name: "idle", Destination: &o.idle, DefaultText: "none",
				Usage: "end when nothing was printed for `TIME`", Action: cmdline.Positive("idle"),
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
				Action: cmdline.Positive("debounce"),
			},
			flip("strict", &o.strict, "exit code 1 when anything was lost, dropped, duplicated or failed"),
			flip("raw", &o.raw, "print the payloads only, byte by byte, nothing between them"),
			flip("hex", &o.hex, "print the payloads only, in hex, one a line"),
			&cli.StringFlag{
				Name: "payload", Destination: &o.payload,
				Usage: "with --json, add the payload in `FORMAT` base64, as payload_base64", Action: cmdline.OneOf("payload", "base64"),
			},
		}, answerFlags(&o.answer), []cli.Flag{
			text("save", &o.save, "write pictures to `DIR`, as MAC/2026-04-19T174658Z-FILE.jpg; of a camera whose MAC is not known, to a folder named after the topic, or to unknown/", nil),
			&cmdline.Rest{StringSliceFlag: &cli.StringSliceFlag{
				Name: "exec", Destination: &o.exec, KeepSpace: true,
				Usage: "run `PROGRAM ARGUMENT...` for each message; this option comes last",
			}},
			&cli.IntFlag{
				Name: "jobs", Destination: &o.jobs, Value: 4,
				Usage: "run up to `N` programs at a time; 1 keeps them in order", Action: cmdline.AtLeastOne("jobs"),
			},
		}, o.connection.ListenerFlags(), o.connection.TopicFlags()),
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
			return nil, app.Usagef("--kind %q: it can be %s", word, strings.Join(listenKinds(), ", "))
		}
		kinds = append(kinds, codec.Kind(word))
	}
	return kinds, nil
}

// runListen connects, subscribes, and handles messages until told to stop.
func runListen(ctx context.Context, env *app.Env, o listenOptions, names []string) error {
	if err := o.check(env); err != nil {
		return err
	}
	link, devices, err := o.connection.Prepare(ctx, env, o.family, names)
	if err != nil {
		return err
	}
	l, err := newListener(env, o, link, devices)
	if err != nil {
		return err
	}
	link.Config.QoS = byte(o.qos)
	link.Config.Reconnect, link.Config.Wait = true, o.wait
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.timeout)
		defer cancel()
	}
	conn, err := link.Dial(ctx, env)
	if err != nil {
		return err
	}
	return l.end(conn, l.run(ctx, conn))
}

// check finds options that do not go together.
func (o *listenOptions) check(env *app.Env) error {
	formats := 0
	for _, given := range []bool{o.output.JSON, o.raw, o.hex} {
		if given {
			formats++
		}
	}
	switch {
	case formats > 1:
		return app.Usagef("--json, --raw, --hex: choose one")
	case o.raw && env.StdoutTerminal:
		return app.Usagef("--raw prints what devices send as it is, which is nothing for a terminal; use --hex, or a pipe or file")
	case o.payload != "" && !o.output.JSON:
		return app.Usagef("--payload goes with --json")
	case o.answer.given() && o.connection.Persistent.Value:
		return app.Usagef("answers do not go with --persistent: what the broker kept while nobody listened would be answered late; run two listeners")
	case o.share != "" && (strings.Contains(o.share, "/") || broker.ValidFilter("$share/"+o.share+"/x") != nil):
		return app.Usagef("--share %q: the name of a group has no / + or #", o.share)
	}
	return nil
}

// A listener is listen at work.
type listener struct {
	env      *app.Env
	options  listenOptions
	filters  []string // to subscribe to
	pump     *listen.Pump
	answers  *listen.Answers  // or nil
	pictures *listen.Pictures // or nil
	programs *listen.Programs // or nil
}

// newListener makes all that needs no connection.
func newListener(env *app.Env, o listenOptions, link *site.Connection, devices []site.Device) (*listener, error) {
	kinds, err := parseKinds(o.kinds)
	if err != nil {
		return nil, err
	}
	l := &listener{env: env, options: o}
	w := &site.Wanted{Kinds: kinds, Family: o.family, Devices: devices}
	if l.filters, err = o.filters(link, w); err != nil {
		return nil, err
	}
	if err := o.checkWanted(w); err != nil {
		return nil, err
	}
	say := env.Notice
	l.pump = &listen.Pump{Idle: o.idle, Notice: say}
	if link.Config.Persistent {
		l.pump.Ack = broker.Message.Ack
	}
	filter := &listen.Filter{Kinds: kinds, Family: o.family, Retained: o.retained, Debounce: o.debounce, Notice: say}
	for _, d := range devices {
		filter.Devices = append(filter.Devices, listen.Device{Family: d.Family, ID: d.ID})
	}
	l.pump.Chain = &listen.Chain{Decoder: link.Decoder(), Filter: filter, Count: o.count, Payload: o.payload != ""}
	return l, l.addSinks(link.Config.Persistent)
}

// filters are the topic filters to subscribe to.
func (o *listenOptions) filters(link *site.Connection, w *site.Wanted) ([]string, error) {
	filters := o.topics.Value()
	if len(filters) == 0 {
		if filters = w.Filters(link, link.Roles()); len(filters) == 0 {
			return nil, app.Usagef("no such device publishes messages of kind %s", o.kinds)
		}
	}
	shared := make([]string, len(filters))
	for i, f := range filters {
		if err := broker.ValidFilter(f); err != nil {
			return nil, app.Usagef("--topic: %v", err)
		}
		if o.share != "" && strings.HasPrefix(f, "$share/") {
			return nil, app.Usagef("--share and --topic %q: say the group once", f)
		}
		shared[i] = "$share/" + o.share + "/" + f
	}
	if o.share != "" {
		return shared, nil
	}
	return filters, nil
}

// checkWanted finds options that are for messages which others leave out.
func (o *listenOptions) checkWanted(w *site.Wanted) error {
	switch {
	case o.answer.given() && w.LeavesOut(site.SpringCore, codec.KindEvent):
		return app.Usagef("events of readers are answered, and what is listened to leaves them out")
	case o.debounce > 0 && w.LeavesOut(site.SpringCore, codec.KindEvent):
		return app.Usagef("--debounce is for events of readers, and what is listened to leaves them out")
	case o.save != "" && w.LeavesOut(site.Milesight, codec.KindSnapshot):
		return app.Usagef("--save is for snapshots of cameras, and what is listened to leaves them out")
	}
	return nil
}

// addSinks makes the sinks in their order: what is printed says how a value
// was answered and where its picture is, and a program can read that picture.
func (l *listener) addSinks(persistent bool) (err error) {
	o, env, chain := &l.options, l.env, l.pump.Chain
	if l.answers, err = newAnswers(env, o.answer); err != nil {
		return err
	}
	if l.answers != nil {
		chain.Sinks = append(chain.Sinks, l.answers)
	}
	if o.save != "" {
		if l.pictures, err = listen.NewPictures(o.save, persistent); err != nil {
			return err
		}
		chain.Sinks = append(chain.Sinks, l.pictures)
	}
	l.pump.Printer = listen.NewPrinter(env.Stdout, o.format(), render.NewStyle(o.output.Colored(env.StdoutTerminal)))
	chain.Sinks = append(chain.Sinks, l.pump.Printer)
	if argv := o.exec.Value(); len(argv) > 0 {
		if l.programs, err = listen.NewPrograms(argv, os.Environ(), o.jobs, env.Stderr, env.Notice); err != nil {
			return app.Usagef("--exec: %v", err)
		}
		chain.Sinks = append(chain.Sinks, l.programs)
	}
	return nil
}

// format is how messages are printed.
func (o *listenOptions) format() listen.Format {
	switch {
	case o.output.JSON:
		return listen.FormatJSON
	case o.raw:
		return listen.FormatRaw
	case o.hex:
		return listen.FormatHex
	}
	return listen.FormatText
}

// run subscribes and handles messages, until there is a reason to end.
func (l *listener) run(ctx context.Context, conn *broker.Conn) error {
	l.pump.Source = conn
	if l.answers != nil {
		l.answers.Conn = conn
	}
	subscribe := func(ctx context.Context) error { return conn.Subscribe(ctx, l.filters...) }
	if err := l.pump.During(ctx, subscribe); err != nil || l.pump.Chain.Full() {
		return err
	}
	if l.options.share != "" {
		if err := l.probe(ctx, conn); err != nil {
			return err
		}
	}
	if l.env.StderrTerminal && l.env.StdoutTerminal {
		l.env.Notice("listening to %s (Ctrl-C ends)", strings.Join(l.filters, " "))
	}
	l.pump.StartIdle()
	return l.pump.Run(ctx)
}

// probe begins to find out whether the broker delivers what is shared.
func (l *listener) probe(ctx context.Context, conn *broker.Conn) error {
	probe := broker.NewShareProbe(broker.ProbeTopic, l.options.share, conn.ClientID())
	switch err := conn.Subscribe(ctx, probe.Filters()...); {
	case broker.IsKind(err, broker.Denied):
		l.env.Notice("whether the broker delivers through shared subscriptions cannot be tested: %v", err)
		return nil
	case err != nil:
		return err
	}
	l.pump.Probe = probe
	return probe.Send(ctx, conn)
}

// maxGoodbye is how long the end may take: for answers to be acknowledged.
const maxGoodbye = 5 * time.Second

// end closes what is open, tells what was lost or failed, and turns the
// reason for the end into the command's result.
func (l *listener) end(conn *broker.Conn, err error) error {
	l.programs.Wait()
	_ = conn.Close(maxGoodbye) // what it did not acknowledge is in its counts
	if errors.As(err, new(app.OutputError)) && app.ExitCode(err) == app.Done {
		return err // the reader of the pipe has what it wanted
	}
	chain := l.pump.Chain
	more, rest := chain.Account()
	trouble := append(connectionAccount(conn.Stats(), chain.Full()), more...)
	if len(rest) > 0 {
		l.env.Notice("%s", strings.Join(rest, ", "))
	}
	result, failure := l.options.result(err, chain.Printed()), l.pictures.Failure()
	strict := l.options.strict && (result == nil || app.ExitCode(result) == app.NoAnswer)
	if failure != nil && (strict || result != nil) {
		trouble = append(trouble, failure.Error())
	}
	text := strings.Join(trouble, ", ")
	if !strict || text == "" {
		if text != "" {
			l.env.Notice("%s", text)
		}
		return cmp.Or(result, failure)
	}
	if result != nil {
		l.env.Notice("%v", result)
	}
	return fmt.Errorf("--strict: %s", text)
}

// result is what the end of listening means.
func (o *listenOptions) result(err error, printed int) error {
	var within string
	switch {
	case err == context.Canceled && o.count > 0:
		return err // what was waited for has not come
	case err == nil, err == context.Canceled:
		return nil // --count is reached, or somebody has interrupted it
	case err == context.DeadlineExceeded:
		within = fmt.Sprintf("within %s", app.Duration(o.timeout))
	case err == listen.ErrIdle:
		within = fmt.Sprintf("before a pause of %s", app.Duration(o.idle))
	default:
		return err
	}
	switch {
	case o.count > 0:
		return app.NoAnswerf("%d of %s came %s", printed, render.Count(o.count, "message"), within)
	case printed == 0:
		return app.NoAnswerf("nothing came %s", within)
	}
	return nil
}

// connectionAccount says what a connection has lost. When the listener has all
// that it was asked for, it does not matter what came after.
func connectionAccount(s broker.Stats, full bool) (trouble []string) {
	say := func(n int, format string, args ...any) {
		if n > 0 {
			trouble = append(trouble, fmt.Sprintf(format, args...))
		}
	}
	say(s.Gaps, "%s, %s in all", render.Count(s.Gaps, "gap"), app.Duration(s.GapTime))
	say(s.Gaps-s.Reconnects, "not connected at the end")
	say(s.Forgotten, "the broker forgot the session %s", render.Count(s.Forgotten, "time"))
	say(s.Stalls, "the broker had to wait %s", render.Count(s.Stalls, "time"))
	if !full {
		say(int(s.Dropped), "%s dropped at the end", render.Count(int(s.Dropped), "message"))
	}
	say(len(s.Downgraded), "%s with a lower QoS than asked for", render.Count(len(s.Downgraded), "topic filter"))
	say(int(s.Duplicates), "%s marked as a duplicate", render.Count(int(s.Duplicates), "message"))
	say(int(s.Unacknowledged), "%s not acknowledged", render.Count(int(s.Unacknowledged), "answer"))
	return trouble
}
