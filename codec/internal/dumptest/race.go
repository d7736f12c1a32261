//go:build race

package dumptest

// UnderRace tells the long tests that they run ten times slower. The codec has no
// goroutines, so that the race detector has seen all of it after a part of them.
const UnderRace = true
