package listen

import (
	"context"
	"fmt"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
)

// An Item is one value of a message, and what was done with it.
type Item struct {
	*codec.Item
	Message  broker.Message  // a message may hold several values
	Envelope render.Envelope // as the value is printed

	First   bool // no other value of the message was printed before
	Printed bool // it counts as a message that was printed

	receipt *receipt // of the message; nil when it is not acknowledged
}

// A Sink does one thing with each value that passes the filter, such as
// printing it.
type Sink interface {
	// Take handles a value and notes the result in its envelope, a failure too.
	// It returns an error only for a failure that must end the listener. The
	// item is valid until Take returns.
	Take(ctx context.Context, item *Item) error

	// Account says what was lost or failed.
	Account() []string
}

// A Chain is what a message goes through: the decoder, the filter and then the
// sinks, one after the other.
type Chain struct {
	Decoder *codec.Decoder
	Filter  *Filter
	Sinks   []Sink
	NameOf  func(family, device string) string // returns the user's name for a device, or ""; may be nil

	PersonOf func(tag string, now time.Time) string // returns the name of the owner of a tag, or ""; may be nil

	Watch *Watch // or nil

	Count   int  // the chain is full after this many printed messages; 0 means no limit
	Payload bool // whether the envelope includes the payload

	printed   int
	malformed int
	item      Item // reused for each value
}

// Full reports whether Count is reached.
func (c *Chain) Full() bool { return c.Count > 0 && c.printed >= c.Count }

// Printed is how many messages were printed. Each value counts as one, unless
// only the payload is printed, which holds them all.
func (c *Chain) Printed() int { return c.printed }

// Take handles a message. Its values get the receipt r, which may be nil.
func (c *Chain) Take(ctx context.Context, m broker.Message, r *receipt) error {
	items := site.Decode(c.Decoder, m)
	before := c.printed
	for i := range items {
		if c.Full() {
			break
		}
		if device, silence, ok := c.Watch.Heard(m, &items[i]); ok {
			if err := c.Tell(ctx, device, silence, m.Received); err != nil {
				return err
			}
		}
		c.set(m, &items[i], c.printed == before)
		c.item.receipt = r
		if c.Filter.Why(&c.item) != Passed {
			continue
		}
		for _, s := range c.Sinks {
			if err := s.Take(ctx, &c.item); err != nil {
				return err
			}
		}
		if c.item.Printed {
			c.printed++
		}
	}
	return nil
}

// Tell hands to the sinks the news that a device is silent, or heard again. The
// news is not a message of a device, so it is not counted.
func (c *Chain) Tell(ctx context.Context, d Device, silence codec.Silence, at time.Time) error {
	address := codec.Address{Family: d.Family, Device: d.ID, Kind: silence.Kind()}
	c.item = Item{
		Item: &codec.Item{Address: address, Value: silence}, Message: broker.Message{Received: at},
		Envelope: render.Envelope{Time: at, Family: d.Family, Device: d.ID, Value: silence},
	}
	if c.NameOf != nil {
		c.item.Envelope.Name = c.NameOf(d.Family, d.ID)
	}
	for _, s := range c.Sinks {
		if err := s.Take(ctx, &c.item); err != nil {
			return err
		}
	}
	return nil
}

// set fills the item for a value.
func (c *Chain) set(m broker.Message, value *codec.Item, first bool) {
	c.item = Item{Item: value, Message: m, First: first, Envelope: render.Envelope{
		Time: m.Received, Topic: m.Topic, Family: value.Family, Device: value.Device, Value: value.Value,
		Delivery: codec.Some(render.Delivery{QoS: m.QoS, Retained: m.Retained, Duplicate: m.Duplicate}),
	}}
	if c.NameOf != nil {
		c.item.Envelope.Name = c.NameOf(value.Family, value.Device)
	}
	if event, ok := value.Value.(*codec.ReaderEvent); ok && c.PersonOf != nil && event.TagID != "" {
		c.item.Envelope.Person = c.PersonOf(event.TagID, m.Received)
	}
	if c.Payload && first {
		c.item.Envelope.Payload = m.Payload
	}
	if value.Err != nil {
		c.malformed++
		c.item.warn(value.Err.Error())
	}
}

// warn adds a warning to those of the value.
func (i *Item) warn(text string) { i.Envelope.Warnings = append(i.Envelope.Warnings, text) }

// Account says what was lost or dropped or has failed, and separately what was
// skipped because the user asked for that.
func (c *Chain) Account() (trouble, rest []string) {
	trouble, rest = c.Filter.Account()
	trouble = say(trouble, c.malformed, "message", "%s could not be decoded")
	for _, s := range c.Sinks {
		trouble = append(trouble, s.Account()...)
	}
	return trouble, rest
}

// say appends a line to an account with the number of things, unless n is 0.
func say(account []string, n int, thing, format string) []string {
	if n == 0 {
		return account
	}
	return append(account, fmt.Sprintf(format, render.Count(n, thing)))
}
