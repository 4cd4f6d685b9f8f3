package web

import (
	"strconv"
	"time"

	"portevoix/forum"
)

// pollLasts are the times that a poll can be open, as the form offers them.
var pollLasts = []int{1, 3, 7, 14, 30, 90} // days

// readPoll reads the fields for a poll in a new thread; nil where none is filled.
func (v *visit) readPoll() *forum.NewPoll {
	field := v.r.PostFormValue
	days, err := strconv.Atoi(field("poll_days"))
	if err != nil {
		days = 0 // refused, if there is a poll
	}
	n := &forum.NewPoll{Choices: v.r.PostForm["choice"], Multiple: field("poll_multiple") != "", Claims: field("poll_claims") != "", Lasts: time.Duration(days) * 24 * time.Hour}
	if n.Empty() {
		return nil
	}
	n.Choices = n.Choices[:min(len(n.Choices), forum.MaxPollChoices)]
	return n
}

// vote votes in a poll.
func (s *Site) votePoll(v *visit) error {
	id, err := v.postID()
	if err != nil {
		return err
	}
	var choices []int
	for _, text := range v.r.PostForm["choice"] {
		if n, err := strconv.Atoi(text); err == nil && len(choices) < maxPollFields {
			choices = append(choices, n)
		}
	}
	if err := s.service.Vote(v.ctx(), v.viewer, id, choices); err != nil {
		return err
	}
	post, err := s.store.Post(v.ctx(), id)
	if err != nil {
		return err
	}
	return v.finish(v.back(postPath(post)), "Voted")
}

// maxPollFields bounds the choices that a form names.
const maxPollFields = 100

// readAttached reads what the posts of a thread's page quote, and marks what the
// viewer chose in their polls.
func (s *Site) readAttached(v *visit, t *threadPage) error {
	posts := []*forum.Post{&t.Thread.Post, &t.Root.Post}
	var gather func(list []*forum.Branch)
	gather = func(list []*forum.Branch) {
		for _, b := range list {
			posts = append(posts, &b.Post)
			gather(b.Replies)
		}
	}
	gather(t.Replies.Branches)
	if err := forum.ReadQuotes(v.ctx(), s.store, v.viewerID(), s.o.Renderer.Text, posts...); err != nil {
		return err
	}
	return forum.ReadPolls(v.ctx(), s.store, v.viewerID(), posts...)
}

// mayVote says whether the viewer is offered the form.
func mayVote(p *Page, post *forum.Post) bool {
	return p.Viewer != nil && p.Viewer.MayWrite() == nil && !post.Poll.Closed(p.Now) && len(post.Poll.Chosen) == 0
}

// choiceAt is a choice that was written into the form, "" for none.
func choiceAt(n *forum.NewPoll, i int) string {
	if n == nil || i >= len(n.Choices) {
		return ""
	}
	return n.Choices[i]
}

// days is how long a poll is open.
func pollDays(n *forum.NewPoll) int {
	if n == nil || n.Lasts == 0 {
		return int(forum.DefaultPollLasts / (24 * time.Hour))
	}
	return int(n.Lasts / (24 * time.Hour))
}
