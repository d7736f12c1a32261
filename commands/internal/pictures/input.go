package pictures

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"mqtool/codec"
	"mqtool/codec/dump"
	"mqtool/codec/jpeg"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/files"
	"mqtool/commands/internal/progress"
	"mqtool/commands/internal/render"
	"mqtool/commands/internal/show"
	"mqtool/commands/internal/text"
)

// An input is one input of snapshot-decode, and what was found in it.
//
// Half of its fields count what was found, for the sum and the exit code.
type input struct {
	env     *app.Env
	options Options
	to      *destination
	screen  *show.Screen // the screen that shows the pictures, or nil
	name    string
	unsure  bool // the user may have meant it as OUTPUT
	several bool // there are other inputs

	line   *progress.Line // shows how much of all inputs is read
	before int64          // the size of the inputs before this one

	file   pictureWriter                 // gets the next picture
	part   func(start, end int64) []byte // returns a part of the input, to identify it in an error
	chosen bool                          // the one picture was found
	queued []*pictureReport              // pictures that wait until the pixels of those before them are decoded

	value   codec.CameraSnapshot // what the message of the last picture says
	givenUp int64                // where the last message ends that could not be read

	pictures int // pictures with pixels so far
	empty    int // pictures without pixels so far
	written  int
	existed  int      // those of the written pictures that were there already
	damaged  int      // pictures that are damaged or missing
	damage   string   // what is wrong with the first of them, for the exit code
	lacking  int      // messages that lack their picture
	missing  []string // descriptions of the first of these messages
	captured bool     // the input consists of network packets
	partial  bool     // a message has a PNG, GIF or WebP that is not whole, in which a JPEG is a thumbnail
	looked   bool     // the first pass is over, so the following fields are known
	layouts  []string // the layouts that the input was read as
	foreign  string   // what was found in place of a JPEG
	findings []string // what cannot be decoded in it, and what to do
}

// decode makes up to three passes over the input. If a pass finds nothing, the next one is
// less strict about what is a picture.
func (in *input) decode(ctx context.Context, file *text.Input) error {
	again := newSecondLook(file)
	in.file = pictureWriter{ctx: ctx, create: func() (*files.Pending, error) { return in.to.create(in.name) }}
	defer in.file.drop()
	for _, mode := range []dump.Mode{dump.Recognize, dump.AsBytes, dump.AsDigits} {
		r, ok := again.reader()
		if !ok {
			break
		}
		in.part = again.part
		err := in.look(ctx, codec.NewSnapshotScanner(in.line.Reader(r, in.before), mode), mode == dump.AsDigits)
		in.file.drop()
		if err != nil {
			return err
		}
		if !in.nothingYet() {
			return in.result()
		}
		if in.captured || in.partial {
			break
		}
	}
	empty := emptyInput{in.name, again.head, in.empty, in.layouts, in.foreign, in.findings}
	err := empty.err()
	if in.unsure {
		err = app.Damagedf("%v; mqtool took it for an INPUT, since it exists and is not a picture (to replace it: --output %s --force)", err, in.name)
	}
	return err
}

// look makes one pass over the input. In a desperate pass, pictures without pixels do not
// count.
func (in *input) look(ctx context.Context, r *codec.SnapshotScanner, desperate bool) error {
	err := in.read(ctx, r, desperate)
	if settled := in.settle(0); err == nil {
		err = settled
	}
	if err == nil {
		in.conclude(r, desperate)
	}
	return err
}

// read reads the pictures of one pass over the input.
func (in *input) read(ctx context.Context, r *codec.SnapshotScanner, desperate bool) error {
	for n := 1; ; n++ {
		asked := in.options.Info || in.selects(n)
		if err := in.file.next(in.selects(n)); err != nil {
			return err
		}
		s, err := in.next(r)
		if err == io.EOF {
			return nil
		}
		if fault := (*faultError)(nil); errors.As(err, &fault) && ctx.Err() == nil {
			if err := in.settle(0); err != nil {
				return err
			}
			if in.giveUp(r, fault) {
				n--
				continue
			}
		}
		if err != nil {
			return in.failure(err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		switch {
		case !s.Picture.Set:
			if err := in.miss(s); err != nil {
				return err
			}
			n--
			continue
		case s.Picture.Value.State == jpeg.Empty && desperate:
			continue
		case s.Picture.Value.State == jpeg.Empty:
			in.empty++
		default:
			in.pictures++
		}
		if asked {
			if err := in.take(s, n); err != nil {
				return err
			}
		}
	}
}

// conclude keeps what a pass over the input has told about it.
func (in *input) conclude(r *codec.SnapshotScanner, desperate bool) {
	if rest := r.Rest(); rest != "" && !desperate {
		in.env.Notice("%s: %s", in.name, rest)
	}
	if !in.looked { // the first pass shows best what the input is
		in.looked, in.captured = true, r.Captured()
		if more := in.lacking - len(in.missing); more > 0 {
			in.missing = append(in.missing, fmt.Sprintf("%s without a picture", render.Count(more, "more message")))
		}
		in.layouts, in.foreign, in.findings = r.Layouts(), r.Foreign(), append(in.missing, r.Findings()...)
	}
}

// next reads up to the next picture, and turns a panic into a faultError.
func (in *input) next(r *codec.SnapshotScanner) (s codec.DumpSnapshot, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = &faultError{panicked}
		}
	}()
	if s, err = r.Next(&in.file); err == nil {
		in.value = s.Value()
	}
	return s, err
}

// A faultError is a panic of a decoder, caused by a message that mqtool cannot read.
type faultError struct{ panicked any }

func (e *faultError) Error() string { return e.Unwrap().Error() }

func (e *faultError) Unwrap() error { return app.Fault(e.panicked, nil) }

// giveUp warns of a message that cannot be read, and counts it. It reports false if there
// is nothing more to read behind the message.
func (in *input) giveUp(r *codec.SnapshotScanner, fault *faultError) bool {
	line, start, end := r.GiveUp()
	if end <= in.givenUp {
		return false
	}
	in.givenUp = end
	what := fmt.Sprintf("line %d: %v", line, app.Fault(fault.panicked, in.part(start, end)))
	in.lack(what)
	in.note(what)
	in.env.Warn("%s: %s", in.name, what)
	return true
}

// selects reports whether picture n is to be written, as far as this is known before the
// picture is read.
func (in *input) selects(n int) bool {
	return !in.options.Info && !in.chosen && (in.options.Index == 0 || in.options.Index == n)
}

// failure returns the error of reading the input, or of writing a picture.
func (in *input) failure(err error) error {
	if in.file.err != nil {
		return in.file.err
	}
	var onPath *fs.PathError
	if errors.As(err, &onPath) && onPath.Path == in.name {
		err = onPath.Err // the message names the input already
	}
	return fmt.Errorf("%s: %w", in.name, err)
}

// nothingYet reports whether there was neither a picture nor any problem to report. An
// empty picture counts only if it was asked for, because a dump that was read in the wrong
// layout may look like one.
func (in *input) nothingYet() bool {
	return in.pictures == 0 && (in.empty == 0 || in.options.Index == 0 && in.damaged == 0)
}

// maxMissing is how many messages without their picture are named. maxEmpty is how many
// empty pictures are reported, of which nothing is saved. An input may have millions of
// either.
const (
	maxMissing = 3
	maxEmpty   = 3
)

// note counts a picture that has a problem.
func (in *input) note(trouble string) {
	if in.damaged++; in.damaged == 1 {
		in.damage = trouble
	}
}

// lack counts a message without its picture.
func (in *input) lack(what string) {
	if in.lacking++; in.lacking <= maxMissing {
		in.missing = append(in.missing, what)
	}
}

// miss handles a message that should have a picture but has none.
func (in *input) miss(s codec.DumpSnapshot) error {
	in.partial = in.partial || s.IsPartial()
	r := pictureReport{input: in.name, snapshot: s, value: in.value}
	in.lack(fmt.Sprintf("line %d: %s", s.Message.Position.Line, r.trouble()))
	if in.options.All == "" && !in.options.Info {
		return nil // another message may have a picture
	}
	if err := in.settle(0); err != nil {
		return err
	}
	in.note(r.trouble())
	return in.report(&r)
}

// take handles picture n, which was written to the file if it is wanted.
func (in *input) take(s codec.DumpSnapshot, n int) error {
	o := in.options
	isEmpty := s.Picture.Value.State == jpeg.Empty
	wanted := o.Index == n || o.Index == 0 && !isEmpty
	if !wanted && o.All == "" && !o.Info {
		return nil // the picture is empty; a better one may follow
	}
	return in.queue(&pictureReport{input: in.name, snapshot: s, value: in.value})
}

// finish puts a picture in its place, and reports it.
func (in *input) finish(r *pictureReport) error {
	if r.fault != nil {
		return r.fault
	}
	o := in.options
	refused := r.isEmpty() || o.Strict && (!r.snapshot.Picture.Value.Whole() || r.verified != "")
	if trouble := r.trouble(); trouble != "" {
		in.note(trouble)
	}
	if !o.Info && !refused {
		if err := in.keep(r); err != nil {
			return err
		}
		if in.screen != nil {
			if err := in.show(r); err != nil {
				return err
			}
		}
	}
	return in.report(r)
}

// keep puts a picture in its place.
func (in *input) keep(r *pictureReport) error {
	m := r.snapshot.Message
	about := files.Description{Info: r.value.CameraInfo, Topic: m.Topic, Received: m.Time, Line: m.Position.Line}
	if p := r.snapshot.Picture.Value; p.Format != "" {
		about.Suffix = p.Suffix()
	}
	var err error
	if r.keptPicture, err = in.to.keep(r.file, in.name, about, r.snapshot.Picture.Value.Prefix); err != nil {
		return err
	}
	in.chosen = in.options.All == ""
	in.written++
	if r.existed {
		in.existed++
	}
	return nil
}

// show shows a picture above its line in the output.
func (in *input) show(r *pictureReport) error {
	err := in.screen.Draw(in.env.Bytes, r.image)
	if errors.As(err, new(app.OutputError)) {
		return err
	}
	if err != nil {
		in.env.Notice("the picture cannot be shown: %v", err)
	}
	return nil
}

// report says what was done with a picture, in a line of text or a JSON object.
func (in *input) report(r *pictureReport) error {
	trouble := r.trouble() != "" || r.aside != nil || r.snapshot.Picture.Value.Format != ""
	switch {
	case in.options.Quiet && !trouble && len(r.warnings()) == 0:
	case in.options.Output.JSON:
		_, err := in.env.Stdout.Write(append(r.envelope().AppendJSON(nil), '\n'))
		return err
	case in.options.Info:
		_, err := fmt.Fprintln(in.env.Stdout, r.text())
		return err
	case r.snapshot.Picture.Set && r.snapshot.Picture.Value.State == jpeg.Empty && in.empty > maxEmpty: // the sum counts these pictures
	case in.options.All == "" || in.screen != nil || trouble || len(r.warnings()) > 0 || in.options.Quiet:
		in.env.Report(r.text())
	}
	return nil
}

// result returns the error for the whole input, or nil.
func (in *input) result() error {
	o := in.options
	all := in.pictures + in.empty
	if o.Index > all {
		return app.Damagedf("%s: there is no picture %d, only %d", in.name, o.Index, all)
	}
	if rest := in.pictures - 1; o.All == "" && !o.Info && !o.Quiet && o.Index == 0 && rest > 0 {
		in.env.Report(fmt.Sprintf("%s in %s: see --index and --all", render.Count(rest, "more picture"), in.name))
	}
	switch {
	case in.damaged == 0:
		return nil
	case o.All != "":
		return app.Damagedf("%s: %d of %s missing, empty, cut or damaged", in.name, in.damaged, render.Count(all+in.lacking, "picture"))
	case in.written == 0 && !o.Info:
		return app.Damagedf("%s: %s; nothing was written", in.name, in.damage)
	}
	err := app.Damagedf("%s: %s", in.name, in.damage)
	if in.several && !o.Output.JSON {
		return toldError{err} // the line about the picture says it already
	}
	return err
}

// A toldError is an error that was already reported to the user.
type toldError struct{ error }

func (e toldError) Unwrap() error { return e.error }

// A pictureWriter writes a picture into a file, which it creates with the first byte. It
// checks the context before each write, because a repeated row of a listing can make a
// large part of a picture without another read.
type pictureWriter struct {
	ctx    context.Context
	create func() (*files.Pending, error)
	file   *files.Pending
	wanted bool  // false: drop what is written
	err    error // the error of the file
}

// next begins another picture.
func (w *pictureWriter) next(wanted bool) error {
	w.wanted = wanted
	if w.file != nil {
		return w.file.Restart()
	}
	return nil
}

func (w *pictureWriter) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	if !w.wanted {
		return len(p), nil
	}
	if w.file == nil {
		if w.file, w.err = w.create(); w.err != nil {
			w.file = nil
			return 0, w.err
		}
	}
	var n int
	n, w.err = w.file.Write(p)
	return n, w.err
}

// take hands the file to the caller.
func (w *pictureWriter) take() *files.Pending {
	f := w.file
	w.file = nil
	return f
}

// drop removes a file that was begun but is not wanted.
func (w *pictureWriter) drop() {
	if w.file != nil {
		w.take().Discard()
	}
}
