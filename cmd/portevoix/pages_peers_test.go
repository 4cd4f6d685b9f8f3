package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// TestPeerPages has an administrator see how it goes with another server, block
// it, and lift that: the inbox, what is fetched and what is delivered follow.
func TestPeerPages(t *testing.T) {
	t.Parallel()
	v := newVillage(t, func(c *config.Config) { c.Federation.ShowLimits = true })
	p := newPeer(t, "mastodon")
	inbox := v.base + "/inbox"
	path := "/moderation/peers/" + p.host()
	p.accepted(inbox, p.activity("Follow", v.base+"/f/telecoms"))
	p.await("Accept", 1)
	lea, err := v.store.AccountByName(t.Context(), "lea")
	if err != nil {
		t.Fatal(err)
	}
	v.inProcess.thread(lea, "telecoms", "Before the block")
	p.await("Announce", 1)
	forged := p.activity("Like", v.base+"/t/"+v.thread)
	forged["id"] = "https://elsewhere.example/1"
	if status := p.send(inbox, forged); status != http.StatusForbidden {
		t.Errorf("a forged activity is answered %d", status)
	}
	if err := v.federation.StoreTraffic(t.Context()); err != nil {
		t.Fatal(err)
	}
	forumtest.Eventually(t, patience, "the figures", func() bool {
		peer, err := v.store.PeerView(t.Context(), p.host(), v.clock.Now())
		return err == nil && peer.Delivered >= 2 && peer.Pending == 0 && peer.Received.Accepted == 1 && peer.Received.Refused == 1
	})
	v.ada.get("/moderation").shows(`href="/moderation/peers"`)
	v.ada.get("/moderation/peers").is(200).shows(p.host(), "mastodon 4.5.0", "reachable")
	v.ada.get(path).is(200).shows("1 accepted, 1 refused", "Like: forbidden", "Try again now").lacks("Lift this rule")

	// Block.
	v.ada.post("/moderation/peers", url.Values{"host": {p.host()}, "severity": {""}}).is(422).shows("would change nothing")
	v.ada.post("/moderation/peers", url.Values{"host": {"http://" + p.host()}, "severity": {"block"}, "reason": {"Spam <b>waves</b>"}, "until": {"2099-12-31"}}).leadsTo(path)
	v.ada.get(path).is(200).shows("blocked", "Spam &lt;b&gt;waves", `value="2099-12-31"`, "Lift this rule")
	v.visitor.get("/about").is(200).shows(p.host(), "Spam &lt;b&gt;waves", "until")
	if status := p.send(inbox, p.activity("Like", v.base+"/t/"+v.thread)); status != http.StatusForbidden {
		t.Errorf("a blocked server is answered %d", status)
	}
	if _, _, _, err := v.federation.Fetch(t.Context(), p.actor()); forum.CodeOf(err) != forum.Forbidden {
		t.Errorf("fetched from a blocked server: %v", err)
	}
	v.inProcess.thread(lea, "telecoms", "During the block")
	v.visitor.get("/u/ines@" + p.host()).is(403).shows("is blocked on this server")
	if peer, err := v.store.PeerView(t.Context(), p.host(), v.clock.Now()); err != nil || peer.Pending != 0 {
		t.Errorf("%+v %v", peer, err)
	}

	// Export, lift, retry.
	if list := v.ada.get("/moderation/peers/rules.csv").is(200).body; !strings.Contains(list, p.host()+",suspend,False,False,Spam <b>waves</b>") {
		t.Errorf("the exported list:\n%s", list)
	}
	v.ada.post("/moderation/peers/lift", url.Values{"host": {p.host()}}).is(303)
	p.accepted(inbox, p.activity("Follow", v.base+"/f/telecoms"))
	v.ada.post("/moderation/peers/retry", url.Values{"host": {p.host()}}).leadsTo(path)
	v.inProcess.thread(lea, "telecoms", "After the block")
	p.await("Announce", 2)
	if got := p.of("Announce"); len(got) != 2 {
		t.Errorf("%d threads arrived", len(got))
	}

	// A list: first looked at, then taken.
	const list = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\nbadserver.example,suspend,false,false,Harassment,true\nloud.example,silence,true,false,,false\n"
	upload := func(dry string) *page {
		return v.ada.sendFiles("/moderation/peers/import", url.Values{"dry_run": {dry}}, map[string][]byte{"file": []byte(list)})
	}
	upload("true").is(200).shows("Nothing was changed", "2 new rules")
	v.ada.get("/moderation/peers?show=limited").is(200).shows("There is no rule")
	upload("").is(200).shows("2 new rules").lacks("Nothing was changed")
	v.ada.get("/moderation/peers?show=limited").is(200).shows("badserver.example", "limited, no media")
	v.visitor.get("/about").shows("ba*******.example", "Harassment").lacks("badserver")

	// The same for programs.
	admin, anyone := v.program("ada", forum.ScopeRead, forum.ScopeWrite), v.program("")
	v.program("lea", forum.ScopeRead).do("GET", "/peers", nil).is(403)
	if list := admin.do("GET", "/peers?show=failing", nil).is(200).list; len(list) != 0 {
		t.Errorf("failing: %v", list)
	}
	sameJSON(t, admin.do("GET", "/peers/"+p.host(), nil).is(200).object, "state", `"reachable"`)
	sameJSON(t, admin.do("PUT", "/peer-rules/"+p.host(), map[string]any{"severity": "limit", "votes_off": true}).is(200).object, "severity", `"limit"`)
	admin.do("PUT", "/peer-rules/"+p.host(), map[string]any{"severity": "harsh"}).is(422)
	if list := anyone.do("GET", "/peer-rules", nil).is(200).list; len(list) != 3 || strings.Contains(fmt.Sprint(list), "badserver") {
		t.Errorf("the rules as everybody sees them: %v", list)
	}
	admin.do("POST", "/peers/"+p.host()+"/retry", nil).is(204)
	admin.do("DELETE", "/peer-rules/"+p.host(), nil).is(204)
	admin.do("DELETE", "/peer-rules/"+p.host(), nil).is(404)
}
