// Package manual writes the manual pages, from the same definitions as the
// help.
package manual

import (
	"fmt"
	"strings"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/cmdline"
)

// A Page is a manual page, in the language of man(7).
type Page struct {
	Name string // of the file, such as mqtool-listen.1
	Text string
}

// Commands returns the pages of a program and of all its commands. date is when
// they were last changed.
func Commands(d *cmdline.Definition, date string) []Page {
	w := begin(pageName(d), 1, date, d.Usage)
	w.section("SYNOPSIS")
	for i, form := range strings.Split(d.Arguments, "\n") {
		if i == 0 {
			form = d.Path + " [OPTIONS] " + form
		} else {
			w.line(".br")
		}
		w.fill(strings.TrimSpace(form))
	}
	if d.Description != "" {
		w.section("DESCRIPTION")
		w.prose(d.Description)
	}
	if len(d.Commands) > 0 {
		w.section("COMMANDS")
		for _, sub := range d.Commands {
			w.item(sub.Name(), sub.Usage)
		}
	}
	if d.Examples != "" {
		w.section("EXAMPLES")
		w.literal(strings.Split(d.Examples, "\n"))
	}
	w.section("OPTIONS")
	for _, o := range d.Options {
		w.item(o.Label, o.Text)
	}
	_, codes, _ := strings.Cut(app.ExitCodes, "\n   ")
	w.section("EXIT STATUS")
	w.literal(strings.Split(strings.ReplaceAll(strings.TrimSpace(codes), "\n   ", "\n"), "\n"))

	pages := []Page{w.page()}
	for _, sub := range d.Commands {
		pages = append(pages, Commands(&sub, date)...)
	}
	return pages
}

// Topic returns the page with the text that "mqtool help TOPIC" prints.
func Topic(topic, help, date string) Page {
	w := begin("mqtool-"+topic, 7, date, strings.ReplaceAll(topic, "-", " ")+" of mqtool")
	w.section("DESCRIPTION")
	w.prose(strings.TrimSpace(help))
	return w.page()
}

// pageName returns the name of the page of a command. It has the same form as
// for git and other programs.
func pageName(d *cmdline.Definition) string { return strings.ReplaceAll(d.Path, " ", "-") }

// A writer writes a page.
type writer struct {
	name string
	strings.Builder
}

func begin(name string, section int, date, usage string) *writer {
	w := &writer{name: fmt.Sprintf("%s.%d", name, section)}
	w.line(fmt.Sprintf(`.TH %s %d "%s" "mqtool" "mqtool"`, escape(strings.ToUpper(name)), section, date))
	w.section("NAME")
	w.fill(name + " - " + usage)
	return w
}

func (w *writer) page() Page { return Page{w.name, w.String()} }

func (w *writer) line(text string) { w.WriteString(text + "\n") }

func (w *writer) section(title string) { w.line(".SH " + title) }

// item writes an option or a command, and what it does.
func (w *writer) item(label, text string) {
	w.line(".TP")
	w.line(`\fB` + escape(label) + `\fR`)
	w.fill(text)
}

// fill writes text that man breaks into lines. The lines of the source are
// short, too.
func (w *writer) fill(text string) {
	const most = 76
	line := ""
	for _, word := range strings.Fields(escape(text)) {
		if line != "" && len(line)+1+len(word) > most {
			w.line(protect(line))
			line = ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	if line != "" {
		w.line(protect(line))
	}
}

// literal writes lines that stay as they are.
func (w *writer) literal(lines []string) {
	w.line(".nf")
	for _, line := range lines {
		w.line(protect(escape(line)))
	}
	w.line(".fi")
}

// prose writes a text of the help. Its paragraphs are filled; headings and
// indented lines stay as they are.
func (w *writer) prose(text string) {
	for i, paragraph := range strings.Split(text, "\n\n") {
		if i > 0 {
			w.line(".PP")
		}
		var filled, literal []string
		flush := func() {
			if len(filled) > 0 {
				w.fill(strings.Join(filled, " "))
			}
			if len(literal) > 0 {
				w.line(".RS 4")
				w.literal(literal)
				w.line(".RE")
			}
			filled, literal = nil, nil
		}
		for _, line := range strings.Split(paragraph, "\n") {
			rest, indented := strings.CutPrefix(line, "   ")
			switch {
			case indented:
				literal = append(literal, rest)
			default:
				if len(literal) > 0 {
					flush()
				}
				filled = append(filled, line)
			}
		}
		flush()
	}
}

// escape escapes the characters that man(7) would interpret or show as others.
func escape(text string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(text)
}

// protect keeps a line from being taken for a request.
func protect(line string) string {
	if strings.HasPrefix(line, ".") {
		return `\&` + line
	}
	return line
}
