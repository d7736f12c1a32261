//go:build !linux

package files

import (
	"errors"
	"os"
)

// openUnnamed returns an error, because files without a name exist on Linux only.
func openUnnamed(*os.Root, string) (*os.File, error) { return nil, errors.ErrUnsupported }

// linkUnnamed is never called, since openUnnamed makes no file.
func linkUnnamed(*os.File, *os.Root, string) error { return errors.ErrUnsupported }
