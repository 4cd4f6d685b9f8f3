package forum

import (
	"context"
	"slices"
	"unicode/utf8"
)

// List is a choice among the forums and people that an account follows, whose threads
// it reads apart. Nobody else learns of it.
type List struct {
	ID        ID
	AccountID ID
	Title     string
	Exclusive bool // whom it holds is left out of home
	// Replies is which replies the owner's apps show on it: "list", "followed" or
	// "none". Only they ask for it: lists here show threads.
	Replies string
}

// ListChange is what is to be another of a list; nil stays as it is.
type ListChange struct {
	Title     *string
	Exclusive *bool
	Replies   *string
}

const (
	maxLists       = 50
	MaxListTitle   = 60
	maxListMembers = 500
)

// ListReader looks up lists.
type ListReader interface {
	List(ctx context.Context, id ID) (*List, error)
	// Lists are those of an account, by title; with a member only those that it is on.
	Lists(ctx context.Context, account, member ID) ([]List, error)
	// ListMembers are who is on a list, the first first.
	ListMembers(ctx context.Context, list ID, limit int) ([]Actor, error)
	// OnList says whether at least one of the actors is on a list.
	OnList(ctx context.Context, list ID, actors []ID) (bool, error)
}

// ListTx changes lists.
type ListTx interface {
	SaveList(ctx context.Context, l *List) error
	DeleteList(ctx context.Context, id ID) error
	// SetListMember puts an actor on a list, or takes it off; doing so twice changes
	// nothing.
	SetListMember(ctx context.Context, list, actor ID, on bool) error
}

var listReplies = []string{"followed", "list", "none"}

// apply changes the list, or returns Invalid for what cannot be.
func (c ListChange) apply(l *List) error {
	if c.Title != nil {
		title := *c.Title
		if err := checkListTitle(&title); err != nil {
			return err
		}
		l.Title = title
	}
	if c.Exclusive != nil {
		l.Exclusive = *c.Exclusive
	}
	if c.Replies != nil {
		if !slices.Contains(listReplies, *c.Replies) {
			return invalid("replies_policy", "ListReplies", nil)
		}
		l.Replies = *c.Replies
	}
	return nil
}

func checkListTitle(title *string) error {
	*title = oneLine(*title)
	switch {
	case *title == "":
		return invalid("title", "ListTitleMissing", nil)
	case utf8.RuneCountInString(*title) > MaxListTitle:
		return invalid("title", "TextTooLong", map[string]any{"Max": MaxListTitle})
	}
	return nil
}

// OwnList finds one's own list; for others there is none.
func (s *Service) OwnList(ctx context.Context, by *Account, id ID) (*List, error) {
	return s.ownList(ctx, s.store, by, id)
}

func (s *Service) ownList(ctx context.Context, r Reader, by *Account, id ID) (*List, error) {
	if by == nil {
		return nil, &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	l, err := r.List(ctx, id)
	if err == nil && l.AccountID != by.ID {
		err = notFound()
	}
	return l, err
}

// AddList makes a list, of which at least the title is given.
func (s *Service) AddList(ctx context.Context, by *Account, c ListChange) (*List, error) {
	if by == nil {
		return nil, &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	if c.Title == nil {
		c.Title = new("")
	}
	l := &List{ID: s.ids.New(s.clock.Now()), AccountID: by.ID, Replies: "none"}
	if err := c.apply(l); err != nil {
		return nil, err
	}
	return l, s.write(ctx, func(ctx context.Context, tx Tx) error {
		have, err := tx.Lists(ctx, by.ID, 0)
		if err != nil {
			return err
		}
		if len(have) >= maxLists {
			return &Error{Code: TooMany, Key: "ListsTooMany", Args: map[string]any{"Max": maxLists}}
		}
		return tx.SaveList(ctx, l)
	})
}

// ChangeList changes what a list is, not whom it holds.
func (s *Service) ChangeList(ctx context.Context, by *Account, id ID, c ListChange) (*List, error) {
	var l *List
	return l, s.write(ctx, func(ctx context.Context, tx Tx) error {
		var err error
		if l, err = s.ownList(ctx, tx, by, id); err != nil {
			return err
		}
		if err := c.apply(l); err != nil {
			return err
		}
		return tx.SaveList(ctx, l)
	})
}

// DeleteList forgets a list; whom it held stays followed.
func (s *Service) DeleteList(ctx context.Context, by *Account, id ID) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		if _, err := s.ownList(ctx, tx, by, id); err != nil {
			return err
		}
		return tx.DeleteList(ctx, id)
	})
}

// SetListMembers puts actors that the account follows on a list, or takes them off.
func (s *Service) SetListMembers(ctx context.Context, by *Account, id ID, actors []ID, on bool) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		if _, err := s.ownList(ctx, tx, by, id); err != nil {
			return err
		}
		members, err := tx.ListMembers(ctx, id, maxListMembers+1)
		if err != nil {
			return err
		}
		if on && len(members)+len(actors) > maxListMembers {
			return &Error{Code: TooMany, Key: "ListFull", Args: map[string]any{"Max": maxListMembers}}
		}
		for _, actor := range actors {
			if on {
				if err := s.listable(ctx, tx, by, actor); err != nil {
					return err
				}
			}
			if err := tx.SetListMember(ctx, id, actor, on); err != nil {
				return err
			}
		}
		return nil
	})
}

// listable returns Invalid for actors that the account does not follow: what they
// write may not even arrive here.
func (s *Service) listable(ctx context.Context, r Reader, by *Account, actor ID) error {
	who, err := r.Actor(ctx, actor)
	if err != nil {
		return err
	}
	_, err = r.FollowBetween(ctx, by.URI, who.URI)
	if CodeOf(err) == NotFound {
		err = invalid("account_ids", "ListNotFollowed", map[string]any{"Name": who.Label()})
	}
	return err
}
