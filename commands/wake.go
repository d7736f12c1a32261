package commands

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/ask"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
)

type wakeOptions struct {
	output     cmdline.Output
	connection site.Options

	timeout, repeat time.Duration
	payload         string
	noWait          bool
	then            string
	yes             bool
}

func wakeCommand(env *app.Env) *cli.Command {
	var o wakeOptions
	return &cli.Command{
		Name:      "wake",
		Usage:     "wake sleeping cameras, and wait until they are there",
		ArgsUsage: "CAMERA...",
		Description: `CAMERA is a name in the configuration file or a MAC address in any usual spelling.
A camera that wakes publishes its status; a line is printed for each that did. One that
stays silent is woken again after the time of --repeat, then after twice as long, and
so on until --timeout.

Only a status that a camera publishes now counts, not what the broker kept of it. Some
firmware does not say in the status whose it is: it is then taken with a warning, and not
at all while several cameras are waited for.

Nobody can tell from the broker's side whether a request reached its camera.`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool wake gate
mqtool wake --broker mqtts://broker.example 5c:c5:63:8a:e2:4c 5CC5638AE729 --timeout 3m
mqtool wake --then reboot gate
mqtool wake --then status --json gate | jq .facts.battery.value`),
		Flags: slices.Concat(o.output.Flags(), []cli.Flag{
			cmdline.Timeout(&o.timeout, time.Minute, "give up after `TIME`"),
			&cli.DurationFlag{
				Name: "repeat", Destination: &o.repeat, Value: 5 * time.Second,
				Usage: "wake again after `TIME` of silence, then after twice as long; 0s never does", Action: cmdline.NotNegative[time.Duration]("repeat"),
			},
			cmdline.Payload(&o.payload, site.Request(site.Milesight, codec.KindWake).Payload, "wake with `TEXT`; any is said to do"),
			&cli.BoolFlag{
				Name: "no-wait", Destination: &o.noWait, DisableDefaultText: true,
				Usage: "send the request, and do not wait for the camera",
			},
			&cli.StringFlag{
				Name: "then", Destination: &o.then,
				Usage:  "ask a camera that is awake for `WORD`: " + strings.Join(thenWords(), ", "),
				Action: cmdline.OneOf("then", thenWords()...),
			},
			cmdline.Yes(&o.yes, ask.HarmfulWords()...),
		}, cmdline.Only(o.connection.TopicFlags(), "status-topic"), o.connection.Flags(&o.output)),
		Action: func(c *cli.Context) error { return runWake(c.Context, env, o, c.Args().Slice()) },
	}
}

// thenStatus is the word for a status request, besides those of configuration.
const thenStatus = "status"

func thenWords() []string { return append([]string{thenStatus}, ask.Words()...) }

func (o wakeOptions) check(cameras []string) error {
	switch {
	case len(cameras) == 0:
		return app.Usagef("which CAMERA? Its MAC address, or its name in the configuration file")
	case o.noWait && o.then != "":
		return app.Usagef("--then needs to know that the camera is awake: it does not go with --no-wait")
	}
	return ask.CheckHarm(o.then, o.yes)
}

func runWake(ctx context.Context, env *app.Env, o wakeOptions, args []string) error {
	if err := o.check(args); err != nil {
		return err
	}
	link, cameras, err := o.connection.Prepare(ctx, env, site.Milesight, args)
	if err != nil {
		return err
	}
	cameras = site.Distinct(cameras)
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	conn, err := link.Dial(ctx, env)
	if err != nil {
		return err
	}
	defer site.HangUp(conn)

	w := &waker{
		wakeOptions: o,
		Asker:       ask.New(conn, link.StatusFilter(), o.repeat),
		Reporter:    ask.NewReporter(env, o.output, false),
		awake:       map[string]*render.DeviceReport{},
	}
	if o.noWait {
		return w.sendOnly(ctx, cameras)
	}
	if env.StderrTerminal {
		w.Asker.Told = func(c *ask.Call) { env.Notice("nothing from %s yet; trying again", c.Camera.Label()) }
	}
	return w.wake(ctx, cameras)
}

// A waker wakes cameras and, with --then, asks them for something.
type waker struct {
	wakeOptions
	*ask.Asker
	*ask.Reporter
	awake map[string]*render.DeviceReport // those that are awake and asked for their status
}

func (w *waker) sendOnly(ctx context.Context, cameras []site.Device) error {
	for _, d := range cameras {
		w.Ask(d, codec.KindWake, w.payload)
	}
	w.Asker.Repeat = 0
	if err := w.Send(ctx); err != nil {
		return err
	}
	return w.printSent(cameras)
}

func (w *waker) printSent(cameras []site.Device) error {
	for _, d := range cameras {
		r := d.Report()
		r.State, r.OK, r.Requests = render.DeviceSent, true, 1
		if err := w.Print(r); err != nil {
			return err
		}
	}
	return nil
}

func (w *waker) wake(ctx context.Context, cameras []site.Device) error {
	if err := w.Subscribe(ctx); err != nil {
		return err
	}
	for _, d := range cameras {
		w.Ask(d, codec.KindWake, w.payload)
	}
	for len(w.Calls) > 0 {
		_, a, err := w.Next(ctx)
		if err == context.DeadlineExceeded {
			return w.giveUp()
		}
		if err != nil {
			return err
		}
		if !a.Set {
			continue
		}
		if err := w.took(ctx, a.Value); err != nil {
			return err
		}
	}
	return nil
}

// took goes on with a camera that has answered.
func (w *waker) took(ctx context.Context, a ask.Answer) error {
	camera := a.Call.Camera
	r := w.awake[camera.ID]
	if r == nil {
		r = camera.Report()
		r.Requests, r.After, r.Then = a.Call.Sent, codec.Some(a.After()), w.then
		r.Words = "awake after " + app.Duration(a.After())
		a.Fill(r)
		if w.then == thenStatus {
			w.awake[camera.ID] = r
			w.Ask(camera, codec.KindStatusRequest, site.Request(site.Milesight, codec.KindStatusRequest).Payload)
			return nil
		}
	} else {
		r.Warnings = nil
		a.Fill(r)
	}
	if w.then != "" && w.then != thenStatus {
		topic := codec.FillTopic(site.Request(site.Milesight, codec.KindConfig).Topic, "", camera.ID)
		if err := w.Asker.Conn.Publish(ctx, topic, []byte(w.then), 1, false); err != nil {
			return err
		}
		r.Words += ", " + w.then + " sent"
	}
	return w.Print(r)
}

// giveUp reports the cameras that did not answer in time.
func (w *waker) giveUp() error {
	var silent, asked []site.Device
	for _, c := range w.Calls {
		r := w.awake[c.Camera.ID]
		if r != nil {
			asked = append(asked, c.Camera)
			r.OK = false
			r.Words += ", no answer to status"
		} else {
			silent = append(silent, c.Camera)
			r = c.Camera.Report()
			r.Requests = c.Sent
			r.Words = "no answer in " + app.Duration(w.timeout)
		}
		if err := w.Print(r); err != nil {
			return err
		}
	}
	var list []error
	if len(silent) > 0 {
		list = append(list, app.NoAnswerf("no status from %s within %s: %s", site.Labels(silent), app.Duration(w.timeout),
			w.Hint("is it switched on and within reach, is the MAC right, does it publish its status elsewhere (--status-topic), may this user read and publish there?")))
	}
	if len(asked) > 0 {
		list = append(list, app.NoAnswerf("%s woke, but did not answer to %s", site.Labels(asked), thenStatus))
	}
	return errors.Join(list...)
}
