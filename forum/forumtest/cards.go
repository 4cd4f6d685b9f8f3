package forumtest

import (
	"testing"
	"time"

	"portevoix/forum"
)

func testCards(t *testing.T, open func(*testing.T) Store) {
	const news, other = "https://news.example/1", "https://news.example/2"
	cards := &Cards{Pages: map[string]forum.Card{news: {Title: "They\nadmit it", Description: "At last.", Site: "News", PictureURL: news + ".png"}}}
	w := NewWorldWith(t, open(t), forum.Options{Cards: cards})
	ines := w.Person("ines")
	w.Forum("telecoms")
	th, err := w.Service.StartThread(w.Ctx(), ines, forum.NewThread{Forum: "telecoms", Title: "t", Body: "see " + news})
	w.Must(err)
	work := func(id forum.ID, url string) *forum.Card {
		t.Helper()
		w.Must(w.Service.WorkCard(w.Ctx(), forum.CardJob{Post: id, URL: url}))
		p, err := w.Store.PostView(w.Ctx(), id, 0)
		w.Must(err)
		return p.Card
	}
	want := forum.Card{URL: news, Title: "They admit it", Description: "At last.", Site: "News", PictureURL: news + ".png"}
	want.Picture = forum.PictureFile{Name: shelfName(news+".png, 480 wide", ".jpg"), MediaType: "image/jpeg", Width: 480, Height: 240, Bytes: len(news + ".png, 480 wide")}
	shown := func() bool {
		t.Helper()
		_, err := w.Store.PictureFile(w.Ctx(), want.Picture.Name)
		return err == nil
	}
	if got := work(th.ID, news); got == nil || *got != want {
		t.Fatalf("the thread has the card %+v", got)
	}
	reply := w.Reply(ines, th.ID, 0, news)
	if got := work(reply.ID, news); got == nil || *got != want || cards.asked != 1 || cards.pictures != 1 {
		t.Errorf("the reply has the card %+v; the page was asked %d times, its picture %d times", got, cards.asked, cards.pictures)
	}
	w.Clock.Advance(forum.CardLifetime + time.Minute)
	if work(reply.ID, news); cards.asked != 2 {
		t.Errorf("after a week the page was asked %d times in all", cards.asked)
	}

	// Replies from elsewhere get one too, unless they are old.
	for age, jobs := range map[time.Duration]int{time.Hour: 1, 48 * time.Hour: 0} {
		before, err := w.Store.PendingJobs(w.Ctx())
		w.Must(err)
		r := w.RemotePost(w.Remote(forum.Person, "ole", "there.example"), other)
		r.ParentID, r.PublishedAt = th.ID, r.PublishedAt.Add(-age)
		if o, err := w.Service.ReceivePost(w.Ctx(), w.Inbound(r.Author), r); err != nil || !o.Done {
			t.Fatalf("a reply from elsewhere: %+v %v", o, err)
		}
		after, err := w.Store.PendingJobs(w.Ctx())
		w.Must(err)
		if after-before != jobs {
			t.Errorf("a reply that is %v old brings %d jobs, want %d", age, after-before, jobs)
		}
	}

	edit := func(body string) *forum.Card {
		t.Helper()
		_, err := w.Service.Edit(w.Ctx(), ines, reply.ID, forum.Edit{Body: body})
		w.Must(err)
		p, err := w.Store.Post(w.Ctx(), reply.ID)
		w.Must(err)
		return p.Card
	}
	if got := edit("again " + news); got == nil || *got != want {
		t.Errorf("an edit that keeps the link has the card %+v", got)
	}
	if got := edit("now " + other); got != nil {
		t.Errorf("an edit of the link has the card %+v", got)
	}
	if got := work(reply.ID, news); got != nil {
		t.Errorf("a late answer brings back %+v", got)
	}
	if got := work(reply.ID, other); got != nil {
		t.Errorf("a page that says nothing has the card %+v", got)
	}
	asked := cards.asked
	if work(reply.ID, other); cards.asked != asked {
		t.Error("a page that says nothing is asked again")
	}
	if !shown() {
		t.Error("the thread's picture is gone with the reply's")
	}
	if list, err := w.Store.PicturesOf(w.Ctx(), ines.ID, 0, 10); err != nil || len(list) != 0 {
		t.Errorf("the account is said to have uploaded %v: %v", list, err)
	}
	w.Must(w.Service.Delete(w.Ctx(), ines, th.ID, ""))
	if shown() {
		t.Error("a picture is shown of a card that no post has")
	}
	if got := work(th.ID, news); got != nil {
		t.Errorf("a deleted thread has the card %+v", got)
	}
	w.Must(w.Service.WorkCard(w.Ctx(), forum.CardJob{Post: 12, URL: news}))
}
