package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"portevoix/forum"
)

const actionsPerPage = 20

func actionPagePath(handle string) string { return "/a/" + handle }

// actionList is a page of joint actions.
type actionList struct {
	forum.ActionPage
	forum.ActionQuery
	Company *forum.Actor // that the list is narrowed to; nil for none
	Own     []forum.ActionView
}

// actionStates are those that a list can be narrowed to.
var actionStates = []forum.ActionState{forum.ActionPublished, forum.ActionClosed, forum.ActionStopped}

// actions lists joint actions.
func (s *Site) actions(v *visit) error {
	list := actionList{ActionQuery: forum.ActionQuery{State: forum.ActionState(v.query("state")), Kind: forum.ActionKind(v.query("kind")), Language: v.readFilter().Language,
		Sort: forum.ActionSort(v.query("sort")), After: v.query("after"), Limit: actionsPerPage, Now: s.service.Now()}}
	if !slices.Contains(actionStates, list.State) {
		list.State = ""
	}
	if !slices.Contains(forum.ActionKinds, list.Kind) {
		list.Kind = ""
	}
	if !slices.Contains(forum.ActionSorts, list.Sort) {
		list.Sort = forum.ActionsNew
	}
	if name := v.query("company"); name != "" {
		h, _ := forum.ParseHandle(name, s.service.Addresses().Host())
		company, err := s.store.ActorByHandle(v.ctx(), h)
		if err != nil {
			return err
		}
		list.Company, list.CompanyID = company, company.ID
	}
	var err error
	if list.ActionPage, err = s.service.ListActions(v.ctx(), list.ActionQuery); err != nil {
		return err
	}
	if v.viewer != nil && list.After == "" && !list.narrowed() {
		own, err := s.service.ListActions(v.ctx(), forum.ActionQuery{AuthorID: v.viewer.ID, Own: true, Limit: actionsPerPage, Now: list.Now})
		if err != nil {
			return err
		}
		for _, a := range own.Actions {
			if !a.Public() {
				list.Own = append(list.Own, a)
			}
		}
	}
	p := v.newPage(v.print.T("Action.Title"))
	p.Section, p.Canonical, p.Description = "actions", s.base()+"/actions", v.print.T("Action.Intro")
	p.NoIndex = list.narrowed() || list.After != ""
	p.Head.Feed = "/actions"
	return v.show(http.StatusOK, p, actionsView(p, list))
}

func (l actionList) narrowed() bool {
	return l.State != "" || l.Kind != "" || l.Language != "" || l.CompanyID != 0
}

// link is the address of a list, which leaves no trace of the usual in it.
func (l actionList) link(change func(q *forum.ActionQuery)) string {
	q := l.ActionQuery
	q.After = ""
	change(&q)
	values := url.Values{}
	for key, value := range map[string]string{"state": string(q.State), "kind": string(q.Kind), "lang": q.Language, "after": q.After} {
		if value != "" {
			values.Set(key, value)
		}
	}
	if q.Sort != forum.ActionsNew {
		values.Set("sort", string(q.Sort))
	}
	if l.Company != nil && q.CompanyID != 0 {
		values.Set("company", l.Company.Handle())
	}
	return withQuery("/actions", values)
}

func (l actionList) byState(state forum.ActionState) string {
	return l.link(func(q *forum.ActionQuery) { q.State = state })
}

func (l actionList) byKind(kind forum.ActionKind) string {
	return l.link(func(q *forum.ActionQuery) { q.Kind = kind })
}

func (l actionList) bySort(sort forum.ActionSort) string {
	return l.link(func(q *forum.ActionQuery) { q.Sort = sort })
}

func (l actionList) first() string {
	if l.After == "" {
		return ""
	}
	return l.link(func(*forum.ActionQuery) {})
}

func (l actionList) next() string {
	if l.Next == "" {
		return ""
	}
	return l.link(func(q *forum.ActionQuery) { q.After = l.Next })
}

// actionForm is an action being written.
type actionForm struct {
	Handle     string   // of a draft; "" for a new one
	Case       forum.ID // that the action begins with; 0: none
	CaseTitle  string
	Action     forum.NewAction
	Milestones string
	Starts     string // as datetime-local fields have it
	Ends       string
	Forums     []forum.ForumCard
	Similar    []forum.ActionView
	Titles     int
	Bodies     int
	Tomorrow   string
	Problems   []string
}

// newAction is the form for a new action. It may begin with what a case is about.
func (s *Site) newAction(v *visit) error {
	if err := v.viewer.MayWrite(); err != nil {
		return err
	}
	form := actionForm{Action: forum.NewAction{Kind: forum.Petition, Language: v.print.Tag, Company: v.query("company"), Forum: v.query("forum"), Goal: 100}}
	if v.query("case") != "" {
		if err := s.fromCase(v, &form, v.query("case")); err != nil {
			return err
		}
	}
	return s.showActionForm(v, form)
}

// fromCase lets an action begin with the case that led to it.
func (s *Site) fromCase(v *visit, form *actionForm, text string) error {
	id, err := forum.ParseID(text)
	if err != nil {
		return err
	}
	t, err := s.store.ThreadView(v.ctx(), id, v.viewerID())
	if err != nil {
		return err
	}
	if t.Hidden() || !t.Experience() {
		return nil
	}
	form.Case, form.CaseTitle = id, t.Title
	if form.Action.Company == "" && t.Case != nil && t.Case.CompanyID != 0 {
		form.Action.Company = t.Case.CompanyHandle
	}
	if form.Action.Forum == "" && t.Forum.Host == "" && !t.Forum.LocalOnly && t.Forum.GroupRole == forum.RoleForum {
		form.Action.Forum = t.Forum.Name
	}
	return nil
}

func (s *Site) showActionForm(v *visit, form actionForm) error {
	if err := s.fillActionForm(v, &form); err != nil {
		return err
	}
	p := v.newPage(actionFormTitle(v, form))
	p.Section, p.NoIndex = "actions", true
	return v.show(http.StatusOK, p, actionFormView(p, form))
}

func actionFormTitle(v *visit, form actionForm) string {
	if form.Handle != "" {
		return v.print.T("Action.Edit")
	}
	return v.print.T("Action.New")
}

func (s *Site) fillActionForm(v *visit, form *actionForm) error {
	limits := s.service.Limits()
	form.Titles, form.Bodies = 140, limits.Body
	form.Tomorrow = s.service.Now().AddDate(0, 0, 1).In(v.print.Zone()).Format(time.DateOnly)
	var err error
	form.Forums, err = s.store.Forums(v.ctx(), v.viewerID())
	form.Forums = slices.DeleteFunc(form.Forums, func(f forum.ForumCard) bool { return !f.Local() || f.LocalOnly })
	return err
}

// localTime reads a datetime-local field; the zero time for what is none.
func (v *visit) localTime(field string) time.Time {
	t, err := time.ParseInLocation("2006-01-02T15:04", v.r.PostFormValue(field), v.print.Zone())
	if err != nil {
		return time.Time{}
	}
	return t
}

func (v *visit) readActionForm() actionForm {
	field := v.r.PostFormValue
	f := actionForm{Milestones: field("milestones"), Starts: field("starts_at"), Ends: field("ends_at"), Action: forum.NewAction{
		Kind: forum.ActionKind(field("kind")), Title: field("title"), Text: field("text"), Language: field("language"), ClosesOn: field("closes_on"),
		Company: strings.TrimSpace(field("company")), Forum: field("forum"),
		Details: forum.ActionDetails{Recipient: field("recipient"), StartsAt: v.localTime("starts_at"), EndsAt: v.localTime("ends_at"), Place: field("place"), JoinURL: field("join_url"), VideoURL: field("video_url")},
	}}
	f.Action.Goal = wholeNumber(field("goal"))
	if field("capacity") != "" {
		f.Action.Details.Capacity = wholeNumber(field("capacity"))
	}
	for _, word := range strings.Fields(f.Milestones) {
		f.Action.Milestones = append(f.Action.Milestones, wholeNumber(word))
	}
	return f
}

// wholeNumber reads a number, -1 for what is none.
func wholeNumber(text string) int {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return -1
	}
	return n
}

// startAction keeps a new action. Before it does, it shows those that are like it,
// once.
func (s *Site) startAction(v *visit) error {
	if err := v.viewer.MayWrite(); err != nil {
		return err
	}
	form := v.readActionForm()
	if text := v.r.PostFormValue("case"); text != "" {
		if err := s.fromCase(v, &form, text); err != nil {
			return err
		}
	}
	draft := v.r.PostFormValue("draft") != ""
	if v.r.PostFormValue("seen") == "" && !draft {
		var err error
		if form.Similar, err = s.service.SimilarActions(v.ctx(), form.Action); err != nil {
			return err
		}
		if len(form.Similar) > 0 {
			return s.showActionForm(v, form)
		}
	}
	a, err := s.service.StartAction(v.ctx(), v.viewer, form.Action, draft)
	if err == nil && form.Case != 0 {
		err = s.service.AttachCase(v.ctx(), v.viewer, a.Name, form.Case, true)
	}
	if err == nil {
		done := "ActionAsked"
		if draft {
			done = "ActionSaved"
		}
		return v.finish(actionPagePath(a.Name), done)
	}
	return s.againAction(v, err, form)
}

func (s *Site) againAction(v *visit, err error, form actionForm) error {
	if fillErr := s.fillActionForm(v, &form); fillErr != nil {
		return fillErr
	}
	return v.again(err, actionFormTitle(v, form), func(p *Page, problems []string) component {
		form.Problems = problems
		return actionFormView(p, form)
	})
}

// editAction is the form for a draft.
func (s *Site) editAction(v *visit) error {
	a, err := s.leading(v)
	if err != nil {
		return err
	}
	if a.Frozen() {
		return &forum.Error{Code: forum.Conflict, Key: "ActionFrozen"}
	}
	form := actionForm{Handle: a.Name, Action: forum.NewAction{Kind: a.Kind, Title: a.DisplayName, Text: a.Text, Language: a.Language, Goal: a.Goal, Milestones: a.Action.Milestones,
		ClosesOn: s.service.ClosesOn(&a.Action), Details: a.Details}}
	if a.Company != nil {
		form.Action.Company = a.Company.Handle()
	}
	if a.Home != nil {
		form.Action.Forum = a.Home.Handle()
	}
	var words []string
	for _, n := range a.Action.Milestones {
		words = append(words, strconv.Itoa(n))
	}
	form.Milestones = strings.Join(words, " ")
	form.Starts, form.Ends = v.fieldTime(a.Details.StartsAt), v.fieldTime(a.Details.EndsAt)
	return s.showActionForm(v, form)
}

// fieldTime writes a time as datetime-local fields have it.
func (v *visit) fieldTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(v.print.Zone()).Format("2006-01-02T15:04")
}

// saveAction stores what a draft says.
func (s *Site) saveAction(v *visit) error {
	if err := v.viewer.MayWrite(); err != nil {
		return err
	}
	handle := v.variable("handle")
	form := v.readActionForm()
	form.Handle = handle
	if _, err := s.service.EditAction(v.ctx(), v.viewer, handle, form.Action); err != nil {
		return s.againAction(v, err, form)
	}
	return v.finish(actionPagePath(handle), "ActionSaved")
}

// leads keeps, for a while, the action that stands at the head of the front page.
type leads struct {
	mu     sync.Mutex
	at     time.Time
	action *forum.ActionView // nil for none
}

const leadInterval = time.Minute

// leadAction is the open action of this server that most people signed; nil for
// none.
func (s *Site) leadAction(v *visit) (*forum.ActionView, error) {
	s.leads.mu.Lock()
	defer s.leads.mu.Unlock()
	now := s.service.Now()
	if !s.leads.at.IsZero() && now.Sub(s.leads.at) < leadInterval {
		return s.leads.action, nil
	}
	page, err := s.service.ListActions(v.ctx(), forum.ActionQuery{State: forum.ActionPublished, Local: true, Sort: forum.ActionsSigned, Limit: 1, Now: now})
	if err != nil {
		return nil, err
	}
	s.leads.at, s.leads.action = now, nil
	if len(page.Actions) > 0 && page.Actions[0].Open(now) && page.Actions[0].Counts.Signed() > 0 {
		s.leads.action = &page.Actions[0]
	}
	return s.leads.action, nil
}
