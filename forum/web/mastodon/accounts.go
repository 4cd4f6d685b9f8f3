package mastodon

import (
	"html"
	"slices"

	"portevoix/forum"
)

// accountEntity is a person, or a forum, company or action.
type accountEntity struct {
	ID             string         `json:"id"`
	Username       string         `json:"username"`
	Acct           string         `json:"acct"`
	DisplayName    string         `json:"display_name"`
	Locked         bool           `json:"locked"`
	Bot            bool           `json:"bot"`
	Discoverable   *bool          `json:"discoverable"`
	Indexable      bool           `json:"indexable"`
	Group          bool           `json:"group"`
	CreatedAt      string         `json:"created_at"`
	Note           string         `json:"note"`
	URL            string         `json:"url"`
	URI            string         `json:"uri"`
	Avatar         string         `json:"avatar"`
	AvatarStatic   string         `json:"avatar_static"`
	AvatarWords    string         `json:"avatar_description"`
	Header         string         `json:"header"`
	HeaderStatic   string         `json:"header_static"`
	HeaderWords    string         `json:"header_description"`
	FollowersCount int            `json:"followers_count"`
	FollowingCount int            `json:"following_count"`
	StatusesCount  int            `json:"statuses_count"`
	LastStatusAt   *string        `json:"last_status_at"`
	HideCollection *bool          `json:"hide_collections"`
	NoIndex        *bool          `json:"noindex,omitempty"` // of people here
	Emojis         []emojiEntity  `json:"emojis"`
	Roles          []roleEntity   `json:"roles"`
	Fields         []fieldEntity  `json:"fields"`
	Suspended      bool           `json:"suspended,omitempty"`
	Limited        bool           `json:"limited,omitempty"`
	Moved          *accountEntity `json:"moved,omitempty"`
	Source         *sourceEntity  `json:"source,omitempty"` // of the reader's own
	Role           *roleEntity    `json:"role,omitempty"`   // likewise
}

type fieldEntity struct {
	Name       string  `json:"name"`
	Value      string  `json:"value"` // HTML
	VerifiedAt *string `json:"verified_at"`
}

// sourceEntity is what one's own account says, as it was written, and what one's
// new posts are like.
type sourceEntity struct {
	Note                string        `json:"note"`
	Fields              []fieldEntity `json:"fields"`
	Privacy             string        `json:"privacy"`
	Sensitive           bool          `json:"sensitive"`
	Language            *string       `json:"language"`
	FollowRequestsCount int           `json:"follow_requests_count"`
	HideCollections     *bool         `json:"hide_collections"`
	Discoverable        *bool         `json:"discoverable"`
	Indexable           bool          `json:"indexable"`
	AttributionDomains  []string      `json:"attribution_domains"`
	QuotePolicy         string        `json:"quote_policy"`
}

type roleEntity struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Color       string `json:"color"`
	Permissions string `json:"permissions,omitempty"`
	Highlighted bool   `json:"highlighted"`
}

// icon is the address of an actor's picture, or of the one that stands for those
// who have none.
func (a *API) icon(actor *forum.Actor) string {
	switch {
	case !actor.Local() && actor.IconSmall != "" && a.service.ShowsRemotePictures():
		return a.base + forum.RemoteIconPath(actor.IconSmall)
	case actor.IconURL != "":
		return actor.IconURL
	}
	return a.base + a.o.File("icon-192.png")
}

// banner is the same for the strip across the page.
func (a *API) banner(actor *forum.Actor) string {
	if actor.BannerURL != "" {
		return actor.BannerURL
	}
	return a.base + a.o.File("icon-512.png")
}

func (a *API) accountOf(c *forum.ActorCard) accountEntity {
	actor := &c.Actor
	e := accountEntity{
		ID: actor.ID.String(), Username: actor.Name, Acct: actor.Handle(), DisplayName: actor.DisplayName, Locked: actor.Locked,
		Bot: actor.Kind == forum.Bot || actor.Kind == forum.Application, Discoverable: new(true), Indexable: true, Group: actor.IsForum(),
		CreatedAt: day(actor.CreatedAt) + "T00:00:00.000Z", Note: actor.Summary, URL: actor.URL, URI: actor.URI,
		Avatar: a.icon(actor), Header: a.banner(actor), FollowersCount: actor.Followers, FollowingCount: actor.Following, StatusesCount: actor.Posts,
		HideCollection: new(false), Emojis: a.emojisOf(actor.Emojis), Roles: []roleEntity{}, Fields: fieldsOf(actor.Fields, true),
		Suspended: !actor.SuspendedAt.IsZero(), Limited: actor.Standing != forum.InGoodStanding,
	}
	e.AvatarStatic, e.HeaderStatic = e.Avatar, e.Header
	if actor.IsForum() {
		e.StatusesCount = c.Threads
	}
	if e.URL == "" {
		e.URL = actor.URI
	}
	if !c.LastPostAt.IsZero() {
		e.LastStatusAt = new(day(c.LastPostAt))
	}
	if actor.Local() {
		e.NoIndex = new(false)
	}
	if e.Suspended { // nothing of theirs is shown
		e.DisplayName, e.Note, e.Fields = "", "", []fieldEntity{}
		e.Avatar = a.base + a.o.File("icon-192.png")
		e.AvatarStatic = e.Avatar
	}
	return e
}

// fieldsOf are the lines of a profile, as HTML or as they were written.
func fieldsOf(list []forum.Field, asHTML bool) []fieldEntity {
	fields := []fieldEntity{}
	for _, f := range list {
		e := fieldEntity{Name: f.Label, Value: f.Value, VerifiedAt: momentOrNull(f.VerifiedAt)}
		if asHTML {
			e.Value = html.EscapeString(f.Value)
			if f.Link != "" {
				e.Value = `<a href="` + html.EscapeString(f.Link) + `" rel="me nofollow noopener noreferrer" target="_blank">` + e.Value + `</a>`
			}
		}
		fields = append(fields, e)
	}
	return fields
}

// The permissions of roles, as Mastodon numbers them: an administrator's, that of
// whoever deals with reports, and everybody's. Each role has an ID.
const (
	everyPermission  = "1"
	reportPermission = "16"
	noPermission     = "0"

	adminRole     = "1"
	moderatorRole = "2"
	everyRole     = "-99"
)

func roleOf(account *forum.Account) *roleEntity {
	if account.IsAdmin() {
		return &roleEntity{ID: adminRole, Name: "Admin", Permissions: everyPermission, Highlighted: true}
	}
	if account.Moderates {
		return &roleEntity{ID: moderatorRole, Name: "Moderator", Permissions: reportPermission}
	}
	return &roleEntity{ID: everyRole, Permissions: noPermission}
}

// ownOf is the reader's own account.
func (a *API) ownOf(card *forum.ActorCard, account *forum.Account) accountEntity {
	e := a.accountOf(card)
	e.Source = &sourceEntity{
		Note: account.SummarySource, Fields: fieldsOf(account.Fields, false), Privacy: "public", Language: stringOrNull(account.Locale),
		HideCollections: new(false), Discoverable: new(true), Indexable: true, AttributionDomains: []string{}, QuotePolicy: "public",
	}
	e.Role = roleOf(account)
	if account.IsAdmin() {
		e.Roles = append(e.Roles, roleEntity{ID: adminRole, Name: "Admin", Highlighted: true})
	}
	return e
}

// accounts reads and shows actors, in the order of their IDs here.
func (a *API) accounts(c *call, ids []forum.ID) ([]accountEntity, error) {
	cards, err := a.store.ActorCards(c.r.Context(), ids)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(cards, func(x, y forum.ActorCard) int { return slices.Index(ids, x.ID) - slices.Index(ids, y.ID) })
	list := []accountEntity{}
	for i := range cards {
		if shown(&cards[i].Actor) {
			list = append(list, a.accountOf(&cards[i]))
		}
	}
	return list, nil
}

// shown says whether an actor is there for apps: neither gone, nor about to go, nor
// blocked with its server.
func shown(actor *forum.Actor) bool {
	return actor.DeletedAt.IsZero() && actor.LeavesAt.IsZero() && actor.Standing != forum.Blocked
}

// actor is the one that an address names by its ID.
func (a *API) actor(c *call) (*forum.Actor, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	actor, err := a.store.Actor(c.r.Context(), id)
	if err != nil {
		return nil, err
	}
	if !shown(actor) || actor.Guest {
		return nil, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	return actor, nil
}

func (a *API) account(c *call, id forum.ID) (*accountEntity, error) {
	list, err := a.accounts(c, []forum.ID{id})
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	return &list[0], nil
}

// ownAccount shows the reader's own account.
func (a *API) ownAccount(c *call) error {
	by, err := a.store.Account(c.r.Context(), c.viewer.ID)
	if err != nil {
		return err
	}
	cards, err := a.store.ActorCards(c.r.Context(), []forum.ID{by.ID})
	if err != nil || len(cards) == 0 {
		return err
	}
	return c.ok(a.ownOf(&cards[0], by))
}

// verifyCredentials tells an app whose token it has.
func (a *API) verifyCredentials(c *call) error {
	if err := c.permit("read:accounts"); err != nil && (c.token == nil || !c.token.Allows(forum.ScopeProfile) || c.viewer == nil) {
		return err
	}
	return a.ownAccount(c)
}

func (a *API) showAccount(c *call) error {
	actor, err := a.actor(c)
	if err != nil {
		return err
	}
	e, err := a.account(c, actor.ID)
	if err != nil {
		return err
	}
	if actor.MovedTo != "" {
		if to, err := a.store.ActorByURI(c.r.Context(), actor.MovedTo); err == nil && shown(to) {
			if e.Moved, err = a.account(c, to.ID); err != nil {
				return err
			}
		}
	}
	return c.ok(e)
}

// severalAccounts shows those with the given IDs.
func (a *API) severalAccounts(c *call) error {
	list, err := a.accounts(c, c.ids("id"))
	if err != nil {
		return err
	}
	return c.ok(list)
}

// mostIDs is how many things are asked for by their IDs at once.
const mostIDs = 80

// ids reads a list of IDs; what is none names nothing.
func (c *call) ids(name string) []forum.ID {
	var ids []forum.ID
	for _, text := range c.in.list(name) {
		if id, err := forum.ParseID(text); err == nil && len(ids) < mostIDs && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// lookupAccount finds an account by its handle, among those known here.
func (a *API) lookupAccount(c *call) error {
	h, ok := forum.ParseHandle(c.in.get("acct"), a.service.Addresses().Host())
	if !ok {
		return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	actor, err := a.store.ActorByHandle(c.r.Context(), h)
	if err != nil {
		return err
	}
	if !shown(actor) || actor.Guest {
		return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	e, err := a.account(c, actor.ID)
	if err != nil {
		return err
	}
	return c.ok(e)
}

// relationshipEntity is how the reader stands to an account.
type relationshipEntity struct {
	ID             string   `json:"id"`
	Following      bool     `json:"following"`
	ShowingReblogs bool     `json:"showing_reblogs"`
	Notifying      bool     `json:"notifying"`
	Languages      []string `json:"languages"`
	FollowedBy     bool     `json:"followed_by"`
	Blocking       bool     `json:"blocking"`
	BlockedBy      bool     `json:"blocked_by"`
	Muting         bool     `json:"muting"`
	MutingNotices  bool     `json:"muting_notifications"`
	MutingEnds     *string  `json:"muting_expires_at"`
	Requested      bool     `json:"requested"`
	RequestedBy    bool     `json:"requested_by"`
	DomainBlocking bool     `json:"domain_blocking"`
	Endorsed       bool     `json:"endorsed"`
	Note           string   `json:"note"`
}

func relationshipOf(r forum.Relationship) relationshipEntity {
	following := r.Following == forum.FollowAccepted
	return relationshipEntity{
		ID: r.ID.String(), Following: following, ShowingReblogs: following, FollowedBy: r.FollowedBy == forum.FollowAccepted,
		Blocking: r.Blocking, BlockedBy: r.BlockedBy, Muting: r.Muting, MutingNotices: r.Muting,
		Requested: r.Following == forum.FollowPending, RequestedBy: r.FollowedBy == forum.FollowPending, DomainBlocking: r.HidesHost, Note: r.Note,
	}
}

func (a *API) relationships(c *call) error {
	list, err := a.store.Relationships(c.r.Context(), c.viewer.ID, c.ids("id"))
	if err != nil {
		return err
	}
	entities := []relationshipEntity{}
	for _, r := range list {
		entities = append(entities, relationshipOf(r))
	}
	return c.ok(entities)
}

// answerRelationship answers how the reader now stands to an actor.
func (a *API) answerRelationship(c *call, id forum.ID) error {
	list, err := a.store.Relationships(c.r.Context(), c.viewer.ID, []forum.ID{id})
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	return c.ok(relationshipOf(list[0]))
}

// people answers a page of accounts that a query lists by their IDs.
func (a *API) people(read func(c *call, id forum.ID, s forum.Span) ([]forum.ID, error)) handler {
	return func(c *call) error {
		id, err := c.id()
		if err != nil {
			return err
		}
		return a.page(c, func(s forum.Span) ([]forum.ID, error) { return read(c, id, s) })
	}
}

func (a *API) page(c *call, read func(s forum.Span) ([]forum.ID, error)) error {
	span, err := c.page(40, 80)
	if err != nil {
		return err
	}
	ids, err := read(span)
	if err != nil {
		return err
	}
	if n := len(ids); n > 0 {
		c.linkAround(ids[0], ids[n-1])
	}
	list, err := a.accounts(c, ids)
	if err != nil {
		return err
	}
	return c.ok(list)
}

func (a *API) followers(c *call, id forum.ID, s forum.Span) ([]forum.ID, error) {
	return a.store.FollowersIn(c.r.Context(), id, s)
}

func (a *API) following(c *call, id forum.ID, s forum.Span) ([]forum.ID, error) {
	return a.store.FollowedIn(c.r.Context(), id, s)
}

// familiarFollowers are those whom the reader follows among an account's followers.
func (a *API) familiarFollowers(c *call) error {
	type familiar struct {
		ID       string          `json:"id"`
		Accounts []accountEntity `json:"accounts"`
	}
	list := []familiar{}
	ids := c.ids("id")
	if len(ids) > 5 {
		ids = ids[:5]
	}
	followed, err := a.store.FollowedIn(c.r.Context(), c.viewer.ID, forum.Span{Limit: 500})
	if err != nil {
		return err
	}
	for _, id := range ids {
		theirs, err := a.store.FollowersIn(c.r.Context(), id, forum.Span{Limit: 500})
		if err != nil {
			return err
		}
		theirs = slices.DeleteFunc(theirs, func(one forum.ID) bool { return !slices.Contains(followed, one) })
		people, err := a.accounts(c, theirs[:min(len(theirs), 10)])
		if err != nil {
			return err
		}
		list = append(list, familiar{ID: id.String(), Accounts: people})
	}
	return c.ok(list)
}
