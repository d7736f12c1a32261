package listen

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/files"
)

// A File is the file of --output. On SIGHUP it is opened again by its name, so
// that a program such as logrotate can rename it. Each write goes entirely to
// the old or to the new file.
type File struct {
	name   string
	lines  bool // whether the output consists of lines
	sync   bool // whether Sync is called after each write
	notice Notice

	hangUp chan os.Signal

	mu     sync.Mutex // of what follows
	file   *os.File
	writer io.Writer // writes to file
	named  bool      // whether the name is synced to the disk
	late   error     // from syncing the file before, which may have an unsynced write
}

// OpenFile opens the file, or creates it.
func OpenFile(name string, lines, sync bool, notice Notice) (*File, error) {
	f := &File{name: name, lines: lines, sync: sync, notice: notice, hangUp: make(chan os.Signal, 1)}
	signal.Ignore(syscall.SIGHUP) // SIGHUP ends other commands
	signal.Notify(f.hangUp, syscall.SIGHUP)
	if err := f.open(); err != nil {
		signal.Stop(f.hangUp)
		return nil, err
	}
	go func() {
		for range f.hangUp {
			if err := f.open(); err != nil {
				f.notice("%v; what comes is still written to the old file", err)
			}
		}
	}()
	return f, nil
}

// open opens the file that has the name now, and closes the one that was open
// before.
func (f *File) open() error {
	if info, err := os.Stat(f.name); err == nil && !info.Mode().IsRegular() {
		return app.Usagef("--output %s: it is not a regular file; write > %[1]s instead", f.name)
	}
	// It is open for reading, too, because the first line must know how the file ends, and by
	// then it may have another name.
	file, err := os.OpenFile(f.name, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o666) // less the umask
	if errors.Is(err, fs.ErrPermission) {
		file, err = os.OpenFile(f.name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
	}
	if err != nil {
		return fmt.Errorf("--output %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	old := f.file
	f.file, f.writer, f.named = file, file, false
	if f.lines {
		f.writer = app.NewLines(file)
	}
	if old == nil {
		return nil
	}
	if f.sync {
		f.late = errors.Join(f.late, old.Sync())
	}
	return old.Close()
}

// Write writes to the file. A reopening waits until the write is done.
func (f *File) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.writer.Write(p)
	if onPath := (*fs.PathError)(nil); errors.As(err, &onPath) {
		err = fmt.Errorf("cannot write to %s: %w", f.name, onPath.Err)
	}
	return n, err
}

// Sync waits until everything that was written, and the name of the file, are on the disk.
func (f *File) Sync() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.late
	if err == nil {
		err = f.file.Sync()
	}
	if err == nil && !f.named {
		err = files.SyncName(f.name)
		f.named = err == nil
	}
	if err != nil {
		return fmt.Errorf("cannot sync %s: %w", f.name, err)
	}
	return nil
}

// Close closes the file. From then on SIGHUP has no effect.
func (f *File) Close() error {
	if f == nil {
		return nil
	}
	signal.Stop(f.hangUp)
	close(f.hangUp)
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.file.Close()
}
