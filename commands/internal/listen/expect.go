package listen

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/site"
)

// An expectation is the parsed form of the values of --expect.
type expectation struct {
	all time.Duration            // for every device; 0 when only devices are named
	own map[Device]time.Duration // for single devices

	named []site.Device // the devices in own
}

// watch returns the Watch that --expect asks for, or nil.
func (o *Options) watch(link *site.Connection, w *site.Wanted) (*Watch, error) {
	if len(o.Expect) == 0 {
		return nil, nil
	}
	e, err := o.expectation(link)
	if err != nil {
		return nil, err
	}
	devices := w.Devices
	if len(devices) == 0 && e.all > 0 {
		devices = link.Devices()
	}
	var expected []site.Device
	for _, d := range site.Distinct(slices.Concat(devices, e.named)) {
		own := e.own[Device{d.Family, d.ID}]
		switch heard := o.hears(link, w, d); {
		case heard && own > 0:
			d.Expect = own
		case own > 0:
			return nil, app.Usagef("--expect %s=...: the other options leave out what it publishes", d.Name)
		case heard && e.all > 0:
			d.Expect = cmp.Or(d.Expect, e.all)
		default:
			continue
		}
		expected = append(expected, d)
	}
	if len(expected) == 0 {
		return nil, app.Usagef("--expect %s: name devices on the command line or in the configuration file: mqtool knows none that it could expect", o.Expect[0])
	}
	return NewWatch(expected), nil
}

// expectation parses the values of --expect.
func (o *Options) expectation(link *site.Connection) (e expectation, err error) {
	e.own = map[Device]time.Duration{}
	for _, text := range o.Expect {
		name, value, isOwn := strings.Cut(text, "=")
		if !isOwn {
			value = text
		}
		d, err := time.ParseDuration(value)
		if err != nil || d <= 0 {
			return e, app.Usagef("--expect %q: it must be TIME or DEVICE=TIME, as in 2h or gate=2h", text)
		}
		if !isOwn {
			if e.all > 0 {
				return e, app.Usagef("--expect %s: there is a TIME for all devices already", text)
			}
			e.all = d
			continue
		}
		device, err := o.Connection.Device(link, o.Family, name)
		if err != nil {
			return e, err
		}
		e.own[Device{device.Family, device.ID}] = d
		e.named = append(e.named, device)
	}
	return e, nil
}

// hears reports whether the listener subscribes to anything that a device
// publishes.
func (o *Options) hears(link *site.Connection, w *site.Wanted, d site.Device) bool {
	isIt := func(e site.Device) bool { return e.Family == d.Family && e.ID == d.ID }
	if len(w.Devices) > 0 && !slices.ContainsFunc(w.Devices, isIt) {
		return false
	}
	alone := site.Wanted{Kinds: w.Kinds, Family: w.Family, Devices: []site.Device{d}}
	return len(alone.Filters(link, nil)) > 0
}
