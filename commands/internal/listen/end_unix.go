//go:build unix

package listen

import (
	"os/exec"
	"syscall"
)

// endTogether makes a program the leader of a process group, so that the
// processes it has started end with it when its time is up. A Ctrl-C on the
// terminal does not reach the group, so a running program can finish.
func endTogether(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
}
