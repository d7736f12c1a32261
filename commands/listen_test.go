package commands

import (
	"bytes"
	"context"
	"io"
	"os"
	"testing"
	"time"
	"unsafe"

	"mqtool/commands/internal/broker"
)

func TestRecent(t *testing.T) {
	var r recent[int]
	if _, ok := r.swap(1, 10); ok {
		t.Error("a new key is known")
	}
	if before, ok := r.swap(1, 20); !ok || before != 10 {
		t.Errorf("got %d, %v", before, ok)
	}
	for n := range maxRecent {
		r.swap(100+n, 30)
	}
	if before, ok := r.swap(1, 40); !ok || before != 20 {
		t.Errorf("after %d others: %d, %v", maxRecent, before, ok)
	}
	for n := range 10 * maxRecent {
		r.swap(n, 50)
	}
	if n := len(r.now) + len(r.before); n > 2*maxRecent {
		t.Errorf("%d keys are remembered", n)
	}
	if a := r.hash("a"); a != r.hash("a") || a == r.hash("b") {
		t.Error("hash")
	}
}

// setBack is a time as it is told by a clock that somebody has set back. Its
// monotonic reading, in the second word, stays what it was.
func setBack(t time.Time, seconds uint64) time.Time {
	*(*uint64)(unsafe.Pointer(&t)) -= seconds << 30
	return t
}

// ClockMain is mqtool on a machine whose clock is an hour late as soon as there
// is a file named "late".
func ClockMain(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	env := newEnvironment(stdin, stdout, stderr)
	env.clock = func() time.Time {
		now := time.Now()
		if _, err := os.Stat("late"); err == nil {
			now = setBack(now, 3600)
		}
		return now
	}
	return env.main(args)
}

// --debounce goes by the time that passes: a tag that comes after somebody set
// the clock back is not taken for one that came before.
func TestDebounceWithClockSetBack(t *testing.T) {
	now := time.Now()
	if back := setBack(now, 3600); back.Sub(now) != 0 || now.Unix()-back.Unix() != 3600 {
		t.Fatalf("%v set back is %v", now, back)
	}
	var out bytes.Buffer
	env := &environment{stdout: &out, stderr: new(bytes.Buffer)}
	l, err := newListener(env, listenOptions{debounce: 5 * time.Second, hex: true}, &connection{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		after   time.Duration
		printed int
	}{{0, 1}, {7 * time.Second, 2}, {8 * time.Second, 2}, {14 * time.Second, 3}} {
		received := now.Add(tt.after)
		if tt.after > 0 {
			received = setBack(received, 3600)
		}
		m := broker.Message{Topic: "R1/rdr/evt", Payload: []byte(`{"TagId":"01"}`), Received: received}
		if err := l.handle(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		if l.printed != tt.printed {
			t.Errorf("after %v: %d printed, want %d", tt.after, l.printed, tt.printed)
		}
	}
}

func TestListenResult(t *testing.T) {
	for _, tt := range []struct {
		name           string
		count, printed int
		err            error
		want           int
	}{
		{"count reached", 2, 2, nil, exitDone},
		{"interrupted", 0, 0, context.Canceled, exitDone},
		{"interrupted, too few", 2, 1, context.Canceled, exitInterrupted},
		{"idle", 0, 1, errIdle, exitDone},
		{"idle, nothing", 0, 0, errIdle, exitNoAnswer},
		{"idle, too few", 2, 1, errIdle, exitNoAnswer},
		{"lost", 0, 5, &broker.Error{Kind: broker.Auth}, exitFailed},
	} {
		l := &listener{printed: tt.printed}
		l.options.count = tt.count
		if got := exitCode(l.result(tt.err)); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}
