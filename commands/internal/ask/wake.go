package ask

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/human"
	"mqtool/commands/internal/progress"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
)

// WakeOptions say how cameras are woken, and what to ask them for once they are awake.
type WakeOptions struct {
	Output     cmdline.Output
	Connection site.Options

	Timeout, Repeat time.Duration
	Payload         string
	NoWait, Quiet   bool
	Then            string
	Yes             bool
}

// thenStatus is the word for a status request. It stands beside the words of
// configuration.
const thenStatus = "status"

// ThenWords returns the words for what a camera that is awake can be asked for.
func ThenWords() []string { return append([]string{thenStatus}, Words()...) }

func (o WakeOptions) check(cameras []string) error {
	switch {
	case len(cameras) == 0:
		return app.Usagef("which CAMERA? Its MAC address, or its name in the configuration file")
	case o.NoWait && o.Then != "":
		return app.Usagef("--then waits until the camera is awake, so that it does not go with --no-wait")
	}
	return CheckHarm(o.Then, o.Yes)
}

// Wake wakes cameras, and waits until they answer.
func Wake(ctx context.Context, env *app.Env, o WakeOptions, args []string) error {
	if err := o.check(args); err != nil {
		return err
	}
	link, cameras, err := o.Connection.Prepare(ctx, env, site.Milesight, args)
	if err != nil {
		return err
	}
	cameras = site.Distinct(cameras)
	return session(ctx, env, link, o.Timeout, func(ctx context.Context, conn *broker.Conn) error {
		w := &waker{
			WakeOptions: o,
			Asker:       New(conn, link.StatusFilter(), o.Repeat),
			reporter:    newReporter(env, o.Output, o.Connection.Verbose, o.Quiet, false),
			awake:       map[string]*render.DeviceReport{},
		}
		if o.NoWait {
			return w.sendOnly(ctx, cameras)
		}
		w.line = w.wait(ctx, "waiting")
		defer w.line.End()
		w.Asker.told = func(c *call) { w.line.Say("nothing from %s yet; trying again", c.camera.Label()) }
		return w.wake(ctx, cameras)
	})
}

// A waker wakes cameras and, with --then, asks them for something.
type waker struct {
	WakeOptions
	*Asker
	*reporter
	awake map[string]*render.DeviceReport // the cameras that are awake and were asked for their status
	line  *progress.Line
}

// sayWaiting shows which cameras have not answered yet.
func (w *waker) sayWaiting() {
	var silent []site.Device
	for _, c := range w.calls {
		silent = append(silent, c.camera)
	}
	w.line.Say("waiting for %s", site.Labels(silent))
}

func (w *waker) sendOnly(ctx context.Context, cameras []site.Device) error {
	for _, d := range cameras {
		w.Ask(d, codec.KindWake, w.Payload)
	}
	w.Asker.repeat = 0
	if err := w.send(ctx); err != nil {
		return err
	}
	return w.printSent(cameras)
}

func (w *waker) printSent(cameras []site.Device) error {
	for _, d := range cameras {
		r := d.Report()
		r.State, r.OK, r.Requests = render.DeviceSent, true, 1
		if err := w.print(r); err != nil {
			return err
		}
	}
	return nil
}

func (w *waker) wake(ctx context.Context, cameras []site.Device) error {
	if err := w.subscribe(ctx); err != nil {
		return err
	}
	for _, d := range cameras {
		w.Ask(d, codec.KindWake, w.Payload)
	}
	for len(w.calls) > 0 {
		w.sayWaiting()
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

// took continues with a camera that has answered.
func (w *waker) took(ctx context.Context, a Answer) error {
	camera := a.call.camera
	r := w.awake[camera.ID]
	if r == nil {
		r = camera.Report()
		r.Requests, r.After, r.Then = a.call.sent, codec.Some(a.After()), w.Then
		r.Words = "awake after " + human.Duration(a.After())
		a.fill(r)
		if w.Then == thenStatus {
			w.awake[camera.ID] = r
			w.Ask(camera, codec.KindStatusRequest, site.Request(site.Milesight, codec.KindStatusRequest).Payload)
			return nil
		}
	} else {
		r.Warnings = nil
		a.fill(r)
	}
	if w.Then != "" && w.Then != thenStatus {
		topic := codec.FillTopic(site.Request(site.Milesight, codec.KindConfig).Topic, "", camera.ID)
		if err := w.Asker.conn.Publish(ctx, topic, []byte(w.Then), 1, false); err != nil {
			return err
		}
		r.Words += ", " + w.Then + " sent"
	}
	return w.print(r)
}

// giveUp reports the cameras that did not answer in time.
func (w *waker) giveUp() error {
	var silent, asked []site.Device
	for _, c := range w.calls {
		r := w.awake[c.camera.ID]
		if r != nil {
			asked = append(asked, c.camera)
			r.OK = false
			r.Words += ", no answer to status"
		} else {
			silent = append(silent, c.camera)
			r = c.camera.Report()
			r.Requests = c.sent
			r.Words = "no answer in " + human.Duration(w.Timeout)
		}
		if err := w.print(r); err != nil {
			return err
		}
	}
	var list []error
	if len(silent) > 0 {
		list = append(list, app.NoAnswerf("no status from %s within %s: %s", site.Labels(silent), human.Duration(w.Timeout),
			w.Hint(fmt.Sprintf(SilentWoken, "its status elsewhere (--status-topic)"))))
	}
	if len(asked) > 0 {
		list = append(list, app.NoAnswerf("%s woke, but did not answer to %s", site.Labels(asked), thenStatus))
	}
	return errors.Join(list...)
}
