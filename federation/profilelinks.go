package federation

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"portevoix/forum"
)

var _ forum.LinkChecker = (*Server)(nil)

// LinksBack implements forum.LinkChecker: only pages read with TLS are believed,
// and of a long one only the beginning.
func (s *Server) LinksBack(ctx context.Context, page string, addresses []string) (bool, error) {
	if s.o.Mode == Off || s.o.Addresses.IsLocal(page) || !strings.HasPrefix(page, "https://") && !s.o.PlainHTTP {
		return false, noPage(page, nil)
	}
	response, err := s.client.GetBeginning(ctx, page, maxHead, func(r *http.Request) error {
		r.Header.Set("Accept", "text/html, application/xhtml+xml;q=0.9")
		return nil
	})
	if err != nil {
		return false, fetchError(page, err)
	}
	kind, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	switch {
	case response.Status >= 500 || response.Status == http.StatusTooManyRequests:
		return false, fetchError(page, fmt.Errorf("status %d", response.Status))
	case response.Status != http.StatusOK || err != nil || kind != "text/html" && kind != "application/xhtml+xml":
		return false, noPage(page, fmt.Errorf("status %d, %s", response.Status, kind))
	}
	// The addresses are ASCII, so no other encoding than UTF-16 could hide them.
	return linksAsMe(bytes.NewReader(response.Body), response.URL, addresses), nil
}

func noPage(page string, err error) error {
	return &forum.Error{Code: forum.NotFound, Key: "NothingThere", Args: map[string]any{"Address": page}, Err: err}
}

// linksAsMe says whether a page read from base has a link to one of the addresses
// that is marked with rel="me" (microformats.org/wiki/rel-me).
func linksAsMe(page io.Reader, base string, addresses []string) bool {
	from, err := url.Parse(base)
	if err != nil {
		return false
	}
	for t := html.NewTokenizer(page); ; {
		switch t.Next() {
		case html.ErrorToken:
			return false
		case html.StartTagToken, html.SelfClosingTagToken:
			token := t.Token()
			if token.DataAtom != atom.A && token.DataAtom != atom.Link {
				continue
			}
			href, me := relation(token)
			if !me {
				continue
			}
			if to, err := from.Parse(strings.TrimSpace(href)); err == nil && slices.ContainsFunc(addresses, func(a string) bool { return samePage(to, a) }) {
				return true
			}
		}
	}
}

// relation is where an element links to, and whether to the person themselves.
// The first of equal attributes counts, as in browsers.
func relation(token html.Token) (href string, me bool) {
	seen := map[string]bool{}
	for _, a := range token.Attr {
		if seen[a.Key] {
			continue
		}
		seen[a.Key] = true
		switch a.Key {
		case "href":
			href = a.Val
		case "rel":
			me = slices.ContainsFunc(strings.Fields(a.Val), func(word string) bool { return strings.EqualFold(word, "me") })
		}
	}
	return href, me
}

// samePage compares addresses as people write them: a final slash, a fragment
// and the case of the host make no difference.
func samePage(to *url.URL, address string) bool {
	u, err := url.Parse(address)
	return err == nil && to.Scheme == u.Scheme && strings.EqualFold(to.Host, u.Host) &&
		strings.TrimSuffix(to.Path, "/") == strings.TrimSuffix(u.Path, "/") && to.RawQuery == u.RawQuery
}
