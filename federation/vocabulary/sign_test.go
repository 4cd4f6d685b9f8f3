package vocabulary_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"portevoix/federation/linkeddata"
	"portevoix/federation/signature"
	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

// TestSign writes what relays pass on: with the signature of its author, by which
// our own side takes all that matters, and without the proof that it would break.
func TestSign(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	plain := writer(t)
	if signed, err := plain.Sign(lea, []byte(`{}`), moment); err != nil || signed != nil {
		t.Errorf("without a key: %s, %v", signed, err)
	}
	w := plain.SignedBy(func(actor forum.ID, document map[string]any, at time.Time) error {
		if actor != lea.ID {
			t.Errorf("%d signs", actor)
		}
		return linkeddata.Sign(document, lea.URI+"#main-key", key, at)
	})
	asked := published()
	asked.Post.Poll = &forum.Poll{Choices: []forum.PollChoice{{Title: "This", Votes: 2}, {Title: "That"}}, ClosesAt: moment.Add(time.Hour)}
	stated := published()
	stated.Thread.Kind = forum.Grievance
	stated.Thread.Case = &forum.Case{ExperiencedOn: forum.DateOf(moment)}
	stated.Post.Attachments = []forum.Attachment{{URL: here + "/media/a.png", MediaType: "image/png", Alt: "A box", Width: 64, Height: 48}}
	for name, write := range map[string]func() ([]byte, error){
		"thread":   func() ([]byte, error) { return plain.Create(9, published()) },
		"poll":     func() ([]byte, error) { return plain.Create(9, asked) },
		"case":     func() ([]byte, error) { return plain.Update(9, stated) },
		"deletion": func() ([]byte, error) { return plain.Delete(9, lea, here+"/t/5", telecoms, "") },
	} {
		activity, err := write()
		if err != nil {
			t.Fatal(name, err)
		}
		proven := bytes.Replace(activity, []byte(`"https://www.w3.org/ns/activitystreams"`), []byte(`"https://www.w3.org/ns/activitystreams","`+signature.ProofContext+`"`), 1)
		proven = append([]byte(`{"proof":{"type":"DataIntegrityProof"},`), proven[1:]...)
		signed, err := w.Sign(lea, proven, moment)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		d, err := vocabulary.Parse(signed)
		if err != nil || d["proof"] != nil || bytes.Contains(signed, []byte(signature.ProofContext)) {
			t.Errorf("%s: %s, %v", name, signed, err)
		}
		contexts, _ := d["@context"].([]any)
		if len(contexts) < 2 || contexts[0] != "https://www.w3.org/ns/activitystreams" || contexts[1] != "https://w3id.org/security/v1" {
			t.Errorf("%s: its contexts are %v", name, contexts)
		}
		s, err := linkeddata.Read(d)
		if err != nil || s.KeyID != lea.URI+"#main-key" || !s.Created.Equal(moment.Truncate(time.Second)) {
			t.Errorf("%s: %+v, %v", name, s, err)
			continue
		}
		covered, err := s.Verify(d, &key.PublicKey)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		same(t, name, covered, activity)
	}
}

// same wants what is read of a signed activity to be what was written.
func same(t *testing.T, name string, covered vocabulary.Document, activity []byte) {
	t.Helper()
	written, err := vocabulary.Parse(activity)
	if err != nil {
		t.Fatal(err)
	}
	if covered.ID() != written.ID() || covered.Type() != written.Type() || covered.IRI("actor") != written.IRI("actor") || covered.IRI("object") != written.IRI("object") {
		t.Errorf("%s: %v is read of %s", name, covered, activity)
	}
	inner := written.Object("object")
	if !vocabulary.IsPost(inner.Type()) {
		return
	}
	want, err := vocabulary.ReadPost(inner)
	if err != nil {
		t.Fatal(err)
	}
	got, err := vocabulary.ReadPost(covered.Object("object"))
	if err != nil {
		t.Fatal(name, err)
	}
	picture := func(p *vocabulary.Post) string {
		if name == "case" { // its facts, which are told from the text, are in terms of our own
			p.Content, _, _ = strings.Cut(p.Content, `<p class="portevoix-case">`)
		}
		out, _ := json.Marshal([]any{p.URI, p.AuthorURI, p.Title, p.Content, p.Language, p.Public, p.PublishedAt, len(p.Addressed), p.Tags, p.Attachments, p.Poll, p.ContextURI})
		return string(out)
	}
	if picture(got) != picture(want) {
		t.Errorf("%s:\n%s is read of\n%s", name, picture(got), picture(want))
	}
}
