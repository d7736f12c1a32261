package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

// TestBill checks that each linked module is in the bill once, with its version and sum.
func TestBill(t *testing.T) {
	info := &debug.BuildInfo{
		GoVersion: "go1.26.0", Main: debug.Module{Path: "mqtool", Version: "(devel)"},
		Deps: []*debug.Module{
			{Path: "example.org/a", Version: "v1.2.3", Sum: "h1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="},
			{Path: "example.org/b", Version: "v0.1.0", Replace: &debug.Module{Path: "example.org/c", Version: "v0.2.0"}},
		},
	}
	text, err := bill(info, "1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		BOMFormat, SpecVersion string
		Metadata               struct{ Component component }
		Components             []component
		Dependencies           []dependency
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.BOMFormat != "CycloneDX" || got.SpecVersion != "1.5" || got.Metadata.Component.Version != "1.0.0" {
		t.Errorf("%s", text)
	}
	want := []component{
		{Type: "library", Ref: "std", Name: "std", Version: "1.26.0", PURL: "pkg:golang/std@1.26.0"},
		{
			Type: "library", Ref: "pkg:golang/example.org/a@v1.2.3", Name: "example.org/a", Version: "v1.2.3", PURL: "pkg:golang/example.org/a@v1.2.3",
			Hashes: []hash{{"SHA-256", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"}},
		},
		{Type: "library", Ref: "pkg:golang/example.org/c@v0.2.0", Name: "example.org/c", Version: "v0.2.0", PURL: "pkg:golang/example.org/c@v0.2.0"},
	}
	wantJSON, _ := json.Marshal(want)
	gotJSON, _ := json.Marshal(got.Components)
	if string(wantJSON) != string(gotJSON) || len(got.Dependencies) != 1 || len(got.Dependencies[0].DependsOn) != 3 {
		t.Errorf("got %s\nwant %s\n%+v", gotJSON, wantJSON, got.Dependencies)
	}
	info.Deps[0].Sum = "h1:!"
	if _, err := bill(info, "1"); err == nil {
		t.Error("a sum that is none is no error")
	}
}

// TestLicences checks that all texts of a module are included, and that a module without a licence is an error.
func TestLicences(t *testing.T) {
	with, without := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{"LICENSE.md": "Do what you like.", "NOTICE": "By me.", "licensed.go": "package x", "edl-v10": "EDL"} {
		if err := os.WriteFile(filepath.Join(with, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var text strings.Builder
	modules := []debug.Module{{Path: "example.org/a", Version: "v1.2.3"}}
	if err := writeLicences(&text, modules, func(debug.Module) (string, error) { return with, nil }); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"The library of Go: LICENSE", "example.org/a v1.2.3: LICENSE.md\n\nDo what you like.", ": NOTICE", ": edl-v10"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in\n%s", want, text.String())
		}
	}
	if strings.Contains(text.String(), "package x") {
		t.Error("a source file was taken for a licence")
	}
	if err := writeLicences(&text, modules, func(debug.Module) (string, error) { return without, nil }); err == nil {
		t.Error("a module without a licence is no error")
	}
}
