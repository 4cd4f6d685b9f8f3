package forumtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// titles are the titles of the threads that a reader's filters leave, with what
// they warn of.
func (w *World) titles(by *forum.Account) string {
	w.T.Helper()
	filters, err := w.Service.Filters(w.Ctx(), by)
	w.Must(err)
	page, err := w.Store.Threads(w.Ctx(), forum.ThreadQuery{Sort: forum.SortNew, Limit: 50})
	w.Must(err)
	var list []string
	for _, t := range filters.Threads(page.Threads) {
		title := t.Title
		if t.Filtered.Label != "" {
			title += " (" + t.Filtered.Label + ")"
		}
		list = append(list, title)
	}
	return strings.Join(list, ", ")
}

// testFilters holds what each kind of filter finds, for how long, and that
// nobody else notices.
func testFilters(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim, mia := w.Person("lea"), w.Person("max"), w.Person("mia")
	w.Forum("telecoms")
	w.Forum("banks")
	remote := w.Remote(forum.Person, "ines", "there.example")
	w.Thread(lea, "telecoms", "my phone")
	w.Thread(maxim, "telecoms", "his PHONE, again")
	w.Thread(mia, "banks", "her phones")
	text := func(html string) string { return html }

	add := func(kind forum.FilterKind, value string, action forum.FilterAction, lifetime time.Duration) {
		t.Helper()
		w.Must(w.Service.AddFilter(w.Ctx(), lea, forum.NewFilter{Kind: kind, Value: value, Action: action, Lifetime: lifetime}))
	}
	want := func(titles string) {
		t.Helper()
		if got := w.titles(lea); got != titles {
			t.Errorf("lea sees %q, want %q", got, titles)
		}
	}
	clear := func() {
		t.Helper()
		list, err := w.Service.Filters(w.Ctx(), lea)
		w.Must(err)
		for _, f := range list {
			w.Must(w.Service.RemoveFilter(w.Ctx(), maxim, f.ID)) // not his
			w.Must(w.Service.RemoveFilter(w.Ctx(), lea, f.ID))
		}
	}
	all := "her phones, his PHONE, again, my phone"
	want(all)
	add(forum.FilterWords, "  Phone ", forum.FilterWarn, time.Hour) // whole words, and never one's own
	want("her phones, his PHONE, again (phone), my phone")
	add(forum.FilterWords, "phone", forum.FilterHide, time.Hour) // in place of the other
	want("her phones, my phone")
	w.Clock.Advance(2 * time.Hour)
	want(all)
	add(forum.FilterForum, "!banks", forum.FilterHide, 0)
	add(forum.FilterPerson, "@max", forum.FilterWarn, 0)
	want("his PHONE, again (@max), my phone")
	clear()
	want(all)
	w.Must(w.Service.AddFilter(w.Ctx(), lea, forum.NewFilter{Kind: forum.FilterWords, Value: "phone", Action: forum.FilterHide, Within: true, Contexts: []forum.FilterContext{forum.InThread, forum.InHome, forum.InHome}}))
	kept, err := w.Service.Filters(w.Ctx(), lea)
	w.Must(err)
	if len(kept) != 1 || !kept[0].Within || !slices.Equal(kept[0].Contexts, []forum.FilterContext{forum.InHome, forum.InThread}) {
		t.Errorf("the filter is %+v", kept)
	}
	want("my phone") // within "phones" as well
	if len(kept.In(forum.InHome)) != 1 || len(kept.In(forum.InPublic)) != 0 || len(kept.In("")) != 0 {
		t.Errorf("it looks elsewhere: %+v", kept)
	}
	w.Must(w.Service.AddFilter(w.Ctx(), lea, forum.NewFilter{Kind: forum.FilterWords, Value: "phone", Action: forum.FilterHide, Contexts: forum.FilterContexts}))
	kept, err = w.Service.Filters(w.Ctx(), lea)
	w.Must(err)
	if len(kept) != 1 || kept[0].Within || len(kept[0].Contexts) != 0 || len(kept.In("")) != 1 {
		t.Errorf("the filter is %+v", kept)
	}
	clear()
	w.Must(w.Service.Mute(w.Ctx(), lea, "max"))
	want("her phones, my phone")
	if r, err := w.Store.Relation(w.Ctx(), lea.ID, maxim.ID); err != nil || !r.Muting || r.Blocking {
		t.Errorf("relation %+v, %v", r, err)
	}

	// Muted people do not notify, and do not notice.
	notices := func(by *forum.Account) int {
		t.Helper()
		page, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: by.ID, Limit: 50})
		w.Must(err)
		return len(page.Groups)
	}
	before := notices(lea)
	own := w.Thread(lea, "telecoms", "own")
	reply := w.Reply(maxim, own.ID, 0, "I am muted")
	w.Must(w.Service.Support(w.Ctx(), maxim, own.ID, true))
	if got := notices(lea); got != before {
		t.Errorf("%d notifications, want %d", got, before)
	}
	w.Reply(mia, own.ID, reply.ID, "an answer to a muted one")
	before = notices(lea)
	w.Must(w.Service.Support(w.Ctx(), mia, own.ID, true))
	if got := notices(lea); got != before+1 {
		t.Errorf("%d notifications, want %d", got, before+1)
	}
	branches := func() []*forum.Branch {
		t.Helper()
		filters, err := w.Service.Filters(w.Ctx(), lea)
		w.Must(err)
		_, page, err := w.Store.ThreadWithReplies(w.Ctx(), forum.ReplyQuery{ThreadID: own.ID, Limit: 10, Depth: 5, PerPage: 50})
		w.Must(err)
		return filters.Branches(page.Branches, text)
	}
	if list := branches(); len(list) != 1 || !list[0].Filtered.Hidden || len(list[0].Replies) != 1 || list[0].Replies[0].Filtered.Label != "" {
		t.Errorf("branches %+v", list)
	}
	add(forum.FilterWords, "answer", forum.FilterHide, 0)
	if list := branches(); len(list) != 0 {
		t.Errorf("branches %+v", list)
	}
	w.Must(w.Service.Unmute(w.Ctx(), lea, "max"))
	if list := branches(); len(list) != 1 || len(list[0].Replies) != 0 {
		t.Errorf("branches %+v", list)
	}
	clear()

	// A whole server.
	add(forum.FilterServer, "There.Example", forum.FilterHide, 0)
	post := w.RemotePost(remote, "from afar @lea")
	post.ParentID = own.ID
	if o, err := w.Service.ReceivePost(w.Ctx(), w.Inbound(remote), post); err != nil || !o.Done {
		t.Fatalf("%+v, %v", o, err)
	}
	if list := branches(); len(list) != 1 || notices(lea) != before+1 {
		t.Errorf("%d branches, %d notifications", len(list), notices(lea))
	}

	for key, n := range map[string]forum.NewFilter{
		"FilterMissing": {Kind: forum.FilterWords, Value: " ", Action: forum.FilterHide}, "FilterTooShort": {Kind: forum.FilterWords, Value: "x", Action: forum.FilterHide},
		"TextTooLong": {Kind: forum.FilterWords, Value: strings.Repeat("x", 101), Action: forum.FilterHide}, "FilterKindUnknown": {Kind: "x", Value: "xx", Action: forum.FilterHide},
		"FilterContextUnknown": {Kind: forum.FilterWords, Value: "xx", Action: forum.FilterHide, Contexts: []forum.FilterContext{"x"}},
		"FilterActionUnknown":  {Kind: forum.FilterWords, Value: "xx", Action: "x"}, "FilterLifetime": {Kind: forum.FilterWords, Value: "xx", Action: forum.FilterHide, Lifetime: 10000 * time.Hour},
		"ServerUnreadable": {Kind: forum.FilterServer, Value: w.Service.Addresses().Host(), Action: forum.FilterHide}, "FilterWhom": {Kind: forum.FilterPerson, Value: "lea", Action: forum.FilterHide},
	} {
		w.Refused(w.Service.AddFilter(w.Ctx(), lea, n), forum.Invalid, key)
	}
	w.Refused(w.Service.Mute(w.Ctx(), lea, "telecoms"), forum.Invalid, "FilterWhom")
	w.Refused(w.Service.Mute(w.Ctx(), nil, "max"), forum.Unauthenticated, "SignInFirst")
	clear()
	for i := range 200 {
		add(forum.FilterWords, fmt.Sprint("word", i), forum.FilterHide, 0)
	}
	w.Refused(w.Service.AddFilter(w.Ctx(), lea, forum.NewFilter{Kind: forum.FilterWords, Value: "more", Action: forum.FilterHide}), forum.Conflict, "TooManyFilters")
}

// testImport brings lists along.
func testImport(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim := w.Person("lea"), w.Person("max")
	file := "Account address,Show boosts\nmax@" + w.Service.Addresses().Host() + ",true\nlea,true\nnobody@there.example,true\n"
	for i := range 30 {
		a := w.Remote(forum.Person, fmt.Sprint("p", i), "there.example")
		file += a.Handle() + ",true\n"
	}
	w.Refused(w.Service.StartImport(w.Ctx(), lea, "x", []byte(file)), forum.Invalid, "ImportKindUnknown")
	w.Refused(w.Service.StartImport(w.Ctx(), lea, forum.ImportFollows, []byte("a b\n")), forum.Invalid, "ImportLine")
	w.Refused(w.Service.StartImport(w.Ctx(), nil, forum.ImportFollows, []byte(file)), forum.Unauthenticated, "SignInFirst")
	w.Must(w.Service.StartImport(w.Ctx(), lea, forum.ImportFollows, []byte(file)))
	w.Refused(w.Service.StartImport(w.Ctx(), lea, forum.ImportFollows, []byte(file)), forum.Conflict, "ImportRunning")
	last := func() forum.Import {
		t.Helper()
		list, err := w.Service.Imports(w.Ctx(), lea)
		w.Must(err)
		return list[0]
	}
	id := last().ID
	w.Must(w.Service.WorkImport(w.Ctx(), forum.ImportJob{Import: id}))
	if i := last(); i.Total != 33 || i.Done != 10 || i.Failed != 2 || !i.FinishedAt.IsZero() {
		t.Errorf("import %+v", i)
	}
	for range 4 { // once more than there are entries
		w.Must(w.Service.WorkImport(w.Ctx(), forum.ImportJob{Import: id}))
	}
	i := last()
	if i.Done != 33 || i.Failed != 2 || i.FinishedAt.IsZero() || len(i.Problems) != 2 || i.Problems[0] != (forum.ImportProblem{Handle: "lea", Code: forum.Invalid}) || i.Problems[1].Code != forum.NotFound {
		t.Errorf("import %+v", i)
	}
	follows, err := w.Store.Follows(w.Ctx(), lea.ID, 0, 100)
	w.Must(err)
	if len(follows) != 31 {
		t.Errorf("lea follows %d", len(follows))
	}
	w.Must(w.Service.StartImport(w.Ctx(), lea, forum.ImportMutes, []byte("p0@there.example\n")))
	w.Must(w.Service.WorkImport(w.Ctx(), forum.ImportJob{Import: last().ID}))
	w.Must(w.Service.StartImport(w.Ctx(), lea, forum.ImportBlocks, []byte("max\n")))
	w.Must(w.Service.WorkImport(w.Ctx(), forum.ImportJob{Import: last().ID}))
	if blocked, err := w.Store.Blocked(w.Ctx(), lea.ID, maxim.ID); err != nil || !blocked {
		t.Errorf("max is not blocked: %v", err)
	}
	muted, err := w.Store.Muted(w.Ctx(), lea.ID, 0, 10)
	w.Must(err)
	if len(muted) != 1 || muted[0].Name != "p0" {
		t.Errorf("muted %+v", muted)
	}
	w.Delete(lea)
	w.Must(w.Service.WorkImport(w.Ctx(), forum.ImportJob{Import: id}))
}
