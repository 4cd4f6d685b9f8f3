package forum

import (
	"regexp"
	"strings"
)

// Emoji is a picture that another server shows for a word between colons.
type Emoji struct {
	Shortcode string // without the colons
	URL       string // where its server has the picture
	MediaType string `json:",omitempty"`
	Picture   string // key of the [RemotePicture]
}

const (
	// MaxEmojis bounds how many different ones a post or a profile shows.
	MaxEmojis    = 50
	maxEmojiURL  = 2000 // bytes
	maxEmojiType = 100  // bytes
)

var shortcodeShape = regexp.MustCompile(`^[A-Za-z0-9_+-]{1,64}$`)

// shownEmojis are those of the emoji that came along that stand in one of the
// texts, the first of each name.
func shownEmojis(host string, list []Emoji, texts ...string) []Emoji {
	var shown []Emoji
	known := map[string]bool{}
	for _, e := range list {
		e.Shortcode = strings.Trim(e.Shortcode, ":")
		if len(shown) == MaxEmojis || known[e.Shortcode] || !shortcodeShape.MatchString(e.Shortcode) || e.URL == "" || len(e.URL) > maxEmojiURL || !among(e.Shortcode, texts) {
			continue
		}
		known[e.Shortcode] = true
		e.MediaType = clip(e.MediaType, maxEmojiType)
		e.Picture = remotePictureKey(EmojiPicture, host, e.URL)
		shown = append(shown, e)
	}
	return shown
}

func among(shortcode string, texts []string) bool {
	for _, text := range texts {
		if strings.Contains(text, ":"+shortcode+":") {
			return true
		}
	}
	return false
}

// emojisOf are the emoji of a post as they are kept.
func (r *RemotePost) emojisOf() []Emoji {
	texts := []string{r.Title, r.Content, r.ContentNote}
	if r.Poll != nil {
		for _, c := range r.Poll.Choices {
			texts = append(texts, c.Title)
		}
	}
	return shownEmojis(HostOf(r.URI), r.Emojis, texts...)
}

// actorEmojis are the emoji of an actor elsewhere as they are kept.
func actorEmojis(a *Actor) []Emoji {
	texts := []string{a.DisplayName, a.Summary}
	for _, f := range a.Fields {
		texts = append(texts, f.Label, f.Value)
	}
	return shownEmojis(HostOf(a.URI), a.Emojis, texts...)
}
