// Command pictures draws what a program has written to a terminal.
//
//	COLUMNS=80 mqtool look gate --show blocks --color always | go run ./scripts/pictures > look.svg
//	go run ./scripts/pictures -jpeg < page.png > page.jpg
//
// The SVG contains no font, no script and no link, only text and boxes in the colors of xterm.
package main

import (
	"bufio"
	"fmt"
	"html"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The size of a cell of the terminal, and the margin around the picture.
const (
	cellWidth  = 8
	cellHeight = 17
	margin     = 12
)

func main() {
	draw := drawTerminal
	if len(os.Args) > 1 && os.Args[1] == "-jpeg" {
		draw = makeJPEG
	}
	out := bufio.NewWriter(os.Stdout)
	err := draw(out, os.Stdin)
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

// makeJPEG turns a picture of a page into a smaller file.
func makeJPEG(w io.Writer, r io.Reader) error {
	picture, err := png.Decode(r)
	if err != nil {
		return err
	}
	return jpeg.Encode(w, picture, &jpeg.Options{Quality: 80})
}

// A style is how a cell looks. An empty color means the terminal's own.
type style struct {
	front, back string
	bold, faint bool
}

// A terminal collects the parts of the drawing.
type terminal struct {
	style   style
	row     int
	columns int
	boxes   map[string]*strings.Builder // for each color, the path of all its boxes
	colors  []string                    // in the order in which they were first used
	text    strings.Builder
}

var escape = regexp.MustCompile(`^\x1b(?:\[([0-9;]*)([A-Za-z])|\][^\x07\x1b]*(?:\x07|\x1b\\))`)

// drawTerminal makes an SVG from text with escape sequences.
func drawTerminal(w io.Writer, r io.Reader) error {
	all, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	t := &terminal{boxes: map[string]*strings.Builder{}}
	for line := range strings.Lines(string(all)) {
		t.line(strings.TrimRight(line, "\r\n"))
		t.row++
	}
	width, height := t.columns*cellWidth+2*margin, t.row*cellHeight+2*margin
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d">`+"\n", width, height)
	fmt.Fprintf(w, `<rect width="%d" height="%d" rx="8" fill="#16191d"/>`+"\n", width, height)
	fmt.Fprintf(w, `<g transform="translate(%d %[1]d)" shape-rendering="crispEdges">`+"\n", margin)
	for _, color := range t.colors {
		fmt.Fprintf(w, `<path fill="%s" d="%s"/>`+"\n", color, t.boxes[color])
	}
	fmt.Fprintf(w, "</g>\n"+`<g transform="translate(%d %[1]d)" font-family="ui-monospace,Menlo,Consolas,DejaVu Sans Mono,monospace" font-size="13" fill="#d8dce2" xml:space="preserve">`+"\n", margin)
	_, err = fmt.Fprintf(w, "%s</g>\n</svg>\n", t.text.String())
	return err
}

// line draws a row.
func (t *terminal) line(s string) {
	column := 0
	for s != "" {
		if m := escape.FindStringSubmatch(s); m != nil {
			s = s[len(m[0]):]
			if m[2] == "m" {
				t.style.set(strings.Split(m[1], ";"))
			}
			continue
		}
		if half, ok := strings.CutPrefix(s, "▀"); ok {
			s = half
			t.box(t.style.front, column, 0, cellHeight/2+1)
			t.box(t.style.back, column, cellHeight/2+1, cellHeight/2)
			column++
			continue
		}
		end := strings.IndexAny(s, "\x1b▀")
		if end == 0 { // an unknown sequence
			end = 1
		}
		if end < 0 {
			end = len(s)
		}
		t.word(s[:end], column)
		column += utf8.RuneCountInString(s[:end])
		s = s[end:]
	}
	t.columns = max(t.columns, column)
}

// box adds a part of a cell to the boxes of its color.
func (t *terminal) box(color string, column, top, height int) {
	if color == "" {
		return
	}
	path := t.boxes[color]
	if path == nil {
		path = &strings.Builder{}
		t.boxes[color] = path
		t.colors = append(t.colors, color)
	}
	fmt.Fprintf(path, "M%d %dh%dv%dh-%[3]dz", column*cellWidth, t.row*cellHeight+top, cellWidth, height)
}

// word adds text of one style. It is stretched to the width of its cells, because fonts differ.
func (t *terminal) word(s string, column int) {
	left := len(s) - len(strings.TrimLeft(s, " "))
	column += left
	if s = strings.Trim(s, " "); s == "" {
		return
	}
	look := ""
	if t.style.front != "" {
		look += ` fill="` + t.style.front + `"`
	}
	if t.style.bold {
		look += ` font-weight="bold"`
	}
	if t.style.faint {
		look += ` opacity="0.6"`
	}
	fmt.Fprintf(&t.text, `<text x="%d" y="%d" textLength="%d"%s>%s</text>`+"\n", column*cellWidth, t.row*cellHeight+13, utf8.RuneCountInString(s)*cellWidth, look, html.EscapeString(s))
}

// set applies an SGR sequence to the style.
func (s *style) set(words []string) {
	for i := 0; i < len(words); i++ {
		n, _ := strconv.Atoi(words[i]) // an empty parameter means 0
		switch {
		case n == 0:
			*s = style{}
		case n == 1:
			s.bold = true
		case n == 2:
			s.faint = true
		case n == 22:
			s.bold, s.faint = false, false
		case n == 39:
			s.front = ""
		case n == 49:
			s.back = ""
		case n >= 30 && n <= 37:
			s.front = indexed(n - 30)
		case n >= 90 && n <= 97:
			s.front = indexed(n - 90 + 8)
		case n == 38 || n == 48:
			color, used := wide(words[i+1:])
			if i += used; n == 38 {
				s.front = color
			} else {
				s.back = color
			}
		}
	}
}

// wide returns a color that is given by an index of 256, or by red, green and blue.
func wide(words []string) (color string, used int) {
	var v [4]int
	for i := range min(4, len(words)) {
		v[i], _ = strconv.Atoi(words[i])
	}
	if v[0] == 5 {
		return indexed(v[1]), 2
	}
	return fmt.Sprintf("#%02x%02x%02x", v[1], v[2], v[3]), 4
}

// indexed returns one of xterm's 256 colors. The first 16 are as most terminals show them.
func indexed(n int) string {
	switch {
	case n < 16:
		return [...]string{
			"#000000", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d8dce2",
			"#7f848e", "#ff8a93", "#b4e08f", "#ffdf9e", "#8cc8ff", "#e0a0f0", "#7fdbe6", "#ffffff",
		}[n]
	case n < 232:
		part := func(k int) int {
			if k == 0 {
				return 0
			}
			return 55 + 40*k
		}
		n -= 16
		return fmt.Sprintf("#%02x%02x%02x", part(n/36), part(n/6%6), part(n%6))
	}
	gray := 8 + 10*(n-232)
	return fmt.Sprintf("#%02x%02[1]x%02[1]x", gray)
}
