package listen

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/render"
)

const (
	events    = "springcard/springcore/R1/rdr/evt"
	snapshots = "4GSolarCam/Snapshot"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// notices records what the user was told.
type notices struct {
	mu   sync.Mutex
	list []string
}

func (n *notices) add(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.list = append(n.list, fmt.Sprintf(format, args...))
}

// want compares the notices with the starts of the wanted ones.
func (n *notices) want(t *testing.T, starts ...string) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	ok := len(n.list) == len(starts)
	for i := 0; ok && i < len(starts); i++ {
		ok = strings.HasPrefix(n.list[i], starts[i])
	}
	if !ok {
		t.Errorf("told %q, want %q", n.list, starts)
	}
	n.list = nil
}

// A mailbox is a connection that records answers.
type mailbox struct {
	sent []string
	err  error
}

func (b *mailbox) PublishAsync(_ context.Context, topic string, payload []byte, qos byte, retain bool) error {
	if qos != 1 || retain {
		return fmt.Errorf("QoS %d, retained %v", qos, retain)
	}
	if b.err == nil {
		b.sent = append(b.sent, topic+" "+string(payload))
	}
	return b.err
}

func (b *mailbox) TryPublish(topic string, payload []byte, qos byte, retain bool) (bool, error) {
	err := b.PublishAsync(context.Background(), topic, payload, qos, retain)
	return err == nil, err
}

// event returns a message of a reader.
func event(payload string) broker.Message {
	return broker.Message{Topic: events, Payload: []byte(payload), QoS: 1, Received: noon}
}

// items returns the values of a message, each as the chain gives it to a sink.
func items(m broker.Message) []*Item {
	decoded := codec.NewDecoder("").Decode(m.Topic, m.Payload)
	list := make([]*Item, len(decoded))
	for i := range decoded {
		c := Chain{}
		c.set(m, &decoded[i], i == 0)
		list[i] = &c.item
	}
	return list
}

// picture returns a JPEG.
func picture(t testing.TB, name string) []byte {
	t.Helper()
	image, err := os.ReadFile("../../../testdata/jpeg/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// snapshot returns the JSON of a camera, with a picture.
func snapshot(mac string, image []byte) string {
	return string(codec.CameraSnapshot{Generation: codec.GenerationB, CameraInfo: codec.CameraInfo{MAC: mac}, Image: image}.Wire())
}

// take passes the values of a message to a sink.
func take(t *testing.T, s Sink, m broker.Message) []*Item {
	t.Helper()
	list := items(m)
	for _, item := range list {
		if err := s.Take(t.Context(), item); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// wantAccount compares an account.
func wantAccount(t *testing.T, s Sink, want ...string) {
	t.Helper()
	if got := s.Account(); !reflect.DeepEqual(got, want) {
		t.Errorf("account %q, want %q", got, want)
	}
}

// newChain returns a chain that only prints, as JSON.
func newChain(w io.Writer) (*Chain, *Printer) {
	p := NewPrinter(w, FormatJSON, render.NewText(render.NewStyle(false), render.Layout{}))
	return &Chain{Decoder: codec.NewDecoder(""), Filter: &Filter{}, Sinks: []Sink{p}}, p
}

// A brokenWriter behaves like standard output on a full disk.
type brokenWriter struct{ bytes.Buffer }

func (*brokenWriter) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
