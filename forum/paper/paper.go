// Package paper sets documents as PDF: headings, paragraphs, tables and bars on A4
// pages, in a font that comes along, so that accents are there on every machine.
//
// It knows type and pages. What a document says, and in which language, others
// decide.
package paper

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
)

// Document is a document to be set.
type Document struct {
	Title    string
	Author   string // of the file
	Language string
	Footer   string // at the foot of every page, before its number
	At       time.Time
	Blocks   []Block
}

// Block is a part of a document, from top to bottom.
type Block interface{ set(*page) }

// Title is the heading of the whole.
type Title string

// Heading begins a part.
type Heading string

// Text is a paragraph; its line ends are kept.
type Text string

// Small is a paragraph of less weight.
type Small string

// Right is a paragraph at the right of the page, as a place and a date.
type Right string

// Gap is empty space, in millimetres.
type Gap float64

// Break begins a new page.
type Break struct{}

// Facts are labels with what they stand for.
type Facts [][2]string

// Table has a line of heads, and columns as wide as Widths say in proportion (nil:
// all the same).
type Table struct {
	Head   []string
	Rows   [][]string
	Widths []float64
}

// Bars is a chart with one bar a line.
type Bars []Bar

// Bar is a line of a chart.
type Bar struct {
	Label string
	Value float64
	Text  string // the value as people write it
}

const (
	margin = 20.0 // millimetres
	font   = "go"
	line   = 5.2
)

type page struct {
	*fpdf.Fpdf
	width float64 // between the margins
}

// Write sets a document.
func Write(w io.Writer, d Document) error {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetMargins(margin, margin, margin)
	pdf.SetAutoPageBreak(true, margin+4)
	pdf.AddUTF8FontFromBytes(font, "", goregular.TTF)
	pdf.AddUTF8FontFromBytes(font, "B", gobold.TTF)
	pdf.SetTitle(clean(d.Title), true)
	pdf.SetAuthor(clean(d.Author), true)
	pdf.SetLang(d.Language)
	pdf.SetCreationDate(d.At)
	pdf.SetModificationDate(d.At)
	pdf.SetCatalogSort(true)
	pdf.SetFooterFunc(func() {
		pdf.SetY(-margin + 4)
		pdf.SetFont(font, "", 8)
		pdf.SetTextColor(90, 90, 90)
		pdf.CellFormat(0, 4, clean(d.Footer), "", 0, "L", false, 0, "")
		pdf.CellFormat(0, 4, strconv.Itoa(pdf.PageNo()), "", 0, "R", false, 0, "")
		pdf.SetTextColor(0, 0, 0)
	})
	pdf.AddPage()
	wide, _ := pdf.GetPageSize()
	p := &page{Fpdf: pdf, width: wide - 2*margin}
	for _, b := range d.Blocks {
		b.set(p)
	}
	if err := pdf.Output(w); err != nil {
		return fmt.Errorf("set document: %w", err)
	}
	return nil
}

// clean leaves out what the font or the format cannot have: signs beyond the first
// plane (such as emoji) and control characters.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t', r == '\u00a0', r == '\u202f':
			return ' '
		case r > 0xffff, unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r):
			return -1
		}
		return r
	}, s)
}

func (p *page) say(style string, size, height float64, text, align string) {
	p.SetFont(font, style, size)
	p.MultiCell(0, height, clean(text), "", align, false)
}

// room begins a new page unless so many millimetres are left on this one.
func (p *page) room(height float64) {
	_, tall := p.GetPageSize()
	if p.GetY()+height > tall-margin-4 {
		p.AddPage()
	}
}

func (t Title) set(p *page) {
	p.say("B", 20, 8.5, string(t), "L")
	p.Ln(3)
}

func (h Heading) set(p *page) {
	p.room(24)
	p.Ln(4)
	p.say("B", 13, 6.5, string(h), "L")
	p.Ln(1.5)
}

func (t Text) set(p *page) {
	p.say("", 10.5, line, string(t), "L")
	p.Ln(2)
}

func (t Small) set(p *page) {
	p.SetTextColor(70, 70, 70)
	p.say("", 8.5, 4.2, string(t), "L")
	p.SetTextColor(0, 0, 0)
	p.Ln(1.5)
}

func (t Right) set(p *page) {
	p.say("", 10.5, line, string(t), "R")
	p.Ln(2)
}

func (g Gap) set(p *page) { p.Ln(float64(g)) }

func (Break) set(p *page) { p.AddPage() }

func (f Facts) set(p *page) {
	rows := make([][]string, len(f))
	for i, fact := range f {
		rows[i] = []string{fact[0], fact[1]}
	}
	p.rows(rows, []float64{1, 2.4}, "B")
	p.Ln(2)
}

func (t Table) set(p *page) {
	widths := t.Widths
	if len(widths) == 0 {
		for range t.Head {
			widths = append(widths, 1)
		}
	}
	head := func() {
		if len(t.Head) > 0 {
			p.SetFont(font, "B", 9)
			p.SetFillColor(238, 236, 230)
			p.row(t.Head, widths, "", true)
		}
	}
	p.room(16)
	head()
	for _, row := range t.Rows {
		before := p.PageNo()
		p.SetFont(font, "", 9)
		p.room(p.tall(row, widths))
		if p.PageNo() != before {
			head()
		}
		p.row(row, widths, "", false)
	}
	p.Ln(3)
}

func (p *page) rows(rows [][]string, widths []float64, first string) {
	for _, row := range rows {
		p.SetFont(font, "", 9)
		p.room(p.tall(row, widths))
		p.row(row, widths, first, false)
	}
}

const cellLine = 4.6

// columns are the widths in millimetres.
func (p *page) columns(widths []float64) []float64 {
	sum := 0.0
	for _, w := range widths {
		sum += w
	}
	out := make([]float64, len(widths))
	for i, w := range widths {
		out[i] = p.width * w / sum
	}
	return out
}

// tall is how high a row is, with the present font.
func (p *page) tall(row []string, widths []float64) float64 {
	lines := 1
	for i, w := range p.columns(widths) {
		if i < len(row) {
			lines = max(lines, len(p.SplitText(clean(row[i]), w-2.2)))
		}
	}
	return float64(lines)*cellLine + 1.6
}

// row sets one line of a table; first is the style of its first cell.
func (p *page) row(row []string, widths []float64, first string, fill bool) {
	height := p.tall(row, widths)
	_, tall := p.GetPageSize()
	height = min(height, tall-2*margin-8)
	x, y := p.GetX(), p.GetY()
	if fill {
		p.Rect(x, y, p.width, height, "F")
	}
	p.SetDrawColor(205, 200, 190)
	p.Line(x, y+height, x+p.width, y+height)
	at := x
	p.SetAutoPageBreak(false, 0)
	for i, w := range p.columns(widths) {
		if i >= len(row) {
			break
		}
		if first != "" {
			style := ""
			if i == 0 {
				style = first
			}
			p.SetFont(font, style, 9)
		}
		lines := p.SplitText(clean(row[i]), w-2.2)
		for k, one := range lines {
			if float64(k+1)*cellLine > height {
				break
			}
			p.SetXY(at, y+.8+float64(k)*cellLine)
			p.CellFormat(w, cellLine, one, "", 0, "L", false, 0, "")
		}
		at += w
	}
	p.SetAutoPageBreak(true, margin+4)
	p.SetXY(x, y+height)
}

func (b Bars) set(p *page) {
	greatest := 1.0
	for _, bar := range b {
		greatest = max(greatest, bar.Value)
	}
	for _, bar := range b {
		p.room(11)
		p.SetFont(font, "", 9)
		p.CellFormat(p.width-30, 4.6, clean(bar.Label), "", 0, "L", false, 0, "")
		p.SetFont(font, "B", 9)
		p.CellFormat(30, 4.6, clean(bar.Text), "", 1, "R", false, 0, "")
		p.SetFillColor(238, 236, 230)
		p.Rect(margin, p.GetY()+.4, p.width, 3.2, "F")
		if bar.Value > 0 {
			p.SetFillColor(20, 80, 122)
			p.Rect(margin, p.GetY()+.4, max(.6, p.width*bar.Value/greatest), 3.2, "F")
		}
		p.Ln(5.6)
	}
	p.Ln(2)
}
