package cmdline

import (
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mqtool/commands/internal/app"
)

// A Choice is an option whose value is one of a few words. The words are kept for
// completion; its Action checks the value.
type Choice struct {
	*cli.StringFlag
	Words []string
}

// String returns the option as the help shows it.
func (f *Choice) String() string { return cli.FlagStringer(f) }

// OneOf makes an option whose value is one of a few words.
func OneOf(f *cli.StringFlag, words ...string) *Choice {
	f.Action = func(_ *cli.Context, value string) error {
		if slices.Contains(words, value) {
			return nil
		}
		return app.Usagef("--%s %q: it can be %s", f.Name, value, strings.Join(words, ", "))
	}
	return &Choice{StringFlag: f, Words: words}
}

// AtLeastOne checks the value of an option that is a number of things.
func AtLeastOne(option string) func(*cli.Context, int) error {
	return func(_ *cli.Context, n int) error {
		if n < 1 {
			return app.Usagef("--%s %d: it can be 1 or more", option, n)
		}
		return nil
	}
}

// Positive checks the value of an option that is a time.
func Positive(option string) func(*cli.Context, time.Duration) error {
	return func(_ *cli.Context, d time.Duration) error {
		if d <= 0 {
			return app.Usagef("--%s %v: it can be any time above zero, such as 30s", option, d)
		}
		return nil
	}
}

// LongEnough checks the value of an option that is a time to wait.
func LongEnough(option string) func(*cli.Context, time.Duration) error {
	return func(_ *cli.Context, d time.Duration) error {
		if d <= 0 {
			return app.Usagef("--%s %v: it must be longer than nothing", option, d)
		}
		return nil
	}
}

// NotNegative checks the value of an option that is a number or a time.
func NotNegative[T int | time.Duration](option string) func(*cli.Context, T) error {
	return func(_ *cli.Context, n T) error {
		if n < 0 {
			return app.Usagef("--%s %v: it cannot be negative", option, n)
		}
		return nil
	}
}

// QoS checks the value of an option that is a quality of service.
func QoS(option string) func(*cli.Context, int) error {
	return func(_ *cli.Context, value int) error {
		if value < 0 || value > 2 {
			return app.Usagef("--%s %d: it can be 0, 1, 2", option, value)
		}
		return nil
	}
}

// Checked turns a function that does not know the flag library into the check of an
// option.
func Checked[T any](f func(T) error) func(*cli.Context, T) error {
	return func(_ *cli.Context, value T) error { return f(value) }
}
