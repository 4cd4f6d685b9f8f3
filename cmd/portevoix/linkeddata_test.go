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
