package forumtest

import (
	"testing"

	"portevoix/forum"
)

// testActorReports brings people as a whole to the administrators, and to their server.
func testActorReports(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, max, mod, boss := w.Person("lea"), w.Person("max"), w.Person("mod"), w.Admin("boss")
	w.Forum("telecoms", "mod")
	kim := w.Remote(forum.Person, "kim", "mastodon.example")
	report := func(who forum.ID, words string, forward bool) error {
		return w.Service.Report(w.Ctx(), lea, forum.NewReport{ActorID: who, Words: words, Forward: forward})
	}
	w.Refused(report(max.ID, " ", false), forum.Invalid, "ReportWordsMissing")
	w.Refused(report(lea.ID, "me", false), forum.Forbidden, "ReportOneself")
	w.Refused(report(42, "nobody", false), forum.NotFound, "")
	w.Must(report(max.ID, "Advertises everywhere.", true)) // of this server: nobody to forward it to
	w.Must(report(kim.ID, "Spam in all replies.", false))
	if got := w.Delivered("mastodon.example", forum.Microblog); len(got) != 0 {
		t.Errorf("forwarded unasked: %s", got)
	}
	w.Must(report(kim.ID, "Spam again.", true))
	w.oneMessage("mastodon.example", `"Flag"`)
	for who, want := range map[*forum.Account]int{boss: 3, mod: 0} {
		page, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: who.ID, Kinds: []forum.NotificationKind{forum.NotifyReport}, Limit: 10})
		w.Must(err)
		told := 0
		for i := range page.Groups {
			told += page.Groups[i].Count
		}
		if told != want {
			t.Errorf("%s is told %d times, not %d", who.Name, told, want)
		}
	}
	reports, err := w.Store.Reports(w.Ctx(), nil, true)
	w.Must(err)
	if len(reports) != 3 || reports[0].Target.Name != "max" || reports[0].Reporter.Name != "lea" || reports[0].Forum != nil || len(reports[0].PostIDs) != 0 || reports[2].Target.Host != "mastodon.example" {
		t.Errorf("the reports are %+v", reports)
	}
}
