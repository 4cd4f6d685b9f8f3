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
	t.CoClaimsTold = post.Claims
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
	held, err := s.refreshEvidence(ctx, tx, p.Thread, r.Evidence)
	if err != nil {
		return false, err
	}
	fresh := foreignCase(r.Case, r.Kind, s.clock.Now())
	if err := s.findCompany(ctx, tx, fresh); err != nil {
		return false, err
	}
	moved := known.State != fresh.State || known.PromisedOn != fresh.PromisedOn
	if !moved && known.sameFacts(fresh) {
		return held, nil
	}
	known.takeFacts(fresh)
	known.Evidence = fresh.Evidence
	if moved {
		known.State, known.PromisedOn, known.StateAt = fresh.State, fresh.PromisedOn, s.clock.Now()
		if !r.UpdatedAt.IsZero() && r.UpdatedAt.Before(known.StateAt) {
			known.StateAt = r.UpdatedAt.Truncate(time.Millisecond)
		}
	}
	if err := tx.SetCase(ctx, p.Post.ID, known); err != nil {
		return false, err
	}
	return true, s.caseStated(ctx, tx, p.Thread, p.Author)
}

// standsOnPage makes a case that is written on the page of a company one about it.
// Only cases stand there.
func (s *Service) standsOnPage(c *Case, place *Actor) error {
	switch {
	case place.GroupRole != RoleCompany:
		return nil
	case c == nil:
		return invalid("forum", "CompanyNoForum", nil)
	}
	c.CompanyID, c.CompanyHandle, c.Company, c.CompanyURI = place.ID, place.Handle(), place.Label(), place.URI
	return nil
}

// mentionedCompany is the page of a company here that a post is addressed to, nil
// for none.
func mentionedCompany(addressed []Actor) *Actor {
	for i := range addressed {
		if a := &addressed[i]; a.Local() && a.GroupRole == RoleCompany && a.Active() == nil && a.MovedTo == "" {
			return a
		}
	}
	return nil
}

// receiveMention makes an incomplete case of a thread from a server that knows no
// cases, where it mentions a company's page here.
func (s *Service) receiveMention(t *Thread, company *Actor) {
	if company == nil || t.Case != nil {
		return
	}
	t.Kind, t.Case = Grievance, &Case{Evidence: EvidenceDeclared, State: CaseOpen, Incomplete: true, CompanyID: company.ID, Company: company.Label(), CompanyHandle: company.Handle(), CompanyURI: company.URI}
}

// askToComplete answers an incomplete case once, with a link to where its author
// can say what is missing. Nobody is answered so more than once a day.
func (s *Service) askToComplete(ctx context.Context, tx Tx, p Publication) error {
	if p.Author.Local() || p.Company == nil || !p.Company.Local() || p.Forum.LocalOnly || p.Thread.Locked() {
		return nil
	}
	now := s.clock.Now()
	if fresh, err := tx.Remember(ctx, "ask to complete "+p.Author.ID.String()+" "+string(DateOf(now.UTC())), now); err != nil || !fresh {
		return err
	}
	text, language := s.phrase(p.Post.Language, "CompleteCase", map[string]any{"Company": p.Company.Label()})
	id := s.ids.New(now)
	if id <= p.Post.ID {
		id = s.ids.At(p.Post.ID.Time().Add(time.Millisecond), now.Add(time.Minute))
	}
	uri := s.addresses.Reply(id)
	link := s.addresses.Thread(p.Thread.ID) + "/complete"
	post := &Post{
		ID: id, ThreadID: p.Thread.ID, ParentID: p.Thread.ID, AuthorID: p.Company.ID, URI: uri, URL: uri, Body: text + "\n\n" + link, Content: paragraph(text) + linkParagraph(link),
		Language: language, PublishedAt: now, CreateID: s.ids.New(now),
	}
	reply, err := s.placeAnyReply(ctx, tx, post, p.Company, nil)
	if err == nil {
		err = answerable(reply)
	}
	if err != nil {
		return err
	}
	if err := s.addReply(ctx, tx, reply); err != nil {
		return err
	}
	o := s.outbox()
	create := o.keep(s.publisher.Create(post.CreateID, reply))
	o.send(post.CreateID, p.Company, post.URI, PriorityPost, create, Recipients{Actor: p.Author.ID})
	o.announce(s.ids.New(now), p.Forum, reply, create, now)
	return o.post(ctx, tx)
}

// completionsPerDay bounds how many links to complete one case are sent.
const completionsPerDay = 3

// SendCompletion sends the author of an incomplete case, who has no account here,
// the link by which they can complete it. Anybody may ask for that: it goes to the
// author only.
func (s *Service) SendCompletion(ctx context.Context, id ID) error {
	token, err := s.caseToken(ctx, id)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		p, err := s.caseNamed(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case !p.Thread.Case.Incomplete:
			return &Error{Code: Conflict, Key: "CaseComplete"}
		case p.Author.Local():
			return &Error{Code: Conflict, Key: "CaseOfMember"}
		case p.Company == nil || !p.Company.Local():
			return &Error{Code: Conflict, Key: "CaseElsewhere"}
		}
		day := DateOf(s.clock.Now().UTC())
		for n := 1; ; n++ {
			fresh, err := tx.Remember(ctx, "completion "+id.String()+" "+string(day)+" "+ID(n).String(), s.clock.Now())
			if err != nil {
				return err
			}
			if fresh {
				break
			}
			if n == completionsPerDay {
				return &Error{Code: TooMany, Key: "TooMany"}
			}
		}
		text, language := s.phrase(p.Post.Language, "CompletionLink", map[string]any{"Company": p.Company.Label()})
		sent, err := s.writeTo(ctx, tx, p.Company, p.Author, Message{
			Purpose: PurposeCase, Subject: id, Language: language, InReplyTo: p.Post.URI, Content: paragraph(text) + linkParagraph(s.addresses.Base()+"/case/"+token),
		})
		if err == nil && !sent {
			err = &Error{Code: Unavailable, Key: "MessageNotSent"}
		}
		return err
	})
}

// passes says whether a group may pass on what concerns a post in a forum: its own,
// or, of cases, which stand in a forum and on the page of a company, the other one
// of the same server.
func passes(ctx context.Context, r Reader, via *Actor, forumID ID) error {
	if via == nil || via.ID == forumID {
		return nil
	}
	forum, err := r.Actor(ctx, forumID)
	if err != nil {
		return err
	}
	if SameHost(via.URI, forum.URI) && (via.GroupRole == RoleCompany || forum.GroupRole == RoleCompany) {
		return nil
	}
	return &Error{Code: Forbidden, Key: "OtherForum"}
}

// refreshClaims takes how many people a case's own server counts now.
func (s *Service) refreshClaims(ctx context.Context, tx Tx, p Publication, r RemotePost) (changed bool, err error) {
	if !p.Post.IsRoot() || p.Author.Local() || r.Claims == nil || p.Thread.CoClaimsTold != nil && *p.Thread.CoClaimsTold == *r.Claims {
		return false, nil
	}
	return true, tx.SetClaimsTold(ctx, p.Post.ID, r.Claims)
}
