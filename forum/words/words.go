// Package words takes texts apart into the words that searching compares: without
// accents and capitals, and, in French and English, without endings.
//
// It knows text only, and no database: what it returns is stored as it is, so that
// every database finds the same. The analysers that databases bring differ in what
// they call a word, know one language per index, and some come as extensions.
package words

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Word is one word of a text.
type Word struct {
	Text       string // folded: without accents and capitals
	Start, End int    // where it stands in the text, in bytes
}

// maxWord bounds a word, in bytes after folding; what is longer is cut. No word of
// any language is, but data is.
const maxWord = 64

// Split lists the words of a text in order. Letters and digits make words;
// scripts that put no space between words give one for each letter, which are
// then found as a sequence.
func Split(text string) []Word {
	var list []Word
	start := -1
	end := func(at int) {
		if start < 0 {
			return
		}
		if folded := fold(text[start:at]); folded != "" {
			list = append(list, Word{Text: folded, Start: start, End: at})
		}
		start = -1
	}
	for i, r := range text {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Khmer, unicode.Lao, unicode.Myanmar):
			end(i)
			start = i
			end(i + utf8.RuneLen(r))
		case unicode.IsLetter(r), unicode.IsDigit(r), start >= 0 && unicode.IsMark(r):
			if start < 0 {
				start = i
			}
		default:
			end(i)
		}
	}
	end(len(text))
	return list
}

// ligatures are letters that Unicode does not take apart.
var ligatures = strings.NewReplacer("œ", "oe", "æ", "ae", "ß", "ss", "ø", "o", "đ", "d", "ł", "l", "ı", "i")

// fold is a text without accents and capitals, in letters and digits only.
func fold(s string) string {
	s = strings.ToLower(s)
	if !isASCII(s) {
		s = strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return r
			}
			return -1
		}, ligatures.Replace(norm.NFKD.String(s)))
		s = strings.ToLower(s) // some capitals appear only when a sign is taken apart
	}
	if len(s) > maxWord {
		s = strings.ToValidUTF8(s[:maxWord], "")
	}
	return s
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Texts are the words themselves.
func Texts(list []Word) []string {
	texts := make([]string, len(list))
	for i, w := range list {
		texts[i] = w.Text
	}
	return texts
}
