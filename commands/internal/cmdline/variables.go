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

// Variable returns the environment variable of an option.
func Variable(option string) string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(option, "-", "_"))
}

// WithVariable returns the options that have a variable: those that say how to connect,
// where devices publish, and how text looks. An option that says what a command does has
// none, because a variable in a user's profile would change every command that has an
// option of that name.
func WithVariable() []string {
	return []string{
		"broker", "port", "tls", "ca", "cert", "key", "username", "password", "password-file",
		"client-id", "prefix", "snapshot-topic", "alarm-topic", "status-topic", "config", "color",
	}
}

// takeVariables gives options that were not typed the values of their variables, if these
// are not empty.
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

// noteOldVariables warns of variables that once set options of this command. A job that
// relied on one would otherwise silently do something else. It can be removed after one
// release.
func noteOldVariables(env *app.Env, c *cli.Context) {
	current := WithVariable()
	for _, f := range c.Command.Flags {
		name := f.Names()[0]
		if v := Variable(name); os.Getenv(v) != "" && !c.IsSet(name) && !slices.Contains(current, name) {
			env.Warn("unset the variable %s, which has no meaning any more, and type --%s", v, name)
		}
	}
}
