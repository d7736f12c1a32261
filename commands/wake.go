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

func wakeCommand(env *app.Env) *cli.Command {
	var o ask.WakeOptions
	return &cli.Command{
		Name:      "wake",
		Usage:     "wake sleeping cameras, and wait until they are there",
		ArgsUsage: "CAMERA...",
		Description: `CAMERA is a name in the configuration file or a MAC address in any usual spelling.
A camera that wakes publishes its status; a line is printed for each that did. One that
stays silent is woken again after the time of --repeat, then after twice as long, and
so on until --timeout.

Only a status that a camera publishes now counts, not what the broker kept of it. Some
firmware does not say in the status whose it is: it is then taken with a warning, and not
at all while several cameras are waited for.

Nobody can tell from the broker's side whether a request reached its camera.`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool wake gate
mqtool wake --broker mqtts://broker.example 5c:c5:63:8a:e2:4c 5CC5638AE729 --timeout 3m
mqtool wake --then reboot gate
mqtool wake --then status --json gate | jq .facts.battery.value`),
		Flags: slices.Concat(o.Output.Flags(), []cli.Flag{
			cmdline.Quiet(&o.Quiet),
			cmdline.Timeout(&o.Timeout, time.Minute, "give up after `TIME`"),
			&cli.DurationFlag{
				Name: "repeat", Destination: &o.Repeat, Value: 5 * time.Second,
				Usage: "wake again after `TIME` of silence, then after twice as long; 0s never does", Action: cmdline.NotNegative[time.Duration]("repeat"),
			},
			cmdline.Payload(&o.Payload, site.Request(site.Milesight, codec.KindWake).Payload, "send `TEXT` to wake the camera; users report that any text does"),
			&cli.BoolFlag{
				Name: "no-wait", Destination: &o.NoWait, DisableDefaultText: true,
				Usage: "send the request, and do not wait for the camera",
			},
			cmdline.OneOf(&cli.StringFlag{
				Name: "then", Destination: &o.Then,
				Usage: "ask a camera that is awake for `WORD`: " + strings.Join(ask.ThenWords(), ", "),
			}, ask.ThenWords()...),
			cmdline.Yes(&o.Yes, ask.HarmfulWords()...),
		}, cmdline.Only(o.Connection.TopicFlags(), "status-topic"), o.Connection.Flags()),
		Action: func(c *cli.Context) error { return ask.Wake(c.Context, env, o, c.Args().Slice()) },
	}
}
