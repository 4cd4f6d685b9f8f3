package main

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// TestRelayHints reads what relays after LitePub announce, once, and counts it as no
// boost.
func TestRelayHints(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	first, second, author := newRelay(v, "aoderelay"), newRelay(v, "pleroma"), newPeer(t, "mastodon")
	first.added(first.id(), "Accept")
	second.added(second.id(), "Accept")
	root := v.base + "/t/" + v.thread
	announced := func(object any) {
		t.Helper()
		for _, r := range []*relay{first, second} {
			if status := r.says(r.own("Announce", object)); status != 202 {
				t.Errorf("the Announce of %v was answered %d", object, status)
			}
			v.settle()
		}
	}
	asked := func(document map[string]any) int {
		author.mu.Lock()
		defer author.mu.Unlock()
		return author.asked[strings.TrimPrefix(document["id"].(string), author.server.URL)]
	}
	reply := author.note("<p>Here too</p>", root)
	announced(reply["id"])
	p := v.known(reply["id"].(string))
	if p == nil || p.Content != "<p>Here too</p>" || p.Boosts != 0 {
		t.Fatalf("an announced reply is %+v", p)
	}
	announced(reply["id"])
	announced(root)
	for _, uri := range []string{reply["id"].(string), root} {
		if p := v.known(uri); p == nil || p.Boosts != 0 {
			t.Errorf("%s has boosts: %+v", uri, p)
		}
	}
	nowhere, nested := author.note("<p>Breakfast</p>", ""), author.note("<p>Yes</p>", author.url("/statuses/77"))
	far := newPeer(t, "mastodon")
	alien := far.note("<p>Lunch</p>", "")
	for _, note := range []map[string]any{nowhere, nested, alien} {
		announced(note["id"])
		if v.known(note["id"].(string)) != nil {
			t.Errorf("%v is kept", note["content"])
		}
	}
	if asked(nowhere) != 1 || asked(nested) != 1 {
		t.Errorf("asked %d and %d times", asked(nowhere), asked(nested))
	}
	if _, err := v.store.ActorByURI(t.Context(), far.actor()); forum.CodeOf(err) != forum.NotFound {
		t.Errorf("a stranger is stored: %v", err)
	}
	// Embedded, it is still no more than a hint.
	wrapped := author.note("<p>True</p>", root)
	lie := copied(t, wrapped)
	lie["content"] = "<p>Buy this</p>"
	announced(author.activity("Create", lie))
	if p := v.known(wrapped["id"].(string)); p == nil || p.Content != "<p>True</p>" {
		t.Errorf("what was wrapped is %+v", p)
	}
	announced(author.url("/statuses/gone"))
	if got := first.state(); got.Taken+second.state().Taken != 2 || got.Received != 8 {
		t.Errorf("counted %+v, %+v", got.RelayCount, second.state().RelayCount)
	}

	// One that was not taken, or not yet, is nobody.
	third := newRelay(v, "aoderelay")
	third.added(third.id(), "Reject")
	if status := third.says(third.own("Announce", root)); status != 202 {
		t.Errorf("answered %d", status)
	}
	if p := v.known(root); p.Boosts != 0 {
		t.Error("a relay that refused boosts")
	}
}

// TestRelayTags opens threads of what relays bring under a hashtag that a forum
// follows.
func TestRelayTags(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	masto, litepub, author := newRelay(v, "activityrelay"), newRelay(v, "aoderelay"), newPeer(t, "mastodon")
	masto.added(masto.url("/inbox"), "Accept")
	litepub.added(litepub.id(), "Accept")
	const sources = "/f/telecoms/sources"
	v.mia.get(sources).is(200).shows("It follows nothing", "For a hashtag, #name.")
	v.mia.post(sources, url.Values{"source": {"#Fibre"}}).leadsTo(sources)
	v.mia.get(sources).is(200).shows("#Fibre", "since ")
	v.mia.post(sources, url.Values{"source": {"#a b"}}).is(422).shows("is no hashtag")
	v.lea.post(sources, url.Values{"source": {"#other"}}).is(403)
	follower := newPeer(t, "mastodon")
	follower.accepted(v.base+"/inbox", follower.activity("Follow", v.base+"/f/telecoms"))
	follower.await("Accept", 1)

	under := func(by *peer, words, tag, parent string) map[string]any {
		note := by.note("<p>"+words+"</p>", parent)
		note["tag"] = []any{map[string]any{"type": "Hashtag", "name": "#" + tag, "href": by.url("/tags/" + tag)}}
		note["@context"] = []any{"https://www.w3.org/ns/activitystreams", map[string]any{"Hashtag": "as:Hashtag"}}
		note["url"], note["published"] = by.url("/@ines/1"), time.Now().UTC().Format(time.RFC3339Nano)
		return note
	}
	create := func(by *peer, note map[string]any) map[string]any {
		a := by.activity("Create", copied(t, note))
		delete(a["object"].(map[string]any), "@context")
		a["@context"] = note["@context"]
		return a
	}
	signed := under(author, "Cut off again", "fibre", "")
	activity := create(author, signed)
	author.signDocument(activity, time.Now())
	author.mu.Lock() // it must not be asked
	delete(author.objects, strings.TrimPrefix(signed["id"].(string), author.server.URL))
	author.mu.Unlock()
	if status := masto.says(activity); status != 202 {
		t.Fatal(status)
	}
	post := v.known(signed["id"].(string))
	if post == nil || post.Title != "Cut off again" {
		t.Fatalf("under the hashtag it is %+v", post)
	}
	v.visitor.get("/f/telecoms?sort=new").is(200).shows("Cut off again", "Found by #Fibre:", `href="`+author.url("/@ines/1")+`"`)
	v.visitor.get("/t/" + post.ID.String()).shows("Found by #Fibre:")
	if announce := follower.await("Announce", 1)[0]; announce["object"] != signed["id"] || announce["actor"] != v.base+"/f/telecoms" {
		t.Errorf("passed on %v", announce)
	}
	// Again by the other relay, and one that this alone tells of.
	hinted := under(author, "Slow", "FIBRE", "")
	for _, note := range []map[string]any{signed, hinted, hinted} {
		if status := litepub.says(litepub.own("Announce", note["id"])); status != 202 {
			t.Error(status)
		}
		v.settle()
	}
	if p := v.known(hinted["id"].(string)); p == nil || p.Boosts != 0 {
		t.Errorf("under the hashtag it is %+v", p)
	}
	follower.await("Announce", 2)

	// What is not for it: answers to others, other hashtags, people who do not want to
	// be found.
	shy := newPeer(t, "mastodon")
	shy.profile = map[string]any{"indexable": false}
	for _, note := range []map[string]any{under(author, "Yes", "fibre", author.url("/statuses/77")), under(author, "Cats", "cats", ""), under(shy, "Shy", "fibre", "")} {
		if status := litepub.says(litepub.own("Announce", note["id"])); status != 202 {
			t.Error(status)
		}
		if v.known(note["id"].(string)) != nil {
			t.Errorf("%v is kept", note["content"])
		}
	}
	v.mia.post(sources+"/remove", url.Values{"source": {"#Fibre"}}).leadsTo(sources)
	late := under(author, "Late", "fibre", "")
	litepub.says(litepub.own("Announce", late["id"]))
	if v.known(late["id"].(string)) != nil {
		t.Error("found by a hashtag that is not followed any more")
	}
	if got := len(follower.of("Announce")); got != 2 {
		t.Errorf("%d passed on", got)
	}
}
