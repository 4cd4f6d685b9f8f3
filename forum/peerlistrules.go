package forum

import (
	"context"
	"errors"
	"slices"
)

// errDryRun ends a transaction that was only to show what it would do.
var errDryRun = errors.New("a dry run")

// takePeerList stores what a list says, and makes and lifts the rules that follow.
func (s *Service) takePeerList(ctx context.Context, l *PeerList, file PeerListFile, rules []PeerRule, dryRun bool) (PeerListChange, error) {
	var change PeerListChange
	err := s.write(ctx, func(ctx context.Context, tx Tx) error {
		change = PeerListChange{}
		now := s.clock.Now()
		entries, err := s.entriesOf(ctx, tx, l, rules, &change)
		if err != nil {
			return err
		}
		saved := *l
		saved.ETag, saved.Modified, saved.Problem = file.ETag, file.Modified, ""
		saved.CheckedAt, saved.ReadAt, saved.DueAt = now, now, now.Add(peerListInterval)
		if err := tx.SavePeerList(ctx, &saved); err != nil {
			return err
		}
		if err := tx.SetPeerListEntries(ctx, l.ID, entries); err != nil {
			return err
		}
		if err := s.settlePeerLists(ctx, tx, nil, &change); err != nil {
			return err
		}
		if dryRun {
			return errDryRun
		}
		if len(change.Proposed) > 0 && !l.ReadAt.IsZero() { // who subscribes sees them at once
			return s.tellOfPeerList(ctx, tx, l.ID)
		}
		return nil
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return change, err
}

// entriesOf are the entries of a list as it is now: bounded, without what is about
// this server or those it is to speak with, and decided as before.
func (s *Service) entriesOf(ctx context.Context, tx Tx, l *PeerList, rules []PeerRule, change *PeerListChange) ([]PeerListEntry, error) {
	before, err := tx.PeerListEntries(ctx, l.ID)
	if err != nil {
		return nil, err
	}
	decided := map[string]PeerListState{}
	for _, e := range before {
		decided[e.Host] = e.State
	}
	known, err := tx.PeerRules(ctx, s.clock.Now())
	if err != nil {
		return nil, err
	}
	protected, byHand := s.protectedHosts(known), map[string]bool{}
	for _, r := range known {
		byHand[r.Host] = r.ListID == 0
	}
	var entries []PeerListEntry
	seen := map[string]bool{}
	for _, r := range rules {
		if !r.ExpiresAt.IsZero() && !r.ExpiresAt.After(s.clock.Now()) {
			continue
		}
		r.ListID, r.Allowed, r.ExpiresAt, r.Reason = l.ID, false, zeroTime, clipRunes(oneLine(r.Reason), MaxPeerReason)
		r = l.Ceiling.bound(r)
		if seen[r.Host] || !r.Restricts() {
			continue
		}
		seen[r.Host] = true
		if protected[r.Host] {
			change.Protected = append(change.Protected, r)
			continue
		}
		e := PeerListEntry{PeerRule: r, State: decided[r.Host]}
		switch {
		case e.State == EntryRefused, e.State == EntryAccepted:
		case l.Automatic:
			e.State = EntryAccepted
		default:
			if e.State == "" && !byHand[r.Host] {
				change.Proposed = append(change.Proposed, r)
			}
			e.State = EntryProposed
		}
		if byHand[r.Host] {
			change.Kept = append(change.Kept, r)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// protectedHosts are the names about which no list decides: this server's, and those
// of the servers that it is to speak with, with the domains above them.
func (s *Service) protectedHosts(rules []PeerRule) map[string]bool {
	protected := map[string]bool{}
	protect := func(host string) {
		for _, name := range HostAndParents(host) {
			protected[name] = true
		}
	}
	protect(s.addresses.Host())
	for host := range s.allowed {
		protect(host)
	}
	for _, r := range rules {
		if r.Allowed && r.Severity == SeverityNone {
			protect(r.Host)
		}
	}
	return protected
}

// settlePeerLists makes the rules that come from lists those that the accepted
// entries of all lists ask for. Rules made by hand stay as they are. by is who
// accepted, refused or gave up what changes them; nil where a list changed.
func (s *Service) settlePeerLists(ctx context.Context, tx Tx, by *Actor, change *PeerListChange) error {
	now := s.clock.Now()
	entries, err := tx.PeerListEntries(ctx, 0)
	if err != nil {
		return err
	}
	known, err := tx.PeerRules(ctx, now)
	if err != nil {
		return err
	}
	present := make(map[string]PeerRule, len(known))
	for _, r := range known {
		present[r.Host] = r
	}
	protected := s.protectedHosts(known)
	wanted := map[string]PeerRule{}
	for _, e := range entries {
		if e.State != EntryAccepted || protected[e.Host] {
			continue
		}
		if other, ok := wanted[e.Host]; ok {
			wanted[e.Host] = stricter(other, e.PeerRule)
		} else {
			wanted[e.Host] = e.PeerRule
		}
	}
	hosts := make([]string, 0, len(wanted))
	for host := range wanted {
		hosts = append(hosts, host)
	}
	slices.Sort(hosts)
	for _, host := range hosts {
		want, have := wanted[host], present[host]
		want.ID, want.ChangedAt = have.ID, have.ChangedAt
		if have.Host != "" && (have.ListID == 0 || have == want) {
			continue
		}
		want.ChangedAt = now
		if want.ID == 0 {
			want.ID = s.ids.New(now)
		}
		if err := tx.SetPeerRule(ctx, want); err != nil {
			return err
		}
		if err := s.logPeerRule(ctx, tx, by, have, want); err != nil {
			return err
		}
		if have.Host == "" {
			change.Added = append(change.Added, want)
		} else {
			change.Changed = append(change.Changed, want)
		}
	}
	for _, r := range known {
		if _, ok := wanted[r.Host]; ok || r.ListID == 0 {
			continue
		}
		if _, err := tx.RemovePeerRule(ctx, r.Host); err != nil {
			return err
		}
		if err := s.logPeerRule(ctx, tx, by, r, PeerRule{Host: r.Host, ListID: r.ListID}); err != nil {
			return err
		}
		change.Lifted = append(change.Lifted, r)
	}
	change.PeerEffects, err = tx.ApplyPeerRules(ctx, now)
	return err
}

// stricter is what two lists ask for together; it names the one that goes further.
func stricter(a, b PeerRule) PeerRule {
	if slices.Index(Severities, b.Severity) > slices.Index(Severities, a.Severity) {
		a, b = b, a
	}
	a.MediaOff, a.VotesOff, a.ReportsOff = a.MediaOff || b.MediaOff, a.VotesOff || b.VotesOff, a.ReportsOff || b.ReportsOff
	a.Obfuscate = a.Obfuscate || b.Obfuscate
	return a
}
