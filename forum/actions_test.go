package forum

import (
	"strings"
	"testing"
	"time"
)

// TestCanonicalText holds what docs/actions.md says of the form that is hashed.
func TestCanonicalText(t *testing.T) {
	composed := func(s string) string { return strings.ReplaceAll(s, "e\u0301", "é") }
	for _, c := range []struct{ name, title, text, want string }{
		{"plain", "Refund", "All of it.", "Refund\n\nAll of it."},
		{"line ends", "Refund", "a\r\nb\rc\n", "Refund\n\na\nb\nc"},
		{"trailing space", " Re  fund ", "a  \n\tb\t\nc\u00a0\n\n\n", "Re fund\n\na\n\tb\nc"},
		{"empty lines inside stay", "T", "a\n\n\nb", "T\n\na\n\n\nb"},
		{"one form", "Ree\u0301l", "cafe\u0301", "Reél\n\ncafé"},
		{"marks without width", "T", "a\u200bb\u202ec", "T\n\nabc"},
	} {
		if got := CanonicalText(c.title, c.text, composed); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if again := CanonicalText(c.title, strings.SplitN(c.want, "\n\n", 2)[1], composed); again != c.want {
			t.Errorf("%s: the canonical form of the canonical form is %q", c.name, again)
		}
	}
	// As: printf 'Refund\n\nAll of it.' | sha256sum
	if got := TextHash("Refund\n\nAll of it."); got != "97157f33cc40f2344726a7ada22c8e01035200d90766d4e28146391c0d339e7e" {
		t.Errorf("hash %s", got)
	}
}

func TestNameOf(t *testing.T) {
	for _, c := range []struct {
		title string
		taken int
		want  string
	}{
		{"Que l’opérateur rembourse les doubles débits de mars", 0, "que_l_operateur_rembourse_les"},
		{"Œuvre à Noël", 0, "oeuvre_a_noel"},
		{"Œuvre à Noël", 1, "oeuvre_a_noel_2"},
		{"Remboursement", 11, "remboursement_12"},
		{"日本語", 0, "petition"},
		{"日本語", 2, "petition_3"},
		{"About_x is wrong", 0, "petition_about_x_is_wrong"},
		{"Admin", 0, "petition_admin"},
		{strings.Repeat("a", 60), 9, strings.Repeat("a", 27) + "_10"},
	} {
		if got := nameOf(c.title, "petition", c.taken); got != c.want || len(got) > MaxNameLength {
			t.Errorf("%q, %d: %q, want %q", c.title, c.taken, got, c.want)
		}
	}
}

func TestDeadlines(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Skip(err)
	}
	now := time.Date(2026, 3, 14, 22, 30, 0, 0, time.UTC) // half past eleven at night in Paris
	for _, c := range []struct{ day, want, key string }{
		{"2026-03-14", "2026-03-14T23:00:00Z", ""},
		{"2026-03-29", "2026-03-29T22:00:00Z", ""}, // summer time begins
		{"2027-03-15", "2027-03-15T23:00:00Z", ""},
		{"2026-03-13", "", "DeadlinePast"},
		{"2027-03-17", "", "DeadlineFar"},
		{"31 May", "", "DateUnreadable"},
		{" ", "", "DeadlineMissing"},
	} {
		got, err := readDeadline(c.day, now, paris)
		if c.key != "" {
			if err == nil || !strings.Contains(err.Error(), c.key) {
				t.Errorf("%s: %v, want %s", c.day, err, c.key)
			}
			continue
		}
		if err != nil || got.UTC().Format(time.RFC3339) != c.want {
			t.Errorf("%s: %v %v, want %s", c.day, got, err, c.want)
		}
	}
}

func TestSteps(t *testing.T) {
	a := &Action{Goal: 10, Milestones: []int{3, 25}}
	var list []string
	for _, m := range a.Steps(5) {
		word := ID(m.Number).String()
		if m.Reached {
			word += "!"
		}
		list = append(list, word)
	}
	if got := strings.Join(list, " "); got != "1! 3! 4! 5! 7 8 10 25" {
		t.Errorf("steps %s", got)
	}
	if m := a.reachedBy(9); m.Number != 8 || m.Percent != 75 {
		t.Errorf("reached %+v", m)
	}
	if m := a.reachedBy(0); m.Number != 0 {
		t.Errorf("reached %+v by nobody", m)
	}
}

// TestBallotWords holds that Mastodon takes the choices of a ballot.
func TestBallotWords(t *testing.T) {
	for language, words := range ballotWords {
		for _, w := range words {
			if n := len([]rune(w)); n > 25 {
				t.Errorf("%s: %q has %d characters", language, w, n)
			}
		}
	}
}
