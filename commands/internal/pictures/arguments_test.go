package pictures

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"mqtool/commands/internal/app"
)

// makeFiles makes files and, where a name ends in a slash, directories.
func makeFiles(t *testing.T, list map[string]string) {
	t.Helper()
	for name, text := range list {
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(name, 0o777); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSnapshotArguments checks which arguments are INPUTs, and which one is OUTPUT.
func TestSnapshotArguments(t *testing.T) {
	t.Chdir(t.TempDir())
	makeFiles(t, map[string]string{
		"a.txt": "ffd8", "b.txt": "ffd8", "notes": "mine", "empty": "", "x.jpg": "\xff\xd8\xff", "y.jpg": "\xff\xd8\xff", "text.jpg": "ffd8", "dir/": "",
		"dumps/1.txt": "a", "dumps/2.bin": "b", "dumps/3.JPEG": "c", "dumps/.hidden": "d", "dumps/deep/4.txt": "e", "none/deep/": "",
	})
	for _, tt := range []struct {
		args    string // "NULL" is the device
		o       Options
		inputs  string
		output  string
		several bool
		unsure  string
		err     string
	}{
		// One INPUT.
		{args: "a.txt", inputs: "a.txt"},
		{args: "-", inputs: "-"},
		{args: "", inputs: "-"}, // a pipe
		{args: "missing", inputs: "missing"},
		{args: "a.txt out.jpg", inputs: "a.txt", output: "out.jpg"},
		{args: "a.txt out.txt", inputs: "a.txt", output: "out.txt"},
		{args: "a.txt notes/x.jpg", inputs: "a.txt", output: "notes/x.jpg"},
		{args: "a.txt missing/", inputs: "a.txt", output: "missing/"},
		{args: "a.txt dir", inputs: "a.txt", output: "dir"},
		{args: "a.txt empty", inputs: "a.txt", output: "empty"},
		{args: "a.txt x.jpg", inputs: "a.txt", output: "x.jpg"},
		{args: "a.txt NULL", inputs: "a.txt", output: os.DevNull},
		{args: "a.txt -", inputs: "a.txt", output: "-"},
		{args: "- -", inputs: "-", output: "-"},

		// Several.
		{args: "a.txt b.txt", inputs: "a.txt b.txt", several: true, unsure: "b.txt"},
		{args: "a.txt notes", inputs: "a.txt notes", several: true, unsure: "notes"},
		{args: "a.txt text.jpg", inputs: "a.txt text.jpg", several: true, unsure: "text.jpg"},
		{args: "a.txt b.txt dir", inputs: "a.txt b.txt", output: "dir", several: true},
		{args: "a.txt b.txt new", inputs: "a.txt b.txt", output: "new", several: true},
		{args: "a.txt b.txt new.d/", inputs: "a.txt b.txt", output: "new.d/", several: true},
		{args: "a.txt b.txt empty", inputs: "a.txt b.txt empty", several: true},
		{args: "- a.txt b.txt", inputs: "- a.txt b.txt", several: true, unsure: "b.txt"},
		{args: "a.txt b.txt new.txt", err: "new.txt does not exist: is it an INPUT with another name"},
		{args: "a.txt b.txt new.jpg", err: "several pictures need a directory, and new.jpg is the name of one picture"},
		{args: "a.txt b.txt x.jpg", err: "several pictures need a directory, and x.jpg is a picture already"},
		{args: "a.txt b.txt NULL", err: "is a device or a FIFO"},
		{args: "a.txt b.txt -", err: "several pictures cannot go to standard output"},
		{args: "- - dir", err: "- is among the INPUTs more than once"},

		// Folders.
		{args: "dumps", inputs: "dumps/1.txt dumps/2.bin", several: true},
		{args: "dumps dir", inputs: "dumps/1.txt dumps/2.bin", output: "dir", several: true},
		{args: "dumps empty", inputs: "dumps/1.txt dumps/2.bin empty", several: true},
		{args: "dumps out.jpg", err: "out.jpg is the name of one picture"},
		{args: "none", err: "none: it holds no dump"},

		// --output, --all, --info.
		{args: "a.txt", o: Options{Target: "out"}, inputs: "a.txt", output: "out"},
		{args: "a.txt b.txt", o: Options{Target: "dir"}, inputs: "a.txt b.txt", output: "dir", several: true},
		{args: "a.txt dir", o: Options{Target: "-"}, err: "several pictures cannot go to standard output"},
		{args: "a.txt", o: Options{Target: "notes"}, err: "OUTPUT notes is there already and is not a picture"},
		{args: "a.txt", o: Options{Target: "notes", Force: true}, inputs: "a.txt", output: "notes"},
		{args: "a.txt b.txt", o: Options{Target: "notes", Force: true}, err: "several pictures need a directory, and notes is a file"},
		{args: "a.txt missing", o: Options{All: "d"}, inputs: "a.txt missing", several: true},
		{args: "a.txt x.jpg", o: Options{Info: true}, inputs: "a.txt x.jpg", several: true},
		{args: "a.txt b.txt", o: Options{Index: 2}, err: "--index goes with one INPUT"},
		{args: "a.txt b.txt", o: Options{Prefix: "p"}, err: "--header goes with one INPUT"},

		// INPUT is not OUTPUT.
		{args: "a.txt a.txt", err: "a.txt is INPUT: it would be lost"},
		{args: "x.jpg y.jpg", err: "x.jpg and y.jpg are pictures already: nothing to do"},
		{args: "x.jpg y.jpg", o: Options{Index: 2}, inputs: "x.jpg", output: "y.jpg"},
		{args: "x.jpg new.jpg", inputs: "x.jpg", output: "new.jpg"},
		{args: "x.jpg ./x.jpg", err: "./x.jpg is INPUT: it would be lost"},
	} {
		args := strings.Fields(strings.ReplaceAll(tt.args, "NULL", os.DevNull))
		env := app.NewEnv(bytes.NewReader(nil), io.Discard, io.Discard)
		a, err := readArguments(env, tt.o, args)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%q: error %v, want %q", tt.args, err, tt.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", tt.args, err)
			continue
		}
		got := []any{strings.Join(a.inputs, " "), a.output, a.several, a.unsure}
		if want := []any{filepath.FromSlash(tt.inputs), tt.output, tt.several, tt.unsure}; !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q, want %q", tt.args, got, want)
		}
	}

	a, err := readArguments(app.NewEnv(nil, io.Discard, io.Discard), Options{}, []string{"dumps"})
	if want := (skippedFiles{pictures: 1, hidden: 1}); err != nil || a.passed != want {
		t.Errorf("passed over: %+v, %v", a.passed, err)
	}
}

// TestExpandPatterns checks the search for the files of a pattern, which the program
// itself does on Windows.
func TestExpandPatterns(t *testing.T) {
	t.Chdir(t.TempDir())
	makeFiles(t, map[string]string{"b.txt": "", "A.TXT": "", "c[1].txt": "", "d.log": "", ".h.txt": "", "e.txt/": "", "sub/f.txt": ""})
	for _, tt := range []struct{ args, want string }{
		{"*.txt", "A.TXT b.txt c[1].txt"},
		{"*.Txt d.*", "A.TXT b.txt c[1].txt d.log"},
		{"?.txt", "A.TXT b.txt"},
		{"c[1].txt", "c[1].txt"},
		{"c[?].txt", "c[1].txt"},
		{"sub/*", "sub/f.txt"},
		{"*", "A.TXT b.txt c[1].txt d.log"},
		{"out.jpg", "out.jpg"},
		{"*.hex", "error: *.hex: no file matches"},
	} {
		got, err := expandPatterns(strings.Fields(tt.args))
		text := strings.Join(got, " ")
		if err != nil {
			text = "error: " + err.Error()
		}
		if text != tt.want {
			t.Errorf("%s: %s, want %s", tt.args, text, tt.want)
		}
	}
	if !matches("a*b*c", "a-b-b-c") || matches("a*b", "a-b-c") || matches("", "x") || !matches("**", "") {
		t.Error("matches")
	}
}
