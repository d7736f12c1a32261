package pictures

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// isPattern reports whether an argument stands for files with names like it. A
// file that has the name itself is meant itself.
func isPattern(arg string) bool {
	if !strings.ContainsAny(arg, "*?") {
		return false
	}
	_, err := os.Lstat(arg)
	return err != nil
}

// expandPatterns puts the files in the place of their pattern, as shells do
// outside of Windows: sorted, without folders and hidden ones.
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

// matches tells whether a name matches a pattern of * and ?, and nothing else
// (a name can hold brackets).
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
