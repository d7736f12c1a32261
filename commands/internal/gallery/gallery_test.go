package gallery

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mqtool/commands/internal/app"
	"mqtool/commands/internal/browsertest"
)

// hostile is the name of a folder as an attacker may choose it in order to run a script.
const hostile = `a b%23#?<img src=x onerror=alert(1)>&"'`

// pictureFile is a JPEG of 100x75.
func pictureFile(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "jpeg", "baseline-peacock.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// pngFile is a PNG of 100x75.
func pngFile(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 100, 75))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// album makes a directory with n pictures of each of some cameras, one an hour, and with
// files that are not pictures.
func album(t testing.TB, n int, cameras ...string) string {
	t.Helper()
	dir := t.TempDir()
	picture := pictureFile(t)
	start := time.Date(2026, 10, 1, 0, 30, 0, 0, time.UTC)
	for _, c := range cameras {
		if err := os.MkdirAll(filepath.Join(dir, c, "deeper"), 0o777); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			name := start.Add(time.Duration(i)*time.Hour).Format("2006-01-02T150405Z") + "-x.jpg"
			write(t, filepath.Join(dir, c, name), picture)
		}
		write(t, filepath.Join(dir, c, ".hidden.jpg"), picture)
		write(t, filepath.Join(dir, c, "notes.txt"), []byte("no picture"))
		write(t, filepath.Join(dir, c, "deeper", "2026-10-01T003000Z.jpg"), picture)
	}
	return dir
}

func write(t testing.TB, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// run makes a gallery and returns what it reports.
func run(t *testing.T, o Options, dir string) (said string, err error) {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	var b bytes.Buffer
	err = Make(t.Context(), app.NewEnv(strings.NewReader(""), &b, &b), o, []string{dir})
	return b.String(), err
}

func TestPage(t *testing.T) {
	dir := album(t, 30, "1CC31660025E", hostile)
	err := errors.Join(
		os.Symlink("/etc/passwd", filepath.Join(dir, "1CC31660025E", "2026-10-01T000000Z-link.jpg")),
		os.Symlink(t.TempDir(), filepath.Join(dir, "elsewhere")),
	)
	if err != nil {
		t.Fatal(err)
	}
	said, err := run(t, Options{}, dir)
	if err != nil || !strings.Contains(said, ": 2 links left out") || !strings.Contains(said, "index.html: 60 pictures of 2 cameras on 2 days") {
		t.Fatalf("%q, %v", said, err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	if n := strings.Count(page, `<img loading="lazy"`); n != 60 {
		t.Errorf("%d pictures", n)
	}
	for _, not := range []string{"<img src=x", "ZgotmplZ", "passwd", ".hidden.jpg", "deeper"} {
		if strings.Contains(page, not) {
			t.Errorf("the page has %q", not)
		}
	}
	if _, err := run(t, Options{}, dir); err != nil {
		t.Errorf("a page of ours is not replaced: %v", err)
	}
}

func TestRefused(t *testing.T) {
	dir := album(t, 2, "1CC31660025E", "5CC5638AE24C")
	other := filepath.Join(t.TempDir(), "other.html")
	write(t, other, []byte("<!DOCTYPE html>\n<p>somebody's own page, which is longer than the mark"))
	for _, tt := range []struct {
		o    Options
		want string
	}{
		{Options{Output: other}, "is not a gallery of mqtool"},
		{Options{Output: dir}, "it is a directory"},
		{Options{Day: "28.11.2026"}, "a day is written as"},
		{Options{Day: "2020-01-01"}, "no picture of 2020-01-01"},
		{Options{AVI: "x.avi", Output: "y.html"}, "does not go with"},
		{Options{AVI: filepath.Join(t.TempDir(), "x.avi")}, "pictures of 2 cameras"},
	} {
		if _, err := run(t, tt.o, dir); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %q", tt.o, err, tt.want)
		}
	}
	if b, err := os.ReadFile(other); err != nil || !strings.Contains(string(b), "own page") {
		t.Error("somebody's page was replaced")
	}
	if _, err := run(t, Options{}, t.TempDir()); err == nil || !strings.Contains(err.Error(), "there is no picture") {
		t.Errorf("an empty directory: %v", err)
	}
}

func TestEmbed(t *testing.T) {
	dir := album(t, 3, "1CC31660025E")
	name := filepath.Join(t.TempDir(), "mail.html")
	if _, err := run(t, Options{Embed: true, Output: name}, dir); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(name)
	if err != nil || strings.Count(string(b), `src="data:image/jpeg;base64,/9j/`) != 3 {
		t.Errorf("%v, %.300s", err, b)
	}
	write(t, filepath.Join(dir, "1CC31660025E", "large.jpg"), make([]byte, maxEmbedded+1))
	if _, err := run(t, Options{Embed: true, Output: name}, dir); err == nil || !strings.Contains(err.Error(), "choose one --day") {
		t.Errorf("a page that no mail takes: %v", err)
	}
}

// TestAVI checks that the frames of a film are the unchanged pictures.
func TestAVI(t *testing.T) {
	dir := album(t, 5, "1CC31660025E")
	if err := os.RemoveAll(filepath.Join(dir, "1CC31660025E", "deeper")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "1CC31660025E", "2026-10-01T020000Z-cut.jpg"), pictureFile(t)[:20])
	film := filepath.Join(t.TempDir(), "film.avi")
	said, err := run(t, Options{AVI: film}, filepath.Join(dir, "1CC31660025E"))
	if err != nil || !strings.Contains(said, "film.avi: 5 pictures, 10 a second; 1 picture of another size, or damaged, left out") {
		t.Fatalf("%q, %v", said, err)
	}
	b, err := os.ReadFile(film)
	if err != nil {
		t.Fatal(err)
	}
	frames, picture := 0, pictureFile(t)
	for i := bytes.Index(b, []byte("movi")) + 4; i+8 <= len(b) && string(b[i:i+4]) == "00dc"; frames++ {
		size := int(binary.LittleEndian.Uint32(b[i+4:]))
		if !bytes.HasPrefix(b[i+8:i+8+size], picture) || size > len(picture)+1 {
			t.Errorf("frame %d is another picture, of %d bytes", frames, size)
		}
		i += 8 + size + size%2
	}
	if frames != 5 {
		t.Errorf("%d frames", frames)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(film), ".mqtool*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestOtherFormats checks that the page shows all saved pictures, and that a film, which takes
// only JPEGs, says what it leaves out.
func TestOtherFormats(t *testing.T) {
	dir := filepath.Join(album(t, 2, "1CC31660025E"), "1CC31660025E")
	if err := os.RemoveAll(filepath.Join(dir, "deeper")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "2026-10-01T013000Z.png"), pngFile(t))
	write(t, filepath.Join(dir, "2026-10-01T023000Z.GIF"), []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"))
	write(t, filepath.Join(dir, "2026-10-01T033000Z.webp"), []byte("RIFF\x10\x00\x00\x00WEBPVP8 \x00\x00\x00\x00"))
	name := filepath.Join(t.TempDir(), "page.html")
	for _, tt := range []struct {
		o    Options
		want []string
	}{
		{Options{Output: name}, []string{`T013000Z.png" alt=`, `T023000Z.GIF" alt=`, `T033000Z.webp" alt=`}},
		{Options{Output: name, Embed: true}, []string{`src="data:image/png;`, `src="data:image/gif;`, `src="data:image/webp;`}},
	} {
		if said, err := run(t, tt.o, dir); err != nil || !strings.Contains(said, "5 pictures of 1 camera") {
			t.Errorf("%q, %v", said, err)
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range tt.want {
			if !strings.Contains(string(b), want) {
				t.Errorf("the page has no %s", want)
			}
		}
	}
	said, err := run(t, Options{AVI: filepath.Join(t.TempDir(), "film.avi")}, dir)
	if err != nil || !strings.Contains(said, "film.avi: 2 pictures, 10 a second; 3 pictures in another format than JPEG left out") {
		t.Errorf("%q, %v", said, err)
	}
}

// TestBrowser uses the page like a person without a mouse.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes seconds")
	}
	dir := album(t, 30, "1CC31660025E", hostile)
	oldest := filepath.Join(dir, "1CC31660025E", "2026-10-01T003000Z-x")
	if err := os.Remove(oldest + ".jpg"); err != nil {
		t.Fatal(err)
	}
	write(t, oldest+".png", pngFile(t))
	if _, err := run(t, Options{}, dir); err != nil {
		t.Fatal(err)
	}
	b := browsertest.Start(t)
	url := "file://" + filepath.ToSlash(filepath.Join(dir, "index.html"))
	for _, size := range [][2]int{{1280, 800}, {390, 844}} {
		b.Open(url, size[0], size[1])
		b.WaitFor(`document.querySelector("main img").naturalWidth == 100`)
		if got := b.Eval(`document.documentElement.scrollWidth`); got > fmt.Sprint(size[0]) && len(got) >= len(fmt.Sprint(size[0])) {
			t.Errorf("the page is %s pixels wide on a screen of %d", got, size[0])
		}
	}
	b.Eval(`document.querySelector("main a").focus()`)
	b.Press("Enter")
	b.WaitFor(`viewer.open && large.naturalWidth == 100`)
	at := func(want string) {
		t.Helper()
		b.WaitFor(fmt.Sprintf(`caption.textContent.endsWith(%q) && large.alt != ""`, want))
	}
	b.Press("Home")
	at("(1 of 60)")
	b.WaitFor(`large.src.endsWith(".png") && large.naturalWidth == 100`)
	b.Press("ArrowRight")
	at("(2 of 60)")
	b.Press("ArrowLeft")
	b.Press("ArrowLeft")
	at("(1 of 60)")
	b.Press("End")
	at("(60 of 60)")
	b.Press("Home")
	b.Press("p")
	at("(60 of 60)") // it plays to the end, and stops there
	b.WaitFor(`run.getAttribute("aria-pressed") == "false"`)
	b.Press("Escape")
	b.WaitFor(`!viewer.open && document.activeElement.closest("main") != null`)
	b.Eval(`(() => { const s = document.getElementById("camera"); s.value = "1CC31660025E"; s.dispatchEvent(new Event("change")); })()`)
	if got := b.Eval(`visible().length`); got != "30" {
		t.Errorf("%s pictures of one camera", got)
	}
	for _, c := range b.Complaints("file:") {
		t.Error(c)
	}
}

// BenchmarkPage writes a page of 10,000 pictures.
func BenchmarkPage(b *testing.B) {
	var pictures []*picture
	start := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	for i := range 10000 {
		taken := start.Add(time.Duration(i) * 10 * time.Minute)
		at := "5CC5638AE24C/" + taken.Format("2006-01-02T150405Z") + "-x.jpg"
		pictures = append(pictures, &picture{path: at, Camera: "gate", Taken: taken, Source: address(".", at)})
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := writePage(io.Discard, byDay(pictures)); err != nil {
			b.Fatal(err)
		}
	}
}
