// Package completion tells shells what can be typed next:
//
//   - completion.go finds it out from the definitions of the commands,
//   - scripts.go has the script of each shell, which asks for it and quotes it.
package completion

import (
	"fmt"
	"io"
	"strings"

	"mqtool/commands/internal/cmdline"
	"mqtool/commands/internal/site"
)

// Entry is the word with which the scripts ask:
//
//	mqtool __complete WORD...
//
// The last word is the word that is being typed, up to the cursor. It may be
// empty, and may begin with a quote. Complete only uses it to see whether an
// option is meant; the shell picks the matching offers.
//
// The output is an [Offer]: a line with the Kind, then a line for each word. If
// there is a text about the word, it follows after a tab. Nothing else happens:
// no connection is made, no program runs, and mistakes are not reported.
const Entry = "__complete"

// An Offer says what can be typed next.
type Offer struct {
	Kind  Kind
	Words []Word
}

// A Kind says what the shell offers besides the words.
type Kind string

// The kinds of offers.
const (
	Words       Kind = "words" // nothing else
	Files       Kind = "files"
	Directories Kind = "directories"
)

// A Word is a word that can be typed.
type Word struct{ Text, About string }

// Write writes an offer in the form that the scripts read.
func (o Offer) Write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", o.Kind)
	for _, word := range o.Words {
		b.WriteString(word.Text)
		if word.About != "" {
			b.WriteString("\t" + word.About)
		}
		b.WriteString("\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Complete finds what can be typed next. words are the words after the name of
// the program, and known reads the names in a configuration file.
func Complete(program *cmdline.Definition, words []string, known func(config string) site.Known) Offer {
	if len(words) == 0 {
		words = []string{""}
	}
	l := line{command: program, known: known}
	if words[0] == "help" && len(words) > 1 {
		l.helps = true
		words = words[1:]
	}
	typed := words[len(words)-1]
	for _, word := range words[:len(words)-1] {
		l.take(word)
	}
	return l.offer(typed)
}

// A line is the state after the complete words of a command line.
type line struct {
	command *cmdline.Definition
	known   func(config string) site.Known

	helps     bool                   // help was asked for
	option    *cmdline.DefinedOption // the next word is the value of this option; or nil
	ended     bool                   // no option can follow
	rest      bool                   // a user's program follows, which has its own completion
	arguments int                    // how many arguments were typed
	config    string                 // the file of --config
}

// take updates the line for one complete word.
func (l *line) take(word string) {
	switch option := l.command.Option(word); {
	case l.rest:
	case l.option != nil && (l.option.Takes == cmdline.OneWord || !strings.HasPrefix(word, "-")):
		l.takeValue(word)
	case l.ended:
		l.arguments++
	case word == "--":
		l.option, l.ended = nil, true
	case option != nil:
		l.option = option
		_, value, written := strings.Cut(word, "=")
		switch {
		case option.Takes == cmdline.TheRest:
			l.rest = true
		case written:
			l.takeValue(value)
		case option.Takes == cmdline.Nothing:
			l.option = nil
		}
	case l.arguments == 0 && l.command.Command(word) != nil:
		l.command = l.command.Command(word)
	case !strings.HasPrefix(word, "-") || word == "-":
		l.arguments++
	}
}

func (l *line) takeValue(value string) {
	if l.option.Names[0] == "config" {
		l.config = value
	}
	l.option = nil
}

// offer returns what the word that is being typed can become.
func (l *line) offer(typed string) Offer {
	name, _, written := strings.Cut(typed, "=")
	option := l.command.Option(name)
	switch {
	case l.rest:
		return Offer{Kind: Files}
	case l.helps:
		return l.helpWords()
	case l.option != nil && l.option.Takes == cmdline.OneWord:
		return l.value(l.option, "")
	case l.ended:
		return l.argument()
	case written && option != nil && option.Takes != cmdline.Nothing:
		return l.value(option, name+"=")
	case strings.HasPrefix(typed, "-"):
		return l.options()
	case l.arguments == 0 && len(l.command.Commands) > 0:
		o := l.argument()
		o.Words = append(o.Words, commandWords(l.command)...)
		if isProgram(l.command) {
			o.Words = append(o.Words, Word{"help", "show help about a command or topic"})
		}
		return o
	}
	return l.argument()
}

// helpWords returns the words that help can explain.
func (l *line) helpWords() Offer {
	o := Offer{Kind: Words, Words: commandWords(l.command)}
	if isProgram(l.command) {
		for _, topic := range cmdline.Topics() {
			o.Words = append(o.Words, Word{Text: topic})
		}
	}
	return o
}

func isProgram(d *cmdline.Definition) bool { return d.Name() == d.Path }

func commandWords(d *cmdline.Definition) []Word {
	var list []Word
	for _, sub := range d.Commands {
		list = append(list, Word{sub.Name(), sub.Usage})
	}
	return list
}

func (l *line) options() Offer {
	o := Offer{Kind: Words}
	for _, option := range l.command.Options {
		o.Words = append(o.Words, Word{option.Typed(), option.Text})
	}
	return o
}

// value returns the possible values of an option. Each begins with before, the
// part of the word before the value.
func (l *line) value(option *cmdline.DefinedOption, before string) Offer {
	if len(option.Words) > 0 {
		return offerOf(before, option.Words)
	}
	return l.named(option.Value, before)
}

// argument returns what the current argument can be, by the first form of the
// arguments in the help: "CAMERA status|reboot", "[DEVICE...]".
func (l *line) argument() Offer {
	form, _, _ := strings.Cut(l.command.Arguments, "\n")
	places := strings.Fields(form)
	if len(places) == 0 {
		return Offer{Kind: Words}
	}
	place := places[min(l.arguments, len(places)-1)]
	if l.arguments >= len(places) && !strings.Contains(form, "...") {
		return Offer{Kind: Words}
	}
	if strings.Contains(place, "|") {
		return offerOf("", strings.FieldsFunc(place, func(r rune) bool { return r == '|' }))
	}
	return l.named(strings.Trim(place, "[.]"), "")
}

// named returns what can stand in place of a name in the help.
func (l *line) named(name, before string) Offer {
	switch name {
	case "BROKER":
		return offerOf(before, l.known(l.config).Brokers)
	case "CAMERA":
		return offerOf(before, l.known(l.config).Cameras)
	case "READER":
		return offerOf(before, l.known(l.config).Readers)
	case "DEVICE":
		k := l.known(l.config)
		return offerOf(before, append(k.Cameras, k.Readers...))
	case "QOS":
		return offerOf(before, []string{"0", "1", "2"})
	case "FILE", "INPUT", "OUTPUT":
		return Offer{Kind: Files}
	case "DIR":
		return Offer{Kind: Directories}
	}
	return Offer{Kind: Words}
}

func offerOf(before string, words []string) Offer {
	o := Offer{Kind: Words}
	for _, word := range words {
		o.Words = append(o.Words, Word{Text: before + word})
	}
	return o
}
