package web

import (
	"regexp"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff"
)

// diffPart is a piece of a comparison of two texts.
type diffPart struct {
	Kind partKind
	Text string
}

type partKind int

const (
	partKept partKind = iota
	partRemoved
	partAdded
)

// maxDiff bounds the texts that are compared, in bytes; longer ones are shown as
// replaced whole.
const maxDiff = 64 << 10

// words cuts a text into words, white space and single other characters.
var words = regexp.MustCompile(`[\pL\pN_]+|\s+|.`)

// wordDiff compares two texts word by word: people read words, not letters.
func wordDiff(before, after string) []diffPart {
	if before == after {
		return []diffPart{{partKept, before}}
	}
	if len(before)+len(after) > maxDiff {
		return []diffPart{{partRemoved, before}, {partAdded, after}}
	}
	a := &alphabet{letters: map[string]rune{}}
	from, to := a.spell(before), a.spell(after)
	var parts []diffPart
	add := func(kind partKind, spelt string) {
		if spelt != "" {
			parts = append(parts, diffPart{kind, a.read(spelt)})
		}
	}
	at := 0
	for _, e := range udiff.Strings(from, to) {
		add(partKept, from[at:e.Start])
		add(partRemoved, from[e.Start:e.End])
		add(partAdded, e.New)
		at = e.End
	}
	add(partKept, from[at:])
	return parts
}

// alphabet gives each word a letter of its own, so that a library that compares
// letters compares words.
type alphabet struct {
	letters map[string]rune
	words   []string
}

// firstLetter leaves out what means something by itself; surrogates (U+D800 to
// U+DFFF), which are no letters, are stepped over.
const (
	firstLetter     = 0x100
	surrogates      = 0xD800
	afterSurrogates = 0xE000
)

func (a *alphabet) spell(text string) string {
	var out []rune
	for _, w := range words.FindAllString(text, -1) {
		letter, ok := a.letters[w]
		if !ok {
			letter = rune(firstLetter + len(a.words))
			if letter >= surrogates {
				letter += afterSurrogates - surrogates
			}
			a.letters[w] = letter
			a.words = append(a.words, w)
		}
		out = append(out, letter)
	}
	return string(out)
}

func (a *alphabet) read(spelt string) string {
	text := ""
	for len(spelt) > 0 {
		letter, size := utf8.DecodeRuneInString(spelt)
		if letter >= afterSurrogates {
			letter -= afterSurrogates - surrogates
		}
		text += a.words[letter-firstLetter]
		spelt = spelt[size:]
	}
	return text
}
