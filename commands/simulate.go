package commands

import (
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/ask"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/human"
	"mqtool/commands/internal/simulate"
)

func simulateCommand(env *app.Env) *cli.Command {
	var o simulate.Options
	return &cli.Command{
		Name:      "simulate",
		Usage:     "pretend to be readers and cameras, with a broker of its own if wanted",
		ArgsUsage: "| mqtool simulate COMMAND",
		Description: `Without COMMAND there are a reader and two sleeping cameras, one of each generation, as
the vendors describe them; simulate reader and simulate camera have more to choose
from. They stay until they are interrupted, which is exit code 0.

A line is printed for all that a device sends and does: what its LEDs, buzzer and relay
would show, when it sleeps and wakes, and what it discards, of which a real device says
nothing. Where the devices are not documented, the behavior is a guess: docs/protocols.md
says which parts are guesses.

--serve makes mqtool the broker as well; nothing else needs to be installed. ADDR is
HOST:PORT, or a port of this machine, 0 for a free one; other machines can connect only if
HOST says so (0.0.0.0:1883). It is a broker for the desk: nothing is kept on disk, and
clients that speak MQTT 5 are refused.
--serve-tls makes a certificate for a month; its authority is in a file as long as the
broker runs. mqtool says on stderr how to connect.

A device that has lost its connection keeps what it sends, within limits, and sends it
when the connection is back.`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool simulate --serve
mqtool simulate --broker mqtt://broker.example
mqtool simulate reader --serve 0.0.0.0:1883 --serve-user me --serve-password-file secret
mqtool simulate camera --broker site1 --asleep --generation a
mqtool simulate replay capture.jsonl --broker site1 --speed 10x`),
		Flags: o.Flags(),
		Subcommands: []*cli.Command{
			simulateReaderCommand(env),
			simulateCameraCommand(env),
			simulateReplayCommand(env),
		},
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return cmdline.UnknownCommand(c.Args().First(), c.Command.Subcommands)
			}
			o.Devices = 1
			return runSimulated(c, env, o, simulate.Demo)
		},
	}
}

func simulateReaderCommand(env *app.Env) *cli.Command {
	var o simulate.Options
	r := &o.Reader
	text := func(name string, destination *string, usage, value string) *cli.StringFlag {
		return &cli.StringFlag{Name: name, Destination: destination, Usage: usage, DefaultText: value}
	}
	return &cli.Command{
		Name:  "reader",
		Usage: "pretend to be SpringCore readers with tags in front of them",
		Description: `A tag comes at the --rate, stays for four fifths of the time until the next one, and is
reported again every 3s (register 02A1) while it stays. The reader publishes META and STATUS
when it connects, STATUS every 30s, and has the last will offline,dead if it has a
connection of its own. It obeys JSON and $SCCMD on its command topic, and discards what a
reader would discard: forbidden combinations, wrong checksums, $SCCMD messages of 256
characters and more.

--registers takes a configuration as "mqtool config registers make --json" prints it:
movements and the format (02A0), repeats (02A1), QoS, will, retained and the time between
two STATUS (0289), volume (02D8).

With several --devices the ids are counted on from --id, and instead of a line for each
action there is one every 5s; --verbose and --json print all.`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool simulate reader --serve
mqtool simulate reader --id DA1275B0 --tags tags.txt --rate 30/m --format scrdr
mqtool simulate reader --registers door.json --count 10 --json
mqtool simulate reader --devices 1000 --rate 2/s --broker mqtt://127.0.0.1`),
		Flags: slices.Concat([]cli.Flag{
			text("id", &r.ID, "use `ID` for the reader", simulate.DefaultReader),
			&cli.IntFlag{
				Name: "count", Destination: &r.Count, DefaultText: "no end",
				Usage: "end after `N` events of all readers", Action: cmdline.AtLeastOne("count"),
			},
			text("rate", &r.Rate, "bring a tag to each reader `N`/s, N/m or N/h", simulate.DefaultRate),
			cmdline.OneOf(text("format", &r.Format, "send events in `FORMAT` json, scrdr or, as older firmware sends them, json2021", "json"), "json", "scrdr", "json2021"),
			text("tags", &r.Tags, "take the tags from `FILE`, one id a line, comments after #", "two made up"),
			text("registers", &r.Registers, "take the reader's registers from `FILE`", "as from the factory"),
		}, o.FleetFlags(), o.Flags()),
		Action: func(c *cli.Context) error { return runSimulated(c, env, o, simulate.Readers) },
	}
}

func simulateCameraCommand(env *app.Env) *cli.Command {
	var o simulate.Options
	k := &o.Camera
	flip := func(name string, destination *bool, usage string) cli.Flag {
		return &cli.BoolFlag{Name: name, Destination: destination, Usage: usage, DisableDefaultText: true}
	}
	text := func(name string, destination *string, usage, value string) *cli.StringFlag {
		return &cli.StringFlag{Name: name, Destination: destination, Usage: usage, DefaultText: value}
	}
	return &cli.Command{
		Name:  "camera",
		Usage: "pretend to be Milesight 4G cameras",
		Description: `A camera that is awake answers a status request and takes reboot, shutdown and upgrade;
after a minute without a request it sleeps. Any payload wakes it: it publishes its status
and a picture. It also wakes by itself every 10m for a picture; every fourth one comes
with an alarm.

Generation a sends some bytes and the picture, b sends JSON with the picture in it.
--faults sends in turn what real ones were seen to do wrong: a picture of 22 bytes, a cut
one, a burst of 17, base64 text instead of bytes, MACs in lower case and with colons,
JSON without its last brace, an array of two messages, a picture in numbered pieces.

With several --devices the MACs are counted on from --mac, and instead of a line for each
action there is one every 5s; --verbose and --json print all.`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool simulate camera --serve --asleep
mqtool simulate camera --mac 5c:c5:63:8a:e2:4c --generation a --picture yard.jpg --every 30s
mqtool simulate camera --faults --every 2s --broker mqtt://127.0.0.1`),
		Flags: slices.Concat([]cli.Flag{
			text("mac", &k.MAC, "use the address `MAC` for the camera", simulate.DefaultCamera),
			cmdline.OneOf(text("generation", &k.Generation, "speak as `GENERATION` a (bytes) or b (JSON)", "b"), "a", "b"),
			text("picture", &k.Picture, "send the `FILE`, or the .jpg files in a directory one after the other, not pictures drawn with time and MAC", "generated"),
			flip("asleep", &k.Asleep, "let it sleep at the start"),
			&cli.DurationFlag{
				Name: "wake-after", Destination: &k.WakeAfter, Value: simulate.DefaultWakeAfter, DefaultText: human.Duration(simulate.DefaultWakeAfter),
				Usage: "let it take `TIME` to wake", Action: cmdline.NotNegative[time.Duration]("wake-after"),
			},
			&cli.DurationFlag{
				Name: "every", Destination: &k.Every, Value: simulate.DefaultEvery, DefaultText: human.Duration(simulate.DefaultEvery),
				Usage: "send a picture every `TIME`; with 0s only when it is woken", Action: cmdline.NotNegative[time.Duration]("every"),
			},
			flip("faults", &k.Faults, "make the faults that real cameras make"),
		}, o.FleetFlags(), o.Flags()),
		Action: func(c *cli.Context) error { return runSimulated(c, env, o, simulate.Cameras) },
	}
}

// runSimulated refuses arguments, of which there are none.
func runSimulated(c *cli.Context, env *app.Env, o simulate.Options, makeDevices simulate.Maker) error {
	if c.Args().Present() {
		return app.Usagef("unexpected argument %q", c.Args().First())
	}
	return simulate.Run(c.Context, env, o, makeDevices)
}

func simulateReplayCommand(env *app.Env) *cli.Command {
	var o simulate.Options
	var speed string
	var yes bool
	return &cli.Command{
		Name:      "replay",
		Usage:     "publish again what was captured",
		ArgsUsage: "FILE",
		Description: `FILE is what "mqtool listen --json --with-payload" has printed, or - for standard input.
Each message is published on its topic, with its QoS, retained if it was, and at the
same intervals; --speed 10x is ten times as fast, --speed max does not wait.

Clients that listen meanwhile get the captured messages. Only messages that were retained
before the capture are retained again; a listener that is there already gets them without
that mark.

Messages to devices are published, too, but never retained; shutdown and upgrade of a
camera need --yes.`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool listen --json --with-payload > capture.jsonl
mqtool simulate replay capture.jsonl --broker mqtt://127.0.0.1 --speed 10x`),
		Flags: append([]cli.Flag{
			&cli.StringFlag{
				Name: "speed", Destination: &speed, DefaultText: "1x",
				Usage: "publish so many `TIMES` as fast: 10x, 0.5x, or max",
			},
			cmdline.Yes(&yes, ask.HarmfulWords()...),
		}, o.Flags()...),
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return app.Usagef("name a FILE that listen --json --with-payload has printed, or - for standard input")
			}
			return simulate.Replay(c.Context, env, o, c.Args().First(), speed, yes)
		},
	}
}
