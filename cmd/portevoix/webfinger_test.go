package main

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"portevoix/federation/vocabulary"
	"portevoix/forum"
)

// finger makes a host answer a question about a handle.
func (s *stage) finger(host, handle string, answer any) {
	s.publish("http://"+host+"/.well-known/webfinger?resource="+url.QueryEscape("acct:"+handle), answer)
}

// self is a WebFinger answer that names an actor.
func self(subject, actor string) map[string]any {
	return map[string]any{"subject": "acct:" + subject, "links": []any{map[string]any{"rel": "self", "type": vocabulary.ContentType, "href": actor}}}
}

// named makes an actor of that name available.
func (s *stage) named(uri, name string) string {
	s.publish(uri, map[string]any{"id": uri, "type": "Person", "preferredUsername": name, "inbox": uri + "/inbox",
		"publicKey": map[string]any{"id": keyOf(uri), "owner": uri, "publicKeyPem": s.pem}})
	return uri
}

// TestHandles looks up handles that are what they say, and handles whose servers
// lie about others.
func TestHandles(t *testing.T) {
	t.Parallel()
	home := startInProcess(t, nil)
	s := newStage(t)
	good, evil, domain := s.host(), s.host(), s.host()
	ines := s.named("http://"+good+"/users/ines", "ines")
	mallory := s.named("http://"+evil+"/users/mallory", "mallory")
	jo := s.named("http://"+good+"/users/jo", "jo")
	s.finger(good, "ines@"+good, self("ines@"+good, ines))
	s.finger(evil, "mallory@"+evil, self("mallory@"+evil, mallory))
	s.finger(evil, "Mallory@"+evil, self("mallory@"+evil, mallory))
	// The handle's domain and the server are two hosts, which agree.
	s.finger(domain, "jo@"+domain, self("jo@"+domain, jo))
	s.finger(good, "jo@"+good, self("jo@"+domain, jo))
	// The lies.
	s.finger(evil, "ines@"+evil, self("ines@"+evil, ines))
	s.finger(evil, "other@"+evil, self("other@"+evil, ines))
	s.finger(evil, "alias@"+evil, self("ines@"+good, mallory))
	s.finger(evil, "unknown@"+evil, self("unknown@"+good, "http://"+good+"/users/unknown"))
	s.finger(evil, "renamed@"+evil, self("renamed@"+evil, mallory))
	s.finger(evil, "here@"+evil, self("here@"+evil, home.base+"/u/here"))
	s.finger(evil, "page@"+evil, map[string]any{"subject": "acct:page@" + evil, "links": []any{map[string]any{"rel": "self", "type": "text/html", "href": mallory}}})
	s.finger(evil, "script@"+evil, self("script@"+evil, "javascript:alert(1)"))
	s.finger(evil, "nothing@"+evil, map[string]any{})
	s.finger(evil, "list@"+evil, []any{})
	for _, c := range []struct {
		name, ask string
		handle    string // as it is known here afterwards
		code      forum.Code
	}{
		{"plain", "ines@" + good, "ines@" + good, ""},
		{"in capitals", "Mallory@" + evil, "mallory@" + evil, ""},
		{"of a domain apart from its server", "jo@" + domain, "jo@" + domain, ""},
		{"by its server, which refers to the domain", "jo@" + good, "jo@" + domain, ""},
		{"another server's actor as one's own", "ines@" + evil, "", forum.NotFound},
		{"another server's actor under another name", "other@" + evil, "", forum.NotFound},
		{"one's own actor as another server's", "alias@" + evil, "", forum.NotFound},
		{"a handle that its host does not know", "unknown@" + evil, "", forum.NotFound},
		{"an actor that has another name", "renamed@" + evil, "", forum.NotFound},
		{"an actor of ours", "here@" + evil, "", forum.NotFound},
		{"a page", "page@" + evil, "", forum.NotFound},
		{"a script", "script@" + evil, "", forum.NotFound},
		{"an empty answer", "nothing@" + evil, "", forum.NotFound},
		{"a list", "list@" + evil, "", forum.Invalid},
		{"no answer", "nobody@" + evil, "", forum.NotFound},
		{"no server", "ines@127.0.0.1:1", "", forum.Unavailable},
	} {
		h, ok := forum.ParseHandle(c.ask, "")
		if !ok {
			t.Fatalf("%s is no handle", c.ask)
		}
		a, err := home.federation.ActorByHandle(t.Context(), h)
		if forum.CodeOf(err) != c.code || err == nil && a.Handle() != c.handle {
			t.Errorf("%s: %s is %+v, %v", c.name, c.ask, a, err)
		}
	}
	for uri, handle := range map[string]string{ines: "ines@" + good, jo: "jo@" + domain, mallory: "mallory@" + evil} {
		if a, err := home.store.ActorByURI(t.Context(), uri); err != nil || a.Handle() != handle {
			t.Errorf("%s is known as %+v, %v", uri, a, err)
		}
	}
}

// TestPayloadHandles plays Mastodon's samples of WebFinger: a good one, and some
// that try to pass for others.
func TestPayloadHandles(t *testing.T) {
	home := startInProcess(t, nil)
	s := newStage(t)
	for _, c := range []struct {
		file, subject string
		code          forum.Code
	}{
		{"activitypub-webfinger.txt", "foo@ap.example.com", ""},
		{"webfinger-hacker1.txt", "gargron@quitter.no", forum.NotFound},
		{"webfinger-hacker2.txt", "gargron@quitter.no", forum.NotFound},
		{"webfinger-hacker3.txt", "localhost@kickass.zone", forum.NotFound},
		{"webfinger-hacker3.txt", "gargron@quitter.no", forum.NotFound},
	} {
		path := payloadFiles(t, "/"+c.file)[0]
		name, host, _ := strings.Cut(c.subject, "@")
		live := s.host()
		text := strings.ReplaceAll(string(payloadBody(t, path)), `\/`, "/")
		text = strings.NewReplacer("https://"+host, "http://"+live, "@"+host, "@"+live).Replace(text)
		d, err := vocabulary.Parse([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", filepath.Base(path), err)
		}
		s.named("http://"+live+"/users/"+name, name)
		s.named("http://"+live+"/"+name, name)
		s.finger(live, name+"@"+live, d)
		a, err := home.federation.ActorByHandle(t.Context(), forum.Handle{Name: name, Host: live})
		if forum.CodeOf(err) != c.code || err == nil && a.Handle() != name+"@"+live {
			t.Errorf("%s for %s: %+v, %v", c.file, c.subject, a, err)
		}
	}
}
