package vocabulary

import (
	"fmt"
	"html"
	"strings"

	"portevoix/forum"
)

// maxChoices bounds the choices of a poll that are looked at.
const maxChoices = 50

// poll reads the choices of a Question, and of other posts that carry some: nil
// where there are none.
func poll(d Document) *forum.Poll {
	p := &forum.Poll{ClosesAt: d.Time("endTime"), ClosedAt: d.Time("closed")}
	choices := d.Objects("oneOf")
	if len(choices) == 0 {
		choices, p.Multiple = d.Objects("anyOf"), true
	}
	for _, c := range choices[:min(len(choices), maxChoices)] {
		if name := c.String("name"); name != "" {
			p.Choices = append(p.Choices, forum.PollChoice{Title: name, Votes: total(c, "replies")})
		}
	}
	if len(p.Choices) == 0 {
		return nil
	}
	if p.ClosedAt.IsZero() && d.Bool("closed") {
		p.ClosedAt = p.ClosesAt
	}
	p.Voters = number(d, "votersCount")
	return p
}

// PollState is what tells one state of a poll from another; "" for what is none.
// Servers send its counts again under the same time of the last edit.
func PollState(d Document) string {
	p := poll(d)
	if p == nil {
		return ""
	}
	var state strings.Builder
	for _, c := range p.Choices {
		fmt.Fprintf(&state, "%d/", c.Votes)
	}
	fmt.Fprintf(&state, "%d %t", p.Voters, p.ClosedAt.IsZero())
	return state.String()
}

// extendPoll writes a post's poll, in Mastodon's form. What is plain has the
// choices in its text, for software that knows no polls.
func (w Writer) extendPoll(m object, p forum.Publication) {
	poll := p.Post.Poll
	if poll == nil {
		return
	}
	key := "oneOf"
	if poll.Multiple {
		key = "anyOf"
	}
	choices := []any{}
	for _, c := range poll.Choices {
		choices = append(choices, object{"type": "Note", "name": c.Title, "replies": object{"type": "Collection", "totalItems": c.Votes}})
	}
	m[key] = choices
	m["votersCount"] = poll.Voters
	if !poll.ClosesAt.IsZero() {
		m["endTime"] = moment(poll.ClosesAt)
	}
	if !poll.ClosedAt.IsZero() {
		m["closed"] = moment(poll.ClosedAt)
	}
	if !p.Plain {
		m["type"] = "Question"
	}
}

// pollText lists the choices, and at the end the result, with a link to vote.
func pollText(p forum.Publication) string {
	if p.Post.Poll == nil || !p.Plain {
		return ""
	}
	var text strings.Builder
	text.WriteString("<ul>")
	for _, c := range p.Post.Poll.Choices {
		text.WriteString("<li>" + html.EscapeString(c.Title))
		if !p.Post.Poll.ClosedAt.IsZero() {
			fmt.Fprintf(&text, ": %d", c.Votes)
		}
		text.WriteString("</li>")
	}
	address := html.EscapeString(p.Post.URL)
	text.WriteString(`</ul><p><a href="` + address + `">` + address + "</a></p>")
	return text.String()
}

// PollVote implements forum.Publisher, as Mastodon has it: a Note with a name, and
// without content, to the poll's author alone.
func (w Writer) PollVote(id forum.ID, by *forum.Actor, post *forum.Post, author *forum.Actor, choice string) ([]byte, error) {
	uri := w.addresses.Activity(id)
	to := []any{author.URI}
	return encode(object{
		"id": uri, "type": "Create", "actor": by.URI, "to": to,
		"object": object{"id": uri + "#vote", "type": "Note", "attributedTo": by.URI, "to": to, "name": choice, "inReplyTo": post.URI},
	}, activityContext)
}
