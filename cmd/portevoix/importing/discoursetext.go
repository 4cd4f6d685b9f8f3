package importing

import (
	"regexp"
	"strings"
)

var (
	quoteTag    = regexp.MustCompile(`(?i)\[(/?)quote(?:=("[^"\n]*"|“[^”\n]*”|[^\]\n]*))?\]`)
	pollTag     = regexp.MustCompile(`(?i)\[/?poll[^\]\n]*\]`)
	detailsOpen = regexp.MustCompile(`(?i)\[details(?:="?([^"\]\n]*)"?)?\]`)
	plainTag    = regexp.MustCompile(`(?i)\[/?(?:details|spoiler|blur|hide|u|b|i|s|color|size|center|left|right|font|wrap|grid|event|timezone|date)(?:=[^\]\n]*| [^\]\n]*)?\]`)
	uploadImage = regexp.MustCompile(`!\[([^\]\n|]*)[^\]\n]*\]\(upload://[^)\n]*\)`)
	uploadFile  = regexp.MustCompile(`\[([^\]\n|]*)\|attachment\]\([^)\n]*\)(?: \([^)\n]*\))?`)
	sizedImage  = regexp.MustCompile(`!\[([^\]\n|]*)\|[^\]\n]*\](\([^)\n]*\))`)
	htmlImage   = regexp.MustCompile(`(?i)<img\b[^<>]*?\bsrc="(https?://[^"\s<>]*)"[^<>]*>`)
	htmlLink    = regexp.MustCompile(`(?is)<a\b[^<>]*?\bhref="(https?://[^"\s<>]*)"[^<>]*>(.*?)</a>`)
	htmlBreak   = regexp.MustCompile(`(?i)<br\s*/?>`)
	htmlTag     = regexp.MustCompile(`</?[a-zA-Z][a-zA-Z0-9-]*(?:\s[^<>]*)?/?>`)
	htmlRemark  = regexp.MustCompile(`(?s)<!--.*?-->`)
	codeParts   = regexp.MustCompile("(?ms)^[ \t]*```.*?(?:^[ \t]*```[ \t]*$|\\z)|`[^`\n]+`")
)

// discourseMarkdown takes out of a text of Discourse, which is Markdown, what no
// other Markdown has. What stands in code stays.
func discourseMarkdown(raw string) (string, []Reason) {
	w := &markdownWriter{}
	raw = strings.ReplaceAll(raw, "\r\n", "\n")
	var code []string
	// Code is put aside while the rest is changed; the mark cannot be typed.
	text := codeParts.ReplaceAllStringFunc(strings.ReplaceAll(raw, "\x00", ""), func(part string) string {
		code = append(code, part)
		return "\x00"
	})
	text = w.discourse(text)
	var out strings.Builder
	for i, part := range strings.Split(text, "\x00") {
		if i > 0 && i <= len(code) {
			out.WriteString(code[i-1])
		}
		out.WriteString(part)
	}
	return strings.TrimSpace(restoreQuotes(out.String())), w.lost
}

func (w *markdownWriter) discourse(text string) string {
	replace := func(what *regexp.Regexp, with string, reason Reason) {
		for range what.FindAllString(text, -1) {
			w.lose(reason)
		}
		text = what.ReplaceAllString(text, with)
	}
	if pollTag.MatchString(text) {
		w.lose(LostPoll)
		text = pollTag.ReplaceAllString(text, "")
	}
	replace(uploadImage, "📎 $1", LostAttachment)
	replace(uploadFile, "📎 $1", LostAttachment)
	text = sizedImage.ReplaceAllString(text, "![$1]$2")
	text = htmlRemark.ReplaceAllString(text, "")
	text = htmlImage.ReplaceAllString(text, "![](<$1>)")
	for range strings.Count(text, "![") {
		w.lose(LostPicture)
	}
	text = htmlLink.ReplaceAllString(text, "[$2](<$1>)")
	text = htmlBreak.ReplaceAllString(text, "\n")
	replace(detailsOpen, "\n**$1**\n", LostMarkup)
	text = w.withoutTags(text)
	replace(htmlTag, "", LostMarkup)
	return text
}

// withoutTags takes out tags of BBCode; what looks like one may be the text of a link.
func (w *markdownWriter) withoutTags(text string) string {
	var out strings.Builder
	at := 0
	for _, m := range plainTag.FindAllStringIndex(text, -1) {
		if strings.HasPrefix(text[m[1]:], "(") {
			continue
		}
		w.lose(LostMarkup)
		out.WriteString(text[at:m[0]])
		at = m[1]
	}
	out.WriteString(text[at:])
	return out.String()
}

// restoreQuotes turns [quote="name, post:1, topic:2"] into quotations, nested ones
// too.
func restoreQuotes(text string) string {
	type level struct {
		author string
		text   strings.Builder
	}
	levels, at := []*level{{}}, 0
	closeOne := func() {
		last := levels[len(levels)-1]
		levels = levels[:len(levels)-1]
		levels[len(levels)-1].text.WriteString(quoted(last.text.String(), last.author))
	}
	for _, m := range quoteTag.FindAllStringSubmatchIndex(text, -1) {
		levels[len(levels)-1].text.WriteString(text[at:m[0]])
		at = m[1]
		switch ends := m[2] < m[3]; {
		case ends && len(levels) > 1:
			closeOne()
		case !ends && len(levels) < maxDepth:
			author := ""
			if m[4] >= 0 {
				author, _, _ = strings.Cut(strings.Trim(text[m[4]:m[5]], `"“”`), ",")
			}
			levels = append(levels, &level{author: strings.TrimSpace(author)})
		}
	}
	levels[len(levels)-1].text.WriteString(text[at:])
	for len(levels) > 1 {
		closeOne()
	}
	return levels[0].text.String()
}
