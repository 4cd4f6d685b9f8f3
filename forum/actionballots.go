package forum

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"
)

// Ballot is the address of the ballot of one version of a local action's text.
func (a Addresses) Ballot(action string, version int) string {
	return a.base + "/a/" + action + "/v" + ID(version).String()
}

// Event is the address of a gathering of this server as an event.
func (a Addresses) Event(action string) string { return a.base + "/a/" + action + "/event" }

// ActionJob looks after a published action: others are told of new counts, and
// everybody of a milestone; at its deadline it ends.
type ActionJob struct {
	Action ID   `json:"action"`
	End    bool `json:"end,omitempty"`
}

// Kind names the job in the queue.
func (ActionJob) Kind() string { return "action" }

// PublishAction publishes an action: its text is frozen, and can be signed. Its
// author may once it has its sponsors, and a moderator of its forum at any time.
func (s *Service) PublishAction(ctx context.Context, by *Account, handle string) error {
	return s.changeAction(ctx, by, handle, func(ctx context.Context, tx Tx, a *Action) error {
		now := s.clock.Now()
		switch {
		case a.State != ActionDraft && a.State != ActionSponsoring:
			return &Error{Code: Conflict, Key: "ActionState"}
		case !now.Before(a.ClosesAt):
			return invalid("closes_on", "DeadlinePast", nil)
		}
		if err := a.videoReady(); err != nil {
			return err
		}
		moderates := s.mayModerateAction(ctx, tx, by, a)
		if code := CodeOf(moderates); code != "" && code != Forbidden {
			return moderates
		}
		if moderates != nil && a.Sponsors < s.sponsors {
			return &Error{Code: Forbidden, Key: "SponsorsMissing", Args: map[string]any{"Needed": s.sponsors, "Count": a.Sponsors}}
		}
		a.State, a.PublishedAt, a.LocalOnly = ActionPublished, now, false
		if err := tx.PublishAction(ctx, a); err != nil {
			return err
		}
		if err := s.shareModerators(ctx, tx, a); err != nil {
			return err
		}
		if err := tx.EnqueueAt(ctx, ActionJob{Action: a.ID, End: true}, a.ClosesAt); err != nil {
			return err
		}
		return s.addBallot(ctx, tx, a, ActionVersion{Number: a.Version, Title: a.DisplayName, Text: a.Text, HTML: a.TextHTML, SHA256: a.SHA256})
	})
}

// shareModerators lets those who keep order in the action's forum keep it in what
// is said about the action too.
func (s *Service) shareModerators(ctx context.Context, tx Tx, a *Action) error {
	if a.HomeID == 0 {
		return nil
	}
	moderators, err := tx.ModeratorsOf(ctx, a.HomeID)
	for i := range moderators {
		if moderators[i].Local() && err == nil {
			err = tx.SetModerator(ctx, a.ID, moderators[i].ID, true)
		}
	}
	return err
}

// addBallot posts the ballot of a version, puts it at the head of the action, and
// tells others of it.
func (s *Service) addBallot(ctx context.Context, tx Tx, a *Action, v ActionVersion) error {
	now := s.clock.Now()
	id := s.ids.New(now)
	facts := s.phrases.BallotFacts(a, s.ClosesOn(a), s.SignTag(a.Language))
	t := &Thread{
		Post: Post{
			ID: id, ThreadID: id, ForumID: a.ID, AuthorID: a.ID, URI: s.addresses.Ballot(a.Name, v.Number), URL: a.URL,
			Title: v.Title, Body: v.Text, Content: v.HTML + facts, Language: a.Language, Tags: s.tagsOf(v.Text),
			PublishedAt: now, CreateID: s.ids.New(now), Poll: &Poll{Choices: ballotChoices(a.Language), ClosesAt: a.ClosesAt},
		},
		Kind: Discussion, ActiveAt: now, Score: hotScore(now, 0, 0, 0), ContextURI: s.addresses.Context(id), AnnounceID: s.ids.New(now),
	}
	if a.Details.Video != nil {
		t.Attachments = []Attachment{*a.Details.Video}
	}
	if err := s.fetchCard(ctx, tx, &t.Post); err != nil {
		return err
	}
	if err := tx.AddThread(ctx, t, nil); err != nil {
		return err
	}
	v.ActionID, v.PostID, v.At = a.ID, id, now
	if err := tx.SaveActionText(ctx, a, v); err != nil {
		return err
	}
	if a.BallotID != 0 {
		if _, err := tx.RemovePin(ctx, a.ID, a.BallotID); err != nil {
			return err
		}
	}
	if _, err := tx.AddPin(ctx, Pin{ActorID: a.ID, PostID: id, At: now}, MaxFeatured); err != nil {
		return err
	}
	a.BallotID = id
	return s.publishBallot(ctx, tx, a, t)
}

// publishBallot tells other servers of a ballot: those that follow the action by
// itself, those that follow its forum or its company by an announcement of theirs.
func (s *Service) publishBallot(ctx context.Context, tx Tx, a *Action, t *Thread) error {
	p := Publication{Post: &t.Post, Thread: t, Author: &a.Actor, Forum: &a.Actor, Action: a}
	o := s.outbox()
	create := o.keep(s.publisher.Create(t.CreateID, p))
	o.send(t.CreateID, &a.Actor, t.URI, PriorityPost, create, Recipients{FollowersOf: a.ID})
	groups, err := s.groupsOf(ctx, tx, a)
	if err != nil {
		return err
	}
	for i := range groups {
		o.announce(s.ids.New(t.PublishedAt), &groups[i], p, create, t.PublishedAt)
	}
	return o.post(ctx, tx)
}

// groupsOf are the forum and the company of an action that announce it: those of
// this server.
func (s *Service) groupsOf(ctx context.Context, r Reader, a *Action) ([]Actor, error) {
	var list []Actor
	for _, id := range []ID{a.HomeID, a.CompanyID} {
		if id == 0 {
			continue
		}
		g, err := r.Actor(ctx, id)
		if err != nil {
			return nil, err
		}
		if g.Local() && g.Active() == nil {
			list = append(list, *g)
		}
	}
	return list, nil
}

// AddActionVersion gives an action that was published a new text. Signatures stay
// with the text they were given for; those who signed are asked again.
func (s *Service) AddActionVersion(ctx context.Context, by *Account, handle string, n NewVersion) (*ActionVersion, error) {
	var v ActionVersion
	n.Title, n.Change = oneLine(n.Title), trimText(n.Change)
	if err := s.limits.checkActionText(&n.Text); err != nil {
		return nil, err
	}
	switch {
	case n.Change == "":
		return nil, invalid("change", "ChangeMissing", nil)
	case utf8.RuneCountInString(n.Change) > MaxActionChange:
		return nil, invalid("change", "TextTooLong", map[string]any{"Max": MaxActionChange})
	case utf8.RuneCountInString(n.Title) > min(MaxActionTitle, s.limits.Title):
		return nil, invalid("title", "TitleTooLong", map[string]any{"Max": min(MaxActionTitle, s.limits.Title)})
	}
	err := s.changeAction(ctx, by, handle, func(ctx context.Context, tx Tx, a *Action) error {
		now := s.clock.Now()
		if !a.Open(now) {
			return &Error{Code: Conflict, Key: "ActionState"}
		}
		v = ActionVersion{ActionID: a.ID, Number: a.Version + 1, Title: n.Title, Text: n.Text, Change: n.Change, At: now}
		if v.Title == "" {
			v.Title = a.DisplayName
		}
		v.SHA256 = s.canonical(&v.Title, &v.Text)
		v.HTML = s.renderer.Markdown(v.Text, nil)
		switch {
		case v.SHA256 == a.SHA256:
			return invalid("text", "VersionSame", nil)
		case v.Number > maxActionVersions:
			return &Error{Code: TooMany, Key: "VersionsTooMany"}
		}
		if err := s.closeBallot(ctx, tx, a); err != nil {
			return err
		}
		a.Version, a.DisplayName, a.Text, a.TextHTML, a.SHA256 = v.Number, v.Title, v.Text, v.HTML, v.SHA256
		if err := s.addBallot(ctx, tx, a, v); err != nil {
			return err
		}
		v.PostID = a.BallotID
		if err := s.updateGroup(ctx, tx, a); err != nil {
			return err
		}
		return tx.Enqueue(ctx, SignersJob{Action: a.ID, About: NotifyVersion, Post: a.BallotID})
	})
	if err != nil {
		return nil, err
	}
	return &v, nil
}

// updateGroup tells followers what the action's profile says now.
func (s *Service) updateGroup(ctx context.Context, tx Tx, a *Action) error {
	a.SummarySource = Excerpt(s.renderer.Text(a.TextHTML), 300)
	a.Summary = s.renderer.Markdown(a.SummarySource, nil)
	if err := tx.UpdateForum(ctx, &a.Forum); err != nil {
		return err
	}
	return s.tellGroup(ctx, tx, a)
}

// tellGroup sends followers the action's profile as it is now.
func (s *Service) tellGroup(ctx context.Context, tx Tx, a *Action) error {
	o := s.outbox()
	id := s.ids.New(s.clock.Now())
	o.send(id, &a.Actor, a.URI, PriorityUpdate, o.keep(s.publisher.UpdateActor(id, &a.Actor, &a.Forum)), Recipients{FollowersOf: a.ID})
	return o.post(ctx, tx)
}

// closeBallot ends the ballot of the present version.
func (s *Service) closeBallot(ctx context.Context, tx Tx, a *Action) error {
	if a.BallotID == 0 {
		return nil
	}
	poll, err := tx.HoldPoll(ctx, a.BallotID)
	if err != nil || poll == nil {
		return err
	}
	if poll.ClosedAt.IsZero() {
		poll.ClosedAt = s.clock.Now()
		if err := tx.SetPoll(ctx, a.BallotID, poll); err != nil {
			return err
		}
	}
	return s.sendBallot(ctx, tx, a, poll)
}

// tellBallot tells others how an action stands, at its end with its ballot closed.
func (s *Service) tellBallot(ctx context.Context, tx Tx, a *Action, end bool) error {
	if end {
		return s.closeBallot(ctx, tx, a)
	}
	poll, err := tx.HoldPoll(ctx, a.BallotID)
	if err != nil || poll == nil {
		return err
	}
	poll.Telling = false
	if err := tx.SetPoll(ctx, a.BallotID, poll); err != nil {
		return err
	}
	return s.sendBallot(ctx, tx, a, poll)
}

// sendBallot sends the ballot with its counts to all who may show it.
func (s *Service) sendBallot(ctx context.Context, tx Tx, a *Action, poll *Poll) error {
	p, err := PublicationOf(ctx, tx, a.BallotID)
	if err != nil {
		return err
	}
	p.Post.Poll, p.Action = poll, a
	if p.Tally, err = actionCounts(ctx, tx, a); err != nil {
		return err
	}
	o := s.outbox()
	id := s.ids.New(s.clock.Now())
	audience := []Recipients{{FollowersOf: a.ID}, {Around: p.Post.ID}}
	groups, err := s.groupsOf(ctx, tx, a)
	if err != nil {
		return err
	}
	for i := range groups {
		audience = append(audience, Recipients{FollowersOf: groups[i].ID})
	}
	o.send(id, &a.Actor, p.Post.URI, PriorityUpdate, o.keep(s.publisher.Update(id, p)), audience...)
	return o.post(ctx, tx)
}

// actionCounted notes that an action's counts have moved: a little later others
// are told, and everybody of a milestone.
func (s *Service) actionCounted(ctx context.Context, tx Tx, a *Action) error {
	if err := tx.RecountAction(ctx, a.ID); err != nil {
		return err
	}
	if a.Telling {
		return nil
	}
	a.Telling = true
	if err := tx.UpdateAction(ctx, a); err != nil {
		return err
	}
	return tx.EnqueueAt(ctx, ActionJob{Action: a.ID}, s.clock.Now().Add(pollInterval))
}

// WorkAction does an ActionJob.
func (s *Service) WorkAction(ctx context.Context, job ActionJob) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := tx.HoldAction(ctx, job.Action); err != nil {
			return err
		}
		a, err := tx.ActionByID(ctx, job.Action)
		if err != nil || !a.Local() {
			return err
		}
		now := s.clock.Now()
		a.Telling = false
		switch {
		case job.End && (a.State != ActionPublished || now.Before(a.ClosesAt)):
			return nil
		case job.End:
			if err := s.endAction(ctx, tx, a, ActionClosed); err != nil {
				return err
			}
			if err := s.tellGroup(ctx, tx, a); err != nil {
				return err
			}
			if err := s.tell(ctx, tx, Notification{ID: s.ids.New(now), AccountID: a.AuthorID, Kind: NotifyEnded, ActorID: a.ID, At: now}); err != nil {
				return err
			}
		case a.State != ActionPublished:
			return tx.UpdateAction(ctx, a)
		default:
			if err := s.tellBallot(ctx, tx, a, false); err != nil {
				return err
			}
			if err := s.tellMilestone(ctx, tx, a); err != nil {
				return err
			}
		}
		return tx.UpdateAction(ctx, a)
	})
}

// tellMilestone posts a word about the highest milestone that was reached since
// the last one.
func (s *Service) tellMilestone(ctx context.Context, tx Tx, a *Action) error {
	counts, err := actionCounts(ctx, tx, a)
	if err != nil {
		return err
	}
	m := a.reachedBy(counts.Signed())
	if m.Number <= a.Reached {
		return nil
	}
	a.Reached = m.Number
	data := map[string]any{"action": a.Handle(), "uri": a.URI, "url": a.URL, "kind": string(a.Kind), "title": a.Label(), "milestone": m.Number, "goal": a.Goal, "signed": counts.Signed()}
	if err := s.tellWebhooks(ctx, tx, a.HomeID, WebhookMilestone, data); err != nil {
		return err
	}
	if err := s.tellGroup(ctx, tx, a); err != nil { // with its counts; others hear of those by the ballot
		return err
	}
	now := s.clock.Now()
	title, body := s.phrases.Milestone(a, counts, m)
	t, err := s.postAsAction(ctx, tx, a, title, body)
	if err != nil {
		return err
	}
	if err := s.tell(ctx, tx, Notification{ID: s.ids.New(now), AccountID: a.AuthorID, Kind: NotifyMilestone, ActorID: a.ID, PostID: t.ID, SubjectID: a.BallotID, At: now}); err != nil {
		return err
	}
	return tx.Enqueue(ctx, SignersJob{Action: a.ID, About: NotifyMilestone, Post: t.ID})
}

// PostUpdate tells everybody, and those who signed and wanted to be told, how
// things go on. It is a thread of the action's own.
func (s *Service) PostUpdate(ctx context.Context, by *Account, handle, title, body string) (*Thread, error) {
	if err := s.limits.checkTitle(&title); err != nil {
		return nil, err
	}
	if err := s.limits.checkBody(&body); err != nil {
		return nil, err
	}
	var t *Thread
	err := s.changeAction(ctx, by, handle, func(ctx context.Context, tx Tx, a *Action) error {
		if a.State != ActionPublished && a.State != ActionClosed {
			return &Error{Code: Conflict, Key: "ActionState"}
		}
		var err error
		if t, err = s.postAsAction(ctx, tx, a, title, body); err != nil {
			return err
		}
		return tx.Enqueue(ctx, SignersJob{Action: a.ID, About: NotifyUpdate, Post: t.ID})
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// postAsAction opens a thread in the action's own name, which its forum and its
// company pass on.
func (s *Service) postAsAction(ctx context.Context, tx Tx, a *Action, title, body string) (*Thread, error) {
	now := s.clock.Now()
	id := s.ids.New(now)
	uri := s.addresses.Thread(id)
	t := &Thread{
		Post: Post{ID: id, ThreadID: id, ForumID: a.ID, AuthorID: a.ID, URI: uri, URL: uri, Title: title, Body: body, Content: s.renderer.Markdown(body, nil),
			Language: a.Language, Tags: s.tagsOf(body), PublishedAt: now, CreateID: s.ids.New(now)},
		Kind: Discussion, ActiveAt: now, Score: hotScore(now, 0, 0, 0), ContextURI: s.addresses.Context(id), AnnounceID: s.ids.New(now),
	}
	p := Publication{Post: &t.Post, Thread: t, Author: &a.Actor, Forum: &a.Actor}
	if err := s.addThread(ctx, tx, p); err != nil {
		return nil, err
	}
	groups, err := s.groupsOf(ctx, tx, a)
	if err != nil {
		return nil, err
	}
	o := s.outbox()
	create := o.keep(s.publisher.Create(t.CreateID, p))
	o.send(t.CreateID, &a.Actor, t.URI, PriorityPost, create, Recipients{FollowersOf: a.ID})
	for i := range groups {
		o.announce(s.ids.New(now), &groups[i], p, create, now)
	}
	return t, o.post(ctx, tx)
}

// isBallot says whether a post carries the ballot of an action of this server.
func isBallot(p Publication) bool {
	return p.Author.GroupRole == RoleAction && p.Post.IsRoot() && p.Post.Poll != nil
}

// ballotAction finds the action whose ballot a post carries, as it stood with that
// version of its text.
func ballotAction(ctx context.Context, r Reader, post ID) (*Action, error) {
	a, version, err := r.ActionOfBallot(ctx, post)
	if CodeOf(err) == NotFound {
		return nil, nil
	}
	if err != nil || version.Number == a.Version {
		return a, err
	}
	former := *a
	former.Version, former.Text, former.TextHTML, former.SHA256 = version.Number, version.Text, version.HTML, version.SHA256
	return &former, nil
}

// checkRemoteAction bounds what another server says of an action of its own, and
// refuses a ballot whose text is not the one that its hash names. Of a post that is
// none, nothing is believed.
func (s *Service) checkRemoteAction(post *RemotePost) error {
	r := post.Action
	if r == nil {
		return nil
	}
	if !slices.Contains(ActionKinds, r.Kind) || post.Author.GroupRole != RoleAction || post.ParentID != 0 || post.Poll == nil {
		post.Action = nil
		return nil
	}
	r.SHA256 = clip(oneLine(r.SHA256), 64)
	if TextHash(CanonicalText(post.Title, post.Source, s.renderer.Normal)) != r.SHA256 {
		return &Error{Code: Forbidden, Key: "TextHashWrong"}
	}
	r.Goal, r.Version = min(max(r.Goal, 1), maxTally), min(max(r.Version, 1), 10_000)
	for _, n := range []*int{&r.Tally.Email, &r.Tally.Local, &r.Tally.Known, &r.Tally.New, &r.Tally.Paper, &r.Tally.Invalidated} {
		*n = min(max(*n, 0), maxTally)
	}
	if now := s.clock.Now(); r.ClosesAt.Sub(now) > maxForeignDeadline {
		r.ClosesAt = now.Add(maxForeignDeadline)
	}
	return nil
}

// RemoteAction is what another server of this software says, in its ballot, of an
// action.
type RemoteAction struct {
	Kind     ActionKind
	Goal     int
	SHA256   string
	Version  int
	ClosesAt time.Time
	State    ActionState
	Tally    TierTally
}

// keepRemoteAction stores what a ballot of an action elsewhere says.
func (s *Service) keepRemoteAction(ctx context.Context, tx Tx, author *Actor, post *Post, r *RemoteAction) error {
	if r == nil || author.Local() || author.GroupRole != RoleAction || post.AuthorID != author.ID {
		return nil
	}
	now := s.clock.Now()
	known, err := tx.ActionByID(ctx, author.ID)
	if err != nil && CodeOf(err) != NotFound {
		return err
	}
	if err == nil && known.Version > r.Version {
		return nil
	}
	a := &Action{Kind: r.Kind, State: ActionPublished, Goal: r.Goal, ClosesAt: r.ClosesAt, Version: r.Version, SHA256: r.SHA256, BallotID: post.ID,
		Text: post.Body, TextHTML: post.Content, Told: &r.Tally, Signed: r.Tally.Signed(), PublishedAt: post.PublishedAt}
	a.ID = author.ID
	a.DisplayName = post.Title
	if r.State == ActionClosed || r.State == ActionStopped {
		a.State, a.EndedAt = r.State, now
	}
	return tx.SaveRemoteAction(ctx, a)
}
