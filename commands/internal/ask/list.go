package ask

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/human"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
)

// maxListed is how many devices a list has at most: names come from topics,
// which anybody may choose.
const maxListed = 100_000

func (s *statusTaker) list(ctx context.Context) error {
	roles := s.link.Roles()
	filters := (&site.Wanted{Family: s.Family}).Filters(s.link, roles)
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
				human.Duration(s.Timeout), strings.Join(filters, ", "))
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
			r.Status = envelope(m, d, report)
		}
	}
}

func (s *statusTaker) printList(reports []*render.DeviceReport) error {
	if err := s.start(reports...); err != nil {
		return err
	}
	for _, r := range reports {
		if err := s.print(r); err != nil {
			return err
		}
	}
	return nil
}

// judge is the error for devices in a list that were silent for too long.
func (s *statusTaker) judge(reports []*render.DeviceReport) error {
	if s.MaxAge == 0 {
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
	return app.NoAnswerf("%d of %d devices were not heard for %s, or are offline: %s", len(silent), len(reports), human.Duration(s.MaxAge), strings.Join(silent, ", "))
}
