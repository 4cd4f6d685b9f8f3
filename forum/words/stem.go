package words

import (
	"slices"
	"strings"

	"github.com/kljensen/snowball/english"
	"github.com/kljensen/snowball/french"
)

// Language is one whose endings are known, or [Other].
type Language string

// The languages.
const (
	French  Language = "fr"
	English Language = "en"
	Other   Language = "" // words stay whole
)

// LanguageOf is the language of a text: the declared one (BCP 47), or, where none
// is, the one whose little words it has more of.
func LanguageOf(declared string, text []Word) Language {
	primary, _, _ := strings.Cut(declared, "-")
	switch Language(primary) {
	case French, English:
		return Language(primary)
	case Other:
	default:
		return Other
	}
	balance := 0
	for _, w := range text {
		if frenchStops[w.Text] {
			balance++
		}
		if englishStops[w.Text] {
			balance--
		}
	}
	if balance < 0 {
		return English
	}
	return French // its plural is also that of English
}

// Stem is a folded word without its ending.
//
// Endings are taken off folded words, although Snowball's French knows accents:
// so whoever leaves accents out, or sets the wrong ones, finds the same.
func Stem(word string, l Language) string {
	switch l {
	case French:
		return stemFrench(word)
	case English:
		return english.Stem(word, true)
	}
	return word
}

// stemFrench mends what Snowball cannot tell without accents: participles in -ée,
// and y and i that take turns (payer, paiement; résilier, résilié).
func stemFrench(word string) string {
	if len(word) > 3 {
		word = strings.TrimSuffix(word, "s")
	}
	if len(word) > 3 && strings.HasSuffix(word, "ee") {
		word = word[:len(word)-1]
	}
	stem := french.Stem(word, true)
	if strings.HasSuffix(stem, "y") {
		stem = stem[:len(stem)-1] + "i"
	}
	if len(stem) > 4 {
		stem = strings.TrimSuffix(stem, "i")
	}
	return stem
}

// Stems are the words of a text as they are stored.
func Stems(text []Word, l Language) []string {
	stems := make([]string, len(text))
	for i, w := range text {
		stems[i] = Stem(w.Text, l)
	}
	return stems
}

// Variants are what a sequence of words may be stored as, in a text of whichever
// language.
func Variants(sequence []Word) [][]string {
	var list [][]string
	for _, l := range []Language{French, English, Other} {
		stems := Stems(sequence, l)
		if !slices.ContainsFunc(list, func(other []string) bool { return slices.Equal(other, stems) }) {
			list = append(list, stems)
		}
	}
	return list
}

// Little says whether a word is one of those that every text has, and that tell
// nothing of what it is about.
func Little(word string) bool { return frenchStops[word] || englishStops[word] }

var (
	frenchStops = setOf(`au aux avec c ca ce ces cet cette d dans de des donc du elle elles en est et eu il ils j je l la
		le les leur leurs lui m ma mais me mes meme moi mon n ne nos notre nous on ont ou par pas plus pour qu que qui
		quoi s sa sans se ses si son sont sur t ta te tes toi ton tu un une vos votre vous y`)
	englishStops = setOf(`a about an and are as at be been but by can did do does for from had has have he her his how i
		if in is it its me my not of on or our she so that the their them there they this to us was we were what when
		which who why will with would you your`)
)

func setOf(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}
