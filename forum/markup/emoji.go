package markup

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"portevoix/forum"
)

// emojiSide is how large an emoji's picture is taken to be until it is there, in
// pixels; the stylesheet says how large it is shown.
const emojiSide = "20"

// WithEmojis shows the pictures of custom emoji in HTML that is sanitised already:
// in its text, but not in code, where colons mean what they are.
func WithEmojis(content string, emojis []forum.Emoji) string {
	if !mayHold(content, emojis) {
		return content
	}
	var out strings.Builder
	t := html.NewTokenizer(strings.NewReader(content))
	code := 0
	for {
		kind := t.Next()
		if kind == html.ErrorToken {
			return out.String()
		}
		raw := string(t.Raw())
		switch kind {
		case html.TextToken:
			if code == 0 {
				raw = withPictures(raw, emojis, func(text string) string { return text })
			}
		case html.StartTagToken:
			if literal(t) {
				code++
			}
		case html.EndTagToken:
			if literal(t) && code > 0 {
				code--
			}
		}
		out.WriteString(raw)
	}
}

// literal says whether the text in an element is shown as it is written.
func literal(t *html.Tokenizer) bool {
	name, _ := t.TagName()
	switch atom.Lookup(name) {
	case atom.Code, atom.Pre, atom.Kbd, atom.Samp:
		return true
	}
	return false
}

// TextWithEmojis makes HTML of plain text, with the pictures of custom emoji.
func TextWithEmojis(text string, emojis []forum.Emoji) string {
	return withPictures(text, emojis, html.EscapeString)
}

func mayHold(text string, emojis []forum.Emoji) bool {
	return len(emojis) > 0 && strings.Count(text, ":") > 1
}

// withPictures replaces the shortcodes of a text that have a picture, and writes
// what is between them.
func withPictures(text string, emojis []forum.Emoji, write func(string) string) string {
	if !mayHold(text, emojis) {
		return write(text)
	}
	pictures := make(map[string]string, len(emojis))
	for _, e := range emojis {
		pictures[e.Shortcode] = e.Picture
	}
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, ":")
		if !found {
			out.WriteString(write(text))
			return out.String()
		}
		shortcode, after, closed := strings.Cut(rest, ":")
		if picture := pictures[shortcode]; closed && picture != "" {
			out.WriteString(write(before))
			writePicture(&out, shortcode, picture)
			text = after
			continue
		}
		out.WriteString(write(before + ":")) // what follows may begin a shortcode
		text = rest
	}
}

func writePicture(out *strings.Builder, shortcode, picture string) {
	name := html.EscapeString(":" + shortcode + ":")
	out.WriteString(`<img class="emoji" src="` + html.EscapeString(forum.EmojiPath(picture)) + `" alt="` + name + `" title="` + name +
		`" width="` + emojiSide + `" height="` + emojiSide + `" loading="lazy" decoding="async"/>`)
}
