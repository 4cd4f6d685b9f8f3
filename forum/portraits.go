package forum

import (
	"bytes"
	"context"
)

// Portrait is what a picture of a person or forum is for.
type Portrait string

// The portraits.
const (
	Icon   Portrait = "icon"   // a square beside everything they do
	Banner Portrait = "banner" // a strip across their page
)

// Shape is what is cut out of a picture.
type Shape struct {
	Width, Height int   // their proportion; zero: all of it
	Sides         []int // longer sides of the sizes that are made; nil: the usual ones
	Pixels        int   // most pixels of the file, if fewer than usual; 0: as usual
	Still         bool  // of an animation, the first picture only
}

// shapes of the portraits; the middle of the picture stays.
var shapes = map[Portrait]Shape{
	Icon:   {Width: 1, Height: 1, Sides: []int{128, 400}},
	Banner: {Width: 3, Height: 1, Sides: []int{1500}},
}

// SetPortrait gives by, or the local forum of that name, an icon or a banner; an
// empty file takes it away. Moderators may do so for their forum. The servers
// that follow them are told.
func (s *Service) SetPortrait(ctx context.Context, by *Account, forum string, what Portrait, file []byte) error {
	if err := by.MayWrite(); err != nil {
		return err
	}
	shape, known := shapes[what]
	if !known {
		return notFound()
	}
	if len(file) > s.pictureLimits.Bytes {
		return s.pictureTooLarge()
	}
	// Whether they may is asked before the work and, by replace, after it.
	if _, _, err := s.portrayed(ctx, s.store, by, forum); err != nil {
		return err
	}
	picture := &Picture{CreatedAt: s.clock.Now(), Portrait: what}
	replace := func(tx Tx) error { return s.replacePortrait(ctx, tx, by, forum, picture) }
	if len(file) == 0 {
		return s.write(ctx, func(_ context.Context, tx Tx) error { return replace(tx) })
	}
	developed, err := s.developPicture(ctx, bytes.NewReader(file), int64(len(file)), shape)
	if err != nil {
		return err
	}
	return s.keepPicture(ctx, picture, developed, replace)
}

// portrayed finds whose picture it will be; f is nil for people.
func (s *Service) portrayed(ctx context.Context, r Reader, by *Account, forum string) (*Actor, *Forum, error) {
	if forum == "" {
		fresh, err := r.Account(ctx, by.ID)
		if err != nil {
			return nil, nil, err
		}
		return &fresh.Actor, nil, fresh.MayWrite()
	}
	f, err := r.Forum(ctx, Handle{Name: forum})
	if err != nil {
		return nil, nil, err
	}
	return &f.Actor, f, s.mayModerate(ctx, r, by, f.ID)
}

// replacePortrait takes the former picture away and shows the new one, which has
// no files where there is none.
func (s *Service) replacePortrait(ctx context.Context, tx Tx, by *Account, forum string, p *Picture) error {
	a, f, err := s.portrayed(ctx, tx, by, forum)
	if err != nil {
		return err
	}
	p.AccountID, p.ActorID = a.ID, a.ID
	if err := tx.RemovePortrait(ctx, a.ID, p.Portrait); err != nil {
		return err
	}
	address, small := "", ""
	if len(p.Files) > 0 {
		address, small = s.addresses.Picture(p.Files[len(p.Files)-1].Name), p.Files[0].Name
	}
	if p.Portrait == Icon {
		a.IconURL, a.IconSmall = address, small
	} else {
		a.BannerURL = address
	}
	if err := tx.UpdateActor(ctx, a); err != nil {
		return err
	}
	o := s.outbox()
	id := s.ids.New(s.clock.Now())
	o.send(id, a, a.URI, PriorityUpdate, o.keep(s.publisher.UpdateActor(id, a, f)), Recipients{FollowersOf: a.ID})
	return o.post(ctx, tx)
}
