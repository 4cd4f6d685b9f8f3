package storage

import (
	"context"

	"portevoix/forum"
)

// Publish implements forum.Tx: the activity's bytes once per form, and one thin
// row for each inbox it goes to. Servers that were given up on get none. An
// activity about a forum that no other server is to hear of goes nowhere. An
// activity that nobody is to hear is not kept: what may be asked for later can
// be written again from what it is about.
func (t *tx) Publish(ctx context.Context, a forum.OutgoingActivity) error {
	if inside, err := t.exists(ctx, `SELECT 1 FROM posts JOIN actors ON actors.id = posts.forum_id WHERE posts.uri = ? AND actors.local_only
		UNION ALL SELECT 1 FROM actors WHERE uri = ? AND local_only`, a.Subject, a.Subject); err != nil || inside {
		return err
	}
	_, err := t.exec(ctx, "INSERT INTO outgoing (id, signer_id, subject, priority, hidden, former_key, vote, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		a.ID, a.Signer, a.Subject, a.Priority, a.Hidden, a.FormerKey, a.Vote, millis(a.ID.Time()))
	if err != nil {
		return err
	}
	var families forum.Family
	for _, p := range a.Payloads {
		families |= p.For
		if _, err := t.exec(ctx, "INSERT INTO outgoing_payloads (activity_id, families, body) VALUES (?, ?, ?)", a.ID, p.For, p.Body); err != nil {
			return err
		}
	}
	for _, to := range a.Audience {
		only := families
		if to.Only != 0 {
			only &= to.Only
		}
		if err := t.address(ctx, a, to, only); err != nil {
			return err
		}
	}
	n, err := t.exec(ctx, `UPDATE peers SET pending = pending + (SELECT count(*) FROM deliveries WHERE deliveries.activity_id = ? AND deliveries.host = peers.host)
		WHERE host IN (SELECT host FROM deliveries WHERE activity_id = ?)`, a.ID, a.ID)
	if err != nil {
		return err
	}
	if err := t.replaceVotes(ctx, a); err != nil {
		return err
	}
	if n == 0 {
		_, err := t.exec(ctx, "DELETE FROM outgoing WHERE id = ?", a.ID)
		return err
	}
	t.commit.Deliveries = true
	return nil
}

// replaceVotes takes back the same vote's earlier deliveries, to where this one
// goes too. One that is under way meanwhile arrives before it.
func (t *tx) replaceVotes(ctx context.Context, a forum.OutgoingActivity) error {
	if a.Vote == "" {
		return nil
	}
	var hosts []string
	err := t.scan(ctx, &hosts, `DELETE FROM deliveries WHERE activity_id IN (SELECT id FROM outgoing WHERE vote = ? AND vote <> '' AND signer_id = ? AND id < ?)
		AND EXISTS (SELECT 1 FROM deliveries AS last WHERE last.activity_id = ? AND last.inbox = deliveries.inbox) RETURNING host`, a.Vote, a.Signer, a.ID, a.ID)
	for _, host := range hosts {
		if err == nil {
			_, err = t.exec(ctx, "UPDATE peers SET pending = pending - 1 WHERE host = ?", host)
		}
	}
	return err
}

// address adds the deliveries for one part of an audience. Of servers whose
// software is known, only those that understand one of the families get one;
// for the others the deliverer decides once it has asked.
func (t *tx) address(ctx context.Context, a forum.OutgoingActivity, to forum.Recipients, families forum.Family) error {
	audience, args := "", []any{}
	switch {
	case to.Relays != "", to.Relay != 0:
		return t.addressRelays(ctx, a, to, families)
	case to.FollowersOf != 0:
		audience, args = "actors.id IN (SELECT follower_id FROM follows WHERE target_id = ? AND state = 'accepted')", []any{to.FollowersOf}
	case to.PassedOn != 0:
		audience, args = `actors.id IN (SELECT follower_id FROM follows JOIN thread_links ON thread_links.forum_id = follows.target_id
			WHERE thread_links.post_id = ? AND thread_links.announce_id <> 0 AND follows.state = 'accepted')`, []any{to.PassedOn}
	case to.Actor != 0:
		audience, args = "actors.id = ?", []any{to.Actor}
	case to.Around != 0:
		audience = `actors.id IN (SELECT author_id FROM posts WHERE parent_id = ? AND parent_id <> 0 OR thread_id = ?
			UNION SELECT actor_id FROM supports WHERE post_id = ? UNION SELECT actor_id FROM boosts WHERE post_id = ?
			UNION SELECT actor_id FROM poll_votes WHERE post_id = ?)`
		args = []any{to.Around, to.Around, to.Around, to.Around, to.Around}
	case to.Everyone:
		audience = "TRUE"
	default:
		return nil
	}
	if to.Sharing {
		audience, args = audience+" AND peers.software NOT IN (?)", append(args, listOf(forum.Unsharing))
	}
	query := `INSERT INTO deliveries (activity_id, host, inbox, families, priority)
		SELECT DISTINCT CAST(? AS BIGINT), actors.peer_host,
			CASE WHEN actors.shared_inbox = '' OR ? OR peers.software IN (?) THEN actors.inbox ELSE actors.shared_inbox END,
			CAST(? AS BIGINT), CAST(? AS BIGINT)
		FROM actors JOIN peers ON peers.host = actors.peer_host
		WHERE actors.peer_host <> '' AND actors.inbox <> '' AND actors.deleted_at = 0 AND actors.standing < 2 AND peers.dead_at = 0
			AND (peers.inspected_at = 0 OR CASE WHEN peers.software IN (?) THEN ? WHEN peers.software IN (?) THEN ? ELSE ? END)
			AND ` + audience + `
		ON CONFLICT (activity_id, inbox) DO UPDATE SET families = deliveries.families | excluded.families`
	groupAware, bareObjects := listOf(forum.SoftwareOf[forum.GroupAware]), listOf(forum.SoftwareOf[forum.BareObjects])
	_, err := t.exec(ctx, query, append([]any{a.ID, to.Direct, bareObjects, families, a.Priority,
		groupAware, families&forum.GroupAware != 0, bareObjects, families&forum.BareObjects != 0, families&forum.Microblog != 0}, args...)...)
	return err
}

// Activity returns the JSON of an outgoing activity for its own address, in the
// form for microblogs where there are several (the plainest), and NotFound for
// hidden ones.
func (s *Store) Activity(ctx context.Context, id forum.ID) ([]byte, error) {
	var body []byte
	err := s.scan(ctx, &body, `SELECT body FROM outgoing_payloads JOIN outgoing ON outgoing.id = activity_id
		WHERE activity_id = ? AND NOT hidden ORDER BY families & ? DESC LIMIT 1`, id, forum.Microblog)
	return body, err
}

// OriginOf finds what an activity was about, or NotFound.
func (s *Store) OriginOf(ctx context.Context, id forum.ID, uri string) (forum.Origin, error) {
	var o forum.Origin
	err := s.scan(ctx, &o, `SELECT id AS created, 0 AS announced, 0 AS liked, 0 AS boosted, 0 AS "by" FROM posts WHERE create_id = ? AND create_id <> 0 AND deleted_at = 0 AND removed_at = 0
		UNION ALL SELECT 0, post_id, 0, 0, 0 FROM threads WHERE announce_id = ? AND announce_id <> 0 AND NOT hidden
		UNION ALL SELECT 0, post_id, 0, 0, forum_id FROM thread_links WHERE announce_id = ? AND announce_id <> 0 AND NOT hidden
		UNION ALL SELECT 0, post_id, 0, 0, company_id FROM threads WHERE company_announce_id = ? AND company_announce_id <> 0 AND NOT hidden
		UNION ALL SELECT 0, 0, post_id, 0, actor_id FROM supports WHERE uri = ? AND uri <> '' AND NOT withdrawn
		UNION ALL SELECT 0, 0, 0, post_id, actor_id FROM boosts WHERE uri = ? AND uri <> ''
		LIMIT 1`, id, id, id, id, uri, uri)
	return o, err
}
