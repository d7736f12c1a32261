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

// A Pending is a file that does not have its name yet. It appears under its name only when
// it is complete. (The usual libraries need the name first, but a picture's name is known
// only when its last byte was read.) If the system allows it, the file has no name at all
// until then, so that nothing of it is left when the process is killed.
type Pending struct {
	file *os.File
	dir  *os.Root
	base string // the temporary name; "" if there is none
}

// Create makes a file in dir with a temporary name or none.
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

// createIn makes a file in a folder of root. root is closed with the file.
func createIn(root *os.Root, folder string) (p *Pending, err error) {
	if f, err := openUnnamed(root, folder); err == nil {
		return &Pending{f, root, ""}, nil
	}
	p = &Pending{dir: root}
	p.base, err = temporarily(folder, func(name string) (err error) {
		p.file, err = root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666) // the umask removes some of these bits
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

// abandonedAfter is how long a file with a temporary name must be unchanged before it
// counts as left by a killed process. Until then another process may still be writing it.
const abandonedAfter = 24 * time.Hour

// sweep removes the files that killed processes have left in a directory.
func sweep(dir string) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return // the error will be reported when a file is created there
	}
	defer root.Close()
	entries, _ := fs.ReadDir(root.FS(), ".") // the entries that could be read
	for _, e := range entries {
		if len(e.Name()) != len(temporaryName)+8 || !strings.HasPrefix(e.Name(), temporaryName) {
			continue
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) > abandonedAfter {
			_ = root.Remove(e.Name()) // if it cannot be removed, it does no harm
		}
	}
}

// MakePrivate makes the file unreadable for all other users. It must be called before the
// first byte is written.
func (p *Pending) MakePrivate() error { return p.file.Chmod(0o600) }

// beside makes another file in a folder below the directory of p.
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

// cannotWrite returns an error about writing in a directory, without the temporary name.
func cannotWrite(dir string, err error) error {
	return fmt.Errorf("cannot write in %s: %w", dir, cause(err))
}

// cause returns an error of the file system without the names in it.
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

// Restart removes everything that was written.
func (p *Pending) Restart() error {
	if err := p.file.Truncate(0); err != nil {
		return cannotWrite(p.dir.Name(), err)
	}
	_, err := p.file.Seek(0, io.SeekStart)
	return err
}

// Discard removes the file, unless it already has its name. It may be called twice.
func (p *Pending) Discard() {
	if p.file == nil {
		return
	}
	p.file.Close()
	if p.base != "" {
		_ = p.dir.Remove(p.base) // fails if the file was renamed
	}
	p.dir.Close()
	p.file = nil
}

// CopyTo copies what was written to a writer that is not a file.
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

// Replace gives the file its name. It replaces any other file of that name, and takes over
// its permissions. The bytes are on the disk before the file has the name, so that after a
// power loss there is either the old file or the new one.
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
	if p.base == "" { // a link cannot replace another file, so a temporary name is needed
		base, err := temporarily(path.Dir(name), p.link)
		if err != nil {
			return cannotWrite(p.dir.Name(), err)
		}
		p.base = base
	}
	return p.dir.Rename(p.base, name)
}

// ClaimOnly gives the file a name that is free. If a file with the same bytes has the name
// already, the new file is not needed and existed is true. If a file with other bytes has
// it, the error is fs.ErrExist.
func (p *Pending) ClaimOnly(name string) (existed bool, err error) {
	defer p.Discard()
	err = p.link(name)
	if errors.Is(err, fs.ErrExist) && p.sameAs(name) {
		return true, nil
	}
	return false, err
}

// link gives the file a name that is free. The error is fs.ErrExist when the name is
// taken.
func (p *Pending) link(name string) error {
	if p.base == "" {
		return linkUnnamed(p.file, p.dir, name)
	}
	err := p.dir.Link(p.base, name)
	if err == nil || errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// There are no hard links here (FAT, some network file systems), or none is possible
	// at that name.
	switch _, found := p.dir.Lstat(name); {
	case found == nil:
		return fs.ErrExist
	case errors.Is(found, fs.ErrNotExist):
		return p.dir.Rename(p.base, name)
	}
	return err
}

// size returns how many bytes were written.
func (p *Pending) size() (int64, error) {
	info, err := p.file.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// reader returns a reader of what was written.
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

// Sync waits until everything that was written is on the disk.
func (p *Pending) Sync() error {
	if err := p.file.Sync(); err != nil {
		return cannotWrite(p.dir.Name(), err)
	}
	return nil
}

// openRegular opens a regular file below dir. Another kind of file may be put in its place
// at any time. Opening a FIFO would wait for a writer, and opening a device may have an
// effect.
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

// SyncName waits until the name of a file is on the disk. If it is a link, the name of its
// target is meant.
func SyncName(name string) error {
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	root, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer root.Close()
	return syncIn(root, ".")
}

// syncIn waits until a file of dir, or the names in a folder of dir, are on the disk.
func syncIn(dir *os.Root, name string) error {
	if runtime.GOOS == "windows" {
		return nil // on Windows nothing can be synced that was opened for reading
	}
	f, err := dir.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // see openRegular
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return cannotWrite(filepath.Join(dir.Name(), name), err)
	}
	return nil
}
