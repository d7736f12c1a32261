//go:build !race

package dumptest

// UnderRace is false: the long tests run in full.
const UnderRace = false
