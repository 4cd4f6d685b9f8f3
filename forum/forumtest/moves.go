package forumtest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"portevoix/forum"
)

// testMoves takes followers to another account and back, of somebody here.
func testMoves(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, max, ines := w.Person("lea"), w.Person("max"), w.Person("ines")
	w.Forum("telecoms")
	ole, lena := w.Remote(forum.Person, "ole", "there.example"), w.Remote(forum.Person, "lena", "new.example")
	_, err := w.Service.ReceiveFollow(w.Ctx(), w.Inbound(ole), lea.URI)
	w.Must(err)
	for _, by := range []*forum.Account{max, ines} {
		_, err := w.Service.Follow(w.Ctx(), by, "lea")
		w.Must(err)
	}
	w.Must(w.Service.Block(w.Ctx(), ines, "lena@new.example"))

	move := func(to, password string) error { return w.Service.Move(w.Ctx(), w.fresh("lea"), to, password, "") }
	w.Refused(move("lena@new.example", "wrong"), forum.Invalid, "PasswordWrong")
	w.Refused(move("lena@new.example", "correct horse"), forum.Invalid, "MoveNotConfirmed")
	w.Refused(move("nobody@new.example", "correct horse"), forum.Invalid, "AccountThereUnknown")
	w.Refused(move("telecoms", "correct horse"), forum.Invalid, "AccountThereUnknown")
	w.Refused(move("lea", "correct horse"), forum.Invalid, "AccountIsThis")
	lena.AlsoKnownAs = []string{lea.URI}
	lena, err = w.Service.ReceiveActor(w.Ctx(), lena, nil)
	w.Must(err)
	w.Resolver["lena@new.example"] = lena
	w.deliverAll(map[string]string{"there.example": "", "new.example": ""})
	w.Must(move("@lena@new.example", "correct horse"))
	w.Must(w.Service.WorkMove(w.Ctx(), forum.MoveJob{From: lea.ID, To: lena.ID}))
	w.Must(w.Service.WorkMove(w.Ctx(), forum.MoveJob{From: lea.ID, To: lena.ID}))
	if got := strings.Join(w.Delivered("there.example", forum.Microblog), "\n"); !strings.Contains(got, `"Update"`) || !strings.Contains(got, `"object":"`+lena.URI+`","type":"Move"`) {
		t.Errorf("followers elsewhere are told %s", got)
	}
	if got := w.Delivered("new.example", forum.Microblog); len(got) != 1 || !strings.Contains(got[0], max.URI) || !strings.Contains(got[0], `"Follow"`) {
		t.Errorf("the new server is asked %s", got)
	}
	for _, by := range []*forum.Account{max, ines} {
		if r, err := w.Store.Relation(w.Ctx(), by.ID, lea.ID); err != nil || r.Following != "" {
			t.Errorf("%s still follows the old account: %+v, %v", by.Name, r, err)
		}
	}
	notices, err := w.Store.Notifications(w.Ctx(), forum.NotificationQuery{AccountID: max.ID, Kinds: []forum.NotificationKind{forum.NotifyMove}, Limit: 10})
	w.Must(err)
	if len(notices.Groups) != 1 {
		t.Errorf("the follower is told %d times", len(notices.Groups))
	}

	// Whoever has moved away keeps silent here, and is not followed.
	_, err = w.Service.StartThread(w.Ctx(), lea, forum.NewThread{Forum: "telecoms", Title: "t", Body: "b"})
	w.Refused(err, forum.Forbidden, "AccountMovedAway")
	_, err = w.Service.Follow(w.Ctx(), max, "lea")
	w.Refused(err, forum.Conflict, "TargetMoved")
	w.deliverAll(map[string]string{"there.example": ""})
	_, err = w.Service.ReceiveFollow(w.Ctx(), w.Inbound(ole), lea.URI)
	w.Must(err)
	if got := w.Delivered("there.example", forum.Microblog); len(got) != 1 || !strings.Contains(got[0], `"Reject"`) {
		t.Errorf("a follow of somebody who has moved is answered %s", got)
	}
	w.Must(w.Service.UndoMove(w.Ctx(), lea))
	w.Must(w.Service.UndoMove(w.Ctx(), lea))
	w.Thread(w.fresh("lea"), "telecoms", "back again")
	w.Refused(move("lena@new.example", "correct horse"), forum.Conflict, "MovedRecently")
	w.Clock.Advance(forum.MoveInterval)
	w.Must(move("lena@new.example", "correct horse"))

	testAliases(w, max)
	testMoveIn(w, ole, max)
}

// fresh is an account as it is now.
func (w *World) fresh(name string) *forum.Account {
	w.T.Helper()
	a, err := w.Store.AccountByName(w.Ctx(), name)
	w.Must(err)
	return a
}

func testAliases(w *World, max *forum.Account) {
	w.T.Helper()
	w.Must(w.Service.AddAlias(w.Ctx(), max, "ole@there.example"))
	w.Must(w.Service.AddAlias(w.Ctx(), max, "https://there.example/users/ole"))
	if got := w.fresh("max").AlsoKnownAs; !slices.Equal(got, []string{"https://there.example/users/ole"}) {
		w.T.Errorf("the aliases are %q", got)
	}
	w.Refused(w.Service.AddAlias(w.Ctx(), max, "max"), forum.Invalid, "AccountIsThis")
	w.Refused(w.Service.AddAlias(w.Ctx(), max, "https://there.example/nothing"), forum.Invalid, "AccountThereUnknown")
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		w.Remote(forum.Person, name, "there.example")
	}
	for _, name := range []string{"a", "b", "c", "d"} {
		w.Must(w.Service.AddAlias(w.Ctx(), max, name+"@there.example"))
	}
	w.Refused(w.Service.AddAlias(w.Ctx(), max, "e@there.example"), forum.Conflict, "TooManyAliases")
	w.Must(w.Service.RemoveAlias(w.Ctx(), max, "https://there.example/users/a"))
	if got := w.fresh("max").AlsoKnownAs; len(got) != 4 {
		w.T.Errorf("the aliases are %q", got)
	}
}

// testMoveIn has somebody elsewhere move to an account here, which names theirs.
func testMoveIn(w *World, ole *forum.Actor, max *forum.Account) {
	w.T.Helper()
	zoe := w.Person("zoe")
	_, err := w.Service.Follow(w.Ctx(), zoe, "ole@there.example")
	w.Must(err)
	_, err = w.Service.ReceiveAnswer(w.Ctx(), w.Inbound(ole), "", zoe.URI, true)
	w.Must(err)
	outcome, err := w.Service.ReceiveMove(w.Ctx(), w.Inbound(ole), &w.fresh("zoe").Actor)
	w.Must(err)
	if outcome.Done {
		w.T.Error("a move to somebody who does not confirm it took effect")
	}
	outcome, err = w.Service.ReceiveMove(w.Ctx(), w.Inbound(ole), &w.fresh("max").Actor)
	w.Must(err)
	if !outcome.Done {
		w.T.Fatal(outcome.Reason)
	}
	w.Must(w.Service.WorkMove(w.Ctx(), forum.MoveJob{From: ole.ID, To: max.ID}))
	if r, err := w.Store.Relation(w.Ctx(), zoe.ID, max.ID); err != nil || r.Following != forum.FollowAccepted {
		w.T.Errorf("zoe's relation with the new account: %+v, %v", r, err)
	}
	w.Clock.Advance(24 * time.Hour)
	outcome, err = w.Service.ReceiveMove(w.Ctx(), w.Inbound(ole), &w.fresh("max").Actor)
	w.Must(err)
	if outcome.Done {
		w.T.Error("a second move a day later took effect")
	}
}
