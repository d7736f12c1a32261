package commands

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/send"
)

func sendCommand(env *app.Env) *cli.Command {
	var o send.Options
	action := func(name string, destination *bool, usage string) cli.Flag {
		return &cli.BoolFlag{Name: name, Destination: destination, Usage: usage, DisableDefaultText: true}
	}
	text := func(name string, destination *string, usage string) cli.Flag {
		return &cli.StringFlag{Name: name, Destination: destination, Usage: usage}
	}
	return &cli.Command{
		Name:      "send",
		Usage:     "tell readers to light, beep or switch something, or publish anything",
		ArgsUsage: "READER...\n   mqtool send [OPTIONS] --topic TOPIC PAYLOAD",
		Description: `It sends a command to readers: names in the configuration file, or the ids in their topics.
A reader plays a sequence, or lights its LEDs and beeps; it cannot do both at once. It
does not answer.

LEDS are eight hex digits, two for each LED; or one mode for all of them; or four modes,
separated by commas. A mode is on, off, breathing, two hex digits, a frequency (0.25, 0.5,
1, 2, 3, 4, 5, 6.66, 10, 15 or 20 Hz), or a frequency and a pattern, as listen shows them:
   --leds on    --leds 2Hz,off,off,on    --leds '1 Hz: 2 short flashes, 10 % each'

Sequences, of which a reader may not know all:
` + sequenceList() + `
With --topic it publishes any payload on any topic: PAYLOAD, standard input ("-"), or a
file. With --lines each line of standard input, or of the file, is a message of its own:
they go out in order, without waiting for one another, and the broker has to acknowledge
all. When the connection is lost it ends with 1, and says from which line on they are
missing.

--retain is refused where devices take commands: the broker would repeat the command each
time that a device connects. Only an empty payload, which deletes what is retained, may
go there.

Success means that the broker has acknowledged every message; with --qos 0 it
acknowledges nothing. --json then prints the messages, except with --lines. A broker that
does not let this user publish on a topic cannot say so in MQTT 3.1.1: it acknowledges the
message and drops it, or hangs up.`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool send door --accept
mqtool send door DA1275C1 --leds 2Hz,off,off,off --buzzer 100ms
mqtool send door --sequence "please wait" --text
mqtool send --topic site/door/state --retain open
mqtool send --topic 4GSolarCam/Snapshot --file snapshot.bin
tail -f events.log | mqtool send --topic site/events --lines
mqtool send --topic site/door/rdr/cmd --retain ''          # delete a retained command`),
		Flags: slices.Concat([]cli.Flag{
			action("wink", &o.Wink, `"which one are you?" (sequence 0E)`),
			action("accept", &o.Accept, "access granted (sequence 60)"),
			action("deny", &o.Deny, "access denied (sequence 61)"),
			action("failed", &o.Failed, "the tag could not be read, which is not \"denied\" (sequence 24)"),
			text("sequence", &o.Sequence, "play `SEQUENCE`: its name, or two hex digits"),
			text("leds", &o.LEDs, "light `LEDS`; see above"),
			text("buzzer", &o.Buzzer, "beep for `TIME`: 100ms; 0s for silence"),
			text("relay", &o.Relay, "switch the relay to `STATE`, on or off; several relays are separated by commas"),
			action("text", &o.Text, "send a $SCCMD line instead of JSON"),
			&cli.StringFlag{Name: "topic", Aliases: []string{"t"}, Destination: &o.Topic, Usage: "publish on `TOPIC`"},
			text("file", &o.File, "take the payload, or the lines of --lines, from `FILE`"),
			action("from-hex", &o.Hex, "read the payload, or each line, as hex digits"),
			action("lines", &o.Lines, "publish standard input line by line, without the line ends"),
			&cli.IntFlag{
				Name: "qos", Aliases: []string{"q"}, Destination: &o.QoS, Value: 1,
				Usage: "quality of service `QOS`: 0, 1 or 2", Action: cmdline.QoS("qos"),
			},
			action("retain", &o.Retain, "let the broker retain the message for clients that subscribe later"),
			o.Connection.AnyIDFlag(),
			action("dry-run", &o.DryRun, "print what would be sent, and send nothing"),
			cmdline.Quiet(&o.Quiet),
			&cli.DurationFlag{
				Name: "timeout", Destination: &o.Timeout, Value: 10 * time.Second,
				Usage: "fail after `TIME`; with --lines, when the broker acknowledges nothing for that long",
			},
		}, o.Output.Flags(), o.Connection.Flags(), o.Connection.TopicFlags()[:1]), // --prefix
		Action: func(c *cli.Context) error { return send.Run(c.Context, env, o, c.Args().Slice()) },
	}
}

// sequenceList is the part of the help that names the sequences.
func sequenceList() string {
	var b strings.Builder
	for i, s := range codec.Sequences() {
		format := "   %-28s"
		if i%3 == 2 {
			format = "   %s\n"
		}
		fmt.Fprintf(&b, format, s)
	}
	return strings.TrimRight(b.String(), " \n") + "\n"
}
