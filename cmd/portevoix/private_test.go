package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
)

// What stands in the forum for members of these tests has one of these words; its
// name and its hashtag are looked for where nobody asked by them.
const (
	secretWord = "zzmarker"
	secretName = "quiethouse"
	secretTag  = "quiettag"
)

// house is a server with a forum for members, where something of every kind stands:
// lea and mia read it, max did, noor never.
type house struct {
	*inProcess
	mia, lea, max, noor *forum.Account
	forum               *forum.Forum
	thread              *forum.Thread
	reply               *forum.Post
	numbers             map[string]string // of what stands in it
	names               map[string]string
}

// known are names and numbers in addresses, each with one that does not exist.
type known struct{ real, none string }

func newHouse(t *testing.T, change func(*config.Config)) *house {
	t.Helper()
	h := &house{inProcess: startInProcess(t, func(c *config.Config) {
		c.Limits.WritesPerMinute, c.Limits.SignInsPerHour, c.Limits.RegistrationsPerHour, c.Limits.APIPerMinute, c.Limits.LookupsPerHour = 0, 0, 0, 0, 0
		if change != nil {
			change(c)
		}
	}), numbers: map[string]string{}, names: map[string]string{}}
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	h.mia, h.lea, h.max, h.noor = h.account("mia"), h.account("lea"), h.account("max"), h.account("noor")
	h.forum0("telecoms")
	h.inProcess.thread(h.noor, "telecoms", "A public plan")
	var err error
	h.forum, err = h.service.CreateForum(ctx, forum.Operator(), secretName, forum.ForumDetails{Title: secretWord + " title", Summary: secretWord + " summary", Rules: secretWord + " rules", Private: true}, []string{"mia"})
	must(err)
	for _, who := range []*forum.Account{h.lea, h.max} {
		must(h.service.InviteMember(ctx, h.mia, secretName, who.Name))
		_, err := h.service.JoinForum(ctx, who, secretName, "")
		must(err)
	}
	must(h.service.SetPortrait(ctx, h.mia, secretName, forum.Icon, dots(t, 5)))
	whole := dots(t, 3)
	picture, err := h.service.UploadPicture(ctx, h.lea, forum.PictureUpload{File: bytes.NewReader(whole), Size: int64(len(whole)), Alt: secretWord + " alt"})
	must(err)
	h.thread, err = h.service.StartThread(ctx, h.lea, forum.NewThread{
		Forum: secretName, Kind: forum.Question, Title: "quietword plan " + secretWord, Body: secretWord + " first text, quietword, #" + secretTag + " @noor", Language: "oc", Note: secretWord + " note",
		Pictures: []forum.PictureChoice{{ID: picture.ID}}, Poll: &forum.NewPoll{Choices: []string{secretWord + " yes", secretWord + " no"}, Lasts: time.Hour},
	})
	must(err)
	h.reply, err = h.service.Reply(ctx, h.max, forum.NewReply{ThreadID: h.thread.ID, Body: secretWord + " answer, quietword @noor @lea", Language: "oc"})
	must(err)
	_, err = h.service.Edit(ctx, h.lea, h.thread.ID, forum.Edit{Title: "quietword plan " + secretWord, Body: secretWord + " second text, quietword, #" + secretTag + " @noor", Language: "oc", Pictures: []forum.PictureChoice{{ID: picture.ID}}})
	must(err)
	_, err = h.service.Edit(ctx, h.max, h.reply.ID, forum.Edit{Body: secretWord + " better answer, quietword @noor @lea", Language: "oc"})
	must(err)
	draft, err := h.service.SaveDraft(ctx, h.lea, forum.Draft{Forum: secretName, Title: secretWord + " draft", Body: secretWord}, nil)
	must(err)
	held, err := h.service.HoldReply(ctx, h.lea, forum.NewReply{ThreadID: h.thread.ID, Body: secretWord + " held"}, h.clock.Now().Add(time.Hour))
	must(err)
	_, err = h.service.SaveDraft(ctx, h.max, forum.Draft{ThreadID: h.thread.ID, ParentID: h.thread.ID, Body: "mine"}, nil)
	must(err)
	must(h.service.Report(ctx, h.lea, forum.NewReport{PostID: h.reply.ID, Words: secretWord + " report"}))
	must(h.service.Bookmark(ctx, h.max, h.thread.ID, true))
	must(h.service.Support(ctx, h.max, h.thread.ID, true))
	must(h.service.Boost(ctx, h.max, h.thread.ID, true))
	must(h.service.FollowThread(ctx, h.max, h.thread.ID, true))
	must(h.service.Vote(ctx, h.max, h.thread.ID, []int{0}))
	must(h.service.Feature(ctx, h.mia, h.thread.ID, true))
	must(h.service.Delete(ctx, h.mia, h.reply.ID, secretWord+" reason"))
	must(h.service.Restore(ctx, h.mia, h.reply.ID))
	log, err := h.store.Decisions(ctx, forum.DecisionQuery{ForumID: h.forum.ID, Limit: 9})
	must(err)
	reports, err := h.store.Reports(ctx, nil, true)
	must(err)
	shown, err := h.store.Post(ctx, h.thread.ID)
	must(err)
	icon, err := h.store.Actor(ctx, h.forum.ID)
	must(err)
	must(h.service.RemoveMember(ctx, h.mia, secretName, "max"))

	h.numbers["thread"], h.numbers["reply"], h.numbers["forum"] = h.thread.ID.String(), h.reply.ID.String(), h.forum.ID.String()
	h.numbers["draft"], h.numbers["held"], h.numbers["report"], h.numbers["picture"] = draft.ID.String(), held.ID.String(), reports[0].ID.String(), picture.ID.String()
	h.numbers["create"], h.numbers["announce"] = h.thread.CreateID.String(), h.thread.AnnounceID.String()
	h.numbers["removal"] = log.Decisions[1].ID.String()
	h.names["forum"] = secretName
	h.names["handle"] = secretName + "@" + h.host()
	h.names["tag"] = secretTag
	for i, f := range shown.Attachments[0].Files {
		h.names[fmt.Sprintf("file%d", i)] = f.Name
	}
	h.names["icon"] = icon.IconSmall
	return h
}

func (h *house) forum0(name string) { h.inProcess.forum(name) }

// dots is a small picture like no other.
func dots(t *testing.T, n int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, 40+n, 30+n))); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// pairs are the numbers or names of what stands in the house, each with one of
// nothing that looks the same.
func (h *house) pairs(of map[string]string) []known {
	var list []known
	for _, kind := range slices.Sorted(maps.Keys(of)) {
		real := of[kind]
		list = append(list, known{real, h.none(real)})
	}
	return list
}

// none is the text with everything of the house in it replaced by what looks the
// same, and is of nothing.
func (h *house) none(s string) string {
	for _, real := range h.numbers {
		s = strings.ReplaceAll(s, real, real[:len(real)-6]+"000042")
	}
	s = strings.NewReplacer(secretName, "nothinghaus", secretTag, "nothtag0", "quietword", "notaword9").Replace(s)
	for _, real := range h.names {
		if i := strings.IndexByte(real, '.'); i == 64 {
			s = strings.ReplaceAll(s, real, strings.Repeat("0", 64)+real[i:])
			s = strings.ReplaceAll(s, real[:59], strings.Repeat("0", 59)) // where it is cut
		}
	}
	return s
}

// TestPrivateForumLeaks walks every address of the server as somebody who does not
// read a forum for members, with everything that stands in it: nothing of it is in
// any answer, and each answer is that for what does not exist.
func TestPrivateForumLeaks(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	if a := h.textBrowser("lea").get("/t/" + h.numbers["thread"]); !strings.Contains(a.body, secretWord) { // the words are there
		t.Fatalf("lea does not read it: %d", a.status)
	}
	if a := h.textBrowser("lea").get("/modlog/" + h.numbers["removal"]); !strings.Contains(a.body, secretWord+" reason") {
		t.Fatalf("lea does not read why: %d", a.status)
	}
	w := &walk{house: h, t: t, told: map[string]bool{}, door: func(onlooker, string) bool { return false }}
	routes, onlookers := h.routes(t), h.onlookers(t)
	if raceDetector { // which takes many times as long, and looks for something else
		onlookers = slices.DeleteFunc(onlookers, func(o onlooker) bool { return o.name != "a visitor" && o.name != "max" && o.name != "max’s app" })
	}
	w.read(routes, onlookers)
	w.write(routes, onlookers)
	t.Logf("%d questions about %d addresses", w.asked, len(routes))
	if w.asked < 10_000 {
		t.Errorf("only %d questions were asked", w.asked)
	}
}

// TestPrivateForumDoor walks as well where who knows the forum's address may ask to join:
// that shows what it says of itself to those who have an account, and nothing else does.
func TestPrivateForumDoor(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	details := forum.ForumDetails{Title: secretWord + " title", Summary: secretWord + " summary", Rules: secretWord + " rules", Joinable: true}
	if err := h.service.UpdateForum(t.Context(), h.mia, secretName, details); err != nil {
		t.Fatal(err)
	}
	w := &walk{house: h, t: t, told: map[string]bool{}, door: func(by onlooker, path string) bool {
		path, _, _ = strings.Cut(path, "?")
		known := by.header.Get("Cookie") != "" || by.header.Get("Authorization") != "" && by.name != "a narrow app of lea"
		return known && slices.Contains([]string{"/f/" + secretName, "/f/" + secretName + "@" + h.host(), "/api/portevoix/v1/forums/" + secretName, "/api/portevoix/v1/forums/" + secretName + "@" + h.host()}, path)
	}}
	w.read(h.routes(t), h.onlookers(t)[:3])
	for _, c := range []struct{ path, accept string }{{"/f/" + secretName, "text/html"}, {"/api/portevoix/v1/forums/" + secretName, "application/json"}} {
		for _, by := range h.onlookers(t)[1:3] {
			if strings.HasPrefix(c.path, "/api/") != by.api {
				continue
			}
			got := h.ask(t, by, http.MethodGet, c.path, c.accept, "", "")
			if got.status != http.StatusOK || !strings.Contains(got.body, secretWord+" rules") {
				t.Errorf("%s: %s: %d %.300s", by.name, c.path, got.status, got.body)
			}
			for _, word := range []string{"quietword", h.lea.URI, h.max.URI, h.numbers["thread"], secretTag} {
				if strings.Contains(got.body, word) {
					t.Errorf("%s: %s tells %q", by.name, c.path, word)
				}
			}
		}
	}
}

// TestPrivateForumForms names what stands in a forum for members in forms and calls,
// as somebody who does not read it: the answer is that for what does not exist.
func TestPrivateForumForms(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	thread, reply, of := h.numbers["thread"], h.numbers["reply"], h.numbers["forum"]
	const form, program = "application/x-www-form-urlencoded", "application/json"
	write := func(of ...string) string {
		v := url.Values{}
		for i := 0; i < len(of); i += 2 {
			v.Add(of[i], of[i+1])
		}
		return v.Encode()
	}
	for _, c := range []struct{ method, path, kind, body string }{
		{"POST", "/new", form, write("forum", secretName, "title", "x", "body", "y", "kind", "question")},
		{"POST", "/new/preview", form, write("forum", secretName, "body", "#"+secretTag+" @"+secretName+" !"+secretName+" "+h.thread.URI)},
		{"POST", "/new/similar", form, write("forum", secretName, "title", "quietword plan")},
		{"POST", "/authorize_interaction", form, write("uri", h.thread.URI, "do", "reply")},
		{"POST", "/interact", form, write("uri", h.thread.URI, "do", "reply", "server", "there.example")},
		{"POST", "/lists", form, write("title", "x", "account_ids", of)},
		{"POST", "/api/portevoix/v1/threads", program, `{"forum":"` + secretName + `","title":"x","body":"y","kind":"question"}`},
		{"POST", "/api/portevoix/v1/drafts", program, `{"forum":"` + secretName + `","title":"x","body":"y"}`},
		{"POST", "/api/portevoix/v1/drafts", program, `{"parent_id":"` + reply + `","thread_id":"` + thread + `","body":"y"}`},
		{"POST", "/api/portevoix/v1/reports", program, `{"account":"` + secretName + `","words":"x"}`},
		{"POST", "/api/v1/statuses", program, `{"status":"x","in_reply_to_id":"` + reply + `"}`},
		{"POST", "/api/v1/statuses", program, `{"status":"@` + secretName + ` x\n\ny"}`},
		{"POST", "/api/v1/statuses", program, `{"status":"x","quoted_status_id":"` + reply + `","quote_id":"` + reply + `"}`},
		{"POST", "/api/v1/reports", program, `{"account_id":"` + h.max.ID.String() + `","status_ids":["` + reply + `"],"comment":"x"}`},
		{"POST", "/api/v1/reports", program, `{"account_id":"` + of + `","comment":"x"}`},
		{"POST", "/api/v1/mutes", program, `{"id":"` + of + `"}`},
		{"POST", "/api/v2/filters", program, `{"title":"x","context":["home"],"keywords_attributes":[{"keyword":"quietword"}]}`},
		{"GET", "/api/oembed?url=" + url.QueryEscape(h.thread.URI), program, ""},
		{"GET", "/api/oembed?url=" + url.QueryEscape(h.forum.URI), program, ""},
		{"GET", "/.well-known/webfinger?resource=" + url.QueryEscape("acct:"+secretName+"@"+h.host()), program, ""},
		{"GET", "/.well-known/webfinger?resource=" + url.QueryEscape(h.forum.URI), program, ""},
		{"GET", "/api/v1/accounts/lookup?acct=" + secretName, program, ""},
		{"GET", "/api/v2/search?resolve=true&q=" + url.QueryEscape(h.thread.URI), program, ""},
		{"GET", "/api/v1/accounts/relationships?id[]=" + of, program, ""},
		{"GET", "/api/v1/statuses?id[]=" + thread, program, ""},
		{"GET", "/api/v1/accounts?id[]=" + of, program, ""},
	} {
		for _, by := range h.onlookers(t) {
			api := strings.HasPrefix(c.path, "/api/")
			if api && !by.api || !api && !by.pages || by.sign != nil && c.method != "GET" {
				continue
			}
			real := h.ask(t, by, c.method, c.path, "application/json, text/html", c.kind, c.body)
			none := h.ask(t, by, c.method, h.none(c.path), "application/json, text/html", c.kind, h.none(c.body))
			if real.status != none.status || strings.Contains(real.body, secretWord) {
				t.Errorf("%s: %s %s %s: %d, but %d\n%.300s\n%.300s", by.name, c.method, c.path, c.body, real.status, none.status, real.body, none.body)
			}
			if a, b := h.none(real.body), h.none(none.body); real.status >= 400 && a != b {
				t.Errorf("%s: %s %s %s: another error:\n%.400s\n%.400s", by.name, c.method, c.path, c.body, a, b)
			}
		}
	}
}

// TestPrivateForumIsSilent writes in a forum for members while others listen: pages,
// apps, a server that follows the author, and devices hear nothing of it.
func TestPrivateForumIsSilent(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	ctx := t.Context()
	peer := newPeer(t, "mastodon")
	for _, target := range []string{h.lea.URI, h.base + "/f/telecoms"} {
		peer.accepted(target+"/inbox", peer.activity("Follow", target))
	}
	peer.await("Accept", 2)
	if status := peer.send(h.base+"/inbox", peer.activity("Follow", h.forum.URI)); status < 400 {
		t.Errorf("following the forum is answered %d", status)
	}
	noor := h.textBrowser("noor")
	pages := []*liveStream{noor.listen(t, "?feed=all"), noor.listen(t, "?forum="+h.numbers["forum"]), noor.listen(t, "?feed=home"), h.textBrowser("").listen(t, "?feed=all")}
	if l := noor.listen(t, "?thread="+h.numbers["thread"]); l.status != http.StatusNotFound {
		t.Errorf("listening to the thread is answered %d", l.status)
	}
	write := func(forumName, word string) {
		th, err := h.service.StartThread(ctx, h.lea, forum.NewThread{Forum: forumName, Title: word, Body: word + " @noor #" + word, Kind: forum.Discussion})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.service.Reply(ctx, h.lea, forum.NewReply{ThreadID: th.ID, Body: word}); err != nil {
			t.Fatal(err)
		}
		if _, err := h.service.Edit(ctx, h.lea, th.ID, forum.Edit{Title: word, Body: word + " edited"}); err != nil {
			t.Fatal(err)
		}
		if err := h.service.Support(ctx, h.mia, th.ID, true); err != nil {
			t.Fatal(err)
		}
	}
	type heard struct{ body string }
	apps := make(chan heard, 10)
	for _, address := range []string{"/api/v1/streaming/public", "/api/v1/streaming/user", "/api/v1/streaming/hashtag?tag=" + secretWord} {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.base+address, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+h.program("noor", forum.ScopeRead).token)
		response, err := http.DefaultClient.Do(r)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%s: %v, %v", address, response, err)
		}
		go func() {
			defer response.Body.Close()
			text, buffer := "", make([]byte, 4096)
			for !strings.Contains(text, "loudword") || strings.Contains(address, "hashtag") {
				n, err := response.Body.Read(buffer)
				if text += string(buffer[:n]); err != nil {
					break
				}
			}
			apps <- heard{text}
		}()
	}
	write(secretName, secretWord)
	write("telecoms", "loudword")
	for i, l := range pages[:1] {
		if got := l.next(); !strings.HasPrefix(got, "unread") && !strings.HasPrefix(got, "news 1") {
			t.Errorf("page %d heard %q", i, got)
		}
	}
	for range 2 { // the public one, and one's own; no hashtag is told of
		if got := <-apps; strings.Contains(got.body, secretWord) || strings.Contains(got.body, secretName) || !strings.Contains(got.body, "loudword") {
			t.Errorf("an app heard %s", got.body)
		}
	}
	creates := peer.await("Create", 2) // the public thread and its reply
	for _, activity := range peer.log() {
		if text := fmt.Sprint(activity); strings.Contains(text, secretWord) || strings.Contains(text, secretName) {
			t.Errorf("the server that follows lea got %s", text)
		}
	}
	if !strings.Contains(fmt.Sprint(creates), "loudword") {
		t.Errorf("it got %v", creates)
	}
	for _, host := range []string{peer.host()} {
		queued, err := h.store.Deliveries(ctx, host, forum.AllFamilies, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range queued {
			if strings.Contains(string(d.Body), secretWord) {
				t.Errorf("waiting for the server: %s", d.Body)
			}
		}
	}
	if mail := h.printed.String(); strings.Contains(mail, secretWord) && strings.Contains(mail, "noor@mail.example") {
		t.Errorf("mail: %s", mail)
	}
}

// TestPrivateForumInExports holds that whoever left a forum for members takes along
// what they wrote there, and nothing of others.
func TestPrivateForumInExports(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	for _, who := range []*forum.Account{h.max, h.noor} {
		var out bytes.Buffer
		if err := h.service.Export(forum.ReadAs(t.Context(), who.ID), who, &out); err != nil {
			t.Fatal(err)
		}
		archive, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.File {
			file, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(file)
			if err != nil {
				t.Fatal(err)
			}
			own := who == h.max && f.Name == "posts.json"
			if strings.Contains(string(text), secretWord) != own || own && strings.Contains(string(text), "plan") {
				t.Errorf("%s of %s: %s", f.Name, who.Name, text)
			}
		}
	}
}
