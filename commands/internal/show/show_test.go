package show

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	stdjpeg "image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/mattn/go-sixel"
	"golang.org/x/image/draw"
)

func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for _, p := range pairs {
			if value, ok := strings.CutPrefix(p, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

func TestDetect(t *testing.T) {
	for _, tt := range []struct {
		env  string
		want Form
	}{
		{"TERM=xterm-256color", Blocks},
		{"TERM=linux", Blocks},
		{"", Blocks},
		{"TERM=xterm-kitty", Kitty},
		{"TERM=xterm-256color KITTY_WINDOW_ID=1", Kitty},
		{"TERM=xterm-ghostty", Kitty},
		{"TERM=xterm-256color TERM_PROGRAM=iTerm.app", ITerm2},
		{"TERM=xterm-256color TERM_PROGRAM=WezTerm", ITerm2},
		{"TERM=foot", Sixel},
		{"TERM=foot-extra", Sixel},
		{"TERM=mlterm", Sixel},
		{"TERM=dumb", Off},
		{"TERM=xterm-kitty NO_COLOR=1", Off},
		{"TERM=xterm-kitty TMUX=/tmp/tmux-0/default,1,0", Blocks},
		{"TERM=screen-256color KITTY_WINDOW_ID=1", Blocks},
		{"TERM=tmux-256color TERM_PROGRAM=tmux", Blocks},
		{"TERM=xterm-256color STY=1.pts-0.host ITERM_SESSION_ID=w0", Blocks},
	} {
		if got := Detect(environment(strings.Fields(tt.env)...)); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.env, got, tt.want)
		}
	}
	if s := NewScreen(Off, 80, 24, environment()); s != nil {
		t.Error("a screen that is off shows something")
	}
}

// TestFit scales any picture into any window. The result is never larger than the window,
// and keeps the aspect of the picture as far as the size of a cell allows.
func TestFit(t *testing.T) {
	for _, form := range []Form{Sixel, Blocks} {
		for _, size := range [][2]int{{1920, 1080}, {1080, 1920}, {640, 480}, {100, 75}, {16000, 8}, {8, 16000}, {1, 1}, {65535, 65535}} {
			for _, window := range [][2]int{{80, 24}, {40, 12}, {200, 60}, {1, 1}, {0, 0}} {
				s := NewScreen(form, window[0], window[1], environment())
				columns, rows := s.fit(size[0], size[1])
				if columns < 1 || rows < 1 || columns > s.columns || rows > s.rows {
					t.Errorf("%v in %v: %d columns, %d rows", size, window, columns, rows)
				}
				if columns < 4 || rows < 4 {
					continue
				}
				want, got := float64(size[0])/float64(size[1]), float64(columns*cellWidth)/float64(rows*cellHeight)
				if off := got / want; off < 0.85 || off > 1.18 {
					t.Errorf("%v in %v: %d columns, %d rows: the aspect is %.2f of the picture's", size, window, columns, rows, off)
				}
			}
		}
	}
}

// TestForms decodes the output, and compares it with the picture.
func TestForms(t *testing.T) {
	for _, name := range []string{"baseline-peacock", "cmyk-video001", "gray-peacock", "progressive-peacock", "restart-video001", "exif-thumb-hibiscus"} {
		picture := readPicture(t, name)
		want, err := stdjpeg.Decode(bytes.NewReader(picture))
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			form   Form
			env    string
			most   float64 // of the mean difference
			decode func(*testing.T, []byte) image.Image
		}{
			{Kitty, "", 2, decodeKitty},
			{Sixel, "", 12, decodeSixel}, // which has 255 colors
			{Blocks, "COLORTERM=truecolor", 2, decodeBlocks},
			{Blocks, "TERM=xterm-256color", 20, decodeBlocks},
		} {
			t.Run(fmt.Sprint(name, " ", tt.form, tt.env), func(t *testing.T) {
				s := NewScreen(tt.form, 80, 24, environment(tt.env))
				got := tt.decode(t, s.mustDraw(t, picture))
				b := got.Bounds()
				if ratio := float64(b.Dx()) * float64(want.Bounds().Dy()) / float64(b.Dy()) / float64(want.Bounds().Dx()); ratio < 0.85 || ratio > 1.18 {
					t.Errorf("%v of a picture of %v", b, want.Bounds())
				}
				if d := difference(got, scale(want, b.Dx(), b.Dy())); d > tt.most {
					t.Errorf("a mean difference of %.1f, and %.1f at most is meant", d, tt.most)
				}
			})
		}
		t.Run(name+" iterm2", func(t *testing.T) {
			out := NewScreen(ITerm2, 80, 24, environment()).mustDraw(t, picture)
			m := regexp.MustCompile(`^\x1b\]1337;File=size=(\d+);width=(\d+);height=(\d+);inline=1:([A-Za-z0-9+/=]+)\x07\n$`).FindSubmatch(out)
			if m == nil {
				t.Fatalf("%.80q", out)
			}
			if got, err := base64.StdEncoding.DecodeString(string(m[4])); err != nil || !bytes.Equal(got, picture) {
				t.Errorf("the picture is another one: %v", err)
			}
		})
	}
}

// TestOtherFormats checks that a PNG, a GIF and a WebP are shown, and that the error says why a
// damaged picture and a huge one are not.
func TestOtherFormats(t *testing.T) {
	want, err := stdjpeg.Decode(bytes.NewReader(readPicture(t, "exif-thumb-hibiscus")))
	if err != nil {
		t.Fatal(err)
	}
	var asPNG, asGIF bytes.Buffer
	if err := errors.Join(png.Encode(&asPNG, want), gif.Encode(&asGIF, want, nil)); err != nil {
		t.Fatal(err)
	}
	webp, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "jpeg", "lossy-video001.webp"))
	if err != nil {
		t.Fatal(err)
	}
	video, err := stdjpeg.Decode(bytes.NewReader(readPicture(t, "restart-video001")))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		picture []byte
		want    image.Image
	}{"PNG": {asPNG.Bytes(), want}, "GIF": {asGIF.Bytes(), want}, "WebP": {webp, video}} {
		picture, want := tt.picture, tt.want
		got := decodeBlocks(t, NewScreen(Blocks, 80, 24, environment("COLORTERM=truecolor")).mustDraw(t, picture))
		if d := difference(got, scale(want, got.Bounds().Dx(), got.Bounds().Dy())); d > 12 {
			t.Errorf("%s: a mean difference of %.1f", name, d)
		}
		if out := NewScreen(ITerm2, 80, 24, environment()).mustDraw(t, picture); !bytes.Contains(out, []byte(";width=")) {
			t.Errorf("%s: iTerm2 is told no size", name)
		}
	}
	huge := bytes.Clone(asPNG.Bytes()[:33])
	copy(huge[16:], "\x00\x01\x00\x00\x00\x01\x00\x00")
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	for _, tt := range []struct{ name, picture, want string }{
		{"damaged WebP", string(webp[:len(webp)/2]), "unexpected EOF"},
		{"WebP without a frame", "RIFF\x10\x00\x00\x00WEBPVP8 \x00\x00\x00\x00", "EOF"},
		{"huge WebP", "RIFF\x16\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\xff\x3f\x00\xff\x3f\x00", "16384 times 16384 pixels"},
		{"huge frame in a small WebP", "RIFF\x2a\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\x0f\x00\x00\x0f\x00\x00VP8L\x06\x00\x00\x00\x2f\xff\xff\xff\x0f\x00", "invalid format"},
		{"damaged PNG", asPNG.String()[:asPNG.Len()/2], "not enough pixel data"},
		{"damaged GIF", asGIF.String()[:asGIF.Len()/2], "not enough image data"},
		{"huge PNG", string(huge), "65536 times 65536 pixels"},
	} {
		var b bytes.Buffer
		err := NewScreen(Blocks, 80, 24, environment()).Draw(&b, []byte(tt.picture))
		if err == nil || !strings.Contains(err.Error(), tt.want) || b.Len() > 0 {
			t.Errorf("%s: %v, %d bytes written", tt.name, err, b.Len())
		}
	}
}

// TestDrawCut checks that the existing rows of a cut picture are shown.
func TestDrawCut(t *testing.T) {
	picture := readPicture(t, "truncated-peacock")
	m := decodeBlocks(t, NewScreen(Blocks, 80, 40, environment("COLORTERM=24bit")).mustDraw(t, picture))
	if m.Bounds().Dx() < 20 || m.Bounds().Dy() < 4 {
		t.Errorf("only %v of it is shown", m.Bounds())
	}
}

// TestDrawNothing checks that the error says why a picture cannot be shown, and that
// nothing is written.
func TestDrawNothing(t *testing.T) {
	huge := bytes.Clone(readPicture(t, "baseline-peacock"))
	i := bytes.Index(huge, []byte{0xFF, 0xC0})
	copy(huge[i+5:], "\xFF\xFF\xFF\xFF")
	for _, tt := range []struct {
		name    string
		picture []byte
		want    string
	}{
		{"nothing", nil, "it has no frame"},
		{"text", []byte("no picture at all"), "it has no frame"},
		{"a frame of four gigapixels", huge, "pixels"},
		{"no scan", huge[:i], "it has no frame"},
	} {
		for _, form := range []Form{Kitty, Sixel, Blocks} {
			var b bytes.Buffer
			err := NewScreen(form, 80, 24, environment()).Draw(&b, tt.picture)
			if err == nil || !strings.Contains(err.Error(), tt.want) || b.Len() > 0 {
				t.Errorf("%s as %s: %v, %d bytes written", tt.name, form, err, b.Len())
			}
		}
	}
}

// TestScale compares with a scaler that takes all pixels into account.
func TestScale(t *testing.T) {
	for _, name := range []string{"baseline-peacock", "cmyk-video001", "gray-peacock", "exif-thumb-hibiscus"} {
		m, err := stdjpeg.Decode(bytes.NewReader(readPicture(t, name)))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []int{1, 2, 3, 5} {
			want := image.NewRGBA(image.Rect(0, 0, m.Bounds().Dx()/part, m.Bounds().Dy()/part))
			draw.BiLinear.Scale(want, want.Bounds(), m, m.Bounds(), draw.Src, nil)
			if d := difference(scale(m, want.Bounds().Dx(), want.Bounds().Dy()), want); d > 6 {
				t.Errorf("%s, 1/%d: a mean difference of %.1f", name, part, d)
			}
		}
	}
}

func TestDrawWide(t *testing.T) {
	var b bytes.Buffer
	if err := stdjpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 16000, 16)), nil); err != nil {
		t.Fatal(err)
	}
	for _, form := range []Form{Kitty, Sixel, Blocks, ITerm2} {
		NewScreen(form, 80, 24, environment()).mustDraw(t, b.Bytes())
	}
}

func (s *Screen) mustDraw(t *testing.T, picture []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.Draw(&b, picture); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readPicture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "jpeg", name+".jpg"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// difference returns the mean difference of two images of the same size.
func difference(a, b image.Image) float64 {
	sum, n := 0.0, 0
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			p := color.RGBAModel.Convert(a.At(a.Bounds().Min.X+x, a.Bounds().Min.Y+y)).(color.RGBA)
			q := color.RGBAModel.Convert(b.At(b.Bounds().Min.X+x, b.Bounds().Min.Y+y)).(color.RGBA)
			for _, d := range [3]int{int(p.R) - int(q.R), int(p.G) - int(q.G), int(p.B) - int(q.B)} {
				sum += float64(max(d, -d))
				n++
			}
		}
	}
	return sum / float64(n)
}

func decodeKitty(t *testing.T, out []byte) image.Image {
	t.Helper()
	var payload []byte
	var width, height int
	for i, m := range regexp.MustCompile(`\x1b_G([^;]*);?([^\x1b]*)\x1b\\`).FindAllSubmatch(out, -1) {
		if len(m[2]) > 4096 {
			t.Errorf("a chunk of %d bytes", len(m[2]))
		}
		if i == 0 {
			options := environment(strings.Split(string(m[1]), ",")...)
			width, _ = strconv.Atoi(options("s"))
			height, _ = strconv.Atoi(options("v"))
			if options("a") != "T" || options("o") != "z" || options("q") != "2" || options("c") == "" {
				t.Errorf("the options are %s", m[1])
			}
		}
		payload = append(payload, m[2]...)
	}
	packed, err := base64.StdEncoding.DecodeString(string(payload))
	if err != nil {
		t.Fatal(err)
	}
	z, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	pixels, err := io.ReadAll(z)
	if err != nil || len(pixels) != 3*width*height {
		t.Fatalf("%v, %d bytes for %dx%d", err, len(pixels), width, height)
	}
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		m.SetRGBA(i%width, i/width, color.RGBA{pixels[3*i], pixels[3*i+1], pixels[3*i+2], 0xFF})
	}
	return m
}

func decodeSixel(t *testing.T, out []byte) image.Image {
	t.Helper()
	var m image.Image
	if err := sixel.NewDecoder(bytes.NewReader(out)).Decode(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

// decodeBlocks reads half blocks and their colors.
func decodeBlocks(t *testing.T, out []byte) image.Image {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	m := image.NewRGBA(image.Rect(0, 0, strings.Count(lines[0], "▀"), 2*len(lines)))
	token := regexp.MustCompile(`\x1b\[([\d;]*)m|▀`)
	for row, line := range lines {
		if rest := token.ReplaceAllString(line, ""); rest != "" {
			t.Fatalf("row %d has %q", row, rest)
		}
		column := 0
		var colors [2]color.Color
		for _, found := range token.FindAllStringSubmatch(line, -1) {
			if found[0] == "▀" {
				m.Set(column, 2*row, colors[0])
				m.Set(column, 2*row+1, colors[1])
				column++
				continue
			}
			var n []int
			for _, text := range strings.Split(found[1], ";") {
				v, _ := strconv.Atoi(text)
				n = append(n, v)
			}
			switch {
			case len(n) == 5 && n[1] == 2:
				colors[(n[0]-38)/10] = color.RGBA{uint8(n[2]), uint8(n[3]), uint8(n[4]), 0xFF}
			case len(n) == 3 && n[1] == 5:
				colors[(n[0]-38)/10] = xterm(n[2])
			case len(n) != 1 || n[0] != 0:
				t.Fatalf("the color %v", n)
			}
		}
		if column != m.Bounds().Dx() {
			t.Errorf("row %d has %d columns, not %d", row, column, m.Bounds().Dx())
		}
	}
	return m
}

// xterm returns one of the 256 colors: 16 that the user chooses, a cube, and grays.
func xterm(n int) color.Color {
	level := func(i int) uint8 { return [6]uint8{0, 95, 135, 175, 215, 255}[i] }
	if n >= 232 {
		v := uint8(8 + 10*(n-232))
		return color.RGBA{v, v, v, 0xFF}
	}
	n -= 16
	return color.RGBA{level(n / 36), level(n / 6 % 6), level(n % 6), 0xFF}
}

// BenchmarkDraw draws a picture of 1920x1080 into a window of 160x48.
func BenchmarkDraw(b *testing.B) {
	small, err := stdjpeg.Decode(bytes.NewReader(readPicture(b, "baseline-peacock")))
	if err != nil {
		b.Fatal(err)
	}
	var picture bytes.Buffer
	if err := stdjpeg.Encode(&picture, scale(small, 1920, 1080), nil); err != nil {
		b.Fatal(err)
	}
	for _, form := range []Form{Kitty, ITerm2, Sixel, Blocks} {
		b.Run(string(form), func(b *testing.B) {
			s := NewScreen(form, 160, 48, environment("COLORTERM=truecolor"))
			for b.Loop() {
				if err := s.Draw(io.Discard, picture.Bytes()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
