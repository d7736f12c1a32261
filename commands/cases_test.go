package commands

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCases checks what the program says to inputs that were rebuilt from public reports. The
// cases that need a broker are in scripts.
func TestCases(t *testing.T) {
	dir := filepath.Join("..", "testdata", "cases")
	list, err := os.Open(filepath.Join(dir, "expect.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	for lines := bufio.NewScanner(list); lines.Scan(); {
		var c reportedCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		answer := map[string]func(*testing.T, string) string{"snapshot-decode": c.decode, "scrdr-parse": c.parse}[c.Run]
		if answer == nil {
			continue
		}
		t.Run(c.File, func(t *testing.T) {
			if got := answer(t, filepath.Join(dir, c.File)); got != "" {
				t.Errorf("%s: want %s %s; %s", c.Note, c.Want, c.Says, got)
			}
		})
	}
}

// A reportedCase is a line of expect.jsonl.
type reportedCase struct {
	File, Note, Run, Want, Says string

	Count  int
	Has    map[string]any
	Absent []string
	Top    map[string]any
}

var quotedStart = regexp.MustCompile(`begins with "(\\.|[^"\\])*"`)

// decode returns "", or what snapshot-decode says if that is not what is wanted.
func (c reportedCase) decode(t *testing.T, file string) string {
	dir := t.TempDir()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out.jpg") // the messages name the input
	if err := os.WriteFile(in, b, 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	code := Main([]string{"mqtool", "snapshot-decode", in, out}, strings.NewReader(""), &said, &said)
	picture, _ := os.ReadFile(out) // a file may be missing
	sum := sha256.Sum256(picture)
	// The quotation of the input and the words of every message do not count.
	explained, _, _ := strings.Cut(quotedStart.ReplaceAllString(strings.ReplaceAll(said.String(), dir, ""), ""), "; tried: ")
	says := regexp.MustCompile("(?i)" + c.Says).MatchString(explained)
	want := strings.Fields(c.Want)
	ok := false
	switch want[0] {
	case "picture":
		ok = code == 0 && hex.EncodeToString(sum[:]) == want[1] || len(want) > 2 && code > 0 && says
	case "error":
		ok = code > 0 && len(picture) == 0 && says
	case "damage":
		ok = code > 0
	case "notice":
		ok = says || strings.Contains(c.Says, "DHT") && bytes.Contains(picture, []byte{0xFF, 0xC4})
	}
	if ok {
		return ""
	}
	return said.String()
}

// parse returns "", or what scrdr-parse says if that is not what is wanted.
func (c reportedCase) parse(_ *testing.T, file string) string {
	var stdout, stderr bytes.Buffer
	code := Main([]string{"mqtool", "scrdr-parse", "--json", file}, strings.NewReader(""), &stdout, &stderr)
	said := stdout.String() + stderr.String()
	if c.Want == "damage" {
		if code > 0 || strings.Contains(strings.ReplaceAll(said, "checksum_rule", ""), "checksum") {
			return ""
		}
		return said
	}
	count, ok := 0, code == 0
	for _, line := range strings.Split(stdout.String(), "\n") {
		var event map[string]any
		if json.Unmarshal([]byte(line), &event) != nil || event["kind"] != "event" {
			continue
		}
		count++
		data, _ := event["data"].(map[string]any)
		for key, value := range c.Has {
			ok = ok && data[key] == value
		}
		for key, value := range c.Top {
			ok = ok && event[key] == value
		}
		for _, key := range c.Absent {
			_, has := data[key]
			ok = ok && !has
		}
	}
	if ok && count == c.Count {
		return ""
	}
	return said
}
