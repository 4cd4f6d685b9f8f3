package vocabulary

import "portevoix/forum"

// Note writes a message as its own address serves it.
func (w Writer) Note(m forum.Message, from, to *forum.Actor) ([]byte, error) {
	return encode(w.note(m, from, to), postContext)
}

// note addresses a message to one actor by name, which makes it a direct message
// for Mastodon, and its likes and boosts impossible.
func (w Writer) note(m forum.Message, from, to *forum.Actor) object {
	n := object{
		"id": m.URI, "type": "Note", "attributedTo": from.URI, "to": []any{to.URI}, "cc": []any{}, "url": m.URI,
		"content": m.Content, "published": moment(m.SentAt), "mediaType": "text/html", "sensitive": false,
		"tag": []any{object{"type": "Mention", "href": to.URI, "name": w.handle(to)}},
	}
	if m.Language != "" {
		n["contentMap"] = object{m.Language: m.Content}
	}
	if m.InReplyTo != "" {
		n["inReplyTo"] = m.InReplyTo
	}
	if len(m.Tags) > 0 {
		n["tag"] = append(n["tag"].([]any), w.hashtags(m.Tags)...)
	}
	if len(m.Choices) > 0 {
		choices := []any{}
		for _, c := range m.Choices {
			choices = append(choices, object{"type": "Note", "name": c, "replies": object{"type": "Collection", "totalItems": 0}})
		}
		n["type"], n["oneOf"], n["votersCount"] = "Question", choices, 0
		if !m.ClosesAt.IsZero() { // Mastodon takes no votes without
			n["endTime"] = moment(m.ClosesAt)
		}
	}
	return n
}

// Message implements forum.Publisher.
func (w Writer) Message(id forum.ID, m forum.Message, from, to *forum.Actor) ([]byte, error) {
	return encode(object{
		"id": w.addresses.Activity(id), "type": "Create", "actor": from.URI, "to": []any{to.URI}, "cc": []any{},
		"published": moment(m.SentAt), "object": w.note(m, from, to),
	}, postContext)
}
