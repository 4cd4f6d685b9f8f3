package forum

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
	"unicode/utf8"
)

// mentionPatience bounds how long a post waits for other servers to say who a
// mentioned handle is. Whoever cannot be found in that time stays plain text.
const mentionPatience = 4 * time.Second

// mentioned finds the actors a Markdown text mentions, by handle as written. It
// returns Invalid when there are more than the limit: mass mentions are how
// dog-piling starts.
func (s *Service) mentioned(ctx context.Context, source string) (map[string]Actor, error) {
	return s.mentionedBy(ctx, source, s.findActor)
}

// mentionedBy is mentioned with a way to find an actor.
func (s *Service) mentionedBy(ctx context.Context, source string, find func(context.Context, Handle) (*Actor, error)) (map[string]Actor, error) {
	written := s.renderer.Mentions(source)
	if len(written) > s.limits.Mentions {
		return nil, invalid("body", "TooManyMentions", map[string]any{"Max": s.limits.Mentions})
	}
	ctx, cancel := context.WithTimeout(ctx, mentionPatience)
	defer cancel()
	var (
		wait  sync.WaitGroup
		mu    sync.Mutex
		found = map[string]Actor{}
	)
	for _, w := range written {
		h, ok := ParseHandle(w, s.addresses.Host())
		if !ok {
			continue
		}
		wait.Go(func() {
			if actor, err := find(ctx, h); err == nil && actor.DeletedAt.IsZero() && !actor.Private { // nobody else is to learn of a forum for members
				mu.Lock()
				found[w] = *actor
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	return found, nil
}

// findActor finds an actor here, or asks its server.
func (s *Service) findActor(ctx context.Context, h Handle) (*Actor, error) {
	actor, err := s.store.ActorByHandle(ctx, h)
	if CodeOf(err) == NotFound && h.Host != "" && s.federating {
		return s.resolver.ActorByHandle(ctx, h)
	}
	return actor, err
}

// FindActor finds an actor by a handle as people write it, asking its server
// where it is not known here. It returns NotFound when there is none, and
// Unavailable when its server cannot be asked now.
func (s *Service) FindActor(ctx context.Context, handle string) (*Actor, error) {
	h, ok := ParseHandle(handle, s.addresses.Host())
	if !ok {
		return nil, notFound()
	}
	return s.findActor(ctx, h)
}

// actorsOf lists the actors of a mention map, each once, in a stable order.
func actorsOf(mentions map[string]Actor) []Actor {
	list := make([]Actor, 0, len(mentions))
	for _, a := range mentions {
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b Actor) int { return cmp.Compare(a.ID, b.ID) })
	return slices.CompactFunc(list, func(a, b Actor) bool { return a.ID == b.ID })
}

// notifyMentioned tells the local people a post mentions, except one who is
// told already.
func (s *Service) notifyMentioned(ctx context.Context, tx Tx, p Publication, except ID) error {
	for i := range p.Mentions {
		m := &p.Mentions[i]
		if !m.Local() || m.Kind != Person && m.Kind != Bot || m.ID == except {
			continue
		}
		if err := s.notify(ctx, tx, NotifyMention, m.ID, p.Author, p.Post.ID, p.Post.ID); err != nil {
			return err
		}
	}
	return nil
}

// notify tells a local account that by did something: post says what came of it,
// subject what it was done to. Nobody is told of their own doings, nor of those of someone they blocked; remote accounts hear of it
// from the activity itself.
func (s *Service) notify(ctx context.Context, tx Tx, kind NotificationKind, to ID, by *Actor, post, subject ID) error {
	if to == by.ID {
		return nil
	}
	return s.tell(ctx, tx, Notification{
		ID: s.ids.New(s.clock.Now()), AccountID: to, Kind: kind, ActorID: by.ID, PostID: post, SubjectID: subject, At: s.clock.Now(),
	})
}

// Text is sanitised HTML as people read it, one line per paragraph.
func (s *Service) Text(html string) string { return s.renderer.Text(html) }

// Preview renders a text as it would be published, mentions and all. Too many
// mentions are left as text: publishing will say so.
func (s *Service) Preview(ctx context.Context, body string) string {
	body = trimText(body)
	mentions, err := s.mentioned(ctx, body)
	if err != nil {
		mentions = nil
	}
	return s.renderer.Markdown(body, mentions)
}

// PreviewKnown is Preview for a text that is still being typed: no other server is
// asked who is mentioned in it. It returns Invalid for one that is too long to be
// published.
func (s *Service) PreviewKnown(ctx context.Context, body string) (string, error) {
	if utf8.RuneCountInString(body) > s.limits.Body {
		return "", invalid("body", "TextTooLong", map[string]any{"Max": s.limits.Body})
	}
	body = trimText(body)
	mentions, err := s.mentionedBy(ctx, body, s.store.ActorByHandle)
	if err != nil {
		mentions = nil
	}
	return s.renderer.Markdown(body, mentions), nil
}
