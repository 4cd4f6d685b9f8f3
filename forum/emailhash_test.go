package forum

import "testing"

func TestCanonicalEmail(t *testing.T) {
	for address, want := range map[string]string{
		" Ann.Onyme+petition@GMail.com ": "annonyme@gmail.com",
		"a.n.n.o.nyme@googlemail.com":    "annonyme@gmail.com",
		"ann.onyme@mail.example":         "ann.onyme@mail.example", // dots count elsewhere
		"ann+1@mail.example":             "ann@mail.example",
		"+ann@mail.example":              "+ann@mail.example",
		"ann-2@yahoo.fr":                 "ann@yahoo.fr",
		"ann-2@mail.example":             "ann-2@mail.example",
		"ann@pm.me":                      "ann@proton.me",
		"ann@mac.com":                    "ann@icloud.com",
		"ann@mail.example.":              "ann@mail.example",
		"ann@Bücher.example":             "ann@xn--bcher-kva.example",
		"ann@xn--bcher-kva.example":      "ann@xn--bcher-kva.example",
		"ann@société.fr":                 "ann@xn--socit-esab.fr",
		"ann@例え.テスト":                     "ann@xn--r8jz45g.xn--zckzah",
		"no address":                     "no address",
	} {
		if got := CanonicalEmail(address); got != want {
			t.Errorf("%q is %q, want %q", address, got, want)
		}
	}
}

func FuzzCanonicalEmail(f *testing.F) {
	for _, seed := range []string{"a.b+c@gmail.com", "ü@é.example", "@", "+@x", "a@\xff.b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		once := CanonicalEmail(address)
		if again := CanonicalEmail(once); again != once && address == once {
			t.Errorf("%q is %q, and that %q", address, once, again)
		}
	})
}
