package text

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"mqtool/commands/internal/app"
)

// ErrRestarted is what a follower returns instead of bytes when the next bytes are the
// beginning of a file.
var ErrRestarted = errors.New("the file starts again")

// followInterval is how often a follower looks for new bytes. A person who watches does
// not notice the delay, and it costs the machine next to nothing.
const followInterval = 200 * time.Millisecond

// A follower reads a file that grows, a FIFO whose writers come and go, or a
// serial device, until its context ends. A file that is cut or replaced (log
// rotation) is read again from its start.
type follower struct {
	ctx  context.Context
	name string // "" for standard input
	f    *os.File
	r    io.Reader
	info os.FileInfo // about f
	read int64       // how many bytes of f were read
}

// Follow starts to follow a file, or standard input for "-". Standard input
// that is not a regular file is followed by reading it to its end.
func Follow(ctx context.Context, stdin io.Reader, name string) (*Input, error) {
	if name == "-" {
		f, ok := stdin.(*os.File)
		if !ok || !app.IsRegular(f) {
			return Open(ctx, stdin, name)
		}
		w := &follower{ctx: ctx}
		return &Input{Reader: w, Closer: w}, w.use(f)
	}
	f, err := openContext(ctx, name)
	if err != nil {
		return nil, err
	}
	w := &follower{ctx: ctx, name: name}
	return &Input{Reader: w, Closer: w}, w.use(f)
}

func (w *follower) use(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	w.f, w.r, w.info, w.read = f, reader(w.ctx, f), info, 0
	return nil
}

func (w *follower) Read(p []byte) (int, error) {
	for {
		n, err := w.r.Read(p)
		w.read += int64(n)
		if n > 0 {
			return n, nil
		}
		if err != nil && err != io.EOF {
			return 0, err
		}
		if err := w.restart(); err != nil {
			return 0, err
		}
		select {
		case <-w.ctx.Done():
			return 0, w.ctx.Err()
		case <-time.After(followInterval):
		}
	}
}

// restart checks whether the file was cut, replaced or removed, and opens the new one.
func (w *follower) restart() error {
	if w.info.Mode().IsRegular() {
		if info, err := w.f.Stat(); err == nil && info.Size() < w.read {
			if _, err := w.f.Seek(0, io.SeekStart); err != nil {
				return err
			}
			w.read = 0
			return ErrRestarted
		}
	}
	if w.name == "" {
		return nil
	}
	info, err := os.Stat(w.name)
	switch {
	case err != nil && w.info.Mode().IsRegular():
		return nil // the file was renamed, and the new one does not exist yet
	case err != nil:
		return fmt.Errorf("%s is gone: %w", w.name, err)
	case os.SameFile(info, w.info):
		return nil
	}
	f, err := openContext(w.ctx, w.name)
	if err != nil {
		return err
	}
	_ = w.f.Close() // an error does not matter after reading
	if err := w.use(f); err != nil {
		return err
	}
	return ErrRestarted
}

func (w *follower) Close() error { return w.f.Close() }
