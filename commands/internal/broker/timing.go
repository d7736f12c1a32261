package broker

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// timing holds the times that tests shorten.
type timing struct {
	attempt    time.Duration // the longest time for one attempt to connect
	answer     time.Duration // the longest wait for SUBACK and PUBACK
	write      time.Duration // the longest time that a write may take
	group      time.Duration // the longest wait of a packet for others that are sent with it
	pong       time.Duration // the longest wait for the answer to a ping
	linger     time.Duration // the longest wait for the broker to hang up, after DISCONNECT
	stall      time.Duration // how long the receiver may keep the broker waiting before that is reported
	backoffMin time.Duration // the first pause between attempts; later ones are doubled
	backoffMax time.Duration
	slow       time.Duration // the longest pause after an error that a person has to fix
	brief      time.Duration // a connection that is lost sooner is suspect
}

// withDefaults fills in the default times. Timeouts are long because cellular
// links are slow; commands have deadlines of their own.
func (t timing) withDefaults() timing {
	set := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	set(&t.attempt, 30*time.Second)
	set(&t.answer, 30*time.Second)
	set(&t.write, 10*time.Second)
	set(&t.group, time.Millisecond)
	set(&t.pong, 10*time.Second)
	set(&t.linger, 500*time.Millisecond)
	set(&t.stall, time.Second)
	set(&t.backoffMin, 500*time.Millisecond)
	set(&t.backoffMax, 30*time.Second)
	set(&t.slow, time.Minute)
	set(&t.brief, 15*time.Second)
	return t
}

// backoff returns the pause after this many failures. It doubles each time,
// with a random part so that clients that lost the same broker do not all come
// back at the same moment.
func (t timing) backoff(failures int) time.Duration {
	most := min(t.backoffMin<<min(failures+1, 16), t.backoffMax)
	return most/2 + rand.N(most/2+1)
}

// patience returns the pause after this many failures, the last of them with
// err. After an error that a person has to fix the pause is long, so that no
// account gets locked.
func (t timing) patience(failures int, err error) time.Duration {
	var e *Error
	if errors.As(err, &e) && e.Retryable() {
		return t.backoff(failures)
	}
	return t.slow/2 + rand.N(t.slow/2+1)
}

// sleep waits for d. It returns false if the context ends first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// isLate reports whether the deadline has passed. The network may notice this a
// moment before the context does.
func isLate(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ok && !time.Now().Before(deadline)
}
