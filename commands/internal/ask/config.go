package ask

import (
	"context"
	"slices"
	"strings"
	"time"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/human"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
)

// ConfigOptions say what to tell a camera, and whether to wait for its status.
type ConfigOptions struct {
	Output     cmdline.Output
	Connection site.Options

	Timeout time.Duration
	Yes     bool
	Wait    bool
	Quiet   bool

	RequestTopic, RespondTopic string
	Count                      int
	Raw                        bool
}

// RequestWord is the word that sends a request in JSON. It stands beside the words that a
// camera understands.
const RequestWord = "request"

// Config sends a camera a word or a request in JSON.
func Config(ctx context.Context, env *app.Env, o ConfigOptions, args []string) error {
	words := append(Words(), RequestWord)
	switch {
	case len(args) == 0:
		return app.Usagef("which CAMERA, and what: %s?", strings.Join(words, ", "))
	case len(args) == 1:
		return app.Usagef("what with %s: %s?", args[0], strings.Join(words, ", "))
	case !slices.Contains(words, args[1]) && slices.Contains(words, args[0]):
		return app.Usagef("the camera comes first: mqtool config %s %s", args[1], args[0])
	case args[1] == RequestWord:
		return runConfigRequest(ctx, env, o, args[0], args[2:])
	case !slices.Contains(words, args[1]):
		if near := cmdline.Closest(args[1], words); near != "" {
			return app.Usagef("unknown word %q; did you mean %q?", args[1], near)
		}
		return app.Usagef("unknown word %q: it can be %s", args[1], strings.Join(words, ", "))
	case len(args) > 2:
		return app.Usagef("too many arguments, from %q on: one camera at a time", args[2])
	}
	return runConfigWord(ctx, env, o, args[0], args[1])
}

func runConfigWord(ctx context.Context, env *app.Env, o ConfigOptions, camera, word string) error {
	if err := CheckHarm(word, o.Yes); err != nil {
		return err
	}
	link, cameras, err := o.Connection.Prepare(ctx, env, site.Milesight, []string{camera})
	if err != nil {
		return err
	}
	return session(ctx, env, link, o.Timeout, func(ctx context.Context, conn *broker.Conn) error {
		// The word is never repeated, because restarting twice is not the same as once.
		return tell(ctx, env, o, New(conn, link.StatusFilter(), 0), cameras[0], word)
	})
}

// tell sends a camera a word, and waits for its status if that was asked for.
func tell(ctx context.Context, env *app.Env, o ConfigOptions, a *Asker, camera site.Device, word string) error {
	if o.Wait {
		if err := a.subscribe(ctx); err != nil {
			return err
		}
	}
	a.Ask(camera, codec.KindConfig, word)
	if err := a.send(ctx); err != nil {
		return err
	}
	r := camera.Report()
	r.State, r.OK, r.Then, r.Words = render.DeviceSent, true, word, word+" sent"
	out := newReporter(env, o.Output, o.Connection.Verbose, o.Quiet, false)
	if !o.Wait {
		return out.print(r)
	}
	line := out.wait(ctx, "%s sent; waiting for %s to be awake again", word, camera.Label())
	defer line.End()
	for len(a.calls) > 0 {
		_, found, err := a.Next(ctx)
		if err == context.DeadlineExceeded {
			r.State, r.OK = render.DeviceNoAnswer, false
			r.Words = word + " sent, no status in " + human.Duration(o.Timeout)
			if err := out.print(r); err != nil {
				return err
			}
			return app.NoAnswerf("no status from %s within %s after %s: %s", camera.Label(), human.Duration(o.Timeout), word,
				a.Hint("is it awake (mqtool wake), is the MAC right, does it publish its status elsewhere (--status-topic), may this user read and publish there?"))
		}
		if err != nil {
			return err
		}
		if found.Set {
			found.Value.fill(r)
			r.After = codec.Some(found.Value.After())
			r.Words = word + " sent, awake after " + human.Duration(found.Value.After())
		}
	}
	return out.print(r)
}
