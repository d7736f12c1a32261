// Package doctor finds out why a connection does not work. It does one check
// after another: up to the login (connect.go, tls.go), what the broker allows
// and does (broker.go), what the broker keeps (retained.go), and a device
// (device.go). doctor.go runs the checks.
package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/progress"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
)

// Options says what the doctor is to check.
type Options struct {
	Output     cmdline.Output
	Connection site.Options

	Timeout, DeviceTimeout time.Duration
	ProbeTopic             string
}

// Run does all checks and prints what they found. args may name a device.
func Run(ctx context.Context, env *app.Env, o Options, args []string) error {
	if len(args) > 1 {
		return app.Usagef("doctor looks at one DEVICE at a time")
	}
	if o.ProbeTopic == "" {
		o.ProbeTopic = broker.ProbeTopic
	}
	d := &doctor{Options: o, env: env}
	link, devices, err := o.Connection.Prepare(ctx, env, "", args)
	if app.ExitCode(err) == app.Usage || errors.Is(err, context.Canceled) {
		return err
	}
	if link != nil {
		if err := link.Named(); err != nil {
			return err
		}
	}
	d.link, d.devices, d.linkErr = link, devices, err
	if err := d.run(ctx, d.checks()); err != nil || o.Output.JSON {
		return err
	}
	closing := "Everything that was tried works."
	if d.warnings > 0 {
		closing = "Nothing failed; see the " + render.Count(d.warnings, "warning") + " above."
	}
	_, err = fmt.Fprintln(env.Stdout, closing)
	return err
}

// DefaultTimeout is how long a check may take.
const DefaultTimeout = 10 * time.Second

// LogIn does the checks up to the login, and prints what they found.
func LogIn(ctx context.Context, env *app.Env, link *site.Connection) error {
	d := &doctor{Options: Options{Timeout: DefaultTimeout}, env: env, link: link}
	list := d.checks()
	last := slices.IndexFunc(list, func(c check) bool { return c.name == login })
	return d.run(ctx, list[:last+1])
}

// login is the name of the login check, which other checks need.
const login = "login"

// A doctor does one check after another. Each check leaves results for later
// checks, so there is a field for each result.
type doctor struct {
	Options
	env      *app.Env
	link     *site.Connection
	linkErr  error // why there is no link, for example a file that cannot be read
	devices  []site.Device
	warnings int   // how many checks found something doubtful
	usage    error // what is wrong with the combination of options and file

	config   broker.Config // for all connections
	probe    *broker.Probe
	network  string       // the address of the connection
	conn     *broker.Conn // the connection of the login, or a later one that replaced it
	loginErr error
	mixedUp  bool   // the port wants TLS, but the address does not ask for it
	topic    string // topic of the probes; conn is subscribed to it

	heard codec.Opt[heard] // from the device
}

// A check examines one thing.
type check struct {
	name  string
	needs string // the check that must have succeeded before; "" for the first
	run   func(context.Context) finding
}

// A finding is what a check found.
type finding struct {
	render.Check
	useless    bool // checks that need it cannot be done; a failed state implies this
	unanswered bool // the device is silent, but nothing else is wrong
}

func fine(seen ...string) finding { return finding{Check: render.Check{Seen: seen}} }

func skip(reason string) finding {
	return finding{Check: render.Check{State: render.CheckSkipped, Cause: reason}}
}

func warn(cause, try string, seen ...string) finding {
	return finding{Check: render.Check{State: render.CheckWarning, Cause: cause, Try: try, Seen: seen}}
}

// failed returns the finding for an error, in the words that other commands use
// for it.
func failed(err error, seen ...string) finding {
	f := finding{Check: render.Check{State: render.CheckFailed, Cause: err.Error(), Seen: seen}}
	var e *broker.Error
	if errors.As(err, &e) {
		f.Cause, f.Try = e.Text, e.Hint
	}
	return f
}

// asWarning turns a failure into a warning, if the user can work without the
// thing checked.
func (f finding) asWarning() finding {
	f.State, f.useless = render.CheckWarning, true
	return f
}

// checks returns all checks in their order.
func (d *doctor) checks() []check {
	const configuration, tcp, secure, upgrade, publish, answers = "configuration", "TCP", "TLS", "WebSocket", "publish", "device"
	list := []check{
		{configuration, "", d.checkConfiguration},
		{"public broker", configuration, d.checkPublic},
		{"name resolution", configuration, d.checkName},
		{"proxy", "name resolution", d.checkProxy},
		{tcp, "proxy", d.checkTCP},
		{secure, tcp, d.checkTLS},
		{upgrade, secure, d.checkWebSocket},
		{login, upgrade, d.checkLogin},
		{"protocol", upgrade, d.checkProtocol},
		{"take-over", login, d.checkTakeOver},
		{"subscriptions", login, d.checkSubscriptions},
		{publish, login, d.checkPublish},
		{"round trip", publish, d.checkRoundTrip},
		{"largest payload", publish, d.checkPayload},
		{"shared subscriptions", publish, d.checkShared},
		{"retained", login, d.checkRetained},
		{answers, login, d.checkDevice},
		{"clock", answers, d.checkClock},
	}
	if d.link != nil && len(d.link.Config.Nodes) > 0 {
		list = append(list, check{"other nodes", configuration, d.checkNodes})
	}
	return list
}

// runUnless does a check, unless a check that it needs has failed. blocker maps
// each check that gave no result to the check that failed first.
func (c *check) runUnless(ctx context.Context, blocker map[string]string) (f finding) {
	if first := blocker[c.needs]; first != "" {
		f = skip("needs " + first)
		blocker[c.name] = first
	} else {
		start := time.Now()
		f = c.run(ctx)
		f.Took = time.Since(start)
		if f.useless || f.State == render.CheckFailed {
			blocker[c.name] = c.name
		}
	}
	f.Name, f.State = c.name, cmp.Or(f.State, render.CheckOK)
	return f
}

// run does the checks of a list and prints what they found.
func (d *doctor) run(ctx context.Context, list []check) error {
	var names, broken []string
	for _, c := range list {
		names = append(names, c.name)
	}
	text := render.NewChecks(d.env.Style(), d.env.Layout(false), names)
	defer d.close()

	var line *progress.Line
	defer func() { line.End() }()
	blocker := map[string]string{} // maps a check without a result to the check to fix first
	var silent finding
	for i, c := range list {
		if i == 1 { // the first check may ask for a password
			line = progress.Wait(ctx, d.env, "")
		}
		line.Say("%d of %d: %s", i+1, len(list), c.name)
		f := c.runUnless(ctx, blocker)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case d.usage != nil:
			return d.usage
		}
		switch {
		case f.unanswered:
			silent = f
		case f.State == render.CheckFailed:
			broken = append(broken, c.name)
		case f.State == render.CheckWarning:
			d.warnings++
		}
		line := text.Append(nil, &f.Check)
		if d.Output.JSON {
			line = append(f.AppendJSON(nil), '\n')
		}
		if _, err := d.env.Stdout.Write(line); err != nil {
			return err
		}
	}
	switch {
	case len(broken) > 0:
		return fmt.Errorf("failed: %s", strings.Join(broken, ", "))
	case silent.unanswered:
		return app.NoAnswerf("%s: %s", silent.Cause, silent.Try)
	}
	return nil
}

func (d *doctor) close() {
	if d.probe != nil {
		d.probe.Close()
	}
	d.drop()
}

// drop closes the connection of the probes.
func (d *doctor) drop() {
	if d.conn != nil {
		site.HangUp(d.conn)
		d.conn = nil
	}
}

// limited returns a context with the time limit of one check.
func (d *doctor) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, d.Timeout)
}

// dial makes a connection for one check only, so that messages of its
// subscriptions do not reach the next check.
func (d *doctor) dial(ctx context.Context) (*broker.Conn, error) {
	if d.config.ClientID != "" {
		d.drop() // otherwise the new connection would throw it off the broker
	}
	return broker.Dial(ctx, d.config)
}

// isLost reports whether an error means that the connection was lost.
func isLost(err error) bool { return broker.IsKind(err, broker.Lost) }
