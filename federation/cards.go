package federation

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"

	"portevoix/forum"
)

var _ forum.Cards = (*Server)(nil)

// Card implements forum.Cards: what a page's head says (Open Graph, else its
// title), or, for the large video sites, what they say by oEmbed.
func (s *Server) Card(ctx context.Context, address string) (forum.Card, error) {
	if s.o.Mode == Off {
		return forum.Card{}, noCard(address, nil)
	}
	if v, ok := knownVideo(address); ok {
		return s.videoCard(ctx, address, v)
	}
	response, err := s.client.GetBeginning(ctx, address, maxHead, func(r *http.Request) error {
		r.Header.Set("Accept", "text/html, application/xhtml+xml;q=0.9")
		return nil
	})
	if err != nil {
		return forum.Card{}, noCard(address, err)
	}
	contentType := response.Header.Get("Content-Type")
	if kind, _, err := mime.ParseMediaType(contentType); response.Status != http.StatusOK || err != nil || kind != "text/html" && kind != "application/xhtml+xml" {
		return forum.Card{}, noCard(address, fmt.Errorf("status %d, %s", response.Status, contentType))
	}
	body, err := charset.NewReader(bytes.NewReader(response.Body), contentType)
	if err != nil {
		return forum.Card{}, noCard(address, err)
	}
	facts := readHead(html.NewTokenizer(body))
	c := forum.Card{URL: address, Title: first(facts["og:title"], facts["title"]), Description: first(facts["og:description"], facts["description"]), Site: facts["og:site_name"], PictureURL: pictureOf(response.URL, facts)}
	if facts["og:platform"] == "PeerTube" {
		c.Player = peerTubePlayer(response.URL)
	}
	if c.Title == "" {
		return forum.Card{}, noCard(address, nil)
	}
	return c, nil
}

// pictureOf is the address of the picture that stands for a page; "" for none.
func pictureOf(page string, facts map[string]string) string {
	base, err := url.Parse(page)
	said := first(facts["og:image:secure_url"], facts["og:image"], facts["og:image:url"], facts["twitter:image"])
	if err != nil || said == "" {
		return ""
	}
	address, err := base.Parse(said)
	if err != nil || address.Scheme != "https" && address.Scheme != "http" {
		return ""
	}
	return address.String()
}

// CardPicture implements forum.Cards.
func (s *Server) CardPicture(ctx context.Context, address string) ([]byte, error) {
	if s.o.Mode == Off {
		return nil, noCard(address, nil)
	}
	response, err := s.client.GetBeginning(ctx, address, maxCardPicture+1, func(r *http.Request) error {
		r.Header.Set("Accept", "image/jpeg, image/png, image/webp;q=0.9, image/gif;q=0.8")
		return nil
	})
	if err != nil || response.Status != http.StatusOK || len(response.Body) > maxCardPicture {
		return nil, noCard(address, err)
	}
	return response.Body, nil
}

// maxCardPicture bounds a picture, in bytes.
const maxCardPicture = 5 << 20

// maxHead bounds how much of a page is read, in bytes: its head comes first.
const maxHead = 512 << 10

func noCard(address string, err error) error {
	return &forum.Error{Code: forum.NotFound, Key: "NothingThere", Args: map[string]any{"Address": address}, Err: err}
}

func first(list ...string) string {
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			return s
		}
	}
	return ""
}

// readHead reads the title and the meta elements of a page, each the first time
// it is met, until the body begins.
func readHead(t *html.Tokenizer) map[string]string {
	facts := map[string]string{}
	inTitle := false
	for {
		switch t.Next() {
		case html.ErrorToken:
			return facts
		case html.TextToken:
			if inTitle && facts["title"] == "" {
				facts["title"] = string(t.Text())
			}
		case html.EndTagToken:
			inTitle = false
		case html.StartTagToken, html.SelfClosingTagToken:
			token := t.Token()
			inTitle = token.DataAtom == atom.Title
			if token.DataAtom == atom.Body {
				return facts
			}
			if token.DataAtom == atom.Meta {
				readMeta(token, facts)
			}
		}
	}
}

func readMeta(token html.Token, facts map[string]string) {
	key, value := "", ""
	for _, a := range token.Attr {
		switch a.Key {
		case "property", "name":
			key = strings.ToLower(a.Val)
		case "content":
			value = a.Val
		}
	}
	if key != "" && facts[key] == "" {
		facts[key] = value
	}
}

// video is a video of one of the large sites.
type video struct{ site, oEmbed, player string }

var (
	youTubeID = regexp.MustCompile(`^[A-Za-z0-9_-]{6,20}$`)
	vimeoID   = regexp.MustCompile(`^[0-9]{4,15}$`)
	peerTube  = regexp.MustCompile(`^/(?:w|videos/watch)/([A-Za-z0-9-]{10,40})$`)
)

// knownVideo recognises addresses of videos by their form.
func knownVideo(address string) (video, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" {
		return video{}, false
	}
	host := strings.TrimPrefix(strings.TrimPrefix(u.Host, "www."), "m.")
	id := ""
	switch host {
	case "youtube.com":
		id = u.Query().Get("v")
		if short, ok := strings.CutPrefix(u.Path, "/shorts/"); ok {
			id = short
		}
	case "youtu.be":
		id = strings.TrimPrefix(u.Path, "/")
	case "vimeo.com":
		if id = strings.TrimPrefix(u.Path, "/"); vimeoID.MatchString(id) {
			return video{"Vimeo", "https://vimeo.com/api/oembed.json?url=" + url.QueryEscape("https://vimeo.com/"+id), "https://player.vimeo.com/video/" + id + "?dnt=1"}, true
		}
	}
	if !youTubeID.MatchString(id) {
		return video{}, false
	}
	return video{"YouTube", "https://www.youtube.com/oembed?format=json&url=" + url.QueryEscape("https://www.youtube.com/watch?v="+id), "https://www.youtube-nocookie.com/embed/" + id}, true
}

func (s *Server) videoCard(ctx context.Context, address string, v video) (forum.Card, error) {
	response, err := s.client.Get(ctx, v.oEmbed, nil)
	if err != nil || response.Status != http.StatusOK {
		return forum.Card{}, noCard(address, err)
	}
	var said struct {
		Title  string `json:"title"`
		Author string `json:"author_name"`
		Still  string `json:"thumbnail_url"`
	}
	if err := json.Unmarshal(response.Body, &said); err != nil || said.Title == "" {
		return forum.Card{}, noCard(address, err)
	}
	return forum.Card{URL: address, Title: said.Title, Description: said.Author, Site: v.site, Player: v.player, PictureURL: pictureOf(v.oEmbed, map[string]string{"og:image": said.Still})}, nil
}

// peerTubePlayer is the frame of a video on a PeerTube server; "" where the
// address is none of a video.
func peerTubePlayer(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	found := peerTube.FindStringSubmatch(u.Path)
	if found == nil {
		return ""
	}
	return u.Scheme + "://" + u.Host + "/videos/embed/" + found[1]
}
