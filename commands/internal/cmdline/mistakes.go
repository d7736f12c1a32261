package cmdline

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/urfave/cli/v2"

	"mqtool/commands/internal/app"
)

// onUsageError turns an error of the flag library into one that helps.
func onUsageError(c *cli.Context, err error, _ bool) error {
	help := c.Command.HelpName + " --help"
	unknown, ok := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !ok {
		return app.Usagef("%s (see %q)", valueError(c.Command.Flags, err.Error()), help)
	}
	option := dashes(unknown)
	var names []string
	for _, f := range c.Command.Flags {
		names = append(names, f.Names()...)
	}
	if near := Closest(unknown, names); near != "" {
		return app.Usagef("unknown option %s; did you mean %s?", option, dashes(near))
	}
	if ours := mosquittoOptions[unknown]; ours != "" && findFlag(c.Command.Flags, dashes(ours)) != nil {
		return app.Usagef("unknown option %s; what mosquitto's tools call so is %s here", option, dashes(ours))
	}
	for _, sub := range c.Command.Subcommands {
		if findFlag(sub.Flags, option) != nil {
			return app.Usagef("option %s belongs after the command: %s %s", option, sub.HelpName, option)
		}
	}
	return app.Usagef("unknown option %s (see %q; an argument that begins with a dash goes after --)", option, help)
}

// mosquittoOptions are the options that many type out of habit.
var mosquittoOptions = map[string]string{
	"t": "topic", "p": "port", "u": "username", "P": "password-file", "q": "qos", "r": "retain", "f": "file", "l": "lines",
	"C": "count", "W": "timeout", "i": "client-id", "k": "keepalive", "L": "broker", "cafile": "ca",
}

// valueError says in our words that an option has a wrong value. The library
// writes
//
//	invalid value "3" for flag -timeout: parse error
//	invalid boolean value "yes" for -json: parse error
func valueError(flags []cli.Flag, text string) string {
	form := regexp.MustCompile(`^invalid(?: boolean)? value ("(?:[^"\\]|\\.)*") for (?:flag )?-([^:\s]+):`)
	match := form.FindStringSubmatch(text)
	if match == nil {
		return text
	}
	return badValue(findFlag(flags, dashes(match[2])), dashes(match[2]), match[1], errors.New(text))
}

// badValue says what is wrong with a value, which is quoted, of an option or
// its variable. Err is what the library says.
func badValue(flag cli.Flag, where, value string, err error) string {
	if o, ok := flag.(*Option); ok {
		flag = o.documentedFlag
	}
	switch flag.(type) {
	case *cli.DurationFlag:
		if number := strings.Trim(value, `"`); number != "" && strings.Trim(number, "0123456789") == "" {
			return fmt.Sprintf("%s %s: a time has a unit, as in %ss", where, value, number)
		}
		return fmt.Sprintf("%s %s: it is no time, as in 30s or 2m", where, value)
	case *cli.IntFlag:
		return fmt.Sprintf("%s %s: it is no whole number", where, value)
	case *cli.BoolFlag:
		return fmt.Sprintf("%s %s: it can be 1 or 0, true or false", where, value)
	}
	return err.Error()
}

// dashes writes an option's name as people type it.
func dashes(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// UnknownCommand is the error for a command that does not exist.
func UnknownCommand(name string, list []*cli.Command) error {
	var names []string
	for _, c := range list {
		names = append(names, c.Names()...)
	}
	if near := Closest(name, names); near != "" {
		return app.Usagef("unknown command %q; did you mean %q?", name, near)
	}
	return app.Usagef("unknown command %q (commands: %s)", name, strings.Join(names, ", "))
}
