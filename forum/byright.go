package forum

import (
	"context"
	"time"
	"unicode/utf8"
)

// Capacity is as what somebody replies by right who is named or meant in a thread.
// Nobody checks it: the reply says that it is declared.
type Capacity string

// The capacities. None is an ordinary reply.
const (
	CapacityPerson  Capacity = "person"  // themselves
	CapacityCompany Capacity = "company" // for a company or another body
	CapacityOther   Capacity = "other"   // for somebody who cannot: a lawyer, an heir
)

// Capacities lists them in the order in which they are offered.
var Capacities = []Capacity{CapacityPerson, CapacityCompany, CapacityOther}

// Bounds of replies by right. French law gives whoever is named online a reply as
// long as what named them, of 50 lines at least and 200 at most, to be published
// within three days (loi du 21 juin 2004, article 1-1 III, which was article 6 IV;
// décret du 24 octobre 2007; loi du 29 juillet 1881, article 13).
const (
	ByRightDeadline = 3 * 24 * time.Hour
	byRightReminder = 24 * time.Hour // before it
	byRightLeast    = 50 * 70        // characters: lines of 70
	byRightMost     = 200 * 70
	maxPassage      = 2000
)

// RightOfReply is a reply that was published by right.
type RightOfReply struct {
	PostID   ID
	ThreadID ID
	Capacity Capacity
	Passage  string // that it answers, as its author quotes it; plain text
	At       time.Time
}

// RightOfReplyView is one with the reply.
type RightOfReplyView struct {
	RightOfReply
	Post PostView
}

// ByRight says whether a reply is one by right.
func (g *GuestReply) ByRight() bool { return g.Capacity != "" }

// Due is until when moderators have to decide about a reply by right; zero for others.
func (g *GuestReply) Due() time.Time {
	if !g.ByRight() || g.HeldAt.IsZero() {
		return zeroTime
	}
	return g.HeldAt.Add(ByRightDeadline)
}

// ByRightRoom is how many characters a reply by right to a thread may have.
func ByRightRoom(t *Thread, text string) int {
	return min(max(utf8.RuneCountInString(t.Title)+utf8.RuneCountInString(text), byRightLeast), byRightMost)
}

// checkByRight checks what a reply by right has beside any other.
func (s *Service) checkByRight(n *NewGuestReply, t *Thread) error {
	n.Passage = trimText(n.Passage)
	room := ByRightRoom(t, s.renderer.Text(t.Content))
	switch {
	case n.Capacity != CapacityPerson && n.Capacity != CapacityCompany && n.Capacity != CapacityOther:
		return invalid("capacity", "CapacityUnknown", nil)
	case n.Passage == "":
		return invalid("passage", "PassageMissing", nil)
	case utf8.RuneCountInString(n.Passage) > maxPassage:
		return invalid("passage", "TextTooLong", map[string]any{"Max": maxPassage})
	case utf8.RuneCountInString(n.Body) > room:
		return invalid("body", "TextTooLong", map[string]any{"Max": room})
	}
	return nil
}

// publishByRight publishes a held reply by right: in closed threads too, and where
// guests are not welcome.
func (s *Service) publishByRight(ctx context.Context, tx Tx, g *GuestReply, by *Account, post *Post, mentions []Actor) error {
	post.AuthorID = by.ID
	p, err := s.placeAnyReply(ctx, tx, post, &by.Actor, mentions)
	if err == nil {
		err = answerable(p)
	}
	if err != nil {
		return err
	}
	if err := s.addReply(ctx, tx, p); err != nil {
		return err
	}
	if err := tx.AddRightOfReply(ctx, RightOfReply{PostID: post.ID, ThreadID: post.ThreadID, Capacity: g.Capacity, Passage: g.Passage, At: post.PublishedAt}); err != nil {
		return err
	}
	return s.publishCreate(ctx, tx, p)
}

// remindOfRights tells moderators again of replies by right that wait for them and
// whose time is nearly over, once.
func (s *Service) remindOfRights(ctx context.Context) error {
	before := s.clock.Now().Add(byRightReminder - ByRightDeadline)
	due, err := s.store.RightsDue(ctx, before, rightsAtOnce)
	for i := range due {
		if err != nil {
			break
		}
		err = s.write(ctx, func(ctx context.Context, tx Tx) error {
			if err := tx.RemindedOfRight(ctx, due[i].ID); err != nil {
				return err
			}
			return s.tellKeepers(ctx, tx, &due[i])
		})
	}
	return err
}

const rightsAtOnce = 100
