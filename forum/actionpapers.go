package forum

import (
	"context"
	"unicode/utf8"
)

// MaxPaperSheet is how many signatures one sheet of paper may hold.
const MaxPaperSheet = 10_000

// AddPaper enters a number of signatures on paper, which are counted as such.
// Whoever leads the action may, and its sponsors.
func (s *Service) AddPaper(ctx context.Context, by *Account, handle string, number int, place, note string) error {
	if err := by.MayWrite(); err != nil {
		return err
	}
	place, note = oneLine(place), oneLine(note)
	switch {
	case number < 1 || number > MaxPaperSheet:
		return invalid("number", "PaperNumber", map[string]any{"Max": MaxPaperSheet})
	case place == "":
		return invalid("place", "PaperPlace", nil)
	case utf8.RuneCountInString(place) > MaxActionPlace:
		return invalid("place", "TextTooLong", map[string]any{"Max": MaxActionPlace})
	case utf8.RuneCountInString(note) > MaxReason:
		return invalid("note", "TextTooLong", map[string]any{"Max": MaxReason})
	}
	return s.changePaper(ctx, by, handle, func(ctx context.Context, tx Tx, a *Action) (int, error) {
		now := s.clock.Now()
		if !a.Open(now) {
			return 0, &Error{Code: Conflict, Key: "ActionState"}
		}
		p := PaperSheet{ID: s.ids.New(now), ActionID: a.ID, Number: number, Place: place, Note: note, By: Byline{ID: by.ID}, At: now}
		return number, tx.AddPaper(ctx, p)
	})
}

// UndoPaper takes a sheet back; the list shows that it was there.
func (s *Service) UndoPaper(ctx context.Context, by *Account, handle string, id ID) error {
	if err := by.MayWrite(); err != nil {
		return err
	}
	return s.changePaper(ctx, by, handle, func(ctx context.Context, tx Tx, a *Action) (int, error) {
		number, err := tx.UndoPaper(ctx, a.ID, id, by.ID, s.clock.Now())
		if err == nil && number == 0 {
			err = notFound()
		}
		return -number, err
	})
}

func (s *Service) changePaper(ctx context.Context, by *Account, handle string, change func(ctx context.Context, tx Tx, a *Action) (int, error)) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		a, err := tx.Action(ctx, Handle{Name: handle})
		if err != nil {
			return err
		}
		if sponsors, err := tx.Sponsored(ctx, a.ID, by.ID); err != nil {
			return err
		} else if !sponsors {
			if _, err := s.ownAction(ctx, tx, by, handle); err != nil {
				return err
			}
		}
		if err := tx.HoldAction(ctx, a.ID); err != nil {
			return err
		}
		if a, err = tx.ActionByID(ctx, a.ID); err != nil {
			return err
		}
		number, err := change(ctx, tx, a)
		if err != nil {
			return err
		}
		if err := tx.MovePapers(ctx, a.ID, number); err != nil {
			return err
		}
		return s.actionCounted(ctx, tx, a)
	})
}
