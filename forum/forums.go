package forum

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"
)

// Forum is a topic community: a Group actor with rules and moderators. Forums
// of other servers are held too, as far as people here follow them; then the
// fields that only a home server knows are empty.
type Forum struct {
	Actor
	Rules        string // Markdown, local forums only
	RulesHTML    string
	Language     string      // the usual language of its threads; "" for any
	Guests       GuestPolicy // of its own; see [Service.GuestsIn]
	Threads      int
	LastActiveAt time.Time
	Joinable     bool     // of one for members: who is none may ask to join
	Company      *Company // what else the page of a company says; nil for other groups
	Action       *Action  // what else an action says; nil for other groups
}

// ForumDetails is what its moderators may set.
type ForumDetails struct {
	Title    string
	Summary  string // Markdown
	Rules    string // Markdown
	Language string
	Guests   GuestPolicy // "": allowed

	Restricted bool // only moderators open threads
	LocalOnly  bool // no other server hears of it; of a new forum only: what was sent cannot be called back
	Private    bool // only members read it, and no other server hears of it; of a new forum only: what was read is known
	Joinable   bool // of one for members: who is none may ask to join
}

const (
	MaxForumTitle   = 80
	MaxForumSummary = 2000
	MaxForumRules   = 10000
)

func (d *ForumDetails) check() error {
	d.Title, d.Summary, d.Rules = oneLine(d.Title), trimText(d.Summary), trimText(d.Rules)
	switch {
	case d.Title == "":
		return invalid("title", "TitleMissing", nil)
	case utf8.RuneCountInString(d.Title) > MaxForumTitle:
		return invalid("title", "TitleTooLong", map[string]any{"Max": MaxForumTitle})
	case utf8.RuneCountInString(d.Summary) > MaxForumSummary:
		return invalid("summary", "TextTooLong", map[string]any{"Max": MaxForumSummary})
	case utf8.RuneCountInString(d.Rules) > MaxForumRules:
		return invalid("rules", "TextTooLong", map[string]any{"Max": MaxForumRules})
	}
	return errors.Join(checkLanguage(&d.Language), d.Guests.check())
}

// CreateForum opens a forum. Administrators may; it returns Conflict when an
// actor of that name exists or existed (names are never given out twice: other
// servers remember them).
func (s *Service) CreateForum(ctx context.Context, by *Account, name string, d ForumDetails, moderators []string) (*Forum, error) {
	if err := adminOnly(by); err != nil {
		return nil, err
	}
	if err := checkName("name", name, MaxNameLength); err != nil {
		return nil, err
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	f := &Forum{Actor: s.localActor(Group, RoleForum, name)}
	keys, err := s.newKeyPair(f.URI)
	if err != nil {
		return nil, err
	}
	f.Moderators = f.URI + "/moderators"
	f.Private, f.LocalOnly = d.Private, d.LocalOnly || d.Private
	s.applyDetails(f, d)
	var people []*Actor
	for _, m := range moderators {
		person, err := s.personNamed(ctx, m)
		if err == nil && f.LocalOnly && !person.Local() {
			err = &Error{Code: Invalid, Key: "ModeratorElsewhere", Field: "moderators"}
		}
		if err != nil {
			return nil, err
		}
		people = append(people, person)
	}
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := tx.AddForum(ctx, f, keys); err != nil {
			return err
		}
		for _, p := range people {
			if err := tx.SetModerator(ctx, f.ID, p.ID, true); err != nil {
				return err
			}
		}
		if f.Private && by.ID != 0 { // whoever runs commands has no account
			return s.letIn(ctx, tx, f, by.ID, by.ID)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// localActor fills in what every local actor has.
func (s *Service) localActor(kind ActorKind, role GroupRole, name string) Actor {
	now := s.clock.Now()
	uri := s.addresses.Actor(kind, role, name)
	return Actor{
		ID: s.ids.New(now), Kind: kind, GroupRole: role, Name: name, URI: uri, URL: uri,
		Inbox: uri + "/inbox", Outbox: uri + "/outbox", FollowersURI: uri + "/followers", Featured: uri + "/featured",
		SharedInbox: s.addresses.SharedInbox(), CreatedAt: now,
	}
}

func (s *Service) applyDetails(f *Forum, d ForumDetails) {
	f.DisplayName, f.SummarySource, f.Summary = d.Title, d.Summary, s.renderer.Markdown(d.Summary, nil)
	f.Restricted, f.Joinable = d.Restricted, d.Joinable && f.Private
	if f.Private { // guests cannot read it
		d.Guests = GuestsRefused
	}
	f.Rules, f.RulesHTML, f.Language, f.Guests = d.Rules, s.renderer.Markdown(d.Rules, nil), d.Language, d.Guests
}

// UpdateForum changes what a forum says of itself. Its moderators may.
func (s *Service) UpdateForum(ctx context.Context, by *Account, name string, d ForumDetails) error {
	if err := d.check(); err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		f, err := tx.Forum(ctx, Handle{Name: name})
		if err != nil {
			return err
		}
		if err := s.mayModerate(ctx, tx, by, f.ID); err != nil {
			return err
		}
		s.applyDetails(f, d)
		if err := tx.UpdateForum(ctx, f); err != nil {
			return err
		}
		o := s.outbox()
		now := s.clock.Now()
		id := s.ids.New(now)
		o.send(id, &f.Actor, f.URI, PriorityUpdate, o.keep(s.publisher.UpdateActor(id, &f.Actor, f)), Recipients{FollowersOf: f.ID})
		return o.post(ctx, tx)
	})
}

func adminOnly(by *Account) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	if !by.IsAdmin() || by.Active() != nil {
		return &Error{Code: Forbidden, Key: "AdminsOnly"}
	}
	return nil
}

// unknownAccount names the account that was asked for in a NotFound error.
func unknownAccount(err error, name string) error {
	if CodeOf(err) == NotFound {
		return &Error{Code: NotFound, Key: "AccountUnknown", Args: map[string]any{"Name": name}, Err: err}
	}
	return err
}

// Operator is whoever runs commands on the server's machine: an administrator
// without an account.
func Operator() *Account {
	return &Account{Role: Admin}
}
