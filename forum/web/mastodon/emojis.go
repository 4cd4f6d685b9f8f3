package mastodon

import "portevoix/forum"

// emojiEntity is a custom emoji in a text or a name. Those of people elsewhere only:
// this server has none of its own.
type emojiEntity struct {
	Shortcode string `json:"shortcode"`
	URL       string `json:"url"`
	StaticURL string `json:"static_url"`
	InPicker  bool   `json:"visible_in_picker"`
}

// emojisOf shows emoji by the copies that this server keeps, or, where it keeps
// none, by where their server has them, as it is with the pictures of people.
func (a *API) emojisOf(list []forum.Emoji) []emojiEntity {
	entities := []emojiEntity{}
	for _, e := range list {
		address := e.URL
		if a.service.ShowsRemotePictures() {
			address = a.base + forum.EmojiPath(e.Picture)
		}
		entities = append(entities, emojiEntity{Shortcode: e.Shortcode, URL: address, StaticURL: address})
	}
	return entities
}
