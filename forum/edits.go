package forum

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Edit is a new text for a post.
type Edit struct {
	Title    string // roots only
	Body     string
	Language string
	Note     string          // see [Post.ContentNote]
	Pictures []PictureChoice // all that it shows from now on, see [Post.ShownPictures]
	Case     *NewCase        // of grievances and reviews; nil leaves it as it is
}

// Edit changes a post's text and pictures, and keeps the former one as a revision that
// everyone can read. Only its author may; an edit that changes nothing succeeds
// and leaves no revision.
func (s *Service) Edit(ctx context.Context, by *Account, id ID, e Edit) (*Post, error) {
	if err := by.MayWrite(); err != nil {
		return nil, err
	}
	if err := errors.Join(s.limits.checkBody(&e.Body), checkLanguage(&e.Language), checkNote(&e.Note)); err != nil {
		return nil, err
	}
	mentions, err := s.mentioned(ctx, e.Body)
	if err != nil {
		return nil, err
	}
	content := s.renderer.Markdown(e.Body, mentions)
	var edited *Post
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := s.stillMayWrite(ctx, tx, by); err != nil {
			return err
		}
		p, err := PublicationOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := errors.Join(mayEdit(by, p), s.notBanned(ctx, tx, by.ID, p.Post.ForumID)); err != nil {
			return err
		}
		if p.Post.IsRoot() {
			if err := s.limits.checkTitle(&e.Title); err != nil {
				return err
			}
		} else {
			e.Title = ""
		}
		edited = p.Post
		before := *p.Post
		if err := s.showPictures(ctx, tx, p.Post, e.Pictures); err != nil {
			return err
		}
		restated, err := s.restate(ctx, tx, p, e.Case)
		if err != nil {
			return err
		}
		if !restated && sameAttachments(p.Post.Attachments, before.Attachments) && p.Post.Title == e.Title && p.Post.Body == e.Body && p.Post.Language == e.Language && p.Post.ContentNote == e.Note {
			return nil
		}
		p.Post.Title, p.Post.Body, p.Post.Language, p.Post.ContentNote, p.Post.Content, p.Post.Tags = e.Title, e.Body, e.Language, e.Note, content, s.tagsOf(e.Body)
		p.Post.EditedAt = s.clock.Now()
		formerly := p.Mentions
		p.Mentions = actorsOf(mentions)
		if err := s.fetchCard(ctx, tx, p.Post); err != nil {
			return err
		}
		if err := tx.EditPost(ctx, p.Post, revisionOf(&before, p.Post.EditedAt), p.Mentions); err != nil {
			return err
		}
		if restated {
			if err := tx.SetCase(ctx, p.Post.ID, p.Thread.Case); err != nil {
				return err
			}
			if p.Company, err = companyOf(ctx, tx, p.Thread); err != nil {
				return err
			}
			if err := s.caseStated(ctx, tx, p.Thread, p.Author); err != nil {
				return err
			}
		}
		if err := s.notifyNewlyMentioned(ctx, tx, p, formerly); err != nil {
			return err
		}
		return s.publishUpdate(ctx, tx, p)
	})
	if err != nil {
		return nil, err
	}
	return edited, nil
}

func sameAttachments(a, b []Attachment) bool {
	return slices.EqualFunc(a, b, func(a, b Attachment) bool {
		return a.URL == b.URL && a.Alt == b.Alt && a.Focus == b.Focus
	})
}

func mayEdit(by *Account, p Publication) error {
	switch {
	case p.Post.Hidden():
		return &Error{Code: Gone, Key: "PostDeleted"}
	case p.Post.AuthorID != by.ID:
		return &Error{Code: Forbidden, Key: "AuthorOnly"}
	case p.Thread.Locked():
		return &Error{Code: Forbidden, Key: "ThreadLocked"}
	}
	return nil
}

func revisionOf(before *Post, at time.Time) Revision {
	return Revision{PostID: before.ID, ReplacedAt: at, Title: before.Title, Note: before.ContentNote, Body: before.Body, Content: before.Content}
}

func (s *Service) notifyNewlyMentioned(ctx context.Context, tx Tx, p Publication, formerly []Actor) error {
	known := map[ID]bool{}
	for _, a := range formerly {
		known[a.ID] = true
	}
	fresh := p
	fresh.Mentions = nil
	for _, a := range p.Mentions {
		if !known[a.ID] {
			fresh.Mentions = append(fresh.Mentions, a)
		}
	}
	return s.notifyMentioned(ctx, tx, fresh, 0)
}

// publishUpdate tells other servers of a local post's new text.
func (s *Service) publishUpdate(ctx context.Context, tx Tx, p Publication) error {
	return s.publishChange(ctx, tx, p, p.Post.EditedAt)
}

// publishChange tells other servers what a local post is like since then.
func (s *Service) publishChange(ctx context.Context, tx Tx, p Publication, at time.Time) error {
	o := s.outbox()
	id := s.ids.New(at)
	update := o.keep(s.publisher.Update(id, p))
	relayed, payloads := update, []Payload{{For: AllFamilies, Body: update}}
	if p.Post.Poll != nil {
		plain := p
		plain.Plain = true
		relayed = o.keep(s.publisher.Update(id, plain))
		payloads = []Payload{{For: Microblog | BareObjects, Body: update}, {For: GroupAware, Body: relayed}}
	}
	o.add(OutgoingActivity{ID: id, Signer: p.Author.ID, Subject: p.Post.URI, Priority: PriorityUpdate, Payloads: payloads, Audience: changeAudience(p)})
	o.relay(s.ids.New(at), p.Forum, p.Post.URI, PriorityUpdate, relayed, at)
	if err := s.tellRelays(ctx, tx, o, p, PriorityUpdate, update); err != nil {
		return err
	}
	return o.post(ctx, tx)
}
