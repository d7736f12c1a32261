package cmdline

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"mqtool/commands/internal/app"
)

// usageLine is a line of the help about an option; what it says about the
// option begins after the first gap.
var usageLine = regexp.MustCompile(`^(   --?\S.*?  +)(\S.*)\n$`)

// HelpWidth is how wide a help can be.
const HelpWidth = 100

// wrapUsages breaks the long lines about options in a help. The library can
// break lines, but not under the column where they begin.
func wrapUsages(help string) string {
	var b strings.Builder
	for line := range strings.Lines(help) {
		parts := usageLine.FindStringSubmatch(line)
		if parts == nil || utf8.RuneCountInString(line)-1 <= HelpWidth {
			b.WriteString(line)
			continue
		}
		b.WriteString(parts[1])
		column := len(parts[1])
		for i, word := range strings.Fields(parts[2]) {
			switch width := utf8.RuneCountInString(word); {
			case i == 0:
				column += width
			case column+1+width > HelpWidth:
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

// Examples is the part of a command's help that shows it at work. It goes
// into CustomHelpTemplate.
func Examples(text string) string {
	return "\nEXAMPLES:\n   " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n   ") + "\n"
}
