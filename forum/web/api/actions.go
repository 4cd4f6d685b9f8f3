package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/mux"

	"portevoix/forum"
)

// actionEntity is a joint action.
type actionEntity struct {
	Handle      string              `json:"handle"`
	URI         string              `json:"uri"`
	URL         string              `json:"url"`
	Kind        string              `json:"kind"`
	State       string              `json:"state"`
	Title       string              `json:"title"`
	Text        string              `json:"text"`    // Markdown, in its canonical form
	Content     string              `json:"content"` // sanitised HTML
	Language    *string             `json:"language"`
	Goal        int                 `json:"goal"`
	Milestones  []milestoneEntity   `json:"milestones"`
	ClosesOn    string              `json:"closes_on"`
	ClosesAt    string              `json:"closes_at"`
	Company     *string             `json:"company"`
	Forum       *string             `json:"forum"`
	Author      *authorEntity       `json:"author"` // null for actions elsewhere
	Version     int                 `json:"version"`
	TextSHA256  string              `json:"text_sha256"` // of the title, an empty line and the text
	Ballot      *string             `json:"ballot"`      // null before it is published
	Counts      actionCountsEntity  `json:"counts"`
	LettersSent *int                `json:"letters_sent"` // who say that they sent theirs; null for what is no letter of this server
	Servers     []serverCountEntity `json:"servers"`
	Sponsors    sponsorsEntity      `json:"sponsors"`
	Details     actionDetailsEntity `json:"details"`
	Outcome     *string             `json:"outcome"` // sanitised HTML
	StopReason  *string             `json:"stop_reason"`
	Signature   *signatureEntity    `json:"signature"` // of whom the token acts for
	Comments    int                 `json:"comments"`
	Shares      int                 `json:"shares"` // boosts of its ballots
	CreatedAt   string              `json:"created_at"`
	PublishedAt *string             `json:"published_at"`
	EndedAt     *string             `json:"ended_at"`
}

type milestoneEntity struct {
	Number  int  `json:"number"`
	Percent int  `json:"percent"` // 0 for one that the author set
	Reached bool `json:"reached"`
}

type actionCountsEntity struct {
	Signed      int `json:"signed"`
	Email       int `json:"email"`
	Local       int `json:"local"`
	Known       int `json:"known"`
	New         int `json:"new"`
	Paper       int `json:"paper"`
	Invalidated int `json:"invalidated"`
}

func actionCounts(t forum.TierTally) actionCountsEntity {
	return actionCountsEntity{Signed: t.Signed(), Email: t.Email, Local: t.Local, Known: t.Known, New: t.New, Paper: t.Paper, Invalidated: t.Invalidated}
}

type serverCountEntity struct {
	Host    string `json:"host"`
	Counted int    `json:"counted"`
}

type sponsorsEntity struct {
	Count  int `json:"count"`
	Needed int `json:"needed"`
}

type signatureEntity struct {
	Version   int    `json:"version"`
	NameShown bool   `json:"name_shown"`
	Updates   bool   `json:"updates"`
	Dossier   bool   `json:"dossier"`
	Contact   bool   `json:"contact"`
	SignedAt  string `json:"signed_at"`
}

// actionDetailsEntity is what only some kinds have.
type actionDetailsEntity struct {
	Recipient string  `json:"recipient,omitempty"`
	StartsAt  *string `json:"starts_at,omitempty"`
	EndsAt    *string `json:"ends_at,omitempty"`
	Place     string  `json:"place,omitempty"`
	Capacity  int     `json:"capacity,omitempty"`
	JoinURL   string  `json:"join_url,omitempty"`
	VideoURL  string  `json:"video_url,omitempty"`

	Video *mediaEntity `json:"video,omitempty"` // a recording kept here
}

// actionOf shows an action as a list or its own address does.
func (a *API) actionOf(v *forum.ActionView) actionEntity {
	handle := v.Handle()
	e := actionEntity{
		Handle: handle, URI: v.URI, URL: a.service.Addresses().Base() + "/a/" + handle, Kind: string(v.Kind), State: string(v.State), Title: v.Label(),
		Text: v.Text, Content: v.TextHTML, Language: stringOrNull(v.Language), Goal: v.Goal, Milestones: []milestoneEntity{},
		ClosesOn: a.service.ClosesOn(&v.Action), ClosesAt: moment(v.ClosesAt), Version: v.Version, TextSHA256: v.SHA256, Counts: actionCounts(v.Counts), Servers: []serverCountEntity{},
		Sponsors: sponsorsEntity{Count: v.Sponsors, Needed: a.service.SponsorsNeeded()}, Outcome: stringOrNull(v.OutcomeHTML), StopReason: stringOrNull(v.StopReason),
		Comments: v.Comments, Shares: v.Shares, CreatedAt: moment(v.CreatedAt), PublishedAt: momentOrNull(v.PublishedAt), EndedAt: momentOrNull(v.EndedAt),
		Details: actionDetailsEntity{Recipient: v.Details.Recipient, StartsAt: momentOrNull(v.Details.StartsAt), EndsAt: momentOrNull(v.Details.EndsAt),
			Place: v.Details.Place, Capacity: v.Details.Capacity, JoinURL: v.Details.JoinURL, VideoURL: v.Details.VideoURL},
	}
	if v.Details.Video != nil {
		e.Details.Video = &a.mediaOf([]forum.Attachment{*v.Details.Video})[0]
	}
	for _, m := range v.Steps(v.Counts.Signed()) {
		e.Milestones = append(e.Milestones, milestoneEntity(m))
	}
	if v.BallotID != 0 && v.Local() {
		e.Ballot = stringOrNull(a.service.Addresses().Ballot(v.Name, v.Version))
	}
	if v.Author.ID != 0 {
		by := author(v.Author)
		e.Author = &by
	}
	if v.Company != nil {
		e.Company = stringOrNull(v.Company.Handle())
	}
	if v.Home != nil {
		e.Forum = stringOrNull(v.Home.Handle())
	}
	return e
}

// actionHandle is the handle in the address.
func (a *API) actionHandle(c *call) (forum.Handle, error) {
	h, ok := forum.ParseHandle(mux.Vars(c.r)["handle"], a.service.Addresses().Host())
	if !ok {
		return h, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	return h, nil
}

// action reads the action of the address, as whom the token acts for may see it.
func (a *API) action(c *call) (*forum.ActionView, error) {
	h, err := a.actionHandle(c)
	if err != nil {
		return nil, err
	}
	return a.service.ViewAction(c.r.Context(), c.viewer, h)
}

// listActions lists actions.
func (a *API) listActions(c *call) error {
	q := c.r.URL.Query()
	query := forum.ActionQuery{State: forum.ActionState(q.Get("state")), Kind: forum.ActionKind(q.Get("kind")), Language: q.Get("lang"), Local: q.Get("local") == "true",
		Sort: forum.ActionSort(q.Get("sort")), After: q.Get("after"), Limit: c.limit(), Now: a.service.Now()}
	for key, id := range map[string]*forum.ID{"company": &query.CompanyID, "forum": &query.HomeID} {
		if q.Get(key) == "" {
			continue
		}
		h, _ := forum.ParseHandle(q.Get(key), a.service.Addresses().Host())
		g, err := a.store.ActorByHandle(c.r.Context(), h)
		if err != nil {
			return err
		}
		*id = g.ID
	}
	if q.Get("own") == "true" {
		by, err := c.account(forum.ScopeRead)
		if err != nil {
			return err
		}
		query.AuthorID, query.Own = by.ID, true
	}
	page, err := a.service.ListActions(c.r.Context(), query)
	if err != nil {
		return err
	}
	list := make([]actionEntity, len(page.Actions))
	for i := range page.Actions {
		list[i] = a.actionOf(&page.Actions[i])
	}
	c.link("next", "after", page.Next)
	return c.write(http.StatusOK, list)
}

// actionInput is an action as programs write it.
type actionInput struct {
	Kind       string `json:"kind"`
	Title      string `json:"title"`
	Text       string `json:"text"`
	Language   string `json:"language"`
	Goal       int    `json:"goal"`
	Milestones []int  `json:"milestones"`
	ClosesOn   string `json:"closes_on"`
	Company    string `json:"company"`
	Forum      string `json:"forum"`
	Recipient  string `json:"recipient"`
	StartsAt   string `json:"starts_at"`
	EndsAt     string `json:"ends_at"`
	Place      string `json:"place"`
	Capacity   int    `json:"capacity"`
	JoinURL    string `json:"join_url"`
	VideoURL   string `json:"video_url"`
	Draft      bool   `json:"draft"`
}

func (in *actionInput) action() (forum.NewAction, error) {
	n := forum.NewAction{Kind: forum.ActionKind(in.Kind), Title: in.Title, Text: in.Text, Language: in.Language, Goal: in.Goal, Milestones: in.Milestones, ClosesOn: in.ClosesOn, Company: in.Company, Forum: in.Forum,
		Details: forum.ActionDetails{Recipient: in.Recipient, Place: in.Place, Capacity: in.Capacity, JoinURL: in.JoinURL, VideoURL: in.VideoURL}}
	for field, part := range map[string]struct {
		text string
		into *time.Time
	}{"starts_at": {in.StartsAt, &n.Details.StartsAt}, "ends_at": {in.EndsAt, &n.Details.EndsAt}} {
		if part.text == "" {
			continue
		}
		t, err := time.Parse(time.RFC3339, part.text)
		if err != nil {
			return n, &forum.Error{Code: forum.Invalid, Key: "DateUnreadable", Field: field, Args: map[string]any{"Date": part.text}}
		}
		*part.into = t
	}
	return n, nil
}

// startAction keeps a new action: open to sponsors, or as a draft.
func (a *API) startAction(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	var in actionInput
	if err := c.read(&in); err != nil {
		return err
	}
	n, err := in.action()
	if err != nil {
		return err
	}
	action, err := a.service.StartAction(c.r.Context(), by, n, in.Draft)
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", Prefix+"/actions/"+action.Name)
	return a.answerAction(c, http.StatusCreated, forum.Handle{Name: action.Name})
}

// answerAction answers with an action as it is now.
func (a *API) answerAction(c *call, status int, h forum.Handle) error {
	v, err := a.service.ViewAction(c.r.Context(), c.viewer, h)
	if err != nil {
		return err
	}
	e := a.actionOf(v)
	if err := a.fillAction(c, v, &e); err != nil {
		return err
	}
	return c.write(status, e)
}

func (a *API) showAction(c *call) error {
	h, err := a.actionHandle(c)
	if err != nil {
		return err
	}
	return a.answerAction(c, http.StatusOK, h)
}

// onAction does something to the action of the address, and answers with it.
func (a *API) onAction(do func(c *call, by *forum.Account, handle string) error) handler {
	return func(c *call) error {
		by, err := c.writer()
		if err != nil {
			return err
		}
		h, err := a.actionHandle(c)
		if err != nil {
			return err
		}
		if err := do(c, by, h.String()); err != nil {
			return err
		}
		return a.answerAction(c, http.StatusOK, h)
	}
}

func (a *API) editAction(c *call, by *forum.Account, handle string) error {
	var in actionInput
	if err := c.read(&in); err != nil {
		return err
	}
	n, err := in.action()
	if err != nil {
		return err
	}
	_, err = a.service.EditAction(c.r.Context(), by, handle, n)
	return err
}

func (a *API) publishAction(c *call, by *forum.Account, handle string) error {
	return a.service.PublishAction(c.r.Context(), by, handle)
}

func (a *API) sponsorAction(on bool) handler {
	return a.onAction(func(c *call, by *forum.Account, handle string) error {
		return a.service.SponsorAction(c.r.Context(), by, handle, on)
	})
}

func (a *API) closeAction(c *call, by *forum.Account, handle string) error {
	var in struct {
		Outcome string `json:"outcome"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	return a.service.CloseAction(c.r.Context(), by, handle, in.Outcome)
}

func (a *API) stopAction(c *call, by *forum.Account, handle string) error {
	var in struct {
		Reason string `json:"reason"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	return a.service.StopAction(c.r.Context(), by, handle, in.Reason)
}

func (a *API) attachCase(on bool) handler {
	return a.onAction(func(c *call, by *forum.Account, handle string) error {
		id, err := forum.ParseID(mux.Vars(c.r)["thread"])
		if err != nil {
			return err
		}
		return a.service.AttachCase(c.r.Context(), by, handle, id, on)
	})
}

// dropAction forgets an action that was not published.
func (a *API) dropAction(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	if err := a.service.DropAction(c.r.Context(), by, mux.Vars(c.r)["handle"]); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

type sponsorEntity struct {
	authorEntity
	At string `json:"at"`
}

// listSponsors lists who stood behind an action before it was published.
func (a *API) listSponsors(c *call) error {
	v, err := a.action(c)
	if err != nil {
		return err
	}
	sponsors, err := a.store.Sponsors(c.r.Context(), v.ID)
	if err != nil {
		return err
	}
	list := make([]sponsorEntity, len(sponsors))
	for i, s := range sponsors {
		list[i] = sponsorEntity{authorEntity: author(s.Byline), At: moment(s.At)}
	}
	return c.write(http.StatusOK, list)
}

type versionEntity struct {
	Number     int     `json:"number"`
	Title      string  `json:"title"`
	Text       string  `json:"text"`
	Content    string  `json:"content"`
	TextSHA256 string  `json:"text_sha256"`
	Change     *string `json:"change"`
	Ballot     string  `json:"ballot"`
	Signed     int     `json:"signed"`
	At         string  `json:"at"`
}

// listVersions lists all texts that an action has had.
func (a *API) listVersions(c *call) error {
	v, err := a.action(c)
	if err != nil {
		return err
	}
	versions, err := a.store.ActionVersions(c.r.Context(), v.ID)
	if err != nil {
		return err
	}
	signed, err := a.service.SignedByVersion(c.r.Context(), &v.Action)
	if err != nil {
		return err
	}
	list := make([]versionEntity, len(versions))
	for i, one := range versions {
		list[i] = versionEntity{Number: one.Number, Title: one.Title, Text: one.Text, Content: one.HTML, TextSHA256: one.SHA256, Change: stringOrNull(one.Change),
			Ballot: v.URI + "/v" + strconv.Itoa(one.Number), Signed: signed[one.Number], At: moment(one.At)}
	}
	return c.write(http.StatusOK, list)
}

// addVersion gives an action another text.
func (a *API) addVersion(c *call) error {
	return a.onAction(func(c *call, by *forum.Account, handle string) error {
		var in struct {
			Title  string `json:"title"`
			Text   string `json:"text"`
			Change string `json:"change"`
		}
		if err := c.read(&in); err != nil {
			return err
		}
		_, err := a.service.AddActionVersion(c.r.Context(), by, handle, forum.NewVersion(in))
		return err
	})(c)
}

// listUpdates lists what was published in an action's own name: news and
// milestones, the last first.
func (a *API) listUpdates(c *call) error {
	v, err := a.action(c)
	if err != nil {
		return err
	}
	page, err := a.service.ActionUpdates(c.r.Context(), &v.Action, c.viewerID(), c.r.URL.Query().Get("after"), c.limit())
	if err != nil {
		return err
	}
	list := make([]threadEntity, len(page.Threads))
	for i := range page.Threads {
		list[i] = a.thread(&page.Threads[i])
	}
	c.link("next", "after", page.Next)
	return c.write(http.StatusOK, list)
}

// postUpdate publishes news in an action's own name.
func (a *API) postUpdate(c *call) error {
	by, err := c.writer()
	if err != nil {
		return err
	}
	var in struct {
		Title string `json:"title"`
		Body  string `json:"body"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	t, err := a.service.PostUpdate(c.r.Context(), by, mux.Vars(c.r)["handle"], in.Title, in.Body)
	if err != nil {
		return err
	}
	return a.answerThread(c, http.StatusCreated, t.ID)
}

type paperEntity struct {
	ID       string       `json:"id"`
	Number   int          `json:"number"`
	Place    string       `json:"place"`
	Note     *string      `json:"note"`
	By       authorEntity `json:"by"`
	At       string       `json:"at"`
	UndoneAt *string      `json:"undone_at"`
}

// listPapers lists the sheets of paper that were entered.
func (a *API) listPapers(c *call) error {
	v, err := a.action(c)
	if err != nil {
		return err
	}
	papers, err := a.store.Papers(c.r.Context(), v.ID)
	if err != nil {
		return err
	}
	list := make([]paperEntity, len(papers))
	for i, p := range papers {
		list[i] = paperEntity{ID: p.ID.String(), Number: p.Number, Place: p.Place, Note: stringOrNull(p.Note), By: author(p.By), At: moment(p.At), UndoneAt: momentOrNull(p.UndoneAt)}
	}
	return c.write(http.StatusOK, list)
}

func (a *API) addPaper(c *call, by *forum.Account, handle string) error {
	var in struct {
		Number int    `json:"number"`
		Place  string `json:"place"`
		Note   string `json:"note"`
	}
	if err := c.read(&in); err != nil {
		return err
	}
	return a.service.AddPaper(c.r.Context(), by, handle, in.Number, in.Place, in.Note)
}

func (a *API) undoPaper(c *call, by *forum.Account, handle string) error {
	id, err := c.id()
	if err != nil {
		return err
	}
	return a.service.UndoPaper(c.r.Context(), by, handle, id)
}

// registerActions adds the addresses of joint actions.
func (a *API) registerActions(on func(method, path string, h handler)) {
	on(http.MethodGet, "/actions", a.listActions)
	on(http.MethodPost, "/actions", a.startAction)
	on(http.MethodGet, "/actions/{handle}", a.showAction)
	on(http.MethodPatch, "/actions/{handle}", a.onAction(a.editAction))
	on(http.MethodDelete, "/actions/{handle}", a.dropAction)
	on(http.MethodPost, "/actions/{handle}/publish", a.onAction(a.publishAction))
	on(http.MethodPost, "/actions/{handle}/ask", a.askSponsors(true))
	on(http.MethodDelete, "/actions/{handle}/ask", a.askSponsors(false))
	on(http.MethodPost, "/actions/{handle}/signature", a.onAction(a.sign))
	on(http.MethodDelete, "/actions/{handle}/signature", a.onAction(a.unsign))
	on(http.MethodPost, "/actions/{handle}/sent", a.onAction(a.markSent(true)))
	on(http.MethodDelete, "/actions/{handle}/sent", a.onAction(a.markSent(false)))
	on(http.MethodPost, "/actions/{handle}/close", a.onAction(a.closeAction))
	on(http.MethodPost, "/actions/{handle}/stop", a.onAction(a.stopAction))
	on(http.MethodGet, "/actions/{handle}/sponsors", a.listSponsors)
	on(http.MethodPost, "/actions/{handle}/invitations", a.onAction(a.inviteSponsor))
	on(http.MethodPut, "/actions/{handle}/video", a.onAction(a.setActionVideo))
	on(http.MethodDelete, "/actions/{handle}/video", a.onAction(a.removeActionVideo))
	on(http.MethodPost, "/actions/{handle}/sponsors", a.sponsorAction(true))
	on(http.MethodDelete, "/actions/{handle}/sponsors", a.sponsorAction(false))
	on(http.MethodGet, "/actions/{handle}/versions", a.listVersions)
	on(http.MethodPost, "/actions/{handle}/versions", a.addVersion)
	on(http.MethodGet, "/actions/{handle}/updates", a.listUpdates)
	on(http.MethodPost, "/actions/{handle}/updates", a.postUpdate)
	on(http.MethodPost, "/actions/{handle}/cases/{thread:[0-9]+}", a.attachCase(true))
	on(http.MethodDelete, "/actions/{handle}/cases/{thread:[0-9]+}", a.attachCase(false))
	on(http.MethodGet, "/actions/{handle}/papers", a.listPapers)
	on(http.MethodPost, "/actions/{handle}/papers", a.onAction(a.addPaper))
	on(http.MethodDelete, "/actions/{handle}/papers/{id:[0-9]+}", a.onAction(a.undoPaper))
}

// fillAction adds what only an action's own address tells.
func (a *API) fillAction(c *call, v *forum.ActionView, e *actionEntity) error {
	if v.Kind == forum.FormalLetter && v.Local() {
		e.LettersSent = &v.Sent
	}
	if v.Local() && v.Public() {
		servers, err := a.store.TallyByServer(c.r.Context(), forum.Signature, v.ID, maxServers)
		if err != nil {
			return err
		}
		for _, one := range servers {
			host := one.Server
			if host == "" {
				host = a.service.Addresses().Host()
			}
			if n := one.Tally.Signed(); n > 0 {
				e.Servers = append(e.Servers, serverCountEntity{Host: host, Counted: n})
			}
		}
	}
	viewer := c.viewerID()
	if viewer == 0 {
		return nil
	}
	p, err := a.service.SignatureOf(c.r.Context(), viewer, &v.Action)
	if forum.CodeOf(err) == forum.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	e.Signature = &signatureEntity{Version: p.Version, NameShown: p.Consents.NameShown, Updates: p.Consents.Updates, Dossier: p.Consents.Dossier, Contact: p.Consents.Contact, SignedAt: moment(p.At)}
	return nil
}

// maxServers bounds the servers that an action lists.
const maxServers = 500

// sign signs an action for whom the token acts for.
func (a *API) sign(c *call, by *forum.Account, handle string) error {
	var in struct {
		NameShown bool `json:"name_shown"`
		Updates   bool `json:"updates"`
		Dossier   bool `json:"dossier"`
		Contact   bool `json:"contact"`
	}
	if c.r.ContentLength != 0 {
		if err := c.read(&in); err != nil {
			return err
		}
	}
	h, err := a.actionHandle(c)
	if err != nil {
		return err
	}
	return a.service.Sign(c.r.Context(), by, h, forum.RouteAPI, forum.Consents(in), forum.Trace{Agent: c.r.UserAgent()})
}

// unsign takes a signature back.
func (a *API) unsign(c *call, by *forum.Account, handle string) error {
	h, err := a.actionHandle(c)
	if err != nil {
		return err
	}
	return a.service.WithdrawSignature(c.r.Context(), by, h)
}

// markSent says that the letter of a signer was sent, or that it was not.
func (a *API) markSent(on bool) func(c *call, by *forum.Account, handle string) error {
	return func(c *call, by *forum.Account, _ string) error {
		h, err := a.actionHandle(c)
		if err != nil {
			return err
		}
		return a.service.MarkSent(c.r.Context(), by, h, on)
	}
}
