package forumtest

import (
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// DossierPrinter prints titles.
type DossierPrinter struct{}

// PrintDossier implements forum.DossierPrinter.
func (DossierPrinter) PrintDossier(w io.Writer, c *forum.DossierContent) error {
	_, err := fmt.Fprintf(w, "%s (%s): %d cases, %d events", c.Title, c.Dossier.Language, len(c.Cases), len(c.Events))
	return err
}

// testDossiers makes the dossier of a case and opens it: who may, who did, and for
// how long.
func testDossiers(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, mia, max := w.Person("lea"), w.Person("mia"), w.Person("max")
	w.Forum("telecoms", "mia")
	secret := facts()
	secret.Company = "=1+1"
	th := w.Case(lea, "telecoms", "Billed twice", secret)
	w.Must(w.Service.MoveCase(w.Ctx(), lea, th.ID, forum.CaseUnresolved, "@nothing"))
	for by, consents := range map[*forum.Account]forum.Consents{mia: {Dossier: true}, max: {NameShown: true}} {
		_, err := w.Service.Join(w.Ctx(), by, th.ID, forum.RoutePage, forum.ParticipationDetails{Words: "=me too", Consents: consents})
		w.Must(err)
	}
	shown := w.documentForDossiers(lea, th.ID, "%PDF-1.7 the bill", true)
	w.documentForDossiers(lea, th.ID, "%PDF-1.7 the diary", false)
	ask := func(by *forum.Account) (*forum.Dossier, error) {
		return w.Service.RequestDossier(w.Ctx(), by, forum.CaseDossier, th.ID, "fr")
	}
	_, err := ask(nil)
	w.Refused(err, forum.Unauthenticated, "SignInFirst")
	_, err = ask(max)
	w.Refused(err, forum.Forbidden, "")
	_, err = w.Service.RequestDossier(w.Ctx(), lea, forum.CaseDossier, w.Thread(lea, "telecoms", "no case").ID, "fr")
	w.Refused(err, forum.NotFound, "CaseNone")
	_, err = w.Service.DossiersOf(w.Ctx(), max, forum.CaseDossier, th.ID)
	w.Refused(err, forum.Forbidden, "")

	d, err := ask(lea)
	w.Must(err)
	_, err = ask(mia)
	w.Refused(err, forum.Conflict, "DossierUnderWay")
	_, _, err = w.Service.OpenDossier(w.Ctx(), lea, d.ID)
	w.Refused(err, forum.NotFound, "")
	w.Must(w.Service.WorkDossier(w.Ctx(), forum.DossierJob{Dossier: d.ID}))
	w.Must(w.Service.WorkDossier(w.Ctx(), forum.DossierJob{Dossier: d.ID})) // once is enough
	_, err = ask(lea)
	w.Refused(err, forum.TooMany, "DossierJustMade")

	for _, by := range []*forum.Account{max, nil} {
		_, _, err = w.Service.OpenDossier(w.Ctx(), by, d.ID)
		if code := forum.CodeOf(err); code != forum.NotFound && code != forum.Unauthenticated {
			t.Errorf("a dossier opened for a stranger: %v", err)
		}
	}
	body, made, err := w.Service.OpenDossier(w.Ctx(), mia, d.ID)
	w.Must(err)
	whole, err := io.ReadAll(body)
	w.Must(err)
	files := unzip(t, whole)
	if files["dossier.pdf"] != "Billed twice (fr): 1 cases, 3 events" || int64(len(whole)) != made.Bytes {
		t.Errorf("%q in %d bytes of %+v", files["dossier.pdf"], len(whole), made)
	}
	for line := range strings.Lines(files["SHA256SUMS"]) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		if want := fmt.Sprintf("%x", sha256.Sum256([]byte(files[name]))); sum != want || files[name] == "" {
			t.Errorf("%s has the sum %s, not %s", name, want, sum)
		}
	}
	if len(files) != 8 || strings.Count(files["SHA256SUMS"], "\n") != 7 || !strings.Contains(files["people.csv"], "mia@here.example,local") || strings.Contains(files["people.csv"], "max") || !strings.Contains(files["people.csv"], "'=me too") || !strings.Contains(files["cases.csv"], "'=1+1") || !strings.Contains(files["timeline.csv"], "'@nothing") || !strings.Contains(files["dossier.json"], `"lea@here.example"`) {
		t.Errorf("the files %v", files)
	}
	if files[shown.DossierName()] != "%PDF-1.7 the bill" || !strings.Contains(files["documents.csv"], shown.SHA256) || !strings.Contains(files["dossier.json"], shown.SHA256) {
		t.Errorf("the document is not in it: %v", files)
	}
	if sum := fmt.Sprintf("%x", sha256.Sum256(whole)); made.SHA256 != sum {
		t.Errorf("its sum is said to be %s, and is %s", made.SHA256, sum)
	}
	if kept := string(w.Shelf.files[made.File]); kept == "" || strings.Contains(kept, "the bill") || strings.HasPrefix(kept, "PK") {
		t.Error("it is kept unsealed")
	}
	list, err := w.Service.DossiersOf(w.Ctx(), lea, forum.CaseDossier, th.ID)
	w.Must(err)
	if len(list) != 1 || list[0].State != forum.DossierReady || list[0].By.Name != "lea" || len(list[0].Accesses) != 1 || list[0].Accesses[0].Actor.Name != "mia" {
		t.Errorf("the list %+v", list)
	}

	w.Clock.Advance(31 * 24 * time.Hour)
	_, _, err = w.Service.OpenDossier(w.Ctx(), lea, d.ID)
	w.Refused(err, forum.Gone, "DossierExpired")
	again, err := ask(lea)
	w.Must(err)
	w.Must(w.Service.WorkUpkeep(w.Ctx(), forum.UpkeepJob{}))
	if list, err = w.Service.DossiersOf(w.Ctx(), lea, forum.CaseDossier, th.ID); err != nil || len(list) != 1 || list[0].ID != again.ID {
		t.Errorf("after a month: %+v %v", list, err)
	}
	w.Must(w.Service.Delete(w.Ctx(), lea, th.ID, "")) // while it is being made
	w.Refused(w.Service.WorkDossier(w.Ctx(), forum.DossierJob{Dossier: again.ID}), forum.Gone, "")
	w.Must(w.Service.WorkUpkeep(w.Ctx(), forum.UpkeepJob{}))
	_, err = w.Store.Dossier(w.Ctx(), again.ID)
	w.Refused(err, forum.NotFound, "")
}

// documentForDossiers keeps a document with a case, which dossiers may hold or not.
func (w *World) documentForDossiers(by *forum.Account, thread forum.ID, file string, forDossier bool) *forum.Evidence {
	w.T.Helper()
	e, err := w.Service.AddEvidence(w.Ctx(), by, thread, forum.EvidenceUpload{Kind: forum.EvidenceInvoice, ForDossier: forDossier, File: strings.NewReader(file), Size: int64(len(file))})
	w.Must(err)
	return e
}

// testActionDossiers makes the dossier of an action: cases of others are in it
// without their authors and words.
func testActionDossiers(t *testing.T, open func(*testing.T) Store) {
	none := 0
	w := NewWorldWith(t, open(t), forum.Options{Sponsors: &none})
	lea, max := w.Person("lea"), w.Person("max")
	w.Forum("telecoms")
	own, other := w.Case(lea, "telecoms", "mine", facts()), w.Case(max, "telecoms", "another’s", facts())
	_, err := w.Service.StartAction(w.Ctx(), lea, forum.NewAction{Kind: forum.Petition, Title: "Refund", Text: "Now.", ClosesOn: "2026-05-31", Forum: "telecoms", Goal: 20}, true)
	w.Must(err)
	a := w.actionNamed("refund")
	_, err = w.Service.RequestDossier(w.Ctx(), lea, forum.ActionDossier, a.ID, "en")
	w.Refused(err, forum.NotFound, "") // a draft
	w.Must(w.Service.PublishAction(w.Ctx(), lea, "refund"))
	for _, th := range []*forum.Thread{own, other} {
		w.Must(w.Service.AttachCase(w.Ctx(), lea, "refund", th.ID, true))
	}
	given, kept := w.documentForDossiers(max, other.ID, "%PDF-1.7 my bill", true), w.documentForDossiers(max, other.ID, "%PDF-1.7 my diary", false)
	_, err = w.Service.RequestDossier(w.Ctx(), max, forum.ActionDossier, a.ID, "en")
	w.Refused(err, forum.Forbidden, "")
	d, err := w.Service.RequestDossier(w.Ctx(), lea, forum.ActionDossier, a.ID, "en")
	w.Must(err)
	w.Must(w.Service.WorkDossier(w.Ctx(), forum.DossierJob{Dossier: d.ID}))
	body, _, err := w.Service.OpenDossier(w.Ctx(), lea, d.ID)
	w.Must(err)
	whole, err := io.ReadAll(body)
	w.Must(err)
	files := unzip(t, whole)
	if !strings.Contains(files["dossier.pdf"], "Refund (en): 2 cases") || !strings.Contains(files["dossier.json"], w.actionNamed("refund").SHA256) || !strings.Contains(files["dossier.json"], "text of mine") {
		t.Errorf("the files %v", files)
	}
	if _, there := files[kept.DossierName()]; there || files[given.DossierName()] != "%PDF-1.7 my bill" {
		t.Errorf("documents are in it that their owner did not give, or those are not that they did: %v", files)
	}
	for name, content := range files {
		for _, word := range []string{"max", "text of another", "another’s"} {
			if strings.Contains(content, word) {
				t.Errorf("%s says %q, whose author did not agree", name, word)
			}
		}
	}
	w.Clock.Advance(time.Hour)
	f, err := w.Service.Figures(w.Ctx(), forum.FigureSubject{Role: forum.RoleAction, ID: a.ID})
	w.Must(err)
	if f.Cases != 2 || f.Signed == nil {
		t.Errorf("its figures %+v", f)
	}
}
