package forum

import "time"

// Phrases writes what this server says in an action's own name, in the action's
// language. HTML is safe to show.
type Phrases interface {
	// BallotFacts is the paragraph under a text that is to be signed: HTML.
	BallotFacts(a *Action, closesOn, tag string) string
	// Milestone is a word about a number of signatures: a title, and Markdown.
	Milestone(a *Action, counts ActionTally, m Milestone) (title, body string)
	// AskToSign is the message to somebody elsewhere who follows an action, or who
	// signed a former text and is asked again: HTML.
	AskToSign(a *Action, closesOn, change string) string
	// DressLetter adds what letters have around their text: place and date, how
	// they end, and where the text comes from.
	DressLetter(l *Letter, a *Action, place string, now time.Time)
	// SignReceipt tells somebody elsewhere that they signed: HTML.
	SignReceipt(a *Action, manage string) string
}
