package broker

import (
	"context"
	"fmt"
	"time"
)

// A ShareProbe finds out whether the broker really delivers shared
// subscriptions. MQTT 3.1.1 does not define them. Some brokers accept one and
// then send nothing through it, because to them it is a topic that begins with
// $share. So the probe sends one test message to a topic that is subscribed to
// through the group, and another to a topic that is subscribed to as usual.
//
// The topics belong to this client alone, so nobody else takes its messages.
// Subscribe to the Filters, Send the messages, pass every received message to
// Takes, and ask for the Verdict when it is due.
type ShareProbe struct {
	group         string
	shared, plain string    // topics
	until         time.Time // when the verdict is due; zero before Send and after the verdict
	plainCame     bool
	missing       int // test messages that have not come yet
}

// A Publisher sends messages, as a [Conn] does.
type Publisher interface {
	PublishAsync(ctx context.Context, topic string, payload []byte, qos byte, retain bool) error
}

// ShareProbeTime is how long a probe waits for its messages, which travel to
// the broker and back.
const ShareProbeTime = 5 * time.Second

// NewShareProbe returns a probe with topics below base.
func NewShareProbe(base, group, clientID string) *ShareProbe {
	own := OwnTopic(base, clientID)
	return &ShareProbe{group: group, shared: own + "/shared", plain: own + "/plain"}
}

// Filters returns the filters to subscribe to.
func (p *ShareProbe) Filters() []string {
	return []string{"$share/" + p.group + "/" + p.shared, p.plain}
}

// Send publishes the test messages. The verdict is due [ShareProbeTime] later.
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

// Due returns when the verdict is due, if it is not known yet.
func (p *ShareProbe) Due() (time.Time, bool) { return p.until, !p.until.IsZero() }

// Takes reports whether a message is one of the probe's. Any other message also
// came through the group, so it proves that shared subscriptions work.
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

// Verdict returns an error if the time is up and shared subscriptions do not
// deliver. If the probe cannot tell, doubt says why.
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
