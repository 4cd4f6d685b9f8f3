package forum

import (
	"slices"
	"strings"
)

// Registry is the number under which a company is registered somewhere.
type Registry struct {
	Scheme string // one of RegistrySchemes
	Number string // without spaces; "" unknown
}

// RegistrySchemes lists the registers that are known, in the order in which they
// are offered.
var RegistrySchemes = []string{"siren", "siret", "vat", "lei", "other"}

// check cleans a number, and holds it to the checksum of its register.
func (r *Registry) check() error {
	r.Number = strings.ToUpper(strings.Map(func(c rune) rune {
		if c == ' ' || c == '.' || c == '-' || c == '\u00a0' || c == '\u202f' {
			return -1
		}
		return c
	}, oneLine(r.Number)))
	if r.Number == "" {
		*r = Registry{}
		return nil
	}
	r.Scheme = strings.ToLower(strings.TrimSpace(r.Scheme))
	if !slices.Contains(RegistrySchemes, r.Scheme) {
		return invalid("registry.scheme", "RegistryUnknown", nil)
	}
	good := true
	switch r.Scheme {
	case "siren":
		good = len(r.Number) == 9 && luhn(r.Number)
	case "siret":
		good = len(r.Number) == 14 && luhn(r.Number[:9]) && (luhn(r.Number) || laPoste(r.Number))
	case "vat":
		good = goodVAT(r.Number)
	case "lei":
		good = len(r.Number) == 20 && mod97(r.Number) == 1
	default:
		good = len(r.Number) <= 40 && alphanumeric(strings.ReplaceAll(r.Number, "/", ""))
	}
	if !good {
		return invalid("registry.number", "RegistryNumber", nil)
	}
	return nil
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func alphanumeric(s string) bool {
	return s != "" && strings.Trim(s, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// luhn says whether the last digit is right (ISO/IEC 7812-1).
func luhn(s string) bool {
	if !digits(s) {
		return false
	}
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// laPoste is the exception to SIRET numbers: those of La Poste's offices add up to
// a multiple of five.
func laPoste(s string) bool {
	if !strings.HasPrefix(s, "356000000") || !digits(s) {
		return false
	}
	sum := 0
	for _, c := range s {
		sum += int(c - '0')
	}
	return sum%5 == 0
}

// mod97 is ISO 7064's remainder, with letters as two digits; -1 for anything else.
func mod97(s string) int {
	rest := 0
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9':
			rest = (rest*10 + int(c-'0')) % 97
		case c >= 'A' && c <= 'Z':
			rest = (rest*100 + int(c-'A') + 10) % 97
		default:
			return -1
		}
	}
	return rest
}

// goodVAT looks at the shape of European numbers, and at the key of French ones.
func goodVAT(s string) bool {
	if len(s) < 8 || len(s) > 14 || !alphanumeric(s) || digits(s[:1]) || digits(s[1:2]) {
		return false
	}
	if !strings.HasPrefix(s, "FR") {
		return true
	}
	if len(s) != 13 || !luhn(s[4:]) {
		return false
	}
	if !digits(s[2:4]) {
		return true // the keys with letters have another rule
	}
	rest := mod97(s[4:])
	return int(s[2]-'0')*10+int(s[3]-'0') == (12+3*rest)%97
}

// checkGTIN cleans the number under a bar code, and holds it to its checksum.
func checkGTIN(s *string) error {
	n := strings.Map(func(c rune) rune {
		if c == ' ' || c == '-' {
			return -1
		}
		return c
	}, strings.TrimSpace(*s))
	*s = n
	if n == "" {
		return nil
	}
	bad := invalid("gtin", "GTINNumber", nil)
	if !digits(n) || !slices.Contains([]int{8, 12, 13, 14}, len(n)) {
		return bad
	}
	sum := 0
	for i := range len(n) {
		d := int(n[len(n)-1-i] - '0')
		if i%2 == 1 {
			d *= 3
		}
		sum += d
	}
	if sum%10 != 0 {
		return bad
	}
	return nil
}
