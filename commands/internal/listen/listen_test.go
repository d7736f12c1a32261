package listen

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/site"
	"mqtool/internal/fake"
)

// --debounce uses elapsed time. A tag that comes after somebody set the clock
// back is not taken for an earlier one.
func TestDebounceWithClockSetBack(t *testing.T) {
	now := time.Now()
	var out bytes.Buffer
	env := &app.Env{Stdout: &out, Stderr: new(bytes.Buffer)}
	l, err := newListener(env, Options{Debounce: 5 * time.Second, Hex: true}, &site.Connection{Settings: &site.Settings{}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		after   time.Duration
		printed int
	}{{0, 1}, {7 * time.Second, 2}, {8 * time.Second, 2}, {14 * time.Second, 3}} {
		received := now.Add(tt.after)
		if tt.after > 0 {
			received = fake.SetBack(received, 3600)
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

// messages is a Source for a listener without a broker.
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
		{"idle", 0, 1, ErrIdle, app.Done},
		{"idle, nothing", 0, 0, ErrIdle, app.NoAnswer},
		{"idle, too few", 2, 1, ErrIdle, app.NoAnswer},
		{"lost", 0, 5, &broker.Error{Kind: broker.Auth}, app.Failed},
	} {
		o := Options{Count: tt.count}
		if got := app.ExitCode(o.result(tt.err, tt.printed)); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

// TestSync checks which output is synced: a regular file, if the configuration
// file asks for it.
func TestSync(t *testing.T) {
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	for _, c := range []struct {
		sync         bool
		stdout       io.Writer
		output       string
		wantSync, ok bool
	}{
		{true, out, "", true, true},
		{true, io.Discard, "", false, true},
		{true, io.Discard, out.Name(), true, true},
		{false, out, out.Name(), false, true},
		{true, io.Discard, filepath.Join(t.TempDir(), "gone"), true, false},
	} {
		link := &site.Connection{Settings: &site.Settings{Sync: c.sync}}
		l, err := newListener(app.NewEnv(nil, c.stdout, io.Discard), Options{Hex: true, File: c.output}, link, nil)
		if err != nil {
			t.Fatal(err)
		}
		p := l.pump.Printer
		if got := p.sync != nil; got != c.wantSync {
			t.Errorf("%+v: %v", c, got)
		}
		if !c.ok { // its directory is gone, so its name cannot be synced
			if err := os.RemoveAll(filepath.Dir(c.output)); err != nil {
				t.Fatal(err)
			}
		}
		p.out = append(p.out, "x\n"...)
		if err := p.Flush(); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c, err)
		}
		if err := l.file.Close(); err != nil {
			t.Error(err)
		}
	}
}
