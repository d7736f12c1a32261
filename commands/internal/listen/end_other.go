//go:build !unix

package listen

import "os/exec"

// endTogether does nothing. Without process groups, only the program itself is
// ended when its time is up.
func endTogether(*exec.Cmd) {}
