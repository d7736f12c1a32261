package commands

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"mqtool/commands/internal/app"

	"github.com/urfave/cli/v2"
)

// normalizeArgs writes a command line the way the flag library needs it:
// options before arguments, and help asked for by option. The library stops
// at the first argument, so that "listen topic --json" would silently take
// "--json" for a topic.
func normalizeArgs(args []string, list []*cli.Command) ([]string, error) {
	if len(args) < 2 {
		return args, nil
	}
	head, rest := args[:1], args[1:]
	if rest[0] == "version" { // as many other programs have it
		rest = append([]string{"--version"}, rest[1:]...)
	}
	if rest[0] == "help" {
		rest = append(slices.Clone(rest[1:]), "--help")
		if rest[0] == "help" {
			rest = rest[1:]
		}
	}
	var command *cli.Command
	for len(rest) > 0 {
		i := slices.IndexFunc(list, func(c *cli.Command) bool { return c.HasName(rest[0]) })
		if i < 0 {
			break
		}
		command, list = list[i], list[i].Subcommands
		head = append(slices.Clone(head), rest[0])
		rest = rest[1:]
	}
	if command == nil || len(list) > 0 && command.Action == nil {
		return slices.Concat(head, rest), nil
	}
	rest, err := optionsFirst(rest, command.Flags)
	if err != nil {
		return nil, err
	}
	// Options before a subcommand would be the command's, and without effect.
	if i := slices.Index(rest, "--"); i > 0 && slices.ContainsFunc(list, func(c *cli.Command) bool { return c.HasName(rest[i+1]) }) {
		return nil, app.Usagef("option %s belongs behind %q: mqtool %s %s ... %s", rest[0], rest[i+1], strings.Join(head[1:], " "), rest[i+1], rest[0])
	}
	return slices.Concat(head, rest), nil
}

// optionsFirst moves the options of a command, which has the given flags,
// before its arguments. "--" ends the options; "-" is an argument. A restFlag
// takes all that follows, an optionalFlag what looks like its value. An option
// that the command does not have stays one, so that the library reports it.
func optionsFirst(args []string, flags []cli.Flag) ([]string, error) {
	s := optionSorter{flags: flags}
	for len(args) > 0 {
		n := 1
		switch arg := args[0]; {
		case arg == "--":
			s.arguments = append(s.arguments, args[1:]...)
			n = len(args)
		case !looksLikeOption(arg):
			s.arguments = append(s.arguments, arg)
		case isHelp(arg):
			return []string{"--help"}, nil // the library would look for help on an argument
		default:
			var err error
			if n, err = s.option(args); err != nil {
				return nil, err
			}
		}
		args = args[n:]
	}
	if len(s.arguments) > 0 {
		s.options = append(s.options, "--")
	}
	return append(s.options, s.arguments...), nil
}

// An optionSorter sorts what was typed into options and arguments.
type optionSorter struct {
	flags              []cli.Flag
	options, arguments []string
}

// option takes the option that args begin with, and its value. It tells how many of them
// that are.
func (s *optionSorter) option(args []string) (n int, err error) {
	arg, behind := args[0], args[1:]
	flag := findFlag(s.flags, arg)
	_, value, written := strings.Cut(arg, "=")
	if !written && len(behind) > 0 {
		switch f := flag.(type) {
		case *restFlag:
			return len(args), s.values(arg, behind)
		case *optionalFlag:
			if behind[0] == "" || f.isValue(behind[0]) {
				return 2, s.values(arg, behind[:1])
			}
		}
	}
	if f, ok := flag.(*optionalFlag); ok && !written {
		return 1, s.values(arg, []string{f.missing})
	}
	if written && value == "" && !mayBeEmpty(flag) {
		return 0, emptyOption(strings.TrimSuffix(arg, "="))
	}
	s.options = append(s.options, arg)
	if flag == nil || written || !takesValue(flag) {
		return 1, nil
	}
	if err := s.checkValue(arg, behind, flag); err != nil {
		return 0, err
	}
	s.options = append(s.options, behind[0])
	return 2, nil
}

// checkValue checks that the next argument is the value of an option, and not the next
// option because the value was forgotten.
func (s *optionSorter) checkValue(arg string, behind []string, flag cli.Flag) error {
	switch {
	case len(behind) == 0 || behind[0] == "--" || isHelp(behind[0]) || findFlag(s.flags, behind[0]) != nil:
		return app.Usagef("option %s needs a value (one that begins with a dash is written %s=VALUE)", arg, arg)
	case behind[0] == "" && !mayBeEmpty(flag):
		return emptyOption(arg)
	}
	return nil
}

// values gives an option its values, each behind an equals sign. The first one says
// something.
func (s *optionSorter) values(arg string, values []string) error {
	if values[0] == "" {
		return emptyOption(arg)
	}
	for _, value := range values {
		s.options = append(s.options, arg+"="+value)
	}
	return nil
}

// mayBeEmpty reports whether an option says something with an empty value. With
// any other one that is a variable of a script that is not set, and the command
// must not do what it does without the option.
func mayBeEmpty(flag cli.Flag) bool {
	o, ok := flag.(*option)
	return flag == nil || ok && o.mayBeEmpty
}

func emptyOption(arg string) error {
	return app.Usagef("option %s has an empty value (is a variable not set?)", arg)
}

// A restFlag is an option whose value is all that follows it on the command
// line. normalizeArgs sees to that.
type restFlag struct{ *cli.StringSliceFlag }

// IsSliceFlag is false: the help need not say that it may be repeated.
func (f *restFlag) IsSliceFlag() bool { return false }

// String is the option in the help.
func (f *restFlag) String() string { return cli.FlagStringer(f) }

// An optionalFlag is an option whose value may be left out.
type optionalFlag struct {
	*cli.StringFlag
	missing string                 // its value then
	isValue func(next string) bool // tells whether the next word is the value
}

// String is the option in the help.
func (f *optionalFlag) String() string { return cli.FlagStringer(f) }

// looksLikeOption tells options from arguments.
func looksLikeOption(arg string) bool {
	return len(arg) > 1 && arg[0] == '-'
}

func isHelp(arg string) bool { return arg == "--help" || arg == "-help" || arg == "-h" }

// optionName is the bare name in an option: "json" for --json, -json and --json=false.
func optionName(arg string) string {
	arg = strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-")
	name, _, _ := strings.Cut(arg, "=")
	return name
}

// findFlag finds the flag that arg sets, if arg is an option.
func findFlag(flags []cli.Flag, arg string) cli.Flag {
	if !looksLikeOption(arg) {
		return nil
	}
	name := optionName(arg)
	for _, f := range flags {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

func takesValue(f cli.Flag) bool {
	d, ok := f.(cli.DocGenerationFlag)
	return ok && d.TakesValue()
}

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
	if near := closest(unknown, names); near != "" {
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
	if o, ok := flag.(*option); ok {
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

// unknownCommand is the error for a command that does not exist.
func unknownCommand(name string, list []*cli.Command) error {
	var names []string
	for _, c := range list {
		names = append(names, c.Names()...)
	}
	if near := closest(name, names); near != "" {
		return app.Usagef("unknown command %q; did you mean %q?", name, near)
	}
	return app.Usagef("unknown command %q (commands: %s)", name, strings.Join(names, ", "))
}

// closest finds the name that was probably meant, or "" when none is near:
// the library's own suggestions name something however far it is.
func closest(typed string, names []string) string {
	best, bestDistance := "", (len(typed)+2)/3+1
	for _, name := range names {
		// A name typed in part is near, however much is missing.
		if len(typed) >= 3 && strings.HasPrefix(name, typed) {
			return name
		}
		if d := editDistance(typed, name); d < bestDistance {
			best, bestDistance = name, d
		}
	}
	if len(best) == 1 {
		return "" // any letter is near any other
	}
	return best
}

// editDistance is the number of single-byte insertions, deletions and
// replacements between a and b (Levenshtein).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
