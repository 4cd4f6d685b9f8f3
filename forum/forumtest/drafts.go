package forumtest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// due is the job that publishes a held post.
func due(d *forum.Draft) forum.PublishJob { return forum.PublishJob{Draft: d.ID, Due: d.DueAt} }

// threadsIn lists the titles of a forum's threads, newest first.
func (w *World) threadsIn(f *forum.Forum) []string {
	w.T.Helper()
	page, err := w.Store.Threads(w.Ctx(), forum.ThreadQuery{ForumID: f.ID, Sort: forum.SortNew, Limit: 50})
	w.Must(err)
	var titles []string
	for _, t := range page.Threads {
		titles = append(titles, t.Title)
	}
	return titles
}

func testHeldPosts(t *testing.T, open func(*testing.T) Store) {
	w := NewWorldWith(t, open(t), forum.Options{Undo: time.Minute})
	ines, ole := w.Person("ines"), w.Person("ole")
	f := w.Forum("telecoms", "ole")
	bill := w.Picture(ines, "bill")
	hold := func(title string, pictures ...*forum.Picture) *forum.Draft {
		t.Helper()
		d, err := w.Service.HoldThread(w.Ctx(), ines, forum.NewThread{Forum: "telecoms", Kind: forum.Question, Title: title, Body: "b of " + title, Language: "fr", Note: "n of " + title, Pictures: choose(pictures...)}, w.Service.HoldUntil(ines))
		w.Must(err)
		return d
	}

	// Nothing leaves before it is due.
	d := hold("first", bill)
	if d.DueAt.Sub(w.Clock.Now()) != time.Minute || len(w.threadsIn(f)) != 0 {
		t.Fatalf("held until %v: %v", d.DueAt, w.threadsIn(f))
	}
	list, err := w.Service.Drafts(w.Ctx(), ines, true)
	w.Must(err)
	if len(list) != 1 || list[0].Title != "first" || list[0].Body != "b of first" || list[0].Forum != "telecoms" || list[0].Kind != forum.Question ||
		list[0].Language != "fr" || list[0].Note != "n of first" || !slices.Equal(list[0].Pictures, []forum.ID{bill.ID}) || !list[0].DueAt.Equal(d.DueAt) {
		t.Fatalf("ines holds %+v", list)
	}
	for _, held := range []bool{true, false} {
		if list, err := w.Service.Drafts(w.Ctx(), ole, held); err != nil || len(list) != 0 {
			t.Errorf("ole sees %+v %v", list, err)
		}
	}
	_, err = w.Service.Draft(w.Ctx(), ole, d.ID)
	w.Refused(err, forum.NotFound, "NothingHere")
	_, err = w.Service.SendNow(w.Ctx(), ole, d.ID)
	w.Refused(err, forum.NotFound, "NothingHere")
	w.Refused(w.Service.DiscardDraft(w.Ctx(), ole, d.ID), forum.NotFound, "NothingHere")

	// It is published once, however often the job runs.
	w.Clock.Advance(time.Minute)
	for range 2 {
		w.Must(w.Service.WorkPublish(w.Ctx(), due(d)))
	}
	if got := w.threadsIn(f); !slices.Equal(got, []string{"first"}) {
		t.Fatalf("published are %v", got)
	}
	sent, err := w.Service.Draft(w.Ctx(), ines, d.ID)
	w.Must(err)
	th, err := w.Store.Thread(w.Ctx(), sent.PostID)
	w.Must(err)
	if th.Kind != forum.Question || th.Language != "fr" || th.ContentNote != "n of first" || len(th.Pictures()) != 1 || !th.PublishedAt.Equal(w.Clock.Now()) || sent.Body != "" || sent.Note != "" {
		t.Errorf("it became %+v, left is %+v", th, sent)
	}
	_, err = w.Service.Unhold(w.Ctx(), ines, d.ID)
	w.Refused(err, forum.Conflict, "DraftSent")
	_, err = w.Service.SendNow(w.Ctx(), ines, d.ID)
	w.Refused(err, forum.Conflict, "DraftSent")

	// Undone, it is a draft, and sent from there it is published once.
	d = hold("second")
	undone, err := w.Service.Unhold(w.Ctx(), ines, d.ID)
	w.Must(err)
	w.Must(w.Service.WorkPublish(w.Ctx(), due(d)))
	if got := w.threadsIn(f); len(got) != 1 || undone.Held() {
		t.Fatalf("undone, and yet there: %v", got)
	}
	again, err := w.Service.HoldThread(w.Ctx(), ines, forum.NewThread{Forum: "telecoms", Title: "second, better", Body: "b", Draft: d.ID}, w.Service.HoldUntil(ines))
	w.Must(err)
	if again.ID != d.ID {
		t.Errorf("held anew as %v, not as %v", again.ID, d.ID)
	}
	post, err := w.Service.SendNow(w.Ctx(), ines, d.ID)
	w.Must(err)
	w.Must(w.Service.WorkPublish(w.Ctx(), due(again)))
	if got := w.threadsIn(f); !slices.Equal(got, []string{"second, better", "first"}) {
		t.Errorf("published are %v", got)
	}
	_, err = w.Service.StartThread(w.Ctx(), ines, forum.NewThread{Forum: "telecoms", Title: "twice", Body: "b", Draft: d.ID})
	w.Refused(err, forum.Conflict, "DraftSent")

	// A reply, at another moment than first chosen.
	w.Clock.Advance(time.Second)
	reply, err := w.Service.HoldReply(w.Ctx(), ines, forum.NewReply{ThreadID: post.ID, Body: "r"}, w.Clock.Now().Add(time.Hour))
	w.Must(err)
	later, err := w.Service.Reschedule(w.Ctx(), ines, reply.ID, w.Clock.Now().Add(2*time.Hour))
	w.Must(err)
	w.Clock.Advance(3 * time.Hour)
	w.Must(w.Service.WorkPublish(w.Ctx(), due(reply)))
	if th, err = w.Store.Thread(w.Ctx(), post.ID); err != nil || th.ReplyCount != 0 {
		t.Errorf("published when it was due at first: %+v %v", th, err)
	}
	if later.ThreadTitle != "second, better" {
		t.Errorf("the reply's thread is called %q", later.ThreadTitle)
	}
	w.Must(w.Service.WorkPublish(w.Ctx(), due(later)))
	if th, err = w.Store.Thread(w.Ctx(), post.ID); err != nil || th.ReplyCount != 1 {
		t.Errorf("not published: %+v %v", th, err)
	}
	w.Must(w.Service.DiscardDraft(w.Ctx(), ines, hold("never").ID))

	// Who wants to, does without.
	w.Must(w.Service.SendAtOnce(w.Ctx(), ines, true))
	hasty, err := w.Store.Account(w.Ctx(), ines.ID)
	w.Must(err)
	if at := w.Service.HoldUntil(hasty); !at.IsZero() {
		t.Errorf("held until %v", at)
	}

	t.Run("Refused", func(t *testing.T) { refusedHeldPosts(NewWorld(t, open(t))) })
	t.Run("Unsent", func(t *testing.T) { unsentPosts(NewWorld(t, open(t))) })
}

func refusedHeldPosts(w *World) {
	ines := w.Person("ines")
	w.Forum("telecoms")
	th := w.Thread(ines, "telecoms", "t")
	hold := func(n forum.NewThread, after time.Duration) error {
		_, err := w.Service.HoldThread(w.Ctx(), ines, n, w.Clock.Now().Add(after))
		return err
	}
	good := forum.NewThread{Forum: "telecoms", Title: "t", Body: "b"}
	w.Refused(hold(good, 0), forum.Invalid, "DuePassed")
	w.Refused(hold(good, 367*24*time.Hour), forum.Invalid, "DueTooFar")
	w.Refused(hold(forum.NewThread{Forum: "telecoms", Body: "b"}, time.Hour), forum.Invalid, "TitleMissing")
	w.Refused(hold(forum.NewThread{Forum: "nowhere", Title: "t", Body: "b"}, time.Hour), forum.NotFound, "ForumUnknown")
	silent, err := w.Service.UploadPicture(w.Ctx(), ines, uploading("silent"))
	w.Must(err)
	with := good
	with.Pictures = choose(silent)
	w.Refused(hold(with, time.Hour), forum.Invalid, "AltMissing")
	w.Must(w.Service.LockThread(w.Ctx(), forum.Operator(), th.ID, true))
	_, err = w.Service.HoldReply(w.Ctx(), ines, forum.NewReply{ThreadID: th.ID, Body: "r"}, w.Clock.Now().Add(time.Hour))
	w.Refused(err, forum.Forbidden, "ThreadLocked")
	for range 100 {
		w.Must(hold(good, time.Hour))
	}
	w.Refused(hold(good, time.Hour), forum.TooMany, "TooManyDrafts")
}

// unsentPosts are those that may not be published any more when they are due.
func unsentPosts(w *World) {
	t := w.T
	ines, ole := w.Person("ines"), w.Person("ole")
	w.Forum("telecoms", "ole")
	th := w.Thread(ole, "telecoms", "t")
	d, err := w.Service.HoldReply(w.Ctx(), ines, forum.NewReply{ThreadID: th.ID, Body: "words"}, w.Clock.Now().Add(time.Hour))
	w.Must(err)
	w.Must(w.Service.LockThread(w.Ctx(), ole, th.ID, true))
	w.Clock.Advance(time.Hour)
	w.Must(w.Service.WorkPublish(w.Ctx(), due(d)))
	kept, err := w.Service.Draft(w.Ctx(), ines, d.ID)
	w.Must(err)
	if kept.Held() || kept.Body != "words" || kept.Problem == nil || kept.Problem.Key != "ThreadLocked" || kept.PostID != 0 {
		t.Errorf("kept is %+v", kept)
	}
	page, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: ines.ID, Limit: 10})
	w.Must(err)
	if len(page.Groups) != 1 || page.Groups[0].Kind != forum.NotifyUnsent || page.Groups[0].SubjectID != d.ID {
		t.Errorf("ines is told %+v", page.Groups)
	}
	_, err = w.Service.SendNow(w.Ctx(), ines, d.ID)
	w.Refused(err, forum.Forbidden, "ThreadLocked")
	w.Must(w.Service.LockThread(w.Ctx(), ole, th.ID, false))
	_, err = w.Service.SendNow(w.Ctx(), ines, d.ID)
	w.Must(err)
	held, err := w.Service.HoldReply(w.Ctx(), ines, forum.NewReply{ThreadID: th.ID, Body: "more"}, w.Clock.Now().Add(time.Hour))
	w.Must(err)
	w.Delete(ines)
	w.Must(w.Service.WorkPublish(w.Ctx(), due(held))) // nothing is left of it
}

func testDrafts(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	ines, ole := w.Person("ines"), w.Person("ole")
	f := w.Forum("telecoms")
	save := func(d forum.Draft, pictures ...*forum.Picture) *forum.Draft {
		t.Helper()
		w.Clock.Advance(time.Second)
		saved, err := w.Service.SaveDraft(w.Ctx(), ines, d, choose(pictures...))
		w.Must(err)
		return saved
	}
	last := func(handle string, parent forum.ID) *forum.Draft {
		t.Helper()
		d, err := w.Service.DraftFor(w.Ctx(), ines, handle, parent)
		w.Must(err)
		return d
	}
	silent, err := w.Service.UploadPicture(w.Ctx(), ines, uploading("silent"))
	w.Must(err)

	// A draft need not be whole, and is saved in its place.
	d := save(forum.Draft{Forum: "telecoms", Title: "begun"}, silent)
	again := save(forum.Draft{ID: d.ID, Forum: "telecoms", Kind: forum.Review, Title: "begun", Body: "some words"}, silent)
	if again.ID != d.ID {
		t.Errorf("saved anew as %v", again.ID)
	}
	if got := last("telecoms", 0); got == nil || got.ID != d.ID || got.Body != "some words" || got.Kind != forum.Review || !slices.Equal(got.Pictures, []forum.ID{silent.ID}) {
		t.Errorf("found %+v", got)
	}
	if got := last("", 0); got != nil {
		t.Errorf("found for no forum %+v", got)
	}
	if n, err := w.Store.LoosePictures(w.Ctx(), ines.ID); err != nil || n != 0 {
		t.Errorf("%d pictures are loose, %v", n, err)
	}

	// Others neither see nor change it.
	if got, err := w.Service.DraftFor(w.Ctx(), ole, "telecoms", 0); err != nil || got != nil {
		t.Errorf("ole finds %+v %v", got, err)
	}
	theirs, err := w.Service.SaveDraft(w.Ctx(), ole, forum.Draft{ID: d.ID, Title: "taken over"}, nil)
	w.Must(err)
	if theirs.ID == d.ID || last("telecoms", 0).Title != "begun" {
		t.Error("ole changed a draft of ines")
	}

	// It is done with when it is published.
	th, err := w.Service.StartThread(w.Ctx(), ines, forum.NewThread{Forum: "telecoms", Title: "begun", Body: "and ended", Draft: d.ID})
	w.Must(err)
	if got := last("telecoms", 0); got != nil || len(w.threadsIn(f)) != 1 {
		t.Errorf("left is %+v", got)
	}
	_, err = w.Service.SaveDraft(w.Ctx(), ines, forum.Draft{ID: d.ID, Title: "late"}, nil)
	w.Refused(err, forum.Conflict, "DraftSent")

	// Of replies there is one for each post.
	r, err := w.Service.Reply(w.Ctx(), ole, forum.NewReply{ThreadID: th.ID, Body: "r"})
	w.Must(err)
	save(forum.Draft{ParentID: th.ID, Body: "to the thread"})
	save(forum.Draft{ParentID: r.ID, Body: "to the reply"})
	if got := last("", r.ID); got == nil || got.Body != "to the reply" || got.ThreadID != th.ID || got.ThreadTitle != "begun" {
		t.Errorf("found %+v", got)
	}
	if _, files := w.exported(ines); !strings.Contains(files["drafts.json"], "to the reply") || !strings.Contains(files["drafts.json"], r.URI) {
		t.Errorf("exported are %s", files["drafts.json"])
	}
	list, err := w.Service.Drafts(w.Ctx(), ines, false)
	w.Must(err)
	if len(list) != 2 || list[0].Body != "to the reply" {
		t.Errorf("listed are %+v", list)
	}
	w.Must(w.Service.DiscardDraft(w.Ctx(), ines, list[0].ID))
	if got := last("", r.ID); got != nil {
		t.Errorf("thrown away, and yet %+v", got)
	}

	for _, c := range []struct {
		draft forum.Draft
		key   string
	}{
		{forum.Draft{Title: " "}, "DraftEmpty"}, {forum.Draft{Title: strings.Repeat("x", 201)}, "TitleTooLong"},
		{forum.Draft{Body: strings.Repeat("x", 20001)}, "TextTooLong"}, {forum.Draft{Body: "b", Kind: "poem"}, "KindUnknown"}, {forum.Draft{Body: "b", Language: "?"}, "LanguageUnknown"},
	} {
		_, err := w.Service.SaveDraft(w.Ctx(), ines, c.draft, nil)
		w.Refused(err, forum.Invalid, c.key)
	}
	_, err = w.Service.SaveDraft(w.Ctx(), ines, forum.Draft{ParentID: 7, Body: "b"}, nil)
	w.Refused(err, forum.NotFound, "")
	_, err = w.Service.SaveDraft(w.Ctx(), nil, forum.Draft{Body: "b"}, nil)
	w.Refused(err, forum.Unauthenticated, "SignInFirst")
	for range 99 {
		save(forum.Draft{Body: "b"})
	}
	_, err = w.Service.SaveDraft(w.Ctx(), ines, forum.Draft{Body: "b"}, nil)
	w.Refused(err, forum.TooMany, "TooManyDrafts")
}
