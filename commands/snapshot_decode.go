package commands

import (
	"slices"

	"mqtool/commands/internal/app"

	"mqtool/commands/internal/cmdline"

	"mqtool/commands/internal/pictures"
	"mqtool/commands/internal/show"

	"github.com/urfave/cli/v2"
)

func snapshotDecodeCommand(env *app.Env) *cli.Command {
	var o pictures.Options
	flip := func(name string, destination *bool, usage string) cli.Flag {
		return &cli.BoolFlag{Name: name, Destination: destination, DisableDefaultText: true, Usage: usage}
	}
	// xxd and transfer.exe are called with these. They say what we find out.
	habit := func(name string, more ...string) cli.Flag {
		return &cli.BoolFlag{Name: name, Aliases: more, Hidden: true, Usage: "accepted, since xxd and transfer.exe have it"}
	}
	return &cli.Command{
		Name:      "snapshot-decode",
		Usage:     "turn any dump of a snapshot message into its picture",
		ArgsUsage: "[INPUT...] [OUTPUT]",
		Description: `INPUT is what you saved or copied from an MQTT tool: hex in any grouping, listings
of xxd, hexdump, od or Wireshark, lists of 0x.. or \x.., base64, JSON, whole logs, or
the bytes themselves. The layout is recognized. A folder stands for the files in it, but
for pictures and hidden ones. "-" is standard input or output; a pipe needs no "-".

Without OUTPUT the picture is named after the camera and the time, if the message tells
them, else after INPUT, and put beside INPUT, or into OUTPUT if that is a directory. What
can be saved is saved: a cut picture is written as far as it goes, with exit code 3.

The last of several arguments is OUTPUT if it does not exist, or is a directory, a
picture, an empty file, a device or a FIFO; any other file is an INPUT and stays what it
is. --output says it for sure. Several INPUTs need a directory as OUTPUT, which is made
if it does not exist: write pictures/ with the slash.

With --all the pictures get the names that "listen --save" gives them, DIR/MAC/TIME-FILE.jpg,
so that both can share a directory, and a second run changes nothing.

Limits: a picture has at most 256 MiB, as has any MQTT message; JSON is nested at most
64 deep, far more than any device does. Text is read piece by piece and may be of any
length: memory does not grow with it. The messages of a capture (pcap) are put together
in memory, 64 MiB of them at a time.

What mosquitto_sub has written without -N may have line ends inside the picture, which
are not always seen. docs/snapshot-decode.md says what is read and when that happens.`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool snapshot-decode dump.txt out.jpg
mqtool snapshot-decode *.txt
mqtool snapshot-decode *.txt pictures/
mosquitto_sub -h broker -t 4GSolarCam/Snapshot -C 1 -N | mqtool snapshot-decode -o out.jpg
mqtool snapshot-decode --all pictures/ monday.log tuesday.log
mqtool snapshot-decode --info --json dump.txt`),
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{
				Name: "output", Aliases: []string{"o"}, Destination: &o.Target,
				Usage: "write to `OUTPUT`, a file, a directory or -; all arguments are INPUTs then",
			},
			&cli.StringFlag{
				Name: "all", Destination: &o.All,
				Usage: "write every picture of every INPUT below `DIR`, one file each",
			},
			&cli.IntFlag{
				Name: "index", Destination: &o.Index, DefaultText: "the first with pixels",
				Usage: "write the `N`th picture of INPUT",
			},
			flip("info", &o.Info, "print what was found and write nothing"),
			flip("complete", &o.Strict, "write no picture that is cut or empty"),
			show.Flag(&o.Show, show.Off),
			flip("verify", &o.Verify, "also decode the pixels and count the rows that are there; slower"),
			flip("force", &o.Force, "replace a file that is not a picture, or whose name was not given as OUTPUT"),
			&cli.StringFlag{
				Name: "header", Destination: &o.Prefix,
				Usage: "write the bytes before the picture to `FILE`; their meaning is unknown",
			},
			cmdline.Quiet(&o.Quiet),
			habit("r"), habit("p", "ps"),
		}, o.Output.Flags()),
		Action: func(c *cli.Context) error {
			if c.IsSet("index") && o.Index < 1 {
				return app.Usagef("snapshot-decode: --index %d: pictures are counted from 1", o.Index)
			}
			return pictures.Decode(c.Context, env, o, c.Args().Slice())
		},
	}
}
