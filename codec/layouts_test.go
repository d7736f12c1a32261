package codec

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf16"
)

// A layout renders a message as a tool shows or saves it.
type layout struct {
	name   string
	render func(msg []byte) []byte
}

func text(f func(msg []byte) string) func([]byte) []byte {
	return func(msg []byte) []byte { return []byte(f(msg)) }
}

// every inserts sep after each n characters, but not at the end.
func every(s string, n int, sep string) string {
	var b strings.Builder
	for i := 0; i < len(s); i += n {
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(s[i:min(i+n, len(s))])
	}
	return b.String()
}

func upper(f func([]byte) string) func([]byte) string {
	return func(msg []byte) string { return strings.ToUpper(f(msg)) }
}

// each joins what f makes of every byte.
func each(msg []byte, sep string, f func(byte) string) string {
	var made [256]string // most of the tests' time would go into f
	parts := make([]string, len(msg))
	for i, c := range msg {
		if made[c] == "" {
			made[c] = f(c)
		}
		parts[i] = made[c]
	}
	return strings.Join(parts, sep)
}

func textColumn(msg []byte) string {
	text := bytes.Clone(msg)
	for i, c := range text {
		if c < ' ' || c > '~' {
			text[i] = '.'
		}
	}
	return string(text)
}

// rows makes a listing of n bytes a row; squeeze replaces repeated rows by *.
func rows(msg []byte, n int, squeeze bool, row func(offset int, b []byte) string) string {
	var out strings.Builder
	star := false
	for i := 0; i < len(msg); i += n {
		b := msg[i:min(i+n, len(msg))]
		if squeeze && i > 0 && len(b) == n && bytes.Equal(b, msg[i-n:i]) {
			if !star {
				out.WriteString("*\n")
			}
			star = true
			continue
		}
		star = false
		out.WriteString(row(i, b) + "\n")
	}
	return out.String()
}

func xxdRow(format string, cols, group int) func(int, []byte) string {
	return func(offset int, b []byte) string {
		digits := hex.EncodeToString(b)
		width := 2*cols + (cols-1)/max(group, 1)
		if group == 0 {
			width = 2 * cols
		} else {
			digits = every(digits, 2*group, " ")
		}
		return fmt.Sprintf(format+" %-*s  %s", offset, width, digits, textColumn(b))
	}
}

func hexdumpC(msg []byte) string {
	return rows(msg, 16, true, hexdumpRow) + fmt.Sprintf("%08x\n", len(msg))
}

func hexdumpRow(offset int, b []byte) string {
	pairs := each(b[:min(8, len(b))], " ", func(c byte) string { return fmt.Sprintf("%02x", c) }) + " " +
		each(b[min(8, len(b)):], "", func(c byte) string { return fmt.Sprintf(" %02x", c) })
	return fmt.Sprintf("%08x  %-48s  |%s|", offset, pairs, textColumn(b))
}

// columns cuts the offsets off.
func columns(listing string) string {
	lines := strings.SplitAfter(strings.TrimSuffix(listing, "\n"), "\n")
	for i := range lines {
		lines[i] = lines[i][10:]
	}
	return strings.Join(lines, "")
}

func hexdumpWords(msg []byte) string {
	return rows(msg, 16, true, func(offset int, b []byte) string {
		s := fmt.Sprintf("%07x", offset)
		for i := 0; i < len(b); i += 2 {
			w := uint16(b[i])
			if i+1 < len(b) {
				w |= uint16(b[i+1]) << 8
			}
			s += fmt.Sprintf(" %04x", w)
		}
		return s
	}) + fmt.Sprintf("%07x\n", len(msg))
}

func od(offset string, text, squeeze bool) func([]byte) string {
	return odRows(offset, 16, text, squeeze)
}

func odRows(offset string, n int, text, squeeze bool) func([]byte) string {
	return func(msg []byte) string {
		s := rows(msg, n, squeeze, func(at int, b []byte) string {
			line := ""
			if offset != "" {
				line = fmt.Sprintf(offset, at)
			}
			line += each(b, "", func(c byte) string { return fmt.Sprintf(" %02x", c) })
			if text {
				line = fmt.Sprintf("%-*s>%s<", 3*n+8, line, textColumn(b))
			}
			return line
		})
		if offset != "" {
			s += fmt.Sprintf(offset+"\n", len(msg))
		}
		return s
	}
}

func wireshark(withText bool) func([]byte) string {
	return func(msg []byte) string {
		return rows(msg, 16, false, func(at int, b []byte) string {
			line := fmt.Sprintf("%04x   %-47s", at, each(b, " ", func(c byte) string { return fmt.Sprintf("%02x", c) }))
			if withText {
				return line + "   " + textColumn(b)
			}
			return strings.TrimRight(line, " ")
		})
	}
}

func formatHex(msg []byte) string {
	return "\r\n           00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F\r\n\r\n" +
		strings.ReplaceAll(rows(msg, 16, false, func(at int, b []byte) string {
			return fmt.Sprintf("%08X   %-47s  %s", at, each(b, " ", func(c byte) string { return fmt.Sprintf("%02X", c) }), textColumn(b))
		}), "\n", "\r\n")
}

// formatHex7 has one blank before the text column, and what it shows of a byte
// may be a digit.
func formatHex7(msg []byte) string {
	return "\r\n   Label: p.jpg\r\n\r\n          Offset Bytes                                           Ascii\r\n" +
		"                 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F\r\n" +
		"          ------ ----------------------------------------------- -----\r\n" +
		strings.ReplaceAll(rows(msg, 16, false, func(at int, b []byte) string {
			shown := strings.Map(func(r rune) rune {
				switch {
				case r == 0:
					return ' '
				case r < ' ' || r > '~':
					return '\uFFFD'
				}
				return r
			}, each(b, "", func(c byte) string { return string(rune(c)) }))
			return fmt.Sprintf("%016X %-47s %s", at, each(b, " ", func(c byte) string { return fmt.Sprintf("%02X", c) }), shown)
		}), "\n", "\r\n")
}

func hexdumpWide(msg []byte) string {
	return strings.ReplaceAll(hexdumpWords(msg), " ", "    ")
}

func certutil(msg []byte) string {
	return rows(msg, 16, false, func(at int, b []byte) string {
		pairs := each(b[:min(8, len(b))], " ", func(c byte) string { return fmt.Sprintf("%02x", c) })
		if len(b) > 8 {
			pairs += "  " + each(b[8:], " ", func(c byte) string { return fmt.Sprintf("%02x", c) })
		}
		return fmt.Sprintf("%04x\t%-48s   %s", at, pairs, textColumn(b))
	})
}

func cString(msg []byte) string {
	return `"` + each(msg, "", func(c byte) string {
		switch {
		case c == '"' || c == '\\':
			return `\` + string(rune(c))
		case c == '\n':
			return `\n`
		case c == '\t':
			return `\t`
		case c < ' ' || c > '~':
			return fmt.Sprintf(`\%03o`, c)
		}
		return string(rune(c))
	}) + `"`
}

// pythonBytes is what print shows of bytes.
func pythonBytes(msg []byte) string {
	quote := byte('\'')
	if bytes.IndexByte(msg, '\'') >= 0 && bytes.IndexByte(msg, '"') < 0 {
		quote = '"'
	}
	return "b" + string(quote) + each(msg, "", func(c byte) string {
		switch {
		case c == quote || c == '\\':
			return `\` + string(rune(c))
		case c == '\n':
			return `\n`
		case c == '\r':
			return `\r`
		case c == '\t':
			return `\t`
		case c < ' ' || c > '~':
			return fmt.Sprintf(`\x%02x`, c)
		}
		return string(rune(c))
	}) + string(quote)
}

func goQuoted(msg []byte) string { return fmt.Sprintf("%q", msg) }

func mqttxHex(msg []byte) string {
	s := every(hex.EncodeToString(msg), 4, " ")
	if len(msg)%2 == 0 {
		s += " "
	}
	return s
}

func base64Lines(msg []byte, end string) string {
	return every(base64.StdEncoding.EncodeToString(msg), 76, end)
}

func blankLines(s string) string { return strings.ReplaceAll(s, "\n", "\n\n") }

// lossy is what is left of bytes that were taken for text.
func lossy(msg []byte) string { return string(bytes.ToValidUTF8(msg, []byte("\uFFFD"))) }

// mqttxClean is what mqttx sub --output-mode clean writes; packetFirst gives the
// order of the keys that other versions have.
func mqttxClean(payload string, msg []byte, packetFirst bool) string {
	type buffer struct {
		Type string `json:"type"`
		Data []int  `json:"data"`
	}
	type packet struct {
		Cmd     string `json:"cmd"`
		Topic   string `json:"topic"`
		Payload buffer `json:"payload"`
	}
	data := make([]int, len(msg))
	for i, c := range msg {
		data[i] = int(c)
	}
	const topic = "4GSolarCam/Snapshot"
	p := packet{"publish", topic, buffer{"Buffer", data}}
	var v any = struct {
		Topic   string `json:"topic"`
		Payload string `json:"payload"`
		Packet  packet `json:"packet"`
	}{topic, payload, p}
	if packetFirst {
		v = struct {
			Packet  packet `json:"packet"`
			Payload string `json:"payload"`
			Topic   string `json:"topic"`
		}{p, payload, topic}
	}
	b, _ := json.MarshalIndent(v, "", "  ")
	return string(b)
}

// logged puts what front says before each line.
func logged(s string, front func(line int) string) string {
	var b strings.Builder
	line := 0
	for row := range strings.Lines(s) {
		b.WriteString(front(line) + row)
		line++
	}
	return b.String()
}

// cameraJSON is a generation B message around a picture.
func cameraJSON(picture []byte) string {
	return fmt.Sprintf(`{"ts":1776620819627,"topic":"4GSolarCam/Snapshot","values":{"devName":"4G Traffic Sensing Camera","devMac":"1CC31660025E",`+
		`"file":"202604191046584644C.jpg","time":1776620818,"dayNight":"day","imageSize":%d,"image":"data:image/jpeg;base64,%s"}}`,
		len(picture), base64.StdEncoding.EncodeToString(picture))
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// loggedLayouts have something in front of every line, which takes some lines to
// be seen.
var loggedLayouts = []layout{
	{"hexdump -C in a journal", text(func(b []byte) string {
		return logged(hexdumpC(b), func(n int) string { return fmt.Sprintf("Nov 27 20:14:%02d gate sub[1234]: ", n%60) })
	})},
	{"xxd, its lines counted", text(func(b []byte) string {
		return logged(rows(b, 16, false, xxdRow("%08x:", 16, 2)), func(n int) string { return fmt.Sprintf("%6d\t", n+1) })
	})},
	{"xxd, quoted twice", text(func(b []byte) string {
		return logged(rows(b, 16, false, xxdRow("%08x:", 16, 2)), func(int) string { return "> > " })
	})},
	{"xxd -p in a log of containers", text(func(b []byte) string {
		return logged(every(hex.EncodeToString(b), 60, "\n")+"\n", func(int) string { return "web-1  | " })
	})},
	{"base64 behind times", text(func(b []byte) string {
		return logged(base64Lines(b, "\n")+"\n", func(n int) string { return fmt.Sprintf("20:14:%02d.%06d ", n/7%60, n*142857%1e6) })
	})},
	{"pairs in a log of an ESP32", text(func(b []byte) string {
		row := func(_ int, b []byte) string {
			return each(b, "", func(c byte) string { return fmt.Sprintf("%02x ", c) })
		}
		return logged(rows(b, 16, false, row), func(n int) string { return fmt.Sprintf("I (%d) MQTT: ", 1000+n) })
	})},
}

// layouts are all others that are made here, without any tool.
var layouts = []layout{
	{"bytes", func(b []byte) []byte { return b }},
	{"bytes and line end", func(b []byte) []byte { return append(bytes.Clone(b), '\n') }},
	{"mosquitto_sub -v", func(b []byte) []byte { return append([]byte("4GSolarCam/Snapshot "), b...) }},
	{"one line", text(hex.EncodeToString)},
	{"one line, upper case", text(upper(hex.EncodeToString))},
	{"pairs", text(func(b []byte) string { return every(hex.EncodeToString(b), 2, " ") })},
	{"pairs, upper, 16 a line", text(upper(func(b []byte) string {
		return rows(b, 16, false, func(_ int, b []byte) string { return every(hex.EncodeToString(b), 2, " ") })
	}))},
	{"pairs, wrapped in the middle of bytes", text(func(b []byte) string {
		return "SC211 snapshot\n" + every(every(hex.EncodeToString(b), 2, " "), 79, "\n")
	})},
	{"colons, wrapped in the middle of bytes", text(func(b []byte) string { return every(every(hex.EncodeToString(b), 2, ":"), 50, "\n") })},
	{"pairs behind a line of numbers", text(func(b []byte) string {
		return "adc 512,100,120,130,140,150,160,170,180,190,200,210,220,230,240,250,255,254\n" + every(hex.EncodeToString(b), 2, " ")
	})},
	{"array behind a line of numbers", text(func(b []byte) string {
		return "100 120 130 140 150 160 170 180 190 200 210 220 230 240 250 255 254\n[" + each(b, ", ", func(c byte) string { return fmt.Sprint(c) }) + "]"
	})},
	{"hexdump -C behind a line of hex", text(func(b []byte) string {
		return "UID 4 A3 5F 1B C0 DE 10 1 FF A B C0 D1 E2 F3 4 5 16 27 38 49 5A 6B\n" + hexdumpC(b)
	})},
	{"array with leading zeros", text(func(b []byte) string {
		return "[" + each(b, ", ", func(c byte) string { return fmt.Sprintf("%03d", c) }) + "]"
	})},
	{"array, wrapped in the middle of numbers", text(func(b []byte) string {
		return every("["+each(b, ", ", func(c byte) string { return fmt.Sprint(c) })+"]", 130, "\n")
	})},
	{"commas", text(func(b []byte) string { return every(hex.EncodeToString(b), 2, ",") })},
	{"comma and blank", text(func(b []byte) string { return every(hex.EncodeToString(b), 2, ", ") })},
	{"colons", text(func(b []byte) string { return every(hex.EncodeToString(b), 2, ":") })},
	{"dashes", text(upper(func(b []byte) string { return every(hex.EncodeToString(b), 2, "-") }))},
	{"single digits", text(func(b []byte) string { return every(hex.EncodeToString(b), 1, " ") })},
	{"a byte a line", text(func(b []byte) string { return every(hex.EncodeToString(b), 2, "\n") })},
	{"MQTTX fours", text(mqttxHex)},
	{"MQTTX fours behind a quote", text(func(b []byte) string { return `payload="` + mqttxHex(b) + `"` })},
	{"MQTTX fours, selected with the lines around", text(func(b []byte) string {
		return "Topic: 4GSolarCam/Snapshot QoS: 0\n" + mqttxHex(b) + "\n2026-11-23 01:55:10:123\n"
	})},
	{"fours in lines", text(func(b []byte) string {
		return rows(b, 16, false, func(_ int, b []byte) string { return every(hex.EncodeToString(b), 4, " ") })
	})},
	{"eights", text(func(b []byte) string { return every(hex.EncodeToString(b), 8, " ") })},
	{"lines of 60", text(func(b []byte) string { return every(hex.EncodeToString(b), 60, "\n") + "\n" })},
	{"lines of 60, CRLF", text(func(b []byte) string { return every(hex.EncodeToString(b), 60, "\r\n") + "\r\n" })},
	{"lines of 77, bytes split", text(func(b []byte) string { return every(hex.EncodeToString(b), 77, "\n") + "\n" })},
	{"lines of 4096", text(func(b []byte) string { return every(hex.EncodeToString(b), 4096, "\n") })},
	{"BOM", text(func(b []byte) string { return "\uFEFF" + hex.EncodeToString(b) })},
	{"UTF-16LE", func(b []byte) []byte { return utf16Text(binary.LittleEndian, "\uFEFF"+mqttxHex(b)) }},
	{"UTF-16BE", func(b []byte) []byte { return utf16Text(binary.BigEndian, "\uFEFF"+mqttxHex(b)+"\r\n") }},
	{"UTF-16LE without mark, xxd", func(b []byte) []byte {
		return utf16Text(binary.LittleEndian, rows(b, 16, false, xxdRow("%08x:", 16, 2)))
	}},
	{"ANSI colors", text(func(b []byte) string {
		return "\x1b[32mtopic: \x1b[0m4GSolarCam/Snapshot, qos: 0\n\x1b[1;34m" + mqttxHex(b) + "\x1b[0m\n"
	})},
	{"0x list", text(func(b []byte) string { return each(b, " ", func(c byte) string { return fmt.Sprintf("0x%02X", c) }) })},
	{"xxd -i", text(func(b []byte) string {
		list := rows(b, 12, false, func(_ int, b []byte) string {
			return "  " + each(b, ", ", func(c byte) string { return fmt.Sprintf("0x%02x", c) }) + ","
		})
		return "unsigned char p_bin[] = {\n" + strings.TrimRight(list, ",\n") + fmt.Sprintf("\n};\nunsigned int p_bin_len = %d;\n", len(b))
	})},
	{"xxd -i -c 1", text(func(b []byte) string {
		return each(b, ",\n", func(c byte) string { return fmt.Sprintf("  0x%02x", c) }) + "\n"
	})},
	{"Rust {:#x?}", text(func(b []byte) string {
		return "[\n" + each(b, "\n", func(c byte) string { return fmt.Sprintf("    %#x,", c) }) + "\n]\n"
	})},
	{"0x list, three a line", text(func(b []byte) string {
		return rows(b, 3, false, func(_ int, b []byte) string {
			return each(b, "", func(c byte) string { return fmt.Sprintf("0x%02X, ", c) })
		})
	})},
	{"0x list without separators", text(func(b []byte) string { return each(b, "", func(c byte) string { return fmt.Sprintf("0x%02x", c) }) })},
	{"0x list, wrapped in the middle of numbers", text(func(b []byte) string {
		return every(each(b, ", ", func(c byte) string { return fmt.Sprintf("0x%02x", c) }), 64, "\r\n")
	})},
	{"C array, one-digit bytes", text(func(b []byte) string {
		return "unsigned char bytes[] = {" + each(b, ", ", func(c byte) string { return fmt.Sprintf("%#x", c) }) + "};\n"
	})},
	{"Go literal", text(func(b []byte) string {
		return "[]byte{" + each(b, ", ", func(c byte) string { return fmt.Sprintf("%#x", c) }) + "}\n"
	})},
	{"\\x escapes", text(func(b []byte) string { return each(b, "", func(c byte) string { return fmt.Sprintf(`\x%02x`, c) }) })},
	{"Wireshark escaped string", text(func(b []byte) string {
		return strings.TrimSuffix(rows(b, 16, false, func(_ int, b []byte) string {
			return `"` + each(b, "", func(c byte) string { return fmt.Sprintf(`\x%02x`, c) }) + `" \`
		}), " \\\n") + "\n"
	})},
	{"C string, an escape a line", text(func(b []byte) string {
		return strings.ReplaceAll(each(b, "\n", func(c byte) string { return fmt.Sprintf(`    "\x%02x"`, c) }), "\n", " \\\r\n") + "\n"
	})},
	{"C string, three octal escapes a line", text(func(b []byte) string {
		return rows(b, 3, false, func(_ int, b []byte) string {
			return `"` + each(b, "", func(c byte) string { return fmt.Sprintf(`\%03o`, c) }) + `"`
		})
	})},
	{"\\x escapes, two a line", text(func(b []byte) string {
		return rows(b, 2, false, func(_ int, b []byte) string {
			return each(b, "", func(c byte) string { return fmt.Sprintf(`\x%02X`, c) })
		})
	})},
	{"Wireshark C string", text(cString)},
	{"Python bytes", text(func(b []byte) string { return pythonBytes(b) + "\n" })},
	{"Python bytes in a dict", text(func(b []byte) string {
		return "{'topic': '4GSolarCam/Snapshot', 'payload': " + pythonBytes(b) + ", 'qos': 0}\n"
	})},
	{"Python bytearray", text(func(b []byte) string { return "bytearray(" + pythonBytes(b) + ")\n" })},
	{"Python bytes in a log", text(func(b []byte) string {
		return `2026-11-23 01:55:05,123 INFO don't know "x": ` + pythonBytes(b) + " qos=0\n"
	})},
	{"Python bytes, wrapped", text(func(b []byte) string { return every(pythonBytes(b), 79, "\n") + "\n" })},
	{"Python bytes, pprint", text(func(b []byte) string {
		return "(" + strings.ReplaceAll(strings.TrimSuffix(rows(b, 20, false, func(_ int, b []byte) string { return pythonBytes(b) }), "\n"), "\n", "\n ") + ")\n"
	})},
	{"Go %q", text(func(b []byte) string { return "payload " + goQuoted(b) + "\n" })},
	{"Go %+q", text(func(b []byte) string { return fmt.Sprintf("%+q", b) })},
	{"xxd", text(func(b []byte) string { return rows(b, 16, false, xxdRow("%08x:", 16, 2)) })},
	{"xxd -R always", text(func(b []byte) string {
		return rows(b, 16, false, func(at int, b []byte) string {
			line := xxdRow("%08x:", 16, 2)(at, b)
			return line[:10] + "\x1b[1;32m" + line[10:12] + "\x1b[0m\x1b[1;31m" + line[12:51] + "\x1b[0m" + line[51:]
		})
	})},
	{"xxd -g1", text(func(b []byte) string { return rows(b, 16, false, xxdRow("%08x:", 16, 1)) })},
	{"xxd -g0", text(func(b []byte) string { return rows(b, 16, false, xxdRow("%08x:", 16, 0)) })},
	{"xxd -c10", text(func(b []byte) string { return rows(b, 10, false, xxdRow("%08x:", 10, 2)) })},
	{"xxd -c256", text(func(b []byte) string { return rows(b, 256, false, xxdRow("%08x:", 256, 2)) })},
	{"xxd -d", text(func(b []byte) string { return rows(b, 16, false, xxdRow("%08d:", 16, 2)) })},
	{"xxd -d -c10", text(func(b []byte) string { return rows(b, 10, false, xxdRow("%08d:", 10, 2)) })},
	{"xxd -d -c12", text(func(b []byte) string { return rows(b, 12, false, xxdRow("%08d:", 12, 2)) })},
	{"xxd -d -c20", text(func(b []byte) string { return rows(b, 20, false, xxdRow("%08d:", 20, 2)) })},
	{"hexdump -C", text(hexdumpC)},
	{"hexdump", text(hexdumpWords)},
	{"hexdump -x", text(hexdumpWide)},
	{"od -A x -t x1z", text(od("%06x", true, true))},
	{"od -t x1", text(od("%07o", false, true))},
	{"od -An -t x1 -v", text(od("", false, false))},
	{"Wireshark", text(wireshark(true))},
	{"Wireshark, hex only", text(wireshark(false))},
	{"Format-Hex", text(formatHex)},
	{"Format-Hex, PowerShell 7", text(formatHex7)},
	{"certutil", text(certutil)},
	{"mosquitto_sub -F '%U %t %x'", text(func(b []byte) string {
		return "1795398905.350698939 4GSolarCam/Snapshot " + hex.EncodeToString(b) + "\n"
	})},
	{"mosquitto_sub -F '%I %t %l %X'", text(func(b []byte) string {
		return fmt.Sprintf("2026-11-23T01:55:05+0000 4GSolarCam/Snapshot %d %X\n", len(b), b)
	})},
	{"mosquitto_sub man page", text(func(b []byte) string {
		return fmt.Sprintf("2026-11-23T01:55:10+0000 : 4GSolarCam/Snapshot : %x\n", b)
	})},
	{"mosquitto_sub -F %.2:x", text(func(b []byte) string { return every(hex.EncodeToString(b), 2, ":") + "\n" })},
	{"MQTTX CLI", text(func(b []byte) string {
		return fmt.Sprintf("…  Connecting...\n✔  Connected\ntopic: 4GSolarCam/Snapshot, qos: 0, size: %d B\n%s\n", len(b), mqttxHex(b))
	})},
	{"MQTTX CLI 1.9", text(func(b []byte) string { return "payload: " + mqttxHex(b) + "\n" })},
	{"MQTTX CLI clean, lossy payload", text(func(b []byte) string { return mqttxClean(lossy(b), b, false) })},
	{"MQTTX CLI clean, lossy payload last", text(func(b []byte) string { return mqttxClean(lossy(b), b, true) })},
	{"MQTTX CLI clean, lossy payload escaped", text(func(b []byte) string {
		return strings.ReplaceAll(mqttxClean(lossy(b), b, false), "\uFFFD", `\uFffd`)
	})},
	{"MQTTX CLI clean, hex payload", text(func(b []byte) string { return mqttxClean(mqttxHex(b), b, false) })},
	{"MQTTX CLI clean, hex payload last", text(func(b []byte) string { return mqttxClean(mqttxHex(b), b, true) })},
	{"MQTTX export", text(func(b []byte) string {
		return `[{"name":"cam","messages":[{"createAt":"2026-11-23 01:55:05:123","out":false,"payload":"` + mqttxHex(b) + `","qos":0,"retain":false,"topic":"4GSolarCam/Snapshot"}]}]`
	})},
	{"base64", text(base64.StdEncoding.EncodeToString)},
	{"base64 in lines", text(func(b []byte) string { return every(base64.StdEncoding.EncodeToString(b), 76, "\r\n") })},
	{"base64 in lines, indented", text(func(b []byte) string { return "    " + base64Lines(b, "\n    ") + "\n" })},
	{"base64 in lines, trailing blanks", text(func(b []byte) string { return base64Lines(b, " \t \r\n") + "  \n" })},
	{"base64 in lines, blank lines", text(func(b []byte) string { return base64Lines(b, "\n\n") + "\n\n" })},
	{"base64 in lines, quoted", text(func(b []byte) string { return "> " + base64Lines(b, "\n> ") + "\n" })},
	{"lines of 60, quoted twice", text(func(b []byte) string { return ">> " + every(hex.EncodeToString(b), 60, "\n>> ") + "\n" })},
	{"lines of 60, zero-width spaces", text(func(b []byte) string { return every(hex.EncodeToString(b), 20, "\u200B\n") + "\n" })},
	{"xxd, quoted", text(func(b []byte) string {
		return "> " + strings.ReplaceAll(rows(b, 16, false, xxdRow("%08x:", 16, 2)), "\n", "\n> ")
	})},
	{"xxd, blank lines", text(func(b []byte) string { return blankLines(rows(b, 16, false, xxdRow("%08x:", 16, 2))) })},
	{"hexdump, blank lines", text(func(b []byte) string { return blankLines(hexdumpWords(b)) })},
	{"hexdump -C, blank lines", text(func(b []byte) string { return blankLines(hexdumpC(b)) })},
	{"hexdump -Cv, offsets cut off", text(func(b []byte) string { return columns(rows(b, 16, false, hexdumpRow)) })},
	{"xxd, offsets cut off", text(func(b []byte) string { return columns(rows(b, 16, false, xxdRow("%08x:", 16, 2))) })},
	{"od -An -t x1z -v", text(func(b []byte) string { return od("", true, false)(b) })},
	{"hexdump -C, no-break spaces", text(func(b []byte) string { return strings.ReplaceAll(hexdumpC(b), " ", "\u00A0") })},
	{"xxd, and zeros of a power cut", text(func(b []byte) string {
		return "a line before\n" + rows(b, 16, false, xxdRow("%08x:", 16, 2)) + strings.Repeat("\x00", 500) + "\na line behind\n"
	})},
	{"xxd, the first row behind a label", text(func(b []byte) string { return "Last message: " + rows(b, 16, false, xxdRow("%08x:", 16, 2)) })},
	{"hexdump -C behind a quote", text(func(b []byte) string { return `"` + hexdumpC(b) + `"` })},
	{"tcpdump -X", text(func(b []byte) string {
		return "12:00:01.123456 IP 10.0.0.1.40000 > 10.0.0.2.1883: Flags [P.], seq 1:2305, length 2305\n" +
			logged(rows(b, 16, false, xxdRow("0x%04x: ", 16, 2)), func(int) string { return "\t" })
	})},
	{"od -t x1, blank lines", text(func(b []byte) string { return blankLines(od("%07o", false, true)(b)) })},
	{"od -An -t x1 -v, blank lines", text(func(b []byte) string { return blankLines(od("", false, false)(b)) })},
	{"base64, URL-safe, no padding", text(base64.RawURLEncoding.EncodeToString)},
	{"log line, base64", text(func(b []byte) string {
		return "1795398905.350698939 4GSolarCam/Snapshot " + base64.StdEncoding.EncodeToString(b) + "\n"
	})},
	{"JSON buffer", text(func(b []byte) string {
		return `{"type":"Buffer","data":[` + each(b, ",", func(c byte) string { return fmt.Sprint(c) }) + `]}`
	})},
	{"JSON, Uint8Array", text(func(b []byte) string {
		var out strings.Builder
		for i, c := range b {
			fmt.Fprintf(&out, `,"%d":%d`, i, c)
		}
		return `{"payload":{` + out.String()[1:] + `},"topic":"4GSolarCam/Snapshot"}`
	})},
	{"JSON, hex strings", text(func(b []byte) string {
		return `{"payload": ["` + each(b, `", "`, func(c byte) string { return fmt.Sprintf("%02x", c) }) + `"]}`
	})},
	{"JSON, 0x strings", text(func(b []byte) string {
		return `["` + each(b, `","`, func(c byte) string { return fmt.Sprintf("%#x", c) }) + `"]`
	})},
	{"JSON, Latin-1", text(func(b []byte) string {
		return `{"topic": "4GSolarCam/Snapshot", "payload": "` + each(b, "", func(c byte) string {
			if c < ' ' || c > '~' || c == '"' || c == '\\' {
				return fmt.Sprintf(`\u%04x`, c)
			}
			return string(rune(c))
		}) + `"}`
	})},
	{"Java array", text(func(b []byte) string {
		return "[" + each(b, ", ", func(c byte) string { return fmt.Sprint(int8(c)) }) + "]"
	})},
	{"Serial.print", text(func(b []byte) string {
		return "Message arrived [4GSolarCam/Snapshot] " + each(b, " ", func(c byte) string { return fmt.Sprint(c) }) + "\r\n"
	})},
	{"Serial.println", text(func(b []byte) string { return each(b, "\r\n", func(c byte) string { return fmt.Sprint(c) }) })},
	{"Serial.print, HEX", text(func(b []byte) string { return each(b, " ", func(c byte) string { return fmt.Sprintf("%X", c) }) })},
	{"Serial.println, HEX", text(func(b []byte) string { return each(b, "\r\n", func(c byte) string { return fmt.Sprintf("%X", c) }) })},
	{"hex without leading zeros, commas", text(func(b []byte) string { return each(b, ", ", func(c byte) string { return fmt.Sprintf("%x", c) }) })},
	{"od -An -t u1 -v", text(func(b []byte) string {
		return rows(b, 16, false, func(_ int, b []byte) string {
			return each(b, "", func(c byte) string { return fmt.Sprintf(" %3d", c) })
		})
	})},
	{"od -An -b -v", text(func(b []byte) string {
		return rows(b, 16, false, func(_ int, b []byte) string {
			return each(b, "", func(c byte) string { return fmt.Sprintf(" %03o", c) })
		})
	})},
	{"hex in a JSON string", text(func(b []byte) string {
		return `{"topic":"4GSolarCam/Snapshot","payload":"` + hex.EncodeToString(b) + `"}`
	})},
	{"hex of a hex text", text(func(b []byte) string { return hex.EncodeToString([]byte(mqttxHex(b))) })},
}

// jsonLayouts carry a generation B message; what comes back is its picture.
var jsonLayouts = []layout{
	{"JSON", text(cameraJSON)},
	{"JSON, pretty", text(func(b []byte) string {
		var out bytes.Buffer
		if err := json.Indent(&out, []byte(cameraJSON(b)), "", "\t"); err != nil {
			panic(err)
		}
		return out.String()
	})},
	{"JSON, escaped slashes", text(func(b []byte) string { return strings.ReplaceAll(cameraJSON(b), "/", `\/`) })},
	{"JSON, closing brace missing", text(func(b []byte) string { return strings.TrimSuffix(cameraJSON(b), "}") })},
	{"JSON, URL-safe base64", text(func(b []byte) string {
		return strings.ReplaceAll(cameraJSON(b), base64.StdEncoding.EncodeToString(b), base64.RawURLEncoding.EncodeToString(b))
	})},
	{"JSON, bare base64", text(func(b []byte) string { return strings.ReplaceAll(cameraJSON(b), "data:image/jpeg;base64,", "") })},
	{"JSON, base64 in lines", text(func(b []byte) string {
		s := base64.StdEncoding.EncodeToString(b)
		return strings.ReplaceAll(cameraJSON(b), s, every(s, 76, `\r\n`))
	})},
	{"JSON after a topic", text(func(b []byte) string { return "4GSolarCam/Snapshot " + cameraJSON(b) + "\n" })},
	{"JSON as hex", text(func(b []byte) string { return hex.EncodeToString([]byte(cameraJSON(b))) })},
	{"JSON as MQTTX fours", text(func(b []byte) string { return mqttxHex([]byte(cameraJSON(b))) })},
	{"JSON as xxd", text(func(b []byte) string { return rows([]byte(cameraJSON(b)), 16, false, xxdRow("%08x:", 16, 2)) })},
	{"JSON as hexdump -C", text(func(b []byte) string { return hexdumpC([]byte(cameraJSON(b))) })},
	{"JSON as hexdump", text(func(b []byte) string { return hexdumpWords([]byte(cameraJSON(b))) })},
	{"JSON as base64", text(func(b []byte) string { return base64.StdEncoding.EncodeToString([]byte(cameraJSON(b))) })},
	{"mosquitto_sub -F '%U %t %x' of JSON", text(func(b []byte) string {
		return fmt.Sprintf("1795398905.350698939 4GSolarCam/Snapshot %x\n", cameraJSON(b))
	})},
	{"mosquitto_sub -F '%t %l %x' of JSON", text(func(b []byte) string {
		return fmt.Sprintf("4GSolarCam/Snapshot %d %x\n", len(cameraJSON(b)), cameraJSON(b))
	})},
	{"mosquitto_sub -F %j", text(func(b []byte) string {
		return `{"tst":"2026-11-23T01:55:07.389682Z+0000","topic":"4GSolarCam/Snapshot","qos":0,"retain":0,"payloadlen":` +
			fmt.Sprint(len(cameraJSON(b))) + `,"payload":` + quoted(cameraJSON(b)) + "}\n"
	})},
	{"mosquitto_sub -F %J", text(func(b []byte) string {
		return `{"tst":"2026-11-23T01:55:07.389682Z+0000","topic":"4GSolarCam/Snapshot","qos":0,"retain":0,"payloadlen":62,"payload":` + cameraJSON(b) + "}\n"
	})},
	{"pairs of JSON, wrapped in the middle of bytes", text(func(b []byte) string {
		return every(every(hex.EncodeToString([]byte(cameraJSON(b))), 2, " "), 100, "\n")
	})},
	{"MQTTX export of JSON", text(func(b []byte) string {
		return `[{"name":"cam","messages":[{"createAt":"2026-11-23 01:55:05:123","payload":` + quoted(cameraJSON(b)) + `,"qos":0,"topic":"4GSolarCam/Snapshot"}]}]`
	})},
	{"base64 as an argument", text(func(b []byte) string {
		return `{ "_id" : 1, "payload" : BinData(0,"` + base64.StdEncoding.EncodeToString(b) + `") }`
	})},
	{"data URI alone", text(func(b []byte) string { return "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(b) })},
	{"data URI in HTML", text(func(b []byte) string {
		return `<img src="data:image/jpeg;base64,` + base64.StdEncoding.EncodeToString(b) + `" alt="x">`
	})},
	{"sensing platform sample", text(func(b []byte) string {
		return "{\n    ts:1725904500258, //capture timestamp, unit: ms\n    data:{\n        \"image\":\"data:image/jpeg;base64," +
			base64.StdEncoding.EncodeToString(b) + "\",\n        // Other properties....\n    }\n}\n"
	})},
}

func utf16Text(order binary.AppendByteOrder, s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = order.AppendUint16(out, u)
	}
	return out
}

// toolLayouts are made by the real tools, where they are installed.
func toolLayouts(t testing.TB) []layout {
	var out []layout
	for _, cmd := range []string{
		"xxd", "xxd -u", "xxd -g 1", "xxd -g 4", "xxd -g 0", "xxd -c 8", "xxd -c 7 -g 3", "xxd -c 32", "xxd -c 256", "xxd -d", "xxd -a", "xxd -R always",
		"xxd -d -c 1", "xxd -d -c 3 -a", "xxd -d -c 4 -g 1", "xxd -g 8 -c 5", "xxd -g 16 -c 31 -u",
		"xxd -p", "xxd -p -c 256", "xxd -p -u", "xxd -i", "xxd -o 4096",
		"hexdump", "hexdump -v", "hexdump -x", "hexdump -C", "hexdump -Cv",
		"od -t x1", "od -A x -t x1", "od -A x -t x1z", "od -A d -t x1 -v", "od -An -t x1 -v", "od -An -t u1 -v", "od -An -b -v", "od -x", "od -A n -t x1 -v -w32",
		"od -t x1 -w1", "od -A d -t x1z -w2", "od -A d -t x1 -w4 -v", "od -A x -t x1 -w19",
		"base64", "base64 -w 0",
	} {
		words := strings.Fields(cmd)
		if _, err := exec.LookPath(words[0]); err != nil {
			t.Logf("%s is not installed: its layouts are tested by the fixtures only", words[0])
			continue
		}
		if words[0] == "xxd" && strings.Contains(cmd, "-R") {
			if err := exec.Command("xxd", "-R", "always", "/dev/null").Run(); err != nil {
				t.Logf("this xxd has no -R")
				continue
			}
		}
		out = append(out, layout{"tool " + cmd, func(msg []byte) []byte {
			c := exec.Command(words[0], words[1:]...)
			c.Stdin = bytes.NewReader(msg)
			b, err := c.Output()
			if err != nil {
				t.Errorf("%s: %v", cmd, err)
			}
			return b
		}})
	}
	return out
}
