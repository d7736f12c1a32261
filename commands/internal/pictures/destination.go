package pictures

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/files"
)

// A destination says where pictures go. With --all they go into an album. Otherwise one
// picture of each INPUT goes to OUTPUT, which is standard output, a device, a file or a
// directory; without OUTPUT it goes beside INPUT under a generated name.
type destination struct {
	stdout io.Writer
	album  *files.Album
	output string // a file, which may not exist yet; "-" is standard output
	folder string // a directory, which may not exist yet
	prefix string // the file for the bytes before the picture
	force  bool   // replace files that would otherwise be kept
	many   bool   // pictures of several INPUTs may get the same name

	inputs  map[string]bool // their full names, because --force must not replace them
	made    map[string]bool // the full names of the pictures of this run
	numbers files.Numbers
}

func newDestination(env *app.Env, o Options, a arguments) (*destination, error) {
	d := &destination{stdout: env.Bytes, prefix: o.Prefix, force: o.Force, many: a.several}
	if o.All != "" {
		var err error
		d.album, err = files.NewAlbum(o.All, false)
		return d, err
	}
	for _, name := range []string{a.output, o.Prefix} {
		if err := files.CheckLink(name); name != "" && err != nil {
			return nil, fmt.Errorf("snapshot-decode: %w", err)
		}
	}
	if o.Force {
		d.inputs, d.made = map[string]bool{}, map[string]bool{}
		for _, name := range a.inputs {
			d.inputs[fullName(name)] = true
		}
	}
	switch kind := files.KindOf(a.output); {
	case a.output == "":
	case a.output != "-" && (kind == files.Directory || kind == files.Missing && (a.several || endsInSlash(a.output))):
		d.folder = a.output
	default:
		var err error
		if d.output, err = files.Resolve(a.output); err != nil { // replace the target of a link and not the link
			return nil, fmt.Errorf("snapshot-decode: %w", err)
		}
	}
	return d, nil
}

func fullName(name string) string {
	if full, err := filepath.Abs(name); err == nil {
		return full
	}
	return filepath.Clean(name)
}

// keeps makes sure that an open INPUT is not replaced.
func (d *destination) keeps(in *os.File) error {
	for _, name := range []string{d.output, d.prefix} {
		if sameFile(in, name) {
			return app.Usagef("snapshot-decode: %s is INPUT: it would be lost", name)
		}
	}
	return nil
}

// sameFile reports whether name belongs to the open file.
func sameFile(f *os.File, name string) bool {
	if f == nil || name == "" {
		return false
	}
	a, errA := f.Stat()
	b, errB := os.Stat(name)
	return errA == nil && errB == nil && os.SameFile(a, b)
}

// create makes a file for a picture of an INPUT, and its directory if needed.
func (d *destination) create(input string) (*files.Pending, error) {
	if d.album != nil {
		return d.album.Create()
	}
	dir := d.directory(input)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	return files.Create(dir)
}

// directory returns the directory for the picture of an INPUT.
func (d *destination) directory(input string) string {
	switch {
	case d.output == "-" || d.output != "" && files.KindOf(d.output) == files.Special:
		return os.TempDir()
	case d.output != "":
		return filepath.Dir(d.output)
	case d.folder != "":
		return d.folder
	case input == "-":
		return "."
	}
	return filepath.Dir(input)
}

// A keptPicture is a picture that was put in its place.
type keptPicture struct {
	name     string
	existed  bool  // the same picture was there already
	replaced bool  // the picture replaced another one
	aside    error // the reason if the picture is in another place than usual
}

// keep gives a picture its name, and writes the bytes before the picture if that was asked
// for. The file p must not be used afterwards.
func (d *destination) keep(p *files.Pending, input string, about files.Description, prefix []byte) (keptPicture, error) {
	defer p.Discard()
	if d.album != nil {
		place, err := d.album.Add(p, about)
		return keptPicture{name: place.Path, existed: place.Existed, aside: place.Aside}, err
	}
	if d.prefix != "" {
		if err := d.writePrefix(prefix); err != nil {
			return keptPicture{}, err
		}
	}
	switch {
	case d.output == "-":
		return keptPicture{name: "standard output"}, p.CopyTo(d.stdout)
	case d.output == "":
		dir := d.directory(input)
		return d.keepMadeUp(p, dir, ownName(dir, input, about))
	}
	switch kind := files.KindOf(d.output); {
	case kind == files.Special:
		return keptPicture{name: d.output}, p.CopyToSpecial(d.output)
	case about.Suffix != "" && !strings.EqualFold(filepath.Ext(d.output), about.Suffix):
		name := strings.TrimSuffix(d.output, filepath.Ext(d.output)) + about.Suffix
		return keptPicture{}, app.Damagedf("%s: the picture is a %s, not a JPEG; it was not written to %s; to write it, name %s", input, strings.ToUpper(about.Suffix[1:]), d.output, name)
	case kind == files.Foreign && !d.force: // the file was created while the picture was decoded
		return keptPicture{}, app.Usagef("snapshot-decode: OUTPUT %s is there already and is not a picture", d.output)
	default:
		return keptPicture{name: d.output, replaced: kind == files.Picture || kind == files.Foreign}, p.Replace(filepath.Base(d.output))
	}
}

// keepMadeUp gives a picture a generated name. It replaces another file only with --force,
// and never replaces an INPUT or a picture of the same run.
func (d *destination) keepMadeUp(p *files.Pending, dir, name string) (keptPicture, error) {
	path := filepath.Join(dir, name)
	full := fullName(path)
	defer func() {
		if d.made != nil {
			d.made[full] = true
		}
	}()
	_, err := os.Lstat(path)
	switch {
	case d.force && err == nil && d.inputs[full]:
		if !d.many {
			return keptPicture{}, app.Usagef("snapshot-decode: %s is INPUT: it would be lost; name an OUTPUT", path)
		}
	case d.force && !d.made[full]:
		return keptPicture{name: path, replaced: err == nil}, p.Replace(name)
	}
	if d.many {
		claimed, existed, err := d.numbers.Claim(p, name)
		return keptPicture{name: filepath.Join(dir, claimed), existed: existed}, err
	}
	existed, err := p.ClaimOnly(name)
	if errors.Is(err, fs.ErrExist) {
		return keptPicture{}, fmt.Errorf("%s is there already and is another picture; name an OUTPUT, or use --force", path)
	}
	return keptPicture{name: path, existed: existed}, err
}

// ownName generates a name in a directory for the one picture of an INPUT. The name comes
// from the camera if it is known, else from INPUT.
func ownName(dir, input string, about files.Description) string {
	if name := about.FlatName(); name != "" {
		return name
	}
	if input == "-" {
		return "snapshot" + about.Extension()
	}
	base := filepath.Base(input)
	stem := strings.TrimSuffix(base, filepath.Ext(base))
	if name := stem + about.Extension(); stem != "" && !isSameFile(input, filepath.Join(dir, name)) {
		return name
	}
	return base + about.Extension()
}

// writePrefix writes the bytes before a picture. It keeps a file that has other content,
// because such bytes have no form by which they can be recognized.
func (d *destination) writePrefix(prefix []byte) error {
	name, err := files.Resolve(d.prefix) // replace the target of a link and not the link
	if err != nil {
		return fmt.Errorf("snapshot-decode: %w", err)
	}
	kind := files.KindOf(name)
	dir := filepath.Dir(name)
	switch kind {
	case files.Special:
		dir = os.TempDir()
	case files.Directory:
		return app.Usagef("snapshot-decode: --header %s: it is a directory; name a file", d.prefix)
	case files.Missing:
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return err
		}
	case files.Empty, files.Picture, files.Foreign:
	}
	f, err := files.Create(dir)
	if err != nil {
		return err
	}
	defer f.Discard()
	if _, err := f.Write(prefix); err != nil {
		return err
	}
	base := filepath.Base(name)
	switch {
	case kind == files.Special:
		return f.CopyToSpecial(name)
	case kind == files.Empty, d.force:
		return f.Replace(base)
	}
	if _, err := f.ClaimOnly(base); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return app.Usagef("snapshot-decode: --header %s: the file is there already and holds other bytes; name another one, or replace it with --force", d.prefix)
}
