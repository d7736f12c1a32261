package app

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"mqtool/codec"
	"mqtool/commands/internal/broker"
	"mqtool/commands/internal/render"
)

// The exit codes of every command. Scripts rely on them: they never change.
const (
	Done        = 0
	Failed      = 1
	Usage       = 2
	Damaged     = 3
	NoAnswer    = 4
	Interrupted = 130
)

// ExitCodes ends the help of every command.
const ExitCodes = `
EXIT CODES:
   0    done
   1    broker, network or file failed
   2    wrong usage
   3    the input is damaged or not what the format says; what could be saved was saved
   4    no answer in time
   130  interrupted while waiting
`

// A UsageError is a mistake in the command line: exit code 2.
type UsageError struct{ Text string }

func (e UsageError) Error() string { return e.Text }

// Usagef makes a [UsageError]; the text should hint at the right usage.
func Usagef(format string, args ...any) error {
	return UsageError{fmt.Sprintf(format, args...)}
}

// A damagedError says that the input was damaged although the command ran to its end: exit
// code 3.
type damagedError struct{ text string }

func (e damagedError) Error() string { return e.text }

// Is makes a damagedError one of the codec's malformed inputs.
func (e damagedError) Is(target error) bool { return target == codec.ErrMalformed }

// Damagedf makes a damagedError.
func Damagedf(format string, args ...any) error {
	return damagedError{fmt.Sprintf(format, args...)}
}

// Fault makes a damagedError of a recovered panic. Such a panic is a bug in mqtool, and
// one message must not end the whole command. If there is a payload, the error has its
// size and hash instead of its content, which may be private.
func Fault(panicked any, payload []byte) error {
	of := ""
	if payload != nil {
		of = fmt.Sprintf(" (in %s with the SHA-256 %x)", render.Count(len(payload), "byte"), sha256.Sum256(payload))
	}
	return Damagedf("a fault of mqtool, please report it: %v%s", panicked, of)
}

// A noAnswerError says that an expected answer did not come in time: exit code 4.
type noAnswerError struct{ text string }

func (e noAnswerError) Error() string { return e.text }

// NoAnswerf makes a noAnswerError.
func NoAnswerf(format string, args ...any) error {
	return noAnswerError{fmt.Sprintf(format, args...)}
}

// An OutputError is a write to standard output that failed.
type OutputError struct{ Err error }

func (e OutputError) Error() string {
	cause := e.Err
	if pathErr := (*os.PathError)(nil); errors.As(cause, &pathErr) {
		cause = pathErr.Err // "write /dev/stdout" tells nothing new
	}
	return "cannot write to standard output: " + cause.Error()
}

func (e OutputError) Unwrap() error { return e.Err }

// ExitCode returns the exit code for the error that a command returned.
func ExitCode(err error) int {
	var usage UsageError
	var output OutputError
	var silent noAnswerError
	var connecting *broker.Error
	switch {
	case err == nil:
		return Done
	case errors.As(err, &output) && errors.Is(output, syscall.EPIPE):
		return Done // the reader of the pipe has all that it wanted
	case errors.As(err, &usage), errors.As(err, &connecting) && connecting.Kind == broker.Usage:
		return Usage
	case errors.As(err, &silent):
		return NoAnswer
	case errors.Is(err, context.Canceled):
		return Interrupted
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		// A file that failed outweighs a file that is damaged.
		code := Done
		for _, e := range joined.Unwrap() {
			if c := ExitCode(e); code == Done || c == Failed {
				code = c
			}
		}
		return code
	}
	if errors.Is(err, codec.ErrMalformed) {
		return Damaged
	}
	return Failed
}

// PrintError prints an error for the user, with one "mqtool:" line for each part of a
// joined error.
func (env *Env) PrintError(err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok && errors.Is(err, context.Canceled) {
		for _, e := range joined.Unwrap() { // an interrupt must not hide the other errors
			env.PrintError(e)
		}
		return
	}
	if errors.Is(err, context.Canceled) {
		env.Notice("interrupted")
		return
	}
	for line := range strings.Lines(err.Error()) {
		env.tell(render.Error, "%s", []any{strings.TrimSuffix(line, "\n")})
	}
}
