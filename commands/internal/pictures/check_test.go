package pictures

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"mqtool/commands/internal/app"
)

// TestVerifyAll checks that decoding the pixels of several pictures at a time changes
// neither the order of the pictures nor what is said about them.
func TestVerifyAll(t *testing.T) {
	whole, err := os.ReadFile("../../../testdata/jpeg/gray-peacock.jpg")
	if err != nil {
		t.Fatal(err)
	}
	lost := slices.Concat(whole[:900], whole[1100:])
	empty := []byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9")
	const many = 100
	var log strings.Builder
	damaged := 0
	for i := range many {
		picture := base64.StdEncoding.EncodeToString(whole)
		switch i % 7 {
		case 2:
			picture = base64.StdEncoding.EncodeToString(empty)
		case 3, 4:
			damaged++
			picture = base64.StdEncoding.EncodeToString(lost)
		case 5:
			picture = base64.StdEncoding.EncodeToString(whole[:1200])
		case 6:
			picture = ""
		}
		fmt.Fprintf(&log, `{"values":{"devMac":"5CC5638AE24C","devName":"gate %d","other%d":"x"},"file":"%d.jpg","image":"%s"}`+"\n", i, i, i, picture)
	}
	t.Chdir(t.TempDir())
	decode := func(dir string, o Options) string {
		t.Helper()
		o.All, o.Output.JSON = dir, true
		var out bytes.Buffer
		err := Decode(t.Context(), app.NewEnv(strings.NewReader(log.String()), &out, io.Discard), o, []string{"-"})
		if app.ExitCode(err) != app.Damaged {
			t.Errorf("error %v", err)
		}
		return strings.ReplaceAll(out.String(), dir+"/", "")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	want, got := decode("plain", Options{}), decode("verified", Options{Verify: true})
	rows := regexp.MustCompile(`,"\d+ of 75 rows of pixels are there [^"]*"|,"warnings":\["\d+ of 75 rows of pixels are there [^"]*"\]`)
	if n := len(rows.FindAllString(got, -1)); n < damaged {
		t.Errorf("%d pictures have rows missing, want at least %d", n, damaged)
	}
	if got := rows.ReplaceAllString(got, ""); got != want {
		t.Errorf("with --verify\n%s\nwithout\n%s", got, want)
	}
	complete := decode("complete", Options{Verify: true, Strict: true})
	if n, whole := strings.Count(complete, `"output":`), (many+6)/7+(many+5)/7; n != whole {
		t.Errorf("--complete writes %d pictures, want %d", n, whole)
	}
	if left, err := os.ReadDir("complete"); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
