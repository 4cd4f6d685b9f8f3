package forumtest

import (
	"testing"
	"time"
	"unicode/utf8"

	"portevoix/forum"
)

// testClaimPolls counts people on a case by its poll: from here and elsewhere, once,
// by the choice that says so, and in cases only.
func testClaimPolls(t *testing.T, open func(*testing.T) Store) {
	for _, language := range []string{"en", "fr"} {
		for _, choice := range forum.ClaimChoices(language) {
			if utf8.RuneCountInString(choice) > 25 { // Mastodon's bound
				t.Errorf("%q is too long", choice)
			}
		}
	}
	w := NewWorld(t, open(t))
	lea, max, eve, mod := w.Person("lea"), w.Person("max"), w.Person("eve"), w.Person("mod")
	w.Forum("telecoms", "mod")
	start := func(kind forum.ThreadKind, poll *forum.NewPoll) (*forum.Thread, error) {
		w.Clock.Advance(time.Second)
		n := forum.NewThread{Forum: "telecoms", Kind: kind, Title: "Two bills", Body: "b", Language: "fr", Poll: poll}
		if kind == forum.Grievance {
			n.Case = &forum.NewCase{Company: "Exemple", ExperiencedOn: "2026-03-02"}
		}
		return w.Service.StartThread(w.Ctx(), lea, n)
	}
	ask := &forum.NewPoll{Claims: true, Multiple: true, Choices: []string{"left out"}, Lasts: 24 * time.Hour}
	_, err := start(forum.Question, ask)
	w.Refused(err, forum.Invalid, "PollClaimsCases")
	th, err := start(forum.Grievance, ask)
	w.Must(err)
	if th.Poll.Multiple || len(th.Poll.Choices) != 3 || th.Poll.Choices[0].Title != forum.ClaimChoices("fr-FR")[0] {
		t.Fatalf("the poll is %+v", th.Poll)
	}

	w.Must(w.Service.Vote(w.Ctx(), max, th.ID, []int{0}))
	w.Refused(w.Service.Vote(w.Ctx(), max, th.ID, []int{0}), forum.Conflict, "PollVoted")
	w.Must(w.Service.Vote(w.Ctx(), eve, th.ID, []int{1}))
	w.Must(w.Service.Vote(w.Ctx(), lea, th.ID, []int{0})) // her own: a vote, and no more
	w.counted(th, forum.TierTally{Local: 1})
	ines, bot := w.Remote(forum.Person, "ines", "mastodon.example"), w.Remote(forum.Bot, "bot", "mastodon.example")
	for _, by := range []*forum.Actor{ines, bot, ines} {
		_, err := w.Service.ReceivePollVote(w.Ctx(), w.Inbound(by), th.URI, []string{th.Poll.Choices[0].Title})
		w.Must(err)
	}
	w.counted(th, forum.TierTally{Local: 1, New: 1})
	w.oneMessage("mastodon.example", "counted on Two bills")

	// Whoever was counted before stays counted once, and keeps what they said.
	_, err = w.Service.Join(w.Ctx(), mod, th.ID, forum.RoutePage, forum.ParticipationDetails{Words: "in April"})
	w.Must(err)
	w.Must(w.Service.Vote(w.Ctx(), mod, th.ID, []int{0}))
	w.counted(th, forum.TierTally{Local: 2, New: 1})
	if p, err := w.Store.ParticipationOf(w.Ctx(), forum.CoClaim, th.ID, mod.ID); err != nil || p.Words != "in April" || p.Route != forum.RoutePage {
		t.Errorf("%+v %v", p, err)
	}

	// An ordinary poll counts nobody.
	plain, err := start(forum.Grievance, &forum.NewPoll{Choices: []string{"Yes", "No"}, Lasts: 24 * time.Hour})
	w.Must(err)
	w.Must(w.Service.Vote(w.Ctx(), max, plain.ID, []int{0}))
	w.counted(plain, forum.TierTally{})
}
