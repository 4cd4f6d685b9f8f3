package web

import (
	"time"

	"portevoix/forum"
)

// head is what a page tells programs about itself: link previews, feed readers,
// search engines.
type head struct {
	Type      string // of Open Graph; default: website
	Image     string // path of the picture; default: the server's
	Alt       string // what the picture says
	Creator   string // handle of the author
	Published time.Time
	Modified  time.Time
	Section   string // where it stands
	Feed      string // path of the page that has feeds, "" for none
	OEmbed    string // full address of the oEmbed answer
	Posting   any    // as schema.org has it; nil for none
}

// localeOf is a language as Open Graph writes it.
func localeOf(tag string) string {
	if tag == "fr" {
		return "fr_FR"
	}
	return "en_GB"
}

// describeThread fills in the head of a thread's page; words are its text without
// markup. Search engines are visitors: who is signed in is spared what only they
// read.
func (s *Site) describeThread(v *visit, p *Page, t *forum.ThreadView, words string) {
	if t.Post.Hidden() || t.Forum.Private { // there are no feeds or pictures of what only members read
		return
	}
	base := s.base()
	p.Head = head{
		Type: "article", Image: previewPath(t), Alt: t.Title, Creator: s.fullHandleOf(t.Author), Published: t.PublishedAt, Modified: t.EditedAt,
		Section: t.Forum.Label(), Feed: threadPath(t.ID, ""), OEmbed: base + "/api/oembed?url=" + queryEscape(base+threadPath(t.ID, "")),
	}
	if v.viewer == nil {
		p.Head.Posting = s.posting(p, t, words)
	}
}

// fullHandleOf is the handle by which everybody finds an author.
func (s *Site) fullHandleOf(b forum.Byline) string {
	host := b.Host
	if host == "" {
		host = s.service.Addresses().Host()
	}
	return "@" + b.Name + "@" + host
}

// posting is a thread as a DiscussionForumPosting of schema.org.
func (s *Site) posting(p *Page, t *forum.ThreadView, words string) map[string]any {
	counter := func(action string, n int) map[string]any {
		return map[string]any{"@type": "InteractionCounter", "interactionType": "https://schema.org/" + action, "userInteractionCount": n}
	}
	posting := map[string]any{
		"@context": "https://schema.org", "@type": "DiscussionForumPosting", "@id": t.URI, "url": p.Canonical, "mainEntityOfPage": p.Canonical,
		"headline": t.Title, "text": words, "datePublished": machineTime(t.PublishedAt),
		"author":   map[string]any{"@type": "Person", "name": t.Author.Label(), "alternateName": s.fullHandleOf(t.Author), "url": s.authorAddress(t.Author)},
		"isPartOf": map[string]any{"@type": "WebPage", "name": t.Forum.Label(), "url": s.base() + forumPath(t.Forum.Handle())},
		"image":    s.base() + previewPath(t), "commentCount": t.ReplyCount,
		"interactionStatistic": []any{counter("LikeAction", t.ShownSupports()), counter("ShareAction", t.ShownBoosts()), counter("CommentAction", t.ReplyCount)},
	}
	if t.Language != "" {
		posting["inLanguage"] = t.Language
	}
	if !t.EditedAt.IsZero() {
		posting["dateModified"] = machineTime(t.EditedAt)
	}
	return posting
}
