package forum

import (
	"html"
	"strings"
	"time"
)

// Phrases writes what this server says in the name of an actor of its own: an
// action's in the action's language, others' in that of whom it is said to. HTML is
// safe to show.
type Phrases interface {
	// Phrase is the catalogue's text for "Say." and a key, in the best language there
	// is for a tag, and that language. It is plain text.
	Phrase(tag, key string, args map[string]any) (text, language string)
	// BallotFacts is the paragraph under a text that is to be signed: HTML.
	BallotFacts(a *Action, closesOn, tag string) string
	// Milestone is a word about a number of signatures: a title, and Markdown.
	Milestone(a *Action, counts TierTally, m Milestone) (title, body string)
	// AskToSign is the message to somebody elsewhere who follows an action, or who
	// signed a former text and is asked again: HTML.
	AskToSign(a *Action, closesOn, change string) string
	// DressLetter adds what letters have around their text: place and date, how
	// they end, and where the text comes from.
	DressLetter(l *Letter, a *Action, place string, now time.Time)
	// ClaimReceipt tells somebody elsewhere that they are counted among those to whom
	// the same happened: HTML, in a language as far as it is spoken.
	ClaimReceipt(title, url, manage, language string) string
	// SignReceipt tells somebody elsewhere that they signed: HTML.
	SignReceipt(a *Action, manage string) string
}

// phrase is a text that the server says; its key where nobody knows any.
func (s *Service) phrase(tag, key string, args map[string]any) (text, language string) {
	if s.phrases == nil {
		return key, ""
	}
	return s.phrases.Phrase(tag, key, args)
}

// paragraph is a plain text as HTML.
func paragraph(text string) string {
	return "<p>" + strings.ReplaceAll(html.EscapeString(text), "\n", "<br>") + "</p>"
}

// linkParagraph is an address as HTML.
func linkParagraph(address string) string {
	escaped := html.EscapeString(address)
	return `<p><a href="` + escaped + `">` + escaped + "</a></p>"
}
