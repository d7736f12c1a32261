package render

import (
	"bytes"
	"encoding/json"
	"strings"
)

// AppendPretty appends a payload for people, with a line end: JSON indented
// and otherwise as the device spelled it, anything else as text. What a
// terminal would obey is escaped in both.
func AppendPretty(dst, payload []byte) []byte {
	var pretty bytes.Buffer
	if json.Indent(&pretty, bytes.TrimSpace(payload), "", "  ") == nil {
		payload = pretty.Bytes()
	}
	for line := range strings.Lines(string(payload)) {
		text := strings.TrimRight(line, "\r\n")
		// Tabs only stand where JSON has none.
		dst = append(AppendSafe(dst, text), '\n')
	}
	if len(payload) == 0 {
		dst = append(dst, "(empty)\n"...)
	}
	return dst
}
