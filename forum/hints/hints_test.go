package hints_test

import (
	"strings"
	"testing"

	"portevoix/forum/hints"
)

func TestCheck(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Write to lea.martin+x@mail.example.fr today.", "email:lea.martin+x@mail.example.fr"},
		{"Ask @lea@forum.example or !telecoms@forum.example, at https://forum.example/u/lea@x.example.", ""},
		{"Mon 06 12 34 56 78, ou +33 6 12 34 56 78, 0033612345678.", "phone:06 12 34 56 78 phone:+33 6 12 34 56 78 phone:0033612345678"},
		{"Call +44 20 7946 0958 now.", "phone:+44 20 7946 0958"},
		{"Contrat 20260612345678, facture 44,50 € du 12/03/2026, 1 234 567,89", ""},
		{"FR14 2004 1010 0505 0001 3M02 606 is mine", "iban:FR14 2004 1010 0505 0001 3M02 606"},
		{"fr1420041010050500013m02606", "iban:fr1420041010050500013m02606"},
		{"FR15 2004 1010 0505 0001 3M02 606", ""},
		{"DE89 3704 0044 0532 0130 00 and more", "iban:DE89 3704 0044 0532 0130 00"},
		{"Carte 4111 1111 1111 1111.", "card:4111 1111 1111 1111"},
		{"As in https://forum.example/p/4111111111111111 and <https://social.example/@lea/269054958815780>", ""},
		{"Carte 4111 1111 1111 1112, code 0000000000000000", ""},
		{"Ma voiture AB-123-CD était là", "plate:AB-123-CD"},
		{"Modèle IO-123-CD", ""},
		{"2 69 05 49 588 157 80", "nir:2 69 05 49 588 157 80"},
		{"269054958815780", "nir:269054958815780"},
		{"269054958815781", ""},
		{"Ce sont des VOLEURS, des escrocs !", "accusation:VOLEURS accusation:escrocs"},
		{"What a scam by idiots", "accusation:scam insult:idiots"},
		{"Le vol de Paris est parti", ""},
		{"M. Dupont m’a dit que Mme Anne Martin viendrait. Me voici.", "person:M. Dupont person:Mme Anne Martin"},
		{"", ""},
	} {
		var got []string
		for _, h := range hints.Check(c.text) {
			got = append(got, string(h.Kind)+":"+h.Text)
			if c.text[h.Start:h.End] != h.Text {
				t.Errorf("%q: %+v stands elsewhere", c.text, h)
			}
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%q gives %q, want %q", c.text, s, c.want)
		}
	}
}

func TestPersonal(t *testing.T) {
	if hints.Personal(hints.Check("voleur, M. Dupont")) || !hints.Personal(hints.Check("voleur au 06 12 34 56 78")) {
		t.Error("what is personal is told wrongly")
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("Mon 06 12 34 56 78, FR14 2004 1010 0505 0001 3M02 606, 269054958815780")
	f.Fuzz(func(t *testing.T, text string) {
		for _, h := range hints.Check(text) {
			if h.Start < 0 || h.End > len(text) || h.Start >= h.End {
				t.Errorf("%q: %+v", text, h)
			}
		}
	})
}
