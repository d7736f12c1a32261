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
		Usage:     "ask devices for their status; without a name, list every device that is heard",
		ArgsUsage: "[DEVICE...]",
		Description: `DEVICE is a name in the configuration file, the MAC address of a camera or the id of a
reader. A camera is asked; it answers when it is awake, and what the broker retains of it
is not enough. The retained status of a reader is enough when it says that the reader is
online: the broker replaces it when the reader is gone, by the last will that the reader
has unless register 0289 is changed. Otherwise the command waits for what the reader
publishes every 30 s. The exit code is 4 unless each reader is online and each camera
answers.

Without DEVICE every device is listed that is heard until --timeout, or of which the
broker retains something; the exit code is 4 if there is none. On a terminal a device is
printed as soon as it says how it is.

--max-age is for monitoring that does not rely on the last will: a retained message is
enough if the time in it is not longer ago than that. A reader's status has no such
time, so that the reader is waited for. In a list, each device must be that young. With
--quiet a line in cron mails only trouble.

--format prometheus gives metrics, also when devices are silent or the broker cannot be
reached: mqtool_status_exit_code and mqtool_status_time_seconds say so. With --output FILE
they go to a file for the textfile collector, in one step.

Battery, signal and firmware are shown with the device's own name for each, where that
differs: the fields of cameras are not documented, and neither are the units.`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool status
mqtool status gate DA1275B0
mqtool status --max-age 15m --quiet gate door
mqtool status --format prometheus -o /var/lib/node_exporter/mqtool.prom
mqtool status --json | jq -r 'select(.facts.battery and .facts.battery.value < 20).device'`),
		Flags: slices.Concat(o.Output.Flags(), []cli.Flag{
			cmdline.Quiet(&o.Quiet),
			cmdline.Timeout(&o.Timeout, 35*time.Second, "wait for `TIME`"),
			&cli.DurationFlag{
				Name: "max-age", DefaultText: "see above",
				Usage: "take a retained message if it is not older than `TIME`, by the time in it",
				Action: func(c *cli.Context, age time.Duration) error {
					o.MaxAge = codec.Some(age)
					return cmdline.NotNegative[time.Duration]("max-age")(c, age)
				},
			},
			cmdline.Payload(&o.Payload, site.Request(site.Milesight, codec.KindStatusRequest).Payload, "ask cameras with `TEXT`"),
			cmdline.OneOf(&cli.StringFlag{
				Name: "format", Destination: &o.Format,
				Usage: "print metrics instead of lines: `FORMAT` is prometheus",
			}, ask.FormatPrometheus),
			&cli.StringFlag{
				Name: "output", Aliases: []string{"o"}, Destination: &o.File,
				Usage: "write the metrics to `FILE`, in one step",
			},
			cmdline.OneOf(&cli.StringFlag{
				Name: "family", Destination: &o.Family,
				Usage: "look for devices of this `FAMILY` only: " + strings.Join(site.Families(), ", "),
			}, site.Families()...),
			o.Connection.AnyIDFlag(),
		}, o.Connection.TopicFlags(), o.Connection.Flags()),
		Action: func(c *cli.Context) error { return ask.Status(c.Context, env, o, c.Args().Slice()) },
	}
}
