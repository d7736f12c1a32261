package app

import (
	"os"
	"runtime"
)

// OneProcessor keeps the goroutines that hand each message on to one another
// on one processor, unless the user says otherwise, until the function that it
// returns is called. Waking the next one on another processor costs a third of
// all that a message costs; one is enough for a broker's fastest stream.
func OneProcessor() (undo func()) {
	if os.Getenv("GOMAXPROCS") != "" {
		return func() {}
	}
	before := runtime.GOMAXPROCS(1)
	return func() { runtime.GOMAXPROCS(before) }
}
