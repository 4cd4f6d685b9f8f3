package words

import (
	"strings"
	"unicode/utf8"

	"portevoix/forum"
)

// Mark cuts a text into fragments: the words that hit accepts, and what is between
// them.
func Mark(text string, list []Word, hit func(folded string) bool) []forum.Fragment {
	var fragments []forum.Fragment
	at := 0
	add := func(to int, isHit bool) {
		if to > at {
			fragments = append(fragments, forum.Fragment{Text: text[at:to], Hit: isHit})
			at = to
		}
	}
	for _, w := range list {
		if hit(w.Text) {
			add(w.Start, false)
			add(w.End, true)
		}
	}
	add(len(text), false)
	return fragments
}

// leadIn is how much of a text an excerpt shows before the first hit, in bytes.
const leadIn = 60

// Excerpt is the part of a text around the first word that hit accepts, or its
// beginning, on one line and at most about max bytes long, with ellipses where it
// was cut.
func Excerpt(text string, max int, hit func(folded string) bool) []forum.Fragment {
	text = strings.Join(strings.Fields(text), " ")
	if text == "" {
		return nil
	}
	list := Split(text)
	start := 0
	for _, w := range list {
		if hit(w.Text) {
			start = w.Start - min(w.Start, leadIn)
			break
		}
	}
	if start > 0 {
		if space := strings.IndexByte(text[start:], ' '); space >= 0 && space < leadIn {
			start += space + 1
		}
		for !utf8.RuneStart(text[start]) {
			start++
		}
	}
	cut, before, after := text[start:], "", ""
	if start > 0 {
		before = "… "
	}
	if len(cut) > max {
		end := max
		for !utf8.RuneStart(cut[end]) {
			end--
		}
		if space := strings.LastIndexByte(cut[:end], ' '); space > max/2 {
			end = space
		}
		cut, after = cut[:end], " …"
	}
	shown := before + cut + after
	return Mark(shown, Split(shown), hit)
}
