package dossier

import (
	"bytes"
	"testing"
	"time"

	"portevoix/forum"
	"portevoix/forum/locale"
)

// TestPrint prints a dossier with all there can be, in both languages.
func TestPrint(t *testing.T) {
	messages, err := locale.Load(time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)
	thread := func(state forum.CaseState) *forum.Thread {
		return &forum.Thread{Post: forum.Post{Title: "Facturé deux fois", URI: "https://here.example/t/1", PublishedAt: now}, Kind: forum.Grievance,
			Case: &forum.Case{Company: "Exemple Télécom", ExperiencedOn: "2026-03-02", Amount: forum.Amount{Minor: 123450, Currency: "EUR"}, Wants: []forum.Want{forum.WantRefund}, State: state, Feeling: "Volée."}}
	}
	for _, language := range []string{"fr", "en"} {
		for _, c := range []*forum.DossierContent{
			{Title: "Facturé deux fois", Cases: []forum.DossierCase{{Thread: thread(forum.CasePromised), Author: "lea@here.example", Text: "Une fois.\nDeux fois.",
				Documents: []forum.Evidence{{ID: 7, ThreadID: 1, Kind: forum.EvidenceInvoice, Words: "La facture", SHA256: "00ff00ff", Extension: ".pdf"}}}},
				Events: []forum.DossierEvent{{At: now, Kind: forum.EventPublished}, {At: now, Kind: forum.EventMoved, Move: &forum.CaseMove{To: forum.CasePromised, Mover: forum.MoverCompany, PromisedOn: "2026-04-01", Note: "Promis."}}}},
			{Title: "Remboursez", Action: &forum.Action{Kind: forum.Petition, Goal: 100}, Counts: forum.TierTally{Email: 3, Local: 2, Invalidated: 1},
				Versions: []forum.ActionVersion{{Number: 1, Title: "Remboursez", Text: "Tous.", SHA256: "ab", Change: "", At: now}},
				Cases:    []forum.DossierCase{{Thread: thread(forum.CaseOpen)}, {Thread: thread(forum.CaseResolved)}}, Events: []forum.DossierEvent{{At: now, Kind: forum.EventVersion, Note: "new"}}},
		} {
			c.Dossier.Language, c.Host, c.At = language, "here.example", now
			var out bytes.Buffer
			if err := (Printer{messages}).PrintDossier(&out, c); err != nil || !bytes.HasPrefix(out.Bytes(), []byte("%PDF-")) {
				t.Errorf("%s in %s: %d bytes, %v", c.Title, language, out.Len(), err)
			}
		}
	}
}
