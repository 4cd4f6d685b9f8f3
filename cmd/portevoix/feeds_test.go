package main

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strings"
	"testing"
	"time"
)

type atomDocument struct {
	Language string `xml:"lang,attr"`
	ID       string `xml:"id"`
	Title    string `xml:"title"`
	Updated  string `xml:"updated"`
	Links    []struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	} `xml:"link"`
	Entries []struct {
		ID      string `xml:"id"`
		Title   string `xml:"title"`
		Updated string `xml:"updated"`
		Author  string `xml:"author>name"`
		Content string `xml:"content"`
		Link    struct {
			Href string `xml:"href,attr"`
		} `xml:"link"`
	} `xml:"entry"`
}

// TestFeeds reads every feed as both formats, and asks again for what did not
// change.
func TestFeeds(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	all := o.remoteURI + " " + o.edited.URI + " " + o.thread.URI
	for _, c := range []struct{ page, ids string }{
		{"", all},
		{"/f/telecoms", all},
		{"/u/lea", o.edited.URI + " " + o.thread.URI},
		{"/u/boss", o.orphan.URI + " " + o.lastReply.URI + " " + o.reply.URI},
		{"/u/ines@away.example", o.remoteURI},
		{path(o.thread), o.lastReply.URI + " " + o.reply.URI},
		{path(o.edited), ""},
	} {
		got := o.get(c.page + "/feed.atom")
		var feed atomDocument
		if err := xml.Unmarshal([]byte(got.body), &feed); err != nil || got.status != http.StatusOK || !strings.HasPrefix(got.header.Get("Content-Type"), "application/atom+xml") {
			t.Fatalf("%s: %d %v %s", c.page, got.status, err, got.body)
		}
		var ids []string
		for _, e := range feed.Entries {
			ids = append(ids, e.ID)
			if at, err := time.Parse(time.RFC3339, e.Updated); err != nil || e.Title == "" || e.Author == "" || e.Content == "" || !strings.HasPrefix(e.Link.Href, o.base+"/") {
				t.Errorf("%s: incomplete entry %+v %v %v", c.page, e, at, err)
			}
			if page := o.get(strings.TrimPrefix(e.Link.Href, o.base)); page.status != http.StatusOK {
				t.Errorf("%s: the page of an entry answers %d", c.page, page.status)
			}
		}
		if strings.Join(ids, " ") != c.ids {
			t.Errorf("%s has\n%s, want\n%s", c.page, ids, c.ids)
		}
		if feed.ID != o.base+c.page+"/feed.atom" || feed.Links[0].Rel != "self" || feed.Links[0].Href != feed.ID || feed.Title == "" || feed.Updated == "" {
			t.Errorf("%s: the feed is %+v", c.page, feed)
		}
		if strings.Contains(got.body, "Unspeakable") || strings.Contains(got.body, "slip") {
			t.Errorf("%s shows what is gone", c.page)
		}
		for name, value := range map[string]string{"If-None-Match": got.header.Get("ETag"), "If-Modified-Since": got.header.Get("Last-Modified")} {
			if again := o.get(c.page+"/feed.atom", name, value); value == "" || again.status != http.StatusNotModified || again.body != "" {
				t.Errorf("%s with %s %q: %d", c.page, name, value, again.status)
			}
		}

		asJSON := o.get(c.page + "/feed.json")
		var document struct {
			Version string
			FeedURL string `json:"feed_url"`
			Items   []struct {
				ID, URL, Title string
				Content        string `json:"content_html"`
			}
		}
		if err := json.Unmarshal([]byte(asJSON.body), &document); err != nil || asJSON.header.Get("Content-Type") != "application/feed+json" ||
			document.Version != "https://jsonfeed.org/version/1.1" || document.FeedURL != o.base+c.page+"/feed.json" || len(document.Items) != len(ids) {
			t.Errorf("%s as JSON: %v %+v", c.page, err, document)
			continue
		}
		for i, item := range document.Items {
			if e := feed.Entries[i]; item.ID != e.ID || item.URL != e.Link.Href || item.Title != e.Title || item.Content != e.Content {
				t.Errorf("%s: the formats differ: %+v and %+v", c.page, item, e)
			}
		}
	}
	// What changes, changes the tag.
	before := o.get("/feed.atom")
	o.clock.advance(time.Minute)
	o.inProcess.thread(o.lea, "telecoms", "News")
	if after := o.get("/feed.atom", "If-None-Match", before.header.Get("ETag")); after.status != http.StatusOK || !strings.Contains(after.body, "News") {
		t.Errorf("after a new thread: %d", after.status)
	}
	for path, want := range map[string]int{
		"/f/nowhere/feed.atom": http.StatusNotFound, "/u/telecoms/feed.json": http.StatusNotFound, "/t/12345/feed.atom": http.StatusNotFound,
		"/t/" + o.removed.ID.String() + "/feed.atom": http.StatusGone, "/feed.rss": http.StatusNotFound,
	} {
		if got := o.get(path); got.status != want {
			t.Errorf("%s: %d, want %d", path, got.status, want)
		}
	}
}
