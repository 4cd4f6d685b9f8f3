package forum

import (
	"context"
	"errors"
)

// NewThread is what someone here wants to open a thread with.
type NewThread struct {
	Forum    string // handle of the forum
	Kind     ThreadKind
	Title    string
	Body     string // Markdown
	Language string
	Note     string // see [Post.ContentNote]
	Pictures []PictureChoice
	Poll     *NewPoll // nil for none
	Case     *NewCase // of grievances and reviews
	Draft    ID       // the draft that it was written in, which is done with; 0: none
}

// NewReply is what someone here wants to add to a thread.
type NewReply struct {
	ThreadID ID
	ParentID ID // 0: the thread itself
	Body     string
	Language string
	Note     string // see [Post.ContentNote]
	Pictures []PictureChoice
	Draft    ID // the draft that it was written in, which is done with; 0: none
}

// draftReply makes a reply of what was written, without its author and its place.
func (s *Service) draftReply(ctx context.Context, n NewReply) (*Post, []Actor, error) {
	if err := errors.Join(s.limits.checkBody(&n.Body), checkLanguage(&n.Language), checkNote(&n.Note)); err != nil {
		return nil, nil, err
	}
	if n.ParentID == 0 {
		n.ParentID = n.ThreadID
	}
	mentions, err := s.mentioned(ctx, n.Body)
	if err != nil {
		return nil, nil, err
	}
	now := s.clock.Now()
	id := s.ids.New(now)
	uri := s.addresses.Reply(id)
	return &Post{
		ID: id, ThreadID: n.ThreadID, ParentID: n.ParentID, URI: uri, URL: uri,
		Body: n.Body, Content: s.renderer.Markdown(n.Body, mentions), Language: n.Language, ContentNote: n.Note, Tags: s.tagsOf(n.Body),
		PublishedAt: now, CreateID: s.ids.New(now),
	}, actorsOf(mentions), nil
}

// publishReply stores a drafted reply and tells whoever it concerns.
func (s *Service) publishReply(ctx context.Context, tx Tx, by *Account, post *Post, mentions []Actor, pictures []PictureChoice) error {
	post.AuthorID = by.ID
	p, err := s.placeReply(ctx, tx, post, &by.Actor, mentions)
	if err != nil {
		return err
	}
	if err := s.showPictures(ctx, tx, post, pictures); err != nil {
		return err
	}
	if err := s.addReply(ctx, tx, p); err != nil {
		return err
	}
	if err := s.claimByReply(ctx, tx, p.Thread, &by.Actor, post.URI, post.Tags, ParticipationDetails{}); err != nil {
		return err
	}
	if _, err := s.signByReply(ctx, tx, p.Thread.ID, &by.Actor, post.URI, post.Tags); err != nil {
		return err
	}
	if err := tx.FollowByDefault(ctx, by.ID, p.Thread.ID, post.PublishedAt); err != nil {
		return err
	}
	return s.publishCreate(ctx, tx, p)
}

// placeReply hangs a reply under its parent, or says why it may not hang there.
// It completes post's place in the tree.
func (s *Service) placeReply(ctx context.Context, tx Tx, post *Post, author *Actor, mentions []Actor) (Publication, error) {
	p, err := s.placeAnyReply(ctx, tx, post, author, mentions)
	if err == nil {
		err = answerable(p)
	}
	if err == nil && p.Thread.Locked() {
		err = &Error{Code: Forbidden, Key: "ThreadLocked"}
	}
	if err != nil {
		return p, err
	}
	return p, s.notBanned(ctx, tx, author.ID, p.Forum.ID)
}

// answerable refuses what answers something deleted. Replies from elsewhere are
// taken all the same: they were written where it stood yet, and every server is
// to have the same ones, whatever reaches it first.
func answerable(p Publication) error {
	if p.Thread.Hidden() || p.Parent.Hidden() {
		return &Error{Code: Gone, Key: "ParentDeleted"}
	}
	return nil
}

// placeAnyReply is placeReply for threads that are closed, and for what answers
// something deleted, too.
func (s *Service) placeAnyReply(ctx context.Context, tx Tx, post *Post, author *Actor, mentions []Actor) (Publication, error) {
	thread, err := tx.Thread(ctx, post.ThreadID)
	if err != nil {
		return Publication{}, err
	}
	parent := &thread.Post
	if post.ParentID != thread.ID {
		if parent, err = tx.Post(ctx, post.ParentID); err != nil {
			return Publication{}, err
		}
		if parent.ThreadID != thread.ID {
			return Publication{}, invalid("parent_id", "ParentElsewhere", nil)
		}
	}
	forum, err := tx.Actor(ctx, thread.ForumID)
	if err != nil {
		return Publication{}, err
	}
	if err := maySee(ctx, tx, author.ID, forum); err != nil {
		return Publication{}, err
	}
	parentBy, err := tx.Actor(ctx, parent.AuthorID)
	if err != nil {
		return Publication{}, err
	}
	if parent.Depth+1 > s.limits.Depth {
		return Publication{}, invalid("parent_id", "TooDeep", map[string]any{"Max": s.limits.Depth})
	}
	if err := forum.Active(); err != nil {
		return Publication{}, err
	}
	if blocked, err := tx.Blocked(ctx, parentBy.ID, author.ID); err != nil {
		return Publication{}, err
	} else if blocked {
		return Publication{}, &Error{Code: Forbidden, Key: "BlockedByAuthor"}
	}
	post.ForumID, post.ThreadID = thread.ForumID, thread.ID
	post.Depth = parent.Depth + 1
	post.BranchID = parent.BranchID
	if parent.IsRoot() {
		post.BranchID = post.ID
	}
	return Publication{Post: post, Thread: thread, Author: author, Forum: forum, Parent: parent, ParentBy: parentBy, Mentions: mentions}, nil
}

// addReply stores a placed reply, moves the thread's counters and tells the
// people it concerns.
func (s *Service) addReply(ctx context.Context, tx Tx, p Publication) error {
	// What is brought in long after it was written, a whole thread at a time, would
	// make us ask hundreds of pages.
	if p.Author.Local() || s.clock.Now().Sub(p.Post.PublishedAt) < freshForCard {
		if err := s.fetchCard(ctx, tx, p.Post); err != nil {
			return err
		}
	}
	if err := tx.AddReply(ctx, p.Post, p.Mentions); err != nil {
		return err
	}
	t := p.Thread
	t.ReplyCount++
	if p.Post.PublishedAt.After(t.ActiveAt) {
		t.ActiveAt = p.Post.PublishedAt
	}
	if err := s.rescore(ctx, tx, t); err != nil {
		return err
	}
	if answerable(p) != nil { // it came too late to be of interest
		return nil
	}
	if err := s.notify(ctx, tx, NotifyReply, p.Parent.AuthorID, p.Author, p.Post.ID, p.Parent.ID); err != nil {
		return err
	}
	if err := s.notifyMentioned(ctx, tx, p, p.Parent.AuthorID); err != nil {
		return err
	}
	last, err := s.notifyFollowers(ctx, tx, p.Post, 0, followersAtOnce)
	if err != nil || last == 0 {
		return err
	}
	return tx.Enqueue(ctx, FollowersJob{Post: p.Post.ID, After: last})
}

// rescore stores a thread's activity and rank after its counters moved.
func (s *Service) rescore(ctx context.Context, tx Tx, t *Thread) error {
	return tx.RankThread(ctx, t.ID, t.ActiveAt, hotScore(t.PublishedAt, t.Supports, t.Boosts, t.ReplyCount))
}

// publishCreate tells other servers of a new local post.
func (s *Service) publishCreate(ctx context.Context, tx Tx, p Publication) error {
	o := s.outbox()
	create := o.keep(s.publisher.Create(p.Post.CreateID, p))
	relayed, payloads := create, []Payload{{For: AllFamilies, Body: create}}
	if p.Post.Poll != nil { // a server that has no polls would refuse the thread
		plain := p
		plain.Plain = true
		relayed = o.keep(s.publisher.Create(p.Post.CreateID, plain))
		payloads = []Payload{{For: Microblog | BareObjects, Body: create}, {For: GroupAware, Body: relayed}}
	}
	o.add(OutgoingActivity{ID: p.Post.CreateID, Signer: p.Author.ID, Subject: p.Post.URI, Priority: PriorityPost, Payloads: payloads, Audience: audienceOf(p)})
	announceID := p.Thread.AnnounceID
	if !p.Post.IsRoot() {
		announceID = s.ids.New(s.clock.Now())
	}
	o.announce(announceID, p.Forum, p, relayed, p.Post.PublishedAt)
	if p.Post.IsRoot() {
		o.announceCase(p, relayed, p.Post.PublishedAt)
	}
	if err := s.tellRelays(ctx, tx, o, p, PriorityPost, create); err != nil {
		return err
	}
	return o.post(ctx, tx)
}

// forumToPostIn finds a forum by handle and checks that it is open.
func (s *Service) forumToPostIn(ctx context.Context, handle string) (*Forum, error) {
	if handle == "" {
		return nil, invalid("forum", "ForumMissing", nil)
	}
	forum, err := s.forumNamed(ctx, handle)
	if err != nil {
		return nil, err
	}
	return forum, forum.Active()
}

// stillMayWrite reads the account again inside the transaction, so that a
// suspension that came a moment ago counts.
func (s *Service) stillMayWrite(ctx context.Context, tx Tx, by *Account) error {
	fresh, err := tx.Account(ctx, by.ID)
	if err != nil {
		return err
	}
	return fresh.MayWrite()
}
