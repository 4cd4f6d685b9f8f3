package vocabulary

import (
	"strings"

	"portevoix/forum"
)

// quote reads what a post quotes, in the forms of FEP-044f, Misskey, and others
// (FEP-e232); nil for nothing.
func quote(d Document) *forum.Quote {
	q := &forum.Quote{Authorization: d.IRI("quoteAuthorization")}
	for _, key := range []string{"quote", "quoteUrl", "quoteUri", "_misskey_quote"} {
		if q.URI = d.IRI(key); q.URI != "" {
			return q
		}
	}
	for _, tag := range d.Objects("tag") {
		if tag.Type() != "Link" || !strings.Contains(tag.String("mediaType"), "activity") {
			continue
		}
		for _, rel := range all(tag["rel"]) {
			if rel == misskeyQuote {
				q.URI = tag.IRI("href")
			}
		}
	}
	if q.URI == "" {
		return nil
	}
	return q
}

const misskeyQuote = "https://misskey-hub.net/ns#_misskey_quote"

// quoteContext defines the terms of FEP-044f.
var quoteContext = []any{"https://www.w3.org/ns/activitystreams", object{
	"QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
	"QuoteRequest":       "https://w3id.org/fep/044f#QuoteRequest",
	"gts":                "https://gotosocial.org/ns#",
	"interactingObject":  object{"@id": "gts:interactingObject", "@type": "@id"},
	"interactionTarget":  object{"@id": "gts:interactionTarget", "@type": "@id"},
}}

// QuoteAuthorization writes an authorization as its own address serves it.
func (w Writer) QuoteAuthorization(a *forum.QuoteAuthorization, post *forum.Post, author *forum.Actor) ([]byte, error) {
	return encode(object{
		"id": w.addresses.Quote(a.ID), "type": "QuoteAuthorization", "attributedTo": author.URI,
		"interactingObject": a.QuotedIn, "interactionTarget": post.URI,
	}, quoteContext)
}

// AnswerQuote implements forum.Publisher.
func (w Writer) AnswerQuote(id forum.ID, by *forum.Actor, q forum.QuoteRequest) ([]byte, error) {
	m := object{
		"id": w.addresses.Activity(id), "type": "Reject", "actor": by.URI, "to": []any{q.Actor.URI},
		"object": object{"id": q.URI, "type": "QuoteRequest", "actor": q.Actor.URI, "object": q.Quoted, "instrument": q.QuotedIn},
	}
	if q.Authorization != "" {
		m["type"], m["result"] = "Accept", q.Authorization
	}
	return encode(m, quoteContext)
}
