package forum

import (
	"slices"
	"strings"
)

// ballotWords are the choices of a ballot, at most 25 characters each, in the
// action's language. They are no messages of the catalogue: votes elsewhere name
// them letter for letter, and a change would void those that were cast.
var ballotWords = map[string][3]string{
	"en": {"✍ I sign", "I support, not signing", "Keep me posted"},
	"fr": {"✍ Je signe", "Je soutiens sans signer", "Je suis l’actualité"},
}

// The choices of a ballot.
const (
	BallotSign = iota
	BallotSupport
	BallotFollow
)

// ballotChoices are the choices in a language, in English where it has none.
func ballotChoices(language string) []PollChoice {
	primary, _, _ := strings.Cut(language, "-")
	words, ok := ballotWords[primary]
	if !ok {
		words = ballotWords["en"]
	}
	var list []PollChoice
	for _, w := range words {
		list = append(list, PollChoice{Title: w})
	}
	return list
}

// DefaultSignTags are the hashtags by which a reply to a ballot signs.
var DefaultSignTags = []string{"jesigne", "isign"}

// SignTag is the hashtag that signs an action in its language, the first one that
// is configured where none fits.
func (s *Service) SignTag(language string) string {
	return tagIn(language, s.signTags, "jesigne", "isign")
}

// SentTag is the hashtag that says in a language that a letter was sent.
func (s *Service) SentTag(language string) string {
	return tagIn(language, s.sentTags, "envoye", "sent")
}

// tagIn chooses among the hashtags that are configured: the usual one of a language,
// French or another, or the first; "" where there is none.
func tagIn(language string, tags []string, french, other string) string {
	want := other
	if strings.HasPrefix(language, "fr") {
		want = french
	}
	switch {
	case slices.Contains(tags, want):
		return want
	case len(tags) > 0:
		return tags[0]
	}
	return ""
}

// SignWord is the choice of a ballot that signs, in a language.
func SignWord(language string) string { return ballotChoices(language)[BallotSign].Title }
