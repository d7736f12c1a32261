package listen

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"mqtool/commands/internal/broker"
)

// newAnswers makes answers that accept the tag 01 and deny all others.
func newAnswers(box *mailbox, told *notices) *Answers {
	return &Answers{
		Conn: box, Topic: "{prefix}/{device}/rdr/cmd", Notice: told.add,
		Now: func() time.Time { return noon.Add(answerWithin) },
		Choose: func(tag string) Reply {
			if tag == "01" {
				return Reply{"accept", []byte("yes")}
			}
			return Reply{"deny", []byte("no")}
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
		sent    string // or ""
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

	// A topic that does not say where the reader is.
	strange := event(`{"TagId":"01"}`)
	strange.Topic = "doors"
	for range 2 {
		take(t, a, strange)
	}
	told.want(t, "an event on the topic doors cannot be answered: ")
	wantAccount(t, a, "2 answers could not be sent")
}
