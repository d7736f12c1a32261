package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/term"

	"mqtool/commands/internal/render"
)

// An Env is what a command knows of the process that it runs in.
type Env struct {
	Stdin  io.Reader
	Stdout io.Writer // for lines, see [Lines]; its errors are OutputError
	Bytes  io.Writer // standard output for what is not made of lines; its errors are OutputError
	Stderr io.Writer // see ProgramOutput

	StdoutTerminal bool // stdout is a terminal
	StdoutFile     bool // stdout is a regular file: nobody waits for its lines
	StderrTerminal bool

	// SyncStdout waits until what was written is on the disk; nil unless StdoutFile.
	SyncStdout func() error

	// Columns of the terminals at this moment; nil if there is none.
	StdoutColumns, StderrColumns func() int

	Color string // when text is colored: "auto", which "" is too, "always" or "never"

	Clock func() time.Time // tells when a message came; time.Now if nil

	closed   bool      // stdout leads nowhere
	terminal *terminal // of stderr, and of stdout if that is one, too; or nil
}

// NewEnv is the environment of a process with these streams.
func NewEnv(stdin io.Reader, stdout, stderr io.Writer) *Env {
	env := &Env{
		Stdin:          stdin,
		Stdout:         resultWriter{NewLines(stdout)},
		Bytes:          resultWriter{stdout},
		Stderr:         stderr,
		StdoutTerminal: IsTerminal(stdout),
		StdoutFile:     IsRegular(stdout),
		StderrTerminal: IsTerminal(stderr),
		closed:         IsClosed(stdout),
		StdoutColumns:  columnsOf(stdout),
		StderrColumns:  columnsOf(stderr),
	}
	if env.StdoutFile {
		env.SyncStdout = func() error {
			if err := stdout.(*os.File).Sync(); err != nil {
				return OutputError{err}
			}
			return nil
		}
	}
	if env.StderrTerminal {
		env.terminal = &terminal{file: stderr}
		env.Stderr = terminalWriter{stderr, env.terminal}
		if env.StdoutTerminal {
			env.Stdout = resultWriter{terminalWriter{stdout, env.terminal}}
			env.Bytes = env.Stdout
		}
	}
	return env
}

// CheckOutput is an error when stdout is closed: results would be lost without
// a word.
func (env *Env) CheckOutput() error {
	if env.closed {
		return OutputError{errors.New("it is closed (> /dev/null throws results away)")}
	}
	return nil
}

// A terminal is that of stderr.
type terminal struct {
	file     io.Writer
	diverted atomic.Pointer[io.Writer] // see Divert; or nil
}

// A terminalWriter writes to a terminal, or to what Divert says.
type terminalWriter struct {
	file io.Writer
	*terminal
}

func (w terminalWriter) Write(p []byte) (int, error) {
	if to := w.diverted.Load(); to != nil {
		return (*to).Write(p)
	}
	return w.file.Write(p)
}

// Divert sends what is written to the terminal to another writer, until it is
// called with nil. So lines can stand above something that is shown at the
// bottom of the terminal, which is returned. Without a terminal it does nothing.
func (env *Env) Divert(to io.Writer) (file io.Writer) {
	switch {
	case env.terminal == nil:
		return nil
	case to == nil:
		env.terminal.diverted.Store(nil)
	default:
		env.terminal.diverted.Store(&to)
	}
	return env.terminal.file
}

// ProgramOutput is stderr for a program that is run: what it has itself, so
// that the program, too, sees whether it is a terminal.
func (env *Env) ProgramOutput() io.Writer {
	if env.terminal != nil {
		return env.terminal.file
	}
	return env.Stderr
}

// Layout is how texts for people are laid out on standard output.
func (env *Env) Layout(verbose bool) render.Layout {
	layout := render.Layout{Width: env.StdoutColumns, Verbose: verbose}
	if env.StdoutTerminal {
		layout.Today = time.Now
		layout.Links = Colored(env.Color, true) && render.HasLinks(os.Getenv)
		if env.Clock != nil {
			layout.Today = env.Clock
		}
	}
	return layout
}

// Fold is how many columns a line on standard output may have; 0 is any number.
func (env *Env) Fold() int { return fold(env.StdoutColumns) }

// Style is the style of standard output.
func (env *Env) Style() *render.Style { return render.NewStyle(Colored(env.Color, env.StdoutTerminal)) }

// StderrStyle is the style of standard error.
func (env *Env) StderrStyle() *render.Style {
	return render.NewStyle(Colored(env.Color, env.StderrTerminal))
}

// Notice tells a person something that is neither wrong nor the end of the command.
func (env *Env) Notice(format string, args ...any) { env.tell(render.Note, format, args) }

// Warn tells a person that something is wrong which does not end the command.
func (env *Env) Warn(format string, args ...any) { env.tell(render.Warning, format, args) }

// Fail tells a person that a part of what was to be done failed.
func (env *Env) Fail(err error) { env.tell(render.Error, "%v", []any{err}) }

// Report tells a person what came of one of several things, one line each.
func (env *Env) Report(text string) {
	line := env.StderrStyle().AppendFolded(nil, fold(env.StderrColumns), text)
	_, _ = env.Stderr.Write(line) // there is nobody left to tell
}

func (env *Env) tell(level render.Level, format string, args []any) {
	line := env.StderrStyle().AppendMessage(nil, fold(env.StderrColumns), level, fmt.Sprintf(format, args...))
	_, _ = env.Stderr.Write(line) // there is nobody left to tell
}

func fold(columns func() int) int {
	if columns == nil {
		return 0
	}
	return columns()
}

// minColumns is the narrowest terminal that texts are laid out for, and
// usualColumns the width of one that does not tell it.
const (
	minColumns   = 20
	usualColumns = 80
)

// columnsOf tells the columns of a terminal, or is nil when the stream is none.
func columnsOf(stream any) func() int {
	if !IsTerminal(stream) {
		return nil
	}
	fd := int(stream.(*os.File).Fd())
	return func() int {
		columns, _, err := term.GetSize(fd)
		if err != nil || columns <= 0 {
			return usualColumns
		}
		return max(columns, minColumns)
	}
}

// A resultWriter is standard output whose errors can be told from others.
type resultWriter struct{ w io.Writer }

func (w resultWriter) Write(p []byte) (int, error) {
	n, err := w.w.Write(p)
	if err != nil {
		err = OutputError{err}
	}
	return n, err
}

// Window is the size of the terminal that standard output is, in characters; 80x24 when it
// is none.
func (env *Env) Window() (columns, rows int) {
	if columns, rows, err := term.GetSize(int(os.Stdout.Fd())); env.StdoutTerminal && err == nil && columns > 0 && rows > 0 {
		return columns, rows
	}
	return 80, 24
}

// IsTerminal reports whether a stream is a terminal.
func IsTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// IsRegular reports whether a stream is a regular file.
func IsRegular(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular()
}

// Colored reports whether text for a stream is colored. When is "auto", which
// "" is too, "always" or "never".
func Colored(when string, terminal bool) bool {
	switch when {
	case "always":
		return true
	case "never":
		return false
	}
	// See no-color.org: any value but the empty one counts.
	return terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// Patience is how long a person waits without being told for what.
const Patience = time.Second
