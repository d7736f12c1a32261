package broker

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

// A published is a Publisher that records the topics.
type published struct {
	topics []string
	err    error
}

func (p *published) PublishAsync(_ context.Context, topic string, _ []byte, qos byte, retain bool) error {
	if p.err == nil && (qos != 1 || retain) {
		return errors.New("a test message is not retained, and has QoS 1")
	}
	p.topics = append(p.topics, topic)
	return p.err
}

// sentProbe returns a probe that has sent its messages.
func sentProbe(t *testing.T) *ShareProbe {
	t.Helper()
	p := NewShareProbe(ProbeTopic, "g", "a+b/c")
	if _, due := p.Due(); due || p.Expects() {
		t.Error("nothing was sent yet")
	}
	if want := []string{"$share/g/mqtool/probe/a_b_c/shared", "mqtool/probe/a_b_c/plain"}; !reflect.DeepEqual(p.Filters(), want) {
		t.Errorf("filters %q", p.Filters())
	}
	var sent published
	if err := p.Send(t.Context(), &sent); err != nil {
		t.Fatal(err)
	}
	if want := []string{"mqtool/probe/a_b_c/shared", "mqtool/probe/a_b_c/plain"}; !reflect.DeepEqual(sent.topics, want) {
		t.Errorf("sent to %q", sent.topics)
	}
	return p
}

func TestShareProbe(t *testing.T) {
	begin := func() *ShareProbe { return sentProbe(t) }
	late := time.Now().Add(time.Hour)

	p := begin()
	if doubt, err := p.Verdict(time.Now()); doubt != "" || err != nil || !p.Expects() {
		t.Errorf("the time is not up: %q, %v", doubt, err)
	}
	if !p.Takes(Message{Topic: p.plain}) {
		t.Error("the plain message was not taken")
	}
	if _, due := p.Due(); !due || !p.Expects() {
		t.Error("the plain message alone proves nothing yet")
	}
	if !p.Takes(Message{Topic: p.shared}) || p.Expects() {
		t.Error("the shared message was not taken")
	}
	if doubt, err := p.Verdict(late); doubt != "" || err != nil {
		t.Errorf("they deliver, and still there is a verdict: %q, %v", doubt, err)
	}

	p = begin()
	p.Takes(Message{Topic: p.plain})
	if doubt, err := p.Verdict(late); err == nil || !strings.Contains(err.Error(), "delivers nothing") || doubt != "" {
		t.Errorf("nothing comes through $share: %q, %v", doubt, err)
	}
	if _, due := p.Due(); due {
		t.Error("the verdict is given once")
	}

	p = begin()
	if p.Takes(Message{Topic: "x"}) {
		t.Error("the message of somebody else was taken")
	}
	if _, due := p.Due(); due {
		t.Error("a message through the group is proof")
	}

	p = begin()
	if doubt, err := p.Verdict(late); err != nil || !strings.Contains(doubt, "delivers through shared subscriptions: no test message on mqtool/probe/a_b_c/plain") {
		t.Errorf("nothing came back: %q, %v", doubt, err)
	}

	p = NewShareProbe(ProbeTopic, "g", "c")
	if err := p.Send(t.Context(), &published{err: errClosed}); err != errClosed {
		t.Errorf("without a connection: %v", err)
	}
	if _, due := p.Due(); due {
		t.Error("a verdict is due, although nothing was sent")
	}
}
