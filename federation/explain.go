package federation

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"portevoix/federation/client"
	"portevoix/federation/signature"
	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

// Step is one thing that must be right for a document to be taken, and whether
// it is. Steps are told to administrators, in English.
type Step struct {
	Name   string
	Detail string
	Failed bool
}

// explanation collects steps; after one that failed nothing more is looked at.
type explanation struct {
	s     *Server
	steps []Step
}

func (e *explanation) ok(name, format string, args ...any) {
	e.steps = append(e.steps, Step{Name: name, Detail: fmt.Sprintf(format, args...)})
}

func (e *explanation) fail(name, format string, args ...any) bool {
	e.steps = append(e.steps, Step{Name: name, Detail: fmt.Sprintf(format, args...), Failed: true})
	return false
}

// check is ok without an error, and fail with one.
func (e *explanation) check(name string, err error, format string, args ...any) bool {
	if err != nil {
		return e.fail(name, "%v", err)
	}
	e.ok(name, format, args...)
	return true
}

// ExplainFetch says step by step why a document on another server is taken or
// not. Nothing is kept of it.
func (s *Server) ExplainFetch(ctx context.Context, uri string) []Step {
	e := &explanation{s: s}
	if s.o.Mode == Off {
		e.fail("rules", "this server speaks with no other (federation.mode = \"off\")")
		return e.steps
	}
	if s.o.Addresses.IsLocal(uri) {
		e.fail("address", "%s is on this very server", uri)
		return e.steps
	}
	e.document(ctx, uri)
	return e.steps
}

// document goes to an address and looks at what is there; nil where a step
// failed.
func (e *explanation) document(ctx context.Context, uri string) vocabulary.Document {
	for _, f := range e.s.client.Probe(ctx, uri) {
		if !e.check(f.Step, f.Err, "%s", f.Detail) {
			return nil
		}
	}
	response := e.get(ctx, uri)
	if response == nil {
		return nil
	}
	contentType := response.Header.Get("Content-Type")
	switch {
	case response.URL != uri && !forum.SameHost(uri, response.URL):
		e.fail("redirect", "it leads to another server: %s", response.URL)
		return nil
	case response.URL != uri:
		e.ok("redirect", "it leads to %s", response.URL)
	}
	if !isActivityType(contentType) {
		e.fail("content type", "%q is not ActivityStreams: %s, or application/ld+json with its profile, is needed", contentType, vocabulary.ContentType)
		return nil
	}
	e.ok("content type", "%s", contentType)
	e.ok("size", "%d bytes", len(response.Body))
	d, err := vocabulary.Parse(response.Body)
	if !e.check("JSON", err, "it is an object of the type %s", d.Type()) {
		return nil
	}
	switch id := d.ID(); {
	case d.Type() == "Tombstone":
		e.fail("type", "it was deleted there")
		return nil
	case id == "":
		e.ok("id", "it has none; only what is known by another id is taken so")
	case id != uri && !forum.SameHost(id, uri):
		e.fail("id", "it claims to be %s, on another server", id)
		return nil
	case id != uri:
		e.ok("id", "it names %s as its address, which is read instead", id)
	default:
		e.ok("id", "it is its own address")
	}
	e.content(ctx, d)
	return d
}

// get asks for a document in both signature forms, as fetches do.
func (e *explanation) get(ctx context.Context, uri string) *client.Response {
	key, err := e.s.instanceKey(ctx)
	if err != nil {
		e.fail("signature", "the server's own key cannot be read: %v", err)
		return nil
	}
	for _, scheme := range []forum.SignatureScheme{forum.DraftCavage, forum.RFC9421} {
		response, err := e.s.get(ctx, uri, "", key, scheme)
		switch {
		case errors.Is(err, client.ErrTooLarge):
			e.fail("size", "%v", err)
			return nil
		case err != nil:
			e.fail("status", "no answer: %v", err)
			return nil
		case response.Status == http.StatusOK:
			e.ok("status", "200, signed by %s (%s)", key.ID, scheme)
			return response
		case scheme == forum.DraftCavage && knockAgain(response.Status):
			e.ok("status", "%d when signed as %s; asked again in the other form", response.Status, scheme)
			continue
		}
		e.fail("status", "%d, signed as %s: %s", response.Status, scheme, beginning(response.Body))
		return nil
	}
	return nil
}

// beginning is the first line of an answer, for people.
func beginning(body []byte) string {
	text, _, _ := strings.Cut(strings.TrimSpace(strings.ToValidUTF8(string(body[:min(len(body), 200)]), "")), "\n")
	return text
}

// content says what a document would become here.
func (e *explanation) content(ctx context.Context, d vocabulary.Document) {
	switch t := d.Type(); {
	case vocabulary.IsActor(t):
		e.actor(d)
	case vocabulary.IsPost(t):
		e.post(ctx, d)
	case vocabulary.IsActivity(t):
		e.ok("type", "%s is an activity; inboxes take those", t)
	default:
		e.fail("type", "%s is neither a post, nor an actor, nor an activity known here", t)
	}
}

func (e *explanation) actor(d vocabulary.Document) {
	a, key, err := vocabulary.Actor(d)
	if !e.check("actor", err, "%s %s", d.Type(), d.ID()) {
		return
	}
	if key == nil {
		e.fail("key", "it publishes no key: its activities cannot be verified")
		return
	}
	if _, err = signature.ParsePublic(key.Public); e.check("key", err, "%s", key.URI) {
		e.ok("rules", "%s would be kept", a.Handle())
	}
}

func (e *explanation) post(ctx context.Context, d vocabulary.Document) {
	p, err := vocabulary.ReadPost(d)
	if !e.check("post", err, "by %s", authorOf(p)) {
		return
	}
	if !p.Public {
		e.fail("audience", "it is not addressed to the public (%v)", d.Addresses())
		return
	}
	e.ok("audience", "it is public")
	if a, err := e.s.store.ActorByURI(ctx, p.AuthorURI); err == nil {
		if err := a.Active(); err != nil {
			e.fail("author", "%v", err)
			return
		}
		e.ok("author", "%s is known here", a.Handle())
	} else {
		e.ok("author", "%s is not known here, and would be read", p.AuthorURI)
	}
	if gone, err := e.s.store.Tombstoned(ctx, p.URI); err == nil && gone {
		e.fail("rules", "it was deleted before")
		return
	}
	if known, err := e.s.store.PostByURI(ctx, p.URI); err == nil {
		e.ok("rules", "it is here already, as %s", known.ID)
		return
	}
	e.place(ctx, p)
}

// place says which thread or forum a post would go to.
func (e *explanation) place(ctx context.Context, p *vocabulary.Post) {
	if p.ParentURI != "" {
		if parent, err := e.s.store.PostByURI(ctx, p.ParentURI); err == nil {
			e.ok("rules", "it answers %s, which is here: it would join that thread", parent.ID)
			return
		}
		e.ok("rules", "it answers %s, which is not here: that would be read first, up to the root, which must belong to a forum known here", p.ParentURI)
		return
	}
	for _, uri := range p.Addressed {
		a, err := e.s.store.ActorByURI(ctx, uri)
		switch {
		case err != nil || !a.IsForum():
			continue
		case a.Local():
			e.ok("rules", "it would open a thread in %s", a.Handle())
			return
		case a.Followers > 0:
			e.ok("rules", "it would open a thread in %s, which people here follow", a.Handle())
			return
		}
		e.fail("rules", "it is addressed to %s, which nobody here follows", a.Handle())
		return
	}
	e.fail("rules", "it answers nothing, and addresses no forum known here (%v)", p.Addressed)
}

func authorOf(p *vocabulary.Post) string {
	if p == nil {
		return ""
	}
	return p.AuthorURI
}

// ExplainRequest says step by step why the inbox takes or refuses a request, given
// as it came: with its head, so that the signature is looked at too, or only the
// activity. Nothing is done about it.
func (s *Server) ExplainRequest(ctx context.Context, raw []byte) []Step {
	e := &explanation{s: s}
	body, request := raw, (*http.Request)(nil)
	if !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
		if !e.check("request", err, "it has a head") {
			return e.steps
		}
		if body, err = io.ReadAll(io.LimitReader(r.Body, maxInbox+1)); !e.check("body", err, "%d bytes", len(body)) {
			return e.steps
		}
		if len(body) == 0 { // saved without a length: the rest of the file is it
			_, body, _ = bytes.Cut(bytes.ReplaceAll(raw, []byte("\r\n\r\n"), []byte("\n\n")), []byte("\n\n"))
		}
		request = r
	}
	if len(body) > maxInbox {
		e.fail("size", "more than %d bytes", maxInbox)
		return e.steps
	}
	e.ok("size", "%d bytes", len(body))
	d, err := vocabulary.Parse(body)
	if !e.check("JSON", err, "it is an object of the type %s", d.Type()) ||
		!e.check("envelope", checkEnvelope(d), "it has a type, an id and one actor") ||
		!e.check("server", s.checkHost(ctx, d.IRI("actor")), "this server speaks with %s", forum.HostOf(d.IRI("actor"))) {
		return e.steps
	}
	if seen, err := s.store.Received(ctx, activityKey(d)); err == nil && seen {
		e.ok("duplicate", "it was received before, and is not acted upon again")
	}
	e.signed(ctx, request, d, body)
	return e.steps
}

// signed looks at who signed a request, and whether that suits the activity.
func (e *explanation) signed(ctx context.Context, r *http.Request, d vocabulary.Document, body []byte) {
	actorURI := d.IRI("actor")
	if r == nil {
		e.ok("signature", "there is no head to look at; it must be signed by %s", actorURI)
		e.origin(d, actorURI)
		return
	}
	sig, err := signature.Read(r)
	if !e.check("signature", err, "%s", describe(sig)) {
		return
	}
	owner, err := e.s.verify(ctx, r, body, actorURI)
	if err != nil {
		e.fail("signature", "%v", err)
		return
	}
	e.ok("signature", "it is %s's", owner.URI)
	e.origin(d, owner.URI)
}

func describe(sig *signature.Signature) string {
	if sig == nil {
		return ""
	}
	return string(sig.Scheme) + " with the key " + sig.KeyID
}

// origin checks that what is signed is the signer's to say.
func (e *explanation) origin(d vocabulary.Document, signer string) {
	actorURI := d.IRI("actor")
	switch {
	case signer != actorURI:
		e.ok("origin", "its actor, %s, did not sign it: what it is about is read from its own server", actorURI)
	case !forum.SameHost(d.ID(), actorURI):
		e.fail("origin", "its id %s is not on its actor's server", d.ID())
	case d.Type() == "Create" && d.IRI("object") == "":
		e.fail("object", "the Create has no object with an id")
	case (d.Type() == "Create" || d.Type() == "Update" || d.Type() == "Delete") && !forum.SameHost(d.IRI("object"), actorURI):
		e.fail("object", "%s is not on its actor's server", d.IRI("object"))
	default:
		e.ok("origin", "actor, id and object belong together")
	}
}
