package forum

import (
	"context"
	"errors"
	"time"
)

// writing is a thread or a reply by somebody here, on its way to being
// published: at once, or when it is due.
type writing struct {
	s        *Service
	by       *Account
	forum    *Forum  // of a new thread
	thread   *Thread // the new one; nil for a reply
	post     *Post
	mentions []Actor
	pictures []PictureChoice
}

// StartThread opens a thread. Any confirmed account may; it returns Invalid for
// a missing or too long title or text, NotFound for an unknown forum, Conflict
// where its draft was published already.
func (s *Service) StartThread(ctx context.Context, by *Account, n NewThread) (*Thread, error) {
	w, err := s.writeThread(ctx, by, n)
	if err != nil {
		return nil, err
	}
	if err := w.publishFrom(ctx, n.Draft); err != nil {
		return nil, err
	}
	return w.thread, nil
}

// Reply adds a reply. Any confirmed account may; it returns Forbidden for a
// locked thread and where the parent's author has blocked the writer, Gone
// where the parent was deleted, Conflict where its draft was published already.
func (s *Service) Reply(ctx context.Context, by *Account, n NewReply) (*Post, error) {
	w, err := s.writeReply(ctx, by, n)
	if err != nil {
		return nil, err
	}
	if err := w.publishFrom(ctx, n.Draft); err != nil {
		return nil, err
	}
	return w.post, nil
}

// writeThread makes a thread of what somebody wrote, and checks what can be
// checked before it is stored.
func (s *Service) writeThread(ctx context.Context, by *Account, n NewThread) (*writing, error) {
	if err := by.MayWrite(); err != nil {
		return nil, err
	}
	now := s.clock.Now()
	kind := checkKind(&n.Kind)
	facts, unclear := checkCase(n.Kind, n.Case, now)
	if err := errors.Join(s.limits.checkTitle(&n.Title), s.limits.checkBody(&n.Body), kind, unclear, checkLanguage(&n.Language), checkNote(&n.Note)); err != nil {
		return nil, err
	}
	if err := s.findCompany(ctx, s.store, facts); err != nil {
		return nil, err
	}
	poll, err := n.Poll.check(n.Kind, n.Language)
	if err != nil {
		return nil, err
	}
	forum, err := s.forumToPostIn(ctx, n.Forum)
	if err != nil {
		return nil, err
	}
	if forum.Private && n.Kind.IsCase() { // they are counted, answered and documented for everybody
		return nil, invalid("kind", "CasesArePublic", nil)
	}
	if err := s.standsOnPage(facts, &forum.Actor); err != nil {
		return nil, err
	}
	mentions, err := s.mentioned(ctx, n.Body)
	if err != nil {
		return nil, err
	}
	id := s.ids.New(now)
	uri := s.addresses.Thread(id)
	t := &Thread{
		Post: Post{
			ID: id, ThreadID: id, ForumID: forum.ID, AuthorID: by.ID, URI: uri, URL: uri,
			Title: n.Title, Body: n.Body, Content: s.renderer.Markdown(n.Body, mentions), Language: n.Language, ContentNote: n.Note, Tags: s.tagsOf(n.Body),
			PublishedAt: now, CreateID: s.ids.New(now), Poll: poll,
		},
		Kind: n.Kind, ActiveAt: now, Score: hotScore(now, 0, 0, 0), ContextURI: s.addresses.Context(id), Case: facts,
	}
	if forum.Local() {
		t.AnnounceID = s.ids.New(now)
	}
	if facts != nil {
		facts.AskAt = nextQuestion(t, CaseMove{To: facts.State}, now)
		if facts.CompanyID != 0 && facts.CompanyID != forum.ID && s.addresses.IsLocal(facts.CompanyURI) {
			facts.AnnounceID = s.ids.New(now)
		}
	}
	if poll != nil {
		poll.ClosesAt = now.Add(n.Poll.Lasts).Truncate(time.Second)
	}
	return &writing{s: s, by: by, forum: forum, thread: t, post: &t.Post, mentions: actorsOf(mentions), pictures: n.Pictures}, nil
}

// writeReply is writeThread for a reply.
func (s *Service) writeReply(ctx context.Context, by *Account, n NewReply) (*writing, error) {
	if err := by.MayWrite(); err != nil {
		return nil, err
	}
	post, mentions, err := s.draftReply(ctx, n)
	if err != nil {
		return nil, err
	}
	post.AuthorID = by.ID
	return &writing{s: s, by: by, post: post, mentions: mentions, pictures: n.Pictures}, nil
}

// place says where the post stands, or why it may not stand there now.
func (w *writing) place(ctx context.Context, tx Tx) (Publication, error) {
	if err := w.s.stillMayWrite(ctx, tx, w.by); err != nil {
		return Publication{}, err
	}
	if w.thread == nil {
		return w.s.placeReply(ctx, tx, w.post, &w.by.Actor, w.mentions)
	}
	if err := maySee(ctx, tx, w.by.ID, &w.forum.Actor); err != nil {
		return Publication{}, err
	}
	if err := w.s.notBanned(ctx, tx, w.by.ID, w.forum.ID); err != nil {
		return Publication{}, err
	}
	if err := w.s.mayOpen(ctx, tx, &w.by.Actor, &w.forum.Actor); err != nil && !w.by.IsAdmin() {
		return Publication{}, err
	}
	return Publication{Post: w.post, Thread: w.thread, Author: &w.by.Actor, Forum: &w.forum.Actor, Mentions: w.mentions}.withCompany(ctx, tx)
}

// publish stores the post, and tells the people and servers it concerns.
func (w *writing) publish(ctx context.Context, tx Tx) error {
	if w.thread == nil {
		if err := w.s.stillMayWrite(ctx, tx, w.by); err != nil {
			return err
		}
		return w.s.publishReply(ctx, tx, w.by, w.post, w.mentions, w.pictures)
	}
	p, err := w.place(ctx, tx)
	if err != nil {
		return err
	}
	if err := w.s.showPictures(ctx, tx, w.post, w.pictures); err != nil {
		return err
	}
	if err := w.s.addThread(ctx, tx, p); err != nil {
		return err
	}
	if err := tx.FollowByDefault(ctx, w.by.ID, p.Thread.ID, w.post.PublishedAt); err != nil {
		return err
	}
	if err := w.s.publishCreate(ctx, tx, p); err != nil {
		return err
	}
	return w.s.passOn(ctx, tx, p, p.Forum, "")
}

// publishFrom publishes what was written in a draft (0: in none), and is done
// with that.
func (w *writing) publishFrom(ctx context.Context, draft ID) error {
	return w.s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := w.publish(ctx, tx); err != nil {
			return err
		}
		d, err := w.s.ownDraft(ctx, tx, w.by, draft)
		switch {
		case CodeOf(err) == NotFound: // none, or it was thrown away meanwhile
			return nil
		case err != nil:
			return err
		}
		_, err = tx.FinishDraft(ctx, d, w.post.ID, w.post.PublishedAt)
		return err
	})
}

// addThread stores a new thread and tells the people it concerns.
func (s *Service) addThread(ctx context.Context, tx Tx, p Publication) error {
	if err := s.fetchCard(ctx, tx, p.Post); err != nil {
		return err
	}
	if err := tx.AddThread(ctx, p.Thread, p.Mentions); err != nil {
		return err
	}
	if p.Post.Poll != nil {
		if err := tx.EnqueueAt(ctx, PollJob{Post: p.Post.ID, End: true}, p.Post.Poll.ClosesAt); err != nil {
			return err
		}
	}
	if err := s.caseStated(ctx, tx, p.Thread, p.Author); err != nil {
		return err
	}
	if p.Forum.GroupRole != RoleAction { // whose news are told as milestones, or to those who signed
		if err := s.tellWebhooks(ctx, tx, p.Thread.ForumID, WebhookThread, webhookThread(p)); err != nil {
			return err
		}
	}
	return s.notifyMentioned(ctx, tx, p, 0)
}
