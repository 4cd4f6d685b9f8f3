package paper

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// TestWrite sets a document with everything in it, in every script people may use,
// twice: the same comes out.
func TestWrite(t *testing.T) {
	var rows [][]string
	for range 80 {
		rows = append(rows, []string{"Réclamation à l’été", strings.Repeat("long words of a case ", 20), ""})
	}
	d := Document{Title: "Dossier – œuvre", Author: "here.example", Language: "fr", Footer: "here.example", At: time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC), Blocks: []Block{
		Title("Dossier – œuvre 12 € 😀\x00"), Right("Lyon, le 14 mars 2026"), Heading("Привет 日本 مرحبا"), Text("One.\nTwo\tthree\u202f!"), Small(""), Gap(3),
		Facts{{"Somme", "1 234,50 €"}, {"", ""}}, Table{Head: []string{"A", "B", "C"}, Rows: rows, Widths: []float64{1, 3, 1}}, Table{Rows: [][]string{{}, {strings.Repeat("x", 9000)}}, Widths: []float64{1}},
		Bars{{"one", 1, "1"}, {"none", 0, "0"}}, Break{}, Text(strings.Repeat("mot ", 3000)),
	}}
	var first, second bytes.Buffer
	for _, w := range []*bytes.Buffer{&first, &second} {
		if err := Write(w, d); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.HasPrefix(first.Bytes(), []byte("%PDF-")) || first.Len() < 10_000 {
		t.Errorf("%d bytes that begin with %q", first.Len(), first.Bytes()[:8])
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same document came out differently")
	}
	if err := Write(&first, Document{}); err != nil {
		t.Errorf("an empty document: %v", err)
	}
}

func FuzzWrite(f *testing.F) {
	f.Add("a\nb", "cell")
	f.Fuzz(func(t *testing.T, text, cell string) {
		d := Document{Title: text, Footer: cell, Blocks: []Block{Title(text), Text(text), Facts{{cell, text}}, Table{Head: []string{cell}, Rows: [][]string{{text}}}, Bars{{cell, 1, text}}}}
		if err := Write(&bytes.Buffer{}, d); err != nil {
			t.Fatal(err)
		}
	})
}
