package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"image/jpeg"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	walk "mqtool/codec/jpeg"
)

// makeInput runs mkinput with args and returns its output.
func makeInput(t *testing.T, stdin []byte, args ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := bufio.NewWriter(&out)
	if err := run(args, bytes.NewReader(stdin), w); err != nil {
		t.Fatalf("mkinput %q: %v", args, err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestJPEG(t *testing.T) {
	for _, size := range []int{smallest, 1000, headSize + chunkSize + 1, headSize + chunkSize + 4, 200_001} {
		picture := makeInput(t, nil, "jpeg", strconv.Itoa(size))
		if len(picture) != size {
			t.Errorf("size %d: got %d bytes", size, len(picture))
		}
		if _, err := jpeg.DecodeConfig(bytes.NewReader(picture)); err != nil {
			t.Errorf("size %d: %v", size, err)
		}
		if p, err := walk.NewReader(bytes.NewReader(picture)).Next(io.Discard); err != nil || size > smallest && !p.Whole() {
			t.Errorf("size %d: looks damaged: %+v, %v", size, p, err)
		}
		scan := picture[headSize:]
		for i := 0; i < len(scan)-2; i++ {
			if scan[i] != 0xff {
				continue
			}
			if i++; scan[i] != 0 && scan[i]&0xf8 != 0xd0 {
				t.Fatalf("size %d: marker %02x in the scan at %d of %d", size, scan[i], i, len(scan))
			}
		}
		if !bytes.HasSuffix(scan, []byte{0xff, 0xd9}) {
			t.Errorf("size %d: no EOI", size)
		}
	}
}

func TestDumpIsWhatTheToolPrints(t *testing.T) {
	payload := append([]byte("0123456789 0123456789 0123456789 prefix"), makeInput(t, nil, "jpeg", "5003")...)
	name := filepath.Join(t.TempDir(), "payload")
	if err := os.WriteFile(name, payload, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ layout, command string }{
		{"lines", "xxd -p"},
		{"xxd", "xxd"},
		{"hexdump", "hexdump -C -v"},
	} {
		t.Run(row.layout, func(t *testing.T) {
			words := strings.Fields(row.command)
			if _, err := exec.LookPath(words[0]); err != nil {
				t.Skip(err)
			}
			want, err := exec.Command(words[0], append(words[1:], name)...).Output()
			if err != nil {
				t.Fatal(err)
			}
			if got := makeInput(t, payload, "dump", row.layout); !bytes.Equal(got, want) {
				t.Errorf("got %.200q, want %.200q", got, want)
			}
		})
	}
}

func TestDumpHoldsThePayload(t *testing.T) {
	payload := makeInput(t, nil, "jpeg", "1001")
	for layout, head := range map[string]string{"hex": "ffd8ffe0", "pairs": "ff d8 ff e0 ", "fours": "ffd8 ffe0 "} {
		text := string(makeInput(t, payload, "dump", layout))
		if !strings.HasPrefix(text, head) {
			t.Errorf("%s: begins %.20q, want %q", layout, text, head)
		}
		got, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
		if err != nil || !bytes.Equal(got, payload) {
			t.Errorf("%s: another payload, %v", layout, err)
		}
	}
	var message struct {
		Values struct {
			ImageSize int
			Image     string
		}
	}
	if err := json.Unmarshal(makeInput(t, payload, "dump", "json"), &message); err != nil {
		t.Fatal(err)
	}
	if message.Values.ImageSize != len(payload) || !strings.HasPrefix(message.Values.Image, "data:image/jpeg;base64,/9j/4AAQ") {
		t.Errorf("got size %d, image %.40q", message.Values.ImageSize, message.Values.Image)
	}
}

func TestReaderLines(t *testing.T) {
	lines := strings.SplitAfter(string(makeInput(t, nil, "scrdr", "300000")), "\r\n")
	wrong := 0
	for _, line := range lines[:len(lines)-1] {
		body, sum, _ := strings.Cut(strings.TrimSuffix(line, "\r\n"), "*")
		if strings.Count(body, ";") != 8 {
			t.Fatalf("%q: want eight fields", line)
		}
		var want byte
		for i := 1; i < len(body); i++ {
			want ^= body[i]
		}
		got, err := strconv.ParseUint(sum, 16, 8)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if byte(got) != want {
			wrong++
		}
	}
	if wrong != len(lines)/1000 {
		t.Errorf("%d wrong checksums in %d lines", wrong, len(lines))
	}
}

func TestEvents(t *testing.T) {
	lines := bytes.SplitAfter(makeInput(t, nil, "events", "100000"), []byte("\n"))
	for _, line := range lines[:len(lines)-1] {
		if len(line) != 131 || !json.Valid(line) {
			t.Fatalf("%d bytes: %s", len(line), line)
		}
	}
}

func TestSameEveryTime(t *testing.T) {
	sums := filepath.Join(t.TempDir(), "sums")
	for _, args := range [][]string{{"jpeg", "70000"}, {"log", "300000", sums}, {"scrdr", "5000"}, {"events", "5000"}} {
		if !bytes.Equal(makeInput(t, nil, args...), makeInput(t, nil, args...)) {
			t.Errorf("%s differs from run to run", args[0])
		}
	}
}
