package web

import (
	"net/http"
	"net/url"

	"portevoix/forum"
)

func tagPath(tag string) string { return "/tags/" + url.PathEscape(tag) }

type tagPage struct {
	Tag     *forum.Tag
	Threads threadListing
}

// tag lists the threads with a hashtag.
func (s *Site) tag(v *visit) error {
	tag, err := s.store.Tag(v.ctx(), v.variable("tag"), v.viewerID())
	if err != nil {
		return err
	}
	page := tagPage{Tag: tag}
	if page.Threads, err = v.listThreads(tagPath(tag.Name), forum.ThreadQuery{Tag: tag.Name}); err != nil {
		return err
	}
	page.Threads.Compose, page.Threads.Tag = "/new?body="+queryEscape("\n\n#"+tag.Label), ""
	p := v.newPage("#" + tag.Label)
	p.Section, p.Canonical, p.Head.Feed = "forums", s.base()+tagPath(tag.Name), tagPath(tag.Name)
	p.Description = v.print.T("Tag.Description", "Tag", tag.Label)
	p.NoIndex = len(page.Threads.Threads) == 0
	return v.show(http.StatusOK, p, tagView(p, page))
}

// followTag follows a hashtag or no longer does, as the button says.
func (s *Site) followTag(v *visit) error {
	tag := v.variable("tag")
	on, done := v.r.PostFormValue("on") == "true", "TagUnfollowed"
	if on {
		done = "TagFollowed"
	}
	if err := s.service.FollowTag(v.ctx(), v.viewer, tag, on); err != nil {
		return err
	}
	return v.finish(v.back(tagPath(tag)), done)
}

// tagFeed is the newest threads with a hashtag.
func (s *Site) tagFeed(v *visit) error {
	tag, err := s.store.Tag(v.ctx(), v.variable("tag"), 0)
	if err != nil {
		return err
	}
	page, err := s.store.Threads(v.ctx(), forum.ThreadQuery{Tag: tag.Name, Whole: true, Sort: forum.SortNew, Limit: entriesPerFeed})
	if err != nil {
		return err
	}
	server, err := s.store.InstanceActor(v.ctx())
	if err != nil {
		return err
	}
	f := s.newFeed(v, tagPath(tag.Name), "#"+tag.Label+" · "+s.o.Instance.Name, v.print.T("Tag.Description", "Tag", tag.Label), v.print.Tag)
	s.addThreads(f, page.Threads)
	return v.serveFeed(f, server.CreatedAt)
}

// tagsShown is how many of a thread's hashtags lists show.
const tagsShown = 3
