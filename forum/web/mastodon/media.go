package mastodon

import (
	"net/http"
	"net/url"
	"strconv"

	"portevoix/forum"
)

// mediaEntity is a picture, a recording or another file of a status.
type mediaEntity struct {
	ID          string         `json:"id"`
	Type        string         `json:"type"`
	URL         *string        `json:"url"`
	PreviewURL  *string        `json:"preview_url"`
	RemoteURL   *string        `json:"remote_url"`
	TextURL     *string        `json:"text_url"`
	Meta        map[string]any `json:"meta"`
	Description *string        `json:"description"`
	Blurhash    *string        `json:"blurhash"`
}

// sizeMeta is a picture's size, as apps read it.
func sizeMeta(f forum.PictureFile) map[string]any {
	m := map[string]any{"width": f.Width, "height": f.Height, "size": strconv.Itoa(f.Width) + "x" + strconv.Itoa(f.Height)}
	if f.Height > 0 {
		m["aspect"] = float64(f.Width) / float64(f.Height)
	}
	return m
}

func (a *API) mediaOf(list []forum.Attachment) []mediaEntity {
	out := []mediaEntity{}
	for i, one := range list {
		e := mediaEntity{ID: one.PictureID.String(), Type: "unknown", Meta: map[string]any{}, Description: stringOrNull(one.Alt), Blurhash: stringOrNull(one.Blurhash)}
		if kind := one.Kind(); kind != forum.OtherMedia {
			e.Type = string(kind)
		}
		if one.PictureID == 0 { // elsewhere: it has no ID, and apps want one
			e.ID = strconv.Itoa(i + 1)
			e.URL, e.PreviewURL, e.RemoteURL = stringOrNull(one.URL), stringOrNull(one.URL), stringOrNull(one.URL)
			out = append(out, e)
			continue
		}
		a.describe(&e, one)
		out = append(out, e)
	}
	return out
}

// describe fills in the files of an upload.
func (a *API) describe(e *mediaEntity, one forum.Attachment) {
	whole, stills := one.Whole(), one.Stills()
	e.URL = new(a.service.Addresses().Picture(whole.Name))
	e.PreviewURL = e.URL
	if len(stills) > 0 {
		e.PreviewURL = new(a.service.Addresses().Picture(stills[0].Name))
		e.Meta["small"] = sizeMeta(stills[0])
	}
	if one.Kind() == forum.ImageMedia {
		if whole.Moves() {
			e.Type = "gifv"
		}
		e.Meta["original"] = sizeMeta(whole)
		e.Meta["focus"] = map[string]float64{"x": one.Focus.X, "y": one.Focus.Y}
		if whole.Moves() { // apps would show it as a video, and it is none
			e.Type = "image"
		}
		return
	}
	original := map[string]any{"duration": whole.Duration.Seconds()}
	if whole.Width > 0 {
		original = sizeMeta(whole)
		original["duration"] = whole.Duration.Seconds()
	}
	e.Meta["original"] = original
	if one.Kind() == forum.AudioMedia && len(stills) == 0 {
		e.PreviewURL = nil
	}
}

// cardEntity is what a page that a status links to says of itself.
type cardEntity struct {
	URL              string     `json:"url"`
	Title            string     `json:"title"`
	Description      string     `json:"description"`
	Language         *string    `json:"language"`
	Type             string     `json:"type"`
	AuthorName       string     `json:"author_name"`
	AuthorURL        string     `json:"author_url"`
	ProviderName     string     `json:"provider_name"`
	ProviderURL      string     `json:"provider_url"`
	HTML             string     `json:"html"`
	Width            int        `json:"width"`
	Height           int        `json:"height"`
	Image            *string    `json:"image"`
	ImageDescription string     `json:"image_description"`
	EmbedURL         string     `json:"embed_url"`
	Blurhash         *string    `json:"blurhash"`
	PublishedAt      *string    `json:"published_at"`
	Authors          []struct{} `json:"authors"`
}

func (a *API) cardOf(c *forum.Card) *cardEntity {
	if c == nil {
		return nil
	}
	e := &cardEntity{URL: c.URL, Title: c.Title, Description: c.Description, Type: "link", ProviderName: c.Site, Authors: []struct{}{}}
	if u, err := url.Parse(c.URL); err == nil {
		e.ProviderURL = u.Scheme + "://" + u.Host
		if e.ProviderName == "" {
			e.ProviderName = u.Host
		}
	}
	return e
}

// pollEntity is a poll; those of reader's own choices are told to them only.
type pollEntity struct {
	ID          string        `json:"id"`
	ExpiresAt   *string       `json:"expires_at"`
	Expired     bool          `json:"expired"`
	Multiple    bool          `json:"multiple"`
	VotesCount  int           `json:"votes_count"`
	VotersCount *int          `json:"voters_count"`
	Options     []optionCount `json:"options"`
	Emojis      []emojiEntity `json:"emojis"`
	Voted       *bool         `json:"voted,omitempty"`
	OwnVotes    *[]int        `json:"own_votes,omitempty"`
}

type optionCount struct {
	Title      string `json:"title"`
	VotesCount int    `json:"votes_count"`
}

// pollOf shows the poll of a post, whose ID it has.
func (a *API) pollOf(post *forum.Post, reader bool) *pollEntity {
	p := post.Poll
	if p == nil {
		return nil
	}
	e := &pollEntity{ID: post.ID.String(), ExpiresAt: momentOrNull(p.ClosesAt), Expired: p.Closed(a.service.Now()), Multiple: p.Multiple, VotesCount: p.Votes(), VotersCount: &p.Voters, Options: []optionCount{}, Emojis: a.emojisOf(post.Emojis)}
	if e.ExpiresAt == nil {
		e.ExpiresAt = momentOrNull(p.ClosedAt)
	}
	for _, choice := range p.Choices {
		e.Options = append(e.Options, optionCount{Title: choice.Title, VotesCount: choice.Votes})
	}
	if reader {
		e.Voted, e.OwnVotes = new(len(p.Chosen) > 0), new(append([]int{}, p.Chosen...))
	}
	return e
}

func (a *API) showPoll(c *call) error {
	post, err := a.post(c)
	if err != nil {
		return err
	}
	return a.answerPoll(c, post.ID)
}

func (a *API) answerPoll(c *call, id forum.ID) error {
	b, err := a.load(c, forum.InThread, []forum.ID{id})
	if err != nil {
		return err
	}
	e, ok := b.status(id)
	if !ok || e.Poll == nil {
		return &forum.Error{Code: forum.NotFound, Key: "NothingHere"}
	}
	return c.write(http.StatusOK, e.Poll)
}
