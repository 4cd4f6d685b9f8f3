package forumtest

import (
	"strings"
	"testing"

	"portevoix/forum"
)

func testQuotes(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, max := w.Person("lea"), w.Person("max")
	w.Forum("telecoms")
	th := w.Thread(lea, "telecoms", "one")
	ines := w.Remote(forum.Person, "ines", "mastodon.example")
	request := func(by *forum.Actor, quoted, quoting string) (string, error) {
		t.Helper()
		o, err := w.Service.ReceiveQuoteRequest(w.Ctx(), w.Inbound(by), quoted, quoting)
		if err != nil {
			return "", err
		}
		if !o.Done {
			t.Errorf("not answered: %v", o)
		}
		list := w.Delivered(by.Host, forum.Microblog)
		return list[len(list)-1], nil
	}
	_, err := request(ines, "https://here.example/t/1", "https://mastodon.example/1")
	w.Refused(err, forum.NotFound, "NothingHere")
	_, err = request(ines, th.URI, "https://evil.example/1")
	w.Refused(err, forum.Forbidden, "WrongOrigin")
	_, err = request(ines, ines.URI, "https://mastodon.example/1")
	w.Refused(err, forum.NotFound, "NothingHere")
	eve := w.Remote(forum.Person, "eve", "evil.example")
	w.Must(w.Service.Block(w.Ctx(), lea, "eve@evil.example"))
	if got, err := request(eve, th.URI, "https://evil.example/1"); err != nil || !strings.Contains(got, "Reject") {
		t.Errorf("one who is blocked: %s %v", got, err)
	}
	first, err := request(ines, th.URI, "https://mastodon.example/1")
	w.Must(err)
	again, err := request(ines, th.URI, "https://mastodon.example/1")
	if err != nil || !strings.Contains(first, "Accept") || first != again {
		t.Errorf("asked twice: %s, %s %v", first, again, err)
	}

	// The quoting post may come afterwards.
	r := w.RemotePost(ines, "look")
	r.URI, r.ParentID, r.Quote = "https://mastodon.example/1", th.ID, &forum.Quote{URI: th.URI}
	o, err := w.Service.ReceivePost(w.Ctx(), w.Inbound(ines), r)
	if err != nil || !o.Done {
		t.Fatal(o, err)
	}
	shown := func() *forum.Quote {
		t.Helper()
		p, err := w.Store.PostByURI(w.Ctx(), r.URI)
		w.Must(err)
		w.Must(forum.ReadQuotes(w.Ctx(), w.Store, 0, Renderer{}.Text, p))
		return p.Quote
	}
	if q := shown(); !q.Approved || q.Post == nil || q.Post.Title != "one" || !strings.Contains(q.Excerpt, "text of one") {
		t.Errorf("quote %+v", q)
	}
	list, err := w.Store.QuotesOf(w.Ctx(), th.ID, 10)
	if err != nil || len(list) != 1 {
		t.Fatalf("quotes %v %v", list, err)
	}
	w.Refused(w.Service.RevokeQuote(w.Ctx(), max, list[0].ID), forum.Forbidden, "AuthorOnly")
	w.Must(w.Service.RevokeQuote(w.Ctx(), lea, list[0].ID))
	w.Must(w.Service.RevokeQuote(w.Ctx(), lea, list[0].ID))
	if q := shown(); q.Approved || q.Post != nil {
		t.Errorf("revoked quote %+v", q)
	}
	if list, err := w.Store.QuotesOf(w.Ctx(), th.ID, 10); err != nil || len(list) != 0 {
		t.Errorf("quotes %v %v", list, err)
	}
	if got, err := request(ines, th.URI, "https://mastodon.example/1"); err != nil || !strings.Contains(got, "Reject") {
		t.Errorf("asked after it was revoked: %s %v", got, err)
	}

	// What was deleted is not shown in a quote.
	other := w.Thread(lea, "telecoms", "two")
	r.URI, r.Quote = "https://mastodon.example/2", &forum.Quote{URI: other.URI}
	_, err = request(ines, other.URI, r.URI)
	w.Must(err)
	_, err = w.Service.ReceivePost(w.Ctx(), w.Inbound(ines), r)
	w.Must(err)
	w.Must(w.Service.Delete(w.Ctx(), lea, other.ID, ""))
	if q := shown(); q.Post != nil || q.Excerpt != "" {
		t.Errorf("quote of what was deleted %+v", q)
	}
	// An edit that quotes something else is judged anew.
	r.Quote = &forum.Quote{URI: "https://elsewhere.example/9"}
	_, err = w.Service.ReceiveEdit(w.Ctx(), w.Inbound(ines), r)
	w.Must(err)
	if q := shown(); q.URI != "https://elsewhere.example/9" || q.Approved || q.PostID != 0 {
		t.Errorf("after the edit %+v", q)
	}
}
