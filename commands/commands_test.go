package commands

import (
	"bytes"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/cmdline"
)

// TestCommands checks what must hold for each command and each of its options.
func TestCommands(t *testing.T) {
	env := app.NewEnv(strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{})
	for i, c := range cmdline.NewApp(env, &bytes.Buffer{}, commandList(env, "")).Commands {
		if alone := commandList(env, c.Name); makers[i].name != c.Name || len(alone) != 1 || alone[0].Name != c.Name {
			t.Errorf("%s: not made by its name", c.Name)
		}
		if c.OnUsageError == nil || !c.HideHelpCommand {
			t.Errorf("%s: not prepared", c.Name)
		}
		for _, want := range []string{"EXAMPLES:\n   ", "mqtool " + c.Name} {
			if !strings.Contains(c.CustomHelpTemplate, want) {
				t.Errorf("the help of %s has no %q", c.Name, want)
			}
		}
		for _, f := range c.Flags {
			name := f.Names()[0]
			doc := f.(cli.DocGenerationFlag)
			if doc.GetUsage() == "" {
				t.Errorf("%s --%s: no help", c.Name, name)
			}
			if r, ok := f.(cli.RequiredFlag); ok && r.IsRequired() {
				t.Errorf("%s --%s: the library exits 1 for a missing required option", c.Name, name)
			}
		}
	}
}

// TestVariables checks every option of every command. The options for the connection and for
// the look of text have a variable, and no others have one.
func TestVariables(t *testing.T) {
	const most = 25
	with := cmdline.WithVariable()
	if len(with) > most {
		t.Errorf("%d options have a variable, want %d at the most", len(with), most)
	}
	unmet := slices.Clone(with)
	var check func(path string, list []*cli.Command)
	check = func(path string, list []*cli.Command) {
		for _, c := range list {
			path := path + " " + c.Name
			connects := slices.ContainsFunc(c.Flags, func(f cli.Flag) bool { return f.Names()[0] == "broker" })
			for _, f := range c.Flags {
				name := f.Names()[0]
				var want []string
				switch {
				case name == "password": // the variable holds the password itself, and the option takes "-"
				case name == "client-id" && c.Name != "listen": // the variable is for a listener, which a second client with its id would throw off
				case name == "color", name == "config", connects && slices.Contains(with, name):
					want = []string{"MQTOOL_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))}
				}
				if got := f.(cli.DocGenerationFlag).GetEnvVars(); !slices.Equal(got, want) {
					t.Errorf("%s --%s: variables %q, want %q", path, name, got, want)
				}
				if want != nil && !strings.HasSuffix(f.String(), " [$"+want[0]+"]") {
					t.Errorf("%s --%s: the help does not name the variable: %s", path, name, f)
				}
				if want != nil || name == "password" {
					unmet = slices.DeleteFunc(unmet, func(s string) bool { return s == name })
				}
			}
			check(path, c.Subcommands)
		}
	}
	check("mqtool", commandList(app.NewEnv(strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{}), ""))
	if len(unmet) > 0 {
		t.Errorf("no command has %q, which are to have a variable", unmet)
	}
	for _, name := range []string{
		"yes", "retain", "force", "insecure", "topic", "hex", "all", "index", "timeout", "count", "persistent", "will-topic", "will-payload", "will-qos",
		"will-retain", "verbose", "trace", "json", "exec", "save", "serve", "strict", "dry-run",
	} {
		if slices.Contains(with, name) {
			t.Errorf("--%s has a variable", name)
		}
	}
}

// TestHelpWidth checks that no line in the help of any command is too long.
func TestHelpWidth(t *testing.T) {
	env := app.NewEnv(strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{})
	var check func(words []string, list []*cli.Command)
	check = func(words []string, list []*cli.Command) {
		var stdout, stderr bytes.Buffer
		if code := Main(append([]string{"mqtool", "help"}, words...), strings.NewReader(""), &stdout, &stderr); code != app.Done {
			t.Errorf("%s: exit code %d: %s", words, code, stderr.String())
		}
		for line := range strings.Lines(stdout.String()) {
			if utf8.RuneCountInString(line)-1 > cmdline.HelpWidth {
				t.Errorf("help of %s: too wide: %s", words, line)
			}
		}
		for _, c := range list {
			check(append(slices.Clone(words), c.Name), c.Subcommands)
		}
	}
	check(nil, commandList(env, ""))
}

// TestSurface checks that all helps together have at most 220 rows of options, so that whoever
// adds an option asks which one can go. It also checks that each short help fits on one screen.
func TestSurface(t *testing.T) {
	help := func(args ...string) []string {
		var out strings.Builder
		env := app.NewEnv(strings.NewReader(""), &out, io.Discard)
		if err := run(t.Context(), env, append([]string{"mqtool"}, args...)); err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		return strings.Split(strings.TrimSpace(out.String()), "\n")
	}
	rows := 0
	count := func(lines []string) {
		for _, line := range lines {
			if optionRow.MatchString(line) {
				rows++
			}
		}
	}
	count(help("help", "connection"))
	var walk func(d *cmdline.Definition, path ...string)
	walk = func(d *cmdline.Definition, path ...string) {
		count(help(append(path, "--help")...))
		if short := len(help(append(path, "-h")...)); short > 40 && len(path) > 0 {
			t.Errorf("%v -h has %d lines, more than 40", path, short)
		}
		for i := range d.Commands {
			name := strings.Fields(d.Commands[i].Path)
			walk(&d.Commands[i], append(slices.Clone(path), name[len(name)-1])...)
		}
	}
	walk(cmdline.Define(commandList(app.NewEnv(strings.NewReader(""), io.Discard, io.Discard), "")))
	if rows < 150 || rows > 220 {
		t.Errorf("all helps have %d rows of options; at most 220 are meant", rows)
	}
	if long := len(help("listen", "--help")); long > 70 {
		t.Errorf("listen --help has %d lines, more than 70", long)
	}
}

// optionRow matches a row, in which the description follows a gap. It does not match a line of
// prose that begins with the name of an option.
var optionRow = regexp.MustCompile(`^ {3}--?[a-z].*\S {2,}\S`)
