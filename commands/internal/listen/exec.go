package listen

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/human"
	"mqtool/commands/internal/render"
)

// Programs runs a program for each value.
type Programs struct {
	argv    []string
	environ []string
	timeout time.Duration // a program that runs longer is killed
	output  io.Writer
	note    Notice        // called while it waits
	warn    Notice        // called when a program fails
	pause   func() error  // called before it waits for a program to end; may be nil
	slots   chan struct{} // holds one value for each running program
	group   sync.WaitGroup
	ctx     context.Context // the parent context of all programs
	end     context.CancelCauseFunc
	left    bool // a message is left to come again, and so are those after it

	mu     sync.Mutex
	failed int
}

// ProgramTimeout is how long a program may run by default.
const ProgramTimeout = time.Minute

// ProgramJobs is how many programs run at the same time by default.
const ProgramJobs = 4

// maxPrograms is how long programs may run on after the end of the listener. It
// is less than the 90 seconds after which systemd kills the service.
const maxPrograms = time.Minute

// Reasons for ending a program.
var (
	errTooLong = errors.New("its time is up")
	errAtEnd   = errors.New("ended, because the listener ends")
)

// NewPrograms returns Programs that run argv, up to jobs at the same time, each
// at most for timeout. The programs get the variables of environ without those
// that are meant for mqtool alone, and they write to output.
func NewPrograms(argv, environ []string, jobs int, timeout time.Duration, output io.Writer, note, warn Notice) (*Programs, error) {
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return nil, err
	}
	p := &Programs{argv: slices.Concat([]string{path}, argv[1:]), timeout: timeout, output: output, note: note, warn: warn, slots: make(chan struct{}, jobs)}
	p.ctx, p.end = context.WithCancelCause(context.Background())
	// A program may well call mqtool again. Not every program should see the
	// password, and only the listener itself should report to systemd.
	p.environ = slices.DeleteFunc(slices.Clone(environ), func(s string) bool {
		name, _, _ := strings.Cut(s, "=")
		return strings.HasPrefix(s, messageVariable) || slices.Contains([]string{"MQTOOL_PASSWORD", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}, name)
	})
	return p, nil
}

// messageVariable is the prefix of the variables that describe the message to a
// program. No option of mqtool has a variable with this prefix.
const messageVariable = "MQTOOL_MESSAGE_"

// maxVariable is the longest value of such a variable. The system limits the
// size of all variables together; the JSON on standard input is complete.
const maxVariable = 4096

// Take starts the program for a value, as soon as a slot is free. The message
// is acknowledged when the program has ended, even if it has failed, because it
// would fail again.
func (p *Programs) Take(ctx context.Context, item *Item) error {
	item.receipt.hold()
	if p.left { // its program would run a second time
		p.leave(item)
		return nil
	}
	select {
	case p.slots <- struct{}{}:
	default:
		if p.pause != nil {
			if err := p.pause(); err != nil {
				return err
			}
		}
		select {
		case p.slots <- struct{}{}:
		case <-ctx.Done():
			p.leave(item)
			return nil
		}
	}
	about, receipt := item.about(), item.receipt // the caller reuses the item
	input := bytes.NewReader(append(item.Envelope.AppendJSON(nil), '\n'))
	environ := append(slices.Clone(p.environ), variables(item)...)
	p.group.Go(func() {
		defer func() { <-p.slots }()
		err := p.run(input, environ)
		if err != nil {
			p.fail(about, err.Error())
		}
		if err != errAtEnd { // otherwise the broker sends the message again, if it can
			receipt.release()
		}
	})
	return nil
}

// run runs the program once.
func (p *Programs) run(input io.Reader, environ []string) error {
	ctx, cancel := context.WithTimeoutCause(p.ctx, p.timeout, errTooLong)
	defer cancel()
	c := exec.CommandContext(ctx, p.argv[0], p.argv[1:]...)
	endTogether(c)
	c.WaitDelay = time.Second // for processes that have left the group and still hold the pipes
	c.Stdin, c.Stdout, c.Stderr, c.Env = input, p.output, p.output, environ
	err := c.Run()
	switch cause := context.Cause(ctx); {
	case err == nil:
		return nil
	case cause == errTooLong:
		return fmt.Errorf("ended, because it ran for more than %s", human.Duration(p.timeout))
	case cause == errAtEnd:
		return errAtEnd
	}
	return err
}

// leave skips a value when there is no time left to run its program. In a
// persistent session the broker sends the message again.
func (p *Programs) leave(item *Item) {
	if item.receipt != nil {
		p.left = true
		p.warn("%s, for %s: not started, because the listener ends; the message comes again", p.argv[0], item.about())
		return
	}
	p.fail(item.about(), "not started, because the listener ends")
}

// about describes the message of an item to a person.
func (i *Item) about() string {
	if i.Message.Topic == "" {
		return string(i.Kind) + " " + cmp.Or(i.Envelope.Name, i.Device)
	}
	return "a message on " + i.Message.Topic
}

// variables returns the variables that describe the message to a program.
func variables(item *Item) []string {
	tag, last := "", ""
	switch v := item.Value.(type) {
	case *codec.ReaderEvent:
		tag = v.TagID
	case codec.Silence:
		if !v.Last.IsZero() {
			last = v.Last.UTC().Format(time.RFC3339Nano)
		}
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
		{"PERSON", item.Envelope.Person},
		{"OUTPUT", item.Envelope.Output},
		{"LAST_HEARD", last},
	} {
		if v[1] != "" && len(v[1]) <= maxVariable && strings.IndexByte(v[1], 0) < 0 {
			list = append(list, messageVariable+v[0]+"="+v[1])
		}
	}
	return list
}

func (p *Programs) fail(about, reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed++
	p.warn("%s, for %s: %s", p.argv[0], about, reason)
}

// Wait waits for all programs to end, and kills those that still run after
// maxPrograms. It does nothing on nil Programs.
func (p *Programs) Wait() {
	if p == nil {
		return
	}
	told := time.AfterFunc(app.Patience, func() {
		p.note("waiting for %s to end (interrupt twice not to wait)", render.Count(len(p.slots), "program"))
	})
	defer told.Stop()
	ended := time.AfterFunc(maxPrograms, func() { p.end(errAtEnd) })
	defer ended.Stop()
	p.group.Wait()
}

// Account says how many programs failed. It is complete after Wait.
func (p *Programs) Account() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return say(nil, p.failed, "program", "%s failed")
}
