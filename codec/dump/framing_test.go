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
		checkPictures(t, l.Name+", two", append(l.Render(small), l.Render(other)...), small, other)
		checkPictures(t, l.Name+", JSON", l.Render([]byte(dumptest.CameraJSON(small))), small)
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

// TestSeveralAnswers checks that each answer of an HTTP server is read, whether it is in
// chunks or not, and that the chunks of none stay in a picture.
func TestSeveralAnswers(t *testing.T) {
	pics := dumptest.Pictures(t)
	small, other, large := pics["baseline-peacock.jpg"], pics["gray-peacock.jpg"], pics["exif-thumb-hibiscus.jpg"]
	const (
		refused = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 7\r\n\r\nrefused"
		chunked = "HTTP/1.1 200 OK\r\nServer: a\r\nTransfer-Encoding:chunked\r\n\r\n"
		request = "GET /snapshot HTTP/1.1\r\nHost: camera\r\n\r\n"
		trailer = "0\r\nDigest: a\r\n\r\n"
	)
	body := func(b []byte) string { return dumptest.Chunks(dumptest.Cut(string(b), 1000)) }
	whole := func(b []byte) string {
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(b), b)
	}
	json := []byte(dumptest.CameraJSON(small))
	for _, c := range []struct {
		name, dump string
		want       [][]byte
	}{
		{"two", chunked + body(small) + chunked + body(other), [][]byte{small, other}},
		{"many", strings.Repeat(chunked+body(large)+chunked+body(small), 3), [][]byte{large, small, large, small, large, small}},
		{"bodies alone", body(small) + body(other) + body(large), [][]byte{small, other, large}},
		{"line ends between", chunked + body(small) + "\r\n\n" + chunked + body(other), [][]byte{small, other}},
		{"an empty one", chunked + "0\r\n\r\n" + chunked + body(other), [][]byte{other}},
		{"a trailer", chunked + strings.TrimSuffix(body(small), "0\r\n\r\n") + trailer + chunked + body(other), [][]byte{small, other}},
		{"refused first", refused + chunked + body(small), [][]byte{small}},
		{"refused between", chunked + body(small) + refused + chunked + body(other), [][]byte{small, other}},
		{"requests", request + chunked + body(small) + request + chunked + body(large), [][]byte{small, large}},
		{"others in one piece", whole(other) + chunked + body(small) + whole(large) + chunked + body(other), [][]byte{other, small, large, other}},
		{"a picture behind", chunked + body(small) + string(other), [][]byte{small, other}},
		{"JSON", chunked + body(json) + chunked + body(json), [][]byte{small, small}},
		{"JSON alone", body(json) + body(json), [][]byte{small, small}},
		{"JSON and bytes", chunked + body(json) + chunked + body(large) + chunked + body(json), [][]byte{small, large, small}},
		{"JSON, refused first", refused + chunked + body(json) + refused + chunked + body(json), [][]byte{small, small}},
		{"JSON, requests", request + chunked + body(json) + request + chunked + body(json), [][]byte{small, small}},
	} {
		checkPictures(t, c.name, []byte(c.dump), c.want...)
		checkPictures(t, c.name+", xxd -p", []byte(dumptest.Every(hex.EncodeToString([]byte(c.dump)), 60, "\n")), c.want...)
	}
	// Far behind a text, bytes that look like the escapes of a terminal are lost.
	log := strings.Repeat("a line of a log\n", 8<<10)
	checkPictures(t, "far behind a text", []byte(log+chunked+body(json)), small)
	checkDamaged(t, "far behind a text", "escapes", []byte(log+chunked+body(large)), large)
}
