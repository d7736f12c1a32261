package gallery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/jpeg"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/icza/mjpeg"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/files"
	"mqtool/commands/internal/render"
)

// framesPerSecond is the frame rate of a film.
const framesPerSecond = 10

// errNoFilm is the error if there are no pictures for a film.
var errNoFilm = errors.New("no picture fits into the film, which takes only JPEGs that are not damaged")

// maxPicture is the size of the largest picture that is read.
const maxPicture = 64 << 20

// timeLapse puts the unchanged pictures of a camera into an AVI file.
func (o *Options) timeLapse(ctx context.Context, env *app.Env, root *os.Root, pictures []*picture) error {
	if names := cameraNames(pictures); len(names) > 1 {
		return app.Usagef("--avi: there are pictures of %s; name the folder of one of them as DIR", render.Count(len(names), "camera"))
	}
	if kind := files.KindOf(o.AVI); kind != files.Missing && kind != files.Empty && !isAVI(o.AVI) {
		return app.Usagef("--avi %s: the file is there already and is not a film; name another one", o.AVI)
	}
	// The library makes a second file for the index beside the film.
	dir, err := os.MkdirTemp(filepath.Dir(o.AVI), ".mqtool-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // the film is what matters
	frames := slices.DeleteFunc(slices.Clone(pictures), func(p *picture) bool { return !isJPEG(p.path) })
	film, left, err := writeFilm(ctx, filepath.Join(dir, "film.avi"), root, frames)
	if err != nil {
		return err
	}
	if err := os.Rename(film, o.AVI); err != nil {
		return err
	}
	rest := ""
	if left > 0 {
		rest = fmt.Sprintf("; %s of another size, or damaged, left out", render.Count(left, "picture"))
	}
	if others := len(pictures) - len(frames); others > 0 {
		rest += fmt.Sprintf("; %s in another format than JPEG left out", render.Count(others, "picture"))
	}
	env.Notice("%s: %s, %d a second%s", o.AVI, render.Count(len(frames)-left, "picture"), framesPerSecond, rest)
	return nil
}

// writeFilm writes a film. It returns how many pictures it left out because they do not
// have the size of the first one.
func writeFilm(ctx context.Context, name string, root *os.Root, pictures []*picture) (film string, left int, err error) {
	var w mjpeg.AviWriter
	width, height := 0, 0
	for _, p := range pictures {
		if ctx.Err() != nil {
			return "", 0, errors.Join(ctx.Err(), closeFilm(w))
		}
		frame, c, err := readFrame(root, p.path)
		if err != nil || w != nil && (c.width != width || c.height != height) {
			left++
			continue
		}
		if w == nil {
			width, height = c.width, c.height
			if w, err = mjpeg.New(name, int32(width), int32(height), framesPerSecond); err != nil {
				return "", 0, err
			}
		}
		if err := w.AddFrame(frame); err != nil {
			return "", 0, errors.Join(fmt.Errorf("the film: %w", err), closeFilm(w))
		}
	}
	if w == nil {
		return "", 0, errNoFilm
	}
	return name, left, w.Close()
}

// isJPEG reports whether a picture has the name of a JPEG. A film takes no other formats.
func isJPEG(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext == ".jpg" || ext == ".jpeg"
}

func closeFilm(w mjpeg.AviWriter) error {
	if w == nil {
		return nil
	}
	return w.Close()
}

type frameSize struct{ width, height int }

// readPicture reads a picture that is not too large.
func readPicture(root *os.Root, name string) ([]byte, error) {
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxPicture {
		return nil, fmt.Errorf("%s is too large for a picture", name)
	}
	return root.ReadFile(name)
}

// readFrame reads a picture and its size.
func readFrame(root *os.Root, name string) ([]byte, frameSize, error) {
	b, err := readPicture(root, name)
	if err != nil {
		return nil, frameSize{}, err
	}
	c, err := jpeg.DecodeConfig(bytes.NewReader(b))
	return b, frameSize{c.Width, c.Height}, err
}

// isAVI reports whether a file begins like an AVI file.
func isAVI(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 12)
	_, err = f.Read(head)
	return err == nil && string(head[:4]) == "RIFF" && string(head[8:]) == "AVI "
}
