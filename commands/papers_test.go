package commands

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/cmdline"
)

// A block is a fenced block of a page.
type block struct {
	page, language string
	lines          []string
}

// papers returns the pages that people read, as paths below the root of the repository.
func papers(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range []string{"../*.md", "../docs/*.md"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d pages, %v", pattern, len(names), err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			texts[strings.TrimPrefix(name, "../")] = string(text)
		}
	}
	return texts
}

// blocksOf returns the blocks of a page in some languages.
func blocksOf(page, text string, languages ...string) (list []block) {
	var open *block
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		language, isFence := strings.CutPrefix(line, "```")
		switch {
		case isFence && open == nil:
			open = &block{page: page, language: language}
		case isFence:
			if slices.Contains(languages, open.language) {
				list = append(list, *open)
			}
			open = nil
		case open != nil:
			open.lines = append(open.lines, line)
		}
	}
	return list
}

// TestFirstPage checks that the README has at most ten kilobytes, which people still read.
func TestFirstPage(t *testing.T) {
	if text := papers(t)["README.md"]; len(text) > 10<<10 {
		t.Errorf("README.md has %d bytes", len(text))
	}
}

var (
	linkForm    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	headingForm = regexp.MustCompile(`(?m)^#+ (.*)$`)
	notInAnchor = regexp.MustCompile("[^a-z0-9 _-]")
)

// TestLinks checks that the files and headings exist to which pages link.
func TestLinks(t *testing.T) {
	pages := papers(t)
	anchors := func(text string) (list []string) {
		for _, m := range headingForm.FindAllStringSubmatch(text, -1) {
			list = append(list, strings.ReplaceAll(notInAnchor.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-"))
		}
		return list
	}
	links := 0
	for page, text := range pages {
		for _, m := range linkForm.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			links++
			path, anchor, _ := strings.Cut(m[1], "#")
			target := page
			if path != "" {
				target = filepath.Join(filepath.Dir(page), path)
			}
			if _, err := os.Stat(filepath.Join("..", target)); err != nil {
				t.Errorf("%s: %v", page, err)
			}
			if anchor != "" && !slices.Contains(anchors(pages[target]), anchor) {
				t.Errorf("%s: %s has no heading for #%s", page, target, anchor)
			}
		}
	}
	if links < 30 {
		t.Errorf("only %d links were looked at", links)
	}
}

var (
	callForm   = regexp.MustCompile(`\bmqtool +([^|;&>#)"]*)`)
	optionForm = regexp.MustCompile(`^--?[a-z][a-z-]*`)
)

// TestOptionsInPapers checks that the commands and options exist that pages show.
func TestOptionsInPapers(t *testing.T) {
	root := cmdline.Define(commandList(app.NewEnv(strings.NewReader(""), io.Discard, io.Discard), ""))
	checked := 0
	for page, text := range papers(t) {
		for _, b := range blocksOf(page, text, "sh", "console", "crontab", "text") {
			for _, line := range b.lines {
				if b.language == "text" && !strings.HasPrefix(line, "$ ") {
					continue
				}
				for _, m := range callForm.FindAllStringSubmatch(line, -1) {
					words := strings.Fields(m[1])
					d := root
					for _, w := range words {
						sub := d.Command(w)
						if sub == nil {
							break
						}
						d = sub
					}
					if d == root && words[0] != "help" && words[0] != "version" { // these two words stand for options
						t.Errorf("%s: mqtool has no command %s", page, words[0])
						continue
					}
					for _, w := range words {
						if w == "--exec" {
							break // the rest belongs to the program that is run
						}
						if w = optionForm.FindString(w); w == "" {
							continue
						}
						checked++
						if d.Option(w) == nil {
							t.Errorf("%s: %s has no option %s", page, d.Path, w)
						}
					}
				}
			}
		}
	}
	if checked < 60 {
		t.Errorf("only %d options were looked at", checked)
	}
}

// TestConsole types the commands of the console blocks in pages, in an empty directory beside the
// testdata of the checkout, and compares the output.
func TestConsole(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not installed")
	}
	testdata, err := filepath.Abs("../testdata")
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	for page, text := range papers(t) {
		for i, b := range blocksOf(page, text, "console") {
			blocks++
			t.Run(page, func(t *testing.T) {
				t.Parallel()
				folder := t.TempDir()
				if err := os.Symlink(testdata, filepath.Join(folder, "testdata")); err != nil {
					t.Fatal(err)
				}
				script := ""
				for _, line := range b.lines {
					if command, ok := strings.CutPrefix(line, "$ "); ok {
						script += "saved=$?; echo " + quoteShell(line) + "; (exit $saved)\n" + command + "\n"
					}
				}
				for _, tool := range []string{"xxd", "hexdump", "jq"} {
					if _, err := exec.LookPath(tool); err != nil && strings.Contains(script, tool+" ") {
						t.Skip(tool + " is not installed")
					}
				}
				c := exec.Command(bash)
				c.Dir = folder
				c.Stdin = strings.NewReader(script)
				c.Env = append(os.Environ(), "TZ=UTC", "HOME="+folder, "MQTOOL_CONFIG=", "MQTOOL_BROKER=", "COLUMNS=")
				var out bytes.Buffer
				c.Stdout, c.Stderr = &out, &out
				c.WaitDelay = time.Minute
				_ = c.Run() // the last command may fail on purpose
				if got, want := strings.TrimRight(out.String(), "\n"), strings.Join(b.lines, "\n"); got != want {
					t.Errorf("block %d: got\n%s\nwant\n%s", i+1, got, want)
				}
			})
		}
	}
	if blocks < 8 {
		t.Errorf("only %d blocks were typed", blocks)
	}
}

// quoteShell quotes a text as one word of the shell.
func quoteShell(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
