package storage

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

type keyRow struct {
	bun.BaseModel `bun:"table:actor_keys,alias:actor_keys"`

	URI        string        `bun:"uri,pk"`
	ActorID    forum.ID      `bun:"actor_id"`
	Kind       forum.KeyKind `bun:"kind"`
	PublicPEM  string        `bun:"public_pem"`
	PrivatePEM string        `bun:"private_pem"`
	FetchedAt  stamp         `bun:"fetched_at"`
	RetiredAt  stamp         `bun:"retired_at"`
}

func (r keyRow) key() forum.KeyPair {
	return forum.KeyPair{URI: r.URI, ActorID: r.ActorID, Kind: r.Kind, Public: r.PublicPEM, Private: r.PrivatePEM, FetchedAt: r.FetchedAt.Time, RetiredAt: r.RetiredAt.Time}
}

// saveKey keeps a key and those beside it. A key of another server never takes
// the place of one of ours.
func (t *tx) saveKey(ctx context.Context, key *forum.KeyPair) error {
	kind := key.Kind
	if kind == "" {
		kind = forum.KeyRSA
	}
	_, err := t.exec(ctx, `INSERT INTO actor_keys (uri, actor_id, kind, public_pem, private_pem, fetched_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (uri) DO UPDATE SET actor_id = excluded.actor_id, kind = excluded.kind, public_pem = excluded.public_pem, fetched_at = excluded.fetched_at
		WHERE actor_keys.private_pem = ''`,
		key.URI, key.ActorID, kind, key.Public, key.Private, millis(key.FetchedAt))
	if err != nil {
		return err
	}
	for _, beside := range key.Beside {
		beside.ActorID, beside.FetchedAt, beside.Beside = key.ActorID, key.FetchedAt, nil
		if err := t.saveKey(ctx, &beside); err != nil {
			return err
		}
	}
	return nil
}

// AddKey implements forum.Tx.
func (t *tx) AddKey(ctx context.Context, key forum.KeyPair) error { return t.saveKey(ctx, &key) }

// ActorsWithoutProofKey implements forum.Tx.
func (t *tx) ActorsWithoutProofKey(ctx context.Context, limit int) ([]forum.Actor, error) {
	var rows []actorRow
	err := t.db.NewSelect().Model(&rows).Where("host = '' AND deleted_at = 0").
		Where("NOT EXISTS (SELECT 1 FROM actor_keys WHERE actor_keys.actor_id = actors.id AND actor_keys.kind = 'ed25519')").Order("id").Limit(int64(limit)).Scan(ctx)
	return actorsFrom(rows), err
}

// LocalActors lists the actors of this server that exist, in the order of IDs.
func (s *Store) LocalActors(ctx context.Context, after forum.ID, limit int) ([]forum.Actor, error) {
	var rows []actorRow
	err := s.reading.NewSelect().Model(&rows).Where("host = '' AND deleted_at = 0 AND id > ?", after).Order("id").Limit(int64(limit)).Scan(ctx)
	return actorsFrom(rows), err
}

// ReplaceKeys implements forum.Tx.
func (t *tx) ReplaceKeys(ctx context.Context, actor forum.ID, fresh forum.KeyPair, when time.Time) error {
	_, err := t.exec(ctx, "UPDATE actor_keys SET retired_at = ? WHERE actor_id = ? AND private_pem <> '' AND retired_at = 0", millis(when), actor)
	if err != nil {
		return err
	}
	fresh.ActorID = actor
	return t.saveKey(ctx, &fresh)
}

// RemoveRetiredKeys implements forum.Tx.
func (t *tx) RemoveRetiredKeys(ctx context.Context, before time.Time) error {
	_, err := t.exec(ctx, "DELETE FROM actor_keys WHERE retired_at <> 0 AND retired_at < ?", millis(before))
	return err
}

// Key returns a key by its URI.
func (r reader) Key(ctx context.Context, uri string) (*forum.KeyPair, error) {
	var row keyRow
	if err := r.find(ctx, &row, "WHERE uri = ?", uri); err != nil {
		return nil, err
	}
	key := row.key()
	return &key, nil
}

// KeyOf returns the key that an actor signs with, and the others beside it; of
// those that were replaced, the last one first.
func (r reader) KeyOf(ctx context.Context, actor forum.ID) (*forum.KeyPair, error) {
	var rows []keyRow
	err := r.find(ctx, &rows, "WHERE actor_id = ? ORDER BY retired_at <> 0, kind = 'rsa' DESC, retired_at DESC, uri", actor)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	key := rows[0].key()
	for _, row := range rows[1:] {
		key.Beside = append(key.Beside, row.key())
	}
	return &key, nil
}
