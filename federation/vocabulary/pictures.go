package vocabulary

import (
	"mime"
	"path"
	"strconv"
	"time"

	"portevoix/forum"
)

// pictures writes what a post shows: pictures as attachments of the type Image,
// which Mastodon and Lemmy both take, recordings as Document. Lemmy takes Link,
// Image and Document only, and drops the whole post for an attachment of the type
// Video or Audio; Mastodon goes by the media type.
func (w Writer) pictures(attachments []forum.Attachment) []any {
	list := []any{}
	for _, a := range attachments {
		o := object{"type": "Image", "mediaType": a.MediaType, "url": a.URL, "name": a.Alt}
		if a.Kind() != forum.ImageMedia {
			o["type"], o["duration"] = "Document", isoDuration(a.Whole().Duration)
		}
		if a.Kind() != forum.AudioMedia {
			o["width"], o["height"] = a.Width, a.Height
		}
		if a.Kind() == forum.ImageMedia {
			o["focalPoint"] = []any{a.Focus.X, a.Focus.Y}
		} else if poster := w.still(a); poster != nil {
			o["icon"] = poster // which Mastodon shows until the video plays
		}
		if a.Blurhash != "" {
			o["blurhash"] = a.Blurhash
		}
		list = append(list, o)
	}
	return list
}

// isoDuration writes a duration as XML Schema has it.
func isoDuration(d time.Duration) string {
	return "PT" + strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "S"
}

// still is the picture that stands for an attachment, in its largest size; nil
// for sounds, and for videos without a poster.
func (w Writer) still(a forum.Attachment) object {
	sizes := a.Stills()
	if len(sizes) == 0 {
		return nil
	}
	largest := sizes[len(sizes)-1]
	return object{"type": "Image", "mediaType": largest.MediaType, "url": w.addresses.Picture(largest.Name)}
}

// cover is the picture that stands for a thread in lists elsewhere; nil for none.
func (w Writer) cover(p *forum.Post) object {
	if !p.IsRoot() {
		return nil
	}
	for _, a := range p.Pictures() {
		if a.Kind() == forum.ImageMedia {
			return object{"type": "Image", "mediaType": a.MediaType, "url": a.URL, "name": a.Alt}
		}
		if poster := w.still(a); poster != nil {
			poster["name"] = a.Alt
			return poster
		}
	}
	return nil
}

// portraits writes the pictures that stand for an actor of this server.
func portraits(m object, a *forum.Actor) {
	for key, url := range map[string]string{"icon": a.IconURL, "image": a.BannerURL} {
		if url != "" {
			m[key] = object{"type": "Image", "mediaType": mime.TypeByExtension(path.Ext(url)), "url": url}
		}
	}
}
