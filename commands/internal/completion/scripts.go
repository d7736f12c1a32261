package completion

import _ "embed" // the scripts

// The scripts of the shells. Each script asks the program for what can be
// typed. It passes the typed words unchanged, without letting the shell expand
// them again, and quotes the offers where the shell does not do that itself.
var (
	//go:embed mqtool.bash
	bash string
	//go:embed mqtool.zsh
	zsh string
	//go:embed mqtool.fish
	fish string
	//go:embed mqtool.ps1
	powershell string
)

// Script returns the script of a shell, or "" for an unknown shell.
func Script(shell string) string {
	switch shell {
	case "bash":
		return bash
	case "zsh":
		return zsh
	case "fish":
		return fish
	case "powershell":
		return powershell
	}
	return ""
}
