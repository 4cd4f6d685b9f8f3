package mastodon

import (
	"html"
	"slices"
	"strings"

	"portevoix/forum"
	"portevoix/forum/words"
)

// statusEntity is a thread or a reply, or a forum passing on a thread.
type statusEntity struct {
	ID                 string          `json:"id"`
	URI                string          `json:"uri"`
	CreatedAt          string          `json:"created_at"`
	Account            accountEntity   `json:"account"`
	Content            string          `json:"content"`
	Visibility         string          `json:"visibility"`
	Sensitive          bool            `json:"sensitive"`
	SpoilerText        string          `json:"spoiler_text"`
	MediaAttachments   []mediaEntity   `json:"media_attachments"`
	Mentions           []mentionEntity `json:"mentions"`
	Tags               []tagEntity     `json:"tags"`
	Emojis             []emojiEntity   `json:"emojis"`
	ReblogsCount       int             `json:"reblogs_count"`
	FavouritesCount    int             `json:"favourites_count"`
	RepliesCount       int             `json:"replies_count"`
	QuotesCount        int             `json:"quotes_count"`
	URL                string          `json:"url"`
	InReplyToID        *string         `json:"in_reply_to_id"`
	InReplyToAccountID *string         `json:"in_reply_to_account_id"`
	Reblog             *statusEntity   `json:"reblog"`
	Poll               *pollEntity     `json:"poll"`
	Card               *cardEntity     `json:"card"`
	Language           *string         `json:"language"`
	EditedAt           *string         `json:"edited_at"`
	Quote              *quoteEntity    `json:"quote"`
	Text               *string         `json:"text,omitempty"` // of what was just deleted, to be written anew

	// Of readers only.
	Favourited *bool            `json:"favourited,omitempty"`
	Reblogged  *bool            `json:"reblogged,omitempty"`
	Muted      *bool            `json:"muted,omitempty"`
	Bookmarked *bool            `json:"bookmarked,omitempty"`
	Pinned     *bool            `json:"pinned,omitempty"` // of their own
	Filtered   []filterMatching `json:"filtered,omitempty"`
}

type mentionEntity struct {
	ID       string `json:"id"`
	Username string `json:"username"`
	URL      string `json:"url"`
	Acct     string `json:"acct"`
}

// quoteEntity is what a status quotes: the status itself, or, in one that is
// quoted, its ID only.
type quoteEntity struct {
	State    string        `json:"state"`
	Status   *statusEntity `json:"quoted_status"`
	StatusID *string       `json:"quoted_status_id,omitempty"`
}

// A forum passes every thread on. That status has the ID just before the thread's:
// no other post has it, but for two posts of one millisecond, and it stands at the
// same place of every list.

func passedOnID(thread forum.ID) forum.ID { return thread - 1 }

// batch is everything that a list of statuses shows, read at once.
type batch struct {
	api      *API
	reader   forum.ID // 0 for none
	filters  forum.Filters
	statuses map[forum.ID]*forum.StatusView
	accounts map[forum.ID]accountEntity
	mentions map[forum.ID][]forum.Byline
}

// load reads posts with what they quote, their authors and forums, whom they
// mention, and what the reader chose in their polls: as many queries for one post
// as for many. in is where they are read, which filters ask for.
func (a *API) load(c *call, in forum.FilterContext, posts []forum.ID, actors ...forum.ID) (*batch, error) {
	ctx, reader := c.r.Context(), c.viewerID()
	b := &batch{api: a, reader: reader, statuses: map[forum.ID]*forum.StatusView{}, accounts: map[forum.ID]accountEntity{}}
	if reader != 0 {
		all, err := a.service.Filters(ctx, c.viewer)
		if err != nil {
			return nil, err
		}
		b.filters = all.In(in)
	}
	for round := posts; len(round) > 0; {
		views, err := a.store.Statuses(ctx, round, reader)
		if err != nil {
			return nil, err
		}
		round = nil
		for i := range views {
			view := &views[i]
			b.statuses[view.ID] = view
			actors = append(actors, view.AuthorID, view.ForumID)
		}
		for i := range views { // one level of quotes
			q := views[i].Quote
			if q != nil && q.Approved && q.PostID != 0 && b.statuses[q.PostID] == nil && slices.Contains(posts, views[i].ID) && !slices.Contains(posts, q.PostID) {
				round = append(round, q.PostID)
			}
		}
	}
	var read []forum.ID
	var polls []*forum.Post
	for id, view := range b.statuses {
		read = append(read, id)
		polls = append(polls, &view.Post)
	}
	var err error
	if b.mentions, err = a.store.MentionsIn(ctx, read); err != nil {
		return nil, err
	}
	if err := forum.ReadPolls(ctx, a.store, reader, polls...); err != nil {
		return nil, err
	}
	slices.Sort(actors)
	cards, err := a.store.ActorCards(ctx, slices.Compact(actors))
	for i := range cards {
		if shown(&cards[i].Actor) {
			b.accounts[cards[i].ID] = a.accountOf(&cards[i])
		}
	}
	return b, err
}

// page is the page of a post on this server, where it was written here.
func (a *API) pageOf(p *forum.Post) string {
	if p.URL != "" {
		return p.URL
	}
	return p.URI
}

// status shows a post; false where it is not shown.
func (b *batch) status(id forum.ID) (*statusEntity, bool) {
	view := b.statuses[id]
	if view == nil {
		return nil, false
	}
	account, known := b.accounts[view.AuthorID]
	if !known {
		return nil, false
	}
	e := b.plain(view, account)
	b.markFor(e, view)
	if q := view.Quote; q != nil {
		e.Quote = b.quote(q)
	}
	return e, true
}

// What Mastodon calls private, its author's followers read; here, the forum's members.
const (
	visibilityPublic  = "public"
	visibilityMembers = "private"
)

func visibilityOf(p *forum.Post) string {
	if p.Private {
		return visibilityMembers
	}
	return visibilityPublic
}

func (b *batch) plain(view *forum.StatusView, account accountEntity) *statusEntity {
	a, p := b.api, &view.Post
	e := &statusEntity{
		ID: p.ID.String(), URI: p.URI, CreatedAt: moment(p.PublishedAt), Account: account, Content: titled(p), Visibility: visibilityOf(p),
		Sensitive: p.ContentNote != "", SpoilerText: p.ContentNote, MediaAttachments: a.mediaOf(p.Attachments), Mentions: []mentionEntity{}, Tags: []tagEntity{}, Emojis: a.emojisOf(p.Emojis),
		ReblogsCount: p.ShownBoosts(), FavouritesCount: p.ShownSupports(), RepliesCount: p.Children, URL: a.pageOf(p),
		Poll: a.pollOf(p, b.reader != 0), Card: a.cardOf(p.Card), Language: stringOrNull(p.Language), EditedAt: momentOrNull(p.EditedAt),
	}
	if p.IsRoot() {
		e.RepliesCount = view.ReplyCount
	} else {
		e.InReplyToID = new(p.ParentID.String())
		e.InReplyToAccountID = new(view.ParentAuthor.String())
	}
	for _, m := range b.mentions[p.ID] {
		e.Mentions = append(e.Mentions, mentionEntity{ID: m.ID.String(), Username: m.Name, URL: m.URL, Acct: m.Handle()})
	}
	for _, tag := range p.Tags {
		e.Tags = append(e.Tags, a.tagOf(tag))
	}
	return e
}

// titled is a post's text with its title, which stands first.
func titled(p *forum.Post) string {
	if p.Title == "" {
		return p.Content
	}
	return "<p><strong>" + html.EscapeString(p.Title) + "</strong></p>" + p.Content
}

// markFor says what the reader did with a post.
func (b *batch) markFor(e *statusEntity, view *forum.StatusView) {
	if b.reader == 0 {
		return
	}
	e.Favourited, e.Reblogged, e.Muted, e.Bookmarked = &view.Supported, &view.Boosted, &view.Muted, &view.Bookmarked
	if view.AuthorID == b.reader {
		e.Pinned = &view.Pinned
	}
	b.filters.Post(&view.PostView, b.api.service.Text)
	if view.Filtered.Label != "" {
		e.Filtered = matching(b.filters, view.Filtered)
	}
}

// hides says whether the reader's filters hide a post.
func (b *batch) hides(id forum.ID) bool {
	view := b.statuses[id]
	return view != nil && view.Filtered.Hidden
}

func (b *batch) quote(q *forum.Quote) *quoteEntity {
	if !q.Approved {
		return &quoteEntity{State: "pending"}
	}
	view := b.statuses[q.PostID]
	if view == nil {
		return &quoteEntity{State: "deleted"}
	}
	account, known := b.accounts[view.AuthorID]
	if !known {
		return &quoteEntity{State: "unauthorized"}
	}
	e := b.plain(view, account)
	b.markFor(e, view)
	if view.Quote != nil { // not deeper than this
		e.Quote = &quoteEntity{State: "accepted"}
		if view.Quote.PostID != 0 {
			e.Quote.StatusID = new(view.Quote.PostID.String())
		}
	}
	return &quoteEntity{State: "accepted", Status: e}
}

// passedOn shows a thread as its forum passes it on.
func (b *batch) passedOn(id forum.ID) (*statusEntity, bool) {
	view := b.statuses[id]
	if view == nil || !view.IsRoot() {
		return b.status(id)
	}
	return b.passedOnBy(id, view.ForumID)
}

// passedOnBy shows a post as somebody passes it on.
func (b *batch) passedOnBy(id, by forum.ID) (*statusEntity, bool) {
	inner, ok := b.status(id)
	if !ok {
		return nil, false
	}
	account, known := b.accounts[by]
	if !known {
		return inner, true
	}
	view := b.statuses[id]
	e := *inner
	e.ID, e.Account, e.Reblog = passedOnID(id).String(), account, inner
	e.URI = view.URI + "#announce"
	e.Poll, e.Card, e.Quote, e.Filtered = nil, nil, nil, nil
	e.MediaAttachments, e.Mentions, e.Tags, e.Pinned = []mediaEntity{}, []mentionEntity{}, []tagEntity{}, nil
	e.Text = nil
	return &e, true
}

// list shows posts in the order of a list, without what the reader's filters hide.
// show chooses how one is shown.
func (b *batch) list(refs []forum.StatusRef, show func(id forum.ID) (*statusEntity, bool)) []*statusEntity {
	list := []*statusEntity{}
	for _, ref := range refs {
		if e, ok := show(ref.ID); ok && !b.hides(ref.ID) {
			list = append(list, e)
		}
	}
	return list
}

// postID finds which post an address means: the status that a forum passes on
// stands for its thread.
func (a *API) postID(c *call, id forum.ID) (post *forum.Post, passedOn bool, err error) {
	post, err = a.store.Post(c.r.Context(), id)
	if forum.CodeOf(err) == forum.NotFound {
		var thread *forum.Post
		if thread, err = a.store.Post(c.r.Context(), id+1); err == nil {
			post, passedOn = thread, true
		}
	}
	if err == nil && post.Hidden() {
		err = &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	return post, passedOn, err
}

// post is the one that the address names.
func (a *API) post(c *call) (*forum.Post, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	post, _, err := a.postID(c, id)
	return post, err
}

// answerStatus shows one post as it now is.
func (a *API) answerStatus(c *call, id forum.ID) error {
	b, err := a.load(c, forum.InThread, []forum.ID{id})
	if err != nil {
		return err
	}
	e, ok := b.status(id)
	if !ok {
		return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	return c.ok(e)
}

func (a *API) showStatus(c *call) error {
	id, err := c.id()
	if err != nil {
		return err
	}
	post, passedOn, err := a.postID(c, id)
	if err != nil {
		return err
	}
	if !passedOn {
		return a.answerStatus(c, post.ID)
	}
	b, err := a.load(c, forum.InThread, []forum.ID{post.ID})
	if err != nil {
		return err
	}
	if e, ok := b.passedOn(post.ID); ok {
		return c.ok(e)
	}
	return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
}

func (a *API) severalStatuses(c *call) error {
	ids := c.ids("id")
	b, err := a.load(c, forum.InThread, ids)
	if err != nil {
		return err
	}
	list := []*statusEntity{}
	for _, id := range ids {
		if e, ok := b.status(id); ok {
			list = append(list, e)
		}
	}
	return c.ok(list)
}

// The bounds of a context: what stands above a post, and under it, for readers and
// for visitors.
const (
	mostAncestors   = 64
	mostDescendants = 4000
	fewDescendants  = 200
)

// contextOf lists what stands above a post and under it.
func (a *API) contextOf(c *call) error {
	post, err := a.post(c)
	if err != nil {
		return err
	}
	most := fewDescendants
	if c.viewerID() != 0 {
		most = mostDescendants
	}
	above, err := a.store.Ancestors(c.r.Context(), post.ID, mostAncestors)
	if err != nil {
		return err
	}
	below, err := a.store.Descendants(c.r.Context(), post.ID, most)
	if err != nil {
		return err
	}
	b, err := a.load(c, forum.InThread, append(slices.Clone(above), below...))
	if err != nil {
		return err
	}
	show := func(ids []forum.ID) []*statusEntity {
		refs := make([]forum.StatusRef, len(ids))
		for i, id := range ids {
			refs[i].ID = id
		}
		return b.list(refs, b.status)
	}
	return c.ok(map[string]any{"ancestors": show(above), "descendants": show(below)})
}

// source is a post as it was written.
func (a *API) source(c *call) error {
	post, err := a.post(c)
	if err != nil {
		return err
	}
	return c.ok(map[string]string{"id": post.ID.String(), "text": writtenAs(post), "spoiler_text": post.ContentNote})
}

// writtenAs is what somebody would write to get a post: its title is the first
// line.
func writtenAs(p *forum.Post) string {
	if p.Title == "" {
		return p.Body
	}
	return p.Title + "\n\n" + p.Body
}

// history lists what a post said before, and now.
func (a *API) history(c *call) error {
	post, err := a.post(c)
	if err != nil {
		return err
	}
	revisions, err := a.store.Revisions(c.r.Context(), post.ID)
	if err != nil {
		return err
	}
	account, err := a.account(c, post.AuthorID)
	if err != nil {
		return err
	}
	type edit struct {
		Content          string         `json:"content"`
		SpoilerText      string         `json:"spoiler_text"`
		Sensitive        bool           `json:"sensitive"`
		CreatedAt        string         `json:"created_at"`
		Account          *accountEntity `json:"account"`
		MediaAttachments []mediaEntity  `json:"media_attachments"`
		Emojis           []emojiEntity  `json:"emojis"`
	}
	list := []edit{}
	at := post.PublishedAt
	slices.SortFunc(revisions, func(x, y forum.Revision) int { return x.ReplacedAt.Compare(y.ReplacedAt) })
	for _, r := range revisions {
		list = append(list, edit{Content: titled(&forum.Post{Title: r.Title, Content: r.Content}), SpoilerText: r.Note, Sensitive: r.Note != "", CreatedAt: moment(at), Account: account, MediaAttachments: []mediaEntity{}, Emojis: a.emojisOf(post.Emojis)})
		at = r.ReplacedAt
	}
	list = append(list, edit{Content: titled(post), SpoilerText: post.ContentNote, Sensitive: post.ContentNote != "", CreatedAt: moment(at), Account: account, MediaAttachments: a.mediaOf(post.Attachments), Emojis: a.emojisOf(post.Emojis)})
	return c.ok(list)
}

// supporters lists who supports a post, or boosts it.
func (a *API) supporters(boosted bool) handler {
	return func(c *call) error {
		post, err := a.post(c)
		if err != nil {
			return err
		}
		return a.page(c, func(s forum.Span) ([]forum.ID, error) {
			return a.store.SupportersOf(c.r.Context(), post.ID, boosted, s)
		})
	}
}

// card shows what the first link of a post leads to.
func (a *API) card(c *call) error {
	post, err := a.post(c)
	if err != nil {
		return err
	}
	if e := a.cardOf(post.Card); e != nil {
		return c.ok(e)
	}
	return c.done()
}

// tagEntity is a hashtag; what is counted of it is told where it is shown by
// itself.
type tagEntity struct {
	ID        string       `json:"id,omitempty"`
	Name      string       `json:"name"`
	URL       string       `json:"url"`
	History   []tagHistory `json:"history,omitempty"`
	Following *bool        `json:"following,omitempty"`
	Featuring *bool        `json:"featuring,omitempty"`
}

type tagHistory struct {
	Day      string `json:"day"`
	Uses     string `json:"uses"`
	Accounts string `json:"accounts"`
}

func (a *API) tagOf(written string) tagEntity {
	return tagEntity{Name: strings.TrimPrefix(written, "#"), URL: a.service.Addresses().Tag(words.Tag(written))}
}
