package vocabulary_test

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

// documents are where the fuzzers begin: what is sent, what is nearly so, and
// what is meant to hurt.
var documents = []string{
	inesActor, inesNote, threadNote, replyNote,
	`{"id":"https://x.example/1","type":"Announce","actor":"https://x.example/c/cars","object":{"id":"https://y.example/2","type":"Create","actor":"https://y.example/ines","object":{"id":"https://y.example/3","type":"Page","attributedTo":"https://y.example/ines","name":"Enel: double bill"}}}`,
	`{"type":["Note",1,null],"to":"as:Public","cc":{"id":"Public"},"audience":[[]],"nameMap":{"fr":"a","und":1},"name":["b",{}]}`,
	`{"id":"https://x.example/1","type":"Video","attributedTo":[{"type":"Group","id":"https://x.example/c"},{"type":"Person","id":"https://x.example/p"}],"url":[{"type":"Link","mediaType":"text/html","href":"https://x.example/w"}]}`,
	`{"id":"https://x.example/1","type":"Note","attributedTo":"https://x.example/p","inReplyTo":"https://x.example/1","name":"null","content":"a\nb","mediaType":"text/plain","language":{"identifier":"und"},"source":{"mediaType":"text/markdown"}}`,
	`{"id":"https://x.example/1","type":"Note","attributedTo":"https://x.example/p","attachment":{"type":"Image","url":{"href":"https://x.example/i"},"name":"<b>\u0000"},"tag":{"type":"Mention","href":"https://x.example/p"}}`,
	`{"id":"https://x.example/1","type":"Note","attributedTo":"https://x.example/p","tag":[{"type":"Emoji","name":":cat:","icon":{"type":"Image","mediaType":"image/png","url":"https://x.example/cat.png"}},{"type":"Emoji","name":1,"icon":[{"href":"javascript:x"},{"url":[{"href":"https://x.example/c"}]}]},{"type":"Emoji"}]}`,
	`{"id":"https://[::1]:99999/","type":"Person","preferredUsername":"~","inbox":"https://[::1]:99999/","publicKey":[{"id":"https://[::1]:99999/#k","publicKeyPem":"x"}]}`,
	`{"id":"https://x.example","type":"` + strings.Repeat("é", 200) + `","published":"2026-03-14T09:26:53+99:99","updated":9e999}`,
	`{"a":` + strings.Repeat("[", 60) + strings.Repeat("]", 60) + `}`,
	`{"a":"\ud800\"[","b":"` + "\xff" + `"}`,
	`[]`, `null`, `{}{}`, `{"a":1,}`, ``,
}

// keys are the properties that are read.
var keys = []string{"id", "type", "actor", "object", "to", "cc", "audience", "attributedTo", "inReplyTo", "name", "summary", "content", "published", "updated", "url", "tag",
	"attachment", "endpoints", "publicKey", "icon", "target", "context", "language", "source", "sensitive"}

// FuzzDocument asks a document for everything as everything.
func FuzzDocument(f *testing.F) {
	for _, d := range documents {
		f.Add([]byte(d))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := vocabulary.Parse(body)
		if (err == nil) != (d != nil) {
			t.Fatalf("%v, %v", d, err)
		}
		if id := d.ID(); id != "" && (forum.HostOf(id) == "" || len(id) > 2048) {
			t.Errorf("id %q", id)
		}
		if kind := d.Type(); len(kind) > 100 || !utf8.ValidString(kind) || strings.ContainsFunc(kind, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("type %q", kind)
		}
		for _, key := range keys {
			checkProperty(t, d, key)
		}
		d.IsPublic()
		for _, uri := range d.Addresses() {
			checkAddress(t, uri)
		}
	})
}

func checkProperty(t *testing.T, d vocabulary.Document, key string) {
	t.Helper()
	list := d.IRIs(key)
	for _, uri := range list {
		checkAddress(t, uri)
	}
	if one := d.IRI(key); len(list) == 0 && one != "" || len(list) > 0 && one != list[0] {
		t.Errorf("%s: %q is not the first of %v", key, one, list)
	}
	if at := d.Time(key); !at.IsZero() && (at.Year() < 1969 || at.Year() > 10000 || at.Location() != time.UTC) {
		t.Errorf("%s: %s", key, at)
	}
	if text, lang := d.Text(key); !utf8.ValidString(text) || !utf8.ValidString(lang) {
		t.Errorf("%s: %q in %q", key, text, lang)
	}
	d.Bool(key)
	if o := d.Object(key); o != nil && len(d.Objects(key)) == 0 {
		t.Errorf("%s: an object that is not among the objects", key)
	}
}

func checkAddress(t *testing.T, uri string) {
	t.Helper()
	if !strings.HasPrefix(strings.ToLower(uri), "http") || forum.HostOf(uri) == "" || len(uri) > 2048 || strings.ContainsAny(uri, " \t\r\n<>\"\x00") {
		t.Errorf("%q is no address", uri)
	}
}

func checkEmojis(t *testing.T, list []forum.Emoji) {
	t.Helper()
	if len(list) > 200 {
		t.Errorf("%d emoji", len(list))
	}
	for _, e := range list {
		checkAddress(t, e.URL)
		if e.Shortcode == "" || len(e.Shortcode) > 100 || len(e.MediaType) > 100 || !utf8.ValidString(e.Shortcode+e.MediaType) {
			t.Errorf("emoji %+v", e)
		}
	}
}

// FuzzActor holds the reader of actors to its promises.
func FuzzActor(f *testing.F) {
	for _, d := range documents {
		f.Add([]byte(d))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := vocabulary.Parse(body)
		if err != nil {
			return
		}
		a, key, err := vocabulary.Actor(d)
		if err != nil {
			if a != nil || key != nil {
				t.Errorf("%+v, %+v with %v", a, key, err)
			}
			return
		}
		if a.URI != d.ID() || a.Host != forum.HostOf(a.URI) || !vocabulary.IsActor(string(a.Kind)) || a.Local() {
			t.Errorf("actor %+v", a)
		}
		if _, ok := forum.ParseHandle(a.Handle(), ""); !ok {
			t.Errorf("handle %q", a.Handle())
		}
		for _, uri := range []string{a.Inbox, a.SharedInbox, a.Outbox, a.FollowersURI, a.Featured} {
			if uri != "" && !forum.SameHost(uri, a.URI) {
				t.Errorf("%s has %s", a.URI, uri)
			}
		}
		for _, uri := range []string{a.URL, a.IconURL, a.Moderators} {
			if uri != "" {
				checkAddress(t, uri)
			}
		}
		checkEmojis(t, a.Emojis)
		if a.Inbox == "" || a.URL == "" {
			t.Errorf("actor without inbox or page: %+v", a)
		}
		if key != nil && (!forum.SameHost(key.URI, a.URI) || key.Public == "" || len(key.Public) > 16<<10) {
			t.Errorf("%s has the key %+v", a.URI, key)
		}
	})
}

// FuzzReadPost holds the reader of posts to its promises.
func FuzzReadPost(f *testing.F) {
	for _, d := range documents {
		f.Add([]byte(d))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := vocabulary.Parse(body)
		if err != nil {
			return
		}
		p, err := vocabulary.ReadPost(d)
		if err != nil {
			if p != nil {
				t.Errorf("%+v with %v", p, err)
			}
			return
		}
		if !vocabulary.IsPost(d.Type()) || p.URI != d.ID() || !forum.SameHost(p.URI, p.AuthorURI) {
			t.Errorf("post %+v", p)
		}
		if p.Public != d.IsPublic() || p.ParentURI != "" && p.Title != "" || p.Vote != "" && (p.ParentURI == "" || p.Content != "") {
			t.Errorf("post %+v", p)
		}
		for _, uri := range append([]string{p.AuthorURI}, p.Addressed...) {
			checkAddress(t, uri)
		}
		for _, uri := range []string{p.URL, p.ParentURI, p.ContextURI} {
			if uri != "" {
				checkAddress(t, uri)
			}
		}
		checkEmojis(t, p.Emojis)
		if len(p.Attachments) > 20 {
			t.Errorf("%d attachments", len(p.Attachments))
		}
		for _, a := range p.Attachments {
			checkAddress(t, a.URL)
			if len(a.MediaType) > 100 || len(a.Alt) > 2000 {
				t.Errorf("attachment %+v", a)
			}
		}
		for _, text := range []string{p.Title, p.Content, p.Source, p.ContentNote, p.Language} {
			if !utf8.ValidString(text) {
				t.Errorf("text %q", text)
			}
		}
	})
}

// FuzzRelay wraps what it is given, or refuses it, and never changes it.
func FuzzRelay(f *testing.F) {
	for _, d := range documents {
		f.Add([]byte(d))
	}
	w := writer(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		out, err := w.Relay(9, telecoms, body, moment)
		if err != nil {
			return
		}
		if inner := strings.Trim(string(body), " \t\r\n"); !strings.HasSuffix(string(out), `,"object":`+inner+"}") {
			t.Errorf("%q was relayed as %q", body, out)
		}
		if d, err := vocabulary.Parse(out); err == nil && (d.Type() != "Announce" || d.IRI("actor") != telecoms.URI) {
			t.Errorf("%q became another activity: %q", body, out)
		}
	})
}
