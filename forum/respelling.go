package forum

import (
	"context"
	"strings"
)

const (
	// fewFindings is how many findings are so few that another spelling is
	// suggested.
	fewFindings = 3
	// wordsRespelt bounds the words of a search that are looked up.
	wordsRespelt = 6
)

// Respell suggests another spelling for a search that found little: one with
// which more is found. It is "" where there is none.
func (s *Service) Respell(ctx context.Context, r SearchRequest, found SearchPage) (string, error) {
	n := len(found.Findings)
	if n >= fewFindings || r.After != "" || !r.Kind.OfPosts() {
		return "", nil
	}
	spellings, err := s.spellings(ctx, r.Words)
	if err != nil {
		return "", err
	}
	for _, words := range spellings {
		other := r
		other.Words, other.Limit = words, n+1
		more, err := s.Search(ctx, other)
		if err != nil {
			return "", err
		}
		if len(more.Findings) > n {
			return words, nil
		}
	}
	return "", nil
}

// spellings are a search with the words replaced that nobody here spells so: all
// by the nearest known word, then by the next.
func (s *Service) spellings(ctx context.Context, words string) ([]string, error) {
	offers := map[string][]string{}
	most := 0
	for i, part := range searchParts(words) {
		if part.Quoted || i >= wordsRespelt || strings.ContainsAny(part.Text, ":-") {
			continue
		}
		list, err := s.store.Respell(ctx, part.Text)
		if err != nil {
			return nil, err
		}
		offers[part.Text] = list
		most = max(most, len(list))
	}
	var spellings []string
	for i := range most {
		fields := strings.Fields(words)
		for j, field := range fields {
			if list := offers[field]; len(list) > 0 {
				fields[j] = list[min(i, len(list)-1)]
			}
		}
		spellings = append(spellings, strings.Join(fields, " "))
	}
	return spellings, nil
}
