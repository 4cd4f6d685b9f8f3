package forum

import (
	"context"
	"strings"
	"unicode/utf8"
)

// Bounds of hashtags.
const (
	maxTags         = 20  // of one post; others stay words
	maxTagLength    = 60  // characters
	maxTagsFollowed = 200 // by one account: each costs its home feed a little
)

// Tag is a hashtag. It is the same one with other accents and capitals.
type Tag struct {
	Name     string // what makes it the same: letters and digits, without accents and capitals
	Label    string // as it was written last, without its sign
	Followed bool   // by the reader
}

// cleanTags takes what a post's hashtags are said to be, without what cannot be
// one. Except is left out: some servers tag each post with the name of its forum.
func cleanTags(tags []string, except string) []string {
	var list []string
	for _, tag := range tags {
		tag = strings.TrimLeft(oneLine(tag), "#")
		if tag == "" || strings.ContainsAny(tag, " /") || utf8.RuneCountInString(tag) > maxTagLength || strings.EqualFold(tag, except) {
			continue
		}
		if list = append(list, tag); len(list) == maxTags {
			break
		}
	}
	return list
}

// tagsOf lists the hashtags of a text written here.
func (s *Service) tagsOf(body string) []string { return cleanTags(s.renderer.Tags(body), "") }

// FollowTag lets the threads with a hashtag appear in an account's home feed, or no
// longer. It returns Invalid for what is no hashtag. Nobody is told.
func (s *Service) FollowTag(ctx context.Context, by *Account, tag string, on bool) error {
	if by == nil {
		return &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	if err := by.Active(); err != nil {
		return err
	}
	clean := cleanTags([]string{tag}, "")
	if len(clean) == 0 {
		return invalid("tag", "TagUnknown", map[string]any{"Tag": clipRunes(oneLine(tag), maxTagLength)})
	}
	return s.write(ctx, func(ctx context.Context, tx Tx) error {
		if on {
			followed, err := tx.TagsFollowed(ctx, by.ID)
			if err != nil {
				return err
			}
			if len(followed) >= maxTagsFollowed {
				return invalid("tag", "TooManyTags", map[string]any{"Max": maxTagsFollowed})
			}
		}
		return tx.FollowTag(ctx, by.ID, clean[0], on, s.clock.Now())
	})
}
