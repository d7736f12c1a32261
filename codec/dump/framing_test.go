package dump

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"mqtool/codec/internal/dumptest"
)

// TestFramings checks that framings are removed from the message, and that a picture is
// not reported as whole if its framing is damaged.
func TestFramings(t *testing.T) {
	pics := dumptest.Pictures(t)
	small, other, large := pics["baseline-peacock.jpg"], pics["gray-peacock.jpg"], pics["exif-thumb-hibiscus.jpg"]
	for _, l := range dumptest.FramedLayouts() {
		for name, picture := range map[string][]byte{"peacock": small, "gray": other, "hibiscus": large} {
			checkPictures(t, l.Name+", "+name, l.Render(picture), picture)
			checkPictures(t, l.Name+", behind a header, "+name, l.Render(append([]byte("SC211\x00"), picture...)), picture)
		}
		if l.Name != "chunks" && l.Name != "HTTP in chunks" { // a response has only one body
			checkPictures(t, l.Name+", two", append(l.Render(small), l.Render(other)...), small, other)
			checkPictures(t, l.Name+", JSON", l.Render([]byte(dumptest.CameraJSON(small))), small)
		}
		whole := l.Render(small)
		for n := 100; n < len(whole); n += 97 {
			checkDamaged(t, l.Name, fmt.Sprintf("cut at %d", n), whole[:n], small)
			if strings.HasPrefix(l.Name, "mosquitto") {
				continue // it announces no sizes
			}
			checkDamaged(t, l.Name, fmt.Sprintf("a byte lost at %d", n), append(bytes.Clone(whole[:n]), whole[n+1:]...), small)
			checkDamaged(t, l.Name, fmt.Sprintf("a line at %d", n), []byte(string(whole[:n])+"\r\n+CSQ: 12,0\r\n"+string(whole[n:])), small)
		}
		checkDamaged(t, l.Name, "line ends changed", bytes.ReplaceAll(whole, []byte("\r\n"), []byte("\n")), small)
	}
}

// TestJoinedChunks checks that the answer of an HTTP server is read if its chunks were put
// together, as curl -i does, although its header speaks of chunks.
func TestJoinedChunks(t *testing.T) {
	const header = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	picture := dumptest.Pictures(t)["gray-peacock.jpg"]
	checkPictures(t, "bytes", []byte(header+string(picture)), picture)
	checkPictures(t, "JSON", []byte(header+dumptest.CameraJSON(picture)), picture)
}

// TestFramingsInListings checks that a framing is removed, too, if its bytes are written as
// text.
func TestFramingsInListings(t *testing.T) {
	picture := dumptest.Pictures(t)["baseline-peacock.jpg"]
	for _, l := range dumptest.FramedLayouts() {
		framed := l.Render(picture)
		for name, dump := range map[string]string{
			"xxd":        dumptest.Rows(framed, 16, false, dumptest.XxdRow("%08x:", 16, 2)),
			"hexdump -C": dumptest.HexdumpC(framed),
			"xxd -p":     dumptest.Every(hex.EncodeToString(framed), 60, "\n"),
			"base64":     dumptest.Base64Lines(framed, "\n"),
			"JSON":       `{"payload":"` + base64.StdEncoding.EncodeToString(framed) + `"}`,
		} {
			checkPictures(t, l.Name+" in "+name, []byte(dump), picture)
		}
	}
}
