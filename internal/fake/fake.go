// Package fake is what tests of several rooms pretend: a pipe whose writer is
// slow, and a clock that somebody sets back.
package fake

import (
	"io"
	"strings"
	"time"
	"unsafe"
)

// Pipe is a reader that gives one line at a time, as a pipe does.
func Pipe(text string) io.Reader {
	var lines []io.Reader
	for line := range strings.Lines(text) {
		lines = append(lines, strings.NewReader(line))
	}
	return io.MultiReader(lines...)
}

// SetBack is a time as a clock tells it that somebody has set back. The
// monotonic reading, in the second word of the time, stays what it was.
func SetBack(t time.Time, seconds uint64) time.Time {
	*(*uint64)(unsafe.Pointer(&t)) -= seconds << 30
	return t
}
