package listen

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/human"
	"mqtool/commands/internal/page"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/show"
	"mqtool/commands/internal/site"
)

// A listener holds the parts of a running listen command.
type listener struct {
	env      *app.Env
	options  Options
	filters  []string // to subscribe to
	pump     *Pump
	answers  *Answers   // or nil
	pictures *Pictures  // or nil
	programs *Programs  // or nil
	file     *File      // of --output, or nil
	page     *page.Page // or nil
}

// newListener makes everything that needs no connection.
func newListener(env *app.Env, o Options, link *site.Connection, devices []site.Device) (*listener, error) {
	kinds, err := parseKinds(o.Kinds)
	if err != nil {
		return nil, err
	}
	l := &listener{env: env, options: o}
	w := &site.Wanted{Kinds: kinds, Family: o.Family, Devices: devices}
	if l.filters, err = o.filters(link, w); err != nil {
		return nil, err
	}
	if err := o.checkWanted(w); err != nil {
		return nil, err
	}
	say := env.Warn
	l.pump = &Pump{Idle: o.Idle, Notice: say}
	if link.Config.Persistent {
		l.pump.Acknowledge(broker.Message.Ack)
	}
	filter := &Filter{Kinds: kinds, Family: o.Family, Retained: retained(o.Retained), Debounce: o.Debounce, Notice: say}
	for _, d := range devices {
		filter.Devices = append(filter.Devices, Device{Family: d.Family, ID: d.ID})
	}
	watch, err := o.watch(link, w)
	if err != nil {
		return nil, err
	}
	l.pump.Chain = &Chain{Decoder: link.Decoder(), Filter: filter, NameOf: link.Settings.NameOf, Watch: watch, Count: o.Count, Payload: o.Payload}
	if err := l.addSinks(link); err != nil || o.NoNames {
		return l, err
	}
	return l, l.addPersons(link)
}

// addPersons adds the names of the tags' owners, from the list of --tags, or of
// --allow, or else of the configuration file.
func (l *listener) addPersons(link *site.Connection) (err error) {
	var list *site.Tags
	switch {
	case l.options.Tags != "":
		if list, err = site.ReadTags(l.options.Tags); err != nil {
			return fmt.Errorf("--tags: %w", err)
		}
	case l.answers != nil && l.answers.Tags != nil:
		list = l.answers.Tags
	default:
		if list, err = link.Settings.ReadTags(); list == nil || err != nil {
			return err
		}
	}
	l.pump.Chain.PersonOf = func(tag string, now time.Time) string { return list.Person(l.env, tag, now) }
	return nil
}

// retained turns the value of --retained into the setting of the filter.
func retained(word string) codec.Opt[bool] {
	if word == "all" || word == "none" {
		return codec.Some(word == "all")
	}
	return codec.Opt[bool]{}
}

// filters returns the topic filters to subscribe to.
func (o *Options) filters(link *site.Connection, w *site.Wanted) ([]string, error) {
	filters := o.Topics
	if len(filters) == 0 {
		if filters = w.Filters(link, link.Roles()); len(filters) == 0 {
			return nil, app.Usagef("no device that is asked for publishes messages of kind %s", o.Kinds)
		}
	}
	shared := make([]string, len(filters))
	for i, f := range filters {
		if err := broker.ValidFilter(f); err != nil {
			return nil, app.Usagef("--topic: %v", err)
		}
		if o.Share != "" && strings.HasPrefix(f, "$share/") {
			return nil, app.Usagef("--share and --topic %q: give the group once", f)
		}
		shared[i] = "$share/" + o.Share + "/" + f
	}
	if o.Share != "" {
		return shared, nil
	}
	return filters, nil
}

// checkWanted finds options for messages that other options exclude.
func (o *Options) checkWanted(w *site.Wanted) error {
	switch {
	case o.Answer.given() && w.LeavesOut(site.SpringCore, codec.KindEvent):
		return app.Usagef("answers are for events of readers, which the other options leave out")
	case o.Debounce > 0 && w.LeavesOut(site.SpringCore, codec.KindEvent):
		return app.Usagef("--debounce is for events of readers, which the other options leave out")
	case o.Save != "" && w.LeavesOut(site.Milesight, codec.KindSnapshot):
		return app.Usagef("--save is for snapshots of cameras, which the other options leave out")
	}
	return nil
}

// addSinks adds the sinks in this order, because a printed line says how the
// value was answered and where its picture was saved, and a program can read
// that picture.
func (l *listener) addSinks(link *site.Connection) (err error) {
	o, env, chain := &l.options, l.env, l.pump.Chain
	if l.answers, err = chosenAnswers(env, o.Answer); err != nil {
		return err
	}
	if l.answers != nil {
		chain.Sinks = append(chain.Sinks, l.answers)
	}
	if o.Save != "" {
		if l.pictures, err = NewPictures(o.Save, link.Config.Persistent); err != nil {
			return err
		}
		l.pictures.verify = o.Verify
		chain.Sinks = append(chain.Sinks, l.pictures)
	}
	out, style, layout := env.Stdout, env.Style(), env.Layout(o.Connection.Verbose)
	if o.Raw {
		out = env.Bytes
	}
	if o.File != "" {
		if l.file, err = OpenFile(o.File, !o.Raw, link.Settings.Sync, env.Notice); err != nil {
			return err
		}
		out = l.file
		style, layout = render.NewStyle(app.Colored(env.Color, false)), render.Layout{Verbose: layout.Verbose}
	}
	text := render.NewText(style, layout)
	text.FixDevices(link.Settings.Names())
	l.pump.Printer = NewPrinter(out, o.format(), text)
	if o.File == "" {
		l.pump.Printer.screen = show.On(env, o.Show)
	}
	switch {
	case !link.Settings.Sync:
	case o.File != "":
		l.pump.Printer.sync = l.file.Sync
	default:
		l.pump.Printer.sync = env.SyncStdout
	}
	chain.Sinks = append(chain.Sinks, l.pump.Printer)
	if o.Page != "" {
		if l.page, err = page.New(cmp.Or(link.Name, "mqtool")); err != nil {
			return err
		}
		chain.Sinks = append(chain.Sinks, shown{l.page})
		link.Config.Notify = l.page.Notify
	}
	if argv := o.Exec; len(argv) > 0 {
		if l.programs, err = NewPrograms(argv, os.Environ(), cmp.Or(link.Settings.ExecJobs, ProgramJobs), cmp.Or(link.Settings.ExecTimeout, ProgramTimeout), env.ProgramOutput(), env.Notice, env.Warn); err != nil {
			return app.Usagef("--exec: %v", err)
		}
		l.programs.pause = l.pump.flush
		chain.Sinks = append(chain.Sinks, l.programs)
	}
	return nil
}

// format returns how messages are printed.
func (o *Options) format() Format {
	switch {
	case o.Output.JSON:
		return FormatJSON
	case o.Raw:
		return FormatRaw
	case o.Hex:
		return FormatHex
	}
	return FormatText
}

// run subscribes and handles messages until there is a reason to end.
func (l *listener) run(ctx context.Context, conn *broker.Conn) (err error) {
	l.pump.Source = conn
	if l.answers != nil {
		l.answers.Conn = conn
	}
	subscribe := func(ctx context.Context) error { return conn.Subscribe(ctx, l.filters...) }
	if err := l.pump.During(ctx, subscribe); err != nil || l.pump.Chain.Full() {
		return err
	}
	if l.options.Share != "" {
		if err := l.probe(ctx, conn); err != nil {
			return err
		}
	}
	if l.env.StderrTerminal && l.env.StdoutTerminal {
		l.env.Notice("listening to %s (Ctrl-C ends)", strings.Join(l.filters, " "))
	}
	if l.pump.Chain.Watch != nil {
		if text := l.pump.Chain.Watch.Begin(time.Now(), func() time.Duration { return conn.Stats().GapTime }); text != "" {
			l.env.Notice("%s", text)
		}
	}
	if l.pump.Heart, err = BeginHeartbeat(); err != nil {
		l.env.Warn("systemd does not learn that mqtool is ready: %v", err)
	}
	l.pump.StartIdle()
	return l.pump.Run(ctx)
}

// probe starts to test whether the broker delivers shared subscriptions.
func (l *listener) probe(ctx context.Context, conn *broker.Conn) error {
	probe := broker.NewShareProbe(broker.ProbeTopic, l.options.Share, conn.ClientID())
	switch err := conn.Subscribe(ctx, probe.Filters()...); {
	case broker.IsKind(err, broker.Denied):
		l.env.Warn("mqtool cannot test whether the broker delivers through shared subscriptions: %v", err)
		return nil
	case err != nil:
		return err
	}
	l.pump.Probe = probe
	return probe.Send(ctx, conn)
}

// maxGoodbye is how long the listener waits at its end, for example for answers
// to be acknowledged.
const maxGoodbye = 5 * time.Second

// end closes everything, reports what was lost or failed, and turns the reason
// for the end into the result of the command.
func (l *listener) end(conn *broker.Conn, err error) error {
	_ = tellSystemd(daemon.SdNotifyStopping) // if this fails, systemd still sees the process end
	l.page.Close()
	l.programs.Wait()
	closed := l.file.Close()
	l.answers.Finish()
	_ = conn.Close(maxGoodbye) // the error is ignored: the counts include unacknowledged messages
	if errors.As(err, new(app.OutputError)) && app.ExitCode(err) == app.Done {
		return err // whoever reads the pipe has all they wanted
	}
	chain := l.pump.Chain
	more, rest := chain.Account()
	trouble := append(connectionAccount(conn.Stats(), chain.Full()), more...)
	if len(rest) > 0 {
		l.env.Notice("%s", strings.Join(rest, ", "))
	}
	result, failure := l.options.result(err, chain.Printed()), cmp.Or(l.pictures.Failure(), closed)
	strict := l.options.Strict && (result == nil || app.ExitCode(result) == app.NoAnswer)
	if failure != nil && (strict || result != nil) {
		trouble = append(trouble, failure.Error())
	}
	text := strings.Join(trouble, ", ")
	if !strict || text == "" {
		if text != "" {
			l.env.Warn("%s", text)
		}
		return cmp.Or(result, failure)
	}
	if result != nil {
		l.env.Warn("%v", result)
	}
	return fmt.Errorf("--strict: %s", text)
}

// result turns the reason for the end of listening into the result of the
// command.
func (o *Options) result(err error, printed int) error {
	var within string
	switch {
	case err == context.Canceled && o.Count > 0:
		return err // the awaited message has not come
	case err == nil, err == context.Canceled:
		return nil // --count is reached, or the user interrupted it
	case err == context.DeadlineExceeded:
		within = fmt.Sprintf("within %s", human.Duration(o.Timeout))
	case err == ErrIdle:
		within = fmt.Sprintf("before a silence of %s", human.Duration(o.Idle))
	default:
		return err
	}
	switch {
	case o.Count > 0:
		return app.NoAnswerf("%d of %s came %s", printed, render.Count(o.Count, "message"), within)
	case printed == 0:
		return app.NoAnswerf("nothing came %s", within)
	}
	return nil
}

// connectionAccount says what a connection has lost. If the listener has
// printed all that it was asked for, messages lost afterwards do not matter.
func connectionAccount(s broker.Stats, full bool) (trouble []string) {
	say := func(n int, format string, args ...any) {
		if n > 0 {
			trouble = append(trouble, fmt.Sprintf(format, args...))
		}
	}
	say(s.Gaps, "%s, %s in all", render.Count(s.Gaps, "gap"), human.Duration(s.GapTime))
	say(s.Gaps-s.Reconnects, "not connected at the end")
	say(s.Forgotten, "the broker forgot the session %s", render.Count(s.Forgotten, "time"))
	say(s.Stalls, "the broker had to wait %s", render.Count(s.Stalls, "time"))
	if !full {
		say(int(s.Dropped), "%s dropped at the end", render.Count(int(s.Dropped), "message"))
	}
	say(int(s.Overrun), "%s dropped, because the output was too slow", render.Count(int(s.Overrun), "message"))
	say(len(s.Downgraded), "%s with a lower QoS than asked for", render.Count(len(s.Downgraded), "topic filter"))
	say(int(s.Duplicates), "%s marked as a duplicate", render.Count(int(s.Duplicates), "message"))
	say(int(s.Unacknowledged), "%s not acknowledged", render.Count(int(s.Unacknowledged), "answer"))
	return trouble
}
