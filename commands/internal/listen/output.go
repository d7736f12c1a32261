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

// A File is the file of --output. SIGHUP has it opened again by its name, so
// that a program such as logrotate can rename it: what is written is whole, in
// the old file or in the new one.
type File struct {
	name   string
	lines  bool // what is written are lines
	notice Notice

	hangUp chan os.Signal

	mu     sync.Mutex // of what follows
	file   *os.File
	writer io.Writer // to file
	named  bool      // its name is on the disk
}

// OpenFile opens the file, or makes it.
func OpenFile(name string, lines bool, notice Notice) (*File, error) {
	f := &File{name: name, lines: lines, notice: notice, hangUp: make(chan os.Signal, 1)}
	signal.Ignore(syscall.SIGHUP) // which ends other commands
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

// open opens what has the name now, instead of the file that was open before.
func (f *File) open() error {
	if info, err := os.Stat(f.name); err == nil && !info.Mode().IsRegular() {
		return app.Usagef("--output %s: it is not a regular file; write > %[1]s instead", f.name)
	}
	file, err := os.OpenFile(f.name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666) // the umask makes it less
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
	if old != nil {
		return old.Close()
	}
	return nil
}

// Write writes whole lines. SIGHUP waits until it has done so.
func (f *File) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.writer.Write(p)
	if onPath := (*fs.PathError)(nil); errors.As(err, &onPath) {
		err = fmt.Errorf("cannot write to %s: %w", f.name, onPath.Err)
	}
	return n, err
}

// Sync waits until what was written, and the name of the file, is on the disk.
func (f *File) Sync() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.file.Sync()
	if err == nil && !f.named {
		err = files.SyncName(f.name)
		f.named = err == nil
	}
	if err != nil {
		return fmt.Errorf("cannot sync %s: %w", f.name, err)
	}
	return nil
}

// Close ends the file. SIGHUP means nothing from then on.
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
