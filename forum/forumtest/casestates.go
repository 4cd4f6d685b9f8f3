package forumtest

import (
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

func testCaseStates(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, ole, mod := w.Person("lea"), w.Person("ole"), w.Person("mod")
	f := w.Forum("telecoms", "mod")
	fan := w.Remote(forum.Person, "fan", "m.example")
	_, err := w.Service.ReceiveFollow(w.Ctx(), w.Inbound(fan), f.URI)
	w.Must(err)
	th := w.Case(lea, "telecoms", "one", facts())
	w.deliverAll(map[string]string{"m.example": ""})
	w.Must(w.Service.FollowThread(w.Ctx(), ole, th.ID, true))
	move := func(by *forum.Account, to forum.CaseState) error {
		w.Clock.Advance(time.Minute)
		return w.Service.MoveCase(w.Ctx(), by, th.ID, to, "because")
	}
	w.Refused(move(nil, forum.CaseResolved), forum.Unauthenticated, "SignInFirst")
	w.Refused(move(ole, forum.CaseResolved), forum.Forbidden, "ModeratorsOnly")
	w.Refused(move(mod, forum.CaseResolved), forum.Conflict, "CaseMoveRefused") // no verdict of theirs
	w.Refused(move(lea, forum.CaseAnswered), forum.Conflict, "CaseMoveRefused")
	w.Refused(move(lea, "gone"), forum.Conflict, "CaseMoveRefused")
	w.Refused(w.Service.MoveCase(w.Ctx(), lea, th.ID, forum.CaseResolved, strings.Repeat("x", 501)), forum.Invalid, "TextTooLong")
	w.Refused(w.Service.MoveCase(w.Ctx(), lea, w.Thread(lea, "telecoms", "no case").ID, forum.CaseResolved, ""), forum.NotFound, "CaseNone")
	w.deliverAll(map[string]string{"m.example": ""})

	w.Must(move(lea, forum.CaseResolved))
	w.Must(move(lea, forum.CaseResolved)) // twice changes nothing
	if sent := w.Delivered("m.example", forum.Microblog); len(sent) != 1 || !strings.Contains(sent[0], `"Update"`) {
		t.Errorf("other servers hear %q", sent)
	}
	page, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: ole.ID, Limit: 10})
	w.Must(err)
	if len(page.Groups) != 1 || page.Groups[0].Kind != forum.NotifyCase || page.Groups[0].SubjectID != th.ID {
		t.Errorf("who follows it is told %+v", page.Groups)
	}
	w.Must(move(lea, forum.CaseOpen))
	w.Must(move(mod, forum.CaseClosed))
	got, err := w.Store.Thread(w.Ctx(), th.ID)
	w.Must(err)
	if got.Case.State != forum.CaseClosed || !got.Case.StateAt.Equal(w.Clock.Now()) || !got.EditedAt.IsZero() || !got.Case.AskAt.IsZero() {
		t.Errorf("closed is %+v, edited at %v", got.Case, got.EditedAt)
	}
	moves, err := w.Store.CaseMoves(w.Ctx(), th.ID, 10)
	w.Must(err)
	if len(moves) != 3 || moves[0].To != forum.CaseClosed || moves[0].Mover != forum.MoverModerator || moves[0].Actor.Name != "mod" || moves[0].Note != "because" || moves[2].From != forum.CaseOpen {
		t.Errorf("it went %+v", moves)
	}
}

func testCaseQuestions(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	w.Forum("telecoms")
	th := w.Case(lea, "telecoms", "one", facts())
	upkeep := func(after time.Duration) {
		t.Helper()
		w.Clock.Advance(after)
		w.Must(w.Service.WorkUpkeep(w.Ctx(), forum.UpkeepJob{}))
	}
	state := func() forum.CaseState { return w.caseOf(th.ID).State }
	upkeep(27 * 24 * time.Hour)
	if at := w.caseOf(th.ID).AskAt; !at.After(w.Clock.Now()) {
		t.Errorf("asked too early, next at %v", at)
	}
	upkeep(24 * time.Hour)
	second := w.caseOf(th.ID).AskAt
	if !second.After(w.Clock.Now().Add(50 * 24 * time.Hour)) {
		t.Errorf("next asked at %v", second)
	}
	w.Must(w.Service.WorkMail(w.Ctx(), forum.MailJob{Account: lea.ID, Template: forum.MailCase, Thread: th.ID, Text: th.Title}))
	mails := w.Mailer.Sent()
	_, token, ok := strings.Cut(mails[len(mails)-1].Link, "/case/")
	if !ok {
		t.Fatalf("mailed %+v", mails)
	}
	for _, forged := range []string{"", th.ID.String(), th.ID.String() + ".", token + "x", "7" + token, token[:len(token)-2]} {
		_, err := w.Service.MoveCaseByToken(w.Ctx(), forged, forum.CaseResolved, "")
		w.Refused(err, forum.NotFound, "")
	}
	_, err := w.Service.MoveCaseByToken(w.Ctx(), token, forum.StillWaiting, "")
	w.Must(err)
	if at := w.caseOf(th.ID).AskAt; !at.Equal(w.Clock.Now().Add(28*24*time.Hour)) || state() != forum.CaseOpen {
		t.Errorf("waiting, asked at %v", at)
	}
	upkeep(190 * 24 * time.Hour)
	if state() != forum.CaseClosed {
		t.Errorf("after half a year it is %s", state())
	}
	_, err = w.Service.MoveCaseByToken(w.Ctx(), token, forum.StillWaiting, "")
	w.Refused(err, forum.Conflict, "CaseMoveRefused")
	_, err = w.Service.MoveCaseByToken(w.Ctx(), token, forum.CaseUnresolved, "never")
	w.Must(err)
	if state() != forum.CaseUnresolved {
		t.Errorf("it is %s", state())
	}
}
