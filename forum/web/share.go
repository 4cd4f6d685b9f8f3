package web

import (
	"net/http"
	"net/url"
	"strings"

	"portevoix/forum"
)

// share is where other sites and apps bring something to write about: it opens
// the form for a new thread with that filled in. What answers a post (FEP-3b86)
// becomes a reply to it.
func (s *Site) share(v *visit) error {
	text, title := strings.TrimSpace(v.query("text")), strings.TrimSpace(v.query("title"))
	if answered := v.query("in_reply_to"); answered != "" {
		return v.redirect("/authorize_interaction?" + url.Values{"uri": {answered}, "do": {string(forum.InteractReply)}, "text": {text}}.Encode())
	}
	if link := strings.TrimSpace(v.query("url")); link != "" && !strings.Contains(text, link) {
		text = strings.TrimSpace(text + "\n\n" + link)
	}
	if runes := []rune(title); len(runes) > s.service.Limits().Title {
		title = string(runes[:s.service.Limits().Title])
	}
	return s.composeWith(v, forum.NewThread{Title: title, Body: text})
}

// sharePage is a thread with the ways to pass its address on.
type sharePage struct {
	Thread  *forum.ThreadView
	Address string
	Mail    string // address of a letter that is being written
	Code    string // HTML for other sites
}

// shareThread shows the ways to pass a thread on.
func (s *Site) shareThread(v *visit) error {
	t, err := v.shownThread()
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Share.Title"))
	p.NoIndex = true
	page := sharePage{Thread: t, Address: s.base() + threadPath(t.ID, ""), Mail: mailTo(s.base(), t), Code: s.embedCode(t, embedWidth, embedHeight)}
	return v.show(http.StatusOK, p, shareView(p, page))
}

// mailTo is the address of a letter about a thread, to be sent by the person's
// own program.
func mailTo(base string, t *forum.ThreadView) string {
	escape := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") } // RFC 6068
	return "mailto:?subject=" + escape(t.Title) + "&body=" + escape(t.Title+"\r\n\r\n"+base+threadPath(t.ID, "")+"\r\n")
}
