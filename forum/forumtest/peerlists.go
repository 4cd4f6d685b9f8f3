package forumtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// PeerLists are the lists that others keep, by their addresses. One that is "" is
// out of reach.
type PeerLists struct {
	Files           map[string]string
	asked, repeated int
}

// PeerList implements forum.PeerListReader; the ETag is the list itself.
func (l *PeerLists) PeerList(_ context.Context, url, etag, _ string) (forum.PeerListFile, error) {
	l.asked++
	body := l.Files[url]
	switch {
	case body == "":
		return forum.PeerListFile{}, errors.New("out of reach")
	case body == etag:
		l.repeated++
		return forum.PeerListFile{Unchanged: true}, nil
	}
	return forum.PeerListFile{Body: []byte(body), ETag: body}, nil
}

// testPeerLists follows lists: what they bring, within which bounds, what is lifted
// again, and what is never touched.
func testPeerLists(t *testing.T, open func(t *testing.T) Store) {
	const first, second = "https://lists.example/a.csv", "https://lists.example/b.txt"
	lists := &PeerLists{Files: map[string]string{
		first:  "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\nbad.example,suspend,false,false,Spam,true\nloud.example,silence,true,false,,false\nhand.example,suspend,,,,\nhere.example,suspend,,,,\nfriend.example,suspend,,,,\nexample,suspend,,,,\n",
		second: "# the worst of all\nbad.example\nworse.example\n",
	}}
	w := NewWorldWith(t, open(t), forum.Options{PeerLists: lists})
	ada, lea := w.Admin("ada"), w.Person("lea")
	zoe := w.Remote(forum.Person, "zoe", "bad.example")
	_, err := w.Service.SetPeerRule(w.Ctx(), ada, forum.PeerRule{Host: "hand.example", VotesOff: true})
	w.Must(err)
	_, err = w.Service.SetPeerRule(w.Ctx(), ada, forum.PeerRule{Host: "talk.friend.example", Allowed: true})
	w.Must(err)
	rules := func() string {
		t.Helper()
		list, err := w.Store.PeerRules(w.Ctx(), w.Clock.Now())
		w.Must(err)
		var out []string
		for _, r := range list {
			from := ""
			if r.ListID != 0 {
				l, err := w.Store.PeerList(w.Ctx(), r.ListID)
				w.Must(err)
				from = " of " + l.URL[len("https://lists.example/"):]
			}
			if r.Host == "hand.example" || r.Host == "talk.friend.example" {
				if from != "" {
					t.Errorf("a rule made by hand comes%s", from)
				}
				continue
			}
			out = append(out, fmt.Sprintf("%s %s %v%s", r.Host, r.Severity, r.MediaOff, from))
		}
		return strings.Join(out, "; ")
	}
	is := func(what, want string) {
		t.Helper()
		if got := rules(); got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	told := func() int {
		t.Helper()
		page, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: ada.ID, Kinds: []forum.NotificationKind{forum.NotifyPeerList}, Limit: 10})
		w.Must(err)
		n := 0
		for _, g := range page.Groups {
			n += g.Count
		}
		return n
	}
	counts := func(what string, c forum.PeerListChange, added, changed, lifted, proposed, kept, protected int) {
		t.Helper()
		got := [6]int{len(c.Added), len(c.Changed), len(c.Lifted), len(c.Proposed), len(c.Kept), len(c.Protected)}
		if want := [6]int{added, changed, lifted, proposed, kept, protected}; got != want {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}

	_, _, err = w.Service.SubscribePeerList(w.Ctx(), lea, forum.NewPeerList{URL: first}, false)
	w.Refused(err, forum.Forbidden, "AdminsOnly")
	for url, key := range map[string]string{"lists.example": "PeerListAddress", "ftp://lists.example/x": "PeerListAddress", "https://a:b@lists.example/x": "PeerListAddress"} {
		_, _, err = w.Service.SubscribePeerList(w.Ctx(), ada, forum.NewPeerList{URL: url}, false)
		w.Refused(err, forum.Invalid, key)
	}
	_, _, err = w.Service.SubscribePeerList(w.Ctx(), ada, forum.NewPeerList{URL: first, Ceiling: "harsh"}, false)
	w.Refused(err, forum.Invalid, "SeverityUnknown")
	_, _, err = w.Service.SubscribePeerList(w.Ctx(), ada, forum.NewPeerList{URL: "https://lists.example/none"}, false)
	w.Refused(err, forum.Invalid, "PeerListUnreachable")

	// A dry run, then the list: no further than its ceiling, nothing about this server
	// and its friends, and nothing that was decided by hand.
	automatic := forum.NewPeerList{URL: first, Ceiling: forum.CeilingLimit, Automatic: true}
	_, change, err := w.Service.SubscribePeerList(w.Ctx(), ada, automatic, true)
	w.Must(err)
	counts("a dry run", change, 2, 0, 0, 0, 1, 3)
	is("after a dry run", "")
	a, change, err := w.Service.SubscribePeerList(w.Ctx(), ada, automatic, false)
	w.Must(err)
	counts("the first list", change, 2, 0, 0, 0, 1, 3)
	is("the first list", "bad.example limit false of a.csv; loud.example limit true of a.csv")
	if log := w.logged(); len(log) < 2 || !log[0].Automatic || log[0].ByID != 0 || log[0].Kind != forum.DecisionPeerLimited || log[0].Host != "loud.example" || !log[1].Automatic {
		t.Errorf("what a list decides is logged as %+v", log)
	}
	_, _, err = w.Service.SubscribePeerList(w.Ctx(), ada, automatic, false)
	w.Refused(err, forum.Conflict, "PeerListKnown")

	// The second one proposes; what is accepted goes further, and names its list.
	b, change, err := w.Service.SubscribePeerList(w.Ctx(), ada, forum.NewPeerList{URL: second, Ceiling: forum.CeilingBlock}, false)
	w.Must(err)
	counts("the second list", change, 0, 0, 0, 2, 0, 0)
	if told() != 0 {
		t.Error("whoever subscribes is told what they see")
	}
	_, err = w.Service.DecidePeerList(w.Ctx(), lea, b.ID, nil, true)
	w.Refused(err, forum.Forbidden, "AdminsOnly")
	change, err = w.Service.DecidePeerList(w.Ctx(), ada, b.ID, []string{"bad.example"}, true)
	w.Must(err)
	counts("accepted", change, 0, 1, 0, 0, 0, 0)
	if d := w.logged()[0]; d.Automatic || d.ByID != ada.ID || d.Kind != forum.DecisionPeerBlocked || d.Host != "bad.example" {
		t.Errorf("what is accepted of a list is logged as %+v", d.Decision)
	}
	_, err = w.Service.DecidePeerList(w.Ctx(), ada, b.ID, nil, false)
	w.Must(err)
	is("both lists", "bad.example block false of b.txt; loud.example limit true of a.csv")
	if peer, err := w.Store.ActorByURI(w.Ctx(), zoe.URI); err != nil || peer.Standing != forum.Blocked {
		t.Errorf("Zoé stands at %d, %v", peer.Standing, err)
	}

	// Every day they are asked for; what did not change is not read.
	work := func() {
		t.Helper()
		w.Must(w.Service.WorkPeerLists(w.Ctx(), forum.PeerListsJob{}))
	}
	day := func() {
		t.Helper()
		w.Clock.Advance(25 * time.Hour)
		work()
	}
	asked := lists.asked
	work()
	if lists.asked != asked {
		t.Error("lists are asked for before they are due")
	}
	day()
	if lists.asked != asked+2 || lists.repeated != 2 {
		t.Errorf("asked %d times, %d unchanged", lists.asked-asked, lists.repeated)
	}

	// What vanishes from one stays while another asks for it; what is new is proposed.
	lists.Files[second] = "worse.example\nnew.example\n"
	day()
	is("gone from the second list", "bad.example limit false of a.csv; loud.example limit true of a.csv")
	l, proposed, err := w.Service.PeerList(w.Ctx(), ada, b.ID)
	w.Must(err)
	if len(proposed) != 1 || proposed[0].Host != "new.example" || l.Proposed != 1 || l.Entries != 2 || told() != 1 {
		t.Errorf("proposed: %+v of %+v, told %d times", proposed, l, told())
	}

	// What is lifted by hand does not come back; what is made by hand stays.
	w.Must(w.Service.LiftPeerRule(w.Ctx(), ada, "loud.example"))
	_, err = w.Service.SetPeerRule(w.Ctx(), ada, forum.PeerRule{Host: "bad.example", Severity: forum.SeverityBlock})
	w.Must(err)
	lists.Files[first] += "more.example,suspend,,,,\n"
	day()
	is("after hands were laid on", "bad.example block false; more.example limit false of a.csv")
	w.Must(w.Service.LiftPeerRule(w.Ctx(), ada, "bad.example"))

	// A list that cannot be read, is out of reach, or became another one changes
	// nothing, and is told of once.
	before := told()
	for key, file := range map[string]string{"PeerListUnreadable": "a b c\n", "PeerListUnreachable": ""} {
		whole := lists.Files[first]
		lists.Files[first] = file
		day()
		day()
		if l, _, err := w.Service.PeerList(w.Ctx(), ada, a.ID); err != nil || l.Problem != key {
			t.Errorf("%s: the list has the problem %q, %v", key, l.Problem, err)
		}
		is(key, "more.example limit false of a.csv")
		lists.Files[first] = whole
		day()
	}
	if got := told() - before; got != 2 {
		t.Errorf("told of problems %d times", got)
	}
	whole := lists.Files[first]
	for i := range 40 {
		lists.Files[first] += fmt.Sprintf("n%d.example,suspend,,,,\n", i)
	}
	day()
	is("a list that grew", "more.example limit false of a.csv")
	_, err = w.Service.ReadPeerList(w.Ctx(), ada, a.ID, forum.PeerListReading{})
	w.Refused(err, forum.Conflict, "PeerListDiffers")
	change, err = w.Service.ReadPeerList(w.Ctx(), ada, a.ID, forum.PeerListReading{DryRun: true})
	w.Must(err)
	counts("looked at", change, 40, 0, 0, 0, 1, 3)
	_, err = w.Service.ReadPeerList(w.Ctx(), ada, a.ID, forum.PeerListReading{Confirmed: true})
	w.Must(err)
	lists.Files[first] = whole
	day()
	if l, _, err := w.Service.PeerList(w.Ctx(), ada, a.ID); err != nil || l.Problem != "PeerListDiffers" || l.Rules != 41 {
		t.Errorf("a list that shrank: %+v, %v", l, err)
	}

	// The end of a subscription: kept, or lifted.
	_, err = w.Service.UnsubscribePeerList(w.Ctx(), lea, a.ID, false)
	w.Refused(err, forum.Forbidden, "AdminsOnly")
	change, err = w.Service.UnsubscribePeerList(w.Ctx(), ada, a.ID, false)
	w.Must(err)
	counts("unsubscribed", change, 0, 0, 41, 0, 0, 0)
	is("unsubscribed", "")
	_, err = w.Service.DecidePeerList(w.Ctx(), ada, b.ID, nil, true)
	w.Must(err)
	change, err = w.Service.UnsubscribePeerList(w.Ctx(), ada, b.ID, true)
	w.Must(err)
	counts("kept", change, 0, 0, 0, 0, 0, 0)
	is("kept", "new.example block false")
	if left, err := w.Service.PeerLists(w.Ctx(), ada); err != nil || len(left) != 0 || told() != 0 {
		t.Errorf("lists are left: %v, %v; told %d times", left, err, told())
	}
}
