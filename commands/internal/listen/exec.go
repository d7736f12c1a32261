package listen

import (
	"bytes"
	"context"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/render"
)

// Programs runs a program for each value.
type Programs struct {
	argv    []string
	environ []string
	output  io.Writer
	note    Notice        // while it waits
	warn    Notice        // when one fails
	slots   chan struct{} // has one value for each program that runs
	group   sync.WaitGroup

	mu     sync.Mutex
	failed int
}

// NewPrograms makes what runs argv, up to jobs at a time. The programs have the
// variables of environ but those that are not for them; they write to output.
func NewPrograms(argv, environ []string, jobs int, output io.Writer, note, warn Notice) (*Programs, error) {
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return nil, err
	}
	p := &Programs{argv: slices.Concat([]string{path}, argv[1:]), output: output, note: note, warn: warn, slots: make(chan struct{}, jobs)}
	// A program may well call mqtool again; the password is not for everybody.
	p.environ = slices.DeleteFunc(slices.Clone(environ), func(s string) bool {
		return strings.HasPrefix(s, "MQTOOL_PASSWORD=") || strings.HasPrefix(s, messageVariable)
	})
	return p, nil
}

// messageVariable begins the variables that tell a program of its message; no
// option of mqtool has a variable that begins so.
const messageVariable = "MQTOOL_MESSAGE_"

// maxVariable is how long such a variable can be. The system limits them all
// together; the JSON has everything.
const maxVariable = 4096

// Take starts the program for a value, as soon as not too many others run.
func (p *Programs) Take(ctx context.Context, item *Item) error {
	select {
	case p.slots <- struct{}{}:
	default:
		select {
		case p.slots <- struct{}{}:
		case <-ctx.Done():
			p.fail(item.Message.Topic, "not started, for it was time to end")
			return nil
		}
	}
	c := exec.Command(p.argv[0], p.argv[1:]...)
	c.Stdin = bytes.NewReader(append(item.Envelope.AppendJSON(nil), '\n'))
	c.Stdout, c.Stderr = p.output, p.output
	c.Env = append(slices.Clone(p.environ), variables(item)...)
	topic := item.Message.Topic // the item is used again
	p.group.Go(func() {
		defer func() { <-p.slots }()
		if err := c.Run(); err != nil {
			p.fail(topic, err.Error())
		}
	})
	return nil
}

// variables tell a program of its message.
func variables(item *Item) []string {
	tag := ""
	if v, ok := item.Value.(*codec.ReaderEvent); ok {
		tag = v.TagID
	}
	var list []string
	for _, v := range [...][2]string{
		{"TIME", item.Message.Received.UTC().Format(time.RFC3339Nano)},
		{"TOPIC", item.Message.Topic},
		{"FAMILY", item.Family},
		{"DEVICE", item.Device},
		{"NAME", item.Envelope.Name},
		{"KIND", string(item.Value.Kind())},
		{"TAG", tag},
		{"OUTPUT", item.Envelope.Output},
	} {
		if v[1] != "" && len(v[1]) <= maxVariable && strings.IndexByte(v[1], 0) < 0 {
			list = append(list, messageVariable+v[0]+"="+v[1])
		}
	}
	return list
}

func (p *Programs) fail(topic, reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed++
	p.warn("%s, for a message on %s: %s", p.argv[0], topic, reason)
}

// Wait waits for all programs. It has nothing to wait for when there are no
// Programs.
func (p *Programs) Wait() {
	if p == nil {
		return
	}
	told := time.AfterFunc(app.Patience, func() {
		p.note("waiting for %s to end (interrupt twice not to wait)", render.Count(len(p.slots), "program"))
	})
	defer told.Stop()
	p.group.Wait()
}

// Account says how many programs failed. It is complete after Wait.
func (p *Programs) Account() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return say(nil, p.failed, "program", "%s failed")
}
