package cmdline

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"mqtool/commands/internal/app"
)

// usageLine matches a line of the help about an option. The description of the option
// begins after the first gap.
var usageLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(   --?\S.*?  +)(\S.*)$`) })

// HelpWidth is the largest width of a help.
const HelpWidth = 100

// wrapHelp breaks the lines of a help that are longer than the limit. The library can
// break lines, but it does not align them with the column where the text begins, and does
// not keep paragraphs together. Examples and lists stay unchanged.
func wrapHelp(help string, limit int) string {
	var b strings.Builder
	var paragraph []string // the lines so far of a paragraph in a description
	end := func() {
		tooLong := func(line string) bool { return utf8.RuneCountInString(line) > limit }
		if slices.ContainsFunc(paragraph, tooLong) {
			fill(&b, "   ", strings.Join(paragraph, " "), 3, limit)
		} else {
			for _, line := range paragraph {
				b.WriteString(line + "\n")
			}
		}
		paragraph = nil
	}
	described := false
	for line := range strings.Lines(help) {
		line = strings.TrimSuffix(line, "\n")
		if isHeading := line != "" && line[0] != ' '; isHeading {
			described = line == "DESCRIPTION:"
		}
		if described && strings.HasPrefix(line, "   ") && !strings.HasPrefix(line, "    ") {
			paragraph = append(paragraph, line)
			continue
		}
		end()
		parts := usageLine().FindStringSubmatch(line)
		switch {
		case utf8.RuneCountInString(line) <= limit:
			b.WriteString(line + "\n")
		case parts != nil:
			fill(&b, parts[1], parts[2], len(parts[1]), limit)
		case strings.HasPrefix(line, "EXIT CODES:"):
			fill(&b, "", line, 3, limit)
		default:
			b.WriteString(line + "\n")
		}
	}
	end()
	return b.String()
}

// fill writes first and then the words, and breaks the words at the limit. Lines after the
// first are indented.
func fill(b *strings.Builder, first, words string, indent, limit int) {
	b.WriteString(first)
	column := utf8.RuneCountInString(first)
	for i, word := range strings.Fields(words) {
		switch width := utf8.RuneCountInString(word); {
		case i == 0:
			column += width
		case column+1+width > limit:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent + width
		default:
			b.WriteString(" ")
			column += 1 + width
		}
		b.WriteString(word)
	}
	b.WriteString("\n")
}

const appHelpTemplate = `{{.Name}}: {{.Usage}}

USAGE:
   {{wrap .UsageText 3}}

COMMANDS:{{template "visibleCommandTemplate" .}}

OPTIONS:{{template "visibleFlagTemplate" .}}

HELP:
   mqtool COMMAND -h       the options that people use most
   mqtool COMMAND --help   everything about a command
   mqtool help connection | config-file | exit-codes | output | topics
` + app.ExitCodes

const usageTemplate = `{{.HelpName}}: {{.Usage}}

USAGE:
   {{.HelpName}} [OPTIONS]{{if .ArgsUsage}} {{.ArgsUsage}}{{end}}
`

const descriptionTemplate = `{{if .Description}}
DESCRIPTION:
   {{wrap .Description 3}}
{{end}}{{if .VisibleCommands}}
COMMANDS:{{template "visibleCommandTemplate" .}}
{{end}}`

// The sections of options that are alike in many commands. A topic of the help has them,
// so that the help of a command can be about the command.
const (
	ConnectionCategory = "CONNECTION" // mqtool help connection
	OutputCategory     = "OUTPUT"     // mqtool help output
)

// usualConnection is the option of the connection that every help shows. The others are
// in the help of the topic "connection".
const usualConnection = "broker"

// fullHelp returns the template of a command's help.
func fullHelp(c *cli.Command) string {
	var own, connection []string
	hasColor := false
	for _, f := range c.VisibleFlags() {
		switch {
		case categoryOf(f) == "":
			own = append(own, "\n   "+row(f))
		case categoryOf(f) == OutputCategory:
			hasColor = true
		case f.Names()[0] == usualConnection:
			connection = append(connection, "\n   "+row(f))
		}
	}
	text := usageTemplate + descriptionTemplate + c.CustomHelpTemplate
	if len(own) > 0 {
		text += "\nOPTIONS:" + strings.Join(own, "") + "\n"
	}
	if len(connection) > 0 {
		text += "\nCONNECTION (--username, --password and all others: mqtool help connection):" + strings.Join(connection, "") + "\n"
	}
	text += "\n"
	if hasColor {
		text += "COLOR: --color auto, always or never (mqtool help output)\n"
	}
	return text + "EXIT CODES: 0 done, 1 failed, 2 wrong usage, 3 damaged, 4 no answer (mqtool help exit-codes)\n"
}

// shortHelp returns the template of the help that -h shows.
func shortHelp(c *cli.Command) string {
	const most = 10
	common := strings.Fields(c.UsageText) // the library uses this field in another template
	rows := make([]string, 0, most)
	take := func(f cli.Flag) {
		if len(rows) < most {
			rows = append(rows, "\n   "+row(f))
		}
	}
	for _, name := range common {
		if f := findFlag(c.Flags, dashes(name)); f != nil {
			take(f)
		}
	}
	for _, f := range c.VisibleFlags() {
		connects := f.Names()[0] == usualConnection
		if len(common) == 0 && (categoryOf(f) == "" && len(rows) < most-1 || connects) {
			take(f)
		}
	}
	_, examplesOn, _ := strings.Cut(c.CustomHelpTemplate, "EXAMPLES:\n")
	var examples []string
	for line := range strings.Lines(examplesOn) {
		if !strings.HasPrefix(line, "   ") || len(examples) == 3 {
			break
		}
		examples = append(examples, line)
	}
	return usageTemplate + "\nEXAMPLES:\n" + strings.Join(examples, "") + "\nOPTIONS:" + strings.Join(rows, "") +
		"\n\nThe rest is shown by: {{.HelpName}} --help\n"
}

// row returns an option as a help shows it: with its name, and its letter if it has one.
// The other names, which come from the vendor's script, are left out to save room.
func row(f cli.Flag) string {
	left, right, _ := strings.Cut(f.String(), "\t")
	left, _, _ = strings.Cut(left, " [ ")
	names := strings.Split(left, ", ")
	for _, name := range names[1:] {
		if letter, _, _ := strings.Cut(name, " "); len(letter) == 2 {
			names[0] += ", " + letter
		}
	}
	return names[0] + "\t" + right
}

func categoryOf(f cli.Flag) string {
	if c, ok := f.(cli.CategorizableFlag); ok {
		return c.GetCategory()
	}
	return ""
}

// Examples returns the part of a command's help that has examples. It belongs in
// CustomHelpTemplate.
func Examples(text string) string {
	return "\nEXAMPLES:\n   " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n   ") + "\n"
}
