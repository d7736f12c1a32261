package commands

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"mqtool/commands/internal/app"

	"github.com/BurntSushi/toml"
)

// Codes are names for the interface and protocol codes of $SCRDR lines. The
// vendor's tables are not public, so that the user brings them, in a file:
//
//	[interface]
//	"13" = "13.56"
//	[protocol]
//	"01" = "NFC-A"
type codes struct {
	interfaces, protocols codeNames
}

// codeNames are the names of codes; "" is a code without one.
type codeNames [256]string

// name is the name of a code as the codec prints it, 0x13, or what it was
// given if there is none.
func (n *codeNames) name(code string) string {
	digits, ok := strings.CutPrefix(code, "0x")
	if !ok {
		return code
	}
	c, err := strconv.ParseUint(digits, 16, 8)
	if err != nil || n[c] == "" {
		return code
	}
	return n[c]
}

// loadCodes reads a file of codes. Errors name file and line.
func loadCodes(name string) (*codes, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("--codes: %w", err)
	}
	c, err := parseCodes(string(text))
	if err != nil {
		return nil, codesError(name, err)
	}
	return c, nil
}

func parseCodes(text string) (*codes, error) {
	var tables map[string]toml.Primitive
	meta, err := toml.Decode(text, &tables)
	if err != nil {
		return nil, err
	}
	var c codes
	var problem error
	for name, table := range tables {
		switch {
		case name != "interface" && name != "protocol":
			err = refuse(meta, table, name, "unknown table or key; there are [interface] and [protocol]")
		case meta.Type(name) != "Hash" && meta.Type(name) != "": // "" when there are only keys like protocol.01
			err = refuse(meta, table, name, "it must be a table, [interface] or [protocol]")
		case name == "interface":
			err = decodeCodes(meta, table, name, &c.interfaces)
		default:
			err = decodeCodes(meta, table, name, &c.protocols)
		}
		problem = earlier(problem, err)
	}
	if problem != nil {
		return nil, problem
	}
	return &c, nil
}

func decodeCodes(meta toml.MetaData, table toml.Primitive, tableName string, names *codeNames) error {
	var entries map[string]toml.Primitive
	if err := meta.PrimitiveDecode(table, &entries); err != nil {
		return err
	}
	var problem error
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		value, path := entries[key], tableName+"."+key
		digits := strings.TrimPrefix(strings.ToLower(key), "0x")
		code, err := strconv.ParseUint(digits, 16, 8)
		var name string
		switch {
		case err != nil || len(digits) > 2:
			err = refuse(meta, value, path, `a code is one or two hex digits, like "13" or "0x13"`)
		case meta.PrimitiveDecode(value, &name) != nil || name == "":
			err = refuse(meta, value, path, "the name of a code is a string that is not empty")
		case names[code] != "":
			err = refuse(meta, value, path, fmt.Sprintf("code 0x%02X is named twice", code))
		default:
			names[code] = name
		}
		problem = earlier(problem, err)
	}
	return problem
}

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
