package forum

import (
	"context"
	"strconv"
	"unicode/utf8"
)

// StartAction keeps a new action: as a draft, or open to sponsors at once. Any
// confirmed account may. It returns Invalid for what is missing, NotFound for a
// company or forum that is not known, TooMany where the author has as many under
// way as anybody may.
func (s *Service) StartAction(ctx context.Context, by *Account, n NewAction, draft bool) (*Action, error) {
	if err := by.MayWrite(); err != nil {
		return nil, err
	}
	if by.Guest {
		return nil, &Error{Code: Forbidden, Key: "ActionMembersOnly"}
	}
	a := &Action{State: ActionSponsoring, AuthorID: by.ID, Version: 1}
	if draft {
		a.State = ActionDraft
	}
	if err := s.applyAction(ctx, a, n, by.Locale); err != nil {
		return nil, err
	}
	name, err := s.freeName(ctx, a.DisplayName, string(n.Kind))
	if err != nil {
		return nil, err
	}
	title, language, summary, source := a.DisplayName, a.Language, a.Summary, a.SummarySource
	a.Actor = s.localActor(Group, RoleAction, name)
	a.DisplayName, a.Language, a.Summary, a.SummarySource = title, language, summary, source
	a.Moderators, a.Restricted, a.LocalOnly, a.Guests = a.URI+"/moderators", true, true, GuestsAllowed
	keys, err := s.newKeyPair(a.URI)
	if err != nil {
		return nil, err
	}
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := s.stillMayWrite(ctx, tx, by); err != nil {
			return err
		}
		if underWay, err := tx.ActionsUnderWay(ctx, by.ID); err != nil {
			return err
		} else if underWay >= maxActionsUnderWay {
			return &Error{Code: TooMany, Key: "ActionsTooMany"}
		}
		return tx.AddAction(ctx, a, keys)
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// applyAction writes what an author wrote into an action that is not frozen.
func (s *Service) applyAction(ctx context.Context, a *Action, n NewAction, language string) error {
	if n.Language == "" {
		n.Language = language
	}
	closes, err := n.check(s.limits, s.clock.Now(), s.zone)
	if err != nil {
		return err
	}
	a.CompanyID, a.HomeID = 0, 0
	if n.Company != "" {
		company, err := s.groupNamed(ctx, "company", n.Company, RoleCompany)
		if err != nil {
			return err
		}
		a.CompanyID = company.ID
	}
	if n.Forum != "" {
		home, err := s.groupNamed(ctx, "forum", n.Forum, RoleForum)
		if err != nil {
			return err
		}
		a.HomeID = home.ID
	}
	a.Kind, a.DisplayName, a.Text, a.Language = n.Kind, n.Title, n.Text, n.Language
	a.Goal, a.Milestones, a.ClosesAt, a.Details = n.Goal, n.Milestones, closes, n.Details
	a.SHA256 = s.canonical(&a.DisplayName, &a.Text)
	a.TextHTML = s.renderer.Markdown(a.Text, nil)
	a.SummarySource = Excerpt(s.renderer.Text(a.TextHTML), 300)
	a.Summary = s.renderer.Markdown(a.SummarySource, nil)
	return nil
}

// groupNamed finds a company or a forum by its handle.
func (s *Service) groupNamed(ctx context.Context, field, handle string, role GroupRole) (*Actor, error) {
	g, err := s.FindActor(ctx, handle)
	if CodeOf(err) == NotFound || err == nil && (g.Kind != Group || g.GroupRole != role || g.LocalOnly) {
		return nil, &Error{Code: NotFound, Key: "GroupUnknown", Field: field, Args: map[string]any{"Name": handle}}
	}
	if err != nil {
		return nil, err
	}
	return g, g.Active()
}

// freeName finds a name for an actor that nobody has.
func (s *Service) freeName(ctx context.Context, title, otherwise string) (string, error) {
	for i := range 50 {
		name := nameOf(title, otherwise, i)
		_, err := s.store.ActorByHandle(ctx, Handle{Name: name})
		if CodeOf(err) == NotFound {
			return name, nil
		}
		if err != nil {
			return "", err
		}
	}
	return nameOf(otherwise+" "+strconv.FormatInt(s.clock.Now().Unix(), 36), otherwise, 0), nil
}

// ownAction finds an action of this server that an account may lead: its author,
// the moderators of its forum, and administrators.
func (s *Service) ownAction(ctx context.Context, r Reader, by *Account, handle string) (*Action, error) {
	if by == nil {
		return nil, &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	a, err := r.Action(ctx, Handle{Name: handle})
	if err != nil {
		return nil, err
	}
	if a.AuthorID == by.ID {
		return a, by.MayWrite()
	}
	err = s.mayModerateAction(ctx, r, by, a)
	if CodeOf(err) == Forbidden {
		err = &Error{Code: Forbidden, Key: "ActionAuthorOnly"}
		if a.State == ActionDraft {
			err = notFound()
		}
	}
	return a, err
}

// mayModerateAction returns Forbidden unless the account moderates the action's
// forum or administers the server.
func (s *Service) mayModerateAction(ctx context.Context, r Reader, by *Account, a *Action) error {
	return s.mayModerate(ctx, r, by, a.HomeID)
}

// LeadsAction says whether an account may lead an action, and whether it may as a
// moderator.
func (s *Service) LeadsAction(ctx context.Context, by *Account, a *Action) (leads, moderates bool, err error) {
	if by == nil || !a.Local() {
		return false, false, nil
	}
	err = s.mayModerateAction(ctx, s.store, by, a)
	if code := CodeOf(err); code != "" && code != Forbidden {
		return false, false, err
	}
	return a.AuthorID == by.ID || err == nil, err == nil, nil
}

// EditAction changes a draft.
func (s *Service) EditAction(ctx context.Context, by *Account, handle string, n NewAction) (*Action, error) {
	a, err := s.ownAction(ctx, s.store, by, handle)
	if err != nil {
		return nil, err
	}
	n.Kind = a.Kind // has other fields, and perhaps an address made of it
	video := a.Details.Video
	if err := s.applyAction(ctx, a, n, by.Locale); err != nil {
		return nil, err
	}
	a.Details.Video = video // changed apart
	return a, s.write(ctx, func(ctx context.Context, tx Tx) error {
		now, err := s.ownAction(ctx, tx, by, handle)
		if err != nil {
			return err
		}
		if now.Frozen() {
			return &Error{Code: Conflict, Key: "ActionFrozen"}
		}
		if err := tx.SaveActionText(ctx, a, ActionVersion{}); err != nil {
			return err
		}
		return tx.UpdateAction(ctx, a)
	})
}

// AskSponsors lets whoever has the address of a draft sponsor it (on), or makes it
// a draft again, which loses its sponsors: they stood behind what was there.
func (s *Service) AskSponsors(ctx context.Context, by *Account, handle string, on bool) error {
	return s.changeAction(ctx, by, handle, func(ctx context.Context, tx Tx, a *Action) error {
		from, to := ActionSponsoring, ActionDraft
		if on {
			from, to = to, from
		}
		if a.State != from {
			return &Error{Code: Conflict, Key: "ActionState"}
		}
		a.State = to
		if !on {
			a.Sponsors = 0
			return tx.RemoveSponsors(ctx, a.ID)
		}
		return nil
	})
}

// changeAction changes an action that an account leads.
func (s *Service) changeAction(ctx context.Context, by *Account, handle string, change func(ctx context.Context, tx Tx, a *Action) error) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		a, err := s.ownAction(ctx, tx, by, handle)
		if err != nil {
			return err
		}
		if err := tx.HoldAction(ctx, a.ID); err != nil {
			return err
		}
		if a, err = s.ownAction(ctx, tx, by, handle); err != nil {
			return err
		}
		if err := change(ctx, tx, a); err != nil {
			return err
		}
		return tx.UpdateAction(ctx, a)
	})
}

// DropAction forgets a draft, or an action that found no sponsors yet.
func (s *Service) DropAction(ctx context.Context, by *Account, handle string) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		a, err := s.ownAction(ctx, tx, by, handle)
		if err != nil {
			return err
		}
		if a.Public() {
			return &Error{Code: Conflict, Key: "ActionState"}
		}
		if err := tx.RemovePortrait(ctx, a.ID, ActionVideo); err != nil {
			return err
		}
		return tx.DropAction(ctx, a.ID)
	})
}

// AttachCase ties a thread to an action, or unties it. Whoever leads the action
// may, and the author of the thread.
func (s *Service) AttachCase(ctx context.Context, by *Account, handle string, thread ID, on bool) error {
	if err := by.MayWrite(); err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		a, err := tx.Action(ctx, Handle{Name: handle})
		if err != nil {
			return err
		}
		t, err := tx.Thread(ctx, thread)
		if err != nil {
			return err
		}
		if t.AuthorID != by.ID || !a.Public() {
			if _, err := s.ownAction(ctx, tx, by, handle); err != nil {
				return err
			}
		}
		if on && t.Hidden() {
			return &Error{Code: Gone, Key: "PostDeleted"}
		}
		if on && !t.Experience() {
			return &Error{Code: Invalid, Key: "CaseOnly", Field: "thread"}
		}
		return tx.AttachCase(ctx, a.ID, thread, by.ID, on, s.clock.Now(), MaxActionCases)
	})
}

// NewVersion is another text of an action that was published.
type NewVersion struct {
	Title  string
	Text   string
	Change string // what is new in it, and why
}

// CloseAction ends an action before its deadline or tells, later, what came of it.
func (s *Service) CloseAction(ctx context.Context, by *Account, handle, outcome string) error {
	outcome = trimText(outcome)
	switch {
	case outcome == "":
		return invalid("outcome", "OutcomeMissing", nil)
	case utf8.RuneCountInString(outcome) > s.limits.Body:
		return invalid("outcome", "TextTooLong", map[string]any{"Max": s.limits.Body})
	}
	html := s.renderer.Markdown(outcome, nil)
	return s.changeAction(ctx, by, handle, func(ctx context.Context, tx Tx, a *Action) error {
		if a.State != ActionPublished && a.State != ActionClosed {
			return &Error{Code: Conflict, Key: "ActionState"}
		}
		a.Outcome, a.OutcomeHTML = outcome, html
		if a.State == ActionPublished {
			return s.endAction(ctx, tx, a, ActionClosed)
		}
		return s.tellBallot(ctx, tx, a, true)
	})
}

// StopAction ends an action for a reason that everybody can read. Moderators of
// its forum may, and no author of it by that.
func (s *Service) StopAction(ctx context.Context, by *Account, handle, reason string) error {
	reason = trimText(reason)
	switch {
	case reason == "":
		return invalid("reason", "ReasonMissing", nil)
	case utf8.RuneCountInString(reason) > MaxReason:
		return invalid("reason", "TextTooLong", map[string]any{"Max": MaxReason})
	}
	return s.changeAction(ctx, by, handle, func(ctx context.Context, tx Tx, a *Action) error {
		if err := s.mayModerateAction(ctx, tx, by, a); err != nil {
			return err
		}
		if a.State == ActionStopped || a.State == ActionDraft {
			return &Error{Code: Conflict, Key: "ActionState"}
		}
		a.StopReason = reason
		now := s.clock.Now()
		stopped := Decision{Kind: DecisionStopped, SubjectKind: AboutAction, SubjectID: a.ID, Reason: reason}
		if err := s.logDecision(ctx, tx, &by.Actor, &Actor{ID: a.HomeID}, stopped); err != nil {
			return err
		}
		if a.AuthorID != by.ID {
			n := Notification{ID: s.ids.New(now), AccountID: a.AuthorID, Kind: NotifyStopped, ActorID: a.ID, At: now}
			if err := s.tell(ctx, tx, n); err != nil {
				return err
			}
		}
		return s.endAction(ctx, tx, a, ActionStopped)
	})
}

// endAction ends the signing of an action.
func (s *Service) endAction(ctx context.Context, tx Tx, a *Action, state ActionState) error {
	published := a.State == ActionPublished
	a.State, a.EndedAt = state, s.clock.Now()
	if !published {
		return nil
	}
	return s.tellBallot(ctx, tx, a, true)
}
