package main

import (
	"bytes"
	"net/http"
	"os"
	"strings"
	"testing"

	"portevoix/federation/signature"
	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

// unreadable are the actors and posts among the payloads that are refused, and
// why. Examples from specifications, which leave out what they are not about,
// are not counted.
var unreadable = map[string]string{
	"mastodon/from-bonfire-activity_pub/mastodon/application_actor.json":        "the actor has no id", // a gap to be filled
	"mastodon/from-mastodon-spec-requests/activitypub-actor-noinbox.txt":        "the actor has no inbox",
	"misc/from-bonfire-activity_pub/actor.json":                                 `"{{nickname}}" is no name for an actor`,
	"pleroma/from-bonfire-activity_pub/https__info.pleroma.site_activity.json":  "the post and its author are on different servers",
	"pleroma/from-bonfire-activity_pub/https__info.pleroma.site_activity3.json": "the post and its author are on different servers",
	"pleroma/from-bonfire-activity_pub/spoofed_pleroma_note.json":               "the post and its author are on different servers",
}

// TestPayloadReaders reads every object in every document as what it says it
// is: whole files must be read, or be refused as the table says, and whatever
// is read keeps the readers' promises.
func TestPayloadReaders(t *testing.T) {
	refused := map[string]string{}
	for _, name := range append(payloadFiles(t, ".json"), payloadFiles(t, ".txt")...) {
		document, err := vocabulary.Parse(payloadBody(t, name))
		if err != nil {
			continue
		}
		each(map[string]any(document), func(d vocabulary.Document) { readAs(t, name, d) })
		example := strings.HasPrefix(name, payloads+"/spec-examples/")
		if err := readAs(t, name, document); err != nil && !example && (vocabulary.IsActor(document.Type()) || vocabulary.IsPost(document.Type())) {
			refused[strings.TrimPrefix(name, payloads+"/")] = err.Error()
		}
	}
	for name, why := range refused {
		if unreadable[name] != why {
			t.Errorf("%s was refused: %s", name, why)
		}
	}
	for name, why := range unreadable {
		if refused[name] == "" {
			t.Errorf("%s was read, want %q", name, why)
		}
	}
}

// payloadBody is what a file holds, without the head where it is a recorded
// answer.
func payloadBody(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.HasPrefix(raw, []byte("HTTP/")) {
		_, raw, _ = bytes.Cut(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	}
	return raw
}

// readAs reads a document with the reader for its type, and checks what it
// returns.
func readAs(t *testing.T, name string, d vocabulary.Document) error {
	t.Helper()
	actor, _, actorErr := vocabulary.Actor(d)
	post, postErr := vocabulary.ReadPost(d)
	switch {
	case actorErr != nil && postErr != nil:
	case actorErr == nil && (!vocabulary.IsActor(d.Type()) || actor.URI != d.ID() || actor.Host != forum.HostOf(actor.Inbox) || actor.Name == ""):
		t.Errorf("%s: %s was read as %+v", name, d.Type(), actor)
	case postErr == nil && (!vocabulary.IsPost(d.Type()) || post.URI != d.ID() || !forum.SameHost(post.URI, post.AuthorURI)):
		t.Errorf("%s: %s was read as %+v", name, d.Type(), post)
	}
	if vocabulary.IsActor(d.Type()) {
		return actorErr
	}
	return postErr
}

// TestPayloadSignatures reads signatures as Lemmy and kbin wrote them.
func TestPayloadSignatures(t *testing.T) {
	owners := map[string]string{"signature_1": "https://lemmy.ml/c/memes", "signature_2": "https://kbin.social/u/Infiltrated_ad8271", "signature_3": "https://lemmy.ml/c/asklemmy"}
	for name, owner := range owners {
		files := payloadFiles(t, "/"+name)
		r, err := http.NewRequest(http.MethodPost, "https://here.example/inbox", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Signature", strings.TrimSpace(string(payloadBody(t, files[0]))))
		sig, err := signature.Read(r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if sig.KeyID != keyOf(owner) || sig.Scheme != forum.DraftCavage {
			t.Errorf("%s: read %+v", name, sig)
		}
	}
}
