package ask

import (
	"cmp"
	"context"
	"fmt"
	"maps"
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

// Bounds of a list: its devices, and the bytes of their names and messages. It has bounds
// because anybody may choose topics and payloads.
const (
	maxListed     = 100_000
	maxListedSize = 128 << 20
)

// A roster holds the listed devices.
type roster struct {
	devices map[string]*listed
	heard   int  // devices of which more is known than what the broker kept
	size    int  // bytes of names and messages
	full    bool // a device was left out, and the user knows
}

// perListed is roughly the memory of a listed device without its name and its messages.
const perListed = 512

// find returns a device, and makes room for a message of it. It returns nil if there is no
// room.
func (r *roster) find(d site.Device, m broker.Message) *listed {
	key := d.Family + " " + d.ID + d.Name
	l, size := r.devices[key], perListed+len(key)+len(m.Topic)+len(m.Payload)
	if l == nil {
		if len(r.devices) == maxListed {
			return nil
		}
		l = &listed{DeviceReport: d.Report()}
	}
	more := max(0, size-l.size)
	if r.size+more > maxListedSize {
		return nil
	}
	r.size, l.size, r.devices[key] = r.size+more, l.size+more, l
	return l
}

// account says how many devices were found so far.
func (r *roster) account() string {
	text := fmt.Sprintf("%d heard", r.heard)
	if rest := len(r.devices) - r.heard; rest > 0 {
		text += fmt.Sprintf(", %d more retained", rest)
	}
	return text
}

// A listed is a device that was heard, or of which the broker kept a message.
type listed struct {
	*render.DeviceReport
	printed string // its state when its line was printed, or ""
	size    int    // bytes of its name and of its longest message
}

// isHeard reports whether more is known of a device than what the broker kept.
func (d *listed) isHeard() bool {
	return d.State != render.DeviceNoAnswer && d.State != render.DeviceRetained
}

// isKnown reports whether a device has told its state, so that there is no need to wait
// for more.
func (d *listed) isKnown() bool {
	switch d.State {
	case render.DeviceOnline, render.DeviceOffline:
		return true
	}
	return d.State == render.DeviceAwake && d.Status != nil
}

// state returns its state as it is printed.
func (d *listed) state() string { return string(d.State) + d.Words }

func (s *statusTaker) list(ctx context.Context) error {
	roles := s.link.Roles()
	filters := (&site.Wanted{Family: s.Family}).Filters(s.link, roles)
	if err := s.conn.Subscribe(ctx, filters...); err != nil {
		return err
	}
	line := s.wait(ctx, "listening for devices, Ctrl-C ends")
	defer line.End()
	all := &roster{devices: map[string]*listed{}}
	for {
		m, err := s.conn.Receive(ctx)
		if err == nil {
			err = s.hear(all, m)
			line.Say("listening for devices, Ctrl-C ends: %s", all.account())
			if err != nil {
				return err
			}
			continue
		}
		late := err == context.DeadlineExceeded
		if len(all.devices) > 0 {
			reports := slices.SortedFunc(maps.Values(all.devices), func(a, b *listed) int {
				return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Name, b.Name))
			})
			verdict := s.judge(reports)
			if !s.quiet || !late || verdict != nil || s.found != nil {
				if err := s.printList(reports); err != nil {
					return err
				}
			}
			if late {
				return verdict
			}
		}
		if late {
			return app.NoAnswerf("no device was heard within %s on %s: is it the right broker? Cameras are silent while they sleep, readers publish every 30s",
				human.Duration(s.Timeout), strings.Join(filters, ", "))
		}
		return err
	}
}

// hear records who sent a message. On a terminal the user sees at once what the device
// says; a program gets all devices in order at the end.
func (s *statusTaker) hear(all *roster, m broker.Message) error {
	if len(m.Payload) == 0 {
		return nil
	}
	for _, item := range site.Decode(s.decoder, m) {
		if item.ToDevice {
			continue
		}
		d := s.hearItem(all, &item, m)
		if d == nil || !s.env.StdoutTerminal || s.json || s.quiet || s.found != nil || !d.isKnown() {
			continue
		}
		if err := s.printList([]*listed{d}); err != nil {
			return err
		}
	}
	return nil
}

// hearItem returns the device that sent a message; nil when there is no room for it.
func (s *statusTaker) hearItem(all *roster, item *codec.Item, m broker.Message) *listed {
	d := site.Device{Family: cmp.Or(item.Family, site.Milesight), ID: item.Device} // only cameras publish on other topics
	d.Name = cmp.Or(s.link.Settings.NameOf(d.Family, d.ID), d.ID)
	if d.ID == "" {
		d.Name = "unknown, on " + m.Topic
	}
	r := all.find(d, m)
	if r == nil {
		if !all.full {
			all.full = true
			s.env.Warn("the list is full with %s: others are left out", render.Count(len(all.devices), "device"))
		}
		return nil
	}
	before := r.isHeard()
	if item.Err != nil {
		r.Warnings = []string{item.Err.Error()}
	}
	report, isReport := item.Value.(codec.CameraReport)
	switch {
	case d.Family != site.Milesight:
		s.noteReader(r.DeviceReport, m, d, item.Value)
	case m.Retained && r.State != render.DeviceAwake:
		s.keepCamera(r.DeviceReport, m, d, report)
	case !m.Retained:
		r.State, r.OK, r.Words = render.DeviceAwake, true, ""
		r.LastHeard = m.Received
		if isReport && report.Report == codec.KindStatus {
			r.Status = envelope(m, d, report)
		}
	}
	if r.isHeard() && !before {
		all.heard++
	}
	return r
}

// printList prints the devices whose state was not printed yet.
func (s *statusTaker) printList(devices []*listed) error {
	if !s.started {
		likely := []*render.DeviceReport{{Family: site.SpringCore, Device: longestID, LastHeard: time.Now(), Words: longestState(site.SpringCore)}}
		if len(devices) > 1 || !s.env.StdoutTerminal {
			likely = nil // no other devices will follow
		}
		for _, d := range devices {
			likely = append(likely, d.DeviceReport)
		}
		if err := s.start(likely...); err != nil {
			return err
		}
		s.started = true
	}
	for _, d := range devices {
		if d.printed == d.state() {
			continue
		}
		d.printed = d.state()
		if err := s.print(d.DeviceReport); err != nil {
			return err
		}
	}
	return nil
}

// longestID is as long as the longest id of a device.
const longestID = "000000000000"

// judge returns the error for listed devices that were silent for too long.
func (s *statusTaker) judge(reports []*listed) error {
	if s.MaxAge.Value == 0 {
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
	return app.NoAnswerf("%d of %d devices were not heard for %s, or are offline: %s", len(silent), len(reports), human.Duration(s.MaxAge.Value), strings.Join(silent, ", "))
}
