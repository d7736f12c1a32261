package commands

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

	"github.com/urfave/cli/v2"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/ask"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/site"
	"mqtool/commands/internal/text"
)

type configOptions struct {
	output     cmdline.Output
	connection site.Options

	timeout time.Duration
	yes     bool
	wait    bool

	requestTopic, respondTopic string
	count                      int
	raw                        bool
}

// wordRequest is the word for a request in JSON, besides those that a camera knows.
const wordRequest = "request"

func configCommand(env *app.Env) *cli.Command {
	var o configOptions
	var meanings strings.Builder
	for _, w := range codec.ConfigWords() {
		fmt.Fprintf(&meanings, "\n   %-9s %s", w.Word, w.Meaning)
		if w.Harmful {
			meanings.WriteString("; needs --yes")
		}
	}
	return &cli.Command{
		Name:      "config",
		Usage:     "restart, shut down, upgrade or configure a camera; registers of a reader",
		ArgsUsage: "CAMERA " + strings.Join(ask.Words(), "|") + "\n   mqtool config [OPTIONS] CAMERA " + wordRequest + " JSON|-\n   mqtool config registers make|check ...",
		Description: `CAMERA is a name in the configuration file or a MAC address in any usual spelling. It
must be awake (see "mqtool wake --then"). In the vendor's words:` + meanings.String() + `

A camera does not acknowledge these words: without --wait the command ends when the
broker has the message. How to get a camera back after "shutdown" is not documented; it
may need a visit. For any other word there is "mqtool send --topic".

"` + wordRequest + `" sends JSON to a camera with newer firmware, and prints what it responds. Its
two topics are set in the camera's web page, and what the JSON can say is not
documented. In the topics {device} stands for the MAC. White space around the JSON is
not sent.`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool config gate reboot --wait
mqtool config 5CC5638AE24C upgrade --yes
mqtool config gate request --request-topic {device}/ask --respond-topic {device}/say '{"a":1}'
mqtool config gate request --request-topic T1 --respond-topic T2 --count 0 - < ask.json
mqtool config registers make --broker site1`),
		Flags: slices.Concat(o.output.Flags(), []cli.Flag{
			cmdline.Timeout(&o.timeout, time.Minute, "give up after `TIME`"),
			cmdline.Yes(&o.yes, ask.HarmfulWords()...),
			&cli.BoolFlag{
				Name: "wait", Destination: &o.wait, DisableDefaultText: true,
				Usage: "wait for the next status that the camera publishes",
			},
			&cli.StringFlag{
				Name: "request-topic", Destination: &o.requestTopic,
				Usage: wordRequest + ": the camera's Configure Request `TOPIC`",
			},
			&cli.StringFlag{
				Name: "respond-topic", Destination: &o.respondTopic,
				Usage: wordRequest + ": its Configure Respond `TOPIC`",
			},
			&cli.IntFlag{
				Name: "count", Destination: &o.count, Value: 1,
				Usage:  wordRequest + ": wait for `N` messages; with 0 until --timeout",
				Action: cmdline.NotNegative[int]("count"),
			},
			&cli.BoolFlag{
				Name: "raw", Destination: &o.raw, DisableDefaultText: true,
				Usage: wordRequest + ": print the payloads as they are, and nothing else",
			},
		}, cmdline.Only(o.connection.TopicFlags(), "status-topic"), o.connection.Flags(&o.output)),
		Subcommands: []*cli.Command{registersCommand(env)},
		Action:      func(c *cli.Context) error { return runConfig(c.Context, env, o, c.Args().Slice()) },
	}
}

func runConfig(ctx context.Context, env *app.Env, o configOptions, args []string) error {
	words := append(ask.Words(), wordRequest)
	switch {
	case len(args) == 0:
		return app.Usagef("which CAMERA, and what: %s?", strings.Join(words, ", "))
	case len(args) == 1:
		return app.Usagef("what with %s: %s?", args[0], strings.Join(words, ", "))
	case !slices.Contains(words, args[1]) && slices.Contains(words, args[0]):
		return app.Usagef("the camera comes first: mqtool config %s %s", args[1], args[0])
	case args[1] == wordRequest:
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

func runConfigWord(ctx context.Context, env *app.Env, o configOptions, camera, word string) error {
	if err := ask.CheckHarm(word, o.yes); err != nil {
		return err
	}
	link, cameras, err := o.connection.Prepare(ctx, env, site.Milesight, []string{camera})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	conn, err := link.Dial(ctx, env)
	if err != nil {
		return err
	}
	defer site.HangUp(conn)

	// It is never repeated: twice restarted is not the same as once.
	a := ask.New(conn, link.StatusFilter(), 0)
	if o.wait {
		if err := a.Subscribe(ctx); err != nil {
			return err
		}
	}
	a.Ask(cameras[0], codec.KindConfig, word)
	if err := a.Send(ctx); err != nil {
		return err
	}
	r := cameras[0].Report()
	r.State, r.OK, r.Then, r.Words = render.DeviceSent, true, word, word+" sent"
	out := ask.NewReporter(env, o.output, false)
	if !o.wait {
		return out.Print(r)
	}
	for len(a.Calls) > 0 {
		_, found, err := a.Next(ctx)
		if err == context.DeadlineExceeded {
			r.State, r.OK = render.DeviceNoAnswer, false
			r.Words = word + " sent, no status in " + app.Duration(o.timeout)
			if err := out.Print(r); err != nil {
				return err
			}
			return app.NoAnswerf("no status from %s within %s after %s: %s", cameras[0].Label(), app.Duration(o.timeout), word,
				a.Hint("is it awake (mqtool wake), is the MAC right, does it publish its status elsewhere (--status-topic), may this user read and publish there?"))
		}
		if err != nil {
			return err
		}
		if found.Set {
			found.Value.Fill(r)
			r.After = codec.Some(found.Value.After())
			r.Words = word + " sent, awake after " + app.Duration(found.Value.After())
		}
	}
	return out.Print(r)
}

// maxConfigBody is the longest request that is read. What cameras take is not
// known, but they are small machines.
const maxConfigBody = 1 << 20

func runConfigRequest(ctx context.Context, env *app.Env, o configOptions, name string, args []string) error {
	if err := o.checkRequest(args); err != nil {
		return err
	}
	link, cameras, err := o.connection.Prepare(ctx, env, site.Milesight, []string{name})
	if err != nil {
		return err
	}
	r := responses{configOptions: o, env: env, camera: cameras[0]}
	if err := r.fillTopics(); err != nil {
		return err
	}
	body, err := readConfigBody(ctx, env, args[0])
	if err != nil {
		return err
	}

	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	conn, err := link.Dial(ctx, env)
	if err != nil {
		return err
	}
	defer site.HangUp(conn)
	if err := conn.Subscribe(ctx, r.respond); err != nil {
		return err
	}
	start := time.Now()
	if err := conn.Publish(ctx, r.request, body, 1, false); err != nil {
		return err
	}
	return r.receive(ctx, conn, start)
}

// checkRequest checks what was typed, before anything is asked of the broker.
func (o configOptions) checkRequest(args []string) error {
	switch {
	case len(args) == 0:
		return app.Usagef("which JSON? It is an argument, or - for standard input")
	case len(args) > 1:
		return app.Usagef("too many arguments, from %q on: the JSON is one argument, so put it in quotes", args[1])
	case o.requestTopic == "" || o.respondTopic == "":
		return app.Usagef("%s needs --request-topic and --respond-topic: they stand in the camera's web page, and no default is documented", wordRequest)
	case o.raw && o.output.JSON:
		return app.Usagef("--json and --raw: choose one")
	}
	return nil
}

// fillTopics makes the topics of the camera.
func (r *responses) fillTopics() error {
	r.request = codec.FillTopic(r.requestTopic, "", r.camera.ID)
	r.respond = codec.FillTopic(r.respondTopic, "", r.camera.ID)
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

// receive prints what comes back from start on, until there are as many responses as were
// asked for, or no more come.
func (r *responses) receive(ctx context.Context, conn *broker.Conn, start time.Time) error {
	passed := &passedOver{}
	for n := 0; r.count == 0 || n < r.count; n++ {
		m, err := receiveResponse(ctx, conn, func(m broker.Message) bool {
			return m.Topic != r.request && !passed.over(m, r.camera) && !m.Received.Before(start)
		})
		if err == context.DeadlineExceeded {
			if r.count == 0 && n > 0 {
				return nil
			}
			return app.NoAnswerf("%s on %s within %s: %s", responsesOf(n, r.count), r.respond, app.Duration(r.timeout), passed.hint())
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

// readConfigBody reads the JSON of a request: an argument, or - for standard input.
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
		return nil, app.Damagedf("%s is no JSON: %s", where, problem)
	}
	return nil, app.Usagef("%s: %s", where, problem)
}

// receiveResponse receives the next message that counts.
func receiveResponse(ctx context.Context, conn *broker.Conn, counts func(broker.Message) bool) (broker.Message, error) {
	for {
		m, err := conn.Receive(ctx)
		if err != nil || counts(m) {
			return m, err
		}
	}
}

// passedOver remembers the messages that were no response.
type passedOver struct {
	kept    int      // by the broker
	foreign []string // cameras
}

// configResponse is a message as what a camera responds. What is wanted are all its bytes:
// of several values only the first one is looked at.
func configResponse(m broker.Message) codec.CameraReport {
	decoder := codec.NewDecoder("", codec.Role{Filter: m.Topic, Kind: codec.KindConfig})
	report, _ := decoder.Decode(m.Topic, m.Payload)[0].Value.(codec.CameraReport)
	return report
}

// over tells whether a message is no response of a camera.
func (p *passedOver) over(m broker.Message, camera site.Device) bool {
	if m.Retained {
		p.kept++
		return true
	}
	mac, err := codec.ParseMAC(configResponse(m).MAC)
	if err != nil || mac == camera.ID {
		return false
	}
	if !slices.Contains(p.foreign, mac) {
		p.foreign = append(p.foreign, mac)
	}
	return true
}

func (p *passedOver) hint() string {
	switch {
	case len(p.foreign) > 0:
		return "there came responses of " + strings.Join(p.foreign, ", ") + "; is the MAC right?"
	case p.kept > 0:
		return "there is only an old one that the broker kept; is the camera awake (mqtool wake)?"
	}
	return "is the camera awake (mqtool wake), are both topics those in its web page, may this user publish there?"
}

// responses are what a camera responds to a request.
type responses struct {
	configOptions
	env    *app.Env
	camera site.Device

	request, respond string // topics
}

func (p *responses) print(m broker.Message) error {
	var out []byte
	switch {
	case p.raw:
		out = m.Payload
	case p.output.JSON:
		e := ask.Envelope(m, p.camera, configResponse(m))
		out = append(e.AppendJSON(nil), '\n')
	default:
		out = render.AppendPretty(nil, m.Payload)
	}
	_, err := p.env.Stdout.Write(out)
	return err
}
