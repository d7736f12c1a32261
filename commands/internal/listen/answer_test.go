package listen

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"mqtool/commands/internal/broker"
)

// newAnswers makes answers that accept the tag 01 and deny all others.
func newAnswers(box *mailbox, told *notices) *Answers {
	return &Answers{
		Conn: box, Topic: "{prefix}/{device}/rdr/cmd", Notice: told.add,
		Now: func() time.Time { return noon.Add(answerWithin) },
		Choose: func(tag string, _ ...string) Reply {
			if tag == "01" {
				return Reply{Word: "accept", Wire: []byte("yes")}
			}
			return Reply{Word: "deny", Wire: []byte("no")}
		},
	}
}

func TestAnswers(t *testing.T) {
	const to = "springcard/springcore/R1/rdr/cmd "
	plain := event(`{"TagId":"01"}`)
	change := func(change func(*broker.Message)) broker.Message {
		m := plain
		change(&m)
		return m
	}
	for _, tt := range []struct {
		name    string
		message broker.Message
		sent    string // "" means nothing
		word    string
	}{
		{"chosen by the tag", plain, to + "yes", "accept"},
		{"another tag", event(`{"TagId":"02"}`), to + "no", "deny"},
		{"a line", event("$SCRDR;13;;;;01"), to + "yes", "accept"},
		{"kept by the broker", change(func(m *broker.Message) { m.Retained = true }), "", ""},
		{"came before", change(func(m *broker.Message) { m.Duplicate = true }), "", ""},
		{"taken away", event(`{"TagId":"01","Move":"Remove"}`), "", ""},
		{"no tag", event(`{"Seq":1}`), "", ""},
		{"damaged", event(`{"TagId":`), "", ""},
		{"no event", change(func(m *broker.Message) { m.Topic = "springcard/springcore/R1/status" }), "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var box mailbox
			var told notices
			a := newAnswers(&box, &told)
			item := take(t, a, tt.message)[0]
			if item.Envelope.Answer != tt.word || tt.sent == "" && box.sent != nil || tt.sent != "" && !reflect.DeepEqual(box.sent, []string{tt.sent}) {
				t.Errorf("sent %q, answered %q", box.sent, item.Envelope.Answer)
			}
			told.want(t)
			wantAccount(t, a)
		})
	}
}

func TestAnswersThatFail(t *testing.T) {
	var told notices
	a := newAnswers(&mailbox{err: errors.New("no connection")}, &told)
	late := event(`{"TagId":"01"}`)
	late.Received = noon.Add(-2 * time.Second)
	for _, tt := range []struct {
		message broker.Message
		want    string
	}{
		{event(`{"TagId":"01"}`), "not answered: no connection"},
		{late, "not answered: the event has waited for 12s"},
	} {
		item := take(t, a, tt.message)[0]
		if item.Envelope.Answer != "" || !reflect.DeepEqual(item.Envelope.Warnings, []string{tt.want}) {
			t.Errorf("answered %q, warnings %q, want %q", item.Envelope.Answer, item.Envelope.Warnings, tt.want)
		}
	}
	told.want(t)
	wantAccount(t, a, "2 answers could not be sent")

	// This topic does not name the reader.
	strange := event(`{"TagId":"01"}`)
	strange.Topic = "doors"
	for range 2 {
		take(t, a, strange)
	}
	told.want(t, "an event on the topic doors cannot be answered: ")
	wantAccount(t, a, "2 answers could not be sent")
}

// A slowBroker accepts no answer at once, and later accepts them one after
// another.
type slowBroker struct {
	mu      sync.Mutex
	sent    []string
	begun   chan struct{} // closed when it is first asked
	proceed chan struct{} // closed when it may go on
	once    sync.Once
}

func (b *slowBroker) TryPublish(string, []byte, byte, bool) (bool, error) { return false, nil }

func (b *slowBroker) PublishAsync(ctx context.Context, topic string, _ []byte, _ byte, _ bool) error {
	b.once.Do(func() { close(b.begun) })
	select {
	case <-b.proceed:
	case <-ctx.Done():
		return ctx.Err()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent = append(b.sent, topic)
	return nil
}

// TestAnswersTakeTurns checks that a reader that floods delays neither another
// reader nor the messages, and that it is refused further answers when its
// queue is full.
func TestAnswersTakeTurns(t *testing.T) {
	b := &slowBroker{begun: make(chan struct{}), proceed: make(chan struct{})}
	var told notices
	a := newAnswers(nil, &told)
	a.Conn = b
	from := func(reader string) *Item {
		m := event(`{"TagId":"01"}`)
		m.Topic = "springcard/springcore/" + reader + "/rdr/evt"
		return take(t, a, m)[0]
	}
	refused := 0
	for i := range maxWaiting + 10 {
		item := from("flood")
		if i == 0 {
			<-b.begun // the first answer is being sent and no longer waits
		}
		if len(item.Envelope.Warnings) > 0 {
			refused++
			if want := "not answered: 1000 answers to this reader wait for the broker already"; item.Envelope.Warnings[0] != want {
				t.Errorf("warning %q, want %q", item.Envelope.Warnings[0], want)
			}
		}
	}
	if item := from("door"); item.Envelope.Answer != "accept" {
		t.Errorf("the other one: %q, %q", item.Envelope.Answer, item.Envelope.Warnings)
	}
	close(b.proceed)
	a.Finish()
	if i := slices.Index(b.sent, "springcard/springcore/door/rdr/cmd"); i < 0 || i > 2 {
		t.Errorf("the door is answered after %d others", i)
	}
	if refused != 9 || len(b.sent) != maxWaiting+2 {
		t.Errorf("%d refused, %d sent", refused, len(b.sent))
	}
	wantAccount(t, a, "9 answers could not be sent")
	(*Answers)(nil).Finish()
}
