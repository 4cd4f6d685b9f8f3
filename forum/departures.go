package forum

import (
	"context"
	"time"
)

// DefaultGrace is how long a deleted account can be taken back.
const DefaultGrace = 14 * 24 * time.Hour

// Departure is what somebody gives who wants their account deleted.
type Departure struct {
	Confirmation string // the password; the name, for accounts without one
	Code         string // of the second step, where that is on
	Name         string // typed out: delete at once
}

// LeaveAccount hides one's own account and what it wrote, ends its sessions, and
// has it deleted after a while, in which the owner may sign in and keep it. With
// the name, it is deleted at once: its posts become tombstones, its profile,
// address, sessions and tokens are wiped, its name is never given out again, and
// every server that may hold a copy is told.
func (s *Service) LeaveAccount(ctx context.Context, by *Account, d Departure) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	if err := s.confirmOwner(ctx, by, d.Confirmation, d.Code); err != nil {
		return err
	}
	if d.Name != "" {
		if d.Name != by.Name {
			return invalid("name", "NameWrong", nil)
		}
		return s.write(ctx, func(ctx context.Context, tx Tx) error { return s.eraseAccount(ctx, tx, by) })
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		account, err := tx.Account(ctx, by.ID)
		if err != nil || !account.LeavesAt.IsZero() {
			return err
		}
		if err := notLastAdmin(ctx, tx, account); err != nil {
			return err
		}
		if err := tx.SetDeparture(ctx, by.ID, s.LeavingNow()); err != nil {
			return err
		}
		if err := tx.EndSessions(ctx, by.ID, ""); err != nil {
			return err
		}
		if account.EmailConfirmed.IsZero() {
			return nil
		}
		return s.enqueueMail(ctx, tx, MailJob{Account: by.ID, Template: MailLeaving})
	})
}

// KeepAccount brings one's own account back that was to be deleted, and all it
// wrote; it succeeds when that was not so.
func (s *Service) KeepAccount(ctx context.Context, by *Account) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		account, err := tx.Account(ctx, by.ID)
		if err != nil || account.LeavesAt.IsZero() {
			return err
		}
		return tx.SetDeparture(ctx, by.ID, zeroTime)
	})
}

// departuresPerRound bounds the accounts that are deleted at a time.
const departuresPerRound = 50

// eraseDeparted deletes the accounts whose time has come, each by itself.
func (s *Service) eraseDeparted(ctx context.Context) error {
	due, err := s.store.Departed(ctx, s.clock.Now(), departuresPerRound)
	if err != nil {
		return err
	}
	for _, id := range due {
		err := s.write(ctx, func(ctx context.Context, tx Tx) error {
			account, err := tx.Account(ctx, id)
			if err != nil || account.LeavesAt.IsZero() || account.LeavesAt.After(s.clock.Now()) {
				return err
			}
			return s.eraseAccount(ctx, tx, account)
		})
		if err != nil && CodeOf(err) != Conflict { // the last administrator stays
			return err
		}
	}
	return nil
}

// eraseAccount deletes an account for good and tells every server that may hold a
// copy of what it wrote.
func (s *Service) eraseAccount(ctx context.Context, tx Tx, account *Account) error {
	if err := notLastAdmin(ctx, tx, account); err != nil {
		return err
	}
	o := s.outbox()
	now := s.clock.Now()
	id := s.ids.New(now)
	deletion := o.keep(s.publisher.Delete(id, &account.Actor, account.URI, nil, ""))
	o.send(id, &account.Actor, account.URI, PriorityModeration, deletion, Recipients{Everyone: true})
	if err := s.tellRelaysOf(ctx, tx, o, &account.Actor, account.URI, PriorityModeration, deletion); err != nil {
		return err
	}
	if err := o.post(ctx, tx); err != nil {
		return err
	}
	return tx.EraseActor(ctx, account.ID, now)
}

func notLastAdmin(ctx context.Context, r Reader, account *Account) error {
	if !account.IsAdmin() {
		return nil
	}
	admins, err := r.Admins(ctx)
	if err == nil && len(admins) == 1 {
		err = &Error{Code: Conflict, Key: "LastAdmin"}
	}
	return err
}

// LeavingNow is when an account would go whose deletion is asked for now.
func (s *Service) LeavingNow() time.Time { return s.clock.Now().Add(s.grace) }
