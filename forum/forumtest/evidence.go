package forumtest

import (
	"io"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// Grievance opens a case that names a company.
func (w *World) Grievance(by *forum.Account, forumName, title, company string) *forum.Thread {
	w.T.Helper()
	w.Clock.Advance(time.Second)
	t, err := w.Service.StartThread(w.Ctx(), by, forum.NewThread{Forum: forumName, Kind: forum.Grievance, Title: title, Body: "text of " + title,
		Case: &forum.NewCase{Company: company, ExperiencedOn: "2026-03-02"}})
	w.Must(err)
	return t
}

func (w *World) document(by *forum.Account, thread forum.ID, file string) (*forum.Evidence, error) {
	return w.Service.AddEvidence(w.Ctx(), by, thread, forum.EvidenceUpload{Kind: forum.EvidenceInvoice, Words: "what I paid", File: strings.NewReader(file), Size: int64(len(file))})
}

func (w *World) read(by *forum.Account, key string) string {
	w.T.Helper()
	o, err := w.Service.OpenEvidence(w.Ctx(), by, key)
	w.Must(err)
	defer o.Close()
	whole, err := io.ReadAll(o.Body)
	w.Must(err)
	return string(whole)
}

func testEvidence(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	ines, ole, mia := w.Person("ines"), w.Person("ole"), w.Person("mia")
	w.Forum("telecoms", "mia")
	th := w.Grievance(ines, "telecoms", "Two bills", "Exemple")
	bill, err := w.document(ines, th.ID, "bill")
	w.Must(err)
	pdf, err := w.document(ines, th.ID, "%PDF-1.7 contract")
	w.Must(err)
	if w.read(ines, bill.Key) != "bill, 480 wide" || w.read(mia, pdf.Key) != "%PDF-1.7 contract" {
		t.Error("what is read is not what was kept")
	}
	for name, body := range w.Shelf.files {
		if strings.Contains(string(body), "contract") {
			t.Errorf("%s lies open on the shelf", name)
		}
	}
	for _, key := range []string{bill.Key, "guessed"} { // the same answer, whether there is one
		_, err := w.Service.OpenEvidence(w.Ctx(), ole, key)
		w.Refused(err, forum.NotFound, "NothingHere")
		_, err = w.Service.OpenEvidence(w.Ctx(), nil, key)
		w.Refused(err, forum.NotFound, "NothingHere")
	}
	_, err = w.document(ole, th.ID, "x")
	w.Refused(err, forum.NotFound, "NothingHere")
	_, err = w.document(ines, th.ID, "bill")
	w.Refused(err, forum.Conflict, "EvidenceTwice")
	_, err = w.document(ines, w.Thread(ines, "telecoms", "talk").ID, "x")
	w.Refused(err, forum.Invalid, "EvidenceOnlyCases")

	public, err := w.Service.CaseFile(w.Ctx(), ole, w.thread(th.ID))
	w.Must(err)
	if len(public.Held) != 2 || public.Held[0].SHA256 != bill.SHA256 || public.Held[0].Key != "" || public.Held[0].Words != "" || public.Capacity != "" {
		t.Errorf("everybody sees %+v", public)
	}

	// Seen by a moderator who opened everything, as it is now.
	w.Refused(w.Service.RaiseEvidence(w.Ctx(), mia, th.ID, forum.EvidenceSeen, true), forum.Conflict, "EvidenceNotOpened")
	w.read(mia, bill.Key)
	w.Refused(w.Service.RaiseEvidence(w.Ctx(), ines, th.ID, forum.EvidenceSeen, true), forum.Forbidden, "ModeratorsOnly")
	w.Refused(w.Service.RaiseEvidence(w.Ctx(), mia, th.ID, forum.EvidenceMatched, true), forum.Forbidden, "RepresentativesOnly")
	w.Must(w.Service.RaiseEvidence(w.Ctx(), mia, th.ID, forum.EvidenceSeen, true))
	if got := w.thread(th.ID).Case.Evidence; got != forum.EvidenceSeen {
		t.Errorf("the level is %s", got)
	}

	w.Clock.Advance(time.Hour)
	covered, err := w.Service.RedactEvidence(w.Ctx(), ines, bill.Key, []forum.Box{{Left: 10, Top: 10, Width: 20, Height: 5}})
	w.Must(err)
	if w.read(ines, bill.Key) != "bill, 480 wide, 1 covered" || covered.SHA256 == bill.SHA256 {
		t.Errorf("after covering: %+v", covered)
	}
	_, err = w.Service.RedactEvidence(w.Ctx(), ines, pdf.Key, []forum.Box{{Width: 20, Height: 5}})
	w.Refused(err, forum.Invalid, "RedactOnlyPictures")
	_, err = w.Service.RedactEvidence(w.Ctx(), ines, bill.Key, []forum.Box{{Left: 120, Width: 20, Height: 5}})
	w.Refused(err, forum.Invalid, "BoxOutside")
	views, err := w.Service.EvidenceViews(w.Ctx(), ines, bill.Key)
	w.Must(err)
	if len(views) != 3 || views[1].By.Name != "mia" || views[1].Capacity != forum.AsModerator {
		t.Errorf("the log: %+v", views)
	}
	_, err = w.Service.EvidenceViews(w.Ctx(), mia, bill.Key)
	w.Refused(err, forum.NotFound, "NothingHere")
	if _, files := w.exported(ines); files["evidence/"+th.ID.String()+"/"+covered.FileName()] != "bill, 480 wide, 1 covered" {
		t.Error("the archive lacks a document")
	}

	w.Refused(w.Service.RemoveEvidence(w.Ctx(), mia, pdf.Key), forum.NotFound, "NothingHere")
	w.Must(w.Service.RemoveEvidence(w.Ctx(), ines, pdf.Key))
	w.Must(w.Service.RemoveEvidence(w.Ctx(), ines, bill.Key))
	if got := w.thread(th.ID).Case.Evidence; got != forum.EvidenceConfirmed {
		t.Errorf("without documents the level is %s", got)
	}

	// What another server holds is known by its digest only.
	far := w.Remote(forum.Person, "lea", "far.example")
	r := w.RemotePost(far, "Title\ntext")
	r.Kind, r.Case, r.Addressed = forum.Grievance, &forum.Case{ExperiencedOn: "2026-03-01"}, []string{"https://here.example/f/telecoms"}
	r.Evidence = []forum.Evidence{{Kind: forum.EvidencePhoto, SHA256: bill.SHA256}, {Kind: "x", SHA256: "no digest"}}
	_, err = w.Service.ReceivePost(w.Ctx(), w.Inbound(far), r)
	w.Must(err)
	post, err := w.Store.PostByURI(w.Ctx(), r.URI)
	w.Must(err)
	held, err := w.Store.EvidenceOf(w.Ctx(), post.ID)
	w.Must(err)
	if len(held) != 1 || held[0].Kind != forum.EvidencePhoto || held[0].Key != "" {
		t.Errorf("of another server: %+v", held)
	}
}

func (w *World) thread(id forum.ID) *forum.Thread {
	w.T.Helper()
	t, err := w.Store.Thread(w.Ctx(), id)
	w.Must(err)
	return t
}
