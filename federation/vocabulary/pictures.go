package vocabulary

import (
	"mime"
	"path"

	"portevoix/forum"
)

// pictures writes what a post shows as attachments of the type Image, which
// Mastodon and Lemmy both take (Lemmy takes Link, Image and Document only).
func pictures(attachments []forum.Attachment) []any {
	list := []any{}
	for _, a := range attachments {
		o := object{
			"type": "Image", "mediaType": a.MediaType, "url": a.URL, "name": a.Alt, "width": a.Width, "height": a.Height,
			"focalPoint": []any{a.Focus.X, a.Focus.Y},
		}
		if a.Blurhash != "" {
			o["blurhash"] = a.Blurhash
		}
		list = append(list, o)
	}
	return list
}

// cover is the picture that stands for a thread in lists elsewhere; nil for none.
func cover(p *forum.Post) object {
	shown := p.Pictures()
	if !p.IsRoot() || len(shown) == 0 {
		return nil
	}
	return object{"type": "Image", "mediaType": shown[0].MediaType, "url": shown[0].URL, "name": shown[0].Alt}
}

// portraits writes the pictures that stand for an actor of this server.
func portraits(m object, a *forum.Actor) {
	for key, url := range map[string]string{"icon": a.IconURL, "image": a.BannerURL} {
		if url != "" {
			m[key] = object{"type": "Image", "mediaType": mime.TypeByExtension(path.Ext(url)), "url": url}
		}
	}
}
