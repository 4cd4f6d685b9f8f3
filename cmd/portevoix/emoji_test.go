package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// blob is the picture of an emoji, with a word in it that nobody should read.
func blob(t *testing.T) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 128, 64))
	for i := range 128 * 32 {
		m.SetNRGBA(i%128, i/128, color.NRGBA{R: 200, G: 30, A: 255})
	}
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return append(out.Bytes(), "hidden words"...)
}

// emojiTown is a server on which somebody elsewhere answered with custom emoji.
type emojiTown struct {
	*inProcess
	peer  *peer
	asked atomic.Int64
	files *httptest.Server
	post  *forum.Post
	path  string // of the thread
}

func newEmojiTown(t *testing.T, change func(*config.Config)) *emojiTown {
	t.Helper()
	e := &emojiTown{inProcess: startInProcess(t, change), peer: newPeer(t, "mastodon")}
	picture := blob(t)
	e.files = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.asked.Add(1)
		if r.Header.Get("Signature") != "" || r.Header.Get("Cookie") != "" || r.Header.Get("Referer") != "" {
			t.Error("the picture is asked for by name")
		}
		if r.URL.Path != "/blob.png" && r.URL.Path != "/face.png" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(picture)
	}))
	t.Cleanup(e.files.Close)
	lea := e.account("lea")
	e.forum("banks")
	th := e.thread(lea, "banks", "Fees")
	e.path = "/t/" + th.ID.String()
	emoji := func(name, url string) map[string]any {
		return map[string]any{"type": "Emoji", "name": ":" + name + ":", "icon": map[string]any{"type": "Image", "mediaType": "image/png", "url": url}}
	}
	known := []any{emoji("blob", e.files.URL+"/blob.png"), emoji("gone", e.files.URL+"/gone.png"), emoji("inside", "http://169.254.169.254/latest"), emoji("unused", e.files.URL+"/unused.png")}
	e.peer.profile = map[string]any{"name": "Inès :blob:", "summary": "<p>I :blob:</p>", "tag": known, "icon": map[string]any{"type": "Image", "url": e.files.URL + "/face.png"}}
	note := e.peer.note(`<p>Me too :blob: :gone: :inside: <code>:blob:</code></p>`, th.URI, th.URI)
	note["tag"] = append(known, note["tag"].([]any)...)
	e.peer.accepted(e.base+"/inbox", e.peer.activity("Create", note))
	forumtest.Eventually(t, patience, "the answer to arrive", func() bool {
		var err error
		e.post, err = e.store.PostByURI(t.Context(), note["id"].(string))
		return err == nil
	})
	return e
}

// TestEmojis holds that custom emoji of other servers are shown as copies, made once
// and without whatever else was in the file, where that is wanted.
func TestEmojis(t *testing.T) {
	t.Parallel()
	e := newEmojiTown(t, func(c *config.Config) { c.Media.RemoteCacheMegabytes = 1 })
	visitor := e.textBrowser("")
	page := visitor.get(e.path).is(http.StatusOK).shows(`alt=":blob:"`, `<code>:blob:</code>`).lacks(e.files.URL)
	pictures := regexp.MustCompile(`<img class="emoji" src="(/remote/[0-9a-f]{32})" alt=":(\w+):"`).FindAllStringSubmatch(page.body, -1)
	path := map[string]string{}
	for _, found := range pictures {
		path[found[2]] = found[1]
	}
	if len(pictures) != 4 || path["blob"] == "" || path["gone"] == "" || path["inside"] == "" { // in the name, and in the text
		t.Fatalf("the page shows %v\n%s", pictures, page.body)
	}
	visitor.get("/u/ines@"+e.peer.host()).is(http.StatusOK).shows(`<p>I <img class="emoji"`, `Inès <img class="emoji"`)
	got := e.get(path["blob"])
	if got.status != http.StatusOK || got.header.Get("Content-Type") != "image/png" || got.header.Get("Content-Security-Policy") != "default-src 'none'; sandbox" || got.header.Get("Cache-Control") != "public, max-age=86400" {
		t.Errorf("the picture: %d %v", got.status, got.header)
	}
	if m, err := png.Decode(bytes.NewReader([]byte(got.body))); err != nil || m.Bounds().Dx() != 96 || m.Bounds().Dy() != 48 || bytes.Contains([]byte(got.body), []byte("hidden")) {
		t.Errorf("the picture cannot be right: %v", err)
	}
	for range 2 {
		for _, what := range []string{"gone", "inside"} {
			if got := e.get(path[what]); got.status != http.StatusNotFound {
				t.Errorf("%s is answered %d", what, got.status)
			}
		}
		e.get(path["blob"])
	}
	if n := e.asked.Load(); n != 2 {
		t.Errorf("the other server was asked %d times", n)
	}
	if got := e.get("/remote/00000000000000000000000000000000"); got.status != http.StatusNotFound {
		t.Errorf("a picture that nothing shows is answered %d", got.status)
	}

	app := e.mastodon("")
	status := app.api(http.MethodGet, "/api/v1/statuses/"+e.post.ID.String(), nil).is(http.StatusOK)
	first := status.object["emojis"].([]any)[0].(map[string]any)
	hasFields(t, first, "shortcode url static_url visible_in_picker")
	sameJSON(t, first, "shortcode", `"blob"`)
	sameJSON(t, first, "url", `"`+e.base+path["blob"]+`"`)
	if list := status.object["account"].(map[string]any)["emojis"].([]any); len(list) != 1 {
		t.Errorf("the account has %v", list)
	}

	// A poll with a content note has them in both.
	poll := e.peer.note("<p>Which?</p>", e.post.URI)
	poll["type"], poll["summary"], poll["tag"] = "Question", "Careful :blob:", []any{map[string]any{"type": "Emoji", "name": ":blob:", "icon": map[string]any{"url": e.files.URL + "/blob.png"}}}
	poll["oneOf"] = []any{map[string]any{"type": "Note", "name": "this :blob:"}, map[string]any{"type": "Note", "name": "that"}}
	e.peer.accepted(e.base+"/inbox", e.peer.activity("Create", poll))
	var asked *forum.Post
	forumtest.Eventually(t, patience, "the poll to arrive", func() bool {
		var err error
		asked, err = e.store.PostByURI(t.Context(), poll["id"].(string))
		return err == nil
	})
	forumtest.Eventually(t, patience, "the poll to be shown", func() bool {
		body := visitor.get(e.path).body
		return regexp.MustCompile(`<summary>[^<]*Careful <img class="emoji"`).MatchString(body) && regexp.MustCompile(`>this <img class="emoji"`).MatchString(body)
	})
	shown := app.api(http.MethodGet, "/api/v1/statuses/"+asked.ID.String(), nil).is(http.StatusOK).object["poll"].(map[string]any)
	sameJSON(t, shown["emojis"].([]any)[0].(map[string]any), "static_url", `"`+e.base+path["blob"]+`"`)

	// When its time is over, the file goes.
	row, err := e.store.RemotePicture(t.Context(), path["blob"][len("/remote/"):])
	if err != nil {
		t.Fatal(err)
	}
	e.clock.advance(forum.RemotePictureLifetime + forum.RemotePictureLifetime)
	if err := e.service.WorkUpkeep(t.Context(), forum.UpkeepJob{}); err != nil {
		t.Fatal(err)
	}
	if err := e.store.SweepFiles(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(e.config.Server.DataDir, "media", "*", row.File.Name)); err != nil || row.File.Name == "" || len(left) > 0 {
		t.Errorf("%v is still there, %v", left, err)
	}
	if got := e.get(path["blob"]); got.status != http.StatusOK || e.asked.Load() != 3 {
		t.Errorf("afterwards it is answered %d, asked for %d times", got.status, e.asked.Load())
	}
}

// TestRemoteIcons holds that people elsewhere are shown by copies of their pictures,
// and by a figure where there are none to be had.
func TestRemoteIcons(t *testing.T) {
	t.Parallel()
	e := newEmojiTown(t, func(c *config.Config) { c.Media.RemoteCacheMegabytes = 1 })
	visitor := e.textBrowser("")
	icon := func() string {
		t.Helper()
		page := visitor.get(e.path).is(http.StatusOK).lacks(e.files.URL)
		found := regexp.MustCompile(`<img class="ava[^"]*" src="(/remote/icons/[0-9a-f]{32})"`).FindStringSubmatch(page.body)
		if found == nil {
			t.Fatalf("the page shows nobody elsewhere:\n%s", page.body)
		}
		return found[1]
	}
	path := icon()
	visitor.get("/u/ines@" + e.peer.host()).is(http.StatusOK).shows(`src="` + path + `"`)
	got := e.get(path)
	if m, err := png.Decode(bytes.NewReader([]byte(got.body))); err != nil || m.Bounds().Dx() != 64 || m.Bounds().Dy() != 64 {
		t.Errorf("the picture is answered %d %v, %v", got.status, got.header, err)
	}
	account := e.mastodon("").api(http.MethodGet, "/api/v1/accounts/lookup?acct=ines@"+e.peer.host(), nil).is(http.StatusOK)
	sameJSON(t, account.object, "avatar", `"`+e.base+path+`"`)

	e.peer.mu.Lock()
	e.peer.profile["icon"] = map[string]any{"type": "Image", "url": e.files.URL + "/lost.png"}
	e.peer.mu.Unlock()
	e.peer.accepted(e.base+"/inbox", e.peer.activity("Update", e.peer.actor()))
	forumtest.Eventually(t, patience, "the other picture", func() bool { return icon() != path })
	got = e.get(icon())
	if got.status != http.StatusOK || got.header.Get("Content-Type") != "image/svg+xml" || got.header.Get("Content-Security-Policy") != "default-src 'none'; sandbox" {
		t.Errorf("a picture that is lost is answered %d %v", got.status, got.header)
	}
}

// TestEmojisOff holds that nothing is copied unless that is wanted: the text stays.
func TestEmojisOff(t *testing.T) {
	t.Parallel()
	e := newEmojiTown(t, nil)
	e.textBrowser("").get(e.path).is(http.StatusOK).shows("Inès :blob:", "Me too :blob: :gone:").lacks(`class="emoji"`, "/remote/")
	app := e.mastodon("")
	status := app.api(http.MethodGet, "/api/v1/statuses/"+e.post.ID.String(), nil).is(http.StatusOK)
	sameJSON(t, status.object["emojis"].([]any)[0].(map[string]any), "url", `"`+e.files.URL+`/blob.png"`)
	if got := e.get("/remote/" + e.post.Emojis[0].Picture); got.status != http.StatusNotFound || e.asked.Load() != 0 {
		t.Errorf("the picture is answered %d", got.status)
	}
}

// TestEmojisInBrowser holds that a browser shows them, and has nothing to say
// against where they come from.
func TestEmojisInBrowser(t *testing.T) {
	t.Parallel()
	needChromium(t)
	e := newEmojiTown(t, func(c *config.Config) { c.Media.RemoteCacheMegabytes = 1 })
	b := e.window("lea", phone, "en")
	b.open(e.path)
	ask(b, chromedp.Evaluate[bool](`(document.querySelector(".prose img.emoji").scrollIntoView(), true)`))
	forumtest.Eventually(t, patience, "the emoji to be shown", func() bool {
		return ask(b, chromedp.Evaluate[string](`(() => { const e = document.querySelector(".prose img.emoji[alt=':blob:']"); const r = e.getBoundingClientRect();
			return e.complete && e.naturalWidth === 96 && r.height > 10 && r.height < 40 && Math.abs(r.width - 2 * r.height) < 1 ? "shown" : e.naturalWidth + " " + r.width + " " + r.height })()`)) == "shown"
	})
	b.check()
}
