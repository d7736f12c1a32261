package site

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mqtool/commands/internal/app"
)

func TestTagList(t *testing.T) {
	name := filepath.Join(t.TempDir(), "tags")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, bad := range []string{"x", "04 # ok\n\n4", "04,05", strings.Repeat("04\n", maxTagList/3+1)} {
		write(bad)
		if _, err := ReadTags(name); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
	write("\xEF\xBB\xBF# none\r\n\r\n  04:7d-AE 02C84080 # Jane\r\nFF")
	l, err := ReadTags(name)
	if err != nil {
		t.Fatal(err)
	}
	env := &app.Env{Stderr: new(bytes.Buffer)}
	for tag, want := range map[string]bool{"047DAE02C84080": true, "047dae02c84080": true, "ff": true, "F": false, "": false, "04": false} {
		if l.Has(env, tag) != want {
			t.Errorf("%q: %v", tag, !want)
		}
	}
}

// TestTagListChanges: the list is read again when its file has changed. While
// the file is damaged or gone, the list before holds; both are said once.
func TestTagListChanges(t *testing.T) {
	name := filepath.Join(t.TempDir(), "tags")
	at := time.Date(2026, 11, 23, 1, 55, 5, 0, time.UTC)
	write := func(text string) {
		t.Helper()
		at = at.Add(time.Second)
		if err := errors.Join(os.WriteFile(name, []byte(text), 0o600), os.Chtimes(name, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	write("01\n")
	l, err := ReadTags(name)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	env := &app.Env{Stderr: &out}
	check := func(what string, want map[string]bool, said string) {
		t.Helper()
		for range 2 {
			for tag, want := range want {
				if l.Has(env, tag) != want {
					t.Errorf("%s: %s is %v", what, tag, !want)
				}
			}
		}
		if got := out.String(); strings.Count(got, "\n") != strings.Count(said, "\n") || !strings.HasPrefix(got, strings.TrimSuffix(said, "\n")) {
			t.Errorf("%s: said %q, want %q", what, got, said)
		}
		out.Reset()
	}
	check("new", map[string]bool{"01": true, "02": false}, "")
	write("02\n03\n")
	check("changed", map[string]bool{"01": false, "02": true}, "mqtool: read the list of tags again: 2 tags in "+name+"\n")
	write("04\njoe\n")
	check("damaged", map[string]bool{"02": true, "04": false}, "mqtool: warning: the list of tags has changed and cannot be read, the previous list stays in use: "+name+":2: \n")
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	check("gone", map[string]bool{"02": true, "04": false}, "mqtool: warning: the list of tags can no longer be read, the previous list stays in use: stat \n")
	write("04\n")
	check("back", map[string]bool{"02": false, "04": true}, "mqtool: read the list of tags again: 1 tag in "+name+"\n")
}
