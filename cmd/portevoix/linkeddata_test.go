package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"portevoix/federation/linkeddata"
	"portevoix/forum"
)

// signDocument adds a JSON-LD signature by the peer's person, as Mastodon does.
func (p *peer) signDocument(activity map[string]any, at time.Time) {
	p.t.Helper()
	options := map[string]any{"creator": p.actor() + "#main-key", "created": at.UTC().Format(time.RFC3339)}
	sum, err := linkeddata.Digest(activity, options)
	if err != nil {
		p.t.Fatal(err)
	}
	value, err := rsa.SignPKCS1v15(rand.Reader, p.key, crypto.SHA256, sum)
	if err != nil {
		p.t.Fatal(err)
	}
	options["type"], options["signatureValue"] = "RsaSignature2017", base64.StdEncoding.EncodeToString(value)
	activity["signature"] = options
}

// TestLinkedDataSignatures has a server pass on what another's author has signed.
func TestLinkedDataSignatures(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	author, other, lemmy := newPeer(t, "mastodon"), newPeer(t, "mastodon"), newPeer(t, "lemmy")
	lemmy.accepted(v.base+"/inbox", lemmy.activity("Follow", v.base+"/f/telecoms"))
	lemmy.await("Accept", 1)
	// A reply that cannot be fetched from its own server.
	reply := func(words string) (activity map[string]any, uri string) {
		uri = author.url("/hidden/" + words)
		note := map[string]any{"id": uri, "type": "Note", "attributedTo": author.actor(), "inReplyTo": v.base + "/t/" + v.thread, "to": []any{public}, "content": "<p>" + words + "</p>"}
		return author.activity("Create", note), uri
	}
	known := func(uri string) bool {
		v.settle()
		_, err := v.store.PostByURI(t.Context(), uri)
		return err == nil
	}
	note := func(a map[string]any) map[string]any { return a["object"].(map[string]any) }

	signed, uri := reply("signed")
	author.signDocument(signed, time.Now())
	note(signed)["cc"] = []any{}     // says nothing
	note(signed)["sensitive"] = true // no term of its context
	other.accepted(v.base+"/inbox", signed)
	if !known(uri) {
		t.Error("what its author has signed is not taken from another")
	}
	// The forum passes on what was signed, and nothing that was added to it.
	passed := note(lemmy.await("Announce", 1)[0])
	if passed["id"] != signed["id"] || note(passed)["content"] != "<p>signed</p>" || note(passed)["sensitive"] != nil || passed["@context"] == nil {
		t.Errorf("passed on %v", passed)
	}

	for words, change := range map[string]func(map[string]any){
		"unsigned": func(a map[string]any) {},
		"forged": func(a map[string]any) {
			author.signDocument(a, time.Now())
			note(a)["content"] = "<p>Something else</p>"
		},
		"stale":  func(a map[string]any) { author.signDocument(a, time.Now().Add(-60*24*time.Hour)) },
		"future": func(a map[string]any) { author.signDocument(a, time.Now().Add(48*time.Hour)) },
		"redefined": func(a map[string]any) {
			author.signDocument(a, time.Now())
			a["@context"] = []any{a["@context"], map[string]any{"content": "as:summary"}}
		},
		"ambiguous": func(a map[string]any) { // whose it is depends on who reads
			a["@context"] = []any{a["@context"], map[string]any{"actor": map[string]any{"@id": "as:result", "@type": "@id"}, "by": map[string]any{"@id": "as:actor", "@type": "@id"}}}
			a["by"] = other.actor()
			author.signDocument(a, time.Now())
		},
		"strange": func(a map[string]any) { // by a key of the one who passes it on
			other.signDocument(a, time.Now())
		},
		"claimed": func(a map[string]any) { // by that key, in the author's name
			other.signDocument(a, time.Now())
			a["signature"].(map[string]any)["creator"] = author.actor() + "#main-key"
		},
	} {
		activity, uri := reply(words)
		change(activity)
		other.send(v.base+"/inbox", activity)
		if known(uri) {
			t.Errorf("%s: taken", words)
		}
	}

	// So it is with a thread that a group passes on.
	group := lemmy.url("/c/cars")
	lemmy.publish(map[string]any{
		"@context": "https://www.w3.org/ns/activitystreams", "id": group, "type": "Group", "preferredUsername": "cars", "inbox": group + "/inbox",
		"publicKey": map[string]any{"id": group + "#main-key", "owner": group, "publicKeyPem": lemmy.publicKey()},
	})
	for words, forged := range map[string]bool{"shared": false, "altered": true} {
		uri := author.url("/hidden/" + words)
		thread := map[string]any{"id": uri, "type": "Note", "attributedTo": author.actor(), "name": "Which car?", "content": "<p>" + words + "</p>", "to": []any{public}, "cc": []any{group}}
		create := author.activity("Create", thread)
		author.signDocument(create, time.Now())
		if forged {
			thread["content"] = "<p>Something else</p>"
		}
		announce := map[string]any{"id": lemmy.id("announces"), "type": "Announce", "actor": group, "to": []any{public}, "object": create}
		if status, err := lemmy.postAs(group, v.base+"/inbox", announce, forum.DraftCavage); err != nil || !forged && status > 299 {
			t.Fatal(status, err)
		}
		if known(uri) == forged {
			t.Errorf("%s: taken %t", words, forged)
		}
	}

	// A deletion is passed on like that, too.
	gone := author.activity("Delete", map[string]any{"id": uri, "type": "Tombstone"})
	gone["id"] = strings.Replace(uri, "hidden", "deleted", 1)
	author.signDocument(gone, time.Now())
	other.accepted(v.base+"/inbox", gone)
	v.settle()
	if post, err := v.store.PostByURI(t.Context(), uri); err != nil || !post.Hidden() {
		t.Errorf("not deleted: %v %v", post, err)
	}
}
