package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
)

// The check of retained messages about readers.

// readerKinds returns the kinds that brokers retain for readers.
func readerKinds() []codec.Kind { return []codec.Kind{codec.KindMeta, codec.KindStatus} }

// quiet is how long no message must come until all retained messages are taken
// to be there.
const quiet = 500 * time.Millisecond

// checkRetained checks the retained messages about readers, and looks for
// retained commands, which should not exist.
func (d *doctor) checkRetained(ctx context.Context) finding {
	ctx, cancel := d.limited(ctx)
	defer cancel()
	conn, err := d.dial(ctx)
	if err != nil {
		return failed(err)
	}
	defer site.HangUp(conn)
	var filters []string
	if len(d.devices) == 0 || d.devices[0].Family == site.SpringCore {
		w := &site.Wanted{Family: site.SpringCore, Kinds: readerKinds(), Devices: d.devices}
		filters = w.Filters(d.link, nil)
		if err := conn.Subscribe(ctx, filters...); err != nil {
			return failed(err).asWarning()
		}
	}
	for _, f := range d.commandFilters() {
		if err := conn.Subscribe(ctx, f); err != nil && !broker.IsKind(err, broker.Denied) {
			return failed(err).asWarning()
		}
	}
	kept := newKept(d.link.Decoder())
	for err == nil {
		calm, cancel := context.WithTimeout(ctx, quiet)
		var m broker.Message
		if m, err = conn.Receive(calm); err == nil && m.Retained {
			kept.note(m)
		}
		cancel()
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		return failed(err).asWarning()
	}
	return d.judgeRetained(kept, filters)
}

// judgeRetained says what the retained messages on the topics of readers mean.
func (d *doctor) judgeRetained(kept *kept, filters []string) finding {
	switch {
	case len(kept.commands) > 0:
		return warn("the broker retains a message to a device, which receives it each time that it connects: "+strings.Join(kept.commands, ", "),
			"delete it: mqtool send --topic TOPIC --retain ''", kept.words()...) // the topic is foreign text, so the advice holds nothing to paste into a shell
	case len(kept.readers) > 0:
		return fine(kept.words()...)
	case filters == nil:
		return fine("no command is retained")
	case len(d.devices) > 0:
		return warn("the broker retains nothing of "+d.devices[0].Label()+", as it does of each reader that was ever connected",
			"is its id right (capitals count), and the prefix "+fmt.Sprintf("%q", d.link.ReaderPrefix())+" (--prefix)?")
	}
	return fine("nothing on " + strings.Join(filters, " or ") + ": no reader was ever connected, or they do not retain, or this user may not read there")
}

// commandFilters returns the topics on which the named device takes commands,
// or those of all devices.
func (d *doctor) commandFilters() []string {
	var filters []string
	for _, f := range codec.Families() {
		id, prefix := "+", f.Prefix
		if len(d.devices) > 0 {
			id = d.devices[0].ID
			if d.devices[0].Family != f.Name {
				continue
			}
		}
		if f.Name == site.SpringCore {
			prefix = d.link.ReaderPrefix()
		}
		for _, r := range f.Routes {
			if r.ToDevice && r.Kind != codec.KindRaw {
				filters = append(filters, codec.FillTopic(r.Topic, prefix, id))
			}
		}
	}
	return filters
}

// A kept holds what the broker has retained.
type kept struct {
	decoder  *codec.Decoder
	readers  map[string]*keptReader
	commands []string // the topics of the first few retained commands
	size     int      // bytes of the messages
	full     bool     // not all messages were looked at
}

func newKept(decoder *codec.Decoder) *kept {
	return &kept{decoder: decoder, readers: map[string]*keptReader{}}
}

// A keptReader is what the broker has retained about a reader.
type keptReader struct {
	meta, status string // in words; "" if nothing is retained
}

// Bounds of what is remembered: readers, and bytes of messages. There are limits because
// anybody may choose topics and payloads.
const (
	maxReaders  = 100_000
	maxKeptSize = 64 << 20
)

// maxKeptShown is how many readers are shown.
const maxKeptShown = 10

func (k *kept) note(m broker.Message) {
	if len(m.Payload) == 0 {
		return
	}
	if k.size += len(m.Topic) + len(m.Payload); k.size > maxKeptSize {
		k.full = true
		return
	}
	item := site.Decode(k.decoder, m)[0]
	if item.ToDevice {
		if len(k.commands) < maxKeptShown {
			k.commands = append(k.commands, m.Topic)
		}
		return
	}
	if item.Err != nil || item.Family != site.SpringCore || item.Device == "" {
		return
	}
	r := k.readers[item.Device]
	if r == nil {
		if len(k.readers) == maxReaders {
			k.full = true
			return
		}
		r = &keptReader{}
		k.readers[item.Device] = r
	}
	switch v := item.Value.(type) {
	case codec.ReaderMeta:
		r.meta = "META"
		if v.Product != "" {
			r.meta += " of " + v.Product
		}
	case codec.ReaderStatus:
		r.status = "STATUS " + strings.Join(v.State, ", ")
	}
}

// words describes what is retained about readers.
func (k *kept) words() []string {
	if len(k.readers) == 0 {
		return nil
	}
	seen := []string{render.Count(len(k.readers), "reader")}
	if k.full {
		seen[0] += ", and more than doctor looks at"
	}
	for _, id := range slices.Sorted(maps.Keys(k.readers)) {
		if len(seen) > maxKeptShown {
			return append(seen, fmt.Sprintf("and %d more", len(k.readers)-maxKeptShown))
		}
		r := k.readers[id]
		text := r.meta + "; " + r.status
		if r.meta == "" || r.status == "" {
			text = cmp.Or(r.meta, r.status, "something else")
		}
		seen = append(seen, id+": "+text)
	}
	return seen
}
