package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// community is a group on the stage, as Lemmy serves one: it passes on what its
// people do.
type community struct {
	*stage
	home                     *inProcess
	host, uri, owner, member string
	serial                   int
	featured, moderators     string
}

// newCommunity starts a group whose collections are where its software has them.
func newCommunity(t *testing.T, home *inProcess, featured string) *community {
	c := &community{stage: newStage(t), home: home}
	c.host = "http://" + c.stage.host()
	c.uri, c.owner, c.member = c.host+"/c/cars", c.cast(c.host+"/u/owner", forum.Person), c.cast(c.host+"/u/member", forum.Person)
	c.featured, c.moderators = c.uri+"/"+featured, c.uri+"/moderators"
	c.publish(c.uri, map[string]any{
		"@context": []any{"https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"},
		"id":       c.uri, "type": "Group", "preferredUsername": "cars", "name": "Cars", "inbox": c.uri + "/inbox", "followers": c.uri + "/followers",
		"featured": c.featured, "attributedTo": c.moderators, "postingRestrictedToMods": false,
		"publicKey": map[string]any{"id": keyOf(c.uri), "owner": c.uri, "publicKeyPem": c.pem},
	})
	return c
}

// page is a thread by the community's member.
func (c *community) page(title string) map[string]any {
	c.serial++
	p := map[string]any{
		"id": fmt.Sprintf("%s/post/%d", c.host, c.serial), "type": "Page", "attributedTo": c.member, "name": title, "content": "<p>text</p>", "mediaType": "text/html",
		"to": []any{c.uri, public}, "cc": []any{}, "audience": c.uri, "attachment": []any{}, "tag": []any{},
	}
	c.publish(p["id"].(string), p)
	return p
}

// act is an activity by one of its people, in the shape of Lemmy's.
func (c *community) act(kind, by string, object any, more map[string]any) map[string]any {
	c.serial++
	a := map[string]any{"id": fmt.Sprintf("%s/activities/%d", c.host, c.serial), "type": kind, "actor": by, "object": object,
		"to": []any{public}, "cc": []any{c.uri}, "audience": c.uri}
	for key, value := range more {
		a[key] = value
	}
	return a
}

// announces has the community pass an activity on, and waits until it is done.
func (c *community) announces(activity map[string]any) {
	c.t.Helper()
	outer := c.act("Announce", c.uri, activity, map[string]any{"to": []any{c.uri, public}, "cc": []any{c.uri + "/followers"}})
	if status, _, problem := c.says(c.uri, outer); status != 202 {
		c.t.Fatalf("%v of the community was answered %d %s", activity["type"], status, problem)
	}
	c.home.settle()
}

// says sends an activity in the name of its actor.
func (c *community) says(actor string, activity map[string]any) (status int, ignored, problem string) {
	c.t.Helper()
	body, err := json.Marshal(activity)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.send(c.home.base+"/inbox", actor, body)
}

// thread is what is known here of one of its threads.
func (c *community) thread(page map[string]any) *forum.ThreadView {
	c.t.Helper()
	p, err := c.home.store.PostByURI(c.t.Context(), page["id"].(string))
	if err != nil {
		c.t.Fatal(err)
	}
	view, err := c.home.store.ThreadView(c.t.Context(), p.ID, 0)
	if err != nil {
		c.t.Fatal(err)
	}
	return view
}

// TestGroups has groups elsewhere decide about their threads, in the shapes of
// the software they run.
func TestGroups(t *testing.T) {
	t.Parallel()
	for software, featured := range map[string]string{"lemmy": "featured", "mbin": "pinned"} {
		t.Run(software, func(t *testing.T) {
			t.Parallel()
			home := startInProcess(t, nil)
			c := newCommunity(t, home, featured)
			page := c.page("The brakes fail")
			c.announces(c.act("Create", c.member, page, nil))

			lock := c.act("Lock", c.owner, page["id"], map[string]any{"summary": "Enough."})
			c.announces(lock)
			if !c.thread(page).Locked() {
				t.Error("it is open")
			}
			c.announces(c.act("Undo", c.owner, lock, nil))
			if c.thread(page).Locked() {
				t.Error("it is closed")
			}
			// A thread that is not known here yet may be put at the head.
			older := c.page("Before")
			c.announces(c.act("Add", c.owner, older["id"], map[string]any{"target": c.featured}))
			c.announces(c.act("Add", c.owner, page["id"], map[string]any{"target": c.featured}))
			c.announces(c.act("Remove", c.owner, page["id"], map[string]any{"target": c.featured}))
			if !c.thread(older).Featured || c.thread(page).Featured {
				t.Error("the wrong thread is at the head")
			}

			// Its moderators, one of whom is from here.
			lea := home.account("lea")
			c.announces(c.act("Add", c.owner, lea.URI, map[string]any{"target": c.moderators}))
			group := c.thread(page).ForumID
			if moderates, err := home.store.Moderates(t.Context(), lea.ID, group); err != nil || !moderates {
				t.Errorf("lea does not moderate: %v", err)
			}
			c.announces(c.act("Remove", c.owner, lea.URI, map[string]any{"target": c.moderators}))
			if moderates, err := home.store.Moderates(t.Context(), lea.ID, group); err != nil || moderates {
				t.Errorf("lea still moderates: %v", err)
			}
			removal := c.act("Delete", c.owner, page["id"], map[string]any{"summary": "Off topic."})
			c.announces(removal)
			if th := c.thread(page); !th.Hidden() || th.RemovedReason != "Off topic." {
				t.Errorf("removed as %+v", th)
			}
			c.announces(c.act("Undo", c.owner, removal, nil))
			if c.thread(page).Hidden() {
				t.Error("it is still removed")
			}

			// It bans somebody, in both its shapes, until tomorrow.
			tomorrow := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)
			for _, until := range []string{"endTime", "expires"} {
				block := c.act("Block", c.owner, lea.URI, map[string]any{"target": c.uri, "summary": "spam post", "removeData": true, until: tomorrow})
				c.announces(block)
				why, err := home.service.BannedFrom(t.Context(), lea, group)
				if err != nil || why == nil || why.Key != "BannedUntil" || why.Args["Reason"] != "spam post" {
					t.Errorf("banned: %+v, %v", why, err)
				}
				c.announces(c.act("Undo", c.owner, block, nil))
				if why, err := home.service.BannedFrom(t.Context(), lea, group); err != nil || why != nil {
					t.Errorf("still banned: %+v, %v", why, err)
				}
			}

			// Somebody reacts to a thread.
			react := c.act("EmojiReact", c.member, page["id"], map[string]any{"content": "❤️"})
			c.announces(react)
			if n := c.thread(page).Supports; n != 1 {
				t.Errorf("%d supports", n)
			}
			c.announces(c.act("Undo", c.member, react, nil))
			if n := c.thread(page).Supports; n != 0 {
				t.Errorf("%d supports after all", n)
			}

			// Somebody follows it: what it says of itself is read.
			c.publish(c.moderators, map[string]any{"id": c.moderators, "type": "OrderedCollection", "orderedItems": []any{c.owner, c.host + "/u/gone"}})
			c.publish(c.featured, map[string]any{"id": c.featured, "type": "OrderedCollection", "orderedItems": []any{page}})
			state, err := home.service.Follow(t.Context(), lea, "cars@"+strings.TrimPrefix(c.host, "http://"))
			if err != nil || state != forum.FollowPending {
				t.Fatalf("%s %v", state, err)
			}
			if status, _, problem := c.says(c.uri, c.act("Accept", c.uri, map[string]any{"type": "Follow", "actor": lea.URI, "object": c.uri}, nil)); status != 202 {
				t.Fatalf("%d %s", status, problem)
			}
			home.settle()
			if list, err := home.store.ModeratorsOf(t.Context(), group); err != nil || len(list) != 1 || list[0].URI != c.owner {
				t.Errorf("it is moderated by %+v, %v", list, err)
			}
			if c.thread(older).Featured || !c.thread(page).Featured {
				t.Error("the wrong thread is at the head")
			}
		})
	}
}

// TestAuthorBeforeGroup has a follower of an author hear from them, directly and
// to no avail, what the group passes on later: then it counts.
func TestAuthorBeforeGroup(t *testing.T) {
	t.Parallel()
	home := startInProcess(t, nil)
	c := newCommunity(t, home, "featured")
	page := c.page("The brakes fail")
	edited := maps.Clone(page)
	edited["name"], edited["updated"] = "The brakes failed", time.Now().UTC().Format(time.RFC3339)
	history := []map[string]any{
		c.act("Create", c.member, page, nil),
		c.act("Update", c.member, edited, nil),
		c.act("Like", c.owner, page["id"], nil),
		c.act("Lock", c.owner, page["id"], nil),
	}
	for _, activity := range history {
		actor := activity["actor"].(string)
		if status, ignored, problem := c.says(actor, activity); status != 202 || ignored == "" {
			t.Errorf("%v from its actor was answered %d %q %s", activity["type"], status, ignored, problem)
		}
	}
	for range 2 { // what counted does so once
		for _, activity := range history {
			c.announces(activity)
		}
	}
	if th := c.thread(page); th.Title != "The brakes failed" || th.Supports != 1 || !th.Locked() {
		t.Errorf("%q with %d supports, locked %v", th.Title, th.Supports, th.Locked())
	}
}

// TestVoteBeforePost has votes come here before the replies that they are about,
// which are read from their server where the vote names a forum that is known here.
func TestVoteBeforePost(t *testing.T) {
	t.Parallel()
	home := startInProcess(t, nil)
	home.forum("telecoms")
	thread := home.thread(home.account("lea"), "telecoms", "one")
	c, follower := newCommunity(t, home, "featured"), newPeer(t, "mbin")
	follower.accepted(home.base+"/inbox", follower.activity("Follow", home.base+"/f/telecoms"))
	follower.await("Accept", 1)
	group := home.base + "/f/telecoms"
	reply := func() map[string]any {
		c.serial++
		note := map[string]any{"id": fmt.Sprintf("%s/comment/%d", c.host, c.serial), "type": "Note", "attributedTo": c.member, "content": "<p>Me too.</p>",
			"inReplyTo": thread.URI, "to": []any{public}, "cc": []any{group}, "audience": group}
		c.publish(note["id"].(string), note)
		return note
	}
	says := func(activity map[string]any) {
		t.Helper()
		if status, _, problem := c.says(activity["actor"].(string), activity); status != 202 {
			t.Fatalf("%v was answered %d %s", activity["type"], status, problem)
		}
		home.settle()
	}
	tests := map[string]struct {
		act  string
		more map[string]any
		want forum.Tally
	}{
		"like":               {"Like", map[string]any{"cc": []any{group}, "audience": group}, forum.Tally{Supports: 1}},
		"boost":              {"Announce", map[string]any{"cc": []any{c.owner + "/followers", group}, "audience": nil}, forum.Tally{Boosts: 1}},
		"like of no forum":   {"Like", map[string]any{"cc": nil, "audience": nil}, forum.Tally{}},
		"like elsewhere":     {"Like", map[string]any{"cc": nil, "audience": c.uri}, forum.Tally{}},
		"boost of no forum":  {"Announce", map[string]any{"cc": []any{c.owner + "/followers"}, "audience": nil}, forum.Tally{}},
		"like of a deletion": {"Like", map[string]any{"cc": []any{group}, "audience": group, "object": c.host + "/comment/gone"}, forum.Tally{}},
	}
	taken := 0
	for name, test := range tests {
		note := reply()
		uri := note["id"].(string)
		says(c.act(test.act, c.owner, uri, test.more))
		got, err := home.store.PostByURI(t.Context(), uri)
		if test.want == (forum.Tally{}) {
			if forum.CodeOf(err) != forum.NotFound {
				t.Errorf("%s: the reply is known: %v", name, err)
			}
			continue
		}
		taken++
		if err != nil || got.Supports != test.want.Supports || got.Boosts != test.want.Boosts {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		// Its Create changes nothing, and others have heard of it.
		says(c.act("Create", c.member, note, nil))
		passedOn := func(a map[string]any) bool { return a["object"] == uri }
		forumtest.Eventually(t, patience, name+" to have the reply passed on", func() bool { return slices.ContainsFunc(follower.of("Announce"), passedOn) })
	}
	if view, err := home.store.ThreadView(t.Context(), thread.ID, 0); err != nil || view.ReplyCount != taken {
		t.Errorf("%d replies, %v", view.ReplyCount, err)
	}
}

// TestBoostBeforeGroup has the followers of somebody hear of a boost before the
// group elsewhere, which was away, passes on what it is of.
func TestBoostBeforeGroup(t *testing.T) {
	t.Parallel()
	home := startInProcess(t, nil)
	c, author := newCommunity(t, home, "featured"), newPeer(t, "lemmy")
	c.announces(c.act("Create", c.member, c.page("first"), nil)) // so that the group is known
	lea := home.account("lea")
	if _, err := home.service.Follow(t.Context(), lea, "cars@"+strings.TrimPrefix(c.host, "http://")); err != nil {
		t.Fatal(err)
	}
	if status, _, problem := c.says(c.uri, c.act("Accept", c.uri, map[string]any{"type": "Follow", "actor": lea.URI, "object": c.uri}, nil)); status != 202 {
		t.Fatalf("%d %s", status, problem)
	}
	page := author.publish(map[string]any{"id": author.id("post"), "type": "Page", "attributedTo": author.actor(), "to": []any{c.uri, public}, "audience": c.uri,
		"name": "The brakes fail", "content": "<p>text</p>"})
	boost := author.activity("Announce", page["id"])
	boost["audience"] = c.uri
	author.accepted(home.base+"/inbox", boost)
	author.accepted(home.base+"/inbox", author.activity("Announce", author.url("/elsewhere"))) // nobody waits for that one
	forumtest.Eventually(t, patience, "the post to be read", func() bool {
		return author.count(author.asked, strings.TrimPrefix(page["id"].(string), author.server.URL)) > 0
	})
	if _, err := home.store.PostByURI(t.Context(), page["id"].(string)); forum.CodeOf(err) != forum.NotFound {
		t.Fatalf("the author's word was enough: %v", err)
	}
	outer := c.act("Announce", c.uri, author.activity("Create", page), map[string]any{"to": []any{c.uri, public}})
	if status, _, problem := c.says(c.uri, outer); status != 202 {
		t.Fatalf("answered %d %s", status, problem)
	}
	forumtest.Eventually(t, patience, "the boost to count", func() bool {
		p, err := home.store.PostByURI(t.Context(), page["id"].(string))
		return err == nil && p.Boosts == 1
	})
}

// TestReplyToRemoved has a reply come from elsewhere to what was removed here
// meanwhile: all servers are to have the same replies, whatever came first.
func TestReplyToRemoved(t *testing.T) {
	t.Parallel()
	home := startInProcess(t, nil)
	home.forum("telecoms")
	lea := home.account("lea")
	thread := home.thread(lea, "telecoms", "one")
	first, err := home.service.Reply(t.Context(), lea, forum.NewReply{ThreadID: thread.ID, Body: "first"})
	if err != nil {
		t.Fatal(err)
	}
	if err := home.service.Delete(t.Context(), lea, first.ID, ""); err != nil {
		t.Fatal(err)
	}
	c := newCommunity(t, home, "featured")
	group := home.base + "/f/telecoms"
	note := map[string]any{"id": c.host + "/comment/1", "type": "Note", "attributedTo": c.member, "content": "<p>Me too.</p>",
		"inReplyTo": first.URI, "to": []any{public}, "cc": []any{group}, "audience": group}
	if status, ignored, problem := c.says(c.member, c.act("Create", c.member, note, nil)); status != 202 || ignored != "" {
		t.Errorf("answered %d %q %s", status, ignored, problem)
	}
	if got, err := home.store.PostByURI(t.Context(), c.host+"/comment/1"); err != nil || got.ParentID != first.ID {
		t.Errorf("%+v, %v", got, err)
	}
	notes, err := home.store.Notifications(t.Context(), forum.NotificationQuery{AccountID: lea.ID, Limit: 10})
	if err != nil || len(notes.Groups) != 0 {
		t.Errorf("she is told %+v, %v", notes, err)
	}
}

// TestRemoteModerator has somebody of a Lemmy server moderate a forum here: what
// they do takes effect and is passed on as it came.
func TestRemoteModerator(t *testing.T) {
	t.Parallel()
	home := startInProcess(t, nil)
	home.forum("telecoms")
	thread := home.thread(home.account("lea"), "telecoms", "one")
	c, follower := newCommunity(t, home, "featured"), newPeer(t, "mbin")
	follower.accepted(home.base+"/inbox", follower.activity("Follow", home.base+"/f/telecoms"))
	follower.await("Accept", 1)
	group := home.base + "/f/telecoms"
	in := map[string]any{"cc": []any{group}, "audience": group}
	with := func(key string, value any) map[string]any {
		return map[string]any{"cc": in["cc"], "audience": in["audience"], key: value}
	}

	lock := c.act("Lock", c.owner, thread.URI, in)
	if status, _, _ := c.says(c.owner, lock); status != 403 {
		t.Errorf("closed by anybody: %d", status)
	}
	owner, err := home.store.ActorByURI(t.Context(), c.owner)
	if err != nil {
		t.Fatal(err)
	}
	if err := home.service.SetModerator(t.Context(), forum.Operator(), "telecoms", owner.Handle(), true); err != nil {
		t.Fatal(err)
	}
	if items := document(t, group+"/moderators")["orderedItems"].([]any); len(items) != 1 || items[0] != c.owner {
		t.Errorf("moderators %v", items)
	}
	pin := c.act("Add", c.owner, thread.URI, with("target", group+"/featured"))
	removal := c.act("Delete", c.owner, thread.URI, with("summary", "Off topic."))
	sent := []map[string]any{lock, pin, c.act("Undo", c.owner, lock, in), removal, c.act("Undo", c.owner, removal, in)}
	for i, activity := range sent {
		if status, ignored, problem := c.says(c.owner, activity); status != 202 || ignored != "" {
			t.Fatalf("%v was answered %d %s %s", activity["type"], status, ignored, problem)
		}
		if i == 1 {
			if items := document(t, group+"/featured")["orderedItems"].([]any); len(items) != 1 || items[0].(map[string]any)["id"] != thread.URI {
				t.Errorf("at the head %v", items)
			}
		}
	}
	announced := follower.await("Announce", len(sent)+1) // and the moderator's appointment
	for i, want := range sent {
		if got := announced[i+1]["object"].(map[string]any); got["id"] != want["id"] || got["actor"] != c.owner {
			t.Errorf("%v was passed on as %v", want, got)
		}
	}
	if view, err := home.store.ThreadView(t.Context(), thread.ID, 0); err != nil || view.Locked() || view.Hidden() {
		t.Errorf("the thread is %+v, %v", view, err)
	}
}

// TestLocalForum asks every address that other servers know for a forum that is
// not for them, and what stands in it.
func TestLocalForum(t *testing.T) {
	t.Parallel()
	home := startInProcess(t, nil)
	lea := home.account("lea")
	f, err := home.service.CreateForum(t.Context(), forum.Operator(), "inside", forum.ForumDetails{Title: "Inside", LocalOnly: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	th := home.thread(lea, "inside", "secret")
	reply, err := home.service.Reply(t.Context(), lea, forum.NewReply{ThreadID: th.ID, Body: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	if err := home.service.Pin(t.Context(), lea, th.ID, true); err != nil {
		t.Fatal(err)
	}
	var hidden []string
	for _, part := range []string{"", "/outbox", "/outbox?page=1", "/followers", "/following", "/featured", "/moderators"} {
		hidden = append(hidden, f.URI+part)
	}
	for _, part := range []string{"", "/replies", "/replies?page=1", "/likes", "/shares"} {
		hidden = append(hidden, th.URI+part, reply.URI+part)
	}
	hidden = append(hidden, th.URI+"/context", th.URI+"/context?page=1", th.URI+"-secret",
		home.base+"/activities/"+th.CreateID.String(), home.base+"/activities/"+th.AnnounceID.String(), home.base+"/activities/"+reply.CreateID.String(),
		home.base+"/.well-known/webfinger?resource=acct:inside@"+home.host(), home.base+"/.well-known/webfinger?resource="+f.URI)
	for _, address := range hidden {
		if status, _ := object(t, address); status != 404 {
			t.Errorf("%s: %d", address, status)
		}
	}
	for _, address := range []string{"/outbox?page=1", "/featured"} {
		if items, _ := document(t, lea.URI+address)["orderedItems"].([]any); len(items) != 0 {
			t.Errorf("%s lists %v", address, items)
		}
	}
	visitor := home.textBrowser("")
	for _, path := range []string{"/f/inside", "/t/" + th.ID.String(), "/p/" + reply.ID.String()} {
		page := visitor.get(path).is(200).lacks("activity+json")
		if i := strings.Index(page.body, "/interact?"); i >= 0 {
			t.Errorf("%s: %s", path, page.body[max(0, i-300):i+100])
		}
	}
	visitor.get("/f/inside").shows("for this server only")
}

func document(t *testing.T, address string) map[string]any {
	t.Helper()
	status, d := object(t, address)
	if status != 200 {
		t.Fatalf("%s: %d", address, status)
	}
	return d
}
