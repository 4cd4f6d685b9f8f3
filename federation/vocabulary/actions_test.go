package vocabulary_test

import (
	"encoding/json"
	"testing"
	"time"

	"portevoix/forum"
)

// TestActionProfile looks at the fields that people elsewhere see on an action: none
// before it is published.
func TestActionProfile(t *testing.T) {
	a := &forum.Action{Kind: forum.Petition, State: forum.ActionPublished, Goal: 5000, Signed: 1234, ClosesAt: time.Date(2026, 4, 30, 12, 0, 0, 0, time.UTC)}
	a.Actor = forum.Actor{ID: 9, Kind: forum.Group, GroupRole: forum.RoleAction, Name: "refund", DisplayName: "Refund", URI: here + "/a/refund", URL: here + "/a/refund",
		FollowersURI: here + "/a/refund/followers", Inbox: here + "/a/refund/inbox", Outbox: here + "/a/refund/outbox", CreatedAt: moment}
	a.Language, a.Forum.Action = "fr", a
	fields := func() map[string]string {
		t.Helper()
		body, err := writer(t).UpdateActor(1, &a.Actor, &a.Forum)
		if err != nil {
			t.Fatal(err)
		}
		var update struct {
			Object struct {
				Attachment []struct{ Name, Value string }
			}
		}
		if err := json.Unmarshal(body, &update); err != nil {
			t.Fatal(err)
		}
		found := map[string]string{}
		for _, f := range update.Object.Attachment {
			found[f.Name] = f.Value
		}
		return found
	}
	want := map[string]string{"Type": "Pétition", "Signatures, au dernier palier": "1\u202f234 sur 5\u202f000", "Dernier jour pour signer": "30 avril 2026"}
	got := fields()
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %q, not %q; all: %q", name, got[name], value, got)
		}
	}
	a.State = forum.ActionDraft
	if got := fields(); len(got) != 0 {
		t.Errorf("of a draft others see %v", got)
	}
}
