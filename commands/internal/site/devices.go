package site

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
	SpringCore = "springcore" // readers
	Milesight  = "milesight"  // cameras
)

// Families are the names of all families.
func Families() []string {
	var names []string
	for _, f := range codec.Families() {
		names = append(names, f.Name)
	}
	return names
}

// Family is what the codec knows of a family.
func Family(name string) codec.Family {
	families := codec.Families()
	return families[slices.IndexFunc(families, func(f codec.Family) bool { return f.Name == name })]
}

// Request is one of the requests that devices of a family know.
func Request(family string, kind codec.Kind) codec.Request {
	requests := Family(family).Requests
	return requests[slices.IndexFunc(requests, func(r codec.Request) bool { return r.Kind == kind })]
}

// A Device is what an argument of a command names.
type Device struct {
	Name   string // as it was typed, for messages
	Family string // milesight or springcore
	ID     string // as topics spell it
	Broker string // the broker in the file where it is, or "" when nobody says
	doubt  string // what may be wrong about it, in words, or ""
}

// familyWord is what people call a device of a family.
func familyWord(family string) string {
	if family == Milesight {
		return "camera"
	}
	return "reader"
}

// findDevices finds the devices of a family, or of any when it is "": names
// in the file, or what they are in topics, in any usual spelling.
func (s *Settings) findDevices(family string, names []string) ([]Device, error) {
	var devices []Device
	for _, name := range names {
		d, err := s.findDevice(family, name)
		if err != nil {
			return nil, err
		}
		devices = append(devices, d)
	}
	return devices, nil
}

func (s *Settings) findDevice(family, name string) (Device, error) {
	if known, ok := s.devices[name]; ok {
		d := Device{Name: name, Family: known.family, ID: known.id, Broker: known.broker}
		if d.Broker == "" {
			d.Broker = s.defaultBroker
		}
		if family != "" && family != d.Family {
			return Device{}, app.Usagef("%s is a %s (%s): a %s belongs here", name, familyWord(d.Family), d.ID, familyWord(family))
		}
		return d, nil
	}
	aliases := slices.Sorted(maps.Keys(s.devices))
	for _, alias := range aliases {
		known := s.devices[alias]
		if id, err := Family(known.family).ParseDevice(name); err == nil && id == known.id && family != "" && family != known.family {
			return Device{}, app.Usagef("%s is the %s %q in %s: a %s belongs here", name, familyWord(known.family), alias, s.File, familyWord(family))
		}
	}
	near := cmdline.Closest(name, aliases)
	families := []string{family}
	if family == "" {
		families = []string{Milesight, SpringCore} // a MAC is a reader's name by chance only
	}
	var err error
	for _, f := range families {
		var id string
		if id, err = Family(f).ParseDevice(name); err != nil {
			continue
		}
		d := Device{Name: name, Family: f, ID: id}
		if f == SpringCore {
			// Any word can be a reader's id, so this is no error.
			d.doubt = s.doubt(name, near)
		}
		return d, nil
	}
	if near != "" {
		return Device{}, app.Usagef("no device %q in %s; did you mean %q?", name, s.File, near)
	}
	return Device{}, app.Usagef("%v", err)
}

// doubt says why the id of a reader, which is near a name in the file, is
// perhaps none.
func (s *Settings) doubt(name, near string) string {
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
		return fmt.Sprintf("%q is taken for the id of a reader; %s has %q", name, s.File, known[i])
	}
	if n := len(digits); isHex && (n == 11 || n == 13) {
		return fmt.Sprintf("%q is taken for the id of a reader; the MAC of a camera has 12 digits, not %d", name, n)
	}
	return ""
}

// Distinct leaves out devices that were named twice.
func Distinct(devices []Device) []Device {
	var list []Device
	for _, d := range devices {
		if !slices.ContainsFunc(list, func(e Device) bool { return e.Family == d.Family && e.ID == d.ID }) {
			list = append(list, d)
		}
	}
	return list
}

// NameOf is what the file calls a device, or its id.
func (s *Settings) NameOf(family, id string) string {
	for _, name := range slices.Sorted(maps.Keys(s.devices)) {
		if d := s.devices[name]; d.family == family && d.id == id {
			return name
		}
	}
	return id
}

// Label names a device for messages: as the user does, and as topics do.
func (d Device) Label() string {
	if d.Name == d.ID {
		return d.ID
	}
	return fmt.Sprintf("%s (%s)", d.Name, d.ID)
}

// Labels names devices for messages.
func Labels(devices []Device) string {
	list := make([]string, len(devices))
	for i, d := range devices {
		list[i] = d.Label()
	}
	return strings.Join(list, ", ")
}

// Report is the report of a device of which nothing is known yet.
func (d Device) Report() *render.DeviceReport {
	return &render.DeviceReport{Family: d.Family, Device: d.ID, Name: d.Name, State: render.DeviceNoAnswer}
}
