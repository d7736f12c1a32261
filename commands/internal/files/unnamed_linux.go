package files

import (
	"fmt"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// openUnnamed makes a file without a name in a folder of dir. Not every file system
// supports such files (NFS and FAT do not).
func openUnnamed(dir *os.Root, folder string) (*os.File, error) {
	f, err := dir.OpenFile(folder, os.O_RDWR|unix.O_TMPFILE, 0o666) // the umask removes some of these bits
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(procName(f)); err != nil { // /proc is not mounted, so linkUnnamed could not name the file
		f.Close()
		return nil, err
	}
	return f, nil
}

// linkUnnamed gives such a file a name below dir. The error is fs.ErrExist when the name
// is taken.
func linkUnnamed(f *os.File, dir *os.Root, name string) error {
	folder, err := dir.OpenFile(path.Dir(name), os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := unix.Linkat(unix.AT_FDCWD, procName(f), int(folder.Fd()), path.Base(name), unix.AT_SYMLINK_FOLLOW); err != nil {
		return &os.LinkError{Op: "linkat", Old: f.Name(), New: name, Err: err}
	}
	return nil
}

// procName returns the path under which an open file can be linked.
func procName(f *os.File) string { return fmt.Sprintf("/proc/self/fd/%d", f.Fd()) }
