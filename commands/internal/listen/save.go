package listen

import (
	"context"
	"fmt"

	"mqtool/codec"
	"mqtool/codec/jpeg"
	"mqtool/commands/internal/files"
	"mqtool/commands/internal/render"
)

// Pictures saves the pictures of values.
type Pictures struct {
	album   *files.Album
	dir     string
	safe    bool
	verify  bool // decode the pixels, too, which takes a hundred times as long as the rest
	failed  int
	aside   int // saved, but not in the folder of their camera
	damaged int // missing, empty, cut or damaged
}

// NewPictures creates the directory and checks that it is writable. If safe is
// set, a picture that cannot be saved ends the listener. The broker then still
// has the message, because it forgets a message only when that is acknowledged.
func NewPictures(dir string, safe bool) (*Pictures, error) {
	album, err := files.NewAlbum(dir, safe)
	if err != nil {
		return nil, err
	}
	if err := album.Check(); err != nil {
		return nil, err
	}
	return &Pictures{album: album, dir: dir, safe: safe}, nil
}

// Take saves the picture of a value, if it has one.
func (p *Pictures) Take(_ context.Context, item *Item) error {
	picture, image, info := codec.PictureOf(item.Value)
	if !picture.Set {
		if item.Value.Kind() == codec.KindSnapshot {
			p.damaged++
		}
		return nil
	}
	if !picture.Value.Whole() {
		p.damaged++
	}
	if picture.Value.State == jpeg.Empty {
		item.warn("not saved")
		return nil
	}
	m := &item.Message
	place, err := p.album.Save(image, files.Description{Info: info, Device: item.Device, Topic: m.Topic, Received: m.Received, Suffix: picture.Value.Suffix()})
	switch {
	case err == nil:
		if place.Aside != nil {
			p.aside++
			item.warn("set aside: " + place.Aside.Error())
		}
		item.Envelope.Output = place.Path
		p.check(item, picture.Value, image)
	case p.safe:
		return fmt.Errorf("saving a picture: %w", err)
	default:
		p.failed++
		item.warn("not saved: " + err.Error())
	}
	return nil
}

// check decodes the pixels of a saved picture, if that was asked for. The line of
// the message says what is wrong with them, so it waits for that, and so does the
// acknowledgement; the file does not.
func (p *Pictures) check(item *Item, picture jpeg.Picture, image []byte) {
	if !p.verify || picture.Format != "" {
		return
	}
	trouble := jpeg.Verify(image).Trouble()
	if trouble == "" {
		return
	}
	item.warn(trouble)
	if picture.Whole() { // else it is counted already
		p.damaged++
	}
}

// Account says what was saved elsewhere and what is damaged. Failure reports
// the pictures that could not be saved.
func (p *Pictures) Account() []string {
	account := say(nil, p.aside, "picture", "%s set aside")
	return say(account, p.damaged, "picture", "%s missing, empty, cut or damaged")
}

// Failure returns an error if pictures could not be saved and the listener went
// on. It returns nil on nil Pictures.
func (p *Pictures) Failure() error {
	if p == nil || p.failed == 0 {
		return nil
	}
	return fmt.Errorf("%s could not be saved in %s", render.Count(p.failed, "picture"), p.dir)
}
