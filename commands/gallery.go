package commands

import (
	"slices"

	"github.com/urfave/cli/v2"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/gallery"
	"mqtool/commands/internal/show"
)

func galleryCommand(env *app.Env) *cli.Command {
	var o gallery.Options
	return &cli.Command{
		Name:      "gallery",
		Usage:     "make a page, or a film, of saved pictures",
		ArgsUsage: "DIR",
		Description: `DIR is the directory of "listen --save" or "snapshot-decode --all", or the folder of one
camera in it. The page shows the pictures by day and camera in any browser, without a
server: it refers to the files, and needs nothing from elsewhere. Cameras have their names
in the configuration file. A page of mqtool is replaced; any other file is an error.

In the page, click a picture or press Enter on it; then the arrow keys go on and back,
Home and End to the first and last picture, p plays them, Esc closes.

--avi writes the pictures of one camera, unchanged, into an AVI file, ten a second; PNG, GIF
and WebP are left out. --show writes no file: the pictures appear in the terminal.`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool gallery pictures
mqtool gallery pictures --output /srv/www/cameras.html
mqtool gallery pictures --day 2026-11-28 --embed --output mail.html
mqtool gallery pictures/5CC5638AE24C --avi november.avi
mqtool gallery pictures --day 2026-11-28 --show auto`),
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Destination: &o.Output, DefaultText: "index.html in DIR", Usage: "write the page to `FILE`, - for standard output"},
			&cli.StringFlag{Name: "avi", Destination: &o.AVI, Usage: "write a time-lapse to `FILE`, and no page"},
			&cli.StringFlag{Name: "day", Destination: &o.Day, DefaultText: "all", Usage: "only pictures of this `DATE`, such as 2026-11-28"},
			&cli.BoolFlag{Name: "embed", Destination: &o.Embed, DisableDefaultText: true, Usage: "put the pictures themselves into the page, to mail it"},
			show.Flag(&o.Show, show.Off),
		}, cmdline.Only(o.Connection.Flags(), "config")),
		Action: func(c *cli.Context) error { return gallery.Make(c.Context, env, o, c.Args().Slice()) },
	}
}
