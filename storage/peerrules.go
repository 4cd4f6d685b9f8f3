package storage

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

type peerRuleRow struct {
	bun.BaseModel `bun:"table:peer_rules,alias:peer_rules"`

	ID         forum.ID       `bun:"id"`
	Host       string         `bun:"host,pk"`
	Severity   forum.Severity `bun:"severity"`
	MediaOff   bool           `bun:"media_off"`
	VotesOff   bool           `bun:"votes_off"`
	ReportsOff bool           `bun:"reports_off"`
	Allowed    bool           `bun:"allowed"`
	Obfuscate  bool           `bun:"obfuscate"`
	Reason     string         `bun:"reason"`
	ExpiresAt  stamp          `bun:"expires_at"`
	ChangedAt  stamp          `bun:"changed_at"`
	ListID     forum.ID       `bun:"list_id"`
}

func (r *peerRuleRow) rule() forum.PeerRule {
	return forum.PeerRule{ID: r.ID, Host: r.Host, Severity: r.Severity, MediaOff: r.MediaOff, VotesOff: r.VotesOff, ReportsOff: r.ReportsOff, Allowed: r.Allowed,
		Obfuscate: r.Obfuscate, Reason: r.Reason, ExpiresAt: r.ExpiresAt.Time, ChangedAt: r.ChangedAt.Time, ListID: r.ListID}
}

// PeerRule implements forum.Reader. Of the rules about a server's name and those
// above it, the longest name is the most specific.
func (r reader) PeerRule(ctx context.Context, host string, now time.Time) (forum.PeerRule, error) {
	var row peerRuleRow
	err := r.scan(ctx, &row, "SELECT * FROM peer_rules WHERE host IN (?) AND (expires_at = 0 OR expires_at > ?) ORDER BY length(host) DESC LIMIT 1",
		listOf(forum.HostAndParents(host)), millis(now))
	if forum.CodeOf(err) == forum.NotFound {
		return forum.PeerRule{}, nil
	}
	return row.rule(), err
}

// PeerRules implements forum.Reader.
func (r reader) PeerRules(ctx context.Context, now time.Time) ([]forum.PeerRule, error) {
	var rows []peerRuleRow
	if err := r.scan(ctx, &rows, "SELECT * FROM peer_rules WHERE expires_at = 0 OR expires_at > ? ORDER BY host", millis(now)); err != nil {
		return nil, err
	}
	rules := make([]forum.PeerRule, len(rows))
	for i := range rows {
		rules[i] = rows[i].rule()
	}
	return rules, nil
}

// PeerRulesExpired implements forum.Reader.
func (r reader) PeerRulesExpired(ctx context.Context, now time.Time) (bool, error) {
	return r.exists(ctx, "SELECT 1 FROM peer_rules WHERE expires_at <> 0 AND expires_at <= ?", millis(now))
}

// SetPeerRule implements forum.Tx.
func (t *tx) SetPeerRule(ctx context.Context, r forum.PeerRule) error {
	row := peerRuleRow{ID: r.ID, Host: r.Host, Severity: r.Severity, MediaOff: r.MediaOff, VotesOff: r.VotesOff, ReportsOff: r.ReportsOff, Allowed: r.Allowed,
		Obfuscate: r.Obfuscate, Reason: r.Reason, ExpiresAt: at(r.ExpiresAt), ChangedAt: at(r.ChangedAt), ListID: r.ListID}
	_, err := t.db.NewInsert().Model(&row).On("CONFLICT (host) DO UPDATE").
		Set("severity = excluded.severity, media_off = excluded.media_off, votes_off = excluded.votes_off, reports_off = excluded.reports_off").
		Set("allowed = excluded.allowed, obfuscate = excluded.obfuscate, reason = excluded.reason, expires_at = excluded.expires_at, changed_at = excluded.changed_at, list_id = excluded.list_id").
		Exec(ctx)
	return err
}

// RemovePeerRule implements forum.Tx.
func (t *tx) RemovePeerRule(ctx context.Context, host string) (bool, error) {
	n, err := t.exec(ctx, "DELETE FROM peer_rules WHERE host = ?", host)
	return n == 1, err
}

// RemoveExpiredPeerRules implements forum.Tx.
func (t *tx) RemoveExpiredPeerRules(ctx context.Context, now time.Time) error {
	_, err := t.exec(ctx, "DELETE FROM peer_rules WHERE expires_at <> 0 AND expires_at <= ?", millis(now))
	return err
}

// ApplyPeerRules implements forum.Tx: the standing of every server known here is
// set anew where the rules come to another one.
func (t *tx) ApplyPeerRules(ctx context.Context, now time.Time) (forum.PeerEffects, error) {
	var effects forum.PeerEffects
	rules, err := t.PeerRules(ctx, now)
	if err != nil {
		return effects, err
	}
	severity := make(map[string]forum.Severity, len(rules))
	for _, r := range rules {
		severity[r.Host] = r.Severity
	}
	var known []struct {
		Host     string
		Standing forum.Standing
	}
	if err := t.scan(ctx, &known, "SELECT host, standing FROM peers"); err != nil {
		return effects, err
	}
	for _, peer := range known {
		standing := forum.InGoodStanding
		for _, name := range forum.HostAndParents(peer.Host) {
			if s, ok := severity[name]; ok {
				standing = s.Standing()
				break
			}
		}
		if standing == peer.Standing {
			continue
		}
		if err := t.restand(ctx, peer.Host, standing, &effects); err != nil {
			return effects, err
		}
	}
	return effects, nil
}

// restand gives a server and its people another standing. When that is a block,
// what ties people here to it ends.
func (t *tx) restand(ctx context.Context, host string, standing forum.Standing, effects *forum.PeerEffects) error {
	if _, err := t.exec(ctx, "UPDATE peers SET standing = ? WHERE host = ?", standing, host); err != nil {
		return err
	}
	if _, err := t.exec(ctx, "UPDATE actors SET standing = ? WHERE peer_host = ? AND peer_host <> ''", standing, host); err != nil || standing != forum.Blocked {
		return err
	}
	dropped, err := t.exec(ctx, "DELETE FROM deliveries WHERE host = ?", host)
	if err != nil {
		return err
	}
	if _, err := t.exec(ctx, "UPDATE peers SET pending = 0 WHERE host = ?", host); err != nil {
		return err
	}
	ended, err := t.endFollows(ctx, host)
	effects.Deliveries, effects.Follows = effects.Deliveries+int(dropped), effects.Follows+ended
	return err
}

// endFollows ends the follows between here and a server, in both directions.
func (t *tx) endFollows(ctx context.Context, host string) (int, error) {
	ended := 0
	for _, side := range [][4]string{{"target_id", "followers", "follower_id", "following"}, {"follower_id", "following", "target_id", "followers"}} {
		there, own, here, count := side[0], side[1], side[2], side[3]
		theirs := "SELECT id FROM actors WHERE peer_host = ? AND peer_host <> ''"
		_, err := t.exec(ctx, "UPDATE actors SET "+count+" = "+count+" - (SELECT count(*) FROM follows WHERE follows."+here+" = actors.id AND follows.state = 'accepted' AND follows."+there+" IN ("+theirs+`))
			WHERE id IN (SELECT `+here+" FROM follows WHERE "+there+" IN ("+theirs+"))", host, host)
		if err != nil {
			return ended, err
		}
		if _, err := t.exec(ctx, "UPDATE actors SET "+own+" = "+own+" - (SELECT count(*) FROM follows WHERE follows."+there+" = actors.id AND follows.state = 'accepted') WHERE peer_host = ? AND peer_host <> ''", host); err != nil {
			return ended, err
		}
		n, err := t.exec(ctx, "DELETE FROM follows WHERE "+there+" IN ("+theirs+")", host)
		if err != nil {
			return ended, err
		}
		ended += int(n)
	}
	return ended, nil
}

// standingOf is what the rules come to for a server that is met for the first
// time.
func (t *tx) standingOf(ctx context.Context, host string, now time.Time) (forum.Standing, error) {
	rule, err := t.PeerRule(ctx, host, now)
	return rule.Severity.Standing(), err
}

// RetryPeer implements forum.Tx. Its software is asked for anew too.
func (t *tx) RetryPeer(ctx context.Context, host string) (bool, error) {
	n, err := t.exec(ctx, "UPDATE peers SET dead_at = 0, failures = 0, failing_since = 0, next_try_at = 0, inspected_at = 0 WHERE host = ?", host)
	t.commit.Deliveries = t.commit.Deliveries || n > 0
	return n > 0, err
}

// listed leaves out of lists what comes from blocked servers and, unless the
// reader follows its author or forum, from limited ones; it takes the reader as
// argument.
const listed = " AND " + unblockedServers + ` AND (author.standing = 0 AND forum.standing = 0 OR EXISTS (SELECT 1 FROM follows
	WHERE follows.follower_id = ? AND follows.target_id IN (author.id, forum.id) AND follows.state = 'accepted'))`

// unblockedServers leaves out what comes from blocked servers.
const unblockedServers = "author.standing < 2 AND forum.standing < 2"

// listedInForum is listed for the page of a forum, which whoever asks for wants to
// see, however limited its server is.
const listedInForum = " AND " + unblockedServers + ` AND (author.standing = 0 OR forum.standing <> 0 OR EXISTS (SELECT 1 FROM follows
	WHERE follows.follower_id = ? AND follows.target_id = author.id AND follows.state = 'accepted'))`

// listedActor is listed for a person or forum joined as actor, with the reader's
// follow joined as follows.
const listedActor = " AND actor.standing < 2 AND (actor.standing = 0 OR COALESCE(follows.state, '') = 'accepted')"

// hideBlocked makes a post look as if moderators had removed it while its
// author's server is blocked.
func hideBlocked(p *forum.Post, author bylineRow) {
	if author.Standing != forum.Blocked || p.Hidden() {
		return
	}
	p.RemovedAt = p.PublishedAt
	p.Title, p.Body, p.Content, p.ContentNote, p.Attachments, p.Card, p.Tags, p.Emojis = "", "", "", "", nil, nil, nil, nil
}

func likePattern(words string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(strings.TrimSpace(words))) + "%"
}
