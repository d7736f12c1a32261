// Package gallery makes saved pictures visible:
//
//   - gallery.go has the options, and writes the page,
//   - scan.go finds the pictures,
//   - page.go is the page (with page.html, page.css and page.js),
//   - avi.go makes a time-lapse,
//   - screen.go shows the pictures in the terminal.
package gallery

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/files"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/show"
	"mqtool/commands/internal/site"
)

// Options say which pictures are shown, and where.
type Options struct {
	Connection site.Options // for the names of the cameras

	Output string // the file of the page; "" for index.html in the directory
	AVI    string // the file of a time-lapse, which is made instead of a page
	Day    string // "" for all days
	Embed  bool   // put the pictures into the page
	Show   string // show the pictures in the terminal, and make no page; a word of package show
}

// maxEmbedded is how many bytes of pictures a page can hold. Mail servers accept no larger
// messages.
const maxEmbedded = 24 << 20

// Make makes a page or a time-lapse of the pictures in a directory, or shows them.
func Make(ctx context.Context, env *app.Env, o Options, args []string) error {
	if len(args) != 1 {
		return app.Usagef("gallery: name one DIR, the one of listen --save")
	}
	dir := args[0]
	if err := o.check(); err != nil {
		return err
	}
	settings, err := o.Connection.Settings()
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	pictures, links, err := scan(ctx, root, func(mac string) string { return settings.NameOf(site.Milesight, mac) })
	if err != nil {
		return err
	}
	if links > 0 {
		env.Notice("%s: %s left out, because a page follows none", dir, render.Count(links, "link"))
	}
	if o.Day != "" {
		pictures = onDay(pictures, o.Day)
	}
	if len(pictures) == 0 {
		return fmt.Errorf("%s: there is no picture%s: files that end with .jpg, .png, .gif or .webp, in it and in its folders", dir, map[bool]string{true: " of " + o.Day}[o.Day != ""])
	}
	if o.AVI != "" {
		return o.timeLapse(ctx, env, root, pictures)
	}
	if show.Wanted(o.Show) {
		return o.showAll(ctx, env, root, pictures)
	}
	output := o.Output
	if output == "" {
		output = filepath.Join(dir, "index.html")
	}
	days := byDay(pictures)
	if o.Embed {
		if err := embed(root, pictures, days); err != nil {
			return err
		}
	} else if err := link(dir, output, days); err != nil {
		return err
	}
	if output == "-" {
		return writePage(env.Bytes, days)
	}
	if err := replace(output, func(w io.Writer) error { return writePage(w, days) }); err != nil {
		return err
	}
	env.Notice("%s: %s of %s on %s", output, render.Count(len(pictures), "picture"), render.Count(cameras(pictures), "camera"), render.Count(len(days), "day"))
	return nil
}

// check finds options that contradict each other.
func (o *Options) check() error {
	if o.Day != "" {
		if _, err := time.Parse(time.DateOnly, o.Day); err != nil {
			return app.Usagef("--day %s: a day is written as 2026-11-28", o.Day)
		}
	}
	switch {
	case o.AVI != "" && (o.Output != "" || o.Embed):
		return app.Usagef("--avi writes a film and no page: it does not go with --output and --embed")
	case show.Wanted(o.Show) && (o.AVI != "" || o.Output != "" || o.Embed):
		return app.Usagef("--show shows the pictures in the terminal and writes nothing: it does not go with --output, --embed and --avi")
	case o.AVI == "-":
		return app.Usagef("--avi: name a file: a film cannot go to standard output, because its lengths are written last")
	}
	return nil
}

// replace writes a page under a name that is free, or that is taken by a page of mqtool.
func replace(name string, write func(io.Writer) error) error {
	switch files.KindOf(name) {
	case files.Missing, files.Empty:
	case files.Directory:
		return app.Usagef("--output %s: it is a directory; name a file in it", name)
	default:
		if !isPage(name) {
			return app.Usagef("--output %s: the file is there already and is not a gallery of mqtool; name another one", name)
		}
	}
	f, err := files.Create(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer f.Discard()
	if err := write(f); err != nil {
		return err
	}
	return f.Replace(filepath.Base(name))
}

// link sets the pictures' addresses relative to the page.
func link(dir, output string, days []*day) error {
	from := "."
	if output != "-" {
		from = filepath.Dir(output)
	}
	absolute, err := filepath.Abs(from)
	if err == nil {
		dir, err = filepath.Abs(dir)
	}
	if err != nil {
		return err
	}
	relative, err := filepath.Rel(absolute, dir)
	if err != nil {
		return app.Usagef("--output %s: there is no way from there to the pictures in %s", output, dir)
	}
	for p := range all(days) {
		p.Source = address(filepath.ToSlash(relative), p.path)
	}
	return nil
}

// embed puts the pictures themselves in the place of their addresses.
func embed(root *os.Root, pictures []*picture, days []*day) error {
	size := int64(0)
	for _, p := range pictures {
		info, err := root.Stat(p.path)
		if err != nil {
			return err
		}
		if size += info.Size(); size > maxEmbedded {
			return app.Usagef("--embed: choose one --day: %s have more than %d MB, which is too much for mail", render.Count(len(pictures), "picture"), maxEmbedded>>20)
		}
	}
	for p := range all(days) {
		b, err := root.ReadFile(p.path)
		if err != nil {
			return err
		}
		p.Source = dataURI(b)
	}
	return nil
}
