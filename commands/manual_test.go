package commands

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/cmdline"
)

// TestManual checks that each command and topic has a page, and that each option is in the page
// of its command.
func TestManual(t *testing.T) {
	folder := t.TempDir()
	if err := WriteManual(folder, "2026-11-28"); err != nil {
		t.Fatal(err)
	}
	page := func(name string) string {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
	options := 0
	var check func(d *cmdline.Definition)
	check = func(d *cmdline.Definition) {
		text := page(strings.ReplaceAll(d.Path, " ", "-") + ".1")
		for _, o := range d.Options {
			options++
			if want := "\n.TP\n\\fB" + strings.ReplaceAll(o.Typed(), "-", `\-`); !strings.Contains(text, want) {
				t.Errorf("the page of %s does not have %s", d.Path, o.Typed())
			}
		}
		for _, part := range []string{d.Usage, strings.TrimSpace(d.Description[:min(20, len(d.Description))])} {
			if filled := strings.ReplaceAll(text, "\n", " "); !strings.Contains(filled, strings.ReplaceAll(part, "-", `\-`)) {
				t.Errorf("the page of %s does not say %q", d.Path, part)
			}
		}
		for i := range d.Commands {
			check(&d.Commands[i])
		}
	}
	check(cmdline.Define(commandList(app.NewEnv(strings.NewReader(""), io.Discard, io.Discard), "")))
	if options < 200 {
		t.Errorf("only %d options were looked for", options)
	}
	for topic, want := range map[string]string{
		"connection": `\-\-password\-file FILE`, "config-file": "[broker.site1]", "exit-codes": "130  interrupted", "output": "JSON", "topics": "rdr/evt",
	} {
		if !strings.Contains(page("mqtool-"+topic+".7"), want) {
			t.Errorf("the page about %s does not say %s", topic, want)
		}
	}
}

// TestManualLint checks the pages with mandoc.
func TestManualLint(t *testing.T) {
	mandoc, err := exec.LookPath("mandoc")
	if err != nil {
		t.Skip("mandoc is not installed")
	}
	folder := t.TempDir()
	if err := WriteManual(folder, "2026-11-28"); err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(pages) < 20 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	if said, err := exec.Command(mandoc, append([]string{"-Tlint"}, pages...)...).CombinedOutput(); err != nil || len(said) > 0 {
		t.Errorf("%v\n%s", err, said)
	}
}
