package cmdline

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"mqtool/commands/internal/app"
)

// onUsageError turns an error of the flag library into a more helpful one.
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
	if text := gone(c.Command.HelpName, unknown); text != "" {
		return app.Usagef("unknown option %s: %s", option, text)
	}
	if ours := habits[unknown]; ours != "" && findFlag(c.Command.Flags, dashes(ours)) != nil {
		return app.Usagef("unknown option %s; what other MQTT tools call %s is %s here", option, option, dashes(ours))
	}
	if unknown == "o" || unknown == "output" {
		return app.Usagef("unknown option %s: the results go to standard output, so write them to a file with > FILE", option)
	}
	if near := Closest(unknown, names); near != "" {
		return app.Usagef("unknown option %s; did you mean %s?", option, dashes(near))
	}
	for _, sub := range c.Command.Subcommands {
		if findFlag(sub.Flags, option) != nil {
			return app.Usagef("option %s belongs after the command: %s COMMAND %s", option, c.Command.HelpName, option)
		}
	}
	return app.Usagef("unknown option %s (see %q; an argument that begins with a dash goes after --)", option, help)
}

// habits are options of other tools that many people type out of habit, and their names in
// mqtool.
var habits = map[string]string{
	"p": "port", "P": "password-file", "r": "retain", "f": "file", "l": "lines", "t": "topic", "u": "username", "q": "qos", "C": "count",
	"W": "timeout", "i": "client-id", "k": "keepalive", "L": "broker", "b": "broker", "cafile": "ca", "host": "broker", "hostname": "broker", "server": "broker",
	"url": "broker", "user": "username", "message": "file", "m": "file",
}

// gone says what replaces an option that a command once had. It returns "" for any other
// option. It can be removed after one release.
func gone(command, option string) string {
	if text := goneOptions[command+" "+option]; text != "" {
		return text
	}
	return goneOptions[option]
}

var goneOptions = map[string]string{
	"mqtool listen wait":            "it is --wait-for-broker now",
	"mqtool listen jobs":            "write exec_jobs at the top of the configuration file",
	"mqtool listen payload":         "--payload base64 is --with-payload now",
	"mqtool send hex":               "it is --from-hex now",
	"mqtool snapshot-decode prefix": "it is --header now",
	"mqtool snapshot-decode strict": "it is --complete now",
	"mqtool status prometheus":      "it is --format prometheus --output FILE now",
	"mqtool doctor timeout":         "it is --check-timeout now",

	// These were never options.
	"give-up":      "write give_up in [broker.NAME] of the configuration file",
	"exec-timeout": "write exec_timeout at the top of the configuration file",
	"sync":         "write sync = true at the top of the configuration file",

	"server-name":  "write server_name in [broker.NAME] of the configuration file; doctor alone has the option",
	"alpn":         "write alpn in [broker.NAME] of the configuration file; doctor alone has the option",
	"proxy":        "write proxy in [broker.NAME] of the configuration file; doctor alone has the option",
	"keepalive":    "write keepalive in [broker.NAME] of the configuration file; listen alone has the option",
	"will-topic":   "listen alone has a last will",
	"will-payload": "listen alone has a last will",
	"will-qos":     "listen alone has a last will",
	"will-retain":  "listen alone has a last will",
}

// mosquittoHost refuses -h HOST in the arguments of a command that connects. A user of
// mosquitto means the host by it, and help with exit code 0 would look like success.
func mosquittoHost(args []string, flags []cli.Flag) error {
	if findFlag(flags, "--broker") == nil {
		return nil
	}
	for i, arg := range args {
		switch {
		case arg == "--" || isRest(findFlag(flags, arg)):
			return nil
		case arg == "-h" && i+1 < len(args) && !looksLikeOption(args[i+1]):
			host := args[i+1]
			if slices.Contains(args, "-p") {
				return app.Usagef("-h is for help; what other MQTT tools call -h HOST -p PORT is --broker HOST --port PORT here")
			}
			return app.Usagef("-h is for help; what other MQTT tools call -h %s is --broker %s here", host, host)
		case arg == "-h" && slices.Contains(args, "-p"):
			return app.Usagef("-h is for help; what other MQTT tools call -h HOST -p PORT is --broker HOST --port PORT here")
		}
	}
	return nil
}

func isRest(f cli.Flag) bool { _, ok := f.(*Rest); return ok }

// valueError rewrites the library's error about a wrong value of an option. The library
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

// badValue says what is wrong with a value, which is quoted, of an option or its variable.
// err is the error of the library.
func badValue(flag cli.Flag, where, value string, err error) string {
	if o, ok := flag.(*Option); ok {
		flag = o.documentedFlag
	}
	switch flag.(type) {
	case *cli.DurationFlag:
		if number := strings.Trim(value, `"`); number != "" && strings.Trim(number, "0123456789") == "" {
			return fmt.Sprintf("%s %s: a time has a unit, as in %ss", where, value, number)
		}
		return fmt.Sprintf("%s %s: invalid duration; a duration is 30s or 2m, for example", where, value)
	case *cli.IntFlag:
		return fmt.Sprintf("%s %s: not a whole number", where, value)
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

// otherWords are the names of commands in other tools, and the commands that they stand
// for in mqtool.
var otherWords = map[string]string{
	"sub": "listen", "subscribe": "listen", "pub": "send", "publish": "send", "decode": "snapshot-decode", "parse": "scrdr-parse",
}

// UnknownCommand is the error for a command that does not exist.
func UnknownCommand(name string, list []*cli.Command) error {
	var names []string
	for _, c := range list {
		names = append(names, c.Names()...)
	}
	near := Closest(name, names)
	if ours := otherWords[name]; slices.Contains(names, ours) {
		near = ours
	}
	if near != "" {
		return app.Usagef("unknown command %q; did you mean %q?", name, near)
	}
	return app.Usagef("unknown command %q (commands: %s)", name, strings.Join(names, ", "))
}
