package gallery

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"

	"mqtool/commands/internal/page"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string
	//go:embed page.js
	pageJS string
)

// pageMark begins every page, so that the next run knows that it may replace the page.
const pageMark = "<!DOCTYPE html>\n<!-- made by mqtool gallery -->\n"

// isPage reports whether a file is a page that mqtool wrote.
func isPage(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, len(pageMark))
	_, err = io.ReadFull(f, head)
	return err == nil && bytes.Equal(head, []byte(pageMark))
}

// writePage writes a page that needs no other files than the pictures.
func writePage(w io.Writer, days []*day) error {
	t, err := template.New("page").Parse(pageHTML)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(w, 64<<10)
	if _, err := b.WriteString(pageMark); err != nil {
		return err
	}
	var pictures []*picture
	for p := range all(days) {
		pictures = append(pictures, p)
	}
	err = t.Execute(b, map[string]any{
		"Policy": policy(), "Style": template.CSS(page.Style + pageCSS), "Script": template.JS(pageJS),
		"Days": days, "Cameras": cameraNames(pictures), "Count": len(pictures),
	})
	if err != nil {
		return err
	}
	return b.Flush()
}

// policy returns a policy that allows pictures from files and from the page itself.
func policy() string {
	return page.Policy(page.Style+pageCSS, pageJS, "img-src 'self' file: data:")
}

// address returns the address of a picture below a directory.
func address(dir, at string) template.URL {
	levels := strings.Split(path.Join(dir, at), "/")
	for i, level := range levels {
		levels[i] = url.PathEscape(level)
	}
	if !slices.Contains([]string{"..", "", "."}, levels[0]) {
		levels = append([]string{"."}, levels...) // a colon in the first level would end a URL scheme
	}
	return template.URL(strings.Join(levels, "/")) // escaped above
}

// dataURI returns a picture as an address. A browser that is told a type of pictures shows
// no other content.
func dataURI(picture []byte) template.URL {
	kind := http.DetectContentType(picture)
	if !strings.HasPrefix(kind, "image/") {
		kind = "image/jpeg"
	}
	return template.URL("data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(picture))
}
