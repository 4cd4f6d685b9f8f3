package forum

import "context"

// DefaultSentTags are the hashtags by which a reply to the ballot of a letter, or a
// private note to it, says that its signer has sent theirs.
var DefaultSentTags = []string{"envoye", "sent"}

// MarkSent notes that an account, which signed a letter, has sent theirs, or that it
// has not. Only its own word is known: nobody sees the letter. It returns Conflict
// for whoever did not sign.
func (s *Service) MarkSent(ctx context.Context, by *Account, h Handle, on bool) error {
	if err := by.MayWrite(); err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		a, err := tx.Action(ctx, h)
		if err != nil {
			return err
		}
		return s.markSent(ctx, tx, a, by.ID, on)
	})
}

// MarkSentByLink is MarkSent for whoever has the address of a signature.
func (s *Service) MarkSentByLink(ctx context.Context, token string, on bool) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		p, err := s.participationByToken(ctx, tx, token)
		if err != nil {
			return err
		}
		a, err := tx.ActionByID(ctx, p.SubjectID)
		if p.Kind != Signature || CodeOf(err) == NotFound {
			return notFound()
		}
		if err != nil {
			return err
		}
		return s.setSent(ctx, tx, a, p, on)
	})
}

func (s *Service) markSent(ctx context.Context, tx Tx, a *Action, actor ID, on bool) error {
	p, err := tx.ParticipationOf(ctx, Signature, a.ID, actor)
	if CodeOf(err) == NotFound {
		return &Error{Code: Conflict, Key: "SignFirst"}
	}
	if err != nil {
		return err
	}
	return s.setSent(ctx, tx, a, p, on)
}

func (s *Service) setSent(ctx context.Context, tx Tx, a *Action, p *Participation, on bool) error {
	switch {
	case a.Kind != FormalLetter || !a.Local():
		return notFound()
	case !p.Stands():
		return &Error{Code: Conflict, Key: "SignFirst"}
	case p.SentAt.IsZero() != on:
		return nil
	}
	if p.SentAt = zeroTime; on {
		p.SentAt = s.clock.Now()
	}
	return tx.SaveParticipation(ctx, p)
}

// sentByTag takes the word of somebody elsewhere who signed a letter that they sent
// theirs. It is done where they did; a post that says so without is one like any other.
func (s *Service) sentByTag(ctx context.Context, tx Tx, a *Action, by *Actor, tags []string) (bool, error) {
	if a.Kind != FormalLetter || !a.Local() || !carriesTag(tags, s.sentTags) {
		return false, nil
	}
	err := s.markSent(ctx, tx, a, by.ID, true)
	if CodeOf(err) == Conflict {
		return false, nil
	}
	return err == nil, err
}
