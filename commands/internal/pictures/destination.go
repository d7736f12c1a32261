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

// A destination is where pictures go: into an album (--all), or for each INPUT
// one picture to OUTPUT, which is standard output, a device, a file or a
// directory, or beside INPUT under a name that is made up.
type destination struct {
	stdout io.Writer
	album  *files.Album
	output string // a file, also one that is not there yet; "-" is standard output
	folder string // a directory, which may not be there yet
	prefix string // the file for the bytes before the picture
	force  bool   // replace what would be kept
	many   bool   // pictures of several INPUTs may have one name

	inputs  map[string]bool // their full names: with --force none is replaced
	made    map[string]bool // full names that were given in this run
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
		d.output = a.output
		if target, err := filepath.EvalSymlinks(a.output); err == nil {
			d.output = target // the link stays one
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

// sameFile reports whether name is the open file.
func sameFile(f *os.File, name string) bool {
	if f == nil || name == "" {
		return false
	}
	a, errA := f.Stat()
	b, errB := os.Stat(name)
	return errA == nil && errB == nil && os.SameFile(a, b)
}

// create makes a file for a picture of an INPUT, and the directory that it is
// to be in.
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

// directory is where the picture of an INPUT goes.
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

// A keptPicture is one that is where it was to go.
type keptPicture struct {
	name     string
	existed  bool  // it was there already, with the same bytes
	replaced bool  // another picture was there
	aside    error // why it is not where it belongs
}

// keep gives a picture its name, and writes the bytes before it if that was
// asked for. The file is used up.
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
		return keptPicture{}, app.Damagedf("%s: the picture is a %s and not a JPEG; it was not written to %s; to write it, name %s", input, strings.ToUpper(about.Suffix[1:]), d.output, name)
	case kind == files.Foreign && !d.force: // made while the picture was decoded
		return keptPicture{}, app.Usagef("snapshot-decode: OUTPUT %s is there already and is not a picture", d.output)
	default:
		return keptPicture{name: d.output, replaced: kind == files.Picture || kind == files.Foreign}, p.Replace(filepath.Base(d.output))
	}
}

// keepMadeUp gives a picture a name that nobody has typed. It takes the place
// of another file only with --force, and never that of an INPUT or of a picture
// of the same run.
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

// ownName makes up a name for the one picture of an INPUT, in a directory:
// after the camera, if it is known, else after INPUT.
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

// writePrefix writes the bytes before a picture. A file that holds something
// else is kept, whatever it is: nobody can tell such bytes from others.
func (d *destination) writePrefix(prefix []byte) error {
	name := d.prefix
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target // the link stays one
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
