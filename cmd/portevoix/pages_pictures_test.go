package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// drawing is a PNG of that size.
func drawing(t testing.TB, width, height int) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, width, height))
	for x := range width {
		m.SetGray(x, height/2, color.Gray{Y: 255})
	}
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// blinking is an animation of two pictures.
func blinking(t testing.TB) []byte {
	t.Helper()
	g := &gif.GIF{Delay: []int{50, 50}}
	for i := range 2 {
		m := image.NewPaletted(image.Rect(0, 0, 60, 40), color.Palette{color.White, color.Black})
		m.SetColorIndex(i, i, 1)
		g.Image = append(g.Image, m)
	}
	var out bytes.Buffer
	if err := gif.EncodeAll(&out, g); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// multipartForm is a form with files, as browsers send it.
func multipartForm(t testing.TB, fields url.Values, files map[string][]byte) (body []byte, contentType string) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for name, values := range fields {
		for _, value := range values {
			if err := w.WriteField(name, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, file := range files {
		part, err := w.CreateFormFile(name, name+".png")
		if err == nil {
			_, err = part.Write(file)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), w.FormDataContentType()
}

// sendFiles sends a form with files.
func (b *textBrowser) sendFiles(path string, fields url.Values, files map[string][]byte) *page {
	t := b.s.t
	t.Helper()
	body, contentType := multipartForm(t, fields, files)
	r, err := http.NewRequest(http.MethodPost, b.s.base+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	response, err := b.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	p := &page{t: t, what: "send " + path, status: response.StatusCode, header: response.Header, body: string(text)}
	if path != "/pictures" && strings.HasPrefix(p.header.Get("Content-Type"), "text/html") && p.status != http.StatusSeeOther {
		p.look()
	}
	return p
}

// images lists the addresses of the pictures in a page's galleries.
func (p *page) images() []string {
	var list []string
	p.each(func(n *html.Node) {
		if n.Data == "img" && attribute(n, "srcset") != "" {
			list = append(list, attribute(n, "src"))
		}
	})
	return list
}

// TestPicturesWithoutScript posts pictures with a plain form: what is wrong is
// said, what came is kept, and what was published is shown, served and, with its
// post, gone.
func TestPicturesWithoutScript(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	thread := url.Values{"forum": {"telecoms"}, "kind": {"discussion"}, "title": {"Meter"}, "body": {"See the number."}, "new-alt-1": {"An electricity meter"}}
	files := map[string][]byte{"picture-1": drawing(t, 1400, 700), "picture-2": blinking(t), "picture-3": {}}
	p := v.lea.sendFiles("/new", thread, files).is(http.StatusUnprocessableEntity).shows("Please describe each picture", "An electricity meter")
	ids := regexp.MustCompile(`name="picture_id" value="(\d+)"`).FindAllStringSubmatch(p.body, -1)
	if len(ids) != 2 {
		t.Fatalf("of two pictures %d came along\n%s", len(ids), p.body)
	}
	meter, blink := ids[0][1], ids[1][1]
	thread.Del("new-alt-1")
	thread["picture_id"] = []string{meter, blink}
	thread.Set("alt-"+meter, `The "meter"`)
	thread.Set("focus-"+meter, "top")
	thread.Set("alt-"+blink, "It blinks")
	thread.Set("preview", "true")
	v.lea.sendFiles("/new", thread, nil).is(http.StatusOK).keeps(thread, "alt-"+blink, "focus-"+meter)
	thread.Del("preview")
	path := v.lea.sendFiles("/new", thread, nil).is(http.StatusSeeOther).header.Get("Location")
	shown := v.visitor.get(path).is(http.StatusOK).shows(`alt="The &#34;meter&#34;"`, `class="focus-top"`, `width="1080" height="540"`, "480w", "1080w", "1400w", `loading="lazy"`, "Play")
	images := shown.images()
	if len(images) != 2 {
		t.Fatalf("the thread shows %v", images)
	}
	for _, address := range images {
		picture := v.visitor.get(address).is(http.StatusOK)
		for header, want := range map[string]string{
			"Content-Type": "image/png", "Cache-Control": "public, max-age=604800, immutable", "X-Content-Type-Options": "nosniff",
			"Content-Security-Policy": "default-src 'none'; sandbox", "Set-Cookie": "", "Content-Encoding": "",
		} {
			if got := picture.header.Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", address, header, got, want)
			}
		}
		again := *v.visitor
		again.header = http.Header{"If-None-Match": {picture.header.Get("Etag")}}
		again.get(address).is(http.StatusNotModified)
	}
	v.visitor.get("/media/nothing.png").is(http.StatusNotFound)
	v.visitor.get("/media/" + strings.Repeat("0", 64) + ".png").is(http.StatusNotFound)

	id := regexp.MustCompile(`^/t/(\d+)`).FindStringSubmatch(path)[1]
	edit := v.lea.get("/t/" + id + "/edit").is(http.StatusOK)
	changed := url.Values{"title": {"Meter"}, "body": {"See the number."}, "picture_id": {meter, blink}, "alt-" + meter: {"A meter that says 4711"},
		"focus-" + meter: {edit.field("focus-" + meter)}, "alt-" + blink: {edit.field("alt-" + blink)}, "remove-" + blink: {"true"}}
	v.lea.sendFiles("/t/"+id+"/edit", changed, nil).leadsTo(path)
	if after := v.visitor.get(path).shows("A meter that says 4711", `class="focus-top"`).images(); len(after) != 1 || after[0] != images[0] {
		t.Errorf("after the edit the thread shows %v", after)
	}
	v.visitor.get(images[1]).is(http.StatusNotFound)
	v.lea.post("/t/"+id+"/delete", nil).is(http.StatusSeeOther)
	v.visitor.get(images[0]).is(http.StatusNotFound)
}

// TestPictureFields holds what the script of the form gets, and what is refused.
func TestPictureFields(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	send := func(b *textBrowser, file []byte) *page {
		return b.sendFiles("/pictures", nil, map[string][]byte{"picture": file})
	}
	send(v.lea, drawing(t, 50, 50)).is(http.StatusCreated).shows(`name="picture_id"`, `name="alt-`, `src="/media/`)
	send(v.lea, []byte("%PDF-1.7")).is(http.StatusUnprocessableEntity).shows("This file cannot be used")
	send(v.lea, nil).is(http.StatusUnprocessableEntity).shows("No file came along.")
	send(v.lea, append(drawing(t, 50, 50), make([]byte, 10<<20)...)).is(http.StatusUnprocessableEntity).shows("at most 10 MB")
	send(v.visitor, drawing(t, 50, 50)).leadsTo("/login?back=%2F")
	own := send(v.max, drawing(t, 60, 50))
	id := regexp.MustCompile(`value="(\d+)"`).FindStringSubmatch(own.body)[1]
	v.lea.sendFiles("/t/"+v.thread+"/reply", url.Values{"body": {"x"}, "picture_id": {id}}, nil).is(http.StatusUnprocessableEntity).shows("not there any more")
	location := v.max.sendFiles("/t/"+v.thread+"/reply", url.Values{"body": {"My meter."}, "picture_id": {id}, "alt-" + id: {"mine"}}, nil).is(http.StatusSeeOther).header.Get("Location")
	path, _, _ := strings.Cut(location, "?")
	v.visitor.get(path).shows(`alt="mine"`)
}

// TestPicturesElsewhere holds how programs and other servers see pictures.
func TestPicturesElsewhere(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	token, err := v.service.NewAccessToken(t.Context(), forum.Operator(), "lea", "test", []forum.Scope{forum.ScopeRead, forum.ScopeWrite})
	if err != nil {
		t.Fatal(err)
	}
	call := func(method, path, contentType string, body []byte, want int) map[string]any {
		t.Helper()
		r, err := http.NewRequest(method, v.base+"/api/portevoix/v1"+path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("Authorization", "Bearer "+token)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		var answer map[string]any
		if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || response.StatusCode != want {
			t.Fatalf("%s %s: %s %v %v", method, path, response.Status, answer, err)
		}
		return answer
	}
	asJSON := func(method, path string, want int, value any) map[string]any {
		t.Helper()
		body, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		return call(method, path, "application/json", body, want)
	}
	upload := func(want int, file []byte, fields url.Values) map[string]any {
		t.Helper()
		body, contentType := multipartForm(t, fields, map[string][]byte{"file": file})
		return call(http.MethodPost, "/media", contentType, body, want)
	}
	if e := upload(422, []byte("<svg/>"), nil); e["type"] != "urn:portevoix:error:PictureKind" {
		t.Errorf("%v", e)
	}
	if e := upload(422, drawing(t, 9, 9), url.Values{"focus": {"1,NaN"}}); e["type"] != "urn:portevoix:error:FocusOutside" {
		t.Errorf("%v", e)
	}
	m := upload(201, drawing(t, 700, 500), url.Values{"focus": {"0.25, -1"}})
	if m["width"] != 700.0 || m["height"] != 500.0 || m["alt"] != "" || fmt.Sprint(m["focus"]) != "[0.25 -1]" || len(m["sizes"].([]any)) != 2 || m["media_type"] != "image/png" {
		t.Errorf("uploaded: %v", m)
	}
	id := m["id"].(string)
	thread := map[string]any{"forum": "telecoms", "title": "t", "body": "b", "media_ids": []string{id}}
	if e := asJSON(http.MethodPost, "/threads", 422, thread); e["type"] != "urn:portevoix:error:AltMissing" {
		t.Errorf("%v", e)
	}
	asJSON(http.MethodPatch, "/media/"+id, 200, map[string]any{"alt": "A bill: 40 €"})
	started := asJSON(http.MethodPost, "/threads", 201, thread)
	media := started["media"].([]any)
	if len(media) != 1 || media[0].(map[string]any)["alt"] != "A bill: 40 €" {
		t.Errorf("started with %v", media)
	}
	asJSON(http.MethodPatch, "/media/"+id, 404, map[string]any{"alt": "x"})
	path := "/threads/" + started["id"].(string)
	if kept := asJSON(http.MethodPatch, path, 200, map[string]any{"body": "other"}); len(kept["media"].([]any)) != 1 {
		t.Errorf("an edit of the text took the picture away")
	}

	b := *v.visitor
	b.header = http.Header{"Accept": {"application/activity+json"}}
	var note struct {
		Attachment []struct {
			Type, MediaType, URL, Name, Blurhash string
			Width, Height                        int
			FocalPoint                           []float64
		}
		Image struct{ Type, URL string }
	}
	document := b.get("/t/" + started["id"].(string)).is(http.StatusOK)
	if err := json.Unmarshal([]byte(document.body), &note); err != nil {
		t.Fatal(err)
	}
	if len(note.Attachment) != 1 {
		t.Fatalf("it federates as %s", document.body)
	}
	a := note.Attachment[0]
	if a.Type != "Image" || a.MediaType != "image/png" || a.Name != "A bill: 40 €" || len(a.Blurhash) < 6 || a.Width != 700 || a.Height != 500 ||
		fmt.Sprint(a.FocalPoint) != "[0.25 -1]" || a.URL != m["url"] || note.Image.URL != a.URL {
		t.Errorf("it federates as %s", document.body)
	}
	if gone := asJSON(http.MethodPatch, path, 200, map[string]any{"media_ids": []string{}}); len(gone["media"].([]any)) != 0 {
		t.Errorf("the picture stays: %v", gone["media"])
	}
}

// upload uploads a picture for a post to come, or a recording with a poster, if
// there is one.
func (u *person) upload(file []byte, alt string, poster ...[]byte) string {
	u.p.t.Helper()
	files := map[string][]byte{"file": file}
	for _, p := range poster {
		files["poster"] = p
	}
	return text(u.sendFiles("/media", url.Values{"alt": {alt}}, files), "id")
}

// sendFiles has the API make something of files.
func (u *person) sendFiles(path string, form url.Values, files map[string][]byte) map[string]any {
	t := u.p.t
	t.Helper()
	body, contentType := multipartForm(t, form, files)
	r, err := http.NewRequest(http.MethodPost, "http://"+u.p.addr+"/api/portevoix/v1"+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Authorization", "Bearer "+u.token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || response.StatusCode != http.StatusCreated {
		t.Fatalf("%s: %s %v %v", path, response.Status, answer, err)
	}
	return answer
}

// illustrated starts a thread with pictures, and answers it with one; it returns
// the thread's address.
func (u *person) illustrated(forum string) string {
	t := u.p.t
	t.Helper()
	front, err := os.ReadFile(filepath.Join(root, "docs/images/front.png"))
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{u.upload(front, "The front page of a forum"), u.upload(blinking(t), "A dot that jumps"), u.upload(drawing(t, 500, 900), "A line across a black field")}
	_, th := u.api(http.MethodPost, "/threads", map[string]any{"forum": forum, "title": "Three pictures of a bill", "body": "See for yourselves.", "media_ids": ids})
	film := "And one more, and " + videoSite(t) + "/w/9c9de5e8-0a1e-484a-b099-e80766180a6d"
	_, reply := u.api(http.MethodPost, "/threads/"+text(th, "id")+"/replies", map[string]any{"body": film, "media_ids": []string{u.upload(front, "The same page again, in a reply"),
		u.upload(recorded(t, "film.mp4"), "A test card with a counter", drawing(t, 640, 360)), u.upload(recorded(t, "sound.mp3"), "A tone, for one second")}})
	forumtest.Eventually(t, patience, "the card of the film", func() bool {
		_, r := u.api(http.MethodGet, "/replies/"+text(reply, "id"), nil)
		return r["card"] != nil
	})
	return "/t/" + text(th, "id")
}

// TestPortraits gives a person and a forum an icon and a banner, and takes them
// away.
func TestPortraits(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	files := map[string][]byte{"icon": drawing(t, 500, 300), "banner": drawing(t, 900, 600)}
	v.lea.sendFiles("/settings/pictures", nil, files).leadsTo("/settings#portraits")
	v.mia.sendFiles("/f/telecoms/pictures", nil, files).leadsTo("/f/telecoms")
	v.lea.sendFiles("/f/telecoms/pictures", nil, files).is(http.StatusForbidden)
	v.mia.sendFiles("/f/telecoms/pictures", nil, map[string][]byte{"icon": []byte("x")}).is(http.StatusUnprocessableEntity).shows("This file cannot be used")
	v.lea.sendFiles("/settings/pictures", nil, map[string][]byte{"banner": []byte("x")}).is(http.StatusUnprocessableEntity).shows("This file cannot be used")
	icon := regexp.MustCompile(`<img class="ava[^"]*" src="(/media/[^"]+)"`)
	for _, path := range []string{"/u/lea", "/f/telecoms", "/t/" + v.thread} {
		found := icon.FindStringSubmatch(v.visitor.get(path).is(http.StatusOK).body)
		if found == nil {
			t.Errorf("%s shows no icon", path)
			continue
		}
		v.visitor.get(found[1]).is(http.StatusOK)
	}
	v.visitor.get("/u/lea").shows(`class="banner"`)
	v.visitor.get("/f/telecoms").shows(`class="banner"`)
	v.lea.get("/settings").shows(`name="remove-icon"`, `name="remove-banner"`)
	v.mia.get("/f/telecoms/settings").shows(`name="remove-icon"`)

	b := *v.visitor
	b.header = http.Header{"Accept": {"application/activity+json"}}
	for _, path := range []string{"/u/lea", "/f/telecoms"} {
		var actor struct {
			Icon, Image struct{ Type, MediaType, URL string }
		}
		if err := json.Unmarshal([]byte(b.get(path).body), &actor); err != nil {
			t.Fatal(err)
		}
		for _, portrait := range []struct{ Type, MediaType, URL string }{actor.Icon, actor.Image} {
			if portrait.Type != "Image" || portrait.MediaType != "image/png" || !strings.HasPrefix(portrait.URL, v.base+"/media/") {
				t.Errorf("%s federates %+v", path, actor)
			}
		}
	}
	v.lea.sendFiles("/settings/pictures", url.Values{"remove-icon": {"true"}, "remove-banner": {"true"}}, nil).leadsTo("/settings#portraits")
	v.visitor.get("/u/lea").lacks("<img")
}

// portray gives somebody an icon and a banner.
func (u *person) portray() {
	t := u.p.t
	t.Helper()
	picture, err := os.ReadFile(filepath.Join(root, "static/files/icon-512.png"))
	if err != nil {
		t.Fatal(err)
	}
	body, contentType := multipartForm(t, nil, map[string][]byte{"icon": picture, "banner": drawing(t, 900, 300)})
	response, err := u.browser.Post("http://"+u.p.addr+"/settings/pictures", contentType, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	readPage(t, response)
}
