package forum

import (
	"context"
	"time"
)

// Quote is what a post quotes (FEP-044f). It is shown where the quoted post is
// known here and its author let that happen; otherwise it is a link.
type Quote struct {
	URI           string
	PostID        ID     // the quoted post, 0 where it is not known here
	Authorization string // id of its author's QuoteAuthorization, "" for none
	Approved      bool

	Post    *PostView `json:"-"` // the quoted post, where it may be shown; see ReadQuotes
	Excerpt string    `json:"-"` // of it, plain text
}

// ReadQuotes reads what posts quote, as far as that may be shown.
func ReadQuotes(ctx context.Context, r PageReader, viewer ID, text func(html string) string, posts ...*Post) error {
	var ids []ID
	for _, p := range posts {
		if p.Quote != nil && p.Quote.Approved && p.Quote.PostID != 0 {
			ids = append(ids, p.Quote.PostID)
		}
	}
	views, err := r.Posts(ctx, ids, viewer)
	if err != nil {
		return err
	}
	quoted := map[ID]*PostView{}
	for i := range views {
		if !views[i].Hidden() {
			quoted[views[i].ID] = &views[i]
		}
	}
	for _, p := range posts {
		if p.Quote == nil || !p.Quote.Approved || quoted[p.Quote.PostID] == nil {
			continue
		}
		q := quoted[p.Quote.PostID]
		p.Quote.Post, p.Quote.Excerpt = q, q.ContentNote
		if q.ContentNote == "" { // of what has a note, only that is shown
			p.Quote.Excerpt = Excerpt(text(q.Content), quoteExcerpt)
		}
	}
	return nil
}

const quoteExcerpt = 300 // characters

// QuoteAuthorization says that a post elsewhere may quote one of ours.
type QuoteAuthorization struct {
	ID        ID
	PostID    ID     // ours
	QuoterID  ID     // who quotes it
	QuotedIn  string // URI of the quoting post
	CreatedAt time.Time
	RevokedAt time.Time // zero: it stands
}

// QuoteJob reads whether the author of a quoted post let it be quoted.
type QuoteJob struct {
	Post ID `json:"post"` // the quoting one
}

// Kind names the job in the queue.
func (QuoteJob) Kind() string { return "quote" }

// maxQuoteURI bounds the address of a quoted post, in bytes.
const maxQuoteURI = 2048

// placeQuote says what is known of a post's quote: that of one's own posts needs no
// word, that of posts here was authorised or not, and others are asked for by a job.
func (s *Service) placeQuote(ctx context.Context, tx Tx, p *Post) error {
	q := p.Quote
	if q == nil {
		return nil
	}
	if q.URI == "" || len(q.URI) > maxQuoteURI || len(q.Authorization) > maxQuoteURI || q.URI == p.URI {
		p.Quote = nil
		return nil
	}
	q.PostID, q.Approved = 0, false
	quoted, err := tx.PostByURI(ctx, q.URI)
	if CodeOf(err) == NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	q.PostID = quoted.ID
	switch {
	case quoted.AuthorID == p.AuthorID:
		q.Approved = true
	case s.addresses.IsLocal(q.URI):
		q.Approved, err = tx.QuoteAuthorized(ctx, quoted.ID, p.URI)
		return err
	case q.Authorization != "" && SameHost(q.Authorization, q.URI):
		return tx.Enqueue(ctx, QuoteJob{Post: p.ID})
	}
	return nil
}

// QuoteApproved notes that a quoted post's author let it be quoted.
func (s *Service) QuoteApproved(ctx context.Context, post ID, authorization string) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		p, err := tx.Post(ctx, post)
		if err != nil || p.Hidden() || p.Quote == nil || p.Quote.Authorization != authorization {
			return err
		}
		p.Quote.Approved = true
		return tx.SetQuote(ctx, p.ID, p.Quote)
	})
}

// ReceiveQuoteRequest answers somebody elsewhere who wants to quote a post of
// ours. What was written for all to read may be quoted by all, but by those whom
// its author has blocked.
func (s *Service) ReceiveQuoteRequest(ctx context.Context, in Inbound, quotedURI, quotingURI string) (Outcome, error) {
	return s.receive(ctx, in, func(ctx context.Context, tx Tx) (Outcome, error) {
		if !SameHost(quotingURI, in.Actor.URI) || len(quotingURI) > maxQuoteURI {
			return Outcome{}, &Error{Code: Forbidden, Key: "WrongOrigin"}
		}
		post, err := tx.PostByURI(ctx, quotedURI)
		if CodeOf(err) == NotFound || err == nil && (post.Hidden() || !s.addresses.IsLocal(post.URI)) {
			return Outcome{}, &Error{Code: NotFound, Key: "NothingHere"}
		}
		if err != nil {
			return Outcome{}, err
		}
		author, err := tx.Actor(ctx, post.AuthorID)
		if err != nil {
			return Outcome{}, err
		}
		blocked, err := tx.Blocked(ctx, author.ID, in.Actor.ID)
		if err != nil {
			return Outcome{}, err
		}
		now := s.clock.Now()
		request := QuoteRequest{URI: in.URI, Actor: in.Actor, Quoted: post.URI, QuotedIn: quotingURI}
		if !blocked {
			a, err := tx.AuthorizeQuote(ctx, QuoteAuthorization{ID: s.ids.New(now), PostID: post.ID, QuoterID: in.Actor.ID, QuotedIn: quotingURI, CreatedAt: now})
			if err != nil {
				return Outcome{}, err
			}
			if a.RevokedAt.IsZero() {
				request.Authorization = s.addresses.Quote(a.ID)
			}
			if err := s.showQuote(ctx, tx, quotingURI, post.ID, in.Actor.ID, a.RevokedAt.IsZero()); err != nil {
				return Outcome{}, err
			}
		}
		id := s.ids.New(now)
		o := s.outbox()
		o.add(OutgoingActivity{ID: id, Signer: author.ID, Subject: in.URI, Priority: PriorityModeration, Hidden: true,
			Payloads: []Payload{{For: AllFamilies, Body: o.keep(s.publisher.AnswerQuote(id, author, request))}}, Audience: []Recipients{{Actor: in.Actor.ID, Direct: true}}})
		return Done, o.post(ctx, tx)
	})
}

// QuoteRequest is what the answer to one names.
type QuoteRequest struct {
	URI           string
	Actor         *Actor
	Quoted        string
	QuotedIn      string
	Authorization string // "" for a refusal
}

// showQuote lets a post that is known here already show what it quotes, or no
// longer.
func (s *Service) showQuote(ctx context.Context, tx Tx, quotingURI string, quoted, quoter ID, on bool) error {
	p, err := tx.PostByURI(ctx, quotingURI)
	if CodeOf(err) == NotFound || err == nil && (p.Quote == nil || p.Quote.PostID != quoted || p.AuthorID != quoter) {
		return nil
	}
	if err != nil {
		return err
	}
	p.Quote.Approved = on
	return tx.SetQuote(ctx, p.ID, p.Quote)
}

// RevokeQuote takes back that a post elsewhere may quote one's own: its server is
// told, and the authorization is gone from its address.
func (s *Service) RevokeQuote(ctx context.Context, by *Account, id ID) error {
	if err := by.MayWrite(); err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		a, err := tx.QuoteAuthorization(ctx, id)
		if err != nil {
			return err
		}
		post, err := tx.Post(ctx, a.PostID)
		if err != nil {
			return err
		}
		if post.AuthorID != by.ID {
			return &Error{Code: Forbidden, Key: "AuthorOnly"}
		}
		if !a.RevokedAt.IsZero() {
			return nil
		}
		now := s.clock.Now()
		if err := tx.RevokeQuote(ctx, id, now); err != nil {
			return err
		}
		if err := s.showQuote(ctx, tx, a.QuotedIn, post.ID, a.QuoterID, false); err != nil {
			return err
		}
		o := s.outbox()
		activity := s.ids.New(now)
		deletion := o.keep(s.publisher.Delete(activity, &by.Actor, s.addresses.Quote(id), nil, ""))
		o.send(activity, &by.Actor, a.QuotedIn, PriorityModeration, deletion, Recipients{Actor: a.QuoterID})
		return o.post(ctx, tx)
	})
}

// refreshQuote takes what a post's own server says now of what it quotes.
func (s *Service) refreshQuote(ctx context.Context, tx Tx, post *Post, fresh *Quote) (changed bool, err error) {
	known := post.Quote
	if known == nil && fresh == nil || known != nil && fresh != nil && known.URI == fresh.URI && known.Authorization == fresh.Authorization {
		return false, nil
	}
	post.Quote = fresh
	if err := s.placeQuote(ctx, tx, post); err != nil {
		return false, err
	}
	return true, tx.SetQuote(ctx, post.ID, post.Quote)
}
