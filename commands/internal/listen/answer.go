package listen

import (
	"context"
	"fmt"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/broker"
)

// A Reply is what a reader is sent for a tag.
type Reply struct {
	Word string // what it is called
	Wire []byte
}

// Answers answers the readers whose events come in.
type Answers struct {
	Conn   broker.Publisher
	Topic  string // where readers take commands, with placeholders as in [codec.FillTopic]
	Choose func(tag string) Reply
	Now    func() time.Time
	Notice Notice

	failed int
	told   bool // that an event cannot be answered for its topic
}

// answerWithin is how old an event may be when it is answered. Who showed the
// tag has left, and somebody else may stand there.
const answerWithin = 10 * time.Second

// Take answers an event, if it is one to be answered.
func (a *Answers) Take(ctx context.Context, item *Item) error {
	event, ok := item.Value.(*codec.ReaderEvent)
	if !ok || event.TagID == "" || event.Move == codec.MoveRemove || item.Message.Retained || item.Message.Duplicate {
		return nil
	}
	if !item.ByTopic {
		if !a.told {
			a.told = true
			a.Notice("an event on the topic %s cannot be answered: a reader's events have a topic that ends in /rdr/evt", item.Message.Topic)
		}
		return nil
	}
	word, err := a.answer(ctx, item, event.TagID)
	if err != nil {
		a.failed++
		item.warn("not answered: " + err.Error())
		return nil
	}
	item.Envelope.Answer = word
	return nil
}

// answer sends an answer and returns what it is called.
func (a *Answers) answer(ctx context.Context, item *Item, tag string) (word string, err error) {
	if late := a.Now().Sub(item.Message.Received); late > answerWithin {
		return "", fmt.Errorf("the event has waited for %v", late.Round(time.Second))
	}
	reply := a.Choose(tag)
	topic := codec.FillTopic(a.Topic, item.Prefix, item.Device)
	return reply.Word, a.Conn.PublishAsync(ctx, topic, reply.Wire, 1, false)
}

// Account says how many answers could not be sent.
func (a *Answers) Account() []string { return say(nil, a.failed, "answer", "%s could not be sent") }
