package dumptest

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// spellings are how the text of a message is written that comes in pieces.
var spellings = []Layout{
	{"hex", text(hex.EncodeToString)},
	{"upper hex", text(Upper(hex.EncodeToString))},
	{"base64", text(base64.StdEncoding.EncodeToString)},
	{"data URI", text(func(b []byte) string { return "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(b) })},
}

// joints are how programs and SQL write one text as several literals.
var joints = []struct {
	name   string
	length int
	write  func(pieces []string) string
}{
	{"Python, implicit", 70, func(p []string) string { return `image = ("` + strings.Join(p, "\"\n         \"") + "\")\n" }},
	{"Python, one quote", 76, func(p []string) string { return "image = '" + strings.Join(p, "' \\\n        '") + "'\n" }},
	{"C", 64, func(p []string) string { return "const char *image =\n  \"" + strings.Join(p, "\"\n  \"") + "\";\n" }},
	{"Java", 120, func(p []string) string {
		return "String image = \"" + strings.Join(p, "\" +\n    \"") + "\";\n"
	}},
	{"JavaScript, plus before", 80, func(p []string) string {
		return "const image = '" + strings.Join(p, "'\n  + '") + "';\n"
	}},
	{"JavaScript, on one line", 500, func(p []string) string { return "const image = `" + strings.Join(p, "` + `") + "`;\n" }},
	{"PHP", 76, func(p []string) string { return "$image = '" + strings.Join(p, "' .\n  '") + "';\n" }},
	{"Basic", 100, func(p []string) string { return "image = \"" + strings.Join(p, "\" & _\n  \"") + "\"\n" }},
	{"SQL", 2000, func(p []string) string {
		return "INSERT INTO p VALUES ('" + strings.Join(p, "' ||\n  '") + "');\n"
	}},
	{"Oracle", 2000, func(p []string) string {
		return "  HEXTORAW('" + strings.Join(p, "') ||\n  HEXTORAW('") + "')\n"
	}},
	{"commas", 64, func(p []string) string { return "pieces = ('" + strings.Join(p, "',\n  '") + "')\n" }},
	{"statements", 80, func(p []string) string { return "s += \"" + strings.Join(p, "\";\ns += \"") + "\";\n" }},
	{"statements, a declaration first", 80, func(p []string) string {
		return "String s = \"" + strings.Join(p, "\";\ns = s + \"") + "\";\n"
	}},
	{"calls", 256, func(p []string) string {
		return "    sb.append(\"" + strings.Join(p, "\");\n    sb.append(\"") + "\");\n"
	}},
}

// Cut cuts a text into pieces of n characters.
func Cut(s string, n int) []string {
	var pieces []string
	for len(s) > n {
		pieces = append(pieces, s[:n])
		s = s[n:]
	}
	return append(pieces, s)
}

// LiteralLayouts are all spellings in all kinds of several literals.
func LiteralLayouts() (list []Layout) {
	for _, s := range spellings {
		for _, j := range joints {
			list = append(list, Layout{fmt.Sprintf("%s in literals: %s", s.Name, j.name), func(msg []byte) []byte {
				return []byte(j.write(Cut(string(s.Render(msg)), j.length)))
			}})
		}
	}
	escaped := text(func(b []byte) string { return Each(b, "", func(c byte) string { return fmt.Sprintf(`\x%02x`, c) }) })
	for _, j := range joints {
		switch j.name {
		case "Python, implicit", "C", "Java", "JavaScript, plus before", "PHP", "SQL", "commas":
			list = append(list, Layout{"escapes in literals: " + j.name, func(msg []byte) []byte {
				return []byte(j.write(Cut(string(escaped(msg)), j.length&^3)))
			}})
		}
	}
	return list
}
