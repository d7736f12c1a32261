package site

import (
	"runtime"
	"strings"
	"testing"
)

// TestNesting checks that a small file cannot take much memory.
func TestNesting(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, text := range []string{
		strings.Repeat("a.", 100_000) + "a = 1",
		"[" + strings.Repeat("a.", 100_000) + "a]",
		"a = " + strings.Repeat("[", 100_000),
		"a = " + strings.Repeat("{a=", 100_000),
		"a = " + strings.Repeat("[\n", 100_000),
	} {
		if _, err := decodeTOML(text, new(map[string]any)); err == nil || !strings.Contains(err.Error(), "more than 8 deep") {
			t.Errorf("%.20s...: %v", text, err)
		}
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 10<<20 {
		t.Errorf("it took %d bytes", took)
	}
	if _, err := decodeTOML("[broker.a]\nurl = [\"a.b.c.d.e.f.g.h.i.j.k\"]\n", new(map[string]any)); err != nil {
		t.Error(err)
	}
}
