package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
)

// recorded is a film or a sound of a second.
func recorded(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(root, "forum/recording/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// TestRecordingsOnPages uploads a film with a poster and a sound, publishes them,
// and plays them in parts.
func TestRecordingsOnPages(t *testing.T) {
	t.Parallel()
	v := newVillage(t, nil)
	send := func(files map[string][]byte) *page { return v.lea.sendFiles("/pictures", nil, files) }
	id := func(p *page) string {
		return regexp.MustCompile(`name="picture_id" value="(\d+)"`).FindStringSubmatch(p.is(http.StatusCreated).body)[1]
	}
	film := id(send(map[string][]byte{"picture": recorded(t, "film.mp4"), "poster": drawing(t, 700, 500)}).shows("<video controls preload=\"none\"", `poster="/media/`, "What can be seen and heard?", `maxlength="10000"`))
	sound := id(send(map[string][]byte{"picture": recorded(t, "sound.mp3")}).shows("<audio controls", "What can be heard?"))
	send(map[string][]byte{"picture": recorded(t, "hevc.mp4")}).is(http.StatusUnprocessableEntity).shows("Not all browsers play this (h")
	send(map[string][]byte{"picture": recorded(t, "film.mp4")[:3000]}).is(http.StatusUnprocessableEntity).shows("damaged")

	thread := url.Values{"forum": {"telecoms"}, "kind": {"discussion"}, "title": {"Meter"}, "body": {"It runs backwards."}, "picture_id": {film, sound}, "alt-" + film: {"The meter runs backwards."}}
	v.lea.sendFiles("/new", thread, nil).is(http.StatusUnprocessableEntity).shows("Please describe each picture, video and sound", "<video", "<audio")
	thread.Set("alt-"+sound, "“Please hold.”")
	path := v.lea.sendFiles("/new", thread, nil).is(http.StatusSeeOther).header.Get("Location")
	shown := v.visitor.get(path).is(http.StatusOK).shows(`width="64" height="48"`, "0:01", "The meter runs backwards.", "“Please hold.”")
	if policy := shown.header.Get("Content-Security-Policy"); !strings.Contains(policy, "media-src 'self'") {
		t.Errorf("the page may not play: %s", policy)
	}
	found := regexp.MustCompile(`src="(/media/[0-9a-f]{64}\.mp[34])"`).FindAllStringSubmatch(shown.body, -1)
	if len(found) != 2 {
		t.Fatalf("the thread plays %v", found)
	}
	for i, want := range []string{"video/mp4", "audio/mpeg"} {
		whole := v.visitor.get(found[i][1]).is(http.StatusOK)
		if strings.Contains(whole.body, "SECRET") {
			t.Error("the file still says what nobody should know")
		}
		b := *v.visitor
		b.header = http.Header{"Range": {"bytes=100-199"}}
		part := b.get(found[i][1]).is(http.StatusPartialContent)
		if part.body != whole.body[100:200] {
			t.Errorf("a part of %d bytes", len(part.body))
		}
		for header, value := range map[string]string{
			"Content-Type": want, "Accept-Ranges": "bytes", "Cache-Control": "public, max-age=604800, immutable", "X-Content-Type-Options": "nosniff",
			"Content-Security-Policy": "default-src 'none'; media-src 'self'; sandbox", "Content-Encoding": "", "Set-Cookie": "",
		} {
			if got := part.header.Get(header); got != value {
				t.Errorf("%s: %q, want %q", header, got, value)
			}
		}
	}
	v.visitor.get("/u/lea/feed.json").is(http.StatusOK).shows(`"mime_type":"video/mp4"`, `"duration_in_seconds":1.021`)
	v.visitor.get("/u/lea/feed.atom").is(http.StatusOK).shows(`rel="enclosure" type="audio/mpeg"`)
	recordingsElsewhere(t, v, path, found[0][1])
	v.lea.post(strings.Split(path, "-")[0]+"/delete", nil).is(http.StatusSeeOther)
	v.visitor.get(found[0][1]).is(http.StatusNotFound)
}

// recordingsElsewhere holds how programs and other servers see the thread.
func recordingsElsewhere(t *testing.T, v *village, path, film string) {
	t.Helper()
	id := regexp.MustCompile(`^/t/(\d+)`).FindStringSubmatch(path)[1]
	var thread struct {
		Media []struct {
			MediaType     string `json:"media_type"`
			Width, Height *int
			Duration      float64
			Poster        *string
			Sizes         []struct{ URL string }
			Focus         []float64
		}
	}
	if err := json.Unmarshal([]byte(v.visitor.get("/api/portevoix/v1/threads/"+id).is(http.StatusOK).body), &thread); err != nil {
		t.Fatal(err)
	}
	m := thread.Media
	if len(m) != 2 || m[0].MediaType != "video/mp4" || *m[0].Width != 64 || m[0].Duration != 1.021 || m[0].Poster == nil || *m[0].Poster != m[0].Sizes[1].URL ||
		m[1].MediaType != "audio/mpeg" || m[1].Width != nil || m[1].Poster != nil || len(m[1].Sizes) != 0 || m[1].Focus != nil {
		t.Errorf("programs see %+v", m)
	}
	b := *v.visitor
	b.header = http.Header{"Accept": {"application/activity+json"}}
	var article struct {
		Attachment []struct {
			Type, MediaType, URL, Name, Duration string
			Width, Height                        int
			Icon                                 struct{ Type, URL string }
		}
		Image struct{ Type, URL, Name string }
	}
	if err := json.Unmarshal([]byte(b.get("/t/"+id).is(http.StatusOK).body), &article); err != nil {
		t.Fatal(err)
	}
	a := article.Attachment
	if len(a) != 2 || a[0].Type != "Document" || a[0].URL != v.base+film || a[0].Duration != "PT1.021S" || a[0].Width != 64 || a[0].Icon.URL != *m[0].Poster ||
		a[1].Type != "Document" || a[1].MediaType != "audio/mpeg" || a[1].Icon.URL != "" || article.Image.URL != *m[0].Poster {
		t.Errorf("other servers see %+v", article)
	}
}

// TestRecordingLimits holds that limits can be set, and recordings forbidden.
func TestRecordingLimits(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, func(c *config.Config) { c.Media.RecordingMegabytes = 0 })
	s.account("lea")
	lea := s.textBrowser("lea")
	lea.get("/new").lacks("video/mp4")
	lea.sendFiles("/pictures", nil, map[string][]byte{"picture": recorded(t, "film.mp4")}).is(http.StatusUnprocessableEntity).shows("cannot be used")
	if limit := s.service.PictureLimits(); limit.Most() != limit.Bytes || limit.RecordingTime != 10*time.Minute || limit.PerPost != forum.DefaultPictureLimits.PerPost {
		t.Errorf("%+v", limit)
	}
}

// objectStore is a store that speaks S3, with the bucket media; it returns its
// address.
func objectStore(t testing.TB) string {
	t.Helper()
	store := s3mem.New()
	if err := store.CreateBucket("media"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(store, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	t.Cleanup(server.Close)
	return server.URL
}

// bucketAt is the environment of a server that keeps its files in a bucket.
func bucketAt(endpoint, bucket string) []string {
	return []string{
		"PORTEVOIX_MEDIA_BACKEND=s3", "PORTEVOIX_MEDIA_S3_ENDPOINT=" + endpoint, "PORTEVOIX_MEDIA_S3_BUCKET=" + bucket, "PORTEVOIX_MEDIA_S3_REGION=us-east-1",
		"PORTEVOIX_MEDIA_S3_ACCESS_KEY=who", "PORTEVOIX_MEDIA_S3_SECRET_KEY=hush-hush",
	}
}

// TestMediaInBucket holds that readers get files from this server, also where they
// are kept elsewhere.
func TestMediaInBucket(t *testing.T) {
	t.Parallel()
	endpoint := objectStore(t)
	s := startInProcess(t, func(c *config.Config) {
		c.Media.Backend, c.Media.S3Endpoint, c.Media.S3Region, c.Media.S3Bucket = "s3", endpoint, "us-east-1", "media"
		c.Media.S3AccessKey, c.Media.S3SecretKey = "who", "hush-hush"
	})
	s.account("lea")
	row := s.textBrowser("lea").sendFiles("/pictures", nil, map[string][]byte{"picture": recorded(t, "film.mp4"), "poster": drawing(t, 50, 50)}).is(http.StatusCreated)
	visitor := s.textBrowser("")
	for _, found := range regexp.MustCompile(`"(/media/[0-9a-f]{64}\.[a-z0-9]+)"`).FindAllStringSubmatch(row.body, -1) {
		whole := visitor.get(found[1]).is(http.StatusOK)
		b := *visitor
		b.header = http.Header{"Range": {"bytes=-50"}}
		if part := b.get(found[1]).is(http.StatusPartialContent); part.body != whole.body[len(whole.body)-50:] {
			t.Errorf("the end of %s is %q", found[1], part.body)
		}
	}
	visitor.get("/media/" + strings.Repeat("0", 64) + ".mp4").is(http.StatusNotFound)
}
