package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mqtool/commands/internal/app"
	"os"
	"time"
)

// openInput opens a file for reading, or standard input for "-". Opening and
// reading end with the context's error when ctx ends, even while nobody
// writes to a pipe or types on a terminal.
func openInput(ctx context.Context, env *app.Env, name string) (io.ReadCloser, error) {
	if name == "-" {
		return input{reader(ctx, env.Stdin), io.NopCloser(nil), regularFile(env.Stdin)}, nil
	}
	f, err := openContext(ctx, name)
	if err != nil {
		return nil, err
	}
	return input{reader(ctx, f), f, regularFile(f)}, nil
}

// An input reads from one and closes another.
type input struct {
	io.Reader
	io.Closer
	file *os.File // when it is a regular file, which can be read again
}

func regularFile(stream any) *os.File {
	if app.IsRegular(stream) {
		return stream.(*os.File)
	}
	return nil
}

// openContext is os.Open that gives up when ctx ends: a FIFO cannot be opened
// until somebody writes to it.
func openContext(ctx context.Context, name string) (*os.File, error) {
	if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
		return os.Open(name)
	}
	type opened struct {
		f   *os.File
		err error
	}
	done := make(chan opened, 1)
	go func() {
		f, err := os.Open(name)
		done <- opened{f, err}
	}()
	select {
	case o := <-done:
		return o.f, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// reader makes reads from r end when ctx ends.
func reader(ctx context.Context, r io.Reader) io.Reader {
	if f, ok := r.(*os.File); ok && app.IsRegular(f) {
		return fileReader{ctx, f}
	}
	return &waitingReader{ctx, r, make(chan readResult, 1)}
}

// A fileReader reads a file, which never waits, so that looking at the
// context before each read is enough.
type fileReader struct {
	ctx context.Context
	f   *os.File
}

func (r fileReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.f.Read(p)
}

// A waitingReader reads what may wait forever. There is no portable way to
// interrupt a read from a terminal or a pipe, so each read has its goroutine,
// and the last one is left behind when the context ends: it may still write
// to its p, which the caller must not use after the error.
type waitingReader struct {
	ctx     context.Context
	r       io.Reader
	results chan readResult
}

type readResult struct {
	n   int
	err error
}

func (r *waitingReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	go func() {
		n, err := r.r.Read(p)
		r.results <- readResult{n, err}
	}()
	select {
	case result := <-r.results:
		return result.n, result.err
	case <-r.ctx.Done():
		return 0, r.ctx.Err()
	}
}

// errRestarted is what a follower returns instead of bytes when what follows
// is the beginning of a file.
var errRestarted = errors.New("the file starts again")

// followInterval is how often a follower looks for more: quick for a person
// who watches, and nothing for the machine.
const followInterval = 200 * time.Millisecond

// A follower reads a file that grows, a FIFO whose writers come and go, or a
// serial device, until its context ends. A file that is cut or replaced (log
// rotation) is read again from its start.
type follower struct {
	ctx  context.Context
	name string // "" for standard input
	f    *os.File
	r    io.Reader
	info os.FileInfo // of f
	read int64       // bytes read of f
}

// follow starts to follow a file, or standard input for "-". Standard input
// that is not a regular file is followed by reading it to its end.
func follow(ctx context.Context, env *app.Env, name string) (io.ReadCloser, error) {
	if name == "-" {
		f, ok := env.Stdin.(*os.File)
		if !ok || !app.IsRegular(f) {
			return openInput(ctx, env, name)
		}
		info, err := f.Stat()
		return &follower{ctx: ctx, f: f, r: reader(ctx, f), info: info}, err
	}
	f, err := openContext(ctx, name)
	if err != nil {
		return nil, err
	}
	w := &follower{ctx: ctx, name: name}
	return w, w.use(f)
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

// restart looks whether there is another file to read, or none any more.
func (w *follower) restart() error {
	if w.info.Mode().IsRegular() {
		if info, err := w.f.Stat(); err == nil && info.Size() < w.read {
			if _, err := w.f.Seek(0, io.SeekStart); err != nil {
				return err
			}
			w.read = 0
			return errRestarted
		}
	}
	if w.name == "" {
		return nil
	}
	info, err := os.Stat(w.name)
	switch {
	case err != nil && w.info.Mode().IsRegular():
		return nil // renamed, and not there again yet
	case err != nil:
		return fmt.Errorf("%s is gone: %w", w.name, err)
	case os.SameFile(info, w.info):
		return nil
	}
	f, err := openContext(w.ctx, w.name)
	if err != nil {
		return err
	}
	_ = w.f.Close() // it was only read
	if err := w.use(f); err != nil {
		return err
	}
	return errRestarted
}

func (w *follower) Close() error { return w.f.Close() }

// inputSize is the size of an input of openInput that is a file, or 0.
func inputSize(r io.Reader) int64 {
	if in, ok := r.(input); ok {
		r = in.Reader
	}
	in, ok := r.(fileReader)
	if !ok {
		return 0
	}
	info, err := in.f.Stat()
	if err != nil {
		return 0
	}
	return info.Size()
}
