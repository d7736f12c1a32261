package commands

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/ask"
	"mqtool/commands/internal/cmdline"
)

func configCommand(env *app.Env) *cli.Command {
	var o ask.ConfigOptions
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
		ArgsUsage: "CAMERA " + strings.Join(ask.Words(), "|") + "\n   mqtool config [OPTIONS] CAMERA " + ask.RequestWord + " JSON|-\n   mqtool config registers make|check ...",
		Description: `CAMERA is a name in the configuration file or a MAC address in any usual spelling. It
must be awake (see "mqtool wake --then"). In the vendor's words:` + meanings.String() + `

A camera does not acknowledge these words: without --wait the command ends when the
broker has the message. How to get a camera back after "shutdown" is not documented; it
may need a visit. For any other word there is "mqtool send --topic".

"` + ask.RequestWord + `" sends JSON to a camera with newer firmware, and prints what it responds. Its
two topics are set in the camera's web page, and what the JSON can say is not
documented. In the topics {device} stands for the MAC. White space around the JSON is
not sent.`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool config gate reboot --wait
mqtool config 5CC5638AE24C upgrade --yes
mqtool config gate request --request-topic {device}/ask --respond-topic {device}/say '{"a":1}'
mqtool config gate request --request-topic T1 --respond-topic T2 --count 0 - < ask.json
mqtool config registers make --broker site1`),
		Flags: slices.Concat(o.Output.Flags(), []cli.Flag{
			cmdline.Timeout(&o.Timeout, time.Minute, "give up after `TIME`"),
			cmdline.Yes(&o.Yes, ask.HarmfulWords()...),
			&cli.BoolFlag{
				Name: "wait", Destination: &o.Wait, DisableDefaultText: true,
				Usage: "wait for the next status that the camera publishes",
			},
			&cli.StringFlag{
				Name: "request-topic", Destination: &o.RequestTopic,
				Usage: ask.RequestWord + ": the camera's Configure Request `TOPIC`",
			},
			&cli.StringFlag{
				Name: "respond-topic", Destination: &o.RespondTopic,
				Usage: ask.RequestWord + ": its Configure Respond `TOPIC`",
			},
			&cli.IntFlag{
				Name: "count", Destination: &o.Count, Value: 1,
				Usage:  ask.RequestWord + ": wait for `N` messages; with 0 until --timeout",
				Action: cmdline.NotNegative[int]("count"),
			},
			&cli.BoolFlag{
				Name: "raw", Destination: &o.Raw, DisableDefaultText: true,
				Usage: ask.RequestWord + ": print the payloads as they are, and nothing else",
			},
		}, cmdline.Only(o.Connection.TopicFlags(), "status-topic"), o.Connection.Flags()),
		Subcommands: []*cli.Command{registersCommand(env)},
		Action:      func(c *cli.Context) error { return ask.Config(c.Context, env, o, c.Args().Slice()) },
	}
}
