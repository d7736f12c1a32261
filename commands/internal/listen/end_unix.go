//go:build unix

package listen

import (
	"os/exec"
	"syscall"
)

// endTogether makes a program the first of a group: when its time is up, what it
// has started ends with it. A Ctrl-C on the terminal is not for the group, so
// that a program can finish.
func endTogether(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
}
