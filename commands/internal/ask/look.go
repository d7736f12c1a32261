package ask

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"mqtool/codec"
	"mqtool/codec/jpeg"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/files"
	"mqtool/commands/internal/human"
	"mqtool/commands/internal/progress"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/show"
	"mqtool/commands/internal/site"
)

// LookOptions say where pictures go, and how long to wait for them.
type LookOptions struct {
	Output     cmdline.Output
	Connection site.Options

	Timeout time.Duration
	Save    string // a directory; "" means that of the configuration file, or the current one
	Show    string // a word of package show
}

// Look wakes cameras, and waits for the next picture of each.
func Look(ctx context.Context, env *app.Env, o LookOptions, args []string) error {
	switch {
	case len(args) == 0:
		return app.Usagef("which CAMERA? Its MAC address, or its name in the configuration file")
	case o.Output.JSON && o.Show != string(show.Auto) && o.Show != string(show.Off):
		return app.Usagef("--json and --show %s: standard output has room for one of them", o.Show)
	}
	link, cameras, err := o.Connection.Prepare(ctx, env, site.Milesight, args)
	if err != nil {
		return err
	}
	album, err := files.NewAlbum(cmp.Or(o.Save, link.Settings.Save, "."), false)
	if err != nil {
		return err
	}
	if err := album.Check(); err != nil {
		return err
	}
	l := &looker{
		LookOptions: o, env: env, album: album,
		decoder:   link.Decoder(),
		text:      render.NewText(env.Style(), env.Layout(o.Connection.Verbose)),
		cameras:   site.Distinct(cameras),
		snapshots: (&site.Wanted{Family: site.Milesight, Kinds: []codec.Kind{codec.KindSnapshot}}).Filters(link, link.Roles()),
	}
	if !o.Output.JSON {
		l.screen = show.On(env, o.Show)
	}
	l.open = slices.Clone(l.cameras)
	return session(ctx, env, link, o.Timeout, func(ctx context.Context, conn *broker.Conn) error {
		l.Asker = New(conn, link.StatusFilter(), Repeat)
		l.wait(ctx)
		defer func() { l.line.End() }()
		return l.look(ctx)
	})
}

// A looker wakes cameras and waits for their pictures.
type looker struct {
	LookOptions
	*Asker
	env       *app.Env
	album     *files.Album
	screen    *show.Screen // or nil
	decoder   *codec.Decoder
	text      *render.Text
	line      *progress.Line
	snapshots []string // the topics on which pictures are published

	cameras []site.Device
	open    []site.Device // the cameras whose picture has not come yet
	damaged int           // pictures that are not whole
	nobodys bool          // a picture came that may be of any of several cameras
}

// wait shows what the command waits for.
func (l *looker) wait(ctx context.Context) {
	l.line = progress.Wait(ctx, l.env, "waiting for the picture of "+site.Labels(l.open))
}

func (l *looker) look(ctx context.Context) error {
	start := time.Now()
	if err := l.conn.Subscribe(ctx, append(l.snapshots, l.filter)...); err != nil {
		return err
	}
	for _, d := range l.cameras {
		l.Ask(d, codec.KindWake, site.Request(site.Milesight, codec.KindWake).Payload)
	}
	for len(l.open) > 0 {
		m, a, err := l.Next(ctx)
		switch {
		case err == context.DeadlineExceeded:
			return l.giveUp()
		case err != nil:
			return err
		case a.Set:
			l.env.Notice("%s is awake after %s", a.Value.call.camera.Label(), human.Duration(a.Value.After()))
		case m.Retained || m.Received.Before(start):
			continue // the message is older than the request
		}
		for _, item := range site.Decode(l.decoder, m) {
			if err := l.took(ctx, m, &item); err != nil {
				return err
			}
		}
	}
	if l.damaged > 0 {
		return app.Damagedf("%s cut or damaged", render.Count(l.damaged, "picture"))
	}
	return nil
}

// took handles a value. It saves and shows the picture of a camera that is waited for.
func (l *looker) took(ctx context.Context, m broker.Message, item *codec.Item) error {
	picture, image, info := codec.PictureOf(item.Value)
	if !picture.Set || picture.Value.State == jpeg.Empty {
		return nil
	}
	camera, warnings, ok := l.owner(item.Device)
	if !ok {
		return nil
	}
	l.answered(camera)
	if !picture.Value.Whole() {
		l.damaged++
	}
	place, err := l.album.Save(image, files.Description{Info: info, Device: camera.ID, Topic: m.Topic, Received: m.Received, Suffix: picture.Value.Suffix()})
	if err != nil {
		return err
	}
	if place.Aside != nil {
		warnings = append(warnings, "set aside: "+place.Aside.Error())
	}
	l.line.End() // the picture takes the place of the line
	if l.screen != nil {
		if err := l.screen.Draw(l.env.Bytes, image); errors.As(err, new(app.OutputError)) {
			return err
		} else if err != nil {
			warnings = append(warnings, "the picture cannot be shown: "+err.Error())
		}
	}
	e := envelope(m, camera, item.Value)
	e.Output, e.Warnings = place.Path, warnings
	line := l.text.Append(nil, e)
	if l.Output.JSON {
		line = append(e.AppendJSON(nil), '\n')
	}
	if _, err = l.env.Stdout.Write(line); err == nil && len(l.open) > 0 {
		l.wait(ctx)
	}
	return err
}

// owner returns the camera whose picture came, and stops waiting for it. A picture without
// a MAC is assigned to the only camera, with a warning.
func (l *looker) owner(mac string) (camera site.Device, warnings []string, ok bool) {
	i := slices.IndexFunc(l.open, func(d site.Device) bool { return d.ID == mac })
	if i < 0 && mac == "" && len(l.cameras) == 1 {
		i = 0
		warnings = append(warnings, "the picture has no MAC: it may be from another camera")
	}
	if i < 0 {
		l.nobodys = l.nobodys || mac == ""
		return camera, nil, false
	}
	camera = l.open[i]
	l.open = slices.Delete(l.open, i, i+1)
	return camera, warnings, true
}

// giveUp reports the cameras from which no picture came.
func (l *looker) giveUp() error {
	var silent, awake []site.Device
	for _, d := range l.open {
		if l.asks(d) {
			silent = append(silent, d)
		} else {
			awake = append(awake, d)
		}
	}
	var list []error
	if len(awake) > 0 {
		why := "a camera sends one by its own schedule or at an alarm, and no document says that it does when it is woken; wait longer with --timeout, or take what comes with listen --save"
		if l.nobodys {
			why = "one came that does not name its camera; look at one camera at a time"
		}
		list = append(list, app.NoAnswerf("%s: awake, but no picture within %s: %s", site.Labels(awake), human.Duration(l.Timeout), why))
	}
	if len(silent) > 0 {
		list = append(list, app.NoAnswerf("no status and no picture from %s within %s: %s", site.Labels(silent), human.Duration(l.Timeout), l.Hint(fmt.Sprintf(SilentWoken, "elsewhere (--status-topic, --snapshot-topic)"))))
	}
	return errors.Join(list...)
}
