package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
)

const digits = "0123456789abcdef"

// writeDump writes its input as text, in one of the layouts in which people pass such payloads around.
func writeDump(w *bufio.Writer, r io.Reader, layout string) error {
	payload, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	switch layout {
	case "hex": // mosquitto_sub -F %x: one line
		return writeHex(w, payload, 0, 0)
	case "pairs": // ff d8 ff e0
		return writeHex(w, payload, 1, 0)
	case "fours": // MQTTX: ffd8 ffe0
		return writeHex(w, payload, 2, 0)
	case "lines": // xxd -p
		return writeHex(w, payload, 0, 30)
	case "xxd":
		return writeXXD(w, payload)
	case "hexdump": // hexdump -C -v
		return writeHexdump(w, payload)
	case "json": // newer cameras: a data URI in a JSON object
		return writeJSON(w, payload)
	}
	return fmt.Errorf("dump: no such layout: %q", layout)
}

// writeHex writes a blank after every group bytes and a line end after every row bytes; 0 means never. As in MQTTX, a
// blank follows the last group, too, if that is full.
func writeHex(w *bufio.Writer, payload []byte, group, row int) error {
	var text []byte
	for i, b := range payload {
		text = append(text, digits[b>>4], digits[b&15])
		if group > 0 && (i+1)%group == 0 {
			text = append(text, ' ')
		}
		if row > 0 && (i+1)%row == 0 {
			text = append(text, '\n')
		}
		if len(text) > 1<<16 {
			if _, err := w.Write(text); err != nil {
				return err
			}
			text = text[:0]
		}
	}
	if row == 0 || len(payload)%row != 0 {
		text = append(text, '\n')
	}
	_, err := w.Write(text)
	return err
}

func writeXXD(w *bufio.Writer, payload []byte) error {
	var text []byte
	for at := 0; at < len(payload); at += 16 {
		row := payload[at:min(at+16, len(payload))]
		text = append(appendOffset(text[:0], at), ':')
		for i := range 16 {
			if i%2 == 0 {
				text = append(text, ' ')
			}
			text = appendByte(text, row, i)
		}
		text = append(text, ' ', ' ')
		text = append(appendASCII(text, row), '\n')
		if _, err := w.Write(text); err != nil {
			return err
		}
	}
	return nil
}

func writeHexdump(w *bufio.Writer, payload []byte) error {
	var text []byte
	for at := 0; at < len(payload); at += 16 {
		row := payload[at:min(at+16, len(payload))]
		text = append(appendOffset(text[:0], at), ' ')
		for i := range 16 {
			if i == 8 {
				text = append(text, ' ')
			}
			text = appendByte(append(text, ' '), row, i)
		}
		text = append(text, ' ', ' ', '|')
		text = append(appendASCII(text, row), '|', '\n')
		if _, err := w.Write(text); err != nil {
			return err
		}
	}
	_, err := w.Write(append(appendOffset(text[:0], len(payload)), '\n'))
	return err
}

func writeJSON(w *bufio.Writer, picture []byte) error {
	fmt.Fprintf(w, `{"ts":1682336818966,"values":{"devName":"4G Solar-powered ANPR Camera","devMac":"5CC5638AE729",`+
		`"file":"202304240745431198T.jpg","time":1682336743,"imageSize":%d,"image":"data:image/jpeg;base64,`, len(picture))
	encoder := base64.NewEncoder(base64.StdEncoding, w)
	if _, err := encoder.Write(picture); err != nil {
		return err
	}
	if err := encoder.Close(); err != nil {
		return err
	}
	_, err := w.WriteString("\"}}\n")
	return err
}

func appendOffset(text []byte, at int) []byte {
	for shift := 28; shift >= 0; shift -= 4 {
		text = append(text, digits[at>>shift&15])
	}
	return text
}

// appendByte appends two digits, or two blanks after the end of the row.
func appendByte(text, row []byte, i int) []byte {
	if i >= len(row) {
		return append(text, ' ', ' ')
	}
	return append(text, digits[row[i]>>4], digits[row[i]&15])
}

func appendASCII(text, row []byte) []byte {
	for _, b := range row {
		if b < ' ' || b > '~' {
			b = '.'
		}
		text = append(text, b)
	}
	return text
}
