package forum

import (
	"context"
	"time"
)

// RemotePost is a post as another server describes it, read but not judged.
type RemotePost struct {
	URI         string
	URL         string
	Author      *Actor
	ParentID    ID // 0 for what answers nothing
	Public      bool
	Addressed   []string // URIs of everyone it is addressed to or mentions
	Title       string   // plain text; "" where it has none
	Content     string   // HTML as it came
	Source      string   // Markdown, where it is given
	Language    string
	ContentNote string
	ContextURI  string
	Attachments []Attachment
	Tags        []string // hashtags, with or without their sign
	Emojis      []Emoji  // that its server has for what stands in its texts
	Replies     *bool    // whether a thread takes replies; nil where that is not said
	Tally       Tally
	Poll        *Poll         // nil for none
	Quote       *Quote        // nil for none
	Action      *RemoteAction // whose ballot it is; nil for other posts
	Kind        ThreadKind    // of a case; "" for what is none
	Case        *Case         // nil for none
	Claims      *TierTally    // how many its server counts to whom the same happened; nil where it does not
	Evidence    []Evidence    // that its server says it holds
	Answer      *Answer       // that a reply says it is; nil for none
	Answered    bool          // there is a collection of replies to it, or of its conversation
	PublishedAt time.Time
	UpdatedAt   time.Time
}

// ReceivePost stores a post from another server: a reply where its parent is
// known here, whoever it is addressed to; a thread where it is addressed to a
// forum of ours, or comes from a remote forum that people here follow. Anything
// else is none of our business and ignored, and so is everything that is not
// public: it was not written for all to read.
func (s *Service) ReceivePost(ctx context.Context, in Inbound, r RemotePost) (Outcome, error) {
	if !r.Public {
		return Ignored("not public"), nil
	}
	if err := s.checkRemoteAction(&r); err != nil {
		return Outcome{}, err
	}
	s.askWhoSpeaks(ctx, r)
	outcome, err := s.receive(ctx, in, func(ctx context.Context, tx Tx) (Outcome, error) {
		if gone, err := tx.Tombstoned(ctx, r.URI); err != nil || gone {
			return Ignored("it was deleted before"), err
		}
		if _, err := tx.PostByURI(ctx, r.URI); err == nil {
			return NotYet("already known"), nil // what came may be an edit of it
		} else if CodeOf(err) != NotFound {
			return Outcome{}, err
		}
		if err := s.withoutMedia(ctx, tx, in, &r); err != nil {
			return Outcome{}, err
		}
		mentions, err := s.knownAddressees(ctx, tx, r.Addressed)
		if err != nil {
			return Outcome{}, err
		}
		if r.ParentID != 0 {
			return s.receiveReply(ctx, tx, in, r, mentions)
		}
		return s.receiveThread(ctx, tx, in, r, mentions)
	})
	if CodeOf(err) == Conflict {
		// It may come two ways at the same moment: by delivery, and because
		// somebody asked for it.
		if _, unknown := s.store.PostByURI(ctx, r.URI); unknown == nil {
			return NotYet("already known"), nil
		}
	}
	return outcome, err
}

// knownAddressees finds who, of those a post is addressed to, is known here.
func (s *Service) knownAddressees(ctx context.Context, tx Tx, uris []string) ([]Actor, error) {
	if len(uris) > maxAddressees {
		uris = uris[:maxAddressees]
	}
	return tx.ActorsByURI(ctx, uris)
}

const maxAddressees = 200

func (s *Service) remotePost(r RemotePost, now time.Time) Post {
	if r.PublishedAt.IsZero() || r.PublishedAt.After(now) {
		r.PublishedAt = now
	}
	if checkLanguage(&r.Language) != nil {
		r.Language = ""
	}
	if r.URL == "" {
		r.URL = r.URI
	}
	p := Post{
		ID: s.ids.At(r.PublishedAt, now), AuthorID: r.Author.ID, ParentID: r.ParentID, URI: r.URI, URL: r.URL,
		Body: clip(r.Source, maxForeignContent), Language: r.Language, ContentNote: clip(oneLine(r.ContentNote), 1000),
		Attachments: r.Attachments, Tags: cleanTags(r.Tags, ""), Emojis: r.emojisOf(), PublishedAt: r.PublishedAt.Truncate(time.Millisecond), Tally: r.Tally.bounded(), Poll: foreignPoll(r.Poll), Quote: r.Quote,
	}
	if r.UpdatedAt.After(r.PublishedAt) && !r.UpdatedAt.After(now) {
		p.EditedAt = r.UpdatedAt.Truncate(time.Millisecond)
	}
	return p
}

func (s *Service) receiveReply(ctx context.Context, tx Tx, in Inbound, r RemotePost, mentions []Actor) (Outcome, error) {
	now := s.clock.Now()
	post := s.remotePost(r, now)
	post.Content = s.renderer.Sanitise(clip(r.Content, maxForeignContent))
	parent, err := tx.Post(ctx, r.ParentID)
	if err != nil {
		return Outcome{}, err
	}
	if err := passes(ctx, tx, in.Via, parent.ForumID); err != nil {
		return Outcome{}, err
	}
	if post.ID <= parent.ID {
		// Both servers may round to the second, or have other clocks: an answer
		// still comes after what it answers.
		post.ID = s.ids.At(parent.ID.Time().Add(time.Millisecond), now.Add(time.Minute))
	}
	post.ThreadID = parent.ThreadID
	p, err := s.placeAnyReply(ctx, tx, &post, r.Author, peopleAmong(mentions))
	if err != nil {
		return Outcome{}, err
	}
	if p.Forum.LocalOnly {
		return NotYet("it answers nothing known here"), nil
	}
	// Whether a forum elsewhere took a reply is its word. One that was written
	// before the thread was closed may come late.
	tooLate := p.Forum.Local() || post.PublishedAt.After(p.Thread.LockedAt)
	if p.Thread.Locked() && in.Via == nil && tooLate {
		return Outcome{}, &Error{Code: Forbidden, Key: "ThreadLocked"}
	}
	if in.Via == nil { // or its group has decided
		if err := s.notBanned(ctx, tx, r.Author.ID, p.Forum.ID); err != nil {
			return Outcome{}, err
		}
	}
	if err := s.placeQuote(ctx, tx, p.Post); err != nil {
		return Outcome{}, err
	}
	if err := s.addReply(ctx, tx, p); err != nil {
		return Outcome{}, err
	}
	if in.Via == nil { // a group's word is not enough for somebody's signature
		if err := s.claimByReply(ctx, tx, p.Thread, r.Author, post.URI, r.Tags, ParticipationDetails{}); err != nil {
			return Outcome{}, err
		}
		if post.EditedAt.IsZero() { // or the hashtag may have been added
			if _, err := s.signByReply(ctx, tx, p.Thread.ID, r.Author, post.URI, r.Tags); err != nil {
				return Outcome{}, err
			}
		}
	}
	if err := s.receiveAnswer(ctx, tx, p, r.Answer); err != nil {
		return Outcome{}, err
	}
	o := s.outbox()
	o.announce(s.ids.New(now), p.Forum, p, in.Raw, now)
	return Done, o.post(ctx, tx)
}

func (s *Service) receiveThread(ctx context.Context, tx Tx, in Inbound, r RemotePost, mentions []Actor) (Outcome, error) {
	forum, forums, found, err := s.placeThread(ctx, tx, in, r, mentions)
	if err != nil {
		return Outcome{}, err
	}
	if forum == nil {
		return NotYet("addressed to no forum here and answers nothing known here"), nil
	}
	now := s.clock.Now()
	post := s.remotePost(r, now)
	title, content := s.renderer.WithoutTitle(clip(r.Content, maxForeignContent), r.Title, s.limits.Title, forums)
	post.Title, post.Content = clipRunes(oneLine(title), s.limits.Title), content
	switch {
	case post.Title == "" && len(found) > 0:
		return Ignored("it says nothing"), nil
	case post.Title == "":
		return Outcome{}, &Error{Code: Invalid, Key: "TitleMissing", Field: "title"}
	}
	post.ThreadID, post.ForumID, post.Tags = post.ID, forum.ID, cleanTags(r.Tags, forum.Name)
	t := &Thread{Post: post, Kind: Discussion, ActiveAt: post.PublishedAt, Score: hotScore(post.PublishedAt, 0, 0, 0), ContextURI: r.ContextURI}
	if forum.Local() {
		t.AnnounceID = s.ids.New(now)
	}
	if len(found) > 0 {
		t.FoundBy = found[0].Label
	}
	if err := s.receiveCase(ctx, tx, t, r); err != nil {
		return Outcome{}, err
	}
	if in.Via == nil || in.Via.Local() {
		s.receiveMention(t, mentionedCompany(mentions))
	}
	if t.Case != nil && t.Case.CompanyID != 0 && t.Case.CompanyID != forum.ID && s.addresses.IsLocal(t.Case.CompanyURI) {
		t.Case.AnnounceID = s.ids.New(now)
	}
	if lockAsToldBy(r, t, forum) {
		t.LockedAt = now
	}
	people := peopleAmong(mentions)
	if err := s.fetchCard(ctx, tx, &t.Post); err != nil {
		return Outcome{}, err
	}
	if err := s.placeQuote(ctx, tx, &t.Post); err != nil {
		return Outcome{}, err
	}
	if err := tx.AddThread(ctx, t, people); err != nil {
		return Outcome{}, err
	}
	if err := s.keepRemoteAction(ctx, tx, r.Author, &t.Post, r.Action); err != nil {
		return Outcome{}, err
	}
	if _, err := s.refreshEvidence(ctx, tx, t, r.Evidence); err != nil {
		return Outcome{}, err
	}
	if err := s.backfillSeen(ctx, tx, forum, t, r); err != nil {
		return Outcome{}, err
	}
	p, err := Publication{Post: &t.Post, Thread: t, Author: r.Author, Forum: forum, Mentions: people}.withCompany(ctx, tx)
	if err != nil {
		return Outcome{}, err
	}
	if err := s.caseStated(ctx, tx, t, r.Author); err != nil {
		return Outcome{}, err
	}
	if err := s.tellWebhooks(ctx, tx, t.ForumID, WebhookThread, webhookThread(p)); err != nil {
		return Outcome{}, err
	}
	if err := s.notifyMentioned(ctx, tx, p, 0); err != nil {
		return Outcome{}, err
	}
	if len(found) > 0 {
		if err := s.showFound(ctx, tx, p, found); err != nil {
			return Outcome{}, err
		}
	} else {
		o := s.outbox()
		o.announce(t.AnnounceID, forum, p, in.Raw, now)
		o.announceCase(p, in.Raw, now)
		if err := o.post(ctx, tx); err != nil {
			return Outcome{}, err
		}
	}
	if in.Via != nil && in.Via.ID != forum.ID {
		if err := s.passOn(ctx, tx, p, in.Via, in.URI); err != nil {
			return Outcome{}, err
		}
	}
	if err := s.passOn(ctx, tx, p, forum, ""); err != nil {
		return Outcome{}, err
	}
	if r.Case == nil && t.Case != nil && s.clock.Now().Sub(t.PublishedAt) < freshForCard {
		return Done, s.askToComplete(ctx, tx, p)
	}
	return Done, nil
}

func peopleAmong(actors []Actor) []Actor {
	var people []Actor
	for _, a := range actors {
		if !a.IsForum() && a.Kind != Application {
			people = append(people, a)
		}
	}
	return people
}

// clipRunes cuts a title to at most max characters, at a word's edge where one
// is near, and marks the cut.
func clipRunes(s string, max int) string {
	runes := []rune(s)
	if len(runes) <= max {
		return s
	}
	cut := max - 1
	for i := cut; i > cut-20 && i > 0; i-- {
		if runes[i] == ' ' {
			cut = i
			break
		}
	}
	return string(runes[:cut]) + "…"
}

// ReceiveEdit takes an author's new text for a post known here; older news than
// what is stored is ignored. The former text is kept as a revision.
func (s *Service) ReceiveEdit(ctx context.Context, in Inbound, r RemotePost) (Outcome, error) {
	if err := s.checkRemoteAction(&r); err != nil {
		return Outcome{}, err
	}
	return s.receive(ctx, in, func(ctx context.Context, tx Tx) (Outcome, error) {
		known, err := tx.PostByURI(ctx, r.URI)
		if CodeOf(err) == NotFound {
			return NotYet("the post is not known here"), nil
		}
		if err != nil {
			return Outcome{}, err
		}
		p, err := PublicationOf(ctx, tx, known.ID)
		if err != nil {
			return Outcome{}, err
		}
		switch {
		case p.Author.ID != r.Author.ID:
			return Outcome{}, &Error{Code: Forbidden, Key: "AuthorOnly"}
		case p.Post.Hidden():
			return Ignored("the post was deleted"), nil
		}
		polled, err := s.refreshPoll(ctx, tx, p.Post, r.Poll)
		if err != nil {
			return Outcome{}, err
		}
		if err := s.keepRemoteAction(ctx, tx, r.Author, p.Post, r.Action); err != nil {
			return Outcome{}, err
		}
		if claimed, err := s.refreshClaims(ctx, tx, p, r); err != nil {
			return Outcome{}, err
		} else if claimed {
			polled = true
		}
		quoted, err := s.refreshQuote(ctx, tx, p.Post, r.Quote)
		if err != nil {
			return Outcome{}, err
		}
		if !r.UpdatedAt.IsZero() && !r.UpdatedAt.After(p.Post.EditedAt) {
			if polled || quoted {
				return Done, nil
			}
			return Ignored("older than what is known"), nil
		}
		if err := s.withoutMedia(ctx, tx, in, &r); err != nil {
			return Outcome{}, err
		}
		outcome, err := s.applyRemoteEdit(ctx, tx, in, p, r)
		if (polled || quoted) && err == nil {
			outcome = Done
		}
		return outcome, err
	})
}

func (s *Service) applyRemoteEdit(ctx context.Context, tx Tx, in Inbound, p Publication, r RemotePost) (Outcome, error) {
	addressed, err := s.knownAddressees(ctx, tx, r.Addressed)
	if err != nil {
		return Outcome{}, err
	}
	now := s.clock.Now()
	before := *p.Post
	fresh := s.remotePost(r, now)
	if fresh.Tally != (Tally{}) {
		if err := tx.SetTally(ctx, p.Post.ID, fresh.Tally); err != nil {
			return Outcome{}, err
		}
	}
	p.Post.Body, p.Post.Language, p.Post.ContentNote, p.Post.Attachments, p.Post.Emojis, p.Post.Tags = fresh.Body, fresh.Language, fresh.ContentNote, fresh.Attachments, fresh.Emojis, cleanTags(r.Tags, p.Forum.Name)
	if p.Post.IsRoot() {
		_, forums := forumAmong(in, r, addressed)
		title, content := s.renderer.WithoutTitle(clip(r.Content, maxForeignContent), r.Title, s.limits.Title, forums)
		if title = clipRunes(oneLine(title), s.limits.Title); title != "" {
			p.Post.Title = title
		}
		p.Post.Content = content
	} else {
		p.Post.Content = s.renderer.Sanitise(clip(r.Content, maxForeignContent))
	}
	if p.Post.IsRoot() && lockAsToldBy(r, p.Thread, p.Forum) {
		if err := tx.LockThread(ctx, p.Post.ID, !*r.Replies, now); err != nil {
			return Outcome{}, err
		}
	}
	restated, err := s.refreshCase(ctx, tx, p, r)
	if err != nil {
		return Outcome{}, err
	}
	if p.Post.Title == before.Title && p.Post.Content == before.Content && p.Post.ContentNote == before.ContentNote &&
		sameAttachments(p.Post.Attachments, before.Attachments) {
		if !restated {
			return Ignored("nothing changed"), nil
		}
		o := s.outbox()
		o.relay(s.ids.New(now), p.Forum, p.Post.URI, PriorityUpdate, in.Raw, now)
		return Done, o.post(ctx, tx)
	}
	p.Post.EditedAt = now
	if !r.UpdatedAt.IsZero() && r.UpdatedAt.Before(now) {
		p.Post.EditedAt = r.UpdatedAt.Truncate(time.Millisecond)
	}
	formerly := p.Mentions
	p.Mentions = peopleAmong(addressed)
	if err := s.fetchCard(ctx, tx, p.Post); err != nil {
		return Outcome{}, err
	}
	if err := tx.EditPost(ctx, p.Post, revisionOf(&before, p.Post.EditedAt), p.Mentions); err != nil {
		return Outcome{}, err
	}
	if err := s.notifyNewlyMentioned(ctx, tx, p, formerly); err != nil {
		return Outcome{}, err
	}
	o := s.outbox()
	o.relay(s.ids.New(now), p.Forum, p.Post.URI, PriorityUpdate, in.Raw, now)
	return Done, o.post(ctx, tx)
}

// ReceiveDelete takes a post back, or erases an account when the object is the
// actor itself. The author may, the author's server, the remote forum that the
// post stands in, and moderators of its forum. What is not known yet is remembered as deleted, because a
// Delete may overtake its Create.
func (s *Service) ReceiveDelete(ctx context.Context, in Inbound, uri, reason string) (Outcome, error) {
	return s.receive(ctx, in, func(ctx context.Context, tx Tx) (Outcome, error) {
		now := s.clock.Now()
		if uri == in.Actor.URI {
			if in.Via != nil {
				return Ignored("only the account itself tells of its end"), nil
			}
			return Done, tx.EraseActor(ctx, in.Actor.ID, now)
		}
		post, err := tx.PostByURI(ctx, uri)
		if CodeOf(err) == NotFound {
			if in.Via != nil || !SameHost(uri, in.Actor.URI) {
				return NotYet("the post is not known here"), nil
			}
			if err := tx.ForgetAuthorization(ctx, uri); err != nil { // it may be that of a quote
				return Outcome{}, err
			}
			if err := s.sourceGone(ctx, tx, uri, in.Actor.ID); err != nil { // or a private answer that counted
				return Outcome{}, err
			}
			return Done, tx.Bury(ctx, uri, now)
		}
		if err != nil {
			return Outcome{}, err
		}
		if post.Hidden() {
			return Ignored("already deleted"), nil
		}
		return s.receiveDeletion(ctx, tx, in, post.ID, reason)
	})
}

func (s *Service) receiveDeletion(ctx context.Context, tx Tx, in Inbound, id ID, reason string) (Outcome, error) {
	p, err := PublicationOf(ctx, tx, id)
	if err != nil {
		return Outcome{}, err
	}
	vouched := s.vouched(ctx, tx, in, p.Forum)
	if code := CodeOf(vouched); code != "" && code != Forbidden || in.Via != nil && code == Forbidden {
		return Outcome{}, vouched
	}
	now := s.clock.Now()
	o := s.outbox()
	switch {
	case p.Author.ID == in.Actor.ID:
		if err = s.sourceGone(ctx, tx, p.Post.URI, p.Author.ID); err == nil {
			err = tx.DeletePost(ctx, p.Post, now)
		}
	case vouched == nil:
		o, err = s.remove(ctx, tx, in.Actor, p, clip(trimText(reason), MaxReason))
	case in.Via == nil && SameHost(p.Post.URI, in.Actor.URI):
		err = tx.DeletePost(ctx, p.Post, now)
	default:
		err = &Error{Code: Forbidden, Key: "AuthorOnly"}
	}
	if err != nil {
		return Outcome{}, err
	}
	o.relay(s.ids.New(now), p.Forum, p.Post.URI, PriorityModeration, in.Raw, now)
	return Done, o.post(ctx, tx)
}
