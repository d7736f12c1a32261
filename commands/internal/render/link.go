package render

import (
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// HasLinks reports whether the environment is that of a terminal which is known to follow
// links (OSC 8). The terminal is not asked: its answer would be taken for typed text. tmux and
// screen do not tell which terminal they run in.
func HasLinks(getenv func(string) string) bool {
	term := getenv("TERM")
	begins := func(names ...string) bool {
		for _, name := range names {
			if strings.HasPrefix(term, name) {
				return true
			}
		}
		return false
	}
	if getenv("TMUX") != "" || getenv("STY") != "" || term == "dumb" || begins("tmux", "screen") {
		return false
	}
	switch getenv("TERM_PROGRAM") {
	case "iTerm.app", "WezTerm", "vscode", "ghostty", "mintty", "Hyper":
		return true
	}
	// VTE is in GNOME Terminal and many others. Version 0.50.1 crashed at some links.
	const leastVTE = 5002
	vte, _ := strconv.Atoi(getenv("VTE_VERSION"))
	return begins("xterm-kitty", "xterm-ghostty", "foot", "contour", "alacritty") ||
		vte >= leastVTE || getenv("KONSOLE_VERSION") != "" || getenv("WT_SESSION") != ""
}

// fileURL is the URL of a file, with the name of this machine: a terminal may show the
// output of another one. It has only printable ASCII characters. It is empty when the working
// directory is unknown.
func fileURL(name string) string {
	path, err := filepath.Abs(name)
	if err != nil {
		return ""
	}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/pictures
	}
	host, _ := os.Hostname()
	link := url.URL{Scheme: "file", Host: host, Path: path}
	return link.String()
}
