package forum

import (
	"context"
	"time"
)

// BackfillState is how far the reading of a conversation has come.
type BackfillState string

// The states; "" is a conversation that was never read.
const (
	BackfillWaiting BackfillState = "waiting"
	BackfillRunning BackfillState = "running"
	BackfillDone    BackfillState = "done"
)

// Backfill is the reading, from other servers, of what is missing here of a
// thread, or of the threads of a forum.
type Backfill struct {
	Subject    ID // the thread, or the forum
	State      BackfillState
	ChangedAt  time.Time
	FinishedAt time.Time // of the last one that came to its end
	Read       int       // documents that were read
	Added      int       // posts that were not here before
	Known      int       // replies that the conversation's own server counts; 0 where it does not tell
	Missing    []MissingPosts
}

// MissingPosts are those of one server that could not be read.
type MissingPosts struct {
	Host   string        `json:"host"`
	Count  int           `json:"count"` // 0 where that is not known
	URL    string        `json:"url"`   // of one of them, or where they are listed
	Reason MissingReason `json:"reason"`
}

// MissingReason says why posts are missing.
type MissingReason string

// The reasons.
const (
	MissingUnreachable MissingReason = "unreachable" // the server does not answer
	MissingRefused     MissingReason = "refused"     // it does not give them to us
	MissingUnreadable  MissingReason = "unreadable"  // what it gives is no post
	MissingLimit       MissingReason = "limit"       // there were too many for one time
)

// UnderWay says whether a backfill is about to begin or goes on. One that has not
// moved for a long time was lost with its process.
func (b Backfill) UnderWay(now time.Time) bool {
	return (b.State == BackfillWaiting || b.State == BackfillRunning) && now.Sub(b.ChangedAt) < backfillLost
}

// Due says whether a conversation may be read again.
func (b Backfill) Due(now time.Time) bool {
	return !b.UnderWay(now) && now.Sub(b.FinishedAt) >= BackfillPause
}

const (
	// BackfillPause is the least time between two readings of one conversation,
	// as Mastodon has it.
	BackfillPause = 15 * time.Minute
	backfillLost  = time.Hour
	// freshThread is how old a thread may be when it is first seen to have nearly
	// no replies that do not come by themselves.
	freshThread = 10 * time.Minute
	// limitPause is when what a limit has stopped goes on.
	limitPause = time.Hour
	// forumAgain is how long the threads of a forum that was read are not asked
	// for again when somebody follows it.
	forumAgain = 24 * time.Hour
)

// BackfillJob reads what is missing of a thread, or the recent threads of a
// remote forum.
type BackfillJob struct {
	Subject ID   `json:"subject"`
	Forum   bool `json:"forum,omitempty"`
	Again   int  `json:"again,omitempty"` // how often a limit has stopped it before
}

// Kind names the job in the queue.
func (BackfillJob) Kind() string { return "backfill" }

// Slow implements SlowJob.
func (BackfillJob) Slow() {}

// Tally is how often a post was answered, supported and boosted as its own server
// counts; more than is known here, because votes travel to few servers. Nobody
// can check it, so it is shown and ranks nothing.
type Tally struct{ Replies, Supports, Boosts int }

const maxTally = 10_000_000

func (t Tally) bounded() Tally {
	for _, n := range []*int{&t.Replies, &t.Supports, &t.Boosts} {
		*n = min(max(*n, 0), maxTally)
	}
	return t
}

// FetchReplies asks for what is missing here of a thread; it is read by a job.
func (s *Service) FetchReplies(ctx context.Context, by *Account, thread ID) error {
	if err := by.MayWrite(); err != nil {
		return err
	}
	if !s.federating {
		return &Error{Code: Unavailable, Key: "FederationOff"}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		t, err := tx.Thread(ctx, thread)
		if err != nil {
			return err
		}
		if t.Hidden() {
			return &Error{Code: Gone, Key: "PostDeleted"}
		}
		asked, err := s.askBackfill(ctx, tx, BackfillJob{Subject: t.ID}, BackfillPause, time.Time{})
		if err == nil && !asked {
			err = &Error{Code: Conflict, Key: "RepliesJustFetched"}
		}
		return err
	})
}

// askBackfill enqueues a backfill, unless one is under way or ended less than a
// pause ago.
func (s *Service) askBackfill(ctx context.Context, tx Tx, job BackfillJob, pause time.Duration, when time.Time) (asked bool, err error) {
	if !s.federating {
		return false, nil
	}
	now := s.clock.Now()
	b, err := tx.Backfill(ctx, job.Subject)
	if err != nil || b.UnderWay(now) || now.Sub(b.FinishedAt) < pause {
		return false, err
	}
	b = Backfill{Subject: job.Subject, State: BackfillWaiting, ChangedAt: now, FinishedAt: b.FinishedAt, Known: b.Known}
	if when.After(now) { // nobody waits for it: it may be asked for before
		return true, tx.EnqueueAt(ctx, job, when)
	}
	if err := tx.SaveBackfill(ctx, b); err != nil {
		return false, err
	}
	return true, tx.Enqueue(ctx, job)
}

// backfillSeen asks for the replies to a thread from elsewhere that is seen for
// the first time. A fresh one has hardly any yet: where its forum is ours,
// answers that do not reach us by themselves are looked for a little later; other
// forums pass theirs on.
func (s *Service) backfillSeen(ctx context.Context, tx Tx, forum *Actor, t *Thread, r RemotePost) error {
	if !r.Answered {
		return nil
	}
	at := time.Time{}
	if s.clock.Now().Sub(t.PublishedAt) < freshThread {
		if !forum.Local() {
			return nil
		}
		at = s.clock.Now().Add(BackfillPause)
	}
	_, err := s.askBackfill(ctx, tx, BackfillJob{Subject: t.ID}, BackfillPause, at)
	return err
}

// BackfillGoesOn stores how far a backfill has come. A job that a limit stopped
// is done again an hour later, a few times.
func (s *Service) BackfillGoesOn(ctx context.Context, b Backfill, job BackfillJob) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		b.ChangedAt = s.clock.Now()
		if b.State == BackfillDone {
			b.FinishedAt = b.ChangedAt
			for _, m := range b.Missing {
				if m.Reason == MissingLimit && job.Again < maxBackfillsAgain {
					job.Again++
					if err := tx.EnqueueAt(ctx, job, b.ChangedAt.Add(limitPause)); err != nil {
						return err
					}
					break
				}
			}
		}
		return tx.SaveBackfill(ctx, b)
	})
}

const maxBackfillsAgain = 3

// ReceiveTally stores what a post's own server counts.
func (s *Service) ReceiveTally(ctx context.Context, post ID, t Tally) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		return tx.SetTally(ctx, post, t.bounded())
	})
}

// CollectionRead notes that all of a collection was read when it had an ETag.
func (s *Service) CollectionRead(ctx context.Context, uri, etag string) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		return tx.SaveCollectionTag(ctx, uri, etag, s.clock.Now())
	})
}
