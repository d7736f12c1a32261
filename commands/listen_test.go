package commands

import (
	"io"
	"os"
	"time"

	"mqtool/commands/internal/app"
	"mqtool/internal/fake"
)

// ClockMain runs mqtool with a clock that is an hour late as soon as a file named
// "late" exists.
func ClockMain(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	env := app.NewEnv(stdin, stdout, stderr)
	env.Clock = func() time.Time {
		now := time.Now()
		if _, err := os.Stat("late"); err == nil {
			now = fake.SetBack(now, 3600)
		}
		return now
	}
	return runMain(env, args)
}
