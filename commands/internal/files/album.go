package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// An Album is a directory of pictures, with one folder for each camera. "listen --save"
// and "snapshot-decode --all" use the same layout, so that both can share a directory.
// Other users may write in it, too, so the folder of a camera is never a link, and everything
// goes through an os.Root, which follows no link out of the directory in any case.
type Album struct {
	dir     string
	sync    bool
	numbers Numbers
}

// NewAlbum opens the directory, and makes it if it does not exist. With sync, a picture
// that was added is on the disk even if the machine loses power.
func NewAlbum(dir string, sync bool) (*Album, error) {
	a := &Album{dir: dir, sync: sync}
	if err := a.makeDirectory(); err != nil {
		return nil, err
	}
	sweep(dir)
	return a, nil
}

// makeDirectory makes the directory if it does not exist, and the directories above it.
func (a *Album) makeDirectory() error {
	if err := CheckLink(a.dir); err != nil {
		return err
	}
	var missing []string
	for dir := filepath.Clean(a.dir); isMissing(dir); dir = filepath.Dir(dir) {
		missing = append(missing, dir)
	}
	if err := os.MkdirAll(a.dir, 0o777); err != nil {
		return err
	}
	for _, dir := range missing {
		if !a.sync {
			break
		}
		if err := SyncName(dir); err != nil {
			return err
		}
	}
	return nil
}

func isMissing(name string) bool {
	_, err := os.Stat(name)
	return errors.Is(err, fs.ErrNotExist)
}

// Check makes sure that mqtool can write in the directory.
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
	// The directory may have been moved away since NewAlbum.
	if err := a.makeDirectory(); err != nil {
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

// A Place says where a picture of an Album is.
type Place struct {
	Path    string
	Existed bool  // the same picture was there already
	Aside   error // the reason if the picture is not in the folder of its camera
}

// Add gives a picture its name. If something is in the way of that name, the picture is
// put into the directory itself. Add returns an error only if the album can take no more
// pictures.
func (a *Album) Add(p *Pending, d Description) (Place, error) {
	defer p.Discard()
	if a.sync {
		if err := p.Sync(); err != nil {
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
	if !a.sync {
		return place, nil
	}
	names := []string{path.Dir(claimed), "."} // for its own name and that of its folder
	if existed {
		names = append(names, claimed) // whoever wrote it may not have synced it
	}
	for _, name := range names {
		if err := syncIn(p.dir, name); err != nil {
			return place, err
		}
	}
	return place, nil
}

// claim gives a picture a name in the folder of its camera.
func (a *Album) claim(p *Pending, folder, name string) (claimed string, existed bool, err error) {
	if info, err := p.dir.Lstat(folder); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return "", false, errors.New("it is a link, which is not followed")
	}
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

// copy copies a picture into a folder to which no file can be moved, because another disk
// is mounted there.
func (a *Album) copy(p *Pending, folder, name string) (claimed string, existed bool, err error) {
	other, err := p.beside(folder)
	if err != nil {
		return "", false, err
	}
	defer other.Discard()
	if err := p.CopyTo(other); err != nil {
		return "", false, err
	}
	if a.sync {
		if err := other.Sync(); err != nil {
			return "", false, err
		}
	}
	return a.numbers.Claim(other, folder+"/"+name)
}
