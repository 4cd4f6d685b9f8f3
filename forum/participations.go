package forum

import (
	"context"
	"time"
	"unicode/utf8"
)

// ParticipationKind says what people are counted for.
type ParticipationKind string

// The kinds.
const (
	CoClaim   ParticipationKind = "co_claim"  // "it happened to me too", of a thread
	Signature ParticipationKind = "signature" // of an action
)

// Route is the way somebody came to be counted.
type Route string

// The routes.
const (
	RoutePage    Route = "page"
	RouteAPI     Route = "api"
	RouteMail    Route = "mail"    // the form for people without an account
	RouteBallot  Route = "ballot"  // a vote in a ballot
	RouteReply   Route = "reply"   // a reply with a hashtag
	RouteMessage Route = "message" // an answer to a direct message
	RoutePaper   Route = "paper"   // a sheet of paper
)

// Routes lists those by which single people come.
var Routes = []Route{RoutePage, RouteAPI, RouteMail, RouteBallot, RouteReply, RouteMessage}

// Consents are what somebody who is counted agrees to besides. Each is asked for
// by itself, and can be taken back by itself.
type Consents struct {
	NameShown bool // by name among those who are counted
	Updates   bool // to be told what becomes of it
	Dossier   bool // to stand in the dossier for an association or a lawyer
	Contact   bool // to be contacted by the company
}

// Participation is that one person is counted on one subject, once: by the
// account, or by the mailbox.
type Participation struct {
	ID        ID
	Kind      ParticipationKind
	SubjectID ID // the thread or the action
	Version   int
	ActorID   ID     // 0: known by the mailbox only
	EmailHash string // see [Service.emailHash]; "" for accounts elsewhere
	Email     string // while a mail must be sent there: until it is confirmed, or as long as updates are wanted
	Name      string // as somebody without an account wants to be shown
	Locale    string
	Tier      Tier
	Doubts    []Doubt // why the tier is no better
	Rechecked bool    // the tier was looked at again
	Server    string  // "" for this one
	Route     Route
	SourceURI string // the post elsewhere that did it, whose deletion undoes it
	Network   string // keyed hash of the network it came from, kept for a month
	Agent     string // keyed hash of the program, likewise

	ExperiencedOn Date // of a co-claim, if given
	Amount        Amount
	Words         string
	Consents      Consents

	At             time.Time
	ConfirmedAt    time.Time // zero: waits for the mailed link
	WithdrawnAt    time.Time // zero: counts
	InvalidationID ID        // 0: counts
	Told           bool      // the receipt was sent
	Elsewhere      bool      // the subject's own server counts it, this one does not; or the case that it is a duplicate of
	MergedWith     ID        // where cases are merged: the other one (see MoveParticipations); 0: none
	SentAt         time.Time // of a letter: when its signer said that they sent theirs; zero: not
}

// Counts says whether the person is counted.
func (p *Participation) Counts() bool {
	return !p.ConfirmedAt.IsZero() && p.WithdrawnAt.IsZero() && p.InvalidationID == 0 && !p.Elsewhere
}

// Stands says whether the person wants to be counted, whether they are or not.
func (p *Participation) Stands() bool { return !p.ConfirmedAt.IsZero() && p.WithdrawnAt.IsZero() }

// ParticipationDetails are what somebody may say of it.
type ParticipationDetails struct {
	ExperiencedOn string // 2006-01-02
	Amount        string
	Currency      string
	Words         string
	Consents      Consents
	Trace         Trace // of who comes by a page
}

// MaxParticipationWords bounds what somebody says who is counted, in characters.
const MaxParticipationWords = 1000

// apply checks details and states them.
func (p *Participation) apply(d ParticipationDetails, now time.Time) error {
	d.Words = trimText(d.Words)
	if utf8.RuneCountInString(d.Words) > MaxParticipationWords {
		return invalid("words", "TextTooLong", map[string]any{"Max": MaxParticipationWords})
	}
	day, amount, err := experience(d.ExperiencedOn, d.Amount, d.Currency, now)
	if err != nil {
		return err
	}
	p.ExperiencedOn, p.Amount, p.Words, p.Consents = day, amount, d.Words, d.Consents
	return nil
}

// experience reads the day and the amount of an experience; neither has to be said.
func experience(on, value, currency string, now time.Time) (Date, Amount, error) {
	day, amount := Date(""), Amount{}
	if on != "" {
		var ok bool
		if day, ok = ParseDate(on); !ok {
			return "", amount, invalid("experienced_on", "ExperienceUnreadable", map[string]any{"Date": clipRunes(oneLine(on), 30)})
		}
		if day > DateOf(now.Add(aheadOfUTC)) {
			return "", amount, invalid("experienced_on", "ExperienceAhead", nil)
		}
	}
	if value != "" {
		if currency == "" {
			currency = "EUR"
		}
		var err error
		if amount, err = ParseAmount(value, currency); err != nil {
			return "", amount, err
		}
	}
	return day, amount, nil
}

// ParticipationReader looks up who is counted.
type ParticipationReader interface {
	// LettersSent counts those who signed a letter, are counted, and say that they
	// sent theirs.
	LettersSent(ctx context.Context, action ID) (int, error)
	Participation(ctx context.Context, id ID) (*Participation, error)
	// ParticipationOf finds that of an account.
	ParticipationOf(ctx context.Context, kind ParticipationKind, subject, actor ID) (*Participation, error)
	// ParticipationByMailbox finds that of a mailbox.
	ParticipationByMailbox(ctx context.Context, kind ParticipationKind, subject ID, emailHash string) (*Participation, error)
	// ParticipationsBySource lists what a post elsewhere did.
	ParticipationsBySource(ctx context.Context, uri string) ([]Participation, error)
	// ServerSeen is when somebody of a server was first seen here; zero: never.
	ServerSeen(ctx context.Context, host string) (time.Time, error)
	// TierTally counts a subject's people by tier.
	TierTally(ctx context.Context, kind ParticipationKind, subject ID) (TierTally, error)
}

// ParticipationPages answers pages about who is counted.
type ParticipationPages interface {
	// TierTallies is TierTally of several subjects; those without any are left out.
	TierTallies(ctx context.Context, kind ParticipationKind, subjects []ID) (map[ID]TierTally, error)
	// TallyByServer counts a subject's people by server and tier, the largest first.
	TallyByServer(ctx context.Context, kind ParticipationKind, subject ID, limit int) ([]ServerTally, error)
	// TallyByHour counts when they came, in order of time.
	TallyByHour(ctx context.Context, kind ParticipationKind, subject ID) ([]HourTally, error)
	// TallyByVersion counts them by the version that they are for.
	TallyByVersion(ctx context.Context, kind ParticipationKind, subject ID) (map[int]int, error)
	// Participations lists those of a subject in order, after one, whether they count
	// or not; not those that wait for a mailed link.
	Participations(ctx context.Context, kind ParticipationKind, subject, after ID, limit int) ([]ParticipationView, error)
	// ParticipationNames lists those that want to be shown by name, the last first.
	ParticipationNames(ctx context.Context, kind ParticipationKind, subject ID, limit int) ([]ParticipationView, error)
	Invalidations(ctx context.Context, kind ParticipationKind, subject ID) ([]Invalidation, error)
	// Bursts lists what looks like a burst, the largest first.
	Bursts(ctx context.Context, q BurstsQuery) ([]Burst, error)
	// CountedSince lists what people were counted on since a time.
	CountedSince(ctx context.Context, since time.Time) ([]Counted, error)
}

// ParticipationTx changes who is counted.
type ParticipationTx interface {
	// AlertedOfBurst notes that those who keep order were told of a burst.
	AlertedOfBurst(ctx context.Context, kind ParticipationKind, subject ID, when time.Time) error
	// SaveParticipation stores a participation and moves the counts by what changed.
	// Conflict when the account or the mailbox has another one on the subject.
	SaveParticipation(ctx context.Context, p *Participation) error
	RemoveParticipation(ctx context.Context, id ID) error
	AddInvalidation(ctx context.Context, i *Invalidation) error
	// UndoInvalidation returns on what people are counted again; 0 where it did not
	// stand.
	UndoInvalidation(ctx context.Context, id, by ID, at time.Time) (subject ID, err error)
	// MatchingParticipations lists those that count and that a rule applies to, at
	// most limit.
	MatchingParticipations(ctx context.Context, r InvalidationRule, limit int) ([]Participation, error)
	// ParticipationsInvalidated lists what an invalidation took out, at most limit.
	ParticipationsInvalidated(ctx context.Context, invalidation ID, limit int) ([]Participation, error)
	// ParticipationsOn lists any that a subject has, at most limit.
	ParticipationsOn(ctx context.Context, kind ParticipationKind, subject, after ID, limit int) ([]Participation, error)
	// ParticipationsWaiting counts those of a mailbox that were not confirmed.
	ParticipationsWaiting(ctx context.Context, emailHash string) (int, error)
	// NewcomersDue lists those that count as new, came before a time, and were not
	// looked at again.
	NewcomersDue(ctx context.Context, before time.Time, limit int) ([]Participation, error)
	// TellClaims notes whether others are to be told of a thread's count, and says
	// whether that is new.
	TellClaims(ctx context.Context, thread ID, on bool) (changed bool, err error)
	// SetClaimsTold stores what a thread's own server counts; nil: it does not.
	SetClaimsTold(ctx context.Context, thread ID, t *TierTally) error
}

// ServerTally is how many people of one server are counted.
type ServerTally struct {
	Server string // "" for this one
	Tally  TierTally
}

// HourTally is how many came in one hour.
type HourTally struct {
	Hour  time.Time
	Tally TierTally
}

// ParticipationView is a participation with who it is.
type ParticipationView struct {
	Participation
	Actor *Byline // nil for people without an account
}

// subject is what people are counted on.
type subject struct {
	kind     ParticipationKind
	id       ID
	version  int
	authorID ID     // who cannot be counted on it: a co-claim of one's own case is none
	voice    *Actor // who writes about it to people elsewhere; nil: nobody
	language string
	title    string
	url      string
}

// participate counts somebody on a subject, who is filled in but for what is known
// of the subject. Whoever is counted already stays so, once; what they say now
// replaces what they said. It says whether the person was not counted before.
func (s *Service) participate(ctx context.Context, tx Tx, on subject, p *Participation) (fresh bool, err error) {
	p.Kind, p.SubjectID, p.Version = on.kind, on.id, on.version
	known, err := s.knownParticipation(ctx, tx, p)
	if err != nil {
		return false, err
	}
	if known == nil {
		p.ID = s.ids.New(p.At)
		return p.Counts(), tx.SaveParticipation(ctx, p)
	}
	fresh = !known.Counts() && known.InvalidationID == 0 && !p.ConfirmedAt.IsZero()
	if p.Version > known.Version { // another text is another letter
		known.SentAt = zeroTime
	}
	known.Version, known.WithdrawnAt, known.Elsewhere = max(known.Version, p.Version), time.Time{}, p.Elsewhere
	if p.ActorID != 0 { // an account says more than a mailbox
		known.ActorID, known.Tier, known.Doubts, known.Server = p.ActorID, p.Tier, p.Doubts, p.Server
	}
	if known.EmailHash == "" {
		known.EmailHash = p.EmailHash
	}
	if known.ConfirmedAt.IsZero() {
		known.ConfirmedAt, known.At, known.Route = p.ConfirmedAt, p.At, p.Route
	}
	if p.SourceURI != "" {
		known.SourceURI = p.SourceURI
	}
	known.ExperiencedOn, known.Amount, known.Words, known.Consents = p.ExperiencedOn, p.Amount, p.Words, p.Consents
	if p.Name != "" {
		known.Name = p.Name
	}
	*p = *known
	return fresh, tx.SaveParticipation(ctx, p)
}

// knownParticipation finds the person's earlier participation, by account or by
// mailbox. Where there is one of each, they are one person: the mailbox's goes.
func (s *Service) knownParticipation(ctx context.Context, tx Tx, p *Participation) (*Participation, error) {
	var byActor, byMailbox *Participation
	var err error
	if p.ActorID != 0 {
		if byActor, err = tx.ParticipationOf(ctx, p.Kind, p.SubjectID, p.ActorID); err != nil && CodeOf(err) != NotFound {
			return nil, err
		}
	}
	if p.EmailHash != "" {
		if byMailbox, err = tx.ParticipationByMailbox(ctx, p.Kind, p.SubjectID, p.EmailHash); err != nil && CodeOf(err) != NotFound {
			return nil, err
		}
	}
	switch {
	case byActor == nil:
		return byMailbox, nil
	case byMailbox != nil && byMailbox.ID != byActor.ID:
		byMailbox.WithdrawnAt = s.clock.Now()
		if err := tx.SaveParticipation(ctx, byMailbox); err != nil {
			return nil, err
		}
		if err := tx.RemoveParticipation(ctx, byMailbox.ID); err != nil {
			return nil, err
		}
	}
	return byActor, nil
}

// withdrawParticipation counts somebody no longer. What they said goes with it;
// that they were there stays, so that the figures can be followed.
func (s *Service) withdrawParticipation(ctx context.Context, tx Tx, p *Participation) (was bool, err error) {
	was = p.Counts()
	if !p.WithdrawnAt.IsZero() {
		return false, nil
	}
	p.WithdrawnAt = s.clock.Now()
	p.Words, p.ExperiencedOn, p.Amount, p.Consents, p.Email, p.Name = "", "", Amount{}, Consents{}, "", ""
	p.SentAt = zeroTime
	return was, tx.SaveParticipation(ctx, p)
}

// participant describes an account that takes part.
func (s *Service) participant(ctx context.Context, r Reader, a *Actor, route Route) (*Participation, error) {
	if a.Kind.Automated() {
		return nil, &Error{Code: Forbidden, Key: "ProgramsDoNotCount"}
	}
	now := s.clock.Now()
	tier, doubts, err := s.tierOf(ctx, r, a)
	if err != nil {
		return nil, err
	}
	p := &Participation{ActorID: a.ID, Tier: tier, Doubts: doubts, Server: a.Host, Route: route, At: now, ConfirmedAt: now}
	if !a.Local() {
		return p, nil
	}
	account, err := r.Account(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	p.Locale = account.Locale
	if account.Email != "" {
		p.EmailHash, err = s.emailHash(ctx, account.Email)
	}
	return p, err
}
