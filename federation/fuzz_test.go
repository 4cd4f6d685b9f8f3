package federation

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gorilla/mux"

	"portevoix/federation/client"
	"portevoix/forum"
)

// FuzzJRD reads WebFinger answers.
func FuzzJRD(f *testing.F) {
	for _, seed := range []string{
		`{"subject":"acct:ines@x.example","aliases":["https://x.example/@ines"],"links":[{"rel":"self","type":"application/activity+json","href":"https://x.example/users/ines"}]}`,
		`{"subject":"acct:ines@x.example","links":[{"rel":"self","type":"application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"","href":"https://x.example/users/ines"}]}`,
		`{"links":[{"rel":"self","type":"text/html","href":"https://x.example/"},{"rel":"self","type":"application/activity+json"},{"rel":"self","type":"application/activity+json","href":"https://y.example/\u0000"}]}`,
		`{"links":[{"rel":"self","type":"application/activity+json; charset=utf-8","href":"//x.example"}]}`,
		`{"links":[{"rel":"self","type":"application/activity+json","href":"javascript:alert(1)"}]}`,
		`{"links":[null,{"rel":1}]}`, `{"links":{}}`, `{"subject":[]}`, `[]`, `null`, ``,
	} {
		f.Add([]byte(seed))
	}
	nobody := errors.New("nobody")
	f.Fuzz(func(t *testing.T, body []byte) {
		subject, uri, err := readJRD(body, nobody)
		switch {
		case err != nil && (subject != "" || uri != ""):
			t.Errorf("%q, %q with %v", subject, uri, err)
		case err != nil && !errors.Is(err, nobody) && forum.CodeOf(err) != forum.Invalid:
			t.Errorf("%v", err)
		case err == nil && (forum.HostOf(uri) == "" || !strings.HasPrefix(strings.ToLower(uri), "http")):
			t.Errorf("the actor is %q", uri)
		}
		if h, ok := forum.ParseHandle(subject, ""); ok && (h.Name == "" || strings.ContainsAny(h.String(), " /?#<>\"'\\\x00")) {
			t.Errorf("subject %q is the handle %q", subject, h)
		}
	})
}

// FuzzNodeInfo reads what servers say of their software.
func FuzzNodeInfo(f *testing.F) {
	for _, seed := range []string{
		`{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"https://x.example/nodeinfo/2.0"},{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.1","href":"https://x.example/nodeinfo/2.1"}]}`,
		`{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"https://y.example/nodeinfo/2.0"},{"rel":"http://nodeinfo.diaspora.software/ns/schema/1.0","href":"https://x.example/1"}]}`,
		`{"version":"2.0","software":{"name":"Lemmy","version":"0.19.20"}}`,
		`{"software":{"name":"` + strings.Repeat("É", 200) + `","version":"\u0000"}}`,
		`{"software":"lemmy","links":[1]}`, `{"links":null,"software":null}`, `[]`, ``,
	} {
		f.Add([]byte(seed))
	}
	const base = "https://x.example"
	f.Fuzz(func(t *testing.T, body []byte) {
		addresses := readNodeInfoLinks(body, base)
		if len(addresses) > maxNodeInfoLinks {
			t.Errorf("%d addresses", len(addresses))
		}
		for _, a := range addresses {
			if !forum.SameHost(a, base) {
				t.Errorf("%s would be asked", a)
			}
		}
		software, version, ok := readNodeInfo(body)
		for _, s := range []string{software, version} {
			if len(s) > 100 || !utf8.ValidString(s) || s != "" && !ok {
				t.Errorf("read %q, %q", software, version)
			}
		}
		if software != strings.ToLower(software) {
			t.Errorf("software %q", software)
		}
	})
}

// namesOnly is a store that knows everyone whose name is possible here, and
// checks how it is asked.
type namesOnly struct {
	Store
	t *testing.T
}

func (s namesOnly) InstanceActor(context.Context) (*forum.Actor, error) {
	return &forum.Actor{Kind: forum.Application, Name: forum.InstanceActorName, URI: "https://here.example/actor"}, nil
}

func (s namesOnly) ActorByHandle(_ context.Context, h forum.Handle) (*forum.Actor, error) {
	if h.Host != "" || h.Name == "" || h.Name != strings.ToLower(h.Name) || strings.ContainsAny(h.Name, "@ /?#") {
		s.t.Errorf("asked for the handle %+v", h)
	}
	if strings.Trim(h.Name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return nil, &forum.Error{Code: forum.NotFound}
	}
	return &forum.Actor{Kind: forum.Person, Name: h.Name, URI: "https://here.example/u/" + h.Name}, nil
}

func (s namesOnly) ActorByURI(_ context.Context, uri string) (*forum.Actor, error) {
	if !strings.HasPrefix(uri, "https://here.example") {
		s.t.Errorf("asked for %q", uri)
	}
	return nil, &forum.Error{Code: forum.NotFound}
}

// FuzzResource asks WebFinger for anything: it finds, or answers 4xx.
func FuzzResource(f *testing.F) {
	for _, seed := range []string{
		"acct:lea@here.example", "lea@here.example", "@lea@HERE.example", "lea", "!lea", "acct:", "acct:@", "@@", "acct:lea@", "acct:lea@y.example", "acct:here.example@here.example",
		"https://here.example", "https://here.example/", "https://here.example/u/lea", "https://here.example.evil/u/lea", "https://y.example/u/lea", "https://here.example/\x00", "\xff@here.example",
		"acct:lea@here.example@here.example", strings.Repeat("a", 3000), "", "İ@here.example", "acct:acct:lea@here.example",
	} {
		f.Add(seed)
	}
	addresses, err := forum.NewAddresses("https://here.example")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, resource string) {
		s := New(Options{Store: namesOnly{t: t}, Addresses: addresses})
		router := mux.NewRouter()
		s.Register(router)
		w := httptest.NewRecorder()
		router.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/.well-known/webfinger?resource="+url.QueryEscape(resource), nil))
		if w.Code != http.StatusOK && (w.Code < 400 || w.Code > 499) {
			t.Errorf("%q: answered %d %s", resource, w.Code, w.Body)
		}
		if w.Code == http.StatusOK {
			if subject, uri, err := readJRD(w.Body.Bytes(), nil); err != nil || !addresses.IsLocal(uri) || !strings.HasSuffix(subject, "@here.example") {
				t.Errorf("%q: answered %s, which is read as %q, %q, %v", resource, w.Body, subject, uri, err)
			}
		}
	})
}

// FuzzRetryAfter reads how long to wait.
func FuzzRetryAfter(f *testing.F) {
	now := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	for _, seed := range []string{"120", "-1", "99999999999999999999", "9223372036854775807", "Sat, 14 Mar 2026 12:00:30 GMT", "Mon, 01 Jan 0001 00:00:00 GMT", "soon", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if wait := client.RetryAfter(http.Header{"Retry-After": {header}}, now); wait < 0 || wait > client.MaxWait {
			t.Errorf("%q: %s", header, wait)
		}
	})
}

// FuzzQuality reads the weights of an Accept header.
func FuzzQuality(f *testing.F) {
	for _, seed := range []string{"1", "0.5", "", "NaN", "-1", "1e9", "0x1p-2", "Inf"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, q string) {
		if got := parseQuality(q); !(got >= 0 && got <= 1) {
			t.Errorf("%q: %v", q, got)
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept", "application/activity+json;q="+q+", text/html;q=0.5")
		wantsActivity(r, nil)
	})
}
