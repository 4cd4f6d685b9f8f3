package forumtest

import (
	"testing"
	"time"

	"portevoix/forum"
)

// testIdentities signs people in through a provider: strangers, who open an
// account, and members, who tie an identity to theirs.
func testIdentities(t *testing.T, open func(*testing.T) Store) {
	provider := &Identities{Known: map[string]forum.Identity{
		"lea":    {Issuer: "https://provider.example", Subject: "1", Email: "lea@elsewhere.example", EmailVerified: true, Name: "Lea.Martin@provider.example"},
		"nobody": {Issuer: "https://provider.example", Subject: "2", Email: "not an address", EmailVerified: true, Name: "Zoë"},
		"thief":  {Issuer: "https://provider.example", Subject: "3", Email: "maxim@here.example", EmailVerified: true},
		"rumour": {Issuer: "https://provider.example", Subject: "4", Email: "maxim@here.example"},
	}}
	w := NewWorldWith(t, open(t), forum.Options{Identities: provider})
	arrive := func(code string) (forum.Arrival, error) {
		t.Helper()
		token, _, err := w.Service.BeginIdentity(w.Ctx(), "/about")
		w.Must(err)
		return w.Service.FinishIdentity(w.Ctx(), nil, token, code)
	}
	stranger := func(code string) string {
		t.Helper()
		a, err := arrive(code)
		w.Must(err)
		if a.Welcome == "" || a.Entry.Session != "" || a.Back != "/about" {
			t.Fatalf("a stranger arrives as %+v", a)
		}
		return a.Welcome
	}

	// A stranger opens an account, and is known from then on.
	token := stranger("lea")
	if s, err := w.Service.Stranger(w.Ctx(), token); err != nil || s.Name != "lea_martin" || !s.EmailVerified {
		t.Fatalf("the stranger is %+v, %v", s, err)
	}
	entry, err := w.Service.RegisterIdentity(w.Ctx(), token, forum.NewAccount{Name: "lea", Email: "other@mail.example", Locale: "fr"})
	w.Must(err)
	lea, err := w.Service.AccountOfSession(w.Ctx(), entry.Session)
	w.Must(err)
	if w.Must(lea.MayWrite()); lea.Name != "lea" || lea.Email != "lea@elsewhere.example" {
		t.Fatalf("opened the account of %s", lea.Name)
	}
	_, err = w.Service.RegisterIdentity(w.Ctx(), token, forum.NewAccount{Name: "lea2"})
	w.Refused(err, forum.Unauthenticated, "ChallengeOver")
	if a, err := arrive("lea"); err != nil || a.Entry.Session == "" || a.Entry.Account.ID != lea.ID || a.Welcome != "" {
		t.Fatalf("arrives again as %+v, %v", a, err)
	}

	// What comes back counts once, for a while, and only with the right code.
	begun, _, err := w.Service.BeginIdentity(w.Ctx(), "")
	w.Must(err)
	_, err = w.Service.FinishIdentity(w.Ctx(), nil, begun, "wrong")
	w.Refused(err, forum.Unauthenticated, "IdentityRefused")
	_, err = w.Service.FinishIdentity(w.Ctx(), nil, begun, "lea")
	w.Refused(err, forum.Unauthenticated, "ChallengeOver")
	begun, _, err = w.Service.BeginIdentity(w.Ctx(), "")
	w.Must(err)
	w.Clock.Advance(11 * time.Minute)
	_, err = w.Service.FinishIdentity(w.Ctx(), nil, begun, "lea")
	w.Refused(err, forum.Unauthenticated, "ChallengeOver")

	// A verified address opens no account that is there already, an unverified
	// one tells nothing, and an unreadable one is asked for.
	maxim := w.Person("maxim")
	_, err = w.Service.RegisterIdentity(w.Ctx(), stranger("thief"), forum.NewAccount{Name: "thief"})
	w.Refused(err, forum.Conflict, "EmailHasAccount")
	entry, err = w.Service.RegisterIdentity(w.Ctx(), stranger("rumour"), forum.NewAccount{Name: "rumour", Email: "maxim@here.example"})
	if w.Must(err); entry.Session != "" {
		t.Fatal("an unverified address signs in")
	}
	if a, err := arrive("rumour"); err != nil || a.Entry.Session != "" {
		t.Fatalf("an unverified address has tied an identity: %+v, %v", a, err)
	}
	token = stranger("nobody")
	if s, err := w.Service.Stranger(w.Ctx(), token); err != nil || s.Name != "" || s.Email != "" || s.EmailVerified {
		t.Fatalf("the stranger is %+v, %v", s, err)
	}
	_, err = w.Service.RegisterIdentity(w.Ctx(), token, forum.NewAccount{Name: "nobody"})
	w.Refused(err, forum.Invalid, "EmailMissing")
	entry, err = w.Service.RegisterIdentity(w.Ctx(), token, forum.NewAccount{Name: "nobody", Email: "nobody@mail.example"})
	if w.Must(err); entry.Session != "" {
		t.Fatal("an address that nobody has confirmed signs in")
	}

	w.testIdentityLinks(provider, lea, maxim)
}

// testIdentityLinks ties identities to accounts, and unties them.
func (w *World) testIdentityLinks(provider *Identities, lea, maxim *forum.Account) {
	w.T.Helper()
	link := func(by, back *forum.Account, code string) error {
		w.T.Helper()
		token, _, err := w.Service.BeginIdentityLink(w.Ctx(), by, "correct horse")
		w.Must(err)
		_, err = w.Service.FinishIdentity(w.Ctx(), back, token, code)
		return err
	}
	_, _, err := w.Service.BeginIdentityLink(w.Ctx(), maxim, "wrong")
	w.Refused(err, forum.Invalid, "PasswordWrong")
	w.Refused(link(maxim, lea, "thief"), forum.Unauthenticated, "ChallengeOver") // another is signed in meanwhile
	w.Refused(link(maxim, nil, "thief"), forum.Unauthenticated, "ChallengeOver")
	w.Refused(link(maxim, maxim, "lea"), forum.Conflict, "IdentityTaken")
	w.Must(link(maxim, maxim, "thief"))
	w.Must(link(maxim, maxim, "thief"))
	w.Refused(link(maxim, maxim, "rumour"), forum.Conflict, "IdentityKnown") // one identity an account
	if i, err := w.Service.IdentityOf(w.Ctx(), maxim); err != nil || i == nil || i.Subject != "3" {
		w.T.Fatalf("the identity is %+v, %v", i, err)
	}
	w.Refused(w.Service.UnlinkIdentity(w.Ctx(), maxim, "wrong"), forum.Invalid, "PasswordWrong")
	w.Must(w.Service.UnlinkIdentity(w.Ctx(), maxim, "correct horse"))
	if i, err := w.Service.IdentityOf(w.Ctx(), maxim); err != nil || i != nil {
		w.T.Fatalf("the identity is still %+v, %v", i, err)
	}
	w.Delete(lea)
	if _, err := w.Store.Identity(w.Ctx(), "https://provider.example", "1"); forum.CodeOf(err) != forum.NotFound {
		w.T.Fatalf("the identity of an erased account: %v", err)
	}
	provider.Silent = true
	_, _, err = w.Service.BeginIdentity(w.Ctx(), "")
	w.Refused(err, forum.Unavailable, "ProviderSilent")
}
