package cmdline

import (
	"errors"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mqtool/codec"
	"mqtool/commands/internal/app"
)

// An Option is a flag of the library, with additions.
type Option struct {
	documentedFlag
	variable   string // the environment variable that gives the value if the option is not typed; or ""
	mayBeEmpty bool   // an empty value has a meaning

	// taken says that the value came from the variable; noteTaken, if it is set, was
	// called then. (The library's own EnvVars do not tell this, and treat a variable with
	// an empty value as set.)
	taken     bool
	noteTaken func()
}

// A documentedFlag has the methods that all flags of the library have.
type documentedFlag interface {
	cli.DocGenerationFlag
	cli.CategorizableFlag
	cli.ActionableFlag
}

// String returns the option as the help shows it.
func (o *Option) String() string { return cli.FlagStringer(o) }

// GetEnvVars returns the variable, for the help.
func (o *Option) GetEnvVars() []string {
	if o.variable == "" {
		return nil
	}
	return []string{o.variable}
}

// GetDefaultText returns the default, for the help. A switch is off by default, so it has
// no text.
func (o *Option) GetDefaultText() string {
	if _, ok := o.documentedFlag.(*cli.BoolFlag); ok {
		return ""
	}
	return o.documentedFlag.GetDefaultText()
}

// RunAction checks the value. Its error says where the value came from.
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

// A Spec holds what all kinds of options have in common. Each of its methods makes an
// option of one kind; destination and check may be nil. The default is the value that
// destination has.
type Spec struct {
	Name     string
	Aliases  []string
	Category string // the section of the help that lists it
	Usage    string
	Default  string // the default in words, for the help

	Variable   bool   // it has an environment variable
	NoteTaken  func() // called when the value is taken from the variable; may be nil
	MayBeEmpty bool   // an empty value has a meaning
}

func (s Spec) option(f documentedFlag) *Option {
	o := &Option{documentedFlag: f, noteTaken: s.NoteTaken, mayBeEmpty: s.MayBeEmpty}
	if s.Variable {
		o.variable = Variable(s.Name)
	}
	return o
}

// held returns the value that a destination has, or the zero value for nil.
func held[T any](destination *T) (value T) {
	if destination != nil {
		value = *destination
	}
	return value
}

// Text makes an option whose value is a text.
func (s Spec) Text(destination *string, check func(*cli.Context, string) error) *Option {
	return s.option(&cli.StringFlag{
		Name: s.Name, Aliases: s.Aliases, Category: s.Category, Usage: s.Usage, Value: held(destination), DefaultText: s.Default, Destination: destination,
		Action: check,
	})
}

// OneOf makes an option whose value is one of a few words.
func (s Spec) OneOf(destination *string, words ...string) *Option {
	return s.option(OneOf(&cli.StringFlag{
		Name: s.Name, Aliases: s.Aliases, Category: s.Category, Usage: s.Usage, Value: held(destination), DefaultText: s.Default, Destination: destination,
	}, words...))
}

// Number makes an option whose value is a whole number.
func (s Spec) Number(destination *int, check func(*cli.Context, int) error) *Option {
	return s.option(&cli.IntFlag{
		Name: s.Name, Aliases: s.Aliases, Category: s.Category, Usage: s.Usage, Value: held(destination), DefaultText: s.Default, Destination: destination,
		Action: check,
	})
}

// Time makes an option whose value is a duration.
func (s Spec) Time(destination *time.Duration, check func(*cli.Context, time.Duration) error) *Option {
	return s.option(&cli.DurationFlag{
		Name: s.Name, Aliases: s.Aliases, Category: s.Category, Usage: s.Usage, Value: held(destination), DefaultText: s.Default, Destination: destination,
		Action: check,
	})
}

// Switch makes a switch.
func (s Spec) Switch(destination *bool) *Option {
	return s.option(&cli.BoolFlag{
		Name: s.Name, Aliases: s.Aliases, Category: s.Category, Usage: s.Usage, Destination: destination, DisableDefaultText: true,
	})
}

// OnOrOff makes a switch that can also be turned off on the command line, for a setting
// that something else may have turned on.
func (s Spec) OnOrOff(destination *codec.Opt[bool]) *Option {
	return s.option(&cli.BoolFlag{
		Name: s.Name, Aliases: s.Aliases, Category: s.Category, Usage: s.Usage, DisableDefaultText: true,
		Action: func(_ *cli.Context, value bool) error {
			*destination = codec.Some(value)
			return nil
		},
	})
}

// Optional makes an option whose value may be left out; its value is missing then. isValue
// reports whether the next word is the value.
func (s Spec) Optional(destination *string, missing string, isValue func(next string) bool) *Optional {
	return &Optional{
		StringFlag: &cli.StringFlag{Name: s.Name, Aliases: s.Aliases, Category: s.Category, Usage: s.Usage, Destination: destination},
		missing:    missing, isValue: isValue,
	}
}

// A Rest is an option whose value is everything behind it on the command line.
// normalizeArgs collects it.
type Rest struct{ *cli.StringSliceFlag }

// IsSliceFlag returns false, because the help need not say that the option may be
// repeated.
func (f *Rest) IsSliceFlag() bool { return false }

// String returns the option as the help shows it.
func (f *Rest) String() string { return cli.FlagStringer(f) }

// An Optional is an option whose value may be left out.
type Optional struct {
	*cli.StringFlag
	missing string                 // the option's value if none is given
	isValue func(next string) bool // reports whether the next word is the value
}

// String returns the option as the help shows it.
func (f *Optional) String() string { return cli.FlagStringer(f) }
