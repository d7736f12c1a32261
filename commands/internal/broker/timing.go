package broker

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// timing is what tests make shorter.
type timing struct {
	attempt    time.Duration // the most for one attempt to connect
	answer     time.Duration // the most to wait for SUBACK and PUBACK
	write      time.Duration // the most that a write may be stuck
	pong       time.Duration // the most to wait for the answer to a ping
	linger     time.Duration // the most to wait for the broker to hang up, after DISCONNECT
	stall      time.Duration // how long the receiver may keep the broker waiting before it is told
	backoffMin time.Duration // the first pause between attempts, then doubled
	backoffMax time.Duration
	slow       time.Duration // the longest pause after what people have to mend
	brief      time.Duration // a connection that is lost earlier is suspect
}

// The waiting times. Timeouts are long because cellular links are slow;
// commands have a deadline of their own.
func (t timing) withDefaults() timing {
	set := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	set(&t.attempt, 30*time.Second)
	set(&t.answer, 30*time.Second)
	set(&t.write, 10*time.Second)
	set(&t.pong, 10*time.Second)
	set(&t.linger, 500*time.Millisecond)
	set(&t.stall, time.Second)
	set(&t.backoffMin, 500*time.Millisecond)
	set(&t.backoffMax, 30*time.Second)
	set(&t.slow, time.Minute)
	set(&t.brief, 15*time.Second)
	return t
}

// backoff is the pause after so many failures: it doubles, and chance keeps
// clients apart that lost the same broker.
func (t timing) backoff(failures int) time.Duration {
	most := min(t.backoffMin<<min(failures+1, 16), t.backoffMax)
	return most/2 + rand.N(most/2+1)
}

// patience is the pause after so many failures, the last of which is an error:
// what people have to mend is tried slowly, so that no account is locked.
func (t timing) patience(failures int, err error) time.Duration {
	var e *Error
	if errors.As(err, &e) && e.Retryable() {
		return t.backoff(failures)
	}
	return t.slow/2 + rand.N(t.slow/2+1)
}

// sleep is false when the context ended first.
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

// isLate tells whether the deadline has come. The network notices it a moment
// before the context does.
func isLate(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ok && !time.Now().Before(deadline)
}
