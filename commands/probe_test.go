package commands

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"mqtool/commands/internal/app"

	"mqtool/commands/internal/cmdline"

	"mqtool/commands/internal/site"

	"github.com/urfave/cli/v2"
)

// ProbeMain runs mqtool with one command only, "probe connect". The command does what
// the connection options promise and nothing else, for the scripts that test them.
func ProbeMain(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	env := app.NewEnv(stdin, stdout, stderr)
	err := cmdline.Run(ctx, env, args, []*cli.Command{probeCommand(env)})
	if err != nil {
		env.PrintError(err)
	}
	return app.ExitCode(err)
}

type probeOptions struct {
	output     cmdline.Output
	connection site.Options
	family     string
	listen     string        // a topic filter
	count      int           // how many messages it waits for
	send       string        // TOPIC=PAYLOAD
	timeout    time.Duration // for everything together
	reconnect  bool
}

func probeCommand(env *app.Env) *cli.Command {
	var o probeOptions
	return &cli.Command{
		Name: "connect",
		Flags: slices.Concat(o.output.Flags(), o.connection.Flags(), o.connection.NetworkFlags(), o.connection.TopicFlags(), []cli.Flag{
			&cli.StringFlag{Name: "family", Destination: &o.family},
			&cli.StringFlag{Name: "listen", Destination: &o.listen},
			&cli.IntFlag{Name: "count", Destination: &o.count, Value: 1},
			&cli.StringFlag{Name: "send", Destination: &o.send},
			&cli.DurationFlag{Name: "timeout", Destination: &o.timeout, Value: 15 * time.Second},
			&cli.BoolFlag{Name: "reconnect", Destination: &o.reconnect},
		}),
		Action: func(c *cli.Context) error { return runProbe(c.Context, env, o, c.Args().Slice()) },
	}
}

func runProbe(ctx context.Context, env *app.Env, o probeOptions, args []string) error {
	link, devices, err := o.connection.Prepare(ctx, env, o.family, args)
	if err != nil {
		return err
	}
	for _, d := range devices {
		fmt.Fprintln(env.Stdout, d.Family, d.ID)
	}
	link.Config.Reconnect = o.reconnect
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	conn, err := link.Dial(ctx, env)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(time.Second) }() // the script notices what did not arrive
	if o.listen != "" {
		if err := conn.Subscribe(ctx, o.listen); err != nil {
			return err
		}
	}
	if topic, payload, ok := strings.Cut(o.send, "="); ok {
		if err := conn.Publish(ctx, topic, []byte(payload), 1, false); err != nil {
			return err
		}
	}
	if o.listen == "" {
		fmt.Fprintln(env.Stdout, "connected")
		return nil
	}
	for range o.count {
		m, err := conn.Receive(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(env.Stdout, "%s %s\n", m.Topic, m.Payload)
	}
	return nil
}
