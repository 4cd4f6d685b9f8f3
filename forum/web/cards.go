package web

import (
	"net/url"
	"slices"
	"strings"

	"portevoix/forum"
)

// cardSite is where a link leads: the site's own name, with the host, which
// cannot be made up.
func cardSite(c *forum.Card) string {
	host := strings.TrimPrefix(forum.HostOf(c.URL), "www.")
	if c.Site == "" || strings.EqualFold(c.Site, host) {
		return host
	}
	return c.Site + " · " + host
}

// players are the origins of the videos that a thread's page may play.
func (t threadPage) players() []string {
	var list []string
	add := func(p *forum.Post) {
		if p.Card == nil || p.Card.Player == "" || p.Hidden() {
			return
		}
		u, err := url.Parse(p.Card.Player)
		if err != nil || u.Host == "" || strings.ContainsAny(u.Host, "; ,'\"") {
			return
		}
		if origin := u.Scheme + "://" + u.Host; !slices.Contains(list, origin) {
			list = append(list, origin)
		}
	}
	add(&t.Thread.Post)
	var walk func(branches []*forum.Branch)
	walk = func(branches []*forum.Branch) {
		for _, b := range branches {
			add(&b.Post)
			walk(b.Replies)
		}
	}
	walk(t.Replies.Branches)
	return list
}

// allowPlayers lets a page show frames from these origins. Other pages show the
// cards without the buttons.
func (v *visit) allowPlayers(p *Page, origins []string) {
	if p.Players = len(origins) > 0; p.Players {
		const policy = "Content-Security-Policy"
		v.w.Header().Set(policy, v.w.Header().Get(policy)+"; frame-src "+strings.Join(origins, " "))
	}
}
