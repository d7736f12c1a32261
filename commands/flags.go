package commands

import (
	"os"
	"strings"

	"github.com/urfave/cli/v2"
)

// outputOptions are the options of every command that prints results.
type outputOptions struct {
	json  bool
	color string // "auto", "always" or "never"
}

// outputFlags are fresh flags that fill o.
func outputFlags(o *outputOptions) []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{
			Name: "json", EnvVars: variable("json"), Destination: &o.json,
			Usage: "print JSON Lines: one object a line", DisableDefaultText: true,
		},
		&cli.StringFlag{
			Name: "color", EnvVars: variable("color"), Destination: &o.color, Value: "auto",
			Usage: "color the text: `WHEN` is auto, always or never", Action: oneOf("color", "auto", "always", "never"),
		},
	}
}

// colored says whether text for a stream is colored.
func (o outputOptions) colored(terminal bool) bool {
	switch o.color {
	case "always":
		return true
	case "never":
		return false
	}
	// See no-color.org: any value but the empty one counts.
	return terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// variable names the environment variable of an option, for EnvVars.
func variable(option string) []string {
	return []string{"MQTOOL_" + strings.ToUpper(strings.ReplaceAll(option, "-", "_"))}
}

// oneOf checks the value of an option that is one of a few words. An empty
// value, as an empty environment variable gives it, is the default.
func oneOf(option string, words ...string) func(*cli.Context, string) error {
	return func(_ *cli.Context, value string) error {
		if value == "" {
			return nil
		}
		for _, w := range words {
			if value == w {
				return nil
			}
		}
		return usageErrorf("--%s %q: it can be %s", option, value, strings.Join(words, ", "))
	}
}
