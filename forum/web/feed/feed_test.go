package feed_test

import (
	"encoding/json"
	"encoding/xml"
	"testing"
	"time"

	"portevoix/forum/web/feed"
)

func example() feed.Feed {
	at := time.Date(2026, 3, 14, 12, 0, 0, 0, time.FixedZone("CET", 3600))
	return feed.Feed{
		Title: "Télécoms & <internet>", Language: "fr", Home: "https://f.example/f/telecoms", Atom: "https://f.example/f/telecoms/feed.atom",
		JSON: "https://f.example/f/telecoms/feed.json", Icon: "https://f.example/icon.png", Updated: at,
		Entries: []feed.Entry{{
			ID: "https://f.example/t/1", URL: "https://f.example/t/1-box", Title: "Box \x00jamais arrivée", Content: "<p>Rien ]]> &amp; « rien »</p>",
			Language: "fr", Published: at, Updated: at.Add(time.Hour), Author: feed.Author{Name: "Léa", URL: "https://f.example/u/lea"}, Tags: []string{"grievance"},
		}},
	}
}

const wantAtom = `<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr">
 <id>https://f.example/f/telecoms/feed.atom</id>
 <title>Télécoms &amp; &lt;internet&gt;</title>
 <updated>2026-03-14T11:00:00Z</updated>
 <icon>https://f.example/icon.png</icon>
 <generator>Portevoix</generator>
 <link rel="self" type="application/atom+xml" href="https://f.example/f/telecoms/feed.atom"></link>
 <link rel="alternate" type="text/html" href="https://f.example/f/telecoms"></link>
 <link rel="alternate" type="application/feed+json" href="https://f.example/f/telecoms/feed.json"></link>
 <entry xml:lang="fr">
  <id>https://f.example/t/1</id>
  <title>Box ` + "\uFFFD" + `jamais arrivée</title>
  <link rel="alternate" type="text/html" href="https://f.example/t/1-box"></link>
  <published>2026-03-14T11:00:00Z</published>
  <updated>2026-03-14T12:00:00Z</updated>
  <author>
   <name>Léa</name>
   <uri>https://f.example/u/lea</uri>
  </author>
  <category term="grievance"></category>
  <content type="html">&lt;p&gt;Rien ]]&gt; &amp;amp; « rien »&lt;/p&gt;</content>
 </entry>
</feed>`

func TestAtom(t *testing.T) {
	f := example()
	body, err := f.WriteAtom()
	if err != nil {
		t.Fatal(err)
	}
	if string(body) != wantAtom {
		t.Errorf("got\n%s\nwant\n%s", body, wantAtom)
	}
	var back struct {
		Entry struct {
			Content string `xml:"content"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal(body, &back); err != nil || back.Entry.Content != f.Entries[0].Content {
		t.Errorf("read back: %+v %v", back, err)
	}
}

func TestJSON(t *testing.T) {
	f := example()
	body, err := f.WriteJSON()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Version, Title, Language string
		Items                    []struct {
			ID, URL, Language string
			Content           string `json:"content_html"`
			Published         string `json:"date_published"`
			Authors           []struct{ Name, URL string }
		}
	}
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	if got.Version != "https://jsonfeed.org/version/1.1" || got.Title != f.Title || got.Language != "fr" || len(got.Items) != 1 {
		t.Fatalf("got %+v", got)
	}
	if i := got.Items[0]; i.ID != "https://f.example/t/1" || i.Content != f.Entries[0].Content || i.Published != "2026-03-14T11:00:00Z" || i.Authors[0].Name != "Léa" {
		t.Errorf("got %+v", i)
	}
	f.Entries = nil
	if body, err := f.WriteJSON(); err != nil || !json.Valid(body) || string(body[len(body)-11:]) != `"items":[]}` {
		t.Errorf("without entries: %s %v", body, err)
	}
}
