package forumtest

import (
	"strconv"
	"testing"
	"time"

	"portevoix/forum"
)

// code is what an app of Codes shows now.
func (w *World) code() string { return strconv.FormatInt(w.Clock.Now().Unix()/60, 10) }

// testSecondStep switches the second step on, signs in with it, and takes it
// away again.
func testSecondStep(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea := w.Person("lea")
	signIn := func() forum.Entry {
		t.Helper()
		entry, err := w.Service.SignIn(w.Ctx(), "lea", "correct horse")
		w.Must(err)
		return entry
	}
	w.Must(w.Service.BeginSecondStep(w.Ctx(), lea))
	if entry := signIn(); entry.Session == "" || entry.Challenge != "" {
		t.Fatalf("asked for a code of an app that was never confirmed: %+v", entry)
	}
	_, err := w.Service.ConfirmSecondStep(w.Ctx(), lea, "wrong", w.code())
	w.Refused(err, forum.Invalid, "PasswordWrong")
	_, err = w.Service.ConfirmSecondStep(w.Ctx(), lea, "correct horse", "0")
	w.Refused(err, forum.Invalid, "CodeWrong")
	codes, err := w.Service.ConfirmSecondStep(w.Ctx(), lea, "correct horse", w.code())
	w.Must(err)
	w.Refused(w.Service.BeginSecondStep(w.Ctx(), lea), forum.Conflict, "SecondStepOn")

	entry := signIn()
	if entry.Session != "" || entry.Challenge == "" {
		t.Fatalf("signed in without a code: %+v", entry)
	}
	_, err = w.Service.AccountOfSession(w.Ctx(), entry.Challenge)
	w.Refused(err, forum.NotFound, "")
	_, err = w.Service.TakeSecondStep(w.Ctx(), entry.Challenge, w.code())
	w.Refused(err, forum.Invalid, "CodeWrong") // it switched the step on
	w.Clock.Advance(time.Minute)
	_, err = w.Service.TakeSecondStep(w.Ctx(), "rubbish", w.code())
	w.Refused(err, forum.Unauthenticated, "ChallengeOver")
	done, err := w.Service.TakeSecondStep(w.Ctx(), entry.Challenge, " "+w.code()+" ")
	w.Must(err)
	if a, err := w.Service.AccountOfSession(w.Ctx(), done.Session); err != nil || a.ID != lea.ID {
		t.Fatalf("the session is of %v, %v", a, err)
	}
	_, err = w.Service.TakeSecondStep(w.Ctx(), entry.Challenge, codes[0])
	w.Refused(err, forum.Unauthenticated, "ChallengeOver")
	w.Clock.Advance(time.Minute)
	entry = signIn()
	w.Clock.Advance(11 * time.Minute)
	_, err = w.Service.TakeSecondStep(w.Ctx(), entry.Challenge, w.code())
	w.Refused(err, forum.Unauthenticated, "ChallengeOver")

	// By a mailed link too, and with a recovery code, each of which works once.
	w.Must(w.Service.WorkMail(w.Ctx(), forum.MailJob{Account: lea.ID, Template: forum.MailSignIn}))
	entry, err = w.Service.UseLink(w.Ctx(), w.linkIn(forum.MailSignIn))
	w.Must(err)
	if entry.Session != "" {
		t.Fatal("a mailed link is enough")
	}
	_, err = w.Service.TakeSecondStep(w.Ctx(), entry.Challenge, codes[3])
	w.Must(err)
	_, err = w.Service.TakeSecondStep(w.Ctx(), signIn().Challenge, codes[3])
	w.Refused(err, forum.Invalid, "CodeWrong")
	if p, err := w.Service.Protection(w.Ctx(), lea); err != nil || !p.On || p.Codes != 9 || p.Secret != "" {
		t.Errorf("protection %+v, %v", p, err)
	}

	// Guessing ends, whoever guesses, and may go on after a while.
	w.Clock.Advance(16 * time.Minute)
	for range 5 {
		_, err = w.Service.TakeSecondStep(w.Ctx(), signIn().Challenge, "0")
		w.Refused(err, forum.Invalid, "CodeWrong")
	}
	_, err = w.Service.TakeSecondStep(w.Ctx(), signIn().Challenge, w.code())
	w.Refused(err, forum.TooMany, "TooManyCodes")
	w.Clock.Advance(16 * time.Minute)
	_, err = w.Service.TakeSecondStep(w.Ctx(), signIn().Challenge, w.code())
	w.Must(err)

	_, err = w.Service.NewRecoveryCodes(w.Ctx(), lea, "wrong", "")
	w.Refused(err, forum.Invalid, "PasswordWrong")
	fresh, err := w.Service.NewRecoveryCodes(w.Ctx(), lea, "correct horse", "")
	w.Must(err)
	_, err = w.Service.TakeSecondStep(w.Ctx(), signIn().Challenge, codes[1])
	w.Refused(err, forum.Invalid, "CodeWrong")
	_, err = w.Service.TakeSecondStep(w.Ctx(), signIn().Challenge, fresh[1])
	w.Must(err)

	w.Refused(w.Service.EndSecondStep(w.Ctx(), lea, "wrong", ""), forum.Invalid, "PasswordWrong")
	w.Must(w.Service.EndSecondStep(w.Ctx(), lea, "correct horse", ""))
	if signIn().Session == "" {
		t.Error("still asked for a code")
	}

	testSecondStepWithoutPassword(w)
}

// testSecondStepWithoutPassword has who signs in by mail confirm with a code,
// and an operator help who lost everything.
func testSecondStepWithoutPassword(w *World) {
	w.T.Helper()
	_, err := w.Service.CreateAccount(w.Ctx(), forum.Operator(), forum.NewAccount{Name: "max", Email: "max@here.example"}, forum.Member)
	w.Must(err)
	maxim, err := w.Store.AccountByName(w.Ctx(), "max")
	w.Must(err)
	w.Must(w.Service.BeginSecondStep(w.Ctx(), maxim))
	codes, err := w.Service.ConfirmSecondStep(w.Ctx(), maxim, "", w.code())
	w.Must(err)
	w.Refused(w.Service.EndSecondStep(w.Ctx(), maxim, "", ""), forum.Invalid, "CodeWrong")
	w.Must(w.Service.EndSecondStep(w.Ctx(), maxim, "", codes[0]))
	w.Refused(w.Service.EndSecondStep(w.Ctx(), maxim, "", codes[1]), forum.Conflict, "SecondStepOff")

	w.Clock.Advance(time.Minute)
	w.Must(w.Service.BeginSecondStep(w.Ctx(), maxim))
	_, err = w.Service.ConfirmSecondStep(w.Ctx(), maxim, "", w.code())
	w.Must(err)
	w.Refused(w.Service.ResetSecondStep(w.Ctx(), maxim, "max", false), forum.Forbidden, "AdminsOnly")
	w.Must(w.Service.ResetSecondStep(w.Ctx(), forum.Operator(), "max", true))
	if p, err := w.Service.Protection(w.Ctx(), maxim); err != nil || p.On {
		w.T.Errorf("protection %+v, %v", p, err)
	}
	w.Must(w.Service.BeginSecondStep(w.Ctx(), maxim))
	w.Delete(maxim) // and all of it goes
}

// testPasskeys adds, uses, renames and removes passkeys.
func testPasskeys(t *testing.T, open func(*testing.T) Store) {
	w := NewWorld(t, open(t))
	lea, maxim := w.Person("lea"), w.Person("max")
	add := func(by *forum.Account, name string) string {
		t.Helper()
		token, options, err := w.Service.BeginPasskey(w.Ctx(), by, "correct horse")
		w.Must(err)
		w.Refused(w.Service.AddPasskey(w.Ctx(), by, token, name, "rubbish"), forum.Invalid, "PasskeyRefused")
		w.Must(w.Service.AddPasskey(w.Ctx(), by, token, name, options))
		w.Refused(w.Service.AddPasskey(w.Ctx(), by, token, name, options), forum.Conflict, "ChallengeOver")
		return options
	}
	_, _, err := w.Service.BeginPasskey(w.Ctx(), lea, "wrong")
	w.Refused(err, forum.Invalid, "PasswordWrong")
	token, options, err := w.Service.BeginPasskey(w.Ctx(), lea, "correct horse")
	w.Must(err)
	w.Refused(w.Service.AddPasskey(w.Ctx(), lea, token, " ", options), forum.Invalid, "NameMissing")
	w.Refused(w.Service.AddPasskey(w.Ctx(), maxim, token, "mine", options), forum.Conflict, "ChallengeOver")
	phone := add(lea, "phone")
	add(lea, "laptop")

	use := func(answer string) (forum.Entry, error) {
		t.Helper()
		token, _, err := w.Service.BeginPasskeySignIn(w.Ctx())
		w.Must(err)
		return w.Service.SignInWithPasskey(w.Ctx(), token, answer)
	}
	w.Must(w.Service.BeginSecondStep(w.Ctx(), lea))
	_, err = w.Service.ConfirmSecondStep(w.Ctx(), lea, "correct horse", w.code())
	w.Must(err)
	entry, err := use(phone)
	w.Must(err)
	if a, err := w.Service.AccountOfSession(w.Ctx(), entry.Session); err != nil || a.ID != lea.ID {
		t.Fatalf("the session is of %v, %v", a, err)
	}
	_, err = use(maxim.ID.String() + "/0")
	w.Refused(err, forum.Unauthenticated, "PasskeyUnknown")
	_, err = w.Service.SignInWithPasskey(w.Ctx(), "rubbish", phone)
	w.Refused(err, forum.Unauthenticated, "ChallengeOver")

	list, err := w.Service.PasskeysOf(w.Ctx(), lea)
	w.Must(err)
	if len(list) != 2 || list[0].Name != "phone" || list[0].UsedAt.IsZero() || list[0].Credential != `{"used":true}` || !list[1].UsedAt.IsZero() {
		t.Fatalf("passkeys %+v", list)
	}
	w.Must(w.Service.RenamePasskey(w.Ctx(), maxim, list[0].ID, "stolen"))
	w.Must(w.Service.RemovePasskey(w.Ctx(), maxim, list[1].ID))
	w.Must(w.Service.RenamePasskey(w.Ctx(), lea, list[0].ID, "old phone"))
	list, err = w.Service.PasskeysOf(w.Ctx(), lea)
	w.Must(err)
	if len(list) != 2 || list[0].Name != "old phone" {
		t.Fatalf("passkeys %+v", list)
	}
	w.Must(w.Service.RemovePasskey(w.Ctx(), lea, list[0].ID))
	_, err = use(phone)
	w.Refused(err, forum.Unauthenticated, "PasskeyUnknown")
	w.Clock.Advance(time.Minute) // a code is good once
	w.Delete(lea)
}
