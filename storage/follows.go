package storage

import (
	"context"
	"time"

	"portevoix/forum"
)

type followRow struct {
	URI       string `bun:"uri"`
	State     forum.FollowState
	CreatedAt stamp
	Follower  actorRow `bun:"embed:follower__"`
	Target    actorRow `bun:"embed:target__"`
}

func (r followRow) follow() forum.Follow {
	return forum.Follow{Follower: r.Follower.actor(), Target: r.Target.actor(), URI: r.URI, State: r.State, At: r.CreatedAt.Time}
}

var selectFollow = "SELECT follows.uri, follows.state, follows.created_at, " + actorColumns("follower") + ", " + actorColumns("target") + `
	FROM follows JOIN actors AS follower ON follower.id = follows.follower_id JOIN actors AS target ON target.id = follows.target_id `

func (r reader) followWhere(ctx context.Context, where string, args ...any) (*forum.Follow, error) {
	var row followRow
	if err := r.scan(ctx, &row, selectFollow+where, args...); err != nil {
		return nil, err
	}
	f := row.follow()
	return &f, nil
}

// FollowByURI implements forum.Reader.
func (r reader) FollowByURI(ctx context.Context, uri string) (*forum.Follow, error) {
	if uri == "" {
		return nil, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	return r.followWhere(ctx, "WHERE follows.uri = ? AND follows.uri <> '' LIMIT 1", uri)
}

// FollowBetween implements forum.Reader.
func (r reader) FollowBetween(ctx context.Context, followerURI, targetURI string) (*forum.Follow, error) {
	return r.followWhere(ctx, "WHERE follower.uri = ? AND target.uri = ?", followerURI, targetURI)
}

// Relation implements forum.PageReader.
func (r reader) Relation(ctx context.Context, viewer, actor forum.ID) (forum.Relation, error) {
	var row struct {
		Following forum.FollowState
		Blocking  bool
		Muting    bool
	}
	err := r.scan(ctx, &row, `SELECT COALESCE((SELECT state FROM follows WHERE target_id = ? AND follower_id = ?), '') AS following,
		EXISTS (SELECT 1 FROM blocks WHERE by_id = ? AND whom_id = ?) AS blocking,
		EXISTS (SELECT 1 FROM filters WHERE account_id = ? AND kind = 'person' AND target_id = ? AND value = '' AND action = 'hide') AS muting`, actor, viewer, viewer, actor, viewer, actor)
	return forum.Relation{Following: row.Following, Blocking: row.Blocking, Muting: row.Muting}, err
}

// FollowsAtHome implements forum.PageReader.
func (r reader) FollowsAtHome(ctx context.Context, account forum.ID, actors []forum.ID) (bool, error) {
	return r.exists(ctx, "SELECT 1 FROM follows WHERE follower_id = ? AND target_id IN (?) AND state = 'accepted'"+atHome, account, listOf(actors))
}

// FollowersOf lists an actor's accepted followers by ID, for its collection.
func (r reader) FollowersOf(ctx context.Context, target, after forum.ID, limit int) ([]forum.Actor, error) {
	var rows []actorRow
	err := r.db.NewSelect().Model(&rows).Join("JOIN follows ON follows.follower_id = actors.id").
		Where("follows.target_id = ? AND follows.state = 'accepted' AND actors.id > ?", target, after).Order("actors.id").Limit(int64(limit)).Scan(ctx)
	return actorsFrom(rows), err
}

// FollowerURIs lists the ids of an actor's accepted followers on a server, "" for
// those here.
func (r reader) FollowerURIs(ctx context.Context, target forum.ID, host string, limit int) ([]string, error) {
	var uris []string
	err := r.scan(ctx, &uris, `SELECT actors.uri FROM follows JOIN actors ON actors.id = follows.follower_id
		WHERE follows.target_id = ? AND follows.state = 'accepted' AND actors.peer_host = ? LIMIT ?`, target, host, limit)
	return uris, err
}

// AddFollow implements forum.Tx.
func (t *tx) AddFollow(ctx context.Context, f forum.Follow) (*forum.Follow, error) {
	n, err := t.exec(ctx, "INSERT INTO follows (target_id, follower_id, uri, state, created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		f.Target.ID, f.Follower.ID, f.URI, f.State, millis(f.At))
	if err != nil {
		return nil, err
	}
	if n == 1 {
		if f.State == forum.FollowAccepted {
			return nil, t.countFollow(ctx, f.Follower.ID, f.Target.ID, 1)
		}
		return nil, nil
	}
	existing, err := t.followWhere(ctx, "WHERE follows.target_id = ? AND follows.follower_id = ?", f.Target.ID, f.Follower.ID)
	if err != nil {
		return nil, err
	}
	// A peer that lost its database follows again under a new id, by which it
	// will undo.
	if existing.URI != f.URI && !f.Follower.Local() {
		if _, err := t.exec(ctx, "UPDATE follows SET uri = ? WHERE target_id = ? AND follower_id = ?", f.URI, f.Target.ID, f.Follower.ID); err != nil {
			return nil, err
		}
	}
	return existing, nil
}

func (t *tx) countFollow(ctx context.Context, follower, target forum.ID, by int) error {
	if _, err := t.exec(ctx, "UPDATE actors SET followers = followers + ? WHERE id = ?", by, target); err != nil {
		return err
	}
	_, err := t.exec(ctx, "UPDATE actors SET following = following + ? WHERE id = ?", by, follower)
	return err
}

// AcceptFollow implements forum.Tx.
func (t *tx) AcceptFollow(ctx context.Context, follower, target forum.ID) error {
	n, err := t.exec(ctx, "UPDATE follows SET state = 'accepted' WHERE target_id = ? AND follower_id = ? AND state = 'pending'", target, follower)
	if err != nil || n == 0 {
		return err
	}
	return t.countFollow(ctx, follower, target, 1)
}

// RemoveFollow implements forum.Tx.
func (t *tx) RemoveFollow(ctx context.Context, follower, target forum.ID) (*forum.Follow, error) {
	f, err := t.followWhere(ctx, "WHERE follows.target_id = ? AND follows.follower_id = ?", target, follower)
	if forum.CodeOf(err) == forum.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if _, err := t.exec(ctx, "DELETE FROM follows WHERE target_id = ? AND follower_id = ?", target, follower); err != nil {
		return nil, err
	}
	if _, err := t.exec(ctx, "DELETE FROM list_members WHERE target_id = ? AND list_id IN (SELECT id FROM lists WHERE account_id = ?)", target, follower); err != nil {
		return nil, err
	}
	if f.State == forum.FollowAccepted {
		err = t.countFollow(ctx, follower, target, -1)
	}
	if err == nil && f.Follower.IsForum() {
		err = t.unlinkSource(ctx, follower, target)
	}
	return f, err
}

// Blocked implements forum.Reader.
func (r reader) Blocked(ctx context.Context, by, whom forum.ID) (bool, error) {
	return r.exists(ctx, "SELECT 1 FROM blocks WHERE by_id = ? AND whom_id = ?", by, whom)
}

// AddBlock implements forum.Tx.
func (t *tx) AddBlock(ctx context.Context, by, whom forum.ID, uri string, when time.Time) (bool, error) {
	n, err := t.exec(ctx, "INSERT INTO blocks (by_id, whom_id, uri, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", by, whom, uri, millis(when))
	return n == 1, err
}

// RemoveBlock implements forum.Tx.
func (t *tx) RemoveBlock(ctx context.Context, by, whom forum.ID) (string, error) {
	var uris []string
	err := t.scan(ctx, &uris, "DELETE FROM blocks WHERE by_id = ? AND whom_id = ? RETURNING uri", by, whom)
	if err != nil || len(uris) == 0 {
		return "", err
	}
	return uris[0], nil
}

// FindUndone implements forum.Tx: by the activity's URI, else by its type and
// object.
func (t *tx) FindUndone(ctx context.Context, actor forum.ID, u forum.Undone) (forum.Found, error) {
	var found forum.Found
	look := func(types string, query string, dest *forum.ID, arg string) error {
		if arg == "" || u.Type != "" && u.Type != types && !(types == "Like" && u.Type == "Dislike") {
			return nil
		}
		var ids []forum.ID
		if err := t.scan(ctx, &ids, query, actor, arg); err != nil {
			return err
		}
		if len(ids) > 0 {
			*dest = ids[0]
		}
		return nil
	}
	var target forum.ID
	for _, step := range []struct {
		kind, byURI, byObject string
		dest                  *forum.ID
	}{
		{"Follow", "SELECT target_id FROM follows WHERE follower_id = ? AND uri = ?",
			"SELECT target_id FROM follows JOIN actors ON actors.id = target_id WHERE follower_id = ? AND actors.uri = ?", &target},
		{"Like", "SELECT post_id FROM supports WHERE actor_id = ? AND uri = ?",
			"SELECT post_id FROM supports JOIN posts ON posts.id = post_id WHERE actor_id = ? AND posts.uri = ?", &found.Supported},
		{"Announce", "SELECT post_id FROM boosts WHERE actor_id = ? AND uri = ?",
			"SELECT post_id FROM boosts JOIN posts ON posts.id = post_id WHERE actor_id = ? AND posts.uri = ?", &found.Boosted},
		{"Block", "SELECT whom_id FROM blocks WHERE by_id = ? AND uri = ?",
			"SELECT whom_id FROM blocks JOIN actors ON actors.id = whom_id WHERE by_id = ? AND actors.uri = ?", &found.Blocked},
	} {
		if err := look(step.kind, step.byURI, step.dest, u.URI); err != nil {
			return found, err
		}
		if *step.dest == 0 && u.Type != "" {
			if err := look(step.kind, step.byObject, step.dest, u.Object); err != nil {
				return found, err
			}
		}
		if *step.dest != 0 {
			break
		}
	}
	if target != 0 {
		f, err := t.followWhere(ctx, "WHERE follows.target_id = ? AND follows.follower_id = ?", target, actor)
		found.Follow = f
		return found, err
	}
	return found, nil
}
