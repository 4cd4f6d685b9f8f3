package forum

import (
	"context"
	"time"
	"unicode/utf8"
)

// MembershipState says how somebody stands to a forum for members.
type MembershipState string

// The states.
const (
	MemberInvited MembershipState = "invited" // by a moderator
	MemberAsked   MembershipState = "asked"   // to be let in
	MemberJoined  MembershipState = "member"
)

// Membership is how an account of this server stands to a forum for members.
type Membership struct {
	ForumID   ID
	AccountID ID
	State     MembershipState
	By        ID     // who invited it, or let it in; 0 for nobody
	Reason    string // why it asks, plain text
	At        time.Time
}

// MembershipView is a membership with whom it is of.
type MembershipView struct {
	Membership
	Account Byline
	By      *Byline // nil for nobody
}

// MembershipQuery asks for a page of those who stand in one way to a forum, the
// last first.
type MembershipQuery struct {
	ForumID ID
	State   MembershipState
	After   string // cursor of the page before
	Limit   int
}

// MembershipPage is a page of memberships and the cursor of the next one.
type MembershipPage struct {
	List []MembershipView
	Next string
}

// MembershipReader looks up who reads forums for members.
type MembershipReader interface {
	// Membership is NotFound for who has nothing to do with the forum.
	Membership(ctx context.Context, forum, account ID) (*Membership, error)
	// ReadsForum says whether an account reads a forum: everybody does, unless it is
	// for members.
	ReadsForum(ctx context.Context, account, forum ID) (bool, error)
	// CountMemberships counts those of a forum in a state.
	CountMemberships(ctx context.Context, forum ID, state MembershipState) (int, error)
	// MembershipsOf counts those of an account in a state.
	MembershipsOf(ctx context.Context, account ID, state MembershipState) (int, error)
	Memberships(ctx context.Context, q MembershipQuery) (MembershipPage, error)
}

// MembershipTx changes who reads forums for members.
type MembershipTx interface {
	// SaveMembership keeps a membership in place of the one that there was.
	SaveMembership(ctx context.Context, m Membership) error
	// RemoveMembership ends a membership, or what was to become one, and takes from
	// the account what it was told of the forum.
	RemoveMembership(ctx context.Context, forum, account ID) error
}

const (
	maxMembers     = 10_000
	maxInvitations = 200 // open, of a forum
	maxRequests    = 200 // open, of a forum
	maxAsking      = 10  // open, of an account
	MaxJoinReason  = 500 // characters
)

// forumForMembers finds a forum for members, also for who does not read it.
func (s *Service) forumForMembers(ctx context.Context, r Reader, name string) (*Forum, error) {
	h, ok := ParseHandle(name, s.addresses.Host())
	if !ok {
		return nil, notFound()
	}
	f, err := r.Forum(readAsServer(ctx), h)
	if err == nil && (!f.Private || !f.Local()) {
		err = notFound()
	}
	if err != nil {
		return nil, err
	}
	return f, f.Active()
}

// Door is what an account that is no member of a forum sees of it: what it says of
// itself, where it may ask to join or is invited, and how it stands to it. For
// others there is none.
func (s *Service) Door(ctx context.Context, by *Account, name string) (*Forum, *Membership, error) {
	if by == nil {
		return nil, nil, notFound()
	}
	f, err := s.forumForMembers(ctx, s.store, name)
	if err != nil {
		return nil, nil, err
	}
	m, err := s.store.Membership(ctx, f.ID, by.ID)
	if CodeOf(err) == NotFound {
		m, err = nil, nil
	}
	if err == nil && !f.Joinable && m == nil {
		err = notFound()
	}
	return f, m, err
}

// membersManaged finds a forum for members, for its moderators. Others learn of it
// only where they read it.
func (s *Service) membersManaged(ctx context.Context, r Reader, by *Account, name string) (*Forum, error) {
	if by == nil {
		return nil, &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	f, err := s.forumForMembers(ctx, r, name)
	if err != nil {
		return nil, err
	}
	if err := s.mayModerate(ctx, r, by, f.ID); err != nil {
		if reads, failed := r.ReadsForum(ctx, by.ID, f.ID); failed != nil || !reads {
			return nil, notFound()
		}
		return nil, err
	}
	return f, nil
}

// Members lists who reads a forum, is invited to it, or asks to. Its moderators see
// all, its members the members.
func (s *Service) Members(ctx context.Context, by *Account, name string, q MembershipQuery) (*Forum, MembershipPage, error) {
	f, err := s.membersManaged(ctx, s.store, by, name)
	if CodeOf(err) == Forbidden && q.State == MemberJoined {
		f, err = s.forumForMembers(ctx, s.store, name)
	}
	if err != nil {
		return nil, MembershipPage{}, err
	}
	q.ForumID = f.ID
	page, err := s.store.Memberships(ctx, q)
	return f, page, err
}

// memberNamed finds who is to be a member: somebody who has an account here.
func (s *Service) memberNamed(ctx context.Context, r Reader, handle string) (*Account, error) {
	a, err := s.FindActor(ctx, handle)
	if err == nil && (!a.Local() || a.Kind != Person && a.Kind != Bot || a.Guest || a.ImportedFrom != "") {
		err = notFound()
	}
	if err != nil {
		return nil, unknownAccount(err, handle)
	}
	account, err := r.Account(ctx, a.ID)
	if err != nil {
		return nil, unknownAccount(err, handle)
	}
	return account, account.Active()
}

// membershipOf is how an account stands to a forum; "" for not at all.
func membershipOf(ctx context.Context, r Reader, forum, account ID) (MembershipState, error) {
	m, err := r.Membership(ctx, forum, account)
	if CodeOf(err) == NotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return m.State, nil
}

// fewer returns TooMany where a forum has as many of a state as it may.
func (s *Service) fewer(ctx context.Context, r Reader, forum ID, state MembershipState, most int, key string) error {
	n, err := r.CountMemberships(ctx, forum, state)
	if err == nil && n >= most {
		err = &Error{Code: TooMany, Key: key, Args: map[string]any{"Max": most}}
	}
	return err
}

// tellOfForum tells accounts of something between them and a forum for members.
func (s *Service) tellOfForum(ctx context.Context, tx Tx, kind NotificationKind, f *Forum, accounts ...ID) error {
	now := s.clock.Now()
	for _, account := range accounts {
		if err := s.tell(ctx, tx, Notification{ID: s.ids.New(now), AccountID: account, Kind: kind, ActorID: f.ID, SubjectID: f.ID, At: now}); err != nil {
			return err
		}
	}
	return nil
}

// letIn makes an account a member.
func (s *Service) letIn(ctx context.Context, tx Tx, f *Forum, account, by ID) error {
	if err := s.fewer(ctx, tx, f.ID, MemberJoined, maxMembers, "MembersFull"); err != nil {
		return err
	}
	return tx.SaveMembership(ctx, Membership{ForumID: f.ID, AccountID: account, State: MemberJoined, By: by, At: s.clock.Now()})
}

// InviteMember asks an account of this server to join a forum for members. Moderators may.
// Who asked to join is let in; inviting twice changes nothing.
func (s *Service) InviteMember(ctx context.Context, by *Account, name, handle string) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		f, err := s.membersManaged(ctx, tx, by, name)
		if err != nil {
			return err
		}
		whom, err := s.memberNamed(ctx, tx, handle)
		if err != nil {
			return err
		}
		state, err := membershipOf(ctx, tx, f.ID, whom.ID)
		switch {
		case err != nil:
			return err
		case state == MemberJoined:
			return &Error{Code: Conflict, Key: "MemberAlready", Field: "account", Args: map[string]any{"Name": whom.Handle()}}
		case state == MemberInvited:
			return nil
		case state == MemberAsked:
			return s.accept(ctx, tx, by, f, whom)
		}
		if blocked, err := tx.Blocked(ctx, whom.ID, by.ID); err != nil {
			return err
		} else if blocked {
			return &Error{Code: Forbidden, Key: "BlockedByThem"}
		}
		if err := s.fewer(ctx, tx, f.ID, MemberInvited, maxInvitations, "InvitationsFull"); err != nil {
			return err
		}
		if err := tx.SaveMembership(ctx, Membership{ForumID: f.ID, AccountID: whom.ID, State: MemberInvited, By: by.ID, At: s.clock.Now()}); err != nil {
			return err
		}
		return s.tellOfForum(ctx, tx, NotifyInvited, f, whom.ID)
	})
}

// accept lets in who asked.
func (s *Service) accept(ctx context.Context, tx Tx, by *Account, f *Forum, whom *Account) error {
	if err := s.letIn(ctx, tx, f, whom.ID, by.ID); err != nil {
		return err
	}
	return s.tellOfForum(ctx, tx, NotifyAdmitted, f, whom.ID)
}

// AcceptMember lets in an account that asked to join. Moderators may; it returns
// NotFound where the account did not ask.
func (s *Service) AcceptMember(ctx context.Context, by *Account, name, handle string) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		f, err := s.membersManaged(ctx, tx, by, name)
		if err != nil {
			return err
		}
		whom, err := s.memberNamed(ctx, tx, handle)
		if err != nil {
			return err
		}
		state, err := membershipOf(ctx, tx, f.ID, whom.ID)
		switch {
		case err != nil:
			return err
		case state == MemberJoined:
			return nil
		case state != MemberAsked:
			return &Error{Code: NotFound, Key: "MemberNotAsking", Field: "account", Args: map[string]any{"Name": whom.Handle()}}
		}
		return s.accept(ctx, tx, by, f, whom)
	})
}

// RemoveMember ends a membership, takes an invitation back, or refuses a request.
// Moderators may; it succeeds when there was none. Who moderates stays a member.
func (s *Service) RemoveMember(ctx context.Context, by *Account, name, handle string) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		f, err := s.membersManaged(ctx, tx, by, name)
		if err != nil {
			return err
		}
		whom, err := s.FindActor(ctx, handle)
		if err != nil {
			return unknownAccount(err, handle)
		}
		return s.endMembership(ctx, tx, f, whom.ID)
	})
}

func (s *Service) endMembership(ctx context.Context, tx Tx, f *Forum, account ID) error {
	if moderates, err := tx.Moderates(ctx, account, f.ID); err != nil {
		return err
	} else if moderates {
		return &Error{Code: Conflict, Key: "ModeratorsStay"}
	}
	return tx.RemoveMembership(ctx, f.ID, account)
}

// JoinForum asks to be let into a forum for members, with a short reason, or accepts its
// invitation; it returns how the account stands to the forum now. Asking twice
// changes nothing. For who is not invited to a forum that nobody may ask to join,
// there is none.
func (s *Service) JoinForum(ctx context.Context, by *Account, name, reason string) (MembershipState, error) {
	if err := by.MayWrite(); err != nil {
		return "", err
	}
	reason = oneLine(reason)
	if utf8.RuneCountInString(reason) > MaxJoinReason {
		return "", invalid("reason", "TextTooLong", map[string]any{"Max": MaxJoinReason})
	}
	var state MembershipState
	err := s.write(ctx, func(ctx context.Context, tx Tx) error {
		f, err := s.forumForMembers(ctx, tx, name)
		if err != nil {
			return err
		}
		if state, err = membershipOf(ctx, tx, f.ID, by.ID); err != nil {
			return err
		}
		switch {
		case state == MemberJoined, state == MemberAsked:
			return nil
		case state == MemberInvited:
			state = MemberJoined
			return s.letIn(ctx, tx, f, by.ID, 0)
		case !f.Joinable:
			return notFound()
		}
		if err := s.notBanned(ctx, tx, by.ID, f.ID); err != nil {
			return err
		}
		return s.ask(ctx, tx, by, f, reason, &state)
	})
	return state, err
}

func (s *Service) ask(ctx context.Context, tx Tx, by *Account, f *Forum, reason string, state *MembershipState) error {
	asking, err := tx.MembershipsOf(ctx, by.ID, MemberAsked)
	if err != nil {
		return err
	}
	if asking >= maxAsking {
		return &Error{Code: TooMany, Key: "AskingTooMuch", Args: map[string]any{"Max": maxAsking}}
	}
	if err := s.fewer(ctx, tx, f.ID, MemberAsked, maxRequests, "RequestsFull"); err != nil {
		return err
	}
	*state = MemberAsked
	if err := tx.SaveMembership(ctx, Membership{ForumID: f.ID, AccountID: by.ID, State: MemberAsked, Reason: reason, At: s.clock.Now()}); err != nil {
		return err
	}
	keepers, err := s.keepersOf(ctx, tx, f.ID)
	if err != nil {
		return err
	}
	return s.tellOfForum(ctx, tx, NotifyAsked, f, keepers...)
}

// LeaveForum ends one's own membership, declines an invitation or takes back that one
// asked; it succeeds when there was nothing.
func (s *Service) LeaveForum(ctx context.Context, by *Account, name string) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		f, err := s.forumForMembers(ctx, tx, name)
		if err != nil {
			return err
		}
		state, err := membershipOf(ctx, tx, f.ID, by.ID)
		if err != nil {
			return err
		}
		if state == "" && !f.Joinable && !by.IsAdmin() {
			return notFound()
		}
		return s.endMembership(ctx, tx, f, by.ID)
	})
}

// maySee returns NotFound for who does not read a forum: what was written for it may
// be published long afterwards.
func maySee(ctx context.Context, r Reader, account ID, forum *Actor) error {
	if !forum.Private {
		return nil
	}
	reads, err := r.ReadsForum(ctx, account, forum.ID)
	if err == nil && !reads {
		err = notFound()
	}
	return err
}
