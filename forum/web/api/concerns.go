package api

import (
	"net/http"

	"portevoix/forum"
)

// concernEntity is what one side of a case told the moderators of the other.
type concernEntity struct {
	ID        string  `json:"id"`
	Kind      string  `json:"kind"`
	ThreadID  string  `json:"thread_id"`
	PostID    string  `json:"post_id"` // that a flag is about; the case itself otherwise
	By        string  `json:"by"`      // handle
	Reason    string  `json:"reason"`
	Words     string  `json:"words"`
	Reply     *string `json:"reply"` // of the author of a flagged post
	State     string  `json:"state"`
	Decision  *string `json:"decision"` // why
	CreatedAt string  `json:"created_at"`
	DecidedAt *string `json:"decided_at"`
}

func concernOf(v *forum.ConcernView) concernEntity {
	e := concernEntity{ID: v.ID.String(), Kind: string(v.Kind), ThreadID: v.ThreadID.String(), PostID: v.PostID.String(), By: v.By.Handle(), Reason: string(v.Reason), Words: v.Words,
		Reply: stringOrNull(v.Reply), State: string(v.State), Decision: stringOrNull(v.Decision), CreatedAt: moment(v.At)}
	if !v.DecidedAt.IsZero() {
		e.DecidedAt = stringOrNull(moment(v.DecidedAt))
	}
	return e
}

// listConcerns lists what the account may see of the concerns about a case.
func (a *API) listConcerns(c *call) error {
	by, err := c.account(forum.ScopeRead)
	if err != nil {
		return err
	}
	id, err := c.id()
	if err != nil {
		return err
	}
	found, err := a.service.Concerns(c.r.Context(), by, id)
	if err != nil {
		return err
	}
	list := make([]concernEntity, len(found))
	for i := range found {
		list[i] = concernOf(&found[i])
	}
	return c.write(http.StatusOK, list)
}

// raiseConcern brings a concern to the moderators.
func (a *API) raiseConcern(c *call, by *forum.Account, id forum.ID) error {
	var in struct {
		Kind   string `json:"kind"`
		PostID string `json:"post_id"`
		Reason string `json:"reason"`
		Words  string `json:"words"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	n := forum.NewConcern{Kind: forum.ConcernKind(in.Kind), ThreadID: id, Reason: forum.ConcernReason(in.Reason), Words: in.Words}
	if in.PostID != "" {
		var err error
		if n.PostID, err = forum.ParseID(in.PostID); err != nil {
			return err
		}
	}
	raised, err := a.service.RaiseConcern(c.r.Context(), by, n)
	if err != nil {
		return err
	}
	return c.write(http.StatusCreated, concernOf(&forum.ConcernView{Concern: *raised, By: forum.Byline{Name: by.Name}}))
}

// changeConcern decides a concern, or answers it.
func (a *API) changeConcern(c *call, by *forum.Account, id forum.ID) error {
	var in struct {
		State  string `json:"state"`
		Reason string `json:"reason"`
		Reply  string `json:"reply"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	_, err := a.service.ConcernFor(c.r.Context(), by, id)
	if err != nil {
		return err
	}
	if in.State != "" {
		err = a.service.DecideConcern(c.r.Context(), by, id, forum.ConcernState(in.State), in.Reason)
	} else {
		err = a.service.AnswerConcern(c.r.Context(), by, id, in.Reply)
	}
	if err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// showConcernFigures counts what moderators decided about a company's cases in twelve
// months.
func (a *API) showConcernFigures(c *call) error {
	company, err := a.company(c)
	if err != nil {
		return err
	}
	f, err := a.store.ConcernFigures(c.r.Context(), company.ID, a.service.Now().Add(-forum.ConcernPeriod))
	if err != nil {
		return err
	}
	e := concernFiguresEntity{Days: int(forum.ConcernPeriod.Hours() / 24), Pressure: f.Pressure, Flags: f.Flags, Upheld: f.FlagsUpheld, Refused: f.FlagsRefused, Open: f.FlagsOpen}
	if f.FlagsUpheld+f.FlagsRefused > 0 {
		seconds := int64(f.Median.Seconds())
		e.Median = &seconds
	}
	return c.write(http.StatusOK, e)
}

// concernFiguresEntity counts what moderators decided.
type concernFiguresEntity struct {
	Days     int    `json:"days"` // over which is counted
	Pressure int    `json:"pressure_confirmed"`
	Flags    int    `json:"flags"`
	Upheld   int    `json:"flags_upheld"`
	Refused  int    `json:"flags_refused"`
	Open     int    `json:"flags_open"`
	Median   *int64 `json:"median_seconds"` // until a flag was decided; null where none was
}

// rightEntity is a reply by right of somebody who is named in a thread.
type rightEntity struct {
	ID        string       `json:"id"` // of the reply
	URI       string       `json:"uri"`
	Author    authorEntity `json:"author"`
	Capacity  string       `json:"capacity"` // as declared
	Passage   string       `json:"passage"`  // plain text, as quoted
	Content   string       `json:"content"`  // HTML
	CreatedAt string       `json:"created_at"`
}

// listRights lists the replies by right to a thread, the first first.
func (a *API) listRights(c *call) error {
	id, err := c.id()
	if err != nil {
		return err
	}
	t, err := a.store.Thread(c.r.Context(), id)
	if err != nil {
		return err
	}
	list := []rightEntity{}
	if t.Hidden() {
		return c.write(http.StatusOK, list)
	}
	rights, err := a.store.RightsOfReply(c.r.Context(), id, c.viewerID(), maxLimit)
	if err != nil {
		return err
	}
	for i := range rights {
		r := &rights[i]
		list = append(list, rightEntity{ID: r.PostID.String(), URI: r.Post.URI, Author: author(r.Post.Author), Capacity: string(r.Capacity), Passage: r.Passage, Content: r.Post.Content, CreatedAt: moment(r.At)})
	}
	return c.write(http.StatusOK, list)
}
