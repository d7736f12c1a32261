package show

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/gif" // image.Decode reads GIF, PNG and WebP, too
	_ "image/png"
	"io"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/ansi/iterm2"
	"github.com/charmbracelet/x/ansi/kitty"
	"github.com/mattn/go-sixel"
	_ "golang.org/x/image/webp"

	"mqtool/codec/jpeg"
)

// cellWidth and cellHeight are the pixels of a character cell. Terminals tell their cell
// size only in answer to a query. Most cells are larger, so a picture fits.
const (
	cellWidth  = 8
	cellHeight = 16
)

// belowPicture is how many rows of the window stay free for the text about the picture.
const belowPicture = 4

// A Screen is a window that shows pictures.
type Screen struct {
	form          Form
	columns, rows int
	allColors     bool
}

// NewScreen returns a window with a number of columns and rows that shows pictures in a
// form. For Auto the environment decides the form. NewScreen returns nil if no pictures
// are shown.
func NewScreen(form Form, columns, rows int, getenv func(string) string) *Screen {
	if form == Auto {
		form = Detect(getenv)
	}
	if form == Off || form == "" {
		return nil
	}
	return &Screen{form, max(columns, 1), max(rows-belowPicture, 1), hasAllColors(getenv)}
}

// Draw writes a picture to the terminal w, not larger than its window. If the picture
// cannot be drawn, the error says why, and nothing is written.
func (s *Screen) Draw(w io.Writer, picture []byte) error {
	b := bufio.NewWriter(w)
	if err := s.draw(b, picture); err != nil {
		return err
	}
	return b.Flush()
}

func (s *Screen) draw(w *bufio.Writer, picture []byte) error {
	if s.form == ITerm2 { // iTerm2 reads pictures itself
		f := iterm2.File{Size: int64(len(picture)), Inline: true, Content: base64.StdEncoding.AppendEncode(nil, picture)}
		if c, _, err := image.DecodeConfig(bytes.NewReader(picture)); err == nil && c.Width > 0 && c.Height > 0 {
			columns, rows := s.fit(c.Width, c.Height)
			f.Width, f.Height = iterm2.Cells(columns), iterm2.Cells(rows)
		}
		_, err := w.WriteString(ansi.ITerm2(f) + "\n")
		return err
	}
	m, err := decode(picture)
	if err != nil {
		return err
	}
	columns, rows := s.fit(m.Bounds().Dx(), m.Bounds().Dy())
	switch s.form {
	case Kitty:
		o := kitty.Options{
			Action: kitty.TransmitAndPut, Transmission: kitty.Direct, Quiet: 2, Chunk: true,
			Format: kitty.RGB, Compression: kitty.Zlib, Columns: columns, Rows: rows,
		}
		small := scale(m, columns*cellWidth, rows*cellHeight)
		o.ImageWidth, o.ImageHeight = small.Bounds().Dx(), small.Bounds().Dy()
		if err := kitty.EncodeGraphics(w, small, &o); err != nil {
			return err
		}
		return w.WriteByte('\n')
	case Sixel:
		if err := sixel.NewEncoder(w).Encode(scale(m, columns*cellWidth, rows*cellHeight)); err != nil {
			return err
		}
		return w.WriteByte('\n')
	}
	s.blocks(w, scale(m, columns, 2*rows))
	return nil
}

// decode decodes the pixels of a picture. Of an animated GIF it decodes the first image.
func decode(picture []byte) (image.Image, error) {
	at, format := jpeg.FindOther(picture)
	if format == "" || at > 0 {
		m, found := jpeg.Decode(picture)
		if m == nil {
			return nil, errors.New(cmp.Or(found.Refused, found.Trouble()))
		}
		return m, nil
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(picture))
	switch {
	case err != nil:
		return nil, cannotDecode(format, err)
	case c.Width == 0 || c.Height == 0 || c.Width > jpeg.MaxPixels/c.Height:
		return nil, fmt.Errorf("it has %d times %d pixels", c.Width, c.Height)
	}
	m, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, cannotDecode(format, err)
	}
	return m, nil
}

func cannotDecode(format string, err error) error {
	return fmt.Errorf("the %s cannot be decoded: %w", format, err)
}

// fit returns how many cells a picture with a number of pixels takes: as many as the
// window has, or fewer for a picture with fewer pixels.
func (s *Screen) fit(width, height int) (columns, rows int) {
	most := width // a block is one pixel wide
	if s.form != Blocks {
		most = (width + cellWidth - 1) / cellWidth
	}
	columns = min(s.columns, most)
	rows = cellsHigh(columns, width, height)
	if rows > s.rows {
		rows = s.rows
		columns = max(1, rows*cellHeight*width/height/cellWidth)
	}
	return min(columns, s.columns), rows
}

// cellsHigh returns how many rows a picture has that is a number of columns wide.
func cellsHigh(columns, width, height int) int {
	return max(1, (columns*cellWidth*height+width*cellHeight/2)/(width*cellHeight))
}

// samples is how many pixels of a picture in each direction make a pixel on the screen. With
// fewer, thin things such as wires are in pieces; more change little that is seen.
const samples = 3

// scale returns an image scaled to a size, in which each pixel is the mean of pixels that are
// spread over its part of the picture. It reads the picture row by row, because all of a large
// one would take as much memory again.
func scale(m image.Image, width, height int) *image.RGBA {
	from := m.Bounds()
	row := image.NewRGBA(image.Rect(0, 0, from.Dx(), 1))
	sums := make([][4]int, width)
	small := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		clear(sums)
		for i := range samples {
			draw.Draw(row, row.Rect, m, image.Pt(from.Min.X, from.Min.Y+middle(samples*y+i, samples*height, from.Dy())), draw.Src)
			for j := range samples * width {
				pixel := row.Pix[4*middle(j, samples*width, from.Dx()):]
				for k := range 4 {
					sums[j/samples][k] += int(pixel[k])
				}
			}
		}
		for x, sum := range sums {
			for k := range 4 {
				small.Pix[small.PixOffset(x, y)+k] = uint8(sum[k] / (samples * samples))
			}
		}
	}
	return small
}

// middle returns which of a number of pixels is in the middle of one of several equal parts.
func middle(part, parts, pixels int) int { return (2*part + 1) * pixels / (2 * parts) }

// blocks writes two rows of pixels as one row of characters. The upper pixel is the color
// of a half block, the lower one its background.
func (s *Screen) blocks(w *bufio.Writer, m *image.RGBA) {
	bounds := m.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y += 2 {
		var before [2]color.RGBA // the colors in use; with A 0 there are none
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			cell := [2]color.RGBA{m.RGBAAt(x, y), m.RGBAAt(x, y+1)}
			for i, lead := range [2]string{"38", "48"} {
				if cell[i] != before[i] {
					s.color(w, lead, cell[i])
				}
			}
			before = cell
			w.WriteString("▀") //nolint:errcheck // Flush tells
		}
		w.WriteString("\x1b[m\n") //nolint:errcheck // Flush tells
	}
}

// color sets the color of the characters (38) or of their background (48).
func (s *Screen) color(w io.Writer, lead string, c color.RGBA) {
	if s.allColors {
		fmt.Fprintf(w, "\x1b[%s;2;%d;%d;%dm", lead, c.R, c.G, c.B)
		return
	}
	fmt.Fprintf(w, "\x1b[%s;5;%dm", lead, ansi.Convert256(c))
}
