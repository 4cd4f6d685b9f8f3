package locale_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"portevoix/forum"
	"portevoix/forum/locale"
)

func load(t testing.TB) *locale.Messages {
	t.Helper()
	m, err := locale.Load(time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestNegotiation(t *testing.T) {
	m := load(t)
	for _, c := range []struct {
		wishes []string
		want   string
	}{
		{nil, "en"},
		{[]string{"fr"}, "fr"},
		{[]string{"", "fr-CA,fr;q=0.9,en;q=0.8"}, "fr"},
		{[]string{"de-DE,de;q=0.9,fr;q=0.5,en;q=0.3"}, "fr"},
		{[]string{"de", "ja"}, "en"},
		{[]string{"de", "fr"}, "fr"},
		{[]string{"en-US", "fr"}, "en"},
		{[]string{"!!", "fr"}, "fr"},
	} {
		if got := m.Printer(c.wishes...).Tag; got != c.want {
			t.Errorf("%q: got %s, want %s", c.wishes, got, c.want)
		}
	}
}

func TestPluralsNumbersDates(t *testing.T) {
	m := load(t)
	en, fr := m.Printer("en"), m.Printer("fr")
	now := time.Date(2026, 3, 14, 12, 30, 0, 0, time.UTC)
	for _, c := range []struct{ got, want string }{
		{en.N("List.Replies", 0), "0 replies"},
		{en.N("List.Replies", 1), "1 reply"},
		{en.N("List.Replies", 8412), "8,412 replies"},
		{fr.N("List.Replies", 0), "0 réponse"}, // zero is singular in French
		{fr.N("List.Replies", 1), "1 réponse"},
		{fr.N("List.Replies", 2), "2 réponses"},
		{fr.N("List.Replies", 8412), "8\u202f412 réponses"},
		{fr.N("List.Replies", 1_000_000), "1\u202f000\u202f000 réponses"},
		{en.Date(now), "14 March 2026"},
		{fr.Date(now), "14 mars 2026"},
		{en.DateTime(now), "14 March 2026, 12:30"},
		{fr.DateTime(now), "14 mars 2026 à 12:30"},
		{en.Ago(now.Add(-30*time.Second), now), "just now"},
		{fr.Ago(now.Add(-90*time.Second), now), "il y a 1 minute"},
		{en.Ago(now.Add(-5*time.Hour), now), "5 hours ago"},
		{fr.Ago(now.Add(-30*time.Hour), now), "hier"},
		{en.Ago(now.Add(-30*24*time.Hour), now), "12 February 2026"},
		{en.T("List.Via", "Host", "a.example"), "via a.example"},
		{en.T("No.Such.Message"), "No.Such.Message"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestErrors(t *testing.T) {
	fr := load(t).Printer("fr")
	title := &forum.Error{Code: forum.Invalid, Key: "TitleTooLong", Args: map[string]any{"Max": 200}}
	body := &forum.Error{Code: forum.Invalid, Key: "BodyMissing"}
	for _, c := range []struct {
		err  error
		want string
	}{
		{title, "[Le titre peut avoir 200 caractères au plus.]"},
		{errors.Join(title, body), "[Le titre peut avoir 200 caractères au plus. Il manque le texte.]"},
		{fmt.Errorf("start thread: %w", body), "[Il manque le texte.]"},
		{&forum.Error{Code: forum.NotFound, Key: "NotInTheCatalogue"}, "[Il n’y a rien à cette adresse.]"},
		{errors.New("disk full"), "[Quelque chose a mal tourné de notre côté. C’est noté. Réessayez dans un moment.]"},
	} {
		if got := fmt.Sprint(fr.Errors(c.err)); got != c.want {
			t.Errorf("%v:\n got %s\nwant %s", c.err, got, c.want)
		}
	}
}
