package storage

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"portevoix/forum"
)

type concernRow struct {
	bun.BaseModel `bun:"table:concerns,alias:concerns"`

	ID        forum.ID            `bun:"id,pk"`
	Kind      forum.ConcernKind   `bun:"kind"`
	ThreadID  forum.ID            `bun:"thread_id"`
	PostID    forum.ID            `bun:"post_id"`
	CompanyID forum.ID            `bun:"company_id"`
	ByID      forum.ID            `bun:"by_id"`
	Reason    forum.ConcernReason `bun:"reason"`
	Words     string              `bun:"words"`
	Reply     string              `bun:"reply"`
	State     forum.ConcernState  `bun:"state"`
	Decision  string              `bun:"decision"`
	DecidedBy forum.ID            `bun:"decided_by"`
	RaisedAt  stamp               `bun:"raised_at"`
	DecidedAt stamp               `bun:"decided_at"`
}

func (r *concernRow) concern() forum.Concern {
	return forum.Concern{ID: r.ID, Kind: r.Kind, ThreadID: r.ThreadID, PostID: r.PostID, CompanyID: r.CompanyID, ByID: r.ByID, Reason: r.Reason, Words: r.Words, Reply: r.Reply,
		State: r.State, Decision: r.Decision, DecidedBy: r.DecidedBy, At: r.RaisedAt.Time, DecidedAt: r.DecidedAt.Time}
}

// Concern implements forum.ConcernReader.
func (r reader) Concern(ctx context.Context, id forum.ID) (*forum.Concern, error) {
	var row concernRow
	if err := r.db.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx); err != nil {
		return nil, translate(err)
	}
	c := row.concern()
	return &c, nil
}

// concernViews lists concerns with what they are about.
func (r reader) concernViews(ctx context.Context, where string, args ...any) ([]forum.ConcernView, error) {
	var rows []struct {
		concernRow  `bun:",extend"`
		ThreadTitle string    `bun:"thread_title,scanonly"`
		By          bylineRow `bun:"embed:who__"`
		Forum       bylineRow `bun:"embed:forum__"`
	}
	err := r.scan(ctx, &rows, "SELECT concerns.*, posts.title AS thread_title, "+bylineColumns("who")+", "+bylineColumns("forum")+`
		FROM concerns JOIN posts ON posts.id = concerns.thread_id JOIN actors AS who ON who.id = concerns.by_id JOIN actors AS forum ON forum.id = posts.forum_id
		WHERE `+where, args...)
	list := make([]forum.ConcernView, len(rows))
	for i := range rows {
		list[i] = forum.ConcernView{Concern: rows[i].concern(), By: rows[i].By.byline(), ThreadTitle: rows[i].ThreadTitle, Forum: rows[i].Forum.byline()}
	}
	return list, err
}

// Concerns implements forum.ConcernReader.
func (r reader) Concerns(ctx context.Context, thread forum.ID, limit int) ([]forum.ConcernView, error) {
	return r.concernViews(ctx, "concerns.thread_id = ? ORDER BY concerns.id DESC LIMIT ?", thread, limit)
}

// OpenConcerns implements forum.ConcernReader.
func (r reader) OpenConcerns(ctx context.Context, forums []forum.ID, all bool) ([]forum.ConcernView, error) {
	if all {
		return r.concernViews(ctx, "concerns.state = 'open' ORDER BY concerns.id LIMIT 100")
	}
	if len(forums) == 0 {
		return nil, nil
	}
	return r.concernViews(ctx, "concerns.state = 'open' AND posts.forum_id IN (?) ORDER BY concerns.id LIMIT 100", listOf(forums))
}

// OpenConcernsBy implements forum.ConcernReader.
func (r reader) OpenConcernsBy(ctx context.Context, account, thread forum.ID) (all, here int, err error) {
	var threads []forum.ID
	err = r.scan(ctx, &threads, "SELECT thread_id FROM concerns WHERE by_id = ? AND state = 'open' AND kind <> 'threat'", account)
	for _, id := range threads {
		if id == thread {
			here++
		}
	}
	return len(threads), here, err
}

// ConcernFigures implements forum.ConcernReader.
func (r reader) ConcernFigures(ctx context.Context, company forum.ID, since time.Time) (forum.ConcernFigures, error) {
	var rows []struct {
		Kind      forum.ConcernKind
		State     forum.ConcernState
		RaisedAt  int64
		DecidedAt int64
	}
	var f forum.ConcernFigures
	err := r.scan(ctx, &rows, "SELECT kind, state, raised_at, decided_at FROM concerns WHERE company_id = ? AND raised_at >= ?", company, millis(since))
	var took []int64
	for _, row := range rows {
		switch {
		case row.Kind == forum.ConcernPressure && row.State == forum.ConcernUpheld:
			f.Pressure++
			continue
		case row.Kind != forum.ConcernFlag:
			continue
		case row.State == forum.ConcernUpheld:
			f.FlagsUpheld++
		case row.State == forum.ConcernRefused:
			f.FlagsRefused++
		default:
			f.FlagsOpen++
		}
		f.Flags++
		if row.State != forum.ConcernOpen {
			took = append(took, row.DecidedAt-row.RaisedAt)
		}
	}
	if len(took) > 0 {
		slices.Sort(took)
		f.Median = time.Duration(took[len(took)/2]) * time.Millisecond
	}
	return f, err
}

// SaveConcern implements forum.Tx.
func (t *tx) SaveConcern(ctx context.Context, c *forum.Concern) error {
	_, err := t.db.NewInsert().Model(&concernRow{ID: c.ID, Kind: c.Kind, ThreadID: c.ThreadID, PostID: c.PostID, CompanyID: c.CompanyID, ByID: c.ByID, Reason: c.Reason, Words: c.Words, Reply: c.Reply,
		State: c.State, Decision: c.Decision, DecidedBy: c.DecidedBy, RaisedAt: at(c.At), DecidedAt: at(c.DecidedAt)}).
		On("CONFLICT (id) DO UPDATE").Set("reply = excluded.reply, state = excluded.state, decision = excluded.decision, decided_by = excluded.decided_by, decided_at = excluded.decided_at").Exec(ctx)
	return err
}
