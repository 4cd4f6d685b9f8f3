package forum

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"
)

// PeerList is a list of rules about servers that somebody else keeps, and that this
// server follows.
type PeerList struct {
	ID        ID
	URL       string
	Ceiling   PeerCeiling // the most that comes of it
	Automatic bool        // what is new is applied; else it is proposed
	ETag      string      // of the file that was last taken over
	Modified  string      // likewise, its Last-Modified
	CheckedAt time.Time   // when it was last asked for
	DueAt     time.Time   // when it is asked for next
	ReadAt    time.Time   // when it was last taken over
	Problem   string      // key of why it was not, the last time; "" for none
	CreatedAt time.Time

	Entries, Proposed, Rules int // what it says, what waits to be decided, what follows from it; read only
}

// PeerCeiling is the most severe rule that a list may bring.
type PeerCeiling string

// The ceilings.
const (
	CeilingBlock PeerCeiling = "block"
	CeilingLimit PeerCeiling = "limit"
	CeilingMedia PeerCeiling = "media" // posts come without their files
)

// PeerCeilings lists them, the mildest first.
var PeerCeilings = []PeerCeiling{CeilingMedia, CeilingLimit, CeilingBlock}

// bound is a rule as far as it may go.
func (c PeerCeiling) bound(r PeerRule) PeerRule {
	switch {
	case c == CeilingMedia && r.Severity != SeverityNone:
		r.Severity, r.MediaOff = SeverityNone, true
	case c == CeilingLimit && r.Severity == SeverityBlock:
		r.Severity = SeverityLimit
	}
	return r
}

// PeerListState is what was decided about an entry of a list.
type PeerListState string

// The states.
const (
	EntryProposed PeerListState = "proposed"
	EntryAccepted PeerListState = "accepted"
	EntryRefused  PeerListState = "refused"
)

// PeerListEntry is a rule that a list asks for, within its ceiling.
type PeerListEntry struct {
	PeerRule // with ListID
	State    PeerListState
}

// PeerListFile is a list as it was fetched.
type PeerListFile struct {
	Body      []byte
	ETag      string
	Modified  string
	Unchanged bool // since the file with the ETag or the Last-Modified that were told; no Body
}

// PeerListReader fetches lists.
type PeerListReader interface {
	PeerList(ctx context.Context, url, etag, modified string) (PeerListFile, error)
}

// PeerListChange is what a list comes to.
type PeerListChange struct {
	Added     []PeerRule
	Changed   []PeerRule
	Lifted    []PeerRule
	Proposed  []PeerRule // that are new, and wait to be decided
	Kept      []PeerRule // about names that have a rule made by hand, which stays
	Protected []PeerRule // about this server and those it is to speak with
	PeerEffects
}

// NewPeerList is a list that somebody wants to follow.
type NewPeerList struct {
	URL       string
	Ceiling   PeerCeiling // default: CeilingLimit
	Automatic bool
}

// PeerListReading is how a list is read on demand.
type PeerListReading struct {
	DryRun    bool
	Confirmed bool // although it differs much from what it was
}

const (
	maxPeerLists       = 20
	maxPeerListEntries = 20_000
	peerListInterval   = 24 * time.Hour
	// Where so many entries came or went at once, and more than half of the list, it
	// is not taken over unasked.
	suspiciousEntries = 20
)

// PeerLists lists the lists that are followed. Administrators may see them.
func (s *Service) PeerLists(ctx context.Context, by *Account) ([]PeerList, error) {
	if err := adminOnly(by); err != nil {
		return nil, err
	}
	return s.store.PeerLists(ctx)
}

// PeerList is one of them, with what it proposes.
func (s *Service) PeerList(ctx context.Context, by *Account, id ID) (*PeerList, []PeerListEntry, error) {
	if err := adminOnly(by); err != nil {
		return nil, nil, err
	}
	l, err := s.store.PeerList(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	entries, err := s.store.PeerListEntries(ctx, id)
	proposed := entries[:0]
	for _, e := range entries {
		if e.State == EntryProposed {
			proposed = append(proposed, e)
		}
	}
	return l, proposed, err
}

// SubscribePeerList follows a list, which is read at once. A dry run only tells what
// would follow from it. Administrators may.
func (s *Service) SubscribePeerList(ctx context.Context, by *Account, n NewPeerList, dryRun bool) (*PeerList, PeerListChange, error) {
	var change PeerListChange
	if err := adminOnly(by); err != nil {
		return nil, change, err
	}
	now := s.clock.Now()
	l := &PeerList{ID: s.ids.New(now), URL: strings.TrimSpace(n.URL), Ceiling: n.Ceiling, Automatic: n.Automatic, CreatedAt: now}
	if l.Ceiling == "" {
		l.Ceiling = CeilingLimit
	}
	if err := s.checkPeerList(ctx, l); err != nil {
		return nil, change, err
	}
	file, rules, err := s.fetchPeerList(ctx, l)
	if err != nil {
		return nil, change, err
	}
	change, err = s.takePeerList(ctx, l, file, rules, dryRun)
	return l, change, err
}

func (s *Service) checkPeerList(ctx context.Context, l *PeerList) error {
	u, err := url.Parse(l.URL)
	switch {
	case s.peerLists == nil:
		return &Error{Code: Unavailable, Key: "PeerListsOff"}
	case err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" || len(l.URL) > maxCardURL:
		return invalid("url", "PeerListAddress", nil)
	case l.Ceiling != CeilingBlock && l.Ceiling != CeilingLimit && l.Ceiling != CeilingMedia:
		return invalid("ceiling", "SeverityUnknown", nil)
	}
	lists, err := s.store.PeerLists(ctx)
	if err != nil {
		return err
	}
	if len(lists) >= maxPeerLists {
		return &Error{Code: Conflict, Key: "PeerListsTooMany", Args: map[string]any{"Max": maxPeerLists}}
	}
	for _, other := range lists {
		if other.URL == l.URL {
			return &Error{Code: Conflict, Key: "PeerListKnown", Field: "url"}
		}
	}
	return nil
}

// fetchPeerList fetches a list and reads it. There are no rules where it did not
// change.
func (s *Service) fetchPeerList(ctx context.Context, l *PeerList) (PeerListFile, []PeerRule, error) {
	if s.peerLists == nil {
		return PeerListFile{}, nil, &Error{Code: Unavailable, Key: "PeerListsOff"}
	}
	file, err := s.peerLists.PeerList(ctx, l.URL, l.ETag, l.Modified)
	if err != nil {
		return file, nil, &Error{Code: Invalid, Key: "PeerListUnreachable", Field: "url", Err: err}
	}
	if file.Unchanged {
		return file, nil, nil
	}
	rules, err := ReadPeerRules(file.Body, false)
	if err != nil {
		return file, nil, &Error{Code: Invalid, Key: "PeerListUnreadable", Field: "url", Err: err}
	}
	if len(rules) > maxPeerListEntries {
		return file, nil, &Error{Code: Invalid, Key: "PeerListTooLong", Field: "url", Args: map[string]any{"Max": maxPeerListEntries}}
	}
	return file, rules, nil
}

// ReadPeerList reads a list anew at once. Administrators may.
func (s *Service) ReadPeerList(ctx context.Context, by *Account, id ID, how PeerListReading) (PeerListChange, error) {
	if err := adminOnly(by); err != nil {
		return PeerListChange{}, err
	}
	l, err := s.store.PeerList(ctx, id)
	if err != nil {
		return PeerListChange{}, err
	}
	l.ETag, l.Modified = "", "" // as if for the first time: what it says is to be seen
	return s.readPeerList(ctx, l, how)
}

// readPeerList fetches a list and takes it over, or notes why not.
func (s *Service) readPeerList(ctx context.Context, l *PeerList, how PeerListReading) (PeerListChange, error) {
	file, rules, err := s.fetchPeerList(ctx, l)
	if err == nil && !how.DryRun && !how.Confirmed && !file.Unchanged {
		err = s.likeBefore(ctx, l, rules)
	}
	switch {
	case err != nil && how.DryRun:
		return PeerListChange{}, err
	case err != nil:
		if CodeOf(err) == "" {
			return PeerListChange{}, err // ours, not the list's
		}
		if noted := s.notePeerList(ctx, l, err); noted != nil {
			return PeerListChange{}, noted
		}
		return PeerListChange{}, err
	case file.Unchanged:
		return PeerListChange{}, s.notePeerList(ctx, l, nil)
	}
	return s.takePeerList(ctx, l, file, rules, how.DryRun)
}

// likeBefore refuses a list of which much came or went at once: it may have been
// emptied by mistake, or filled by somebody else.
func (s *Service) likeBefore(ctx context.Context, l *PeerList, rules []PeerRule) error {
	before, err := s.store.PeerListEntries(ctx, l.ID)
	if err != nil || len(before) == 0 {
		return err
	}
	was, is := map[string]bool{}, map[string]bool{}
	for _, e := range before {
		was[e.Host] = true
	}
	came, gone := 0, 0
	for _, r := range rules {
		if !is[r.Host] && !was[r.Host] {
			came++
		}
		is[r.Host] = true
	}
	for host := range was {
		if !is[host] {
			gone++
		}
	}
	if most := max(came, gone); most >= suspiciousEntries && 2*most > len(was) {
		return &Error{Code: Conflict, Key: "PeerListDiffers", Args: map[string]any{"Came": came, "Gone": gone}}
	}
	return nil
}

// notePeerList stores that a list was asked for, and, with an error, why it was not
// taken over; administrators are told of a new reason.
func (s *Service) notePeerList(ctx context.Context, l *PeerList, problem error) error {
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		known, err := tx.PeerList(ctx, l.ID)
		if err != nil {
			return err
		}
		before := known.Problem
		known.Problem = ""
		if e, ok := errors.AsType[*Error](problem); ok {
			known.Problem = e.Key
		}
		known.CheckedAt = s.clock.Now()
		known.DueAt = known.CheckedAt.Add(peerListInterval)
		if err := tx.SavePeerList(ctx, known); err != nil || known.Problem == "" || known.Problem == before {
			return err
		}
		return s.tellOfPeerList(ctx, tx, l.ID)
	})
}

// tellOfPeerList tells administrators that a list wants to be looked at.
func (s *Service) tellOfPeerList(ctx context.Context, tx Tx, id ID) error {
	admins, err := tx.Admins(ctx)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	for i := range admins {
		if err := s.tell(ctx, tx, Notification{ID: s.ids.New(now), AccountID: admins[i].ID, Kind: NotifyPeerList, SubjectID: id, At: now}); err != nil {
			return err
		}
	}
	return nil
}

// UnsubscribePeerList follows a list no more. The rules that come from it alone are
// lifted, or kept as if they were made by hand. Administrators may.
func (s *Service) UnsubscribePeerList(ctx context.Context, by *Account, id ID, keep bool) (PeerListChange, error) {
	var change PeerListChange
	if err := adminOnly(by); err != nil {
		return change, err
	}
	return change, s.write(ctx, func(ctx context.Context, tx Tx) error {
		if _, err := tx.PeerList(ctx, id); err != nil {
			return err
		}
		if keep {
			if err := tx.KeepPeerListRules(ctx, id); err != nil {
				return err
			}
		}
		if err := tx.RemovePeerList(ctx, id); err != nil {
			return err
		}
		change = PeerListChange{}
		return s.settlePeerLists(ctx, tx, &by.Actor, &change)
	})
}

// DecidePeerList accepts or refuses what a list proposes: these names, or, without
// any, all. Administrators may.
func (s *Service) DecidePeerList(ctx context.Context, by *Account, id ID, hosts []string, accept bool) (PeerListChange, error) {
	var change PeerListChange
	if err := adminOnly(by); err != nil {
		return change, err
	}
	state := EntryRefused
	if accept {
		state = EntryAccepted
	}
	return change, s.write(ctx, func(ctx context.Context, tx Tx) error {
		if _, err := tx.PeerList(ctx, id); err != nil {
			return err
		}
		if err := tx.DecidePeerListEntries(ctx, id, hosts, state); err != nil {
			return err
		}
		change = PeerListChange{}
		return s.settlePeerLists(ctx, tx, &by.Actor, &change)
	})
}

// PeerListsJob reads the lists that are due.
type PeerListsJob struct{}

// Kind names the job in the queue.
func (PeerListsJob) Kind() string { return "peer_lists" }

// WorkPeerLists does a PeerListsJob. What is wrong with a list is told on its page.
func (s *Service) WorkPeerLists(ctx context.Context, _ PeerListsJob) error {
	lists, err := s.store.PeerLists(ctx)
	if err != nil || s.peerLists == nil {
		return err
	}
	for i := range lists {
		if lists[i].DueAt.After(s.clock.Now()) {
			continue
		}
		if _, err := s.readPeerList(ctx, &lists[i], PeerListReading{}); err != nil && CodeOf(err) == "" {
			return err
		}
	}
	return nil
}
