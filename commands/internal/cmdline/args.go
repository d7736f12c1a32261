package cmdline

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"mqtool/commands/internal/app"
)

// normalizeArgs rewrites a command line for the flag library: options before arguments,
// and requests for help as an option. The library stops at the first argument, so it would
// silently take "--json" in "listen topic --json" for a topic.
func normalizeArgs(args []string, list []*cli.Command) ([]string, error) {
	if len(args) < 2 {
		return args, nil
	}
	head, rest := args[:1], wordsToOptions(args[1:])
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
	if len(rest) == 1 && rest[0] == "help" && !takesFiles(command) {
		return append(slices.Clone(head), "--help"), nil
	}
	if err := mosquittoHost(rest, command.Flags); err != nil {
		return nil, err
	}
	rest, err := optionsFirst(rest, command.Flags)
	if err != nil {
		return nil, err
	}
	// Options before a subcommand would belong to the command, and have no effect.
	if i := slices.Index(rest, "--"); i > 0 && slices.ContainsFunc(list, func(c *cli.Command) bool { return c.HasName(rest[i+1]) }) {
		option, _, _ := strings.Cut(rest[0], "=") // the value may be a default that mqtool put in
		return nil, app.Usagef("option %s belongs behind %q: mqtool %s %s ... %s", option, rest[i+1], strings.Join(head[1:], " "), rest[i+1], option)
	}
	return slices.Concat(head, rest), nil
}

// wordsToOptions accepts the words "version" and "help", as many other programs do.
func wordsToOptions(args []string) []string {
	switch args[0] {
	case "version":
		return append([]string{"--version"}, args[1:]...)
	case "help":
		args = append(slices.Clone(args[1:]), "--help")
		if args[0] == "help" {
			args = args[1:]
		}
	}
	return args
}

// takesFiles reports whether the arguments of a command are files. A file may be named
// help, but no device is.
func takesFiles(c *cli.Command) bool {
	return strings.Contains(c.ArgsUsage, "FILE") || strings.Contains(c.ArgsUsage, "INPUT")
}

// optionsFirst moves the options of a command, which has the given flags, before its
// arguments. "--" ends the options; "-" is an argument. A Rest takes everything behind it,
// and an Optional takes a word that looks like its value. An unknown option stays an
// option, so that the library reports it.
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
			return []string{"--help"}, nil // the library would look for help about an argument
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

// option takes the option that args begin with, and its value. It returns how many of args
// these are.
func (s *optionSorter) option(args []string) (n int, err error) {
	arg, behind := args[0], args[1:]
	flag := findFlag(s.flags, arg)
	_, value, written := strings.Cut(arg, "=")
	if own, n := ownValues(flag, behind); len(own) > 0 && !written {
		return 1 + n, s.values(arg, own)
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

// ownValues returns the values of an option that is a Rest or an Optional, and how many of
// the arguments behind it are used for them. A Rest takes all of them. An Optional takes
// one that looks like its value; otherwise it takes none, and gets the value that stands
// for a missing one. For any other option there are no values.
func ownValues(flag cli.Flag, behind []string) (values []string, n int) {
	switch f := flag.(type) {
	case *Rest:
		return behind, len(behind)
	case *Optional:
		if len(behind) > 0 && (behind[0] == "" || f.isValue(behind[0])) {
			return behind[:1], 1
		}
		return []string{f.missing}, 0
	}
	return nil, 0
}

// checkValue checks that the next argument is the value of an option. If the user forgot
// the value, it is the next option.
func (s *optionSorter) checkValue(arg string, behind []string, flag cli.Flag) error {
	switch {
	case len(behind) == 0 || behind[0] == "--" || isHelp(behind[0]) || findFlag(s.flags, behind[0]) != nil:
		return app.Usagef("option %s needs a value (one that begins with a dash is written %s=VALUE)", arg, arg)
	case behind[0] == "" && !mayBeEmpty(flag):
		return emptyOption(arg)
	}
	return nil
}

// values gives an option its values, each behind an equals sign. The first value must not
// be empty.
func (s *optionSorter) values(arg string, values []string) error {
	if values[0] == "" {
		return emptyOption(arg)
	}
	for _, value := range values {
		s.options = append(s.options, arg+"="+value)
	}
	return nil
}

// mayBeEmpty reports whether an empty value of an option has a meaning. For any other
// option an empty value usually comes from an unset variable in a script, and the command
// must not run as if the option were not there.
func mayBeEmpty(flag cli.Flag) bool {
	o, ok := flag.(*Option)
	return flag == nil || ok && o.mayBeEmpty
}

func emptyOption(arg string) error {
	return app.Usagef("option %s has an empty value (is a variable not set?)", arg)
}

// looksLikeOption reports whether a word is an option and not an argument.
func looksLikeOption(arg string) bool {
	return len(arg) > 1 && arg[0] == '-'
}

func isHelp(arg string) bool { return arg == "--help" || arg == "-help" || arg == "-h" }

// optionName returns the bare name in an option: "json" for --json, -json and
// --json=false.
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
