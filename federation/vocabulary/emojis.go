package vocabulary

import "portevoix/forum"

// maxEmojiTags bounds how many of the tags are looked at.
const maxEmojiTags = 200

// emojis reads the custom emoji that a post or an actor brings along (Mastodon's
// Emoji, in tag): a name between colons, and the picture that stands for it.
func emojis(d Document) []forum.Emoji {
	var list []forum.Emoji
	for _, tag := range d.Objects("tag") {
		if tag.Type() != "Emoji" {
			continue
		}
		if len(list) == maxEmojiTags {
			break
		}
		e := forum.Emoji{Shortcode: clip(tag.String("name"), 100)}
		for _, picture := range tag.Objects("icon") {
			if e.URL = linkTo(picture["url"]); e.URL == "" {
				e.URL = webAddress(picture.String("href"))
			}
			if e.MediaType = clip(picture.String("mediaType"), 100); e.URL != "" {
				break
			}
		}
		if e.Shortcode != "" && e.URL != "" {
			list = append(list, e)
		}
	}
	return list
}
