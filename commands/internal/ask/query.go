package ask

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/human"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
)

// A subject is a device that is being asked.
type subject struct {
	site.Device
	report  *render.DeviceReport
	printed bool
}

func (s *statusTaker) query(ctx context.Context, devices []site.Device) error {
	a := New(s.conn, s.link.StatusFilter(), Repeat)
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
	if err := s.start(likely...); err != nil {
		return err
	}
	line := s.wait(ctx, "waiting")
	defer line.End()
	for {
		open := waitedFor(subjects)
		if open == "" {
			return s.verdict(subjects, a)
		}
		line.Say("waiting for %s", open)
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

// waitedFor lists the devices that are waited for, with what is known about them.
func waitedFor(subjects []*subject) string {
	var list []string
	for _, t := range subjects {
		switch {
		case t.printed:
		case t.report.Words != "":
			list = append(list, fmt.Sprintf("%s (%s)", t.Name, t.report.Words))
		default:
			list = append(list, t.Name)
		}
	}
	return strings.Join(list, ", ")
}

// subscribe subscribes to what the devices publish, and records which cameras to ask.
func (s *statusTaker) subscribe(ctx context.Context, a *Asker, devices []site.Device) error {
	var metas, statuses []string
	for _, d := range devices {
		if d.Family == site.Milesight {
			a.Ask(d, codec.KindStatusRequest, s.Payload)
			continue
		}
		metas = append(metas, s.link.ReaderTopic(codec.KindMeta, d.ID))
		statuses = append(statuses, s.link.ReaderTopic(codec.KindStatus, d.ID))
	}
	if len(a.calls) > 0 {
		if err := a.subscribe(ctx); err != nil {
			return err
		}
	}
	if len(metas) == 0 {
		return nil
	}
	// A retained META must come before the first STATUS, because the STATUS ends the
	// waiting.
	if err := s.conn.Subscribe(ctx, metas...); err != nil {
		return err
	}
	return s.conn.Subscribe(ctx, statuses...)
}

// longestState returns the longest state, in words, that is expected from a device of a
// family. Firmware may send a longer one, which breaks the columns.
func longestState(family string) string {
	if family == site.SpringCore {
		return retainedState + "offline, ready"
	}
	return retainedStatus
}

// took records what a message says, and prints the device if nothing more is needed. A
// retained status is enough if it says that a reader is online: when the reader goes
// offline, the broker replaces the status by the reader's last will. A retained status
// that says offline is not enough, because a reader that has just come back publishes a
// new one. The age of both is unknown, so neither is enough with --max-age.
func (s *statusTaker) took(subjects []*subject, a *Asker, m broker.Message, found codec.Opt[Answer]) error {
	if found.Set {
		t := subjectOf(subjects, site.Milesight, found.Value.call.camera.ID)
		t.report.Requests, t.report.After = found.Value.call.sent, codec.Some(found.Value.After())
		found.Value.fill(t.report)
		return s.done(t)
	}
	if report, mac, ok := a.status(m); ok && m.Retained {
		if t := subjectOf(subjects, site.Milesight, mac); t != nil {
			s.keepCamera(t.report, m, t.Device, report)
			if !t.report.OK {
				return nil
			}
			a.answered(t.Device)
			return s.done(t)
		}
	}
	for _, item := range site.Decode(s.decoder, m) {
		t := subjectOf(subjects, site.SpringCore, item.Device)
		if t == nil || item.Family != t.Family || item.ToDevice {
			continue
		}
		if item.Err != nil {
			s.env.Warn("%s: %v", m.Topic, item.Err)
			continue
		}
		s.noteReader(t.report, m, t.Device, item.Value)
		if item.Kind == codec.KindStatus && len(m.Payload) > 0 && s.isEnough(t.report, m, item.Value) {
			return s.done(t)
		}
	}
	return nil
}

// isEnough reports whether nothing more is needed than this status of a reader.
func (s *statusTaker) isEnough(r *render.DeviceReport, m broker.Message, v codec.Value) bool {
	if !m.Retained {
		return true
	}
	status, ok := v.(codec.ReaderStatus)
	if !ok || !status.Online() || s.MaxAge.Set {
		return false
	}
	r.OK = true
	return true
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
	return s.print(t.report)
}

// finish ends a query early. late means that the time is over; otherwise reason says why.
func (s *statusTaker) finish(subjects []*subject, a *Asker, late bool, reason error) error {
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

// verdict returns the error for devices that are not in a good state.
func (s *statusTaker) verdict(subjects []*subject, a *Asker) error {
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
		list = append(list, app.NoAnswerf("no status from %s within %s: %s", site.Labels(cameras), human.Duration(s.Timeout),
			a.Hint(SilentCamera)))
	}
	if len(readers) > 0 {
		list = append(list, app.NoAnswerf("no status from %s within %s: "+SilentReader,
			site.Labels(readers), human.Duration(s.Timeout), s.link.ReaderPrefix(), "--timeout"))
	}
	if len(kept) > 0 {
		list = append(list, app.NoAnswerf("nothing but retained messages from %s within %s: is it away, or does it publish less often (register 0289; --timeout)?",
			site.Labels(kept), human.Duration(s.Timeout)))
	}
	if len(offline) > 0 {
		list = append(list, app.NoAnswerf("%s: offline", site.Labels(offline)))
	}
	return errors.Join(list...)
}
