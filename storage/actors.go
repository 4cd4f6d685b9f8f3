package storage

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

type actorRow struct {
	bun.BaseModel `bun:"table:actors,alias:actors"`

	ID              forum.ID        `bun:"id,pk"`
	Kind            forum.ActorKind `bun:"kind"`
	GroupRole       forum.GroupRole `bun:"group_role"`
	Name            string          `bun:"name"`
	Host            string          `bun:"host"`
	PeerHost        string          `bun:"peer_host"`
	URI             string          `bun:"uri"`
	URL             string          `bun:"url"`
	DisplayName     string          `bun:"display_name"`
	Summary         string          `bun:"summary"`
	SummarySource   string          `bun:"summary_source"`
	Inbox           string          `bun:"inbox"`
	SharedInbox     string          `bun:"shared_inbox"`
	Outbox          string          `bun:"outbox"`
	FollowersURI    string          `bun:"followers_uri"`
	FeaturedURI     string          `bun:"featured_uri"`
	ModeratorsURI   string          `bun:"moderators_uri"`
	IconURL         string          `bun:"icon_url"`
	IconSmall       string          `bun:"icon_small"`
	BannerURL       string          `bun:"banner_url"`
	Locked          bool            `bun:"locked"`
	Restricted      bool            `bun:"restricted"`
	Findable        bool            `bun:"findable"`
	LocalOnly       bool            `bun:"local_only"`
	Private         bool            `bun:"private"`
	Guest           bool            `bun:"guest"`
	ImportedFrom    string          `bun:"imported_from"`
	Emojis          string          `bun:"emojis"`
	Fields          string          `bun:"fields"`
	AlsoKnownAs     string          `bun:"also_known_as"`
	MovedTo         string          `bun:"moved_to"`
	MovedAt         stamp           `bun:"moved_at"`
	LeavesAt        stamp           `bun:"leaves_at"`
	Followers       int             `bun:"followers"`
	Following       int             `bun:"following"`
	Posts           int             `bun:"posts"`
	CreatedAt       stamp           `bun:"created_at"`
	FetchedAt       stamp           `bun:"fetched_at"`
	SuspendedAt     stamp           `bun:"suspended_at"`
	SuspendedReason string          `bun:"suspended_reason"`
	DeletedAt       stamp           `bun:"deleted_at"`
	Standing        forum.Standing  `bun:"standing"`
}

func newActorRow(a *forum.Actor) *actorRow {
	r := &actorRow{
		ID: a.ID, Kind: a.Kind, GroupRole: a.GroupRole, Name: a.Name, Host: a.Host, URI: a.URI, URL: a.URL, DisplayName: a.DisplayName,
		Summary: a.Summary, SummarySource: a.SummarySource, Inbox: a.Inbox, SharedInbox: a.SharedInbox, Outbox: a.Outbox,
		FollowersURI: a.FollowersURI, FeaturedURI: a.Featured, ModeratorsURI: a.Moderators, IconURL: a.IconURL, IconSmall: a.IconSmall, BannerURL: a.BannerURL, Locked: a.Locked, Restricted: a.Restricted, Findable: a.Findable, LocalOnly: a.LocalOnly, Private: a.Private, Guest: a.Guest, ImportedFrom: a.ImportedFrom, Emojis: packEmojis(a.Emojis), Fields: packFields(a.Fields), AlsoKnownAs: strings.Join(a.AlsoKnownAs, " "), MovedTo: a.MovedTo, MovedAt: at(a.MovedAt), LeavesAt: at(a.LeavesAt),
		Followers: a.Followers, Following: a.Following, Posts: a.Posts, CreatedAt: at(a.CreatedAt), FetchedAt: at(a.FetchedAt),
		SuspendedAt: at(a.SuspendedAt), SuspendedReason: a.SuspendedReason, DeletedAt: at(a.DeletedAt), Standing: a.Standing,
	}
	if !a.Local() {
		r.PeerHost = forum.HostOf(a.Inbox)
	}
	return r
}

func (r *actorRow) actor() forum.Actor {
	return forum.Actor{
		ID: r.ID, Kind: r.Kind, GroupRole: r.GroupRole, Name: r.Name, Host: r.Host, URI: r.URI, URL: r.URL, DisplayName: r.DisplayName,
		Summary: r.Summary, SummarySource: r.SummarySource, Inbox: r.Inbox, SharedInbox: r.SharedInbox, Outbox: r.Outbox,
		FollowersURI: r.FollowersURI, Featured: r.FeaturedURI, Moderators: r.ModeratorsURI, IconURL: r.IconURL, IconSmall: r.IconSmall, BannerURL: r.BannerURL, Locked: r.Locked, Restricted: r.Restricted, Findable: r.Findable, LocalOnly: r.LocalOnly, Private: r.Private, Guest: r.Guest, ImportedFrom: r.ImportedFrom, Emojis: unpackEmojis(r.Emojis), Fields: unpackFields(r.Fields), AlsoKnownAs: strings.Fields(r.AlsoKnownAs), MovedTo: r.MovedTo, MovedAt: r.MovedAt.Time, LeavesAt: r.LeavesAt.Time,
		Followers: r.Followers, Following: r.Following, Posts: r.Posts, CreatedAt: r.CreatedAt.Time, FetchedAt: r.FetchedAt.Time,
		SuspendedAt: r.SuspendedAt.Time, SuspendedReason: r.SuspendedReason, DeletedAt: r.DeletedAt.Time, Standing: r.Standing,
	}
}

func actorsFrom(rows []actorRow) []forum.Actor {
	actors := make([]forum.Actor, len(rows))
	for i := range rows {
		actors[i] = rows[i].actor()
	}
	return actors
}

func (r reader) actorWhere(ctx context.Context, where string, args ...any) (*forum.Actor, error) {
	var row actorRow
	if err := r.find(ctx, &row, "WHERE "+where+" LIMIT 1", args...); err != nil {
		return nil, err
	}
	a := row.actor()
	return &a, nil
}

// Actor implements forum.Reader.
func (r reader) Actor(ctx context.Context, id forum.ID) (*forum.Actor, error) {
	return r.actorWhere(ctx, "id = ?", id)
}

// ActorByURI implements forum.Reader.
func (r reader) ActorByURI(ctx context.Context, uri string) (*forum.Actor, error) {
	return r.actorWhere(ctx, "uri = ?", uri)
}

// ActorByHandle implements forum.Reader. On some servers (Lemmy) a person and a
// group may share a name; the one known first is meant.
func (r reader) ActorByHandle(ctx context.Context, h forum.Handle) (*forum.Actor, error) {
	if h.Host == "" {
		return r.actorWhere(ctx, "name = ? AND host = ''", h.Name)
	}
	return r.actorWhere(ctx, "host = ? AND lower(name) = lower(?)", h.Host, h.Name)
}

// ActorsByURI implements forum.Reader.
func (r reader) ActorsByURI(ctx context.Context, uris []string) ([]forum.Actor, error) {
	if len(uris) == 0 {
		return nil, nil
	}
	var rows []actorRow
	err := r.find(ctx, &rows, "WHERE uri IN (?) ORDER BY id", listOf(uris))
	return actorsFrom(rows), err
}

// InstanceActor implements forum.Reader.
func (r reader) InstanceActor(ctx context.Context) (*forum.Actor, error) {
	return r.actorWhere(ctx, "name = ? AND host = ''", forum.InstanceActorName)
}

// NameFree implements forum.Tx. A deleted actor keeps its name: other servers
// remember who it was.
func (t *tx) NameFree(ctx context.Context, name string) error {
	taken, err := t.exists(ctx, "SELECT 1 FROM actors WHERE name = ? AND host = ''", name)
	if err != nil {
		return err
	}
	if taken {
		return &forum.Error{Code: forum.Conflict, Key: "NameTaken", Field: "name", Args: map[string]any{"Name": name}}
	}
	return nil
}

// addLocalActor stores an actor of this server with its key.
func (t *tx) addLocalActor(ctx context.Context, a *forum.Actor, key forum.KeyPair) error {
	if err := t.NameFree(ctx, a.Name); err != nil {
		return err
	}
	if err := t.insert(ctx, newActorRow(a), ""); err != nil {
		if isDuplicate(err) {
			return &forum.Error{Code: forum.Conflict, Key: "NameTaken", Field: "name", Args: map[string]any{"Name": a.Name}, Err: err}
		}
		return err
	}
	if err := t.indexActor(ctx, a); err != nil {
		return err
	}
	key.ActorID = a.ID
	return t.saveKey(ctx, &key)
}

// AddInstance implements forum.Tx.
func (t *tx) AddInstance(ctx context.Context, a *forum.Actor, key forum.KeyPair) error {
	return t.addLocalActor(ctx, a, key)
}

// SaveRemoteActor implements forum.Tx.
func (t *tx) SaveRemoteActor(ctx context.Context, a *forum.Actor, key *forum.KeyPair) error {
	row := newActorRow(a)
	var err error
	if row.Standing, err = t.standingOf(ctx, row.PeerHost, a.FetchedAt); err != nil {
		return err
	}
	if _, err := t.exec(ctx, "INSERT INTO peers (host, standing) VALUES (?, ?) ON CONFLICT DO NOTHING", row.PeerHost, row.Standing); err != nil {
		return err
	}
	// What this server knows itself (counters, suspension) is not overwritten. A
	// deleted actor that answers again exists again.
	_, err = t.db.NewInsert().Model(row).On("CONFLICT (uri) DO UPDATE").
		Set("kind = excluded.kind, group_role = excluded.group_role, name = excluded.name, host = excluded.host, peer_host = excluded.peer_host, standing = excluded.standing, url = excluded.url").
		Set("display_name = excluded.display_name, summary = excluded.summary, inbox = excluded.inbox").
		Set("shared_inbox = excluded.shared_inbox, outbox = excluded.outbox, followers_uri = excluded.followers_uri").
		Set("featured_uri = excluded.featured_uri, moderators_uri = excluded.moderators_uri, icon_url = excluded.icon_url, icon_small = excluded.icon_small, emojis = excluded.emojis").
		Set("locked = excluded.locked, restricted = excluded.restricted, findable = excluded.findable, fields = excluded.fields, also_known_as = excluded.also_known_as, moved_to = excluded.moved_to, fetched_at = excluded.fetched_at, deleted_at = 0").
		Exec(ctx)
	if err != nil {
		return err
	}
	if err := t.knowEmojis(ctx, forum.HostOf(a.URI), a.Emojis); err != nil {
		return err
	}
	if a.IconSmall != "" {
		if err := t.knowPicture(ctx, a.IconSmall, forum.IconPicture, forum.HostOf(a.URI), a.IconURL); err != nil {
			return err
		}
	}
	saved, err := t.ActorByURI(ctx, a.URI)
	if err != nil {
		return err
	}
	told := a.Representatives
	*a = *saved
	if err := t.indexActor(ctx, a); err != nil {
		return err
	}
	if a.IsForum() {
		if _, err := t.exec(ctx, "INSERT INTO forums (actor_id) VALUES (?) ON CONFLICT DO NOTHING", a.ID); err != nil {
			return err
		}
	}
	if a.GroupRole == forum.RoleCompany {
		if err := t.saveTold(ctx, a.ID, told, a.FetchedAt); err != nil {
			return err
		}
		if err := t.adoptCasesOf(ctx, a); err != nil {
			return err
		}
	}
	if key == nil {
		return nil
	}
	key.ActorID = a.ID
	return t.saveKey(ctx, key)
}

// UpdateActor implements forum.Tx.
func (t *tx) UpdateActor(ctx context.Context, a *forum.Actor) error {
	_, err := t.db.NewUpdate().Model(newActorRow(a)).WherePK().
		Column("kind", "display_name", "summary", "summary_source", "icon_url", "icon_small", "banner_url", "suspended_at", "suspended_reason", "guest", "imported_from", "restricted").Exec(ctx)
	if err != nil {
		return err
	}
	return t.indexActor(ctx, a)
}
