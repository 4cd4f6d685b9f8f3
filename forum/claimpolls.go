package forum

import (
	"context"
	"slices"
	"strings"
)

// claimWords are the choices of a poll by which people say that the same happened to
// them, at most 25 characters each, in the case's language; the first one counts them.
// They are no messages of the catalogue: votes elsewhere name them letter for letter.
var claimWords = map[string][]string{
	"en": {"✋ It happened to me too", "Not to me", "Keep me posted"},
	"fr": {"✋ Cela m’est arrivé aussi", "Pas à moi", "Je suis l’actualité"},
}

// ClaimChoices are the choices of such a poll in a language, in English where it has
// none.
func ClaimChoices(language string) []string {
	primary, _, _ := strings.Cut(language, "-")
	if words, ok := claimWords[primary]; ok {
		return words
	}
	return claimWords["en"]
}

// claimChoice is the choice of a poll that counts people on a case; -1 for none.
func claimChoice(p *Poll) int {
	if p == nil || p.Multiple {
		return -1
	}
	return slices.IndexFunc(p.Choices, func(c PollChoice) bool {
		for _, words := range claimWords {
			if c.Title == words[0] {
				return true
			}
		}
		return false
	})
}

// claimByVote counts somebody who chose that in the poll of a case that is counted
// here. What is not to be counted stays an ordinary vote.
func (s *Service) claimByVote(ctx context.Context, tx Tx, p Publication, poll *Poll, by *Actor, source string, choices []int) error {
	counts := claimChoice(poll)
	if counts < 0 || !slices.Contains(choices, counts) || !s.countsHere(p.Thread, by) || !p.Post.IsRoot() {
		return nil
	}
	return s.joinOnce(ctx, tx, p.Thread, by, RouteBallot, source, ParticipationDetails{})
}
