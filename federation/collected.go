package federation

import (
	"context"
	"errors"
	"strings"

	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

// collected is what was read of a collection.
type collected struct {
	uri, etag string
	members   []string // ids of posts, each once
	total     int
	whole     bool // to its end
	unchanged bool // since all of it was read before; members are not given
}

// collection reads the posts that a collection names, page by page. It is the
// value of a post's property, where it may be embedded, or an address of its own.
// Pages must be on its server; loops end, and so does what has no end.
func (w *walk) collection(ctx context.Context, uri string, owner vocabulary.Document) (collected, error) {
	c := collected{uri: uri}
	var d vocabulary.Document
	if owner != nil {
		d = owner.Object("replies")
		if d != nil && uri == "" {
			uri = owner.ID()
		}
		if !forum.SameHost(uri, owner.ID()) {
			return c, nil
		}
	}
	if d == nil || d["first"] == nil && len(d.Members()) == 0 {
		var err error
		if d, err = w.page(ctx, &c, uri, true); err != nil || d == nil {
			return c, err
		}
	}
	c.total = d.Total()
	members := map[string]bool{}
	for d != nil {
		for _, member := range d.Members() {
			if post := postNamed(member); post != "" && !members[post] && len(c.members) < walkFetches {
				members[post] = true
				c.members = append(c.members, post)
			}
		}
		next := d["next"]
		if d["first"] != nil && !strings.HasSuffix(d.Type(), "Page") {
			next = d["first"]
		}
		if next == nil {
			c.whole = len(c.members) < walkFetches
			return c, nil
		}
		if embedded, ok := next.(map[string]any); ok && vocabulary.Document(embedded).Type() != "Link" {
			if d = embedded; d["next"] == nil && len(d.Members()) == 0 && d.ID() != "" {
				next = d.ID()
			} else {
				continue
			}
		}
		address := vocabulary.MemberURI(next)
		if !forum.SameHost(address, uri) {
			return c, nil
		}
		var err error
		if d, err = w.page(ctx, &c, address, false); err != nil {
			return c, err
		}
	}
	return c, nil
}

// page fetches a collection, or one page of it, nil where that cannot be had or
// has not changed. Of a collection the ETag is given back and remembered.
func (w *walk) page(ctx context.Context, c *collected, uri string, first bool) (vocabulary.Document, error) {
	s := w.m.s
	if uri == "" || w.seen[uri] || w.pages >= walkPages || s.o.Addresses.IsLocal(uri) {
		return nil, nil
	}
	w.seen[uri] = true
	w.pages++
	host := forum.HostOf(uri)
	if w.failing[host] >= walkFailures {
		return nil, nil
	}
	if err := w.m.spend(uri); err != nil {
		return nil, w.lacks(ctx, uri, 0, err)
	}
	etag := ""
	if first {
		var err error
		if etag, err = s.store.CollectionTag(ctx, uri); err != nil {
			return nil, err
		}
	}
	d, etag, err := s.fetchOnce(ctx, uri, etag)
	switch {
	case errors.Is(err, errNotModified):
		c.unchanged, c.whole = true, true
		return nil, nil
	case forum.CodeOf(err) == forum.Unavailable:
		w.failing[host]++
	case forum.CodeOf(err) == forum.Invalid: // Pleroma's context, for example, is no collection
		return nil, nil
	}
	if err != nil || !vocabulary.IsCollection(d.Type()) {
		return nil, w.lacks(ctx, uri, 0, err)
	}
	// A collection that names no member itself, nor how many there are, may stay
	// as it is while its pages change.
	if first && (len(d.Members()) > 0 || d["totalItems"] != nil) {
		c.uri, c.etag = uri, etag
	}
	return d, nil
}

// remember keeps the ETag of a collection of which everything is known.
func (w *walk) remember(ctx context.Context, c collected) error {
	if c.etag == "" || len(c.etag) > maxTag {
		return nil
	}
	return w.m.s.service.CollectionRead(ctx, c.uri, c.etag)
}

const maxTag = 500 // bytes of an ETag that is kept

// postNamed is the id of the post that a member of a collection is about: itself,
// or what an activity in an outbox made or announced.
func postNamed(member any) string {
	d := vocabulary.Member(member)
	for depth := 0; d != nil && vocabulary.IsActivity(d.Type()); depth++ {
		if t := d.Type(); t != "Announce" && t != "Create" || depth == 2 {
			return ""
		}
		if inner := d.Object("object"); inner != nil && vocabulary.IsActivity(inner.Type()) {
			d = inner
			continue
		}
		return d.IRI("object")
	}
	return vocabulary.MemberURI(member)
}
