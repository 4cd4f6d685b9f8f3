package vocabulary_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

// with is a document with some of its properties changed; nil takes one away.
func with(t testing.TB, text string, change map[string]any) vocabulary.Document {
	t.Helper()
	d := parse(t, text)
	maps.Copy(d, change)
	body, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(body))
}

const inesActor = `{"id":"https://x.example/users/ines","type":"Person","preferredUsername":"ines","name":"Inès","summary":"<p>hello</p>",
	"inbox":"https://x.example/users/ines/inbox","outbox":"https://x.example/users/ines/outbox","followers":"https://x.example/users/ines/followers",
	"featured":"https://x.example/users/ines/featured","endpoints":{"sharedInbox":"https://x.example/inbox"},"url":"https://x.example/@ines",
	"icon":{"type":"Image","url":"https://cdn.example/ines.png"},"manuallyApprovesFollowers":true,"published":"2026-01-02T00:00:00Z",
	"publicKey":{"id":"https://x.example/users/ines#main-key","owner":"https://x.example/users/ines","publicKeyPem":"PEM"}}`

func TestActor(t *testing.T) {
	a, key, err := vocabulary.Actor(parse(t, inesActor))
	if err != nil {
		t.Fatal(err)
	}
	want := &forum.Actor{
		Kind: forum.Person, Name: "ines", Host: "x.example", URI: "https://x.example/users/ines", URL: "https://x.example/@ines",
		DisplayName: "Inès", Summary: "<p>hello</p>", Inbox: "https://x.example/users/ines/inbox", SharedInbox: "https://x.example/inbox",
		Outbox: "https://x.example/users/ines/outbox", FollowersURI: "https://x.example/users/ines/followers", Featured: "https://x.example/users/ines/featured",
		IconURL: "https://cdn.example/ines.png", Locked: true, Findable: true, CreatedAt: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC),
	}
	if !reflect.DeepEqual(a, want) {
		t.Errorf("read %+v", a)
	}
	if key == nil || key.URI != "https://x.example/users/ines#main-key" || key.Public != "PEM" {
		t.Errorf("key %+v", key)
	}
}

// TestFindable leaves those in peace who do not want to be found.
func TestFindable(t *testing.T) {
	for _, c := range []struct {
		change map[string]any
		want   bool
	}{{nil, true}, {map[string]any{"discoverable": true, "indexable": true}, true}, {map[string]any{"discoverable": true}, true}, {map[string]any{"discoverable": nil}, true},
		{map[string]any{"discoverable": false}, false}, {map[string]any{"discoverable": true, "indexable": false}, false}, {map[string]any{"indexable": false}, false}} {
		a, _, err := vocabulary.Actor(with(t, inesActor, c.change))
		if err != nil || a.Findable != c.want {
			t.Errorf("%v: %t, %v", c.change, a.Findable, err)
		}
	}
}

// TestActorShapes has actors in the shapes of other software: what is read from
// one property.
func TestActorShapes(t *testing.T) {
	for _, c := range []struct {
		name   string
		change map[string]any
		read   func(a *forum.Actor, key *forum.KeyPair) string
		want   string
	}{
		{"a PeerTube channel", map[string]any{"type": "Group", "attributedTo": []any{map[string]any{"type": "Person", "id": "https://x.example/accounts/ines"}}},
			func(a *forum.Actor, _ *forum.KeyPair) string { return string(a.Kind) + " " + a.Moderators }, "Group https://x.example/accounts/ines"},
		{"a Lemmy community", map[string]any{"type": "Group", "attributedTo": "https://x.example/c/cars/moderators"},
			func(a *forum.Actor, _ *forum.KeyPair) string { return a.Moderators }, "https://x.example/c/cars/moderators"},
		{"a person has no moderators", map[string]any{"attributedTo": "https://x.example/c/cars/moderators"},
			func(a *forum.Actor, _ *forum.KeyPair) string { return a.Moderators }, ""},
		{"a bot", map[string]any{"type": []any{"Service"}}, func(a *forum.Actor, _ *forum.KeyPair) string { return string(a.Kind) }, "Service"},
		{"a host in capitals", map[string]any{"id": "https://X.example/users/ines"}, func(a *forum.Actor, _ *forum.KeyPair) string { return a.Host }, "x.example"},
		{"a name in another script", map[string]any{"preferredUsername": "инес"}, func(a *forum.Actor, _ *forum.KeyPair) string { return a.Name }, "инес"},
		{"a name with a dot", map[string]any{"preferredUsername": "ines.b-c_d"}, func(a *forum.Actor, _ *forum.KeyPair) string { return a.Name }, "ines.b-c_d"},
		{"profile fields", map[string]any{"attachment": []any{map[string]any{"type": "PropertyValue", "name": "Blog", "value": `<a href="https://x.example/" rel="me">x</a>`},
			map[string]any{"type": "Image", "name": "no field"}, "https://x.example/", map[string]any{"type": "PropertyValue", "name": []any{"City"}, "value": map[string]any{}}}},
			func(a *forum.Actor, _ *forum.KeyPair) string {
				return fmt.Sprint(len(a.Fields), a.Fields[0].Label, a.Fields[0].Value, a.Fields[1])
			},
			`2Blog<a href="https://x.example/" rel="me">x</a>{City   0001-01-01 00:00:00 +0000 UTC}`},
		{"no display name", map[string]any{"name": nil}, func(a *forum.Actor, _ *forum.KeyPair) string { return a.Label() }, "ines"},
		{"a name that is the word null", map[string]any{"name": "null"}, func(a *forum.Actor, _ *forum.KeyPair) string { return a.Label() }, "ines"},
		{"no page", map[string]any{"url": nil}, func(a *forum.Actor, _ *forum.KeyPair) string { return a.URL }, "https://x.example/users/ines"},
		{"several pages", map[string]any{"url": []any{map[string]any{"type": "Link", "href": "https://x.example/feed", "mediaType": "application/atom+xml"},
			map[string]any{"type": "Link", "href": "https://x.example/@ines", "mediaType": "text/html"}}},
			func(a *forum.Actor, _ *forum.KeyPair) string { return a.URL }, "https://x.example/@ines"},
		{"a page that is a script", map[string]any{"url": "javascript:alert(1)"}, func(a *forum.Actor, _ *forum.KeyPair) string { return a.URL }, "https://x.example/users/ines"},
		{"several icons", map[string]any{"icon": []any{map[string]any{"url": []any{map[string]any{"href": "https://x.example/1.png"}}}, map[string]any{"url": "https://x.example/2.png"}}},
			func(a *forum.Actor, _ *forum.KeyPair) string { return a.IconURL }, "https://x.example/1.png"},
		{"an icon that is an id", map[string]any{"icon": "https://x.example/1.png"}, func(a *forum.Actor, _ *forum.KeyPair) string { return a.IconURL }, ""},
		{"a shared inbox elsewhere", map[string]any{"endpoints": map[string]any{"sharedInbox": "https://y.example/inbox"}},
			func(a *forum.Actor, _ *forum.KeyPair) string { return a.Destination() }, "https://x.example/users/ines/inbox"},
		{"no endpoints", map[string]any{"endpoints": nil}, func(a *forum.Actor, _ *forum.KeyPair) string { return a.Destination() }, "https://x.example/users/ines/inbox"},
		{"followers elsewhere", map[string]any{"followers": "https://y.example/followers"}, func(a *forum.Actor, _ *forum.KeyPair) string { return a.FollowersURI }, ""},
		{"an embedded outbox", map[string]any{"outbox": map[string]any{"id": "https://x.example/outbox", "type": "OrderedCollection"}},
			func(a *forum.Actor, _ *forum.KeyPair) string { return a.Outbox }, "https://x.example/outbox"},
		{"a key in a list", map[string]any{"publicKey": []any{map[string]any{"id": "https://x.example/k", "owner": "https://x.example/users/ines", "publicKeyPem": "P"}}},
			func(_ *forum.Actor, key *forum.KeyPair) string { return key.URI }, "https://x.example/k"},
		{"a key without an owner", map[string]any{"publicKey": map[string]any{"id": "https://x.example/k", "publicKeyPem": "P"}},
			func(_ *forum.Actor, key *forum.KeyPair) string { return key.URI }, "https://x.example/k"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, key, err := vocabulary.Actor(with(t, inesActor, c.change))
			if err != nil {
				t.Fatal(err)
			}
			if got := c.read(a, key); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestActorRefusals(t *testing.T) {
	for _, c := range []struct {
		name   string
		change map[string]any
	}{
		{"no id", map[string]any{"id": nil}},
		{"no type", map[string]any{"type": nil}},
		{"a post", map[string]any{"type": "Note"}},
		{"no name", map[string]any{"preferredUsername": nil}},
		{"a name with a space", map[string]any{"preferredUsername": "ines b"}},
		{"a name with an at", map[string]any{"preferredUsername": "ines@y.example"}},
		{"a name with a slash", map[string]any{"preferredUsername": "../ines"}},
		{"a name with a line end", map[string]any{"preferredUsername": "ines\n"}},
		{"a name that begins with a dot", map[string]any{"preferredUsername": ".ines"}},
		{"a name without end", map[string]any{"preferredUsername": strings.Repeat("a", 5000)}},
		{"no inbox", map[string]any{"inbox": nil}},
		{"an inbox elsewhere", map[string]any{"inbox": "https://y.example/inbox"}},
		{"an inbox on another port", map[string]any{"inbox": "https://x.example:8443/inbox"}},
	} {
		if a, _, err := vocabulary.Actor(with(t, inesActor, c.change)); err == nil {
			t.Errorf("%s: read %+v", c.name, a)
		} else if len(err.Error()) > 300 {
			t.Errorf("%s: an error of %d bytes", c.name, len(err.Error()))
		}
	}
	for _, c := range []struct {
		name string
		key  any
	}{
		{"none", nil},
		{"an id", "https://x.example/k"},
		{"on another server", map[string]any{"id": "https://y.example/k", "publicKeyPem": "P"}},
		{"of another owner", map[string]any{"id": "https://x.example/k", "owner": "https://x.example/users/max", "publicKeyPem": "P"}},
		{"without an id", map[string]any{"publicKeyPem": "P"}},
		{"without the key", map[string]any{"id": "https://x.example/k"}},
		{"without end", map[string]any{"id": "https://x.example/k", "publicKeyPem": strings.Repeat("P", 17<<10)}},
	} {
		if _, key, err := vocabulary.Actor(with(t, inesActor, map[string]any{"publicKey": c.key})); err != nil || key != nil {
			t.Errorf("a key %s: %+v, %v", c.name, key, err)
		}
	}
}

const inesNote = `{"id":"https://x.example/notes/1","type":"Note","attributedTo":"https://x.example/users/ines","to":["https://www.w3.org/ns/activitystreams#Public"],
	"cc":["https://x.example/users/ines/followers"],"content":"<p>text</p>","published":"2026-03-14T09:26:53Z"}`

func TestReadPost(t *testing.T) {
	p, err := vocabulary.ReadPost(with(t, inesNote, map[string]any{
		"url": "https://x.example/@ines/1", "inReplyTo": "https://y.example/notes/7", "context": "https://y.example/contexts/7", "summary": "<p>money & anger</p>",
		"audience": "https://y.example/f/telecoms", "updated": "2026-03-15T00:00:00Z", "contentMap": map[string]any{"fr": "<p>text</p>"},
		"source": map[string]any{"content": "text", "mediaType": "text/markdown"},
		"tag": []any{map[string]any{"type": "Mention", "href": "https://y.example/users/max", "name": "@max"},
			map[string]any{"type": "Hashtag", "href": "https://x.example/tags/a"}, map[string]any{"type": "Hashtag", "name": "#Fée"}, map[string]any{"type": "Mention"}},
		"attachment": []any{map[string]any{"type": "Document", "mediaType": "image/png", "url": "https://cdn.example/1.png", "name": "a bill"}},
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := &vocabulary.Post{
		RemotePost: forum.RemotePost{
			URI: "https://x.example/notes/1", URL: "https://x.example/@ines/1", Public: true,
			Addressed: []string{vocabulary.Public, "https://x.example/users/ines/followers", "https://y.example/f/telecoms", "https://y.example/users/max"},
			Content:   "<p>text</p>", Source: "text", Language: "fr", ContentNote: "money & anger", Answered: true, ContextURI: "https://y.example/contexts/7", Tags: []string{"#Fée"},
			Attachments: []forum.Attachment{{URL: "https://cdn.example/1.png", MediaType: "image/png", Alt: "a bill"}},
			PublishedAt: time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC), UpdatedAt: time.Date(2026, 3, 15, 0, 0, 0, 0, time.UTC),
		},
		AuthorURI: "https://x.example/users/ines", ParentURI: "https://y.example/notes/7",
	}
	if !reflect.DeepEqual(p, want) {
		t.Errorf("read %+v\nwant %+v", p, want)
	}
}

// TestPostShapes has posts in the shapes of other software: what is read from
// one or two properties.
func TestPostShapes(t *testing.T) {
	title := func(p *vocabulary.Post) string { return p.Title }
	content := func(p *vocabulary.Post) string { return p.Content }
	author := func(p *vocabulary.Post) string { return p.AuthorURI }
	parent := func(p *vocabulary.Post) string { return p.ParentURI }
	language := func(p *vocabulary.Post) string { return p.Language }
	page := func(p *vocabulary.Post) string { return p.URL }
	note := func(p *vocabulary.Post) string { return p.ContentNote }
	kind := func(p *vocabulary.Post) string {
		if p.Vote != "" {
			return "vote"
		}
		return "post"
	}
	const answered = "https://y.example/notes/7"
	person := map[string]any{"type": "Person", "id": "https://x.example/accounts/ines"}
	channel := map[string]any{"type": "Group", "id": "https://x.example/channels/cars"}
	for _, c := range []struct {
		name   string
		change map[string]any
		read   func(p *vocabulary.Post) string
		want   string
	}{
		{"a title that looks like an address", map[string]any{"type": "Page", "name": "Enel: double bill"}, title, "Enel: double bill"},
		{"a title that is one", map[string]any{"type": "Page", "name": "https://x.example/"}, title, "https://x.example/"},
		{"a title in a map", map[string]any{"type": "Page", "name": nil, "nameMap": map[string]any{"fr": "Facture"}}, title, "Facture"},
		{"a title that is the word null", map[string]any{"type": "Page", "name": "null"}, title, ""},
		{"a title that is null", map[string]any{"type": "Page", "name": nil}, title, ""},
		{"a titled Note", map[string]any{"name": "Box"}, title, "Box"},
		{"NodeBB's title on replies", map[string]any{"name": "Box", "inReplyTo": answered}, title, ""},
		{"NodeBB's reply is no vote", map[string]any{"name": "Box", "inReplyTo": answered}, kind, "post"},
		{"a vote in a poll", map[string]any{"name": "Yes", "content": nil, "inReplyTo": answered}, kind, "vote"},
		{"a vote with empty content", map[string]any{"name": "Yes", "content": "", "inReplyTo": answered}, kind, "vote"},
		{"a Page in answer is no vote", map[string]any{"type": "Page", "name": "Yes", "content": "", "inReplyTo": answered}, kind, "post"},
		{"an empty reply is no vote", map[string]any{"name": "null", "content": "", "inReplyTo": answered}, kind, "post"},
		{"a titled Note without content is no vote", map[string]any{"name": "Yes", "content": ""}, kind, "post"},

		{"content in a map", map[string]any{"content": nil, "contentMap": map[string]any{"it": "<p>testo</p>"}}, content, "<p>testo</p>"},
		{"content in Markdown", map[string]any{"content": "a < b\n\"c\"", "mediaType": "text/markdown"}, content, "<p>a &lt; b<br>&#34;c&#34;</p>"},
		{"plain content", map[string]any{"content": "<script>", "mediaType": "text/plain"}, content, "<p>&lt;script&gt;</p>"},
		{"HTML content", map[string]any{"content": "<p>a</p>", "mediaType": "text/html"}, content, "<p>a</p>"},
		{"an Article with an excerpt only", map[string]any{"type": "Article", "content": nil, "summary": "<p>excerpt</p>"}, content, "<p>excerpt</p>"},
		{"an Article with both", map[string]any{"type": "Article", "summary": "<p>excerpt</p>"}, content, "<p>text</p>"},
		{"an Article's excerpt is no warning", map[string]any{"type": "Article", "summary": "<p>excerpt</p>"}, note, ""},
		{"a poll's summary is a warning", map[string]any{"type": "Question", "summary": "sad"}, note, "sad"},
		{"a Note's summary is a warning", map[string]any{"summary": "<p>sad <b>story</b></p>"}, note, "sad  story"},

		{"an author in a list", map[string]any{"attributedTo": []any{"https://x.example/users/ines"}}, author, "https://x.example/users/ines"},
		{"an embedded author", map[string]any{"attributedTo": person}, author, "https://x.example/accounts/ines"},
		{"PeerTube's person and channel", map[string]any{"type": "Video", "attributedTo": []any{person, channel}}, author, "https://x.example/accounts/ines"},
		{"PeerTube's channel and person", map[string]any{"type": "Video", "attributedTo": []any{channel, person}}, author, "https://x.example/accounts/ines"},
		{"a channel alone", map[string]any{"type": "Video", "attributedTo": []any{channel}}, author, "https://x.example/channels/cars"},

		{"no parent", map[string]any{"inReplyTo": nil}, parent, ""},
		{"a parent in a list", map[string]any{"inReplyTo": []any{answered}}, parent, answered},
		{"an embedded parent", map[string]any{"inReplyTo": map[string]any{"type": "Note", "id": answered}}, parent, answered},
		{"a parent that is no address", map[string]any{"inReplyTo": "tag:y.example,2026:7"}, parent, ""},

		{"Lemmy's language", map[string]any{"language": map[string]any{"identifier": "it", "name": "Italiano"}}, language, "it"},
		{"Lemmy's undetermined language", map[string]any{"language": map[string]any{"identifier": "und", "name": "Undetermined"}}, language, ""},
		{"Lemmy's language against the map's", map[string]any{"language": map[string]any{"identifier": "it"}, "contentMap": map[string]any{"fr": "<p>text</p>"}}, language, "it"},
		{"a language that is a string", map[string]any{"language": "it"}, language, ""},

		{"a page", map[string]any{"url": "https://x.example/@ines/1"}, page, "https://x.example/@ines/1"},
		{"PeerTube's pages and files", map[string]any{"type": "Video", "url": []any{map[string]any{"type": "Link", "mediaType": "video/mp4", "href": "https://x.example/1.mp4"},
			map[string]any{"type": "Link", "mediaType": "text/html", "href": "https://x.example/w/1"}}}, page, "https://x.example/w/1"},
		{"no page", map[string]any{"url": nil}, page, ""},
		{"a page that is a script", map[string]any{"url": "javascript:alert(1)"}, page, ""},

		{"source in HTML", map[string]any{"source": map[string]any{"content": "<p>a</p>", "mediaType": "text/html"}}, func(p *vocabulary.Post) string { return p.Source }, ""},
		{"an odd timestamp", map[string]any{"published": "SCRUBBED_DATE"}, func(p *vocabulary.Post) string { return p.PublishedAt.Format(time.DateOnly) }, "0001-01-01"},
		{"a poll", map[string]any{"type": "Question", "oneOf": []any{map[string]any{"type": "Note", "name": "Yes"}}}, content, "<p>text</p>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := vocabulary.ReadPost(with(t, inesNote, c.change))
			if err != nil {
				t.Fatal(err)
			}
			if got := c.read(p); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestPostRefusals(t *testing.T) {
	for _, c := range []struct {
		name   string
		change map[string]any
	}{
		{"no id", map[string]any{"id": nil}},
		{"no type", map[string]any{"type": nil}},
		{"an actor", map[string]any{"type": "Person"}},
		{"a message to one", map[string]any{"type": "ChatMessage"}},
		{"what is left of one", map[string]any{"type": "Tombstone"}},
		{"no author", map[string]any{"attributedTo": nil}},
		{"an author that is no address", map[string]any{"attributedTo": "ines"}},
		{"an author elsewhere", map[string]any{"attributedTo": "https://y.example/users/ines"}},
		{"an author on another port", map[string]any{"attributedTo": "https://x.example:8443/users/ines"}},
		{"a person elsewhere on a channel here", map[string]any{"attributedTo": []any{"https://x.example/c/cars", map[string]any{"type": "Person", "id": "https://y.example/users/ines"}}}},
	} {
		if p, err := vocabulary.ReadPost(with(t, inesNote, c.change)); err == nil {
			t.Errorf("%s: read %+v", c.name, p)
		}
	}
}

func TestAttachments(t *testing.T) {
	for _, c := range []struct {
		name string
		text string
		want []forum.Attachment
	}{
		{"Mastodon's document", `[{"type":"Document","mediaType":"image/jpeg","url":"https://x.example/1.jpg","name":"a bill"}]`,
			[]forum.Attachment{{URL: "https://x.example/1.jpg", MediaType: "image/jpeg", Alt: "a bill"}}},
		{"GoToSocial's single one", `{"type":"Document","mediaType":"image/jpeg","url":"https://x.example/1.jpg"}`,
			[]forum.Attachment{{URL: "https://x.example/1.jpg", MediaType: "image/jpeg"}}},
		{"Lemmy's link", `[{"type":"Link","href":"https://y.example/news"}]`, []forum.Attachment{{URL: "https://y.example/news"}}},
		{"Lemmy's image", `[{"type":"Image","url":"https://x.example/1.webp"}]`, []forum.Attachment{{URL: "https://x.example/1.webp", MediaType: "image/*"}}},
		{"Pleroma's list of links", `[{"type":"Document","mediaType":"image/png","url":[{"type":"Link","href":"https://x.example/1.png","mediaType":"image/png"}],"name":"null"}]`,
			[]forum.Attachment{{URL: "https://x.example/1.png", MediaType: "image/png"}}},
		{"words with tags", `[{"type":"Image","url":"https://x.example/1.png","name":null,"summary":"<b>a</b>"}]`,
			[]forum.Attachment{{URL: "https://x.example/1.png", MediaType: "image/*", Alt: "a"}}},
		{"a field of a profile", `[{"type":"PropertyValue","name":"site","value":"x","url":"https://x.example/"}]`, nil},
		{"nothing with a type", `[{"url":"https://x.example/1.png"}]`, nil},
		{"a script", `[{"type":"Link","href":"javascript:alert(1)"}]`, nil},
		{"an id", `["https://x.example/1.png"]`, nil},
		{"null", `null`, nil},
	} {
		p, err := vocabulary.ReadPost(with(t, inesNote, map[string]any{"attachment": json.RawMessage(c.text)}))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(p.Attachments, c.want) {
			t.Errorf("%s: got %+v, want %+v", c.name, p.Attachments, c.want)
		}
	}
	var many []any
	for range 100 {
		many = append(many, map[string]any{"type": "Image", "url": "https://x.example/1.png", "mediaType": strings.Repeat("é", 500), "name": strings.Repeat("é", 5000)})
	}
	p, err := vocabulary.ReadPost(with(t, inesNote, map[string]any{"attachment": many}))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Attachments) != 20 || len(p.Attachments[0].Alt) != 2000 || len(p.Attachments[0].MediaType) != 100 {
		t.Errorf("%d attachments, the first with %d bytes of words", len(p.Attachments), len(p.Attachments[0].Alt))
	}
}
