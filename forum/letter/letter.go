// Package letter writes formal letters as PDF: sheets of A4 with the sender's
// address, the recipient's, and the text, in a font that has the letters of
// European languages.
//
// It knows paper and fonts. What is written, and to whom, the service decides.
package letter

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"

	"portevoix/forum"
)

// Sizes of a sheet, in millimetres; the recipient stands where windows of
// envelopes show it.
const (
	margin     = 25
	window     = 110 // from the left
	windowTop  = 45
	textTop    = 95
	lineHeight = 5.5
	fontSize   = 11 // points
)

// Printer implements forum.LetterPrinter. It is safe for concurrent use.
type Printer struct{}

var _ forum.LetterPrinter = Printer{}

// Print implements forum.LetterPrinter.
func (Printer) Print(l forum.Letter) ([]byte, error) {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetCreationDate(l.Date.UTC().Truncate(24 * time.Hour)) // nothing else in the file tells when, or where, it was made
	pdf.SetModificationDate(l.Date.UTC().Truncate(24 * time.Hour))
	pdf.SetCatalogSort(true) // the fonts in one order, so that the same letter is the same file
	pdf.SetProducer("Portevoix", true)
	pdf.SetTitle(l.Subject, true)
	pdf.SetLang(l.Language)
	pdf.SetMargins(margin, margin, margin)
	pdf.SetAutoPageBreak(true, margin)
	pdf.AddUTF8FontFromBytes("go", "", goregular.TTF)
	pdf.AddUTF8FontFromBytes("go", "B", gobold.TTF)
	pdf.AddPage()
	pdf.SetFont("go", "", fontSize)
	lines(pdf, margin, margin, l.Sender)
	lines(pdf, window, windowTop, l.Recipient)
	pdf.SetXY(margin, textTop-15)
	pdf.MultiCell(0, lineHeight, l.Dated, "", "R", false)
	pdf.SetXY(margin, textTop)
	pdf.SetFont("go", "B", fontSize)
	pdf.MultiCell(0, lineHeight, l.Subject, "", "L", false)
	pdf.SetFont("go", "", fontSize)
	pdf.Ln(lineHeight)
	for _, paragraph := range append(l.Paragraphs, l.Closing) {
		if paragraph = strings.TrimSpace(paragraph); paragraph != "" {
			pdf.MultiCell(0, lineHeight, paragraph, "", "L", false)
			pdf.Ln(lineHeight / 2)
		}
	}
	pdf.Ln(3 * lineHeight) // to sign by hand
	pdf.MultiCell(0, lineHeight, l.Name, "", "L", false)
	if l.Footer != "" {
		pdf.Ln(2 * lineHeight)
		pdf.SetFont("go", "", 8)
		pdf.MultiCell(0, 4, l.Footer, "T", "L", false)
	}
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("print letter: %w", err)
	}
	return out.Bytes(), nil
}

// lines writes an address.
func lines(pdf *fpdf.Fpdf, x, y float64, list []string) {
	for _, line := range list {
		pdf.SetXY(x, y)
		pdf.CellFormat(0, lineHeight, line, "", 0, "L", false, 0, "")
		y += lineHeight
	}
}
