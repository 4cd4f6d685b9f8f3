package mail_test

import (
	"strings"
	"testing"
	"time"

	"portevoix/forum"
	"portevoix/forum/locale"
	"portevoix/forum/mail"
)

// TestWarnings writes a mail about each change of the sign-in, in both languages.
func TestWarnings(t *testing.T) {
	messages, err := locale.Load(time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{"en", "fr"} {
		texts := map[string]bool{}
		changes := []forum.SignInChange{forum.PasswordSet, forum.PasswordGone, forum.EmailChanged, forum.SecondStepOn, forum.SecondStepOff,
			forum.RecoveryCodesNew, forum.PasskeyAdded, forum.PasskeyRemoved, forum.IdentityLinked, forum.IdentityUnlinked}
		for _, change := range changes {
			var out strings.Builder
			mailer, err := mail.New(mail.Options{Messages: messages, Instance: "Agora", Print: &out})
			if err != nil {
				t.Fatal(err)
			}
			at := time.Date(2026, 3, 14, 12, 30, 0, 0, time.UTC)
			m := forum.Mail{To: "lea@mail.example", Locale: language, Template: forum.MailWarning, Name: "lea", Link: "https://here.example/login", Warning: forum.Warning{Change: change, At: at}}
			if err := mailer.Send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			text := out.String()
			if strings.Contains(text, "Mail.") || !strings.Contains(text, "12:30 (UTC)") || !strings.Contains(text, "Agora") || !strings.Contains(text, m.Link) {
				t.Errorf("%s in %s:\n%s", change, language, text)
			}
			texts[text] = true
		}
		if len(texts) != len(changes) {
			t.Errorf("%d changes are told apart in %s, of %d", len(texts), language, len(changes))
		}
	}
}
