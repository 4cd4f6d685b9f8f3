package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// ctx is the test’s.
func (v *visitor) ctx() context.Context { return v.t.Context() }

// went waits until something was told to the visitor, which must take it.
func (v *visitor) went(column string, is func(activity map[string]any) bool) {
	v.t.Helper()
	var found map[string]any
	wait := shortPatience
	if v.d.Software == "discourse" { // deliveries to it are paced
		wait = patience
	}
	forumtest.Eventually(v.t, wait, column+" at "+v.d.Software, func() bool {
		for _, a := range v.log() {
			if is(a) {
				found = a
				return true
			}
		}
		return false
	})
	if problem := v.takes(found); problem != "" {
		body, _ := json.Marshal(found)
		v.t.Errorf("out, %s: %s: %s", column, problem, body)
		return
	}
	v.ways["out"][column] = true
}

// goOut has people here do all that the visitor is to hear of.
func (v *visitor) goOut() {
	ctx, service := v.ctx(), v.home.service
	must := func(err error) {
		v.t.Helper()
		if err != nil {
			v.t.Fatal(err)
		}
	}
	wants := func(column string) bool { return slices.Contains(v.d.Out, column) }
	told := func(column, kind string, about func(a map[string]any) bool) {
		v.t.Helper()
		if wants(column) {
			v.went(column, func(a map[string]any) bool {
				if inner, ok := a["object"].(map[string]any); ok && a["type"] == "Announce" {
					a = inner
				}
				return a["type"] == kind && about(a)
			})
		}
	}
	object := func(uri string) func(map[string]any) bool {
		return func(a map[string]any) bool { return idOf(a["object"]) == uri }
	}
	if wants("thread") {
		th := v.home.thread(v.lea, "telecoms", "Never came")
		v.went("thread", func(a map[string]any) bool {
			inner, _ := a["object"].(map[string]any)
			return a["type"] == "Announce" && (a["object"] == th.URI || idOf(inner["object"]) == th.URI)
		})
	}
	theirs := v.post(v.own["thread"]["id"])
	if p := v.post(v.own["reply"]["id"]); p != nil && !p.Hidden() {
		theirs = p
	}
	thread, err := v.home.store.Thread(ctx, theirs.ThreadID)
	must(err)
	if thread.Locked() { // by the visitor's own people; ours still have to be heard
		must(v.home.store.Write(ctx, func(ctx context.Context, tx forum.Tx) error {
			return tx.LockThread(ctx, thread.ID, false, thread.LockedAt)
		}))
	}
	handle := "@" + v.author(theirs).Handle()
	first := v.answers(v.max, theirs, "Thank you "+handle)
	told("reply", "Create", object(first.URI))
	second := v.answers(v.lea, first, "And you, "+handle)
	told("nested reply", "Create", object(second.URI))
	_, err = service.Edit(ctx, v.max, first.ID, forum.Edit{Body: "Thanks again " + handle})
	must(err)
	told("edit", "Update", object(first.URI))
	must(service.Delete(ctx, v.max, first.ID, ""))
	told("delete", "Delete", object(first.URI))
	liked := theirs
	if v.d.Software == "peertube" { // comments there cannot be liked
		liked = &thread.Post
	}
	must(service.Support(ctx, v.max, liked.ID, true))
	told("like", "Like", object(liked.URI))
	must(service.Support(ctx, v.max, liked.ID, false))
	told("undo", "Undo", func(a map[string]any) bool {
		inner, _ := a["object"].(map[string]any)
		return inner["type"] == "Like" && inner["object"] == liked.URI
	})
	must(service.Boost(ctx, v.max, theirs.ID, true))
	told("boost", "Announce", object(theirs.URI))
	if wants("poll vote") {
		poll := v.says(v.d.Poll, false, map[string]any{"parent": v.thread.URI, "parent by": v.lea.URI})["object"].(map[string]any)
		forumtest.Eventually(v.t, shortPatience, "its poll", func() bool { return v.post(poll["id"]) != nil })
		p := v.post(poll["id"])
		must(service.Vote(ctx, v.max, p.ID, []int{1}))
		told("poll vote", "Create", func(a map[string]any) bool {
			vote, _ := a["object"].(map[string]any)
			return vote["name"] == "That" && vote["inReplyTo"] == p.URI && vote["content"] == nil && has(vote["to"], v.author(p).URI)
		})
	}
	if wants("report") {
		must(service.Report(ctx, v.max, forum.NewReport{PostID: theirs.ID, Words: "An advertisement", Forward: true}))
		told("report", "Flag", func(a map[string]any) bool { return has(a["object"], theirs.URI) && a["actor"] == v.home.base+"/actor" })
	}
	v.isToldOfOrder(told)
	if wants("move") {
		v.follows(v.max.URI)
		other := fmt.Sprint(v.gaps["other"])
		must(service.Move(ctx, v.max, other, v.max.Name, ""))
		told("move", "Move", func(a map[string]any) bool { return a["object"] == v.max.URI && a["target"] == other })
	}
}

// isToldOfOrder has moderators here decide.
func (v *visitor) isToldOfOrder(told func(column, kind string, about func(map[string]any) bool)) {
	ctx, service := v.ctx(), v.home.service
	must := func(err error) {
		v.t.Helper()
		if err != nil {
			v.t.Fatal(err)
		}
	}
	th := v.home.thread(v.lea, "telecoms", "Out of order")
	about := func(a map[string]any) bool { return idOf(a["object"]) == th.URI }
	must(service.LockThread(ctx, v.boss, th.ID, true))
	told("lock", "Lock", about)
	if v.d.Group != "" {
		must(service.Feature(ctx, v.boss, th.ID, true))
		told("pin", "Add", about)
	} else if slices.Contains(v.d.Out, "pin") {
		v.follows(v.lea.URI)
		must(service.Pin(ctx, v.lea, th.ID, true))
		told("pin", "Add", about)
	}
	must(service.Delete(ctx, v.boss, th.ID, "Off topic"))
	told("moderator removal", "Delete", about)
	if slices.Contains(v.d.Out, "ban") {
		actor, err := v.home.store.ActorByURI(ctx, fmt.Sprint(v.gaps["owner"]))
		must(err)
		must(service.Ban(ctx, v.boss, forum.NewBan{Forum: "telecoms", Whom: actor.Handle(), Reason: "Spam"}))
		told("ban", "Block", func(a map[string]any) bool {
			return a["object"] == actor.URI && a["target"] == v.home.base+"/f/telecoms"
		})
	}
}

func (v *visitor) author(p *forum.Post) *forum.Actor {
	a, err := v.home.store.Actor(v.ctx(), p.AuthorID)
	if err != nil {
		v.t.Fatal(err)
	}
	return a
}

// idOf is the id of what is named or embedded.
func idOf(object any) string {
	if m, ok := object.(map[string]any); ok {
		object = m["id"]
	}
	s, _ := object.(string)
	return s
}

// takes reads an activity as the visitor's software does, and says what that
// would refuse; "" for nothing.
func (v *visitor) takes(a map[string]any) string {
	kind, _ := a["type"].(string)
	switch {
	case a["@context"] == nil:
		return "it has no context"
	case !strings.HasPrefix(idOf(a), v.home.base) || !strings.HasPrefix(fmt.Sprint(a["actor"]), v.home.base):
		return "its id or actor is elsewhere"
	case kind != "Announce":
		return v.takesActivity(a)
	case !has(a["to"], public):
		return "it is not public"
	}
	inner, wrapped := a["object"].(map[string]any)
	family := forum.FamilyOf(v.d.Software)
	if wrapped != (family == forum.GroupAware) && a["actor"] == v.home.base+"/f/telecoms" {
		return "it is in the form of another family"
	}
	if !wrapped {
		status, post := object(v.t, fmt.Sprint(a["object"]))
		if strings.HasPrefix(fmt.Sprint(a["object"]), v.home.base) && status != 200 {
			return fmt.Sprintf("its object answers %d", status)
		}
		if a["actor"] == v.home.base+"/f/telecoms" {
			return v.takesPost(post)
		}
		return ""
	}
	if _, list := a["cc"].([]any); !list { // Lemmy wants both
		return "its cc is no list"
	}
	return v.takesActivity(inner)
}

func (v *visitor) takesActivity(a map[string]any) string {
	inner, embedded := a["object"].(map[string]any)
	switch a["type"] {
	case "Create", "Update":
		if inner["name"] != nil && inner["content"] == nil && inner["inReplyTo"] != nil { // a vote
			return ""
		}
		return v.takesPost(inner)
	case "Undo":
		if !embedded || inner["type"] == nil || inner["actor"] != a["actor"] { // Mastodon, Lemmy
			return "what it undoes is not embedded"
		}
	case "Lock", "Add", "Remove", "Block", "Delete":
		_, to := a["to"].([]any)
		_, cc := a["cc"].([]any)
		if !to || !cc { // Lemmy
			return "its to and cc are not lists"
		}
	case "Flag":
		_, list := a["object"].([]any)
		if to, _ := a["to"].([]any); !list && len(to) != 1 { // Lemmy and its like; others take the account and its posts
			return "it is not to one forum"
		}
		if a["content"] == nil {
			return "it has no words"
		}
	}
	return ""
}

// takesPost reads a post as the strictest of its readers do.
func (v *visitor) takesPost(p map[string]any) string {
	if _, ok := p["attributedTo"].(string); !ok { // NodeBB, Lemmy
		return "its author is not one"
	}
	for _, list := range []string{"to", "cc", "tag", "attachment"} { // Lemmy
		if _, ok := p[list].([]any); !ok {
			return "its " + list + " is no list"
		}
	}
	kinds := []string{"Note", "Article"} // Discourse has no others
	if v.d.Software != "discourse" && v.d.Software != "lemmy" {
		kinds = append(kinds, "Question")
	}
	switch {
	case !slices.Contains(kinds, fmt.Sprint(p["type"])):
		return "it is a " + fmt.Sprint(p["type"])
	case !has(p["to"], public) && !has(p["cc"], public):
		return "it is not public"
	case p["content"] == nil || p["published"] == nil:
		return "it has no text or time"
	}
	if _, ok := p["audience"].(string); !ok && forum.FamilyOf(v.d.Software) == forum.GroupAware {
		return "it names no group"
	}
	return ""
}
