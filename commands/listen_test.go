package commands

import (
	"io"
	"os"
	"time"
	"unsafe"

	"mqtool/commands/internal/app"
)

// setBack is a time as it is told by a clock that somebody has set back. Its
// monotonic reading, in the second word, stays what it was.
func setBack(t time.Time, seconds uint64) time.Time {
	*(*uint64)(unsafe.Pointer(&t)) -= seconds << 30
	return t
}

// ClockMain is mqtool on a machine whose clock is an hour late as soon as there
// is a file named "late".
func ClockMain(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	env := app.NewEnv(stdin, stdout, stderr)
	env.Clock = func() time.Time {
		now := time.Now()
		if _, err := os.Stat("late"); err == nil {
			now = setBack(now, 3600)
		}
		return now
	}
	return runMain(env, args)
}
