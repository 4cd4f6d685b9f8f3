package forum

import (
	"context"
	"slices"
	"time"
)

// Decision is what a moderator or an administrator decided, and why: an entry of the
// moderation log, which everybody reads. What an author does with a post of their own
// is none.
type Decision struct {
	ID          ID
	Kind        DecisionKind
	ForumID     ID // 0: the whole server
	ByID        ID // 0: whoever runs commands, a list, or an account that is gone
	SubjectKind DecisionSubject
	SubjectID   ID     // of a post, an account or an action; 0 for a server, and for an account that is gone
	Host        string // of a server
	Obfuscated  bool   // its name is not for everybody; see PeerRule
	OtherID     ID     // the case that one was merged into; the invalidation
	Number      int    // of people who were taken out of the counts, or are counted again
	Reason      string // plain text, in the words of who decided; "" where none was given
	Automatic   bool   // by a list of servers that is followed
	At          time.Time
	Until       time.Time // zero: for good
	Undoes      ID        // the decision that it takes back
}

// DecisionKind is what was decided.
type DecisionKind string

// The kinds.
const (
	DecisionRemoved     DecisionKind = "removed"
	DecisionRestored    DecisionKind = "restored"
	DecisionLocked      DecisionKind = "locked"
	DecisionUnlocked    DecisionKind = "unlocked"
	DecisionPinned      DecisionKind = "pinned" // to the head of a forum
	DecisionUnpinned    DecisionKind = "unpinned"
	DecisionMerged      DecisionKind = "merged" // a case with another
	DecisionUnmerged    DecisionKind = "unmerged"
	DecisionBanned      DecisionKind = "banned"
	DecisionUnbanned    DecisionKind = "unbanned"
	DecisionSuspended   DecisionKind = "suspended"
	DecisionUnsuspended DecisionKind = "unsuspended"
	DecisionStopped     DecisionKind = "stopped"     // an action
	DecisionInvalidated DecisionKind = "invalidated" // people were taken out of the counts
	DecisionCounted     DecisionKind = "counted"     // they are counted again
	DecisionPeerBlocked DecisionKind = "peer_blocked"
	DecisionPeerLimited DecisionKind = "peer_limited"
	DecisionPeerLifted  DecisionKind = "peer_lifted"
)

// DecisionKinds lists them in the order of the page.
var DecisionKinds = []DecisionKind{
	DecisionRemoved, DecisionRestored, DecisionLocked, DecisionUnlocked, DecisionPinned, DecisionUnpinned, DecisionMerged, DecisionUnmerged,
	DecisionBanned, DecisionUnbanned, DecisionSuspended, DecisionUnsuspended, DecisionStopped, DecisionInvalidated, DecisionCounted,
	DecisionPeerBlocked, DecisionPeerLimited, DecisionPeerLifted,
}

// DecisionSubject is what a decision is about.
type DecisionSubject string

// The subjects.
const (
	AboutPost    DecisionSubject = "post"
	AboutAccount DecisionSubject = "account"
	AboutAction  DecisionSubject = "action"
	AboutPeer    DecisionSubject = "peer"
)

// undone are the kinds that a kind takes back.
var undone = map[DecisionKind][]DecisionKind{
	DecisionRestored: {DecisionRemoved}, DecisionUnlocked: {DecisionLocked}, DecisionUnpinned: {DecisionPinned}, DecisionUnmerged: {DecisionMerged},
	DecisionUnbanned: {DecisionBanned}, DecisionUnsuspended: {DecisionSuspended}, DecisionCounted: {DecisionInvalidated},
	DecisionPeerLifted: {DecisionPeerBlocked, DecisionPeerLimited},
}

// DecisionView is a decision with what it is about, as somebody sees it.
type DecisionView struct {
	Decision
	Forum    Byline // the zero value: the whole server
	By       Byline // the zero value where that is not for the reader
	Whom     Byline // an account or an action; the zero value where it is not for the reader
	ThreadID ID     // of a post
	Reply    bool   // the post is one
	URI      string // of a post
	Title    string // of a post's thread; "" where that is not to be seen
	Other    string // title of the case that one was merged into
	UndoneBy ID     // the decision that took it back; 0: it stands
}

// Role is who decided, as everybody is told.
func (v *DecisionView) Role() DecisionRole {
	switch {
	case v.Automatic:
		return DecidedByRule
	case v.ForumID == 0:
		return DecidedByAdmins
	}
	return DecidedByModerators
}

// DecisionRole is who decides.
type DecisionRole string

// The roles.
const (
	DecidedByModerators DecisionRole = "moderators" // of the forum, or administrators in it
	DecidedByAdmins     DecisionRole = "administrators"
	DecidedByRule       DecisionRole = "rule"
)

// DecisionQuery asks for a part of the log, the newest first.
type DecisionQuery struct {
	ForumID ID           // 0: all, without those for members, unless a post is named
	PostID  ID           // about this post; 0: about anything
	Kind    DecisionKind // "": all
	Peers   bool         // also what was decided about servers
	Before  ID           // older than this one; 0: from the newest
	Limit   int
}

// DecisionPage is a part of the log.
type DecisionPage struct {
	Decisions []DecisionView
	Next      ID // Before of the next page; 0 at the end
}

// DecisionReader looks up decisions.
type DecisionReader interface {
	// LastDecision finds the last decision of one of these kinds, in the same forum and
	// about the same, that nothing took back; NotFound for none.
	LastDecision(ctx context.Context, kinds []DecisionKind, about *Decision) (*Decision, error)
}

// DecisionPages reads the log.
type DecisionPages interface {
	Decisions(ctx context.Context, q DecisionQuery) (DecisionPage, error)
	DecisionView(ctx context.Context, id ID) (*DecisionView, error)
}

// DecisionTx enters decisions.
type DecisionTx interface {
	AddDecision(ctx context.Context, d *Decision) error
}

// logDecision enters a decision in the moderation log. What moderators elsewhere
// decide about a forum elsewhere, or their server about its own people (forum is
// nil), stands in their log and not in ours.
func (s *Service) logDecision(ctx context.Context, tx Tx, by, forum *Actor, d Decision) error {
	if !by.Local() && (forum == nil || !forum.Local()) {
		return nil
	}
	if forum != nil {
		d.ForumID = forum.ID
	}
	d.ByID, d.At = by.ID, s.clock.Now()
	d.ID = s.ids.New(d.At)
	if kinds := undone[d.Kind]; len(kinds) > 0 {
		was, err := tx.LastDecision(ctx, kinds, &d)
		switch {
		case err == nil:
			d.Undoes = was.ID
		case CodeOf(err) != NotFound: // it may be older than the log
			return err
		}
	}
	return tx.AddDecision(ctx, &d)
}

// about is a decision about a post.
func about(kind DecisionKind, post ID, reason string) Decision {
	return Decision{Kind: kind, SubjectKind: AboutPost, SubjectID: post, Reason: reason}
}

// logPeerRule enters what was decided about a server: the rule that was in force for
// its name, and the one that is now. by is nil where a list that is followed decided.
func (s *Service) logPeerRule(ctx context.Context, tx Tx, by *Actor, was, is PeerRule) error {
	d := Decision{SubjectKind: AboutPeer, Host: is.Host, Obfuscated: is.Obfuscate, Reason: is.Reason, Until: is.ExpiresAt, Automatic: by == nil}
	if by == nil {
		by = &Actor{}
	}
	same := is
	same.ID, same.ChangedAt, same.ListID = was.ID, was.ChangedAt, was.ListID
	switch {
	case same == was:
		return nil
	case is.Severity == SeverityBlock:
		d.Kind = DecisionPeerBlocked
	case is.Restricts():
		d.Kind = DecisionPeerLimited
	case was.Restricts():
		d.Kind, d.Obfuscated = DecisionPeerLifted, was.Obfuscate
	default:
		return nil
	}
	return s.logDecision(ctx, tx, by, nil, d)
}

// Decisions reads the log for somebody, nil for a visitor. Who decided, and about
// whom, is told by name to administrators, and to moderators where they moderate;
// everybody reads what was decided, and why. What was decided about servers is for
// administrators only, unless Peers says that it is published.
func (s *Service) Decisions(ctx context.Context, by *Account, q DecisionQuery) (DecisionPage, error) {
	admin := by != nil && by.IsAdmin()
	q.Peers = q.Peers || admin
	page, err := s.store.Decisions(ctx, q)
	if err != nil || admin {
		return page, err
	}
	return page, s.redactDecisions(ctx, by, page.Decisions)
}

// Decision is one of the log.
func (s *Service) Decision(ctx context.Context, by *Account, id ID, peers bool) (*DecisionView, error) {
	v, err := s.store.DecisionView(ctx, id)
	if err != nil || by != nil && by.IsAdmin() {
		return v, err
	}
	if v.SubjectKind == AboutPeer && !peers {
		return nil, notFound()
	}
	one := []DecisionView{*v}
	err = s.redactDecisions(ctx, by, one)
	return &one[0], err
}

// redactDecisions takes the names out that are not for the reader.
func (s *Service) redactDecisions(ctx context.Context, by *Account, list []DecisionView) error {
	var moderated []ID
	if by != nil && len(list) > 0 {
		var err error
		if moderated, err = s.store.ModeratedForums(ctx, by.ID); err != nil {
			return err
		}
	}
	for i := range list {
		v := &list[i]
		if v.ForumID != 0 && slices.Contains(moderated, v.ForumID) {
			continue
		}
		v.ByID, v.By = 0, Byline{}
		switch v.SubjectKind {
		case AboutAccount:
			v.SubjectID, v.Whom = 0, Byline{}
		case AboutPeer:
			v.Host, v.Obfuscated = PeerRule{Host: v.Host, Obfuscate: v.Obfuscated}.ShownHost(), false
		}
	}
	return nil
}

// Known says whether there is such a kind.
func (k DecisionKind) Known() bool { return slices.Contains(DecisionKinds, k) }

// InForum says whether moderators of a forum decide such things; others are for the
// whole server.
func (k DecisionKind) InForum() bool {
	switch k {
	case DecisionSuspended, DecisionUnsuspended:
		return false
	}
	return k.Subject() != AboutPeer
}

// Subject is what such decisions are about; posts, where it may be an action as well.
func (k DecisionKind) Subject() DecisionSubject {
	switch k {
	case DecisionPeerBlocked, DecisionPeerLimited, DecisionPeerLifted:
		return AboutPeer
	case DecisionBanned, DecisionUnbanned, DecisionSuspended, DecisionUnsuspended:
		return AboutAccount
	case DecisionStopped:
		return AboutAction
	}
	return AboutPost
}
