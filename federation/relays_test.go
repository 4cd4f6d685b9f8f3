package federation

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

// oneThread is a store with one thread in one forum, and nobody else.
type oneThread struct{ Store }

const (
	knownThread = "https://here.example/t/1"
	knownForum  = "https://here.example/f/telecoms"
	knownTag    = "#energy"
	knownPerson = "https://x.example/users/ines"
)

func (oneThread) PostByURI(_ context.Context, uri string) (*forum.Post, error) {
	if uri == knownThread {
		return &forum.Post{ID: 1, URI: uri}, nil
	}
	return nil, &forum.Error{Code: forum.NotFound}
}

func (oneThread) ActorByURI(_ context.Context, uri string) (*forum.Actor, error) {
	if uri == knownPerson {
		return &forum.Actor{ID: 2, Kind: forum.Person, URI: uri, Host: "x.example"}, nil
	}
	return nil, &forum.Error{Code: forum.NotFound}
}

func (oneThread) ActorsByURI(_ context.Context, uris []string) ([]forum.Actor, error) {
	if slices.Contains(uris, knownForum) {
		return []forum.Actor{{ID: 3, Kind: forum.Group, GroupRole: forum.RoleForum, URI: knownForum}}, nil
	}
	return nil, nil
}

func (oneThread) ForumsByTags(_ context.Context, tags []string) ([]forum.TagSource, error) {
	if slices.Contains(tags, knownTag) {
		return []forum.TagSource{{ForumID: 3, Label: "energy"}}, nil
	}
	return nil, nil
}

// FuzzRelayed looks at what relays send: only what names something that is known
// here is of concern, and looking changes nothing of it.
func FuzzRelayed(f *testing.F) {
	const head = `{"id":"https://x.example/1","actor":"` + knownPerson + `",`
	for _, seed := range []string{
		head + `"type":"Create","object":{"id":"https://x.example/2","type":"Note","attributedTo":"` + knownPerson + `","inReplyTo":"` + knownThread + `","content":"Yes"},"to":["as:Public"]}`,
		head + `"type":"Create","object":{"id":"https://x.example/2","type":"Page","attributedTo":"` + knownPerson + `","name":"Box","to":"as:Public","cc":"` + knownForum + `"}}`,
		head + `"type":"Update","object":{"id":"` + knownThread + `","type":"Note"}}`, head + `"type":"Update","object":{"id":"` + knownPerson + `","type":"Person"}}`,
		head + `"type":"Delete","object":{"id":"` + knownThread + `","type":"Tombstone"}}`, head + `"type":"Delete","object":"` + knownPerson + `"}`,
		head + `"type":"Move","target":"https://y.example/ines"}`, head + `"type":"Like","object":"` + knownThread + `"}`,
		head + `"type":"Create","object":[{"id":"https://x.example/2","type":"Note"}]}`, `{"type":"Create","object":null}`, `{}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := vocabulary.Parse(body)
		if err != nil {
			return
		}
		before, err := vocabulary.Parse(body)
		if err != nil {
			t.Fatal(err)
		}
		m := &message{s: &Server{store: oneThread{}}, document: d, signer: &forum.Actor{URI: "https://relay.example/actor"}, relayed: true}
		concerns, err := m.concerns(t.Context(), d)
		if err != nil {
			t.Error(err)
		}
		if !reflect.DeepEqual(d, before) {
			t.Errorf("%s was changed to %v", body, d)
		}
		text := []byte(fmt.Sprint(d))
		if concerns && !bytes.Contains(text, []byte(knownThread)) && !bytes.Contains(text, []byte(knownForum)) && !bytes.Contains(text, []byte(knownPerson)) && !bytes.Contains(text, []byte(knownTag)) {
			t.Errorf("%s is of concern", body)
		}
	})
}

// Each seed of the fuzzer is judged as it should be.
func TestConcerns(t *testing.T) {
	for text, want := range map[string]bool{
		`"type":"Create","object":{"id":"https://x.example/2","type":"Note","attributedTo":"https://x.example/p","inReplyTo":"` + knownThread + `"},"to":["as:Public"]`:                  true,
		`"type":"Create","object":{"id":"https://x.example/2","type":"Note","attributedTo":"https://x.example/p","inReplyTo":"` + knownThread + `"},"to":["x:followers"]`:                false,
		`"type":"Create","object":{"id":"https://x.example/2","type":"Note","attributedTo":"https://x.example/p","inReplyTo":"https://y.example/1"},"to":["as:Public"]`:                  false,
		`"type":"Create","object":{"id":"https://x.example/2","type":"Note","attributedTo":"https://x.example/p"},"to":["as:Public"]`:                                                    false,
		`"type":"Create","object":{"id":"https://x.example/2","type":"Note","attributedTo":"https://x.example/p","to":["as:Public"],"cc":"` + knownForum + `"}`:                          true,
		`"type":"Create","object":{"id":"https://x.example/2","type":"Note","attributedTo":"https://x.example/p","to":["as:Public"],"tag":{"type":"Hashtag","name":"` + knownTag + `"}}`: true,
		`"type":"Create","object":{"id":"` + knownThread + `","type":"Note"}`:                                                                                                            false,
		`"type":"Update","object":{"id":"` + knownThread + `","type":"Note"}`:                                                                                                            true,
		`"type":"Delete","object":"` + knownThread + `"`: true,
		`"type":"Delete","object":"https://x.example/9"`: false,
		`"type":"Like","object":"` + knownThread + `"`:   false,
		`"type":"Move","object":"https://x.example/p"`:   false,
	} {
		d, err := vocabulary.Parse([]byte(`{"id":"https://x.example/1","actor":"https://x.example/p",` + text + `}`))
		if err != nil {
			t.Fatal(err)
		}
		m := &message{s: &Server{store: oneThread{}}, document: d, relayed: true}
		if got, err := m.concerns(t.Context(), d); err != nil || got != want {
			t.Errorf("%s: %t, %v", text, got, err)
		}
	}
}

// What was told of lately is remembered, in bounds.
func TestHints(t *testing.T) {
	var h hints
	uri := func(i int) string { return fmt.Sprintf("https://x.example/%d", i) }
	for i := range 3 * maxHints {
		if h.seen(uri(i)) {
			t.Fatalf("%d was seen", i)
		}
	}
	if !h.seen(uri(3*maxHints-1)) || !h.seen(uri(2*maxHints-1)) || h.seen(uri(0)) {
		t.Error("the wrong ones are remembered")
	}
	if len(h.recent) > maxHints || len(h.before) > maxHints {
		t.Errorf("%d and %d are remembered", len(h.recent), len(h.before))
	}
}
