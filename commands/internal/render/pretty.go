package render

import (
	"bytes"
	"encoding/json"
	"strings"
)

// AppendPretty appends a payload for people, with a line end. JSON is indented
// but otherwise stays as the device spelled it; anything else is shown as text.
// Characters that a terminal would obey are escaped in both.
func AppendPretty(dst, payload []byte) []byte {
	var pretty bytes.Buffer
	if json.Indent(&pretty, bytes.TrimSpace(payload), "", "  ") == nil {
		payload = pretty.Bytes()
	}
	for line := range strings.Lines(string(payload)) {
		text := strings.TrimRight(line, "\r\n")
		// A tab here comes from a text that is not JSON, because Indent removes
		// those of JSON.
		dst = append(AppendSafe(dst, text), '\n')
	}
	if len(payload) == 0 {
		dst = append(dst, "(empty)\n"...)
	}
	return dst
}
