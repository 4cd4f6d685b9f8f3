package forum

import (
	"context"
	"strings"
	"unicode/utf8"
)

// Opening is a text that opens a thread in an app, where there is no field for a
// forum and none for a title: it mentions the forum, and its first line is the
// title.
type Opening struct {
	Forum *Actor
	Title string
	Body  string
}

// ReadOpening takes a text apart that somebody sends to open a thread. The first
// forum, company or action that it mentions is where it is opened; that mention is
// left out at the head of the text and stays anywhere else. Without one, it returns
// Invalid.
func (s *Service) ReadOpening(ctx context.Context, text string) (Opening, error) {
	text = trimText(text)
	var o Opening
	mention := ""
	for i, written := range s.renderer.Mentions(text) {
		if i == s.limits.Mentions {
			break
		}
		actor, err := s.FindActor(ctx, written)
		if err == nil && actor.IsForum() {
			o.Forum, mention = actor, written
			break
		}
	}
	if o.Forum == nil {
		return o, invalid("status", "OpeningForum", nil)
	}
	o.Title, o.Body = SplitOpening(text, mention, s.limits.Title)
	if o.Title == "" {
		return o, invalid("status", "TitleMissing", nil)
	}
	return o, nil
}

// SplitOpening makes a title of the first line of a text, without the mention of
// its forum at either end, and leaves the rest as its body. A line that is too long
// for a title is cut at a word, and then stays whole in the body; so does one that
// is all there is.
func SplitOpening(text, mention string, most int) (title, body string) {
	text = withoutMention(trimText(text), mention)
	title, body, _ = strings.Cut(text, "\n")
	title, body = trimText(title), trimText(body)
	if body != "" && title != "" {
		for _, sign := range []string{"@", "!"} {
			title = trimText(strings.TrimSuffix(title, sign+mention))
		}
	}
	plain := oneLine(strings.TrimLeft(title, "#>*- "))
	if plain == "" {
		plain = oneLine(title)
	}
	if utf8.RuneCountInString(plain) > most {
		cut := string([]rune(plain)[:most-1])
		if i := strings.LastIndexByte(cut, ' '); i > most/2 {
			cut = cut[:i]
		}
		return strings.TrimRight(cut, " ,;:.") + "…", text
	}
	if body == "" {
		return plain, text
	}
	return plain, body
}

// withoutMention takes the mention of a forum off the head of a text.
func withoutMention(text, mention string) string {
	if mention == "" {
		return text
	}
	for _, sign := range []string{"@", "!"} {
		rest, ok := strings.CutPrefix(text, sign+mention)
		if ok && (rest == "" || strings.ContainsRune(" \t\n:,", rune(rest[0]))) {
			return trimText(strings.TrimLeft(rest, " \t:,"))
		}
	}
	return text
}
