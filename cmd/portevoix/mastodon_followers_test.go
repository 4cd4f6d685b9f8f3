package main

import (
	"net/http"
	"strings"
	"testing"
)

// TestMastodonRemoveFollowers sends followers away, here and elsewhere, whose server
// is told.
func TestMastodonRemoveFollowers(t *testing.T) {
	t.Parallel()
	s := startInProcess(t, nil)
	lea, max := s.account("lea"), s.account("max")
	if _, err := s.service.Follow(t.Context(), max, "lea"); err != nil {
		t.Fatal(err)
	}
	p := newPeer(t, "mastodon")
	own := s.base + "/u/lea"
	follow := p.activity("Follow", own)
	p.accepted(own+"/inbox", follow)
	p.await("Accept", 1)

	app := s.mastodon("lea")
	followers := func(want int) []map[string]any {
		t.Helper()
		list := app.api(http.MethodGet, "/api/v1/accounts/"+lea.ID.String()+"/followers", nil).is(200).list
		if len(list) != want {
			t.Errorf("the followers are %v", list)
		}
		return list
	}
	for _, one := range followers(2) {
		path := "/api/v1/accounts/" + text(one, "id") + "/remove_from_followers"
		s.mastodon("max").api(http.MethodPost, path, nil).is(200) // they are not his
		s.mastodon("lea", "read", "write:lists").api(http.MethodPost, path, nil).is(403)
		gone := app.api(http.MethodPost, path, nil).is(200)
		hasFields(t, gone.object, relationshipFields)
		sameJSON(t, gone.object, "followed_by", "false")
	}
	followers(0)
	rejected := p.await("Reject", 1)[0]
	if object, _ := rejected["object"].(map[string]any); rejected["actor"] != own || object["id"] != follow["id"] && rejected["object"] != follow["id"] {
		t.Errorf("the server is told %v", rejected)
	}
	app.api(http.MethodPost, "/api/v1/accounts/42/remove_from_followers", nil).is(404)
	s.mastodon("").api(http.MethodPost, "/api/v1/accounts/"+max.ID.String()+"/remove_from_followers", nil).is(401)

	// Whom one follows among the followers of another.
	s.account("eve")
	for _, who := range []string{"max", "eve"} {
		if _, err := s.service.Follow(t.Context(), s.accountNamed("lea"), who); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.service.Follow(t.Context(), s.accountNamed("eve"), "max"); err != nil {
		t.Fatal(err)
	}
	familiar := app.api(http.MethodGet, "/api/v1/accounts/familiar_followers?id[]="+max.ID.String(), nil).is(200)
	if len(familiar.list) != 1 || text(familiar.list[0], "id") != max.ID.String() || strings.Count(familiar.body, `"acct"`) != 1 || !strings.Contains(familiar.body, `"acct":"eve"`) {
		t.Errorf("familiar are %s", familiar.body)
	}
}
