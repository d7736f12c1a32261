package listen

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/site"
)

// A Reply is the command that is sent to a reader in answer to a tag.
type Reply struct {
	Word   string // the name of the command
	Reason string // why it is a refusal, if it is one
	Wire   []byte
}

// A Commander sends commands to readers, as a [broker.Conn] does.
type Commander interface {
	broker.Publisher
	TryPublish(topic string, payload []byte, qos byte, retain bool) (sent bool, err error)
}

// Answers answers the events of readers. An answer is sent at once if possible.
// If the broker has not yet acknowledged the answers before it, it waits in a
// queue, and the listener goes on with other messages meanwhile. The readers
// take turns: a reader that floods the listener does not keep the others
// waiting.
type Answers struct {
	Conn   Commander
	Topic  string                                 // where readers take commands, with placeholders as in [codec.FillTopic]
	Choose func(tag string, door ...string) Reply // the door's id, and its name or ""
	Tags   *site.Tags                             // the list that Choose uses, or nil
	Now    func() time.Time
	Notice Notice

	told bool // that an event cannot be answered because of its topic

	mu      sync.Mutex
	failed  int
	waiting map[string][]waitingAnswer // by the command topic of the reader
	turns   []string                   // the keys of waiting, the next one first
	size    int                        // of all waiting answers, in bytes
	sender  chan struct{}              // closed when the sender has ended; nil when no sender runs
	cancel  context.CancelFunc         // of the sender
}

// A waitingAnswer is an answer that is still to be sent.
type waitingAnswer struct {
	wire     []byte
	received time.Time // when the event came
}

// Bounds of the queue: the answers for one reader, and the bytes of all
// answers.
const (
	maxWaiting     = 1000
	maxWaitingSize = 4 << 20
)

// answerWithin is how old an event may be when it is answered. After that, the
// person who showed the tag has probably left, and somebody else may stand
// there.
const answerWithin = 10 * time.Second

// Take answers the value if it is an event that needs an answer.
func (a *Answers) Take(_ context.Context, item *Item) error {
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
	reply, err := a.answer(item, event.TagID)
	if err != nil {
		a.fail()
		item.warn("not answered: " + err.Error())
		return nil
	}
	item.Envelope.Answer, item.Envelope.Reason = reply.Word, reply.Reason
	return nil
}

// answer sends an answer or puts it into the queue, and returns it.
func (a *Answers) answer(item *Item, tag string) (Reply, error) {
	received := item.Message.Received
	if late := a.Now().Sub(received); late > answerWithin {
		return Reply{}, fmt.Errorf("the event has waited for %v", late.Round(time.Second))
	}
	reply := a.Choose(tag, item.Device, item.Envelope.Name)
	topic := codec.FillTopic(a.Topic, item.Prefix, item.Device)

	a.mu.Lock()
	defer a.mu.Unlock()
	if a.sender == nil {
		if sent, err := a.Conn.TryPublish(topic, reply.Wire, 1, false); sent || err != nil {
			return reply, err
		}
	}
	return reply, a.enqueue(topic, waitingAnswer{reply.Wire, received})
}

// enqueue puts an answer into the queue. The caller holds a.mu.
func (a *Answers) enqueue(topic string, w waitingAnswer) error {
	size := len(topic) + len(w.wire)
	switch n := len(a.waiting[topic]); {
	case n >= maxWaiting:
		return fmt.Errorf("%d answers to this reader wait for the broker already", n)
	case a.size+size > maxWaitingSize:
		return errors.New("too many answers wait for the broker already")
	}
	if a.waiting == nil {
		a.waiting = map[string][]waitingAnswer{}
	}
	if a.waiting[topic] == nil {
		a.turns = append(a.turns, topic)
	}
	a.waiting[topic] = append(a.waiting[topic], w)
	a.size += size
	if a.sender == nil {
		ctx, cancel := context.WithCancel(context.Background())
		a.sender, a.cancel = make(chan struct{}), cancel
		go a.send(ctx, a.sender)
	}
	return nil
}

// send sends the waiting answers, one for each reader in turn.
func (a *Answers) send(ctx context.Context, ended chan struct{}) {
	defer close(ended)
	for {
		topic, w, ok := a.next()
		if !ok {
			return
		}
		if a.Now().Sub(w.received) > answerWithin || a.Conn.PublishAsync(ctx, topic, w.wire, 1, false) != nil {
			a.fail()
		}
	}
}

// next takes the next answer from the queue. If there is none, it marks the
// sender as ended.
func (a *Answers) next() (topic string, w waitingAnswer, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.turns) == 0 {
		a.cancel()
		a.sender, a.turns = nil, nil
		return "", w, false
	}
	topic, a.turns = a.turns[0], a.turns[1:]
	list := a.waiting[topic]
	w = list[0]
	if len(list) > 1 {
		a.waiting[topic] = list[1:]
		a.turns = append(a.turns, topic)
	} else {
		delete(a.waiting, topic)
	}
	a.size -= len(topic) + len(w.wire)
	return topic, w, true
}

// Finish waits until the queued answers are sent, at most for maxGoodbye. It
// does nothing on nil Answers.
func (a *Answers) Finish() {
	if a == nil {
		return
	}
	a.mu.Lock()
	sender, cancel := a.sender, a.cancel
	a.mu.Unlock()
	if sender == nil {
		return
	}
	timer := time.AfterFunc(maxGoodbye, cancel)
	defer timer.Stop()
	<-sender
}

func (a *Answers) fail() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.failed++
}

// Account says how many answers could not be sent. It is complete after Finish.
func (a *Answers) Account() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return say(nil, a.failed, "answer", "%s could not be sent")
}
