package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"portevoix/federation/signature"
	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// TestFollowerSynchronisation compares followers with another server, both ways
// (FEP-8fcf).
func TestFollowerSynchronisation(t *testing.T) {
	t.Parallel()
	home := startInProcess(t, nil)
	lea, max := home.account("lea"), home.account("max")
	home.forum("telecoms")
	p := newPeer(t, "mastodon")
	var mu sync.Mutex
	var headers []string
	p.answer = func(r *http.Request, _ map[string]any) int {
		mu.Lock()
		defer mu.Unlock()
		if h := r.Header.Get("Collection-Synchronization"); h != "" {
			headers = append(headers, h)
		}
		return 0
	}
	// What goes to the followers of the forum names those on the server it goes to.
	group := home.base + "/f/telecoms"
	p.accepted(group+"/inbox", p.activity("Follow", group))
	p.await("Accept", 1)
	home.thread(lea, "telecoms", "one")
	p.await("Announce", 1)
	want := fmt.Sprintf(`collectionId="%s/followers", url="%s/followers_synchronization", digest="%x"`, group, group, sha256.Sum256([]byte(p.actor())))
	mu.Lock()
	if len(headers) == 0 || headers[len(headers)-1] != want {
		t.Errorf("told %q, want %s", headers, want)
	}
	mu.Unlock()
	ask := func(sign bool) (int, map[string]any) {
		r, err := http.NewRequest(http.MethodGet, group+"/followers_synchronization", nil)
		if err != nil {
			t.Fatal(err)
		}
		if sign {
			if err := signature.Sign(r, nil, signature.Key{ID: keyOf(p.actor()), Private: p.key}, forum.DraftCavage, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		var list map[string]any
		_ = json.NewDecoder(response.Body).Decode(&list)
		return response.StatusCode, list
	}
	if status, _ := ask(false); status != http.StatusUnauthorized {
		t.Errorf("the list is served to anybody: %d", status)
	}
	if status, list := ask(true); status != http.StatusOK || !has(list["orderedItems"], p.actor()) {
		t.Errorf("the list: %d %v", status, list)
	}

	// The peer has lost lea's follow, and believes that max follows.
	if _, err := home.service.Follow(t.Context(), lea, "ines@"+p.host()); err != nil {
		t.Fatal(err)
	}
	follow := p.await("Follow", 1)[0]
	p.accepted(home.base+"/inbox", p.activity("Accept", follow))
	follows := func(who *forum.Account) bool {
		f, err := home.store.FollowBetween(t.Context(), who.URI, p.actor())
		return err == nil && f.State == forum.FollowAccepted
	}
	forumtest.Eventually(t, patience, "the Accept", func() bool { return follows(lea) })
	list := p.publish(map[string]any{"id": p.url("/sync"), "type": "OrderedCollection", "orderedItems": []any{max.URI, "https://elsewhere.example/u/x"}})
	p.postWith(home.base+"/inbox", p.activity("Like", home.base+"/t/1"), fmt.Sprintf(`collectionId="%s/followers", url="%s", digest="%s"`, p.actor(), list["id"], strings.Repeat("0", 64)))
	forumtest.Eventually(t, patience, "lea's follow to end", func() bool { return !follows(lea) })
	undo := p.await("Undo", 1)[0]
	if inner, _ := undo["object"].(map[string]any); undo["actor"] != max.URI || inner["type"] != "Follow" || inner["object"] != p.actor() {
		t.Errorf("max takes back %v", undo)
	}
}

// postWith posts with what the peer says of its followers.
func (p *peer) postWith(inbox string, activity any, synchronisation string) {
	p.t.Helper()
	body, err := json.Marshal(activity)
	if err != nil {
		p.t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, inbox, bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/activity+json")
	r.Header.Set("Collection-Synchronization", synchronisation)
	if err := signature.Sign(r, body, signature.Key{ID: keyOf(p.actor()), Private: p.key}, forum.DraftCavage, time.Now()); err != nil {
		p.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	response.Body.Close()
}
