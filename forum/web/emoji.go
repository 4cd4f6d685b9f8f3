package web

import (
	"time"

	"github.com/a-h/templ"

	"portevoix/forum"
	"portevoix/forum/markup"
)

// remoteAge is how long browsers keep a copy.
const remoteAge = 24 * time.Hour

// words is plain text with the pictures of custom emoji, where such are shown.
func (p *Page) words(text string, emojis []forum.Emoji) templ.Component {
	if !p.RemotePictures {
		emojis = nil
	}
	return templ.Raw(markup.TextWithEmojis(text, emojis))
}

// rich is the same for content that was sanitised when it was stored.
func (p *Page) rich(content string, emojis []forum.Emoji) templ.Component {
	if !p.RemotePictures {
		emojis = nil
	}
	return html(markup.WithEmojis(content, emojis))
}

// noIcon stands for the picture of somebody elsewhere that cannot be had.
const noIcon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><path fill="#8a8a8a" d="M0 0h64v64H0z"/><g fill="#fff"><circle cx="32" cy="25" r="12"/><path d="M10 64c0-15 9-24 22-24s22 9 22 24z"/></g></svg>`

// remoteIcon serves the copy of the picture of somebody elsewhere, or a figure in its
// place.
func (s *Site) remoteIcon(v *visit) error {
	err := s.remotePicture(v)
	if forum.CodeOf(err) != forum.NotFound || !s.service.ShowsRemotePictures() {
		return err
	}
	v.w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	return v.serve("image/svg+xml", []byte(noIcon), time.Time{}, forum.RemotePictureRest)
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
