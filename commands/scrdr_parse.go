package commands

import (
	"slices"

	"github.com/urfave/cli/v2"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/scrdr"
)

func scrdrParseCommand(env *app.Env) *cli.Command {
	var o scrdr.Options
	return &cli.Command{
		Name:      "scrdr-parse",
		Usage:     "turn the messages of SpringCard readers into readable lines, JSON or CSV",
		ArgsUsage: "[FILE...]",
		Description: `It reads $SCRDR and $SCCMD lines and the readers' JSON messages, from files or from
standard input ("-"). A line may be a message, or a line of a log that ends with one:
what stands before it may hold the topic (mosquitto_sub -v) and the time, as seconds
since 1970 or as RFC 3339. A JSON message may go on over several lines, or lie in that
of another program (mosquitto_sub -F %j, docker, journald, an export of MQTTX); its
bytes may be written as hex, base64 or b'...'. What mqtool printed with --json is read
as well. A message means the same as live: each reading is that of mqtool listen.

Lines without a message are skipped and counted. A line that shows a sign of one
($SC..., TagId, a topic that ends in /rdr/evt) and cannot be read is an error.

A bad message is reported as FILE:LINE: reason, with a mark under the place, and
does not stop the rest. Lines can have 256 KiB, $SC messages and JSON on several lines
64 KiB, as readers send them.

Interface and protocol codes print as 0x.., because their meaning is not public. A
file for --codes names those that you know:
   [interface]
   "13" = "13.56"
   [protocol]
   "01" = "NFC-A"

CSV has a header and fixed columns. Text in it that begins with = + - or @ (also in full
width) gets an apostrophe in front, so that no spreadsheet takes it for a formula;
control characters are written as \n, \x1b and the like. JSON Lines have everything unchanged.

--follow reads one file from its start and waits for more, also when the file is
replaced; or a FIFO; or a serial device, which must be set up before:
   stty -F /dev/ttyUSB0 38400 raw -echo`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool scrdr-parse door.log
mosquitto_sub -t 'springcard/springcore/+/rdr/#' -F '%U %t %p' | mqtool scrdr-parse --json
mqtool scrdr-parse --csv --codes codes.toml monday.log tuesday.log > week.csv
mqtool scrdr-parse --follow --json /dev/ttyUSB0 | jq -r 'select(.kind == "event").data.tag_id'
echo '$SCCMD;LEDS=92929292;BUZZ=0064' | mqtool scrdr-parse`),
		Flags: slices.Concat(o.Output.Flags(), []cli.Flag{
			&cli.BoolFlag{
				Name: "csv", Destination: &o.CSV,
				Usage: "print CSV", DisableDefaultText: true,
			},
			cmdline.OneOf(&cli.StringFlag{
				Name: "checksum", Destination: &o.Checksum, Value: "either",
				Usage: "check that a checksum is right by `RULE`: either, exclusive (without $ and *), inclusive (with them) or ignore",
			}, "either", "exclusive", "inclusive", "ignore"),
			&cli.StringFlag{
				Name: "codes", Destination: &o.Codes,
				Usage: "take the names of interface and protocol codes from `FILE` (TOML)",
			},
			&cli.BoolFlag{
				Name: "strict", Destination: &o.Strict,
				Usage: "count a line without a message as an error", DisableDefaultText: true,
			},
			&cli.BoolFlag{
				Name: "follow", Destination: &o.Follow,
				Usage: "wait for more lines until interrupted", DisableDefaultText: true,
			},
		}),
		Action: func(c *cli.Context) error {
			return scrdr.Parse(c.Context, env, o, c.Args().Slice())
		},
	}
}
