package cmdline

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/urfave/cli/v2"

	"mqtool/commands/internal/app"
)

// Run runs one command line; args[0] is the program, and list has its commands.
func Run(ctx context.Context, env *app.Env, args []string, list []*cli.Command) error {
	// The library ignores errors when it writes the help and the version, so it writes
	// them to memory.
	var text bytes.Buffer
	program := NewApp(env, &text, list)
	if len(args) == 3 && args[1] == "help" {
		if topic := TopicHelp(args[2], list); topic != "" {
			_, err := env.Stdout.Write([]byte(wrapHelp(topic, width(env))))
			return err
		}
	}
	typed := args
	args, err := normalizeArgs(args, program.Commands)
	if err != nil {
		return err
	}
	if args[len(args)-1] == "--help" {
		template := fullHelp
		if slices.Contains(typed, "-h") {
			template = shortHelp
		}
		setHelp(program.Commands, template)
	}
	if err := program.RunContext(ctx, args); err != nil {
		return err
	}
	if text.Len() == 0 {
		return nil
	}
	_, err = env.Stdout.Write([]byte(wrapHelp(text.String(), width(env))))
	return err
}

const programUsage = "work with the messages of SpringCard readers and Milesight 4G solar cameras"

func versionFlag() cli.Flag {
	return &cli.BoolFlag{Name: "version", Usage: "print the version", DisableDefaultText: true}
}

// NewApp makes the program that has these commands. The texts that it prints itself, help
// and version, go to text.
func NewApp(env *app.Env, text io.Writer, list []*cli.Command) *cli.App {
	program := &cli.App{
		Name:      "mqtool",
		HelpName:  "mqtool",
		Usage:     programUsage,
		UsageText: "mqtool COMMAND [OPTIONS] [ARGUMENTS]\nmqtool help COMMAND",
		Commands:  list,
		Flags:     []cli.Flag{versionFlag()},
		Reader:    env.Stdin,
		Writer:    text,
		ErrWriter: env.Stderr,
		Action: func(c *cli.Context) error {
			switch {
			case c.Bool("version"):
				_, err := fmt.Fprintln(env.Stdout, version())
				return err
			case c.Args().Present():
				return UnknownCommand(c.Args().First(), c.App.Commands)
			}
			help := *c.App
			help.Writer = env.Stderr
			_ = cli.ShowAppHelp(cli.NewContext(&help, nil, nil))
			return app.Usagef("which command? To try it without devices: mqtool simulate --serve; when a connection does not work: mqtool doctor")
		},

		HideVersion:     true, // the library's flag and printer say less than ours
		HideHelpCommand: true, // normalizeArgs turns "help COMMAND" into "COMMAND --help"
		// Otherwise the library prints errors itself, on stdout, or ends the process.
		OnUsageError:   onUsageError,
		ExitErrHandler: func(*cli.Context, error) {},
		// Otherwise a JSON value of a repeatable option is cut at its commas.
		DisableSliceFlagSeparator: true,
		CustomAppHelpTemplate:     appHelpTemplate,
	}
	for _, c := range program.Commands {
		prepare(env, c)
	}
	return program
}

// prepare sets up what all commands and subcommands have in common.
func prepare(env *app.Env, c *cli.Command) {
	c.OnUsageError = onUsageError
	c.Before = func(ctx *cli.Context) error {
		if c.Command(ctx.Args().First()) != nil {
			return nil // the subcommand has options of its own
		}
		err := takeVariables(ctx)
		env.Color = ctx.String("color")
		noteOldVariables(env, ctx)
		return err
	}
	c.HideHelpCommand = true // otherwise a file named "help" or "h" would ask for help
	for _, sub := range c.Subcommands {
		prepare(env, sub)
	}
}

// setHelp sets the template of each command's help. Only a call for help needs them, and
// making them takes longer than many commands do.
func setHelp(list []*cli.Command, template func(*cli.Command) string) {
	for _, c := range list {
		c.CustomHelpTemplate = template(c)
		setHelp(c.Subcommands, template)
	}
}

// width returns how wide a help can be: as wide as the terminal, if there is one.
func width(env *app.Env) int {
	if columns := env.Fold(); columns >= 40 {
		return min(columns, HelpWidth)
	}
	return HelpWidth
}
