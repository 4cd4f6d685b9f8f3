package forum

import (
	"context"
)

// SignersJob tells those who signed an action, and wanted to be told, of
// something about it; of a new text everybody.
type SignersJob struct {
	Action ID               `json:"action"`
	About  NotificationKind `json:"about"`
	Post   ID               `json:"post"`
	After  ID               `json:"after,omitempty"` // the signature told last
}

// Kind names the job in the queue.
func (SignersJob) Kind() string { return "signers" }

const signersPerStep = 200

// WorkSigners does a SignersJob. It goes on in a job of its own after each step, so
// that nobody is told twice when one fails.
func (s *Service) WorkSigners(ctx context.Context, job SignersJob) error {
	list, err := s.store.Participations(ctx, Signature, job.Action, job.After, signersPerStep)
	if err != nil || len(list) == 0 {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		a, err := tx.ActionByID(ctx, job.Action)
		if err != nil {
			return err
		}
		change := ""
		if job.About == NotifyVersion {
			_, version, err := tx.ActionOfBallot(ctx, job.Post)
			if err != nil {
				return err
			}
			change = version.Change
		}
		for i := range list {
			if err := s.tellSigner(ctx, tx, a, &list[i].Participation, job, change); err != nil {
				return err
			}
		}
		if len(list) < signersPerStep {
			return nil
		}
		job.After = list[len(list)-1].ID
		return tx.Enqueue(ctx, job)
	})
}

func (s *Service) tellSigner(ctx context.Context, tx Tx, a *Action, p *Participation, job SignersJob, change string) error {
	again := job.About == NotifyVersion && p.Version < a.Version
	if !p.Counts() || !again && (!p.Consents.Updates || job.About == NotifyVersion) {
		return nil
	}
	now := s.clock.Now()
	switch {
	case p.ActorID != 0 && p.Server == "":
		return s.tell(ctx, tx, Notification{ID: s.ids.New(now), AccountID: p.ActorID, Kind: job.About, ActorID: a.ID, PostID: job.Post, SubjectID: a.BallotID, At: now})
	case p.ActorID != 0 && again:
		to, err := tx.Actor(ctx, p.ActorID)
		if err != nil {
			return err
		}
		return s.askToSign(ctx, tx, a, to, change)
	case p.Email != "":
		return s.enqueueMail(ctx, tx, MailJob{Participation: p.ID, Template: MailActionNews, Thread: job.Post})
	}
	return nil
}

// mailSigner does a MailJob that tells somebody without an account of something
// about what they signed.
func (s *Service) mailSigner(ctx context.Context, job MailJob) error {
	p, err := s.store.Participation(ctx, job.Participation)
	if CodeOf(err) == NotFound || err == nil && (p.Email == "" || !p.Counts()) {
		return nil
	}
	if err != nil {
		return err
	}
	post, err := s.store.Post(ctx, job.Thread)
	if err != nil || post.Hidden() {
		return err
	}
	a, err := s.store.ActionByID(ctx, p.SubjectID)
	if err != nil {
		return err
	}
	manage, err := s.ParticipationAddress(ctx, p.ID)
	if err != nil {
		return err
	}
	text := a.DisplayName + "\n\n" + post.Title + "\n" + Excerpt(s.renderer.Text(post.Content), 1000) + "\n\n" + post.URL
	return s.mailer.Send(ctx, Mail{To: p.Email, Locale: p.Locale, Template: MailActionNews, Name: p.Name, Link: manage, Unsubscribe: manage + "?news=off", Text: text})
}
