package gallery

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/show"
	"mqtool/commands/internal/site"
)

// showAll shows pictures in the terminal, the oldest first, each above a line like that of
// listen.
func (o *Options) showAll(ctx context.Context, env *app.Env, root *os.Root, pictures []*picture) error {
	screen := show.On(env, o.Show)
	text := render.NewText(env.Style(), env.Layout(false))
	decoder := codec.NewDecoder("", codec.Role{Filter: "#", Kind: codec.KindSnapshot}) // a file is like a message that is all picture
	damaged := 0
	for _, p := range pictures {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		b, err := readPicture(root, p.path)
		if err != nil {
			return err
		}
		item := decoder.Decode(p.path, b)[0]
		e := render.Envelope{
			Time: p.Taken, Family: site.Milesight, Name: p.Camera, Value: item.Value,
			Output: filepath.Join(root.Name(), filepath.FromSlash(p.path)),
		}
		found, image, _ := codec.PictureOf(item.Value)
		if !found.Set || !found.Value.Whole() {
			damaged++
		}
		if screen != nil {
			if err := screen.Draw(env.Bytes, image); errors.As(err, new(app.OutputError)) {
				return err
			} else if err != nil {
				e.Warnings = append(e.Warnings, "the picture cannot be shown: "+err.Error())
			}
		}
		if _, err := env.Stdout.Write(text.Append(nil, &e)); err != nil {
			return err
		}
	}
	if damaged > 0 {
		return app.Damagedf("%s cut or damaged", render.Count(damaged, "picture"))
	}
	return nil
}
