package vocabulary

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-fed/activity/streams"

	"portevoix/federation/signature"
	"portevoix/forum"
	"portevoix/forum/locale"
)

// Writer implements forum.Publisher. It is safe for concurrent use.
type Writer struct {
	addresses forum.Addresses
	prove     Prover
	sign      Prover // with a JSON-LD signature
	messages  *locale.Messages
	languages []string // of what the server says itself
}

// Prover adds a proof of an actor of ours to a document (FEP-8b32), or leaves it
// as it is.
type Prover func(actor forum.ID, document map[string]any, at time.Time) error

var _ forum.Publisher = Writer{}

// NewWriter returns a writer for a server's addresses. prove may be nil; without
// messages the text of a case does not repeat its facts.
func NewWriter(a forum.Addresses, prove Prover, messages *locale.Messages, languages ...string) Writer {
	return Writer{addresses: a, prove: prove, messages: messages, languages: languages}
}

// SignedBy returns the writer with what adds JSON-LD signatures.
func (w Writer) SignedBy(sign Prover) Writer {
	w.sign = sign
	return w
}

// encodeProven is encode for what everybody may see and pass on: with a proof.
func (w Writer) encodeProven(m object, context []any, id, by forum.ID) ([]byte, error) {
	if w.prove == nil {
		return encode(m, context)
	}
	m["@context"] = withProof(explained(m, context))
	if err := w.prove(by, m, id.Time()); err != nil {
		return nil, fmt.Errorf("prove activity: %w", err)
	}
	if m["proof"] == nil {
		return encode(m, context)
	}
	return marshal(m)
}

// withProof adds the terms of proofs to a context.
func withProof(context []any) []any {
	return append([]any{context[0], signature.ProofContext}, context[1:]...)
}

// signatureContext defines the terms of JSON-LD signatures.
const signatureContext = "https://w3id.org/security/v1"

// Sign implements forum.Publisher. The proof goes: it was made of the document
// without a signature, and would be part of what the signature covers.
func (w Writer) Sign(by *forum.Actor, activity []byte, at time.Time) ([]byte, error) {
	d, err := Parse(activity)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if w.sign == nil {
		return nil, nil
	}
	delete(d, "proof")
	context, _ := d["@context"].([]any)
	terms := []any{signatureContext}
	for _, one := range context {
		if one != signature.ProofContext && one != signatureContext {
			terms = append(terms, one)
		}
	}
	if len(terms) > 1 { // that of the standard stays the first
		terms[0], terms[1] = terms[1], terms[0]
	}
	d["@context"] = terms
	if err := w.sign(by.ID, d, at); err != nil || d["signature"] == nil {
		return nil, err
	}
	return marshal(object(d))
}

// Create implements forum.Publisher.
func (w Writer) Create(id forum.ID, p forum.Publication) ([]byte, error) {
	return w.withPost(streams.NewActivityStreamsCreate(), id, p, p.Post.PublishedAt)
}

// Update implements forum.Publisher.
func (w Writer) Update(id forum.ID, p forum.Publication) ([]byte, error) {
	at := p.Post.EditedAt
	if p.Post.IsRoot() && p.Thread.Case != nil && at.Before(p.Thread.Case.StateAt) {
		at = p.Thread.Case.StateAt
	}
	if at.IsZero() { // only the counts of its poll are new
		at = p.Post.PublishedAt
	}
	return w.withPost(streams.NewActivityStreamsUpdate(), id, p, at)
}

func (w Writer) withPost(a activity, id forum.ID, p forum.Publication, at time.Time) ([]byte, error) {
	head(a, w.addresses.Activity(id), p.Author.URI, "")
	address(a, []string{Public}, postAudience(p))
	a.SetActivityStreamsPublished(published(at))
	m, err := write(a)
	if err != nil {
		return nil, err
	}
	post, err := w.post(p)
	if err != nil {
		return nil, err
	}
	m["object"] = post
	audience(m, p.Forum)
	return w.encodeProven(m, postContext, id, p.Author.ID)
}

// audience names the forum an activity concerns (FEP-1b12).
func audience(m object, f *forum.Actor) {
	if f != nil {
		m["audience"] = f.URI
	}
}

// Delete implements forum.Publisher.
func (w Writer) Delete(id forum.ID, by *forum.Actor, uri string, f *forum.Actor, reason string) ([]byte, error) {
	a := streams.NewActivityStreamsDelete()
	head(a, w.addresses.Activity(id), by.URI, "")
	var cc []string
	if f != nil {
		cc = []string{f.URI}
	}
	address(a, []string{Public}, cc)
	if reason != "" { // marks a moderator's removal to Lemmy
		summary := streams.NewActivityStreamsSummaryProperty()
		summary.AppendXMLSchemaString(reason)
		a.SetActivityStreamsSummary(summary)
	}
	m, err := write(a)
	if err != nil {
		return nil, err
	}
	m["object"] = uri
	if uri != by.URI && reason == "" {
		m["object"] = object{"id": uri, "type": "Tombstone"}
	}
	audience(m, f)
	return w.encodeProven(m, activityContext, id, by.ID)
}

// Like implements forum.Publisher.
func (w Writer) Like(id forum.ID, by *forum.Actor, post *forum.Post, f *forum.Actor) ([]byte, error) {
	a := streams.NewActivityStreamsLike()
	head(a, w.addresses.Activity(id), by.URI, post.URI)
	m, err := write(a)
	if err != nil {
		return nil, err
	}
	audience(m, f)
	return w.encodeProven(m, activityContext, id, by.ID)
}

// Announce implements forum.Publisher.
func (w Writer) Announce(id forum.ID, by *forum.Actor, uri string, author, f *forum.Actor, at time.Time) ([]byte, error) {
	a := streams.NewActivityStreamsAnnounce()
	head(a, w.addresses.Activity(id), by.URI, uri)
	cc := []string{by.FollowersURI}
	if author != nil {
		cc = append(cc, author.URI)
	}
	// Public stands in to: in cc the boost would be unlisted on Mastodon.
	address(a, []string{Public}, cc)
	a.SetActivityStreamsPublished(published(at))
	m, err := write(a)
	if err != nil {
		return nil, err
	}
	audience(m, f)
	return w.encodeProven(m, activityContext, id, by.ID)
}

// Relay implements forum.Publisher. The inner activity is copied as bytes,
// because FEP-1b12 wants it kept as it is and its receivers may compare it with
// the original.
func (w Writer) Relay(id forum.ID, f *forum.Actor, inner []byte, at time.Time) ([]byte, error) {
	if !json.Valid(inner) {
		return nil, fmt.Errorf("relay: the activity is not JSON")
	}
	a := streams.NewActivityStreamsAnnounce()
	head(a, w.addresses.Activity(id), f.URI, "")
	address(a, []string{Public}, []string{f.FollowersURI})
	a.SetActivityStreamsPublished(published(at))
	m, err := write(a)
	if err != nil {
		return nil, err
	}
	outer, err := encode(m, activityContext)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.Write(outer[:len(outer)-1])
	out.WriteString(`,"object":`)
	out.Write(bytes.TrimSpace(inner))
	out.WriteByte('}')
	return out.Bytes(), nil
}

// Undo implements forum.Publisher.
func (w Writer) Undo(id forum.ID, by *forum.Actor, inner []byte) ([]byte, error) {
	undone, err := Parse(inner)
	if err != nil {
		return nil, fmt.Errorf("undo: %w", err)
	}
	delete(undone, "@context")
	delete(undone, "proof") // which was made of all of it
	a := streams.NewActivityStreamsUndo()
	head(a, w.addresses.Activity(id), by.URI, "")
	m, err := write(a)
	if err != nil {
		return nil, err
	}
	for _, key := range []string{"to", "cc", "audience"} { // whoever heard of it hears of its end
		if v, ok := undone[key]; ok {
			m[key] = v
		}
	}
	m["object"] = map[string]any(undone)
	return w.encodeProven(m, activityContext, id, by.ID)
}

// Follow implements forum.Publisher.
func (w Writer) Follow(id forum.ID, by, target *forum.Actor) ([]byte, error) {
	a := streams.NewActivityStreamsFollow()
	head(a, w.addresses.Activity(id), by.URI, target.URI)
	address(a, []string{target.URI}, nil)
	return w.plain(a)
}

// Block implements forum.Publisher.
func (w Writer) Block(id forum.ID, by, target *forum.Actor) ([]byte, error) {
	a := streams.NewActivityStreamsBlock()
	head(a, w.addresses.Activity(id), by.URI, target.URI)
	address(a, []string{target.URI}, nil)
	return w.plain(a)
}

func (w Writer) plain(a activity) ([]byte, error) {
	m, err := write(a)
	if err != nil {
		return nil, err
	}
	return encode(m, activityContext)
}

// Accept implements forum.Publisher.
func (w Writer) Accept(id forum.ID, by *forum.Actor, f forum.Follow) ([]byte, error) {
	return w.answer(streams.NewActivityStreamsAccept(), id, by, f)
}

// Reject implements forum.Publisher.
func (w Writer) Reject(id forum.ID, by *forum.Actor, f forum.Follow) ([]byte, error) {
	return w.answer(streams.NewActivityStreamsReject(), id, by, f)
}

// answer embeds the follow: some servers find it by its id, others by who
// follows whom.
func (w Writer) answer(a activity, id forum.ID, by *forum.Actor, f forum.Follow) ([]byte, error) {
	head(a, w.addresses.Activity(id), by.URI, "")
	address(a, []string{f.Follower.URI}, nil)
	m, err := write(a)
	if err != nil {
		return nil, err
	}
	m["object"] = object{"id": f.URI, "type": "Follow", "actor": f.Follower.URI, "object": f.Target.URI}
	return encode(m, activityContext)
}

// Report implements forum.Publisher: one post, to exactly one forum, with the
// words in content and, for Lemmy, in summary.
func (w Writer) Report(id forum.ID, by, f *forum.Actor, post, words string) ([]byte, error) {
	m := w.decision("Flag", id, by, post, f)
	m["to"], m["cc"] = []any{f.URI}, []any{}
	m["content"], m["summary"] = words, words
	return encode(m, activityContext)
}

// Flag implements forum.Publisher. Mastodon-like servers want a list of the
// actor and the posts.
func (w Writer) Flag(id forum.ID, by, target *forum.Actor, posts []string, words string) ([]byte, error) {
	a := streams.NewActivityStreamsFlag()
	head(a, w.addresses.Activity(id), by.URI, "")
	address(a, []string{target.URI}, nil)
	content := streams.NewActivityStreamsContentProperty()
	content.AppendXMLSchemaString(words)
	a.SetActivityStreamsContent(content)
	m, err := write(a)
	if err != nil {
		return nil, err
	}
	objects := []any{target.URI}
	for _, p := range posts {
		objects = append(objects, p)
	}
	m["object"] = objects
	return encode(m, activityContext)
}

// Move implements forum.Publisher.
func (w Writer) Move(id forum.ID, by, target *forum.Actor) ([]byte, error) {
	a := streams.NewActivityStreamsMove()
	head(a, w.addresses.Activity(id), by.URI, by.URI)
	address(a, []string{by.FollowersURI}, nil)
	m, err := write(a)
	if err != nil {
		return nil, err
	}
	m["target"] = target.URI
	return w.encodeProven(m, activityContext, id, by.ID)
}

// Pin implements forum.Publisher, as Mastodon has it: an Add to the collection
// of what its actor features, or a Remove from it.
func (w Writer) Pin(id forum.ID, by *forum.Actor, uri string, on bool) ([]byte, error) {
	var a activity = streams.NewActivityStreamsAdd()
	if !on {
		a = streams.NewActivityStreamsRemove()
	}
	head(a, w.addresses.Activity(id), by.URI, uri)
	address(a, []string{Public}, []string{by.FollowersURI})
	m, err := write(a)
	if err != nil {
		return nil, err
	}
	m["target"] = featured(by)
	return w.encodeProven(m, activityContext, id, by.ID)
}

// Feature implements forum.Publisher, in the shape of Lemmy: an Add by the
// moderator to what the forum features, or a Remove from it (FEP-1b12).
func (w Writer) Feature(id forum.ID, by *forum.Actor, uri string, f *forum.Actor, on bool) ([]byte, error) {
	return w.collect(id, by, uri, f, f.Featured, on)
}

// Ban implements forum.Publisher. Lemmy 1.0 reads endTime, and 0.19 and Mbin
// expires.
func (w Writer) Ban(id forum.ID, by, whom, f *forum.Actor, b forum.Ban, removePosts bool) ([]byte, error) {
	if f.ID == 0 {
		f = &forum.Actor{URI: w.addresses.Actor(forum.Application, "", "")}
	}
	m := w.decision("Block", id, by, whom.URI, f)
	m["target"], m["summary"], m["removeData"] = f.URI, b.Reason, removePosts
	if !b.Until.IsZero() {
		m["endTime"], m["expires"] = moment(b.Until), moment(b.Until)
	}
	return encode(m, moderationContext)
}

// Moderator implements forum.Publisher.
func (w Writer) Moderator(id forum.ID, by, moderator, f *forum.Actor, on bool) ([]byte, error) {
	return w.collect(id, by, moderator.URI, f, f.Moderators, on)
}

// collect is an Add to a collection of a forum's, or a Remove from it.
func (w Writer) collect(id forum.ID, by *forum.Actor, uri string, f *forum.Actor, target string, on bool) ([]byte, error) {
	kind := "Add"
	if !on {
		kind = "Remove"
	}
	m := w.decision(kind, id, by, uri, f)
	m["target"] = target
	return encode(m, activityContext)
}

// Lock implements forum.Publisher.
func (w Writer) Lock(id forum.ID, by *forum.Actor, uri string, f *forum.Actor) ([]byte, error) {
	return encode(w.decision("Lock", id, by, uri, f), moderationContext)
}

// decision is what a moderator does in a forum. It is written by hand: go-fed
// knows neither Lock nor what Lemmy adds to Block.
func (w Writer) decision(kind string, id forum.ID, by *forum.Actor, about string, f *forum.Actor) object {
	m := object{"id": w.addresses.Activity(id), "type": kind, "actor": by.URI, "object": about, "to": []any{Public}, "cc": []any{f.URI}}
	audience(m, f)
	return m
}

// featured is the collection of what a local actor pins.
func featured(a *forum.Actor) string { return a.URI + "/featured" }

// UpdateActor implements forum.Publisher.
func (w Writer) UpdateActor(id forum.ID, actor *forum.Actor, f *forum.Forum, keys ...forum.KeyPair) ([]byte, error) {
	a := streams.NewActivityStreamsUpdate()
	head(a, w.addresses.Activity(id), actor.URI, "")
	address(a, []string{Public}, []string{actor.FollowersURI})
	m, err := write(a)
	if err != nil {
		return nil, err
	}
	// A key that has not changed is left out: whoever wants it reads the actor.
	var key *forum.KeyPair
	if len(keys) > 0 {
		key = &keys[0]
	}
	profile, err := w.actor(actor, f, key)
	if err != nil {
		return nil, err
	}
	m["object"] = profile
	return w.encodeProven(m, actorContext, id, actor.ID)
}
