package cmdline

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"mqtool/commands/internal/app"
)

const variablePrefix = "MQTOOL_"

// Variable names the environment variable of an option.
func Variable(option string) string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(option, "-", "_"))
}

// WithVariable are the options that have a variable: those that say how
// to connect, where devices publish, and how text looks. An option that says
// what a command does has none. A variable in somebody's profile would change
// every command that has an option of that name.
func WithVariable() []string {
	return []string{
		"broker", "port", "tls", "ca", "cert", "key", "username", "password", "password-file",
		"client-id", "prefix", "snapshot-topic", "alarm-topic", "status-topic", "config", "color",
	}
}

// takeVariables gives options that were not typed the values of their
// variables, if these are set to something.
func takeVariables(c *cli.Context) error {
	for _, f := range c.Command.Flags {
		o, ok := f.(*Option)
		if !ok || o.variable == "" || c.IsSet(o.Names()[0]) {
			continue
		}
		value := os.Getenv(o.variable)
		if value == "" {
			continue
		}
		if err := c.Set(o.Names()[0], value); err != nil {
			return app.Usagef("%s (see %q)", badValue(o, o.variable, fmt.Sprintf("%q", value), err), c.Command.HelpName+" --help")
		}
		o.taken = true
		if o.noteTaken != nil {
			o.noteTaken()
		}
	}
	return nil
}

// noteOldVariables tells of variables that once stood for options of this
// command: a job that relied on one would otherwise do something else, without
// a word. It can go after one release.
func noteOldVariables(env *app.Env, c *cli.Context) {
	current := WithVariable()
	for _, f := range c.Command.Flags {
		name := f.Names()[0]
		if v := Variable(name); os.Getenv(v) != "" && !c.IsSet(name) && !slices.Contains(current, name) {
			env.Warn("unset the variable %s, which has no meaning any more, and type --%s", v, name)
		}
	}
}
