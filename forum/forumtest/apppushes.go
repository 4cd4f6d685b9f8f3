package forumtest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// testAppPushes tells apps what they asked to hear of, and nobody of their tokens.
func testAppPushes(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, max, kim := w.Person("lea"), w.Person("max"), w.Person("kim")
	w.Forum("telecoms")
	th := w.Thread(lea, "telecoms", "one")
	signIn := func(name string) (string, *forum.AccessToken) {
		t.Helper()
		secret, err := w.Service.NewAccessToken(w.Ctx(), forum.Operator(), name, "App", []forum.Scope{forum.ScopePush})
		w.Must(err)
		_, token, err := w.Service.AccountOfToken(w.Ctx(), secret)
		w.Must(err)
		return secret, token
	}
	secret, token := signIn("lea")
	wish := forum.AppPush{Endpoint: "one", Key: "k+/=", Auth: "a", Alerts: []string{"mention", "favourite", "nonsense", "poll"}}
	_, err := w.Service.AppPushOf(w.Ctx(), token)
	w.Refused(err, forum.NotFound, "")
	w.Must(w.Service.RemoveAppPush(w.Ctx(), token))
	for _, bad := range []func() error{
		func() error { _, err := w.Service.AddAppPush(w.Ctx(), nil, token, secret, wish); return err },
		func() error { _, err := w.Service.AddAppPush(w.Ctx(), max, token, secret, wish); return err },
		func() error { _, err := w.Service.AddAppPush(w.Ctx(), lea, token, "another", wish); return err },
	} {
		w.Refused(bad(), forum.Unauthenticated, "")
	}
	_, err = w.Service.AddAppPush(w.Ctx(), lea, token, secret, forum.AppPush{Endpoint: "x"})
	w.Refused(err, forum.Invalid, "DeviceUnreadable")
	_, err = w.Service.AddAppPush(w.Ctx(), lea, token, secret, forum.AppPush{Endpoint: "x", Key: "k", Policy: "nobody"})
	w.Refused(err, forum.Invalid, "PushPolicyUnknown")
	_, err = w.Service.ChangeAppPush(w.Ctx(), token, nil, "")
	w.Refused(err, forum.NotFound, "")

	add := func(secret string, token *forum.AccessToken, p forum.AppPush) *forum.AppPush {
		t.Helper()
		made, err := w.Service.AddAppPush(w.Ctx(), lea, token, secret, p)
		w.Must(err)
		return made
	}
	made := add(secret, token, wish)
	if kept, err := w.Service.AppPushOf(w.Ctx(), token); err != nil || kept.Key != "k-_" || strings.Join(kept.Alerts, " ") != "mention favourite poll" || kept.Policy != forum.PushAll || kept.ID != made.ID ||
		strings.Contains(kept.SealedToken, secret) || kept.SealedToken == "" {
		t.Errorf("kept is %+v, %v", kept, err)
	}
	work := func() string {
		t.Helper()
		w.Pusher.Told = nil
		for _, job := range takeJobs[forum.AppPushJob](w) {
			if err := w.Service.WorkAppPush(w.Ctx(), job); err != nil && forum.CodeOf(err) != forum.Unavailable {
				t.Error(err)
			}
		}
		out := ""
		for _, m := range w.Pusher.Told {
			out += fmt.Sprintf("%s %s %s; ", m.To.Endpoint, m.Type, m.Body)
		}
		return out
	}
	expect := func(what, want string) {
		t.Helper()
		if got := work(); got != want {
			t.Errorf("%s: told %q, want %q", what, got, want)
		}
	}
	w.Reply(max, th.ID, 0, "word")
	_, err = w.Service.Follow(w.Ctx(), max, "lea")
	w.Must(err)
	w.Must(w.Service.Support(w.Ctx(), max, th.ID, true))
	expect("what was asked for", "one mention <p>word</p>; one favourite one; ")
	if m := w.Pusher.Told[0]; m.Token != secret || m.Urgency != "high" || m.Lifetime != 24*time.Hour || m.Group.Newest[0].ID == 0 {
		t.Errorf("told %+v", m)
	}
	// The choice for browsers is another.
	w.Must(w.Service.ChooseNotifications(w.Ctx(), lea, nil, map[forum.Topic]bool{forum.TopicReplies: false}))
	w.Reply(max, th.ID, 0, "again")
	expect("another choice for browsers", "one mention <p>again</p>; ")

	// Whose doings are pushed: max follows lea, and lea follows kim.
	_, err = w.Service.Follow(w.Ctx(), lea, "kim")
	w.Must(err)
	for policy, want := range map[forum.AppPushPolicy]string{
		forum.PushAll: "one mention <p>by max</p>; one mention <p>by kim</p>; ", forum.PushFollowed: "one mention <p>by kim</p>; ", forum.PushFollower: "one mention <p>by max</p>; ", forum.PushNone: "",
	} {
		_, err := w.Service.ChangeAppPush(w.Ctx(), token, []string{"mention"}, policy)
		w.Must(err)
		w.Reply(max, th.ID, 0, "by max")
		w.Reply(kim, th.ID, 0, "by kim")
		expect(string(policy), want)
	}
	_, err = w.Service.ChangeAppPush(w.Ctx(), token, []string{"follow"}, "")
	w.Must(err)
	w.Reply(max, th.ID, 0, "not asked for")
	expect("another alert", "")
	_, err = w.Service.ChangeAppPush(w.Ctx(), token, []string{"mention"}, "")
	w.Must(err)
	w.Reply(max, th.ID, 0, "read in time")
	w.Must(w.Service.ReadNotifications(w.Ctx(), lea, forum.FirstID(w.Clock.Now().Add(time.Second))))
	expect("what was read", "")
	w.Reply(max, th.ID, 0, "late")
	w.Clock.Advance(25 * time.Hour)
	expect("a day late", "")

	// One for each token, and one for each endpoint.
	add(secret, token, forum.AppPush{Endpoint: "two", Key: "k", Auth: "a", Alerts: []string{"mention"}})
	other, second := signIn("lea")
	add(other, second, forum.AppPush{Endpoint: "two", Key: "k", Auth: "a", Alerts: []string{"mention"}})
	_, err = w.Service.AppPushOf(w.Ctx(), token)
	w.Refused(err, forum.NotFound, "")
	add(secret, token, forum.AppPush{Endpoint: "later", Key: "k", Auth: "a", Alerts: []string{"mention"}})
	w.Reply(max, th.ID, 0, "both")
	expect("both", "two mention <p>both</p>; ")
	if again := takeJobs[forum.AppPushJob](w); len(again) != 1 {
		t.Errorf("a busy push service is asked %d times more", len(again))
	}
	add(secret, token, forum.AppPush{Endpoint: "gone", Key: "k", Auth: "a", Alerts: []string{"mention"}})
	w.Reply(max, th.ID, 0, "gone")
	expect("one is gone", "two mention <p>gone</p>; ")
	_, err = w.Service.AppPushOf(w.Ctx(), token)
	w.Refused(err, forum.NotFound, "")

	// It ends with the token.
	w.Reply(max, th.ID, 0, "too late")
	w.Must(w.Service.RevokeAccessToken(w.Ctx(), lea, second.ID))
	expect("without the token", "")
	if list, err := w.Store.AppPushes(w.Ctx(), lea.ID); err != nil || len(list) != 0 {
		t.Errorf("kept are %v, %v", list, err)
	}
	for range 20 {
		secret, token := signIn("lea")
		add(secret, token, forum.AppPush{Endpoint: secret, Key: "k", Auth: "a"})
	}
	_, err = w.Service.AddAppPush(w.Ctx(), lea, token, secret, wish)
	w.Refused(err, forum.Conflict, "TooManyDevices")
	w.Must(w.Service.LeaveAccount(w.Ctx(), w.fresh("lea"), forum.Departure{Confirmation: "correct horse", Name: "lea"}))
	if list, err := w.Store.AppPushes(w.Ctx(), lea.ID); err != nil || len(list) != 0 {
		t.Errorf("kept after lea has left are %v, %v", list, err)
	}
}
