package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// TestPolls asks a question here, which a Mastodon and a Lemmy follow, and answers
// one that a Mastodon asks.
func TestPolls(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	s.account("lea")
	s.account("max")
	s.forum("telecoms")
	group := s.base + "/f/telecoms"
	mastodon, lemmy := newPeer(t, "mastodon"), newPeer(t, "lemmy")
	for _, p := range []*peer{mastodon, lemmy} {
		p.accepted(group+"/inbox", p.activity("Follow", group))
		p.await("Accept", 1)
	}

	// The form without a script.
	lea := s.textBrowser("lea")
	form := url.Values{"forum": {"telecoms"}, "kind": {"question"}, "title": {"Switch?"}, "body": {"To whom?"}, "choice": {"Yes", "", "No <b>"}, "poll_days": {"3"}}
	if page := lea.post("/new", url.Values{"forum": {"telecoms"}, "kind": {"question"}, "title": {"Switch?"}, "body": {"To whom?"}, "choice": {"Yes"}, "poll_days": {"3"}}).body; !strings.Contains(page, "from 2 to 8 choices") || !strings.Contains(page, `value="Yes"`) {
		t.Errorf("a poll with one choice:\n%s", page)
	}
	lea.post("/new", form)
	announce := mastodon.await("Announce", 1)[0]
	uri := announce["object"].(string)
	_, question := object(t, uri)
	if question["type"] != "Question" || question["name"] != "Switch?" || question["endTime"] == nil || question["anyOf"] != nil || fmt.Sprint(choicesOf(question, "oneOf")) != "[Yes 0 No <b> 0]" {
		t.Errorf("the question %v", question)
	}
	relayed, _ := lemmy.await("Announce", 1)[0]["object"].(map[string]any)
	note, _ := relayed["object"].(map[string]any)
	if note["type"] != "Note" || !strings.Contains(text(note, "content"), "<li>No &lt;b&gt;</li>") {
		t.Errorf("to a Lemmy it is %v", note)
	}

	// Votes from here and from there; each counts once.
	known, err := s.store.PostByURI(t.Context(), uri)
	if err != nil {
		t.Fatal(err)
	}
	path := "/t/" + known.ID.String()
	max := s.textBrowser("max")
	if page := max.get(path).body; !strings.Contains(page, "No &lt;b&gt;") || !strings.Contains(page, `type="radio"`) {
		t.Errorf("the poll to somebody who may vote:\n%s", page)
	}
	max.post(path+"/vote", url.Values{"choice": {"1"}})
	vote := func(name string) {
		id := mastodon.id("votes")
		note := map[string]any{"id": id, "type": "Note", "attributedTo": mastodon.actor(), "to": []any{s.base + "/u/lea"}, "name": name, "inReplyTo": uri}
		create := mastodon.activity("Create", note)
		create["to"] = []any{s.base + "/u/lea"}
		mastodon.accepted(s.base+"/u/lea/inbox", create)
	}
	vote("Yes")
	vote("No <b>")
	page := max.get(path).body
	for _, want := range []string{"2 people voted", "your choice", "<progress"} {
		if !strings.Contains(page, want) {
			t.Errorf("after voting the page lacks %q", want)
		}
	}
	if strings.Contains(page, `type="radio"`) {
		t.Error("whoever voted is asked again")
	}
	if err := s.service.WorkPoll(t.Context(), forum.PollJob{Post: known.ID}); err != nil {
		t.Fatal(err)
	}
	update, _ := mastodon.await("Update", 1)[0]["object"].(map[string]any)
	if update["type"] != "Question" || update["votersCount"] != 2.0 || fmt.Sprint(choicesOf(update, "oneOf")) != "[Yes 1 No <b> 1]" {
		t.Errorf("Update %v", update)
	}
	if n := len(lemmy.of("Announce")); n != 1 {
		t.Errorf("a Lemmy is told of counts: %d announces", n)
	}

	// A question from there.
	asked := mastodon.note("<p>@telecoms Which?</p><p>Say.</p>", "", group)
	asked["type"], asked["endTime"], asked["votersCount"] = "Question", time.Now().Add(time.Hour).UTC().Format(time.RFC3339), 3
	option := func(name string, votes int) any {
		return map[string]any{"type": "Note", "name": name, "replies": map[string]any{"type": "Collection", "totalItems": votes}}
	}
	asked["anyOf"] = []any{option("A", 3), option("B", 1)}
	mastodon.accepted(group+"/inbox", mastodon.activity("Create", asked))
	forumtest.Eventually(t, patience, "the question", func() bool {
		known, err = s.store.PostByURI(t.Context(), asked["id"].(string))
		return err == nil
	})
	path = "/t/" + known.ID.String()
	if page := max.get(path).body; !strings.Contains(page, "3 people voted") || !strings.Contains(page, "Your choice is told to "+mastodon.host()) {
		t.Errorf("the question from there:\n%s", page)
	}
	max.post(path+"/vote", url.Values{"choice": {"0", "1"}})
	names := map[any]bool{}
	for _, create := range mastodon.await("Create", 2) {
		note, _ := create["object"].(map[string]any)
		if note["type"] != "Note" || note["inReplyTo"] != asked["id"] || note["content"] != nil || note["attributedTo"] != s.base+"/u/max" || fmt.Sprint(note["to"]) != "["+mastodon.actor()+"]" {
			t.Errorf("vote %v", note)
		}
		names[note["name"]] = true
	}
	if !names["A"] || !names["B"] {
		t.Errorf("votes for %v", names)
	}
	// New counts come under the same time of the last edit, twice.
	for votes := 5; votes <= 6; votes++ {
		asked["anyOf"], asked["votersCount"] = []any{option("A", votes), option("B", 2)}, votes
		update := mastodon.activity("Update", asked)
		update["id"] = mastodon.url("/updates/1")
		mastodon.accepted(s.base+"/inbox", update)
		if page := max.get(path).body; !strings.Contains(page, fmt.Sprintf("%d people voted", votes)) || strings.Contains(page, "edited") {
			t.Errorf("after the Update of counts:\n%s", page)
		}
	}

	// All choices at once, as GoToSocial sends them.
	form.Set("title", "Which?")
	form.Set("poll_multiple", "true")
	lea.post("/new", form)
	uri = mastodon.await("Announce", 3)[2]["object"].(string)
	var notes []any
	for i, name := range []string{"Yes", "No <b>"} {
		notes = append(notes, map[string]any{"id": mastodon.url(fmt.Sprintf("/votes/both/%d", i)), "type": "Note", "attributedTo": mastodon.actor(), "to": s.base + "/u/lea", "name": name, "inReplyTo": uri})
	}
	create := mastodon.activity("Create", notes[0])
	create["object"], create["to"] = notes, s.base+"/u/lea"
	mastodon.accepted(s.base+"/u/lea/inbox", create)
	if _, question := object(t, uri); question["votersCount"] != 1.0 || fmt.Sprint(choicesOf(question, "anyOf")) != "[Yes 1 No <b> 1]" {
		t.Errorf("after two votes at once: %v", question)
	}
}

// choicesOf lists a question's choices with their votes.
func choicesOf(question map[string]any, key string) []any {
	var list []any
	choices, _ := question[key].([]any)
	for _, c := range choices {
		choice, _ := c.(map[string]any)
		replies, _ := choice["replies"].(map[string]any)
		list = append(list, choice["name"], replies["totalItems"])
	}
	return list
}

// TestClaimPollOnPages writes a grievance that asks whether it happened to others, and
// has one of them say so in the poll.
func TestClaimPollOnPages(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	s.account("lea")
	s.account("max")
	s.forum("banks")
	lea, max := s.textBrowser("lea"), s.textBrowser("max")
	form := url.Values{"forum": {"banks"}, "kind": {"question"}, "title": {"Charged twice"}, "body": {"b"}, "language": {"en"}, "poll_claims": {"true"}, "poll_days": {"30"}, "experienced_on": {"2026-03-02"}}
	lea.post("/new", form).is(http.StatusUnprocessableEntity).shows("Only grievances and reviews can ask", `name="poll_claims" value="true" checked`)
	form.Set("kind", "grievance")
	path := lea.post("/new", form).is(http.StatusSeeOther).header.Get("Location")
	id := regexp.MustCompile(`/t/[0-9]+`).FindString(path)
	max.get(path).shows("✋ It happened to me too", "Keep me posted", "Nobody else has said so")
	max.post(id+"/vote", url.Values{"choice": {"0"}}).is(http.StatusSeeOther)
	max.get(path).shows("1 person says: it happened to me too", "You are counted")
	max.get(id + "/counted.csv").shows(",ballot,")
}
