//go:build race

package dumptest

// UnderRace tells the long tests that they run ten times slower. The codec has no
// goroutines, so the race detector needs only a part of them.
const UnderRace = true
