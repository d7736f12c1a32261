// Package pattern has regular expressions that are compiled when they are first needed.
// Compiled before main, those of the codec would take a tenth of the time in which a
// command starts.
package pattern

import (
	"regexp"
	"sync" //nolint:depguard // for patterns that are compiled once, which is no state
)

// New returns a function that returns the pattern. Any goroutine may call it. It panics
// if the text is not a regular expression.
func New(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}
