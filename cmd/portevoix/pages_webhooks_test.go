package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"sync"
	"testing"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// hookReceiver is a program that is called, and checks who calls with the library that
// others use.
type hookReceiver struct {
	*httptest.Server
	mu     sync.Mutex
	secret string
	status int
	events []map[string]any
	forged int
}

func startHookReceiver(t *testing.T) *hookReceiver {
	t.Helper()
	r := &hookReceiver{status: http.StatusNoContent}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

// ServeHTTP implements http.Handler.
func (r *hookReceiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	hook, keyErr := standard.NewWebhook(r.secret)
	if err != nil || keyErr != nil || hook.VerifyIgnoringTimestamp(body, request.Header) != nil {
		r.forged++
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var event map[string]any
	if json.Unmarshal(body, &event) == nil {
		r.events = append(r.events, event)
	}
	w.WriteHeader(r.status)
}

func (r *hookReceiver) received(kind string) map[string]any {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.events {
		if e["type"] == kind {
			data, _ := e["data"].(map[string]any)
			return data
		}
	}
	return nil
}

var shownSecret = regexp.MustCompile(`whsec_[A-Za-z0-9+/=]+`)

// TestWebhooks adds webhooks on a page and by the API, and looks at what a program is
// told, and at its log.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	lea := s.account("lea")
	s.account("mod")
	s.forum("banks", "mod")
	receiver := startHookReceiver(t)
	mod, stranger, path := s.textBrowser("mod"), s.textBrowser("lea"), "/f/banks/webhooks"
	stranger.get(path).is(http.StatusForbidden)
	stranger.get("/f/banks").lacks(path)
	mod.get("/f/banks").shows(path)
	mod.get(path).is(http.StatusOK).shows("No program is called", "New threads")
	form := url.Values{"url": {"https://name:word@bot.example"}, "event": {"thread.created", "report.created"}}
	mod.post(path, form).is(http.StatusUnprocessableEntity).shows("The address has to begin with https", `value="report.created" checked`)
	form.Set("url", receiver.URL+"/hook")
	shown := mod.post(path, form).is(http.StatusOK).shows("It is shown this once only", "It was not called yet")
	receiver.mu.Lock()
	receiver.secret = shownSecret.FindString(shown.body)
	receiver.mu.Unlock()
	hook := regexp.MustCompile(`/webhooks/[0-9]+`).FindString(mod.get(path).shows(receiver.URL).body)
	mod.get(hook).is(http.StatusOK).lacks("whsec_")
	stranger.get(hook).is(http.StatusNotFound)
	stranger.post(hook, url.Values{"do": {"remove"}}).is(http.StatusNotFound)

	mod.post(hook, url.Values{"do": {"test"}}).leadsTo(hook)
	await := func(kind string) map[string]any {
		t.Helper()
		forumtest.Eventually(t, patience, kind, func() bool { return receiver.received(kind) != nil })
		return receiver.received(kind)
	}
	if data := await("webhook.test"); "/webhooks/"+text(data, "webhook_id") != hook {
		t.Errorf("the test says %v", data)
	}
	th := s.grievance(lea, "banks", "Charged <twice>")
	if data := await("thread.created"); text(data, "id") != th.ID.String() || text(data, "title") != "Charged <twice>" || text(data, "forum") != "banks" || text(data, "uri") != th.URI {
		t.Errorf("of a thread it is told %v", data)
	}
	stranger.post("/t/"+th.ID.String()+"/report", url.Values{"words": {"secret words"}})
	if data := await("report.created"); len(data["post_ids"].([]any)) != 1 || data["words"] != nil || data["reporter"] != nil {
		t.Errorf("of a report it is told %v", data)
	}
	forumtest.Eventually(t, patience, "the log", func() bool {
		return regexp.MustCompile(`(?s)report\.created.*arrived \(204\)`).MatchString(mod.get(hook).body)
	})

	// With another secret, the program sees that it is not we who call.
	mod.post(hook, url.Values{"do": {"secret"}}).is(http.StatusOK).shows("whsec_")
	mod.post(hook, url.Values{"do": {"test"}}).leadsTo(hook)
	forumtest.Eventually(t, patience, "the log of a refusal", func() bool {
		return regexp.MustCompile(`given up \(401\)`).MatchString(mod.get(hook).body)
	})
	mod.get(hook).shows("It has not answered well since")
	mod.post(hook, url.Values{"do": {"pause"}}).leadsTo(hook)
	mod.get(hook).shows("it is not called", "Call it again")
	mod.post(hook, url.Values{"do": {"nonsense"}}).is(http.StatusNotFound)
	mod.post(hook, url.Values{"do": {"remove"}}).leadsTo(path)
	mod.get(path).shows("No program is called")

	s.webhooksByProgram(receiver.URL)
}

// webhooksByProgram does the same by the API.
func (s *inProcess) webhooksByProgram(address string) {
	t := s.t
	t.Helper()
	mod, stranger := s.program("mod", forum.ScopeRead, forum.ScopeWrite), s.program("lea", forum.ScopeRead, forum.ScopeWrite)
	in := map[string]any{"url": address + "/api", "events": []string{"case.state_changed"}}
	stranger.do("POST", "/forums/banks/webhooks", in).is(403)
	mod.do("POST", "/webhooks", in).is(403)
	mod.do("POST", "/forums/nothing/webhooks", in).is(404)
	mod.do("POST", "/forums/banks/webhooks", map[string]any{"url": address, "events": []string{"everything"}}).is(422)
	added := mod.do("POST", "/forums/banks/webhooks", in).is(201).object
	id := text(added, "id")
	if !shownSecret.MatchString(text(added, "secret")) || added["paused_at"] != nil {
		t.Errorf("added is %v", added)
	}
	if list := mod.do("GET", "/forums/banks/webhooks", nil).is(200).list; len(list) != 1 || list[0]["secret"] != nil || text(list[0], "url") != address+"/api" {
		t.Errorf("the list is %v", list)
	}
	stranger.do("GET", "/webhooks/"+id+"/calls", nil).is(404)
	if paused := mod.do("PATCH", "/webhooks/"+id, map[string]any{"paused": true}).is(200).object; paused["paused_at"] == nil {
		t.Errorf("paused is %v", paused)
	}
	mod.do("POST", "/webhooks/"+id+"/test", nil).is(202)
	forumtest.Eventually(t, patience, "the call in the log", func() bool {
		log := mod.do("GET", "/webhooks/"+id+"/calls", nil).is(200).list
		return len(log) == 1 && log[0]["status"] == 401.0 && log[0]["done_at"] != nil && log[0]["arrived"] == false
	})
	if renewed := mod.do("POST", "/webhooks/"+id+"/secret", nil).is(200).object; text(renewed, "secret") == text(added, "secret") {
		t.Error("the secret stays")
	}
	mod.do("DELETE", "/webhooks/"+id, nil).is(204)
	mod.do("DELETE", "/webhooks/"+id, nil).is(404)
}

// TestWebhooksStayOutside holds that no program inside the network is called.
func TestWebhooksStayOutside(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, func(c *config.Config) { c.Federation.AllowNetworks = nil })
	s.account("mod")
	s.forum("banks", "mod")
	receiver := startHookReceiver(t)
	mod := s.program("mod", forum.ScopeRead, forum.ScopeWrite)
	mod.do("POST", "/forums/banks/webhooks", map[string]any{"url": receiver.URL, "events": []string{"thread.created"}}).is(422) // no TLS
	id := text(mod.do("POST", "/forums/banks/webhooks", map[string]any{"url": "https://127.0.0.1/hook", "events": []string{"thread.created"}}).is(201).object, "id")
	mod.do("POST", "/webhooks/"+id+"/test", nil).is(202)
	forumtest.Eventually(t, patience, "the call in the log", func() bool {
		log := mod.do("GET", "/webhooks/"+id+"/calls", nil).is(200).list
		return len(log) == 1 && log[0]["done_at"] != nil && log[0]["status"] == nil && text(log[0], "error") != ""
	})
}
