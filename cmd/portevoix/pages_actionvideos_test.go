package main

import (
	"bytes"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
)

// TestActionVideo uploads a film to the draft of an action on its desk, publishes it,
// and looks at the page and at what other servers are told; and does it by the API.
func TestActionVideo(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, func(c *config.Config) { c.Actions.Sponsors = 0 })
	lea := s.account("lea")
	for _, name := range []string{"max", "eve"} {
		s.account(name)
	}
	s.forum("banks", "max")
	b := s.textBrowser("lea")
	form := url.Values{"kind": {"video"}, "title": {"Watch the meter"}, "text": {"Share it."}, "language": {"en"}, "goal": {"50"}, "forum": {"banks"}, "closes_on": {string(forum.DateOf(s.clock.Now().AddDate(0, 1, 0)))}, "draft": {"true"}}
	b.post("/actions/new", form).leadsTo("/a/watch_the_meter")
	desk, path := "/a/watch_the_meter/desk", "/a/watch_the_meter/video"
	b.get(desk).shows("The video, kept here", `enctype="multipart/form-data"`, "64 MB and 10 minutes").lacks("<video")
	b.post("/a/watch_the_meter/publish", nil).is(http.StatusUnprocessableEntity).shows("The video is missing")
	b.post(path, url.Values{"note": {"A film"}}).is(http.StatusUnprocessableEntity).shows("The video is missing")
	b.sendFiles(path, url.Values{"note": {""}}, map[string][]byte{"file": recorded(t, "film.mp4")}).is(http.StatusUnprocessableEntity).shows("describe")
	b.sendFiles(path, url.Values{"note": {"Music"}}, map[string][]byte{"file": recorded(t, "sound.mp3")}).is(http.StatusUnprocessableEntity).shows("That is no video.")
	s.textBrowser("eve").sendFiles(path, url.Values{"note": {"A film"}}, map[string][]byte{"file": recorded(t, "film.mp4")}).is(http.StatusNotFound)
	send := func() {
		t.Helper()
		b.sendFiles(path, url.Values{"note": {"The meter <runs> backwards."}, "back": {desk + "#video"}}, map[string][]byte{"file": recorded(t, "film.mp4")}).leadsTo(desk + "#video")
	}
	send()
	b.get(desk).shows("<video", "The meter &lt;runs&gt; backwards.", "Take the video away")
	b.post(path, url.Values{"remove": {"true"}, "back": {desk}}).leadsTo(desk)
	b.get(desk).lacks("<video")
	send()
	s.textBrowser("max").post("/a/watch_the_meter/publish", nil).leadsTo("/a/watch_the_meter")
	shown := s.textBrowser("").get("/a/watch_the_meter").is(http.StatusOK).shows("<video", "The meter &lt;runs&gt; backwards.", "Shared 0 times.")
	film := regexp.MustCompile(`/media/[0-9a-f]{64}\.mp4`).FindString(shown.body)
	s.textBrowser("").get(film).is(http.StatusOK)

	program := s.program("lea", forum.ScopeRead, forum.ScopeWrite)
	entity := program.do("GET", "/actions/watch_the_meter", nil).is(200).object
	details, _ := entity["details"].(map[string]any)
	video, _ := details["video"].(map[string]any)
	if entity["shares"] != 0.0 || !strings.HasSuffix(text(video, "url"), film) || text(video, "alt") != "The meter <runs> backwards." {
		t.Errorf("the API tells of %v", entity)
	}
	server := s.textBrowser("")
	server.header = http.Header{"Accept": {"application/activity+json"}}
	server.get("/a/watch_the_meter/v1").is(http.StatusOK).shows(film, `"mediaType":"video/mp4"`)
	program.do("DELETE", "/actions/watch_the_meter/video", nil).is(409)
	if _, err := s.service.StartAction(t.Context(), lea, forum.NewAction{Kind: forum.VideoAction, Title: "Another film", Text: "b", ClosesOn: form.Get("closes_on"), Goal: 5}, true); err != nil {
		t.Fatal(err)
	}
	whole := recorded(t, "film.mp4")
	media, err := s.service.UploadPicture(t.Context(), lea, forum.PictureUpload{File: bytes.NewReader(whole), Size: int64(len(whole)), Alt: "A film"})
	if err != nil {
		t.Fatal(err)
	}
	program.do("PUT", "/actions/another_film/video", map[string]any{"media_id": media.ID.String()}).is(200)
	program.do("PUT", "/actions/another_film/video", map[string]any{"media_id": "x"}).is(404)
	program.do("DELETE", "/actions/another_film/video", nil).is(200)
}
