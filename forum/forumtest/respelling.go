package forumtest

import (
	"testing"
	"time"

	"portevoix/forum"
)

func testRespelling(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim := w.Person("lea"), w.Person("max")
	w.Forum("banks")
	start := func(title, body string) *forum.Thread {
		t.Helper()
		w.Clock.Advance(time.Second)
		th, err := w.Service.StartThread(w.Ctx(), lea, forum.NewThread{Forum: "banks", Title: title, Body: body, Language: "fr"})
		w.Must(err)
		return th
	}
	start("Réclamation refusée", "La banque n’a rien voulu savoir.")
	start("Facture impayée", "Deux fois la même.")
	start("Facture et réclamation", "#Télécoms")
	secret := start("Chrysanthème", "b")
	suggests := func(r forum.SearchRequest, want string) {
		t.Helper()
		r.Limit = 10
		found, err := w.Service.Search(w.Ctx(), r)
		w.Must(err)
		got, err := w.Service.Respell(w.Ctx(), r, found)
		w.Must(err)
		if got != want {
			t.Errorf("%q: suggested %q, want %q", r.Words, got, want)
		}
	}
	for _, c := range [][2]string{
		{"reclamtion", "réclamation"},   // left out
		{"réclammation", "réclamation"}, // too much
		{"rêclamasion", "réclamation"},  // another one; accents do not matter
		{"factrue", "facture"},          // swapped
		{"afcture", "facture"},
		{"éclarmation", "réclamation"}, // one letter in another place, in a long word
		{"fakturre", ""},               // two slips, in a short one
		{"factrue reclamtion", "facture réclamation"},
		{"factrue lang:fr", "facture lang:fr"},
		{"in:banks telecosm", "in:banks télécoms"},
		{`"factrue"`, ""}, {"-factrue facture", ""},
		{"réclamation", ""}, {"Factures", ""}, {"zzzzzz", ""}, {"le", ""}, {"42424", ""},
		{"chrisantheme", "chrysanthème"},
	} {
		suggests(forum.SearchRequest{Words: c[0]}, c[1])
	}
	suggests(forum.SearchRequest{Words: "factrue", Kind: forum.SearchReplies}, "")
	suggests(forum.SearchRequest{Words: "factrue", Kind: forum.SearchPeople}, "")
	if got, err := w.Service.Respell(w.Ctx(), forum.SearchRequest{Words: "factrue", After: "later"}, forum.SearchPage{}); err != nil || got != "" {
		t.Errorf("on another page: %q %v", got, err)
	}

	// Little is found, and more with the usual spelling.
	start("Virement perdu", "b")
	start("Virement refusé", "b")
	start("Autre chose", "Un virment")
	suggests(forum.SearchRequest{Words: "virment"}, "virement")

	// What is not shown any more is not given away, nor what a reader blocked.
	w.Must(w.Service.Delete(w.Ctx(), lea, secret.ID, ""))
	suggests(forum.SearchRequest{Words: "chrisantheme"}, "")
	w.Must(w.Service.Block(w.Ctx(), maxim, "lea"))
	suggests(forum.SearchRequest{Words: "factrue", Viewer: maxim.ID}, "")
}
