package app

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// IsClosed reports whether a stream was closed when the process started, as by >&- in a
// shell. Go opens /dev/null in its place before our code runs, so results would vanish
// without an error. Go opens it for reading and writing, which a redirection in a shell
// does not. Some languages open it in that way for the programs that they start, so
// IsClosed reports true only if the parent process is a shell whose own stream is not
// /dev/null.
func IsClosed(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok || !isNull(f) {
		return false
	}
	flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, f.Fd(), syscall.F_GETFL, 0)
	if errno != 0 || flags&syscall.O_ACCMODE != syscall.O_RDWR {
		return false
	}
	parent := fmt.Sprintf("/proc/%d/", os.Getppid())
	program, err := os.Readlink(parent + "exe")
	if err != nil || !slices.Contains(shells, filepath.Base(program)) {
		return false
	}
	its, err := os.Readlink(fmt.Sprintf("%sfd/%d", parent, f.Fd()))
	return err != nil || its != os.DevNull
}

var shells = []string{"sh", "ash", "bash", "busybox", "dash", "fish", "ksh", "ksh93", "mksh", "yash", "zsh"}

// isNull reports whether a file is /dev/null.
func isNull(f *os.File) bool {
	null, err := os.Stat(os.DevNull)
	if err != nil {
		return false
	}
	info, err := f.Stat()
	return err == nil && os.SameFile(info, null)
}
