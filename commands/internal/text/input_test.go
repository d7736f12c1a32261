package text

import (
	"slices"
	"testing"
)

func TestInputName(t *testing.T) {
	got := []string{Name("-"), Name("a.json"), Name("./-")}
	if want := []string{"stdin", "a.json", "./-"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
