package site

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"

	"mqtool/commands/internal/app"
)

// maxNesting is how deep tables and arrays may be nested. The library takes gigabytes for
// a key of a thousand parts.
const maxNesting = 8

// decodeTOML decodes a file that is not nested too deeply.
func decodeTOML(text string, v any) (toml.MetaData, error) {
	depth, number := 0, 0
	for line := range strings.Lines(text) {
		number++
		// In a key, dots inside quotes count as well; nobody needs that many.
		key, _, _ := strings.Cut(line, "=")
		depth += nesting(line)
		if depth > maxNesting || strings.Count(key, ".") > maxNesting {
			return toml.MetaData{}, fmt.Errorf("line %d: tables or arrays are nested more than %d deep", number, maxNesting)
		}
	}
	return toml.Decode(text, v)
}

// nesting returns by how much a line is deeper at its end than at its start. It ignores
// text in quotes. If the line becomes too deep anywhere, nesting returns that depth.
func nesting(line string) int {
	depth, quote := 0, rune(0)
	for _, r := range line {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '#':
			return depth
		case r == '"' || r == '\'':
			quote = r
		case r == '[' || r == '{':
			if depth++; depth > maxNesting {
				return depth
			}
		case r == ']' || r == '}':
			depth--
		}
	}
	return depth
}

// refuse makes an error about a value, with its line.
func refuse(meta toml.MetaData, value toml.Primitive, path, reason string) error {
	return meta.PrimitiveDecode(value, &refusal{path + ": " + reason})
}

// A refusal makes a TOML value fail to decode, because the library then adds the line of
// the value to the error's text.
type refusal struct{ text string }

func (r *refusal) UnmarshalTOML(any) error { return errors.New(r.text) }

// earlier returns the error that comes first in the file. The library's maps have no
// order.
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
	if strings.HasPrefix(parse.Message, "expected value but found") {
		parse.Message += "; text stands in quotes"
	}
	return app.Usagef("%s:%d: %s", name, parse.Position.Line, parse.Message)
}
