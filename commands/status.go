package commands

import (
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/ask"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/site"
)

func statusCommand(env *app.Env) *cli.Command {
	var o ask.StatusOptions
	return &cli.Command{
		Name:      "status",
		Usage:     "ask devices how they are; without a name, list every device that is heard",
		ArgsUsage: "[DEVICE...]",
		Description: `DEVICE is a name in the configuration file, the MAC address of a camera or the id of a
reader. A camera is asked; it answers when it is awake. A reader publishes its status
every 30 s, so that the command waits for the next one. What the broker kept is shown
when nothing else comes, and is not enough, because nobody knows how old it is: the exit
code is 4 unless each reader says that it is online and each camera answers.

Without DEVICE every device is listed that is heard until --timeout, or of which the
broker kept something; the exit code is 4 if there is none.

--max-age makes a check for monitoring: a message that the broker kept is enough if it
is not older, by the time in it, than that. In a list, each device must be that young.

What is known of battery, signal and firmware is shown with the device's own name for
it, where that differs: cameras do not document theirs. No unit is known for any.`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool status
mqtool status gate DA1275B0
mqtool status --max-age 15m --timeout 20s gate || echo 'gate is silent'
mqtool status --json | jq -r 'select(.facts.battery and .facts.battery.value < 20).device'`),
		Flags: slices.Concat(o.Output.Flags(), []cli.Flag{
			cmdline.Timeout(&o.Timeout, 35*time.Second, "wait for `TIME`"),
			&cli.DurationFlag{
				Name: "max-age", Destination: &o.MaxAge, DefaultText: "only what is heard now",
				Usage: "take what the broker kept if it is not older than `TIME`", Action: cmdline.NotNegative[time.Duration]("max-age"),
			},
			cmdline.Payload(&o.Payload, site.Request(site.Milesight, codec.KindStatusRequest).Payload, "ask cameras with `TEXT`"),
			&cli.StringFlag{
				Name: "family", Destination: &o.Family,
				Usage:  "look for devices of this `FAMILY` only: " + strings.Join(site.Families(), ", "),
				Action: cmdline.OneOf("family", site.Families()...),
			},
			o.Connection.AnyIDFlag(),
		}, o.Connection.TopicFlags(), o.Connection.Flags()),
		Action: func(c *cli.Context) error { return ask.Status(c.Context, env, o, c.Args().Slice()) },
	}
}
