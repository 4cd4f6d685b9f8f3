package storage

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

type participationRow struct {
	bun.BaseModel `bun:"table:participations,alias:participations"`

	ID             forum.ID                `bun:"id,pk"`
	Kind           forum.ParticipationKind `bun:"kind"`
	SubjectID      forum.ID                `bun:"subject_id"`
	Version        int                     `bun:"version"`
	ActorID        forum.ID                `bun:"actor_id"`
	EmailHash      string                  `bun:"email_hash"`
	Email          string                  `bun:"email"`
	Name           string                  `bun:"name"`
	Locale         string                  `bun:"locale"`
	Tier           forum.Tier              `bun:"tier"`
	Server         string                  `bun:"server"`
	Route          forum.Route             `bun:"route"`
	SourceURI      string                  `bun:"source_uri"`
	Network        string                  `bun:"network"`
	Agent          string                  `bun:"agent"`
	ExperiencedOn  forum.Date              `bun:"experienced_on"`
	Amount         int64                   `bun:"amount"`
	Currency       string                  `bun:"currency"`
	Words          string                  `bun:"words"`
	NameShown      bool                    `bun:"name_shown"`
	Updates        bool                    `bun:"updates"`
	Dossier        bool                    `bun:"dossier"`
	Contact        bool                    `bun:"contact"`
	CreatedAt      stamp                   `bun:"created_at"`
	ConfirmedAt    stamp                   `bun:"confirmed_at"`
	WithdrawnAt    stamp                   `bun:"withdrawn_at"`
	InvalidationID forum.ID                `bun:"invalidation_id"`
	Told           bool                    `bun:"told"`
	SentAt         stamp                   `bun:"sent_at"`
	Elsewhere      bool                    `bun:"elsewhere"`
	Doubts         string                  `bun:"doubts"`
	Rechecked      bool                    `bun:"rechecked"`
	MergedWith     forum.ID                `bun:"merged_with"`
}

func newParticipationRow(p *forum.Participation) *participationRow {
	return &participationRow{
		ID: p.ID, Kind: p.Kind, SubjectID: p.SubjectID, Version: p.Version, ActorID: p.ActorID, EmailHash: p.EmailHash, Email: p.Email, Name: p.Name, Locale: p.Locale,
		Tier: p.Tier, Server: p.Server, Route: p.Route, SourceURI: p.SourceURI, Network: p.Network, Agent: p.Agent,
		ExperiencedOn: p.ExperiencedOn, Amount: p.Amount.Minor, Currency: p.Amount.Currency, Words: p.Words,
		NameShown: p.Consents.NameShown, Updates: p.Consents.Updates, Dossier: p.Consents.Dossier, Contact: p.Consents.Contact,
		CreatedAt: at(p.At), ConfirmedAt: at(p.ConfirmedAt), WithdrawnAt: at(p.WithdrawnAt), InvalidationID: p.InvalidationID, Told: p.Told, Elsewhere: p.Elsewhere, SentAt: at(p.SentAt),
		Doubts: packDoubts(p.Doubts), Rechecked: p.Rechecked, MergedWith: p.MergedWith,
	}
}

func (r *participationRow) participation() forum.Participation {
	return forum.Participation{
		ID: r.ID, Kind: r.Kind, SubjectID: r.SubjectID, Version: r.Version, ActorID: r.ActorID, EmailHash: r.EmailHash, Email: r.Email, Name: r.Name, Locale: r.Locale,
		Tier: r.Tier, Server: r.Server, Route: r.Route, SourceURI: r.SourceURI, Network: r.Network, Agent: r.Agent,
		ExperiencedOn: r.ExperiencedOn, Amount: forum.Amount{Minor: r.Amount, Currency: r.Currency}, Words: r.Words,
		Consents: forum.Consents{NameShown: r.NameShown, Updates: r.Updates, Dossier: r.Dossier, Contact: r.Contact},
		At:       r.CreatedAt.Time, ConfirmedAt: r.ConfirmedAt.Time, WithdrawnAt: r.WithdrawnAt.Time, InvalidationID: r.InvalidationID, Told: r.Told, Elsewhere: r.Elsewhere, SentAt: r.SentAt.Time,
		Doubts: unpackDoubts(r.Doubts), Rechecked: r.Rechecked, MergedWith: r.MergedWith,
	}
}

func packDoubts(doubts []forum.Doubt) string {
	words := make([]string, len(doubts))
	for i, d := range doubts {
		words[i] = string(d)
	}
	return strings.Join(words, " ")
}

func unpackDoubts(packed string) []forum.Doubt {
	var doubts []forum.Doubt
	for _, word := range strings.Fields(packed) {
		doubts = append(doubts, forum.Doubt(word))
	}
	return doubts
}

func (r reader) participationWhere(ctx context.Context, where string, args ...any) (*forum.Participation, error) {
	var row participationRow
	if err := r.scan(ctx, &row, "SELECT * FROM participations WHERE "+where, args...); err != nil {
		return nil, err
	}
	p := row.participation()
	return &p, nil
}

func (r reader) participationsWhere(ctx context.Context, where string, args ...any) ([]forum.Participation, error) {
	var rows []participationRow
	if err := r.scan(ctx, &rows, "SELECT * FROM participations WHERE "+where, args...); err != nil {
		return nil, err
	}
	list := make([]forum.Participation, len(rows))
	for i := range rows {
		list[i] = rows[i].participation()
	}
	return list, nil
}

// Participation implements forum.ParticipationReader.
func (r reader) Participation(ctx context.Context, id forum.ID) (*forum.Participation, error) {
	return r.participationWhere(ctx, "id = ?", id)
}

// ParticipationOf implements forum.ParticipationReader.
func (r reader) ParticipationOf(ctx context.Context, kind forum.ParticipationKind, subject, actor forum.ID) (*forum.Participation, error) {
	return r.participationWhere(ctx, "kind = ? AND subject_id = ? AND actor_id = ? AND actor_id <> 0", kind, subject, actor)
}

// ParticipationByMailbox implements forum.ParticipationReader.
func (r reader) ParticipationByMailbox(ctx context.Context, kind forum.ParticipationKind, subject forum.ID, hash string) (*forum.Participation, error) {
	return r.participationWhere(ctx, "kind = ? AND subject_id = ? AND email_hash = ? AND email_hash <> ''", kind, subject, hash)
}

// ParticipationsBySource implements forum.ParticipationReader.
func (r reader) ParticipationsBySource(ctx context.Context, uri string) ([]forum.Participation, error) {
	return r.participationsWhere(ctx, "source_uri = ? AND source_uri <> '' ORDER BY id", uri)
}

// ServerSeen implements forum.ParticipationReader: IDs tell the time.
func (r reader) ServerSeen(ctx context.Context, host string) (time.Time, error) {
	var first forum.ID
	err := r.scan(ctx, &first, "SELECT COALESCE(min(id), 0) FROM actors WHERE host = ?", host)
	if err != nil || first == 0 {
		return time.Time{}, err
	}
	return first.Time(), nil
}

// LettersSent implements forum.ParticipationReader.
func (r reader) LettersSent(ctx context.Context, action forum.ID) (int, error) {
	var n int
	err := r.scan(ctx, &n, `SELECT count(*) FROM participations
		WHERE subject_id = ? AND sent_at <> 0 AND kind = 'signature' AND confirmed_at <> 0 AND withdrawn_at = 0 AND invalidation_id = 0`, action)
	return n, err
}

// SaveParticipation implements forum.ParticipationTx.
func (t *tx) SaveParticipation(ctx context.Context, p *forum.Participation) error {
	before, err := t.Participation(ctx, p.ID)
	row := newParticipationRow(p)
	switch {
	case forum.CodeOf(err) == forum.NotFound:
		before = nil
		_, err = t.db.NewInsert().Model(row).Exec(ctx)
	case err == nil:
		_, err = t.db.NewUpdate().Model(row).WherePK().Exec(ctx)
	}
	if isDuplicate(err) {
		return &forum.Error{Code: forum.Conflict, Key: "CountedAlready", Err: err}
	}
	if err != nil {
		return err
	}
	if before != nil {
		if err := t.moveTally(ctx, before, -1); err != nil {
			return err
		}
	}
	return t.moveTally(ctx, p, 1)
}

// moveTally adds a participation to the counts, or takes it out of them.
func (t *tx) moveTally(ctx context.Context, p *forum.Participation, by int) error {
	tier := string(p.Tier)
	switch {
	case !p.Stands() || p.Elsewhere:
		return nil
	case p.InvalidationID != 0:
		tier = "invalidated"
	}
	hour := p.At.Truncate(time.Hour)
	for _, c := range []struct {
		table, column string
		value         any
	}{{"participation_tallies", "server", p.Server}, {"participation_hours", "hour", millis(hour)}} {
		_, err := t.exec(ctx, "INSERT INTO "+c.table+" (kind, subject_id, tier, "+c.column+", number) VALUES (?, ?, ?, ?, ?) ON CONFLICT (kind, subject_id, tier, "+c.column+") DO UPDATE SET number = "+c.table+".number + excluded.number",
			p.Kind, p.SubjectID, tier, c.value, by)
		if err != nil {
			return err
		}
	}
	_, err := t.exec(ctx, "INSERT INTO participation_totals (kind, subject_id, tier, number) VALUES (?, ?, ?, ?) ON CONFLICT (kind, subject_id, tier) DO UPDATE SET number = participation_totals.number + excluded.number",
		p.Kind, p.SubjectID, tier, by)
	if err != nil || p.Kind != forum.CoClaim || p.InvalidationID != 0 {
		return err
	}
	_, err = t.exec(ctx, "UPDATE threads SET co_claims = co_claims + ? WHERE post_id = ?", by, p.SubjectID)
	return err
}

// RemoveParticipation implements forum.ParticipationTx.
func (t *tx) RemoveParticipation(ctx context.Context, id forum.ID) error {
	p, err := t.Participation(ctx, id)
	if err != nil {
		return err
	}
	if err := t.moveTally(ctx, p, -1); err != nil {
		return err
	}
	_, err = t.exec(ctx, "DELETE FROM participations WHERE id = ?", id)
	return err
}

type tierCount struct {
	SubjectID forum.ID `bun:"subject_id"`
	Server    string   `bun:"server"`
	Hour      int64    `bun:"hour"`
	Tier      string   `bun:"tier"`
	Number    int      `bun:"number"`
}

func (c tierCount) add(to *forum.TierTally) {
	if c.Tier == "invalidated" {
		to.Invalidated += c.Number
		return
	}
	*to.Of(forum.Tier(c.Tier)) += c.Number
}

// TierTally implements forum.ParticipationReader.
func (r reader) TierTally(ctx context.Context, kind forum.ParticipationKind, subject forum.ID) (forum.TierTally, error) {
	all, err := r.TierTallies(ctx, kind, []forum.ID{subject})
	return all[subject], err
}

// TierTallies implements forum.ParticipationPages.
func (r reader) TierTallies(ctx context.Context, kind forum.ParticipationKind, subjects []forum.ID) (map[forum.ID]forum.TierTally, error) {
	all := map[forum.ID]forum.TierTally{}
	if len(subjects) == 0 {
		return all, nil
	}
	var rows []tierCount
	err := r.scan(ctx, &rows, "SELECT subject_id, tier, number FROM participation_totals WHERE kind = ? AND subject_id IN (?)", kind, listOf(subjects))
	for _, row := range rows {
		t := all[row.SubjectID]
		row.add(&t)
		all[row.SubjectID] = t
	}
	return all, err
}

// TallyByServer implements forum.ParticipationPages.
func (r reader) TallyByServer(ctx context.Context, kind forum.ParticipationKind, subject forum.ID, limit int) ([]forum.ServerTally, error) {
	var rows []tierCount
	err := r.scan(ctx, &rows, `SELECT server, tier, number FROM participation_tallies WHERE kind = ? AND subject_id = ? AND number <> 0 AND server IN (
		SELECT server FROM participation_tallies WHERE kind = ? AND subject_id = ? GROUP BY server HAVING sum(number) > 0 ORDER BY sum(number) DESC, server LIMIT ?)`,
		kind, subject, kind, subject, limit)
	if err != nil {
		return nil, err
	}
	place := map[string]int{}
	var list []forum.ServerTally
	for _, row := range rows {
		i, ok := place[row.Server]
		if !ok {
			i = len(list)
			place[row.Server], list = i, append(list, forum.ServerTally{Server: row.Server})
		}
		row.add(&list[i].Tally)
	}
	sortServers(list)
	return list, nil
}

// TallyByHour implements forum.ParticipationPages.
func (r reader) TallyByHour(ctx context.Context, kind forum.ParticipationKind, subject forum.ID) ([]forum.HourTally, error) {
	var rows []tierCount
	if err := r.scan(ctx, &rows, "SELECT hour, tier, number FROM participation_hours WHERE kind = ? AND subject_id = ? AND number <> 0 ORDER BY hour, tier", kind, subject); err != nil {
		return nil, err
	}
	var list []forum.HourTally
	for _, row := range rows {
		hour := time.UnixMilli(row.Hour).UTC()
		if n := len(list); n == 0 || !list[n-1].Hour.Equal(hour) {
			list = append(list, forum.HourTally{Hour: hour})
		}
		row.add(&list[len(list)-1].Tally)
	}
	return list, nil
}

// TallyByVersion implements forum.ParticipationPages.
func (r reader) TallyByVersion(ctx context.Context, kind forum.ParticipationKind, subject forum.ID) (map[int]int, error) {
	var rows []struct{ Version, Number int }
	err := r.scan(ctx, &rows, "SELECT version, count(*) AS number FROM participations WHERE kind = ? AND subject_id = ? AND "+counting+" GROUP BY version", kind, subject)
	counts := map[int]int{}
	for _, row := range rows {
		counts[row.Version] = row.Number
	}
	return counts, err
}

// counting holds for participations that count.
const counting = "confirmed_at <> 0 AND withdrawn_at = 0 AND invalidation_id = 0 AND NOT elsewhere"

type participationWithActor struct {
	participationRow `bun:",extend"`
	Actor            bylineRow `bun:"embed:actor__"`
}

func (r reader) participationViews(ctx context.Context, where string, args ...any) ([]forum.ParticipationView, error) {
	var rows []participationWithActor
	err := r.scan(ctx, &rows, "SELECT participations.*, COALESCE(actor.id, 0) AS actor__id, COALESCE(actor.name, '') AS actor__name, COALESCE(actor.host, '') AS actor__host, COALESCE(actor.url, '') AS actor__url, COALESCE(actor.uri, '') AS actor__uri, COALESCE(actor.display_name, '') AS actor__display_name, COALESCE(actor.kind, '') AS actor__kind FROM participations LEFT JOIN actors AS actor ON actor.id = participations.actor_id WHERE "+where, args...)
	if err != nil {
		return nil, err
	}
	list := make([]forum.ParticipationView, len(rows))
	for i := range rows {
		list[i].Participation = rows[i].participation()
		if rows[i].ActorID != 0 {
			by := rows[i].Actor.byline()
			list[i].Actor = &by
		}
	}
	return list, nil
}

// Participations implements forum.ParticipationPages.
func (r reader) Participations(ctx context.Context, kind forum.ParticipationKind, subject, after forum.ID, limit int) ([]forum.ParticipationView, error) {
	return r.participationViews(ctx, "participations.kind = ? AND participations.subject_id = ? AND participations.id > ? AND participations.confirmed_at <> 0 ORDER BY participations.id LIMIT ?", kind, subject, after, limit)
}

// ParticipationNames implements forum.ParticipationPages.
func (r reader) ParticipationNames(ctx context.Context, kind forum.ParticipationKind, subject forum.ID, limit int) ([]forum.ParticipationView, error) {
	return r.participationViews(ctx, "participations.kind = ? AND participations.subject_id = ? AND participations.name_shown AND participations.confirmed_at <> 0 AND participations.withdrawn_at = 0 AND participations.invalidation_id = 0 AND NOT participations.elsewhere AND COALESCE(actor.suspended_at, 0) = 0 AND COALESCE(actor.leaves_at, 0) = 0 ORDER BY participations.id DESC LIMIT ?", kind, subject, limit)
}

// MatchingParticipations implements forum.ParticipationTx.
func (t *tx) MatchingParticipations(ctx context.Context, r forum.InvalidationRule, limit int) ([]forum.Participation, error) {
	where, args := "kind = ? AND subject_id = ? AND "+counting, []any{r.Kind, r.Subject}
	and := func(condition string, arg any) { where, args = where+" AND "+condition, append(args, arg) }
	if r.Server != nil {
		and("server = ?", *r.Server)
	}
	if r.Tier != "" {
		and("tier = ?", r.Tier)
	}
	if r.Route != "" {
		and("route = ?", r.Route)
	}
	if !r.From.IsZero() {
		and("created_at >= ?", millis(r.From))
	}
	if !r.Until.IsZero() {
		and("created_at < ?", millis(r.Until))
	}
	if r.Network != "" {
		and("network = ?", r.Network)
	}
	if r.Agent != "" {
		and("agent = ?", r.Agent)
	}
	if r.Name != "" {
		and("actor_id IN (SELECT id FROM actors WHERE lower(name) LIKE ? ESCAPE '!')", likePrefix(r.Name))
	}
	if r.One != 0 {
		and("id = ?", r.One)
	}
	return t.participationsWhere(ctx, where+" ORDER BY id LIMIT ?", append(args, limit)...)
}

// likePrefix is a pattern for what begins in a way.
func likePrefix(s string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(strings.ToLower(s)) + "%"
}

// ParticipationsInvalidated implements forum.ParticipationTx.
func (t *tx) ParticipationsInvalidated(ctx context.Context, invalidation forum.ID, limit int) ([]forum.Participation, error) {
	return t.participationsWhere(ctx, "invalidation_id = ? AND invalidation_id <> 0 ORDER BY id LIMIT ?", invalidation, limit)
}

// NewcomersDue implements forum.ParticipationTx.
func (t *tx) NewcomersDue(ctx context.Context, before time.Time, limit int) ([]forum.Participation, error) {
	return t.participationsWhere(ctx, "tier = 'new' AND NOT rechecked AND created_at < ? AND "+counting+" ORDER BY created_at, id LIMIT ?", millis(before), limit)
}

// ParticipationsOn implements forum.ParticipationTx.
func (r reader) ParticipationsOn(ctx context.Context, kind forum.ParticipationKind, subject, after forum.ID, limit int) ([]forum.Participation, error) {
	return r.participationsWhere(ctx, "kind = ? AND subject_id = ? AND id > ? ORDER BY id LIMIT ?", kind, subject, after, limit)
}

// ParticipationsWaiting implements forum.ParticipationTx.
func (t *tx) ParticipationsWaiting(ctx context.Context, hash string) (int, error) {
	var n int
	err := t.scan(ctx, &n, "SELECT count(*) FROM participations WHERE email_hash = ? AND confirmed_at = 0", hash)
	return n, err
}

// TellClaims implements forum.ParticipationTx.
func (t *tx) TellClaims(ctx context.Context, thread forum.ID, on bool) (bool, error) {
	n, err := t.exec(ctx, "UPDATE threads SET claims_telling = ? WHERE post_id = ? AND claims_telling <> ?", on, thread, on)
	return n == 1, err
}

// SetClaimsTold implements forum.ParticipationTx.
func (t *tx) SetClaimsTold(ctx context.Context, thread forum.ID, tally *forum.TierTally) error {
	packed := packTally(tally)
	_, err := t.exec(ctx, "UPDATE threads SET co_claims_told = ? WHERE post_id = ? AND co_claims_told <> ?", packed, thread, packed)
	return err
}

func packTally(t *forum.TierTally) string {
	if t == nil {
		return ""
	}
	packed, err := json.Marshal(t)
	if err != nil {
		return ""
	}
	return string(packed)
}

func unpackTally(packed string) *forum.TierTally {
	var t forum.TierTally
	if packed == "" || json.Unmarshal([]byte(packed), &t) != nil {
		return nil
	}
	return &t
}

type invalidationRow struct {
	ID        forum.ID                `bun:"id"`
	Kind      forum.ParticipationKind `bun:"kind"`
	SubjectID forum.ID                `bun:"subject_id"`
	Rule      string                  `bun:"rule"`
	Reason    string                  `bun:"reason"`
	Number    int                     `bun:"number"`
	ByID      forum.ID                `bun:"by_id"`
	CreatedAt stamp                   `bun:"created_at"`
	UndoneAt  stamp                   `bun:"undone_at"`
}

// AddInvalidation implements forum.ParticipationTx.
func (t *tx) AddInvalidation(ctx context.Context, i *forum.Invalidation) error {
	rule, err := json.Marshal(i.Rule)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, "INSERT INTO invalidations (id, kind, subject_id, rule, reason, number, by_id, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		i.ID, i.Kind, i.SubjectID, string(rule), i.Reason, i.Number, i.ByID, millis(i.At))
	return err
}

// UndoInvalidation implements forum.ParticipationTx.
func (t *tx) UndoInvalidation(ctx context.Context, id, by forum.ID, when time.Time) (forum.ID, error) {
	var subjects []forum.ID
	err := t.scan(ctx, &subjects, "UPDATE invalidations SET undone_at = ?, undone_by = ? WHERE id = ? AND undone_at = 0 RETURNING subject_id", millis(when), by, id)
	if err != nil || len(subjects) == 0 {
		return 0, err
	}
	return subjects[0], nil
}

// Invalidations implements forum.ParticipationPages: the last first, at most 200.
func (r reader) Invalidations(ctx context.Context, kind forum.ParticipationKind, subject forum.ID) ([]forum.Invalidation, error) {
	var rows []invalidationRow
	err := r.scan(ctx, &rows, "SELECT id, kind, subject_id, rule, reason, number, by_id, created_at, undone_at FROM invalidations WHERE kind = ? AND subject_id = ? ORDER BY id DESC LIMIT 200", kind, subject)
	if err != nil {
		return nil, err
	}
	list := make([]forum.Invalidation, len(rows))
	for i, row := range rows {
		list[i] = forum.Invalidation{ID: row.ID, Kind: row.Kind, SubjectID: row.SubjectID, Reason: row.Reason, Number: row.Number, ByID: row.ByID, At: row.CreatedAt.Time, UndoneAt: row.UndoneAt.Time}
		if err := json.Unmarshal([]byte(row.Rule), &list[i].Rule); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// sortServers puts those with the most people first.
func sortServers(list []forum.ServerTally) {
	slices.SortStableFunc(list, func(a, b forum.ServerTally) int {
		return cmp.Or(b.Tally.Signed()-a.Tally.Signed(), strings.Compare(a.Server, b.Server))
	})
}

// forgetParticipations counts an actor no longer who is erased; that somebody was
// there stays, so that the figures can be followed.
func (t *tx) forgetParticipations(ctx context.Context, actor forum.ID, when time.Time) error {
	list, err := t.participationsWhere(ctx, "actor_id = ? AND actor_id <> 0", actor)
	if err != nil {
		return err
	}
	for i := range list {
		p := &list[i]
		if p.WithdrawnAt.IsZero() {
			p.WithdrawnAt = when
		}
		p.EmailHash, p.Email, p.Name, p.Words, p.ExperiencedOn, p.Amount, p.Consents = "", "", "", "", "", forum.Amount{}, forum.Consents{}
		if err := t.SaveParticipation(ctx, p); err != nil {
			return err
		}
	}
	return nil
}
