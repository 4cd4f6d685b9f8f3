package forum

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Poll is a question with choices that a post asks: ActivityStreams' Question.
type Poll struct {
	Choices  []PollChoice
	Multiple bool      `json:",omitempty"`
	Voters   int       `json:",omitempty"`
	ClosesAt time.Time `json:",omitzero"` // zero: never by itself
	ClosedAt time.Time `json:",omitzero"` // its author's server said that it is over
	// Telling says that other servers will soon be told of new counts.
	Telling bool  `json:",omitempty"`
	Chosen  []int `json:"-"` // by the reader; see ReadPolls
}

// PollChoice is one of the choices and how many chose it.
type PollChoice struct {
	Title string
	Votes int `json:",omitempty"`
}

// Closed says whether votes are refused.
func (p *Poll) Closed(now time.Time) bool {
	return !p.ClosedAt.IsZero() || !p.ClosesAt.IsZero() && !now.Before(p.ClosesAt)
}

// Votes is the sum of all votes; of those who may choose several things, each
// counts as often as they chose.
func (p *Poll) Votes() int {
	n := 0
	for _, c := range p.Choices {
		n += c.Votes
	}
	return n
}

// Index finds a choice by its title, -1 where there is none.
func (p *Poll) Index(title string) int {
	return slices.IndexFunc(p.Choices, func(c PollChoice) bool { return c.Title == title })
}

// sameQuestion says whether votes for one are votes for the other.
func (p *Poll) sameQuestion(other *Poll) bool {
	return p.Multiple == other.Multiple && slices.EqualFunc(p.Choices, other.Choices, func(a, b PollChoice) bool { return a.Title == b.Title })
}

// NewPoll is a poll that somebody here writes into a thread.
type NewPoll struct {
	Choices  []string
	Multiple bool          `json:",omitempty"`
	Claims   bool          `json:",omitempty"` // asks whether the same happened to others, and counts them: in cases
	Lasts    time.Duration // from the moment the thread is published
}

// The bounds of polls that are made here.
const (
	MinPollChoices = 2
	MaxPollChoices = 8
	MaxPollChoice  = 100 // characters
	MinPollLasts   = 5 * time.Minute
	MaxPollLasts   = 366 * 24 * time.Hour
	// DefaultPollLasts is offered first.
	DefaultPollLasts = 7 * 24 * time.Hour
	// pollInterval is how long new counts are gathered before others are told.
	pollInterval = 3 * time.Minute
	// maxForeignChoices bounds the choices of polls from elsewhere.
	maxForeignChoices = 20
)

// Empty says whether no choice was written.
func (n *NewPoll) Empty() bool { return n == nil || !n.Claims && len(n.titles()) == 0 }

func (n *NewPoll) titles() []string {
	var list []string
	for _, c := range n.Choices {
		if c = oneLine(c); c != "" {
			list = append(list, c)
		}
	}
	return list
}

// check makes a poll of what was written with a thread; nil where nothing was.
func (n *NewPoll) check(kind ThreadKind, language string) (*Poll, error) {
	if n.Empty() {
		return nil, nil
	}
	p := &Poll{Multiple: n.Multiple && !n.Claims}
	titles := n.titles()
	if n.Claims {
		titles = ClaimChoices(language)
	}
	switch {
	case n.Claims && !kind.IsCase():
		return nil, invalid("poll", "PollClaimsCases", nil)
	case len(titles) < MinPollChoices, len(titles) > MaxPollChoices:
		return nil, invalid("poll", "PollChoices", map[string]any{"Min": MinPollChoices, "Max": MaxPollChoices})
	case n.Lasts < MinPollLasts, n.Lasts > MaxPollLasts:
		return nil, invalid("poll", "PollLasts", nil)
	}
	for _, t := range titles {
		if utf8.RuneCountInString(t) > MaxPollChoice {
			return nil, invalid("poll", "PollChoiceTooLong", map[string]any{"Max": MaxPollChoice})
		}
		if p.Index(t) >= 0 {
			return nil, invalid("poll", "PollChoiceTwice", map[string]any{"Choice": t})
		}
		p.Choices = append(p.Choices, PollChoice{Title: t})
	}
	return p, nil
}

// foreignPoll bounds a poll from elsewhere.
func foreignPoll(p *Poll) *Poll {
	if p == nil || len(p.Choices) < 1 {
		return nil
	}
	p.Choices = p.Choices[:min(len(p.Choices), maxForeignChoices)]
	for i := range p.Choices {
		c := &p.Choices[i]
		c.Title, c.Votes = clip(strings.TrimSpace(c.Title), 1000), min(max(c.Votes, 0), maxTally)
	}
	p.Voters = min(max(p.Voters, 0), maxTally)
	if p.Voters == 0 && !p.Multiple {
		p.Voters = p.Votes()
	}
	return p
}

// ReadPolls marks, in the polls of posts, what a reader chose.
func ReadPolls(ctx context.Context, r Reader, viewer ID, posts ...*Post) error {
	var ids []ID
	for _, p := range posts {
		if p.Poll != nil {
			ids = append(ids, p.ID)
		}
	}
	if viewer == 0 || len(ids) == 0 {
		return nil
	}
	chosen, err := r.PollVotes(ctx, viewer, ids)
	for _, p := range posts {
		if p.Poll != nil {
			p.Poll.Chosen = chosen[p.ID]
		}
	}
	return err
}

// PollJob tells other servers how a poll stands.
type PollJob struct {
	Post ID   `json:"post"`
	End  bool `json:"end,omitempty"`
}

// Kind names the job in the queue.
func (PollJob) Kind() string { return "poll" }

// Vote votes in a poll, once, for one or (where the poll lets people) several of
// its choices. Votes in polls from elsewhere go to their author, and nobody else.
func (s *Service) Vote(ctx context.Context, by *Account, post ID, choices []int) error {
	return s.vote(ctx, by, post, func(ctx context.Context, tx Tx, p Publication) error {
		poll, err := s.openPoll(ctx, tx, p.Post)
		if err != nil {
			return err
		}
		slices.Sort(choices)
		choices = slices.Compact(choices)
		switch {
		case len(choices) == 0:
			return invalid("choice", "PollNothing", nil)
		case len(choices) > 1 && !poll.Multiple:
			return invalid("choice", "PollOne", nil)
		case choices[0] < 0, choices[len(choices)-1] >= len(poll.Choices):
			return invalid("choice", "PollUnknown", nil)
		}
		before, err := tx.PollVotes(ctx, by.ID, []ID{post})
		if err != nil {
			return err
		}
		if len(before[post]) > 0 {
			return &Error{Code: Conflict, Key: "PollVoted"}
		}
		if isBallot(p) && choices[0] == BallotSign {
			return s.signOnBallot(ctx, tx, by, p)
		}
		if err := s.countVotes(ctx, tx, p, poll, by.ID, choices, true); err != nil {
			return err
		}
		if p.Author.Local() {
			return s.claimByVote(ctx, tx, p, poll, &by.Actor, "", choices)
		}
		return s.sendVotes(ctx, tx, by, p, poll, choices)
	})
}

// openPoll reads a post's poll for a change, which nobody else makes meanwhile.
func (s *Service) openPoll(ctx context.Context, tx Tx, post *Post) (*Poll, error) {
	poll, err := tx.HoldPoll(ctx, post.ID)
	switch {
	case err != nil:
		return nil, err
	case poll == nil:
		return nil, &Error{Code: NotFound, Key: "PollNone"}
	case poll.Closed(s.clock.Now()):
		return nil, &Error{Code: Conflict, Key: "PollClosed"}
	}
	return poll, nil
}

// countVotes stores votes and moves the counts. Other servers hear of those in
// polls of ours a little later, together with what else comes in.
func (s *Service) countVotes(ctx context.Context, tx Tx, p Publication, poll *Poll, voter ID, choices []int, first bool) error {
	now := s.clock.Now()
	for _, c := range choices {
		if added, err := tx.AddPollVote(ctx, p.Post.ID, voter, c, now); err != nil || !added {
			return err
		}
		poll.Choices[c].Votes++
	}
	if first {
		poll.Voters++
	}
	if p.Author.Local() && !poll.Telling && !isBallot(p) {
		poll.Telling = true
		if err := tx.EnqueueAt(ctx, PollJob{Post: p.Post.ID}, now.Add(pollInterval)); err != nil {
			return err
		}
	}
	return tx.SetPoll(ctx, p.Post.ID, poll)
}

// sendVotes tells the author of a poll elsewhere, as Mastodon does: a Note for
// each choice.
func (s *Service) sendVotes(ctx context.Context, tx Tx, by *Account, p Publication, poll *Poll, choices []int) error {
	o := s.outbox()
	for _, c := range choices {
		id := s.ids.New(s.clock.Now())
		o.add(OutgoingActivity{ID: id, Signer: by.ID, Subject: p.Post.URI, Priority: PriorityPost, Hidden: true,
			Payloads: []Payload{{For: AllFamilies, Body: o.keep(s.publisher.PollVote(id, &by.Actor, p.Post, p.Author, poll.Choices[c].Title))}},
			Audience: []Recipients{{Actor: p.Author.ID}}})
	}
	return o.post(ctx, tx)
}

// ReceivePollVote counts votes from elsewhere in a poll of somebody here: one for
// each actor or, where several choices may be made, one for each of them.
func (s *Service) ReceivePollVote(ctx context.Context, in Inbound, pollURI string, choices []string) (Outcome, error) {
	return s.receive(ctx, in, func(ctx context.Context, tx Tx) (Outcome, error) {
		p, outcome, err := s.votable(ctx, tx, in, pollURI)
		if err != nil || p.Post == nil {
			return outcome, err
		}
		if in.Via != nil || !p.Author.Local() {
			return Ignored("a vote in a poll that is not ours"), nil
		}
		if isBallot(p) && in.Key == "" {
			return Outcome{}, &Error{Code: Forbidden, Key: "VoteForwarded"}
		}
		poll, err := s.openPoll(ctx, tx, p.Post)
		if code := CodeOf(err); code == NotFound || code == Conflict {
			return Ignored("there is no poll, or it is closed"), nil
		}
		if err != nil {
			return Outcome{}, err
		}
		before, err := tx.PollVotes(ctx, in.Actor.ID, []ID{p.Post.ID})
		if err != nil {
			return Outcome{}, err
		}
		chosen := before[p.Post.ID]
		fresh, ignored := newVotes(poll, chosen, choices)
		if len(fresh) == 0 && (!isBallot(p) || !slices.Contains(chosen, BallotSign)) {
			return Ignored(ignored), nil
		}
		if err := s.countVotes(ctx, tx, p, poll, in.Actor.ID, fresh, len(chosen) == 0); err != nil {
			return Done, err
		}
		if !isBallot(p) {
			return Done, s.claimByVote(ctx, tx, p, poll, in.Actor, in.URI+voteFragment, fresh)
		}
		return s.signByVote(ctx, tx, in, p, choices)
	})
}

// newVotes are those of the choices that count for somebody who has chosen before,
// or why none does.
func newVotes(poll *Poll, chosen []int, choices []string) (fresh []int, ignored string) {
	ignored = "the poll has no such choice"
	for _, choice := range choices {
		index := poll.Index(choice)
		switch {
		case index < 0 || slices.Contains(fresh, index):
		case slices.Contains(chosen, index) || len(chosen)+len(fresh) > 0 && !poll.Multiple:
			ignored = "voted before"
		default:
			fresh = append(fresh, index)
		}
	}
	return fresh, ignored
}

// refreshPoll takes the counts, and the end, of a poll from its author's server.
// Where the choices are others now, votes for the former ones are void.
func (s *Service) refreshPoll(ctx context.Context, tx Tx, post *Post, fresh *Poll) (changed bool, err error) {
	fresh = foreignPoll(fresh)
	if fresh == nil {
		return false, nil
	}
	known, err := tx.HoldPoll(ctx, post.ID)
	if err != nil {
		return false, err
	}
	if known == nil || !known.sameQuestion(fresh) {
		if err := tx.ForgetPollVotes(ctx, post.ID); err != nil {
			return false, err
		}
	} else if slices.Equal(known.Choices, fresh.Choices) && known.Voters == fresh.Voters && known.ClosesAt.Equal(fresh.ClosesAt) && known.ClosedAt.Equal(fresh.ClosedAt) {
		return false, nil
	}
	post.Poll = fresh
	return true, tx.SetPoll(ctx, post.ID, fresh)
}

// WorkPoll does a PollJob.
func (s *Service) WorkPoll(ctx context.Context, job PollJob) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		p, err := PublicationOf(ctx, tx, job.Post)
		if err != nil {
			return err
		}
		poll, err := tx.HoldPoll(ctx, job.Post)
		if err != nil || poll == nil || p.Post.Hidden() {
			return err
		}
		now := s.clock.Now()
		poll.Telling = false
		if job.End {
			if !poll.ClosedAt.IsZero() || now.Before(poll.ClosesAt) {
				return nil
			}
			poll.ClosedAt = poll.ClosesAt
		} else if !poll.ClosedAt.IsZero() {
			return nil
		}
		p.Post.Poll = poll
		if err := tx.SetPoll(ctx, job.Post, poll); err != nil {
			return err
		}
		return s.tellPoll(ctx, tx, p, job.End)
	})
}

// tellPoll sends a poll's counts to those who show them. Servers that have no
// polls got the choices as text, and hear the result once, at the end.
func (s *Service) tellPoll(ctx context.Context, tx Tx, p Publication, end bool) error {
	o := s.outbox()
	now := s.clock.Now()
	id := s.ids.New(now)
	payloads := []Payload{{For: Microblog, Body: o.keep(s.publisher.Update(id, p))}}
	if end {
		plain := p
		plain.Plain = true
		update := o.keep(s.publisher.Update(id, plain))
		payloads = append(payloads, Payload{For: GroupAware, Body: update})
		o.relay(s.ids.New(now), p.Forum, p.Post.URI, PriorityUpdate, update, now)
	}
	o.add(OutgoingActivity{ID: id, Signer: p.Author.ID, Subject: p.Post.URI, Priority: PriorityUpdate, Payloads: payloads, Audience: changeAudience(p)})
	return o.post(ctx, tx)
}
