package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// TestActionAcrossServers starts an action on one server, and signs it from there,
// from a Mastodon, and from another server of this software, which shows the same
// facts and totals.
func TestActionAcrossServers(t *testing.T) {
	t.Parallel()
	a := startInProcess(t, func(c *config.Config) { c.Actions.Sponsors = 1; c.Registration.Guests = "allowed" })
	b := startInProcess(t, nil)
	for _, name := range []string{"lea", "max", "ada"} {
		a.account(name)
	}
	b.account("noor")
	a.forum("telecoms")
	mastodon := newPeer(t, "mastodon")
	mastodon.profile = map[string]any{"summary": "<p>Me</p>", "published": "2020-01-01T00:00:00Z"}
	group := a.base + "/f/telecoms"
	mastodon.accepted(group+"/inbox", mastodon.activity("Follow", group))
	mastodon.await("Accept", 1)

	// Started, sponsored, published by the API.
	lea, max := a.program("lea", forum.ScopeRead, forum.ScopeWrite), a.program("max", forum.ScopeRead, forum.ScopeWrite)
	closes := time.Now().AddDate(0, 1, 0).Format(time.DateOnly)
	made := lea.do("POST", "/actions", map[string]any{"kind": "petition", "title": "Refund the debits", "text": "Give *it* back.", "goal": 10, "closes_on": closes, "forum": "telecoms", "language": "en"}).is(201)
	handle := text(made.object, "handle")
	if handle != "refund_the_debits" || text(made.object, "state") != "sponsoring" || text(made.object, "closes_on") != closes {
		t.Errorf("started %v", made.object)
	}
	lea.do("POST", "/actions/"+handle+"/publish", nil).is(403)
	max.do("POST", "/actions/"+handle+"/sponsors", nil).is(200)
	published := lea.do("POST", "/actions/"+handle+"/publish", nil).is(200)
	uri := a.base + "/a/" + handle
	ballot := uri + "/v1"
	sum := sha256.Sum256([]byte(a.textBrowser("").get("/a/" + handle + "/v1.txt").body))
	if text(published.object, "ballot") != ballot || text(published.object, "text_sha256") != hex.EncodeToString(sum[:]) {
		t.Errorf("published %v", published.object)
	}

	// To the Mastodon that follows the forum it is announced, and a question.
	if announce := mastodon.await("Announce", 1)[0]; announce["object"] != ballot {
		t.Errorf("announced %v", announce)
	}
	_, question := object(t, ballot)
	if question["type"] != "Question" || !strings.Contains(text(question, "content"), hex.EncodeToString(sum[:])) || fmt.Sprint(choicesOf(question, "oneOf")) != "[✍ I sign 0 I support, not signing 0 Keep me posted 0]" {
		t.Errorf("the ballot %v", question)
	}

	// A vote there signs; the receipt comes to its voter alone.
	vote := func(id string) map[string]any {
		note := map[string]any{"id": id, "type": "Note", "attributedTo": mastodon.actor(), "to": []any{uri}, "name": "✍ I sign", "inReplyTo": ballot}
		create := mastodon.activity("Create", note)
		create["to"] = []any{uri}
		return create
	}
	mastodon.accepted(uri+"/inbox", vote(mastodon.id("votes")))
	receipt, _ := mastodon.await("Create", 1)[0]["object"].(map[string]any)
	if fmt.Sprint(receipt["to"]) != "["+mastodon.actor()+"]" || !strings.Contains(text(receipt, "content"), "You signed “Refund the debits”") {
		t.Errorf("receipt %v", receipt)
	}
	mastodon.accepted(uri+"/inbox", vote(mastodon.id("votes"))) // once more changes nothing
	// One that another signs for is looked for at its voter's, where there is none;
	// one that is there is no better: nobody passes votes on.
	forger := newPeer(t, "mastodon")
	forger.send(uri+"/inbox", vote(mastodon.id("votes")))
	forger.send(uri+"/inbox", vote(text(mastodon.publish(map[string]any{"id": mastodon.id("votes"), "type": "Note", "attributedTo": mastodon.actor(), "to": []any{uri}, "name": "✍ I sign", "inReplyTo": ballot}), "id")))

	// By e-mail, on the page without a script.
	visitor := a.textBrowser("")
	page := visitor.get("/a/" + handle)
	form := url.Values{"email": {"guest@mail.example"}, "stamp": {page.field("stamp")}}
	a.clock.advance(time.Minute)
	visitor.post("/a/"+handle+"/mail", form).is(200).shows("guest@mail.example")
	link := regexp.MustCompile(a.base + `(/participation/\S+)`)
	forumtest.Eventually(t, patience, "the mail", func() bool { return link.MatchString(a.printed.String()) })
	token := strings.TrimPrefix(link.FindStringSubmatch(a.printed.String())[1], "/participation/")
	if err := a.service.ConfirmParticipation(t.Context(), token); err != nil {
		t.Fatal(err)
	}

	// From another Portevoix.
	noor := b.program("noor", forum.ScopeRead, forum.ScopeWrite)
	account, err := b.store.AccountByName(t.Context(), "noor")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.service.Resolve(t.Context(), account, ballot); err != nil {
		t.Fatal(err)
	}
	remote := handle + "@" + a.host()
	signed := noor.do("POST", "/actions/"+remote+"/signature", nil).is(200)
	if signed.object["signature"] == nil {
		t.Errorf("signed from elsewhere %v", signed.object)
	}
	max.do("POST", "/actions/"+handle+"/signature", map[string]any{"name_shown": true}).is(200)
	max.do("POST", "/actions/"+handle+"/signature", map[string]any{"name_shown": true, "updates": true}).is(200)
	counted := func(p *program, handle string) string {
		counts, _ := p.do("GET", "/actions/"+handle, nil).is(200).object["counts"].(map[string]any)
		return fmt.Sprint(counts)
	}
	const want = "map[email:1 invalidated:0 known:0 local:1 new:2 paper:0 signed:4]"
	forumtest.Eventually(t, patience, "the signature from the other server", func() bool { return counted(lea, handle) == want })
	known, err := a.store.Action(t.Context(), forum.Handle{Name: handle})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.service.WorkAction(t.Context(), forum.ActionJob{Action: known.ID}); err != nil {
		t.Fatal(err)
	}
	forumtest.Eventually(t, patience, "the totals on the other server", func() bool { return counted(noor, remote) == want })
	b.textBrowser("").get("/a/"+remote).is(200).shows("Refund the debits", "1 by confirmed e-mail", a.host())
	a.textBrowser("max").get("/a/"+handle).is(200).shows("You signed", "Where they come from", mastodon.host(), b.host())
	noor.do("DELETE", "/actions/"+remote+"/signature", nil).is(200)
	forumtest.Eventually(t, patience, "the withdrawal", func() bool {
		return counted(lea, handle) == "map[email:1 invalidated:0 known:0 local:1 new:1 paper:0 signed:3]"
	})

	// Whoever follows the action is asked, and may answer STOP.
	mastodon.accepted(uri+"/inbox", mastodon.activity("Follow", uri))
	mastodon.await("Accept", 2)
}
