package commands

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/ask"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
)

type statusOptions struct {
	output     cmdline.Output
	connection site.Options

	timeout, maxAge time.Duration
	payload         string
	family          string
}

func statusCommand(env *app.Env) *cli.Command {
	var o statusOptions
	return &cli.Command{
		Name:      "status",
		Usage:     "ask devices how they are; without a name, list every device that is heard",
		ArgsUsage: "[DEVICE...]",
		Description: `DEVICE is a name in the configuration file, the MAC address of a camera or the id of a
reader. A camera is asked; it answers when it is awake. A reader publishes its status
every 30 s, so that the command waits for the next one. What the broker kept is shown
when nothing else comes, and is not enough, because nobody knows how old it is: the exit
code is 4 unless each reader says that it is online and each camera answers.

Without DEVICE every device is listed that is heard until --timeout, or of which the
broker kept something; the exit code is 4 if there is none.

--max-age makes a check for monitoring: a message that the broker kept is enough if it
is not older, by the time in it, than that. In a list, each device must be that young.

What is known of battery, signal and firmware is shown with the device's own name for
it, where that differs: cameras do not document theirs. No unit is known for any.`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool status
mqtool status gate DA1275B0
mqtool status --max-age 15m --timeout 20s gate || echo 'gate is silent'
mqtool status --json | jq -r 'select(.facts.battery and .facts.battery.value < 20).device'`),
		Flags: slices.Concat(o.output.Flags(), []cli.Flag{
			cmdline.Timeout(&o.timeout, 35*time.Second, "wait for `TIME`"),
			&cli.DurationFlag{
				Name: "max-age", Destination: &o.maxAge, DefaultText: "only what is heard now",
				Usage: "take what the broker kept if it is not older than `TIME`", Action: cmdline.NotNegative[time.Duration]("max-age"),
			},
			cmdline.Payload(&o.payload, site.Request(site.Milesight, codec.KindStatusRequest).Payload, "ask cameras with `TEXT`"),
			&cli.StringFlag{
				Name: "family", Destination: &o.family,
				Usage:  "look for devices of this `FAMILY` only: " + strings.Join(site.Families(), ", "),
				Action: cmdline.OneOf("family", site.Families()...),
			},
		}, o.connection.TopicFlags(), o.connection.Flags(&o.output)),
		Action: func(c *cli.Context) error { return runStatus(c.Context, env, o, c.Args().Slice()) },
	}
}

// What a table says of a device of which there is only what the broker kept.
const (
	keptState  = "kept: " // a reader's state follows
	keptStatus = "kept status"
)

func runStatus(ctx context.Context, env *app.Env, o statusOptions, args []string) error {
	link, devices, err := o.connection.Prepare(ctx, env, o.family, args)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	conn, err := link.Dial(ctx, env)
	if err != nil {
		return err
	}
	defer site.HangUp(conn)

	s := &statusTaker{statusOptions: o, link: link, conn: conn, Reporter: ask.NewReporter(env, o.output, true), decoder: link.Decoder()}
	if len(devices) == 0 {
		return s.list(ctx)
	}
	return s.query(ctx, site.Distinct(devices))
}

// A statusTaker finds out how devices are.
type statusTaker struct {
	statusOptions
	link *site.Connection
	conn *broker.Conn
	*ask.Reporter
	decoder *codec.Decoder
}

// Devices by name.

// A subject is a device that is being asked.
type subject struct {
	site.Device
	report  *render.DeviceReport
	printed bool
}

func (s *statusTaker) query(ctx context.Context, devices []site.Device) error {
	a := ask.New(s.conn, s.link.StatusFilter(), ask.Repeat)
	var subjects []*subject
	var likely []*render.DeviceReport // for the widths of the columns
	for _, d := range devices {
		subjects = append(subjects, &subject{Device: d, report: d.Report()})
		r := d.Report()
		r.LastHeard = time.Now()
		r.Words = longestState(d.Family)
		likely = append(likely, r)
	}
	if err := s.subscribe(ctx, a, devices); err != nil {
		return err
	}
	if err := s.Start(likely...); err != nil {
		return err
	}
	for {
		open := slices.ContainsFunc(subjects, func(t *subject) bool { return !t.printed })
		if !open {
			return s.verdict(subjects, a)
		}
		m, found, err := a.Next(ctx)
		if err != nil {
			late := err == context.DeadlineExceeded
			return s.finish(subjects, a, late, err)
		}
		if err := s.took(subjects, a, m, found); err != nil {
			return err
		}
	}
}

// subscribe subscribes to what the devices publish, and notes whom to ask.
func (s *statusTaker) subscribe(ctx context.Context, a *ask.Asker, devices []site.Device) error {
	var metas, statuses []string
	for _, d := range devices {
		if d.Family == site.Milesight {
			a.Ask(d, codec.KindStatusRequest, s.payload)
			continue
		}
		metas = append(metas, s.link.ReaderTopic(codec.KindMeta, d.ID))
		statuses = append(statuses, s.link.ReaderTopic(codec.KindStatus, d.ID))
	}
	if len(a.Calls) > 0 {
		if err := a.Subscribe(ctx); err != nil {
			return err
		}
	}
	if len(metas) == 0 {
		return nil
	}
	// A META that the broker kept must be there before the first STATUS,
	// which ends the waiting.
	if err := s.conn.Subscribe(ctx, metas...); err != nil {
		return err
	}
	return s.conn.Subscribe(ctx, statuses...)
}

// longestState is the longest that a device of a family is expected to be, in
// words. A longer one breaks the columns, which firmware may do.
func longestState(family string) string {
	if family == site.SpringCore {
		return keptState + "offline, ready"
	}
	return keptStatus
}

// took notes what a message says, and prints the device if that is all.
func (s *statusTaker) took(subjects []*subject, a *ask.Asker, m broker.Message, found codec.Opt[ask.Answer]) error {
	if found.Set {
		t := subjectOf(subjects, site.Milesight, found.Value.Call.Camera.ID)
		t.report.Requests, t.report.After = found.Value.Call.Sent, codec.Some(found.Value.After())
		found.Value.Fill(t.report)
		return s.done(t)
	}
	if m.Retained {
		if report, mac, ok := a.Status(m); ok {
			if t := subjectOf(subjects, site.Milesight, mac); t != nil {
				s.keepCamera(t.report, m, t.Device, report)
				if t.report.OK {
					a.Calls = slices.DeleteFunc(a.Calls, func(c *ask.Call) bool { return c.Camera.ID == mac })
					return s.done(t)
				}
				return nil
			}
		}
	}
	for _, item := range s.decoder.Decode(m.Topic, m.Payload) {
		t := subjectOf(subjects, site.SpringCore, item.Device)
		if t == nil || item.Family != t.Family || item.ToDevice {
			continue
		}
		if item.Err != nil {
			s.Env.Notice("%s: %v", m.Topic, item.Err)
			continue
		}
		s.noteReader(t.report, m, t.Device, item.Value)
		if item.Kind == codec.KindStatus && !m.Retained && len(m.Payload) > 0 {
			return s.done(t)
		}
	}
	return nil
}

func subjectOf(subjects []*subject, family, id string) *subject {
	i := slices.IndexFunc(subjects, func(t *subject) bool { return t.Family == family && t.ID == id && !t.printed })
	if i < 0 {
		return nil
	}
	return subjects[i]
}

func (s *statusTaker) done(t *subject) error {
	t.printed = true
	return s.Print(t.report)
}

// noteReader writes what a reader's message says into its report.
func (s *statusTaker) noteReader(r *render.DeviceReport, m broker.Message, d site.Device, v codec.Value) {
	heard := !r.LastHeard.IsZero() // so that what the broker kept says nothing new
	if !m.Retained {
		r.LastHeard = m.Received
	}
	switch v := v.(type) {
	case codec.ReaderMeta:
		r.Meta = ask.Envelope(m, d, v)
		switch {
		case m.Retained && r.State == render.DeviceNoAnswer:
			r.State, r.Words = render.DeviceRetained, "kept"
		case !m.Retained && !heard: // it has just connected
			r.State, r.Words, r.OK = render.DeviceHeard, "", true
		}
	case codec.ReaderStatus:
		if m.Retained && heard {
			return
		}
		r.Status = ask.Envelope(m, d, v)
		r.Words = strings.Join(v.State, ", ")
		r.OK = !m.Retained && v.Online()
		switch {
		case m.Retained:
			r.State, r.Words = render.DeviceRetained, keptState+r.Words
		case v.Online():
			r.State = render.DeviceOnline
		case len(v.State) > 0 && v.State[0] == "offline":
			r.State = render.DeviceOffline
		default:
			r.State = render.DeviceHeard
		}
	default:
		if !m.Retained && !heard {
			r.State, r.Words, r.OK = render.DeviceHeard, "", true
		}
	}
}

// keepCamera writes a camera's status that the broker kept into its report.
func (s *statusTaker) keepCamera(r *render.DeviceReport, m broker.Message, d site.Device, report codec.CameraReport) {
	r.State, r.Words = render.DeviceRetained, keptStatus
	r.Status = ask.Envelope(m, d, report)
	r.LastHeard = cmp.Or(report.SentAt, report.CapturedAt)
	age := m.Received.Sub(r.LastHeard)
	r.OK = s.maxAge > 0 && !r.LastHeard.IsZero() && age <= s.maxAge
}

// finish ends a query early: late when the time is over, or else with a reason.
func (s *statusTaker) finish(subjects []*subject, a *ask.Asker, late bool, reason error) error {
	for _, t := range subjects {
		if !t.printed && (late || t.report.State != render.DeviceNoAnswer) {
			if err := s.done(t); err != nil {
				return err
			}
		}
	}
	if !late {
		return reason
	}
	return s.verdict(subjects, a)
}

// verdict is the error for devices that are not as they should be.
func (s *statusTaker) verdict(subjects []*subject, a *ask.Asker) error {
	var cameras, readers, kept, offline []site.Device
	for _, t := range subjects {
		switch {
		case t.report.OK:
		case t.report.State == render.DeviceOffline:
			offline = append(offline, t.Device)
		case t.Family == site.Milesight:
			cameras = append(cameras, t.Device)
		case t.report.State == render.DeviceRetained:
			kept = append(kept, t.Device)
		default:
			readers = append(readers, t.Device)
		}
	}
	var list []error
	if len(cameras) > 0 {
		list = append(list, app.NoAnswerf("no status from %s within %s: %s", site.Labels(cameras), app.Duration(s.timeout),
			a.Hint(ask.SilentCamera)))
	}
	if len(readers) > 0 {
		list = append(list, app.NoAnswerf("no status from %s within %s: "+ask.SilentReader,
			site.Labels(readers), app.Duration(s.timeout), s.link.ReaderPrefix(), "--timeout"))
	}
	if len(kept) > 0 {
		list = append(list, app.NoAnswerf("nothing from %s within %s but what the broker kept: is it away, or does it publish less often (register 0289; --timeout)?",
			site.Labels(kept), app.Duration(s.timeout)))
	}
	if len(offline) > 0 {
		list = append(list, app.NoAnswerf("offline: %s", site.Labels(offline)))
	}
	return errors.Join(list...)
}

// Devices that are heard.

// maxListed is how many devices a list has at most: names come from topics,
// which anybody may choose.
const maxListed = 100_000

func (s *statusTaker) list(ctx context.Context) error {
	roles := s.link.Roles()
	filters := (&site.Wanted{Family: s.family}).Filters(s.link, roles)
	if err := s.conn.Subscribe(ctx, filters...); err != nil {
		return err
	}
	heard := map[string]*render.DeviceReport{}
	for {
		m, err := s.conn.Receive(ctx)
		if err == nil {
			s.hear(heard, m)
			continue
		}
		late := err == context.DeadlineExceeded
		if len(heard) > 0 {
			reports := slices.SortedFunc(maps.Values(heard), func(a, b *render.DeviceReport) int {
				return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Name, b.Name))
			})
			if err := s.printList(reports); err != nil {
				return err
			}
			if late {
				return s.judge(reports)
			}
		}
		if late {
			return app.NoAnswerf("no device was heard within %s on %s: is it the right broker? Cameras are silent while they sleep, readers publish every 30s",
				app.Duration(s.timeout), strings.Join(filters, ", "))
		}
		return err
	}
}

// hear notes who sent a message.
func (s *statusTaker) hear(heard map[string]*render.DeviceReport, m broker.Message) {
	if len(m.Payload) == 0 {
		return
	}
	for _, item := range s.decoder.Decode(m.Topic, m.Payload) {
		if !item.ToDevice {
			s.hearItem(heard, &item, m)
		}
	}
}

func (s *statusTaker) hearItem(heard map[string]*render.DeviceReport, item *codec.Item, m broker.Message) {
	d := site.Device{Family: cmp.Or(item.Family, site.Milesight), ID: item.Device} // only cameras publish elsewhere
	if d.ID == "" {
		d.Name = "unknown, on " + m.Topic
	}
	key := d.Family + " " + d.ID + d.Name
	r := heard[key]
	if r == nil {
		if len(heard) == maxListed {
			return
		}
		if d.ID != "" {
			d.Name = s.link.Settings.NameOf(d.Family, d.ID)
		}
		r = d.Report()
		heard[key] = r
	}
	if item.Err != nil {
		r.Warnings = []string{item.Err.Error()}
	}
	report, isReport := item.Value.(codec.CameraReport)
	switch {
	case d.Family != site.Milesight:
		s.noteReader(r, m, d, item.Value)
	case m.Retained && r.State != render.DeviceAwake:
		s.keepCamera(r, m, d, report)
	case !m.Retained:
		r.State, r.OK, r.Words = render.DeviceAwake, true, ""
		r.LastHeard = m.Received
		if isReport && report.Report == codec.KindStatus {
			r.Status = ask.Envelope(m, d, report)
		}
	}
}

func (s *statusTaker) printList(reports []*render.DeviceReport) error {
	if err := s.Start(reports...); err != nil {
		return err
	}
	for _, r := range reports {
		if err := s.Print(r); err != nil {
			return err
		}
	}
	return nil
}

// judge is the error for devices in a list that were silent for too long.
func (s *statusTaker) judge(reports []*render.DeviceReport) error {
	if s.maxAge == 0 {
		return nil
	}
	var silent []string
	for _, r := range reports {
		if !r.OK {
			silent = append(silent, r.Name)
		}
	}
	if len(silent) == 0 {
		return nil
	}
	return app.NoAnswerf("%d of %d devices were not heard for %s, or are offline: %s", len(silent), len(reports), app.Duration(s.maxAge), strings.Join(silent, ", "))
}
