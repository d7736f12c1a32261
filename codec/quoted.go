package codec

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// inText extracts a message that another program has encoded before it sent it on: as hex,
// base64, or Python's b'...'.
func inText(payload string) (message string, ok bool) {
	payload = trimLine(payload)
	if message, ok = fromHexOrBase64(payload); !ok && len(payload) > 3 && payload[0] == 'b' {
		message = unquoted(payload[:2], payload[2:])
		ok = len(message) < len(payload)-2
	}
	return message, ok && (strings.HasPrefix(message, "{") || strings.HasPrefix(message, "$SC"))
}

// fromHexOrBase64 returns the text that hex digits or base64 stand for.
func fromHexOrBase64(s string) (string, bool) {
	b, err := hex.DecodeString(s)
	if err != nil {
		b, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
	}
	return string(b), err == nil && len(b) > 0 && showable(b)
}

// unquoted removes the quotes around a payload, and undoes the doubling of quotes in CSV.
// It cuts a line end that a program has written as an escape: b'$SCRDR\r\n'.
func unquoted(before, payload string) string {
	if !strings.HasSuffix(before, `"`) && !strings.HasSuffix(before, "'") {
		return payload
	}
	quote := before[len(before)-1]
	end := strings.LastIndexByte(payload, quote)
	if end < 0 || strings.Trim(payload[end:], `"'])}>,; `) != "" {
		return payload
	}
	payload = payload[:end]
	for cut := ""; cut != payload; {
		cut = payload
		for _, escape := range [...]string{`\n`, `\r`, `\x00`} {
			payload = strings.TrimSuffix(payload, escape)
		}
	}
	if before == `"` || strings.HasSuffix(before, `,"`) {
		payload = strings.ReplaceAll(payload, `""`, `"`)
	}
	return payload
}
