package forum

import (
	"context"
	"time"
)

// ReportQuery asks for reports, open or closed.
type ReportQuery struct {
	Forums   []ID // whose reports; with All, every one
	All      bool
	Closed   bool
	Reporter ID // 0: anybody
	Target   ID // 0: anybody
	Span
}

// ReportDeskReader looks reports up for those who deal with them.
type ReportDeskReader interface {
	// ReportsIn lists reports with the IDs of their posts.
	ReportsIn(ctx context.Context, q ReportQuery) ([]Report, error)
}

// ReportDeskTx changes what becomes of reports.
type ReportDeskTx interface {
	AddReport(ctx context.Context, r Report) error
	// AssignReport notes who looks after a report, 0 for nobody.
	AssignReport(ctx context.Context, id, to ID, at time.Time) error
	CloseReport(ctx context.Context, id, by ID, at time.Time) error
	ReopenReport(ctx context.Context, id ID, at time.Time) error
}

// handleReport changes a report. Moderators of its forum may; reports without a forum
// are for administrators. Of a forum that somebody may not read there are none for them.
func (s *Service) handleReport(ctx context.Context, by *Account, id ID, change func(ctx context.Context, tx Tx, at time.Time) error) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		r, err := tx.Report(ctx, id)
		if err != nil {
			return err
		}
		if err := s.mayModerate(ctx, tx, by, r.ForumID); err != nil {
			if r.ForumID == 0 {
				return err
			}
			if reads, failed := tx.ReadsForum(ctx, by.ID, r.ForumID); failed != nil || !reads {
				return notFound()
			}
			return err
		}
		return change(ctx, tx, s.clock.Now())
	})
}

// CloseReport marks a report as dealt with.
func (s *Service) CloseReport(ctx context.Context, by *Account, id ID) error {
	return s.handleReport(ctx, by, id, func(ctx context.Context, tx Tx, at time.Time) error {
		return tx.CloseReport(ctx, id, by.ID, at)
	})
}

// ReopenReport takes that back; it succeeds for one that is open.
func (s *Service) ReopenReport(ctx context.Context, by *Account, id ID) error {
	return s.handleReport(ctx, by, id, func(ctx context.Context, tx Tx, at time.Time) error {
		return tx.ReopenReport(ctx, id, at)
	})
}

// AssignReport says that the account looks after a report, or that nobody does.
func (s *Service) AssignReport(ctx context.Context, by *Account, id ID, on bool) error {
	return s.handleReport(ctx, by, id, func(ctx context.Context, tx Tx, at time.Time) error {
		if !on {
			return tx.AssignReport(ctx, id, 0, at)
		}
		return tx.AssignReport(ctx, id, by.ID, at)
	})
}
