package web

import (
	"net/http"

	"portevoix/forum"
)

// backfillPart is what a thread's page says of replies on other servers.
type backfillPart struct {
	Thread forum.ID
	forum.Backfill
	Here     int // replies
	UnderWay bool
	MayFetch bool
	Asked    bool // by the reader, just now
}

// Shown says whether there is anything to say or to do.
func (b *backfillPart) Shown() bool {
	return b.UnderWay || b.MayFetch || len(b.Missing) > 0 || b.Unseen() > 0 || b.Asked && b.State != ""
}

// Unseen is how many more replies the thread's own server counts.
func (b *backfillPart) Unseen() int { return max(0, b.Known-b.Here) }

// fillBackfill reads how far the reading of a thread from other servers has come.
// Threads of this server have all that is told to it; of those it is shown only
// to whoever just asked for more.
func (s *Site) fillBackfill(v *visit, t *forum.ThreadView) (*backfillPart, error) {
	if !s.o.Federated || t.Author.Host == "" && v.query("fetch") == "" {
		return nil, nil
	}
	b, err := s.store.Backfill(v.ctx(), t.ID)
	if err != nil {
		return nil, err
	}
	now := s.service.Now()
	return &backfillPart{
		Thread: t.ID, Backfill: b, Here: t.ReplyCount, UnderWay: b.UnderWay(now),
		MayFetch: v.viewer != nil && v.viewer.MayWrite() == nil && b.Due(now), Asked: v.query("fetch") != "",
	}, nil
}

// fetchReplies asks for what is missing of a thread.
func (s *Site) fetchReplies(v *visit) error {
	id, err := v.postID()
	if err != nil {
		return err
	}
	if v.viewer != nil && !s.throttle.allowLookup("account "+v.viewer.ID.String()) {
		return &forum.Error{Code: forum.TooMany, Key: "TooMany"}
	}
	if err := s.service.FetchReplies(v.ctx(), v.viewer, id); err != nil && forum.CodeOf(err) != forum.Conflict {
		return err
	}
	return v.redirect("/t/" + id.String() + "?fetch=1#backfill")
}

// backfillProgress answers the script of a thread's page with the part of it that
// tells how far that is.
func (s *Site) backfillProgress(v *visit) error {
	id, err := v.postID()
	if err != nil {
		return err
	}
	t, err := s.store.ThreadView(v.ctx(), id, v.viewerID())
	if err != nil {
		return err
	}
	b, err := s.store.Backfill(v.ctx(), id)
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(http.StatusOK)
	p := v.newPage("")
	p.complete(v)
	part := &backfillPart{Thread: id, Backfill: b, Here: t.ReplyCount, UnderWay: b.UnderWay(s.service.Now())}
	return backfillState(p, part).Render(v.ctx(), v.w)
}
