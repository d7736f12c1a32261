package commands

import (
	"slices"

	"github.com/urfave/cli/v2"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/setup"
)

func initCommand(env *app.Env) *cli.Command {
	var o setup.Options
	return &cli.Command{
		Name:  "init",
		Usage: "write the configuration file: ask, try, and name the devices that are heard",
		Description: `Asks for the broker, the user and where the password lies, unless an option or a variable
says it, and tries them as "mqtool doctor" does. If the key of --key is encrypted, it asks for
the password of the key, too. Then it lists the devices that it hears,
and asks for their names. The file has comments for all that stands in it; only its user
can read it.

Nothing is overwritten, and nothing is written before the last answer: Ctrl-C leaves no
file. The file is mqtool/config.toml in the user's configuration directory (~/.config), or
what --config or MQTOOL_CONFIG names.

A password is never typed as an option. When the file that is named for it is not there,
init asks for the password and writes that file, too.`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool init
mqtool init --broker mqtts://broker.example --username alice
mqtool init --yes --broker broker.example --config /etc/mqtool/config.toml
mqtool init --demo`),
		Flags: slices.Concat([]cli.Flag{
			&cli.BoolFlag{Name: "yes", Destination: &o.Yes, DisableDefaultText: true, Usage: "ask nothing: what options and variables do not say is not there"},
			&cli.BoolFlag{Name: "demo", Destination: &o.Demo, DisableDefaultText: true, Usage: `write a file for the devices of "mqtool simulate --serve"; nothing is asked or tried`},
		}, cmdline.Only(o.Connection.Flags(), "broker", "port", "tls", "ca", "cert", "key", "insecure", "username", "password-file", "config"),
			o.Connection.TopicFlags()),
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return app.Usagef("unexpected argument %q", c.Args().First())
			}
			return setup.Run(c.Context, env, o)
		},
	}
}
