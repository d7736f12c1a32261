package commands

import (
	"slices"

	"github.com/urfave/cli/v2"
)

type snapshotDecodeOptions struct {
	output outputOptions
	target string // --output, which names OUTPUT for sure
	all    string // directory for every picture; "" for one picture of each INPUT
	index  int    // which picture; 0 for the first that has pixels
	info   bool   // write nothing
	strict bool   // refuse pictures that are not complete
	verify bool   // decode the pixels, too
	force  bool   // replace what would be kept
	prefix string // where the bytes before the picture go
}

func snapshotDecodeCommand(env *environment) *cli.Command {
	var o snapshotDecodeOptions
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
length: memory does not grow with it.`,
		CustomHelpTemplate: examples(`
mqtool snapshot-decode dump.txt out.jpg
mqtool snapshot-decode *.txt
mqtool snapshot-decode *.txt pictures/
mosquitto_sub -h broker -t 4GSolarCam/Snapshot -C 1 -N | mqtool snapshot-decode -o out.jpg
mqtool snapshot-decode --all pictures/ monday.log tuesday.log
mqtool snapshot-decode --info --json dump.txt`),
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{
				Name: "output", Aliases: []string{"o"}, Destination: &o.target,
				Usage: "write to `OUTPUT`, a file, a directory or -; all arguments are INPUTs then",
			},
			&cli.StringFlag{
				Name: "all", Destination: &o.all,
				Usage: "write every picture of every INPUT below `DIR`, one file each",
			},
			&cli.IntFlag{
				Name: "index", Destination: &o.index, DefaultText: "the first with pixels",
				Usage: "take the `N`th picture of INPUT",
			},
			flip("info", &o.info, "say what is there and write nothing"),
			flip("strict", &o.strict, "write no picture that is cut or empty"),
			flip("verify", &o.verify, "decode the pixels, too, and say which rows are there; slower"),
			flip("force", &o.force, "replace a file that is not a picture, or whose name was not given as OUTPUT"),
			&cli.StringFlag{
				Name: "prefix", Destination: &o.prefix,
				Usage: "write the bytes before the picture to `FILE`: nobody knows yet what they mean",
			},
			habit("r"), habit("p", "ps"),
		}, outputFlags(&o.output)),
		Action: func(c *cli.Context) error {
			if c.IsSet("index") && o.index < 1 {
				return usageErrorf("snapshot-decode: --index %d: pictures are counted from 1", o.index)
			}
			return runSnapshotDecode(c.Context, env, o, c.Args().Slice())
		},
	}
}

// check finds options that do not go together.
func (o *snapshotDecodeOptions) check() error {
	switch {
	case o.target != "" && (o.all != "" || o.info):
		return usageErrorf("snapshot-decode: with --all and --info there is no OUTPUT")
	case o.all != "" && (o.index != 0 || o.prefix != "" || o.info):
		return usageErrorf("snapshot-decode: --all does not go with --index, --prefix or --info")
	case o.all == "-":
		return usageErrorf("snapshot-decode: --all - cannot be: many pictures need a directory; for one picture on standard output write - as OUTPUT")
	case o.prefix == "-":
		return usageErrorf("snapshot-decode: --prefix - cannot be: standard output is for the picture; name a file")
	case o.verify && o.info:
		return usageErrorf("snapshot-decode: --info writes nothing, so --verify does not go with it")
	case o.prefix != "" && o.info:
		return usageErrorf("snapshot-decode: --info writes nothing, so --prefix does not go with it")
	}
	return nil
}
