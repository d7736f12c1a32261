package site

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

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

// Families returns the names of all families.
func Families() []string {
	var names []string
	for _, f := range codec.Families() {
		names = append(names, f.Name)
	}
	return names
}

// Family returns what the codec knows about a family.
func Family(name string) codec.Family {
	families := codec.Families()
	return families[slices.IndexFunc(families, func(f codec.Family) bool { return f.Name == name })]
}

// Request returns one of the requests that devices of a family understand.
func Request(family string, kind codec.Kind) codec.Request {
	requests := Family(family).Requests
	return requests[slices.IndexFunc(requests, func(r codec.Request) bool { return r.Kind == kind })]
}

// A Device is a device that an argument of a command names.
type Device struct {
	Name   string // the name in the file, or else the id, for messages
	Family string // milesight or springcore
	ID     string // the id as topics spell it
	Broker string // the name of its broker in the file, or "" when the file does not say

	Expect time.Duration // how soon a message should follow another one, or 0 when the file does not say
}

// familyWord returns the usual word for a device of a family.
func familyWord(family string) string {
	if family == Milesight {
		return "camera"
	}
	return "reader"
}

// Kind returns the usual word for such a device.
func (d Device) Kind() string { return familyWord(d.Family) }

// findDevices finds the devices of a family, or of any family when it is "". The names are
// names in the file, or ids as in topics, in any usual spelling. With anyID the id of a
// reader is used as it was typed.
func (s *Settings) findDevices(family string, names []string, anyID bool) ([]Device, error) {
	var devices []Device
	for _, name := range names {
		d, err := s.findDevice(family, name, anyID)
		if err != nil {
			return nil, err
		}
		devices = append(devices, d)
	}
	return devices, nil
}

func (s *Settings) findDevice(family, name string, anyID bool) (Device, error) {
	if _, ok := s.devices[name]; ok {
		d := s.device(name)
		if family != "" && family != d.Family {
			return Device{}, app.Usagef("%s is a %s (%s): a %s is needed here", name, familyWord(d.Family), d.ID, familyWord(family))
		}
		return d, nil
	}
	aliases := slices.Sorted(maps.Keys(s.devices))
	for _, alias := range aliases {
		if known := s.devices[alias]; family != "" && family != known.family && known.hasID(name) {
			return Device{}, app.Usagef("%s is the %s %q in %s: a %s is needed here", name, familyWord(known.family), alias, s.File, familyWord(family))
		}
	}
	near := cmdline.Closest(name, aliases)
	families := []string{family}
	if family == "" {
		families = []string{Milesight, SpringCore} // a MAC is a reader's name only by chance
	}
	var err error
	for _, f := range families {
		var id string
		if id, err = Family(f).ParseDevice(name); err != nil {
			continue
		}
		if f == SpringCore && !anyID {
			if id, err = s.readerID(name, near); err != nil {
				return Device{}, err
			}
		}
		return Device{Name: cmp.Or(s.NameOf(f, id), id), Family: f, ID: id}, nil
	}
	if near != "" {
		return Device{}, app.Usagef("no device %q in %s; did you mean %q?", name, s.File, near)
	}
	return Device{}, app.Usagef("%v", err)
}

// device returns a device of the file.
func (s *Settings) device(name string) Device {
	d := s.devices[name]
	return Device{Name: name, Family: d.family, ID: d.id, Broker: cmp.Or(d.broker, s.defaultBroker), Expect: d.expect}
}

// Device finds one more device by its name or id, as an argument of a command gives it.
func (o *Options) Device(c *Connection, family, name string) (Device, error) {
	return c.Settings.findDevice(family, name, o.anyID)
}

// Devices returns the devices of the file that may be on the broker.
func (c *Connection) Devices() []Device {
	var list []Device
	for _, name := range c.Settings.Names() {
		if on := c.Settings.devices[name].broker; on == "" || c.Name == "" || on == c.Name {
			list = append(list, c.Settings.device(name))
		}
	}
	return list
}

// readerID returns a typed id of a reader as topics spell it. near is the nearest name in
// the file, or "". Any word can be an id, so a word that looks like a mistake is refused:
// the broker would silently accept a command for a reader that does not exist.
func (s *Settings) readerID(name, near string) (string, error) {
	const wayOut = "--any-id uses it as it is"
	known := []string{near}
	for alias, d := range s.devices {
		known = append(known, alias, d.id)
	}
	if slices.Contains(known, name) {
		return name, nil
	}
	other := func(k string) bool { return k != "" && (k == near || strings.EqualFold(k, name)) }
	slices.Sort(known)
	if i := slices.IndexFunc(known, other); i >= 0 {
		return "", app.Usagef("no device %q in %s; did you mean %q? (%s)", name, s.File, known[i], wayOut)
	}
	digits := strings.NewReplacer(":", "", "-", "", ".", "", " ", "").Replace(strings.TrimPrefix(name, "0x"))
	if digits == "" || strings.Trim(digits, "0123456789abcdefABCDEF") != "" {
		if strings.ContainsAny(name, ": \t") {
			return "", app.Usagef("%q is not the id of a reader, which has no blanks and no colons (%s)", name, wayOut)
		}
		return name, nil
	}
	switch n := len(digits); {
	case n == 8:
		return strings.ToUpper(digits), nil // as the reader writes it in its topics
	case n == 11 || n == 13:
		return "", app.Usagef("%q is not the id of a reader, which has 8 hex digits, and the MAC of a camera has 12, not %d (%s)", name, n, wayOut)
	case n == 7 || n == 9 || n != len(name):
		return "", app.Usagef("%q is not the id of a reader: it has %d hex digits, not 8 (%s)", name, n, wayOut)
	}
	return name, nil
}

// Distinct removes devices that were named twice.
func Distinct(devices []Device) []Device {
	var list []Device
	for _, d := range devices {
		if !slices.ContainsFunc(list, func(e Device) bool { return e.Family == d.Family && e.ID == d.ID }) {
			list = append(list, d)
		}
	}
	return list
}

// NameOf returns the name of a device in the file, or "".
func (s *Settings) NameOf(family, id string) string { return s.names[knownDevice{family, id}] }

// Names returns the names of the devices in the file.
func (s *Settings) Names() []string { return slices.Sorted(maps.Keys(s.devices)) }

// nameDevices fills the names of the devices. If a device has several names, the first one
// is used.
func (s *Settings) nameDevices() {
	s.names = map[knownDevice]string{}
	for _, name := range s.Names() {
		d := s.devices[name]
		if key := (knownDevice{d.family, d.id}); s.names[key] == "" {
			s.names[key] = name
		}
	}
}

// Label names a device for messages, as the user and as topics do.
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

// Report returns a report of a device about which nothing is known yet.
func (d Device) Report() *render.DeviceReport {
	return &render.DeviceReport{Family: d.Family, Device: d.ID, Name: d.Name, State: render.DeviceNoAnswer}
}
