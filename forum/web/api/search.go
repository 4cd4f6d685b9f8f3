package api

import (
	"html"
	"net/http"
	"strings"

	"portevoix/forum"
)

// findingEntity is one thing that was found; the field that its type names holds
// it.
type findingEntity struct {
	Type    string        `json:"type"`    // "thread", "reply", "forum" or "person"
	Title   string        `json:"title"`   // HTML, escaped, with <mark> around what was looked for
	Snippet string        `json:"snippet"` // likewise
	Thread  *threadEntity `json:"thread,omitempty"`
	Reply   *replyEntity  `json:"reply,omitempty"`
	Forum   *forumEntity  `json:"forum,omitempty"`
	Person  *authorEntity `json:"person,omitempty"`
}

// marked is a text as HTML.
func marked(list []forum.Fragment) string {
	var out strings.Builder
	for _, f := range list {
		text := html.EscapeString(f.Text)
		if f.Hit {
			text = "<mark>" + text + "</mark>"
		}
		out.WriteString(text)
	}
	return out.String()
}

// search finds threads, replies, forums and people.
func (a *API) search(c *call) error {
	q := c.r.URL.Query()
	request := forum.SearchRequest{
		Words: q.Get("q"), Kind: forum.SearchKind(q.Get("type")), Forum: q.Get("forum"), Thread: forum.ThreadKind(q.Get("kind")), Language: q.Get("lang"),
		Sort: forum.SearchSort(q.Get("sort")), Viewer: c.viewerID(), After: q.Get("after"), Limit: c.limit(),
	}
	found, err := a.service.Search(c.r.Context(), request)
	if err != nil {
		return err
	}
	spelling, err := a.service.Respell(c.r.Context(), request, found)
	if err != nil {
		return err
	}
	filters, err := c.filters(forum.InPublic, q.Get("forum") != "")
	if err != nil {
		return err
	}
	found.Findings = filters.Findings(found.Findings, a.service.Text)
	list := make([]findingEntity, len(found.Findings))
	for i := range found.Findings {
		list[i] = a.findingOf(&found.Findings[i])
	}
	c.link("next", "after", found.Next)
	c.link("related", "q", spelling)
	return c.write(http.StatusOK, list)
}

func (a *API) findingOf(f *forum.Finding) findingEntity {
	e := findingEntity{Title: marked(f.Title), Snippet: marked(f.Snippet)}
	switch {
	case f.Thread != nil:
		thread := a.thread(f.Thread)
		e.Type, e.Thread = "thread", &thread
	case f.Reply != nil:
		reply := a.replyOf(&f.Reply.PostView)
		e.Type, e.Reply = "reply", &reply
	case f.Forum != nil:
		card := a.forumOf(&f.Forum.Forum, f.Forum.Followed)
		e.Type, e.Forum = "forum", &card
	default:
		e.Type, e.Person = "person", &authorEntity{Handle: f.Person.Handle(), URI: f.Person.URI, URL: f.Person.URL, DisplayName: f.Person.Label()}
	}
	return e
}
