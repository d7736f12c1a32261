package app

import (
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

	Clock func() time.Time // tells when a message came; time.Now if nil

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

// Notice tells a person something that is not the end of the command.
func (env *Env) Notice(format string, args ...any) {
	fmt.Fprintf(env.Stderr, "mqtool: %s\n", render.Safe(fmt.Sprintf(format, args...)))
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
