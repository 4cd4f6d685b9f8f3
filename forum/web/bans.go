package web

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"portevoix/forum"
)

// bansPerPage is how many bans are listed at once.
const bansPerPage = 50

// banDays are how long bans may last; 0 is for good.
var banDays = []int{1, 3, 7, 30, 90, 365, 0}

// banPage lists who is banned from a forum, or from the server, with the form for
// one more.
type banPage struct {
	Forum *forum.Forum // nil: the whole server
	Bans  []forum.BanView
	Next  string
	Form  banForm
}

type banForm struct {
	Whom     string
	Reason   string
	Days     int
	Remove   bool
	Problems []string
}

// path is the address of the list.
func (b banPage) path() string {
	if b.Forum == nil {
		return "/moderation/bans"
	}
	return forumPath(b.Forum.Handle()) + "/bans"
}

// bans is the list of bans.
func (s *Site) bans(v *visit) error {
	page, err := s.banPage(v)
	if err != nil {
		return err
	}
	page.Form = banForm{Whom: v.query("who"), Days: 7}
	p := v.newPage(v.print.T("Ban.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, bansView(p, page))
}

// banPage reads the list, for who may decide about it.
func (s *Site) banPage(v *visit) (banPage, error) {
	var page banPage
	var id, before forum.ID
	err := v.adminOnly()
	if v.variable("handle") != "" {
		if page.Forum, err = v.moderatedForum(); err == nil {
			id = page.Forum.ID
		}
	}
	if err != nil {
		return page, err
	}
	if after := v.query("after"); after != "" {
		if before, err = forum.ParseID(after); err != nil {
			return page, err
		}
	}
	page.Bans, err = s.store.Bans(v.ctx(), id, before, s.service.Now(), bansPerPage+1)
	if len(page.Bans) > bansPerPage {
		page.Bans = page.Bans[:bansPerPage]
		page.Next = withQuery(page.path(), url.Values{"after": {page.Bans[bansPerPage-1].ActorID.String()}})
	}
	return page, err
}

// moderatedForum is the forum of the address, for its moderators.
func (v *visit) moderatedForum() (*forum.Forum, error) {
	if err := v.signedIn(); err != nil {
		return nil, err
	}
	f, err := v.forumNamed()
	if err != nil {
		return nil, err
	}
	may, err := v.mayModerate(f.ID)
	if err == nil && !may {
		err = &forum.Error{Code: forum.Forbidden, Key: "ModeratorsOnly"}
	}
	return f, err
}

// ban bans somebody.
func (s *Site) ban(v *visit) error {
	page, err := s.banPage(v)
	if err != nil {
		return err
	}
	form := banForm{Whom: v.r.PostFormValue("who"), Reason: v.r.PostFormValue("reason"), Remove: v.r.PostFormValue("remove") == "true"}
	form.Days, _ = strconv.Atoi(v.r.PostFormValue("days")) // what is no number is for good, as 0 is
	n := forum.NewBan{Forum: v.variable("handle"), Whom: form.Whom, Reason: form.Reason, RemovePosts: form.Remove}
	if form.Days > 0 {
		n.Until = s.service.Now().Add(time.Duration(min(form.Days, 3650)) * 24 * time.Hour)
	}
	if err = s.service.Ban(v.ctx(), v.viewer, n); err == nil {
		return v.finish(page.path(), "Banned")
	}
	return v.again(err, v.print.T("Ban.Title"), func(p *Page, problems []string) component {
		form.Problems = problems
		page.Form = form
		return bansView(p, page)
	})
}

// unban lifts a ban.
func (s *Site) unban(v *visit) error {
	page, err := s.banPage(v)
	if err != nil {
		return err
	}
	if err := s.service.Unban(v.ctx(), v.viewer, v.variable("handle"), v.r.PostFormValue("who")); err != nil {
		return err
	}
	return v.finish(page.path(), "Unbanned")
}

// banned tells the viewer that they are banned from a forum; "" where they are
// not.
func (v *visit) banned(forumID forum.ID) (string, error) {
	why, err := v.site.service.BannedFrom(v.ctx(), v.viewer, forumID)
	if why == nil {
		return "", err
	}
	return v.print.Error(why), err
}
