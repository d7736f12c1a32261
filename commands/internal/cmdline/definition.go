package cmdline

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// A Definition describes a command for the parts of mqtool that present commands in other
// forms than help: completion and manual pages.
type Definition struct {
	Path        string // as it is typed: "mqtool config registers"
	Usage       string // what it does, in one line
	Arguments   string // as the help shows them: "CAMERA..."; further forms are on lines of their own
	Description string
	Examples    string // lines as they are typed
	Options     []DefinedOption
	Commands    []Definition
}

// Name returns the last word of the path.
func (d *Definition) Name() string { return d.Path[strings.LastIndexByte(d.Path, ' ')+1:] }

// Command finds a subcommand, or returns nil.
func (d *Definition) Command(name string) *Definition {
	if i := slices.IndexFunc(d.Commands, func(sub Definition) bool { return sub.Name() == name }); i >= 0 {
		return &d.Commands[i]
	}
	return nil
}

// Option finds the option that a word sets, or returns nil.
func (d *Definition) Option(word string) *DefinedOption {
	if !looksLikeOption(word) {
		return nil
	}
	name := optionName(word)
	if i := slices.IndexFunc(d.Options, func(o DefinedOption) bool { return slices.Contains(o.Names, name) }); i >= 0 {
		return &d.Options[i]
	}
	return nil
}

// A DefinedOption describes an option.
type DefinedOption struct {
	Names    []string // all, the usual one first
	Label    string   // as the help shows it: "--count N, -C"
	Text     string   // what it does, with the default and the variable
	Category string   // the section of the help that lists it
	Value    string   // what the help calls the value, or "": FILE
	Words    []string // the possible values, if these are few
	Takes    Takes
}

// Typed returns the option as it is typed.
func (o *DefinedOption) Typed() string { return dashes(o.Names[0]) }

// Takes tells how many of the words behind an option are its value.
type Takes int

// What options take.
const (
	Nothing Takes = iota
	OneWord
	MaybeOne // the word may be left out
	TheRest  // all words that follow
)

// Define returns the definition of the program that has these commands.
func Define(list []*cli.Command) *Definition {
	program := &Definition{
		Path: "mqtool", Usage: programUsage, Arguments: "COMMAND",
		Options: []DefinedOption{defineOption(versionFlag()), helpOption},
	}
	for _, c := range list {
		program.Commands = append(program.Commands, define(program.Path, c))
	}
	return program
}

func define(above string, c *cli.Command) Definition {
	_, examples, _ := strings.Cut(c.CustomHelpTemplate, "EXAMPLES:\n   ")
	d := Definition{
		Path: above + " " + c.Name, Usage: c.Usage, Arguments: c.ArgsUsage, Description: c.Description,
		Examples: strings.ReplaceAll(strings.TrimSpace(examples), "\n   ", "\n"),
	}
	for _, f := range c.Flags {
		d.Options = append(d.Options, defineOption(f))
	}
	d.Options = append(d.Options, helpOption)
	for _, sub := range c.Subcommands {
		d.Commands = append(d.Commands, define(d.Path, sub))
	}
	return d
}

// helpOption is the option that the library gives every command.
var helpOption = DefinedOption{Names: []string{"help", "h"}, Label: "--help, -h", Text: "show help"}

func defineOption(f cli.Flag) DefinedOption {
	label, text, _ := strings.Cut(row(f), "\t")
	o := DefinedOption{Names: f.Names(), Label: label, Text: text, Category: categoryOf(f), Words: words(f)}
	switch f.(type) {
	case *Rest:
		o.Takes = TheRest
	case *Optional:
		o.Takes = MaybeOne
	default:
		if takesValue(f) {
			o.Takes = OneWord
		}
	}
	if d, ok := f.(cli.DocGenerationFlag); ok {
		if _, usage, ok := strings.Cut(d.GetUsage(), "`"); ok {
			o.Value, _, _ = strings.Cut(usage, "`")
		}
	}
	return o
}

// words returns the possible values of an option, if it is a Choice.
func words(f cli.Flag) []string {
	if o, ok := f.(*Option); ok {
		f = o.documentedFlag
	}
	if c, ok := f.(*Choice); ok {
		return c.Words
	}
	return nil
}
