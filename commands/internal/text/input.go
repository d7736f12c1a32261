package text

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"

	"mqtool/commands/internal/app"
)

// An Input is a file that was opened, or standard input.
type Input struct {
	io.Reader
	io.Closer
	File *os.File // set for a regular file, which can be read again
}

// Open opens a file for reading, or stdin for "-". Opening and reading end
// with the context's error when ctx ends, even while nobody writes to a pipe or
// types on a terminal.
func Open(ctx context.Context, stdin io.Reader, name string) (*Input, error) {
	if name == "-" {
		return &Input{reader(ctx, stdin), io.NopCloser(nil), regularFile(stdin)}, nil
	}
	f, err := openContext(ctx, name)
	if err != nil {
		return nil, err
	}
	return &Input{reader(ctx, f), f, regularFile(f)}, nil
}

func regularFile(stream any) *os.File {
	if app.IsRegular(stream) {
		return stream.(*os.File)
	}
	return nil
}

// Size returns the size of an input that is a regular file, or 0.
func (in *Input) Size() int64 {
	if in.File == nil {
		return 0
	}
	info, err := in.File.Stat()
	if err != nil {
		return 0
	}
	return info.Size()
}

// Name returns the name of an input for messages.
func Name(name string) string {
	if name == "-" {
		return "stdin"
	}
	return name
}

// ErrTooLong is the error of ReadAll for an input that is too long.
var ErrTooLong = errors.New("the input is too long")

// ReadAll reads an input to its end, unless it has more than most bytes. It allocates the
// memory for a regular file at once.
func ReadAll(in *Input, most int64) ([]byte, error) {
	size := in.Size()
	if size > most {
		return nil, ErrTooLong
	}
	text := make([]byte, 0, size+512)
	for {
		n, err := in.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		switch {
		case err == io.EOF:
			return text, nil
		case err != nil:
			return nil, err
		case int64(len(text)) > most:
			return nil, ErrTooLong
		}
		if len(text) == cap(text) {
			text = slices.Grow(text, cap(text))
		}
	}
}

// openContext is like os.Open, but gives up when ctx ends. A FIFO cannot be opened until
// another process writes to it.
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

// reader returns a reader of r whose reads end when ctx ends.
func reader(ctx context.Context, r io.Reader) io.Reader {
	if f, ok := r.(*os.File); ok && app.IsRegular(f) {
		return fileReader{ctx, f}
	}
	return &waitingReader{ctx, r, make(chan readResult, 1)}
}

// A fileReader reads a regular file. Such reads never wait, so it is enough to check the
// context before each one.
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

// A waitingReader reads from a stream that may wait forever. There is no portable way to
// interrupt a read from a terminal or a pipe. So each read has its own goroutine, and the
// last one is left behind when the context ends. It may still write to its p, which the
// caller must not use after the error.
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
