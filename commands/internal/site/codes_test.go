package site

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"mqtool/commands/internal/app"
)

func TestLoadCodes(t *testing.T) {
	load := func(t *testing.T, text string) (*Codes, error) {
		t.Helper()
		name := filepath.Join(t.TempDir(), "codes.toml")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Chdir(filepath.Dir(name)) // for short names in errors
		return ReadCodes("codes.toml")
	}

	t.Run("names", func(t *testing.T) {
		got, err := load(t, `
			protocol.0x1 = "NFC-A"
			[interface]
			"13" = "13.56"
			ff = "bluetooth"
		`)
		if err != nil {
			t.Fatal(err)
		}
		var want Codes
		want.Interfaces[0x13], want.Interfaces[0xFF], want.Protocols[0x01] = "13.56", "bluetooth", "NFC-A"
		if *got != want {
			t.Errorf("got %q, want %q", *got, want)
		}
	})
	t.Run("empty", func(t *testing.T) {
		if got, err := load(t, ""); err != nil || *got != (Codes{}) {
			t.Errorf("got %v, %v", got, err)
		}
	})

	for _, tt := range []struct{ name, text, want string }{
		{"not TOML", "[interface]\n13 13.56\n", `codes.toml:2: expected '.' or '=', but got '1' instead`},
		{"unknown table", "[interface]\n13 = \"a\"\n\n[protocols]\n01 = \"b\"\n", `codes.toml:4: protocols: unknown table or key; there are [interface] and [protocol]`},
		{"unknown key", "\nfile = 1\n[interface]\n", `codes.toml:2: file: unknown table or key; there are [interface] and [protocol]`},
		{"the first of two", "a = 1\nb = 2\n", `codes.toml:1: a: unknown table or key; there are [interface] and [protocol]`},
		{"table is a value", "interface = 13\n", `codes.toml:1: interface: it must be a table, [interface] or [protocol]`},
		{"not a code", "[protocol]\n01 = \"a\"\nNFC = \"b\"\n", `codes.toml:3: protocol.NFC: a code is one or two hex digits, like "13" or "0x13"`},
		{"too long", "[protocol]\n001 = \"b\"\n", `codes.toml:2: protocol.001: a code is one or two hex digits, like "13" or "0x13"`},
		{"number for a name", "[interface]\n13 = 13.56\n", `codes.toml:2: interface.13: the name of a code is a string that is not empty`},
		{"empty name", "[interface]\n13 = \"\"\n", `codes.toml:2: interface.13: the name of a code is a string that is not empty`},
		{"twice", "[interface]\n0x13 = \"a\"\n13 = \"b\"\n", `codes.toml:3: interface.13: code 0x13 is named twice`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := load(t, tt.text)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v\nwant %s", err, tt.want)
			}
			if usage := (app.UsageError{}); !errors.As(err, &usage) || got != nil {
				t.Errorf("got %v, %T; want nil and a usage error", got, err)
			}
		})
	}
	t.Run("no file", func(t *testing.T) {
		if _, err := ReadCodes(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("got %v", err)
		}
	})
}
