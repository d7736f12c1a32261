package commands

import (
	"hash/maphash"
	"slices"
	"strings"

	"mqtool/codec"
)

// listenKinds are the kinds of messages that devices publish, as --kind has them.
func listenKinds() []string { return []string{"event", "status", "meta", "snapshot", "alarm"} }

// parseKinds reads the value of --kind; none are all.
func parseKinds(text string) ([]codec.Kind, error) {
	var kinds []codec.Kind
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		if !slices.Contains(listenKinds(), word) {
			return nil, usageErrorf("--kind %q: it can be %s", word, strings.Join(listenKinds(), ", "))
		}
		kinds = append(kinds, codec.Kind(word))
	}
	return kinds, nil
}

// plainKind is the kind under which people look for a message.
func plainKind(k codec.Kind) codec.Kind {
	switch k {
	case codec.KindHello, codec.KindBatch:
		return codec.KindEvent
	}
	return k
}

// A wanted is what the options ask for.
type wanted struct {
	kinds   []codec.Kind // none are all
	family  string       // "" is any
	devices []device     // none are all
}

func (w *wanted) all() bool { return len(w.kinds) == 0 && w.family == "" && len(w.devices) == 0 }

func (w *wanted) kind(k codec.Kind) bool { return len(w.kinds) == 0 || slices.Contains(w.kinds, k) }

// leavesOut reports whether no message of a family's kind can be wanted.
func (w *wanted) leavesOut(family string, kind codec.Kind) bool {
	named := func(d device) bool { return d.family == family }
	return !w.kind(kind) || w.family != "" && w.family != family || len(w.devices) > 0 && !slices.ContainsFunc(w.devices, named)
}

// device reports whether messages of a device are wanted. One that does not
// say which device it is of is not, when only certain ones of its family are.
func (w *wanted) device(family, id string) (ok, unnamed bool) {
	if len(w.devices) == 0 {
		return true, false
	}
	for _, d := range w.devices {
		if d.family == family {
			if d.id == id {
				return true, false
			}
			unnamed = id == ""
		}
	}
	return false, unnamed
}

// filters are the topics where the wanted messages are published. Those of
// cameras are the same for all cameras.
func (w *wanted) filters(link *connection, roles []role) []string {
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
			i := slices.IndexFunc(roles, func(o role) bool { return o.family == f.Name && o.kind == r.Kind })
			switch {
			case i >= 0:
				add(roles[i].filter)
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

// A role is what somebody says of a topic: cameras publish this kind there.
type role struct {
	filter string
	family string
	kind   codec.Kind
}

// cameraRoles are the topics of cameras that were renamed.
func cameraRoles(link *connection) []role {
	var roles []role
	for kind, filter := range map[codec.Kind]string{
		codec.KindSnapshot: link.snapshotTopic, codec.KindAlarm: link.alarmTopic, codec.KindStatus: link.statusTopic,
	} {
		if filter != "" {
			roles = append(roles, role{filter, "milesight", kind})
		}
	}
	return roles
}

// A source is what is known of a topic before a message is looked at.
type source struct {
	id       uint64 // stands for the topic in keys
	decodeAs string // the topic by whose rules its payloads are decoded
	address  codec.Address
	known    bool // the address tells the family and the kind
	event    bool // readers publish events here
}

// sources remembers topics, so that each is looked at once.
type sources struct {
	roles []role
	seed  maphash.Seed
	known map[string]*source
}

// What is remembered is bounded: whoever may publish can make up topics.
const (
	maxSources     = 1024
	maxSourceTopic = 512
)

func newSources(roles []role) sources {
	return sources{roles: roles, seed: maphash.MakeSeed(), known: map[string]*source{}}
}

func (s *sources) of(topic string) *source {
	if known, ok := s.known[topic]; ok {
		return known
	}
	made := s.make(topic)
	if len(topic) <= maxSourceTopic {
		if len(s.known) >= maxSources {
			clear(s.known)
		}
		s.known[topic] = made
	}
	return made
}

func (s *sources) make(topic string) *source {
	made := &source{id: maphash.String(s.seed, topic), decodeAs: topic}
	made.address, made.known = codec.ParseTopic(topic)
	made.event = made.known && made.address.Family == springcore && made.address.Kind == codec.KindEvent
	var mine []role
	for _, r := range s.roles {
		if matchTopic(r.filter, topic) {
			mine = append(mine, r)
		}
	}
	if len(mine) != 1 {
		return made // with one topic for everything the payload has to tell
	}
	// Decode as if the topic had not been renamed.
	for _, f := range codec.Families() {
		for _, r := range f.Routes {
			if f.Name == mine[0].family && r.Kind == mine[0].kind && !r.ToDevice {
				made.decodeAs, made.known, made.event = codec.FillTopic(r.Topic, f.Prefix, ""), true, false
				made.address = codec.Address{Family: f.Name, Kind: r.Kind}
			}
		}
	}
	return made
}

// matchTopic tells whether a topic filter matches a topic, by section 4.7 of
// MQTT 3.1.1.
func matchTopic(filter, topic string) bool {
	for {
		want, filterRest, filterMore := strings.Cut(filter, "/")
		if want == "#" {
			return true
		}
		got, topicRest, topicMore := strings.Cut(topic, "/")
		if want != "+" && want != got {
			return false
		}
		if !filterMore || !topicMore {
			return filterMore == topicMore || filterRest == "#" // a/# matches a, too
		}
		filter, topic = filterRest, topicRest
	}
}
