package app

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/term"

	"mqtool/commands/internal/render"
)

// An Env is what a command knows of its process.
type Env struct {
	Stdin  io.Reader
	Stdout io.Writer // for lines, see [Lines]; its errors are OutputError
	Bytes  io.Writer // standard output for anything but lines; its errors are OutputError
	Stderr io.Writer // see ProgramOutput

	StdoutTerminal bool // stdout is a terminal
	StdoutFile     bool // stdout is a regular file: nobody waits for its lines
	StderrTerminal bool

	// SyncStdout waits until everything that was written is on the disk; nil unless
	// StdoutFile.
	SyncStdout func() error

	// StdoutColumns and StderrColumns return the present width of the terminals; nil if
	// the stream is not a terminal.
	StdoutColumns, StderrColumns func() int

	Color string // when text is colored: "auto", for which "" stands too, "always" or "never"

	Clock func() time.Time // tells when a message came; time.Now if nil

	closed   bool      // stdout was closed when the process started
	terminal *terminal // the terminal of stderr, and of stdout if that is one, too; or nil
}

// NewEnv returns the environment of a process with these streams.
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

// CheckOutput returns an error when stdout is closed, because results would be lost
// silently.
func (env *Env) CheckOutput() error {
	if env.closed {
		return OutputError{errors.New("it is closed (> /dev/null throws results away)")}
	}
	return nil
}

// A terminal is the terminal that stderr writes to.
type terminal struct {
	file     io.Writer
	diverted atomic.Pointer[io.Writer] // see Divert; or nil
}

// A terminalWriter writes to a terminal, or to the writer that Divert has set.
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

// Divert sends what is written to the terminal to another writer, until it is called with
// nil. In this way lines can be printed above something that is shown at the bottom of the
// terminal. Divert returns the terminal itself. Without a terminal it does nothing.
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

// ProgramOutput returns stderr for a program that mqtool runs. It is the stream itself, so
// that the program sees whether it is a terminal.
func (env *Env) ProgramOutput() io.Writer {
	if env.terminal != nil {
		return env.terminal.file
	}
	return env.Stderr
}

// Layout returns how texts for people are laid out on standard output.
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

// Fold returns how many columns a line on standard output may have; 0 stands for any
// number.
func (env *Env) Fold() int { return fold(env.StdoutColumns) }

// Style returns the style of standard output.
func (env *Env) Style() *render.Style { return render.NewStyle(Colored(env.Color, env.StdoutTerminal)) }

// StderrStyle returns the style of standard error.
func (env *Env) StderrStyle() *render.Style {
	return render.NewStyle(Colored(env.Color, env.StderrTerminal))
}

// Notice tells the user something that is neither a problem nor the end of the command.
func (env *Env) Notice(format string, args ...any) { env.tell(render.Note, format, args) }

// Warn tells the user about a problem that does not end the command.
func (env *Env) Warn(format string, args ...any) { env.tell(render.Warning, format, args) }

// Fail tells the user that a part of the work failed.
func (env *Env) Fail(err error) { env.tell(render.Error, "%v", []any{err}) }

// Report tells the user the result of one of several things, in one line.
func (env *Env) Report(text string) {
	line := env.StderrStyle().AppendFolded(nil, fold(env.StderrColumns), text)
	_, _ = env.Stderr.Write(line) // if stderr fails, nobody is left to tell
}

// Ask asks the user a question. The answer is typed behind it.
func (env *Env) Ask(question string) {
	line := env.StderrStyle().AppendFolded(nil, fold(env.StderrColumns), question+":")
	_, _ = env.Stderr.Write(append(bytes.TrimSuffix(line, []byte("\n")), ' ')) // if stderr fails, nobody is left to ask
}

func (env *Env) tell(level render.Level, format string, args []any) {
	line := env.StderrStyle().AppendMessage(nil, fold(env.StderrColumns), level, fmt.Sprintf(format, args...))
	_, _ = env.Stderr.Write(line) // if stderr fails, nobody is left to tell
}

func fold(columns func() int) int {
	if columns == nil {
		return 0
	}
	return columns()
}

// minColumns is the narrowest terminal that texts are laid out for. usualColumns is the
// width of a terminal that does not tell its own.
const (
	minColumns   = 20
	usualColumns = 80
)

// columnsOf returns a function that returns the columns of a terminal, or nil when the
// stream is not a terminal.
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

// A resultWriter is standard output with errors that can be told from other errors.
type resultWriter struct{ w io.Writer }

func (w resultWriter) Write(p []byte) (int, error) {
	n, err := w.w.Write(p)
	if err != nil {
		err = OutputError{err}
	}
	return n, err
}

// Window returns the size of the terminal of standard output, in characters. It is 80x24
// when standard output is not a terminal.
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

// Colored reports whether text for a stream is colored. when is "auto", for which ""
// stands too, "always" or "never".
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

// Patience is how long a user waits without being told what mqtool waits for.
const Patience = time.Second
