package importing

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// phpbbMarkdown turns a text as phpBB stores it into Markdown, and says what was
// lost.
func phpbbMarkdown(text, uid string) (string, []Reason) {
	root, err := parsePHPBB(text, uid)
	w := &markdownWriter{}
	if err != nil {
		w.lose(LostMarkup)
	}
	out := w.all(root.kids, 0)
	return strings.TrimSpace(tooManyLines.ReplaceAllString(out, "\n\n")), w.lost
}

var tooManyLines = regexp.MustCompile(`\n[ \t]*\n(?:[ \t]*\n)+`)

type markdownWriter struct {
	lost   []Reason
	markup bool // was lost already
}

func (w *markdownWriter) lose(reason Reason) {
	if reason == LostMarkup {
		if w.markup {
			return
		}
		w.markup = true
	}
	w.lost = append(w.lost, reason)
}

func (w *markdownWriter) all(list []*element, depth int) string {
	var out strings.Builder
	for _, e := range list {
		out.WriteString(w.one(e, depth))
	}
	return out.String()
}

func (w *markdownWriter) one(e *element, depth int) string {
	if e.name == "" {
		return escapeMarkdown(e.text)
	}
	if depth > maxDepth {
		w.lose(LostMarkup)
		return escapeMarkdown(plain(e))
	}
	switch e.name {
	case "b", "strong":
		return w.wrapped(e, "**", depth)
	case "i", "em":
		return w.wrapped(e, "*", depth)
	case "s", "strike", "del":
		return w.wrapped(e, "~~", depth)
	case "quote":
		return quoted(w.all(e.kids, depth+1), e.arg)
	case "code", "c":
		return fenced(plain(e))
	case "list", "li":
		return w.list(e, depth)
	case "url", "link_text", "email", "img", "attachment", "flash", "youtube", "media":
		return w.linked(e, depth)
	case "e", "emoji", "mention":
		return escapeMarkdown(plain(e))
	}
	w.lose(LostMarkup) // underlined, coloured, of another size, or of the board's own making
	return w.all(e.kids, depth+1)
}

// linked is what leads elsewhere.
func (w *markdownWriter) linked(e *element, depth int) string {
	target := strings.TrimSpace(e.arg)
	if target == "" {
		target = strings.TrimSpace(plain(e))
	}
	switch e.name {
	case "img":
		w.lose(LostPicture)
		return "![](" + angled(target) + ")"
	case "attachment": // counted by its table
		return "📎 " + escapeMarkdown(strings.TrimSpace(plain(e)))
	case "flash", "youtube", "media":
		w.lose(LostEmbed)
		if !webAddress(target) {
			return escapeMarkdown(plain(e))
		}
		return "<" + target + ">"
	}
	text := w.all(e.kids, depth+1)
	switch {
	case !webAddress(target) || strings.ContainsAny(text, "\n"):
		return text
	case strings.TrimSpace(plain(e)) == target || strings.TrimSpace(text) == "":
		return "<" + target + ">"
	}
	return "[" + strings.TrimSpace(text) + "](" + angled(target) + ")"
}

// angled is an address as Markdown takes it, whatever is in it.
func angled(address string) string {
	return "<" + strings.NewReplacer("<", "%3C", ">", "%3E", "\n", "", "\r", "", "\\", "%5C").Replace(address) + ">"
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && !strings.ContainsAny(s, " <>\n\r\t")
}

// plain is the text of an element, without tags.
func plain(e *element) string {
	var out strings.Builder
	var walk func(*element)
	walk = func(e *element) {
		out.WriteString(e.text)
		for _, kid := range e.kids {
			walk(kid)
		}
	}
	walk(e)
	return out.String()
}

// hasBlock says whether an element holds what stands on lines of its own.
func hasBlock(e *element) bool {
	for _, kid := range e.kids {
		switch kid.name {
		case "quote", "code", "list", "li":
			return true
		}
		if hasBlock(kid) {
			return true
		}
	}
	return false
}

// wrapped marks the lines of an element, because no mark reaches beyond a
// paragraph.
func (w *markdownWriter) wrapped(e *element, mark string, depth int) string {
	text := w.all(e.kids, depth+1)
	if hasBlock(e) {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		inner := strings.TrimSpace(line)
		if inner == "" {
			continue
		}
		before, after, _ := strings.Cut(line, inner)
		lines[i] = before + mark + inner + mark + after
	}
	return strings.Join(lines, "\n")
}

// quoted is a quotation, with whose it is.
func quoted(text, author string) string {
	text = strings.TrimSpace(text)
	if author = strings.Join(strings.Fields(author), " "); author != "" {
		text = "**" + escapeMarkdown(author) + "**\n\n" + text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight("> "+line, " ")
	}
	return "\n\n" + strings.Join(lines, "\n") + "\n\n"
}

// fenced is a text as it is.
func fenced(text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	text = strings.Trim(text, "\n")
	if !strings.Contains(text, "\n") && !strings.Contains(text, "`") && text != "" {
		return "`" + text + "`"
	}
	return "\n\n" + fence + "\n" + text + "\n" + fence + "\n\n"
}

func (w *markdownWriter) list(e *element, depth int) string {
	if e.name == "li" { // outside of a list
		return "\n- " + strings.TrimSpace(w.all(e.kids, depth+1)) + "\n"
	}
	out, n := "\n\n", 0
	for _, kid := range e.kids {
		if kid.name != "li" {
			if text := strings.TrimSpace(w.one(kid, depth+1)); text != "" {
				out += text + "\n"
			}
			continue
		}
		n++
		mark := "- "
		if e.arg != "" && strings.Trim(e.arg, "1aAiI") == "" || e.arg == "decimal" {
			mark = strconv.Itoa(n) + ". "
		}
		lines := strings.Split(strings.TrimSpace(w.all(kid.kids, depth+1)), "\n")
		out += mark + strings.Join(lines, "\n"+strings.Repeat(" ", len(mark))) + "\n"
	}
	return out + "\n"
}

var bareAddress = regexp.MustCompile(`https?://[^\s<>\[\]]+`)

// escapeMarkdown keeps a plain text plain. Addresses stay as they are, and so do
// hashtags.
func escapeMarkdown(text string) string {
	var out strings.Builder
	at := 0
	for _, m := range bareAddress.FindAllStringIndex(text, -1) {
		escapeInto(&out, text[at:m[0]])
		out.WriteString(text[m[0]:m[1]])
		at = m[1]
	}
	escapeInto(&out, text[at:])
	return out.String()
}

func escapeInto(out *strings.Builder, text string) {
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			out.WriteByte('\n')
			line = strings.TrimLeft(line, " \t") // else it would be code
		}
		escapeLine(out, line)
	}
}

var (
	beginsBlock = regexp.MustCompile(`^\s*(?:[>+=|-]|#{1,6}(?:\s|$))`)
	beginsCount = regexp.MustCompile(`^(\s*\d+)([.)].*)$`)
	entity      = regexp.MustCompile(`^&(?:#|[a-zA-Z])`)
)

func escapeLine(out *strings.Builder, line string) {
	if m := beginsCount.FindStringSubmatch(line); m != nil {
		out.WriteString(m[1] + `\`)
		line = m[2]
	}
	special := beginsBlock.MatchString(line)
	runes := []rune(line)
	for i, r := range runes {
		switch {
		case special && !unicode.IsSpace(r):
			special = false
			out.WriteByte('\\')
		case strings.ContainsRune("\\`*[]<~", r), r == '&' && entity.MatchString(string(runes[i:min(len(runes), i+3)])):
			out.WriteByte('\\')
		case r == '_' && !(i > 0 && i+1 < len(runes) && wordRune(runes[i-1]) && wordRune(runes[i+1])):
			out.WriteByte('\\')
		}
		out.WriteRune(r)
	}
}

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
