package completion

import _ "embed" // the scripts

// The scripts of the shells. Each of them asks the program for what can be typed, hands it
// what was typed as it is, without a second look of the shell at it, and quotes what it
// gets where the shell does not do that itself.
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

// Script is the script of a shell, or "" for one that is not known.
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
