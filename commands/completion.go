package commands

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/completion"
)

func completionCommand(env *app.Env) *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print the completion script of a shell",
		ArgsUsage: "bash|zsh|fish|powershell",
		Description: `The script completes commands, options, what the value of an option can be, and the names
of brokers and devices in the configuration file. It asks the mqtool in the PATH, which
connects to nothing, runs no program and is silent about a file that cannot be read. What
was typed is not expanded.`,
		CustomHelpTemplate: cmdline.Examples(`
mqtool completion bash > ~/.local/share/bash-completion/completions/mqtool
mqtool completion zsh > ~/.zsh/_mqtool                          # with ~/.zsh in fpath
mqtool completion fish > ~/.config/fish/completions/mqtool.fish
mqtool completion powershell | Out-String | Invoke-Expression   # in $PROFILE`),
		Action: func(c *cli.Context) error {
			script := completion.Script(c.Args().First())
			if script == "" || c.NArg() != 1 {
				return app.Usagef("which shell? bash, zsh, fish or powershell")
			}
			_, err := fmt.Fprint(env.Stdout, script)
			return err
		},
	}
}
