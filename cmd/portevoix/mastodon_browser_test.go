package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"portevoix/forum"
)

// TestConsentInBrowser signs somebody in who comes from an app, lets it act, and
// sees the browser go back to the app: nothing in our pages keeps it from that.
func TestConsentInBrowser(t *testing.T) {
	t.Parallel()
	needChromium(t)
	back := make(chan string, 1)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/back" {
			back <- r.URL.RawQuery
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><title>The app</title><p>Signed in to the app")
	}))
	defer elsewhere.Close()
	s := startInProcess(t, nil)
	s.account("lea")
	for _, c := range []struct {
		language string
		size     screen
		scopes   string
	}{{"en", phone, "read write follow push"}, {"fr", desktop, "read:statuses write:media write:statuses profile"}} {
		app := s.register(elsewhere.URL+"/back", c.scopes)
		b := s.window("lea", c.size, c.language)
		b.open(app.request(elsewhere.URL+"/back", c.scopes))
		b.sees("Trompette", "@lea", strings.TrimPrefix(elsewhere.URL, "http://"))
		b.check()
		b.accessible("consent-" + c.language)
		b.resize(smallest)
		b.check()
		b.resize(c.size)
		b.press("form[action='/oauth/authorize'] .loud")
		if query := <-back; !strings.Contains(query, "code=") || !strings.Contains(query, "state=here%26there") {
			t.Errorf("the app hears %q", query)
		}
		byHand := s.register(forum.OutOfBand, c.scopes)
		b.open(byHand.request(forum.OutOfBand, c.scopes))
		b.press("form[action='/oauth/authorize'] .loud")
		b.sees("Trompette")
		b.check()
		b.accessible("consent-code-" + c.language)
	}
}
