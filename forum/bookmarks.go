package forum

import (
	"context"
	"unicode/utf8"
)

// What people keep for themselves in apps: bookmarks, notes on others, how far they
// have read. Nobody else learns of it.

// Bookmark marks a post to be found again (on) or no longer. Doing so twice
// succeeds and changes nothing.
func (s *Service) Bookmark(ctx context.Context, by *Account, post ID, on bool) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		p, err := tx.Post(ctx, post)
		if err != nil {
			return err
		}
		if on && p.Hidden() {
			return &Error{Code: Gone, Key: "PostDeleted"}
		}
		return tx.Bookmark(ctx, by.ID, post, on, s.clock.Now())
	})
}

// maxNoteOn bounds a note on somebody, in characters.
const maxNoteOn = 2000

// NoteOn writes down something about an actor; an empty text takes it away.
func (s *Service) NoteOn(ctx context.Context, by *Account, actor ID, text string) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	if text = trimText(text); utf8.RuneCountInString(text) > maxNoteOn {
		return invalid("comment", "TextTooLong", map[string]any{"Max": maxNoteOn})
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		if _, err := tx.Actor(ctx, actor); err != nil {
			return err
		}
		return tx.SetNote(ctx, by.ID, actor, text)
	})
}

// Mark notes how far somebody has read in a list, never back. Notifications up to
// there are read.
func (s *Service) Mark(ctx context.Context, by *Account, timeline string, upTo ID) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	if timeline != "home" && timeline != "notifications" {
		return notFound()
	}
	now := s.clock.Now()
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := tx.SetMarker(ctx, by.ID, Marker{Timeline: timeline, LastID: upTo, UpdatedAt: now}); err != nil {
			return err
		}
		if timeline == "home" {
			return nil
		}
		return tx.ReadNotifications(ctx, by.ID, upTo, now)
	})
}

// ForgetNotifications deletes one's own notifications, or one of them.
func (s *Service) ForgetNotifications(ctx context.Context, by *Account, id ID) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.ForgetNotifications(ctx, by.ID, id) })
}

// maxSentKey bounds the key of a post that may be sent again, in bytes.
const maxSentKey = 200

// Sent finds what came of a post that was sent with a key; 0 for nothing.
func (s *Service) Sent(ctx context.Context, by *Account, key string) (ID, error) {
	if by == nil || key == "" || len(key) > maxSentKey {
		return 0, nil
	}
	return s.store.SentPost(ctx, by.ID, key)
}

// KeepSent remembers for a day what came of a post that was sent with a key, so
// that sending it again does not publish it twice.
func (s *Service) KeepSent(ctx context.Context, by *Account, key string, post ID) error {
	if by == nil || key == "" || len(key) > maxSentKey {
		return nil
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.KeepSent(ctx, by.ID, key, post, s.clock.Now()) })
}
