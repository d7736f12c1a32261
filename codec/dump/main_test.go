package dump

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain lets the collector of garbage run less often: the tests make pictures in hundreds
// of layouts, and a third of their time was spent on it.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}
