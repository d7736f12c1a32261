package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Resolve returns the file that a link leads to, or the name itself if it is not a link to a
// file. The system follows the link first, because it refuses to follow some links of other
// users (fs.protected_symlinks); whoever changes the link meanwhile gets an error.
func Resolve(name string) (string, error) {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrPermission) {
		return "", err
	}
	if err != nil || !info.Mode().IsRegular() {
		return name, nil //nolint:nilerr // what uses the name says what is wrong with it
	}
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		return "", err
	}
	if again, err := os.Lstat(target); err != nil || !os.SameFile(info, again) {
		return "", fmt.Errorf("%s changes while it is looked at", name)
	}
	return target, nil
}
