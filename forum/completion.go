package forum

import (
	"context"
	"strings"
	"unicode/utf8"
)

// Completion is what a word that somebody began may become: a mention or a
// hashtag.
type Completion struct {
	Text  string // as it stands in a text, with its sign
	Actor *Actor // whom it mentions; nil for a hashtag
}

// CompletionQuery asks for people and forums whose name begins in a way.
type CompletionQuery struct {
	Name   string // its beginning; all of it where there is a host
	Host   string // its beginning
	Remote bool   // the name is of another server, whichever
	Forums bool   // no people
	Viewer ID     // whom the viewer follows goes first; whom they block, and whoever blocks them, is left out
	Limit  int
}

const (
	// completionsShown bounds how much is offered for one word.
	completionsShown = 8
	// maxBegun bounds the word, in characters.
	maxBegun = 100
)

// Complete lists what a word may become that begins with @ (people and forums), !
// (forums) or # (hashtags that threads here have). It returns Unauthenticated to
// whoever is not signed in, and nothing for anything else.
func (s *Service) Complete(ctx context.Context, by *Account, begun string) ([]Completion, error) {
	if by == nil {
		return nil, &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	if utf8.RuneCountInString(begun) > maxBegun || len(begun) < 2 {
		return nil, nil
	}
	sign, begun := begun[:1], begun[1:]
	switch sign {
	case "#":
		return s.completeTag(ctx, begun)
	case "@", "!":
		return s.completeName(ctx, by, sign, begun)
	}
	return nil, nil
}

func (s *Service) completeTag(ctx context.Context, begun string) ([]Completion, error) {
	labels, err := s.store.TagsBeginning(ctx, begun, completionsShown)
	if err != nil {
		return nil, err
	}
	list := make([]Completion, len(labels))
	for i, label := range labels {
		list[i].Text = "#" + label
	}
	return list, nil
}

func (s *Service) completeName(ctx context.Context, by *Account, sign, begun string) ([]Completion, error) {
	name, host, remote := strings.Cut(begun, "@")
	if name == "" || strings.Contains(host, "@") {
		return nil, nil
	}
	actors, err := s.store.ActorsBeginning(ctx, CompletionQuery{Name: strings.ToLower(name), Host: strings.ToLower(host), Remote: remote, Forums: sign == "!", Viewer: by.ID, Limit: completionsShown})
	if err != nil {
		return nil, err
	}
	list := make([]Completion, len(actors))
	for i := range actors {
		list[i] = Completion{Text: sign + actors[i].Handle(), Actor: &actors[i]}
	}
	return list, nil
}
