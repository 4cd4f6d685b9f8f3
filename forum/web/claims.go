package web

import (
	"net/http"
	"net/netip"
	"strings"

	"portevoix/forum"
)

// claimPart is what the page of a case shows of those to whom the same happened.
type claimPart struct {
	Shown   bool
	Tally   forum.TierTally // as counted here
	Told    *forum.TierTally
	Host    string // of the server that counts, where that is another
	Servers int
	Own     *forum.Participation // the reader's; nil for none
	May     bool                 // the reader may join with one click
	Author  bool                 // it is the reader's own case
	Path    string
	Action  string // where the reader starts a joint action from the case; "" where they may not
}

// fillClaims reads who joined a case.
func (s *Site) fillClaims(v *visit, t *forum.ThreadView) (claimPart, error) {
	c := claimPart{Path: "/t/" + t.ID.String()}
	if !t.Experience() || t.Case == nil || t.Post.Hidden() {
		return c, nil
	}
	c.Shown, c.Told, c.Host = t.Case.MergedInto == 0, t.CoClaimsTold, forum.HostOf(t.URI)
	c.Author = v.viewer != nil && v.viewer.ID == t.AuthorID
	c.May = v.viewer != nil && v.viewer.MayWrite() == nil && !c.Author
	if v.viewer != nil && v.viewer.MayWrite() == nil && !t.Forum.LocalOnly {
		c.Action = "/actions/new?case=" + t.ID.String()
	}
	var err error
	if c.Tally, err = s.store.TierTally(v.ctx(), forum.CoClaim, t.ID); err != nil {
		return c, err
	}
	if t.CoClaims > 0 {
		servers, err := s.store.TallyByServer(v.ctx(), forum.CoClaim, t.ID, serversCounted)
		if err != nil {
			return c, err
		}
		for _, one := range servers {
			if one.Server != "" && one.Tally.Signed() > 0 {
				c.Servers++
			}
		}
	}
	if v.viewer == nil {
		return c, nil
	}
	own, err := s.store.ParticipationOf(v.ctx(), forum.CoClaim, t.ID, v.viewer.ID)
	if err == nil && own.Stands() {
		c.Own = own
	}
	if forum.CodeOf(err) == forum.NotFound {
		err = nil
	}
	return c, err
}

// shownTally is what stands beside the button: of the server that counts.
func (c claimPart) shownTally() forum.TierTally {
	if c.Told != nil {
		return *c.Told
	}
	return c.Tally
}

// claimPage is for somebody to whom the same happened.
type claimPage struct {
	Thread   *forum.ThreadView
	Part     claimPart
	Details  forum.ParticipationDetails
	Name     string
	Email    string
	Stamp    string
	Tag      string // for replies from elsewhere, with its sign
	Mail     bool   // people without an account may join
	Problems []string
}

// claimFormFor begins the form for a case.
func (s *Site) claimFormFor(v *visit) (claimPage, error) {
	id, err := v.postID()
	if err != nil {
		return claimPage{}, err
	}
	t, err := s.store.ThreadView(v.ctx(), id, v.viewerID())
	if err != nil {
		return claimPage{}, err
	}
	if err := s.service.Claimable(&t.Thread); err != nil {
		return claimPage{}, err
	}
	f := claimPage{Thread: t, Tag: "#" + s.service.ClaimTag(t.Language)}
	f.Mail = !t.CountedElsewhere()
	if f.Part, err = s.fillClaims(v, t); err != nil {
		return f, err
	}
	if own := f.Part.Own; own != nil {
		f.Details = detailsOf(own)
	}
	if v.viewer == nil && f.Mail {
		f.Stamp, err = s.service.StampForm(v.ctx())
	}
	return f, err
}

// detailsOf is what a participation says, as a form begins with it.
func detailsOf(p *forum.Participation) forum.ParticipationDetails {
	return forum.ParticipationDetails{ExperiencedOn: string(p.ExperiencedOn), Amount: p.Amount.Value(), Currency: p.Amount.Currency, Words: p.Words, Consents: p.Consents}
}

// readDetails reads what somebody says who is counted.
func (v *visit) readDetails() forum.ParticipationDetails {
	field := v.r.PostFormValue
	return forum.ParticipationDetails{
		ExperiencedOn: field("experienced_on"), Amount: strings.TrimSpace(field("amount")), Currency: field("currency"), Words: field("words"),
		Consents: forum.Consents{NameShown: field("name_shown") == "true", Updates: field("updates") == "true", Dossier: field("dossier") == "true", Contact: field("contact") == "true"},
	}
}

// claim is the page with all ways to join a case.
func (s *Site) claim(v *visit) error {
	f, err := s.claimFormFor(v)
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Claim.Title"))
	p.NoIndex = true
	p.keepInside(f.Thread.Forum.LocalOnly)
	return v.show(http.StatusOK, p, claimView(p, f))
}

// join counts the viewer as somebody to whom the same happened, or no longer.
func (s *Site) join(v *visit) error {
	if err := v.signedIn(); err != nil {
		return err
	}
	id, err := v.postID()
	if err != nil {
		return err
	}
	thread := "/t/" + id.String()
	if v.r.PostFormValue("on") == "false" {
		if err := s.service.Leave(v.ctx(), v.viewer, id); err != nil {
			return err
		}
		return v.finish(thread+"#claims", "ClaimLeft")
	}
	d := v.readDetails()
	d.Trace = v.trace()
	_, err = s.service.Join(v.ctx(), v.viewer, id, forum.RoutePage, d)
	if err == nil {
		return v.finish(thread+"#claims", "Claimed")
	}
	f, formErr := s.claimFormFor(v)
	if formErr != nil {
		return err
	}
	f.Details = d
	return v.again(err, v.print.T("Claim.Title"), func(p *Page, problems []string) component {
		f.Problems = problems
		return claimView(p, f)
	})
}

// joinByMail mails the link that counts somebody without an account.
func (s *Site) joinByMail(v *visit) error {
	f, err := s.claimFormFor(v)
	if err != nil {
		return err
	}
	if !f.Mail {
		return &forum.Error{Code: forum.Conflict, Key: "CountedElsewhere"}
	}
	if !s.throttle.allowGuest(v.address()) {
		return &forum.Error{Code: forum.TooMany, Key: "TooMany"}
	}
	f.Details = v.readDetails()
	field := v.r.PostFormValue
	f.Name, f.Email = field("name"), field("email")
	err = s.service.ParticipateByMail(v.ctx(), forum.MailParticipation{
		Kind: forum.CoClaim, Subject: f.Thread.ID, Name: f.Name, Email: f.Email, Locale: v.print.Tag, Details: f.Details,
		Stamp: field("stamp"), Trap: field("website"), Trace: v.trace(),
	})
	if err == nil {
		p := v.newPage(v.print.T("Claim.Sent"))
		p.NoIndex = true
		return v.show(http.StatusOK, p, claimSentView(p, f))
	}
	return v.again(err, v.print.T("Claim.Title"), func(p *Page, problems []string) component {
		f.Problems = problems
		return claimView(p, f)
	})
}

// claimTag is the hashtag by which a reply to a case says that the same happened,
// with its sign; "" where nothing is counted.
func (s *Site) claimTag(v *visit, kind forum.InteractionKind, post *forum.Post) (string, error) {
	if kind != forum.InteractReply || !post.IsRoot() {
		return "", nil
	}
	t, err := s.store.Thread(v.ctx(), post.ID)
	if err != nil || s.service.Claimable(t) != nil {
		return "", err
	}
	return "#" + s.service.ClaimTag(t.Language), nil
}

// trace is what people who are counted have in common where somebody invented
// them: the network, and the program. Only keyed hashes of it are kept.
func (v *visit) trace() forum.Trace {
	t := forum.Trace{Network: networkOf(v.address()), Agent: v.r.UserAgent()}
	if len(t.Agent) > 500 {
		t.Agent = t.Agent[:500]
	}
	return t
}

// networkOf is the network an address belongs to: one person may have many
// addresses of it.
func networkOf(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	bits := 48
	if a = a.Unmap(); a.Is4() {
		bits = 24
	}
	p, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return address
	}
	return p.String()
}

// participationPage is where somebody who has the address changes what is counted.
type participationPage struct {
	*forum.ParticipationPage
	Details  forum.ParticipationDetails
	Name     string
	Problems []string
}

// participation shows what an address, from a mail or a message, stands for.
func (s *Site) participation(v *visit) error {
	page, err := s.service.PeekParticipation(v.ctx(), v.variable("token"))
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Participation.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, participationView(p, participationPage{ParticipationPage: page, Details: detailsOf(page.Participation), Name: page.Participation.Name}))
}

// changeParticipation confirms, changes or withdraws what an address stands for.
// What mail programs send to end mail with one click (RFC 8058) withdraws, or, of
// news, ends those.
func (s *Site) changeParticipation(v *visit) error {
	token, here := v.variable("token"), v.r.URL.Path
	field := v.r.PostFormValue
	if field("List-Unsubscribe") != "" {
		end := s.service.WithdrawParticipation
		if v.query("news") == "off" {
			end = s.service.EndNews
		}
		if err := end(v.ctx(), token); err != nil {
			return err
		}
		v.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	page, err := s.service.PeekParticipation(v.ctx(), token)
	if err != nil {
		return err
	}
	switch field("step") {
	case "confirm":
		if err := s.service.ConfirmParticipation(v.ctx(), token); err != nil {
			return err
		}
		// Where the mailbox has an account here, that is counted, and has no such address.
		if _, err := s.service.PeekParticipation(v.ctx(), token); err != nil {
			return v.finish(localPart(s.base(), page.URL), "Claimed")
		}
		return v.finish(here, "Claimed")
	case "sent", "unsent":
		if err := s.service.MarkSentByLink(v.ctx(), token, field("step") == "sent"); err != nil {
			return err
		}
		return v.finish(here, "Saved")
	case "withdraw":
		forgotten := page.ConfirmedAt.IsZero()
		if err := s.service.WithdrawParticipation(v.ctx(), token); err != nil {
			return err
		}
		if forgotten {
			return v.finish(localPart(s.base(), page.URL), "ClaimForgotten")
		}
		return v.finish(here, "ClaimLeft")
	}
	f := participationPage{ParticipationPage: page, Details: v.readDetails(), Name: field("name")}
	if err = s.service.ChangeParticipation(v.ctx(), token, f.Name, f.Details); err == nil {
		return v.finish(here, "ClaimSaved")
	}
	return v.again(err, v.print.T("Participation.Title"), func(p *Page, problems []string) component {
		f.Problems = problems
		return participationView(p, f)
	})
}

// localPart is the path of an address here, "/" for one elsewhere.
func localPart(base, url string) string {
	if path, ok := strings.CutPrefix(url, base); ok && localPath(path) {
		return path
	}
	return "/"
}
