package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
)

// entities are examples of the entities of Mastodon's API reference, written for these
// tests. {"$or": […]} has one of several shapes, {"$optional": …} may be missing,
// {"$is": "Name"} is another entity, and "$with" names one whose fields are there too.
type entities map[string]any

func readEntities(t *testing.T) entities {
	t.Helper()
	body, err := os.ReadFile("testdata/mastodon/entities.json")
	if err != nil {
		t.Fatal(err)
	}
	var all entities
	if err := json.Unmarshal(body, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// differences lists where something has not the shape of an example.
func (e entities) differences(at string, want, got any) []string {
	switch want := want.(type) {
	case map[string]any:
		return e.differencesOfObject(at, want, got)
	case []any:
		list, ok := got.([]any)
		if !ok {
			return []string{fmt.Sprintf("%s is %T, not a list", at, got)}
		}
		var found []string
		for i := range list {
			if len(want) > 0 {
				found = append(found, e.differences(fmt.Sprintf("%s[%d]", at, i), want[0], list[i])...)
			}
		}
		return found
	case nil:
		return nil // anything, or nothing
	default:
		if fmt.Sprintf("%T", want) != fmt.Sprintf("%T", got) {
			return []string{fmt.Sprintf("%s is %v (%T), not a %T", at, got, got, want)}
		}
	}
	return nil
}

func (e entities) differencesOfObject(at string, want map[string]any, got any) []string {
	if name, ok := want["$is"].(string); ok {
		return e.differences(at, e[name], got)
	}
	if shapes, ok := want["$or"].([]any); ok {
		var first []string
		for _, shape := range shapes {
			if shape == nil && got == nil {
				return nil
			}
			found := []string{}
			if shape != nil {
				found = e.differences(at, shape, got)
			} else {
				found = append(found, at+" is not null")
			}
			if len(found) == 0 {
				return nil
			}
			if first == nil {
				first = found
			}
		}
		return first
	}
	object, ok := got.(map[string]any)
	if !ok {
		return []string{fmt.Sprintf("%s is %T, not an object", at, got)}
	}
	fields := maps.Clone(want)
	if name, ok := want["$with"].(string); ok {
		delete(fields, "$with")
		maps.Copy(fields, e[name].(map[string]any))
	}
	var found []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		shape := fields[name]
		value, there := object[name]
		if inner, ok := shape.(map[string]any); ok {
			if optional, ok := inner["$optional"]; ok {
				if !there {
					continue
				}
				shape = optional
			}
		}
		if !there {
			found = append(found, at+"."+name+" is missing")
			continue
		}
		found = append(found, e.differences(at+"."+name, shape, value)...)
	}
	if len(fields) > 0 { // {} stands for any object
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if _, known := fields[name]; !known {
				found = append(found, at+"."+name+" is not in the reference")
			}
		}
	}
	return found
}

// TestMastodonEntities holds what apps are answered, field by field, against examples
// of the reference's entities.
func TestMastodonEntities(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, func(c *config.Config) { c.Limits.APIPerMinute = 0 })
	lea := s.account("lea")
	max := s.account("max")
	s.account("boss")
	s.forum("telecoms", "boss")
	if err := s.service.UpdateProfile(t.Context(), lea, forum.Profile{DisplayName: "Léa", Summary: "Hello", Fields: []forum.Field{{Label: "Site", Value: "https://lea.example"}}}); err != nil {
		t.Fatal(err)
	}
	th, err := s.service.StartThread(t.Context(), lea, forum.NewThread{Forum: "telecoms", Title: "Two bills", Body: "See #bill @max", Language: "en", Poll: &forum.NewPoll{Choices: []string{"Yes", "No"}, Lasts: time.Hour}})
	if err != nil {
		t.Fatal(err)
	}
	reply, err := s.service.Reply(t.Context(), max, forum.NewReply{ThreadID: th.ID, Body: "Same here, @lea", Language: "en"})
	if err != nil {
		t.Fatal(err)
	}
	s.clock.advance(time.Second)
	if _, err := s.service.Edit(t.Context(), max, reply.ID, forum.Edit{Body: "Same here since May, @lea", Language: "en"}); err != nil {
		t.Fatal(err)
	}
	app, other, anyone := s.mastodon("lea"), s.mastodon("max"), s.mastodon("")
	app.api("POST", "/api/v2/filters", map[string]any{"title": "x", "context": []string{"home"}, "filter_action": "warn", "keywords_attributes": []map[string]any{{"keyword": "spam"}}}).is(200)
	app.api("POST", "/api/v1/markers", map[string]any{"notifications": map[string]any{"last_read_id": "1"}}).is(200)
	if err := s.service.SetRole(t.Context(), forum.Operator(), "boss", forum.Admin); err != nil {
		t.Fatal(err)
	}
	boss := s.mastodon("boss", forum.ScopeRead, forum.ScopeAdminRead, forum.ScopeAdminWrite)
	subscription := map[string]any{"subscription": map[string]any{"endpoint": "https://push.example/lea", "standard": true, "keys": map[string]any{
		"p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", "auth": "BTBZMqHH6r4Tts7J_aSIgg"}}} // the keys of RFC 8291's example
	id, all := th.ID.String(), readEntities(t)
	for _, c := range []struct {
		entity, method, path string
		by                   *program
		in                   any
	}{
		{"Account", "GET", "/api/v1/accounts/" + lea.ID.String(), anyone, nil}, {"Account", "GET", "/api/v1/accounts/lookup?acct=telecoms", app, nil},
		{"CredentialAccount", "GET", "/api/v1/accounts/verify_credentials", app, nil}, {"Relationship", "POST", "/api/v1/accounts/" + max.ID.String() + "/follow", app, nil},
		{"Relationship", "POST", "/api/v1/accounts/" + max.ID.String() + "/note", app, map[string]any{"comment": "x"}},
		{"Status", "GET", "/api/v1/statuses/" + id, anyone, nil}, {"Status", "GET", "/api/v1/statuses/" + id, app, nil}, {"Status", "POST", "/api/v1/statuses", app, map[string]any{"status": "More", "in_reply_to_id": id}},
		{"Status", "GET", "/api/v1/timelines/public", app, nil}, {"Status", "POST", "/api/v1/statuses/" + id + "/favourite", other, nil}, {"Status", "POST", "/api/v1/statuses/" + id + "/bookmark", other, nil},
		{"Context", "GET", "/api/v1/statuses/" + id + "/context", app, nil}, {"StatusSource", "GET", "/api/v1/statuses/" + id + "/source", app, nil}, {"StatusEdit", "GET", "/api/v1/statuses/" + reply.ID.String() + "/history", app, nil},
		{"ScheduledStatus", "POST", "/api/v1/statuses", app, map[string]any{"status": "@telecoms Later", "scheduled_at": s.clock.Now().Add(time.Hour)}}, {"ScheduledStatus", "GET", "/api/v1/scheduled_statuses", app, nil},
		{"Poll", "GET", "/api/v1/polls/" + id, app, nil}, {"Poll", "POST", "/api/v1/polls/" + id + "/votes", other, map[string]any{"choices": []int{0}}},
		{"Notification", "GET", "/api/v1/notifications", app, nil}, {"GroupedNotificationsResults", "GET", "/api/v2/notifications", app, nil}, {"NotificationPolicy", "GET", "/api/v2/notifications/policy", app, nil},
		{"Filter", "GET", "/api/v2/filters", app, nil}, {"Marker", "GET", "/api/v1/markers?timeline[]=notifications", app, nil}, {"Preferences", "GET", "/api/v1/preferences", app, nil},
		{"Search", "GET", "/api/v2/search?q=bill", app, nil}, {"Search", "GET", "/api/v2/search?q=lea", app, nil}, {"Tag", "GET", "/api/v1/tags/bill", app, nil}, {"Tag", "POST", "/api/v1/tags/bill/follow", app, nil}, {"Tag", "GET", "/api/v1/followed_tags", app, nil},
		{"V1::Filter", "POST", "/api/v1/filters", app, map[string]any{"phrase": "ads", "context": []string{"home"}, "irreversible": true, "expires_in": 3600}}, {"V1::Filter", "GET", "/api/v1/filters", app, nil},
		{"WebPushSubscription", "POST", "/api/v1/push/subscription", app, subscription}, {"WebPushSubscription", "PUT", "/api/v1/push/subscription", app, map[string]any{"data": map[string]any{"policy": "followed"}}}, {"WebPushSubscription", "GET", "/api/v1/push/subscription", app, nil},
		{"List", "POST", "/api/v1/lists", app, map[string]any{"title": "Phones"}}, {"List", "GET", "/api/v1/lists", app, nil},
		{"Instance", "GET", "/api/v2/instance", anyone, nil}, {"InstanceV1", "GET", "/api/v1/instance", anyone, nil}, {"ExtendedDescription", "GET", "/api/v1/instance/extended_description", anyone, nil},
		{"CredentialApplication", "POST", "/api/v1/apps", anyone, map[string]any{"client_name": "App", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read"}},
		{"Suggestion", "GET", "/api/v2/suggestions", other, nil}, {"Report", "POST", "/api/v1/reports", other, map[string]any{"account_id": lea.ID.String(), "status_ids": []string{id}, "comment": "x"}}, {"Report", "POST", "/api/v1/reports", other, map[string]any{"account_id": lea.ID.String(), "comment": "the person"}},
		{"Admin::Account", "GET", "/api/v1/admin/accounts", boss, nil}, {"Admin::Account", "GET", "/api/v2/admin/accounts?origin=local", boss, nil}, {"Admin::Account", "GET", "/api/v1/admin/accounts/" + max.ID.String(), boss, nil},
		{"Admin::Report", "GET", "/api/v1/admin/reports", boss, nil}, {"Admin::DomainBlock", "POST", "/api/v1/admin/domain_blocks", boss, map[string]any{"domain": "far.example", "public_comment": "Spam"}}, {"Admin::DomainBlock", "GET", "/api/v1/admin/domain_blocks", boss, nil},
		{"Admin::DomainAllow", "POST", "/api/v1/admin/domain_allows", boss, map[string]any{"domain": "far.example"}}, {"Admin::DomainAllow", "GET", "/api/v1/admin/domain_allows", boss, nil}, {"CredentialAccount", "GET", "/api/v1/accounts/verify_credentials", boss, nil},
	} {
		a := c.by.api(c.method, c.path, c.in).is(200)
		if a.object != nil {
			for _, d := range all.differences(c.entity, all[c.entity], any(a.object)) {
				t.Errorf("%s %s: %s", c.method, c.path, d)
			}
			continue
		}
		if len(a.list) == 0 && c.entity != "Suggestion" {
			t.Errorf("%s %s is an empty list", c.method, c.path)
		}
		for _, one := range a.list {
			for _, d := range all.differences(c.entity, all[c.entity], any(one)) {
				t.Errorf("%s %s: %s", c.method, c.path, d)
			}
		}
	}
}
