// Package importing reads what other forum software exports: API answers of Lemmy
// and PieFed, dumps of phpBB and Discourse.
//
// Here is one reader per format, the turning of their markup into Markdown, and the
// list of what cannot be brought along. It writes nothing into the forum: the
// command does, through the service. What a reader finds is spooled into a file, so
// that memory stays small and threads come whole and in order, however the export
// is ordered. Addresses of mail and networks, and passwords, are not even spooled.
package importing

import (
	"context"
	"fmt"
	"io"
	"strings"

	"portevoix/forum"
)

// Format names the software that made an export.
type Format string

// The formats.
const (
	Lemmy     Format = "lemmy" // and PieFed
	PHPBB     Format = "phpbb"
	Discourse Format = "discourse"
)

// Archive is an export that was read.
type Archive struct {
	// Source is where it was written, as far as the export tells; "" else.
	Source string
	// Lost is what cannot be brought.
	Lost *Losses

	format Format
	spool  *spool
}

// reading is an export while it is read.
type reading struct {
	*Archive
	ctx context.Context
}

// Read reads an export: a file, or for Lemmy also a directory of files. progress
// is told how many bytes of how many are read.
func Read(ctx context.Context, format Format, path string, progress func(done, all int64)) (*Archive, error) {
	spool, err := newSpool(ctx)
	if err != nil {
		return nil, err
	}
	a := &Archive{format: format, spool: spool, Lost: &Losses{}}
	r := &reading{a, ctx}
	err = eachFile(path, format == Lemmy, progress, func(name string, in io.Reader) error {
		var err error
		switch format {
		case Lemmy:
			err = r.readLemmy(in)
		case PHPBB:
			err = r.readPHPBB(in)
		case Discourse:
			err = r.readDiscourse(in)
		default:
			err = fmt.Errorf("no reader for %q", format)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return ctx.Err()
	})
	if err == nil {
		err = spool.finish()
	}
	if err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

// Close forgets what was read.
func (a *Archive) Close() { a.spool.close() }

// maxBody bounds a text, in bytes, as the forum does for posts from elsewhere.
const maxBody = 200_000

// Category is a part of an export that can be brought by itself: a community, a
// phpBB forum, a category of Discourse.
type Category struct {
	ID, Name string
	Threads  int
	Closed   string // why it cannot be brought; "" where it can
}

// Categories lists the parts of an export.
func (a *Archive) Categories() ([]Category, error) { return a.spool.categories() }

// Size is how many threads and posts the chosen categories (none: all) hold.
func (a *Archive) Size(categories []string) (threads, posts int, err error) {
	return a.spool.size(categories)
}

// Posts gives the posts of categories (none: all) that can be brought to a
// function, in an order in which they can be stored: each thread whole, what is
// answered before the answer. Others are counted as lost.
func (a *Archive) Posts(categories []string, each func(forum.BroughtPost) error) error {
	return a.spool.each(categories, func(row *spooled) error {
		if reason := row.whyNot(); reason != "" {
			a.Lost.add(reason, row.name())
			return nil
		}
		post := row.post()
		var lost []Reason
		switch a.format {
		case Lemmy:
			post.Body, lost = lemmyMarkdown(row.Body)
		case PHPBB:
			post.Body, lost = phpbbMarkdown(row.Body, row.Extra)
			post.Title = unescapeHTML(post.Title)
		case Discourse:
			post.Body, lost = discourseMarkdown(row.Body)
		}
		for _, reason := range lost {
			a.Lost.add(reason, row.name())
		}
		if strings.TrimSpace(post.Body) == "" && post.Thread != post.ForeignID {
			a.Lost.add(LostEmpty, row.name())
			return nil
		}
		if len(post.Body) > maxBody {
			a.Lost.add(LostEnd, row.name())
			post.Body = strings.ToValidUTF8(post.Body[:maxBody], "")
		}
		if strings.TrimSpace(post.Title) == "" && post.Thread == post.ForeignID {
			post.Title = "…"
		}
		return each(post)
	})
}
