package dumptest

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"mime/quotedprintable"
	"net/url"
	"strings"
)

// Characters returns msg with each byte as a character of UTF-8, as if the bytes were
// Latin-1.
func Characters(msg []byte) string {
	var b strings.Builder
	for _, c := range msg {
		b.WriteRune(rune(c))
	}
	return b.String()
}

// RubyInspect writes msg like String#inspect of Ruby for a binary string.
func RubyInspect(msg []byte) string {
	return `"` + Each(msg, "", func(c byte) string {
		if i := strings.IndexByte("\a\b\t\n\v\f\r\x1b\"\\", c); i >= 0 {
			return `\` + "abtnvfre\"\\"[i:i+1]
		}
		if c < ' ' || c > '~' {
			return fmt.Sprintf(`\x%02X`, c)
		}
		return string(rune(c))
	}) + `"`
}

// OCaml writes msg like String.escaped of OCaml, in quotes.
func OCaml(msg []byte) string {
	return `"` + Each(msg, "", func(c byte) string {
		if i := strings.IndexByte("\b\t\n\r\"\\", c); i >= 0 {
			return `\` + "btnr\"\\"[i:i+1]
		}
		if c < ' ' || c > '~' {
			return fmt.Sprintf(`\%03d`, c)
		}
		return string(rune(c))
	}) + `"`
}

func decimal(c byte) string { return fmt.Sprint(c) }

// signed returns a function that writes a signed char in a format of ints, as C prints it.
func signed(format string) func(byte) string {
	return func(c byte) string { return fmt.Sprintf(format, uint32(int32(int8(c)))) }
}

// entries returns a function that writes a line for each byte, with its index.
func entries(format string) func([]byte) []byte {
	return text(func(b []byte) string {
		var out strings.Builder
		for i, c := range b {
			fmt.Fprintf(&out, format, i, c)
		}
		return out.String()
	})
}

// SpelledLayouts are other spellings of bytes, and what is left of them after encodings on
// the way.
var SpelledLayouts = []Layout{
	{"Rust {:02x?}", text(func(b []byte) string { return "[" + Every(hex.EncodeToString(b), 2, ", ") + "]\n" })},
	{"pairs in parentheses", text(func(b []byte) string { return "payload(" + Every(hex.EncodeToString(b), 2, ", ") + ")" })},
	{"Ruby inspect", text(RubyInspect)},
	{"OCaml", text(OCaml)},
	{"\\u00 in quotes", text(func(b []byte) string {
		return `"` + Each(b, "", func(c byte) string { return fmt.Sprintf(`\u%04x`, c) }) + "\"\n"
	})},
	{"\\u00, bare and upper", text(func(b []byte) string { return Each(b, "", func(c byte) string { return fmt.Sprintf(`\u%04X`, c) }) })},
	{"Latin-1 as UTF-8", text(Characters)},
	{"Latin-1 as UTF-16", func(b []byte) []byte { return UTF16(binary.LittleEndian, "\uFEFF"+Characters(b)) }},
	{"JSON string of Latin-1", text(func(b []byte) string {
		return `{"topic": "4GSolarCam/Snapshot", "payload": ` + Quoted(Characters(b)) + "}\n"
	})},
	{"JSON string of Latin-1 without escapes", text(func(b []byte) string {
		s, _ := json.Marshal(Characters(b)) // a string always has a JSON form
		return `{"topic": "4GSolarCam/Snapshot", "payload": ` + string(s) + "}\n"
	})},
	{"signed hex", text(func(b []byte) string { return Each(b, " ", signed("%X")) + "\n" })},
	{"signed hex in pairs, in rows", text(func(b []byte) string {
		return Rows(b, 16, false, func(_ int, b []byte) string { return Each(b, " ", signed("%02x")) })
	})},
	{"F# bytes", text(func(b []byte) string {
		return "[|" + Each(b, "; ", func(c byte) string { return fmt.Sprintf("%duy", c) }) + "|]\n"
	})},
	{"Rust u8", text(func(b []byte) string {
		return "[" + Each(b, ", ", func(c byte) string { return fmt.Sprintf("%du8", c) }) + "]\n"
	})},
	{"PHP print_r", text(func(b []byte) string { return "Array\n(\n" + string(entries("    [%d] => %d\n")(b)) + ")\n" })},
	{"PHP var_dump", text(func(b []byte) string {
		return fmt.Sprintf("array(%d) {\n", len(b)) + string(entries("  [%d]=>\n  int(%d)\n")(b)) + "}\n"
	})},
	{"CSV of index and value", text(func(b []byte) string { return "index,value\n" + string(entries("%d,%d\n")(b)) })},
	{"CSV with semicolons, CRLF", text(func(b []byte) string { return "index;value\r\n" + string(entries("%d;%d\r\n")(b)) })},
	{"Node-RED, expanded", text(func(b []byte) string {
		var out strings.Builder
		fmt.Fprintf(&out, "4GSolarCam/Snapshot : msg.payload : buffer[%d]\nbuffer[%d]raw\n", len(b), len(b))
		for i, c := range b {
			if i%10 == 0 {
				fmt.Fprintf(&out, "%d-%d\n", i, min(i+9, len(b)-1))
			}
			fmt.Fprintf(&out, "%d: %#x\n", i, c)
		}
		return out.String()
	})},
	{"assignments", entries("p[%d] = %d;\n")},
	{"quoted-printable", text(func(b []byte) string {
		var out strings.Builder
		w := quotedprintable.NewWriter(&out)
		w.Binary = true
		_, _ = w.Write(b) // writing to memory does not fail
		_ = w.Close()
		return out.String()
	})},
	{"percent escapes", text(func(b []byte) string {
		return "payload=" + strings.ReplaceAll(url.QueryEscape(string(b)), "+", "%20") + "&qos=0"
	})},
	{"form of bytes", text(func(b []byte) string { return "topic=cam&payload=" + url.QueryEscape(string(b)) })},
	{"form of a data URI", text(func(b []byte) string {
		return "topic=cam&image=" + url.QueryEscape("data:image/jpeg;base64,"+base64.StdEncoding.EncodeToString(b))
	})},
	{"numeric entities", text(func(b []byte) string { return Each(b, "", func(c byte) string { return fmt.Sprintf("&#%d;", c) }) })},
	{"hex entities", text(func(b []byte) string { return Each(b, "", func(c byte) string { return fmt.Sprintf("&#x%x;", c) }) })},
	{"Python repr of base64 lines", text(func(b []byte) string { return "b'" + Base64Lines(b, `\n`) + "\\n'\n" })},
	{"base64 twice", text(func(b []byte) string {
		return base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString(b)))
	})},
	{"data URI twice", text(func(b []byte) string {
		return "data:image/jpeg;base64,data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(b)
	})},
	{"mongosh", text(func(b []byte) string {
		return "[\n  {\n    _id: ObjectId('65f0c0ffee00000000000001'),\n    topic: 'cam',\n    payload: Binary.createFromBase64('" + base64.StdEncoding.EncodeToString(b) + "', 0)\n  }\n]\n"
	})},
	{"soft hyphens in base64", text(func(b []byte) string { return Every(base64.StdEncoding.EncodeToString(b), 60, "\u00AD") })},
	{"narrow no-break spaces", text(func(b []byte) string { return Every(hex.EncodeToString(b), 2, "\u202F") })},
	{"decimal rows behind times", text(func(b []byte) string {
		return Logged(Rows(b, 16, false, func(_ int, b []byte) string { return Each(b, " ", decimal) }), func(n int) string { return fmt.Sprintf("20:14:%02d.123 -> ", n%60) })
	})},
	{"0x rows behind times", text(func(b []byte) string {
		return Logged(Rows(b, 16, false, func(_ int, b []byte) string {
			return Each(b, " ", func(c byte) string { return fmt.Sprintf("0x%02X", c) })
		}), func(n int) string { return fmt.Sprintf("20:14:%02d ", n%60) })
	})},
	{"\\x rows behind times", text(func(b []byte) string {
		return Logged(Rows(b, 16, false, func(_ int, b []byte) string {
			return Each(b, "", func(c byte) string { return fmt.Sprintf(`\x%02x`, c) })
		}), func(n int) string { return fmt.Sprintf("20:14:%02d.123 D ", n%60) })
	})},
	{"Python bytes behind times", text(func(b []byte) string {
		return Logged(Rows(b, 32, false, func(_ int, b []byte) string { return PythonBytes(b) }), func(n int) string { return fmt.Sprintf("2026-11-27 20:14:%02d,%03d DEBUG recv ", n%60, n%1000) })
	})},
	{"long hex rows of ESPHome", text(func(b []byte) string {
		return Logged(Rows(b, 150, false, func(_ int, b []byte) string { return Every(hex.EncodeToString(b), 2, ":") }), func(n int) string { return fmt.Sprintf("[20:14:%02d][D][uart_debug:114]: <<< ", n%60) })
	})},
}
