package simulator

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mqtool/codec"
)

// A PictureSource returns the n-th picture of a camera.
type PictureSource func(mac string, n int, now time.Time) ([]byte, error)

// maxPicture is the largest picture file that is sent. Pictures of real cameras
// have about 200 KB.
const maxPicture = 16 << 20

// Pictures opens a source: "generated", a file, or a folder, whose pictures are
// sent in the order of their names.
func Pictures(name string) (PictureSource, error) {
	if name == "" || name == "generated" {
		return func(mac string, n int, now time.Time) ([]byte, error) { return Draw(mac, n, now) }, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	files := []string{name}
	if info.IsDir() {
		if files, err = pictureFiles(name); err != nil {
			return nil, err
		}
	}
	source := func(_ string, n int, _ time.Time) ([]byte, error) { return readPicture(files[n%len(files)]) }
	_, err = source("", 0, time.Time{})
	return source, err
}

func pictureFiles(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		if ext := strings.ToLower(filepath.Ext(e.Name())); !e.IsDir() && slices.Contains([]string{".jpg", ".jpeg"}, ext) {
			files = append(files, filepath.Join(folder, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no .jpg or .jpeg in %s", folder)
	}
	return files, nil
}

func readPicture(name string) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a file", name)
	case info.Size() > maxPicture:
		return nil, fmt.Errorf("%s has %d bytes, more than %d", name, info.Size(), maxPicture)
	}
	picture, err := os.ReadFile(name)
	if err == nil && !bytes.HasPrefix(picture, []byte{0xFF, 0xD8, 0xFF}) {
		err = &codec.SyntaxError{Msg: name + " is not a JPEG"}
	}
	return picture, err
}

// The size of generated pictures.
const (
	pictureWidth  = 640
	pictureHeight = 360
	horizon       = 210
	road          = 280 // y of its upper edge
)

// Draw makes a picture that a person can recognize at once. It shows a field
// with a road under the sky of that hour, a clock, and in large letters the
// time, the camera's MAC and the number of the picture.
func Draw(mac string, n int, now time.Time) ([]byte, error) {
	c := &canvas{image.NewRGBA(image.Rect(0, 0, pictureWidth, pictureHeight))}
	hour := float64(now.Hour()) + float64(now.Minute())/60
	day := math.Max(0, math.Sin((hour-6)/12*math.Pi)) // 0 at night, 1 at noon
	c.sky(day)
	c.sun(hour)
	c.hills(day)
	c.road(n, day)
	c.clock(now, 565, 75, 55)
	c.banner(12, 12, 4, now.Format("15:04:05"))
	c.banner(12, 50, 2, now.Format("2006-01-02"))
	c.banner(12, pictureHeight-40, 4, mac)
	c.banner(pictureWidth-170, pictureHeight-26, 2, fmt.Sprintf("SIMULATED #%d", n+1))
	var b bytes.Buffer
	err := jpeg.Encode(&b, c, &jpeg.Options{Quality: 80})
	// The library writes no JFIF header, but a camera's pictures begin with
	// one.
	const header, soi = 20, 2
	return slices.Concat(stub[:header], b.Bytes()[soi:]), err
}

// A canvas is a picture to draw on.
type canvas struct{ *image.RGBA }

func (c *canvas) fill(x0, y0, x1, y1 int, paint color.Color) {
	draw.Draw(c, image.Rect(x0, y0, x1, y1), image.NewUniform(paint), image.Point{}, draw.Src)
}

// mix returns a color between a and b. At share 1 it is b.
func mix(a, b color.RGBA, share float64) color.RGBA {
	part := func(x, y uint8) uint8 { return uint8(float64(x)*(1-share) + float64(y)*share) }
	return color.RGBA{part(a.R, b.R), part(a.G, b.G), part(a.B, b.B), 255}
}

func (c *canvas) sky(day float64) {
	top := mix(color.RGBA{8, 12, 40, 255}, color.RGBA{40, 110, 210, 255}, day)
	low := mix(color.RGBA{40, 40, 70, 255}, color.RGBA{190, 220, 245, 255}, day)
	for y := range horizon + 40 {
		c.fill(0, y, pictureWidth, y+1, mix(top, low, float64(y)/(horizon+40)))
	}
}

// sun draws the sun from 6:00 to 18:00, and the moon at other times.
func (c *canvas) sun(hour float64) {
	paint := color.RGBA{255, 225, 120, 255}
	share := (hour - 6) / 12
	if share < 0 || share > 1 {
		paint = color.RGBA{225, 225, 235, 255}
		share = math.Mod(hour+6, 24) / 12
	}
	c.disc(60+share*(pictureWidth-120), horizon-20-130*math.Sin(share*math.Pi), 22, paint)
}

func (c *canvas) hills(day float64) {
	for i, h := range []struct {
		length, height, shift float64
		paint                 color.RGBA
	}{
		{170, 26, 0, color.RGBA{96, 140, 110, 255}},
		{110, 18, 2, color.RGBA{70, 120, 70, 255}},
	} {
		paint := mix(color.RGBA{14, 22, 24, 255}, h.paint, 0.25+0.75*day)
		for x := range pictureWidth {
			top := horizon + 22*i - int(h.height*math.Sin(float64(x)/h.length+h.shift))
			c.fill(x, top, x+1, pictureHeight, paint)
		}
	}
}

// road draws the road, and a car whose place and color differ from picture to
// picture.
func (c *canvas) road(n int, day float64) {
	c.fill(0, road, pictureWidth, pictureHeight-44, mix(color.RGBA{30, 30, 34, 255}, color.RGBA{90, 90, 95, 255}, day))
	for x := 10; x < pictureWidth; x += 60 {
		c.fill(x, road+17, x+30, road+20, color.RGBA{220, 220, 200, 255})
	}
	paints := []color.RGBA{{200, 50, 40, 255}, {40, 90, 190, 255}, {230, 180, 40, 255}, {60, 150, 90, 255}, {230, 230, 230, 255}}
	x, paint := 40+n*113%(pictureWidth-160), paints[n%len(paints)]
	c.fill(x, road-8, x+90, road+14, paint)
	c.fill(x+20, road-26, x+70, road-8, paint)
	c.fill(x+26, road-22, x+43, road-8, color.RGBA{30, 40, 50, 255})
	c.fill(x+47, road-22, x+64, road-8, color.RGBA{30, 40, 50, 255})
	for _, wheel := range []int{20, 70} {
		c.disc(float64(x+wheel), road+14, 10, color.RGBA{20, 20, 20, 255})
		c.disc(float64(x+wheel), road+14, 4, color.RGBA{150, 150, 150, 255})
	}
}

func (c *canvas) clock(now time.Time, x, y, radius float64) {
	c.disc(x, y, radius, color.RGBA{20, 20, 20, 255})
	c.disc(x, y, radius-4, color.RGBA{250, 250, 245, 255})
	ink := color.RGBA{20, 20, 20, 255}
	for hour := range 12 {
		c.hand(x, y, float64(hour)/12, radius*0.78, radius*0.9, 2, ink)
	}
	h, m, s := now.Clock()
	minutes := float64(m) + float64(s)/60
	c.hand(x, y, (float64(h%12)+minutes/60)/12, 0, radius*0.5, 3, ink)
	c.hand(x, y, minutes/60, 0, radius*0.75, 2, ink)
	c.hand(x, y, float64(s)/60, 0, radius*0.8, 1, color.RGBA{200, 30, 30, 255})
}

// hand draws a line between two distances from a center. turn is 0 at the top
// and 1 after a whole turn.
func (c *canvas) hand(x, y, turn, from, to, width float64, paint color.Color) {
	sin, cos := math.Sincos(turn * 2 * math.Pi)
	for d := from; d <= to; d += 0.5 {
		c.disc(x+d*sin, y-d*cos, width, paint)
	}
}

func (c *canvas) disc(x, y, radius float64, paint color.Color) {
	for dy := -radius; dy <= radius; dy++ {
		half := math.Sqrt(radius*radius - dy*dy)
		row := int(math.Round(y + dy))
		c.fill(int(math.Round(x-half)), row, int(math.Round(x+half))+1, row+1, paint)
	}
}

// banner writes white text on black. scale is the size of a dot in pixels.
func (c *canvas) banner(x, y, scale int, text string) {
	c.fill(x-scale, y-scale, x+len(text)*6*scale, y+8*scale, color.Black)
	for i := range len(text) {
		for column, dots := range font[text[i]] {
			for row := range 7 {
				if dots>>row&1 == 1 {
					left, top := x+(6*i+column)*scale, y+row*scale
					c.fill(left, top, left+scale, top+scale, color.White)
				}
			}
		}
	}
}

// font has five columns of seven dots for each character, with the lowest bit
// at the top. Characters that it lacks are drawn blank.
var font = map[byte][5]byte{
	'0': {0x3E, 0x51, 0x49, 0x45, 0x3E}, '1': {0x00, 0x42, 0x7F, 0x40, 0x00}, '2': {0x42, 0x61, 0x51, 0x49, 0x46},
	'3': {0x21, 0x41, 0x45, 0x4B, 0x31}, '4': {0x18, 0x14, 0x12, 0x7F, 0x10}, '5': {0x27, 0x45, 0x45, 0x45, 0x39},
	'6': {0x3C, 0x4A, 0x49, 0x49, 0x30}, '7': {0x01, 0x71, 0x09, 0x05, 0x03}, '8': {0x36, 0x49, 0x49, 0x49, 0x36},
	'9': {0x06, 0x49, 0x49, 0x29, 0x1E}, ':': {0x00, 0x36, 0x36, 0x00, 0x00}, '-': {0x08, 0x08, 0x08, 0x08, 0x08},
	'#': {0x14, 0x7F, 0x14, 0x7F, 0x14}, 'A': {0x7E, 0x11, 0x11, 0x11, 0x7E}, 'B': {0x7F, 0x49, 0x49, 0x49, 0x36},
	'C': {0x3E, 0x41, 0x41, 0x41, 0x22}, 'D': {0x7F, 0x41, 0x41, 0x22, 0x1C}, 'E': {0x7F, 0x49, 0x49, 0x49, 0x41},
	'F': {0x7F, 0x09, 0x09, 0x09, 0x01}, 'I': {0x00, 0x41, 0x7F, 0x41, 0x00}, 'L': {0x7F, 0x40, 0x40, 0x40, 0x40},
	'M': {0x7F, 0x02, 0x0C, 0x02, 0x7F}, 'S': {0x46, 0x49, 0x49, 0x49, 0x31}, 'T': {0x01, 0x01, 0x7F, 0x01, 0x01},
	'U': {0x3F, 0x40, 0x40, 0x40, 0x3F},
}
