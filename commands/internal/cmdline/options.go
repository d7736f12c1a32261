package cmdline

import (
	"errors"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mqtool/codec"
	"mqtool/commands/internal/app"
)

// An Option is a flag of the library with what the library lacks.
type Option struct {
	documentedFlag
	variable   string // of the environment, from which an option that is not typed is taken; or ""
	mayBeEmpty bool   // an empty value says something

	// The value came from the variable; in that case NoteTaken, if there is
	// one, was called. (With its own EnvVars the library does not tell, and it
	// takes a variable that is set to nothing for a value.)
	taken     bool
	noteTaken func()
}

// A documentedFlag is what all flags of the library are.
type documentedFlag interface {
	cli.DocGenerationFlag
	cli.CategorizableFlag
	cli.ActionableFlag
}

// String is the option in the help.
func (o *Option) String() string { return cli.FlagStringer(o) }

// GetEnvVars names the variable, for the help.
func (o *Option) GetEnvVars() []string {
	if o.variable == "" {
		return nil
	}
	return []string{o.variable}
}

// GetDefaultText is the default, for the help. A switch is off by default.
func (o *Option) GetDefaultText() string {
	if _, ok := o.documentedFlag.(*cli.BoolFlag); ok {
		return ""
	}
	return o.documentedFlag.GetDefaultText()
}

// RunAction checks the value. An error names what the value came from.
func (o *Option) RunAction(c *cli.Context) error {
	err := o.documentedFlag.RunAction(c)
	var usage app.UsageError
	if o.taken && errors.As(err, &usage) {
		if reason, ok := strings.CutPrefix(usage.Text, dashes(o.Names()[0])); ok {
			return app.UsageError{Text: o.variable + reason}
		}
	}
	return err
}

// A Flag is an option of a command, as the library has it.
type Flag = cli.Flag

// A Spec is what all kinds of options have. Its methods make one of a kind;
// destination and check may be nil. The default is what destination holds.
type Spec struct {
	Name     string
	Aliases  []string
	Category string // the part of the help that it stands in
	Usage    string
	Default  string // the default in words, for the help

	Variable   bool   // it has a variable
	NoteTaken  func() // called when the value is taken from there; may be nil
	MayBeEmpty bool   // an empty value says something
}

func (s Spec) option(f documentedFlag) *Option {
	o := &Option{documentedFlag: f, noteTaken: s.NoteTaken, mayBeEmpty: s.MayBeEmpty}
	if s.Variable {
		o.variable = Variable(s.Name)
	}
	return o
}

// held is what a destination holds; nil holds nothing.
func held[T any](destination *T) (value T) {
	if destination != nil {
		value = *destination
	}
	return value
}

// Text is an option that is a text.
func (s Spec) Text(destination *string, check func(*cli.Context, string) error) *Option {
	return s.option(&cli.StringFlag{
		Name: s.Name, Aliases: s.Aliases, Category: s.Category, Usage: s.Usage, Value: held(destination), DefaultText: s.Default, Destination: destination,
		Action: check,
	})
}

// OneOf is an option that is one of a few words.
func (s Spec) OneOf(destination *string, words ...string) *Option {
	return s.option(OneOf(&cli.StringFlag{
		Name: s.Name, Aliases: s.Aliases, Category: s.Category, Usage: s.Usage, Value: held(destination), DefaultText: s.Default, Destination: destination,
	}, words...))
}

// Number is an option that is a whole number.
func (s Spec) Number(destination *int, check func(*cli.Context, int) error) *Option {
	return s.option(&cli.IntFlag{
		Name: s.Name, Aliases: s.Aliases, Category: s.Category, Usage: s.Usage, Value: held(destination), DefaultText: s.Default, Destination: destination,
		Action: check,
	})
}

// Time is an option that is a time.
func (s Spec) Time(destination *time.Duration, check func(*cli.Context, time.Duration) error) *Option {
	return s.option(&cli.DurationFlag{
		Name: s.Name, Aliases: s.Aliases, Category: s.Category, Usage: s.Usage, Value: held(destination), DefaultText: s.Default, Destination: destination,
		Action: check,
	})
}

// Switch is a switch.
func (s Spec) Switch(destination *bool) *Option {
	return s.option(&cli.BoolFlag{
		Name: s.Name, Aliases: s.Aliases, Category: s.Category, Usage: s.Usage, Destination: destination, DisableDefaultText: true,
	})
}

// OnOrOff is a switch that the command line can turn off, too, when something
// else turns it on.
func (s Spec) OnOrOff(destination *codec.Opt[bool]) *Option {
	return s.option(&cli.BoolFlag{
		Name: s.Name, Aliases: s.Aliases, Category: s.Category, Usage: s.Usage, DisableDefaultText: true,
		Action: func(_ *cli.Context, value bool) error {
			*destination = codec.Some(value)
			return nil
		},
	})
}

// Optional is an option that is a text and may be left out: it is missing
// then. IsValue tells whether the next word is it.
func (s Spec) Optional(destination *string, missing string, isValue func(next string) bool) *Optional {
	return &Optional{
		StringFlag: &cli.StringFlag{Name: s.Name, Aliases: s.Aliases, Category: s.Category, Usage: s.Usage, Destination: destination},
		missing:    missing, isValue: isValue,
	}
}

// A Rest is an option whose value is all that follows it on the command
// line. normalizeArgs sees to that.
type Rest struct{ *cli.StringSliceFlag }

// IsSliceFlag is false: the help need not say that it may be repeated.
func (f *Rest) IsSliceFlag() bool { return false }

// String is the option in the help.
func (f *Rest) String() string { return cli.FlagStringer(f) }

// An Optional is an option whose value may be left out.
type Optional struct {
	*cli.StringFlag
	missing string                 // its value then
	isValue func(next string) bool // tells whether the next word is the value
}

// String is the option in the help.
func (f *Optional) String() string { return cli.FlagStringer(f) }
