package forum

import (
	"context"
	"time"
)

// Card is what a page that a post links to says of itself. It holds text only:
// a picture would have to be copied, or would tell its server who reads.
type Card struct {
	URL         string
	Title       string
	Description string `json:",omitempty"`
	Site        string `json:",omitempty"` // "" is the host
	Player      string `json:",omitempty"` // of a video, to be loaded in a frame on demand
}

// Cards reads what a page says of itself.
type Cards interface {
	// Card returns NotFound where a page says nothing, or cannot be had.
	Card(ctx context.Context, url string) (Card, error)
}

// CardLifetime is how long a card is good for other posts with the same link.
const CardLifetime = 7 * 24 * time.Hour

// freshForCard is how old a reply from elsewhere may be to get a card.
const freshForCard = 24 * time.Hour

const (
	maxCardTitle       = 200 // characters
	maxCardDescription = 300
	maxCardSite        = 60
	maxCardURL         = 2000 // bytes
)

// CardJob fetches the card of a post's link.
type CardJob struct {
	Post ID     `json:"post"`
	URL  string `json:"url"`
}

// Kind names the job in the queue.
func (CardJob) Kind() string { return "card" }

// fetchCard asks for the card of the first link of a post, if it has any. It is
// fetched once per server, as a job: whoever publishes does not wait for it.
func (s *Service) fetchCard(ctx context.Context, tx Tx, p *Post) error {
	url := s.renderer.FirstLink(p.Content)
	if !s.federating || s.cards == nil || url == "" || len(url) > maxCardURL || s.addresses.IsLocal(url) {
		p.Card = nil
		return nil
	}
	if p.Card != nil && p.Card.URL == url {
		return nil
	}
	p.Card = nil
	return tx.Enqueue(ctx, CardJob{Post: p.ID, URL: url})
}

// WorkCard does a CardJob. A page that cannot be read now is not asked again for
// this post: a missing card is no loss worth a queue.
func (s *Service) WorkCard(ctx context.Context, job CardJob) error {
	now := s.clock.Now()
	card, known, err := s.store.Card(ctx, job.URL, now.Add(-CardLifetime))
	if err != nil {
		return err
	}
	if !known {
		if card, err = s.cards.Card(ctx, job.URL); err != nil {
			card = Card{}
		}
		card.URL = job.URL
		card.Title, card.Site = clipRunes(oneLine(card.Title), maxCardTitle), clipRunes(oneLine(card.Site), maxCardSite)
		card.Description = clipRunes(oneLine(card.Description), maxCardDescription)
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		if !known {
			if err := tx.KeepCard(ctx, card, now); err != nil {
				return err
			}
		}
		p, err := tx.Post(ctx, job.Post)
		if CodeOf(err) == NotFound || err == nil && (p.Hidden() || s.renderer.FirstLink(p.Content) != job.URL) {
			return nil // it was deleted or edited meanwhile
		}
		if err != nil || card.Title == "" {
			return err
		}
		return tx.SetCard(ctx, p.ID, card)
	})
}
