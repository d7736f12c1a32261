package page

import (
	"bytes"
	"io"
	"strings"

	"github.com/mdp/qrterminal/v3"
)

// WriteQR writes a URL as a QR code for the camera of a phone, with half
// blocks. Without color, the code has the text color of the terminal on its
// background.
func WriteQR(w io.Writer, url string, color bool) error {
	var code bytes.Buffer
	qrterminal.GenerateWithConfig(url, qrterminal.Config{Level: qrterminal.L, Writer: &code, HalfBlocks: true, QuietZone: 2})
	text := code.String()
	if color {
		text = strings.ReplaceAll("\x1b[97;40m"+strings.TrimSuffix(text, "\n"), "\n", "\x1b[0m\n\x1b[97;40m") + "\x1b[0m\n"
	}
	_, err := io.WriteString(w, text)
	return err
}
