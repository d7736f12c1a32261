package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"mqtool/codec"
	"mqtool/commands/internal/render"
)

type snapshotDecodeOptions struct {
	output outputOptions
	all    string // directory for every picture; "" for one
	index  int    // which picture; 0 for the first that has pixels
	info   bool   // write nothing
	strict bool   // refuse pictures that are not complete
	force  bool   // a name that mqtool makes up may be taken already
	prefix string // where the bytes before the picture go
}

func snapshotDecodeCommand(env *environment) *cli.Command {
	var o snapshotDecodeOptions
	return &cli.Command{
		Name:      "snapshot-decode",
		Usage:     "turn any dump of a snapshot message into its picture",
		ArgsUsage: "INPUT [OUTPUT]",
		Description: `INPUT is what you saved or copied from an MQTT tool: hex in any grouping, listings
of xxd, hexdump, od or Wireshark, lists of 0x.. or \x.., base64, JSON, whole logs, or
the bytes themselves. The layout is recognised. "-" is standard input or output.

Without OUTPUT the picture is named after the camera and the time, if the message tells
them, else after INPUT, and put beside INPUT, or into OUTPUT if that is a directory. What
can be saved is saved: a cut picture is written as far as it goes, with exit code 3.

Limits: a picture has at most 256 MiB, as has any MQTT message; JSON is nested at most
64 deep, far more than any device does. Text is read piece by piece and may be of any
length: memory does not grow with it.`,
		CustomHelpTemplate: examples(`
mqtool snapshot-decode dump.txt out.jpg
mosquitto_sub -h broker -t 4GSolarCam/Snapshot -C 1 -N | mqtool snapshot-decode - out.jpg
mqtool snapshot-decode --all pictures/ day.log
mqtool snapshot-decode --info --json dump.txt`),
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{
				Name: "all", Destination: &o.all,
				Usage: "write every picture of INPUT into `DIR`, one file each",
			},
			&cli.IntFlag{
				Name: "index", Destination: &o.index, DefaultText: "the first with pixels",
				Usage: "take the `N`th picture of INPUT",
			},
			&cli.BoolFlag{
				Name: "info", Destination: &o.info, DisableDefaultText: true,
				Usage: "say what is there and write nothing",
			},
			&cli.BoolFlag{
				Name: "strict", Destination: &o.strict, DisableDefaultText: true,
				Usage: "write no picture that is cut or empty",
			},
			&cli.BoolFlag{
				Name: "force", Destination: &o.force, DisableDefaultText: true,
				Usage: "overwrite a file whose name was not given as OUTPUT",
			},
			&cli.StringFlag{
				Name: "prefix", Destination: &o.prefix,
				Usage: "write the bytes before the picture to `FILE`: nobody knows yet what they mean",
			},
		}, outputFlags(&o.output)),
		Action: func(c *cli.Context) error {
			if c.IsSet("index") && o.index < 1 {
				return usageErrorf("snapshot-decode: --index %d: pictures are counted from 1", o.index)
			}
			return runSnapshotDecode(c.Context, env, o, c.Args().Slice())
		},
	}
}

func runSnapshotDecode(ctx context.Context, env *environment, o snapshotDecodeOptions, args []string) error {
	d := &snapshotDecoder{env: env, options: o, style: render.NewStyle(o.output.colored(env.stderrTerminal))}
	switch {
	case len(args) == 0:
		return usageErrorf("snapshot-decode: which INPUT? A file, or - for standard input")
	case len(args) > 2:
		return usageErrorf("snapshot-decode: too many arguments, from %q on; for many inputs call it once for each, or use --all with one log", args[2])
	case args[0] == "":
		return usageErrorf("snapshot-decode: INPUT is empty (is a variable not set?)")
	case len(args) == 2 && args[1] == "":
		return usageErrorf("snapshot-decode: OUTPUT is empty (is a variable not set?)")
	case len(args) == 2 && (o.all != "" || o.info):
		return usageErrorf("snapshot-decode: with --all and --info there is no OUTPUT")
	case o.all != "" && (o.index != 0 || o.prefix != "" || o.info):
		return usageErrorf("snapshot-decode: --all does not go with --index, --prefix or --info")
	case o.all == "-":
		return usageErrorf("snapshot-decode: --all - cannot be: many pictures need a directory; for one picture on standard output write - as OUTPUT")
	case o.prefix == "-":
		return usageErrorf("snapshot-decode: --prefix - cannot be: standard output is for the picture; name a file")
	case o.prefix != "" && o.info:
		return usageErrorf("snapshot-decode: --info writes nothing, so --prefix does not go with it")
	case len(args) == 2 && args[1] == "-" && o.output.json:
		return usageErrorf("snapshot-decode: --json and the picture cannot both go to standard output")
	case len(args) == 2 && args[1] == "-" && env.stdoutTerminal:
		return usageErrorf("snapshot-decode: a picture is nothing for a terminal; give OUTPUT a file name, or a pipe")
	}
	d.input = args[0]
	if len(args) == 2 {
		if err := d.setOutput(args[1]); err != nil {
			return err
		}
	}
	opened, err := openInput(ctx, env, d.input)
	if err != nil {
		return err
	}
	defer opened.Close()
	in := opened.(input)
	for _, name := range []string{d.output, o.prefix} {
		if sameFile(in.file, name) {
			return usageErrorf("snapshot-decode: %s is INPUT: it would be lost", name)
		}
	}
	if o.prefix != "" && filepath.Clean(o.prefix) == filepath.Clean(d.output) {
		return usageErrorf("snapshot-decode: --prefix and OUTPUT are the same file")
	}

	if o.all != "" {
		if err := os.MkdirAll(o.all, 0o777); err != nil {
			return err
		}
	}
	// Nothing found at the first look: look again, less particularly.
	again := newSecondLook(in)
	for _, mode := range []codec.DumpMode{codec.Recognise, codec.AsBytes, codec.AsDigits} {
		r, ok := again.reader()
		if !ok {
			break
		}
		bar := d.progress(in)
		err = d.decode(ctx, codec.NewSnapshotReader(bar.reader(r), mode), mode == codec.AsDigits)
		bar.done()
		d.drop()
		if err != nil || !d.nothingYet() {
			break
		}
	}
	if err != nil {
		d.tally() // which are there in spite of it
		return err
	}
	return d.summary(again)
}

// setOutput finds out what OUTPUT is: a file, also one that is not there yet,
// or a directory.
func (d *snapshotDecoder) setOutput(name string) error {
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		d.folder = name
		return nil
	case strings.HasSuffix(name, "/"):
		return usageErrorf("snapshot-decode: OUTPUT %s: there is no such directory", name)
	}
	d.output = name
	if target, err := filepath.EvalSymlinks(name); err == nil {
		d.output = target // the link stays one
	}
	return nil
}

// sameFile reports whether name is the open file.
func sameFile(f *os.File, name string) bool {
	if f == nil || name == "" {
		return false
	}
	a, errA := f.Stat()
	b, errB := os.Stat(name)
	return errA == nil && errB == nil && os.SameFile(a, b)
}

// A snapshotDecoder decodes one input.
type snapshotDecoder struct {
	env           *environment
	options       snapshotDecodeOptions
	style         *render.Style
	input, output string
	folder        string // OUTPUT, when that is a directory

	pending *pendingFile // gets the next picture
	chosen  bool         // the one picture was found

	pictures int // met so far, with pixels
	empty    int // met so far, without
	written  int
	existed  int      // of these, those that were there already
	damaged  []string // what is wrong with pictures, for the exit code
	looked   bool     // once, so that these are known:
	layouts  []string // what the input was taken for
	findings []string // what is in it that cannot be decoded, and what to do
}

// decode goes through the pictures of one look at the input. In a desperate one
// what has no pixels is no picture.
func (d *snapshotDecoder) decode(ctx context.Context, r *codec.SnapshotReader, desperate bool) error {
	for n := 1; ; n++ {
		w, err := d.target(n)
		if err != nil {
			return err
		}
		s, err := r.Next(contextWriter{ctx, w})
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("%s: %w", d.input, err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if s.Picture.State == codec.Empty && desperate {
			continue
		}
		if s.Picture.State == codec.Empty {
			d.empty++
		} else {
			d.pictures++
		}
		if w != io.Discard || d.options.info {
			if err := d.take(s, n); err != nil {
				return err
			}
		}
	}
	if !d.looked { // what the first look took it for is what it looks like
		d.looked = true
		d.layouts, d.findings = r.Layouts(), r.Findings()
	}
	return nil
}

// nothingYet reports whether there was neither a picture nor anything to tell of
// one. An empty picture is nothing, unless it was asked for: a dump that was
// understood by half looks like one, too.
func (d *snapshotDecoder) nothingYet() bool {
	return d.pictures == 0 && (d.empty == 0 || d.options.index == 0 && len(d.damaged) == 0)
}

// A contextWriter looks at the context before each write: a repeated row of a
// listing makes much of a picture without another read.
type contextWriter struct {
	ctx context.Context
	w   io.Writer
}

func (w contextWriter) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.w.Write(p)
}

// target is where picture n goes. Its name is known when it was read.
func (d *snapshotDecoder) target(n int) (io.Writer, error) {
	if d.options.info || d.chosen || d.options.index > 0 && d.options.index != n {
		return io.Discard, nil
	}
	if d.pending != nil {
		return d.pending, d.pending.restart()
	}
	dir := d.options.all
	if dir == "" {
		dir = d.directory()
	}
	var err error
	d.pending, err = newPendingFile(dir)
	return d.pending, err
}

// directory is where the one picture goes.
func (d *snapshotDecoder) directory() string {
	switch {
	case d.output == "-" || isSpecial(d.output):
		return os.TempDir()
	case d.output != "":
		return filepath.Dir(d.output)
	case d.folder != "":
		return d.folder
	case d.input == "-":
		return "."
	}
	return filepath.Dir(d.input)
}

// drop removes what was begun and not wanted.
func (d *snapshotDecoder) drop() {
	if d.pending != nil {
		d.pending.discard()
		d.pending = nil
	}
}

// take deals with picture n, which was written to pending.
func (d *snapshotDecoder) take(s codec.DumpSnapshot, n int) error {
	o := d.options
	p := s.Picture
	wanted := o.index == n || o.index == 0 && p.State != codec.Empty
	if !wanted && o.all == "" && !o.info {
		return nil // an empty picture: there may be a better one
	}
	value := s.Value()
	report := pictureReport{input: d.input, snapshot: s, value: value}
	refused := p.State == codec.Empty || o.strict && !p.Whole()
	if trouble := report.trouble(); trouble != "" {
		d.damaged = append(d.damaged, trouble)
	}
	switch {
	case o.info, refused:
	case o.all != "":
		name, existed, err := d.pending.claim(pictureName(value, s), maxNames)
		d.pending = nil
		if err != nil {
			return err
		}
		report.output, report.existed = filepath.Join(o.all, name), existed
	default:
		if err := d.writeOne(&report); err != nil {
			return err
		}
	}
	d.chosen = o.all == "" && !o.info && !refused
	if report.output != "" {
		d.written++
	}
	if report.existed {
		d.existed++
	}
	return d.report(&report)
}

// maxNames is how many pictures of one camera and second are told apart: a
// vehicle in view makes about one a second.
const maxNames = 1000

// writeOne gives the one picture its name, and its prefix a file.
func (d *snapshotDecoder) writeOne(r *pictureReport) error {
	pending := d.pending
	d.pending = nil
	defer pending.discard()
	if d.options.prefix != "" {
		if err := writePrefix(d.options.prefix, r.snapshot.Picture.Prefix); err != nil {
			return err
		}
	}
	switch {
	case d.output == "-":
		r.output = "standard output"
		return pending.copyTo(d.env.stdout)
	case isSpecial(d.output):
		r.output = d.output
		return pending.copyToSpecial(d.output)
	case d.output == "":
		name := d.ownName(r)
		r.output = filepath.Join(d.directory(), name)
		if d.options.force {
			return pending.replace(name)
		}
		_, existed, err := pending.claim(name, 1)
		r.existed = existed
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s is there already and is another picture; name an OUTPUT, or use --force", r.output)
		}
		return err
	}
	r.output = d.output
	return pending.replace(filepath.Base(d.output))
}

// writePrefix writes the bytes before a picture.
func writePrefix(name string, prefix []byte) error {
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target // the link stays one
	}
	special := isSpecial(name)
	dir := filepath.Dir(name)
	if special {
		dir = os.TempDir()
	}
	f, err := newPendingFile(dir)
	if err != nil {
		return err
	}
	defer f.discard()
	if _, err := f.Write(prefix); err != nil {
		return err
	}
	if special {
		return f.copyToSpecial(name)
	}
	return f.replace(filepath.Base(name))
}

// isSpecial reports whether a name belongs to a device or a FIFO: what one
// writes to, and does not replace.
func isSpecial(name string) bool {
	info, err := os.Stat(name)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

// ownName makes up a name for the one picture.
func (d *snapshotDecoder) ownName(r *pictureReport) string {
	if name := pictureName(r.value, r.snapshot); !strings.HasPrefix(name, "snapshot-") {
		return name
	}
	if d.input == "-" {
		return "snapshot.jpg"
	}
	name := filepath.Base(d.input)
	if ext := filepath.Ext(name); ext != ".jpg" && ext != ".jpeg" {
		name = strings.TrimSuffix(name, ext)
	}
	return name + ".jpg"
}

// pictureName makes a file name of what a message says: the camera's MAC and
// when it took the picture, else when the message was received, else where it
// stood in the dump. Nothing a device says can lead out of a directory.
func pictureName(v codec.CameraSnapshot, s codec.DumpSnapshot) string {
	const form = "2006-01-02T150405Z"
	device := "snapshot"
	if mac, err := codec.ParseMAC(v.MAC); err == nil {
		device = mac
	}
	switch {
	case !v.CapturedAt.IsZero():
		return device + "-" + v.CapturedAt.UTC().Format(form) + ".jpg"
	case !s.Message.Time.IsZero():
		return device + "-" + s.Message.Time.UTC().Format("2006-01-02T150405.000Z") + ".jpg"
	}
	return fmt.Sprintf("%s-line%06d.jpg", device, s.Message.Position.Line)
}

// report says what was done, in one line for people or one JSON object.
func (d *snapshotDecoder) report(r *pictureReport) error {
	if d.options.output.json {
		_, err := d.env.stdout.Write(append(r.appendJSON(nil), '\n'))
		return err
	}
	if d.options.info {
		_, err := fmt.Fprintln(d.env.stdout, r.text())
		return err
	}
	if d.options.all == "" || r.trouble() != "" {
		fmt.Fprintln(d.env.stderr, r.text())
	}
	return nil
}

// A pictureReport is what is told of one picture.
type pictureReport struct {
	input    string
	snapshot codec.DumpSnapshot
	value    codec.CameraSnapshot
	output   string // "" when nothing was written
	existed  bool   // output was there already, with the same bytes
}

// trouble says in short what is wrong with a picture, or with the text it
// stood in; "" when nothing is.
func (r *pictureReport) trouble() string {
	m, p := &r.snapshot.Message, r.snapshot.Picture
	var parts []string
	switch {
	case p.State == codec.Empty:
		parts = append(parts, fmt.Sprintf("the picture is empty: %d bytes without a scan", p.Size))
	case p.State == codec.Truncated:
		parts = append(parts, "the picture is cut "+p.End)
	}
	if p.Unexpected > 0 {
		parts = append(parts, "the picture's data is damaged")
	}
	if p.Orphan() {
		parts = append(parts, "this may be the thumbnail of a picture whose start is missing")
	} else if p.State != codec.Empty && p.Unexpected == 0 && p.State == codec.Complete && !p.Whole() {
		parts = append(parts, fmt.Sprintf("%d stray bytes inside the picture", p.Stray))
	}
	if m.DamageCount > 0 {
		parts = append(parts, fmt.Sprintf("the text is damaged, first in line %d, column %d", m.Damage[0].Line, m.Damage[0].Column))
	}
	return strings.Join(parts, "; ")
}

// text is the report in one line.
func (r *pictureReport) text() string {
	p := r.snapshot.Picture
	var b strings.Builder
	switch {
	case r.existed:
		fmt.Fprintf(&b, "%s (there already): ", render.Safe(r.output))
	case r.output != "":
		fmt.Fprintf(&b, "%s: ", render.Safe(r.output))
	}
	if p.Coding != "" {
		fmt.Fprintf(&b, "%dx%d %s ", p.Width, p.Height, p.Coding)
	}
	fmt.Fprintf(&b, "JPEG, %d bytes", p.Size)
	fmt.Fprintf(&b, ", from %s at line %d of %s", r.snapshot.Message.Layout, r.snapshot.Message.Position.Line, render.Safe(r.input))
	if p.Before > 0 {
		fmt.Fprintf(&b, ", %d bytes before it%s", p.Before, shown(p.Prefix))
	}
	if p.After > 0 {
		fmt.Fprintf(&b, ", %d bytes after it", p.After)
	}
	for _, w := range r.value.Warnings() {
		b.WriteString("; warning: " + render.Safe(w))
	}
	if r.snapshot.Picture.MPF {
		b.WriteString("; the camera put more pictures of the same shot behind it, see --index")
	}
	return b.String()
}

// shown shows a few bytes: as text if they are one, else as hex.
func shown(b []byte) string {
	const most = 24
	cut := b[:min(len(b), most)]
	if utf8.Valid(cut) && bytes.IndexFunc(cut, func(r rune) bool { return r < ' ' }) < 0 {
		return fmt.Sprintf(" (%s)", render.Safe(strconv.Quote(string(cut))))
	}
	return fmt.Sprintf(" (%x)", cut[:min(len(cut), 12)])
}

// appendJSON appends the report as the envelope of the message, with where it
// came from and where the picture went.
func (r *pictureReport) appendJSON(dst []byte) []byte {
	m := &r.snapshot.Message
	e := render.Envelope{Time: m.Time, Topic: m.Topic, Family: "milesight", Value: r.value}
	if mac, err := codec.ParseMAC(r.value.MAC); err == nil {
		e.Device = mac
	}
	dst = e.AppendJSON(dst)
	dst = append(dst[:len(dst)-1], `,"input":`...)
	dst = appendQuoted(dst, r.input)
	dst = appendQuoted(append(dst, `,"layout":`...), m.Layout)
	dst = strconv.AppendInt(append(dst, `,"line":`...), m.Position.Line, 10)
	if r.output != "" {
		dst = appendQuoted(append(dst, `,"output":`...), r.output)
	}
	return append(dst, '}')
}

func appendQuoted(dst []byte, s string) []byte {
	b, _ := json.Marshal(s) // a string has no error
	return append(dst, b...)
}

// summary turns what happened into the command's result.
func (d *snapshotDecoder) summary(again *secondLook) error {
	o := d.options
	switch {
	case d.nothingYet():
		return d.nothing(again)
	case o.index > d.pictures+d.empty:
		return damagedErrorf("%s: there is no picture %d, only %d", d.input, o.index, d.pictures+d.empty)
	}
	// Cron mails whatever is said. On a terminal somebody waits for an answer.
	if len(d.damaged) > 0 || d.env.stderrTerminal {
		d.tally()
	}
	if rest := d.pictures - 1; o.all == "" && !o.info && o.index == 0 && rest > 0 {
		fmt.Fprintf(d.env.stderr, "%s in %s: see --index and --all\n", count(rest, "more picture"), render.Safe(d.input))
	}
	switch n := len(d.damaged); {
	case n == 0:
		return nil
	case o.all != "":
		return damagedErrorf("%s: %d of %s damaged or empty", d.input, n, count(d.pictures+d.empty, "picture"))
	case d.written == 0 && !o.info:
		return damagedErrorf("%s: %s; nothing was written", d.input, d.damaged[0])
	}
	return damagedErrorf("%s: %s", d.input, d.damaged[0])
}

// tally says how many pictures of a log were written.
func (d *snapshotDecoder) tally() {
	if d.options.all == "" || d.options.output.json {
		return
	}
	fmt.Fprintf(d.env.stderr, "%s written to %s", count(d.written-d.existed, "picture"), render.Safe(d.options.all))
	if d.existed > 0 {
		fmt.Fprintf(d.env.stderr, ", %d there already", d.existed)
	}
	if d.empty > 0 {
		fmt.Fprintf(d.env.stderr, ", %d empty", d.empty)
	}
	fmt.Fprintln(d.env.stderr)
}

// nothing says why there is no picture, what the input looked like, and what
// was tried: who is told less blames the camera for a dump that was not understood.
func (d *snapshotDecoder) nothing(again *secondLook) error {
	parts := []string{d.input + ": no picture found"}
	if d.empty > 0 {
		parts[0] = d.input + ": the picture is empty: it has a start, but no scan with pixels; nothing was written"
	}
	switch {
	case len(again.head) == 0:
		parts = append(parts, "the input is empty, it has 0 bytes")
	case len(d.findings) > 0 && d.empty == 0: // they say it better
	case len(d.layouts) == 0 || d.layouts[0] == "bytes":
		parts = append(parts, "the input begins with "+looks(again.head))
	case d.empty > 0:
		parts = append(parts, "the input looks like "+strings.Join(d.layouts, ", "))
	default:
		parts = append(parts, "it looks like "+strings.Join(d.layouts, ", ")+", but there is no JPEG in it")
	}
	parts = append(parts, d.findings...)
	parts = append(parts, "tried: bytes, hex in any grouping, listings of xxd, hexdump, od and Wireshark, 0x and \\x lists, lists of numbers, base64, JSON, hex digits at half bytes")
	return damagedErrorf("%s", strings.Join(parts, "; "))
}

// looks shows the beginning of an input.
func looks(head []byte) string {
	for magic, name := range map[string]string{"\x89PNG": "a PNG picture", "GIF8": "a GIF picture", "%PDF": "a PDF document", "PK\x03\x04": "a zip archive", "\x1f\x8b": "gzip data: decompress it first"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return name
		}
	}
	const most = 40
	cut := head[:min(len(head), most)]
	if utf8.Valid(cut) {
		return strconv.Quote(string(cut))
	}
	return fmt.Sprintf("the bytes % x", cut[:min(len(cut), 16)])
}

// A secondLook lets an input be read again. A file is; of a stream as much is
// kept as any single message needs that was typed or copied by hand.
type secondLook struct {
	in   input
	head []byte        // how the input begins
	kept *bytes.Buffer // nil when the stream was too long
	look int
}

const maxKept = 16 << 20

func newSecondLook(in input) *secondLook {
	return &secondLook{in: in, kept: new(bytes.Buffer)}
}

// reader gives the input from its start.
func (s *secondLook) reader() (io.Reader, bool) {
	s.look++
	switch {
	case s.look == 1:
		return s, true
	case s.in.file != nil:
		_, err := s.in.file.Seek(0, io.SeekStart)
		return s.in, err == nil
	case s.kept != nil:
		return bytes.NewReader(s.kept.Bytes()), true
	}
	return nil, false
}

// Read is the first look.
func (s *secondLook) Read(p []byte) (int, error) {
	n, err := s.in.Read(p)
	if len(s.head) < 64 {
		s.head = append(s.head, p[:min(n, 64)]...)
	}
	if s.in.file == nil && s.kept != nil {
		if s.kept.Write(p[:n]); s.kept.Len() > maxKept {
			s.kept = nil
		}
	}
	return n, err
}

// A progressBar shows how far a long decode got, on a terminal whose lines
// nobody else writes.
type progressBar struct {
	container *mpb.Progress
	bar       *mpb.Bar
}

// worthABar is from which size on an input takes long enough to watch.
const worthABar = 32 << 20

func (d *snapshotDecoder) progress(in input) progressBar {
	if in.file == nil || !d.env.stderrTerminal || d.env.stdoutTerminal && d.options.output.json {
		return progressBar{}
	}
	info, err := in.file.Stat()
	if err != nil || info.Size() < worthABar {
		return progressBar{}
	}
	p := mpb.New(mpb.WithOutput(d.env.stderr), mpb.WithWidth(48))
	bar := p.AddBar(info.Size(), mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.CountersKibiByte("% .0f / % .0f")),
		mpb.AppendDecorators(decor.Percentage(), decor.Name("  "), decor.AverageETA(decor.ET_STYLE_GO)))
	return progressBar{p, bar}
}

func (b progressBar) reader(r io.Reader) io.Reader {
	if b.bar == nil {
		return r
	}
	return b.bar.ProxyReader(r)
}

func (b progressBar) done() {
	if b.bar != nil {
		b.bar.Abort(true)
		b.container.Wait()
	}
}
