package site

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"mqtool/commands/internal/unmark"
)

// Codes are names for the interface and protocol codes of $SCRDR lines. The vendor's
// tables are not public, so the user provides the names in a file:
//
//	[interface]
//	"13" = "13.56"
//	[protocol]
//	"01" = "NFC-A"
type Codes struct {
	Interfaces, Protocols codeNames
}

// codeNames are the names of codes; "" stands for a code without a name.
type codeNames [256]string

// Name returns the name of a code. The code is written as the codec prints it, 0x13. Name
// returns the code itself if there is no name for it.
func (n *codeNames) Name(code string) string {
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

// ReadCodes reads a file of codes. Errors name file and line.
func ReadCodes(name string) (*Codes, error) {
	text, err := unmark.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("--codes: %w", err)
	}
	c, err := parseCodes(string(text))
	if err != nil {
		return nil, codesError(name, err)
	}
	return c, nil
}

func parseCodes(text string) (*Codes, error) {
	var tables map[string]toml.Primitive
	meta, err := decodeTOML(text, &tables)
	if err != nil {
		return nil, err
	}
	var c Codes
	var problem error
	for name, table := range tables {
		switch {
		case name != "interface" && name != "protocol":
			err = refuse(meta, table, name, "unknown table or key; there are [interface] and [protocol]")
		case meta.Type(name) != "Hash" && meta.Type(name) != "": // "" if there are only keys like protocol.01
			err = refuse(meta, table, name, "it must be a table, [interface] or [protocol]")
		case name == "interface":
			err = decodeCodes(meta, table, name, &c.Interfaces)
		default:
			err = decodeCodes(meta, table, name, &c.Protocols)
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
