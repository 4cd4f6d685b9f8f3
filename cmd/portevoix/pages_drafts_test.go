package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// TestUndo sends from pages, and thinks again.
func TestUndo(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, func(c *config.Config) { c.Posting.UndoSeconds = 600 })
	lea := s.account("lea")
	s.account("max")
	s.forum("banks")
	b, other := s.textBrowser("lea"), s.textBrowser("max")
	thread := url.Values{"forum": {"banks"}, "kind": {"review"}, "experienced_on": {"2026-03-01"}, "title": {"Fees <again>"}, "body": {"They took **40 €**."}, "language": {"en"}, "content_note": {"money <3"}}
	held := b.post("/new", thread).is(http.StatusSeeOther).header.Get("Location")
	b.get(held).is(http.StatusOK).shows("Your thread is on its way", `data-left="600"`, "10:00", "Fees &lt;again&gt;", "<strong>40 €</strong>", "Content note: money &lt;3", held+"/undo", held+"/send")
	b.get("/f/banks").lacks("Fees")
	b.get("/drafts").shows(held, "On their way")
	other.get("/drafts").lacks(held)
	for _, path := range []string{held, held + "/undo", held + "/send", held + "/discard"} {
		if path == held {
			other.get(path).is(http.StatusNotFound)
		} else {
			other.post(path, nil).is(http.StatusNotFound)
		}
	}
	s.textBrowser("").get(held).is(http.StatusSeeOther)

	// Undone, everything is in the form again, and nowhere else.
	form := b.post(held+"/undo", nil).is(http.StatusSeeOther).header.Get("Location")
	page := b.get(form).is(http.StatusOK).keeps(thread, "forum", "kind", "title", "body", "language", "content_note").lacks("open data-schedule")
	b.get("/f/banks").lacks("Fees")
	thread.Set("draft", page.field("draft"))
	thread.Set("title", "Fees, once more")
	b.post("/new", thread).leadsTo(held)
	post := b.post(held+"/send", nil).is(http.StatusSeeOther).header.Get("Location")
	b.get(post).shows("Fees, once more", "<summary>Content note: money &lt;3</summary>")
	edit := strings.TrimSuffix(post, "-fees-once-more") + "/edit"
	b.get(edit).keeps(thread, "content_note")
	b.post(edit, url.Values{"title": {"Fees"}, "body": {"b"}, "content_note": {strings.Repeat("n", 201)}}).is(http.StatusUnprocessableEntity).shows("at most 200 characters")
	b.post(edit, url.Values{"title": {"Fees"}, "body": {"b"}, "preview": {"true"}, "content_note": {"money"}}).shows("<summary>Content note: money</summary>")
	b.get(held).leadsTo(post)
	b.post(held+"/send", nil).leadsTo(post)
	b.post("/new", thread).is(http.StatusConflict).shows("published already")

	// A reply too; and whoever wants to sends at once.
	th := s.thread(lea, "banks", "Opening hours")
	reply := fmt.Sprintf("/t/%s/reply", th.ID)
	held = b.post(reply, url.Values{"body": {"Nine to five"}}).is(http.StatusSeeOther).header.Get("Location")
	b.get(held).shows("Your reply is on its way", "Opening hours")
	form = b.post(held+"/undo", nil).is(http.StatusSeeOther).header.Get("Location")
	if !strings.HasPrefix(form, reply+"?draft=") {
		t.Errorf("undone at %s", form)
	}
	if got := b.get(form).field("body"); got != "Nine to five" {
		t.Errorf("the form has %q", got)
	}
	b.get(held).leadsTo(form)
	b.post(held+"/discard", nil).leadsTo("/drafts")
	b.get(held).is(http.StatusNotFound)
	b.get("/settings").shows("Hold what I send for 600 seconds")
	b.post("/settings/writing", nil).leadsTo("/settings#writing")
	if to := b.post(reply, url.Values{"body": {"Nine to six"}}).is(http.StatusSeeOther).header.Get("Location"); !strings.HasPrefix(to, "/t/"+th.ID.String()+"?sort=new#p") {
		t.Errorf("sent to %s", to)
	}
	b.post("/settings/writing", url.Values{"undo": {"true"}})
	if lea = s.accountNamed("lea"); lea.SendsAtOnce {
		t.Error("lea still sends at once")
	}
}

// TestSchedule chooses when a post is published.
func TestSchedule(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	s.account("lea")
	s.forum("banks")
	b := s.textBrowser("lea")
	b.get("/f/banks/new").shows("Publish later", `name="zone" value="UTC"`, "<b data-zone>UTC</b>")
	tomorrow := s.clock.Now().AddDate(0, 0, 1).UTC().Truncate(time.Minute)
	form := url.Values{"forum": {"banks"}, "kind": {"question"}, "title": {"Later"}, "body": {"b"}, "publish_at": {tomorrow.Format("2006-01-02T15:04")}, "zone": {"UTC"}}
	with := func(key, value string) url.Values {
		changed := url.Values{}
		for k, v := range form {
			changed[k] = v
		}
		changed.Set(key, value)
		return changed
	}
	for _, c := range []struct{ key, value, problem string }{
		{"zone", "Mars/Olympus", "time zone"}, {"zone", "../../etc/passwd", "time zone"}, {"publish_at", "soon", "cannot be read"},
		{"publish_at", "2020-01-01T10:00", "has passed"}, {"publish_at", "2999-01-01T10:00", "a year ahead"},
	} {
		changed := with(c.key, c.value)
		b.post("/new", changed).is(http.StatusUnprocessableEntity).shows(c.problem).keeps(changed, "title", "zone", "publish_at")
	}
	held := b.post("/new", with("zone", "Asia/Tokyo")).is(http.StatusSeeOther).header.Get("Location")
	there := tomorrow.Add(-9 * time.Hour) // ten in Tokyo is one in Greenwich
	b.get(held).shows("It goes out on", there.Format("2006-01-02T15:04:05Z"), "(UTC)", "Change")
	again := b.post(held+"/undo", nil).is(http.StatusSeeOther).header.Get("Location")
	b.get(again).shows("open data-schedule", fmt.Sprintf(`data-at="%s"`, there.Format("2006-01-02T15:04:05Z"))).keeps(url.Values{"publish_at": {there.Format("2006-01-02T15:04")}}, "publish_at")
	b.get("/drafts").shows("Not sent", "Later").lacks("On their way")

	// What may not be published when it is due comes back, with a word.
	f, err := s.store.Forum(t.Context(), forum.Handle{Name: "banks"})
	if err != nil {
		t.Fatal(err)
	}
	held = b.post("/new", form).is(http.StatusSeeOther).header.Get("Location")
	id, err := forum.ParseID(strings.TrimPrefix(held, "/drafts/"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.service.Suspend(t.Context(), forum.Operator(), f.Handle(), "quarrels"); err != nil {
		t.Fatal(err)
	}
	d, err := s.store.Draft(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.service.WorkPublish(t.Context(), forum.PublishJob{Draft: id, Due: d.DueAt}); err != nil {
		t.Fatal(err)
	}
	b.get("/notifications").shows("could not be published", `href="/drafts"`)
	b.get("/drafts").shows("Could not be published:", "Later")
}

// TestDrafts saves what is begun, without a script and as the script does, and
// goes on with it where it was begun.
func TestDrafts(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	lea := s.account("lea")
	s.forum("banks")
	s.forum("energy")
	b := s.textBrowser("lea")
	form := url.Values{"forum": {"banks"}, "kind": {"grievance"}, "experienced_on": {"2026-03-01"}, "company": {"Exemple & Fils"}, "title": {"Half a"}, "body": {"sente"}, "language": {"fr"}, "save": {"true"}}
	begun := b.post("/new", form).is(http.StatusSeeOther).header.Get("Location")
	b.get(begun).shows("Saved as a draft.", "You go on with your draft").keeps(form, "forum", "kind", "title", "body", "language", "experienced_on", "company")
	page := b.get("/f/banks/new").shows("You go on with your draft", "Write something else").keeps(form, "title", "body")
	b.get("/f/energy/new").lacks("You go on")
	b.get("/new").lacks("You go on")
	b.get("/f/banks/new?fresh=1").lacks("You go on", "sente")
	b.get("/share?title=News&text=Other").lacks("sente")

	// The script saves the same draft and is told when.
	form.Set("draft", page.field("draft"))
	form.Set("body", "sentence")
	form.Set("save", "script")
	saved := b.post("/new", form).is(http.StatusOK)
	if want := fmt.Sprintf(`{"id":"%s","text":"Draft saved at `, page.field("draft")); !strings.HasPrefix(saved.body, want) {
		t.Errorf("the script is told %s, not %s", saved.body, want)
	}
	b.post("/new", url.Values{"save": {"script"}}).is(http.StatusUnprocessableEntity)
	b.get("/f/banks/new").keeps(form, "body")
	b.get("/drafts").shows("Half a", "sentence", "!banks")
	form.Del("save")
	b.post("/new", form).is(http.StatusSeeOther)
	b.get("/drafts").shows("Nothing is waiting")
	b.get("/f/banks/new").lacks("You go on", "sentence")

	// A reply's is below the thread, and thrown away there.
	th := s.thread(lea, "banks", "Opening hours")
	path := "/t/" + th.ID.String()
	b.post(path+"/reply", url.Values{"body": {"Nine to"}, "save": {"true"}}).is(http.StatusSeeOther)
	page = b.get(path).shows("You go on with your draft", `value="`+path+`/reply?fresh=1"`)
	if page.field("body") != "Nine to" {
		t.Errorf("below the thread is %q", page.field("body"))
	}
	s.textBrowser("").get(path).lacks("Nine to")
	b.post("/drafts/"+page.field("draft")+"/discard", url.Values{"back": {path + "/reply?fresh=1"}}).leadsTo(path + "/reply?fresh=1")
	b.get(path).lacks("You go on", "Nine to")
}

// TestQuote answers with the words of others.
func TestQuote(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	lea := s.account("lea")
	s.account("max")
	s.forum("banks")
	th := s.thread(lea, "banks", "Opening hours")
	r, err := s.service.Reply(t.Context(), lea, forum.NewReply{ThreadID: th.ID, Body: "Nine to **five**\n\nAnd on Mondays?"})
	if err != nil {
		t.Fatal(err)
	}
	b := s.textBrowser("max")
	path := "/p/" + r.ID.String() + "/reply?quote=1"
	b.get("/t/"+th.ID.String()).shows(path, "/t/"+th.ID.String()+"/reply?quote=1", "Quote")
	s.textBrowser("").get("/t/" + th.ID.String()).lacks("?quote=1")
	head := "> [lea](<" + s.base + "/p/" + r.ID.String() + ">):\n>\n"
	if got, want := b.get(path).field("body"), head+"> Nine to **five**\n>\n> And on Mondays?\n\n"; got != want {
		t.Errorf("quoted is %q, want %q", got, want)
	}
	if got, want := b.get(path+"&part=Mondays").field("body"), head+"> Mondays\n\n"; got != want {
		t.Errorf("quoted is %q, want %q", got, want)
	}
	sent := b.post("/p/"+r.ID.String()+"/reply", url.Values{"body": {head + "> Mondays\n\nNever."}}).is(http.StatusSeeOther).header.Get("Location")
	b.get(sent).shows("<blockquote>", `href="`+s.base+"/p/"+r.ID.String()+`"`, ">lea</a>")
}

// TestScheduleByProgram is scheduled_at in the API.
func TestScheduleByProgram(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, func(c *config.Config) { c.Posting.UndoSeconds = 600 })
	lea := s.account("lea")
	s.account("max")
	s.forum("banks")
	p, other, reader := s.program("lea", forum.ScopeRead, forum.ScopeWrite), s.program("max", forum.ScopeRead, forum.ScopeWrite), s.program("lea", forum.ScopeRead)
	th := p.do(http.MethodPost, "/threads", map[string]any{"forum": "banks", "title": "At once", "body": "b"}).is(http.StatusCreated)
	at := s.clock.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
	thread := map[string]any{"forum": "banks", "kind": "question", "title": "Later", "body": "b", "language": "fr", "scheduled_at": at}
	if e := p.do(http.MethodPost, "/threads", map[string]any{"forum": "banks", "title": "t", "body": "b", "scheduled_at": "2020-01-01T00:00:00Z"}).is(http.StatusUnprocessableEntity); e.object["type"] != "urn:portevoix:error:DuePassed" {
		t.Errorf("%s", e.body)
	}
	p.do(http.MethodPost, "/threads", map[string]any{"forum": "banks", "title": "t", "body": "b", "scheduled_at": "tomorrow"}).is(http.StatusBadRequest)
	held := p.do(http.MethodPost, "/threads", thread).is(http.StatusAccepted)
	hasFields(t, held.object, "id scheduled_at forum kind title thread_id parent_id body language content_note media_ids")
	path := strings.TrimPrefix(held.header.Get("Location"), apiPrefix)
	if path != "/scheduled/"+held.object["id"].(string) || held.object["scheduled_at"] != at.Format("2006-01-02T15:04:05.000Z") || held.object["title"] != "Later" || held.object["thread_id"] != nil {
		t.Errorf("held: %s at %s", held.body, path)
	}
	reply := p.do(http.MethodPost, "/threads/"+th.object["id"].(string)+"/replies", map[string]any{"body": "r", "scheduled_at": at}).is(http.StatusAccepted)
	if reply.object["parent_id"] != th.object["id"] || reply.object["forum"] != nil {
		t.Errorf("held: %s", reply.body)
	}
	if list := reader.do(http.MethodGet, "/scheduled", nil).is(http.StatusOK).list; len(list) != 2 || list[0]["id"] != reply.object["id"] {
		t.Errorf("lists %v", list)
	}
	s.program("").do(http.MethodGet, "/scheduled", nil).is(http.StatusUnauthorized)
	other.do(http.MethodGet, path, nil).is(http.StatusNotFound)
	other.do(http.MethodDelete, path, nil).is(http.StatusNotFound)
	reader.do(http.MethodDelete, path, nil).is(http.StatusForbidden)
	later := at.Add(time.Hour)
	if moved := p.do(http.MethodPatch, path, map[string]any{"scheduled_at": later}).is(http.StatusOK); moved.object["scheduled_at"] != later.Format("2006-01-02T15:04:05.000Z") {
		t.Errorf("moved: %s", moved.body)
	}
	id, err := forum.ParseID(held.object["id"].(string))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.service.SendNow(t.Context(), lea, id); err != nil {
		t.Fatal(err)
	}
	p.do(http.MethodGet, path, nil).is(http.StatusGone)
	p.do(http.MethodDelete, "/scheduled/"+reply.object["id"].(string), nil).is(http.StatusNoContent)
	if list := p.do(http.MethodGet, "/scheduled", nil).is(http.StatusOK).list; len(list) != 0 {
		t.Errorf("lists %v", list)
	}
}

// TestHeldPostAfterCrash kills the server while a post waits: it goes out
// afterwards, once.
func TestHeldPostAfterCrash(t *testing.T) {
	t.Parallel()
	p := newProcess(t, "PORTEVOIX_POSTING_UNDO_SECONDS=1").start()
	lea := p.person("lea", "--role", "admin")
	lea.api(http.MethodPost, "/forums", map[string]any{"name": "banks", "title": "Banks"})
	lea.submit("/new", url.Values{"forum": {"banks"}, "kind": {"question"}, "title": {"Held"}, "body": {"b"}})
	p.kill()
	p.start()
	forumtest.Eventually(t, patience, "the held post", func() bool { return len(lea.list("/threads?forum=banks")) > 0 })
	if list := lea.list("/threads?forum=banks"); len(list) != 1 {
		t.Errorf("published are %v", list)
	}
}

// TestFirstPost is told, until something is published, what publishing means, and
// shown what it looks like elsewhere.
func TestFirstPost(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, func(c *config.Config) { c.Posting.UndoSeconds = 45 })
	s.account("lea")
	max := s.account("max")
	s.forum("banks")
	th := s.thread(max, "banks", "Fees")
	b := s.textBrowser("lea")
	const told = "Before you publish for the first time"
	reply := "/t/" + th.ID.String() + "/reply"
	for _, path := range []string{"/f/banks/new", "/new", reply, "/t/" + th.ID.String()} {
		b.get(path).shows(told, "@lea@"+s.host(), "For 45 seconds after").lacks("toot")
	}
	b.get("/f/banks/new").shows(`href="/f/banks#rules"`)
	form := url.Values{"forum": {"banks"}, "kind": {"review"}, "experienced_on": {"2026-03-01"}, "title": {"Fees <again>"}, "body": {"They took **40 €**."}, "content_note": {"money"}, "preview": {"true"}}
	const elsewhere = "<p><strong>Fees &lt;again&gt;</strong></p><p>They took <strong>40 €</strong>.</p>"
	b.post("/new", form).shows(told, "On other servers", elsewhere, "Content note: money")
	b.post(reply, form).shows(told, "On other servers", "<p>They took").lacks("Fees &lt;again&gt;")
	form.Del("preview")
	held := b.post("/new", form).is(http.StatusSeeOther).header.Get("Location")
	b.get("/new").shows(told)
	b.post(held+"/send", nil).is(http.StatusSeeOther)
	for _, path := range []string{"/new", reply, "/t/" + th.ID.String()} {
		b.get(path).lacks(told)
	}
	form.Set("preview", "true")
	b.post("/new", form).shows("They took").lacks("toot")
}

// TestLivePreview draws what is being typed: as often as one types, and without
// asking other servers who is mentioned.
func TestLivePreview(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 10)
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.URL.Path }))
	defer other.Close()
	s := startInProcess(t, func(c *config.Config) { c.Limits.WritesPerMinute = 5 })
	lea := s.account("lea")
	s.account("max")
	s.forum("banks")
	s.thread(lea, "banks", "one")
	b := s.textBrowser("lea")
	form := url.Values{"title": {"Fees <again>"}, "body": {"**40 €**, @max and @someone@" + strings.TrimPrefix(other.URL, "http://")}, "content_note": {"money"}}
	for range 20 {
		b.post("/new/preview", form).is(http.StatusOK).shows("Fees &lt;again&gt;", "<strong>40 €</strong>", `/u/max"`, "Content note: money").lacks("<html", "toot", `someone"`)
	}
	select {
	case path := <-asked:
		t.Errorf("a preview asked another server for %s", path)
	default:
	}
	b.post("/new/preview", url.Values{"body": {strings.Repeat("x", 20001)}}).is(http.StatusUnprocessableEntity)
	s.textBrowser("").post("/new/preview", form).is(http.StatusSeeOther)
	for range 200 {
		if b.post("/new/preview", form).status == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("there is no end of drawing")
}
