package commands

import (
	"fmt"

	"mqtool/codec"
	"mqtool/codec/jpeg"
	"mqtool/commands/internal/files"
	"mqtool/commands/internal/render"
)

// pictures saves the pictures that come in. A nil one does not.
type pictures struct {
	album   *files.Album
	dir     string
	safe    bool // the broker forgets a message when it is acknowledged
	failed  int
	aside   int // saved, but not in the folder of their camera
	damaged int // missing, empty, cut or damaged
}

// newPictures makes the directory, and makes sure that one can write there.
func newPictures(dir string, safe bool) (*pictures, error) {
	album, err := files.NewAlbum(dir, safe)
	if err != nil {
		return nil, err
	}
	if err := album.Check(); err != nil {
		return nil, err
	}
	return &pictures{album: album, dir: dir, safe: safe}, nil
}

// save saves the picture of a message, if it has one, and returns the name of
// the file. What goes wrong is added to the warnings; it is an error only if
// the message would be lost by going on.
func (p *pictures) save(e *render.Envelope) (name string, err error) {
	if p == nil {
		return "", nil
	}
	var picture codec.Opt[jpeg.Picture]
	var image []byte
	var info codec.CameraInfo
	switch v := e.Value.(type) {
	case codec.CameraSnapshot:
		picture, image, info = v.Picture, v.Image, v.CameraInfo
	case codec.CameraReport: // should an alarm bring one
		picture, image, info = v.Picture, v.Image, v.CameraInfo
	}
	if !picture.Set {
		if e.Value.Kind() == codec.KindSnapshot {
			p.damaged++
		}
		return "", nil
	}
	if !picture.Value.Whole() {
		p.damaged++
	}
	if picture.Value.State == jpeg.Empty {
		e.Warnings = append(e.Warnings, "not saved")
		return "", nil
	}
	place, err := p.write(files.Description{Info: info, Device: e.Device, Topic: e.Topic, Received: e.Time}, image)
	switch {
	case err == nil:
		if place.Aside != nil {
			p.aside++
			e.Warnings = append(e.Warnings, "set aside: "+place.Aside.Error())
		}
		return place.Path, nil
	case p.safe:
		return "", fmt.Errorf("saving a picture: %w", err)
	}
	p.failed++
	e.Warnings = append(e.Warnings, "not saved: "+err.Error())
	return "", nil
}

// write writes a picture under a name of its own.
func (p *pictures) write(d files.Description, image []byte) (files.Place, error) {
	f, err := p.album.Create()
	if err != nil {
		return files.Place{}, err
	}
	defer f.Discard()
	if _, err := f.Write(image); err != nil {
		return files.Place{}, err
	}
	return p.album.Add(f, d)
}

// failure is the error of a listener that went on without its pictures.
func (p *pictures) failure() error {
	if p == nil || p.failed == 0 {
		return nil
	}
	return fmt.Errorf("%s could not be saved in %s", render.Count(p.failed, "picture"), p.dir)
}
