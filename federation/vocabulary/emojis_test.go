package vocabulary_test

import (
	"reflect"
	"testing"

	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

// TestEmojis reads custom emoji in the shapes of several servers, of posts and of
// actors.
func TestEmojis(t *testing.T) {
	const cat = "https://x.example/cat.png"
	tag := func(icon any) map[string]any { return map[string]any{"type": "Emoji", "name": ":cat:", "icon": icon} }
	for _, c := range []struct {
		name string
		tag  any
		want []forum.Emoji
	}{
		{"Mastodon", []any{map[string]any{"type": "Mention", "href": cat}, tag(map[string]any{"type": "Image", "mediaType": "image/png", "url": cat})}, []forum.Emoji{{Shortcode: ":cat:", URL: cat, MediaType: "image/png"}}},
		{"one, not in a list", tag(map[string]any{"url": cat}), []forum.Emoji{{Shortcode: ":cat:", URL: cat}}},
		{"a link", tag(map[string]any{"url": map[string]any{"type": "Link", "href": cat}}), []forum.Emoji{{Shortcode: ":cat:", URL: cat}}},
		{"an address that is none", tag(map[string]any{"url": "data:image/png;base64,AAAA"}), nil},
		{"no picture", tag(nil), nil},
		{"no name", map[string]any{"type": "Emoji", "icon": map[string]any{"url": cat}}, nil},
	} {
		p, err := vocabulary.ReadPost(with(t, inesNote, map[string]any{"tag": c.tag}))
		if err != nil || !reflect.DeepEqual(p.Emojis, c.want) {
			t.Errorf("%s: in a post %+v, %v", c.name, p.Emojis, err)
		}
		a, _, err := vocabulary.Actor(with(t, inesActor, map[string]any{"tag": c.tag}))
		if err != nil || !reflect.DeepEqual(a.Emojis, c.want) {
			t.Errorf("%s: in an actor %+v, %v", c.name, a.Emojis, err)
		}
	}
}
