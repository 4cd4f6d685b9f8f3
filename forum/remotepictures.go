package forum

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"sync"
	"time"
)

// RemotePicture is a small picture on another server that pages here show: one
// may be fetched because a post or a profile that is kept here names it, and for
// no other reason.
type RemotePicture struct {
	Key       string // in its address here
	Kind      RemotePictureKind
	URL       string
	Host      string      // the server whose post or profile names it
	File      PictureFile // the copy; without a name where there is none
	FetchedAt time.Time   // zero: there is no copy
	FailedAt  time.Time   // when it could not be had; zero: never, since it was last had
}

// RemotePictureKind is what a picture is for.
type RemotePictureKind string

// The kinds.
const (
	EmojiPicture RemotePictureKind = "emoji" // of a custom emoji
	IconPicture  RemotePictureKind = "icon"  // of a person or a forum
)

// RemotePictures fetches pictures from other servers.
type RemotePictures interface {
	// RemotePicture returns an error for what cannot be had, or is longer than most
	// bytes.
	RemotePicture(ctx context.Context, url string, most int) ([]byte, error)
}

// remoteShape is how a kind of picture is fetched and made ready.
type remoteShape struct {
	bytes int
	shape Shape
}

var remoteShapes = map[RemotePictureKind]remoteShape{
	EmojiPicture: {256 << 10, Shape{Sides: []int{96}, Pixels: 4_000_000, Still: true}},
	IconPicture:  {2 << 20, Shape{Width: 1, Height: 1, Sides: []int{128}, Pixels: 16_000_000, Still: true}},
}

const (
	// RemotePictureLifetime is how long a copy is shown before it is fetched anew.
	RemotePictureLifetime = 7 * 24 * time.Hour
	// RemotePictureRest is how long a picture that could not be had is left alone.
	RemotePictureRest = time.Hour
	// openTries bounds how often one is looked for again that was just fetched.
	openTries = 3
	// remoteFetches bounds how many are fetched at a time.
	remoteFetches = 16
)

// remotePictureKey is what the address here says of an address there: nothing.
func remotePictureKey(kind RemotePictureKind, host, url string) string {
	sum := sha256.Sum256([]byte(string(kind) + "\n" + host + "\n" + url))
	return hex.EncodeToString(sum[:16])
}

// EmojiPath is where pages and apps find the picture of an emoji here.
func EmojiPath(key string) string { return "/remote/" + key }

// RemoteIconPath is where they find that of a person or a forum elsewhere.
func RemoteIconPath(key string) string { return "/remote/icons/" + key }

// fetching knows which pictures are being fetched, so that each is asked for once.
type fetching struct {
	mu    sync.Mutex
	under map[string]chan struct{} // by key; closed when the picture was fetched
	free  chan struct{}
}

// begin says that the caller fetches the picture, and is to call done; or waits
// until somebody else has.
func (f *fetching) begin(ctx context.Context, key string) (ours bool, done func(), err error) {
	f.mu.Lock()
	if other := f.under[key]; other != nil {
		f.mu.Unlock()
		select {
		case <-other:
			return false, nil, nil
		case <-ctx.Done():
			return false, nil, ctx.Err()
		}
	}
	if f.under == nil {
		f.under, f.free = map[string]chan struct{}{}, make(chan struct{}, remoteFetches)
	}
	own := make(chan struct{})
	f.under[key] = own
	f.mu.Unlock()
	f.free <- struct{}{}
	return true, func() {
		<-f.free
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.under, key)
		close(own)
	}, nil
}

// ShowsRemotePictures says whether pages show small pictures of other servers, as
// copies that are kept for a while.
func (s *Service) ShowsRemotePictures() bool {
	return s.remoteCache > 0 && s.remotePictures != nil && s.shelf != nil && s.developer != nil
}

// OpenRemotePicture opens the copy of a picture, and makes it where there is none.
// It returns NotFound for one that nothing here shows, that comes from a server
// that is not spoken with or whose media are off, or that cannot be had.
func (s *Service) OpenRemotePicture(ctx context.Context, key string) (io.ReadSeekCloser, PictureFile, error) {
	if !s.ShowsRemotePictures() {
		return nil, PictureFile{}, notFound()
	}
	for range openTries {
		p, err := s.store.RemotePicture(ctx, key)
		if err != nil {
			return nil, PictureFile{}, err
		}
		if err := s.mayFetchPicture(ctx, p); err != nil {
			return nil, PictureFile{}, err
		}
		if body, err := s.openCopy(ctx, p); CodeOf(err) != NotFound {
			return body, p.File, err
		}
		if s.clock.Now().Sub(p.FailedAt) < RemotePictureRest {
			return nil, PictureFile{}, notFound()
		}
		ours, done, err := s.fetching.begin(ctx, key)
		if err != nil {
			return nil, PictureFile{}, err
		}
		if ours {
			// Whoever asked may leave; the others who ask do not begin again.
			err = s.copyRemotePicture(context.WithoutCancel(ctx), p)
			done()
			if err != nil {
				return nil, PictureFile{}, err
			}
		}
	}
	return nil, PictureFile{}, notFound()
}

// openCopy opens a copy that is there and not too old.
func (s *Service) openCopy(ctx context.Context, p *RemotePicture) (io.ReadSeekCloser, error) {
	if p.File.Name == "" || s.clock.Now().Sub(p.FetchedAt) >= RemotePictureLifetime {
		return nil, notFound()
	}
	return s.shelf.Open(ctx, p.File.Name)
}

// mayFetchPicture asks the rules about the server that shows a picture, and about
// the one that has it.
func (s *Service) mayFetchPicture(ctx context.Context, p *RemotePicture) error {
	for _, host := range []string{p.Host, HostOf(p.URL)} {
		if s.Admits(ctx, host) != nil {
			return notFound()
		}
		rule, err := s.store.PeerRule(ctx, host, s.clock.Now())
		if err != nil {
			return err
		}
		if rule.MediaOff {
			return notFound()
		}
	}
	return nil
}

// copyRemotePicture fetches a picture, makes it small, and keeps it. That it could
// not be had is kept too.
func (s *Service) copyRemotePicture(ctx context.Context, p *RemotePicture) error {
	now := s.clock.Now()
	// Somebody may have been done just before.
	if fresh, err := s.store.RemotePicture(ctx, p.Key); err != nil || fresh.FetchedAt.After(p.FetchedAt) || fresh.FailedAt.After(p.FailedAt) {
		return err
	}
	size, err := s.developRemote(ctx, p)
	if err != nil {
		return s.write(ctx, func(ctx context.Context, tx Tx) error { return tx.FailRemotePicture(ctx, p.Key, now) })
	}
	file := size.file()
	if file.Name, err = s.shelf.Put(ctx, bytes.NewReader(size.Body), size.Extension); err != nil {
		return err
	}
	forgotten := 0
	err = s.write(ctx, func(ctx context.Context, tx Tx) error {
		if err := tx.KeepRemotePicture(ctx, p.Key, file, now); err != nil {
			return err
		}
		forgotten, err = tx.ForgetRemotePictures(ctx, now.Add(-RemotePictureLifetime), s.remoteCache)
		return err
	})
	if err != nil {
		return err
	}
	if forgotten > 0 {
		if err := s.store.SweepFiles(ctx); err != nil {
			return err
		}
	}
	// The same file may just have been swept away, before it was known to be needed.
	_, err = s.shelf.Put(ctx, bytes.NewReader(size.Body), size.Extension)
	return err
}

// developRemote fetches a picture and makes it small.
func (s *Service) developRemote(ctx context.Context, p *RemotePicture) (DevelopedSize, error) {
	want, ok := remoteShapes[p.Kind]
	if !ok {
		return DevelopedSize{}, notFound()
	}
	file, err := s.remotePictures.RemotePicture(ctx, p.URL, want.bytes)
	if err != nil {
		return DevelopedSize{}, err
	}
	developed, err := s.developer.Develop(ctx, file, want.shape)
	if err != nil {
		return DevelopedSize{}, err
	}
	return developed.Sizes[0], nil
}

// dropRemotePictures forgets the copies whose time is over, and all of them where
// none are shown any more.
func (s *Service) dropRemotePictures(ctx context.Context) error {
	before := s.clock.Now().Add(-RemotePictureLifetime)
	most := s.remoteCache
	if !s.ShowsRemotePictures() {
		most = 0
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		_, err := tx.ForgetRemotePictures(ctx, before, most)
		return err
	})
}
