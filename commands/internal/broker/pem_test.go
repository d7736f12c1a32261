package broker

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// TestCertificatesOfWindows reads certificate files as Windows editors and
// shells save them: with a byte-order mark, in UTF-16, with CR LF.
func TestCertificatesOfWindows(t *testing.T) {
	a := newAuthority(t)
	_, certFile, keyFile := a.issue(t, "client", time.Now().Add(time.Hour))
	read := func(name string) string {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	wide := func(text string) string {
		b := []byte("\xFF\xFE")
		for _, u := range utf16.Encode([]rune(text)) {
			b = binary.LittleEndian.AppendUint16(b, u)
		}
		return string(b)
	}
	crlf := func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }
	for name, as := range map[string]func(string) string{
		"plain":  func(s string) string { return s },
		"mark":   func(s string) string { return "\uFEFF" + crlf(s) },
		"UTF-16": func(s string) string { return wide(crlf(s)) },
	} {
		dir := t.TempDir()
		write := func(file, text string) string {
			file = filepath.Join(dir, file)
			if err := os.WriteFile(file, []byte(as(text)), 0o600); err != nil {
				t.Fatal(err)
			}
			return file
		}
		cert, key := write("cert.pem", read(certFile)), write("key.pem", read(keyFile))
		both := write("both.pem", read(certFile)+read(keyFile))
		for _, c := range []Config{{CAFile: cert, CertFile: cert, KeyFile: key}, {CertFile: both}} {
			conf, err := tlsConfig(&c, "localhost")
			if err != nil || len(conf.Certificates) != 1 || c.CAFile != "" && conf.RootCAs == nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
