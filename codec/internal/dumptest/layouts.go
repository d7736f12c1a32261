package dumptest

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// A Layout renders a message as a tool shows or saves it.
type Layout struct {
	Name   string
	Render func(msg []byte) []byte
}

func text(f func(msg []byte) string) func([]byte) []byte {
	return func(msg []byte) []byte { return []byte(f(msg)) }
}

// Every inserts sep after each n characters, but not at the end.
func Every(s string, n int, sep string) string {
	var b strings.Builder
	for i := 0; i < len(s); i += n {
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(s[i:min(i+n, len(s))])
	}
	return b.String()
}

// Upper returns a function that writes what f writes in capitals.
func Upper(f func([]byte) string) func([]byte) string {
	return func(msg []byte) string { return strings.ToUpper(f(msg)) }
}

// Each joins what f writes for each byte.
func Each(msg []byte, sep string, f func(byte) string) string {
	var made [256]string // without it, f would take most of the tests' time
	parts := make([]string, len(msg))
	for i, c := range msg {
		if made[c] == "" {
			made[c] = f(c)
		}
		parts[i] = made[c]
	}
	return strings.Join(parts, sep)
}

// TextColumn shows bytes like a listing: printable ones as themselves, the others as dots.
func TextColumn(msg []byte) string {
	text := bytes.Clone(msg)
	for i, c := range text {
		if c < ' ' || c > '~' {
			text[i] = '.'
		}
	}
	return string(text)
}

// Rows makes a listing of n bytes a row. If squeeze is set, a * replaces repeated rows.
func Rows(msg []byte, n int, squeeze bool, row func(offset int, b []byte) string) string {
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

// XxdRow returns a function that writes rows of cols bytes in groups. format is the format
// of the offset.
func XxdRow(format string, cols, group int) func(int, []byte) string {
	return func(offset int, b []byte) string {
		digits := hex.EncodeToString(b)
		width := 2*cols + (cols-1)/max(group, 1)
		if group == 0 {
			width = 2 * cols
		} else {
			digits = Every(digits, 2*group, " ")
		}
		return fmt.Sprintf(format+" %-*s  %s", offset, width, digits, TextColumn(b))
	}
}

// HexdumpC writes msg like hexdump -C.
func HexdumpC(msg []byte) string {
	return Rows(msg, 16, true, HexdumpRow) + fmt.Sprintf("%08x\n", len(msg))
}

// HexdumpRow writes a row like hexdump -C.
func HexdumpRow(offset int, b []byte) string {
	pairs := Each(b[:min(8, len(b))], " ", func(c byte) string { return fmt.Sprintf("%02x", c) }) + " " +
		Each(b[min(8, len(b)):], "", func(c byte) string { return fmt.Sprintf(" %02x", c) })
	return fmt.Sprintf("%08x  %-48s  |%s|", offset, pairs, TextColumn(b))
}

// Columns removes the offsets from a listing.
func Columns(listing string) string {
	lines := strings.SplitAfter(strings.TrimSuffix(listing, "\n"), "\n")
	for i := range lines {
		lines[i] = lines[i][10:]
	}
	return strings.Join(lines, "")
}

// Cells writes like od, with n bytes a row, in cells of size bytes. The function cell
// writes each of them.
func Cells(offset string, n, size int, order binary.ByteOrder, cell func(v uint64) string) func([]byte) string {
	return func(msg []byte) string {
		return Rows(msg, n, true, func(at int, b []byte) string {
			return fmt.Sprintf(offset, at) + cells(b, size, order, cell)
		}) + fmt.Sprintf(offset+"\n", len(msg))
	}
}

// cells writes bytes in cells of size bytes. The last cell is filled up with zeros.
func cells(b []byte, size int, order binary.ByteOrder, cell func(v uint64) string) string {
	var line strings.Builder
	for i := 0; i < len(b); i += size {
		var word, wide [8]byte
		copy(word[:size], b[i:])
		if order == binary.LittleEndian {
			copy(wide[:], word[:size])
		} else {
			copy(wide[8-size:], word[:size])
		}
		line.WriteString(cell(order.Uint64(wide[:])))
	}
	return line.String()
}

// Format returns a function that writes a cell in this format of fmt.
func Format(format string) func(uint64) string {
	return func(v uint64) string { return fmt.Sprintf(format, v) }
}

// Signed returns a function that writes a signed cell of size bytes, aligned right.
func Signed(size, width int) func(uint64) string {
	return func(v uint64) string { return fmt.Sprintf("%*d", width, int64(v<<(64-8*size))>>(64-8*size)) }
}

// Character writes a byte like od -c.
func Character(v uint64) string {
	switch i := strings.IndexByte("\x00\a\b\t\n\v\f\r", byte(v)); {
	case i >= 0:
		return `  \` + "0abtnvfr"[i:i+1]
	case v < ' ' || v > '~':
		return fmt.Sprintf(" %03o", v)
	}
	return "   " + string(rune(v))
}

// XxdE writes like xxd -e, with group bytes a group. A short last group is aligned right.
func XxdE(group int) func([]byte) string {
	return func(msg []byte) string {
		return Rows(msg, 16, false, func(at int, b []byte) string {
			digits := ""
			for i := 0; i < len(b); i += group {
				word := bytes.Clone(b[i:min(i+group, len(b))])
				slices.Reverse(word)
				digits += fmt.Sprintf(" %*x", 2*group, word)
			}
			return fmt.Sprintf("%08x:%-*s  %s", at, 33+16/group-1, digits, TextColumn(b))
		})
	}
}

// Zephyr writes like LOG_HEXDUMP of Zephyr, with n bytes a row.
func Zephyr(n int) func([]byte) string {
	return func(msg []byte) string {
		return "[00:00:00.131,143] <wrn> mqtt.cam: payload:\n" + Rows(msg, n, false, func(_ int, b []byte) string {
			pairs := Each(b[:min(8, len(b))], "", func(c byte) string { return fmt.Sprintf("%02x ", c) })
			if len(b) > 8 {
				pairs += " " + Each(b[8:], "", func(c byte) string { return fmt.Sprintf("%02x ", c) })
			}
			return fmt.Sprintf("%*s%-*s|%s", 35, "", 3*n+n/16, pairs, TextColumn(b))
		})
	}
}

// UBoot writes like md of U-Boot, in cells of size bytes.
func UBoot(size int) func([]byte) string {
	return func(msg []byte) string {
		return Rows(msg, 16, false, func(at int, b []byte) string {
			return fmt.Sprintf("%08x:%-*s    %s", 0x80000000+at, (2*size+1)*16/size, cells(b, size, binary.LittleEndian, Format(fmt.Sprintf(" %%0%dx", 2*size))), TextColumn(b))
		})
	}
}

// Hexyl writes msg like hexyl, with its frame.
func Hexyl(msg []byte) string {
	line := func(front string, b []byte) string {
		shown := strings.Map(func(r rune) rune {
			switch {
			case r == 0:
				return '⋄'
			case r == ' ' || r > ' ' && r <= '~':
				return r
			case r < 0x80:
				return '•'
			}
			return '×'
		}, Each(b, "", func(c byte) string { return string(rune(c)) }))
		columns := []rune(fmt.Sprintf("%-16s", shown))
		pairs := fmt.Sprintf("%-48s", Each(b, "", func(c byte) string { return fmt.Sprintf(" %02x", c) }))
		return fmt.Sprintf("│%-8s│%s ┊%s │%s┊%s│", front, pairs[:24], pairs[24:], string(columns[:8]), string(columns[8:]))
	}
	rows := Rows(msg, 16, true, func(at int, b []byte) string { return line(fmt.Sprintf("%08x", at), b) })
	frame := func(left, middle, right string) string {
		return left + strings.Repeat("─", 8) + middle + strings.Repeat("─", 25) + middle + strings.Repeat("─", 25) + middle + strings.Repeat("─", 8) + middle + strings.Repeat("─", 8) + right + "\n"
	}
	return frame("┌", "┬", "┐") + strings.ReplaceAll(rows, "\n*\n", "\n"+line("*", nil)+"\n") + frame("└", "┴", "┘")
}

// Netty writes msg like ByteBufUtil.prettyHexDump of Netty.
func Netty(msg []byte) string {
	frame := "+--------+" + strings.Repeat("-", 49) + "+" + strings.Repeat("-", 16) + "+\n"
	return "         +" + strings.Repeat("-", 49) + "+\n         |  0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f |\n" + frame +
		Rows(msg, 16, false, func(at int, b []byte) string {
			return fmt.Sprintf("|%08x|%-48s |%-16s|", at, Each(b, "", func(c byte) string { return fmt.Sprintf(" %02x", c) }), TextColumn(b))
		}) + frame
}

// IntelHex writes msg as Intel HEX, with 16 bytes a record.
func IntelHex(msg []byte) string {
	record := func(kind, at int, b []byte) string {
		b = append([]byte{byte(len(b)), byte(at >> 8), byte(at), byte(kind)}, b...)
		sum := byte(0)
		for _, c := range b {
			sum -= c
		}
		return fmt.Sprintf(":%X%02X", b, sum)
	}
	return Rows(msg, 16, false, func(at int, b []byte) string {
		if at > 0 && at%(1<<16) == 0 {
			return record(4, 0, []byte{byte(at >> 24), byte(at >> 16)}) + "\n" + record(0, at, b)
		}
		return record(0, at, b)
	}) + ":00000001FF\n"
}

// Motorola writes msg as S3 records of 16 bytes.
func Motorola(msg []byte) string {
	return "S00600004844521B\n" + Rows(msg, 16, false, func(at int, b []byte) string {
		b = append(binary.BigEndian.AppendUint32([]byte{byte(len(b) + 5)}, uint32(at)), b...)
		sum := byte(0xFF)
		for _, c := range b {
			sum -= c
		}
		return fmt.Sprintf("S3%X%02X", b, sum)
	}) + "S70500000000FA\n"
}

// HexFiend writes msg as Hex Fiend copies it, with decimal addresses.
func HexFiend(msg []byte) string {
	return strings.TrimSuffix(Rows(msg, 32, false, func(at int, b []byte) string {
		return fmt.Sprintf("%d  %s   %s", at, Every(fmt.Sprintf("%X", b), 8, " "), TextColumn(b))
	}), "\n")
}

// HxD writes msg like HxD when it shows bytes as decimal numbers.
func HxD(msg []byte) string {
	return "Offset(h)  00  01  02  03  04  05  06  07  08  09  0A  0B  0C  0D  0E  0F\r\n\r\n" +
		strings.ReplaceAll(strings.TrimSuffix(Rows(msg, 16, false, func(at int, b []byte) string {
			return fmt.Sprintf("%08X %s  %s", at, Each(b, "", func(c byte) string { return fmt.Sprintf(" %3d", c) }), TextColumn(b))
		}), "\n"), "\n", "\r\n")
}

// GDB writes memory like the command x of gdb, with or without a symbol.
func GDB(symbol string, n, size int, format string) func([]byte) string {
	return func(msg []byte) string {
		return Rows(msg, n, false, func(at int, b []byte) string {
			name := ""
			switch {
			case symbol != "" && at == 0:
				name = " <" + symbol + ">"
			case symbol != "":
				name = fmt.Sprintf(" <%s+%d>", symbol, at)
			}
			return fmt.Sprintf("%#x%s:", 0x7fffffffd000+at, name) + cells(b, size, binary.LittleEndian, Format("\t"+format))
		})
	}
}

// HexdumpWords writes msg like hexdump without options: as words, the low byte first.
func HexdumpWords(msg []byte) string {
	return Rows(msg, 16, true, func(offset int, b []byte) string {
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

// OD writes like od -t x1, with 16 bytes a row. offset is the format of the offset.
func OD(offset string, text, squeeze bool) func([]byte) string {
	return ODRows(offset, 16, text, squeeze)
}

// ODRows writes like od -t x1, with n bytes a row.
func ODRows(offset string, n int, text, squeeze bool) func([]byte) string {
	return func(msg []byte) string {
		s := Rows(msg, n, squeeze, func(at int, b []byte) string {
			line := ""
			if offset != "" {
				line = fmt.Sprintf(offset, at)
			}
			line += Each(b, "", func(c byte) string { return fmt.Sprintf(" %02x", c) })
			if text {
				line = fmt.Sprintf("%-*s>%s<", 3*n+8, line, TextColumn(b))
			}
			return line
		})
		if offset != "" {
			s += fmt.Sprintf(offset+"\n", len(msg))
		}
		return s
	}
}

// Wireshark writes a hex dump as Wireshark copies it.
func Wireshark(withText bool) func([]byte) string {
	return func(msg []byte) string {
		return Rows(msg, 16, false, func(at int, b []byte) string {
			line := fmt.Sprintf("%04x   %-47s", at, Each(b, " ", func(c byte) string { return fmt.Sprintf("%02x", c) }))
			if withText {
				return line + "   " + TextColumn(b)
			}
			return strings.TrimRight(line, " ")
		})
	}
}

// FormatHex writes msg like Format-Hex of PowerShell up to version 6.
func FormatHex(msg []byte) string {
	return "\r\n           00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F\r\n\r\n" +
		strings.ReplaceAll(Rows(msg, 16, false, func(at int, b []byte) string {
			return fmt.Sprintf("%08X   %-47s  %s", at, Each(b, " ", func(c byte) string { return fmt.Sprintf("%02X", c) }), TextColumn(b))
		}), "\n", "\r\n")
}

// FormatHex7 writes msg like Format-Hex of PowerShell 7. There is one blank before the
// text column, and that may show a byte as a digit.
func FormatHex7(msg []byte) string {
	return "\r\n   Label: p.jpg\r\n\r\n          Offset Bytes                                           Ascii\r\n" +
		"                 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F\r\n" +
		"          ------ ----------------------------------------------- -----\r\n" +
		strings.ReplaceAll(Rows(msg, 16, false, func(at int, b []byte) string {
			shown := strings.Map(func(r rune) rune {
				switch {
				case r == 0:
					return ' '
				case r < ' ' || r > '~':
					return '\uFFFD'
				}
				return r
			}, Each(b, "", func(c byte) string { return string(rune(c)) }))
			return fmt.Sprintf("%016X %-47s %s", at, Each(b, " ", func(c byte) string { return fmt.Sprintf("%02X", c) }), shown)
		}), "\n", "\r\n")
}

// HexdumpWide writes msg like hexdump -x.
func HexdumpWide(msg []byte) string {
	return strings.ReplaceAll(HexdumpWords(msg), " ", "    ")
}

// Certutil writes msg like certutil -encodehex of Windows.
func Certutil(msg []byte) string {
	return Rows(msg, 16, false, func(at int, b []byte) string {
		pairs := Each(b[:min(8, len(b))], " ", func(c byte) string { return fmt.Sprintf("%02x", c) })
		if len(b) > 8 {
			pairs += "  " + Each(b[8:], " ", func(c byte) string { return fmt.Sprintf("%02x", c) })
		}
		return fmt.Sprintf("%04x\t%-48s   %s", at, pairs, TextColumn(b))
	})
}

// CString writes msg as Wireshark copies it as a C string.
func CString(msg []byte) string {
	return `"` + Each(msg, "", func(c byte) string {
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

// PythonBytes writes msg as Python prints bytes.
func PythonBytes(msg []byte) string {
	quote := byte('\'')
	if bytes.IndexByte(msg, '\'') >= 0 && bytes.IndexByte(msg, '"') < 0 {
		quote = '"'
	}
	return "b" + string(quote) + Each(msg, "", func(c byte) string {
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

// GoQuoted writes msg like %q of Go.
func GoQuoted(msg []byte) string { return fmt.Sprintf("%q", msg) }

// MQTTXHex writes msg as MQTTX shows a payload as hex.
func MQTTXHex(msg []byte) string {
	s := Every(hex.EncodeToString(msg), 4, " ")
	if len(msg)%2 == 0 {
		s += " "
	}
	return s
}

// Base64Lines writes msg as base64 in lines of 76 characters.
func Base64Lines(msg []byte, end string) string {
	return Every(base64.StdEncoding.EncodeToString(msg), 76, end)
}

// BlankLines puts a blank line behind each line.
func BlankLines(s string) string { return strings.ReplaceAll(s, "\n", "\n\n") }

// Wrapped breaks all lines that are longer than n characters.
func Wrapped(s string, n int) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		b.WriteString(Every(strings.TrimSuffix(line, "\n"), n, "\n") + "\n")
	}
	return b.String()
}

// Lossy returns what is left of bytes that were taken for text.
func Lossy(msg []byte) string { return string(bytes.ToValidUTF8(msg, []byte("\uFFFD"))) }

// MQTTXClean writes like mqttx sub --output-mode clean. packetFirst selects the order of
// the keys in other versions.
func MQTTXClean(payload string, msg []byte, packetFirst bool) string {
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

// Logged puts the result of front before each line.
func Logged(s string, front func(line int) string) string {
	var b strings.Builder
	line := 0
	for row := range strings.Lines(s) {
		b.WriteString(front(line) + row)
		line++
	}
	return b.String()
}

// CameraJSON returns a generation B message with a picture.
func CameraJSON(picture []byte) string {
	return fmt.Sprintf(`{"ts":1776620819627,"topic":"4GSolarCam/Snapshot","values":{"devName":"4G Traffic Sensing Camera","devMac":"1CC31660025E",`+
		`"file":"202604191046584644C.jpg","time":1776620818,"dayNight":"day","imageSize":%d,"image":"data:image/jpeg;base64,%s"}}`,
		len(picture), base64.StdEncoding.EncodeToString(picture))
}

// Quoted returns s as a JSON string.
func Quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// LoggedLayouts have something in front of every line. Several lines are needed to see
// that.
var LoggedLayouts = []Layout{
	{"hexdump -C in a journal", text(func(b []byte) string {
		return Logged(HexdumpC(b), func(n int) string { return fmt.Sprintf("Nov 27 20:14:%02d gate sub[1234]: ", n%60) })
	})},
	{"xxd, its lines counted", text(func(b []byte) string {
		return Logged(Rows(b, 16, false, XxdRow("%08x:", 16, 2)), func(n int) string { return fmt.Sprintf("%6d\t", n+1) })
	})},
	{"xxd, quoted twice", text(func(b []byte) string {
		return Logged(Rows(b, 16, false, XxdRow("%08x:", 16, 2)), func(int) string { return "> > " })
	})},
	{"hexdump -C on one line", text(func(b []byte) string { return strings.ReplaceAll(HexdumpC(b), "\n", " ") })},
	{"xxd on one line", text(func(b []byte) string {
		return "a line before\n" + strings.ReplaceAll(Rows(b, 16, false, XxdRow("%08x:", 16, 2)), "\n", " ") + "\na line behind\n"
	})},
	{"od -t x1 on one line", text(func(b []byte) string { return strings.ReplaceAll(OD("%07o", false, true)(b), "\n", " ") })},
	{"hexdump on one line", text(func(b []byte) string { return strings.ReplaceAll(HexdumpWords(b), "\n", " ") })},
	{"xxd -g0 without its text column, on one line", text(func(b []byte) string {
		return strings.TrimSpace(Rows(b, 16, false, func(at int, b []byte) string { return fmt.Sprintf("%07x %x ", at, b) }))
	})},
	{"hexdump -C, wrapped at 70", text(func(b []byte) string { return Wrapped(HexdumpC(b), 70) })},
	{"hexdump -C, wrapped at 40", text(func(b []byte) string { return Wrapped(HexdumpC(b), 40) })},
	{"od -t u1, wrapped at 50", text(func(b []byte) string {
		return Wrapped(Cells("%07o", 16, 1, binary.LittleEndian, Format(" %3d"))(b), 50)
	})},
	{"xxd -p in a log of containers", text(func(b []byte) string {
		return Logged(Every(hex.EncodeToString(b), 60, "\n")+"\n", func(int) string { return "web-1  | " })
	})},
	{"base64 behind times", text(func(b []byte) string {
		return Logged(Base64Lines(b, "\n")+"\n", func(n int) string { return fmt.Sprintf("20:14:%02d.%06d ", n/7%60, n*142857%1e6) })
	})},
	{"pairs in a log of an ESP32", text(func(b []byte) string {
		row := func(_ int, b []byte) string {
			return Each(b, "", func(c byte) string { return fmt.Sprintf("%02x ", c) })
		}
		return Logged(Rows(b, 16, false, row), func(n int) string { return fmt.Sprintf("I (%d) MQTT: ", 1000+n) })
	})},
}

// Layouts are all other layouts that are made here, without any tool.
var Layouts = []Layout{
	{"bytes", func(b []byte) []byte { return b }},
	{"bytes and line end", func(b []byte) []byte { return append(bytes.Clone(b), '\n') }},
	{"mosquitto_sub -v", func(b []byte) []byte { return append([]byte("4GSolarCam/Snapshot "), b...) }},
	{"one line", text(hex.EncodeToString)},
	{"one line, upper case", text(Upper(hex.EncodeToString))},
	{"pairs", text(func(b []byte) string { return Every(hex.EncodeToString(b), 2, " ") })},
	{"pairs, upper, 16 a line", text(Upper(func(b []byte) string {
		return Rows(b, 16, false, func(_ int, b []byte) string { return Every(hex.EncodeToString(b), 2, " ") })
	}))},
	{"pairs, wrapped in the middle of bytes", text(func(b []byte) string {
		return "SC211 snapshot\n" + Every(Every(hex.EncodeToString(b), 2, " "), 79, "\n")
	})},
	{"colons, wrapped in the middle of bytes", text(func(b []byte) string { return Every(Every(hex.EncodeToString(b), 2, ":"), 50, "\n") })},
	{"pairs behind a line of numbers", text(func(b []byte) string {
		return "adc 512,100,120,130,140,150,160,170,180,190,200,210,220,230,240,250,255,254\n" + Every(hex.EncodeToString(b), 2, " ")
	})},
	{"array behind a line of numbers", text(func(b []byte) string {
		return "100 120 130 140 150 160 170 180 190 200 210 220 230 240 250 255 254\n[" + Each(b, ", ", func(c byte) string { return fmt.Sprint(c) }) + "]"
	})},
	{"hexdump -C behind a line of hex", text(func(b []byte) string {
		return "UID 4 A3 5F 1B C0 DE 10 1 FF A B C0 D1 E2 F3 4 5 16 27 38 49 5A 6B\n" + HexdumpC(b)
	})},
	{"array with leading zeros", text(func(b []byte) string {
		return "[" + Each(b, ", ", func(c byte) string { return fmt.Sprintf("%03d", c) }) + "]"
	})},
	{"array, wrapped in the middle of numbers", text(func(b []byte) string {
		return Every("["+Each(b, ", ", func(c byte) string { return fmt.Sprint(c) })+"]", 130, "\n")
	})},
	{"commas", text(func(b []byte) string { return Every(hex.EncodeToString(b), 2, ",") })},
	{"comma and blank", text(func(b []byte) string { return Every(hex.EncodeToString(b), 2, ", ") })},
	{"colons", text(func(b []byte) string { return Every(hex.EncodeToString(b), 2, ":") })},
	{"dashes", text(Upper(func(b []byte) string { return Every(hex.EncodeToString(b), 2, "-") }))},
	{"single digits", text(func(b []byte) string { return Every(hex.EncodeToString(b), 1, " ") })},
	{"a byte a line", text(func(b []byte) string { return Every(hex.EncodeToString(b), 2, "\n") })},
	{"MQTTX fours", text(MQTTXHex)},
	{"MQTTX fours behind a quote", text(func(b []byte) string { return `payload="` + MQTTXHex(b) + `"` })},
	{"MQTTX fours, selected with the lines around", text(func(b []byte) string {
		return "Topic: 4GSolarCam/Snapshot QoS: 0\n" + MQTTXHex(b) + "\n2026-11-23 01:55:10:123\n"
	})},
	{"fours in lines", text(func(b []byte) string {
		return Rows(b, 16, false, func(_ int, b []byte) string { return Every(hex.EncodeToString(b), 4, " ") })
	})},
	{"eights", text(func(b []byte) string { return Every(hex.EncodeToString(b), 8, " ") })},
	{"lines of 60", text(func(b []byte) string { return Every(hex.EncodeToString(b), 60, "\n") + "\n" })},
	{"lines of 60, CRLF", text(func(b []byte) string { return Every(hex.EncodeToString(b), 60, "\r\n") + "\r\n" })},
	{"lines of 77, bytes split", text(func(b []byte) string { return Every(hex.EncodeToString(b), 77, "\n") + "\n" })},
	{"lines of 4096", text(func(b []byte) string { return Every(hex.EncodeToString(b), 4096, "\n") })},
	{"BOM", text(func(b []byte) string { return "\uFEFF" + hex.EncodeToString(b) })},
	{"UTF-16LE", func(b []byte) []byte { return UTF16(binary.LittleEndian, "\uFEFF"+MQTTXHex(b)) }},
	{"UTF-16BE", func(b []byte) []byte { return UTF16(binary.BigEndian, "\uFEFF"+MQTTXHex(b)+"\r\n") }},
	{"UTF-16LE without mark, xxd", func(b []byte) []byte {
		return UTF16(binary.LittleEndian, Rows(b, 16, false, XxdRow("%08x:", 16, 2)))
	}},
	{"ANSI colors", text(func(b []byte) string {
		return "\x1b[32mtopic: \x1b[0m4GSolarCam/Snapshot, qos: 0\n\x1b[1;34m" + MQTTXHex(b) + "\x1b[0m\n"
	})},
	{"0x list", text(func(b []byte) string { return Each(b, " ", func(c byte) string { return fmt.Sprintf("0x%02X", c) }) })},
	{"xxd -i", text(func(b []byte) string {
		list := Rows(b, 12, false, func(_ int, b []byte) string {
			return "  " + Each(b, ", ", func(c byte) string { return fmt.Sprintf("0x%02x", c) }) + ","
		})
		return "unsigned char p_bin[] = {\n" + strings.TrimRight(list, ",\n") + fmt.Sprintf("\n};\nunsigned int p_bin_len = %d;\n", len(b))
	})},
	{"xxd -i -c 1", text(func(b []byte) string {
		return Each(b, ",\n", func(c byte) string { return fmt.Sprintf("  0x%02x", c) }) + "\n"
	})},
	{"Rust {:#x?}", text(func(b []byte) string {
		return "[\n" + Each(b, "\n", func(c byte) string { return fmt.Sprintf("    %#x,", c) }) + "\n]\n"
	})},
	{"0x list, three a line", text(func(b []byte) string {
		return Rows(b, 3, false, func(_ int, b []byte) string {
			return Each(b, "", func(c byte) string { return fmt.Sprintf("0x%02X, ", c) })
		})
	})},
	{"0x list without separators", text(func(b []byte) string { return Each(b, "", func(c byte) string { return fmt.Sprintf("0x%02x", c) }) })},
	{"0x list, wrapped in the middle of numbers", text(func(b []byte) string {
		return Every(Each(b, ", ", func(c byte) string { return fmt.Sprintf("0x%02x", c) }), 64, "\r\n")
	})},
	{"C array, one-digit bytes", text(func(b []byte) string {
		return "unsigned char bytes[] = {" + Each(b, ", ", func(c byte) string { return fmt.Sprintf("%#x", c) }) + "};\n"
	})},
	{"Go literal", text(func(b []byte) string {
		return "[]byte{" + Each(b, ", ", func(c byte) string { return fmt.Sprintf("%#x", c) }) + "}\n"
	})},
	{"\\x escapes", text(func(b []byte) string { return Each(b, "", func(c byte) string { return fmt.Sprintf(`\x%02x`, c) }) })},
	{"Wireshark escaped string", text(func(b []byte) string {
		return strings.TrimSuffix(Rows(b, 16, false, func(_ int, b []byte) string {
			return `"` + Each(b, "", func(c byte) string { return fmt.Sprintf(`\x%02x`, c) }) + `" \`
		}), " \\\n") + "\n"
	})},
	{"C string, an escape a line", text(func(b []byte) string {
		return strings.ReplaceAll(Each(b, "\n", func(c byte) string { return fmt.Sprintf(`    "\x%02x"`, c) }), "\n", " \\\r\n") + "\n"
	})},
	{"C string, three octal escapes a line", text(func(b []byte) string {
		return Rows(b, 3, false, func(_ int, b []byte) string {
			return `"` + Each(b, "", func(c byte) string { return fmt.Sprintf(`\%03o`, c) }) + `"`
		})
	})},
	{"\\x escapes, two a line", text(func(b []byte) string {
		return Rows(b, 2, false, func(_ int, b []byte) string {
			return Each(b, "", func(c byte) string { return fmt.Sprintf(`\x%02X`, c) })
		})
	})},
	{"Wireshark C string", text(CString)},
	{"Python bytes", text(func(b []byte) string { return PythonBytes(b) + "\n" })},
	{"Python bytes in a dict", text(func(b []byte) string {
		return "{'topic': '4GSolarCam/Snapshot', 'payload': " + PythonBytes(b) + ", 'qos': 0}\n"
	})},
	{"Python bytearray", text(func(b []byte) string { return "bytearray(" + PythonBytes(b) + ")\n" })},
	{"Python bytes in a log", text(func(b []byte) string {
		return `2026-11-23 01:55:05,123 INFO don't know "x": ` + PythonBytes(b) + " qos=0\n"
	})},
	{"Python bytes, wrapped", text(func(b []byte) string { return Every(PythonBytes(b), 79, "\n") + "\n" })},
	{"Python bytes, pprint", text(func(b []byte) string {
		return "(" + strings.ReplaceAll(strings.TrimSuffix(Rows(b, 20, false, func(_ int, b []byte) string { return PythonBytes(b) }), "\n"), "\n", "\n ") + ")\n"
	})},
	{"Go %q", text(func(b []byte) string { return "payload " + GoQuoted(b) + "\n" })},
	{"Go %+q", text(func(b []byte) string { return fmt.Sprintf("%+q", b) })},
	{"xxd", text(func(b []byte) string { return Rows(b, 16, false, XxdRow("%08x:", 16, 2)) })},
	{"xxd -R always", text(func(b []byte) string {
		return Rows(b, 16, false, func(at int, b []byte) string {
			line := XxdRow("%08x:", 16, 2)(at, b)
			return line[:10] + "\x1b[1;32m" + line[10:12] + "\x1b[0m\x1b[1;31m" + line[12:51] + "\x1b[0m" + line[51:]
		})
	})},
	{"xxd -g1", text(func(b []byte) string { return Rows(b, 16, false, XxdRow("%08x:", 16, 1)) })},
	{"xxd -g0", text(func(b []byte) string { return Rows(b, 16, false, XxdRow("%08x:", 16, 0)) })},
	{"xxd -c10", text(func(b []byte) string { return Rows(b, 10, false, XxdRow("%08x:", 10, 2)) })},
	{"xxd -c256", text(func(b []byte) string { return Rows(b, 256, false, XxdRow("%08x:", 256, 2)) })},
	{"xxd -d", text(func(b []byte) string { return Rows(b, 16, false, XxdRow("%08d:", 16, 2)) })},
	{"xxd -d -c10", text(func(b []byte) string { return Rows(b, 10, false, XxdRow("%08d:", 10, 2)) })},
	{"xxd -d -c12", text(func(b []byte) string { return Rows(b, 12, false, XxdRow("%08d:", 12, 2)) })},
	{"xxd -d -c20", text(func(b []byte) string { return Rows(b, 20, false, XxdRow("%08d:", 20, 2)) })},
	{"hexdump -C", text(HexdumpC)},
	{"hexdump", text(HexdumpWords)},
	{"hexdump -x", text(HexdumpWide)},
	{"od -A x -t x1z", text(OD("%06x", true, true))},
	{"od -t x1", text(OD("%07o", false, true))},
	{"od -An -t x1 -v", text(OD("", false, false))},
	{"Wireshark", text(Wireshark(true))},
	{"Wireshark, hex only", text(Wireshark(false))},
	{"Format-Hex", text(FormatHex)},
	{"Format-Hex, PowerShell 7", text(FormatHex7)},
	{"certutil", text(Certutil)},
	{"od -c", text(Cells("%07o", 16, 1, binary.LittleEndian, Character))},
	{"od -A x -c -w20", text(Cells("%06x", 20, 1, binary.LittleEndian, Character))},
	{"od -b", text(Cells("%07o", 16, 1, binary.LittleEndian, Format(" %03o")))},
	{"od -A d -b", text(Cells("%07d", 16, 1, binary.LittleEndian, Format(" %03o")))},
	{"od", text(Cells("%07o", 16, 2, binary.LittleEndian, Format(" %06o")))},
	{"od -t o2 --endian=big", text(Cells("%07o", 16, 2, binary.BigEndian, Format(" %06o")))},
	{"od -t o4", text(Cells("%07o", 16, 4, binary.LittleEndian, Format(" %011o")))},
	{"od -t o8", text(Cells("%07o", 16, 8, binary.LittleEndian, Format(" %022o")))},
	{"od -t u1", text(Cells("%07o", 16, 1, binary.LittleEndian, Format(" %3d")))},
	{"od -t d1", text(Cells("%07o", 16, 1, binary.LittleEndian, Signed(1, 5)))},
	{"od -A d -t u1 -w10", text(Cells("%07d", 10, 1, binary.LittleEndian, Format(" %3d")))},
	{"od -t u2", text(Cells("%07o", 16, 2, binary.LittleEndian, Format(" %5d")))},
	{"od -t u2 --endian=big", text(Cells("%07o", 16, 2, binary.BigEndian, Format(" %5d")))},
	{"od -t d2", text(Cells("%07o", 16, 2, binary.LittleEndian, Signed(2, 7)))},
	{"od -t u4", text(Cells("%07o", 16, 4, binary.LittleEndian, Format(" %10d")))},
	{"od -t d4", text(Cells("%07o", 16, 4, binary.LittleEndian, Signed(4, 12)))},
	{"od -t u8", text(Cells("%07o", 16, 8, binary.LittleEndian, Format(" %20d")))},
	{"od -t d8", text(Cells("%07o", 16, 8, binary.LittleEndian, Signed(8, 21)))},
	{"od -t x2", text(Cells("%07o", 16, 2, binary.LittleEndian, Format(" %04x")))},
	{"od -A x -t x2 --endian=big", text(Cells("%06x", 16, 2, binary.BigEndian, Format(" %04x")))},
	{"od -t x4", text(Cells("%07o", 16, 4, binary.LittleEndian, Format(" %08x")))},
	{"od -t x4 --endian=big", text(Cells("%07o", 16, 4, binary.BigEndian, Format(" %08x")))},
	{"od -t x8", text(Cells("%07o", 16, 8, binary.LittleEndian, Format(" %016x")))},
	{"od -t x8 --endian=big", text(Cells("%07o", 16, 8, binary.BigEndian, Format(" %016x")))},
	{"hexdump -b", text(Cells("%07x", 16, 1, binary.LittleEndian, Format(" %03o")))},
	{"hexdump -c", text(Cells("%07x", 16, 1, binary.LittleEndian, Character))},
	{"hexdump -d", text(Cells("%07x", 16, 2, binary.LittleEndian, Format("   %05d")))},
	{"hexdump -o", text(Cells("%07x", 16, 2, binary.LittleEndian, Format("  %06o")))},
	{"xxd -b", text(func(b []byte) string {
		return Rows(b, 6, false, func(at int, b []byte) string {
			return fmt.Sprintf("%08x: %-53s  %s", at, Each(b, " ", func(c byte) string { return fmt.Sprintf("%08b", c) }), TextColumn(b))
		})
	})},
	{"xxd -e", text(XxdE(4))},
	{"xxd -e -g2", text(XxdE(2))},
	{"xxd -e -g8", text(XxdE(8))},
	{"xxd -g4", text(func(b []byte) string { return Rows(b, 16, false, XxdRow("%08x:", 16, 4)) })},
	{"xxd -g8", text(func(b []byte) string { return Rows(b, 16, false, XxdRow("%08x:", 16, 8)) })},
	{"hexyl", text(Hexyl)},
	{"Netty", text(Netty)},
	{"Zephyr, 8 a row", text(Zephyr(8))},
	{"Zephyr, 16 a row", text(Zephyr(16))},
	{"gdb x/xb", text(GDB("", 8, 1, "0x%02x"))},
	{"gdb x/xb of a symbol", text(GDB("image", 8, 1, "0x%02x"))},
	{"gdb x/xw", text(GDB("", 16, 4, "0x%08x"))},
	{"gdb x/ub", text(GDB("image", 8, 1, "%d"))},
	{"md.b of U-Boot", text(UBoot(1))},
	{"md.w of U-Boot", text(UBoot(2))},
	{"md of U-Boot", text(UBoot(4))},
	{"HxD, decimal", text(HxD)},
	{"Hex Fiend", text(HexFiend)},
	{"Intel HEX", text(IntelHex)},
	{"Motorola S3", text(Motorola)},
	{"hexdump -C, runs of blanks and bars lost", text(func(b []byte) string {
		return Rows(b, 16, false, func(at int, b []byte) string {
			return fmt.Sprintf("%08x %s %s", at, Each(b, " ", func(c byte) string { return fmt.Sprintf("%02x", c) }), TextColumn(b))
		})
	})},
	{"xxd with the feet of pages", text(func(b []byte) string {
		out, page := "", 0
		for row := range strings.Lines(Rows(b, 16, false, XxdRow("%08x:", 16, 2))) {
			out += row
			if page++; page%50 == 0 {
				out += fmt.Sprintf("\nPage %d of 3\n\fSnapshot dump 27.11.2026\n\n", page/50)
			}
		}
		return out
	})},
	{"mosquitto_sub -F '%U %t %x'", text(func(b []byte) string {
		return "1795398905.350698939 4GSolarCam/Snapshot " + hex.EncodeToString(b) + "\n"
	})},
	{"mosquitto_sub -F '%I %t %l %X'", text(func(b []byte) string {
		return fmt.Sprintf("2026-11-23T01:55:05+0000 4GSolarCam/Snapshot %d %X\n", len(b), b)
	})},
	{"mosquitto_sub man page", text(func(b []byte) string {
		return fmt.Sprintf("2026-11-23T01:55:10+0000 : 4GSolarCam/Snapshot : %x\n", b)
	})},
	{"mosquitto_sub -F %.2:x", text(func(b []byte) string { return Every(hex.EncodeToString(b), 2, ":") + "\n" })},
	{"MQTTX CLI", text(func(b []byte) string {
		return fmt.Sprintf("…  Connecting...\n✔  Connected\ntopic: 4GSolarCam/Snapshot, qos: 0, size: %d B\n%s\n", len(b), MQTTXHex(b))
	})},
	{"MQTTX CLI 1.9", text(func(b []byte) string { return "payload: " + MQTTXHex(b) + "\n" })},
	{"MQTTX CLI clean, lossy payload", text(func(b []byte) string { return MQTTXClean(Lossy(b), b, false) })},
	{"MQTTX CLI clean, lossy payload last", text(func(b []byte) string { return MQTTXClean(Lossy(b), b, true) })},
	{"MQTTX CLI clean, lossy payload escaped", text(func(b []byte) string {
		return strings.ReplaceAll(MQTTXClean(Lossy(b), b, false), "\uFFFD", `\uFffd`)
	})},
	{"MQTTX CLI clean, hex payload", text(func(b []byte) string { return MQTTXClean(MQTTXHex(b), b, false) })},
	{"MQTTX CLI clean, hex payload last", text(func(b []byte) string { return MQTTXClean(MQTTXHex(b), b, true) })},
	{"MQTTX export", text(func(b []byte) string {
		return `[{"name":"cam","messages":[{"createAt":"2026-11-23 01:55:05:123","out":false,"payload":"` + MQTTXHex(b) + `","qos":0,"retain":false,"topic":"4GSolarCam/Snapshot"}]}]`
	})},
	{"base64", text(base64.StdEncoding.EncodeToString)},
	{"base64 in lines", text(func(b []byte) string { return Every(base64.StdEncoding.EncodeToString(b), 76, "\r\n") })},
	{"base64 in lines, indented", text(func(b []byte) string { return "    " + Base64Lines(b, "\n    ") + "\n" })},
	{"base64 in lines, trailing blanks", text(func(b []byte) string { return Base64Lines(b, " \t \r\n") + "  \n" })},
	{"base64 in lines, blank lines", text(func(b []byte) string { return Base64Lines(b, "\n\n") + "\n\n" })},
	{"base64 in lines, quoted", text(func(b []byte) string { return "> " + Base64Lines(b, "\n> ") + "\n" })},
	{"lines of 60, quoted twice", text(func(b []byte) string { return ">> " + Every(hex.EncodeToString(b), 60, "\n>> ") + "\n" })},
	{"lines of 60, zero-width spaces", text(func(b []byte) string { return Every(hex.EncodeToString(b), 20, "\u200B\n") + "\n" })},
	{"xxd, quoted", text(func(b []byte) string {
		return "> " + strings.ReplaceAll(Rows(b, 16, false, XxdRow("%08x:", 16, 2)), "\n", "\n> ")
	})},
	{"xxd, blank lines", text(func(b []byte) string { return BlankLines(Rows(b, 16, false, XxdRow("%08x:", 16, 2))) })},
	{"hexdump, blank lines", text(func(b []byte) string { return BlankLines(HexdumpWords(b)) })},
	{"hexdump -C, blank lines", text(func(b []byte) string { return BlankLines(HexdumpC(b)) })},
	{"hexdump -Cv, offsets cut off", text(func(b []byte) string { return Columns(Rows(b, 16, false, HexdumpRow)) })},
	{"xxd, offsets cut off", text(func(b []byte) string { return Columns(Rows(b, 16, false, XxdRow("%08x:", 16, 2))) })},
	{"od -An -t x1z -v", text(func(b []byte) string { return OD("", true, false)(b) })},
	{"hexdump -C, no-break spaces", text(func(b []byte) string { return strings.ReplaceAll(HexdumpC(b), " ", "\u00A0") })},
	{"xxd, and zeros of a power cut", text(func(b []byte) string {
		return "a line before\n" + Rows(b, 16, false, XxdRow("%08x:", 16, 2)) + strings.Repeat("\x00", 500) + "\na line behind\n"
	})},
	{"xxd, the first row behind a time with a zone", text(func(b []byte) string {
		return "2026-11-23T01:55:05+0000 " + Rows(b, 16, false, XxdRow("%08x:", 16, 2))
	})},
	{"xxd, the first row behind a number with zeros", text(func(b []byte) string {
		return "port 50000: " + Rows(b, 16, false, XxdRow("%08x:", 16, 2))
	})},
	{"Python [hex(c) for c in b]", text(func(b []byte) string {
		return "['" + Each(b, "', '", func(c byte) string { return fmt.Sprintf("%#x", c) }) + "']\n"
	})},
	{"Java (byte)0xff", text(func(b []byte) string {
		return "new byte[] { " + Each(b, ", ", func(c byte) string { return fmt.Sprintf("(byte)0x%02x", c) }) + " };\n"
	})},
	{"data URI behind its type, in lines", text(func(b []byte) string {
		return "Content-Type: image/jpeg; data:image/jpeg;base64," + Every(base64.StdEncoding.EncodeToString(b), 28, "\n") + "\n"
	})},
	{"xxd, the first row behind a label", text(func(b []byte) string { return "Last message: " + Rows(b, 16, false, XxdRow("%08x:", 16, 2)) })},
	{"hexdump -C behind a quote", text(func(b []byte) string { return `"` + HexdumpC(b) + `"` })},
	{"tcpdump -X", text(func(b []byte) string {
		return "12:00:01.123456 IP 10.0.0.1.40000 > 10.0.0.2.1883: Flags [P.], seq 1:2305, length 2305\n" +
			Logged(Rows(b, 16, false, XxdRow("0x%04x: ", 16, 2)), func(int) string { return "\t" })
	})},
	{"od -t x1, blank lines", text(func(b []byte) string { return BlankLines(OD("%07o", false, true)(b)) })},
	{"od -An -t x1 -v, blank lines", text(func(b []byte) string { return BlankLines(OD("", false, false)(b)) })},
	{"base64, URL-safe, no padding", text(base64.RawURLEncoding.EncodeToString)},
	{"log line, base64", text(func(b []byte) string {
		return "1795398905.350698939 4GSolarCam/Snapshot " + base64.StdEncoding.EncodeToString(b) + "\n"
	})},
	{"JSON buffer", text(func(b []byte) string {
		return `{"type":"Buffer","data":[` + Each(b, ",", func(c byte) string { return fmt.Sprint(c) }) + `]}`
	})},
	{"JSON, Uint8Array", text(func(b []byte) string {
		var out strings.Builder
		for i, c := range b {
			fmt.Fprintf(&out, `,"%d":%d`, i, c)
		}
		return `{"payload":{` + out.String()[1:] + `},"topic":"4GSolarCam/Snapshot"}`
	})},
	{"JSON, hex strings", text(func(b []byte) string {
		return `{"payload": ["` + Each(b, `", "`, func(c byte) string { return fmt.Sprintf("%02x", c) }) + `"]}`
	})},
	{"JSON, 0x strings", text(func(b []byte) string {
		return `["` + Each(b, `","`, func(c byte) string { return fmt.Sprintf("%#x", c) }) + `"]`
	})},
	{"JSON, Latin-1", text(func(b []byte) string {
		return `{"topic": "4GSolarCam/Snapshot", "payload": "` + Each(b, "", func(c byte) string {
			if c < ' ' || c > '~' || c == '"' || c == '\\' {
				return fmt.Sprintf(`\u%04x`, c)
			}
			return string(rune(c))
		}) + `"}`
	})},
	{"Java array", text(func(b []byte) string {
		return "[" + Each(b, ", ", func(c byte) string { return fmt.Sprint(int8(c)) }) + "]"
	})},
	{"Serial.print", text(func(b []byte) string {
		return "Message arrived [4GSolarCam/Snapshot] " + Each(b, " ", func(c byte) string { return fmt.Sprint(c) }) + "\r\n"
	})},
	{"Serial.println", text(func(b []byte) string { return Each(b, "\r\n", func(c byte) string { return fmt.Sprint(c) }) })},
	{"Serial.print, HEX", text(func(b []byte) string { return Each(b, " ", func(c byte) string { return fmt.Sprintf("%X", c) }) })},
	{"Serial.println, HEX", text(func(b []byte) string { return Each(b, "\r\n", func(c byte) string { return fmt.Sprintf("%X", c) }) })},
	{"hex without leading zeros, commas", text(func(b []byte) string { return Each(b, ", ", func(c byte) string { return fmt.Sprintf("%x", c) }) })},
	{"od -An -t u1 -v", text(func(b []byte) string {
		return Rows(b, 16, false, func(_ int, b []byte) string {
			return Each(b, "", func(c byte) string { return fmt.Sprintf(" %3d", c) })
		})
	})},
	{"od -An -b -v", text(func(b []byte) string {
		return Rows(b, 16, false, func(_ int, b []byte) string {
			return Each(b, "", func(c byte) string { return fmt.Sprintf(" %03o", c) })
		})
	})},
	{"hex in a JSON string", text(func(b []byte) string {
		return `{"topic":"4GSolarCam/Snapshot","payload":"` + hex.EncodeToString(b) + `"}`
	})},
	{"hex of a hex text", text(func(b []byte) string { return hex.EncodeToString([]byte(MQTTXHex(b))) })},
}

// JSONLayouts carry a generation B message, and the picture in it comes back.
var JSONLayouts = []Layout{
	{"JSON", text(CameraJSON)},
	{"JSON, pretty", text(func(b []byte) string {
		var out bytes.Buffer
		_ = json.Indent(&out, []byte(CameraJSON(b)), "", "\t") // CameraJSON returns valid JSON
		return out.String()
	})},
	{"JSON, escaped slashes", text(func(b []byte) string { return strings.ReplaceAll(CameraJSON(b), "/", `\/`) })},
	{"JSON, closing brace missing", text(func(b []byte) string { return strings.TrimSuffix(CameraJSON(b), "}") })},
	{"JSON, URL-safe base64", text(func(b []byte) string {
		return strings.ReplaceAll(CameraJSON(b), base64.StdEncoding.EncodeToString(b), base64.RawURLEncoding.EncodeToString(b))
	})},
	{"JSON, bare base64", text(func(b []byte) string { return strings.ReplaceAll(CameraJSON(b), "data:image/jpeg;base64,", "") })},
	{"JSON, base64 in lines", text(func(b []byte) string {
		s := base64.StdEncoding.EncodeToString(b)
		return strings.ReplaceAll(CameraJSON(b), s, Every(s, 76, `\r\n`))
	})},
	{"JSON after a topic", text(func(b []byte) string { return "4GSolarCam/Snapshot " + CameraJSON(b) + "\n" })},
	{"JSON as hex", text(func(b []byte) string { return hex.EncodeToString([]byte(CameraJSON(b))) })},
	{"JSON as MQTTX fours", text(func(b []byte) string { return MQTTXHex([]byte(CameraJSON(b))) })},
	{"JSON as xxd", text(func(b []byte) string { return Rows([]byte(CameraJSON(b)), 16, false, XxdRow("%08x:", 16, 2)) })},
	{"JSON as hexdump -C", text(func(b []byte) string { return HexdumpC([]byte(CameraJSON(b))) })},
	{"JSON as hexdump", text(func(b []byte) string { return HexdumpWords([]byte(CameraJSON(b))) })},
	{"JSON as base64", text(func(b []byte) string { return base64.StdEncoding.EncodeToString([]byte(CameraJSON(b))) })},
	{"mosquitto_sub -F '%U %t %x' of JSON", text(func(b []byte) string {
		return fmt.Sprintf("1795398905.350698939 4GSolarCam/Snapshot %x\n", CameraJSON(b))
	})},
	{"mosquitto_sub -F '%t %l %x' of JSON", text(func(b []byte) string {
		return fmt.Sprintf("4GSolarCam/Snapshot %d %x\n", len(CameraJSON(b)), CameraJSON(b))
	})},
	{"mosquitto_sub -F %j", text(func(b []byte) string {
		return `{"tst":"2026-11-23T01:55:07.389682Z+0000","topic":"4GSolarCam/Snapshot","qos":0,"retain":0,"payloadlen":` +
			fmt.Sprint(len(CameraJSON(b))) + `,"payload":` + Quoted(CameraJSON(b)) + "}\n"
	})},
	{"mosquitto_sub -F %J", text(func(b []byte) string {
		return `{"tst":"2026-11-23T01:55:07.389682Z+0000","topic":"4GSolarCam/Snapshot","qos":0,"retain":0,"payloadlen":62,"payload":` + CameraJSON(b) + "}\n"
	})},
	{"pairs of JSON, wrapped in the middle of bytes", text(func(b []byte) string {
		return Every(Every(hex.EncodeToString([]byte(CameraJSON(b))), 2, " "), 100, "\n")
	})},
	{"MQTTX export of JSON", text(func(b []byte) string {
		return `[{"name":"cam","messages":[{"createAt":"2026-11-23 01:55:05:123","payload":` + Quoted(CameraJSON(b)) + `,"qos":0,"topic":"4GSolarCam/Snapshot"}]}]`
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

// UTF16 encodes text in UTF-16.
func UTF16(order binary.AppendByteOrder, s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = order.AppendUint16(out, u)
	}
	return out
}

// ToolLayouts are written by the real tools, if these are installed.
func ToolLayouts(t testing.TB) []Layout {
	var out []Layout
	for _, cmd := range []string{
		"xxd", "xxd -u", "xxd -g 1", "xxd -g 4", "xxd -g 0", "xxd -c 8", "xxd -c 7 -g 3", "xxd -c 32", "xxd -c 256", "xxd -d", "xxd -a", "xxd -R always",
		"xxd -d -c 1", "xxd -d -c 3 -a", "xxd -d -c 4 -g 1", "xxd -g 8 -c 5", "xxd -g 16 -c 31 -u",
		"xxd -p", "xxd -p -c 256", "xxd -p -u", "xxd -i", "xxd -o 4096",
		"hexdump", "hexdump -v", "hexdump -x", "hexdump -C", "hexdump -Cv",
		"od -t x1", "od -A x -t x1", "od -A x -t x1z", "od -A d -t x1 -v", "od -An -t x1 -v", "od -An -t u1 -v", "od -An -b -v", "od -x", "od -A n -t x1 -v -w32",
		"od", "od -b", "od -c", "od -A d -c -w20", "od -t x2", "od -t x4", "od -t x8", "od -t o1", "od -t o4", "od -t o8", "od -t u1", "od -t u2",
		"od -t u4", "od -t u8", "od -t d1", "od -t d2", "od -t d4", "od -A d -t d8", "od -A x -t u1 -v", "od -t x2 --endian=big", "od -t x4z",
		"od -t x8 --endian=big", "od -t u2 --endian=big -A x", "od -b -w1 -v", "od -A n -t u2 -w2 -v -A d",
		"hexdump -b", "hexdump -c", "hexdump -d", "hexdump -o", "xxd -b", "xxd -b -c 8", "xxd -d -b", "xxd -e", "xxd -e -g 2", "xxd -e -g 8", "xxd -e -c 32",
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
		out = append(out, Layout{"tool " + cmd, func(msg []byte) []byte {
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
