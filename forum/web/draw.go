package web

import (
	"net/http"
	"time"

	"portevoix/forum"
	"portevoix/forum/hints"
)

// previewsPerMinute bounds how often one account has drawn what it writes.
const previewsPerMinute = 120

// drawing is a text as it is going to be shown.
type drawing struct {
	Title string // of a thread
	Note  string
	HTML  string
	Poll  *forum.NewPoll // of a thread; nil: none
	Case  *forum.NewCase // of a thread; nil: none
	Hints []hints.Hint
	First bool // nothing by its author is published: shown as others see it, too
}

// livePreview answers the script of a form with the part of the page that shows
// what is being written. Nothing is stored, and no other server is asked.
func (s *Site) livePreview(v *visit) error {
	if err := v.viewer.MayWrite(); err != nil {
		return err
	}
	if !s.throttle.allow("preview "+v.viewer.ID.String(), previewsPerMinute, time.Minute) {
		return &forum.Error{Code: forum.TooMany, Key: "TooMany"}
	}
	field := v.r.PostFormValue
	d := drawing{Title: field("title"), Note: field("content_note"), Hints: hints.Check(field("title") + "\n\n" + field("body") + "\n\n" + field("feeling"))}
	var err error
	if d.HTML, err = s.service.PreviewKnown(v.ctx(), field("body")); err != nil {
		return err
	}
	d.First = v.viewer.WroteNothing()
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(http.StatusOK)
	p := v.newPage("")
	p.complete(v)
	return drawn(p, d).Render(v.ctx(), v.w)
}

// rulesPath is where the rules of a forum are read, or, before one is chosen, what
// this server is.
func rulesPath(handle string) string {
	if handle == "" {
		return "/about"
	}
	return forumPath(handle) + "#rules"
}
