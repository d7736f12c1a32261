package site

import (
	"slices"
	"strings"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
)

// A Wanted says which messages the options ask for.
type Wanted struct {
	Kinds   []codec.Kind // empty stands for all
	Family  string       // "" stands for any
	Devices []Device     // empty stands for all
}

func (w *Wanted) kind(k codec.Kind) bool { return len(w.Kinds) == 0 || slices.Contains(w.Kinds, k) }

// LeavesOut reports whether no message of a family's kind can be wanted.
func (w *Wanted) LeavesOut(family string, kind codec.Kind) bool {
	named := func(d Device) bool { return d.Family == family }
	return !w.kind(kind) || w.Family != "" && w.Family != family || len(w.Devices) > 0 && !slices.ContainsFunc(w.Devices, named)
}

// ids returns the ids of the wanted devices of a family.
func (w *Wanted) ids(family string) (ids []string) {
	for _, d := range w.Devices {
		if d.Family == family {
			ids = append(ids, d.ID)
		}
	}
	return ids
}

// Filters returns the topics on which the wanted messages are published. All cameras
// publish on the same topics.
func (w *Wanted) Filters(link *Connection, roles []codec.Role) []string {
	var filters []string
	for _, f := range codec.Families() {
		ids := w.ids(f.Name)
		if w.Family != "" && f.Name != w.Family || len(w.Devices) > 0 && len(ids) == 0 {
			continue
		}
		prefix, renamed := f.Prefix, roles
		if f.Name == SpringCore {
			prefix, renamed = link.ReaderPrefix(), nil
		}
		for _, r := range f.Routes {
			if r.ToDevice || r.Kind == codec.KindRaw || !w.kind(r.Kind) {
				continue
			}
			for _, filter := range filtersOf(r, prefix, ids, renamed) {
				if !slices.Contains(filters, filter) {
					filters = append(filters, filter)
				}
			}
		}
	}
	return filters
}

// filtersOf returns the topics of a route: the topics that it was renamed to, or else
// those of the devices with these ids, or of all devices.
func filtersOf(r codec.Route, prefix string, ids []string, renamed []codec.Role) []string {
	if i := slices.IndexFunc(renamed, func(o codec.Role) bool { return o.Kind == r.Kind }); i >= 0 {
		return []string{renamed[i].Filter}
	}
	if len(ids) == 0 || !strings.Contains(r.Topic, "{device}") {
		return []string{r.Filter(prefix)}
	}
	var filters []string
	for _, id := range ids {
		filters = append(filters, codec.FillTopic(r.Topic, prefix, id))
	}
	return filters
}

// Decode decodes a message as [codec.Decoder.Decode] does. If the decoder panics, which is
// a bug in mqtool, the message counts as damaged, because one message must not end a
// command.
func Decode(d *codec.Decoder, m broker.Message) (items []codec.Item) {
	defer func() {
		if fault := recover(); fault != nil {
			d.Reset()
			items = []codec.Item{{Value: codec.Raw{}, Err: app.Fault(fault, m.Payload)}}
		}
	}()
	if m.PassedOver > 0 {
		return d.DecodeStart(m.Topic, m.Payload, len(m.Payload)+m.PassedOver)
	}
	return d.Decode(m.Topic, m.Payload)
}

// Decoder returns a decoder of the messages of the site.
func (c *Connection) Decoder() *codec.Decoder {
	return codec.NewDecoder(c.ReaderPrefix(), c.Roles()...)
}

// Roles returns the topics of cameras that were renamed.
func (c *Connection) Roles() []codec.Role {
	var roles []codec.Role
	for _, r := range []codec.Role{
		{Filter: c.SnapshotTopic, Kind: codec.KindSnapshot},
		{Filter: c.AlarmTopic, Kind: codec.KindAlarm},
		{Filter: c.StatusTopic, Kind: codec.KindStatus},
	} {
		if r.Filter != "" {
			roles = append(roles, r)
		}
	}
	return roles
}

// StatusFilter returns the topic on which cameras publish their status.
func (c *Connection) StatusFilter() string {
	if c.StatusTopic != "" {
		return c.StatusTopic
	}
	return codec.FillTopic(Request(Milesight, codec.KindStatusRequest).Answer, "", "")
}

// ReaderTopic returns the topic of a reader for one kind of message.
func (c *Connection) ReaderTopic(kind codec.Kind, id string) string {
	for _, route := range Family(SpringCore).Routes {
		if route.Kind == kind && !route.ToDevice {
			return codec.FillTopic(route.Topic, c.ReaderPrefix(), id)
		}
	}
	return ""
}
