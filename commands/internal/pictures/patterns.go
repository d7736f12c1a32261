package pictures

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// isPattern reports whether an argument is a pattern for file names. If a file has exactly
// this name, the argument means that file.
func isPattern(arg string) bool {
	if !strings.ContainsAny(arg, "*?") {
		return false
	}
	_, err := os.Lstat(arg)
	return err != nil
}

// expandPatterns replaces a pattern by the files that match it, as shells do outside of
// Windows: sorted, and without folders and hidden files.
func expandPatterns(args []string) ([]string, error) {
	var all []string
	for _, arg := range args {
		if !isPattern(arg) {
			all = append(all, arg)
			continue
		}
		folder, pattern := filepath.Split(arg)
		list, err := os.ReadDir(cleanFolder(folder))
		if err != nil {
			return nil, err
		}
		before := len(all)
		for _, entry := range list {
			if name := entry.Name(); !entry.IsDir() && name[0] != '.' && matches(strings.ToLower(pattern), strings.ToLower(name)) {
				all = append(all, folder+name)
			}
		}
		if len(all) == before {
			return nil, fmt.Errorf("%s: no file matches", arg)
		}
	}
	return all, nil
}

func cleanFolder(folder string) string {
	if folder == "" {
		return "."
	}
	return folder
}

// matches reports whether a name matches a pattern of * and ?. No other character is
// special, because a name can have brackets.
func matches(pattern, name string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if len(name) < len(head) {
		return false
	}
	for i := range len(head) {
		if head[i] != '?' && head[i] != name[i] {
			return false
		}
	}
	name = name[len(head):]
	if !star {
		return name == ""
	}
	for i := range len(name) + 1 {
		if matches(rest, name[i:]) {
			return true
		}
	}
	return false
}
