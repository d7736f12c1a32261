// Package progress shows at the bottom of a terminal how far something is, or
// what a command waits for. Everything else is written above that line, and the
// line is removed at the end. Without a terminal on stderr it shows nothing.
package progress

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/human"
	"mqtool/commands/internal/render"
)

// A Line is shown until End. Its methods can be called on a nil Line, which
// shows nothing.
type Line struct {
	env   *app.Env
	total int64 // total of a bar; 0 means a line of text
	text  atomic.Value
	since time.Time
	until time.Time // zero means no end

	mu        sync.Mutex // guards the fields below
	ended     bool
	done      int64         // of total
	file      io.Writer     // the terminal
	container *mpb.Progress // nil until the line is shown
	bar       *mpb.Bar
}

// Wait shows what a command waits for, and how much of the time until the
// deadline is over. A wait that ends within half a second is not shown.
func Wait(ctx context.Context, env *app.Env, text string) *Line {
	until, _ := ctx.Deadline()
	return start(&Line{env: env, until: until}, text)
}

// Bar shows how much of a total is done, under the same condition. A total of 0
// means that it is unknown.
func Bar(env *app.Env, total int64, text string) *Line {
	return start(&Line{env: env, total: total}, text)
}

// delay is how long a Line waits before it shows anything, because a line that
// only flashes up is disturbing.
const delay = app.Patience / 2

func start(l *Line, text string) *Line {
	if !l.env.StderrTerminal || os.Getenv("TERM") == "dumb" {
		return nil
	}
	l.since = time.Now()
	l.text.Store(render.Safe(text))
	time.AfterFunc(delay, l.show)
	return l
}

// show draws the line for the first time.
func (l *Line) show() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return
	}
	l.file = l.env.Divert(above{l})
	l.container = mpb.New(mpb.WithOutput(l.file))
	options := []mpb.BarOption{mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return l.words() })), mpb.BarWidth(barWidth)}
	filler := mpb.NopStyle().Build()
	if l.total > 0 {
		filler = mpb.BarStyle().Build()
		options = append(options, mpb.AppendDecorators(decor.Percentage(decor.WC{W: 5})))
	}
	// A bar that completes by itself would be removed, together with what is
	// written above it. So the total is set later, in a way that never
	// completes the bar.
	l.bar = l.container.MustAdd(0, filler, options...)
	l.bar.SetTotal(l.total, false)
	l.bar.SetCurrent(l.done)
}

// barWidth leaves room for the words beside the bar on a terminal with 80
// columns.
const barWidth = 30

// words returns the text before the bar. The library calls it at each drawing,
// on another goroutine.
func (l *Line) words() string {
	text, _ := l.text.Load().(string)
	if l.total > 0 {
		return text
	}
	over := human.Duration(time.Since(l.since).Truncate(time.Second))
	if l.until.IsZero() {
		return fmt.Sprintf("%s (%s)", text, over)
	}
	return fmt.Sprintf("%s (%s of %s)", text, over, human.Duration(l.until.Sub(l.since).Round(time.Second)))
}

// above is a writer that writes above a line.
type above struct{ line *Line }

func (a above) Write(p []byte) (int, error) {
	n, err := a.line.container.Write(p)
	if err == mpb.ErrDone { // the line has just ended
		return a.line.file.Write(p)
	}
	return n, err
}

// Say changes the text.
func (l *Line) Say(format string, args ...any) {
	if l != nil {
		l.text.Store(render.Safe(fmt.Sprintf(format, args...)))
	}
}

// SetDone sets how much of the total is done.
func (l *Line) SetDone(n int64) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done = n
	if l.bar != nil {
		l.bar.SetCurrent(l.done)
	}
}

// Reader counts the bytes read from r as done, in addition to before.
func (l *Line) Reader(r io.Reader, before int64) io.Reader {
	if l == nil {
		return r
	}
	return &countingReader{r, l, before}
}

// A countingReader counts the bytes that are read.
type countingReader struct {
	io.Reader
	line *Line
	done int64
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.done += int64(n)
	r.line.SetDone(r.done)
	return n, err
}

// End removes the line. It may be called twice.
func (l *Line) End() {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return
	}
	l.ended = true
	if l.container != nil {
		l.bar.Abort(true)
		l.container.Wait() // then everything that was written above the line is on the terminal
		l.env.Divert(nil)
	}
}
