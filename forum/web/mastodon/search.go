package mastodon

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"portevoix/forum"
)

// mostFound is how many of a kind a search finds at once.
const mostFound = 40

// search finds accounts, statuses and hashtags. With resolve, what an address or a
// handle names is read from its server.
func (a *API) search(c *call) error {
	q, kind := strings.TrimSpace(c.in.get("q")), c.in.get("type")
	limit := 20
	if n := c.in.number("limit"); n > 0 {
		limit = min(n, mostFound)
	}
	var accounts, statuses []forum.ID
	tags := []tagEntity{}
	if q == "" {
		return &forum.Error{Code: forum.Invalid, Key: "SearchMissing", Field: "q"}
	}
	found, err := a.named(c, q)
	if err != nil {
		return err
	}
	switch {
	case found.Actor != nil:
		accounts = append(accounts, found.Actor.ID)
	case found.Post != nil:
		statuses = append(statuses, found.Post.ID)
	case !strings.Contains(q, "://"):
		if kind == "" || kind == "accounts" {
			if accounts, err = a.findActors(c, q, limit); err != nil {
				return err
			}
		}
		if kind == "" || kind == "statuses" {
			if statuses, err = a.findPosts(c, q, limit); err != nil {
				return err
			}
		}
		if kind == "" || kind == "hashtags" {
			labels, err := a.store.TagsBeginning(c.r.Context(), strings.TrimPrefix(q, "#"), limit)
			if err != nil {
				return err
			}
			for _, label := range labels {
				tags = append(tags, a.wholeTag(label, false))
			}
		}
	}
	b, err := a.load(c, forum.InPublic, statuses)
	if err != nil {
		return err
	}
	refs := make([]forum.StatusRef, len(statuses))
	for i, id := range statuses {
		refs[i].ID = id
	}
	people, err := a.accounts(c, accounts)
	if err != nil {
		return err
	}
	return c.ok(map[string]any{"accounts": people, "statuses": b.list(refs, b.status), "hashtags": tags})
}

// named finds what is looked for by its address or handle; nothing for words, and
// where nothing has that name.
func (a *API) named(c *call, q string) (forum.Resolved, error) {
	if !forum.IsAddress(q) {
		return forum.Resolved{}, nil
	}
	by := c.viewer
	if by == nil || !c.in.is("resolve") || a.lookups.Use(by.ID.String()).Exceeded {
		by = nil // then no other server is asked
	}
	found, err := a.service.Lookup(c.r.Context(), by, a.mastodonAddress(q))
	switch forum.CodeOf(err) {
	case "", forum.NotFound, forum.Gone, forum.Invalid, forum.Unavailable, forum.Forbidden:
		return found, nil
	}
	return found, err
}

// mastodonAddress is the ID of what an address of ours shows: pages of threads have
// their title in the address.
func (a *API) mastodonAddress(q string) string {
	u, err := url.Parse(q)
	if err != nil || !a.service.Addresses().IsLocal(q) {
		return q
	}
	u.RawQuery, u.Fragment = "", ""
	if rest, ok := strings.CutPrefix(u.Path, "/t/"); ok {
		id, _, _ := strings.Cut(rest, "-")
		u.Path = "/t/" + id
	}
	return u.String()
}

// findActors finds people and forums by words, or by how a handle begins.
func (a *API) findActors(c *call, q string, limit int) ([]forum.ID, error) {
	var ids []forum.ID
	add := func(id forum.ID) {
		for _, known := range ids {
			if known == id {
				return
			}
		}
		if len(ids) < limit {
			ids = append(ids, id)
		}
	}
	name, host, remote := strings.Cut(strings.ToLower(strings.TrimLeft(q, "@!")), "@")
	if name != "" && !strings.ContainsAny(name, " /") {
		begun, err := a.store.ActorsBeginning(c.r.Context(), forum.CompletionQuery{Name: name, Host: host, Remote: remote, Viewer: c.viewerID(), Limit: limit})
		if err != nil {
			return nil, err
		}
		for i := range begun {
			add(begun[i].ID)
		}
	}
	for _, kind := range []forum.SearchKind{forum.SearchForums, forum.SearchPeople} {
		page, err := a.service.Search(c.r.Context(), forum.SearchRequest{Words: q, Kind: kind, Viewer: c.viewerID(), Limit: limit})
		if err != nil {
			if forum.CodeOf(err) == forum.Internal {
				return nil, err
			}
			continue
		}
		for _, f := range page.Findings {
			switch {
			case f.Forum != nil:
				add(f.Forum.ID)
			case f.Person != nil:
				add(f.Person.ID)
			}
		}
	}
	return ids, nil
}

// findPosts finds threads and replies by their words.
func (a *API) findPosts(c *call, q string, limit int) ([]forum.ID, error) {
	page, err := a.service.Search(c.r.Context(), forum.SearchRequest{Words: q, Viewer: c.viewerID(), Limit: limit})
	if err != nil && forum.CodeOf(err) != forum.Internal {
		return nil, nil // nothing is found by what cannot be looked for
	}
	var ids []forum.ID
	for _, f := range page.Findings {
		switch {
		case f.Thread != nil:
			ids = append(ids, f.Thread.ID)
		case f.Reply != nil:
			ids = append(ids, f.Reply.ID)
		}
	}
	return ids, err
}

// searchAccounts finds accounts only.
func (a *API) searchAccounts(c *call) error {
	limit := 40
	if n := c.in.number("limit"); n > 0 {
		limit = min(n, 80)
	}
	q := strings.TrimSpace(c.in.get("q"))
	var ids []forum.ID
	found, err := a.named(c, q)
	if err != nil {
		return err
	}
	if found.Actor != nil {
		ids = append(ids, found.Actor.ID)
	} else if q != "" {
		if ids, err = a.findActors(c, q, limit); err != nil {
			return err
		}
	}
	list, err := a.accounts(c, ids)
	if err != nil {
		return err
	}
	return c.ok(list)
}

// wholeTag is a hashtag shown by itself. What is used how often is not counted: a
// week of noughts stands for that, since apps draw a line of it.
func (a *API) wholeTag(label string, followed bool) tagEntity {
	e := a.tagOf(label)
	e.ID = e.Name
	today := a.service.Now().UTC().Truncate(24 * time.Hour)
	for i := range 7 {
		e.History = append(e.History, tagHistory{Day: strconv.FormatInt(today.AddDate(0, 0, -i).Unix(), 10), Uses: "0", Accounts: "0"})
	}
	e.Following, e.Featuring = &followed, new(false)
	return e
}

func (a *API) showTag(c *call) error { return a.answerTag(c, c.variable("tag")) }

func (a *API) answerTag(c *call, written string) error {
	reader := forum.ID(0)
	if c.viewer != nil {
		reader = c.viewer.ID
	}
	tag, err := a.store.Tag(c.r.Context(), written, reader)
	if err != nil {
		return err
	}
	return c.ok(a.wholeTag(tag.Label, tag.Followed))
}

func (a *API) followedTags(c *call) error {
	tags, err := a.store.TagsFollowed(c.r.Context(), c.viewer.ID)
	if err != nil {
		return err
	}
	list := []tagEntity{}
	for _, tag := range tags {
		list = append(list, a.wholeTag(tag.Label, true))
	}
	return c.ok(list)
}

func (a *API) followTag(on bool) handler {
	return func(c *call) error {
		if err := a.service.FollowTag(c.r.Context(), c.viewer, c.variable("tag"), on); err != nil {
			return err
		}
		return a.answerTag(c, c.variable("tag"))
	}
}

// trendingFor is how far back hashtags are counted.
const trendingFor = 7 * 24 * time.Hour

func (a *API) trendingTags(c *call) error {
	list, err := a.trending(c)
	if err != nil {
		return err
	}
	return c.ok(list)
}

// trending are the hashtags of the day.
func (a *API) trending(c *call) ([]tagEntity, error) {
	limit := 10
	if n := c.in.number("limit"); n > 0 {
		limit = min(n, 20)
	}
	list := []tagEntity{}
	if c.offset() > 0 {
		return list, nil
	}
	tags, err := a.store.ActiveTags(c.r.Context(), forum.FirstID(a.service.Now().Add(-trendingFor)), limit)
	for _, tag := range tags {
		list = append(list, a.wholeTag(tag.Label, false))
	}
	return list, err
}

// directory lists forums, those with most members first or the most active ones.
func (a *API) directory(c *call) error {
	limit := 40
	if n := c.in.number("limit"); n > 0 {
		limit = min(n, 80)
	}
	q := forum.ForumQuery{Viewer: c.viewerID(), Limit: limit + c.offset(), Sort: forum.ForumsActive}
	if c.in.get("order") == "new" {
		q.Sort = forum.ForumsMembers
	}
	if c.in.is("local") {
		q.Origin = forum.LocalForums
	}
	page, err := a.store.Directory(c.r.Context(), q)
	if err != nil {
		return err
	}
	var ids []forum.ID
	for i := c.offset(); i < len(page.Forums); i++ {
		ids = append(ids, page.Forums[i].ID)
	}
	list, err := a.accounts(c, ids)
	if err != nil {
		return err
	}
	return c.ok(list)
}
