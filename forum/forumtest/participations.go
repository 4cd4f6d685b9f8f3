package forumtest

import (
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// tally is how many are counted on a case.
func (w *World) tally(th *forum.Thread) forum.TierTally {
	w.T.Helper()
	t, err := w.Store.TierTally(w.Ctx(), forum.CoClaim, th.ID)
	w.Must(err)
	return t
}

// recount counts the participations of a subject one by one, as whoever has the
// open data can.
func (w *World) recount(kind forum.ParticipationKind, id forum.ID) forum.TierTally {
	w.T.Helper()
	var t forum.TierTally
	for after := forum.ID(0); ; {
		list, err := w.Store.Participations(w.Ctx(), kind, id, after, 2)
		w.Must(err)
		for i := range list {
			switch p := &list[i]; {
			case p.Counts():
				*t.Of(p.Tier)++
			case p.Stands() && p.InvalidationID != 0:
				t.Invalidated++
			}
			after = list[i].ID
		}
		if len(list) < 2 {
			return t
		}
	}
}

// counted fails the test unless a case has these counts, by all ways of counting.
func (w *World) counted(th *forum.Thread, want forum.TierTally) {
	w.T.Helper()
	if got := w.tally(th); got != want {
		w.T.Errorf("counted are %+v, want %+v", got, want)
	}
	if got := w.recount(forum.CoClaim, th.ID); got != want {
		w.T.Errorf("recounted are %+v, want %+v", got, want)
	}
	var lines []forum.OpenCount
	w.Must(w.Service.OpenCounts(w.Ctx(), forum.CoClaim, th.ID, func(c forum.OpenCount) error {
		lines = append(lines, c)
		return nil
	}))
	if got := forum.Recount(lines); got != want {
		w.T.Errorf("the open data has %+v, want %+v", got, want)
	}
	var servers, hours forum.TierTally
	add := func(to *forum.TierTally, t forum.TierTally) {
		for _, tier := range forum.Tiers {
			*to.Of(tier) += *t.Of(tier)
		}
		to.Invalidated += t.Invalidated
	}
	byServer, err := w.Store.TallyByServer(w.Ctx(), forum.CoClaim, th.ID, 100)
	w.Must(err)
	for _, s := range byServer {
		add(&servers, s.Tally)
	}
	byHour, err := w.Store.TallyByHour(w.Ctx(), forum.CoClaim, th.ID)
	w.Must(err)
	for _, h := range byHour {
		add(&hours, h.Tally)
	}
	if servers != want || hours != want {
		w.T.Errorf("by server %+v, by hour %+v, want %+v", servers, hours, want)
	}
	t, err := w.Store.Thread(w.Ctx(), th.ID)
	w.Must(err)
	if t.CoClaims != want.Signed() {
		w.T.Errorf("the thread has %d", t.CoClaims)
	}
}

// link is the address in the last mail, without the server.
func (w *World) link() string {
	w.T.Helper()
	sent := w.Mailer.Sent()
	return sent[len(sent)-1].Link[strings.LastIndex(sent[len(sent)-1].Link, "/")+1:]
}

// byMail asks to be counted without an account, and returns the link.
func (w *World) byMail(th *forum.Thread, email string) string {
	w.T.Helper()
	stamp, err := w.Service.StampForm(w.Ctx())
	w.Must(err)
	w.Clock.Advance(10 * time.Second)
	w.Must(w.Service.ParticipateByMail(w.Ctx(), forum.MailParticipation{Kind: forum.CoClaim, Subject: th.ID, Email: email, Locale: "fr", Stamp: stamp, Trace: forum.Trace{Network: "192.0.2.0", Agent: "x"}}))
	list, err := w.Store.ParticipationsOn(w.Ctx(), forum.CoClaim, th.ID, 0, 100)
	w.Must(err)
	w.Must(w.Service.WorkMail(w.Ctx(), forum.MailJob{Participation: list[len(list)-1].ID, Template: forum.MailParticipate}))
	return w.link()
}

func testCoClaims(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, max, eve := w.Person("lea"), w.Person("max"), w.Person("eve")
	w.Forum("telecoms", "eve")
	th := w.Case(lea, "telecoms", "box", facts())
	join := func(by *forum.Account) error {
		_, err := w.Service.Join(w.Ctx(), by, th.ID, forum.RoutePage, forum.ParticipationDetails{ExperiencedOn: "2026-03-01", Amount: "12,50", Words: "same here"})
		return err
	}
	w.Refused(join(lea), forum.Conflict, "OwnCase")
	w.Refused(join(nil), forum.Unauthenticated, "SignInFirst")
	plain := w.Thread(lea, "telecoms", "only talk")
	_, err := w.Service.Join(w.Ctx(), max, plain.ID, forum.RoutePage, forum.ParticipationDetails{})
	w.Refused(err, forum.Conflict, "NothingToJoin")
	_, err = w.Service.Join(w.Ctx(), max, th.ID, forum.RoutePage, forum.ParticipationDetails{ExperiencedOn: "2027-01-01"})
	w.Refused(err, forum.Invalid, "ExperienceAhead")
	w.counted(th, forum.TierTally{})
	w.Must(join(max))
	w.Must(join(max))
	w.counted(th, forum.TierTally{Local: 1})
	w.Must(w.Service.Leave(w.Ctx(), max, th.ID))
	w.Must(w.Service.Leave(w.Ctx(), max, th.ID))
	w.counted(th, forum.TierTally{})
	w.Must(join(max))

	// By mail: one mailbox, one person, whatever the address looks like; and the
	// mailbox of somebody who has an account is that account.
	link := w.byMail(th, "Ann.Onyme+x@gmail.com")
	w.counted(th, forum.TierTally{Local: 1})
	w.Must(w.Service.ConfirmParticipation(w.Ctx(), link))
	w.Must(w.Service.ConfirmParticipation(w.Ctx(), link))
	w.counted(th, forum.TierTally{Local: 1, Email: 1})
	if again := w.byMail(th, "annonyme@googlemail.com"); again != link {
		t.Errorf("another address of the mailbox got another link: %s", again)
	}
	w.Must(w.Service.ConfirmParticipation(w.Ctx(), w.byMail(th, "max@here.example")))
	w.counted(th, forum.TierTally{Local: 1, Email: 1})
	_, err = w.Service.PeekParticipation(w.Ctx(), link[:len(link)-1]+"x")
	w.Refused(err, forum.NotFound, "")
	w.Must(w.Service.WithdrawParticipation(w.Ctx(), link))
	w.counted(th, forum.TierTally{Local: 1})
	w.Must(w.Service.ConfirmParticipation(w.Ctx(), link))
	w.counted(th, forum.TierTally{Local: 1, Email: 1})

	// From elsewhere, by a reply with the hashtag. A later edit does not count.
	ines := w.Remote(forum.Person, "ines", "mastodon.example")
	reply := func(by *forum.Actor, tags ...string) forum.RemotePost {
		t.Helper()
		r := w.RemotePost(by, "<p>me too</p>")
		r.ParentID, r.Tags = th.ID, tags
		if o, err := w.Service.ReceivePost(w.Ctx(), w.Inbound(by), r); err != nil || !o.Done {
			t.Fatal(o, err)
		}
		return r
	}
	quiet := reply(ines)
	w.Clock.Advance(time.Minute)
	quiet.Tags, quiet.Content, quiet.UpdatedAt = []string{"Concerné"}, "<p>#Concerné</p>", w.Clock.Now()
	if o, err := w.Service.ReceiveEdit(w.Ctx(), w.Inbound(ines), quiet); err != nil || !o.Done {
		t.Fatal(o, err)
	}
	w.counted(th, forum.TierTally{Local: 1, Email: 1})
	said := reply(ines, "Concerné")
	reply(ines, "affected")
	w.counted(th, forum.TierTally{Local: 1, Email: 1, New: 1})
	told := 0
	for _, body := range w.Delivered("mastodon.example", forum.Microblog) {
		if strings.Contains(body, "Message to ines") && strings.Contains(body, "/participation/") {
			told++
		}
	}
	if told != 1 {
		t.Errorf("%d receipts", told)
	}
	if o, err := w.Service.ReceiveDelete(w.Ctx(), w.Inbound(ines), said.URI, ""); err != nil || !o.Done {
		t.Fatal(o, err)
	}
	w.counted(th, forum.TierTally{Local: 1, Email: 1})
	// Privately, and taken back.
	note := forum.PrivateNote{URI: ines.URI + "/private", ParentURI: th.URI, Addressed: []string{lea.URI}, Tags: []string{"#affected"}, Claim: forum.ParticipationDetails{ExperiencedOn: "2026-02-01"}}
	if o, err := w.Service.ReceivePrivateNote(w.Ctx(), w.Inbound(ines), note); err != nil || !o.Done {
		t.Fatal(o, err)
	}
	w.counted(th, forum.TierTally{Local: 1, Email: 1, New: 1})

	// A burst is taken out, and that undone.
	for _, name := range []string{"bot1", "bot2", "bot3"} {
		reply(w.Remote(forum.Person, name, "farm.example"), "affected")
	}
	w.counted(th, forum.TierTally{Local: 1, Email: 1, New: 4})
	farm := "farm.example"
	rule := forum.InvalidationRule{Kind: forum.CoClaim, Subject: th.ID, Server: &farm}
	_, err = w.Service.Invalidate(w.Ctx(), max, rule, "a farm")
	w.Refused(err, forum.Forbidden, "")
	_, err = w.Service.Invalidate(w.Ctx(), eve, forum.InvalidationRule{Kind: forum.CoClaim, Subject: th.ID}, "all")
	w.Refused(err, forum.Invalid, "InvalidateAll")
	if n, err := w.Service.MatchInvalidation(w.Ctx(), eve, rule); err != nil || n != 3 {
		t.Errorf("%d match: %v", n, err)
	}
	i, err := w.Service.Invalidate(w.Ctx(), eve, rule, "a farm")
	w.Must(err)
	w.counted(th, forum.TierTally{Local: 1, Email: 1, New: 1, Invalidated: 3})
	list, err := w.Store.Invalidations(w.Ctx(), forum.CoClaim, th.ID)
	if err != nil || len(list) != 1 || list[0].Number != 3 || *list[0].Rule.Server != farm || list[0].Reason != "a farm" {
		t.Errorf("invalidations %+v %v", list, err)
	}
	w.Must(w.Service.UndoInvalidation(w.Ctx(), eve, forum.CoClaim, th.ID, i.ID))
	w.counted(th, forum.TierTally{Local: 1, Email: 1, New: 4})

	// An erased account counts no longer.
	w.Delete(max)
	w.counted(th, forum.TierTally{Email: 1, New: 4})
}

func testRemoteCoClaims(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	w.Forum("telecoms")
	max := w.Remote(forum.Person, "max", "other.example")
	f, err := w.Store.Forum(w.Ctx(), forum.Handle{Name: "telecoms"})
	w.Must(err)
	r := w.RemotePost(max, "<p>box</p>")
	r.Title, r.Addressed, r.Kind = "box", []string{f.URI}, forum.Grievance
	r.Case, r.Claims = &forum.Case{Company: "X", ExperiencedOn: "2026-03-01"}, &forum.TierTally{Local: 2}
	if o, err := w.Service.ReceivePost(w.Ctx(), w.Inbound(max), r); err != nil || !o.Done {
		t.Fatal(o, err)
	}
	th, err := w.Store.PostByURI(w.Ctx(), r.URI)
	w.Must(err)
	thread, err := w.Store.Thread(w.Ctx(), th.ID)
	w.Must(err)
	if !thread.CountedElsewhere() || thread.CoClaimsTold.Local != 2 {
		t.Fatalf("told %+v", thread.CoClaimsTold)
	}
	w.deliverAll(map[string]string{"other.example": ""})
	_, err = w.Service.Join(w.Ctx(), lea, th.ID, forum.RoutePage, forum.ParticipationDetails{})
	w.Must(err)
	w.counted(thread, forum.TierTally{})
	if got := w.Delivered("other.example", forum.GroupAware); len(got) != 1 || !strings.Contains(got[0], "Claim #") {
		t.Errorf("told are %s", got)
	}
	w.Must(w.Service.Leave(w.Ctx(), lea, th.ID))
	if got := w.Delivered("other.example", forum.GroupAware); len(got) != 2 || !strings.Contains(got[1], "Delete") {
		t.Errorf("told are %s", got)
	}
	r.Claims, r.UpdatedAt = &forum.TierTally{Local: 3}, w.Clock.Now()
	if o, err := w.Service.ReceiveEdit(w.Ctx(), w.Inbound(max), r); err != nil || !o.Done {
		t.Fatal(o, err)
	}
	if thread, err = w.Store.Thread(w.Ctx(), th.ID); err != nil || thread.CoClaimsTold.Local != 3 {
		t.Errorf("told %+v %v", thread.CoClaimsTold, err)
	}
}

func testBursts(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, mod := w.Person("lea"), w.Person("mod")
	w.Forum("telecoms", "mod")
	th := w.Case(lea, "telecoms", "box", facts())
	for i := range 6 {
		w.Clock.Advance(20 * time.Second)
		by := w.Remote(forum.Person, "bot"+forum.ID(i).String(), "farm.example")
		r := w.RemotePost(by, "<p>me too</p>")
		r.ParentID, r.Tags = th.ID, []string{"affected"}
		if o, err := w.Service.ReceivePost(w.Ctx(), w.Inbound(by), r); err != nil || !o.Done {
			t.Fatal(o, err)
		}
		w.Must(w.Service.ConfirmParticipation(w.Ctx(), w.byMail(th, "p"+forum.ID(i).String()+"@mail.example")))
	}
	w.counted(th, forum.TierTally{Email: 6, New: 6})
	_, err := w.Service.Bursts(w.Ctx(), lea, forum.CoClaim, th.ID)
	w.Refused(err, forum.Forbidden, "")
	list, err := w.Service.Bursts(w.Ctx(), mod, forum.CoClaim, th.ID)
	w.Must(err)
	found := map[forum.BurstKind]int{}
	for _, b := range list {
		found[b.Kind] = b.Number
		if n, err := w.Service.MatchInvalidation(w.Ctx(), mod, b.Rule); err != nil || n != b.Number {
			t.Errorf("the rule of %s applies to %d of %d: %v", b.Kind, n, b.Number, err)
		}
	}
	if found[forum.BurstNetwork] != 6 || found[forum.BurstAgent] != 6 || found[forum.BurstServer] != 6 {
		t.Errorf("bursts %+v", list)
	}

	// Those who keep order are told of it, once.
	alerted := func(by *forum.Account, want int) {
		t.Helper()
		w.Must(w.Service.WorkUpkeep(w.Ctx(), forum.UpkeepJob{}))
		page, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: by.ID, Kinds: []forum.NotificationKind{forum.NotifyBurst}, Limit: 10})
		w.Must(err)
		got := 0
		for i := range page.Groups {
			got += page.Groups[i].Count
			if path := page.Groups[i].Path(); path != "/t/"+th.ID.String()+"/counted/moderate" {
				t.Errorf("the notification leads to %s", path)
			}
		}
		if got != want {
			t.Errorf("%s is told %d times, not %d", by.Name, got, want)
		}
	}
	alerted(mod, 1)
	w.Clock.Advance(time.Hour)
	alerted(mod, 1)
	alerted(lea, 0)
	for i := range 6 {
		w.Must(w.Service.ConfirmParticipation(w.Ctx(), w.byMail(th, "q"+forum.ID(i).String()+"@mail.example")))
	}
	alerted(mod, 2)
	w.counted(th, forum.TierTally{Email: 12, New: 6})

	// A month later, those who have come to have a profile are known.
	grown := w.Remote(forum.Person, "bot1", "farm.example")
	grown.Summary = "<p>a person after all</p>"
	_, err = w.Service.ReceiveActor(w.Ctx(), grown, nil)
	w.Must(err)
	w.Must(w.Service.WorkUpkeep(w.Ctx(), forum.UpkeepJob{}))
	w.counted(th, forum.TierTally{Email: 12, New: 6})
	w.Clock.Advance(31 * 24 * time.Hour)
	w.Must(w.Service.WorkUpkeep(w.Ctx(), forum.UpkeepJob{}))
	w.counted(th, forum.TierTally{Email: 12, Known: 1, New: 5})
}
