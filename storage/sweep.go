package storage

import (
	"context"
	"time"

	"portevoix/forum"
)

// sweepJob deletes what has served its time.
type sweepJob struct{}

func (sweepJob) Kind() string { return "sweep" }

// How long things are kept.
const (
	keepReceived      = 30 * 24 * time.Hour // ids of activities, to recognise repeats
	keepOutgoing      = 7 * 24 * time.Hour  // bytes of activities; undelivered ones are given up then
	keepSessions      = 90 * 24 * time.Hour
	keepUnconfirmed   = 7 * 24 * time.Hour // registrations whose address was never confirmed
	keepVisits        = 365 * 24 * time.Hour
	keepLoosePictures = 24 * time.Hour       // uploads that nothing shows
	keepSentPosts     = 24 * time.Hour       // by which an app that sends again finds what came of it
	keepSentDrafts    = 24 * time.Hour       // which lead to what became of them
	keepTags          = 30 * 24 * time.Hour  // ETags of collections elsewhere
	keepMessages      = 400 * 24 * time.Hour // to one actor elsewhere, who may still answer
	keepConcerns      = 400 * 24 * time.Hour // what was said of a concern, after its decision
	keepTraces        = 30 * 24 * time.Hour  // of the programs that people let themselves be counted with
	keepBurstAlerts   = 7 * 24 * time.Hour   // far longer than bursts are looked for
	keepErasedKeys    = 7 * 24 * time.Hour   // to sign the news of an account's end
)

// sweepSlice bounds how much one transaction deletes, so that sweeping never
// holds writers up.
const sweepSlice = 500

// fileSlice is sweepSlice for files, which may have to be removed over the network.
const fileSlice = 20

func (s *Store) sweep(ctx context.Context, _ sweepJob) error {
	now := s.clock.Now()
	ago := func(d time.Duration) int64 { return millis(now.Add(-d)) }
	for _, slice := range []func(ctx context.Context, t *tx) (int64, error){
		func(ctx context.Context, t *tx) (int64, error) {
			return t.exec(ctx, "DELETE FROM received WHERE activity IN (SELECT activity FROM received WHERE received_at < ? LIMIT ?)", ago(keepReceived), sweepSlice)
		},
		func(ctx context.Context, t *tx) (int64, error) { return t.sweepOutgoing(ctx, ago(keepOutgoing)) },
		func(ctx context.Context, t *tx) (int64, error) {
			return t.exec(ctx, "DELETE FROM links WHERE token_hash IN (SELECT token_hash FROM links WHERE expires_at < ? LIMIT ?)", millis(now), sweepSlice)
		},
		func(ctx context.Context, t *tx) (int64, error) { return t.sweepApps(ctx, now) },
		func(ctx context.Context, t *tx) (int64, error) {
			return t.exec(ctx, "DELETE FROM repeats WHERE (token_id, key) IN (SELECT token_id, key FROM repeats WHERE begun_at < ? LIMIT ?)", ago(keepSentPosts), sweepSlice)
		},
		func(ctx context.Context, t *tx) (int64, error) {
			return t.exec(ctx, "DELETE FROM sent_posts WHERE (account_id, key) IN (SELECT account_id, key FROM sent_posts WHERE sent_at < ? LIMIT ?)", ago(keepSentPosts), sweepSlice)
		},
		func(ctx context.Context, t *tx) (int64, error) {
			return t.exec(ctx, "DELETE FROM challenges WHERE token_hash IN (SELECT token_hash FROM challenges WHERE expires_at < ? LIMIT ?)", millis(now), sweepSlice)
		},
		func(ctx context.Context, t *tx) (int64, error) {
			return t.exec(ctx, "DELETE FROM filters WHERE id IN (SELECT id FROM filters WHERE expires_at <> 0 AND expires_at < ? LIMIT ?)", millis(now), sweepSlice)
		},
		func(ctx context.Context, t *tx) (int64, error) {
			return t.exec(ctx, "DELETE FROM bans WHERE (forum_id, actor_id) IN (SELECT forum_id, actor_id FROM bans WHERE expires_at <> 0 AND expires_at < ? LIMIT ?)", millis(now), sweepSlice)
		},
		func(ctx context.Context, t *tx) (int64, error) {
			return t.exec(ctx, "DELETE FROM sessions WHERE token_hash IN (SELECT token_hash FROM sessions WHERE seen_at < ? LIMIT ?)", ago(keepSessions), sweepSlice)
		},
		func(ctx context.Context, t *tx) (int64, error) {
			return t.exec(ctx, "DELETE FROM devices WHERE id IN (SELECT id FROM devices WHERE NOT EXISTS (SELECT 1 FROM sessions WHERE token_hash = session_hash) LIMIT ?)", sweepSlice)
		},
		func(ctx context.Context, t *tx) (int64, error) {
			return t.exec(ctx, "DELETE FROM visits WHERE (account_id, thread_id) IN (SELECT account_id, thread_id FROM visits WHERE visited_at < ? LIMIT ?)", ago(keepVisits), sweepSlice)
		},
		func(ctx context.Context, t *tx) (int64, error) {
			return t.exec(ctx, "DELETE FROM guest_replies WHERE id IN (SELECT id FROM guest_replies WHERE state = 'unconfirmed' AND created_at < ? LIMIT ?)", ago(forum.GuestLinkLifetime), sweepSlice)
		},
		func(ctx context.Context, t *tx) (int64, error) { return t.sweepUnconfirmed(ctx, ago(keepUnconfirmed)) },
		func(ctx context.Context, t *tx) (int64, error) {
			return t.exec(ctx, "DELETE FROM cards WHERE url IN (SELECT url FROM cards WHERE fetched_at < ? LIMIT ?)", ago(forum.CardLifetime), sweepSlice)
		},
		func(ctx context.Context, t *tx) (int64, error) {
			return t.exec(ctx, "DELETE FROM collection_tags WHERE uri IN (SELECT uri FROM collection_tags WHERE read_at < ? LIMIT ?)", ago(keepTags), sweepSlice)
		},
		func(ctx context.Context, t *tx) (int64, error) {
			return t.exec(ctx, "DELETE FROM drafts WHERE id IN (SELECT id FROM drafts WHERE post_id <> 0 AND saved_at < ? LIMIT ?)", ago(keepSentDrafts), sweepSlice)
		},
		func(ctx context.Context, t *tx) (int64, error) {
			return t.exec(ctx, "DELETE FROM participations WHERE id IN (SELECT id FROM participations WHERE confirmed_at = 0 AND created_at < ? LIMIT ?)", ago(forum.ParticipationLifetime), sweepSlice)
		},
		func(ctx context.Context, t *tx) (int64, error) {
			return t.exec(ctx, "UPDATE participations SET network = '', agent = '' WHERE id IN (SELECT id FROM participations WHERE (network <> '' OR agent <> '') AND created_at < ? LIMIT ?)", ago(keepTraces), sweepSlice)
		},
		func(ctx context.Context, t *tx) (int64, error) {
			return t.exec(ctx, "UPDATE concerns SET words = '', reply = '' WHERE id IN (SELECT id FROM concerns WHERE state <> 'open' AND decided_at < ? AND (words <> '' OR reply <> '') LIMIT ?)", ago(keepConcerns), sweepSlice)
		},
		func(ctx context.Context, t *tx) (int64, error) {
			return t.exec(ctx, "DELETE FROM threats WHERE id IN (SELECT id FROM threats WHERE reported_at < ? LIMIT ?)", ago(forum.ThreatLifetime), sweepSlice)
		},
		func(ctx context.Context, t *tx) (int64, error) {
			return t.exec(ctx, "DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries WHERE done_at <> 0 AND done_at < ? LIMIT ?)", ago(forum.WebhookLogLifetime), sweepSlice)
		},
		func(ctx context.Context, t *tx) (int64, error) {
			return t.exec(ctx, "DELETE FROM burst_alerts WHERE (kind, subject_id) IN (SELECT kind, subject_id FROM burst_alerts WHERE told_at < ? LIMIT ?)", ago(keepBurstAlerts), sweepSlice)
		},
		func(ctx context.Context, t *tx) (int64, error) {
			return t.exec(ctx, "DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE sent_at < ? LIMIT ?)", ago(keepMessages), sweepSlice)
		},
		func(ctx context.Context, t *tx) (int64, error) {
			return t.sweepLoosePictures(ctx, ago(keepLoosePictures))
		},
		func(ctx context.Context, t *tx) (int64, error) {
			return t.exec(ctx, `DELETE FROM actor_keys WHERE private_pem <> '' AND actor_id IN (SELECT id FROM actors WHERE host = '' AND deleted_at <> 0 AND deleted_at < ?)`, ago(keepErasedKeys))
		},
	} {
		if err := s.inSlices(ctx, sweepSlice, slice); err != nil {
			return err
		}
	}
	return s.SweepFiles(ctx)
}

// SweepFiles implements forum.Store.
func (s *Store) SweepFiles(ctx context.Context) error {
	return s.inSlices(ctx, fileSlice, func(ctx context.Context, t *tx) (int64, error) { return t.sweepFiles(ctx, s.shelf) })
}

// inSlices repeats a change, each time in a transaction of its own, until it finds
// less than a whole slice to do.
func (s *Store) inSlices(ctx context.Context, size int64, slice func(ctx context.Context, t *tx) (int64, error)) error {
	for n := size; n >= size; {
		err := s.change(ctx, func(ctx context.Context, t *tx) error {
			var err error
			n, err = slice(ctx, t)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// sweepOutgoing deletes activities past their time, with the deliveries that
// never succeeded.
func (t *tx) sweepOutgoing(ctx context.Context, before int64) (int64, error) {
	const old = "SELECT id FROM outgoing WHERE created_at < ? ORDER BY created_at LIMIT ?"
	_, err := t.exec(ctx, `UPDATE peers SET pending = pending - (SELECT count(*) FROM deliveries WHERE deliveries.host = peers.host AND deliveries.activity_id IN (`+old+`))
		WHERE host IN (SELECT host FROM deliveries WHERE activity_id IN (`+old+`))`, before, sweepSlice, before, sweepSlice)
	if err != nil {
		return 0, err
	}
	return t.exec(ctx, "DELETE FROM outgoing WHERE id IN ("+old+")", before, sweepSlice)
}

// sweepUnconfirmed frees the names and addresses of registrations that were
// never confirmed. Nobody elsewhere ever heard of them.
func (t *tx) sweepUnconfirmed(ctx context.Context, before int64) (int64, error) {
	var ids []forum.ID
	err := t.scan(ctx, &ids, `SELECT accounts.actor_id FROM accounts JOIN actors ON actors.id = accounts.actor_id
		WHERE accounts.email_confirmed_at = 0 AND actors.created_at < ? AND actors.posts = 0 LIMIT ?`, before, sweepSlice)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if err := t.forgetNotifications(ctx, "account_id = ?", id); err != nil {
			return 0, err
		}
		if err := t.eraseAccount(ctx, id); err != nil {
			return 0, err
		}
		for _, query := range []string{"DELETE FROM actor_search WHERE rowid = ?", "DELETE FROM actor_keys WHERE actor_id = ?", "DELETE FROM actors WHERE id = ?"} {
			if _, err := t.exec(ctx, query, id); err != nil {
				return 0, err
			}
		}
	}
	return int64(len(ids)), nil
}
