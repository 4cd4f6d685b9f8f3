package federation

import (
	"context"
	"errors"
	"slices"
	"time"

	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

// walk reads a conversation from other servers, post by post, politely and
// within bounds. What it names as missing is what it could not read.
type walk struct {
	m       *message
	job     forum.BackfillJob
	b       forum.Backfill
	seen    map[string]bool // posts and pages
	pages   int
	failing map[string]int // failures in a row, by host
	lost    int            // what could not be read
	missing map[string]*forum.MissingPosts
	saved   time.Time
}

// WorkBackfill does a forum.BackfillJob. Trouble with other servers is a result,
// not an error.
func (s *Server) WorkBackfill(ctx context.Context, job forum.BackfillJob) error {
	if s.o.Mode == Off {
		return nil
	}
	w, err := s.newWalk(ctx, job)
	if err != nil {
		return err
	}
	if err := w.save(ctx); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, walkTime)
	defer cancel()
	if job.Forum {
		err = w.forum(limited)
	} else {
		err = w.thread(limited)
	}
	if ctx.Err() != nil { // this server is being stopped
		return ctx.Err()
	}
	if err != nil && limited.Err() == nil {
		return err
	}
	w.b.State = forum.BackfillDone
	return w.save(ctx)
}

func (s *Server) newWalk(ctx context.Context, job forum.BackfillJob) (*walk, error) {
	m, err := s.errand(ctx)
	if err != nil {
		return nil, err
	}
	m.budget.left.Store(walkFetches)
	m.budget.hosts = &pace{hour: &s.hourly, asked: map[string]int{}}
	b, err := s.store.Backfill(ctx, job.Subject)
	if err != nil {
		return nil, err
	}
	b.Subject, b.State, b.Read, b.Added, b.Missing = job.Subject, forum.BackfillRunning, 0, 0, nil
	return &walk{m: m, job: job, b: b, seen: map[string]bool{}, failing: map[string]int{}, missing: map[string]*forum.MissingPosts{}}, nil
}

// save stores how far the walk has come.
func (w *walk) save(ctx context.Context) error {
	w.saved = time.Now()
	w.b.Missing = w.b.Missing[:0]
	for _, m := range w.missing {
		w.b.Missing = append(w.b.Missing, *m)
	}
	slices.SortFunc(w.b.Missing, func(a, b forum.MissingPosts) int { return b.Count - a.Count })
	w.b.Missing = w.b.Missing[:min(len(w.b.Missing), maxMissing)]
	return w.m.s.service.BackfillGoesOn(ctx, w.b, w.job)
}

const (
	maxMissing   = 20 // servers that are named
	saveInterval = time.Second
)

// thread reads a thread's conversation: the collection of all of it, where there
// is one (FEP-f228), else the replies to each post, from the root downwards.
func (w *walk) thread(ctx context.Context) error {
	s := w.m.s
	t, err := s.store.Thread(ctx, w.job.Subject)
	if err != nil {
		return err
	}
	if s.o.Addresses.IsLocal(t.URI) {
		return w.answersHere(ctx, t)
	}
	root, err := w.visit(ctx, t.URI, nil)
	if err != nil {
		return err
	}
	uri := t.ContextURI
	if root != nil {
		uri = root.IRI("context")
	}
	if uri != "" && uri != t.URI {
		f, err := s.store.Actor(ctx, t.ForumID)
		if err != nil {
			return err
		}
		if forum.SameHost(uri, t.URI) || forum.SameHost(uri, f.URI) {
			whole, err := w.conversation(ctx, uri)
			if err != nil || whole && w.groupAware(ctx, uri) {
				return err
			}
		}
	}
	if root == nil {
		return nil
	}
	return w.answers(ctx, []vocabulary.Document{root})
}

// groupAware says whether a server keeps whole conversations: its forums hear of
// every reply. What its moderators removed is then missing on purpose, and not
// looked for among the authors' own collections.
func (w *walk) groupAware(ctx context.Context, uri string) bool {
	peer, err := w.m.s.store.Peer(ctx, forum.HostOf(uri))
	return err == nil && forum.FamilyOf(peer.Software) == forum.GroupAware
}

// conversation reads all posts of a collection. It says whether that exists and
// was read to its end, which is enough to know the whole thread.
func (w *walk) conversation(ctx context.Context, uri string) (whole bool, err error) {
	c, err := w.collection(ctx, uri, nil)
	if err != nil {
		return false, err
	}
	if c.unchanged {
		return true, nil
	}
	if c.total > 0 {
		w.b.Known = c.total - 1 // without the root
	}
	before := w.lost
	for _, member := range c.members {
		if _, err := w.visitUnknown(ctx, member); err != nil {
			return false, err
		}
	}
	if c.whole && w.lost == before {
		return true, w.remember(ctx, c)
	}
	return c.whole, nil
}

// visitUnknown reads a post that is not here yet.
func (w *walk) visitUnknown(ctx context.Context, uri string) (vocabulary.Document, error) {
	if _, err := w.m.s.store.PostByURI(ctx, uri); forum.CodeOf(err) != forum.NotFound {
		return nil, err
	}
	return w.visit(ctx, uri, nil)
}

// answersHere looks, for a thread of this server, among the replies to posts of
// other servers: some are told only to the one who is answered.
func (w *walk) answersHere(ctx context.Context, t *forum.Thread) error {
	uris, err := w.m.s.store.ThreadURIs(ctx, t.ID, 0, walkFetches)
	if err != nil {
		return err
	}
	var posts []vocabulary.Document
	for _, one := range uris {
		d, err := w.visit(ctx, one.URI, nil)
		if err != nil {
			return err
		}
		if d != nil {
			posts = append(posts, d)
		}
	}
	return w.answers(ctx, posts)
}

// answers reads the replies to posts, then those to the replies.
func (w *walk) answers(ctx context.Context, posts []vocabulary.Document) error {
	for len(posts) > 0 {
		post := posts[0]
		posts = posts[1:]
		if post["replies"] == nil {
			continue
		}
		c, err := w.collection(ctx, post.IRI("replies"), post)
		if err != nil {
			return err
		}
		if c.unchanged { // but there may be answers to the answers
			if c.members, err = w.knownAnswers(ctx, post.ID()); err != nil {
				return err
			}
		}
		before := w.lost
		for _, uri := range c.members {
			d, err := w.visit(ctx, uri, nil)
			if err != nil {
				return err
			}
			if d != nil {
				posts = append(posts, d)
			}
		}
		if c.whole && !c.unchanged && w.lost == before {
			if err := w.remember(ctx, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// knownAnswers are the replies to a post that are here.
func (w *walk) knownAnswers(ctx context.Context, uri string) ([]string, error) {
	post, err := w.m.s.store.PostByURI(ctx, uri)
	if err != nil {
		return nil, err
	}
	list, err := w.m.s.store.ReplyURIs(ctx, post.ID, 0, walkFetches)
	var uris []string
	for _, one := range list {
		uris = append(uris, one.URI)
	}
	return uris, err
}

// visit reads a post from its own server, once, and stores it if it belongs here;
// of one that is here already it takes what has changed. The answer is nil for
// what could not be read, is ours, or does not belong here.
func (w *walk) visit(ctx context.Context, uri string, via *forum.Actor) (vocabulary.Document, error) {
	s := w.m.s
	if w.seen[uri] || s.o.Addresses.IsLocal(uri) {
		return nil, nil
	}
	w.seen[uri] = true
	if len(w.seen) > walkFetches {
		return nil, w.lacks(ctx, uri, 1, &forum.Error{Code: forum.TooMany, Key: "TooMuchToFetch"})
	}
	known, err := s.store.PostByURI(ctx, uri)
	if forum.CodeOf(err) == forum.NotFound {
		known, err = nil, nil
	}
	if err != nil || known != nil && known.Hidden() {
		return nil, err
	}
	if gone, err := s.store.Tombstoned(ctx, uri); err != nil || gone {
		return nil, err
	}
	d, err := w.read(ctx, uri)
	if err != nil {
		missing := 1
		if known != nil { // only its answers are not to be had
			missing = 0
		}
		return nil, w.lacks(ctx, uri, missing, err)
	}
	w.b.Read++
	if known != nil {
		err = w.refresh(ctx, known, d)
	} else {
		var outcome forum.Outcome
		known, outcome, err = w.m.keep(ctx, d, via, 0)
		if known != nil && outcome.Done {
			w.b.Added++
		}
	}
	if err != nil || known == nil {
		return nil, w.lacks(ctx, uri, 1, err)
	}
	if time.Since(w.saved) > saveInterval {
		err = w.save(ctx)
	}
	return d, err
}

// read fetches a document, unless its server has failed too often.
func (w *walk) read(ctx context.Context, uri string) (vocabulary.Document, error) {
	host := forum.HostOf(uri)
	if w.failing[host] >= walkFailures {
		return nil, &forum.Error{Code: forum.Unavailable, Key: "ServerUnreachable", Args: map[string]any{"Host": host}}
	}
	if err := w.m.spend(uri); err != nil {
		return nil, err
	}
	d, err := w.m.s.fetch(ctx, uri)
	if w.failing[host]++; forum.CodeOf(err) != forum.Unavailable {
		w.failing[host] = 0
	}
	return d, err
}

// lacks notes what could not be read, n posts or a list of them, and passes on
// only errors of our own. What was deleted, or is nobody's business here, is not
// missing.
func (w *walk) lacks(ctx context.Context, uri string, n int, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if e, ok := errors.AsType[*forum.Error](err); ok && e.Code == forum.Forbidden && e.Key != "ServerRefuses" {
		return nil // this server wants it so: it blocks the author, say, or theirs
	}
	var reason forum.MissingReason
	switch forum.CodeOf(err) {
	case forum.NotFound, forum.Gone, forum.Conflict:
		return nil
	case forum.Unavailable:
		reason = forum.MissingUnreachable
	case forum.Forbidden, forum.Unauthenticated:
		reason = forum.MissingRefused
	case forum.Invalid:
		reason = forum.MissingUnreadable
	case forum.TooMany:
		reason = forum.MissingLimit
	default:
		return err
	}
	host := forum.HostOf(uri)
	m := w.missing[host]
	if m == nil {
		m = &forum.MissingPosts{Host: host, URL: uri, Reason: reason}
		w.missing[host] = m
	}
	m.Count += n
	w.lost++
	return nil
}

// refresh takes what its own server says of a post that is known here: how often
// it was supported and boosted, and a text that changed since.
func (w *walk) refresh(ctx context.Context, known *forum.Post, d vocabulary.Document) error {
	p, err := vocabulary.ReadPost(d)
	if err != nil {
		return badDocument("%w", err)
	}
	author, err := w.m.s.store.Actor(ctx, known.AuthorID)
	if err != nil || author.URI != p.AuthorURI {
		return err
	}
	if p.UpdatedAt.After(known.EditedAt) && p.UpdatedAt.After(known.PublishedAt) && p.Public {
		p.Author = author
		_, err := w.m.s.service.ReceiveEdit(ctx, forum.Inbound{Actor: author}, p.RemotePost)
		return err
	}
	if p.Tally == known.Tally || p.Tally == (forum.Tally{}) {
		return nil
	}
	return w.m.s.service.ReceiveTally(ctx, known.ID, p.Tally)
}

// forum reads the recent threads of a remote forum, from its outbox and from what
// it features.
func (w *walk) forum(ctx context.Context) error {
	group, err := w.m.s.store.Actor(ctx, w.job.Subject)
	if err != nil {
		return err
	}
	for _, uri := range []string{group.Featured, group.Outbox} {
		if uri == "" {
			continue
		}
		c, err := w.collection(ctx, uri, nil)
		if err != nil {
			return err
		}
		for _, uri := range c.members[:min(len(c.members), forumThreads)] {
			if _, err := w.m.s.store.PostByURI(ctx, uri); forum.CodeOf(err) != forum.NotFound {
				continue
			}
			if _, err := w.visit(ctx, uri, group); err != nil {
				return err
			}
		}
	}
	return nil
}
