package forumtest

import (
	"fmt"
	"time"

	"portevoix/forum"
)

// Phrases implements forum.Phrases, in nobody's language.
type Phrases struct{}

// BallotFacts implements forum.Phrases.
func (Phrases) BallotFacts(a *forum.Action, closesOn, tag string) string {
	return fmt.Sprintf("<p>%s %d %s v%d %s #%s %s</p>", a.Kind, a.Goal, closesOn, a.Version, a.SHA256, tag, a.URL)
}

// Milestone implements forum.Phrases.
func (Phrases) Milestone(a *forum.Action, counts forum.TierTally, m forum.Milestone) (title, body string) {
	return fmt.Sprintf("%d signatures", m.Number), fmt.Sprintf("%d of %d", counts.Signed(), a.Goal)
}

// AskToSign implements forum.Phrases.
func (Phrases) AskToSign(a *forum.Action, closesOn, change string) string {
	return fmt.Sprintf("<p>sign %s until %s? %s</p>", a.Name, closesOn, change)
}

// DressLetter implements forum.Phrases.
func (Phrases) DressLetter(l *forum.Letter, a *forum.Action, place string, now time.Time) {
	l.Dated, l.Closing = place, "yours"
}

// ClaimReceipt implements forum.Phrases.
func (Phrases) ClaimReceipt(title, url, manage, _ string) string {
	return fmt.Sprintf("<p>counted on %s %s %s</p>", title, url, manage)
}

// SignReceipt implements forum.Phrases.
func (Phrases) SignReceipt(a *forum.Action, manage string) string {
	return fmt.Sprintf("<p>signed %s v%d %s</p>", a.Name, a.Version, manage)
}

// Phrase implements forum.Phrases.
func (Phrases) Phrase(tag, key string, _ map[string]any) (text, language string) {
	return key, tag
}
