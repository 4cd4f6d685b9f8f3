package vocabulary

import (
	"html"

	"portevoix/forum"
)

// Claim implements forum.Publisher: an answer to the author alone, with a hashtag
// that every server carries, and what is known of it in fields.
func (w Writer) Claim(id forum.ID, by, author *forum.Actor, post *forum.Post, p *forum.Participation, tag string) ([]byte, error) {
	uri := w.addresses.Activity(id)
	to := []any{author.URI}
	claim := object{}
	if p.ExperiencedOn != "" {
		claim["experiencedOn"] = string(p.ExperiencedOn)
	}
	if p.Amount.Known() {
		claim["amount"] = object{"value": p.Amount.Value(), "currency": p.Amount.Currency}
	}
	if p.Words != "" {
		claim["words"] = p.Words
	}
	tags := append(w.hashtags([]string{tag}), object{"type": "Mention", "href": author.URI, "name": w.handle(author)})
	return encode(object{
		"id": uri, "type": "Create", "actor": by.URI, "to": to, "published": moment(p.At),
		"object": object{
			"id": p.SourceURI, "type": "Note", "attributedTo": by.URI, "to": to, "inReplyTo": post.URI, "published": moment(p.At),
			"content": "<p>#" + html.EscapeString(tag) + "</p>", "tag": tags, extension + "coClaim": claim,
		},
	}, postContext)
}

// readClaim reads what an answer says of the same having happened to its author.
func readClaim(d Document, p *Post) {
	claim := d.Object(extension + "coClaim")
	if claim == nil {
		return
	}
	p.Claim = forum.ParticipationDetails{ExperiencedOn: claim.String("experiencedOn"), Words: claim.String("words")}
	if amount := claim.Object("amount"); amount != nil {
		p.Claim.Amount, p.Claim.Currency = amount.String("value"), amount.String("currency")
	}
}
