package commands

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"mqtool/commands/internal/app"

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
			Name: "json", Destination: &o.json,
			Usage: "print JSON Lines: one object a line", DisableDefaultText: true,
		},
		&option{documentedFlag: &cli.StringFlag{
			Name: "color", Destination: &o.color, Value: "auto",
			Usage: "color the text: `WHEN` is auto, always or never", Action: oneOf("color", "auto", "always", "never"),
		}, variable: variable("color")},
	}
}

// colored says whether text for a stream is colored.
func (o outputOptions) colored(terminal bool) bool { return app.Colored(o.color, terminal) }

// oneOf checks the value of an option that is one of a few words.
func oneOf(option string, words ...string) func(*cli.Context, string) error {
	return func(_ *cli.Context, value string) error {
		if slices.Contains(words, value) {
			return nil
		}
		return app.Usagef("--%s %q: it can be %s", option, value, strings.Join(words, ", "))
	}
}

// atLeastOne checks the value of an option that is a number of things.
func atLeastOne(option string) func(*cli.Context, int) error {
	return func(_ *cli.Context, n int) error {
		if n < 1 {
			return app.Usagef("--%s %d: it can be 1 or more", option, n)
		}
		return nil
	}
}

// positive checks the value of an option that is a time.
func positive(option string) func(*cli.Context, time.Duration) error {
	return func(_ *cli.Context, d time.Duration) error {
		if d <= 0 {
			return app.Usagef("--%s %v: it can be any time above zero, such as 30s", option, d)
		}
		return nil
	}
}

// An option is a flag of the library with what the library lacks.
type option struct {
	documentedFlag
	variable   string // of the environment, from which an option that is not typed is taken; or ""
	mayBeEmpty bool   // an empty value says something

	// The value came from the variable; in that case noteTaken, if there is
	// one, was called. (With its own EnvVars the library does not tell, and it
	// takes a variable that is set to nothing for a value.)
	taken     bool
	noteTaken func()
}

// A documentedFlag is what all flags of the library are.
type documentedFlag interface {
	cli.DocGenerationFlag
	cli.CategorizableFlag
	cli.ActionableFlag
}

// String is the option in the help.
func (o *option) String() string { return cli.FlagStringer(o) }

// GetEnvVars names the variable, for the help.
func (o *option) GetEnvVars() []string {
	if o.variable == "" {
		return nil
	}
	return []string{o.variable}
}

// GetDefaultText is the default, for the help. A switch is off by default.
func (o *option) GetDefaultText() string {
	if _, ok := o.documentedFlag.(*cli.BoolFlag); ok {
		return ""
	}
	return o.documentedFlag.GetDefaultText()
}

// RunAction checks the value. An error names what the value came from.
func (o *option) RunAction(c *cli.Context) error {
	err := o.documentedFlag.RunAction(c)
	var usage app.UsageError
	if o.taken && errors.As(err, &usage) {
		if reason, ok := strings.CutPrefix(usage.Text, dashes(o.Names()[0])); ok {
			return app.UsageError{Text: o.variable + reason}
		}
	}
	return err
}

const variablePrefix = "MQTOOL_"

// variable names the environment variable of an option.
func variable(option string) string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(option, "-", "_"))
}

// optionsWithVariable are the options that have a variable: those that say how
// to connect, where devices publish, and how text looks. An option that says
// what a command does has none. A variable in somebody's profile would change
// every command that has an option of that name.
func optionsWithVariable() []string {
	return []string{
		"broker", "port", "tls", "ca", "cert", "key", "server-name", "alpn", "proxy", "username", "password", "password-file",
		"client-id", "keepalive", "prefix", "snapshot-topic", "alarm-topic", "status-topic", "config", "color",
	}
}

// takeVariables gives options that were not typed the values of their
// variables, if these are set to something.
func takeVariables(c *cli.Context) error {
	for _, f := range c.Command.Flags {
		o, ok := f.(*option)
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
	current := optionsWithVariable()
	for _, f := range c.Command.Flags {
		name := f.Names()[0]
		if v := variable(name); os.Getenv(v) != "" && !c.IsSet(name) && !slices.Contains(current, name) {
			env.Notice("the variable %s has no meaning any more: type --%s", v, name)
		}
	}
}
