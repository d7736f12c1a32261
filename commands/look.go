package commands

import (
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/ask"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/show"
)

func lookCommand(env *app.Env) *cli.Command {
	var o ask.LookOptions
	return &cli.Command{
		Name:      "look",
		Usage:     "wake cameras, and show the next picture of each in the terminal",
		ArgsUsage: "CAMERA...",
		Description: `CAMERA is a name in the configuration file or a MAC address in any usual spelling.
Each camera is woken. Its next picture is saved as "listen --save" does, DIR/MAC/TIME-FILE.jpg,
and shown in the terminal, with a line about it below.

No document says that a camera sends a picture when it is woken: it does so by its
schedule and at an alarm. When none comes in time the exit code is 4. Pictures of older
firmware do not name their camera: they count, with a warning, when a single CAMERA is
named.

mqtool finds out from the environment (TERM, TERM_PROGRAM and others) how the terminal
shows pictures, and asks the terminal nothing. --show says it for sure.`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool look gate
mqtool look gate barn --save pictures --timeout 10m
mqtool look --show sixel 5CC5638AE24C`),
		Flags: slices.Concat(o.Output.Flags(), []cli.Flag{
			cmdline.Timeout(&o.Timeout, 2*time.Minute, "give up after `TIME`"),
			&cli.StringFlag{Name: "save", Destination: &o.Save, DefaultText: "save in the configuration file, or here", Usage: "write pictures to `DIR`, as MAC/TIME-FILE.jpg"},
			show.Flag(&o.Show, show.Auto),
		}, cmdline.Only(o.Connection.TopicFlags(), "status-topic", "snapshot-topic"), o.Connection.Flags()),
		Action: func(c *cli.Context) error { return ask.Look(c.Context, env, o, c.Args().Slice()) },
	}
}
