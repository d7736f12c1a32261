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
	"mqtool/commands/internal/registers"
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
two topics are set in the camera's web page, and what the JSON may hold is not
documented. In the topics {device} stands for the MAC. White space around the JSON is
not sent.`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool config gate reboot --wait
mqtool config 5CC5638AE24C upgrade --yes
mqtool config gate request --request-topic {device}/ask --respond-topic {device}/say '{"a":1}'
mqtool config gate request --request-topic T1 --respond-topic T2 --count 0 - < ask.json
mqtool config registers make --broker site1`),
		Flags: slices.Concat(o.Output.Flags(), []cli.Flag{
			cmdline.Quiet(&o.Quiet),
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

// registersCommand is the subcommand of config for the registers of readers. It needs no
// broker.
func registersCommand(env *app.Env) *cli.Command {
	return &cli.Command{
		Name:  "registers",
		Usage: "make or check the registers of a SpringCard reader",
		Description: `A reader keeps its settings, also those of the broker, in numbered registers. The vendor's
tool sets them. "make" prints which registers to set, and to what; "check" reads a dump.`,
		Subcommands: []*cli.Command{
			registersMakeCommand(env),
			registersCheckCommand(env),
		},
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return cmdline.UnknownCommand(c.Args().First(), c.Command.Subcommands)
			}
			return app.Usagef("config registers: make or check?")
		},
	}
}

func registersMakeCommand(env *app.Env) *cli.Command {
	o := new(registers.MakeOptions)
	text := func(name string, destination *string, usage string) cli.Flag {
		return &cli.StringFlag{Name: name, Destination: destination, Usage: usage}
	}
	onOff := func(name string, destination *bool, usage string) cli.Flag {
		return &cli.BoolFlag{Name: name, Destination: destination, Usage: usage, DisableDefaultText: true}
	}
	return &cli.Command{
		Name:  "make",
		Usage: "print the registers that make a reader work with a broker",
		Description: `The options name the broker, as for every command that connects, but this command connects
to nothing: user name, password and client id are those that the reader will use. Each reader needs a
client id of its own; without --client-id and --device-id it takes its serial number for both,
and one of them stands for the other.

The result is a table to type in or, with --json, what the vendor's tool loads. A
password is masked in the table and left out of the JSON, unless --show-secrets.

A reader holds certificates in 16 slots, 0 to F. --ca and --cert only say that there is a
certificate: it has to be loaded into the reader. With --cert the reader shows the certificate
that it was made with, which the broker can verify by "SpringCore Client CA".`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool config registers make --broker broker.example.com
mqtool config registers make --broker mqtts://broker.example --username door --password-file pw
mqtool config registers make --broker hall --template FF --show-secrets --json > reader.json
mqtool config registers make --broker 10.0.0.5 --reader-ip 10.0.0.20/24 --reader-gateway 10.0.0.1`),
		Flags: slices.Concat([]cli.Flag{
			text("device-id", &o.DeviceID, "the reader's `ID` in topics"),
			cmdline.OneOf(&cli.StringFlag{
				Name: "format", Destination: &o.Format, Value: "json", Usage: "events are of `FORMAT` json or scrdr",
			}, "json", "scrdr"),
			onOff("movement", &o.Movement, "report when a tag comes and when it goes, not only that it was read"),
			text("template", &o.Template, "template 1 reads `KIND`, two hex digits: FF is the number of any tag"),
			text("ca-slot", &o.CASlot, "the CA of the broker is in slot `S` of the reader, 0 to F (default: 0)"),
			onOff("client-certificate", &o.Certificate, "the reader shows the certificate that it was made with; --cert implies it"),
			onOff("issuer", &o.Issuer, "the reader also shows the certificate of its issuer"),
			onOff("aws", &o.AWS, "set the reader up for AWS IoT: both certificates, nothing retained, topics created first"),
			text("reader-ip", &o.IP, "`ADDRESS/BITS` of the reader, such as 10.0.0.20/24 (default: by DHCP)"),
			text("reader-gateway", &o.Gateway, "`ADDRESS` of the reader's gateway"),
			&cli.StringSliceFlag{
				Name:  "reader-dns",
				Usage: "`ADDRESS` of the reader's DNS server; up to two",
			},
			onOff("flat", &o.Flat, "with --json, print addresses of four digits, without sections"),
			onOff("show-secrets", &o.ShowSecrets, "show the password"),
		}, o.Output.Flags(), o.ConnectionFlags()),
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return app.Usagef("config registers make: what is %q? The broker is named with --broker", c.Args().First())
			}
			o.DNS = c.StringSlice("reader-dns")
			return registers.Make(c.Context, env, o)
		},
	}
}

func registersCheckCommand(env *app.Env) *cli.Command {
	var o registers.CheckOptions
	return &cli.Command{
		Name:      "check",
		Usage:     "explain a dumped configuration in words, and find its faults",
		ArgsUsage: "FILE",
		Description: `FILE is JSON as the vendor's tool writes it, in either form:
   {"config":{"C0":"64","86.s":"broker.example"},"templates":{"10":"FF"}}
   {"02C0":"64","0286.s":"broker.example","0310":"FF"}
"-" is standard input. A register that is not listed counts with its default, because
writing the file sets it to that.

Errors keep the reader from working with a broker: exit code 3. Warnings change the exit
code only with --strict. Passwords and keys are masked, unless --show-secrets.`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool config registers check reader.json
mqtool config registers make --broker hall --json | mqtool config registers check -
mqtool config registers check --json door.json | jq -r 'select(.kind == "finding").data.problem'`),
		Flags: slices.Concat([]cli.Flag{
			&cli.BoolFlag{
				Name: "strict", Destination: &o.Strict, DisableDefaultText: true,
				Usage: "count warnings as errors",
			},
			&cli.BoolFlag{
				Name: "show-secrets", Destination: &o.ShowSecrets, DisableDefaultText: true,
				Usage: "show passwords and keys",
			},
		}, o.Output.Flags()),
		Action: func(c *cli.Context) error {
			return registers.Check(c.Context, env, o, c.Args().Slice())
		},
	}
}
