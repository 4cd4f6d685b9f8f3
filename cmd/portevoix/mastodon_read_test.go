package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"portevoix/forum"
)

// mastodon calls Mastodon's API for somebody ("" for nobody) with a token of
// these scopes.
func (s *inProcess) mastodon(name string, scopes ...forum.Scope) *program {
	s.t.Helper()
	if name != "" && len(scopes) == 0 {
		scopes = []forum.Scope{forum.ScopeRead, forum.ScopeWrite, forum.ScopeFollow, forum.ScopePush}
	}
	p := s.program(name, scopes...)
	p.header.Set("Content-Type", "application/json")
	return p
}

// api calls an address of Mastodon's API.
func (p *program) api(method, path string, in any) answer {
	p.s.t.Helper()
	return p.do(method, p.s.base+path, in)
}

// The fields of Mastodon's entities, as its reference lists them; what stands in
// brackets there is told to readers only.
const (
	accountFields      = "id username acct display_name locked bot discoverable indexable group created_at note url uri avatar avatar_static avatar_description header header_static header_description followers_count following_count statuses_count last_status_at hide_collections noindex emojis roles fields"
	statusFields       = "id uri created_at account content visibility sensitive spoiler_text media_attachments mentions tags emojis reblogs_count favourites_count replies_count quotes_count url in_reply_to_id in_reply_to_account_id reblog poll card language edited_at quote"
	readerFields       = " favourited reblogged muted bookmarked"
	relationshipFields = "id following showing_reblogs notifying languages followed_by blocking blocked_by muting muting_notifications muting_expires_at requested requested_by domain_blocking endorsed note"
)

// TestMastodonReading shows how a forum, its threads and its people look in apps.
func TestMastodonReading(t *testing.T) {
	s := startInProcess(t, nil)
	defer func() {
		if t.Failed() {
			for _, line := range strings.Split(s.printed.String(), "\n") {
				if strings.Contains(line, "level=ERROR") {
					t.Log(line)
				}
			}
		}
	}()
	lea, max := s.account("lea"), s.account("max")
	telecoms := s.forum("telecoms")
	thread := s.thread(lea, "telecoms", "The <bill> came twice")
	reply, err := s.service.Reply(t.Context(), max, forum.NewReply{ThreadID: thread.ID, Body: "Same here, @lea"})
	if err != nil {
		t.Fatal(err)
	}
	app, anyone := s.mastodon("max"), s.mastodon("")

	group := anyone.api(http.MethodGet, "/api/v1/accounts/lookup?acct=telecoms", nil).is(200)
	hasFields(t, group.object, accountFields)
	sameJSON(t, group.object, "group", "true")
	sameJSON(t, group.object, "statuses_count", "1")
	status := anyone.api(http.MethodGet, "/api/v1/statuses/"+thread.ID.String(), nil).is(200)
	hasFields(t, status.object, statusFields)
	sameJSON(t, status.object, "content", `"<p><strong>The &lt;bill&gt; came twice</strong></p><p>Text of The &lt;bill&gt; came twice</p>"`)
	sameJSON(t, status.object, "replies_count", "1")
	hasFields(t, app.api(http.MethodGet, "/api/v1/statuses/"+thread.ID.String(), nil).is(200).object, statusFields+readerFields)
	answered := app.api(http.MethodGet, "/api/v1/statuses/"+reply.ID.String(), nil).is(200)
	hasFields(t, answered.object, statusFields+readerFields+" pinned")
	sameJSON(t, answered.object, "in_reply_to_id", `"`+thread.ID.String()+`"`)
	sameJSON(t, answered.object, "in_reply_to_account_id", `"`+lea.ID.String()+`"`)
	mention := answered.object["mentions"].([]any)[0].(map[string]any)
	hasFields(t, mention, "id username url acct")
	context := anyone.api(http.MethodGet, "/api/v1/statuses/"+thread.ID.String()+"/context", nil).is(200)
	if below := context.object["descendants"].([]any); len(below) != 1 || len(context.object["ancestors"].([]any)) != 0 {
		t.Errorf("the context is %s", context.body)
	}

	// A forum's timeline shows each thread once, as it passes it on.
	list := anyone.api(http.MethodGet, "/api/v1/accounts/"+telecoms.ID.String()+"/statuses", nil).is(200).list
	if len(list) != 1 {
		t.Fatalf("the forum passes on %v", list)
	}
	sameJSON(t, list[0]["account"].(map[string]any), "acct", `"telecoms"`)
	sameJSON(t, list[0]["reblog"].(map[string]any), "id", `"`+thread.ID.String()+`"`)
	wrapped := list[0]["id"].(string)
	if wrapped == thread.ID.String() {
		t.Error("a thread that is passed on has no ID of its own")
	}
	sameJSON(t, anyone.api(http.MethodGet, "/api/v1/statuses/"+wrapped, nil).is(200).object, "id", `"`+wrapped+`"`)

	// Home shows the threads of followed forums, and nothing twice.
	if list := app.api(http.MethodGet, "/api/v1/timelines/home", nil).is(200).list; len(list) != 0 {
		t.Errorf("home shows %v", list)
	}
	relation := app.api(http.MethodPost, "/api/v1/accounts/"+telecoms.ID.String()+"/follow", nil).is(200)
	hasFields(t, relation.object, relationshipFields)
	sameJSON(t, relation.object, "following", "true")
	second := s.thread(lea, "telecoms", "second")
	page := app.api(http.MethodGet, "/api/v1/timelines/home?limit=1", nil).is(200)
	sameJSON(t, page.list[0]["reblog"].(map[string]any), "id", `"`+second.ID.String()+`"`)
	older := app.api(http.MethodGet, "/api/v1/timelines/home?limit=1&max_id="+page.list[0]["id"].(string), nil).is(200)
	sameJSON(t, older.list[0]["reblog"].(map[string]any), "id", `"`+thread.ID.String()+`"`)
	if newer := app.api(http.MethodGet, "/api/v1/timelines/home?min_id="+page.list[0]["id"].(string), nil).is(200).list; len(newer) != 0 {
		t.Errorf("newer than the newest are %v", newer)
	}
	if next := page.link("next"); !strings.Contains(next, "max_id="+second.ID.String()) {
		t.Errorf("the next page is %q", next)
	}
	newer := app.api(http.MethodGet, "/api/v1/timelines/home?limit=1&min_id="+older.list[0]["id"].(string), nil).is(200)
	sameJSON(t, newer.list[0]["reblog"].(map[string]any), "id", `"`+second.ID.String()+`"`)

	for path, want := range map[string]int{
		"/api/v1/timelines/public": 2, "/api/v1/timelines/public?local=true": 2, "/api/v1/timelines/public?remote=true": 0, "/api/v1/timelines/tag/none": 0,
		"/api/v1/accounts/" + max.ID.String() + "/statuses": 1, "/api/v1/accounts/" + max.ID.String() + "/statuses?exclude_replies=true": 0,
		"/api/v1/accounts/" + telecoms.ID.String() + "/followers": 1, "/api/v1/accounts/" + max.ID.String() + "/following": 1,
		"/api/v1/trends/statuses": 2, "/api/v1/directory": 1, "/api/v1/instance/peers": 0, "/api/v1/custom_emojis": 0, "/api/v1/trends/tags": 0,
	} {
		if list := anyone.api(http.MethodGet, path, nil).is(200).list; len(list) != want {
			t.Errorf("%s: %d, want %d", path, len(list), want)
		}
	}
	found := app.api(http.MethodGet, "/api/v2/search?q=bill", nil).is(200)
	hasFields(t, found.object, "accounts statuses hashtags")
	if list := found.object["statuses"].([]any); len(list) != 1 {
		t.Errorf("found are %v", list)
	}
	if list := app.api(http.MethodGet, "/api/v1/accounts/search?q=tele", nil).is(200).list; len(list) != 1 {
		t.Errorf("found are %v", list)
	}
	if list := app.api(http.MethodGet, "/api/v2/search?q="+url.QueryEscape(s.base+"/t/"+thread.ID.String()+"-the-bill"), nil).is(200).object["statuses"].([]any); len(list) != 1 {
		t.Errorf("found at the address are %v", list)
	}

	notices := s.mastodon("lea").api(http.MethodGet, "/api/v1/notifications", nil).is(200).list
	if len(notices) != 1 {
		t.Fatalf("lea is told of %v", notices)
	}
	hasFields(t, notices[0], "id type group_key created_at account status")
	sameJSON(t, notices[0], "type", `"mention"`)
	grouped := s.mastodon("lea").api(http.MethodGet, "/api/v2/notifications", nil).is(200)
	hasFields(t, grouped.object, "accounts statuses notification_groups")

	hasFields(t, anyone.api(http.MethodGet, "/api/v2/instance", nil).is(200).object, "domain title version source_url description usage thumbnail icon languages configuration registrations api_versions contact rules")
	hasFields(t, anyone.api(http.MethodGet, "/api/v1/instance", nil).is(200).object, "uri title short_description description email version urls stats thumbnail languages registrations approval_required invites_enabled configuration contact_account rules")
	hasFields(t, app.api(http.MethodGet, "/api/v1/accounts/verify_credentials", nil).is(200).object, accountFields+" source role")
}
