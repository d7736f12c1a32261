package commands

import (
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/tags"
)

func tagsCommand(env *app.Env) *cli.Command {
	var o tags.LearnOptions
	return &cli.Command{
		Name:      "tags",
		Usage:     "check and extend the list of tags that may come in",
		ArgsUsage: "COMMAND",
		Description: `A list has a tag on each line: its id alone, or the columns id, person, doors, from and until
as a spreadsheet writes them, with commas, semicolons or tabs between them. What is empty sets
no limit. Several doors have blanks between them; they are ids, or names in the configuration
file. From and until are days such as 2026-11-28, or 2026-11-28T08:30; the last day counts.
A remark begins with #.

   047DAE02C84080
   04A1B2C3D4E5F6,Anna
   04A1B2C3D4E5F7,Bea,door garage,2026-12-01,2026-12-24

The configuration file can have tags, too, and so can any file whose name ends in .toml:

   [tag.Anna]
   id = "04A1B2C3D4E5F6"
   doors = ["door", "garage"]
   until = 2026-12-24

"listen --allow FILE" accepts the tags of a list and denies the rest. With --tags FILE, or
tags = "FILE" at the top of the configuration file, or [tag.NAME] in it, listen says whose
tag it is; --no-names leaves that out. A tag in both places of the configuration is an error.
Names of persons in a log are personal data: keep them no longer than you need them.`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool tags check tags.csv
mqtool tags learn door --file tags.csv --name Anna`),
		Subcommands: []*cli.Command{
			{
				Name: "check", Usage: "check a list for mistakes", ArgsUsage: "FILE...",
				Action: func(c *cli.Context) error { return tags.Check(env, c.Args().Slice()) },
			},
			{
				Name: "learn", Usage: "add the next unknown tag that is shown to a reader", ArgsUsage: "DOOR",
				Description: `The reader winks when the tag is in the list. A tag that is known already, and a second one
within two seconds, are errors: nothing is added then.`,
				Flags: slices.Concat([]cli.Flag{
					&cli.StringFlag{Name: "file", Destination: &o.File, Usage: "the list is `FILE`, which is made if it is not there"},
					&cli.StringFlag{Name: "name", Destination: &o.Person, Usage: "the tag is that of `NAME`"},
					cmdline.Timeout(&o.Timeout, time.Minute, "give up after `TIME`"),
					o.Connection.AnyIDFlag(),
				}, cmdline.Only(o.Connection.TopicFlags(), "prefix"), o.Connection.Flags()),
				Action: func(c *cli.Context) error { return tags.Learn(c.Context, env, o, c.Args().Slice()) },
			},
		},
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return cmdline.UnknownCommand(c.Args().First(), c.Command.Subcommands)
			}
			return app.Usagef("tags: check or learn?")
		},
	}
}
