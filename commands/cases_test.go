package commands_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// A namedCase is a line of testdata/cases/truth.jsonl.
type namedCase struct{ File, Kind, Run, Want, Says string }

// TestDamageCases: inputs as people have them, whose damage or whose kind must be told.
func TestDamageCases(t *testing.T) {
	const dir = "../testdata/cases"
	list, err := os.ReadFile(filepath.Join(dir, "truth.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	// A message quotes how its input begins: these are not the tool's words.
	quoted := regexp.MustCompile(`begins with "(\\.|[^"\\])*"`)
	named := t.TempDir() // messages name their input: nothing in its path is to be one of the words
	for line := range bytes.Lines(list) {
		var c namedCase
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		if c.Run != "snapshot-decode" {
			continue
		}
		t.Run(c.File, func(t *testing.T) {
			in, out := filepath.Join(named, "in"), filepath.Join(t.TempDir(), "out.jpg")
			b, err := os.ReadFile(filepath.Join(dir, c.File))
			if err == nil {
				err = os.WriteFile(in, b, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			code, stdout, stderr := mqtool(t, "snapshot-decode", in, out)
			said := quoted.ReplaceAllString(stdout+stderr, "")
			written, _ := os.ReadFile(out)
			right := regexp.MustCompile("(?i)" + c.Says).MatchString(said)
			switch c.Want {
			case "error":
				right = right && code > 0 && len(written) == 0
			case "damage":
				right = code > 0
			}
			if !right {
				t.Errorf("%s: exit code %d, %d bytes, %s", c.Want, code, len(written), stdout+stderr)
			}
		})
	}
}
