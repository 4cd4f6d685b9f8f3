// Package hints reads what somebody is about to publish, and says what may do harm:
// to others (insults, accusations, people named), or to whoever writes (their own
// address, number, account). It only tells; what follows from it others decide.
// Nothing in it is stored or sent.
package hints

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind is what was found.
type Kind string

// The kinds.
const (
	Insult     Kind = "insult"
	Accusation Kind = "accusation" // of a crime
	Person     Kind = "person"     // somebody named by title and name
	Email      Kind = "email"
	Phone      Kind = "phone"
	IBAN       Kind = "iban"
	Card       Kind = "card"
	Plate      Kind = "plate" // of a French vehicle
	NIR        Kind = "nir"   // the French number of social security
)

// Personal says whether it is data about a person, which nobody wants published by
// mistake.
func (k Kind) Personal() bool {
	switch k {
	case Insult, Accusation, Person:
		return false
	}
	return true
}

// Hint is one thing that was found, and where in the text, in bytes.
type Hint struct {
	Kind       Kind
	Text       string
	Start, End int
}

// maxHints bounds what is said about one text, and maxText what is read of it.
const (
	maxHints = 20
	maxText  = 100_000
)

type finder struct {
	kind  Kind
	shape *regexp.Regexp
	right func(string) bool // nil: the shape suffices
}

var finders = []finder{
	{Email, regexp.MustCompile(`[\pL\pN._%+-]+@[\pL\pN-]+(?:\.[\pL\pN-]+)*\.\pL{2,}`), nil},
	{IBAN, regexp.MustCompile(`(?i)\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b`), nil},
	{NIR, regexp.MustCompile(`\b[12][ .]?\d{2}[ .]?(?:0[1-9]|1[0-2]|[2-9]\d)[ .]?(?:\d{2}|2[ABab])[ .]?\d{3}[ .]?\d{3}[ .]?\d{2}\b`), goodNIR},
	{Card, regexp.MustCompile(`\b\d(?:[ -]?\d){14,18}\b`), goodCard},
	{Phone, regexp.MustCompile(`(?:(?:\+|\b00)33[ .-]?(?:\(0\)[ .-]?)?|\b0)[1-9](?:[ .-]?\d{2}){4}\b`), nil},
	{Phone, regexp.MustCompile(`\+[1-9]\d{0,2}(?:[ .()-]{0,2}\d){8,12}\b`), nil},
	{Plate, regexp.MustCompile(`\b[A-HJ-NP-TV-Z]{2}[- ]\d{3}[- ][A-HJ-NP-TV-Z]{2}\b`), nil},
	{Person, regexp.MustCompile(`\b(?:M\.|Mr\.?|Mrs\.?|Ms\.?|Mme\.?|Mlle\.?|Monsieur|Madame|Mademoiselle|Dr\.?|Docteur|Doctor|Maître|Me|Pr\.?) (?:\p{Lu}[\pL'’.-]+)(?: \p{Lu}[\pL'’-]+)?`), nil},
}

// link is a web address. The number of a post in it, of which one in ten has the
// check digit of a card, is nobody's.
var link = regexp.MustCompile(`https?://[^\s<>]+`)

// Check reads a text, in order of what stands where. Of two things that overlap,
// the more telling is said.
func Check(text string) []Hint {
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	var found []Hint
	taken := func(start, end int) bool {
		return slices.ContainsFunc(found, func(h Hint) bool { return start < h.End && h.Start < end })
	}
	links := link.FindAllStringIndex(text, -1)
	for _, f := range finders {
		for _, at := range f.shape.FindAllStringIndex(text, -1) {
			start, end := at[0], at[1]
			if f.kind == IBAN {
				if end = endOfIBAN(text, start, end); end == 0 {
					continue
				}
			}
			one := text[start:end]
			if (f.kind == Card || f.kind == NIR) && slices.ContainsFunc(links, func(at []int) bool { return at[0] < start && start < at[1] }) {
				continue
			}
			if taken(start, end) || f.right != nil && !f.right(one) || f.kind == Email && mentions(text, start) || f.kind == Phone && follows(text, start) {
				continue
			}
			found = append(found, Hint{f.kind, one, start, end})
		}
	}
	for _, w := range wordsIn(text) {
		if kind, bad := harshWords[w.folded]; bad && !taken(w.start, w.end) {
			found = append(found, Hint{kind, text[w.start:w.end], w.start, w.end})
		}
	}
	slices.SortFunc(found, func(a, b Hint) int { return cmp.Compare(a.Start, b.Start) })
	return found[:min(len(found), maxHints)]
}

// Personal says whether there are data about a person among hints.
func Personal(list []Hint) bool {
	return slices.ContainsFunc(list, func(h Hint) bool { return h.Kind.Personal() })
}

// mentions says whether what looks like an address is the handle of a mention.
func mentions(text string, start int) bool {
	return start > 0 && (text[start-1] == '@' || text[start-1] == '!' || text[start-1] == '/')
}

// follows says whether a number is the end of a longer one.
func follows(text string, start int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	return unicode.IsDigit(before) || before == '.' || before == ','
}

func compact(s string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "", ".", "").Replace(s))
}

// endOfIBAN is where an account number ends that begins at start: words after it
// may look like more of it. 0: there is none.
func endOfIBAN(text string, start, end int) int {
	for ; end-start >= 15; end-- {
		if s := compact(text[start:end]); len(s) >= 15 && len(s) <= 34 && text[end-1] != ' ' && text[end-1] != '-' && mod97(s[4:]+s[:4]) == 1 {
			return end
		}
	}
	return 0
}

// mod97 is ISO 7064's remainder, with letters as two digits.
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

// goodCard says whether the last digit of a card's number is right.
func goodCard(s string) bool {
	s = compact(s)
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
	return sum%10 == 0 && strings.Trim(s, s[:1]) != ""
}

// goodNIR says whether the last two digits are the key of the others; those born in
// Corsica have a letter, which stands for a number.
func goodNIR(s string) bool {
	s = compact(s)
	key := int(s[13]-'0')*10 + int(s[14]-'0')
	number := strings.NewReplacer("2A", "19", "2B", "18").Replace(s[:13])
	rest := 0
	for _, c := range number {
		rest = (rest*10 + int(c-'0')) % 97
	}
	return key == 97-rest
}

type word struct {
	folded     string
	start, end int
}

func wordsIn(text string) []word {
	var list []word
	start := -1
	for i, r := range text + " " {
		letter := unicode.IsLetter(r) || r == '-' && start >= 0
		switch {
		case letter && start < 0:
			start = i
		case !letter && start >= 0:
			list = append(list, word{fold(text[start:i]), start, i})
			start = -1
		}
	}
	return list
}

func fold(s string) string { return plain.Replace(strings.ToLower(s)) }

var plain = strings.NewReplacer("à", "a", "â", "a", "ç", "c", "é", "e", "è", "e", "ê", "e", "ë", "e", "î", "i", "ï", "i", "ô", "o", "û", "u", "ù", "u", "ü", "u")

// harshWords are those that say more than what happened, in French and English,
// without accents.
var harshWords = func() map[string]Kind {
	set := map[string]Kind{}
	for kind, list := range map[Kind]string{
		Accusation: `voleur voleurs voleuse voleuses vol-manifeste escroc escrocs escroquerie escroqueries arnaque arnaques arnaquer arnaqueur arnaqueurs arnaqueuse fraude fraudes fraudeur fraudeurs
			racket racketteur racketteurs mafia mafieux criminel criminels bandit bandits truand truands
			thief thieves scam scams scammer scammers scammed crook crooks fraud frauds fraudster fraudsters swindle swindler swindlers racketeer criminal criminals conman conmen`,
		Insult: `connard connards connasse salaud salauds salope salopard salopards ordure ordures enfoire enfoires encule encules pourri pourris abruti abrutis cretin cretins debile debiles imbecile imbeciles
			idiot idiots bouffon bouffons merdeux batard batards fdp
			bastard bastards asshole assholes scumbag scumbags moron morons idiot idiots jerk jerks cunt cunts bitch dickhead dickheads wanker wankers`,
	} {
		for _, w := range strings.Fields(list) {
			set[w] = kind
		}
	}
	return set
}()
