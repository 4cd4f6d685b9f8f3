package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"unicode/utf8"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// Size of a preview, in pixels: what Open Graph readers crop least.
const (
	PreviewWidth  = 1200
	PreviewHeight = 630
)

// Preview is what a preview says.
type Preview struct {
	Site   string // name of the server
	Host   string // its address
	Kicker string // what it is and where it stands
	Title  string
	Facts  string // numbers
}

// The colours of static/files/look.css, in the light.
var (
	paper  = color.RGBA{0xfa, 0xf8, 0xf3, 0xff}
	ink    = color.RGBA{0x1c, 0x1b, 0x20, 0xff}
	ink2   = color.RGBA{0x55, 0x52, 0x5c, 0xff}
	line   = color.RGBA{0xdd, 0xd8, 0xcb, 0xff}
	signal = color.RGBA{0xc4, 0x32, 0x0a, 0xff}
)

// Painter draws previews. It is safe for concurrent use.
type Painter struct {
	regular, bold *opentype.Font
	mark          image.Image
}

// NewPainter returns a painter; mark is the PNG of the square that stands beside
// the server's name.
func NewPainter(mark []byte) (*Painter, error) {
	regular, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, err
	}
	bold, err := opentype.Parse(gobold.TTF)
	if err != nil {
		return nil, err
	}
	square, err := png.Decode(bytes.NewReader(mark))
	if err != nil {
		return nil, err
	}
	return &Painter{regular: regular, bold: bold, mark: square}, nil
}

const (
	margin    = 72
	textWidth = PreviewWidth - 2*margin
	markSize  = 64
	titleTop  = 218
	titleEnd  = 500 // lowest edge of the title
	footLine  = 528
)

// titleSizes are tried in turn until the title fits.
var titleSizes = []float64{76, 66, 58, 50, 44}

// Preview draws a preview as PNG. What the font has no letters for is left out.
func (p *Painter) Preview(say Preview) ([]byte, error) {
	canvas := image.NewRGBA(image.Rect(0, 0, PreviewWidth, PreviewHeight))
	fill(canvas, canvas.Bounds(), paper)
	fill(canvas, image.Rect(0, 0, PreviewWidth, 12), signal)
	draw.CatmullRom.Scale(canvas, image.Rect(margin, 52, margin+markSize, 52+markSize), p.mark, p.mark.Bounds(), draw.Over, nil)
	fill(canvas, image.Rect(margin, footLine, PreviewWidth-margin, footLine+2), line)
	fill(canvas, image.Rect(margin, footLine+5, PreviewWidth-margin, footLine+7), line)

	write := func(f *opentype.Font, size float64, c color.Color, x, y, width int, text string) error {
		pen, err := newPen(f, size)
		if err != nil {
			return err
		}
		defer pen.close()
		if lines := pen.wrap(pen.legible(text), width, 1); len(lines) > 0 {
			pen.write(canvas, c, x, y, lines[0])
		}
		return nil
	}
	host := min(len(say.Host)*17, textWidth/2) // about what it takes, so that the numbers end before it
	for _, err := range []error{
		write(p.bold, 36, ink, margin+markSize+20, 97, textWidth-markSize-20, say.Site),
		write(p.bold, 30, signal, margin, 184, textWidth, say.Kicker),
		write(p.regular, 30, ink2, margin, 584, textWidth-host, say.Facts),
		p.right(canvas, say.Host),
		p.title(canvas, say.Title),
	} {
		if err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	err := png.Encode(&out, canvas)
	return out.Bytes(), err
}

// right writes the host at the lower right.
func (p *Painter) right(canvas draw.Image, host string) error {
	pen, err := newPen(p.regular, 30)
	if err != nil {
		return err
	}
	defer pen.close()
	lines := pen.wrap(pen.legible(host), textWidth/2, 1)
	if len(lines) > 0 {
		pen.write(canvas, ink2, PreviewWidth-margin-pen.width(lines[0]), 584, lines[0])
	}
	return nil
}

// title writes the title as large as it fits.
func (p *Painter) title(canvas draw.Image, title string) error {
	for i, size := range titleSizes {
		pen, err := newPen(p.bold, size)
		if err != nil {
			return err
		}
		step := int(size * 1.18)
		room := (titleEnd - titleTop) / step
		lines := pen.wrap(pen.legible(title), textWidth, room+1)
		if len(lines) > room && i < len(titleSizes)-1 {
			pen.close()
			continue
		}
		lines = pen.wrap(pen.legible(title), textWidth, room)
		for n, text := range lines {
			pen.write(canvas, ink, margin, titleTop+n*step+int(size*.78), text)
		}
		pen.close()
		return nil
	}
	return nil
}

func fill(canvas draw.Image, where image.Rectangle, c color.Color) {
	draw.Draw(canvas, where, image.NewUniform(c), image.Point{}, draw.Src)
}

// pen writes with one font in one size. It is not safe for concurrent use.
type pen struct {
	font   *opentype.Font
	face   font.Face
	buffer sfnt.Buffer
}

func newPen(f *opentype.Font, size float64) (*pen, error) {
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	return &pen{font: f, face: face}, err
}

func (p *pen) close() { _ = p.face.Close() }

// maxLetters is more than any preview shows.
const maxLetters = 500

// legible is a text without what the font cannot write: nothing, when that is
// most of it.
func (p *pen) legible(s string) string {
	var out strings.Builder
	lost, kept := 0, 0
	for _, r := range s {
		if kept == maxLetters {
			break
		}
		index, err := p.font.GlyphIndex(&p.buffer, r)
		switch {
		case r == ' ' || r == '\u00a0' || r == '\u202f':
			out.WriteByte(' ')
		case err != nil || index == 0:
			lost++
		default:
			out.WriteRune(r)
			kept++
		}
	}
	if lost > kept {
		return ""
	}
	return out.String()
}

func (p *pen) width(s string) int { return font.MeasureString(p.face, s).Ceil() }

// wrap breaks a text into at most max lines of a width; the last one ends in an
// ellipsis where there is more.
func (p *pen) wrap(s string, width, max int) []string {
	var lines []string
	current := ""
	for _, word := range strings.Fields(s) {
		if next := strings.TrimSpace(current + " " + word); p.width(next) <= width {
			current = next
			continue
		}
		if current != "" {
			lines = append(lines, current)
		}
		for word != "" && p.width(word) > width { // longer than a line
			head := p.fit(word, width)
			lines, word = append(lines, head), word[len(head):]
		}
		current = word
	}
	if current != "" {
		lines = append(lines, current)
	}
	if len(lines) > max {
		lines = lines[:max]
		last := lines[max-1]
		for last != "" && p.width(last+"…") > width {
			_, size := utf8.DecodeLastRuneInString(last)
			last = strings.TrimSpace(last[:len(last)-size])
		}
		lines[max-1] = last + "…"
	}
	return lines
}

// fit is the longest beginning of a word that is no wider than width, and at
// least one letter.
func (p *pen) fit(word string, width int) string {
	end := 0
	for i, r := range word {
		next := i + len(string(r))
		if end > 0 && p.width(word[:next]) > width {
			break
		}
		end = next
	}
	return word[:end]
}

func (p *pen) write(canvas draw.Image, c color.Color, x, y int, s string) {
	d := font.Drawer{Dst: canvas, Src: image.NewUniform(c), Face: p.face, Dot: fixed.P(x, y)}
	d.DrawString(s)
}
