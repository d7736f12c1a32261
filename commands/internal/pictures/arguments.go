package pictures

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"mqtool/codec"
	"mqtool/commands/internal/app"
	"mqtool/commands/internal/files"
	"mqtool/commands/internal/render"
)

// arguments holds what the arguments of snapshot-decode name.
type arguments struct {
	inputs  []string
	several bool   // several inputs are named, or a folder is
	output  string // "" if no output is named
	unsure  string // the INPUT that the user may have meant as OUTPUT
	passed  skippedFiles
	bad     []error // the errors of folders without a dump
}

// skippedFiles counts files that are not read as dumps.
type skippedFiles struct{ pictures, hidden int }

func (p skippedFiles) String() string {
	var parts []string
	if p.pictures > 0 {
		parts = append(parts, render.Count(p.pictures, "picture"))
	}
	if p.hidden > 0 {
		parts = append(parts, render.Count(p.hidden, "hidden file"))
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, " and ") + " skipped"
}

// readArguments tells INPUTs from OUTPUT. A file that is neither empty nor a picture is an
// INPUT even as the last argument. Otherwise a "*" of the shell could make the picture of
// one dump replace another dump.
func readArguments(env *app.Env, o Options, args []string) (arguments, error) {
	if len(args) == 0 {
		if !isPiped(env.Stdin) {
			return arguments{}, app.Usagef("snapshot-decode: which INPUT? A file, a folder, or - for standard input")
		}
		args = []string{"-"}
	}
	if err := checkWords(args); err != nil {
		return arguments{}, err
	}
	lastIsPattern := false
	if runtime.GOOS == "windows" { // on Windows the shell leaves patterns to the program
		lastIsPattern = isPattern(args[len(args)-1])
		expanded, err := expandPatterns(args)
		if err != nil {
			return arguments{}, err
		}
		args = expanded
	}
	a := arguments{inputs: args, output: o.Target}
	if len(args) > 1 && o.Target == "" && o.All == "" && !o.Info && !lastIsPattern {
		if err := a.takeOutput(o); err != nil {
			return a, err
		}
	}
	a.openFolders()
	if len(a.inputs) == 0 {
		return a, errors.Join(a.bad...)
	}
	return a, a.check(env, o)
}

// checkWords finds words that are not arguments.
func checkWords(args []string) error {
	i := slices.Index(args, "")
	switch {
	case i < 0:
		return nil
	case i > 0 && i == len(args)-1:
		return app.Usagef("snapshot-decode: OUTPUT is empty (is a variable not set?)")
	}
	return app.Usagef("snapshot-decode: INPUT is empty (is a variable not set?)")
}

// takeOutput takes the last argument as OUTPUT, if it can be one.
func (a *arguments) takeOutput(o Options) error {
	last := a.inputs[len(a.inputs)-1]
	rest := a.inputs[:len(a.inputs)-1]
	if len(rest) == 1 && isSameFile(rest[0], last) {
		return app.Usagef("snapshot-decode: %s is INPUT: it would be lost", last)
	}
	if len(rest) == 1 && isPicture(rest[0]) && isPicture(last) && o.Index == 0 {
		return app.Usagef("snapshot-decode: %s and %s are pictures already: nothing to do; to replace %s, write --output %s", rest[0], last, last, last)
	}
	several := len(rest) > 1 || files.KindOf(rest[0]) == files.Directory
	if last != "-" {
		switch files.KindOf(last) {
		case files.Foreign:
			a.unsure = last
			return nil
		case files.Empty:
			if several { // several pictures cannot go into one file
				return nil
			}
		case files.Missing, files.Directory, files.Picture, files.Special:
		}
	}
	a.inputs, a.output = rest, last
	return nil
}

// openFolders replaces each folder by the files in it.
func (a *arguments) openFolders() {
	a.several = len(a.inputs) > 1
	var inputs []string
	for _, name := range a.inputs {
		if info, err := os.Stat(name); name == "-" || err != nil || !info.IsDir() {
			inputs = append(inputs, name)
			continue
		}
		a.several = true
		found, passed, err := dumpsIn(name)
		switch {
		case err != nil:
			a.bad = append(a.bad, err)
		case len(found) == 0:
			a.bad = append(a.bad, app.Damagedf("%s: it holds no dump%s", name, behind("; ", passed.String())))
		}
		inputs = append(inputs, found...)
		a.passed.pictures += passed.pictures
		a.passed.hidden += passed.hidden
	}
	a.inputs = inputs
}

// dumpsIn lists the files in a folder, but not those in its subfolders.
func dumpsIn(folder string) (names []string, passed skippedFiles, err error) {
	list, err := os.ReadDir(folder) // the list is sorted
	if err != nil {
		return nil, passed, err
	}
	for _, entry := range list {
		name := filepath.Join(folder, entry.Name())
		info, err := os.Stat(name)
		switch {
		case err != nil || !info.Mode().IsRegular():
		case strings.HasPrefix(entry.Name(), "."):
			passed.hidden++
		case files.IsPictureName(name):
			passed.pictures++
		default:
			names = append(names, name)
		}
	}
	return names, passed, nil
}

// isPictureName reports whether a file has the name of a JPEG.
func isPictureName(name string) bool {
	ext := filepath.Ext(name)
	return strings.EqualFold(ext, ".jpg") || strings.EqualFold(ext, ".jpeg")
}

// isPicture reports whether a file is a JPEG and has the name of one.
func isPicture(name string) bool { return isPictureName(name) && files.KindOf(name) == files.Picture }

// isOtherPicture reports whether a file is a PNG, GIF or WebP and has the name of one.
func isOtherPicture(name string) bool {
	if !files.IsPictureName(name) || isPictureName(name) {
		return false
	}
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 16)
	n, _ := io.ReadFull(f, head)
	return strings.EqualFold(codec.SuffixOf(head[:n]), filepath.Ext(name))
}

// check finds arguments that contradict each other or the options.
func (a *arguments) check(env *app.Env, o Options) error {
	switch {
	case repeats(a.inputs, "-"):
		return app.Usagef("snapshot-decode: - is among the INPUTs more than once, but standard input can be read only once")
	case a.several && o.Index != 0:
		return app.Usagef("snapshot-decode: --index goes with one INPUT, since each has a first picture of its own; call it once for each")
	case a.several && o.Prefix != "":
		return app.Usagef("snapshot-decode: --header goes with one INPUT, since it names one file")
	case a.output == "":
		return nil
	case a.several:
		return a.checkDirectory()
	case a.output == "-":
		return checkStandardOutput(env, o)
	case o.Prefix != "" && filepath.Clean(o.Prefix) == filepath.Clean(a.output):
		return app.Usagef("snapshot-decode: --header and OUTPUT are the same file")
	}
	if _, err := os.Stat(a.output); err == nil && files.KindOf(a.output) == files.Foreign && !o.Force {
		return app.Usagef("snapshot-decode: OUTPUT %s is there already and is not a picture: name another file, or replace it with --force", a.output)
	}
	return nil
}

// repeats reports whether a name is in a list more than once.
func repeats(list []string, name string) bool {
	i := slices.Index(list, name)
	return i >= 0 && slices.Contains(list[i+1:], name)
}

// checkStandardOutput makes sure that a picture can go to standard output.
func checkStandardOutput(env *app.Env, o Options) error {
	switch {
	case o.Output.JSON:
		return app.Usagef("snapshot-decode: --json and the picture cannot both go to standard output")
	case env.StdoutTerminal:
		return app.Usagef("snapshot-decode: standard output is a terminal, which cannot show a picture; name a file, or use a pipe")
	}
	return nil
}

// checkDirectory makes sure that OUTPUT can hold several pictures.
func (a *arguments) checkDirectory() error {
	var what string
	kind := files.KindOf(a.output)
	switch {
	case a.output == "-":
		return app.Usagef("snapshot-decode: several pictures cannot go to standard output; name a directory, such as pictures/")
	case kind == files.Directory:
		return nil
	case kind == files.Missing && isPictureName(a.output):
		return app.Usagef("snapshot-decode: several pictures need a directory, and %s is the name of one picture; write %s/ if it is to be a directory", a.output, a.output)
	case kind == files.Missing && filepath.Ext(a.output) != "" && !endsInSlash(a.output):
		return app.Usagef("snapshot-decode: %s does not exist: is it an INPUT with another name? If it is to be the directory of the pictures, write %s/", a.output, a.output)
	case kind == files.Missing:
		return nil
	case kind == files.Picture:
		what = "a picture already"
	case kind == files.Special:
		what = "a device or a FIFO"
	default:
		what = "a file"
	}
	return app.Usagef("snapshot-decode: several pictures need a directory, and %s is %s; name a directory, such as pictures/", a.output, what)
}

func endsInSlash(name string) bool {
	return name != "" && os.IsPathSeparator(name[len(name)-1])
}

// isSameFile reports whether two names belong to the same file.
func isSameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// isPiped reports whether standard input comes from another program or from a file. In
// that case the user need not ask for it to be read.
func isPiped(stream io.Reader) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return stream != nil
	}
	info, err := f.Stat()
	return err == nil && (info.Mode().IsRegular() || info.Mode()&(os.ModeNamedPipe|os.ModeSocket) != 0)
}

// endOfInput returns the keys that end the input from a terminal.
func endOfInput() string {
	if runtime.GOOS == "windows" {
		return "Ctrl-Z and Enter"
	}
	return "Ctrl-D"
}

// behind joins a separator and a text. It returns "" if the text is empty.
func behind(separator, text string) string {
	if text == "" {
		return ""
	}
	return separator + text
}
