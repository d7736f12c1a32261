// Package doctor finds out why a connection does not work, one check after the
// other: up to the login (connect.go, tls.go), what the broker allows
// and does (broker.go) and keeps (retained.go), and a device (device.go).
// doctor.go is the chain of them.
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

// Options are what the doctor is to look at.
type Options struct {
	Output     cmdline.Output
	Connection site.Options

	Timeout, DeviceTimeout time.Duration
	ProbeTopic             string
}

// Run does all checks and prints what they found. Args may name a device.
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
	return d.run(ctx, d.checks())
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

// login is the name of the check that others refer to.
const login = "login"

// A doctor does one check after the other.
//
// Each check leaves what the later ones build on, so that it has a field for each such thing.
type doctor struct {
	Options
	env     *app.Env
	link    *site.Connection
	linkErr error // why there is no link: a file that cannot be read
	devices []site.Device
	usage   error // what options and file say together cannot be

	config   broker.Config // of all connections
	probe    *broker.Probe
	network  string       // the address that was connected to
	conn     *broker.Conn // of the login, or a later one in its stead
	loginErr error
	mixedUp  bool   // the port wants TLS, and the address has none
	topic    string // of the probes; subscribed to on conn

	heard codec.Opt[heard] // from the device
}

// A check looks at one thing.
type check struct {
	name  string
	needs string // the check without which there is no way to do this one; "" for the first
	run   func(context.Context) finding
}

// A finding is what a check found.
type finding struct {
	render.Check
	useless    bool // what needs it cannot be checked; so it is after each failure
	unanswered bool // the device is silent, and nothing else is wrong
}

func fine(seen ...string) finding { return finding{Check: render.Check{Seen: seen}} }

func skip(reason string) finding {
	return finding{Check: render.Check{State: render.CheckSkipped, Cause: reason}}
}

func warn(cause, try string, seen ...string) finding {
	return finding{Check: render.Check{State: render.CheckWarning, Cause: cause, Try: try, Seen: seen}}
}

// failed is a finding with the words that other commands have for an error.
func failed(err error, seen ...string) finding {
	f := finding{Check: render.Check{State: render.CheckFailed, Cause: err.Error(), Seen: seen}}
	var e *broker.Error
	if errors.As(err, &e) {
		f.Cause, f.Try = e.Text, e.Hint
	}
	return f
}

// asWarning is for what the work can go on without.
func (f finding) asWarning() finding {
	f.State, f.useless = render.CheckWarning, true
	return f
}

// checks are all checks in their order.
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

// runUnless does a check, unless one that it needs has failed. It notes who is to blame when
// others are of no use.
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
	blocker := map[string]string{} // of a check that is of no use: the one to mend first
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

// drop ends the connection of the probes.
func (d *doctor) drop() {
	if d.conn != nil {
		site.HangUp(d.conn)
		d.conn = nil
	}
}

// limited gives a check its time.
func (d *doctor) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, d.Timeout)
}

// dial makes a connection for one check alone, so that what it subscribes to
// does not come to the next.
func (d *doctor) dial(ctx context.Context) (*broker.Conn, error) {
	if d.config.ClientID != "" {
		d.drop() // otherwise the new one would throw it off
	}
	return broker.Dial(ctx, d.config)
}

// isLost reports whether an error ended the connection.
func isLost(err error) bool { return broker.IsKind(err, broker.Lost) }
