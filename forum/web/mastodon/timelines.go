package mastodon

import (
	"strings"

	"portevoix/forum"
)

// statusesPerPage and mostStatuses are how many statuses are on a page.
const (
	statusesPerPage = 20
	mostStatuses    = 40
)

// timeline answers a part of a list of posts; show chooses how each is shown.
func (a *API) timeline(c *call, q forum.StatusQuery, show func(b *batch, id forum.ID) (*statusEntity, bool)) error {
	var err error
	if q.Span, err = c.page(statusesPerPage, mostStatuses); err != nil {
		return err
	}
	if q.Viewer == 0 {
		q.Viewer = c.viewerID()
	}
	byID := q.List != forum.StatusesSupported && q.List != forum.StatusesBookmarks
	if byID {
		// A thread that a forum passed on is named by the ID just before its own.
		for _, id := range []*forum.ID{&q.Min, &q.Since} {
			if *id != 0 {
				*id++
			}
		}
	}
	refs, err := a.store.StatusRefs(c.r.Context(), q)
	if err != nil {
		return err
	}
	ids := make([]forum.ID, len(refs))
	for i, ref := range refs {
		ids[i] = ref.ID
	}
	b, err := a.load(c, contextOfList(q.List), ids)
	if err != nil {
		return err
	}
	if n := len(refs); n > 0 && q.List != forum.StatusesPinned {
		c.linkAround(refs[0].Place, refs[n-1].Place)
	}
	return c.ok(b.list(refs, func(id forum.ID) (*statusEntity, bool) { return show(b, id) }))
}

// noContext is where filters look only if they look everywhere: one's bookmarks, say.
const noContext forum.FilterContext = ""

// contextOfList is where a list of posts is read.
func contextOfList(list forum.StatusList) forum.FilterContext {
	switch list {
	case forum.StatusesHome, forum.StatusesListed:
		return forum.InHome
	case forum.StatusesPublic, forum.StatusesTagged:
		return forum.InPublic
	case forum.StatusesBy, forum.StatusesIn, forum.StatusesPinned:
		return forum.InAccount
	default:
		return noContext
	}
}

// asWritten shows posts by their authors.
func asWritten(b *batch, id forum.ID) (*statusEntity, bool) { return b.status(id) }

// asPassedOn shows threads by their forum.
func asPassedOn(b *batch, id forum.ID) (*statusEntity, bool) { return b.passedOn(id) }

// asFollowed shows a thread by whoever it is there for: its author, or else its
// forum.
func asFollowed(b *batch, id forum.ID) (*statusEntity, bool) {
	if view := b.statuses[id]; view != nil && view.FollowsForum && !view.FollowsBy && view.AuthorID != b.reader {
		return b.passedOn(id)
	}
	return b.status(id)
}

func (a *API) homeTimeline(c *call) error {
	return a.timeline(c, forum.StatusQuery{List: forum.StatusesHome, Viewer: c.viewer.ID}, asFollowed)
}

func (a *API) publicTimeline(c *call) error {
	return a.timeline(c, forum.StatusQuery{List: forum.StatusesPublic, Local: c.in.is("local"), Remote: c.in.is("remote"), OnlyMedia: c.in.is("only_media")}, asWritten)
}

func (a *API) tagTimeline(c *call) error {
	return a.timeline(c, forum.StatusQuery{List: forum.StatusesTagged, Tag: c.variable("tag"), Local: c.in.is("local"), Remote: c.in.is("remote"), OnlyMedia: c.in.is("only_media")}, asWritten)
}

// accountStatuses lists what a person wrote, or the threads of a forum, each once.
func (a *API) accountStatuses(c *call) error {
	actor, err := a.actor(c)
	if err != nil {
		return err
	}
	q := forum.StatusQuery{List: forum.StatusesBy, Actor: actor.ID, RootsOnly: c.in.is("exclude_replies"), OnlyMedia: c.in.is("only_media")}
	switch {
	case !actor.SuspendedAt.IsZero():
		return c.ok([]struct{}{})
	case c.in.is("pinned"):
		q.List = forum.StatusesPinned
	case actor.IsForum() && c.in.is("exclude_reblogs"):
		return c.ok([]struct{}{}) // it writes nothing itself
	case actor.IsForum():
		q.List = forum.StatusesIn
		return a.timeline(c, q, asPassedOn)
	case c.in.get("tagged") != "":
		return a.taggedBy(c, q)
	}
	return a.timeline(c, q, asWritten)
}

// taggedBy lists what somebody wrote with a hashtag, of what they wrote last.
func (a *API) taggedBy(c *call, q forum.StatusQuery) error {
	want := c.in.get("tagged")
	return a.timeline(c, q, func(b *batch, id forum.ID) (*statusEntity, bool) {
		e, ok := b.status(id)
		if !ok {
			return nil, false
		}
		for _, tag := range e.Tags {
			if strings.EqualFold(tag.Name, want) {
				return e, true
			}
		}
		return nil, false
	})
}

func (a *API) favourites(c *call) error {
	return a.timeline(c, forum.StatusQuery{List: forum.StatusesSupported, Viewer: c.viewer.ID}, asWritten)
}

func (a *API) bookmarks(c *call) error {
	return a.timeline(c, forum.StatusQuery{List: forum.StatusesBookmarks, Viewer: c.viewer.ID}, asWritten)
}

// trendingStatuses are the threads that rank highest now.
func (a *API) trendingStatuses(c *call) error {
	span, err := c.page(statusesPerPage, mostStatuses)
	if err != nil {
		return err
	}
	page, err := a.store.Threads(c.r.Context(), forum.ThreadQuery{Sort: forum.SortHot, Viewer: c.viewerID(), Limit: span.Limit + c.offset()})
	if err != nil {
		return err
	}
	var refs []forum.StatusRef
	var ids []forum.ID
	for i := c.offset(); i < len(page.Threads); i++ {
		refs, ids = append(refs, forum.StatusRef{ID: page.Threads[i].ID}), append(ids, page.Threads[i].ID)
	}
	b, err := a.load(c, forum.InPublic, ids)
	if err != nil {
		return err
	}
	return c.ok(b.list(refs, b.status))
}

// mostOffset is how deep lists go that are asked for by how many to leave out.
const mostOffset = 200

func (c *call) offset() int { return min(max(c.in.number("offset"), 0), mostOffset) }
