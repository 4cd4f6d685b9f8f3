package federation

import (
	"context"
	"net/http"
	"net/url"

	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

const (
	outboxPage = 20
	// A page of replies is as long as allowed: Mastodon's crawler stops paging
	// once it has five, but takes the whole page it is on.
	repliesPage = 500
)

func (s *Server) writeCollection(w http.ResponseWriter, r *http.Request, c vocabulary.Collection) {
	body, err := c.Write()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	serveActivity(w, r, body)
}

func (s *Server) writePage(w http.ResponseWriter, r *http.Request, p vocabulary.Page) {
	body, err := p.Write()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	serveActivity(w, r, body)
}

// here is the address of the request without its query.
func (s *Server) here(r *http.Request) string { return s.o.Addresses.Base() + r.URL.Path }

func (s *Server) emptyCollection(w http.ResponseWriter, r *http.Request) {
	s.writeCollection(w, r, vocabulary.Collection{URI: s.here(r), Ordered: true, Items: []any{}})
}

// followers tells how many follow, and not who: that is theirs to tell.
func (s *Server) followers(w http.ResponseWriter, r *http.Request) {
	if a := s.localActor(w, r); a != nil {
		s.writeCollection(w, r, vocabulary.Collection{URI: s.here(r), Ordered: true, Total: a.Followers})
	}
}

func (s *Server) following(w http.ResponseWriter, r *http.Request) {
	if a := s.localActor(w, r); a != nil {
		s.writeCollection(w, r, vocabulary.Collection{URI: s.here(r), Ordered: true, Total: a.Following})
	}
}

func (s *Server) moderators(w http.ResponseWriter, r *http.Request) {
	a := s.localActor(w, r)
	if a == nil {
		return
	}
	list, err := s.store.ModeratorsOf(r.Context(), a.ID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	items := []any{}
	for i := range list {
		items = append(items, list[i].URI)
	}
	s.writeCollection(w, r, vocabulary.Collection{URI: s.here(r), Ordered: true, Total: len(items), AttributedTo: a.URI, Items: items})
}

// featured lists what a person pins, or what the moderators of a forum put at
// its head.
func (s *Server) featured(w http.ResponseWriter, r *http.Request) {
	a := s.localActor(w, r)
	if a == nil {
		return
	}
	pinned, err := s.store.Pinned(r.Context(), a.ID, 0)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	items := []any{}
	for i := range pinned {
		if f, err := s.store.Actor(r.Context(), pinned[i].ForumID); err != nil || f.LocalOnly {
			continue
		}
		item, err := s.featuredItem(r.Context(), a, &pinned[i].Post)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		items = append(items, item)
	}
	s.writeCollection(w, r, vocabulary.Collection{URI: s.here(r), Ordered: true, Total: len(items), Items: items})
}

// featuredItem is the id of what a person pins. Lemmy reads no ids in a forum's
// collection, and passes over objects that it does not believe us.
func (s *Server) featuredItem(ctx context.Context, a *forum.Actor, p *forum.Post) (any, error) {
	if !a.IsForum() {
		return p.URI, nil
	}
	publication, err := forum.PublicationOf(ctx, s.store, p.ID)
	if err != nil {
		return nil, err
	}
	body, err := s.writer.Post(publication)
	if err != nil {
		return nil, err
	}
	return vocabulary.Embedded(body)
}

// outbox lists what an actor published, newest first: a person's threads and
// replies, a forum's threads as it announced them.
func (s *Server) outbox(w http.ResponseWriter, r *http.Request) {
	a := s.localActor(w, r)
	if a == nil {
		return
	}
	here := s.here(r)
	if !r.URL.Query().Has("page") {
		total := a.Posts
		if a.IsForum() {
			f, err := s.store.ForumByID(r.Context(), a.ID)
			if err != nil {
				s.fail(w, r, err)
				return
			}
			total = f.Threads
		}
		s.writeCollection(w, r, vocabulary.Collection{URI: here, Ordered: true, Total: total, First: here + "?page=1"})
		return
	}
	ids, next, err := s.outboxIDs(r.Context(), a, r.URL.Query().Get("after"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := vocabulary.Page{URI: here + "?" + r.URL.RawQuery, PartOf: here, Ordered: true}
	for _, id := range ids {
		item, err := s.outboxItem(r.Context(), a, id)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		page.Items = append(page.Items, item)
	}
	if next != "" {
		page.Next = here + "?page=1&after=" + url.QueryEscape(next)
	}
	s.writePage(w, r, page)
}

// outboxIDs is a page of what an actor published, and where the next one begins.
func (s *Server) outboxIDs(ctx context.Context, a *forum.Actor, after string) (ids []forum.ID, next string, err error) {
	if a.IsForum() {
		query := forum.ThreadQuery{ForumID: a.ID, Sort: forum.SortNew, Limit: outboxPage, After: after}
		if a.GroupRole == forum.RoleCompany { // its cases, wherever they stand
			query.ForumID, query.CompanyID = 0, a.ID
		}
		page, err := s.store.Threads(ctx, query)
		for i := range page.Threads {
			ids = append(ids, page.Threads[i].ID)
		}
		return ids, page.Next, err
	}
	var before forum.ID
	if after != "" {
		if before, err = forum.ParseID(after); err != nil {
			return nil, "", err
		}
	}
	ids, err = s.store.PostsBy(ctx, a.ID, before, outboxPage)
	if len(ids) == outboxPage {
		next = ids[len(ids)-1].String()
	}
	return ids, next, err
}

// outboxItem is a Create, and for a forum the Announce of one; of a thread that
// came from elsewhere the Create is not ours to write, and its id must do.
func (s *Server) outboxItem(ctx context.Context, a *forum.Actor, id forum.ID) (any, error) {
	p, err := forum.PublicationOf(ctx, s.store, id)
	if err != nil {
		return nil, err
	}
	announced := p.Thread.AnnounceID
	if a.GroupRole == forum.RoleCompany && p.Thread.ForumID != a.ID && p.Thread.Case != nil {
		if announced = p.Thread.Case.AnnounceID; announced == 0 { // written before the page was there
			return p.Post.URI, nil
		}
	}
	if p.Post.CreateID == 0 {
		announce, err := s.writer.Announce(announced, a, p.Post.URI, p.Author, nil, p.Post.PublishedAt)
		if err != nil {
			return nil, err
		}
		return vocabulary.Embedded(announce)
	}
	activity, err := s.writer.Create(p.Post.CreateID, p)
	if err != nil {
		return nil, err
	}
	if a.IsForum() {
		if activity, err = s.writer.Relay(announced, a, activity, p.Post.PublishedAt); err != nil {
			return nil, err
		}
	}
	return vocabulary.Embedded(activity)
}

// replies lists the direct replies to a post, ours and others'.
func (s *Server) replies(w http.ResponseWriter, r *http.Request) {
	p := s.postNamed(w, r)
	if p == nil {
		return
	}
	s.uris(w, r, false, p.Children, "", func(after forum.ID) ([]forum.PostURI, error) {
		return s.store.ReplyURIs(r.Context(), p.ID, after, repliesPage)
	})
}

// threadContext lists a whole conversation, root first (FEP-7888, FEP-f228).
func (s *Server) threadContext(w http.ResponseWriter, r *http.Request) {
	p := s.postNamed(w, r)
	if p == nil {
		return
	}
	t, err := s.store.Thread(r.Context(), p.ID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	f, err := s.store.Actor(r.Context(), p.ForumID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.uris(w, r, true, t.ReplyCount+1, f.URI, func(after forum.ID) ([]forum.PostURI, error) {
		return s.store.ThreadURIs(r.Context(), p.ID, after, repliesPage)
	})
}

// uris serves a collection of posts by their ids, in pages.
func (s *Server) uris(w http.ResponseWriter, r *http.Request, ordered bool, total int, attributedTo string, read func(after forum.ID) ([]forum.PostURI, error)) {
	here := s.here(r)
	if !r.URL.Query().Has("page") {
		s.writeCollection(w, r, vocabulary.Collection{URI: here, Ordered: ordered, Total: total, AttributedTo: attributedTo, First: here + "?page=1"})
		return
	}
	var after forum.ID
	if a := r.URL.Query().Get("after"); a != "" {
		var err error
		if after, err = forum.ParseID(a); err != nil {
			s.fail(w, r, err)
			return
		}
	}
	list, err := read(after)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := vocabulary.Page{URI: here + "?" + r.URL.RawQuery, PartOf: here, Ordered: ordered, Items: []any{}}
	for _, one := range list {
		page.Items = append(page.Items, one.URI)
	}
	if len(list) == repliesPage {
		page.Next = here + "?page=1&after=" + list[len(list)-1].ID.String()
	}
	s.writePage(w, r, page)
}

func (s *Server) likes(w http.ResponseWriter, r *http.Request) {
	if p := s.postNamed(w, r); p != nil {
		s.writeCollection(w, r, vocabulary.Collection{URI: s.here(r), Total: p.Supports})
	}
}

func (s *Server) shares(w http.ResponseWriter, r *http.Request) {
	if p := s.postNamed(w, r); p != nil {
		s.writeCollection(w, r, vocabulary.Collection{URI: s.here(r), Total: p.Boosts})
	}
}
