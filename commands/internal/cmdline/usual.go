package cmdline

import (
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mqtool/commands/internal/human"
)

// Output are the options of every command that prints results.
type Output struct {
	JSON  bool
	Color string // "auto", "always" or "never"
}

// Flags returns new flags that fill o.
func (o *Output) Flags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{
			Name: "json", Destination: &o.JSON,
			Usage: "print JSON Lines: one object a line", DisableDefaultText: true,
		},
		&Option{documentedFlag: OneOf(&cli.StringFlag{
			Name: "color", Category: OutputCategory, Destination: &o.Color, Value: "auto",
			Usage: "color text `WHEN`: auto, always or never",
		}, "auto", "always", "never"), variable: Variable("color")},
	}
}

// Quiet is the option to print problems only, for cron.
func Quiet(destination *bool) cli.Flag {
	return &cli.BoolFlag{
		Name: "quiet", Destination: destination, DisableDefaultText: true,
		Usage: "print nothing unless something is wrong",
	}
}

// Timeout is the option of commands that wait for answers.
func Timeout(destination *time.Duration, value time.Duration, usage string) cli.Flag {
	return &cli.DurationFlag{
		Name: "timeout", Destination: destination, Value: value, DefaultText: human.Duration(value),
		Usage:  usage,
		Action: LongEnough("timeout"),
	}
}

// Payload is the option for a payload other than the vendor's.
func Payload(destination *string, value, usage string) cli.Flag {
	return &cli.StringFlag{Name: "payload", Destination: destination, Value: value, Usage: usage}
}

// Only selects flags by their names.
func Only(flags []cli.Flag, names ...string) []cli.Flag {
	return slices.DeleteFunc(flags, func(f cli.Flag) bool { return !slices.Contains(names, f.Names()[0]) })
}

// Yes is the option that allows words which may need a visit to the camera.
func Yes(destination *bool, words ...string) cli.Flag {
	return &cli.BoolFlag{
		Name: "yes", Destination: destination, DisableDefaultText: true,
		Usage: "yes, " + strings.Join(words, " and ") + " are meant",
	}
}
