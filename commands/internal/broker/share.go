package broker

import (
	"context"
	"fmt"
	"time"
)

// A ShareProbe finds out whether shared subscriptions really deliver. MQTT
// 3.1.1 does not know them, and there are brokers that accept one and then
// send nothing through it: for them it is a topic that begins with $share. So
// one test message goes to a topic that is subscribed to through the group,
// and one to a topic that is subscribed to as usual.
//
// The topics are this client's own, so that nobody else takes its messages.
// Subscribe to the Filters, Send the messages, let the probe look at
// everything that comes, and ask for its Verdict when that is due.
type ShareProbe struct {
	group         string
	shared, plain string    // topics
	until         time.Time // when there must be a verdict; zero before Send, and when there is one
	plainCame     bool
	missing       int // test messages that did not come yet
}

// A Publisher sends messages, as a [Conn] does.
type Publisher interface {
	PublishAsync(ctx context.Context, topic string, payload []byte, qos byte, retain bool) error
}

// ShareProbeTime is how long a probe waits for its messages, which travel to
// the broker and back.
const ShareProbeTime = 5 * time.Second

// NewShareProbe makes a probe whose topics are below base.
func NewShareProbe(base, group, clientID string) *ShareProbe {
	own := OwnTopic(base, clientID)
	return &ShareProbe{group: group, shared: own + "/shared", plain: own + "/plain"}
}

// Filters are what to subscribe to.
func (p *ShareProbe) Filters() []string {
	return []string{"$share/" + p.group + "/" + p.shared, p.plain}
}

// Send publishes the test messages. From now on it takes [ShareProbeTime] until
// the verdict is due.
func (p *ShareProbe) Send(ctx context.Context, conn Publisher) error {
	for _, topic := range []string{p.shared, p.plain} {
		p.missing++
		if err := conn.PublishAsync(ctx, topic, []byte("Does $share deliver?"), 1, false); err != nil {
			return err
		}
	}
	p.until = time.Now().Add(ShareProbeTime)
	return nil
}

// Due is when the verdict is due, if it is not known yet.
func (p *ShareProbe) Due() (time.Time, bool) { return p.until, !p.until.IsZero() }

// Takes reports whether a message is one of the probe's. Any other has come
// through the group, too, and proves as much.
func (p *ShareProbe) Takes(m Message) bool {
	own := m.Topic == p.plain || m.Topic == p.shared
	if own {
		p.missing--
	}
	if m.Topic == p.plain {
		p.plainCame = true
		return true
	}
	p.until = time.Time{}
	return own
}

// Expects reports whether test messages are still to come.
func (p *ShareProbe) Expects() bool { return p.missing > 0 }

// Verdict is an error when the time is up and shared subscriptions do not
// deliver. When that cannot be told, the doubt says so in words.
func (p *ShareProbe) Verdict(now time.Time) (doubt string, err error) {
	if due, ok := p.Due(); !ok || now.Before(due) {
		return "", nil
	}
	p.until = time.Time{}
	if p.plainCame {
		return "", fmt.Errorf("the broker accepts shared subscriptions and delivers nothing through them: of two test messages only the one on the usual subscription came back within %v; listen without --share", ShareProbeTime)
	}
	return fmt.Sprintf("mqtool cannot tell whether the broker delivers through shared subscriptions: no test message on %s came back within %v", p.plain, ShareProbeTime), nil
}
