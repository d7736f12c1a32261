package listen

import (
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// A Heartbeat tells systemd at regular intervals that the listener is well. It
// does nothing if systemd has not started the process.
type Heartbeat struct {
	Every time.Duration // the interval; 0 means that systemd does not ask for it
	last  time.Time
}

// BeginHeartbeat tells systemd that the listener has subscribed, and returns
// the heartbeat that WatchdogSec= of the unit asks for. It beats twice in that
// time, so that a late beat does no harm.
func BeginHeartbeat() (Heartbeat, error) {
	if err := tellSystemd(daemon.SdNotifyReady); err != nil {
		return Heartbeat{}, err
	}
	within, err := daemon.SdWatchdogEnabled(false)
	return Heartbeat{Every: within / 2}, err
}

// Due returns the time of the next beat.
func (h *Heartbeat) Due() (time.Time, bool) { return h.last.Add(h.Every), h.Every > 0 }

// Beat tells systemd that the listener is well, if a beat is due.
func (h *Heartbeat) Beat(now time.Time) error {
	if due, ok := h.Due(); !ok || now.Before(due) {
		return nil
	}
	h.last = now
	return tellSystemd(daemon.SdNotifyWatchdog)
}

// tellSystemd sends a state to systemd, if systemd has started this process and
// asks for it.
func tellSystemd(state string) error {
	_, err := daemon.SdNotify(false, state)
	return err
}
