package forum

import (
	"context"
	"strings"
	"time"
)

// A forum may follow hashtags too, beside other forums: what people elsewhere write
// under one of them, to nobody in particular, opens a thread in it. They did not ask
// for that: so it is only what is public, of those who do not mind being found, and
// the thread says how it came and where it is from. The forum's moderators decide
// about it as about any other.

// MaxTagSources is how many hashtags a forum follows.
const MaxTagSources = 20

// TagSource is a hashtag that a forum follows.
type TagSource struct {
	ForumID ID
	Label   string // as it was written, without its sign
	At      time.Time
}

// TagSourceReader looks hashtags that forums follow up.
type TagSourceReader interface {
	// TagSources lists those of a forum, by name.
	TagSources(ctx context.Context, forum ID) ([]TagSource, error)
	// ForumsByTags finds the forums that follow one of the hashtags, each once, those
	// that follow it the longest first.
	ForumsByTags(ctx context.Context, tags []string) ([]TagSource, error)
}

// TagSourceTx changes them.
type TagSourceTx interface {
	// SetTagSource follows a hashtag, or no longer; twice changes nothing.
	SetTagSource(ctx context.Context, s TagSource, on bool) error
}

// sourceTag reads a source that is a hashtag.
func sourceTag(source string) (tag string, ok bool) {
	written, ok := strings.CutPrefix(strings.TrimSpace(source), "#")
	if !ok {
		return "", false
	}
	if clean := cleanTags([]string{written}, ""); len(clean) == 1 {
		return clean[0], true
	}
	return "", true
}

// followTagAs lets a forum follow a hashtag, or no longer.
func (s *Service) followTagAs(ctx context.Context, by *Account, name, tag string, on bool) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	if tag == "" {
		return invalid("source", "TagUnknown", map[string]any{"Tag": ""})
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		f, err := s.forumToManage(ctx, tx, by, name)
		if err != nil {
			return err
		}
		switch {
		case f.Private:
			return &Error{Code: Forbidden, Key: "SourcePrivate", Field: "source"}
		case f.LocalOnly:
			return &Error{Code: Forbidden, Key: "SourceElsewhere", Field: "source"}
		}
		known, err := tx.TagSources(ctx, f.ID)
		if err != nil {
			return err
		}
		if on && len(known) >= MaxTagSources {
			return invalid("source", "TooManyTagSources", map[string]any{"Max": MaxTagSources})
		}
		return tx.SetTagSource(ctx, TagSource{ForumID: f.ID, Label: tag, At: s.clock.Now()}, on)
	})
}

// tagged is a forum that follows a hashtag of a post.
type tagged struct {
	forum *Actor
	TagSource
}

// foundByTag lists the forums that a post from elsewhere comes to by its hashtags,
// where it was not written for a forum: without those that its author is banned from.
func (s *Service) foundByTag(ctx context.Context, tx Tx, in Inbound, r RemotePost) ([]tagged, error) {
	tags := cleanTags(r.Tags, "")
	if in.Via != nil || in.Asked || len(tags) == 0 || r.Action != nil || r.Author.IsForum() || !r.Author.Findable {
		return nil, nil
	}
	sources, err := tx.ForumsByTags(ctx, tags)
	if err != nil || len(sources) == 0 {
		return nil, err
	}
	if rule, err := s.ruleOf(ctx, tx, in); err != nil || rule.Severity != SeverityNone {
		return nil, err
	}
	var list []tagged
	for _, source := range sources {
		f, err := tx.Actor(ctx, source.ForumID)
		if err != nil {
			return nil, err
		}
		if f.Active() != nil || f.MovedTo != "" || f.LocalOnly || f.Private {
			continue
		}
		switch err := s.notBanned(ctx, tx, r.Author.ID, f.ID); CodeOf(err) {
		case "":
			list = append(list, tagged{f, source})
		case Forbidden:
		default:
			return nil, err
		}
	}
	return list, nil
}

// showFound passes a thread that came by its hashtags on, as what comes from sources
// is: once by each forum, however many ways it comes, and not what is older than
// their interest. It stands in the first forum; the others show it.
func (s *Service) showFound(ctx context.Context, tx Tx, p Publication, found []tagged) error {
	if !p.Post.PublishedAt.Before(found[0].At) {
		o := s.outbox()
		o.announceOther(p.Thread.AnnounceID, p.Forum, p, s.clock.Now())
		if err := o.post(ctx, tx); err != nil {
			return err
		}
	}
	for _, other := range found[1:] {
		if err := s.passOnBy(ctx, tx, p, p.Forum, Follow{Follower: *other.forum, At: other.At}, ""); err != nil {
			return err
		}
	}
	return nil
}
