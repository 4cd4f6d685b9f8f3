package forumtest

import (
	"fmt"
	"testing"
	"time"

	"portevoix/forum"
)

func testPushes(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim := w.Person("lea"), w.Person("max")
	w.Forum("telecoms")
	th := w.Thread(lea, "telecoms", "one")
	key, err := w.Service.PushKey(w.Ctx())
	w.Must(err)
	if again, err := w.Service.PushKey(w.Ctx()); err != nil || again != key {
		t.Errorf("the key was %q, and is %q, %v", key, again, err)
	}
	signIn := func() string {
		t.Helper()
		entry, err := w.Service.SignIn(w.Ctx(), "lea", "correct horse")
		w.Must(err)
		return entry.Session
	}
	add := func(session, endpoint string) {
		t.Helper()
		w.Must(w.Service.AddDevice(w.Ctx(), lea, session, forum.Device{Endpoint: endpoint, Key: "k", Auth: "a", Name: "Firefox"}))
	}
	endpoints := func() (list []string) {
		t.Helper()
		devices, err := w.Service.Devices(w.Ctx(), lea)
		w.Must(err)
		for _, d := range devices {
			list = append(list, d.Endpoint)
		}
		return list
	}
	work := func() string {
		t.Helper()
		w.Pusher.Pushed = nil
		for _, job := range takeJobs[forum.PushJob](w) {
			if err := w.Service.WorkPush(w.Ctx(), job); err != nil && forum.CodeOf(err) != forum.Unavailable {
				t.Error(err)
			}
		}
		out := ""
		for _, p := range w.Pusher.Pushed {
			out += fmt.Sprintf("%s %s %s; ", p.Device.Endpoint, p.Group.Kind, p.Group.Newest[0].Excerpt)
		}
		return out
	}
	expect := func(what, want string) {
		t.Helper()
		if got := work(); got != want {
			t.Errorf("%s: pushed %q, want %q", what, got, want)
		}
	}
	here, there := signIn(), signIn()
	w.Reply(maxim, th.ID, 0, "nobody listens")
	expect("without a device", "")
	add(here, "one")
	add(here, "one")
	add(there, "two")
	add(there, "gone away")
	add(there, "busy")
	w.Refused(w.Service.AddDevice(w.Ctx(), lea, here, forum.Device{Endpoint: "x"}), forum.Invalid, "DeviceUnreadable")
	w.Refused(w.Service.AddDevice(w.Ctx(), nil, here, forum.Device{Endpoint: "x", Key: "k"}), forum.Unauthenticated, "SignInFirst")
	w.Reply(maxim, th.ID, 0, "word")
	w.Must(w.Service.Support(w.Ctx(), maxim, th.ID, true))
	expect("a reply", "one reply <p>word</p>; two reply <p>word</p>; ")
	if got := fmt.Sprint(endpoints()); got != "[one two busy]" {
		t.Errorf("devices are %s", got)
	}
	first := w.Pusher.Pushed[0]
	if first.Group.Kind != forum.NotifyReply || first.Urgency != "high" || first.Lifetime != 24*time.Hour {
		t.Errorf("pushed %+v", first)
	}

	w.Reply(maxim, th.ID, 0, "read in time")
	w.Must(w.Service.ReadNotifications(w.Ctx(), lea, forum.FirstID(w.Clock.Now().Add(time.Second))))
	expect("what was read", "")
	w.Reply(maxim, th.ID, 0, "late")
	w.Clock.Advance(25 * time.Hour)
	expect("a day late", "")
	w.Must(w.Service.ChooseNotifications(w.Ctx(), lea, nil, map[forum.Topic]bool{forum.TopicReplies: false, forum.TopicFollows: true}))
	w.Refused(w.Service.ChooseNotifications(w.Ctx(), lea, nil, map[forum.Topic]bool{forum.TopicNews: true}), forum.Invalid, "TopicUnknown")
	w.Reply(maxim, th.ID, 0, "unheard")
	_, err = w.Service.Follow(w.Ctx(), maxim, "lea")
	w.Must(err)
	expect("other topics", "one follow ; two follow ; ")
	w.Must(w.Service.ChooseNotifications(w.Ctx(), lea, nil, map[forum.Topic]bool{forum.TopicReplies: true}))
	w.Must(w.Service.SignOut(w.Ctx(), there))
	w.Reply(maxim, th.ID, 0, "after signing out")
	expect("one signed out", "one reply <p>after signing out</p>; ")
	devices, err := w.Service.Devices(w.Ctx(), lea)
	w.Must(err)
	w.Must(w.Service.RemoveDevice(w.Ctx(), maxim, devices[0].ID)) // not his
	w.Reply(maxim, th.ID, 0, "still")
	expect("still there", "one reply <p>still</p>; ")
	w.Must(w.Service.RemoveDevice(w.Ctx(), lea, devices[0].ID))

	// A push service that says when to come again is not asked before, nor once
	// the message is a day old.
	add(here, "later")
	w.Reply(maxim, th.ID, 0, "patience")
	expect("too early", "")
	again := takeJobs[forum.PushJob](w)
	if len(again) != 1 {
		t.Errorf("it is tried %d times more", len(again))
	}
	w.Clock.Advance(25 * time.Hour)
	for _, job := range again {
		w.Must(w.Service.WorkPush(w.Ctx(), job))
	}
	if left := takeJobs[forum.PushJob](w); len(left) != 0 {
		t.Errorf("it is tried for ever: %v", left)
	}
	if devices, err = w.Service.Devices(w.Ctx(), lea); err != nil || len(devices) == 0 {
		t.Fatalf("devices %v %v", devices, err)
	}
	w.Must(w.Service.RemoveDevice(w.Ctx(), lea, devices[len(devices)-1].ID))
	w.Reply(maxim, th.ID, 0, "silence")
	expect("removed", "")
	for i := range 20 {
		add(here, fmt.Sprint("many ", i))
	}
	w.Refused(w.Service.AddDevice(w.Ctx(), lea, here, forum.Device{Endpoint: "too many", Key: "k"}), forum.Conflict, "TooManyDevices")
}
