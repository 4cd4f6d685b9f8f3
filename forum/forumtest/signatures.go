package forumtest

import (
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// published publishes an action of somebody's, as an administrator.
func (w *World) published(by *forum.Account) *forum.Action {
	w.T.Helper()
	n := forum.NewAction{Kind: forum.Petition, Title: "Refund", Text: "Give it back.", Language: "en", Goal: 4, ClosesOn: "2026-05-31", Forum: "telecoms"}
	a, err := w.Service.StartAction(w.Ctx(), by, n, false)
	w.Must(err)
	w.Must(w.Service.PublishAction(w.Ctx(), w.Admin("boss"), a.Name))
	return w.actionNamed(a.Name)
}

// testSignatures signs by every way, twice and mixed.
func testSignatures(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, max := w.Person("lea"), w.Person("max")
	w.Forum("telecoms")
	a := w.published(lea)
	here := forum.Handle{Name: a.Name}
	counts := func() forum.TierTally {
		t.Helper()
		v, err := w.Service.ViewAction(w.Ctx(), nil, here)
		w.Must(err)
		if v.Signed != v.Counts.Signed() {
			t.Errorf("lists say %d, the page %d", v.Signed, v.Counts.Signed())
		}
		return v.Counts
	}
	want := func(what string, tally forum.TierTally) {
		t.Helper()
		if got := counts(); got != tally {
			t.Errorf("%s: %+v, want %+v", what, got, tally)
		}
	}
	ballot, err := w.Store.Post(w.Ctx(), a.BallotID)
	w.Must(err)

	// From here: by the button, by the ballot, by a reply; once.
	w.Refused(w.Service.Sign(w.Ctx(), nil, here, forum.RoutePage, forum.Consents{}, forum.Trace{}), forum.Unauthenticated, "SignInFirst")
	for range 2 {
		w.Must(w.Service.Sign(w.Ctx(), max, here, forum.RoutePage, forum.Consents{Updates: true}, forum.Trace{Network: "192.0.2.0"}))
	}
	w.Must(w.Service.Vote(w.Ctx(), max, ballot.ID, []int{forum.BallotSign}))
	w.Reply(max, ballot.ID, 0, "#isign")
	want("one account, four times", forum.TierTally{Local: 1})
	w.Must(w.Service.Vote(w.Ctx(), lea, ballot.ID, []int{forum.BallotSign}))
	want("by the ballot", forum.TierTally{Local: 2})

	// From elsewhere: by the ballot, by a reply, by an answer in private; once.
	ines := w.Remote(forum.Person, "ines", "mastodon.example")
	vote := func(by *forum.Actor, choice string) string {
		t.Helper()
		o, err := w.Service.ReceivePollVote(w.Ctx(), w.Inbound(by), ballot.URI, []string{choice})
		w.Must(err)
		return o.Reason
	}
	sign, support := ballot.Poll.Choices[forum.BallotSign].Title, ballot.Poll.Choices[forum.BallotSupport].Title
	if reason := vote(ines, sign); reason != "" {
		t.Errorf("vote: %s", reason)
	}
	if reason := vote(ines, sign); reason == "" {
		t.Error("a second vote counts")
	}
	answer := func(by *forum.Actor, content string, tags ...string) string {
		t.Helper()
		p := w.RemotePost(by, content)
		p.ParentID, p.Tags = ballot.ID, tags
		o, err := w.Service.ReceivePost(w.Ctx(), w.Inbound(by), p)
		w.Must(err)
		return p.URI + o.Reason
	}
	answer(ines, "<p>#isign</p>", "isign")
	o, err := w.Service.ReceivePrivateNote(w.Ctx(), w.Inbound(ines), forum.PrivateNote{URI: ines.URI + "/p/1", Addressed: []string{a.URI}, Content: "<p>#JeSigne</p>", Tags: []string{"#JeSigne"}})
	w.Must(err)
	if o.Reason != "signed before" {
		t.Errorf("in private, after the vote: %+v", o)
	}
	want("one account elsewhere, four times", forum.TierTally{Local: 2, New: 1})
	noor := w.Remote(forum.Person, "noor", "mastodon.example")
	if reason := vote(noor, support); reason != "" {
		t.Errorf("support: %s", reason)
	}
	want("support without signing", forum.TierTally{Local: 2, New: 1})
	source := answer(noor, "<p>After all #isign</p>", "isign")
	want("by a reply after a vote for another choice", forum.TierTally{Local: 2, New: 2})
	o, err = w.Service.ReceiveDelete(w.Ctx(), w.Inbound(noor), source, "")
	w.Must(err)
	want("the reply is deleted", forum.TierTally{Local: 2, New: 1})

	// What does not count: a forwarded vote, a reply that got its hashtag by an edit.
	in := w.Inbound(noor)
	in.Key = ""
	_, err = w.Service.ReceivePollVote(w.Ctx(), in, ballot.URI, []string{sign})
	w.Refused(err, forum.Forbidden, "VoteForwarded")
	eve := w.Remote(forum.Person, "eve", "mastodon.example")
	plain := w.RemotePost(eve, "<p>Hm.</p>")
	plain.ParentID = ballot.ID
	_, err = w.Service.ReceivePost(w.Ctx(), w.Inbound(eve), plain)
	w.Must(err)
	w.Clock.Advance(time.Minute)
	plain.Content, plain.Tags, plain.UpdatedAt = "<p>#isign</p>", []string{"isign"}, w.Clock.Now()
	_, err = w.Service.ReceiveEdit(w.Ctx(), w.Inbound(eve), plain)
	w.Must(err)
	want("an edited reply", forum.TierTally{Local: 2, New: 1})

	// Whoever follows is asked once; the answer signs; the receipt comes once.
	fan := w.Remote(forum.Person, "fan", "mastodon.example")
	for range 2 {
		_, err = w.Service.ReceiveFollow(w.Ctx(), w.Inbound(fan), a.URI)
		w.Must(err)
	}
	w.oneMessage("mastodon.example", "sign refund until 2026-05-31?")
	asked, err := w.Store.Deliveries(w.Ctx(), "mastodon.example", forum.Microblog, 100)
	w.Must(err)
	var question string
	for _, d := range asked {
		if strings.Contains(string(d.Body), "sign refund until") {
			question = d.Subject
		}
	}
	o, err = w.Service.ReceivePrivateNote(w.Ctx(), w.Inbound(fan), forum.PrivateNote{URI: fan.URI + "/v/1", ParentURI: question, Addressed: []string{a.URI}, Choices: []string{sign}})
	w.Must(err)
	if !o.Done {
		t.Errorf("the answer: %s", o.Reason)
	}
	want("by an answer", forum.TierTally{Local: 2, New: 2})

	// By mail, without an account.
	stamp, err := w.Service.StampForm(w.Ctx())
	w.Must(err)
	w.Clock.Advance(time.Minute)
	w.Must(w.Service.ParticipateByMail(w.Ctx(), forum.MailParticipation{Kind: forum.Signature, Subject: a.ID, Email: "guest@mail.example", Locale: "en", Stamp: stamp, Details: forum.ParticipationDetails{Consents: forum.Consents{Updates: true}}}))
	want("before the link", forum.TierTally{Local: 2, New: 2})

	// A milestone, paper, a withdrawal.
	w.Must(w.Service.AddPaper(w.Ctx(), lea, a.Name, 10, "Lyon", ""))
	want("with paper", forum.TierTally{Local: 2, New: 2, Paper: 10})
	w.Must(w.Service.WorkAction(w.Ctx(), forum.ActionJob{Action: a.ID}))
	news, err := w.Service.ActionUpdates(w.Ctx(), a, 0, "", 10)
	w.Must(err)
	if len(news.Threads) != 1 || news.Threads[0].Title != "4 signatures" {
		t.Errorf("milestones %+v", news.Threads)
	}
	w.Must(w.Service.WorkSigners(w.Ctx(), forum.SignersJob{Action: a.ID, About: forum.NotifyMilestone, Post: news.Threads[0].ID}))
	page, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: max.ID, Kinds: []forum.NotificationKind{forum.NotifyMilestone}, Limit: 10})
	w.Must(err)
	if len(page.Groups) != 1 {
		t.Errorf("who wanted to be told is told %d times", len(page.Groups))
	}
	for range 2 {
		w.Must(w.Service.WithdrawSignature(w.Ctx(), max, here))
	}
	want("withdrawn", forum.TierTally{Local: 1, New: 2, Paper: 10})
	w.Must(w.Service.Sign(w.Ctx(), max, here, forum.RouteAPI, forum.Consents{}, forum.Trace{}))

	w.newsByMail(a, news.Threads[0].ID)

	// Another text: signatures stay with theirs.
	_, err = w.Service.AddActionVersion(w.Ctx(), lea, a.Name, forum.NewVersion{Text: "At once.", Change: "Sooner."})
	w.Must(err)
	if reason := vote(w.Remote(forum.Person, "late", "mastodon.example"), sign); reason == "" {
		t.Error("a vote for the former text counts")
	}
	w.Must(w.Service.Sign(w.Ctx(), max, here, forum.RoutePage, forum.Consents{}, forum.Trace{}))
	byVersion, err := w.Service.SignedByVersion(w.Ctx(), a)
	w.Must(err)
	if byVersion[1] != 3 || byVersion[2] != 1 {
		t.Errorf("by version %v", byVersion)
	}

	// After the deadline nothing counts.
	w.Clock.Advance(100 * 24 * time.Hour)
	w.Refused(w.Service.Sign(w.Ctx(), w.Person("tardy"), here, forum.RoutePage, forum.Consents{}, forum.Trace{}), forum.Conflict, "SigningOver")
	ballot, err = w.Store.PostByURI(w.Ctx(), "https://here.example/a/refund/v2")
	w.Must(err)
	if reason := vote(w.Remote(forum.Person, "later", "mastodon.example"), sign); reason == "" {
		t.Error("a vote after the deadline counts")
	}
	want("at the end", forum.TierTally{Local: 2, New: 2, Paper: 10})
}

// oneMessage wants exactly one delivery to a server to contain a text.
func (w *World) oneMessage(host, text string) {
	w.T.Helper()
	n := 0
	for _, body := range w.Delivered(host, forum.Microblog) {
		if strings.Contains(body, text) {
			n++
		}
	}
	if n != 1 {
		w.T.Errorf("%d deliveries say %q", n, text)
	}
}

// newsByMail lets the guest who signed last be told of news, and end that with one
// click, which leaves the signature alone.
func (w *World) newsByMail(a *forum.Action, post forum.ID) {
	w.T.Helper()
	list, err := w.Store.ParticipationsOn(w.Ctx(), forum.Signature, a.ID, 0, 100)
	w.Must(err)
	var guest forum.ID
	for i := range list {
		if list[i].Route == forum.RouteMail {
			guest = list[i].ID
		}
	}
	link, err := w.Service.ParticipationAddress(w.Ctx(), guest)
	w.Must(err)
	token := link[strings.LastIndexByte(link, '/')+1:]
	w.Must(w.Service.ConfirmParticipation(w.Ctx(), token))
	job := forum.MailJob{Participation: guest, Template: forum.MailActionNews, Thread: post}
	w.Must(w.Service.WorkMail(w.Ctx(), job))
	sent := w.Mailer.Sent()
	if last := sent[len(sent)-1]; last.Template != forum.MailActionNews || last.Link != link || last.Unsubscribe != link+"?news=off" {
		w.T.Errorf("the news %+v", last)
	}
	w.Must(w.Service.EndNews(w.Ctx(), token))
	w.Must(w.Service.WorkMail(w.Ctx(), job))
	if n := len(w.Mailer.Sent()); n != len(sent) {
		w.T.Error("news are mailed on after one click")
	}
	if p, err := w.Service.PeekParticipation(w.Ctx(), token); err != nil || !p.Participation.Counts() || p.Participation.Email != "" {
		w.T.Errorf("after one click the signature is %+v, %v", p, err)
	}
	w.Must(w.Service.WithdrawParticipation(w.Ctx(), token))
}

// testLetters lets people say that they sent their letter: an account, a mailbox by
// its link, and somebody elsewhere with a hashtag.
func testLetters(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, max := w.Person("lea"), w.Person("max")
	w.Forum("telecoms")
	a, err := w.Service.StartAction(w.Ctx(), lea, forum.NewAction{Kind: forum.FormalLetter, Title: "Pay back", Text: "Pay it back.", Language: "en", Goal: 4, ClosesOn: "2026-05-31", Forum: "telecoms",
		Details: forum.ActionDetails{Recipient: "Exemple SA"}}, false)
	w.Must(err)
	boss := w.Admin("boss")
	w.Must(w.Service.PublishAction(w.Ctx(), boss, a.Name))
	a = w.actionNamed(a.Name)
	here := forum.Handle{Name: a.Name}
	sent := func(want int) {
		t.Helper()
		v, err := w.Service.ViewAction(w.Ctx(), nil, here)
		w.Must(err)
		if v.Sent != want {
			t.Errorf("%d letters were sent, not %d", v.Sent, want)
		}
	}
	sign := func(by *forum.Account) {
		t.Helper()
		w.Must(w.Service.Sign(w.Ctx(), by, here, forum.RoutePage, forum.Consents{}, forum.Trace{}))
	}
	w.Refused(w.Service.MarkSent(w.Ctx(), lea, here, true), forum.Conflict, "SignFirst")
	sign(lea)
	for range 2 {
		w.Must(w.Service.MarkSent(w.Ctx(), lea, here, true))
	}
	sign(lea) // to change what goes with it
	sent(1)
	w.Must(w.Service.MarkSent(w.Ctx(), lea, here, false))
	sent(0)
	w.Must(w.Service.MarkSent(w.Ctx(), lea, here, true))

	// From elsewhere: who signed, not who did not.
	ines, oz := w.Remote(forum.Person, "ines", "mastodon.example"), w.Remote(forum.Person, "oz", "mastodon.example")
	reply := func(by *forum.Actor, tag string) {
		t.Helper()
		w.Clock.Advance(time.Second)
		p := w.RemotePost(by, "<p>"+tag+"</p>")
		p.ParentID, p.Tags = a.BallotID, []string{tag}
		_, err := w.Service.ReceivePost(w.Ctx(), w.Inbound(by), p)
		w.Must(err)
	}
	reply(oz, "#envoyé")
	sent(1)
	reply(ines, "#isign")
	reply(ines, "#Envoyé")
	sent(2)
	reply(oz, "#isign")
	o, err := w.Service.ReceivePrivateNote(w.Ctx(), w.Inbound(oz), forum.PrivateNote{URI: oz.URI + "/p/9", Addressed: []string{a.URI}, Tags: []string{"#sent"}, Content: "<p>#sent</p>"})
	w.Must(err)
	if !o.Done {
		t.Errorf("in private: %+v", o)
	}
	sent(3)

	// By the link of a signature; withdrawn, it counts no longer.
	stamp, err := w.Service.StampForm(w.Ctx())
	w.Must(err)
	w.Clock.Advance(time.Minute)
	w.Must(w.Service.ParticipateByMail(w.Ctx(), forum.MailParticipation{Kind: forum.Signature, Subject: a.ID, Email: "guest@mail.example", Locale: "en", Stamp: stamp}))
	list, err := w.Store.ParticipationsOn(w.Ctx(), forum.Signature, a.ID, 0, 100)
	w.Must(err)
	link, err := w.Service.ParticipationAddress(w.Ctx(), list[len(list)-1].ID)
	w.Must(err)
	token := link[strings.LastIndexByte(link, '/')+1:]
	w.Refused(w.Service.MarkSentByLink(w.Ctx(), token, true), forum.Conflict, "SignFirst")
	w.Must(w.Service.ConfirmParticipation(w.Ctx(), token))
	w.Must(w.Service.MarkSentByLink(w.Ctx(), token, true))
	if p, err := w.Service.PeekParticipation(w.Ctx(), token); err != nil || !p.Letter || p.SentAt.IsZero() {
		t.Errorf("by the link: %+v, %v", p, err)
	}
	sent(4)
	w.Must(w.Service.WithdrawParticipation(w.Ctx(), token))
	sent(3)

	// A petition is sent by nobody.
	sign(max)
	petition, err := w.Service.StartAction(w.Ctx(), max, forum.NewAction{Kind: forum.Petition, Title: "Refund", Text: "Give it back.", Language: "en", Goal: 4, ClosesOn: "2026-05-31", Forum: "telecoms"}, false)
	w.Must(err)
	w.Must(w.Service.PublishAction(w.Ctx(), boss, petition.Name))
	w.Must(w.Service.Sign(w.Ctx(), lea, forum.Handle{Name: petition.Name}, forum.RoutePage, forum.Consents{}, forum.Trace{}))
	if err := w.Service.MarkSent(w.Ctx(), lea, forum.Handle{Name: petition.Name}, true); forum.CodeOf(err) != forum.NotFound {
		t.Errorf("a petition is sent: %v", err)
	}
}
