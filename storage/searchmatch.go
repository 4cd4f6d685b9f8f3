package storage

import (
	"strings"

	"portevoix/forum"
	"portevoix/forum/words"
)

// sequence is words that stand one after another.
type sequence struct {
	words  []string
	prefix bool // the last one may be the beginning of a word
}

// alternatives are what one term of a search may be stored as: one sequence for
// each language it may have been written in.
type alternatives []sequence

// wanted is a search in the words of the index.
type wanted struct {
	facets  [][]string // of each list, one at least
	terms   []alternatives
	without []alternatives
}

// storedAs is what a term may be stored as, nil when there is no word in it.
func storedAs(term forum.SearchTerm) alternatives {
	split := words.Split(term.Text)
	if len(split) == 0 {
		return nil
	}
	var a alternatives
	for _, variant := range words.Variants(split) {
		a = append(a, sequence{words: variant})
	}
	return a
}

// wantedTerms turns what was written into what is stored. Words that every text has
// are left out, unless there are no others or they were quoted.
func wantedTerms(terms []forum.SearchTerm) []alternatives {
	var all, telling []alternatives
	for _, term := range terms {
		a := storedAs(term)
		if a == nil {
			continue
		}
		all = append(all, a)
		if term.Quoted || len(a[0].words) > 1 || !words.Little(words.Split(term.Text)[0].Text) {
			telling = append(telling, a)
		}
	}
	if len(telling) > 0 {
		return telling
	}
	return all
}

// wantedNames is wantedTerms for names: no word is too little, and the last one may
// be what somebody has typed of it so far.
func wantedNames(terms []forum.SearchTerm) []alternatives {
	var list []alternatives
	for i, term := range terms {
		a := storedAs(term)
		if a == nil {
			continue
		}
		if i == len(terms)-1 {
			a = append(a, sequence{words: words.Texts(words.Split(term.Text)), prefix: true})
		}
		list = append(list, a)
	}
	return list
}

// inTitle says what part the title plays.
type inTitle int

const (
	anywhere   inTitle = iota
	titleHas           // all terms stand in the title
	titleLacks         // they do not
)

// match writes a search as the database of the reader understands it.
func (r reader) match(w wanted, title inTitle) string {
	if r.driver == SQLite {
		return matchFTS5(w, title)
	}
	return matchVector(w, title)
}

// termsFTS5 writes each term.
func termsFTS5(terms []alternatives) []string {
	var out []string
	for _, a := range terms {
		var choices []string
		for _, one := range a {
			choice := `"` + strings.Join(one.words, " ") + `"`
			if one.prefix {
				choice += " *"
			}
			choices = append(choices, choice)
		}
		out = append(out, "("+strings.Join(choices, " OR ")+")")
	}
	return out
}

// matchFTS5 writes https://sqlite.org/fts5.html#full_text_query_syntax. Words hold
// letters, digits and § only, so quotation marks around them suffice.
func matchFTS5(w wanted, title inTitle) string {
	terms := termsFTS5(w.terms)
	var conditions []string
	for _, f := range w.facets {
		conditions = append(conditions, `("`+strings.Join(f, `" OR "`)+`")`)
	}
	inTitle := "title : (" + strings.Join(terms, " AND ") + ")"
	if title == titleHas {
		conditions = append(conditions, inTitle)
	} else {
		conditions = append(conditions, terms...)
	}
	out := "(" + strings.Join(conditions, " AND ") + ")"
	if title == titleLacks {
		out += " NOT (" + inTitle + ")"
	}
	if len(w.without) > 0 {
		out = "(" + out + ") NOT (" + strings.Join(termsFTS5(w.without), " OR ") + ")"
	}
	return out
}

// termsVector writes each term, in words of a weight or, for "", of any.
func termsVector(terms []alternatives, weight string) []string {
	var out []string
	for _, a := range terms {
		var choices []string
		for _, one := range a {
			var words []string
			for i, word := range one.words {
				word, flags := "'"+word+"'", weight
				if one.prefix && i == len(one.words)-1 {
					flags += "*"
				}
				if flags != "" {
					word += ":" + flags
				}
				words = append(words, word)
			}
			choices = append(choices, "("+strings.Join(words, " <-> ")+")")
		}
		out = append(out, "("+strings.Join(choices, " | ")+")")
	}
	return out
}

// matchVector writes a tsquery.
func matchVector(w wanted, title inTitle) string {
	var conditions []string
	for _, f := range w.facets {
		conditions = append(conditions, "('"+strings.Join(f, "' | '")+"')")
	}
	inTitle := "(" + strings.Join(termsVector(w.terms, "A"), " & ") + ")"
	if title == titleHas {
		conditions = append(conditions, inTitle)
	} else {
		conditions = append(conditions, termsVector(w.terms, "")...)
	}
	if title == titleLacks {
		conditions = append(conditions, "!"+inTitle)
	}
	if len(w.without) > 0 {
		conditions = append(conditions, "!("+strings.Join(termsVector(w.without, ""), " | ")+")")
	}
	return strings.Join(conditions, " & ")
}

// matching is the condition on a table of the index; it takes a match as argument.
func (r reader) matching(table string) string {
	if r.driver == SQLite {
		return table + " MATCH ?"
	}
	return table + ".words @@ ?::tsquery"
}
