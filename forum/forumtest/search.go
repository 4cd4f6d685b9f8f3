package forumtest

import (
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// found lists what a search finds, page by page: titles of threads, bodies of
// replies, names of actors.
func (w *World) found(r forum.SearchRequest) string {
	w.T.Helper()
	r.Limit = 2
	var list []string
	for range 20 {
		page, err := w.Service.Search(w.Ctx(), r)
		w.Must(err)
		for _, f := range page.Findings {
			switch {
			case f.Thread != nil:
				list = append(list, f.Thread.Title)
			case f.Reply != nil:
				list = append(list, "re:"+f.Reply.Body)
			case f.Forum != nil:
				list = append(list, "!"+f.Forum.Handle())
			default:
				list = append(list, "@"+f.Person.Handle())
			}
		}
		if r.After = page.Next; r.After == "" {
			return strings.Join(list, " | ")
		}
	}
	w.T.Fatalf("%+v: pages without end", r)
	return ""
}

func testSearch(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim := w.Person("lea"), w.Person("max")
	w.Forum("banks")
	w.Forum("telecoms")
	start := func(by *forum.Account, n forum.NewThread) *forum.Thread {
		t.Helper()
		w.Clock.Advance(24 * time.Hour)
		th, err := w.Service.StartThread(w.Ctx(), by, n)
		w.Must(err)
		return th
	}
	box := start(lea, forum.NewThread{Forum: "telecoms", Kind: forum.Grievance, Case: &forum.NewCase{ExperiencedOn: "2026-03-01"}, Title: "Résiliation refusée", Body: "La box n’est jamais arrivée, et je veux être remboursée.", Language: "fr"})
	fees := start(maxim, forum.NewThread{Forum: "banks", Kind: forum.Question, Title: "Hidden charges", Body: "They refunded two of the fees. L’été dernier, the box.", Language: "en"})
	plain := start(lea, forum.NewThread{Forum: "banks", Title: "Cheveux", Body: "La banque rembourse les frais de box"})
	w.Clock.Advance(24 * time.Hour)
	w.Reply(maxim, box.ID, 0, "Moi aussi: remboursement demandé")
	card, err := w.Service.CreateCompany(w.Ctx(), lea, forum.NewCompany{Name: "Exemple Banque", Site: "https://banque.example"})
	w.Must(err)
	_, err = w.Service.AddProduct(w.Ctx(), lea, card.Handle(), forum.NewProduct{Name: "Carte Or", GTIN: "4006381333931"})
	w.Must(err)
	zoe := w.Person("zoe")
	start(zoe, forum.NewThread{Forum: "telecoms", Kind: forum.Grievance, Case: &forum.NewCase{Company: card.Handle(), Product: "Carte Or", ExperiencedOn: "2026-03-01"}, Title: "Lost zebra", Body: "Gone."})
	start(zoe, forum.NewThread{Forum: "telecoms", Kind: forum.Grievance, Case: &forum.NewCase{Company: "Nowhere Ltd", Product: "Tin", ExperiencedOn: "2026-03-01"}, Title: "Broken zebra", Body: "Gone."})
	for _, c := range []struct {
		name, want string
		r          forum.SearchRequest
	}{
		{"a word", "Hidden charges", forum.SearchRequest{Words: "fees"}},
		{"a word in another form", "re:Moi aussi: remboursement demandé | Cheveux | Résiliation refusée", forum.SearchRequest{Words: "rembourser"}},
		{"an English one", "Hidden charges", forum.SearchRequest{Words: "refunding charge"}},
		{"without accents", "Résiliation refusée", forum.SearchRequest{Words: "resilie"}},
		{"with the wrong accents", "Hidden charges", forum.SearchRequest{Words: "êté"}},
		{"in capitals", "Résiliation refusée", forum.SearchRequest{Words: "RÉSILIATION"}},
		{"all words", "Résiliation refusée", forum.SearchRequest{Words: "box arrivée"}},
		{"little words do not matter", "Cheveux", forum.SearchRequest{Words: "une banque qui rembourse"}},
		{"nothing but little words", "Résiliation refusée", forum.SearchRequest{Words: "et je"}},
		{"not that", "Cheveux | Hidden charges", forum.SearchRequest{Words: "box -résiliation"}},
		{"a sequence", "Résiliation refusée", forum.SearchRequest{Words: "“jamais arrivées”"}},
		{"not that sequence", "", forum.SearchRequest{Words: `"arrivée jamais"`}},
		{"no sequence from title to text", "", forum.SearchRequest{Words: `"refusée la"`}},
		{"in a forum", "Cheveux | Hidden charges", forum.SearchRequest{Words: "box in:banks"}},
		{"in a chosen forum", "Cheveux | Hidden charges", forum.SearchRequest{Words: "box", Forum: "banks"}},
		{"by somebody", "Hidden charges", forum.SearchRequest{Words: "from:@max box"}},
		{"all by somebody", "Cheveux | Résiliation refusée", forum.SearchRequest{Words: "from:lea"}},
		{"in a language", "Hidden charges", forum.SearchRequest{Words: "box lang:en"}},
		{"in a chosen language", "Résiliation refusée", forum.SearchRequest{Words: "box", Language: "fr-CA"}},
		{"of a company by handle", "Lost zebra", forum.SearchRequest{Words: "company:" + card.Handle()}},
		{"of a company by name", "Lost zebra", forum.SearchRequest{Words: `zebra company:"exemple banque"`}},
		{"of a company without page", "Broken zebra", forum.SearchRequest{Words: `company:"nowhere ltd"`}},
		{"of nobody's", "", forum.SearchRequest{Words: "company:nobody"}},
		{"of a product", "Lost zebra", forum.SearchRequest{Words: `product:"carte or"`}},
		{"of a bar code", "Lost zebra", forum.SearchRequest{Words: "product:4006381333931"}},
		{"where cases stand", "Broken zebra | Lost zebra", forum.SearchRequest{Words: "zebra state:open"}},
		{"where none stands", "", forum.SearchRequest{Words: "zebra state:resolved"}},
		{"of a kind", "Hidden charges", forum.SearchRequest{Words: "box", Thread: forum.Question}},
		{"replies in threads of a kind", "re:Moi aussi: remboursement demandé | Résiliation refusée", forum.SearchRequest{Words: "rembourse", Thread: forum.Grievance}},
		{"threads", "Cheveux | Résiliation refusée", forum.SearchRequest{Words: "rembourse", Kind: forum.SearchThreads}},
		{"replies", "re:Moi aussi: remboursement demandé", forum.SearchRequest{Words: "rembourse", Kind: forum.SearchReplies}},
		{"before a day", "Résiliation refusée", forum.SearchRequest{Words: "box before:" + fees.PublishedAt.Format(time.DateOnly)}},
		{"after a day", "Cheveux", forum.SearchRequest{Words: "box after:" + fees.PublishedAt.Format(time.DateOnly)}},
		{"nothing", "", forum.SearchRequest{Words: "pastèque"}},
		{"what would be syntax", "", forum.SearchRequest{Words: `title:x OR NEAR(a* ') & | ! "`}},
	} {
		if got := w.found(c.r); got != c.want {
			t.Errorf("%s: %q\n got %q\nwant %q", c.name, c.r.Words, got, c.want)
		}
	}
	start(maxim, forum.NewThread{Forum: "banks", Title: "Something else", Body: "They speak of cheveux."})
	if got := w.found(forum.SearchRequest{Words: "cheveux"}); got != "Cheveux | Something else" {
		t.Errorf("what has it in its title does not come first: %q", got)
	}
	if got := w.found(forum.SearchRequest{Words: "cheveux", Sort: forum.SearchNewest}); got != "Something else | Cheveux" {
		t.Errorf("the newest does not come first: %q", got)
	}
	testSearchRefusals(w)
	testSearchChanges(w, lea, maxim, plain)
}

func testSearchRefusals(w *World) {
	w.T.Helper()
	for _, c := range []struct {
		r    forum.SearchRequest
		code forum.Code
		key  string
	}{
		{forum.SearchRequest{Words: " … "}, forum.Invalid, "SearchMissing"},
		{forum.SearchRequest{Words: "a", Kind: "cats"}, forum.Invalid, "SearchKindUnknown"},
		{forum.SearchRequest{Words: "a", Thread: "cat"}, forum.Invalid, "KindUnknown"},
		{forum.SearchRequest{Words: "from:nobody a"}, forum.NotFound, "AccountUnknown"},
		{forum.SearchRequest{Words: "in:nowhere a"}, forum.NotFound, "ForumUnknown"},
		{forum.SearchRequest{Words: "a", After: "7_7"}, forum.Invalid, "CursorUnreadable"},
		{forum.SearchRequest{Words: "a", After: "x"}, forum.Invalid, "CursorUnreadable"},
	} {
		c.r.Limit = 2
		_, err := w.Service.Search(w.Ctx(), c.r)
		w.Refused(err, c.code, c.key)
	}
}

// testSearchChanges holds that the index follows what is written, and that nothing
// hidden is found.
func testSearchChanges(w *World, lea, maxim *forum.Account, plain *forum.Thread) {
	t := w.T
	finds := func(r forum.SearchRequest, want string) {
		t.Helper()
		if got := w.found(r); got != want {
			t.Errorf("%+v\n got %q\nwant %q", r, got, want)
		}
	}
	banque := forum.SearchRequest{Words: "banque"}
	finds(banque, "Cheveux")
	_, err := w.Service.Edit(w.Ctx(), lea, plain.ID, forum.Edit{Title: "Chevaux", Body: "L’assurance rembourse"})
	w.Must(err)
	finds(banque, "")
	finds(forum.SearchRequest{Words: "assurances"}, "Chevaux")

	noted := w.RemotePost(w.Remote(forum.Person, "zoe", "b.example"), "<p>Le secret de la pastèque</p>")
	noted.ParentID, noted.ContentNote = plain.ID, "Attention aux melons"
	_, err = w.Service.ReceivePost(w.Ctx(), w.Inbound(noted.Author), noted)
	w.Must(err)
	page, err := w.Service.Search(w.Ctx(), forum.SearchRequest{Words: "pastèque", Limit: 2})
	w.Must(err)
	if len(page.Findings) != 1 || strings.Contains(page.Findings[0].Snippet[0].Text, "secret") {
		t.Errorf("what stands behind a content note: %+v", page)
	}

	// Whoever blocks or is blocked is not found by the other.
	fees := forum.SearchRequest{Words: "fees", Viewer: lea.ID}
	finds(fees, "Hidden charges")
	w.Must(w.Service.Block(w.Ctx(), lea, "max"))
	finds(fees, "")
	finds(forum.SearchRequest{Words: "fees"}, "Hidden charges")
	finds(forum.SearchRequest{Words: "assurance", Viewer: maxim.ID}, "")
	finds(forum.SearchRequest{Words: "max", Kind: forum.SearchPeople, Viewer: lea.ID}, "")
	w.Must(w.Service.Unblock(w.Ctx(), lea, "max"))

	// Removed, deleted, and below what was removed.
	boss := w.Admin("boss")
	removed := w.Thread(maxim, "banks", "Licorne")
	w.Reply(maxim, removed.ID, 0, "une licorne, vraiment")
	finds(forum.SearchRequest{Words: "licorne"}, "Licorne | re:une licorne, vraiment")
	w.Must(w.Service.Delete(w.Ctx(), boss, removed.ID, "advertising"))
	finds(forum.SearchRequest{Words: "licorne"}, "")
	w.Must(w.Service.Delete(w.Ctx(), lea, plain.ID, ""))
	finds(forum.SearchRequest{Words: "assurance"}, "")
	finds(forum.SearchRequest{Words: "pasteque"}, "")

	// Erased with their author.
	w.Delete(maxim)
	finds(forum.SearchRequest{Words: "fees"}, "")
	finds(forum.SearchRequest{Words: "max", Kind: forum.SearchPeople}, "")
}

func testSearchActors(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	ines := w.Person("ines_42")
	w.Must(w.Service.UpdateProfile(w.Ctx(), ines, forum.Profile{DisplayName: "Inès Müller", Summary: "Locataires en colère"}))
	w.Person("inez")
	w.Must(w.Service.Register(w.Ctx(), forum.NewAccount{Name: "inessa", Email: "inessa@here.example", Password: "correct horse"})) // and has not confirmed
	w.Remote(forum.Person, "ines", "b.example")
	w.Remote(forum.Group, "banques", "b.example")
	w.Forum("banks")
	find := func(kind forum.SearchKind, words, want string) {
		t.Helper()
		if got := w.found(forum.SearchRequest{Words: words, Kind: kind}); got != want {
			t.Errorf("%s %q\n got %q\nwant %q", kind, words, got, want)
		}
	}
	find(forum.SearchPeople, "ines", "@ines@b.example | @ines_42")
	find(forum.SearchPeople, "muller in", "@ines_42")
	find(forum.SearchPeople, "locataire", "@ines_42")
	find(forum.SearchPeople, "b.example", "@ines@b.example")
	find(forum.SearchPeople, "banks", "")
	find(forum.SearchForums, "ban", "!banks | !banques@b.example")
	find(forum.SearchForums, "inès", "")
	w.Must(w.Service.Suspend(w.Ctx(), w.Admin("boss"), "ines_42", "spam"))
	find(forum.SearchPeople, "locataire", "")
}
