package dumptest

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
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

// WayLayouts are what pages, forms and tables make of dumps on their way.
func WayLayouts() (list []Layout) {
	encode := base64.StdEncoding.EncodeToString
	lost := func(s string) string { return strings.ReplaceAll(s, "+", " ") }
	list = append(list,
		Layout{"base64, each + a blank", text(func(b []byte) string { return lost(encode(b)) + "\n" })},
		Layout{"base64, each + a blank, in lines", text(func(b []byte) string { return lost(Base64Lines(b, "\n")) + "\n" })},
		Layout{"base64, each + a blank, behind a topic", text(func(b []byte) string { return "4GSolarCam/Snapshot " + lost(encode(b)) + "\n" })},
		Layout{"data URI, each + a blank", text(func(b []byte) string { return "data:image/jpeg;base64," + lost(encode(b)) + "\n" })},
		Layout{"base64, each + a blank, in JSON", text(func(b []byte) string { return `{"mac":"1CC31660025E","image":"` + lost(encode(b)) + "\"}\n" })},
		Layout{"psql, one column", text(func(b []byte) string {
			return "  encode  \n----------\n " + strings.Join(Cut(encode(b), 76), "+\n ") + "\n(1 row)\n\n"
		})},
		Layout{"psql, more columns", text(func(b []byte) string {
			return " id |  encode  | n \n----+----------+---\n  1 | " + strings.Join(Cut(encode(b), 76), "+| 5\n    | ") + " | 5\n(1 row)\n\n"
		})},
		Layout{"psql, arrows", text(func(b []byte) string {
			return "│   encode   │\n├────────────┤\n│ " + strings.Join(Cut(encode(b), 76), "\u21B5│\n│ ") + " │\n└────────────┘\n"
		})},
	)
	rows := []Layout{
		{"hexdump -C", text(HexdumpC)},
		{"xxd", text(func(b []byte) string { return Rows(b, 16, false, XxdRow("%08x:", 16, 2)) })},
		{"hex", text(func(b []byte) string { return Every(hex.EncodeToString(b), 60, "\n") + "\n" })},
		{"pairs", text(func(b []byte) string { return Every(Every(hex.EncodeToString(b), 2, " "), 48, "\n") + "\n" })},
		{"base64", text(func(b []byte) string { return Base64Lines(b, "\n") + "\n" })},
	}
	pages := []struct {
		name string
		page func(text string) string
	}{
		{"br and nbsp", func(s string) string {
			return "<div>" + strings.ReplaceAll(strings.ReplaceAll(html.EscapeString(s), " ", "&nbsp;"), "\n", "<br>\n") + "</div>\n"
		}},
		{"br without line ends", func(s string) string {
			return "<p>" + strings.ReplaceAll(strings.ReplaceAll(html.EscapeString(s), "  ", " &nbsp;"), "\n", "<br/>") + "</p>\n"
		}},
		{"pre and colors", func(s string) string {
			lines := strings.Split(strings.TrimSuffix(html.EscapeString(s), "\n"), "\n")
			return "<pre class=\"log\"><span style=\"color:#0a0\">" + strings.Join(lines, "</span>\n<span style=\"color:#0a0\">") + "</span></pre>\n"
		}},
		{"rows of a table", func(s string) string {
			lines := strings.Split(strings.TrimSuffix(html.EscapeString(s), "\n"), "\n")
			return "<table><tr><td>" + strings.Join(lines, "</td></tr>\n<tr><td>") + "</td></tr></table>\n"
		}},
		{"divs", func(s string) string {
			lines := strings.Split(strings.TrimSuffix(strings.ReplaceAll(html.EscapeString(s), " ", "&nbsp;"), "\n"), "\n")
			return "<div class=\"l\">" + strings.Join(lines, "</div><div class=\"l\">") + "</div>\n"
		}},
	}
	for _, r := range rows {
		for _, p := range pages {
			list = append(list, Layout{r.Name + " on a page: " + p.name, func(msg []byte) []byte { return []byte(p.page(string(r.Render(msg)))) }})
		}
	}
	return list
}
