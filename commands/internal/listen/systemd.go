package listen

import (
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// A Heartbeat tells the systemd that has started the listener that it is well. Without
// systemd it tells nobody.
type Heartbeat struct {
	Every time.Duration // how often; 0: it is not asked for
	last  time.Time
}

// BeginHeartbeat tells systemd that the listener has subscribed, and makes the heartbeat that
// WatchdogSec= of a unit asks for: twice as often, so that one that is late does no harm.
func BeginHeartbeat() (Heartbeat, error) {
	if err := tellSystemd(daemon.SdNotifyReady); err != nil {
		return Heartbeat{}, err
	}
	within, err := daemon.SdWatchdogEnabled(false)
	return Heartbeat{Every: within / 2}, err
}

// Due is when the next one is to be.
func (h *Heartbeat) Due() (time.Time, bool) { return h.last.Add(h.Every), h.Every > 0 }

// Beat tells that the listener is well, if it is time to.
func (h *Heartbeat) Beat(now time.Time) error {
	if due, ok := h.Due(); !ok || now.Before(due) {
		return nil
	}
	h.last = now
	return tellSystemd(daemon.SdNotifyWatchdog)
}

// tellSystemd tells systemd, if it has started this process and wants to know, what became
// of it.
func tellSystemd(state string) error {
	_, err := daemon.SdNotify(false, state)
	return err
}
