package forum

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Draft is a thread or a reply that is not published: one that is being written,
// or one that is held until it is due. Only its author sees it.
type Draft struct {
	ID          ID
	AccountID   ID
	Forum       string // handle, of a new thread
	ThreadID    ID     // of a reply; 0 for a new thread
	ParentID    ID     // of a reply
	ThreadTitle string // of a reply, as lists of drafts show it
	Kind        ThreadKind
	Title       string
	Body        string // Markdown
	Language    string
	Note        string // see [Post.ContentNote]
	Pictures    []ID
	Poll        *NewPoll // of a new thread; nil for none
	Case        *NewCase // of a new thread; nil for none
	SavedAt     time.Time
	DueAt       time.Time // when it is published; zero: not by itself
	Problem     *Error    // why it could not be published when it was due
	PostID      ID        // what became of it; 0: nothing yet
}

// Held says whether the draft is published when it is due.
func (d *Draft) Held() bool { return !d.DueAt.IsZero() }

// IsReply says whether the draft answers a post.
func (d *Draft) IsReply() bool { return d.ThreadID != 0 }

const (
	// maxDrafts is how many drafts an account may keep, and how many held posts.
	maxDrafts = 100
	// maxDelay is how far ahead a post may be scheduled.
	maxDelay = 366 * 24 * time.Hour
)

// HoldUntil is until when a post that somebody sends now is held, so that they
// can undo it before anybody sees it; the zero time where it is not held.
func (s *Service) HoldUntil(by *Account) time.Time {
	if s.undo == 0 || by == nil || by.SendsAtOnce {
		return time.Time{}
	}
	return s.clock.Now().Add(s.undo)
}

// SendAtOnce chooses to do without the time to undo, or to have it again.
func (s *Service) SendAtOnce(ctx context.Context, by *Account, on bool) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.changeAccount(ctx, by.ID, func(a *Account) error {
		a.SendsAtOnce = on
		return nil
	})
}

// Undo is how long what people send from pages is held; 0 for not at all.
func (s *Service) Undo() time.Duration { return s.undo }

// HoldThread keeps a thread, and opens it when it is due. Everything is checked
// now as StartThread does, and again when it is due. It returns Invalid for a
// moment that has passed or is too far ahead, TooMany for an account that holds
// many posts.
func (s *Service) HoldThread(ctx context.Context, by *Account, n NewThread, due time.Time) (*Draft, error) {
	w, err := s.writeThread(ctx, by, n)
	if err != nil {
		return nil, err
	}
	d := &Draft{ID: n.Draft, Forum: w.forum.Handle(), Kind: w.thread.Kind, Title: w.post.Title, Poll: n.Poll, Case: n.Case}
	return w.hold(ctx, d, due)
}

// HoldReply keeps a reply, and adds it when it is due, as HoldThread does.
func (s *Service) HoldReply(ctx context.Context, by *Account, n NewReply, due time.Time) (*Draft, error) {
	w, err := s.writeReply(ctx, by, n)
	if err != nil {
		return nil, err
	}
	d := &Draft{ID: n.Draft, ThreadID: w.post.ThreadID, ParentID: w.post.ParentID}
	return w.hold(ctx, d, due)
}

// hold keeps what was written as a draft with a moment to publish it.
func (w *writing) hold(ctx context.Context, d *Draft, due time.Time) (*Draft, error) {
	now := w.s.clock.Now()
	if err := checkDue(due, now); err != nil {
		return nil, err
	}
	d.AccountID, d.Body, d.Language, d.Note = w.by.ID, w.post.Body, w.post.Language, w.post.ContentNote
	d.SavedAt, d.DueAt = now, due.UTC().Truncate(time.Millisecond) // as precise as it is stored
	err := w.s.write(ctx, func(ctx context.Context, tx Tx) error {
		if _, err := w.place(ctx, tx); err != nil {
			return err
		}
		if err := w.s.keepDraft(ctx, tx, w.by, d, w.pictures, true); err != nil {
			return err
		}
		return tx.EnqueueAt(ctx, PublishJob{Draft: d.ID, Due: d.DueAt}, d.DueAt)
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

func checkDue(due, now time.Time) error {
	switch {
	case !due.After(now):
		return invalid("scheduled_at", "DuePassed", nil)
	case due.Sub(now) > maxDelay:
		return invalid("scheduled_at", "DueTooFar", nil)
	}
	return nil
}

// SaveDraft keeps what somebody is writing: anew, or in place of the draft with
// d.ID. It need not be whole. It returns Invalid for one that is empty or longer
// than a post may be, TooMany for an account that keeps many, Conflict for one
// that was published.
func (s *Service) SaveDraft(ctx context.Context, by *Account, d Draft, pictures []PictureChoice) (*Draft, error) {
	if err := by.MayWrite(); err != nil {
		return nil, err
	}
	d.AccountID, d.SavedAt, d.DueAt, d.Problem = by.ID, s.clock.Now(), time.Time{}, nil
	if err := s.checkDraft(&d, len(pictures)); err != nil {
		return nil, err
	}
	err := s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := s.stillMayWrite(ctx, tx, by); err != nil {
			return err
		}
		if d.ParentID != 0 {
			parent, err := tx.Post(ctx, d.ParentID)
			if err != nil {
				return err
			}
			d.ThreadID = parent.ThreadID
		}
		return s.keepDraft(ctx, tx, by, &d, pictures, false)
	})
	if err != nil {
		return nil, err
	}
	return &d, nil
}

// checkDraft cleans what is there already.
func (s *Service) checkDraft(d *Draft, pictures int) error {
	d.Title, d.Body, d.Forum = oneLine(d.Title), trimText(d.Body), oneLine(d.Forum)
	if d.Title == "" && d.Body == "" {
		if pictures == 0 {
			return invalid("body", "DraftEmpty", nil)
		}
	} else if d.Body != "" {
		if err := s.limits.checkBody(&d.Body); err != nil {
			return err
		}
	}
	if d.Title != "" {
		if err := s.limits.checkTitle(&d.Title); err != nil {
			return err
		}
	}
	if d.Kind != "" {
		if err := checkKind(&d.Kind); err != nil {
			return err
		}
	}
	if _, ok := ParseHandle(d.Forum, s.addresses.Host()); !ok {
		d.Forum = "" // chosen later
	}
	return errors.Join(checkLanguage(&d.Language), checkNote(&d.Note))
}

// DraftFor finds the draft that somebody last saved of a thread in a forum (a
// handle, "" where none was chosen), or of a reply to a post; nil for none.
func (s *Service) DraftFor(ctx context.Context, by *Account, forum string, parent ID) (*Draft, error) {
	if by == nil {
		return nil, nil
	}
	d, err := s.store.DraftFor(ctx, by.ID, forum, parent)
	if CodeOf(err) == NotFound {
		return nil, nil
	}
	return d, err
}

// keepDraft stores a draft in place of the one it was, or as a new one, with the
// pictures that it shows.
func (s *Service) keepDraft(ctx context.Context, tx Tx, by *Account, d *Draft, choices []PictureChoice, described bool) error {
	if d.ID != 0 {
		switch _, err := s.ownDraft(ctx, tx, by, d.ID); {
		case CodeOf(err) == NotFound: // thrown away meanwhile, in another window
			d.ID = 0
		case err != nil:
			return err
		}
	}
	pictures, err := s.choosePictures(ctx, tx, by.ID, 0, choices, described)
	if err != nil {
		return err
	}
	d.Pictures = nil
	for _, p := range pictures {
		if err := tx.UpdatePicture(ctx, p); err != nil {
			return err
		}
		d.Pictures = append(d.Pictures, p.ID)
	}
	if d.ID != 0 {
		return tx.UpdateDraft(ctx, d)
	}
	d.ID = s.ids.New(s.clock.Now())
	return tx.AddDraft(ctx, d, maxDrafts)
}

// ownDraft finds a draft of an account's. It returns NotFound for those of
// others, Conflict for one that was published.
func (s *Service) ownDraft(ctx context.Context, r Reader, by *Account, id ID) (*Draft, error) {
	if by == nil {
		return nil, &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	d, err := r.Draft(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case d.AccountID != by.ID:
		return nil, notFound()
	case d.PostID != 0:
		return nil, &Error{Code: Conflict, Key: "DraftSent"}
	}
	return d, nil
}

// Draft finds a draft of one's own, also one that was published a short while
// ago: that has no text any more, and says what became of it.
func (s *Service) Draft(ctx context.Context, by *Account, id ID) (*Draft, error) {
	if by == nil {
		return nil, &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	d, err := s.store.Draft(ctx, id)
	if err == nil && d.AccountID != by.ID {
		err = notFound()
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Drafts lists one's own held posts, or one's drafts, newest first.
func (s *Service) Drafts(ctx context.Context, by *Account, held bool) ([]Draft, error) {
	if by == nil {
		return nil, &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.store.Drafts(ctx, by.ID, held, 0, maxDrafts)
}

// Reschedule chooses another moment for a held post.
func (s *Service) Reschedule(ctx context.Context, by *Account, id ID, due time.Time) (*Draft, error) {
	if err := checkDue(due, s.clock.Now()); err != nil {
		return nil, err
	}
	return s.changeDraft(ctx, by, id, func(ctx context.Context, tx Tx, d *Draft) error {
		if !d.Held() {
			return notFound()
		}
		d.DueAt = due.UTC().Truncate(time.Millisecond)
		return tx.EnqueueAt(ctx, PublishJob{Draft: d.ID, Due: d.DueAt}, d.DueAt)
	})
}

// Unhold undoes the sending of a held post: it is a draft again. It returns
// Conflict where it was published already.
func (s *Service) Unhold(ctx context.Context, by *Account, id ID) (*Draft, error) {
	return s.changeDraft(ctx, by, id, func(_ context.Context, _ Tx, d *Draft) error {
		d.DueAt = time.Time{}
		return nil
	})
}

func (s *Service) changeDraft(ctx context.Context, by *Account, id ID, change func(ctx context.Context, tx Tx, d *Draft) error) (*Draft, error) {
	var d *Draft
	err := s.write(ctx, func(ctx context.Context, tx Tx) error {
		var err error
		if d, err = s.ownDraft(ctx, tx, by, id); err != nil {
			return err
		}
		d.SavedAt = s.clock.Now()
		if err := change(ctx, tx, d); err != nil {
			return err
		}
		return tx.UpdateDraft(ctx, d)
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// DiscardDraft throws a draft or a held post away.
func (s *Service) DiscardDraft(ctx context.Context, by *Account, id ID) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		if _, err := s.ownDraft(ctx, tx, by, id); err != nil {
			return err
		}
		return tx.RemoveDraft(ctx, id)
	})
}

// SendNow publishes a held post before it is due.
func (s *Service) SendNow(ctx context.Context, by *Account, id ID) (*Post, error) {
	d, err := s.ownDraft(ctx, s.store, by, id)
	if err != nil {
		return nil, err
	}
	return s.publishDraft(ctx, by, d)
}

// errDraftChanged says that a draft is not any more what it was when it was read.
var errDraftChanged = &Error{Code: Conflict, Key: "DraftSent"}

// publishDraft publishes a draft as it was read, once.
func (s *Service) publishDraft(ctx context.Context, by *Account, d *Draft) (*Post, error) {
	pictures := make([]PictureChoice, len(d.Pictures))
	for i, id := range d.Pictures {
		pictures[i] = PictureChoice{ID: id}
	}
	var (
		w   *writing
		err error
	)
	if d.IsReply() {
		w, err = s.writeReply(ctx, by, NewReply{ThreadID: d.ThreadID, ParentID: d.ParentID, Body: d.Body, Language: d.Language, Note: d.Note, Pictures: pictures})
	} else {
		w, err = s.writeThread(ctx, by, NewThread{Forum: d.Forum, Kind: d.Kind, Title: d.Title, Body: d.Body, Language: d.Language, Note: d.Note, Pictures: pictures, Poll: d.Poll, Case: d.Case})
	}
	if err != nil {
		return nil, err
	}
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		if unchanged, err := tx.FinishDraft(ctx, d, w.post.ID, w.post.PublishedAt); err != nil {
			return err
		} else if !unchanged {
			return errDraftChanged
		}
		return w.publish(ctx, tx)
	})
	if err != nil {
		return nil, err
	}
	return w.post, nil
}

// PublishJob publishes a held post when it is due.
type PublishJob struct {
	Draft ID        `json:"draft"`
	Due   time.Time `json:"due"` // as it was when this job was asked for
}

// Kind implements Job.
func (PublishJob) Kind() string { return "publish" }

// WorkPublish does a PublishJob. It does nothing where the post was published,
// thrown away, or is due at another moment now. What may not be published any
// more is kept as a draft, and its author is told.
func (s *Service) WorkPublish(ctx context.Context, job PublishJob) error {
	d, err := s.store.Draft(ctx, job.Draft)
	if err != nil || d.PostID != 0 || !d.DueAt.Equal(job.Due) {
		if CodeOf(err) == NotFound {
			return nil
		}
		return err
	}
	by, err := s.store.Account(ctx, d.AccountID)
	if err != nil {
		return err
	}
	_, err = s.publishDraft(ctx, by, d)
	switch {
	case errors.Is(err, errDraftChanged):
		return nil
	case slices.Contains([]Code{Invalid, Forbidden, NotFound, Gone, Conflict}, CodeOf(err)):
		return s.keepUnsent(ctx, d, err)
	}
	return err
}

// keepUnsent makes a draft again of a held post that may not be published.
func (s *Service) keepUnsent(ctx context.Context, held *Draft, reason error) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		d, err := tx.Draft(ctx, held.ID)
		if CodeOf(err) == NotFound || err == nil && (d.PostID != 0 || !d.SavedAt.Equal(held.SavedAt)) {
			return nil
		}
		if err != nil {
			return err
		}
		d.DueAt = time.Time{}
		if problem, ok := errors.AsType[*Error](reason); ok {
			d.Problem = problem
		}
		if err := tx.UpdateDraft(ctx, d); err != nil {
			return err
		}
		now := s.clock.Now()
		return s.tell(ctx, tx, Notification{ID: s.ids.New(now), AccountID: d.AccountID, Kind: NotifyUnsent, SubjectID: d.ID, At: now})
	})
}
