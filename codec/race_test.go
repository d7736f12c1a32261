//go:build race

package codec

// underRace tells the long tests that they run ten times slower. The codec has no
// goroutines, so that the race detector has seen all of it after a part of them.
const underRace = true
