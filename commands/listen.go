package commands

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/listen"
	"mqtool/commands/internal/page"
	"mqtool/commands/internal/show"
	"mqtool/commands/internal/site"
)

func listenCommand(env *app.Env) *cli.Command {
	var o listen.Options
	text := func(name string, destination *string, usage string) *cli.StringFlag {
		return &cli.StringFlag{Name: name, Destination: destination, Usage: usage}
	}
	flip := func(name string, destination *bool, usage string) cli.Flag {
		return &cli.BoolFlag{Name: name, Destination: destination, Usage: usage, DisableDefaultText: true}
	}
	return &cli.Command{
		Name:      "listen",
		Usage:     "print, save and answer what devices publish",
		ArgsUsage: "[DEVICE...]",
		Description: `Without DEVICE everything that readers and cameras publish is printed, one line a
message; commands of others are not. DEVICE is a name in the configuration file, the id
of a reader or the MAC of a camera.

It listens until it is interrupted, until --count messages were printed, or until
--timeout or --idle; all of these are exit code 0, unless time ran out before the
--count was complete, or before anything was printed at all: then it is 4. When it is
interrupted before it is connected, or before the --count is complete, it is 130.

With --persistent the broker keeps what comes in while the connection is lost (QoS 1). A
message is acknowledged when its line was written, its picture has its name and its program
has ended. Events that are retained or old are never answered. More is in docs/listen.md.`,
		// The options that -h shows.
		UsageText: "json kind topic count timeout retained save broker username password",
		CustomHelpTemplate: cmdline.Examples(`
mqtool listen
mqtool listen --broker mqtts://host --username me --password - --json > log.jsonl
mqtool listen --kind snapshot --save pictures/
mqtool listen --count 1 --timeout 10s --retained none door
mqtool listen --allow tags.txt --debounce 5s DA1275B0
mqtool listen --persistent --client-id log1 --json >> log.jsonl
mqtool listen --topic 'site/#' --kind event --exec ./on-event --verbose`),
		Flags: slices.Concat(o.Output.Flags(), []cli.Flag{
			cmdline.OneOf(text("family", &o.Family, "only devices of `FAMILY`: "+strings.Join(site.Families(), ", ")), site.Families()...),
			&cmdline.Choice{
				StringFlag: text("kind", &o.Kinds, "only these `KINDS`, separated by commas: "+strings.Join(listen.Kinds(), ", ")),
				Words:      listen.Kinds(),
			},
			&cli.StringSliceFlag{
				Name: "topic", Aliases: []string{"t"}, KeepSpace: true,
				Usage: "listen to `FILTER` instead of the devices' topics; may be repeated",
			},
			text("share", &o.Share, "share the messages with the other listeners of `GROUP`"),
			&cli.IntFlag{
				Name: "qos", Aliases: []string{"q"}, Destination: &o.QoS, Value: 1, Category: cmdline.ConnectionCategory,
				Usage: "ask for messages with `QOS` 0, 1 or 2", Action: cmdline.QoS("qos"),
			},
			cmdline.Spec{Name: "wait-for-broker", Category: cmdline.ConnectionCategory, Usage: "wait for the broker if it is not there yet; --persistent does, too"}.OnOrOff(&o.Wait),
			&cli.IntFlag{
				Name: "count", Aliases: []string{"C"}, Destination: &o.Count, DefaultText: "no end",
				Usage: "end after `N` messages were printed", Action: cmdline.AtLeastOne("count"),
			},
			&cli.DurationFlag{
				Name: "timeout", Destination: &o.Timeout, DefaultText: "none",
				Usage: "end after `TIME` in all, such as 30s", Action: cmdline.Positive("timeout"),
			},
			&cli.DurationFlag{
				Name: "idle", Destination: &o.Idle, DefaultText: "none",
				Usage: "end when nothing was printed for `TIME`", Action: cmdline.Positive("idle"),
			},
			retainedFlag(&o.Retained),
			&cli.DurationFlag{
				Name: "debounce", Destination: &o.Debounce, DefaultText: "none",
				Usage:  "drop a tag that the same reader reported within `TIME`",
				Action: cmdline.Positive("debounce"),
			},
			&cli.StringSliceFlag{
				Name:  "expect",
				Usage: "tell of each device that is silent for `TIME`, or DEVICE=TIME",
			},
			flip("strict", &o.Strict, "exit with 1 when anything was lost, dropped, duplicated or failed"),
			&cli.StringFlag{
				Name: "output", Aliases: []string{"o"}, Destination: &o.File,
				Usage: "append the results to `FILE`, and open it again on SIGHUP",
			},
			flip("raw", &o.Raw, "print the payloads only, byte by byte, nothing between them"),
			flip("hex", &o.Hex, "print the payloads only, in hex, one a line"),
			flip("with-payload", &o.Payload, "with --json, add the payload in base64 as payload_base64"),
			text("tags", &o.Tags, "take from `FILE` whose tag it is (mqtool tags --help)"),
			flip("no-names", &o.NoNames, "do not say whose a tag is, for logs that must not hold persons"),
		}, o.Answer.Flags(), []cli.Flag{
			text("save", &o.Save, "write pictures to `DIR`, as MAC/TIME-FILE.jpg"),
			flip("verify", &o.Verify, "with --save, also decode the pixels and count the rows that are there"),
			show.Flag(&o.Show, show.Off),
			cmdline.Spec{Name: "page", Usage: "show all this in browsers at `ADDR` (this machine alone if left out)"}.Optional(&o.Page, page.Loopback, page.LooksLikeAddress),
			&cmdline.Rest{StringSliceFlag: &cli.StringSliceFlag{
				Name: "exec", KeepSpace: true,
				Usage: "run `PROGRAM ARGUMENT...` for each message; this option comes last",
			}},
		}, []cli.Flag{o.Connection.AnyIDFlag()}, o.Connection.ListenerFlags(), o.Connection.TopicFlags()),
		Action: func(c *cli.Context) error {
			o.Expect = c.StringSlice("expect")
			o.Topics, o.Exec = c.StringSlice("topic"), c.StringSlice("exec")
			return listen.Run(c.Context, env, o, c.Args().Slice())
		},
	}
}

// retainedFlag is the option that says which retained messages are printed. It once was a
// switch.
func retainedFlag(destination *string) cli.Flag {
	f := cmdline.OneOf(&cli.StringFlag{
		Name: "retained", Destination: destination, Value: "state",
		Usage: "print these retained `KINDS`: all, none, state",
	}, "all", "none", "state")
	check := f.Action
	f.Action = func(c *cli.Context, word string) error {
		switch word {
		case "true", "1":
			return app.Usagef("--retained %s: it is --retained all now", word)
		case "false", "0":
			return app.Usagef("--retained %s: it is --retained none now", word)
		}
		return check(c, word)
	}
	return f
}
