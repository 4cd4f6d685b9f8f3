package forum

import "strings"

// oneLine folds all white space to single spaces and drops control characters.
func oneLine(s string) string {
	return strings.Join(strings.Fields(strings.Map(dropControl, strings.ToValidUTF8(s, ""))), " ")
}

// trimText normalises line ends and drops control characters other than line
// ends and tabs.
func trimText(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		return dropControl(r)
	}, s))
}

// dropControl removes control characters, the directional overrides that make
// text read as something else (U+202A to U+202E), and marks without width that
// could fill a title with nothing; white space stays.
func dropControl(r rune) rune {
	switch {
	case r == '\n', r == '\r', r == '\t':
		return ' '
	case r < 0x20, r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r == 0x200b, r == 0x2060, r == 0xfeff:
		return -1
	}
	return r
}

// Excerpt is the beginning of a text on one line, cut between words where it is
// longer than max characters.
func Excerpt(text string, max int) string {
	text = strings.Join(strings.Fields(text), " ")
	runes := []rune(text)
	if len(runes) <= max {
		return text
	}
	cut := max
	for cut > max-20 && runes[cut] != ' ' {
		cut--
	}
	return strings.TrimSpace(string(runes[:cut])) + "…"
}

// checkLanguage accepts "" or a BCP 47 tag of two or three letters with
// optional subtags, and lower-cases its first part.
func checkLanguage(tag *string) error {
	s := strings.TrimSpace(*tag)
	if s == "" {
		*tag = ""
		return nil
	}
	primary, rest, _ := strings.Cut(s, "-")
	ok := len(primary) >= 2 && len(primary) <= 3 && len(s) <= 35
	for _, r := range s {
		ok = ok && (r == '-' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
	}
	if !ok {
		return invalid("language", "LanguageUnknown", map[string]any{"Language": *tag})
	}
	*tag = strings.ToLower(primary)
	if rest != "" {
		*tag += "-" + rest
	}
	return nil
}
