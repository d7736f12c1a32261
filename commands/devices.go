package commands

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/render"
)

// The families of devices, as codec names them.
const (
	springcore = "springcore" // readers
	milesight  = "milesight"  // cameras
)

// familyNames are the names of all families.
func familyNames() []string {
	var names []string
	for _, f := range codec.Families() {
		names = append(names, f.Name)
	}
	return names
}

// familyOf is what the codec knows of a family.
func familyOf(name string) codec.Family {
	families := codec.Families()
	return families[slices.IndexFunc(families, func(f codec.Family) bool { return f.Name == name })]
}

// requestOf is one of the requests that devices of a family know.
func requestOf(family string, kind codec.Kind) codec.Request {
	requests := familyOf(family).Requests
	return requests[slices.IndexFunc(requests, func(r codec.Request) bool { return r.Kind == kind })]
}

// A device is what an argument of a command names.
type device struct {
	name   string // as it was typed, for messages
	family string // milesight or springcore
	id     string // as topics spell it
	broker string // the broker in the file where it is, or "" when nobody says
	doubt  string // what may be wrong about it, in words, or ""
}

// familyWord is what people call a device of a family.
func familyWord(family string) string {
	if family == milesight {
		return "camera"
	}
	return "reader"
}

// findDevices finds the devices of a family, or of any when it is "": names
// in the file, or what they are in topics, in any usual spelling.
func (s *settings) findDevices(family string, names []string) ([]device, error) {
	var devices []device
	for _, name := range names {
		d, err := s.findDevice(family, name)
		if err != nil {
			return nil, err
		}
		devices = append(devices, d)
	}
	return devices, nil
}

func (s *settings) findDevice(family, name string) (device, error) {
	if known, ok := s.devices[name]; ok {
		d := device{name: name, family: known.family, id: known.id, broker: known.broker}
		if d.broker == "" {
			d.broker = s.defaultBroker
		}
		if family != "" && family != d.family {
			return device{}, app.Usagef("%s is a %s (%s): a %s belongs here", name, familyWord(d.family), d.id, familyWord(family))
		}
		return d, nil
	}
	aliases := slices.Sorted(maps.Keys(s.devices))
	for _, alias := range aliases {
		known := s.devices[alias]
		if id, err := familyOf(known.family).ParseDevice(name); err == nil && id == known.id && family != "" && family != known.family {
			return device{}, app.Usagef("%s is the %s %q in %s: a %s belongs here", name, familyWord(known.family), alias, s.file, familyWord(family))
		}
	}
	near := cmdline.Closest(name, aliases)
	families := []string{family}
	if family == "" {
		families = []string{milesight, springcore} // a MAC is a reader's name by chance only
	}
	var err error
	for _, f := range families {
		var id string
		if id, err = familyOf(f).ParseDevice(name); err != nil {
			continue
		}
		d := device{name: name, family: f, id: id}
		if f == springcore {
			// Any word can be a reader's id, so this is no error.
			d.doubt = s.doubt(name, near)
		}
		return d, nil
	}
	if near != "" {
		return device{}, app.Usagef("no device %q in %s; did you mean %q?", name, s.file, near)
	}
	return device{}, app.Usagef("%v", err)
}

// doubt says why the id of a reader, which is near a name in the file, is
// perhaps none.
func (s *settings) doubt(name, near string) string {
	known := []string{near}
	for alias, d := range s.devices {
		known = append(known, alias, d.id)
	}
	digits := strings.Map(func(r rune) rune {
		if r == ':' || r == '-' || r == '.' {
			return -1
		}
		return r
	}, name)
	isHex := strings.Trim(digits, "0123456789abcdefABCDEF") == ""
	other := func(k string) bool { return k != name && (k == near && near != "" || strings.EqualFold(k, name)) }
	slices.Sort(known)
	if i := slices.IndexFunc(known, other); i >= 0 {
		return fmt.Sprintf("%q is taken for the id of a reader; %s has %q", name, s.file, known[i])
	}
	if n := len(digits); isHex && (n == 11 || n == 13) {
		return fmt.Sprintf("%q is taken for the id of a reader; the MAC of a camera has 12 digits, not %d", name, n)
	}
	return ""
}

// distinct leaves out devices that were named twice.
func distinct(devices []device) []device {
	var list []device
	for _, d := range devices {
		if !slices.ContainsFunc(list, func(e device) bool { return e.family == d.family && e.id == d.id }) {
			list = append(list, d)
		}
	}
	return list
}

// nameOf is what the file calls a device, or its id.
func (s *settings) nameOf(family, id string) string {
	for _, name := range slices.Sorted(maps.Keys(s.devices)) {
		if d := s.devices[name]; d.family == family && d.id == id {
			return name
		}
	}
	return id
}

// label names a device for messages: as the user does, and as topics do.
func (d device) label() string {
	if d.name == d.id {
		return d.id
	}
	return fmt.Sprintf("%s (%s)", d.name, d.id)
}

func labels(devices []device) string {
	list := make([]string, len(devices))
	for i, d := range devices {
		list[i] = d.label()
	}
	return strings.Join(list, ", ")
}

// report is the report of a device of which nothing is known yet.
func (d device) report() *render.DeviceReport {
	return &render.DeviceReport{Family: d.family, Device: d.id, Name: d.name, State: render.DeviceNoAnswer}
}
