package ask

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/human"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
	"mqtool/commands/internal/text"
)

// maxConfigBody is the longest request that is read. How much a camera accepts is not
// known, but cameras are small machines.
const maxConfigBody = 1 << 20

func runConfigRequest(ctx context.Context, env *app.Env, o ConfigOptions, name string, args []string) error {
	if err := o.checkRequest(args); err != nil {
		return err
	}
	link, cameras, err := o.Connection.Prepare(ctx, env, site.Milesight, []string{name})
	if err != nil {
		return err
	}
	r := responses{ConfigOptions: o, env: env, camera: cameras[0]}
	if err := r.fillTopics(); err != nil {
		return err
	}
	body, err := readConfigBody(ctx, env, args[0])
	if err != nil {
		return err
	}
	return session(ctx, env, link, o.Timeout, func(ctx context.Context, conn *broker.Conn) error {
		if err := conn.Subscribe(ctx, r.respond); err != nil {
			return err
		}
		line := newReporter(env, o.Output, o.Connection.Verbose, o.Quiet, false).wait(ctx, "waiting for %s to respond on %s", cameras[0].Label(), r.respond)
		defer line.End()
		start := time.Now()
		if err := conn.Publish(ctx, r.request, body, 1, false); err != nil {
			return err
		}
		return r.receive(ctx, conn, start)
	})
}

// checkRequest checks the command line before anything is sent to the broker.
func (o ConfigOptions) checkRequest(args []string) error {
	switch {
	case len(args) == 0:
		return app.Usagef("give the JSON as an argument, or - for standard input")
	case len(args) > 1:
		return app.Usagef("too many arguments, from %q on: the JSON is one argument, so put it in quotes", args[1])
	case o.RequestTopic == "" || o.RespondTopic == "":
		return app.Usagef("%s needs --request-topic and --respond-topic: you find them in the camera's web page, and no default is documented", RequestWord)
	case o.Raw && o.Output.JSON:
		return app.Usagef("--json and --raw: choose one")
	}
	return nil
}

// fillTopics fills the MAC of the camera into the topics.
func (r *responses) fillTopics() error {
	r.request = codec.FillTopic(r.RequestTopic, "", r.camera.ID)
	r.respond = codec.FillTopic(r.RespondTopic, "", r.camera.ID)
	if err := broker.ValidTopic(r.request); err != nil {
		return app.Usagef("--request-topic: %v", err)
	}
	if err := broker.ValidFilter(r.respond); err != nil {
		return app.Usagef("--respond-topic: %v", err)
	}
	if r.request == r.respond {
		return app.Usagef("--request-topic and --respond-topic are both %s: the request would come back as the response", r.request)
	}
	return nil
}

// receive prints the responses that come after start, until there are as many as were
// asked for, or no more come.
func (r *responses) receive(ctx context.Context, conn *broker.Conn, start time.Time) error {
	passed := &passedOver{}
	for n := 0; r.Count == 0 || n < r.Count; n++ {
		m, err := receiveResponse(ctx, conn, func(m broker.Message) bool {
			return m.Topic != r.request && !passed.over(m, r.camera) && !m.Received.Before(start)
		})
		if err == context.DeadlineExceeded {
			if r.Count == 0 && n > 0 {
				return nil
			}
			return app.NoAnswerf("%s on %s within %s: %s", responsesOf(n, r.Count), r.respond, human.Duration(r.Timeout), passed.hint())
		}
		if err != nil {
			return err
		}
		if err := r.print(m); err != nil {
			return err
		}
	}
	return nil
}

func responsesOf(n, count int) string {
	if n == 0 {
		return "no response"
	}
	return fmt.Sprintf("%d of %d responses", n, count)
}

// readConfigBody reads the JSON of a request from an argument, or from standard input for
// "-".
func readConfigBody(ctx context.Context, env *app.Env, arg string) ([]byte, error) {
	body, where := []byte(arg), "the JSON"
	if arg == "-" {
		in, err := text.Open(ctx, env.Stdin, arg)
		if err != nil {
			return nil, err
		}
		defer in.Close()
		where = "standard input"
		if body, err = io.ReadAll(io.LimitReader(in, maxConfigBody+1)); err != nil {
			return nil, err
		}
	}
	problem := ""
	body = bytes.TrimSpace(body)
	switch err := json.Unmarshal(body, new(json.RawMessage)); {
	case len(body) > maxConfigBody:
		problem = fmt.Sprintf("it is longer than %d bytes", maxConfigBody)
	case len(body) == 0:
		problem = "it is empty"
	case !utf8.Valid(body):
		problem = "it is not UTF-8"
	case err != nil:
		problem = err.Error()
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
			problem += fmt.Sprintf(" (byte %d)", syntax.Offset)
		}
	default:
		return body, nil
	}
	if arg == "-" {
		return nil, app.Damagedf("%s is not JSON: %s", where, problem)
	}
	return nil, app.Usagef("%s: %s", where, problem)
}

// receiveResponse receives the next message for which counts reports true.
func receiveResponse(ctx context.Context, conn *broker.Conn, counts func(broker.Message) bool) (broker.Message, error) {
	for {
		m, err := conn.Receive(ctx)
		if err != nil || counts(m) {
			return m, err
		}
	}
}

// passedOver records the messages that were not responses.
type passedOver struct {
	kept    int      // how many messages were retained
	foreign []string // the cameras that sent other messages
}

// configResponse returns a message as the response of a camera. Only the first of several
// values is used, because all bytes of the message are printed.
func configResponse(m broker.Message) codec.CameraReport {
	decoder := codec.NewDecoder("", codec.Role{Filter: m.Topic, Kind: codec.KindConfig})
	report, _ := site.Decode(decoder, m)[0].Value.(codec.CameraReport)
	return report
}

// over reports whether a message is not a response of a camera.
func (p *passedOver) over(m broker.Message, camera site.Device) bool {
	if m.Retained {
		p.kept++
		return true
	}
	mac, err := codec.ParseMAC(configResponse(m).MAC)
	if err != nil || mac == camera.ID {
		return false
	}
	if len(p.foreign) < maxForeign && !slices.Contains(p.foreign, mac) {
		p.foreign = append(p.foreign, mac)
	}
	return true
}

func (p *passedOver) hint() string {
	switch {
	case len(p.foreign) > 0:
		return "the responses came from " + strings.Join(p.foreign, ", ") + "; is the MAC right?"
	case p.kept > 0:
		return "there is only an old, retained one; is the camera awake (mqtool wake)?"
	}
	return "is the camera awake (mqtool wake), are both topics those in its web page, may this user publish there?"
}

// responses are the responses of a camera to a request.
type responses struct {
	ConfigOptions
	env    *app.Env
	camera site.Device

	request, respond string // topics
}

func (p *responses) print(m broker.Message) error {
	if m.PassedOver > 0 {
		return app.Damagedf("the response has %d bytes, more than any camera sends", len(m.Payload)+m.PassedOver)
	}
	if p.Quiet {
		return nil
	}
	var out []byte
	switch {
	case p.Raw:
		out = m.Payload
	case p.Output.JSON:
		e := envelope(m, p.camera, configResponse(m))
		out = append(e.AppendJSON(nil), '\n')
	default:
		out = render.AppendPretty(nil, m.Payload)
	}
	_, err := p.env.Stdout.Write(out)
	return err
}
