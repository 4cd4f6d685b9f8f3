package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"portevoix/forum/forumtest"
	"portevoix/storage/storagetest"
)

// TestTwoServers takes the one way through the whole product: a person on one
// server follows a forum on another, sees its threads, replies, supports,
// boosts, edits, deletes, unfollows and blocks, and all of it shows on the other
// side. The servers are real processes; one stores in SQLite, the other in
// PostgreSQL where there is one.
func TestTwoServers(t *testing.T) {
	t.Parallel()
	home := newProcess(t).start()
	away := newProcess(t, "PORTEVOIX_STORAGE_DRIVER=postgres", "PORTEVOIX_STORAGE_DSN="+storagetest.PostgresDSN(t)).start()
	lea := home.person("lea")
	home.must("forum", "create", "telecoms", "--title", "Telecoms", "--moderator", "lea")
	max := away.person("max")
	remoteForum := "telecoms@" + home.addr

	// Follow.
	status, answer := max.api(http.MethodPost, "/forums/"+remoteForum+"/follow", nil)
	if status != http.StatusOK || answer["state"] != "pending" {
		t.Fatalf("follow: %d %v", status, answer)
	}
	forumtest.Eventually(t, patience, "the Accept", func() bool {
		_, f := max.api(http.MethodGet, "/forums/"+remoteForum, nil)
		return f["following"] == "accepted"
	})

	// A thread arrives with its whole text.
	thread := lea.startThread("telecoms", "Enel: double bill", "It was *billed twice*.\n\nI want the money back.")
	onAway := func() map[string]any {
		return byURI(max.list("/threads?forum="+remoteForum), thread)
	}
	forumtest.Eventually(t, patience, "the thread on the other server", func() bool { return onAway() != nil })
	copied := onAway()
	if copied["title"] != "Enel: double bill" || !strings.Contains(text(copied, "content"), "<em>billed twice</em>") || copied["forum"] != remoteForum ||
		copied["language"] != "en" || copied["author"].(map[string]any)["handle"] != "lea@"+home.addr {
		t.Fatalf("the copy: %v", copied)
	}
	page := max.page("/t/" + text(copied, "id"))
	if !strings.Contains(page, "Enel: double bill") || !strings.Contains(page, "@lea@"+home.addr) {
		t.Errorf("the page of the copy does not say what it is:\n%s", page)
	}

	// A reply travels back, and one to it forth.
	if page := max.submit("/t/"+text(copied, "id")+"/reply", url.Values{"body": {"Same here, @lea@" + home.addr}}); !strings.Contains(page, "Same here") {
		t.Fatalf("the reply is not on its own server:\n%s", page)
	}
	replies := func(u *person, thread map[string]any) []map[string]any {
		return u.list("/threads/" + text(thread, "id") + "/replies")
	}
	forumtest.Eventually(t, patience, "the reply at home", func() bool { return len(replies(lea, thread)) == 1 })
	reply := replies(lea, thread)[0]
	if !strings.Contains(text(reply, "content"), "Same here") || reply["author"].(map[string]any)["handle"] != "max@"+away.addr {
		t.Errorf("the reply at home: %v", reply)
	}
	status, second := lea.api(http.MethodPost, "/threads/"+text(thread, "id")+"/replies", map[string]any{"body": "When was that?", "parent_id": reply["id"]})
	if status != http.StatusCreated {
		t.Fatalf("reply: %d %v", status, second)
	}
	forumtest.Eventually(t, patience, "the answer on the other server", func() bool { return len(replies(max, copied)) == 2 })
	if answer := replies(max, copied)[1]; answer["parent_id"] != replies(max, copied)[0]["id"] {
		t.Errorf("the answer hangs in another place: %v", answer)
	}
	if page := max.page("/notifications"); !strings.Contains(page, "lea replied to you") {
		t.Errorf("no notification of the answer:\n%s", page)
	}

	// Support and boost count, and can be taken back.
	for _, action := range []string{"support", "boost"} {
		count := func() int {
			_, now := lea.api(http.MethodGet, "/threads/"+text(thread, "id"), nil)
			return number(now, action+"s")
		}
		max.submit("/t/"+text(copied, "id")+"/"+action, url.Values{"on": {"true"}})
		forumtest.Eventually(t, patience, action+" at home", func() bool { return count() == 1 })
		max.submit("/t/"+text(copied, "id")+"/"+action, url.Values{"on": {"false"}})
		forumtest.Eventually(t, patience, "the end of the "+action, func() bool { return count() == 0 })
	}
	if page := lea.page("/notifications"); !strings.Contains(page, "max supports your post") || !strings.Contains(page, "max boosted your post") {
		t.Errorf("no notification of support and boost:\n%s", page)
	}

	// Edits, both ways, with history.
	lea.submit("/t/"+text(thread, "id")+"/edit", url.Values{"title": {"Enel: double bill, solved"}, "body": {"They paid."}, "language": {"en"}, "content_note": {"money & anger"}})
	forumtest.Eventually(t, patience, "the edit on the other server", func() bool {
		now := onAway()
		return now != nil && now["title"] == "Enel: double bill, solved" && strings.Contains(text(now, "content"), "They paid") && now["content_note"] == "money & anger" && now["edited_at"] != nil
	})
	if page := max.page("/t/" + text(copied, "id") + "/history"); !strings.Contains(page, "billed twice") || !strings.Contains(page, "<ins>") || !strings.Contains(page, "money &amp; anger") {
		t.Errorf("the history of the copy lacks the former text:\n%s", page)
	}
	own := replies(max, copied)[0]
	if status, out := max.api(http.MethodPatch, "/replies/"+text(own, "id"), map[string]any{"body": "Same here, in March"}); status != http.StatusOK {
		t.Fatalf("edit: %d %v", status, out)
	}
	forumtest.Eventually(t, patience, "the edited reply at home", func() bool {
		r := byURI(replies(lea, thread), own)
		return r != nil && strings.Contains(text(r, "content"), "in March")
	})

	// Deletion leaves a tombstone on both.
	if status, _ := max.api(http.MethodDelete, "/replies/"+text(own, "id"), nil); status != http.StatusNoContent {
		t.Fatalf("delete: %d", status)
	}
	forumtest.Eventually(t, patience, "the tombstone at home", func() bool {
		r := byURI(replies(lea, thread), own)
		return r["deleted"] == true && r["content"] == ""
	})
	if status, d := object(t, text(own, "uri")); status != http.StatusGone || d["type"] != "Tombstone" {
		t.Errorf("a deleted reply answers %d %v", status, d)
	}

	// A block ends what the blocked one can do.
	max.submit("/u/lea@"+home.addr+"/block", url.Values{"on": {"true"}})
	forumtest.Eventually(t, patience, "the block at home", func() bool {
		status, out := lea.api(http.MethodPost, "/forums/max@"+away.addr+"/follow", nil)
		return status == http.StatusForbidden && strings.Contains(text(out, "type"), "BlockedByThem")
	})

	// Unfollow.
	if status, _ := max.api(http.MethodDelete, "/forums/"+remoteForum+"/follow", nil); status != http.StatusOK {
		t.Fatalf("unfollow: %d", status)
	}
	forumtest.Eventually(t, patience, "the follower to be gone at home", func() bool {
		_, f := lea.api(http.MethodGet, "/forums/telecoms", nil)
		return number(f, "followers") == 0
	})
	for _, p := range []*process{home, away} {
		if code := p.stop(); code != exitOK {
			t.Errorf("%s stopped with code %d", p.addr, code)
		}
	}
}

// byURI finds the same post in another server's list; nil when it is not there.
func byURI(list []map[string]any, post map[string]any) map[string]any {
	for _, one := range list {
		if one["uri"] == post["uri"] {
			return one
		}
	}
	return nil
}

// TestThreeServers has a person on a third server reply to a reply: the forum
// passes everything on to the servers that follow it, whoever wrote it and
// wherever.
func TestThreeServers(t *testing.T) {
	t.Parallel()
	home, second, third := newProcess(t).start(), newProcess(t).start(), newProcess(t).start()
	lea := home.person("lea")
	home.must("forum", "create", "banks", "--title", "Banks")
	followers := []*person{second.person("max"), third.person("ines")}
	name := "banks@" + home.addr
	for _, u := range followers {
		u.api(http.MethodPost, "/forums/"+name+"/follow", nil)
		forumtest.Eventually(t, patience, "the Accept", func() bool {
			_, f := u.api(http.MethodGet, "/forums/"+name, nil)
			return f["following"] == "accepted"
		})
	}
	thread := lea.startThread("banks", "Fees", "Who else?")
	find := func(u *person) map[string]any {
		return byURI(u.list("/threads?forum="+name), thread)
	}
	for _, u := range followers {
		forumtest.Eventually(t, patience, "the thread", func() bool { return find(u) != nil })
	}
	max, ines := followers[0], followers[1]
	if status, out := max.api(http.MethodPost, "/threads/"+text(find(max), "id")+"/replies", map[string]any{"body": "Me."}); status != http.StatusCreated {
		t.Fatalf("reply: %d %v", status, out)
	}
	forumtest.Eventually(t, patience, "max's reply on the third server", func() bool { return number(find(ines), "replies") == 1 })
	first := ines.list("/threads/" + text(find(ines), "id") + "/replies")[0]
	if status, out := ines.api(http.MethodPost, "/threads/"+text(find(ines), "id")+"/replies", map[string]any{"body": "Me too, max.", "parent_id": first["id"]}); status != http.StatusCreated {
		t.Fatalf("reply: %d %v", status, out)
	}
	ines.api(http.MethodPost, "/replies/"+text(first, "id")+"/support", nil)
	for _, u := range []*person{lea, max} {
		at := thread
		if u == max {
			at = find(max)
		}
		forumtest.Eventually(t, patience, "both replies and the support with "+u.name, func() bool {
			list := u.list("/threads/" + text(at, "id") + "/replies")
			return len(list) == 2 && list[1]["parent_id"] == list[0]["id"] && number(list[0], "supports") == 1
		})
	}
	// A thread opened from the second server reaches the third by way of the
	// forum at home.
	if status, out := max.api(http.MethodPost, "/threads", map[string]any{"forum": name, "kind": "question", "title": "From afar", "body": "Does it arrive?"}); status != http.StatusCreated {
		t.Fatalf("thread in a remote forum: %d %v", status, out)
	}
	for _, u := range []*person{lea, ines} {
		of := "banks"
		if u == ines {
			of = name
		}
		forumtest.Eventually(t, patience, "the thread from afar with "+u.name, func() bool {
			for _, one := range u.list("/threads?forum=" + of) {
				if one["title"] == "From afar" {
					return strings.Contains(text(one, "content"), "Does it arrive?")
				}
			}
			return false
		})
	}
}
