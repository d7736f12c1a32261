//go:build !linux

package files

import (
	"errors"
	"os"
)

// openUnnamed makes no file: here a file has a name.
func openUnnamed(*os.Root, string) (*os.File, error) { return nil, errors.ErrUnsupported }

// linkUnnamed is never called, since openUnnamed makes no file.
func linkUnnamed(*os.File, *os.Root, string) error { return errors.ErrUnsupported }
