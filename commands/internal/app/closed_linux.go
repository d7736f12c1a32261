package app

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// IsClosed reports whether a stream was closed when the process started, as >&-
// in a shell does. Go opens /dev/null in its place before anything of ours runs,
// so that results would vanish without an error. It opens it for reading, too,
// which a shell does not; some languages do for their programs, so that this is
// asked of shells alone, whose own stream leads elsewhere.
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
