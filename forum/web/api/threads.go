package api

import (
	"context"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"portevoix/forum"
)

// listThreads lists threads: of one forum, of one kind, in one of the orders
// hot, new, active, and top with a period.
func (a *API) listThreads(c *call) error {
	q := c.r.URL.Query()
	query := forum.ThreadQuery{Viewer: c.viewerID(), Kind: forum.ThreadKind(q.Get("kind")), Language: q.Get("lang"), Tag: q.Get("tag"), After: q.Get("after"), Limit: c.limit(), Sort: forum.SortNew, Whole: true}
	switch sort := forum.ThreadSort(q.Get("sort")); sort {
	case forum.SortHot, forum.SortActive:
		query.Sort = sort
	case forum.SortTop:
		query.Sort, query.Since = sort, forum.Period(q.Get("period")).Since(a.service.Now())
	}
	var err error
	if query.OlderThan, query.NewerThan, err = c.bounds(query.Sort == forum.SortNew); err != nil {
		return err
	}
	if name := q.Get("forum"); name != "" {
		h, ok := forum.ParseHandle(name, a.service.Addresses().Host())
		if !ok {
			return &forum.Error{Code: forum.NotFound, Key: "ForumUnknown", Field: "forum", Args: map[string]any{"Name": name}}
		}
		f, err := a.store.Forum(c.r.Context(), h)
		if err != nil {
			return &forum.Error{Code: forum.CodeOf(err), Key: "ForumUnknown", Field: "forum", Args: map[string]any{"Name": name}, Err: err}
		}
		query.ForumID, query.Linked, query.Inside = f.ID, f.Following > 0 && q.Get("linked") != "false", f.Private
	}
	if q.Get("featured") == "true" && query.ForumID != 0 {
		return a.listFeatured(c, query)
	}
	page, err := a.store.Threads(c.r.Context(), query)
	if err != nil {
		return err
	}
	switch n := len(page.Threads); {
	case query.Sort != forum.SortNew:
		c.link("next", "after", page.Next)
	case n > 0:
		if page.Next != "" {
			c.link("next", "max_id", page.Threads[n-1].ID.String())
		}
		c.link("prev", "min_id", page.Threads[0].ID.String())
	}
	list, err := a.threads(c, page.Threads, forum.InPublic, query.ForumID != 0)
	if err != nil {
		return err
	}
	return c.write(http.StatusOK, list)
}

// listFeatured lists what stands at the head of a forum.
func (a *API) listFeatured(c *call, q forum.ThreadQuery) error {
	threads, err := a.store.FeaturedThreads(c.r.Context(), q.ForumID, q.Viewer)
	if err != nil {
		return err
	}
	list, err := a.threads(c, threads, forum.InPublic, true)
	if err != nil {
		return err
	}
	return c.write(http.StatusOK, list)
}

// startThread opens a thread, or schedules it.
func (a *API) startThread(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	var in struct {
		Forum    string   `json:"forum"`
		Kind     string   `json:"kind"`
		Title    string   `json:"title"`
		Body     string   `json:"body"`
		Language string   `json:"language"`
		Note     string   `json:"content_note"`
		MediaIDs []string `json:"media_ids"`
		Poll     *newPoll `json:"poll"`
		Case     *newCase `json:"case"`

		ScheduledAt *time.Time `json:"scheduled_at"`
		Confirmed   bool       `json:"confirmed"` // although data about a person are in it
	}
	if err := c.read(&in); err != nil {
		return err
	}
	if err := review(in.Confirmed, in.Title, in.Body, in.Note, in.Case.felt()); err != nil {
		return err
	}
	pictures, err := chosen(in.MediaIDs)
	if err != nil {
		return err
	}
	n := forum.NewThread{Forum: in.Forum, Kind: forum.ThreadKind(in.Kind), Title: in.Title, Body: in.Body, Language: in.Language, Note: in.Note, Pictures: pictures, Poll: in.Poll.poll(), Case: in.Case.facts()}
	if in.ScheduledAt != nil {
		d, err := a.service.HoldThread(c.r.Context(), by, n, *in.ScheduledAt)
		return a.hold(c, d, err)
	}
	t, err := a.service.StartThread(c.r.Context(), by, n)
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", Prefix+"/threads/"+t.ID.String())
	return a.answerThread(c, http.StatusCreated, t.ID)
}

// answerThread answers with a thread as it now is.
func (a *API) answerThread(c *call, status int, id forum.ID) error {
	view, err := a.store.ThreadView(c.r.Context(), id, c.viewerID())
	if err != nil {
		return err
	}
	if view.Post.Hidden() {
		return &forum.Error{Code: forum.Gone, Key: "PostDeleted"}
	}
	if err := forum.ReadPolls(c.r.Context(), a.store, c.viewerID(), &view.Post); err != nil {
		return err
	}
	return c.write(status, a.thread(view))
}

func (a *API) showThread(c *call) error {
	id, err := c.id()
	if err != nil {
		return err
	}
	return a.answerThread(c, http.StatusOK, id)
}

// listReplies lists a thread's replies in the order they were written;
// parent_id tells how they hang together.
func (a *API) listReplies(c *call) error {
	id, err := c.id()
	if err != nil {
		return err
	}
	if _, err := a.store.Thread(c.r.Context(), id); err != nil {
		return err
	}
	query := forum.FlatQuery{ThreadID: id, Viewer: c.viewerID(), After: c.r.URL.Query().Get("after"), Limit: c.limit()}
	if query.OlderThan, query.NewerThan, err = c.bounds(true); err != nil {
		return err
	}
	page, err := a.store.RepliesFlat(c.r.Context(), query)
	if err != nil {
		return err
	}
	if n := len(page.Posts); n > 0 {
		if page.Next != "" {
			c.link("next", "min_id", page.Posts[n-1].ID.String())
		}
		if query.After != "" || query.OlderThan != 0 || query.NewerThan != 0 {
			c.link("prev", "max_id", page.Posts[0].ID.String())
		}
	}
	filters, err := c.filters(forum.InThread, true)
	if err != nil {
		return err
	}
	posts := filters.Posts(page.Posts, a.service.Text)
	list := make([]replyEntity, len(posts))
	for i := range posts {
		list[i] = a.replyOf(&posts[i])
	}
	return c.write(http.StatusOK, list)
}

// reply adds a reply to a thread, under parent_id or under its root, or schedules
// it.
func (a *API) reply(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	id, err := c.id()
	if err != nil {
		return err
	}
	var in struct {
		Body     string   `json:"body"`
		ParentID *string  `json:"parent_id"`
		Language string   `json:"language"`
		Note     string   `json:"content_note"`
		MediaIDs []string `json:"media_ids"`

		ScheduledAt *time.Time `json:"scheduled_at"`
		Confirmed   bool       `json:"confirmed"` // although data about a person are in it
	}
	if err := c.read(&in); err != nil {
		return err
	}
	if err := review(in.Confirmed, in.Body, in.Note); err != nil {
		return err
	}
	n := forum.NewReply{ThreadID: id, Body: in.Body, Language: in.Language, Note: in.Note}
	if n.Pictures, err = chosen(in.MediaIDs); err != nil {
		return err
	}
	if in.ParentID != nil && *in.ParentID != "" {
		if n.ParentID, err = forum.ParseID(*in.ParentID); err != nil {
			return &forum.Error{Code: forum.NotFound, Key: "NothingHere", Field: "parent_id", Err: err}
		}
	}
	if in.ScheduledAt != nil {
		d, err := a.service.HoldReply(c.r.Context(), by, n, *in.ScheduledAt)
		return a.hold(c, d, err)
	}
	post, err := a.service.Reply(c.r.Context(), by, n)
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", Prefix+"/replies/"+post.ID.String())
	return a.answerReply(c, http.StatusCreated, post.ID)
}

func (a *API) answerReply(c *call, status int, id forum.ID) error {
	view, err := a.store.PostView(c.r.Context(), id, c.viewerID())
	switch {
	case err != nil:
		return err
	case view.IsRoot():
		return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	case view.Hidden():
		return &forum.Error{Code: forum.Gone, Key: "PostDeleted"}
	}
	if err := forum.ReadPolls(c.r.Context(), a.store, c.viewerID(), &view.Post); err != nil {
		return err
	}
	return c.write(status, a.replyOf(view))
}

func (a *API) showReply(c *call) error {
	id, err := c.id()
	if err != nil {
		return err
	}
	return a.answerReply(c, http.StatusOK, id)
}

// post finds the post of the address; a thread's id is no reply's, and the
// reverse.
func (a *API) post(c *call, root bool) (*forum.Post, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	p, err := a.store.Post(c.r.Context(), id)
	if err != nil {
		return nil, err
	}
	if p.IsRoot() != root {
		return nil, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	return p, nil
}

// editThread changes the fields that are given, and leaves the others.
func (a *API) editThread(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	p, err := a.post(c, true)
	if err != nil {
		return err
	}
	var in struct {
		Title    *string   `json:"title"`
		Body     *string   `json:"body"`
		Language *string   `json:"language"`
		Note     *string   `json:"content_note"`
		MediaIDs *[]string `json:"media_ids"`
		Case     *newCase  `json:"case"` // all of it

		Confirmed bool `json:"confirmed"` // although data about a person are in it
	}
	if err := c.read(&in); err != nil {
		return err
	}
	e := forum.Edit{Case: in.Case.facts(), Title: given(in.Title, p.Title), Body: given(in.Body, p.Body), Language: given(in.Language, p.Language), Note: given(in.Note, p.ContentNote)}
	if err := review(in.Confirmed, given(in.Title, ""), given(in.Body, ""), given(in.Note, ""), in.Case.felt()); err != nil {
		return err
	}
	if e.Pictures, err = chosenAnew(in.MediaIDs, p); err != nil {
		return err
	}
	if _, err := a.service.Edit(c.r.Context(), by, p.ID, e); err != nil {
		return err
	}
	return a.answerThread(c, http.StatusOK, p.ID)
}

func (a *API) editReply(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	p, err := a.post(c, false)
	if err != nil {
		return err
	}
	var in struct {
		Body     *string   `json:"body"`
		Language *string   `json:"language"`
		Note     *string   `json:"content_note"`
		MediaIDs *[]string `json:"media_ids"`

		Confirmed bool `json:"confirmed"` // although data about a person are in it
	}
	if err := c.read(&in); err != nil {
		return err
	}
	e := forum.Edit{Body: given(in.Body, p.Body), Language: given(in.Language, p.Language), Note: given(in.Note, p.ContentNote)}
	if err := review(in.Confirmed, given(in.Body, ""), given(in.Note, "")); err != nil {
		return err
	}
	if e.Pictures, err = chosenAnew(in.MediaIDs, p); err != nil {
		return err
	}
	if _, err := a.service.Edit(c.r.Context(), by, p.ID, e); err != nil {
		return err
	}
	return a.answerReply(c, http.StatusOK, p.ID)
}

func given(s *string, otherwise string) string {
	if s == nil {
		return otherwise
	}
	return *s
}

// delete deletes one's own post; moderators give a reason, as ?reason=….
func (a *API) delete(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	p, err := a.post(c, mux.Vars(c.r)["kind"] == "threads")
	if err != nil {
		return err
	}
	if err := a.service.Delete(c.r.Context(), by, p.ID, c.r.URL.Query().Get("reason")); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// restore shows a post again that moderators removed.
func (a *API) restore(c *call) error {
	return a.vote(func(ctx context.Context, by *forum.Account, id forum.ID, _ bool) error {
		return a.service.Restore(ctx, by, id)
	}, true)(c)
}

func (a *API) support(on bool) handler { return a.vote(a.service.Support, on) }

func (a *API) boost(on bool) handler { return a.vote(a.service.Boost, on) }

// voting is a method of the service that does something to a post (on) or takes
// it back.
type voting func(ctx context.Context, by *forum.Account, id forum.ID, on bool) error

// vote supports, boosts, pins, locks or features, or takes that back, and answers with the post.
func (a *API) vote(do voting, on bool) handler {
	return func(c *call) error {
		by, err := c.writer()
		if err != nil {
			return err
		}
		root := mux.Vars(c.r)["kind"] == "threads"
		p, err := a.post(c, root)
		if err != nil {
			return err
		}
		if err := do(c.r.Context(), by, p.ID, on); err != nil {
			return err
		}
		if root {
			return a.answerThread(c, http.StatusOK, p.ID)
		}
		return a.answerReply(c, http.StatusOK, p.ID)
	}
}
