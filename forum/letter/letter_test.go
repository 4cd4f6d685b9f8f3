package letter_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
	"portevoix/forum/letter"
)

// TestPrint holds that a letter comes out as a PDF with its font, however long it
// is, and that the same letter is the same file.
func TestPrint(t *testing.T) {
	l := forum.Letter{
		Language: "fr", Sender: []string{"Léa Éluard", "1 rue du Cœur", "69000 Lyon"}, Recipient: []string{"Exemple Télécom"}, Dated: "Lyon, le 14 mars 2026",
		Subject: "Objet : remboursement", Paragraphs: []string{"Où est l’argent ?", strings.Repeat("Il a été prélevé deux fois. ", 400)}, Closing: "Salutations", Name: "Léa Éluard",
		Footer: "Texte version 1", Date: time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC),
	}
	first, err := letter.Printer{}.Print(l)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(first, []byte("%PDF-")) || !bytes.Contains(first, []byte("/FontFile2")) || bytes.Count(first, []byte("/Type /Page\n")) < 3 {
		t.Errorf("%d bytes, %d pages: %.100q", len(first), bytes.Count(first, []byte("/Type /Page\n")), first)
	}
	if len(first) > 300_000 {
		t.Errorf("%d bytes: the font is whole in it", len(first))
	}
	second, err := letter.Printer{}.Print(l)
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("printed again it is another file: %v", err)
	}
}
