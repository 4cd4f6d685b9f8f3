package web

import "net/http"

// quotesShown bounds the list of where a post is quoted.
const quotesShown = 200

// quotes lists where a post of the viewer's is quoted on other servers.
func (s *Site) quotes(v *visit) error {
	post, err := s.ownPost(v)
	if err != nil {
		return err
	}
	list, err := s.store.QuotesOf(v.ctx(), post.ID, quotesShown)
	if err != nil {
		return err
	}
	p := v.newPage(v.print.T("Quotes.Title"))
	p.NoIndex = true
	return v.show(http.StatusOK, p, quotesView(p, post, list))
}

// revokeQuote takes back that a post elsewhere may quote one of the viewer's.
func (s *Site) revokeQuote(v *visit) error {
	id, err := v.postID()
	if err != nil {
		return err
	}
	if err := s.service.RevokeQuote(v.ctx(), v.viewer, id); err != nil {
		return err
	}
	return v.finish(v.back("/"), "QuoteRevoked")
}
