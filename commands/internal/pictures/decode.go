package pictures

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/progress"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/show"
	"mqtool/commands/internal/text"
)

// A decoder decodes inputs, one after the other.
type decoder struct {
	env     *app.Env
	options Options
	arguments
	to     *destination
	screen *show.Screen // or nil

	line   *progress.Line
	before int64 // bytes of the inputs that were decoded

	sum   sum
	worst map[int]error // of inputs that failed, the worst error for each exit code
}

// Decode decodes what the arguments name.
func Decode(ctx context.Context, env *app.Env, o Options, args []string) error {
	if err := o.check(); err != nil {
		return err
	}
	a, err := readArguments(env, o, args)
	if err != nil {
		return err
	}
	if show.Wanted(o.Show) && a.output == "-" {
		return app.Usagef("snapshot-decode: --show does not go with - as OUTPUT: standard output is for the picture")
	}
	d := &decoder{env: env, options: o, arguments: a, screen: show.On(env, o.Show), worst: map[int]error{}}
	if d.to, err = newDestination(env, o, a); err != nil {
		return err
	}
	d.line = d.showProgress()
	defer d.line.End()
	if !d.several {
		return d.single(ctx, d.inputs[0])
	}
	for _, err := range d.bad {
		d.fail(err)
	}
	for _, name := range d.inputs {
		err := d.oneOfMany(ctx, name)
		if errors.As(err, new(app.OutputError)) {
			return err // standard output failed, so nothing more can be written
		}
		if ctx.Err() != nil {
			break
		}
	}
	return d.end(ctx)
}

// showProgress shows how much of the inputs is decoded, if their size is known.
func (d *decoder) showProgress() *progress.Line {
	if d.screen != nil {
		return nil // the pictures themselves show the progress
	}
	var total int64
	for _, name := range d.inputs {
		if d.options.Quiet || name == "-" && app.IsTerminal(d.env.Stdin) {
			return nil // the user wants no progress, or is typing the input
		}
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() {
			total = 0 // the input may never end
			break
		}
		total += info.Size()
	}
	return progress.Bar(d.env, total, "decoding")
}

// single decodes the only input.
func (d *decoder) single(ctx context.Context, name string) error {
	if d.isPictureAlready(name) {
		return app.Usagef("snapshot-decode: %s is a picture already: nothing to do; with an OUTPUT it is copied, without the bytes around it", name)
	}
	return d.decode(ctx, name)
}

// oneOfMany decodes one of several inputs. It reports an error at once, because the other
// inputs are still decoded.
func (d *decoder) oneOfMany(ctx context.Context, name string) error {
	if d.isPictureAlready(name) {
		if !d.options.Quiet {
			d.env.Notice("%s is a picture already", name)
		}
		d.passed.pictures++
		d.sum.already++
		return nil
	}
	err := d.decode(ctx, name)
	if err != nil && !errors.Is(err, ctx.Err()) {
		d.fail(err)
	}
	return err
}

// fail counts an input that failed.
func (d *decoder) fail(err error) {
	d.sum.failed++
	d.worst[app.ExitCode(err)] = err
	if !errors.As(err, new(app.OutputError)) && !errors.As(err, new(toldError)) {
		d.env.Fail(err)
	}
}

// isPictureAlready reports whether an input needs no decoding, because it is a picture
// with the name of one and no copy was asked for.
func (d *decoder) isPictureAlready(name string) bool {
	return d.options.All == "" && !d.options.Info && d.output == "" && (isPicture(name) || isOtherPicture(name))
}

// decode decodes one input.
func (d *decoder) decode(ctx context.Context, name string) error {
	if name == "-" && app.IsTerminal(d.env.Stdin) {
		d.env.Notice("paste the dump, then press %s", endOfInput())
	}
	file, err := text.Open(ctx, d.env.Stdin, name)
	if errors.Is(err, fs.ErrNotExist) && isPattern(name) {
		return fmt.Errorf("%s: no file matches", name)
	}
	if err != nil {
		return err
	}
	defer file.Close()
	if err := d.to.keeps(file.File); err != nil {
		return err
	}
	in := &input{env: d.env, options: d.options, to: d.to, screen: d.screen, name: name, unsure: name == d.unsure, several: d.several, line: d.line, before: d.before}
	d.line.Say("%s", filepath.Base(name))
	err = in.decode(ctx, file)
	d.before += file.Size()
	d.line.SetDone(d.before)
	d.sum.add(in, ctx.Err() == nil)
	if !d.several && d.options.All != "" && !d.options.Output.JSON && !d.options.Quiet && d.worthASum(in, err) {
		d.env.Report(d.total())
	}
	return err
}

// worthASum reports whether to say how many pictures the only input had. On a terminal the
// user waits for an answer; elsewhere the output may become a mail from cron. If there is
// no picture, the error says it.
func (d *decoder) worthASum(in *input, err error) bool {
	if in.nothingYet() && errors.Is(err, codec.ErrMalformed) {
		return false
	}
	return err != nil || d.env.StderrTerminal
}

// end reports the result of several inputs.
func (d *decoder) end(ctx context.Context) error {
	quiet := d.options.Quiet || d.options.Output.JSON || d.options.Info || d.options.All != "" && !d.env.StderrTerminal
	switch {
	case ctx.Err() != nil:
		d.env.Notice("%s", d.total())
		return ctx.Err()
	case d.sum.failed > 0:
		return &sumError{d.total(), d.worst}
	case !quiet:
		d.env.Report(d.total())
	}
	return nil
}

// A sumError sums up inputs that failed. The error of each of them was reported before.
type sumError struct {
	text  string
	worst map[int]error
}

func (e *sumError) Error() string { return e.text }

// Unwrap returns an error for each exit code of the failed inputs.
func (e *sumError) Unwrap() []error {
	var list []error
	for _, err := range e.worst {
		list = append(list, err)
	}
	return list
}

// A sum has the counts for all inputs together.
type sum struct {
	inputs, failed          int
	already                 int // inputs that are pictures themselves
	written, existed, empty int // pictures
}

func (s *sum) add(in *input, ended bool) {
	if ended {
		s.inputs++
	}
	s.written += in.written - in.existed
	s.existed += in.existed
	s.empty += in.empty
}

// total says in one line what was done.
func (d *decoder) total() string {
	s := d.sum
	var parts []string
	if !d.options.Info {
		text := render.Count(s.written, "picture") + " written"
		if dir := d.options.All + d.to.folder; dir != "" {
			text += " to " + render.Safe(dir)
		}
		parts = append(parts, text)
	}
	if s.existed > 0 {
		parts = append(parts, fmt.Sprintf("%d there already", s.existed))
	}
	if s.empty > 0 {
		parts = append(parts, fmt.Sprintf("%d empty", s.empty))
	}
	text := strings.Join(parts, ", ")
	if !d.several {
		return text
	}
	named := len(d.inputs) + len(d.bad) - s.already
	all := render.Count(named, "input")
	failed := ""
	switch {
	case s.failed > 0:
		failed = fmt.Sprintf("%d of %s failed or damaged", s.failed, all)
	case s.inputs == named:
		text += ", from " + all
	default: // it was interrupted
		text += fmt.Sprintf(", from %d of %s", s.inputs, all)
	}
	parts = slices.DeleteFunc([]string{text, failed, d.passed.String()}, func(s string) bool { return s == "" })
	return strings.Join(parts, "; ")
}
