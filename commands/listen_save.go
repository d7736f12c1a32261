package commands

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mqtool/codec"
	"mqtool/codec/jpeg"
	"mqtool/commands/internal/render"
)

// pictures saves the pictures that come in. A nil one does not.
type pictures struct {
	dir     string
	safe    bool // the broker forgets a message when it is acknowledged
	failed  int
	damaged int // missing, empty, cut or damaged
}

// unnamedCamera is where pictures go that do not say which camera took them.
const unnamedCamera = "unknown"

// newPictures makes the directory, and makes sure that one can write there.
func newPictures(dir string, safe bool) (*pictures, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	f, err := newPendingFile(dir)
	if err != nil {
		return nil, err
	}
	f.discard()
	return &pictures{dir: dir, safe: safe}, nil
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
	name, err = p.write(info, e.Time, image)
	switch {
	case err == nil:
		return name, nil
	case p.safe:
		return "", fmt.Errorf("saving a picture: %w", err)
	}
	p.failed++
	e.Warnings = append(e.Warnings, "not saved: "+err.Error())
	return "", nil
}

// write writes a picture under a name of its own, in the folder of its camera.
func (p *pictures) write(info codec.CameraInfo, received time.Time, image []byte) (string, error) {
	camera := unnamedCamera
	if mac, err := codec.ParseMAC(info.MAC); err == nil {
		camera = mac
	}
	dir := filepath.Join(p.dir, camera)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	f, err := newPendingFile(dir)
	if err != nil {
		return "", err
	}
	defer f.discard()
	if _, err := f.Write(image); err != nil {
		return "", err
	}
	if p.safe {
		if err := f.Sync(); err != nil {
			return "", err
		}
	}
	name, _, err := f.claim(savedName(info, received), maxNames)
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, name), nil
}

// failure is the error of a listener that went on without its pictures.
func (p *pictures) failure() error {
	if p == nil || p.failed == 0 {
		return nil
	}
	return fmt.Errorf("%s could not be saved in %s", count(p.failed, "picture"), p.dir)
}

// savedName is the name of a picture: when it was taken, sent or received,
// and what the camera calls it, as far as that is safe.
func savedName(info codec.CameraInfo, received time.Time) string {
	at := received
	for _, t := range []time.Time{info.CapturedAt, info.SentAt} {
		if y := t.Year(); y >= 1970 && y <= 9999 {
			at = t
			break
		}
	}
	name := at.UTC().Format("2006-01-02T150405Z")
	if file := safeName(info.File); file != "" {
		name += "-" + file
	}
	return name + ".jpg"
}

// safeName makes a part of a file name out of what a device says: letters,
// digits, dashes and underscores of its last part, without its ending.
func safeName(s string) string {
	const most = 80
	s = s[strings.LastIndexAny(s, `/\`)+1:]
	if ext := filepath.Ext(s); strings.EqualFold(ext, ".jpg") || strings.EqualFold(ext, ".jpeg") {
		s = s[:len(s)-len(ext)]
	}
	s = s[:min(len(s), most)]
	return strings.Map(func(r rune) rune {
		if r == '-' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' {
			return r
		}
		return '_'
	}, s)
}
