package commands

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/render"
)

// programs runs a program for each message. A nil one does not.
type programs struct {
	env         *environment
	argv        []string
	environment []string
	slots       chan struct{} // has one value for each program that runs
	group       sync.WaitGroup

	mu     sync.Mutex
	failed int
}

func newPrograms(env *environment, argv []string, jobs int) (*programs, error) {
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return nil, usageErrorf("--exec: %v", err)
	}
	p := &programs{env: env, argv: slices.Concat([]string{path}, argv[1:]), slots: make(chan struct{}, jobs)}
	// A program may well call mqtool again; the password is not for everybody.
	p.environment = slices.DeleteFunc(os.Environ(), func(s string) bool {
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

// run starts the program for one message, as soon as not too many others run.
func (p *programs) run(ctx context.Context, message []byte, e *render.Envelope) {
	select {
	case p.slots <- struct{}{}:
	default:
		select {
		case p.slots <- struct{}{}:
		case <-ctx.Done():
			p.fail(e.Topic, "not started, for it was time to end")
			return
		}
	}
	c := exec.Command(p.argv[0], p.argv[1:]...)
	c.Stdin = bytes.NewReader(message)
	c.Stdout, c.Stderr = p.env.stderr, p.env.stderr
	c.Env = slices.Clone(p.environment)
	tag := ""
	if v, ok := e.Value.(*codec.ReaderEvent); ok {
		tag = v.TagID
	}
	variables := [...][2]string{
		{"TIME", e.Time.UTC().Format(time.RFC3339Nano)},
		{"TOPIC", e.Topic},
		{"FAMILY", e.Family},
		{"DEVICE", e.Device},
		{"KIND", string(e.Value.Kind())},
		{"TAG", tag},
		{"OUTPUT", e.Output},
	}
	for _, v := range variables {
		if v[1] != "" && len(v[1]) <= maxVariable && strings.IndexByte(v[1], 0) < 0 {
			c.Env = append(c.Env, messageVariable+v[0]+"="+v[1])
		}
	}
	topic := e.Topic // e is used again
	p.group.Go(func() {
		defer func() { <-p.slots }()
		if err := c.Run(); err != nil {
			p.fail(topic, err.Error())
		}
	})
}

func (p *programs) fail(topic, reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed++
	notice(p.env, "%s, for a message on %s: %s", p.argv[0], topic, reason)
}

// wait waits for all programs.
func (p *programs) wait() {
	if p == nil {
		return
	}
	told := time.AfterFunc(brief, func() {
		notice(p.env, "waiting for %s to end (interrupt twice not to wait)", render.Count(len(p.slots), "program"))
	})
	defer told.Stop()
	p.group.Wait()
}
