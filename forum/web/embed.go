package web

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"portevoix/forum"
)

// Size of a card on other sites, in pixels.
const (
	embedWidth     = 600
	embedHeight    = 320
	minEmbedWidth  = 240
	minEmbedHeight = 160
)

// oEmbed is a rich answer of oEmbed 1.0 (oembed.com).
type oEmbed struct {
	Version      string `json:"version"`
	Type         string `json:"type"`
	Title        string `json:"title"`
	AuthorName   string `json:"author_name"`
	AuthorURL    string `json:"author_url"`
	ProviderName string `json:"provider_name"`
	ProviderURL  string `json:"provider_url"`
	CacheAge     int    `json:"cache_age"` // seconds
	HTML         string `json:"html"`
	Width        int    `json:"width"`
	Height       int    `json:"height"`
	Thumbnail    string `json:"thumbnail_url"`
	ThumbWidth   int    `json:"thumbnail_width"`
	ThumbHeight  int    `json:"thumbnail_height"`
}

var threadAddress = regexp.MustCompile(`^/t/([0-9]+)(?:-[^/]*)?$`)

// oEmbed tells other sites how to show a thread, a forum, a company or an action.
func (s *Site) oEmbed(v *visit) error {
	if format := v.query("format"); format != "" && format != "json" {
		http.Error(v.w, "only json is served", http.StatusNotImplemented) // as the specification wants it
		return nil
	}
	path, _, _ := strings.Cut(strings.TrimPrefix(v.query("url"), s.base()), "?")
	path, _, _ = strings.Cut(path, "#")
	if s.service.Addresses().IsLocal(v.query("url")) {
		if is, err := s.groupOEmbed(v, path); is {
			return err
		}
	}
	match := threadAddress.FindStringSubmatch(path)
	if match == nil || !s.service.Addresses().IsLocal(v.query("url")) {
		return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	id, err := forum.ParseID(match[1])
	if err != nil {
		return err
	}
	t, err := s.store.ThreadView(v.ctx(), id, 0)
	if err != nil {
		return err
	}
	if t.Post.Hidden() {
		return &forum.Error{Code: forum.Gone, Key: "PostDeleted"}
	}
	width := within(v.query("maxwidth"), minEmbedWidth, embedWidth)
	height := within(v.query("maxheight"), minEmbedHeight, embedHeight)
	return v.serveJSON("application/json", oEmbed{
		Version: "1.0", Type: "rich", Title: t.Title, AuthorName: t.Author.Label(), AuthorURL: s.authorAddress(t.Author),
		ProviderName: s.o.Instance.Name, ProviderURL: s.base() + "/", CacheAge: int(briefly.Seconds()),
		HTML: s.embedCode(t, width, height), Width: width, Height: height,
		Thumbnail: s.base() + previewPath(t), ThumbWidth: 1200, ThumbHeight: 630,
	}, briefly)
}

// within reads a number that may only make smaller.
func within(text string, least, most int) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return most
	}
	return max(least, min(n, most))
}

// authorAddress is the full address of the page of whoever wrote something: on
// their own server, where they are found.
func (s *Site) authorAddress(b forum.Byline) string {
	if b.Host == "" || b.URL == "" {
		return s.base() + bylinePath(b)
	}
	return b.URL
}

func previewPath(t *forum.ThreadView) string { return threadPath(t.ID, "") + "/preview.png" }

// embedCode is the HTML by which another site shows a thread.
func (s *Site) embedCode(t *forum.ThreadView, width, height int) string {
	return frameCode(s.base()+threadPath(t.ID, "")+"/embed", t.Title, width, height)
}

// embed is the card of a thread in frames of other sites.
func (s *Site) embed(v *visit) error {
	t, err := v.shownThread()
	if err != nil {
		return err
	}
	v.print = s.o.Messages.Printer(append([]string{v.r.Header.Get("Accept-Language")}, s.o.Instance.Languages...)...)
	h := v.w.Header()
	h.Set("Vary", "Accept-Language")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors *")
	h.Set("Cache-Control", "public, max-age=300")
	p := v.newPage(t.Title)
	p.NoIndex, p.Canonical = true, s.base()+threadPath(t.ID, t.Title)
	return v.showIn(bare, http.StatusOK, p, embedView(p, t, forum.Excerpt(s.o.Renderer.Text(t.Content), 280)))
}
