package codec

import (
	"slices"
	"strings"
)

// A Family is what mqtool knows about one family of devices. A third family needs one more
// literal and its decoders.
type Family struct {
	Name     string
	Prefix   string // default of {prefix}
	Routes   []Route
	Requests []Request
	// ParseDevice turns what a user types into the device's name in topics.
	ParseDevice func(string) (string, error)
}

// A Route says what is published on a topic.
//
// Topic may begin with {prefix}, any number of levels that somebody chose, and
// has {device} where the device's name stands.
type Route struct {
	Kind     Kind
	Topic    string
	ToDevice bool // from a host
	shared   bool // other devices have such topics, too: it is ours only with the site's prefix
	decode   func(d *Decoder, t *topicRule, payload []byte)
}

// A Request is something that a host can ask of a device.
type Request struct {
	Kind    Kind
	Topic   string
	Payload string // usual content; "" when there is none
	Answer  string // topic on which the device answers; "" when it does not
}

// Names of the families.
const (
	nameSpringCore = "springcore"
	nameMilesight  = "milesight"
)

// springCore are SpringCard's readers.
//
// Source: SpringCore documentation, MQTT Client, Topics
var springCore = Family{
	Name:        nameSpringCore,
	Prefix:      "springcard/springcore",
	ParseDevice: ParseDeviceID,
	Routes: []Route{
		{Kind: KindEvent, Topic: "{prefix}/{device}/rdr/evt", decode: decodeEvents},
		{Kind: KindCommand, Topic: "{prefix}/{device}/rdr/cmd", ToDevice: true, decode: decodeCommands},
		{Kind: KindStatus, Topic: "{prefix}/{device}/status", shared: true, decode: decodeStatuses},
		{Kind: KindMeta, Topic: "{prefix}/{device}/meta", shared: true, decode: decodeMetas},
		// The vendor lists these as "not supported" and does not document their bytes.
		{Kind: KindRaw, Topic: "{prefix}/{device}/ccid/p2r", ToDevice: true, decode: decodeRaw},
		{Kind: KindRaw, Topic: "{prefix}/{device}/ccid/r2p", decode: decodeRaw},
		{Kind: KindRaw, Topic: "{prefix}/{device}/ccid/int", decode: decodeRaw},
		{Kind: KindRaw, Topic: "{prefix}/{device}/dir/cmd", ToDevice: true, decode: decodeRaw},
		{Kind: KindRaw, Topic: "{prefix}/{device}/dir/rsp", decode: decodeRaw},
		{Kind: KindRaw, Topic: "{prefix}/{device}/dir/evt", decode: decodeRaw},
	},
	Requests: []Request{
		{Kind: KindCommand, Topic: "{prefix}/{device}/rdr/cmd"},
	},
}

// milesight are Milesight's 4G cameras. Newer firmware allows all topics but Wake to be
// renamed; a renamed topic is recognized by its payload.
//
// Source: Milesight support, MQTT application description (both copies)
var milesight = Family{
	Name:        nameMilesight,
	ParseDevice: ParseMAC,
	Routes: []Route{
		{Kind: KindSnapshot, Topic: "{prefix}/4GSolarCam/Snapshot", decode: decodeSnapshots},
		{Kind: KindAlarm, Topic: "{prefix}/4GSolarCam/Alarm", decode: decodeReports(KindAlarm)},
		{Kind: KindStatus, Topic: "{prefix}/4GSolarCam/Status", decode: decodeReports(KindStatus)},
		{Kind: KindWake, Topic: "{prefix}/4GSolarCam/Wake/{device}", ToDevice: true, decode: decodeRequest(KindWake)},
		{Kind: KindStatusRequest, Topic: "{prefix}/4GSolarCam/Status/{device}", ToDevice: true, decode: decodeRequest(KindStatusRequest)},
		{Kind: KindConfig, Topic: "{prefix}/4GSolarCam/Config/{device}", ToDevice: true, decode: decodeRequest(KindConfig)},
	},
	Requests: []Request{
		// The vendor's example has the comma, and says that any content will do.
		{Kind: KindWake, Topic: "{prefix}/4GSolarCam/Wake/{device}", Payload: ",wake", Answer: "{prefix}/4GSolarCam/Status"},
		{Kind: KindStatusRequest, Topic: "{prefix}/4GSolarCam/Status/{device}", Payload: "status", Answer: "{prefix}/4GSolarCam/Status"},
		{Kind: KindConfig, Topic: "{prefix}/4GSolarCam/Config/{device}"},
	},
}

// Families lists the families. They are copies, which a caller may change.
func Families() []Family {
	families := []Family{springCore, milesight}
	for i, f := range families {
		families[i].Routes, families[i].Requests = slices.Clone(f.Routes), slices.Clone(f.Requests)
	}
	return families
}

// FillTopic writes a topic of a Route or a Request for one device. If the prefix is empty,
// its level is left out.
func FillTopic(topic, prefix, device string) string {
	if prefix == "" {
		topic = strings.TrimPrefix(topic, "{prefix}/")
	}
	return strings.NewReplacer("{prefix}", prefix, "{device}", device).Replace(topic)
}

// Filter returns the topic filter for a route of all devices.
func (r Route) Filter(prefix string) string { return FillTopic(r.Topic, prefix, "+") }

// An Address is what a topic says about its messages.
type Address struct {
	Family   string
	Prefix   string // the levels before those that the family prescribes
	Device   string // "" when the topic does not tell
	Kind     Kind
	ToDevice bool // a message from a host
	ByTopic  bool // the topic tells everything, except perhaps the device; otherwise the message does
}

// ParseTopic finds out which family a topic belongs to. It reads the topic from its end,
// because a prefix may have any number of levels.
func ParseTopic(topic string) (Address, bool) {
	a, _, ok := findRoute(topic)
	return a, ok
}

func findRoute(topic string) (Address, Route, bool) {
	for _, f := range [...]*Family{&milesight, &springCore} {
		for _, r := range f.Routes {
			prefix, device, ok := matchTopic(r.Topic, topic)
			if !ok {
				continue
			}
			if name, err := f.ParseDevice(device); err == nil {
				device = name
			}
			return Address{Family: f.Name, Prefix: prefix, Device: device, Kind: r.Kind, ToDevice: r.ToDevice}, r, true
		}
	}
	return Address{}, Route{}, false
}

// matchTopic compares a topic with a pattern, level by level from the end.
func matchTopic(pattern, topic string) (prefix, device string, ok bool) {
	for {
		var want, got string
		pattern, want = cutLastLevel(pattern)
		if want == "{prefix}" {
			return topic, device, true
		}
		topic, got = cutLastLevel(topic)
		switch {
		case want == "{device}" && got != "":
			device = got
		case want != got:
			return "", "", false
		}
	}
}

func cutLastLevel(topic string) (rest, level string) {
	i := strings.LastIndexByte(topic, '/')
	return topic[:max(i, 0)], topic[i+1:]
}

// MatchTopic tells whether a topic filter matches a topic, by section 4.7 of MQTT 3.1.1.
func MatchTopic(filter, topic string) bool {
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
