package site

import (
	"cmp"
	"errors"

	"github.com/BurntSushi/toml"

	"mqtool/commands/internal/app"
)

// refuse makes an error about a value, with its line.
func refuse(meta toml.MetaData, value toml.Primitive, path, reason string) error {
	return meta.PrimitiveDecode(value, &refusal{path + ": " + reason})
}

// A refusal is a TOML value that cannot be decoded: the library adds the line
// of the value to its text.
type refusal struct{ text string }

func (r *refusal) UnmarshalTOML(any) error { return errors.New(r.text) }

// earlier is the error that stands first in the file: the library's maps
// have no order.
func earlier(a, b error) error {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	var pa, pb toml.ParseError
	if errors.As(a, &pa) && errors.As(b, &pb) && pb.Position.Line < pa.Position.Line {
		return b
	}
	return a
}

// codesError writes a TOML error as file:line: reason.
func codesError(name string, err error) error {
	var parse toml.ParseError
	if !errors.As(err, &parse) {
		return app.Usagef("%s: %v", name, err)
	}
	return app.Usagef("%s:%d: %s", name, parse.Position.Line, parse.Message)
}
