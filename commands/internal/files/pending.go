package files

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// A Pending is a file that does not have its name yet: it appears under it
// when it is complete, or not at all. (The usual libraries ask for the name
// first; a picture's name is known when its last byte was read.) Where the
// system can, it has no name at all until then, so that nothing of it is left
// when the process is killed.
type Pending struct {
	file *os.File
	dir  *os.Root
	base string // the temporary name; "" when it has none
}

// Create makes a file in dir under a name of its own.
func Create(dir string) (*Pending, error) {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the directory %s does not exist", dir)
	}
	if err != nil {
		return nil, err
	}
	p, err := createIn(root, ".")
	if err != nil {
		root.Close()
		return nil, cannotWrite(dir, err)
	}
	return p, nil
}

// createIn makes a file in a folder of root, which is closed with the file.
func createIn(root *os.Root, folder string) (p *Pending, err error) {
	if f, err := openUnnamed(root, folder); err == nil {
		return &Pending{f, root, ""}, nil
	}
	p = &Pending{dir: root}
	p.base, err = temporarily(folder, func(name string) (err error) {
		p.file, err = root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666) // the umask makes it less
		return err
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// temporaryName is how a temporary name begins; eight hex digits follow.
const temporaryName = ".mqtool-"

// temporarily calls a function with temporary names in a folder until one is free.
func temporarily(folder string, use func(name string) error) (name string, err error) {
	for range 100 {
		name = path.Join(folder, fmt.Sprintf("%s%08x", temporaryName, rand.Uint32()))
		if err = use(name); !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	return name, err
}

// abandonedAfter is how long nothing was written to a file with a temporary
// name when it is taken for one of a process that was killed. Others may write
// in the same directory at the same time.
const abandonedAfter = 24 * time.Hour

// sweep removes what processes that were killed have left in a directory.
func sweep(dir string) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return // whoever writes there is told why
	}
	defer root.Close()
	entries, _ := fs.ReadDir(root.FS(), ".") // those that it could read
	for _, e := range entries {
		if len(e.Name()) != len(temporaryName)+8 || !strings.HasPrefix(e.Name(), temporaryName) {
			continue
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) > abandonedAfter {
			_ = root.Remove(e.Name()) // otherwise it is in nobody's way
		}
	}
}

// MakePrivate keeps the file from all other users. It comes before the first byte is written.
func (p *Pending) MakePrivate() error { return p.file.Chmod(0o600) }

// beside makes another file below the directory of p, in a folder there.
func (p *Pending) beside(folder string) (*Pending, error) {
	root, err := p.dir.OpenRoot(".")
	if err != nil {
		return nil, err
	}
	other, err := createIn(root, folder)
	if err != nil {
		root.Close()
		return nil, err
	}
	return other, nil
}

// cannotWrite is an error of writing in a directory, without the temporary name.
func cannotWrite(dir string, err error) error {
	return fmt.Errorf("cannot write in %s: %w", dir, cause(err))
}

// cause is an error of the file system without the names in it.
func cause(err error) error {
	var onPath *fs.PathError
	var onLink *os.LinkError
	switch {
	case errors.As(err, &onPath):
		return onPath.Err
	case errors.As(err, &onLink):
		return onLink.Err
	}
	return err
}

func (p *Pending) Write(b []byte) (int, error) {
	n, err := p.file.Write(b)
	if err != nil {
		err = cannotWrite(p.dir.Name(), err)
	}
	return n, err
}

// Restart forgets what was written.
func (p *Pending) Restart() error {
	if err := p.file.Truncate(0); err != nil {
		return cannotWrite(p.dir.Name(), err)
	}
	_, err := p.file.Seek(0, io.SeekStart)
	return err
}

// Discard removes the file, unless it has its name. It may be called twice.
func (p *Pending) Discard() {
	if p.file == nil {
		return
	}
	p.file.Close()
	if p.base != "" {
		_ = p.dir.Remove(p.base) // it is not there any more when it was renamed
	}
	p.dir.Close()
	p.file = nil
}

// CopyTo copies what was written to something that is not a file.
func (p *Pending) CopyTo(w io.Writer) error {
	if _, err := p.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := io.Copy(w, p.file)
	return err
}

// CopyToSpecial copies what was written to a device or a FIFO.
func (p *Pending) CopyToSpecial(name string) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	return p.CopyTo(f)
}

// Replace gives the file its name, instead of any other that has it, whose
// permissions it takes over. Its bytes are on the disk before it has the name,
// so that a machine that loses power shows the old file or the new one.
func (p *Pending) Replace(name string) error {
	defer p.Discard()
	if info, err := p.dir.Stat(name); err == nil {
		if err := p.file.Chmod(info.Mode().Perm()); err != nil {
			return err
		}
	}
	if err := p.file.Sync(); err != nil {
		return cannotWrite(p.dir.Name(), err)
	}
	if p.base == "" { // a link does not take the place of another file
		base, err := temporarily(path.Dir(name), p.link)
		if err != nil {
			return cannotWrite(p.dir.Name(), err)
		}
		p.base = base
	}
	return p.dir.Rename(p.base, name)
}

// ClaimOnly gives the file a name that is free. A file that is there already
// with the same bytes is taken for this one; with others the error is fs.ErrExist.
func (p *Pending) ClaimOnly(name string) (existed bool, err error) {
	defer p.Discard()
	err = p.link(name)
	if errors.Is(err, fs.ErrExist) && p.sameAs(name) {
		return true, nil
	}
	return false, err
}

// link gives the file a name that nothing has; the error is fs.ErrExist when
// something has it.
func (p *Pending) link(name string) error {
	if p.base == "" {
		return linkUnnamed(p.file, p.dir, name)
	}
	err := p.dir.Link(p.base, name)
	if err == nil || errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// There are no hard links here (FAT, some network file systems), or the
	// name leads to where a link cannot lead.
	switch _, found := p.dir.Lstat(name); {
	case found == nil:
		return fs.ErrExist
	case errors.Is(found, fs.ErrNotExist):
		return p.dir.Rename(p.base, name)
	}
	return err
}

// size is how many bytes were written.
func (p *Pending) size() (int64, error) {
	info, err := p.file.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// reader reads what was written.
func (p *Pending) reader() (io.Reader, error) {
	size, err := p.size()
	return io.NewSectionReader(p.file, 0, size), err
}

// sameAs reports whether a file in the same directory has the same bytes.
func (p *Pending) sameAs(name string) bool {
	size, err := p.size()
	if err != nil {
		return false
	}
	other, err := openRegular(p.dir, name)
	if err != nil {
		return false
	}
	defer other.Close()
	if info, err := other.Stat(); err != nil || info.Size() != size {
		return false
	}
	bufA, bufB := make([]byte, 64<<10), make([]byte, 64<<10)
	for at := int64(0); at < size; at += int64(len(bufA)) {
		n, _ := p.file.ReadAt(bufA, at)
		m, _ := other.ReadAt(bufB, at)
		if n == 0 || !bytes.Equal(bufA[:n], bufB[:m]) {
			return false
		}
	}
	return true
}

// sync waits until what was written is on the disk.
func (p *Pending) sync() error {
	if err := p.file.Sync(); err != nil {
		return cannotWrite(p.dir.Name(), err)
	}
	return nil
}

// openRegular opens a regular file below dir. Anything else may be put in its
// place at any time; a FIFO would wait for a writer, and a device may act when
// it is opened.
func openRegular(dir *os.Root, name string) (*os.File, error) {
	if info, err := dir.Stat(name); err != nil || !info.Mode().IsRegular() {
		return nil, fs.ErrNotExist
	}
	f, err := dir.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, fs.ErrNotExist
	}
	return f, nil
}

// SyncName waits until the name of a file is on the disk.
func SyncName(name string) error {
	root, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer root.Close()
	return syncFolder(root, ".")
}

// syncFolder waits until the names in a folder of dir are on the disk.
func syncFolder(dir *os.Root, folder string) error {
	if runtime.GOOS == "windows" {
		return nil // there a directory cannot be written out
	}
	f, err := dir.OpenFile(folder, os.O_RDONLY|syscall.O_NONBLOCK, 0) // see openRegular
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return cannotWrite(filepath.Join(dir.Name(), folder), err)
	}
	return nil
}
