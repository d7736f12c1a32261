package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"mqtool/commands/internal/broker"
)

// A shareProbe finds out whether shared subscriptions really deliver. MQTT
// 3.1.1 does not know them, and there are brokers that accept one and then
// send nothing through it: for them it is a topic that begins with $share. So
// one message goes to a topic that is subscribed to through the group, and
// one to a topic that is subscribed to as usual.
//
// The topics are this client's own, so that nobody else takes its messages. A
// nil probe has nothing to find out.
type shareProbe struct {
	group         string
	shared, plain string    // topics
	until         time.Time // when there must be a verdict; zero when there is one
	plainCame     bool
	missing       int // messages of the probe that did not come yet
}

// How long to wait for the probe, which makes a way of two packets.
const shareProbeTime = 5 * time.Second

// probeTopic is where probes go, below which each client has topics of its own.
const probeTopic = "mqtool/probe"

// ownTopic is the topic of a client below another one.
func ownTopic(base, clientID string) string {
	return base + "/" + strings.Map(func(r rune) rune {
		if strings.ContainsRune("+#/\x00", r) {
			return '_'
		}
		return r
	}, clientID)
}

func newShareProbe(base, group, clientID string) *shareProbe {
	own := ownTopic(base, clientID)
	return &shareProbe{group: group, shared: own + "/shared", plain: own + "/plain"}
}

// start subscribes and publishes.
func (p *shareProbe) start(ctx context.Context, conn *broker.Conn) error {
	err := conn.Subscribe(ctx, "$share/"+p.group+"/"+p.shared, p.plain)
	for _, topic := range []string{p.shared, p.plain} {
		if err == nil {
			p.missing++
			err = conn.PublishAsync(ctx, topic, []byte("Does $share deliver?"), 1, false)
		}
	}
	if err != nil {
		return err
	}
	p.until = time.Now().Add(shareProbeTime)
	return nil
}

// due is when a verdict is due, if one is.
func (p *shareProbe) due() (time.Time, bool) {
	if p == nil {
		return time.Time{}, false
	}
	return p.until, !p.until.IsZero()
}

// takes reports whether a message is one of the probe. Any other has come
// through the group, too, and proves as much.
func (p *shareProbe) takes(m broker.Message) bool {
	if p == nil {
		return false
	}
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

// onItsWay reports whether messages of the probe are still to come.
func (p *shareProbe) onItsWay() bool { return p != nil && p.missing > 0 }

// verdict is an error when the time is up and shared subscriptions do not
// deliver.
func (p *shareProbe) verdict(env *environment, now time.Time) error {
	due, ok := p.due()
	if !ok || now.Before(due) {
		return nil
	}
	p.until = time.Time{}
	if p.plainCame {
		return fmt.Errorf("the broker accepts shared subscriptions and delivers nothing through them: of two test messages only the one on the usual subscription came back within %v; listen without --share", shareProbeTime)
	}
	notice(env, "whether the broker delivers through shared subscriptions cannot be told: no test message on %s came back within %v", p.plain, shareProbeTime)
	return nil
}

// isDenied reports whether a broker refuses a subscription.
func isDenied(err error) bool {
	var refused *broker.Error
	return errors.As(err, &refused) && refused.Kind == broker.Denied
}
