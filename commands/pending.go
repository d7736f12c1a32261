package commands

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// A pendingFile is a file that does not have its name yet: it appears under it
// when it is complete, or not at all. (The usual libraries want the name first;
// a snapshot's name is known when its last byte was read, and must not take
// another one's place.)
type pendingFile struct {
	*os.File
	dir *os.Root
}

// newPendingFile makes a file in dir under a name of its own.
func newPendingFile(dir string) (*pendingFile, error) {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the directory %s does not exist", dir)
	}
	if err != nil {
		return nil, err
	}
	for range 100 {
		name := fmt.Sprintf(".mqtool-%08x", rand.Uint32())
		f, err := root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666) // the umask makes it less
		if err == nil {
			return &pendingFile{f, root}, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			root.Close()
			return nil, fmt.Errorf("cannot write in %s: %w", dir, errors.Unwrap(err)) // without the temporary name
		}
	}
	root.Close()
	return nil, fmt.Errorf("cannot make a temporary file in %s", dir)
}

// restart forgets what was written.
func (p *pendingFile) restart() error {
	if err := p.Truncate(0); err != nil {
		return err
	}
	_, err := p.Seek(0, io.SeekStart)
	return err
}

// base is the temporary name.
func (p *pendingFile) base() string { return filepath.Base(p.Name()) }

// discard removes the file, unless it has its name. It may be called twice.
func (p *pendingFile) discard() {
	if p.File == nil {
		return
	}
	p.Close()
	_ = p.dir.Remove(p.base())
	p.dir.Close()
	p.File = nil
}

// copyTo copies what was written to what is no file.
func (p *pendingFile) copyTo(w io.Writer) error {
	if _, err := p.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := io.Copy(w, p.File)
	return err
}

// copyToSpecial copies what was written to a device or a FIFO.
func (p *pendingFile) copyToSpecial(name string) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	return p.copyTo(f)
}

// replace gives the file its name, instead of any other that has it, whose
// permissions it takes over. A successful return means that it is on the disk.
func (p *pendingFile) replace(name string) error {
	defer p.discard()
	if info, err := p.dir.Stat(name); err == nil {
		if err := p.Chmod(info.Mode().Perm()); err != nil {
			return err
		}
	}
	if err := p.Sync(); err != nil {
		return err
	}
	return p.dir.Rename(p.base(), name)
}

// claim gives the file its name, or the first free one of several made from
// it: x.jpg, x-2.jpg, x-3.jpg. It never takes the place of another file; one
// with the same bytes is taken for this one, so that a second run changes nothing.
func (p *pendingFile) claim(name string, several int) (claimed string, existed bool, err error) {
	defer p.discard()
	ext := filepath.Ext(name)
	for n := 1; n <= several; n++ {
		claimed = name
		if n > 1 {
			claimed = fmt.Sprintf("%s-%d%s", name[:len(name)-len(ext)], n, ext)
		}
		err := p.dir.Link(p.base(), claimed)
		if err == nil {
			return claimed, false, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			// No hard links here (FAT, some network file systems).
			if _, err := p.dir.Lstat(claimed); errors.Is(err, fs.ErrNotExist) {
				return claimed, false, p.dir.Rename(p.base(), claimed)
			}
		}
		if p.sameAs(claimed) {
			return claimed, true, nil
		}
	}
	return "", false, fmt.Errorf("%s: %w", name, fs.ErrExist)
}

// sameAs compares the file with another in the same directory.
func (p *pendingFile) sameAs(name string) bool {
	other, err := p.dir.Open(name)
	if err != nil {
		return false
	}
	defer other.Close()
	a, errA := p.Stat()
	b, errB := other.Stat()
	if errA != nil || errB != nil || !b.Mode().IsRegular() || a.Size() != b.Size() {
		return false
	}
	bufA, bufB := make([]byte, 64<<10), make([]byte, 64<<10)
	for at := int64(0); at < a.Size(); at += int64(len(bufA)) {
		n, _ := p.ReadAt(bufA, at)
		m, _ := other.ReadAt(bufB, at)
		if n == 0 || !bytes.Equal(bufA[:n], bufB[:m]) {
			return false
		}
	}
	return true
}
