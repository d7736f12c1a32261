package commands

import (
	"slices"
	"strings"

	"mqtool/codec"
)

// A wanted is what the options ask for.
type wanted struct {
	kinds   []codec.Kind // none are all
	family  string       // "" is any
	devices []device     // none are all
}

func (w *wanted) kind(k codec.Kind) bool { return len(w.kinds) == 0 || slices.Contains(w.kinds, k) }

// leavesOut reports whether no message of a family's kind can be wanted.
func (w *wanted) leavesOut(family string, kind codec.Kind) bool {
	named := func(d device) bool { return d.family == family }
	return !w.kind(kind) || w.family != "" && w.family != family || len(w.devices) > 0 && !slices.ContainsFunc(w.devices, named)
}

// filters are the topics where the wanted messages are published. Those of
// cameras are the same for all cameras.
func (w *wanted) filters(link *connection, roles []codec.Role) []string {
	var filters []string
	add := func(f string) {
		if !slices.Contains(filters, f) {
			filters = append(filters, f)
		}
	}
	for _, f := range codec.Families() {
		var ids []string
		for _, d := range w.devices {
			if d.family == f.Name {
				ids = append(ids, d.id)
			}
		}
		if w.family != "" && f.Name != w.family || len(w.devices) > 0 && len(ids) == 0 {
			continue
		}
		prefix := f.Prefix
		if f.Name == springcore {
			prefix = link.readerPrefix()
		}
		for _, r := range f.Routes {
			if r.ToDevice || r.Kind == codec.KindRaw || !w.kind(r.Kind) {
				continue
			}
			i := slices.IndexFunc(roles, func(o codec.Role) bool { return f.Name == milesight && o.Kind == r.Kind })
			switch {
			case i >= 0:
				add(roles[i].Filter)
			case len(ids) == 0 || !strings.Contains(r.Topic, "{device}"):
				add(r.Filter(prefix))
			default:
				for _, id := range ids {
					add(codec.FillTopic(r.Topic, prefix, id))
				}
			}
		}
	}
	return filters
}

// decoder returns a decoder of the messages of the site.
func (c *connection) decoder() *codec.Decoder {
	return codec.NewDecoder(c.readerPrefix(), cameraRoles(c)...)
}

// cameraRoles are the topics of cameras that were renamed.
func cameraRoles(link *connection) []codec.Role {
	var roles []codec.Role
	for _, r := range []codec.Role{
		{Filter: link.snapshotTopic, Kind: codec.KindSnapshot},
		{Filter: link.alarmTopic, Kind: codec.KindAlarm},
		{Filter: link.statusTopic, Kind: codec.KindStatus},
	} {
		if r.Filter != "" {
			roles = append(roles, r)
		}
	}
	return roles
}
