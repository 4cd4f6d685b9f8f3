package web

import (
	"time"

	"github.com/a-h/templ"

	"portevoix/forum"
	"portevoix/forum/markup"
)

// remoteAge is how long browsers keep the picture of an emoji.
const remoteAge = 24 * time.Hour

// words is plain text with the pictures of custom emoji, where such are shown.
func (p *Page) words(text string, emojis []forum.Emoji) templ.Component {
	if !p.Emojis {
		emojis = nil
	}
	return templ.Raw(markup.TextWithEmojis(text, emojis))
}

// rich is the same for content that was sanitised when it was stored.
func (p *Page) rich(content string, emojis []forum.Emoji) templ.Component {
	if !p.Emojis {
		emojis = nil
	}
	return html(markup.WithEmojis(content, emojis))
}

// remotePicture serves the copy of a small picture of another server.
func (s *Site) remotePicture(v *visit) error {
	body, file, err := s.service.OpenRemotePicture(v.ctx(), v.variable("key"))
	if err != nil {
		return err
	}
	defer body.Close()
	v.cacheable(file.MediaType, `"`+file.Name[:32]+`"`, remoteAge)
	v.sendFile(body, file)
	return nil
}
