// Package commands holds the subcommands of mqtool, one file each, and the
// little that they share: the app, options, exit codes.
package commands

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime/debug"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"mqtool/commands/internal/app"
)

// makers is the one list of commands, in the order of the help.
var makers = []struct {
	name string
	make func(*app.Env) *cli.Command
}{
	{"listen", listenCommand},
	{"send", sendCommand},
	{"wake", wakeCommand},
	{"status", statusCommand},
	{"config", configCommand},
	{"snapshot-decode", snapshotDecodeCommand},
	{"scrdr-parse", scrdrParseCommand},
	{"simulate", simulateCommand},
	{"doctor", doctorCommand},
}

// commandList makes the command that is named, or all if there is none of that
// name. To make them is to make all their options, which takes a seventh of the
// time of a short command: too long to do it eight times for nothing.
func commandList(env *app.Env, named string) []*cli.Command {
	var list []*cli.Command
	for _, m := range makers {
		if m.name == named {
			return []*cli.Command{m.make(env)}
		}
	}
	for _, m := range makers {
		list = append(list, m.make(env))
	}
	return list
}

// Main runs the command line args (args[0] is the program) and returns the
// exit code. It alone prints errors and chooses the code.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return runMain(app.NewEnv(stdin, stdout, stderr), args)
}

func runMain(env *app.Env, args []string) int {
	// When the reader of a pipe goes away (mqtool ... | head) the write must
	// return an error; without this line the process would die of the signal.
	signal.Ignore(syscall.SIGPIPE)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first signal asks the command to end; the second one does its
	// usual work and ends the process.
	context.AfterFunc(ctx, stop)

	err := run(ctx, env, args)
	code := app.ExitCode(err)
	if code != app.Done {
		app.PrintError(env.Stderr, err)
	}
	return code
}

// run runs one command line.
func run(ctx context.Context, env *app.Env, args []string) error {
	// The library ignores errors of writing help and version, so it writes
	// to memory.
	var text bytes.Buffer
	var named string
	if len(args) > 1 {
		named = args[1]
	}
	app := newApp(env, &text, commandList(env, named))
	args, err := normalizeArgs(args, app.Commands)
	if err != nil {
		return err
	}
	if err := app.RunContext(ctx, args); err != nil {
		return err
	}
	if text.Len() == 0 {
		return nil
	}
	_, err = env.Stdout.Write([]byte(wrapUsages(text.String())))
	return err
}

// usageLine is a line of the help about an option; what it says about the
// option begins after the first gap.
var usageLine = regexp.MustCompile(`^(   --?\S.*?  +)(\S.*)\n$`)

// helpWidth is how wide a help can be.
const helpWidth = 100

// wrapUsages breaks the long lines about options in a help. The library can
// break lines, but not under the column where they begin.
func wrapUsages(help string) string {
	var b strings.Builder
	for line := range strings.Lines(help) {
		parts := usageLine.FindStringSubmatch(line)
		if parts == nil || utf8.RuneCountInString(line)-1 <= helpWidth {
			b.WriteString(line)
			continue
		}
		b.WriteString(parts[1])
		column := len(parts[1])
		for i, word := range strings.Fields(parts[2]) {
			switch width := utf8.RuneCountInString(word); {
			case i == 0:
				column += width
			case column+1+width > helpWidth:
				b.WriteString("\n" + strings.Repeat(" ", len(parts[1])))
				column = len(parts[1]) + width
			default:
				b.WriteString(" ")
				column += 1 + width
			}
			b.WriteString(word)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// newApp makes the app of these commands; what it prints itself, help and
// version, goes to text.
func newApp(env *app.Env, text io.Writer, list []*cli.Command) *cli.App {
	app := &cli.App{
		Name:      "mqtool",
		HelpName:  "mqtool",
		Usage:     "work with the messages of SpringCard readers and Milesight 4G solar cameras",
		UsageText: "mqtool COMMAND [OPTIONS] [ARGUMENTS]\nmqtool help COMMAND",
		Commands:  list,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "version", Usage: "print the version", DisableDefaultText: true},
		},
		Reader:    env.Stdin,
		Writer:    text,
		ErrWriter: env.Stderr,
		Action: func(c *cli.Context) error {
			switch {
			case c.Bool("version"):
				fmt.Fprintln(c.App.Writer, version())
				return nil
			case c.Args().Present():
				return unknownCommand(c.Args().First(), c.App.Commands)
			}
			help := *c.App
			help.Writer = env.Stderr
			_ = cli.ShowAppHelp(cli.NewContext(&help, nil, nil))
			return app.Usagef("which command?")
		},

		HideVersion:     true, // its own flag and printer say less than ours
		HideHelpCommand: true, // normalizeArgs turns "help COMMAND" into "COMMAND --help"
		// Otherwise the library prints errors itself, on stdout, or ends the process.
		OnUsageError:   onUsageError,
		ExitErrHandler: func(*cli.Context, error) {},
		// Otherwise a JSON value of a repeatable option is cut at its commas.
		DisableSliceFlagSeparator: true,
		CustomAppHelpTemplate:     appHelpTemplate,
	}
	for _, c := range app.Commands {
		prepare(env, c)
	}
	return app
}

// prepare sets what must hold for each command and its subcommands.
func prepare(env *app.Env, c *cli.Command) {
	c.OnUsageError = onUsageError
	c.Before = func(ctx *cli.Context) error {
		if c.Command(ctx.Args().First()) != nil {
			return nil // the subcommand has options of its own
		}
		noteOldVariables(env, ctx)
		return takeVariables(ctx)
	}
	c.HideHelpCommand = true // otherwise a file named "help" or "h" asks for help
	c.CustomHelpTemplate = commandHelpTemplate + c.CustomHelpTemplate + app.ExitCodes
	for _, sub := range c.Subcommands {
		prepare(env, sub)
	}
}

const appHelpTemplate = `{{.Name}}: {{.Usage}}

USAGE:
   {{wrap .UsageText 3}}

COMMANDS:{{template "visibleCommandTemplate" .}}

OPTIONS:{{template "visibleFlagTemplate" .}}
` + app.ExitCodes

const commandHelpTemplate = `{{.HelpName}}: {{.Usage}}

USAGE:
   {{.HelpName}} [OPTIONS]{{if .ArgsUsage}} {{.ArgsUsage}}{{end}}
{{if .Description}}
DESCRIPTION:
   {{wrap .Description 3}}
{{end}}{{if .VisibleCommands}}
COMMANDS:{{template "visibleCommandTemplate" .}}
{{end}}
OPTIONS:{{range .VisibleFlags}}{{if not .GetCategory}}
   {{.}}{{end}}{{end}}
{{$head := ""}}{{range .VisibleFlags}}{{with .GetCategory}}{{if ne . $head}}{{$head = .}}
{{.}}:{{end}}
   {{end}}{{if .GetCategory}}{{.}}{{end}}{{end}}{{if $head}}
{{end}}
ENVIRONMENT:
   An option that is not given is taken from the variable behind it, [$MQTOOL_...], if there
   is one and it is not empty. The variable comes before the configuration file.
   NO_COLOR (not empty) and TERM=dumb switch color off, unless --color says otherwise.
`

// examples is the part of a command's help that shows it at work. It goes
// into CustomHelpTemplate.
func examples(text string) string {
	return "\nEXAMPLES:\n   " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n   ") + "\n"
}

// version says which build this is, in one line.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "mqtool, unknown version"
	}
	return versionText(info)
}

func versionText(info *debug.BuildInfo) string {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	text := "mqtool " + cmp.Or(strings.Trim(info.Main.Version, "()"), "devel")
	if commit := settings["vcs.revision"]; commit != "" {
		text += " commit " + commit[:min(len(commit), 12)]
		if settings["vcs.modified"] == "true" {
			text += " (modified)"
		}
	}
	if date := settings["vcs.time"]; date != "" {
		text += " of " + date
	}
	return text + " " + info.GoVersion
}
