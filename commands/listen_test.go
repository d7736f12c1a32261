package commands

import (
	"bytes"
	"context"
	"io"
	"os"
	"testing"
	"time"
	"unsafe"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/listen"
	"mqtool/commands/internal/site"
)

// setBack is a time as it is told by a clock that somebody has set back. Its
// monotonic reading, in the second word, stays what it was.
func setBack(t time.Time, seconds uint64) time.Time {
	*(*uint64)(unsafe.Pointer(&t)) -= seconds << 30
	return t
}

// ClockMain is mqtool on a machine whose clock is an hour late as soon as there
// is a file named "late".
func ClockMain(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	env := app.NewEnv(stdin, stdout, stderr)
	env.Clock = func() time.Time {
		now := time.Now()
		if _, err := os.Stat("late"); err == nil {
			now = setBack(now, 3600)
		}
		return now
	}
	return runMain(env, args)
}

// --debounce goes by the time that passes: a tag that comes after somebody set
// the clock back is not taken for one that came before.
func TestDebounceWithClockSetBack(t *testing.T) {
	now := time.Now()
	if back := setBack(now, 3600); back.Sub(now) != 0 || now.Unix()-back.Unix() != 3600 {
		t.Fatalf("%v set back is %v", now, back)
	}
	var out bytes.Buffer
	env := &app.Env{Stdout: &out, Stderr: new(bytes.Buffer)}
	l, err := newListener(env, listenOptions{debounce: 5 * time.Second, hex: true}, &site.Connection{}, nil)
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
		l.pump.Source = &messages{broker.Message{Topic: "R1/rdr/evt", Payload: []byte(`{"TagId":"01"}`), Received: received}}
		if err := l.pump.Run(t.Context()); err != io.EOF {
			t.Fatal(err)
		}
		if n := l.pump.Chain.Printed(); n != tt.printed {
			t.Errorf("after %v: %d printed, want %d", tt.after, n, tt.printed)
		}
	}
}

// messages are a source, for a listener without a broker.
type messages []broker.Message

func (s *messages) TryReceive() (broker.Message, bool) {
	m, err := s.Receive(context.Background())
	return m, err == nil
}

func (s *messages) Receive(context.Context) (broker.Message, error) {
	if len(*s) == 0 {
		return broker.Message{}, io.EOF
	}
	m := (*s)[0]
	*s = (*s)[1:]
	return m, nil
}

func TestListenResult(t *testing.T) {
	for _, tt := range []struct {
		name           string
		count, printed int
		err            error
		want           int
	}{
		{"count reached", 2, 2, nil, app.Done},
		{"interrupted", 0, 0, context.Canceled, app.Done},
		{"interrupted, too few", 2, 1, context.Canceled, app.Interrupted},
		{"idle", 0, 1, listen.ErrIdle, app.Done},
		{"idle, nothing", 0, 0, listen.ErrIdle, app.NoAnswer},
		{"idle, too few", 2, 1, listen.ErrIdle, app.NoAnswer},
		{"lost", 0, 5, &broker.Error{Kind: broker.Auth}, app.Failed},
	} {
		o := listenOptions{count: tt.count}
		if got := app.ExitCode(o.result(tt.err, tt.printed)); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}
