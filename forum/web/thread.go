package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"portevoix/forum"
)

const (
	branchesPerPage = 30
	repliesPerPage  = 200
	levelsShown     = 6
	answersShown    = 20
)

var replySorts = []forum.ReplySort{forum.SortBest, forum.SortNewest, forum.SortOldest}

// postID is the ID in the address.
func (v *visit) postID() (forum.ID, error) { return forum.ParseID(v.variable("id")) }

// thread is a thread's page: the root post and its replies.
func (s *Site) thread(v *visit) error {
	id, err := v.postID()
	if err != nil {
		return err
	}
	t := threadPage{Sort: replySort(v.query("sort")), After: v.query("after")}
	if err := s.fillThread(v, &t, id); err != nil {
		return err
	}
	if t.Thread.Post.Hidden() && t.Thread.ReplyCount == 0 && !t.restorable(&t.Thread.Post) {
		return &forum.Error{Code: forum.Gone, Key: "PostDeleted"}
	}
	if t.Related, err = s.related(v, id); err != nil {
		return err
	}
	if t.Thread.Experience() {
		if t.Actions, err = s.store.ActionsOfCase(v.ctx(), id); err != nil {
			return err
		}
	}
	if t.Backfill, err = s.fillBackfill(v, t.Thread); err != nil {
		return err
	}
	if t.Claims, err = s.fillClaims(v, t.Thread); err != nil {
		return err
	}
	if t.Thread.Case != nil {
		if t.Answers, err = s.store.Answers(v.ctx(), id, v.viewerID(), answersShown); err != nil {
			return err
		}
	}
	if t.Thread.Rights {
		if t.Rights, err = s.store.RightsOfReply(v.ctx(), id, v.viewerID(), rightsShown); err != nil {
			return err
		}
	}
	if t.MaySpeak, err = s.service.MayAnswer(v.ctx(), v.viewer, &t.Thread.Thread); err != nil {
		return err
	}
	if t.MaySpeak {
		if t.Speaks, err = s.service.Represents(v.ctx(), v.viewer, &t.Thread.Thread); err != nil {
			return err
		}
	}
	if t.File, err = s.service.CaseFile(v.ctx(), v.viewer, &t.Thread.Thread); err != nil {
		return err
	}
	if err := s.filterThread(v, &t); err != nil {
		return err
	}
	p := v.newPage("")
	p.Title = threadTitle(p, t.Thread)
	p.Section, p.Canonical = "forums", s.service.Addresses().Base()+threadPath(id, t.Thread.Title)
	p.ActivityURI, p.NoIndex = t.Thread.URI, t.Thread.Author.Host != "" || t.Thread.Forum.Private
	p.keepInside(t.Thread.Forum.LocalOnly)
	if !t.Thread.Forum.Private { // of which streams tell nothing
		p.Live, p.LiveShow = liveThread(t.Thread), t.link(forum.SortNewest, "")
	}
	words := s.o.Renderer.Text(t.Thread.Content)
	p.Description = s.teaser(&t.Thread.Post, 200)
	s.describeThread(v, p, t.Thread, words)
	status := http.StatusOK
	if t.Thread.Post.Hidden() {
		status = http.StatusGone
	}
	v.allowPlayers(p, t.players())
	return v.show(status, p, threadView(p, t))
}

// reply is a reply's page: the branch that grows from it.
func (s *Site) reply(v *visit) error {
	id, err := v.postID()
	if err != nil {
		return err
	}
	view, err := s.store.PostView(v.ctx(), id, v.viewerID())
	if err != nil {
		return err
	}
	post := &view.Post
	wipe(post)
	if post.IsRoot() {
		return v.redirect(postPath(post))
	}
	t := threadPage{Sort: replySort(v.query("sort")), Under: id}
	if err := s.fillThread(v, &t, post.ThreadID); err != nil {
		return err
	}
	if post.Hidden() && post.Children == 0 {
		if !t.restorable(post) {
			return &forum.Error{Code: forum.Gone, Key: "PostDeleted"}
		}
		t.Replies.Branches = []*forum.Branch{{PostView: *view}} // threads leave it out
	}
	if err := s.filterThread(v, &t); err != nil {
		return err
	}
	p := v.newPage("")
	p.Title = threadTitle(p, t.Thread)
	p.Section, p.Canonical, p.ActivityURI = "forums", s.service.Addresses().Base()+"/p/"+id.String(), post.URI
	p.NoIndex, p.Description = true, s.teaser(post, 200)
	p.keepInside(t.Thread.Forum.LocalOnly)
	if !t.Thread.Forum.Private {
		p.Live, p.LiveShow = liveThread(t.Thread), t.link(forum.SortNewest, "") // anywhere in the thread
	}
	status := http.StatusOK
	if post.Hidden() {
		status = http.StatusGone
	}
	v.allowPlayers(p, t.players())
	return v.show(status, p, threadView(p, t))
}

// teaser is what is shown of a post elsewhere: its content note where it has one,
// or else how its text begins.
func (s *Site) teaser(p *forum.Post, max int) string {
	if p.ContentNote != "" {
		return p.ContentNote
	}
	return forum.Excerpt(s.o.Renderer.Text(p.Content), max)
}

// wipe takes from a hidden post what it said. The text of a removed one is kept
// for an appeal, and must show neither in the page nor in its address or preview.
func wipe(p *forum.Post) {
	if p.Hidden() {
		p.Title, p.Body, p.Content, p.ContentNote, p.Attachments, p.Card, p.Poll, p.Quote = "", "", "", "", nil, nil, nil, nil
	}
}

// fillThread reads what every view of a thread shows. The visit is noted before
// the replies are read: one that comes in between is shown now and marked as new
// the next time, and never the other way round.
func (s *Site) fillThread(v *visit, t *threadPage, id forum.ID) error {
	var err error
	if t.Visit, err = s.service.VisitThread(v.ctx(), v.viewer, id); err != nil {
		return err
	}
	t.Thread, t.Replies, err = s.store.ThreadWithReplies(v.ctx(), forum.ReplyQuery{ThreadID: id, Under: t.Under, Viewer: v.viewerID(),
		Sort: t.Sort, After: t.After, Limit: branchesPerPage, Depth: levelsShown, PerPage: repliesPerPage})
	if err != nil {
		return err
	}
	// What is new is what came since the visit before this one.
	t.Thread.Visited = t.Visit.SeenUpTo != 0
	t.Thread.Fresh = 0
	if t.Thread.Visited {
		t.Thread.Fresh = max(0, t.Thread.ReplyCount-t.Visit.Replies)
	}
	wipe(&t.Thread.Post)
	t.Root = t.Thread.Root()
	if err := s.readAttached(v, t); err != nil {
		return err
	}
	if t.Manages, err = v.mayModerate(t.Thread.ForumID); err != nil {
		return err
	}
	if t.Banned, err = v.banned(t.Thread.ForumID); err != nil {
		return err
	}
	t.MayReply = v.viewer != nil && v.viewer.MayWrite() == nil && t.Banned == "" && !t.Thread.Locked() && !t.Thread.Post.Hidden()
	t.Guests = v.viewer == nil && s.service.GuestsIn(&t.Thread.Thread) != forum.GuestsRefused
	t.Reply = replyForm{Action: actionPath(&t.Thread.Post, "reply"), Pictures: s.pictureFields(), Language: defaultLanguage(t.Thread.Language, v.print.Tag), Schedule: v.newSchedule(time.Time{})}
	if t.MayReply && t.Under == 0 {
		t.Reply.First = v.viewer.WroteNothing()
		return s.restoreReply(v, &t.Reply, id)
	}
	return nil
}

// filterThread applies the viewer's filters. Who opens a thread of a forum they
// filter wants to read it; what they filter otherwise is folded.
func (s *Site) filterThread(v *visit, t *threadPage) error {
	all, err := s.service.Filters(v.ctx(), v.viewer)
	if err != nil || len(all) == 0 {
		return err
	}
	t.Related = all.In(forum.InPublic).Clear(t.Related)
	filters := all.In(forum.InThread).Without(forum.FilterForum)
	filters.Post(&t.Root, s.o.Renderer.Text)
	if t.Under == 0 {
		t.Replies.Branches = filters.Branches(t.Replies.Branches, s.o.Renderer.Text)
		return nil
	}
	for _, b := range t.Replies.Branches { // the one that was asked for
		filters.Post(&b.PostView, s.o.Renderer.Text)
		b.Replies = filters.Branches(b.Replies, s.o.Renderer.Text)
	}
	return nil
}

// restorable says whether the viewer may take a removal back.
func (t threadPage) restorable(p *forum.Post) bool {
	return t.Manages && !p.RemovedAt.IsZero() && p.DeletedAt.IsZero()
}

func replySort(s string) forum.ReplySort {
	for _, known := range replySorts {
		if string(known) == s {
			return known
		}
	}
	return forum.SortBest
}

func threadTitle(p *Page, t *forum.ThreadView) string {
	switch {
	case !t.DeletedAt.IsZero():
		return p.T("Thread.Deleted")
	case !t.RemovedAt.IsZero():
		return p.T("Thread.Removed")
	}
	return t.Title
}

func (t threadPage) link(sort forum.ReplySort, after string) string {
	q := url.Values{}
	if sort != forum.SortBest {
		q.Set("sort", string(sort))
	}
	if after != "" {
		q.Set("after", after)
	}
	return withQuery(threadPath(t.Thread.ID, t.Thread.Title), q) + "#replies"
}

func (t threadPage) first() string {
	if t.After == "" {
		return ""
	}
	return t.link(t.Sort, "")
}

func (t threadPage) next() string {
	if t.Replies.Next == "" {
		return ""
	}
	return t.link(t.Sort, t.Replies.Next)
}

// fresh says whether a reply, by somebody else, came since the reader's last
// visit.
func (t threadPage) fresh(p *Page, b *forum.Branch) bool {
	return p.Viewer != nil && b.AuthorID != p.Viewer.ID && t.Visit.Fresh(b.ID)
}

// anchor is where a form about a reply comes back to.
func (t threadPage) anchor(id forum.ID) string {
	if t.Under != 0 {
		return "/p/" + t.Under.String() + "#p" + id.String()
	}
	path, _, _ := strings.Cut(t.link(t.Sort, t.After), "#")
	return path + "#p" + id.String()
}

func boolText(b bool) string { return strconv.FormatBool(b) }

func queryEscape(s string) string { return url.QueryEscape(s) }

func defaultLanguage(list ...string) string {
	for _, l := range list {
		if l != "" {
			return l
		}
	}
	return ""
}

// replyPath is where one answers a post: below the thread, on a page of its own,
// or, for visitors, where they choose from which server.
func replyPath(p *Page, post *forum.Post) string {
	switch {
	case p.Viewer == nil && p.Federated:
		return interactPath(forum.InteractReply, post.URI)
	case post.IsRoot():
		return "#answer"
	}
	return actionPath(post, "reply")
}
