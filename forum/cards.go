package forum

import (
	"context"
	"time"
)

// Card is what a page that a post links to says of itself. Its picture is a small
// copy on our shelf: the page's own would tell its server who reads.
type Card struct {
	URL         string
	Title       string
	Description string `json:",omitempty"`
	Site        string `json:",omitempty"` // "" is the host
	Player      string `json:",omitempty"` // of a video, to be loaded in a frame on demand

	PictureURL string      `json:",omitempty"` // where the page has its picture
	Picture    PictureFile `json:",omitzero"`  // the copy; without a name where there is none
}

// Cards reads what a page says of itself.
type Cards interface {
	// Card returns NotFound where a page says nothing, or cannot be had.
	Card(ctx context.Context, url string) (Card, error)
	// CardPicture reads the picture of a card.
	CardPicture(ctx context.Context, url string) ([]byte, error)
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
		if p.Card == nil {
			return nil
		}
		p.Card = nil
		return tx.RemoveCardPicture(ctx, p.ID)
	}
	if p.Card != nil {
		if p.Card.URL == url {
			return nil
		}
		if err := tx.RemoveCardPicture(ctx, p.ID); err != nil {
			return err
		}
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
		if len(card.PictureURL) > maxCardURL {
			card.PictureURL = ""
		}
	}
	copied := s.copyCardPicture(ctx, &card)
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
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
		if err := s.showCardPicture(ctx, tx, p, &card); err != nil {
			return err
		}
		return tx.SetCard(ctx, p.ID, card)
	})
	if err == nil && copied != nil {
		// The same file may just have been swept away, before this post was known to
		// need it.
		err = s.shelve(ctx, &Picture{}, *copied)
	}
	return err
}

// cardPicture is the portrait of a page on its card.
const cardPicture Portrait = "card"

// cardShape is that of Open Graph's pictures.
var cardShape = Shape{Width: 40, Height: 21, Sides: []int{480}}

// copyCardPicture puts a card's picture on the shelf, unless it is there from
// another post. A picture that cannot be had is none: the card does without.
func (s *Service) copyCardPicture(ctx context.Context, card *Card) *Developed {
	if card.Title == "" || card.PictureURL == "" || s.shelf == nil || s.developer == nil {
		card.Picture = PictureFile{}
		return nil
	}
	if card.Picture.Name != "" {
		if _, err := s.store.PictureFile(ctx, card.Picture.Name); err == nil {
			return nil
		}
		card.Picture = PictureFile{}
	}
	file, err := s.cards.CardPicture(ctx, card.PictureURL)
	if err != nil {
		return nil
	}
	developed, err := s.developer.Develop(ctx, file, cardShape)
	if err != nil {
		return nil
	}
	developed.Sizes = developed.Sizes[:1]
	p := &Picture{}
	if err := s.shelve(ctx, p, developed); err != nil {
		return nil
	}
	card.Picture = p.Files[0]
	return &developed
}

// showCardPicture notes that a post shows the picture of a card, which keeps its
// file on the shelf.
func (s *Service) showCardPicture(ctx context.Context, tx Tx, p *Post, card *Card) error {
	if err := tx.RemoveCardPicture(ctx, p.ID); err != nil || card.Picture.Name == "" {
		return err
	}
	now := s.clock.Now()
	return tx.AddPicture(ctx, &Picture{ID: s.ids.New(now), AccountID: p.AuthorID, PostID: p.ID, Portrait: cardPicture, Files: []PictureFile{card.Picture}, CreatedAt: now})
}
