package dumptest

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"strings"
)

// spellings are the ways to write the text of a message that comes in pieces.
var spellings = []Layout{
	{"hex", text(hex.EncodeToString)},
	{"upper hex", text(Upper(hex.EncodeToString))},
	{"base64", text(base64.StdEncoding.EncodeToString)},
	{"data URI", text(func(b []byte) string { return "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(b) })},
}

// joints are the ways in which programs and SQL write one text as several literals.
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

// LiteralLayouts returns all spellings in all kinds of several literals.
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

// WayLayouts returns the dumps that pages, forms and tables have changed on their way.
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

// record writes piece n of a message that has of pieces. more says that others follow.
type record func(piece string, n, of int, more bool) string

// records are the ways in which loggers and devices write one message in pieces. numbered
// says that the loss of a piece is noticed.
var records = []struct {
	name     string
	length   int
	numbered bool
	write    record
}{
	{"docker", 2000, false, func(p string, n, _ int, more bool) string {
		if !more {
			p += "\n"
		}
		return fmt.Sprintf("{\"log\":%s,\"stream\":\"stdout\",\"time\":\"2026-11-27T20:14:53.%09dZ\"}\n", jsonText(p), n)
	}},
	{"docker, 16384", 16384, false, func(p string, n, _ int, more bool) string {
		if !more {
			p += "\r\n"
		}
		return fmt.Sprintf("{\"log\":%s,\"stream\":\"stdout\",\"time\":\"2026-11-27T20:14:53.%09dZ\"}\n", jsonText(p), n)
	}},
	{"journald", 4096, false, func(p string, n, _ int, more bool) string {
		lineBreak := ""
		if more {
			lineBreak = `,"_LINE_BREAK":"line-max"`
		}
		return fmt.Sprintf("{\"__REALTIME_TIMESTAMP\":\"17953989053506%02d\",\"_PID\":\"812\"%s,\"MESSAGE\":%s}\n", n%100, lineBreak, jsonText(p))
	}},
	{"CRI", 1900, false, func(p string, n, _ int, more bool) string {
		tag := "F"
		if more {
			tag = "P"
		}
		return fmt.Sprintf("2026-11-27T20:14:53.%09dZ stdout %s %s\n", n, tag, p)
	}},
	{"logcat", 4000, false, func(p string, n, _ int, _ bool) string {
		return fmt.Sprintf("11-27 20:14:53.%03d  1234  1301 D MqttCam : %s\n", n%1000, p)
	}},
	{"syslog", 1024, false, func(p string, n, _ int, _ bool) string {
		return fmt.Sprintf("Nov 27 20:14:%02d gate mqttcam[1234]: %s\n", n%60, p)
	}},
	{"ESP-IDF", 1000, false, func(p string, n, _ int, _ bool) string {
		return fmt.Sprintf("I (%d) mqtt: %s\n", 123456+n, p)
	}},
	{"numbers in JSON", 600, true, func(p string, n, of int, _ bool) string {
		return fmt.Sprintf("{\"id\": \"1CC31660025E\", \"part\": %d, \"total\": %d, \"data\": %s}\n", n, of, jsonText(p))
	}},
	{"numbers from 1 in JSON, behind a topic", 5000, true, func(p string, n, of int, _ bool) string {
		return fmt.Sprintf("site/cam/image {\"data\":%s,\"seq\":%d,\"total\":%d}\n", jsonText(p), n+1, of)
	}},
	{"numbers in JSON that mosquitto wrapped", 1500, true, func(p string, n, of int, _ bool) string {
		return fmt.Sprintf("{\"tst\":\"2026-11-27T20:14:53.%06dZ+0000\",\"topic\":\"cam/1/image\",\"qos\":1,\"retain\":0,\"payload\":{\"chunk_no\":%d,\"total_chunks\":%d,\"chunk\":%s}}\n", n, n, of, jsonText(p))
	}},
	{"part 1 of 4", 700, true, func(p string, n, of int, _ bool) string {
		return fmt.Sprintf("2026-11-27T20:14:53Z cam part %d of %d: %s\n", n+1, of, p)
	}},
	{"[1/4]", 3000, true, func(p string, n, of int, _ bool) string { return fmt.Sprintf("image [%d/%d] %s\n", n+1, of, p) }},
	{"a topic with numbers", 1200, true, func(p string, n, of int, _ bool) string { return fmt.Sprintf("cam/image/%d/%d %s\n", n, of, p) }},
}

func jsonText(s string) string {
	b, _ := json.Marshal(s) // a string always has a JSON form
	return string(b)
}

// RecordLayouts returns all spellings in all kinds of records. numbered selects those in
// which the loss of a piece is noticed.
func RecordLayouts(numbered bool) (list []Layout) {
	for _, s := range spellings {
		for _, r := range records {
			if r.numbered != numbered {
				continue
			}
			for _, label := range []string{"", "4GSolarCam/Snapshot "} {
				if label != "" && r.numbered {
					continue // each has its own label
				}
				list = append(list, Layout{fmt.Sprintf("%s in records: %s %s", s.Name, r.name, label), func(msg []byte) []byte {
					pieces := Cut(label+string(s.Render(msg)), r.length)
					if len(pieces) == 1 && r.name != "logcat" {
						pieces = []string{pieces[0][:len(pieces[0])/2&^3], pieces[0][len(pieces[0])/2&^3:]}
					}
					var out strings.Builder
					for i, p := range pieces {
						out.WriteString(r.write(p, i, len(pieces), i < len(pieces)-1))
					}
					return []byte(out.String())
				}})
			}
		}
	}
	return list
}

// RowLayouts returns dumps of several rows, each of which is a record of its own.
func RowLayouts() (list []Layout) {
	each := func(format, sep string) func([]byte) []byte {
		return text(func(b []byte) string {
			return Rows(b, 16, false, func(_ int, b []byte) string {
				return Each(b, sep, func(c byte) string { return fmt.Sprintf(format, c) })
			})
		})
	}
	for _, rows := range []Layout{
		{"xxd", text(func(b []byte) string { return Rows(b, 16, false, XxdRow("%08x:", 16, 2)) })},
		{"hexdump -C", text(HexdumpC)},
		{"xxd -p", text(func(b []byte) string { return Every(hex.EncodeToString(b), 60, "\n") })},
		{"base64", text(func(b []byte) string { return Base64Lines(b, "\n") })},
		{"decimal numbers", each("%d", ", ")},
		{"0x numbers", each("0x%02x", ", ")},
		{"escapes", each(`\x%02x`, "")},
	} {
		for _, r := range records[:4] { // in the others, a row is a message
			list = append(list, Layout{fmt.Sprintf("rows of %s in records: %s", rows.Name, r.name), func(msg []byte) []byte {
				var out strings.Builder
				for i, row := range strings.Split(strings.TrimSpace(string(rows.Render(msg))), "\n") {
					out.WriteString(r.write(row, i, 0, false))
				}
				return []byte(out.String())
			}})
		}
	}
	return list
}

// FramedLayouts returns the ways in which modems, servers and tools frame the pieces of a
// message.
func FramedLayouts() (list []Layout) {
	pieces := func(b []byte, n int) []string { return Cut(string(b), n) }
	const topic = "4GSolarCam/Snapshot"
	modem := func(b []byte, n int) []byte {
		var out strings.Builder
		fmt.Fprintf(&out, "AT+CMQTTSUB=0\r\nOK\r\n+CMQTTRXSTART: 0,%d,%d\r\n+CMQTTRXTOPIC: 0,%d\r\n%s\r\n", len(topic), len(b), len(topic), topic)
		for _, p := range pieces(b, n) {
			fmt.Fprintf(&out, "+CMQTTRXPAYLOAD: 0,%d\r\n%s\r\n", len(p), p)
		}
		return []byte(out.String() + "+CMQTTRXEND: 0\r\n")
	}
	return []Layout{
		{"SIMCom, bytes", func(b []byte) []byte { return modem(b, 1024) }},
		{"SIMCom, hex", func(b []byte) []byte { return modem([]byte(hex.EncodeToString(b)), 1500) }},
		{"SIMCom, base64", func(b []byte) []byte { return modem([]byte(base64.StdEncoding.EncodeToString(b)), 1500) }},
		{"ESP-AT", func(b []byte) []byte {
			return []byte(fmt.Sprintf("AT\r\nOK\r\n+MQTTSUBRECV:0,%q,%d,%s\r\n", topic, len(b), b))
		}},
		{"Quectel", func(b []byte) []byte {
			return []byte(fmt.Sprintf("AT\r\nOK\r\n+QMTRECV: 0,1,%q,%d,\"%s\"\r\n", topic, len(b), b))
		}},
		{"HTTP in chunks", func(b []byte) []byte {
			return []byte("HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nTransfer-Encoding: chunked\r\n\r\n" + Chunks(pieces(b, 1000)))
		}},
		{"chunks", func(b []byte) []byte { return []byte(Chunks(pieces(b, 4096))) }},
		{"mosquitto_sub -v, pieces", func(b []byte) []byte {
			return []byte(topic + " " + strings.Join(pieces(b, 1000), "\n"+topic+" ") + "\n")
		}},
		{"mosquitto_sub, pieces of 400", func(b []byte) []byte { return []byte(strings.Join(pieces(b, 400), "\n") + "\n") }},
		{"mosquitto_sub -v, pieces and others", func(b []byte) []byte {
			return []byte(topic + " " + strings.Join(pieces(b, 900), "\n4GSolarCam/Status {\"battery\":81}\n"+topic+" ") + "\n")
		}},
	}
}

// Chunks returns pieces as the body of an HTTP answer in chunks.
func Chunks(pieces []string) string {
	var out strings.Builder
	for _, p := range pieces {
		fmt.Fprintf(&out, "%x\r\n%s\r\n", len(p), p)
	}
	return out.String() + "0\r\n\r\n"
}
