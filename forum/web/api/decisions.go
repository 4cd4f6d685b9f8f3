package api

import (
	"net/http"

	"portevoix/forum"
)

// decisionEntity is what moderators decided. Names are null for those whom they are
// not for.
type decisionEntity struct {
	ID        string                `json:"id"`
	URL       string                `json:"url"`
	Kind      string                `json:"kind"`
	Forum     *authorEntity         `json:"forum"` // null: the whole server
	By        string                `json:"by"`    // moderators, administrators or rule
	Moderator *authorEntity         `json:"moderator"`
	Subject   decisionSubjectEntity `json:"subject"`
	Reason    *string               `json:"reason"` // null where none was given
	Automatic bool                  `json:"automatic"`
	People    *int                  `json:"people"` // whom an invalidation takes out of the counts
	CreatedAt string                `json:"created_at"`
	Until     *string               `json:"until"`  // null: for good
	Undoes    *string               `json:"undoes"` // the decision that it takes back
	UndoneBy  *string               `json:"undone_by"`
}

// decisionSubjectEntity is what a decision is about. A post has an ID and a URI, an
// account or an action is one, a server has a host.
type decisionSubjectEntity struct {
	Type     string        `json:"type"` // post, account, action or peer
	ID       *string       `json:"id"`
	URI      *string       `json:"uri"`
	ThreadID *string       `json:"thread_id"`
	Title    *string       `json:"title"` // of the thread, where it is to be seen
	IntoID   *string       `json:"into_id"`
	Account  *authorEntity `json:"account"`
	Host     *string       `json:"host"`
}

func (a *API) decisionOf(v *forum.DecisionView) decisionEntity {
	e := decisionEntity{ID: v.ID.String(), URL: a.service.Addresses().Base() + "/modlog/" + v.ID.String(), Kind: string(v.Kind), Forum: authorOrNull(v.Forum), By: string(v.Role()), Moderator: authorOrNull(v.By),
		Subject: decisionSubjectEntity{Type: string(v.SubjectKind), Title: stringOrNull(v.Title), URI: stringOrNull(v.URI), ThreadID: idOrNull(v.ThreadID), Host: stringOrNull(v.Host), Account: authorOrNull(v.Whom)},
		Reason:  stringOrNull(v.Reason), Automatic: v.Automatic, CreatedAt: moment(v.At), Until: momentOrNull(v.Until), Undoes: idOrNull(v.Undoes), UndoneBy: idOrNull(v.UndoneBy)}
	if v.Number > 0 {
		e.People = &v.Number
	}
	if v.SubjectKind == forum.AboutPost {
		e.Subject.ID = idOrNull(v.SubjectID)
	}
	if v.Kind == forum.DecisionMerged || v.Kind == forum.DecisionUnmerged {
		e.Subject.IntoID = idOrNull(v.OtherID)
	}
	return e
}

func authorOrNull(b forum.Byline) *authorEntity {
	if b.ID == 0 {
		return nil
	}
	e := author(b)
	return &e
}

// listDecisions is the moderation log, of a forum or of the server.
func (a *API) listDecisions(c *call) error {
	asked := c.r.URL.Query()
	q := forum.DecisionQuery{Kind: forum.DecisionKind(asked.Get("kind")), Peers: a.o.ShowLimits, Limit: c.limit()}
	if q.Kind != "" && !q.Kind.Known() {
		return &forum.Error{Code: forum.Invalid, Key: "DecisionKindUnknown", Field: "kind"}
	}
	if name := asked.Get("forum"); name != "" {
		h, ok := forum.ParseHandle(name, a.service.Addresses().Host())
		if !ok {
			return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
		}
		f, err := a.store.Forum(c.r.Context(), h)
		if err != nil {
			return err
		}
		q.ForumID = f.ID
	}
	var err error
	if q.Before, _, err = c.bounds(true); err != nil {
		return err
	}
	page, err := a.service.Decisions(c.r.Context(), c.reader(), q)
	if err != nil {
		return err
	}
	list := make([]decisionEntity, len(page.Decisions))
	for i := range page.Decisions {
		list[i] = a.decisionOf(&page.Decisions[i])
	}
	if page.Next != 0 {
		c.link("next", "max_id", page.Next.String())
	}
	return c.write(http.StatusOK, list)
}

// showDecision shows one of the log.
func (a *API) showDecision(c *call) error {
	id, err := c.id()
	if err != nil {
		return err
	}
	v, err := a.service.Decision(c.r.Context(), c.reader(), id, a.o.ShowLimits)
	if err != nil {
		return err
	}
	return c.write(http.StatusOK, a.decisionOf(v))
}
