package web

import (
	"strings"

	"portevoix/forum"
)

// maxQuote bounds a quotation, in characters: a reply is to say something of
// its own.
const maxQuote = 1500

// quotePath is the form for a reply that begins with the words of a post.
func quotePath(post *forum.Post) string { return actionPath(post, "reply") + "?quote=1" }

// quotation is the beginning of a reply to a post: its words as Markdown, below
// the name of its author, which leads to it. With a part of the text only that is
// quoted.
func quotation(p *forum.PostView, text, part string) string {
	if strings.TrimSpace(part) != "" {
		text = part
	}
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(shorten(text), "\r\n", "\n")) {
		line = strings.TrimRight(line, " \t\n")
		if strings.HasPrefix(strings.TrimLeft(line, " "), ">") { // what the post itself quotes
			continue
		}
		if line == "" && (len(lines) == 0 || lines[len(lines)-1] == ">") {
			continue
		}
		lines = append(lines, strings.TrimRight("> "+line, " "))
	}
	for len(lines) > 0 && lines[len(lines)-1] == ">" {
		lines = lines[:len(lines)-1]
	}
	name := linkText.Replace(strings.Join(strings.Fields(p.Author.Label()), " "))
	return "> [" + name + "](<" + linkTarget.Replace(p.URL) + ">):\n>\n" + strings.Join(lines, "\n") + "\n\n"
}

// linkText keeps a name from being read as Markdown, or as a mention.
var linkText = strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, "*", `\*`, "_", `\_`, "`", "\\`", "<", `\<`, "&", `\&`, "@", `\@`, "#", `\#`)

// linkTarget keeps an address of another server between its brackets.
var linkTarget = strings.NewReplacer("<", "%3C", ">", "%3E", "\n", "", "\\", "%5C")

// shorten cuts a text that is too long to be quoted at the end of a word.
func shorten(text string) string {
	runes := []rune(strings.TrimSpace(text))
	if len(runes) <= maxQuote {
		return string(runes)
	}
	cut := string(runes[:maxQuote])
	if i := strings.LastIndexAny(cut, " \n"); i > 0 {
		cut = cut[:i]
	}
	return cut + " …"
}
