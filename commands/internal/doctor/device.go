package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/ask"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/human"
	"mqtool/commands/internal/site"
)

// The checks of devices.

// A heard is the time that a device reported.
type heard struct {
	at    time.Time
	clock time.Time // of a camera; zero if it reports none
	date  string    // of a reader
}

func (d *doctor) checkDevice(ctx context.Context) finding {
	if len(d.devices) == 0 {
		f := skip("no DEVICE is named")
		f.useless = true
		return f
	}
	// The time for the device starts when the subscription is ready.
	ready, cancel := d.limited(ctx)
	defer cancel()
	conn, err := d.dial(ready)
	if err != nil {
		return failed(err)
	}
	defer site.HangUp(conn)
	camera := d.devices[0].Family == site.Milesight
	filters := []string{d.link.StatusFilter()}
	if !camera {
		filters = (&site.Wanted{Devices: d.devices}).Filters(d.link, nil)
	}
	if err := conn.Subscribe(ready, filters...); err != nil {
		return failed(err)
	}
	ctx, cancel = context.WithTimeout(ctx, d.DeviceTimeout)
	defer cancel()
	if camera {
		return d.askCamera(ctx, conn)
	}
	return d.hearReader(ctx, conn)
}

// silent returns the finding for a device that does not answer.
func (d *doctor) silent(hint string) finding {
	f := failed(fmt.Errorf("no status from %s within %s", d.devices[0].Label(), human.Duration(d.DeviceTimeout))).withTry(hint)
	f.unanswered = true
	return f
}

func (d *doctor) askCamera(ctx context.Context, conn *broker.Conn) finding {
	a := ask.New(conn, d.link.StatusFilter(), ask.Repeat)
	a.Ask(d.devices[0], codec.KindStatusRequest, site.Request(site.Milesight, codec.KindStatusRequest).Payload)
	for {
		_, found, err := a.Next(ctx)
		switch {
		case err == context.DeadlineExceeded:
			return d.silent(a.Hint(ask.SilentCamera))
		case err != nil:
			return failed(err)
		case !found.Set:
			continue
		}
		answer := found.Value
		d.heard = codec.Some(heard{at: answer.Message.Received, clock: answer.Report.SentAt})
		text := fmt.Sprintf("%s answered after %s", d.devices[0].Label(), human.Duration(answer.After()))
		if answer.Doubtful {
			return warn("the status has no MAC: it may be from another camera", "", text)
		}
		return fine(text)
	}
}

func (d *doctor) hearReader(ctx context.Context, conn *broker.Conn) finding {
	start := time.Now()
	decoder := d.link.Decoder()
	kept := ""
	for {
		m, err := conn.Receive(ctx)
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			return d.silent(fmt.Sprintf(ask.SilentReader, d.link.ReaderPrefix(), "--device-timeout") + kept)
		case err != nil:
			return failed(err)
		}
		item := site.Decode(decoder, m)[0]
		v, err := item.Value, item.Err
		status, isStatus := v.(codec.ReaderStatus)
		if m.Retained {
			if isStatus {
				kept = " Its retained status: " + strings.Join(status.State, ", ")
			}
			continue
		}
		text := fmt.Sprintf("%s was heard after %s", d.devices[0].Label(), human.Duration(max(m.Received.Sub(start), 0)))
		switch {
		case err != nil:
			return warn(err.Error(), "", text)
		case isStatus && !status.Online():
			f := failed(fmt.Errorf("%s: offline", d.devices[0].Label()), "status "+strings.Join(status.State, ", "))
			f.unanswered = true
			return f.withTry("is it powered, and on the network?")
		case isStatus:
			d.heard = codec.Some(heard{at: m.Received, date: status.DateTime})
			return fine(text, "status "+strings.Join(status.State, ", "))
		}
		if event, ok := v.(*codec.ReaderEvent); ok {
			d.heard = codec.Some(heard{at: m.Received, date: event.DateTime})
			return fine(text, "an event")
		}
		// A META means that the reader has just connected; its STATUS follows.
	}
}

// clockTolerance is how far a device's clock may be off without a warning.
const clockTolerance = 30 * time.Second

func (d *doctor) checkClock(context.Context) finding {
	if !d.heard.Set {
		return skip("the device did not send its time")
	}
	return compareClock(d.heard.Value)
}

func compareClock(h heard) finding {
	if !h.clock.IsZero() {
		return clockFinding(h.clock.Sub(h.at))
	}
	t, err := time.Parse(time.DateTime, h.date)
	if err != nil {
		return skip("the device did not send its time")
	}
	// Time zones differ by multiples of a quarter of an hour.
	const quarter, farthest = 15 * time.Minute, 14 * time.Hour
	difference := t.Sub(h.at)
	zone := difference.Round(quarter)
	if zone < -farthest || zone > farthest {
		return clockFinding(difference, "it says "+h.date)
	}
	sign := "+"
	if zone < 0 {
		sign = "-"
	}
	z := zone.Abs()
	return clockFinding(difference-zone, fmt.Sprintf("it says %s, its zone is not known: probably UTC%s%02d:%02d", h.date, sign, int(z.Hours()), int(z.Minutes())%60))
}

func clockFinding(difference time.Duration, remarks ...string) finding {
	text := "right, within a second"
	if difference.Abs() >= time.Second {
		word := "ahead of"
		if difference < 0 {
			word = "behind"
		}
		text = fmt.Sprintf("%s %s this machine's", human.Duration(difference.Abs().Round(time.Second)), word)
	}
	if difference.Abs() > clockTolerance {
		return warn("the device's clock is "+text, "set the clock that is wrong: the device's or this machine's", remarks...)
	}
	return fine(append([]string{text}, remarks...)...)
}
