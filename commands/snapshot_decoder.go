package commands

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/text"
)

// A snapshotDecoder decodes inputs, one after the other.
type snapshotDecoder struct {
	env     *app.Env
	options snapshotDecodeOptions
	snapshotArguments
	to *destination

	sum   snapshotSum
	worst map[int]error // of inputs that failed, one for each exit code
}

func runSnapshotDecode(ctx context.Context, env *app.Env, o snapshotDecodeOptions, args []string) error {
	if err := o.check(); err != nil {
		return err
	}
	a, err := readSnapshotArguments(env, o, args)
	if err != nil {
		return err
	}
	d := &snapshotDecoder{env: env, options: o, snapshotArguments: a, worst: map[int]error{}}
	if d.to, err = newDestination(env, o, a); err != nil {
		return err
	}
	if !d.several {
		return d.single(ctx, d.inputs[0])
	}
	for _, err := range d.bad {
		d.fail(err)
	}
	for _, name := range d.inputs {
		err := d.oneOfMany(ctx, name)
		if errors.As(err, new(app.OutputError)) {
			return err // nothing more can be told
		}
		if ctx.Err() != nil {
			break
		}
	}
	return d.end(ctx)
}

// single decodes the only input.
func (d *snapshotDecoder) single(ctx context.Context, name string) error {
	if d.isPictureAlready(name) {
		return app.Usagef("snapshot-decode: %s is a picture already: nothing to do; with an OUTPUT it is copied, without what stands around it", name)
	}
	return d.decode(ctx, name)
}

// oneOfMany decodes one of several inputs, and tells what went wrong: that does
// not stop the others.
func (d *snapshotDecoder) oneOfMany(ctx context.Context, name string) error {
	if d.isPictureAlready(name) {
		d.env.Notice("%s is a picture already", name)
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
func (d *snapshotDecoder) fail(err error) {
	d.sum.failed++
	d.worst[app.ExitCode(err)] = err
	if !errors.As(err, new(app.OutputError)) && !errors.As(err, new(toldError)) {
		d.env.Notice("%v", err)
	}
}

// isPictureAlready reports whether an input needs no decoding: it is a picture,
// and says so, and nobody has asked for a copy.
func (d *snapshotDecoder) isPictureAlready(name string) bool {
	return d.options.all == "" && !d.options.info && d.output == "" && isPicture(name)
}

// decode decodes one input.
func (d *snapshotDecoder) decode(ctx context.Context, name string) error {
	if name == "-" && app.IsTerminal(d.env.Stdin) {
		d.env.Notice("paste the dump, then press %s", endOfInput())
	}
	file, err := text.Open(ctx, d.env.Stdin, name)
	if errors.Is(err, fs.ErrNotExist) && isPattern(name) {
		return fmt.Errorf("%s: no file has such a name", name)
	}
	if err != nil {
		return err
	}
	defer file.Close()
	if err := d.to.keeps(file.File); err != nil {
		return err
	}
	in := &snapshotInput{env: d.env, options: d.options, to: d.to, name: name, unsure: name == d.unsure, several: d.several}
	err = in.decode(ctx, file)
	d.sum.add(in, ctx.Err() == nil)
	if !d.several && d.options.all != "" && !d.options.output.JSON && d.worthASum(in, err) {
		fmt.Fprintln(d.env.Stderr, d.total())
	}
	return err
}

// worthASum reports whether to say how many pictures the only input had. On a
// terminal somebody waits for an answer; elsewhere what is said may be a mail
// from cron. The error says it when there is none.
func (d *snapshotDecoder) worthASum(in *snapshotInput, err error) bool {
	if in.nothingYet() && errors.Is(err, codec.ErrMalformed) {
		return false
	}
	return err != nil || d.env.StderrTerminal
}

// end says what came of several inputs.
func (d *snapshotDecoder) end(ctx context.Context) error {
	quiet := d.options.output.JSON || d.options.info || d.options.all != "" && !d.env.StderrTerminal
	switch {
	case ctx.Err() != nil:
		d.env.Notice("%s", d.total())
		return ctx.Err()
	case d.sum.failed > 0:
		return &snapshotsError{d.total(), d.worst}
	case !quiet:
		fmt.Fprintln(d.env.Stderr, d.total())
	}
	return nil
}

// A snapshotsError sums up inputs that failed, each of which was told.
type snapshotsError struct {
	text  string
	worst map[int]error
}

func (e *snapshotsError) Error() string { return e.text }

// Unwrap gives an error for each exit code that an input would have.
func (e *snapshotsError) Unwrap() []error {
	var list []error
	for _, err := range e.worst {
		list = append(list, err)
	}
	return list
}

// A snapshotSum counts over all inputs.
type snapshotSum struct {
	inputs, failed          int
	already                 int // inputs that are pictures already
	written, existed, empty int // pictures
}

func (s *snapshotSum) add(in *snapshotInput, ended bool) {
	if ended {
		s.inputs++
	}
	s.written += in.written - in.existed
	s.existed += in.existed
	s.empty += in.empty
}

// total says what was done, in one line.
func (d *snapshotDecoder) total() string {
	s := d.sum
	var parts []string
	if !d.options.info {
		text := render.Count(s.written, "picture") + " written"
		if dir := d.options.all + d.to.folder; dir != "" {
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
