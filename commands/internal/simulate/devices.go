package simulate

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/simulator"
	"mqtool/commands/internal/site"
)

// A Maker makes the devices. They must call allow before each event.
type Maker func(ctx context.Context, env *app.Env, o *Options, link *site.Connection, allow func() bool) ([]simulator.Device, error)

// Demo makes a reader, and a sleeping camera of each generation.
func Demo(ctx context.Context, env *app.Env, _ *Options, link *site.Connection, _ func() bool) ([]simulator.Device, error) {
	all := Options{Devices: 1}
	devices, err := Readers(ctx, env, &all, link, nil)
	if err != nil {
		return nil, err
	}
	for _, k := range []cameraOptions{{MAC: DefaultCamera, Generation: "a"}, {MAC: OtherCamera, Generation: "b"}} {
		k.Asleep, k.WakeAfter, k.Every = true, time.Second, DefaultEvery
		all.Camera = k
		camera, err := Cameras(ctx, env, &all, link, nil)
		if err != nil {
			return nil, err
		}
		devices = append(devices, camera...)
	}
	return devices, nil
}

// madeUpTags lists the tags of documented examples.
var madeUpTags = []string{"047DAE02C84080", "262BA1B0"}

// Readers makes the readers that the options ask for.
func Readers(ctx context.Context, env *app.Env, o *Options, link *site.Connection, allow func() bool) ([]simulator.Device, error) {
	r := o.Reader
	every, err := parseRate(cmp.Or(r.Rate, DefaultRate))
	if err != nil {
		return nil, err
	}
	id, err := codec.ParseDeviceID(cmp.Or(r.ID, DefaultReader))
	if err != nil {
		return nil, app.Usagef("--id: %v", err)
	}
	config := simulator.ReaderConfig{
		Prefix: link.ReaderPrefix(), Format: simulator.ReaderFormat(r.Format), Tags: madeUpTags, Every: every, Allow: allow,
		Boot: time.Now().Unix(), // grows with each start
	}
	if r.Tags != "" {
		list, err := site.ReadTags(r.Tags)
		if err != nil {
			return nil, fmt.Errorf("--tags: %w", err)
		}
		if config.Tags = list.List(); len(config.Tags) == 0 {
			return nil, app.Damagedf("--tags: no tag in %s", r.Tags)
		}
	}
	if r.Registers != "" {
		if config.Registers, err = site.ReadRegisters(ctx, env.Stdin, r.Registers); err != nil {
			return nil, fmt.Errorf("--registers: %w", err)
		}
		warnOfTemplate(env, config.Registers)
	}
	devices := make([]simulator.Device, o.Devices)
	for i := range devices {
		config.ID, config.First = countOn(id, i), every*time.Duration(i)/time.Duration(o.Devices)
		reader, err := simulator.NewReader(config)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", cmp.Or(r.Registers, "reader"), err)
		}
		devices[i] = reader
	}
	return devices, nil
}

// warnOfTemplate warns if a real reader would read no tags with these
// registers, because the simulated one reads tags all the same.
func warnOfTemplate(env *app.Env, r codec.Registers) {
	const template1 = 0x0310
	for _, f := range r.Check() {
		if f.Address == template1 {
			env.Warn("register %04X: %s; %s. The simulated reader reads tags all the same", template1, f.Problem, f.Advice)
		}
	}
}

// Cameras makes the cameras that the options ask for.
func Cameras(_ context.Context, _ *app.Env, o *Options, link *site.Connection, _ func() bool) ([]simulator.Device, error) {
	k := o.Camera
	mac, err := codec.ParseMAC(cmp.Or(k.MAC, DefaultCamera))
	if err != nil {
		return nil, app.Usagef("--mac: %v", err)
	}
	for option, topic := range map[string]string{"snapshot-topic": link.SnapshotTopic, "alarm-topic": link.AlarmTopic, "status-topic": link.StatusTopic} {
		if topic == "" {
			continue
		}
		if err := broker.ValidTopic(topic); err != nil {
			return nil, app.Usagef("--%s: %v", option, err)
		}
	}
	config := simulator.CameraConfig{
		Generation:    codec.Generation(cmp.Or(k.Generation, string(codec.GenerationB))),
		SnapshotTopic: link.SnapshotTopic, AlarmTopic: link.AlarmTopic, StatusTopic: link.StatusTopic,
		Asleep: k.Asleep, WakeAfter: k.WakeAfter, Every: k.Every, Faults: k.Faults,
	}
	if config.Picture, err = simulator.Pictures(k.Picture); err != nil {
		return nil, fmt.Errorf("--picture: %w", err)
	}
	devices := make([]simulator.Device, o.Devices)
	for i := range devices {
		config.MAC, config.Seed, config.First = countOn(mac, i), uint64(time.Now().UnixNano())+uint64(i), k.Every*time.Duration(i+1)/time.Duration(o.Devices)
		devices[i] = simulator.NewCamera(config)
	}
	return devices, nil
}

// countOn returns the i-th name after the given one: the next hex number, or
// for a name that is not a number, the name with a number appended.
func countOn(name string, i int) string {
	if i == 0 {
		return name
	}
	n, err := strconv.ParseUint(name, 16, 64)
	if err != nil || len(name) > 15 {
		return fmt.Sprintf("%s-%d", name, i+1)
	}
	next := fmt.Sprintf("%0*X", len(name), n+uint64(i))
	return next[len(next)-len(name):]
}

// maxRate is the highest rate, because events are told apart by uptimes in
// milliseconds.
const maxRate = 1000

// parseRate parses N/s, N/m, N/h or N, which means N/s, and returns the time
// between two events.
func parseRate(s string) (time.Duration, error) {
	number, unit, _ := strings.Cut(s, "/")
	units := map[string]time.Duration{"": time.Second, "s": time.Second, "m": time.Minute, "h": time.Hour}
	n, err := strconv.ParseFloat(number, 64)
	per, ok := units[unit]
	if err != nil || !ok || !(n > 0) || n/per.Seconds() > maxRate || float64(per)/n > float64(1000*time.Hour) {
		return 0, app.Usagef("--rate %q: it must be a number above zero and /s, /m or /h, such as 2/s or 0.5/m; at most %d/s", s, maxRate)
	}
	return time.Duration(float64(per) / n), nil
}
