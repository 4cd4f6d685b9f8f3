package forum

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds of what is looked for.
const (
	maxSearch      = 300 // characters
	maxSearchTerms = 20
)

// SearchTerm is a word, or several in quotation marks, which must stand one after
// another.
type SearchTerm struct {
	Text   string
	Quoted bool
}

// Search is what somebody looks for.
type Search struct {
	Terms    []SearchTerm // all of them are there
	Without  []SearchTerm // none of these
	From     string       // handle of the author
	In       string       // handle of the forum
	Company  string       // of a case: the handle of its page, or its name
	Product  string       // of a case: its name, or the number under its bar code
	State    CaseState    // of a case
	Language string
	Before   time.Time // published earlier; zero: whenever
	Since    time.Time // published then or later
}

// Empty says whether there is nothing to look for.
func (q Search) Empty() bool {
	return len(q.Terms) == 0 && q.From == "" && q.In == "" && !q.OfCases() && q.Language == "" && q.Before.IsZero() && q.Since.IsZero()
}

// OfCases says whether only cases are looked for.
func (q Search) OfCases() bool { return q.Company != "" || q.Product != "" || q.State != "" }

// searchOperators are what narrows a search down, in English and in French.
var searchOperators = map[string]string{
	"from": "from", "de": "from", "in": "in", "dans": "in", "lang": "lang", "langue": "lang",
	"before": "before", "avant": "before", "after": "after", "après": "after", "apres": "after",
	"company": "company", "entreprise": "company", "product": "product", "produit": "product", "state": "state", "état": "state", "etat": "state",
}

// searchStates are the French words for where a case stands, without accents; the
// English ones are those of [CaseStates].
var searchStates = map[string]CaseState{
	"ouvert": CaseOpen, "repondu": CaseAnswered, "promis": CasePromised, "resolu": CaseResolved, "non_resolu": CaseUnresolved,
	"retire": CaseWithdrawn, "retire_sous_pression": CasePressured, "clos": CaseClosed,
}

// ParseSearch reads what people write into a search field: words, "several words
// in quotation marks", -words that must not be there, and from:name, in:forum,
// lang:fr, company:"name or handle", product:name, state:resolved, before:2026-03-14,
// after:2026-03. It returns Invalid for what is too
// long and for operators without sense; everything else means something.
func ParseSearch(s string) (Search, error) {
	if utf8.RuneCountInString(s) > maxSearch {
		return Search{}, invalid("q", "SearchTooLong", map[string]any{"Max": maxSearch})
	}
	var q Search
	for _, part := range searchParts(trimText(s)) {
		name, value, ok := strings.Cut(part.Text, ":")
		operator := searchOperators[strings.ToLower(name)]
		switch {
		case ok && operator != "" && value != "" && !part.Quoted:
			if err := q.narrow(operator, value); err != nil {
				return Search{}, err
			}
		case !part.Quoted && len(part.Text) > 1 && part.Text[0] == '-' && wordLike(part.Text):
			q.Without = append(q.Without, SearchTerm{Text: part.Text[1:]})
		case wordLike(part.Text):
			q.Terms = append(q.Terms, part)
		}
	}
	if len(q.Terms)+len(q.Without) > maxSearchTerms {
		return Search{}, invalid("q", "SearchTooManyTerms", map[string]any{"Max": maxSearchTerms})
	}
	return q, nil
}

// wordLike says whether there is anything in a term that can be found.
func wordLike(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// quotes are the marks that open a quotation, with those that close it.
var quotes = map[rune]string{'"': `"”“`, '“': "”“\"", '„': "“”\"", '«': "»", '”': "”\""}

// searchParts splits at spaces, except in quotation marks. A quotation that is not
// closed goes on to the end.
func searchParts(s string) []SearchTerm {
	var parts []SearchTerm
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		first, size := utf8.DecodeRuneInString(s)
		if closing, opens := quotes[first]; opens {
			s = s[size:]
			end := strings.IndexAny(s, closing)
			if end < 0 {
				end = len(s)
			}
			parts = append(parts, SearchTerm{Text: s[:end], Quoted: true})
			if s = s[end:]; s != "" {
				_, size = utf8.DecodeRuneInString(s)
				s = s[size:]
			}
			continue
		}
		if part, rest, ok := quotedValue(s); ok {
			parts, s = append(parts, part), rest
			continue
		}
		end := strings.IndexFunc(s, unicode.IsSpace)
		if end < 0 {
			end = len(s)
		}
		parts = append(parts, SearchTerm{Text: s[:end]})
		s = s[end:]
	}
	return parts
}

// quotedValue reads an operator whose value stands in quotation marks:
// company:"Exemple Télécom".
func quotedValue(s string) (part SearchTerm, rest string, ok bool) {
	name, value, found := strings.Cut(s, ":")
	first, size := utf8.DecodeRuneInString(value)
	closing, opens := quotes[first]
	if !found || !opens || searchOperators[strings.ToLower(name)] == "" {
		return SearchTerm{}, s, false
	}
	value, rest = value[size:], ""
	if end := strings.IndexAny(value, closing); end >= 0 {
		_, size = utf8.DecodeRuneInString(value[end:])
		value, rest = value[:end], value[end+size:]
	}
	return SearchTerm{Text: name + ":" + strings.TrimSpace(value)}, rest, true
}

func (q *Search) narrow(operator, value string) error {
	switch operator {
	case "from":
		q.From = value
	case "in":
		q.In = value
	case "company":
		q.Company = value
	case "product":
		q.Product = value
	case "state":
		word := strings.NewReplacer(" ", "_", "-", "_").Replace(fold(value))
		if q.State = searchStates[word]; q.State == "" {
			q.State = CaseState(word)
		}
		if !slices.Contains(CaseStates, q.State) {
			return invalid("q", "SearchState", map[string]any{"State": value})
		}
	case "lang":
		if err := checkLanguage(&value); err != nil {
			return err
		}
		q.Language = value
	default:
		begin, end, ok := parsePeriod(value)
		if !ok {
			return invalid("q", "SearchDate", map[string]any{"Date": value})
		}
		if operator == "before" {
			q.Before = begin
		} else {
			q.Since = end
		}
	}
	return nil
}

// parsePeriod reads a year, a month or a day: when it begins, and when the next
// one does. Days are those of UTC.
func parsePeriod(s string) (begin, end time.Time, ok bool) {
	for layout, length := range map[string][3]int{"2006": {1, 0, 0}, "2006-01": {0, 1, 0}, "2006-01-02": {0, 0, 1}} {
		if begin, err := time.Parse(layout, s); err == nil {
			return begin, begin.AddDate(length[0], length[1], length[2]), true
		}
	}
	return time.Time{}, time.Time{}, false
}

// SearchKind is what is looked for.
type SearchKind string

// The kinds.
const (
	SearchPosts   SearchKind = "" // threads and replies
	SearchThreads SearchKind = "threads"
	SearchReplies SearchKind = "replies"
	SearchForums  SearchKind = "forums"
	SearchPeople  SearchKind = "people"
)

// SearchKinds lists them in the order in which they are offered.
var SearchKinds = []SearchKind{SearchPosts, SearchThreads, SearchReplies, SearchForums, SearchPeople}

// OfPosts says whether posts are looked for, not whoever writes them.
func (k SearchKind) OfPosts() bool {
	return k == SearchPosts || k == SearchThreads || k == SearchReplies
}

func (k SearchKind) known() bool { return slices.Contains(SearchKinds, k) }
