package words

import (
	"strings"
	"unicode"
)

// Tag is what makes a hashtag the same one however it is written: its letters and
// digits, without accents and capitals. It is "" for what is none: a hashtag has a
// letter, and no end of them.
func Tag(written string) string {
	tag := strings.Join(Texts(Split(written)), "")
	if len(tag) > maxWord || !strings.ContainsFunc(tag, unicode.IsLetter) {
		return ""
	}
	return tag
}
