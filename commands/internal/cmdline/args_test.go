package cmdline

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"mqtool/commands/internal/app"
)

func TestOptionsFirst(t *testing.T) {
	flags := []cli.Flag{
		&cli.BoolFlag{Name: "json", Aliases: []string{"j"}},
		&cli.StringFlag{Name: "codes"},
		&cli.IntFlag{Name: "count", Aliases: []string{"n"}},
		&cli.StringSliceFlag{Name: "topic"},
		&Rest{&cli.StringSliceFlag{Name: "exec"}},
		&Optional{&cli.StringFlag{Name: "serve"}, "here", func(next string) bool { return strings.ContainsAny(next, ":8") }},
	}
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"options only", "--json --codes c", "--json --codes c"},
		{"options first", "--json a b", "--json -- a b"},
		{"options last", "a b --json", "--json -- a b"},
		{"between", "a --codes c b -j", "--codes c -j -- a b"},
		{"one dash", "a -json -codes c", "-json -codes c -- a"},
		{"equals sign", "a --codes=c b --json=false", "--codes=c --json=false -- a b"},
		{"value that is a dash", "a --codes -", "--codes - -- a"},
		{"negative value", "a -n -5 b", "-n -5 -- a b"},
		{"value that looks like an unknown option", "--codes --what a", "--codes --what -- a"},
		{"dash is an argument", "- --json", "--json -- -"},
		{"two dashes end the options", "--json -- --codes c", "--json -- --codes c"},
		{"two dashes after an argument", "a -- -b", "-- a -b"},
		{"two dashes twice", "-- -- a", "-- -- a"},
		{"two dashes alone", "--", ""},
		{"unknown stays an option", "a --what b", "--what -- a b"},
		{"help needs no more", "a --json --help --what", "--help"},
		{"help is an argument", "-- --help", "-- --help"},
		{"repeated", "--topic a x --topic b", "--topic a --topic b -- x"},
		{"the rest", "a --exec b --json -- -h c", "--exec=b --exec=--json --exec=-- --exec=-h --exec=c -- a"},
		{"no rest", "a --exec=b --json c", "--exec=b --json -- a c"},
		{"left out", "--serve", "--serve=here"},
		{"left out before an option", "--serve --json", "--serve=here --json"},
		{"left out before an argument", "--serve a.jsonl", "--serve=here -- a.jsonl"},
		{"not left out", "a --serve host:1 b", "--serve=host:1 -- a b"},
		{"a port", "--serve 1883", "--serve=1883"},
		{"with an equals sign", "--serve=b a", "--serve=b -- a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := optionsFirst(strings.Fields(tt.in), flags)
			if err != nil {
				t.Fatal(err)
			}
			if want := strings.Fields(tt.want); strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
	for _, in := range []string{"--codes", "a --codes", "--codes --json", "--codes -j a", "--codes -- a", "-n --count=5", "--codes -h", "a --exec"} {
		t.Run("no value: "+in, func(t *testing.T) {
			got, err := optionsFirst(strings.Fields(in), flags)
			if usage := (app.UsageError{}); !errors.As(err, &usage) || got != nil {
				t.Errorf("got %q, %v, want a usage error", got, err)
			}
		})
	}
}

func TestNormalizeArgs(t *testing.T) {
	list := []*cli.Command{
		{Name: "listen", ArgsUsage: "[DEVICE...]"},
		{Name: "parse", ArgsUsage: "[FILE...]", Flags: []cli.Flag{&cli.StringFlag{Name: "codes"}}},
		{Name: "config", Subcommands: []*cli.Command{
			{Name: "registers", Flags: []cli.Flag{&cli.BoolFlag{Name: "json"}}},
		}},
	}
	for _, tt := range []struct{ in, want string }{
		{"mqtool", "mqtool"},
		{"mqtool --version", "mqtool --version"},
		{"mqtool help", "mqtool --help"},
		{"mqtool help help", "mqtool --help"},
		{"mqtool help parse", "mqtool parse --help"},
		{"mqtool help what", "mqtool what --help"},
		{"mqtool listen help", "mqtool listen --help"},
		{"mqtool listen help door", "mqtool listen -- help door"},
		{"mqtool parse help", "mqtool parse -- help"},
		{"mqtool parse a --codes c", "mqtool parse --codes c -- a"},
		{"mqtool parse parse --codes c", "mqtool parse --codes c -- parse"},
		{"mqtool config registers a --json", "mqtool config registers --json -- a"},
		{"mqtool config a --json", "mqtool config a --json"},
		{"mqtool --codes parse x", "mqtool --codes parse x"},
	} {
		in := strings.Fields(tt.in)
		got, err := normalizeArgs(in, list)
		if err != nil {
			t.Errorf("%q: %v", tt.in, err)
		}
		if want := strings.Fields(tt.want); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %q, want %q", tt.in, got, want)
		}
		if again := strings.Fields(tt.in); !reflect.DeepEqual(in, again) {
			t.Errorf("%q: the caller's arguments became %q", tt.in, in)
		}
	}
}
