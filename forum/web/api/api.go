package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/gorilla/mux"

	"portevoix/forum"
	"portevoix/forum/locale"
	"portevoix/forum/web/allow"
	"portevoix/forum/web/guides"
)

// Prefix is where the API is served.
const Prefix = "/api/portevoix/v1"

// Store is what the API reads.
type Store interface {
	forum.Reader
	forum.PageReader
}

// Options are what an API is made of.
type Options struct {
	Service  *forum.Service
	Store    Store
	Renderer forum.Renderer
	Messages *locale.Messages
	Logger   *slog.Logger // default: none
	// Guides are what people can do next; nil: none.
	Guides *guides.Guides
	// ShowLimits tells everybody which servers are limited, and why.
	ShowLimits bool
	PerMinute  int // calls with one token; 0: no limit
}

// API serves programs. It is safe for concurrent use.
type API struct {
	o       Options
	quota   *forum.Quota
	service *forum.Service
	store   Store
	// document makes the API's description, when it is first asked for.
	document func() ([]byte, error)
}

// New returns an API.
func New(o Options) *API {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &API{o: o, quota: forum.NewQuota(o.PerMinute, nil), service: o.Service, store: o.Store,
		document: sync.OnceValues(func() ([]byte, error) { return Document(o.Service.Limits()) })}
}

// Register adds every address.
func (a *API) Register(r *mux.Router) {
	r.Handle(DocumentPath, a.handle(a.sendDocument)).Methods(http.MethodGet, http.MethodHead)
	r = r.PathPrefix(Prefix).Subrouter()
	on := func(method, path string, h handler) {
		methods := []string{method}
		if method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
		r.Handle(path, a.handle(h)).Methods(methods...)
	}

	on(http.MethodGet, "/forums", a.listForums)
	on(http.MethodPost, "/forums", a.createForum)
	on(http.MethodGet, "/forums/{name}", a.showForum)
	on(http.MethodPost, "/forums/{name}/follow", a.follow)
	on(http.MethodDelete, "/forums/{name}/follow", a.unfollow)

	on(http.MethodGet, "/forums/{name}/members", a.listMembers)
	on(http.MethodPost, "/forums/{name}/members/{handle}", a.setMember(true))
	on(http.MethodDelete, "/forums/{name}/members/{handle}", a.setMember(false))
	on(http.MethodPost, "/forums/{name}/membership", a.join)
	on(http.MethodDelete, "/forums/{name}/membership", a.leave)
	on(http.MethodGet, "/forums/{name}/moderators", a.listModerators)
	on(http.MethodPost, "/forums/{name}/moderators/{handle}", a.setModerator(true))
	on(http.MethodDelete, "/forums/{name}/moderators/{handle}", a.setModerator(false))

	for _, place := range []string{"/forums/{name}", ""} {
		on(http.MethodGet, place+"/webhooks", a.listWebhooks)
		on(http.MethodPost, place+"/webhooks", a.addWebhook)
	}
	on(http.MethodPatch, "/webhooks/{id:[0-9]+}", withID(a.changeWebhook))
	on(http.MethodDelete, "/webhooks/{id:[0-9]+}", withID(a.removeWebhook))
	on(http.MethodPost, "/webhooks/{id:[0-9]+}/secret", withID(a.renewWebhookSecret))
	on(http.MethodPost, "/webhooks/{id:[0-9]+}/test", withID(a.testWebhook))
	on(http.MethodGet, "/webhooks/{id:[0-9]+}/calls", a.listWebhookCalls)
	on(http.MethodGet, "/forums/{name}/sources", a.listSources)
	on(http.MethodPost, "/forums/{name}/sources", a.addSource)
	on(http.MethodDelete, "/forums/{name}/sources/{handle}", a.removeSource)
	on(http.MethodDelete, "/forums/{name}/links/{id:[0-9]+}", a.leaveOut(true))
	on(http.MethodPost, "/forums/{name}/links/{id:[0-9]+}", a.leaveOut(false))

	for _, prefix := range []string{"", "/forums/{name}"} {
		on(http.MethodGet, prefix+"/bans", a.listBans)
		on(http.MethodPost, prefix+"/bans", a.ban)
		on(http.MethodDelete, prefix+"/bans/{handle}", a.unban)
	}

	a.registerActions(on)

	on(http.MethodGet, "/search", a.search)
	on(http.MethodGet, "/completions", a.complete)
	on(http.MethodPost, "/tags/{tag}/follow", a.followTag(true))
	on(http.MethodDelete, "/tags/{tag}/follow", a.followTag(false))

	r.Handle("/media", a.handleUpTo(a.maxUpload(), a.createMedia)).Methods(http.MethodPost)
	on(http.MethodPatch, "/media/{id:[0-9]+}", a.describeMedia)

	on(http.MethodGet, "/threads", a.listThreads)
	on(http.MethodPost, "/threads", a.startThread)
	on(http.MethodPost, "/hints", a.checkText)
	on(http.MethodGet, "/threads/similar", a.similarThreads)
	on(http.MethodGet, "/threads/{id:[0-9]+}", a.showThread)
	on(http.MethodPatch, "/threads/{id:[0-9]+}", a.editThread)
	on(http.MethodGet, "/threads/{id:[0-9]+}/backfill", a.showBackfill)
	on(http.MethodPost, "/threads/{id:[0-9]+}/backfill", a.fetchReplies)
	on(http.MethodGet, "/threads/{id:[0-9]+}/answers", a.listAnswers)
	on(http.MethodPost, "/threads/{id:[0-9]+}/answers", a.answerCase)
	on(http.MethodPost, "/replies/{id:[0-9]+}/verdict", a.giveVerdict)
	on(http.MethodGet, "/threads/{id:[0-9]+}/rights-of-reply", a.listRights)
	on(http.MethodGet, "/threads/{id:[0-9]+}/concerns", a.listConcerns)
	on(http.MethodPost, "/threads/{id:[0-9]+}/concerns", withID(a.raiseConcern))
	on(http.MethodPatch, "/concerns/{id:[0-9]+}", withID(a.changeConcern))
	on(http.MethodGet, "/companies/{handle}/concerns", a.showConcernFigures)
	on(http.MethodGet, "/companies/{handle}/threats", a.listThreats)
	on(http.MethodPost, "/companies/{handle}/threats", a.reportThreat)
	on(http.MethodDelete, "/threats/{id:[0-9]+}", withID(a.withdrawThreat))
	on(http.MethodGet, "/companies/{handle}/representatives", a.listRepresentatives)
	on(http.MethodPost, "/companies/{handle}/representatives", a.represent)
	on(http.MethodPost, "/companies/{handle}/representatives/check", a.checkRepresentative)
	on(http.MethodGet, "/threads/{id:[0-9]+}/evidence", a.caseFile)
	r.Handle("/threads/{id:[0-9]+}/evidence", a.handleUpTo(a.maxEvidence(), a.addEvidence)).Methods(http.MethodPost)
	on(http.MethodPost, "/threads/{id:[0-9]+}/evidence/{level:seen|matched}", a.raiseEvidence(true))
	on(http.MethodDelete, "/threads/{id:[0-9]+}/evidence/{level:seen|matched}", a.raiseEvidence(false))
	on(http.MethodGet, "/evidence/{key:[a-z0-9]+}", a.openEvidence)
	on(http.MethodPatch, "/evidence/{key:[a-z0-9]+}", a.changeEvidence)
	on(http.MethodDelete, "/evidence/{key:[a-z0-9]+}", a.deleteEvidence)
	on(http.MethodPost, "/evidence/{key:[a-z0-9]+}/redact", a.redactEvidence)
	on(http.MethodGet, "/evidence/{key:[a-z0-9]+}/views", a.evidenceViews)
	on(http.MethodGet, "/threads/{id:[0-9]+}/related", a.relatedThreads)
	on(http.MethodGet, "/threads/{id:[0-9]+}/replies", a.listReplies)
	on(http.MethodPost, "/threads/{id:[0-9]+}/replies", a.reply)
	on(http.MethodPost, "/threads/{id:[0-9]+}/follow", a.followThread(true))
	on(http.MethodDelete, "/threads/{id:[0-9]+}/follow", a.followThread(false))
	on(http.MethodPost, "/threads/{id:[0-9]+}/mute", a.muteThread(true))
	on(http.MethodDelete, "/threads/{id:[0-9]+}/mute", a.muteThread(false))
	on(http.MethodGet, "/messages", a.listMessages)
	on(http.MethodPost, "/messages/{id}/answer", a.answerMessage)
	on(http.MethodDelete, "/messages/{id}", a.deleteMessage)
	on(http.MethodGet, "/drafts", a.listDrafts)
	on(http.MethodPost, "/drafts", a.saveDraft(true))
	on(http.MethodGet, "/drafts/{id:[0-9]+}", a.showDraft)
	on(http.MethodPut, "/drafts/{id:[0-9]+}", a.saveDraft(false))
	on(http.MethodDelete, "/drafts/{id:[0-9]+}", a.discardDraft(false))
	on(http.MethodPost, "/{kind:threads}/{id:[0-9]+}/report", a.report(true))
	on(http.MethodPost, "/{kind:replies}/{id:[0-9]+}/report", a.report(false))
	on(http.MethodPost, "/reports", a.reportActor)
	on(http.MethodGet, "/reports", a.listReports)
	on(http.MethodDelete, "/reports/{id:[0-9]+}", a.closeReport)
	on(http.MethodGet, "/scheduled", a.listScheduled)
	on(http.MethodGet, "/scheduled/{id:[0-9]+}", a.showScheduled)
	on(http.MethodPatch, "/scheduled/{id:[0-9]+}", a.reschedule)
	on(http.MethodDelete, "/scheduled/{id:[0-9]+}", a.discardDraft(true))
	on(http.MethodGet, "/home", a.home)
	on(http.MethodGet, "/lists", a.ownLists)
	on(http.MethodPost, "/lists", a.addList)
	on(http.MethodGet, "/lists/{id:[0-9]+}", a.showList)
	on(http.MethodPatch, "/lists/{id:[0-9]+}", withID(a.changeList))
	on(http.MethodDelete, "/lists/{id:[0-9]+}", withID(a.deleteList))
	on(http.MethodGet, "/lists/{id:[0-9]+}/threads", a.threadsOnList)
	on(http.MethodPut, "/lists/{id:[0-9]+}/members/{handle}", a.setListMember(true))
	on(http.MethodDelete, "/lists/{id:[0-9]+}/members/{handle}", a.setListMember(false))
	on(http.MethodGet, "/notifications", a.listNotifications)
	on(http.MethodPost, "/notifications/read", a.readNotifications)
	on(http.MethodPost, "/notifications/{id:[0-9]+}/read", a.readNotification)
	on(http.MethodGet, "/notifications/settings", a.showNotificationSettings)
	on(http.MethodPatch, "/notifications/settings", a.changeNotificationSettings)
	for kind, role := range map[string]forum.GroupRole{"forums": forum.RoleForum, "companies": forum.RoleCompany, "actions": forum.RoleAction} {
		on(http.MethodGet, "/"+kind+"/{name}/figures", a.showFigures(role))
	}
	for path, kind := range map[string]forum.DossierKind{"/threads/{id:[0-9]+}": forum.CaseDossier, "/actions/{handle}": forum.ActionDossier} {
		on(http.MethodGet, path+"/dossiers", a.listDossiers(kind))
		on(http.MethodPost, path+"/dossiers", a.makeDossier(kind))
	}
	r.Handle("/dossiers/{id:[0-9]+}.zip", a.handle(a.sendDossier)).Methods(http.MethodGet, http.MethodHead)
	on(http.MethodGet, "/data", a.listArchives)
	on(http.MethodGet, "/guides", a.listGuides)
	on(http.MethodGet, "/guides/{country}", a.showGuide)
	on(http.MethodGet, "/peers", a.listPeers)
	on(http.MethodGet, "/peers/{host}", a.showPeer)
	on(http.MethodPost, "/peers/{host}/retry", a.retryPeer)
	on(http.MethodGet, "/peer-lists", a.listPeerLists)
	on(http.MethodPost, "/peer-lists", a.subscribePeerList)
	on(http.MethodDelete, "/peer-lists/{id:[0-9]+}", a.unsubscribePeerList)
	on(http.MethodPost, "/peer-lists/{id:[0-9]+}/read", a.readPeerList)
	on(http.MethodGet, "/peer-lists/{id:[0-9]+}/proposals", a.listProposals)
	on(http.MethodPost, "/peer-lists/{id:[0-9]+}/proposals", a.decideProposals)
	on(http.MethodGet, "/decisions", a.listDecisions)
	on(http.MethodGet, "/decisions/{id:[0-9]+}", a.showDecision)
	on(http.MethodGet, "/peer-rules", a.listPeerRules)
	on(http.MethodPut, "/peer-rules/{host}", a.setPeerRule)
	on(http.MethodDelete, "/peer-rules/{host}", a.liftPeerRule)
	on(http.MethodGet, "/replies/{id:[0-9]+}", a.showReply)
	on(http.MethodPatch, "/replies/{id:[0-9]+}", a.editReply)
	for _, kind := range []string{"threads", "replies"} {
		on(http.MethodDelete, "/{kind:"+kind+"}/{id:[0-9]+}", a.delete)
		on(http.MethodPost, "/{kind:"+kind+"}/{id:[0-9]+}/support", a.support(true))
		on(http.MethodDelete, "/{kind:"+kind+"}/{id:[0-9]+}/support", a.support(false))
		on(http.MethodPost, "/{kind:"+kind+"}/{id:[0-9]+}/boost", a.boost(true))
		on(http.MethodDelete, "/{kind:"+kind+"}/{id:[0-9]+}/boost", a.boost(false))
		on(http.MethodPost, "/{kind:"+kind+"}/{id:[0-9]+}/vote", a.votePoll)
		on(http.MethodPost, "/{kind:"+kind+"}/{id:[0-9]+}/pin", a.vote(a.service.Pin, true))
		on(http.MethodDelete, "/{kind:"+kind+"}/{id:[0-9]+}/pin", a.vote(a.service.Pin, false))
		on(http.MethodPost, "/{kind:"+kind+"}/{id:[0-9]+}/restore", a.restore)
	}
	on(http.MethodGet, "/companies", a.listCompanies)
	on(http.MethodPost, "/companies", a.createCompany)
	on(http.MethodGet, "/companies/{handle}", a.showCompany)
	on(http.MethodPost, "/companies/{handle}/products", a.addProduct)
	on(http.MethodPost, "/companies/{handle}/merge", a.mergeCompany)
	on(http.MethodGet, "/{kind:threads}/{id:[0-9]+}/moves", a.listMoves)
	on(http.MethodPost, "/{kind:threads}/{id:[0-9]+}/moves", a.moveCase)
	on(http.MethodPost, "/{kind:threads}/{id:[0-9]+}/co-claim", a.claim(true))
	on(http.MethodDelete, "/{kind:threads}/{id:[0-9]+}/co-claim", a.claim(false))
	on(http.MethodGet, "/{kind:threads}/{id:[0-9]+}/counted", a.counted)
	a.registerInvalidations(on)
	on(http.MethodPost, "/{kind:threads}/{id:[0-9]+}/merge", a.mergeCase)
	on(http.MethodDelete, "/{kind:threads}/{id:[0-9]+}/merge", a.unmergeCase)
	for path, decide := range map[string]voting{"lock": a.service.LockThread, "feature": a.service.Feature} {
		on(http.MethodPost, "/{kind:threads}/{id:[0-9]+}/"+path, a.vote(decide, true))
		on(http.MethodDelete, "/{kind:threads}/{id:[0-9]+}/"+path, a.vote(decide, false))
	}
	r.NotFoundHandler = a.handle(func(c *call) error {
		methods := allow.Methods(r, c.r)
		if methods == "" {
			return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
		}
		c.w.Header().Set("Allow", methods)
		return &wrongMethod{method: c.r.Method, allowed: methods}
	})
	r.MethodNotAllowedHandler = r.NotFoundHandler
}

// handler answers one call, or returns an error for the one place that writes
// problems.
type handler func(c *call) error

// call is one request of a program, and for whom it acts.
type call struct {
	w      http.ResponseWriter
	r      *http.Request
	api    *API
	viewer *forum.Account     // nil without a token
	token  *forum.AccessToken // nil without a token
}

// maxBody bounds a request, in bytes.
const maxBody = 1 << 20

// maxUpload bounds a file with its poster, in bytes.
func (a *API) maxUpload() int64 {
	limits := a.service.PictureLimits()
	return int64(limits.Most()+limits.Bytes) + maxBody
}

func (a *API) handle(h handler) http.Handler {
	return a.handleUpTo(maxBody, h)
}

// handleUpTo is handle with a limit of its own for the request, in bytes.
func (a *API) handleUpTo(limit int64, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{w: w, r: r, api: a}
		header := w.Header()
		// Any page may call: the token, which no browser adds by itself, is
		// what entitles.
		header.Set("Access-Control-Allow-Origin", "*")
		header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept-Language, If-None-Match, "+repeatHeader)
		header.Set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE")
		header.Set("Access-Control-Expose-Headers", "ETag, Link, Location, RateLimit, RateLimit-Policy, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Cache-Control", "private, no-cache")
		header.Add("Vary", "Authorization, Accept-Language")
		if r.Method == http.MethodOptions { // a browser asks whether it may
			w.WriteHeader(http.StatusNoContent)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		err := c.authenticate()
		if err == nil {
			err = c.meter()
		}
		if err == nil {
			err = c.once(h)
		}
		if err != nil {
			c.problem(err)
		}
	})
}

// authenticate reads the bearer token. A token that is not known is refused,
// even where none is needed: its owner believes to be somebody.
func (c *call) authenticate() error {
	header := c.r.Header.Get("Authorization")
	if header == "" {
		return nil
	}
	scheme, secret, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return &forum.Error{Code: forum.Unauthenticated, Key: "TokenUnknown"}
	}
	var err error
	c.viewer, c.token, err = c.api.service.AccountOfToken(c.r.Context(), strings.TrimSpace(secret))
	if err == nil && c.token.ReadsPosts() { // what is read from now on is read for them
		c.r = c.r.WithContext(forum.ReadAs(c.r.Context(), c.viewer.ID))
	}
	return err
}

// meter counts the calls of a token, and tells how many are left.
func (c *call) meter() error {
	if c.token == nil {
		return nil
	}
	state := c.api.quota.Use(c.token.ID.String())
	if state.Limit == 0 {
		return nil
	}
	h := c.w.Header()
	h.Set("X-RateLimit-Limit", strconv.Itoa(state.Limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(state.Remaining))
	h.Set("X-RateLimit-Reset", moment(state.Reset))
	// draft-ietf-httpapi-ratelimit-headers: seconds, where Mastodon has a time.
	h.Set("RateLimit-Policy", fmt.Sprintf(`"token";q=%d;w=60`, state.Limit))
	h.Set("RateLimit", fmt.Sprintf(`"token";r=%d;t=%d`, state.Remaining, max(int(math.Ceil(state.Reset.Sub(c.api.service.Now()).Seconds())), 0)))
	if state.Exceeded {
		return &forum.Error{Code: forum.TooMany, Key: "TooMany"}
	}
	return nil
}

// account is who the program acts for: there must be a token, with that scope.
func (c *call) account(scope forum.Scope) (*forum.Account, error) {
	if c.token == nil {
		return nil, &forum.Error{Code: forum.Unauthenticated, Key: "TokenUnknown"}
	}
	if !c.token.Allows(scope) {
		return nil, &forum.Error{Code: forum.Forbidden, Key: "ScopeNeeded", Args: map[string]any{"Scope": string(scope)}}
	}
	return c.viewer, nil
}

// writer is the account that changes something.
func (c *call) writer() (*forum.Account, error) { return c.account(forum.ScopeWrite) }

// viewerID is the reader for store queries: what it did with a post is told
// only to tokens that may read.
func (c *call) viewerID() forum.ID {
	if c.token == nil || !c.token.Allows(forum.ScopeRead) {
		return 0
	}
	return c.viewer.ID
}

// reader is the account that a token lets read; nil for nobody in particular.
func (c *call) reader() *forum.Account {
	if c.viewerID() == 0 {
		return nil
	}
	return c.viewer
}

// withID is a call by somebody who may write, about what the address names by its ID.
func withID(do func(c *call, by *forum.Account, id forum.ID) error) handler {
	return func(c *call) error {
		by, err := c.writer()
		if err != nil {
			return err
		}
		id, err := c.id()
		if err != nil {
			return err
		}
		return do(c, by, id)
	}
}

func (c *call) id() (forum.ID, error) { return forum.ParseID(mux.Vars(c.r)["id"]) }

// read decodes the request's JSON. Fields that are not known are refused: to
// drop them in silence would be to lose what was sent.
func (c *call) read(v any) error {
	d := json.NewDecoder(c.r.Body)
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil {
		if _, end := d.Token(); !errors.Is(end, io.EOF) {
			err = errors.New("something follows the object")
		}
	}
	if err == nil {
		return nil
	}
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		name, _ := strconv.Unquote(field)
		return &forum.Error{Code: forum.Invalid, Key: "FieldUnknown", Field: name, Args: map[string]any{"Field": name}, Err: err}
	}
	return &badJSON{err}
}

// badJSON is a request that cannot be read at all.
type badJSON struct{ err error }

func (e *badJSON) Error() string { return "read request: " + e.err.Error() }

// wrongMethod is a request with a method that its address does not take.
type wrongMethod struct{ method, allowed string }

func (e *wrongMethod) Error() string { return e.method + " is not among " + e.allowed }

// write answers with JSON. Whoever reads what they have already is told so
// (RFC 9110, section 13.1.2).
func (c *call) write(status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Content-Type", "application/json")
	if status == http.StatusOK && (c.r.Method == http.MethodGet || c.r.Method == http.MethodHead) {
		sum := sha256.Sum256(body)
		tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:15]) + `"`
		h.Set("ETag", "W/"+tag) // weak: on its way it may be compressed
		if has := c.r.Header.Get("If-None-Match"); has == "*" || strings.Contains(has, tag) {
			h.Del("Content-Type")
			c.w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	c.w.WriteHeader(status)
	_, _ = c.w.Write(append(body, '\n'))
	return nil
}

const (
	defaultLimit = 40
	maxLimit     = 100
)

// limit reads how many are asked for at once.
func (c *call) limit() int {
	n, err := strconv.Atoi(c.r.URL.Query().Get("limit"))
	if err != nil || n < 1 {
		return defaultLimit
	}
	return min(n, maxLimit)
}

// bounds reads max_id and min_id, which name the post that a page begins or ends
// beside. Lists in another order than that of IDs know only cursors, as after.
func (c *call) bounds(byID bool) (maxID, minID forum.ID, err error) {
	for key, id := range map[string]*forum.ID{"max_id": &maxID, "min_id": &minID} {
		value := c.r.URL.Query().Get(key)
		if value == "" {
			continue
		}
		if *id, err = forum.ParseID(value); err != nil || !byID {
			return 0, 0, &forum.Error{Code: forum.Invalid, Key: "CursorUnreadable", Field: key, Err: err}
		}
	}
	return maxID, minID, nil
}

// link tells where a neighbouring page is (RFC 8288): at the same address, from
// another place on.
func (c *call) link(relation, key, place string) {
	if place == "" {
		return
	}
	q := c.r.URL.Query()
	for _, other := range []string{"after", "max_id", "min_id"} {
		q.Del(other)
	}
	q.Set(key, place)
	u := url.URL{Path: c.r.URL.Path, RawQuery: q.Encode()}
	link := "<" + c.api.service.Addresses().Base() + u.String() + `>; rel="` + relation + `"`
	if others := c.w.Header().Get("Link"); others != "" {
		link = others + ", " + link
	}
	c.w.Header().Set("Link", link)
}

// problem is an error as RFC 9457 has it.
type problem struct {
	Type   string         `json:"type"`
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Detail string         `json:"detail"`
	Errors []fieldProblem `json:"errors,omitempty"`
	Hints  []hintEntity   `json:"hints,omitempty"` // what the text was refused for
}

// fieldProblem is what is wrong with one field.
type fieldProblem struct {
	Field  string `json:"field,omitempty"`
	Type   string `json:"type"`
	Detail string `json:"detail"`
}

// statuses map domain codes to HTTP, once for the whole API.
var statuses = map[forum.Code]int{
	forum.Invalid: http.StatusUnprocessableEntity, forum.Unauthenticated: http.StatusUnauthorized, forum.Forbidden: http.StatusForbidden,
	forum.NotFound: http.StatusNotFound, forum.Gone: http.StatusGone, forum.Conflict: http.StatusConflict,
	forum.TooMany: http.StatusTooManyRequests, forum.Unavailable: http.StatusServiceUnavailable, forum.Internal: http.StatusInternalServerError,
}

const problemType = "urn:portevoix:error:"

// problem writes an error.
func (c *call) problem(err error) {
	p := c.api.o.Messages.Printer(c.r.Header.Get("Accept-Language"))
	body := problem{Status: statuses[forum.CodeOf(err)], Type: problemType + string(forum.CodeOf(err))}
	for _, e := range locale.Split(err) {
		body.Errors = append(body.Errors, fieldProblem{Field: e.Field, Type: problemType + e.Key, Detail: p.Error(e)})
	}
	if bad, ok := errors.AsType[*badJSON](err); ok {
		body.Status = http.StatusBadRequest
		if _, tooLarge := errors.AsType[*http.MaxBytesError](bad.err); tooLarge {
			body.Status = http.StatusRequestEntityTooLarge
		}
		body.Type, body.Detail = problemType+"JSONInvalid", p.T("Error.JSONInvalid", "Reason", bad.err.Error())
	} else if wrong, ok := errors.AsType[*wrongMethod](err); ok {
		body.Status, body.Type = http.StatusMethodNotAllowed, problemType+"MethodNotAllowed"
		body.Detail = p.T("Error.MethodNotAllowed", "Method", wrong.method, "Allowed", wrong.allowed)
	} else {
		body.Detail = strings.Join(p.Errors(err), " ")
	}
	if refused, ok := errors.AsType[*hinted](err); ok {
		body.Hints = c.hintsOf(refused.found)
	}
	if len(body.Errors) == 1 {
		body.Type = body.Errors[0].Type
	}
	switch body.Status {
	case http.StatusInternalServerError:
		c.api.o.Logger.ErrorContext(c.r.Context(), "API call failed", "method", c.r.Method, "path", c.r.URL.Path, "error", err)
	case http.StatusUnauthorized:
		c.w.Header().Set("WWW-Authenticate", `Bearer realm="portevoix"`)
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		c.w.Header().Set("Retry-After", "60")
	}
	body.Title = http.StatusText(body.Status)
	c.w.Header().Set("Content-Type", "application/problem+json")
	c.w.Header().Set("Content-Language", p.Tag)
	c.w.WriteHeader(body.Status)
	_ = json.NewEncoder(c.w).Encode(body)
}
