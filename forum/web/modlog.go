package web

import (
	stdhtml "html"
	"net/http"
	"net/url"

	"portevoix/forum"
	"portevoix/forum/locale"
	"portevoix/forum/web/feed"
)

const decisionsPerPage = 50

// modlogPage is the moderation log, of a forum or of the server.
type modlogPage struct {
	Forum *forum.Forum // nil: the server
	Query forum.DecisionQuery
	Log   forum.DecisionPage
	One   bool // a decision by itself
}

// path is the address of the log.
func (m modlogPage) path() string { return modlogPath(m.Forum) }

func modlogPath(f *forum.Forum) string {
	if f == nil {
		return "/modlog"
	}
	return forumPath(f.Handle()) + "/modlog"
}

func decisionPath(id forum.ID) string { return "/modlog/" + id.String() }

// link is the log from a decision on; 0: from the newest.
func (m modlogPage) link(before forum.ID) string {
	q := url.Values{}
	if m.Query.Kind != "" {
		q.Set("kind", string(m.Query.Kind))
	}
	if m.Query.PostID != 0 {
		q.Set("post", m.Query.PostID.String())
	}
	if before != 0 {
		q.Set("after", before.String())
	}
	return withQuery(m.path(), q)
}

func (m modlogPage) first() string {
	if m.Query.Before == 0 {
		return ""
	}
	return m.link(0)
}

func (m modlogPage) next() string {
	if m.Log.Next == 0 {
		return ""
	}
	return m.link(m.Log.Next)
}

// kinds are those that may be in it.
func (m modlogPage) kinds() []forum.DecisionKind {
	var list []forum.DecisionKind
	for _, k := range forum.DecisionKinds {
		if k.InForum() || m.Forum == nil && (k.Subject() != forum.AboutPeer || m.Query.Peers) {
			list = append(list, k)
		}
	}
	return list
}

// showsPeers says whether somebody is told what was decided about servers.
func (s *Site) showsPeers(v *visit) bool {
	return s.o.ShowLimits || v.viewer != nil && v.viewer.IsAdmin()
}

// readModlog reads what the address asks for.
func (s *Site) readModlog(v *visit) (modlogPage, error) {
	m := modlogPage{Query: forum.DecisionQuery{Kind: forum.DecisionKind(v.query("kind")), Peers: s.showsPeers(v), Limit: decisionsPerPage}}
	if !m.Query.Kind.Known() {
		m.Query.Kind = ""
	}
	for name, id := range map[string]*forum.ID{"after": &m.Query.Before, "post": &m.Query.PostID} {
		value := v.query(name)
		if value == "" {
			continue
		}
		var err error
		if *id, err = forum.ParseID(value); err != nil {
			return m, err
		}
	}
	if v.variable("handle") == "" {
		return m, nil
	}
	var err error
	if m.Forum, err = v.forumNamed(); err == nil {
		m.Query.ForumID = m.Forum.ID
	}
	return m, err
}

// modlog shows what moderators decided.
func (s *Site) modlog(v *visit) error {
	m, err := s.readModlog(v)
	if err != nil {
		return err
	}
	if m.Log, err = s.service.Decisions(v.ctx(), v.viewer, m.Query); err != nil {
		return err
	}
	p := v.newPage(v.print.T("Modlog.Title"))
	p.NoIndex, p.Canonical = m.Forum != nil && m.Forum.Private || m.Query.PostID != 0, s.base()+m.path()
	return v.show(http.StatusOK, p, modlogView(p, m))
}

// decision shows one.
func (s *Site) decision(v *visit) error {
	id, err := v.postID()
	if err != nil {
		return err
	}
	d, err := s.service.Decision(v.ctx(), v.viewer, id, s.o.ShowLimits)
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Modlog.Kind." + string(d.Kind)))
	p.NoIndex = true
	return v.show(http.StatusOK, p, modlogView(p, modlogPage{One: true, Log: forum.DecisionPage{Decisions: []forum.DecisionView{*d}}}))
}

// modlogFeed is the newest decisions, as everybody reads them.
func (s *Site) modlogFeed(v *visit) error {
	m, err := s.readModlog(v)
	if err != nil {
		return err
	}
	m.Query.Limit = entriesPerFeed
	page, err := s.service.Decisions(v.ctx(), nil, m.Query)
	if err != nil {
		return err
	}
	server, err := s.store.InstanceActor(v.ctx())
	if err != nil {
		return err
	}
	name, begun := s.o.Instance.Name, server.CreatedAt
	if m.Forum != nil {
		name, begun = m.Forum.Label(), m.Forum.CreatedAt
	}
	f := s.newFeed(v, m.path(), v.print.T("Modlog.Title")+" · "+name, v.print.T("Modlog.Intro"), v.print.Tag)
	for i := range page.Decisions {
		f.Entries = append(f.Entries, s.decisionEntry(v, &page.Decisions[i]))
	}
	return v.serveFeed(f, begun)
}

func (s *Site) decisionEntry(v *visit, d *forum.DecisionView) feed.Entry {
	address := s.base() + decisionPath(d.ID)
	e := feed.Entry{ID: address, URL: address, Title: v.print.T("Modlog.Kind." + string(d.Kind)), Language: v.print.Tag, Published: d.At, Updated: d.At,
		Author: feed.Author{Name: v.print.T("Modlog.By." + string(d.Role()))}, Tags: []string{string(d.Kind)}}
	if d.Forum.ID != 0 {
		e.Tags = append(e.Tags, d.Forum.Label())
	}
	if subject := decisionSubject(v.print, d); subject != "" {
		e.Content += "<p>" + stdhtml.EscapeString(subject) + "</p>"
	}
	if d.Reason != "" {
		e.Content += "<p>" + stdhtml.EscapeString(d.Reason) + "</p>"
	}
	return e
}

// decisionSubject names what was decided about.
func decisionSubject(print *locale.Printer, d *forum.DecisionView) string {
	switch d.SubjectKind {
	case forum.AboutPeer:
		return d.Host
	case forum.AboutAccount:
		if d.Whom.ID == 0 {
			return print.T("Modlog.SomeAccount")
		}
		return "@" + d.Whom.Handle()
	case forum.AboutAction:
		return d.Whom.Label()
	}
	kind := "Thread"
	if d.Reply {
		kind = "Reply"
	}
	if d.Title == "" {
		return print.T("Modlog.Some" + kind)
	}
	return print.T("Modlog."+kind, "Title", d.Title)
}

// decisionPlace is where that is; "" where nothing is to be opened.
func decisionPlace(d *forum.DecisionView) string {
	switch {
	case d.SubjectKind == forum.AboutPost && d.Reply:
		return "/p/" + d.SubjectID.String()
	case d.SubjectKind == forum.AboutPost:
		return threadPath(d.SubjectID, "")
	case d.Whom.ID != 0:
		return bylinePath(d.Whom)
	}
	return ""
}
