package main

import (
	"encoding/json"
	"fmt"
	"testing"

	"portevoix/forum"
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
		})
	}
}
