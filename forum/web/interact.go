package web

import (
	"net/http"
	"net/url"
	"strings"

	"portevoix/forum"
)

// interactPath leads somebody who is not signed in to where they choose from
// which server to take part.
func interactPath(kind forum.InteractionKind, uri string) string {
	return "/interact?" + url.Values{"do": {string(kind)}, "uri": {uri}}.Encode()
}

// interactPage is the choice of a server to take part from.
type interactPage struct {
	Interaction forum.Interaction
	Actor       *forum.Actor // what it is about, if that is an actor
	Local       string       // path of the page here
	Guest       string       // path of the form for a reply without an account; "" for none
	ClaimTag    string       // by which a reply says that the same happened; "" where none does
	Search      string       // what to search for on another server
	Server      string       // as entered, or remembered
	Remembered  bool
	Problems    []string
	Failed      bool // the server was asked, in vain
}

const serverCookie = "server"

// rememberFor is how long a browser remembers its person's server, in seconds.
const rememberFor = 365 * 24 * 3600

// interactForm offers to take part from one's own server, or to sign in here.
func (s *Site) interactForm(v *visit) error {
	page, err := s.interaction(v, v.query("uri"), v.query("do"))
	if err != nil {
		return err
	}
	if c, err := v.r.Cookie(serverCookie); err == nil {
		remembered, _ := url.QueryUnescape(c.Value)
		if home, ok := forum.ParseHome(remembered); ok {
			page.Server, page.Remembered = home.String(), true
		}
	}
	return s.showInteract(v, http.StatusOK, page)
}

// interact sends somebody to their own server, and remembers it.
func (s *Site) interact(v *visit) error {
	field := v.r.PostFormValue
	page, err := s.interaction(v, field("uri"), field("do"))
	if err != nil {
		return err
	}
	if field("forget") != "" {
		v.setCookie(serverCookie, "", -1)
		return v.redirect(interactPath(page.Interaction.Kind, page.Interaction.URI))
	}
	if !s.throttle.allowLookup(v.address()) {
		return &forum.Error{Code: forum.TooMany, Key: "TooMany"}
	}
	page.Server = strings.TrimSpace(field("server"))
	home, ok := forum.ParseHome(page.Server)
	if !ok {
		err = &forum.Error{Code: forum.Invalid, Key: "ServerUnreadable", Field: "server"}
	} else {
		var address string
		if address, err = s.service.InteractionAddress(v.ctx(), home, page.Interaction); err == nil {
			v.setCookie(serverCookie, url.QueryEscape(home.String()), rememberFor) // a cookie holds ASCII only
			return v.redirect(address)
		}
	}
	code := forum.CodeOf(err)
	if code == forum.Internal {
		return err
	}
	page.Problems, page.Failed = v.print.Errors(err), code != forum.Invalid
	return s.showInteract(v, statuses[code], page)
}

func (s *Site) showInteract(v *visit, status int, page interactPage) error {
	v.leaveForms() // to whichever server the person names
	p := v.newPage(v.print.T("Interact."+string(page.Interaction.Kind), "Name", page.Interaction.Title))
	p.NoIndex = true
	return v.show(status, p, interactView(p, page))
}

// interaction finds what the page is about: only what is shown here, so that
// nobody is sent anywhere in our name with anything else.
func (s *Site) interaction(v *visit, uri, do string) (interactPage, error) {
	if !s.o.Federated {
		return interactPage{}, &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	page := interactPage{Interaction: forum.Interaction{Kind: forum.ParseInteractionKind(do), URI: uri}, Search: uri}
	post, err := s.store.PostByURI(v.ctx(), uri)
	switch {
	case err == nil && post.Hidden():
		return page, &forum.Error{Code: forum.Gone, Key: "PostDeleted"}
	case err == nil:
		page.Local = postPath(post)
		if page.Guest, err = s.guestPath(v, page.Interaction.Kind, post); err != nil {
			return page, err
		}
		if page.ClaimTag, err = s.claimTag(v, page.Interaction.Kind, post); err != nil {
			return page, err
		}
		page.Interaction.Title, err = s.titleOf(v, post)
	case forum.CodeOf(err) == forum.NotFound:
		page.Actor, err = s.store.ActorByURI(v.ctx(), uri)
		if err == nil && (!page.Actor.DeletedAt.IsZero() || page.Actor.Kind == forum.Application) {
			err = &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
		}
		if err == nil {
			page.Local, page.Interaction.Title = actorPath(page.Actor), page.Actor.Label()
			page.Search = fullHandle(&Page{Host: s.service.Addresses().Host()}, page.Actor)
		}
	}
	page.Interaction.Page = s.base() + page.Local
	if post != nil && post.IsRoot() && page.Interaction.Kind == forum.InteractShare {
		page.Interaction.Page = s.base() + threadPath(post.ID, "") // short, for posts that count letters
	}
	return page, err
}

// titleOf is a post's title; for a reply, its thread's.
func (s *Site) titleOf(v *visit, post *forum.Post) (string, error) {
	if post.IsRoot() {
		return post.Title, nil
	}
	root, err := s.store.Post(v.ctx(), post.ThreadID)
	switch {
	case err != nil:
		return "", err
	case !root.DeletedAt.IsZero():
		return v.print.T("Thread.Deleted"), nil
	case !root.RemovedAt.IsZero():
		return v.print.T("Thread.Removed"), nil
	}
	return root.Title, nil
}

func actorPath(a *forum.Actor) string {
	return forum.ActorPath(a.Kind, a.GroupRole, a.Handle())
}

// strangePage is a post from elsewhere that is not kept here.
type strangePage struct {
	URI string
	forum.Resolved
}

// authorizeInteraction is where other servers send people who have an account
// here: to the page here of what they saw there.
func (s *Site) authorizeInteraction(v *visit) error {
	uri := strings.TrimSpace(firstOf(v.query("uri"), v.query("acct"), v.query("url")))
	if s.service.Addresses().IsLocal(uri) {
		if path := firstOf(strings.TrimPrefix(uri, s.base()), "/"); localPath(path) {
			return v.redirect(path)
		}
	}
	if err := v.viewer.MayWrite(); err != nil {
		return err
	}
	if !s.throttle.allowLookup("account " + v.viewer.ID.String()) {
		return &forum.Error{Code: forum.TooMany, Key: "TooMany"}
	}
	found, err := s.service.Resolve(v.ctx(), v.viewer, uri)
	switch {
	case err != nil:
		return err
	case found.Actor != nil:
		return v.redirect(actorPath(found.Actor))
	case found.Post == nil:
		p := v.newPage(v.print.T("Strange.Title"))
		p.NoIndex = true
		return v.show(http.StatusOK, p, strangeView(p, strangePage{URI: uri, Resolved: found}))
	case v.query("do") != string(forum.InteractReply):
		return v.redirect(postPath(found.Post))
	}
	path := actionPath(found.Post, "reply")
	if text := v.query("text"); text != "" {
		path += "?body=" + queryEscape(text)
	}
	return v.redirect(path)
}

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}
