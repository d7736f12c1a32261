package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// An Album is a directory of pictures, with one folder for each camera.
// "listen --save" and "snapshot-decode --all" make the same one, so that both
// can share a directory.
type Album struct {
	dir     string
	sync    bool
	synced  map[string]bool // folders whose own names are on the disk
	numbers Numbers
}

// NewAlbum makes the directory, if it is not there. With sync a picture that
// was added is on the disk, also when the machine loses power.
func NewAlbum(dir string, sync bool) (*Album, error) {
	a := &Album{dir: dir, sync: sync}
	return a, os.MkdirAll(dir, 0o777)
}

// Check makes sure that one can write in the directory.
func (a *Album) Check() error {
	p, err := a.Create()
	if err != nil {
		return err
	}
	p.Discard()
	return nil
}

// Create makes a file for a picture whose name is not known yet.
func (a *Album) Create() (*Pending, error) {
	// Somebody may have moved the directory away since.
	if err := os.MkdirAll(a.dir, 0o777); err != nil {
		return nil, err
	}
	return Create(a.dir)
}

// Save adds a picture.
func (a *Album) Save(picture []byte, d Description) (Place, error) {
	f, err := a.Create()
	if err != nil {
		return Place{}, err
	}
	defer f.Discard()
	if _, err := f.Write(picture); err != nil {
		return Place{}, err
	}
	return a.Add(f, d)
}

// A Place is where a picture of an Album is.
type Place struct {
	Path    string
	Existed bool  // it was there already, with the same bytes
	Aside   error // why it is not in the folder of its camera, if it is not
}

// Add gives a picture its name. If that cannot be had, because something else
// is in its way, the picture is set aside, into the directory itself; the error
// is that of an album that takes no more pictures.
func (a *Album) Add(p *Pending, d Description) (Place, error) {
	defer p.Discard()
	if a.sync {
		if err := p.sync(); err != nil {
			return Place{}, err
		}
	}
	var aside error
	claimed, existed, err := a.claim(p, d.Folder(), d.Name())
	if err != nil {
		aside = fmt.Errorf("%s cannot be used: %w", filepath.Join(a.dir, d.Folder()), cause(err))
		if claimed, existed, err = a.numbers.Claim(p, d.asideName()); err != nil {
			return Place{}, cannotWrite(a.dir, err)
		}
	}
	place := Place{filepath.Join(a.dir, filepath.FromSlash(claimed)), existed, aside}
	if a.sync {
		err = a.syncNames(filepath.Dir(place.Path))
	}
	return place, err
}

// maxSynced is how many folders are remembered: whoever may publish can make up
// topics.
const maxSynced = 1024

// syncNames waits until the names in a folder, and its own, are on the disk.
func (a *Album) syncNames(folder string) error {
	if err := syncFolder(folder); err != nil || a.synced[folder] {
		return err
	}
	if err := syncFolder(a.dir); err != nil {
		return err
	}
	if a.synced == nil || len(a.synced) >= maxSynced {
		a.synced = map[string]bool{}
	}
	a.synced[folder] = true
	return nil
}

// claim gives a picture a name in the folder of its camera.
func (a *Album) claim(p *Pending, folder, name string) (claimed string, existed bool, err error) {
	claimed, existed, err = a.numbers.Claim(p, folder+"/"+name)
	if errors.Is(err, fs.ErrNotExist) {
		if err := p.dir.Mkdir(folder, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", false, err
		}
		claimed, existed, err = a.numbers.Claim(p, folder+"/"+name)
	}
	if err != nil {
		claimed, existed, err = a.copy(p, folder, name)
	}
	return claimed, existed, err
}

// copy copies a picture into a folder into which no file can be moved: somebody
// has put a link to another disk in its place.
func (a *Album) copy(p *Pending, folder, name string) (claimed string, existed bool, err error) {
	other, err := Create(filepath.Join(a.dir, folder))
	if err != nil {
		return "", false, err
	}
	defer other.Discard()
	if err := p.CopyTo(other); err != nil {
		return "", false, err
	}
	if a.sync {
		if err := other.sync(); err != nil {
			return "", false, err
		}
	}
	claimed, existed, err = a.numbers.Claim(other, name)
	return folder + "/" + claimed, existed, err
}
