package forum

import (
	"context"
	"time"
)

// receiveCase gives a thread from elsewhere the case that its server says it is.
func (s *Service) receiveCase(ctx context.Context, r Reader, t *Thread, post RemotePost) error {
	if post.Case == nil || post.Kind != Grievance && post.Kind != Review {
		return nil
	}
	t.Kind, t.Case = post.Kind, foreignCase(post.Case, post.Kind, s.clock.Now())
	if t.Case.StateAt.IsZero() && post.UpdatedAt.After(post.PublishedAt) {
		t.Case.StateAt = post.UpdatedAt.Truncate(time.Millisecond)
	}
	return s.findCompany(ctx, r, t.Case)
}

// refreshCase takes what an author's server says of a case now: what it states,
// and where it stands.
func (s *Service) refreshCase(ctx context.Context, tx Tx, p Publication, r RemotePost) (changed bool, err error) {
	known := p.Thread.Case
	if !p.Post.IsRoot() || known == nil || r.Case == nil || r.Kind != p.Thread.Kind {
		return false, nil
	}
	fresh := foreignCase(r.Case, r.Kind, s.clock.Now())
	if err := s.findCompany(ctx, tx, fresh); err != nil {
		return false, err
	}
	moved := known.State != fresh.State || known.PromisedOn != fresh.PromisedOn
	if !moved && known.sameFacts(fresh) {
		return false, nil
	}
	known.takeFacts(fresh)
	known.Evidence = fresh.Evidence
	if moved {
		known.State, known.PromisedOn, known.StateAt = fresh.State, fresh.PromisedOn, s.clock.Now()
		if !r.UpdatedAt.IsZero() && r.UpdatedAt.Before(known.StateAt) {
			known.StateAt = r.UpdatedAt.Truncate(time.Millisecond)
		}
	}
	return true, tx.SetCase(ctx, p.Post.ID, known)
}
